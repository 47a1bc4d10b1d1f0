"""Lines that were set for a screen, as the paragraphs that they were."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.reporting.text import WIDTH

__all__ = ["paragraphs_of"]


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
