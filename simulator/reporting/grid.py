"""Tables that fit a line: names are broken, columns without room go below, what is alike has one place."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Hashable, Iterator, Sequence

from simulator.reporting.text import GAP, columns, paragraph, split_name

__all__ = ["HEAD_WIDTH", "alike", "grid", "head_lines", "named"]

HEAD_WIDTH = 12  # characters of a column's head, if its cells need no more
WIDER_HEAD = 20  # the same of several names, and where a head says itself where it breaks
LEAST_LABEL = 16  # characters that names of rows have at least, however narrow the line


def alike(names: Sequence[str], shown: Callable[[str], Hashable]) -> list[list[str]]:
    """Names of which the same is shown, together, in the order of the first of each."""
    found: dict[Hashable, list[str]] = {}
    for name in names:
        found.setdefault(shown(name), []).append(name)
    return list(found.values())


def named(names: Sequence[str]) -> list[str]:
    """Names above a column: one in as many lines as it needs, of several each in a line if it can be."""
    width, listed = HEAD_WIDTH if len(names) == 1 else WIDER_HEAD, ", ".join(names).split(" ")
    return [line for text in listed for line in split_name(text, width)]


def head_lines(text: str) -> list[str]:
    """A head in lines: broken where a `|` says so, else after a space; within a name that is too long."""
    width = WIDER_HEAD if "|" in text else HEAD_WIDTH
    return [
        line
        for part in text.split("|")
        for piece in textwrap.wrap(part, width, break_long_words=False, break_on_hyphens=False)
        for line in split_name(piece, width)
    ]


def grid(heads: Sequence[Sequence[str]], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Rows under heads, each head in lines, that of the first column too.

    A row of one cell is a heading between rows. Columns beyond the width stand in a block of their own below,
    about as many in each, under the same first column, whose texts are broken where they need a third of it;
    a row that has something in other blocks alone is left out.
    """
    longest = max(width // 3, LEAST_LABEL)
    broken = [(row, list(_broken(row, longest, width))) for row in rows]
    full = [line for row, lines in broken if len(row) > 1 for line in lines]
    sizes = [
        max([len(line) for line in head] + [len(row[i]) for row in full] or [0])
        for i, head in enumerate(heads)
    ]
    lines: list[str] = []
    for block in _blocks(sizes[1:], width - sizes[0]):
        chosen = [0, *(i + 1 for i in block)]
        depth = max(len(heads[i]) for i in chosen)
        padded = [[""] * (depth - len(heads[i])) + list(heads[i]) for i in chosen]
        head = [[column[line] for column in padded] for line in range(depth)]
        here = [part for row, parts in broken if _says(row, block) for part in parts]
        lines += ["", *columns(head, [row if len(row) == 1 else [row[i] for i in chosen] for row in here])]
    return lines[1:]


def _says(row: Sequence[str], block: Sequence[int]) -> bool:
    """Whether a row has a cell in these columns, or none in any."""
    return not any(row[1:]) or any(row[i + 1] for i in block)


def _broken(row: Sequence[str], longest: int, width: int) -> Iterator[list[str]]:
    """A row, its name in as many lines as it needs, the cells beside the last."""
    indent = len(row[0]) - len(row[0].lstrip())
    if len(row) == 1:
        yield from ([line] for line in paragraph(row[0].strip(), indent, 2, width=width))
        return
    *before, last = _label(row[0].strip(), longest - indent)
    for line in before:
        yield [" " * indent + line, *("" for _ in row[1:])]
    yield [" " * indent + last, *row[1:]]


def _label(text: str, width: int) -> list[str]:
    """Words, whole where they can be."""
    lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]
    return [piece for line in lines for piece in split_name(line, width)]


def _blocks(sizes: Sequence[int], room: int) -> list[range]:
    """Columns that fit beside each other, in as few blocks as can be, about as many in each."""
    at_least = len(_filled(sizes, room, len(sizes)))
    even = -(-len(sizes) // at_least)
    return next(
        found for most in range(even, len(sizes) + 1) if len(found := _filled(sizes, room, most)) == at_least
    )


def _filled(sizes: Sequence[int], room: int, most: int) -> list[range]:
    """Blocks filled one after another, with at most so many columns each."""
    found, first, used = [], 0, 0
    for i, size in enumerate(sizes):
        if i > first and (used + size + GAP > room or i - first == most):
            found.append(range(first, i))
            first, used = i, 0
        used += size + GAP
    return [*found, range(first, len(sizes))]
