"""The table of a search: the value that reaches the target, of every variant under every truth."""

from __future__ import annotations

from simulator.metrics.registry import metric_of
from simulator.model.metric import Key, Kind
from simulator.reporting.estimates import label
from simulator.reporting.grid import grid
from simulator.reporting.text import heading, paragraph
from simulator.reporting.what_if_text import head, made
from simulator.units import format_share
from simulator.what_ifs.findings import Findings
from simulator.what_ifs.solved import Solution, Solved

__all__ = ["LINE", "render_solve"]

FINE = 0.05  # of the distance to the value: an end of its interval is rounded no coarser
LINE = 100  # characters, where nothing else is asked for
HEADS = [[], ["value"], ["95 % interval", "from"], ["", "to"]]
ABOUT = (
    "Where trials were played, the value is where the curve of these trials, taken as one that only rises or "
    "only falls unless it surely turns, meets the target; the interval holds the values whose own 95 % "
    "interval contains the target "
    "(beyond: it reaches to the end of the range that was searched)."
)


def render_solve(findings: Findings[Solved], *, full: bool = False, width: int = LINE) -> str:
    """How it was made, and last the values. full: with the versions."""
    solved = findings.found
    (vary,) = findings.vary
    searched = f"{vary.path} from {vary.values[0]} to {vary.values[1]}, for {solved.target}"
    (key,) = findings.metrics
    rows, notes = list[list[str]](), list[str]()
    for variant in findings.variants:
        rows.append([variant])
        for each in solved.solutions:
            if each.variant == variant:
                rows.append([f"  {each.truth}", *_cells(each)])
                notes += _notes(each, key)
    exact = any(each.exact for each in solved.solutions)
    played = any(each.value is not None and not each.exact for each in solved.solutions)
    table = grid(HEADS if played else HEADS[:2], [row[: 4 if played else 2] for row in rows], width)
    parts = [
        head(findings, width),
        made(findings, width, full=full),
        paragraph(f"searched: {searched}", 0, 2, width=width),
        paragraph(ABOUT, width=width) if played else [],
        [*heading(f"{vary.path} at which {solved.target}", width=width), *table],
        paragraph("exact: calculated, without Monte Carlo error.", width=width) if exact and played else [],
        [line for note in notes for line in paragraph(note, 0, 2, width=width)],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _cells(each: Solution) -> list[str]:
    if each.value is None:
        return ["none", "", ""]
    if each.exact:
        return [each.value, "exact", ""]
    return [each.value, *("beyond" if end is None else _end(end, each) for end in (each.low, each.high))]


def _end(end: float, each: Solution) -> str:
    """In four digits, or as many as tell it from the value."""
    apart = FINE * abs(end - (each.number or 0.0))
    texts = [f"{end:.{digits}g}" for digits in range(4, 13)]
    return next((text for text in texts if abs(float(text) - end) <= apart), texts[-1])


def _notes(each: Solution, key: Key) -> list[str]:
    """What is to be said beside the value."""
    whose = f"{each.variant} under {each.truth}"
    found = []
    if each.value is None:
        found.append(f"{whose}: no value reaches it; {each.why}")
    elif each.why:
        found.append(f"{whose}: {each.why}")
    if each.least:
        told = "; ".join(f"{_level(level, key)} at {text}" for text, level in each.least)
        found.append(f"{whose}: the least value that reaches it; {label(key)}: {told}")
    if each.several:
        found.append(f"{whose}: there are more, {', '.join(each.several)}")
    return found


def _level(level: float, key: Key) -> str:
    return format_share(level, 2) if metric_of(key).kind is Kind.SHARE else f"{level:.4g}"
