"""What stands beside the tables of a run: how the numbers were made, judged, and can be made again."""

from __future__ import annotations

import re
from collections.abc import Sequence

from simulator.metrics.registry import is_headline
from simulator.reporting.text import counted, paragraph
from simulator.reporting.weighted import not_averaged
from simulator.study.results import Results, RunInfo
from simulator.study.used_up import FEW

__all__ = ["checks_of", "foot", "self_check"]

SIGNS = (  # in the tables, and what the foot then says of them
    (
        re.compile(r"(?:^|\s)-(?:\s|$)"),
        "-: not defined, or not asked of this variant; means over trials that stop need one that does",
    ),
    (
        re.compile(r"± 0(?![.\d])"),
        "± 0: the same in every trial played; what has not been seen may still come",
    ),
)


def foot(results: Results, shown: Sequence[str], *, full: bool, width: int) -> list[str]:
    """What is needed to judge the numbers. shown: lines of the tables; full: also to make them again."""
    run = results.run
    lines = [
        f"{counted(run.trials, 'trial')} per cell, the same candidates in every cell; seed {run.seed}; "
        f"engine {run.engine}" + (f", {_speed(results)} trials a second and {_worker(run.engine)}" * full)
    ]
    if run.precision is not None:
        lines.append(_reached(results, run.precision))
    lines += [self_check(run, results.compared), _hazards(results)]
    if full:
        lines.append("made with " + ", ".join(f"{name} {version}" for name, version in run.versions.items()))
    lines.append(f"repeat with: {run.command or 'simulator.run(...), see run in results.json'}")
    lines += [
        *results.notes,
        _agreement(results),
        not_averaged(results),
        *(note for sign, note in SIGNS if any(map(sign.search, shown))),
    ]
    if assumptions := len(results.assumptions):
        lines.append(
            f"{counted(assumptions, 'assumption')} behind these numbers; list with their ranges: "
            f"trialstop explain {results.file}"
        )
    return [line for text in lines if text for line in paragraph(text, 0, 2, width=width)]


def checks_of(results: Results) -> list[str]:
    """How the numbers were checked: trials played twice, hazards, exact values, the precision asked for."""
    run = results.run
    reached = "" if run.precision is None else _reached(results, run.precision)
    found = (self_check(run, results.compared), _hazards(results), _agreement(results), reached)
    return [text for text in found if text]


def _speed(results: Results) -> str:
    """Trials played per second in one process."""
    played = results.run.trials * len(results.cells)
    return f"{played / results.run.seconds:,.0f}" if results.run.seconds else "-"


def _worker(engine: str) -> str:
    return "thread" if engine == "compiled" else "process"


def self_check(run: RunInfo, compared: int) -> str:
    """What the second engine says of a sample of these trials. compared: how many."""
    if run.engine != "compiled":
        return f"not the compiled engine: {run.engine_note}" if run.engine_note else ""
    if not compared:
        return "self-check: none asked for"
    return (
        f"self-check: {counted(compared, 'trial')} of these also played on the SimPy engine, "
        "every field of every record the same"
    )


def _hazards(results: Results) -> str:
    """Events against the hazard that was used up, component by component (docs/likelihood.md)."""
    found = results.hazards()
    if found is None:
        return ""
    said = (
        f"hazards used up against events: {counted(found.components, 'component')}, largest log e "
        f"{found.worst.log_e:.1f} (allowed {found.allowed:.1f})"
    )
    if found.zs:
        said += (
            f"; largest difference {max(map(abs, found.zs)):.1f} standard errors, over "
            f"{counted(len(found.zs), 'component')} with {FEW} expected events or more"
        )
    return said


def _reached(results: Results, precision: float) -> str:
    """Whether the precision asked for was reached."""
    widths = [
        (e.high - e.low) / 2.0
        for cell in results.cells
        for key, e in cell.metrics.items()
        if is_headline(key, acts=cell.facts.acts) and e.high is not None and e.low is not None
    ]
    widest = max(widths, default=0.0)
    said = "reached" if widest <= precision else "not reached"
    return (
        f"precision asked for: ±{100 * precision:.3g} % (95 %), {said}: the widest headline is "
        f"±{100 * widest:.3g} %"
    )


def _agreement(results: Results) -> str:
    """Simulated against exact, and where there is nothing to compare."""
    check, compared = results.self_check(), "none could be compared: too few cases of one kind are expected"
    if number := check["exact_compared"]:
        largest = check["largest_difference_in_se"]
        compared = f"{number} compared, largest difference {largest:.1f} standard errors"
    missing = [cell for cell in results.cells if not any(e.exact is not None for e in cell.metrics.values())]
    reasons = "; ".join(dict.fromkeys(cell.no_exact for cell in missing if cell.no_exact))
    if len(missing) == len(results.cells):
        return f"no exact values to compare with{f': {reasons}' * bool(reasons)}"
    if missing:
        compared += f"; no exact values in {counted(len(missing), 'cell')}{f': {reasons}' * bool(reasons)}"
    return f"exact vs simulated: {compared}"
