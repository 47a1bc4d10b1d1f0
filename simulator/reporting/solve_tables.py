"""The table of a search: the value that reaches the target, of every variant under every truth."""

from __future__ import annotations

from simulator.metrics.registry import metric_of
from simulator.model.metric import Key, Kind
from simulator.reporting.estimates import label
from simulator.reporting.grid import grid, head_lines
from simulator.reporting.text import heading, paragraph
from simulator.reporting.what_if_text import head, made
from simulator.units import DAYS_PER_MONTH, format_share
from simulator.what_ifs.findings import Findings
from simulator.what_ifs.solved import Solution, Solved
from simulator.what_ifs.vary import Scale

__all__ = ["LINE", "render_solve"]

FINE = 0.05  # of the distance to the value: an end of its interval is rounded no coarser
LINE = 100  # characters, where nothing else is asked for
INTERVAL = [["95 % interval", "from"], ["", "to"]]
ABOUT = (
    "Where trials were played, the value is where the curve of these trials, taken as one that only rises or "
    "only falls unless it surely turns, meets the target; the interval holds the values whose own 95 % "
    "interval contains the target "
    "(beyond: it reaches to the end of the range that was searched)."
)
WHOLE = (
    "Only whole numbers can be had: the value is the first at which the metric, which rises or falls with "
    "it, has come to the target or is past it."
)
WHOLE_INTERVAL = (
    "The interval goes from the first value that may be there to the first that surely is, each by its own "
    "95 % interval (beyond: outside the range that was searched)."
)


def render_solve(findings: Findings[Solved], *, full: bool = False, width: int = LINE) -> str:
    """How it was made, and last the values. full: with the versions."""
    solved = findings.found
    (vary,) = findings.vary
    searched = f"{vary.path} from {vary.values[0]} to {vary.values[1]}, for {solved.target}"
    (key,) = findings.metrics
    exact = any(each.exact for each in solved.solutions)
    played = any(each.value is not None and not each.exact for each in solved.solutions)
    rows, notes = list[list[str]](), list[str]()
    for variant in findings.variants:
        rows.append([variant])
        for each in solved.solutions:
            if each.variant == variant:
                rows.append([f"  {each.truth}", *_cells(each, vary.scale, key, played=played)])
                notes += _notes(each)
    whole = any(each.least for each in solved.solutions)
    levels = [head_lines(label(key) + word) for word in (" there", " one before")] if whole else []
    heads = [[], ["value"], *(INTERVAL if played else []), *levels]
    about = f"{WHOLE} {WHOLE_INTERVAL * played}".rstrip() if whole else ABOUT * played
    parts = [
        head(findings, width),
        made(findings, width, full=full),
        paragraph(f"searched: {searched}", 0, 2, width=width),
        paragraph(about, width=width) if about else [],
        [
            *heading(f"{vary.path} at which {solved.target}", width=width),
            *grid(heads, [row if len(row) == 1 else row[: len(heads)] for row in rows], width),
        ],
        paragraph("exact: calculated, without Monte Carlo error.", width=width) if exact and played else [],
        [line for note in notes for line in paragraph(note, 0, 2, width=width)],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _cells(each: Solution, scale: Scale | None, key: Key, *, played: bool) -> list[str]:
    """The value, its interval if there is any, and of whole numbers the levels."""
    found = [each.value or "none"]
    if played:
        ends = [_end(end, each, scale) for end in (each.low, each.high)]
        found += ["", ""] if each.value is None else ["exact", ""] if each.exact else ends
    levels = [_level(level, key) for _, level in reversed(each.least)]
    return [*found, *levels, *[""] * (2 - len(levels))]


def _end(end: float | None, each: Solution, scale: Scale | None) -> str:
    """Of an interval, as the value is written: in four digits, or as many as tell it from the value."""
    if end is None:
        return "beyond"
    apart = FINE * abs(end - (each.number or 0.0))
    texts = [f"{end:.{digits}g}" for digits in range(4, 13)]
    text = next((text for text in texts if abs(float(text) - end) <= apart), texts[-1])
    return text if scale is None else scale.text(float(text))


def _notes(each: Solution) -> list[str]:
    """What is to be said beside the value."""
    whose = f"{each.variant} under {each.truth}"
    found = []
    if each.why:
        found.append(f"{whose}: {each.why}")
    if each.several:
        found.append(f"{whose}: there are more, {', '.join(each.several)}")
    return found


def _level(level: float, key: Key) -> str:
    kind = metric_of(key).kind
    if kind is Kind.SHARE:
        return format_share(level, 2)
    return f"{level / DAYS_PER_MONTH if kind is Kind.TIME else level:.4g}"
