"""How wide the columns of a table are on paper, and tables that are too wide for it in parts."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from simulator.reporting.document.pieces import Table

__all__ = ["LONGEST", "PRINT", "WORD", "WORD_FILE", "Paper", "least", "parts", "widths"]

LONGEST, WORD = 45, 24  # letters that make a column no wider: of a text, and of a word that is not broken


@dataclass(frozen=True, slots=True)
class Paper:
    """Inches: of what stands between margins, of a small letter of a table in bold, and around each text."""

    wide: float
    letter: float
    pad: float


PRINT = Paper(wide=7.0, letter=0.07, pad=0.08)  # report.css, where a system's letters are DejaVu Sans or less
WORD_FILE = Paper(wide=6.6, letter=0.064, pad=0.12)  # word.py: Arial


def least(table: Table, paper: Paper) -> list[float]:
    """Inches that each column needs: for names and numbers in one line where the paper has the room, else for
    numbers, else for words."""
    numbers = {i for i in range(1, len(table.head)) if i not in table.words}
    for whole in ({0, *numbers}, numbers):
        needed = _needed(table, paper, whole)
        if sum(needed) <= paper.wide:
            return needed
    return _needed(table, paper)


def widths(table: Table, paper: Paper) -> list[float]:
    """Inches of each column: room for the longest of its words, then shares by the longest of its texts."""
    needed = least(table, paper)
    room = paper.wide - sum(needed)
    if room <= 0.0:
        return [paper.wide * each / sum(needed) for each in needed]
    longest = [max(min(len(text), LONGEST) for text in texts) for texts in _columns(table)]
    return [each + room * more / sum(longest) for each, more in zip(needed, longest, strict=True)]


def parts(table: Table, paper: Paper) -> list[Table]:
    """The table in as few parts as have room for their words, the widest of them as narrow as it can be.

    The first column stands in every part. A table that fits is its only part.
    """
    first, *others = _needed(table, paper)
    room = max(paper.wide - first, *others, 0.0)
    fewest = len(_runs(others, room))
    if fewest <= 1:
        return [table]
    sums = {sum(others[start : end + 1]) for start in range(len(others)) for end in range(start, len(others))}
    narrow = min(each for each in sums if max(others) <= each and len(_runs(others, each)) == fewest)
    return [_part(table, [0, *(i + 1 for i in run)], later=run[0] > 0) for run in _runs(others, narrow)]


def _runs(needed: Sequence[float], room: float) -> list[list[int]]:
    """Neighbours that fit in a room together, each run as long as it can be."""
    runs: list[list[int]] = []
    for i, each in enumerate(needed):
        if not runs or sum([*(needed[k] for k in runs[-1]), each]) > room:
            runs.append([])
        runs[-1].append(i)
    return runs


def _part(table: Table, columns: Sequence[int], *, later: bool) -> Table:
    about = table.caption.partition(". ")[0].rstrip(".?!")
    return replace(
        table,
        caption=f"{about}, continued." if later else table.caption,
        head=tuple(table.head[i] for i in columns),
        rows=tuple(row if len(row) == 1 else tuple(row[i] for i in columns) for row in table.rows),
        words=frozenset(place for place, i in enumerate(columns) if i in table.words),
    )


def _needed(table: Table, paper: Paper, whole: AbstractSet[int] = frozenset()) -> list[float]:
    """Inches of the longest word of each column; whole: columns whose cells, not heads, stand in one line."""
    found = []
    for i, (head, *texts) in enumerate(_columns(table)):
        measured = _letters if i in whole else _word
        letters = max(map(measured, texts), default=0.0)
        found.append(paper.pad + paper.letter * max(letters, _word(head)))
    return found


def _columns(table: Table) -> list[list[str]]:
    """The texts of each column, its head among them; before those of the first is how deep they stand."""
    rows = [row for row in (table.head, *table.rows) if len(row) == len(table.head)]
    return [[row[i].strip() if i else row[i].rstrip() for row in rows] for i in range(len(table.head))]


def _word(text: str) -> float:
    """Letters of its longest word, and of the space before the first."""
    return len(text) - len(text.lstrip()) + max(map(_letters, text.split()), default=0.0)


def _letters(text: str) -> float:
    """As many small letters as are as wide; of no more than WORD."""
    return sum(1.5 if c in "mwMW%" else 1.3 if c.isupper() else 1.0 for c in text[:WORD])
