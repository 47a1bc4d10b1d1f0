"""The figures of a run, a rule, a trial, a next dose and a what-if: as objects, and written into a folder."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from simulator import registry
from simulator.errors import TrialstopError
from simulator.metrics.text import text_of
from simulator.program.tables import Program
from simulator.program.textbook import read_by
from simulator.reporting.decision_maps import DecisionMap
from simulator.reporting.doses import dose_truths, with_dose_finding
from simulator.reporting.narrative import Trace
from simulator.reporting.next_dose import NextDose
from simulator.reporting.plots._shown import OfRule, OfRun, OfSweep, Plot, Subject
from simulator.reporting.style import save, style
from simulator.reporting.tables import counted_events
from simulator.study.results import Results
from simulator.what_ifs.calibrated import Calibrated
from simulator.what_ifs.findings import Findings
from simulator.what_ifs.sensitivity import Hazards
from simulator.what_ifs.solved import Solved
from simulator.what_ifs.sweeping import Swept
from simulator.what_ifs.tornado import Bars

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "decision_figures",
    "draw_all",
    "draw_figures",
    "draw_pathways",
    "draw_trace",
    "draw_what_if",
    "figures",
    "file_name",
    "plots",
    "rule_figures",
    "trace_figures",
    "what_if_figures",
]

WHAT_IFS: dict[type, tuple[Subject, ...]] = {
    Swept: ("sweep", "metric"),
    Solved: ("solve",),
    Bars: ("tornado",),
    Hazards: ("sensitivity",),
    Calibrated: ("calibration",),
}
"""What was found -> the figures of it."""

LONGEST, HASH = 160, 8  # letters of a file's name without its ending, and of what tells two long ones apart


def plots(*subjects: Subject) -> dict[str, Plot]:
    """The registered figures of these subjects by name, in the registry's order."""
    found = {name: cast(Plot, import_module(module)) for name, module in registry.PLOTS.items()}
    return {name: plot for name, plot in found.items() if plot.OF in subjects}


def figures(
    results: Results,
    *,
    events: Sequence[str] = (),
    true_rates: bool = False,
    but: Collection[str] = (),
) -> dict[str, Figure]:
    """Every figure of a run that can be drawn, by name, to be shown or saved; `p_stop.2` is its second page.

    events: whose patients are drawn; all if none is named. true_rates: dose finding shows the true DLT
    rates too, where the results know them. but: names of those that are left out. Results read back from a
    file have no figures of times.
    """
    with style():
        return dict(_figures(results, events, true_rates, but))


def draw_all(
    results: Results, folder: str | Path, *, events: Sequence[str] = (), true_rates: bool = False
) -> list[Path]:
    """Write each of `figures` as NAME.png; returns the paths."""
    with style():
        return _written(_figures(results, events, true_rates), Path(folder))


def file_name(name: str) -> str:
    """The name, or so much of it as any disk takes, unlike that of any other name."""
    if len(name) <= LONGEST:
        return name
    half = (LONGEST - HASH) // 2 - 1
    return f"{name[:half]}-{sha256(name.encode()).hexdigest()[:HASH]}-{name[-half:]}"


def _pages(name: str, figures: Sequence[Figure]) -> Iterator[tuple[str, Figure]]:
    """`name`, `name.2`, ... of the pages; no name of a scenario has a dot."""
    for number, figure in enumerate(figures, start=1):
        yield f"{name}.{number}" if number > 1 else name, figure


def _figures(
    results: Results, events: Sequence[str], true_rates: bool, but: Collection[str] = ()
) -> Iterator[tuple[str, Figure]]:
    """One after another, so that a folder is filled without holding them all."""
    events = counted_events(results, events)
    rates = true_rates and with_dose_finding(results)
    shown = OfRun(results=results, doses=dose_truths(results) if rates else {})
    for name, plot in plots("run", "event").items():
        for event in events if plot.OF == "event" else [""]:
            given = replace(shown, event=event)
            file = f"{name}_{event}" if event and len(events) > 1 else name
            if file not in but and not plot.needs(given):
                yield from _pages(file, plot.draw(given))


