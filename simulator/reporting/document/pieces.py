"""What a document is made of, however it is set: sections of prose, lists, tables, pictures, sliders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from simulator.reporting.blocks import Block, Grid, Heading, Paragraph
from simulator.reporting.listing import Sheet
from simulator.reporting.listing import Table as Listed
from simulator.reporting.text import Broken

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "Command",
    "Document",
    "Items",
    "Note",
    "Picture",
    "Piece",
    "Prose",
    "Section",
    "Sliders",
    "Subheading",
    "Table",
    "numbered",
    "of_blocks",
    "of_grid",
    "of_sheet",
]


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph."""

    kind: ClassVar = "prose"
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph that must not be passed over, with a word that says why."""

    kind: ClassVar = "note"
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class Subheading:
    """Within a section. level: below it, from 1."""

    kind: ClassVar = "subheading"
    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Items:
    """A list. items: (how deep it stands, from 0; what it says)."""

    kind: ClassVar = "items"
    items: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Command:
    """Lines to be typed as they are."""

    kind: ClassVar = "command"
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with its caption. name: a file's name for it, without an ending.

    head: one text per column. rows: cells; a row of one cell is a heading between rows. words: columns of
    prose, which are set to the left, the first always. folded: what opens it, of one that is shut at first.
    """

    kind: ClassVar = "table"
    name: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: frozenset[int] = frozenset()
    folded: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A figure. says: what it shows, in words. numbers: those it is drawn from, as a table."""

    kind: ClassVar = "picture"
    name: str
    caption: str
    figure: Figure
    says: str
    numbers: Table | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sliders:
    """Trials that a browser weighs anew. about: names and sizes; data: gzip of arrays, in base64."""

    kind: ClassVar = "sliders"
    about: Mapping[str, Any]
    data: str


Piece = Prose | Note | Subheading | Items | Command | Table | Picture | Sliders


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """ident: what links name. number: which of the eleven parts that ICH E20 asks for; 0 of none."""

    ident: str
    title: str
    pieces: tuple[Piece, ...]
    number: int = 0

    @property
    def heading(self) -> str:
        """`8. Results`."""
        return f"{self.number}. {self.title}" if self.number else self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A report. made: what a date and seconds are told by, in one place, so that all else is the same again.

    sections: the answer, which is the first page, sliders, then the eleven parts.
    """

    title: str
    question: str
    sections: tuple[Section, ...]
    made: str = ""

    def pieces(self) -> Iterator[Piece]:
        """All, in order."""
        for section in self.sections:
            yield from section.pieces

    def on_paper(self) -> Iterator[Section]:
        """Sections but for sliders, which need a browser."""
        for section in self.sections:
            if not any(isinstance(piece, Sliders) for piece in section.pieces):
                yield section

    def tables(self) -> list[Table]:
        """All tables, in order."""
        return [piece for piece in self.pieces() if isinstance(piece, Table)]


def numbered(parts: Iterable[tuple[str, str, Iterable[Piece]]], *, first: int) -> Iterator[Section]:
    """Sections of (ident, title, pieces), in the order of their numbers."""
    for number, (ident, title, pieces) in enumerate(parts, start=first):
        yield Section(ident=ident, title=title, pieces=tuple(pieces), number=number)


def of_blocks(blocks: Iterable[Block], name: str) -> Iterator[Piece]:
    """Tables of a run as pieces: prose right above a table is its caption. name: begins names of tables."""
    number, caption, before, about = 0, "", "Continued", ""
    for block in blocks:
        under = ""
        for piece in block:
            if isinstance(piece, Heading):
                under = piece.text
                yield Subheading(under, 1)
            elif isinstance(piece, Paragraph):
                if caption:
                    yield Prose(caption)
                caption = piece.text
            else:
                number += 1
                headed = f"{about}: {under}" if about and under else under
                caption = caption or headed or f"{before.partition('.')[0]}, continued"
                yield of_grid(piece, caption, f"{name}_{number}")
                before, caption = caption, ""
        if caption:
            yield Prose(caption)
            about, caption = caption.partition(".")[0].partition(",")[0], ""


def of_grid(grid: Grid, caption: str, name: str) -> Table:
    """A table of the screen as one of a document."""
    head = tuple("".join(_with_space(lines)) for lines in grid.heads)
    rows = tuple(tuple(cell.rstrip() for cell in row) for row in grid.rows)
    return Table(name=name, caption=_sentence(caption), head=head, rows=rows)


def of_sheet(sheet: Sheet, name: str) -> Iterator[Piece]:
    """What is told of a rule: the tables that a protocol prints."""
    yield from (Prose(text) for text in sheet.head)
    for number, table in enumerate(sheet.tables, start=1):
        *before, caption = table.about or [""]
        if not table.head:
            yield from (Prose(text) for text in table.about)
            continue
        yield from (Prose(text) for text in before)
        yield _listed(table, caption or f"{sheet.name}: {table.name}", f"{name}_{number}")


def _listed(table: Listed, caption: str, name: str) -> Table:
    head = tuple(table.heads)
    return Table(
        name=name,
        caption=_sentence(caption),
        head=head,
        rows=tuple(tuple(row[: len(head)]) for row in table.rows),
        words=frozenset({len(head) - 1} if table.words else ()),
    )


def _with_space(lines: Sequence[str]) -> Iterator[str]:
    """Lines of a head in one: a name that was broken is whole again, and so is a word that we hyphenate."""
    *before, last = [line for line in lines if line] or [""]
    for line in before:
        yield line if isinstance(line, Broken) else line[:-1] if line.endswith("-") else f"{line} "
    yield last


def _sentence(text: str) -> str:
    """With a point at its end, and one only."""
    return text if text.endswith((".", "?", "!")) else f"{text.rstrip(':')}."
