"""Draw every figure of a run into a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simulator.contracts import CountTable
from simulator.program.tables import Program
from simulator.reporting.narrative import Trace
from simulator.reporting.style import save, style
from simulator.reporting.tables import counted_events
from simulator.study.results import Results

__all__ = ["draw_all", "draw_rule", "draw_trace"]


def draw_all(results: Results, folder: str | Path, *, events: Sequence[str] = ()) -> list[Path]:
    """Write p_stop.png, stopping_by_time.png and one patients_harmed.png per event; returns the paths.

    events: whose patients are drawn; all if none is named. The results must have their trials.
    """
    from simulator.reporting.plots import p_stop, patients_harmed, stopping_by_time

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    shown = list(events) or counted_events(results)
    paths = []
    with style():
        for name, figure in (
            ("p_stop", p_stop.draw(results)),
            ("stopping_by_time", stopping_by_time.draw(results)),
            *(
                (
                    f"patients_harmed_{event}" if len(shown) > 1 else "patients_harmed",
                    patients_harmed.draw(results, event),
                )
                for event in shown
            ),
        ):
            paths.append(folder / f"{name}.png")
            save(figure, paths[-1])
    return paths


def draw_rule(
    folder: Path, users: Sequence[str], program: Program, number: int, formula: str, rates: Sequence[float]
) -> list[Path]:
    """Write boundary-VARIANT-RULE.png and, where it can be calculated, rates-VARIANT-RULE.png."""
    from simulator.exact.over_rates import looks_of, over_rates, without_textbook
    from simulator.reporting.plots import boundary
    from simulator.reporting.plots import over_rates as curves_plot

    table, n = program.monitors[number], program.max_treated
    if not isinstance(table.table, CountTable) or any(
        table.counters[i].unit != "patients" for i in table.used
    ):
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
