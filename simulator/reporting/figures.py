"""Draw every figure of a run into a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.model.scenario import Scenario
from simulator.program.tables import Program
from simulator.reporting.doses import dose_truths, has_rule, with_dose_finding
from simulator.reporting.narrative import Trace
from simulator.reporting.style import save, style
from simulator.reporting.tables import counted_events
from simulator.study.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_all", "draw_rule", "draw_trace"]


def draw_all(
    results: Results, folder: str | Path, *, events: Sequence[str] = (), scenario: Scenario | None = None
) -> list[Path]:
    """Write every figure as NAME.png; returns the paths. The results must have their trials.

    p_stop, stopping_by_time and one patients_harmed per event; with dose finding selection, allocation
    and duration, and the others only where a rule can stop a trial.

    events   : whose patients are drawn; all if none is named
    scenario : what was run; with it dose finding shows the true DLT rates too
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with style():
        for name, figure in _figures(results, list(events) or counted_events(results), scenario):
            paths.append(folder / f"{name}.png")
            save(figure, paths[-1])
    return paths


def _figures(
    results: Results, events: Sequence[str], scenario: Scenario | None
) -> Iterator[tuple[str, Figure]]:
    from simulator.reporting.plots import (
        allocation,
        duration,
        p_stop,
        patients_harmed,
        selection,
        stopping_by_time,
    )

    dosing = with_dose_finding(results)
    if dosing:
        doses = dose_truths(scenario, results) if scenario is not None else {}
        yield "selection", selection.draw(results, doses)
        yield "allocation", allocation.draw(results, doses)
        yield "duration", duration.draw(results)
        if not any(map(has_rule, results.cells)):
            return
    yield "p_stop", p_stop.draw(results)
    yield "stopping_by_time", stopping_by_time.draw(results)
    for event in events:
        name = f"patients_harmed_{event}" if len(events) > 1 else "patients_harmed"
        yield name, patients_harmed.draw(results, event)


def draw_rule(
    folder: Path, users: Sequence[str], program: Program, number: int, formula: str, rates: Sequence[float]
) -> list[Path]:
    """Write boundary-VARIANT-RULE.png and, where it can be calculated, rates-VARIANT-RULE.png."""
    from simulator.exact.over_rates import over_rates, without_textbook
    from simulator.program.monitors import looks_of
    from simulator.reporting.plots import boundary
    from simulator.reporting.plots import over_rates as curves_plot

    table, n = program.monitors[number], program.max_treated
    if not table.table.by_n or any(table.counters[i].unit != "patients" for i in table.used):
        return []
    title, stem = f"{table.name}: {', '.join(users)}", f"{users[0]}-{table.name}.png"
    paths = [folder / f"boundary-{stem}", folder / f"rates-{stem}"]
    with style():
        save(
            boundary.draw(
                table,
                n,
                looks_of(table.look, n, table.counters[table.used[0]].among, table.wait),
                f"Boundary of {title}",
                formula,
            ),
            paths[0],
        )
        if without_textbook(table):
            return paths[:1]
        curves = over_rates(table, n, rates)
        save(curves_plot.draw(curves, n, f"Operating characteristics of {title}", formula), paths[1])
    return paths


def draw_trace(told: Trace, path: str | Path) -> None:
    """Write the swimmer plot of one trial."""
    from simulator.reporting.plots import swimmer

    with style():
        save(swimmer.draw(told), path)