def what_if_figures(findings: Findings[Any]) -> dict[str, Figure]:
    """Every figure of a what-if that can be drawn, by name; of a sweep `curves_p_stop`, metric by metric."""
    with style():
        return dict(_of_findings(findings))


def draw_what_if(findings: Findings[Any], folder: str | Path) -> list[Path]:
    """Write each of `what_if_figures` as NAME.png; returns the paths."""
    with style():
        return _written(_of_findings(findings), Path(folder))


def _of_findings(findings: Findings[Any]) -> Iterator[tuple[str, Figure]]:
    subjects = WHAT_IFS[type(findings.found)]
    for name, plot in plots(*subjects).items():
        if "sweep" not in subjects:
            if not plot.needs(findings):
                yield from _pages(name, plot.draw(findings))
            continue
        for key in findings.metrics if plot.OF == "metric" else findings.metrics[:1]:
            given = OfSweep(findings=findings, key=key)
            if not plot.needs(given):
                yield from _pages(f"{name}_{text_of(key)}" if plot.OF == "metric" else name, plot.draw(given))


def draw_figures(figures: Mapping[str, Figure], folder: str | Path) -> list[Path]:
    """Write figures that were made before as NAME.png; returns the paths."""
    with style():
        return _written(figures.items(), Path(folder))


def _written(figures: Iterable[tuple[str, Figure]], folder: Path) -> list[Path]:
    """Write figures as NAME.png, one after another; no folder where there is none."""
    paths = list[Path]()
    for name, figure in figures:
        folder.mkdir(parents=True, exist_ok=True)
        paths.append(folder / f"{file_name(name)}.png")
        save(figure, paths[-1])
    return paths


def rule_figures(
    users: Sequence[str],
    program: Program,
    number: int,
    formula: str,
    rates: Sequence[float],
    most: int,
    observed: Mapping[str, Sequence[int]] | None = None,
    only: str = "",
) -> dict[str, Figure]:
    """Every figure of a rule that can be drawn, by name: `boundary-VARIANT-RULE`.

    most: the largest n that looks may read, where only patients at the dose selected count.
    only: the name of the one that is wanted.
    observed: events after the first patient, the second, ..., by endpoint, "" for those not named.
    """
    table = program.monitors[number]
    selected = any(table.counters[i].scope.at_mtd for i in table.used)
    shown = OfRule(
        table=table,
        max_n=most if selected else read_by(program, table),
        name=table.name,
        users=users,
        events=[program.events[counter.event].name for counter in table.counters],
        formula=formula,
        rates=rates,
        observed=observed or {},
    )
    with style():
        return {
            page: figure
            for name, plot in plots("rule").items()
            if only in ("", name) and not plot.needs(shown)
            for page, figure in _pages(f"{name}-{users[0]}-{table.name}", plot.draw(shown))
        }


def decision_figures(maps: Sequence[DecisionMap]) -> dict[str, Figure]:
    """The map of decisions of each design, `decisions`; further pages `decisions.2`; none of no design."""
    plot = plots("decisions")["decisions"]
    with style():
        return {} if plot.needs(maps) else dict(_pages("decisions", plot.draw(maps)))


def trace_figures(told: Trace) -> dict[str, Figure]:
    """The figure of one trial, `trace`; further pages `trace.2` and so on."""
    with style():
        return dict(_pages("trace", plots("trial")["trace"].draw(told)))


def draw_trace(told: Trace, path: str | Path) -> list[Path]:
    """Write the figure of one trial, further pages beside it as STEM.2.png; returns the paths."""
    return _beside(plots("trial")["trace"], told, Path(path))


def draw_pathways(answer: NextDose, path: str | Path) -> list[Path]:
    """Write the tree of a next dose, further pages beside it; TrialstopError if none fits."""
    plot = plots("pathways")["pathways"]
    if missing := plot.needs(answer):
        raise TrialstopError(f"the tree of pathways needs {missing}")
    return _beside(plot, answer, Path(path))


def _beside(plot: Plot, given: object, path: Path) -> list[Path]:
    """Pages of one figure: `path`, then STEM.2.png."""
    paths = []
    with style():
        for name, figure in _pages(path.stem, plot.draw(given)):
            paths.append(path.with_name(f"{name}{path.suffix}"))
            save(figure, paths[-1])
    return paths
