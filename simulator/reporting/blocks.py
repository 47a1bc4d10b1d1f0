"""What tables of a run are made of before they are set: headings, paragraphs and grids of cells.

A screen has them as lines (`lines_of`), a document as headings and tables of its own (document/).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simulator.reporting.grid import grid
from simulator.reporting.text import heading, paragraph

__all__ = ["Block", "Grid", "Heading", "Paragraph", "Piece", "has_bounds", "lines_of"]


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands underlined above what follows it."""

    text: str

    def lines(self, width: int) -> list[str]:
        """For a screen."""
        return heading(self.text, width=width)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Prose. hanging: by how much its further lines are indented."""

    text: str
    hanging: int = 0

    def lines(self, width: int) -> list[str]:
        """For a screen."""
        return paragraph(self.text, 0, self.hanging, width=width)


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows under heads, each head in lines; a row of one cell is a heading between rows."""

    heads: Sequence[Sequence[str]]
    rows: Sequence[Sequence[str]]

    def lines(self, width: int) -> list[str]:
        """For a screen: columns without room stand below, names are broken."""
        return grid(self.heads, self.rows, width)


Piece = Heading | Paragraph | Grid
Block = Sequence[Piece]


def lines_of(block: Block, width: int) -> list[str]:
    """Pieces one below the other, a blank line between them, but none below a heading and within a list."""
    lines: list[str] = []
    before: Piece | None = None
    for piece in block:
        together = isinstance(before, Heading) or (isinstance(before, Paragraph) and _goes_on(piece))
        lines += [""] * (before is not None and not together)
        lines += piece.lines(width)
        before = piece
    return lines


def _goes_on(piece: Piece) -> bool:
    """Whether it is one more paragraph of a list."""
    return isinstance(piece, Paragraph) and piece.hanging > 0


def has_bounds(blocks: Iterable[Block]) -> bool:
    """Whether any cell has the end of an interval in brackets in the place of an error."""
    return any(
        "(<" in cell or "(>" in cell
        for block in blocks
        for piece in block
        if isinstance(piece, Grid)
        for row in piece.rows
        for cell in row[1:]
    )
