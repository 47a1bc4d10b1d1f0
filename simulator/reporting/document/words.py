"""Lines that were set for a screen, as the paragraphs that they were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from simulator.reporting.dosing import FINDING
from simulator.reporting.text import WIDTH

__all__ = ["paragraphs_of", "without_decisions"]

Parts = dict[tuple[str, str], list[str]]  # lines by section and what they are about


def without_decisions(parts: Mapping[tuple[str, str], list[str]]) -> Parts:
    """A protocol's parts but for the decisions of dose finding, which a document has as real tables."""
    return {key: lines for key, lines in parts.items() if key != (FINDING, "decisions")}


def paragraphs_of(lines: Iterable[str], *, hanging: bool = True) -> tuple[tuple[int, str], ...]:
    """(how deep, text) of each paragraph that `text.paragraph` broke into these lines.

    A line goes on with the one before if its first word would not have fitted there, and if it stands deeper
    than the paragraph began; without hanging as deep.
    """
    found: list[tuple[int, str]] = []
    before = ""
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if not line.strip():
            before = ""
            continue
        full = before and len(before) + 1 + len(line.split()[0]) > WIDTH
        goes_on = full and indent - found[-1][0] >= hanging
        if goes_on:
            depth, text = found[-1]
            found[-1] = depth, f"{text} {line.strip()}"
        else:
            found.append((indent, line.strip()))
        before = line
    least = min((depth for depth, _ in found), default=0)
    return tuple(((depth - least) // 2, text) for depth, text in found)
