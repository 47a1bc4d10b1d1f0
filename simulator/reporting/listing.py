"""A table that is told as text, Markdown, CSV and JSON: what is printed, and the numbers behind it."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from simulator.reporting.text import columns, heading, paragraph

__all__ = ["Sheet", "Table", "Value", "as_csv", "as_markdown", "as_text", "each_once", "escaped", "note"]

Value = str | float | int | bool | None
"""A number as it was calculated, a word, or nothing."""

LABEL_WIDTH = 28  # of words in the last column


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of a listing.

    name    : one word, the same for all tables with the same records
    about   : what stands above it, paragraph by paragraph; hanging: by how much further lines are indented
    head    : lines of headings; rows: cells as they are printed; none of both: the table is its words
    words   : the last column is of words, which are broken into lines
    records : one mapping per row of numbers, unrounded, by column
    """

    name: str
    about: Sequence[str] = ()
    hanging: int = 0
    head: Sequence[Sequence[str]] = ()
    rows: Sequence[Sequence[str]] = ()
    words: bool = False
    records: Sequence[Mapping[str, Value]] = ()

    @property
    def heads(self) -> list[str]:
        """One head of each column, without that of words where there are none."""
        kept = len(self.head[0]) - (self.words and not any(row[-1] for row in self.rows))
        return [" ".join(filter(None, column)) for column in zip(*self.head, strict=True)][:kept]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What is told of a rule, or of several.

    variants : those that have it, equal in everything printed
    head     : what it is, a paragraph each
    tables   : printed and as numbers
    """

    name: str
    variants: tuple[str, ...]
    head: tuple[str, ...]
    tables: tuple[Table, ...]

    @property
    def title(self) -> str:
        """What it stands under."""
        return ", ".join(self.variants)

    @property
    def text(self) -> str:
        """What `trialstop boundaries` prints of it; so does `print(sheet)`, under its title."""
        head = (line for text in self.head for line in paragraph(text, 0, 2))
        return "\n".join([*head, "", *as_text(self.tables)])

    def __str__(self) -> str:
        """The sheet under its heading."""
        return "\n".join([*heading(self.title), self.text])


AnySheet = TypeVar("AnySheet", bound=Sheet)


def each_once(sheets: Iterable[AnySheet]) -> list[AnySheet]:
    """The first of those that print alike, with the variants of all of them."""
    alike: dict[object, list[AnySheet]] = {}
    for sheet in sheets:
        alike.setdefault((sheet.name, sheet.head, *as_text(sheet.tables)), []).append(sheet)
    return [
        replace(same[0], variants=tuple(v for each in same for v in each.variants)) for same in alike.values()
    ]


def note(name: str, text: str, **record: Value) -> Table:
    """A paragraph in the place of a table."""
    return Table(name=name, about=[text], records=[{**record, "note": text}])


def as_text(tables: Iterable[Table]) -> list[str]:
    """Lines for the screen, a blank one between tables."""
    lines: list[str] = []
    for table in tables:
        lines += [""] * bool(lines)
        for text in table.about:
            lines += paragraph(text, 0, table.hanging)
        if table.head:
            lines += [""] * bool(table.about)
            lines += _with_words(table) if table.words else columns(table.head, table.rows)
    return lines


def _with_words(table: Table) -> list[str]:
    """The last column to the left, its words broken into lines; without it where it has none."""
    some = any(row[-1] for row in table.rows)
    head, rows, labels = [row[:-1] for row in table.head], [], []
    for *numbers, words in table.rows:
        first, *more = textwrap.wrap(words, LABEL_WIDTH) or [""]
        rows += [numbers, *([""] * len(numbers) for _ in more)]
        labels += [first, *more]
    lines = columns(head, rows)
    width = len(lines[len(head)])
    beside = [row[-1] for row in table.head] if some else [""] * len(head)
    told = [*beside, "", *labels]
    lines[len(head)] += "-" * (2 + LABEL_WIDTH) * some
    return [f"{line.ljust(width)}  {word}".rstrip() for line, word in zip(lines, told, strict=True)]


def as_markdown(tables: Iterable[Table]) -> list[str]:
    """Paragraphs and pipe tables, the first column to the left."""
    lines: list[str] = []
    for table in tables:
        for text in table.about:
            lines += [escaped(text), ""]
        if table.head:
            heads = table.heads
            kept = len(heads)
            left = {0, kept - 1 if table.words else 0}
            rule = [":---" if i in left else "---:" for i in range(kept)]
            for row in (heads, rule, *(row[:kept] for row in table.rows)):
                lines.append(f"| {' | '.join(map(escaped, row))} |")
            lines.append("")
    return lines


def escaped(text: str) -> str:
    """With what Markdown would read as a sign, or as the end of a cell, taken as written."""
    for sign in "\\|*<":
        text = text.replace(sign, f"\\{sign}")
    return text


def as_csv(listings: Sequence[tuple[Mapping[str, Value], Sequence[Table]]]) -> str:
    """One CSV of every record: whose it is, its table, then a column for each name that any record has."""
    rows = [
        {**whose, "table": table.name, **record}
        for whose, tables in listings
        for table in tables
        for record in table.records
    ]
    names = list(dict.fromkeys(name for row in rows for name in row))
    written = io.StringIO()
    writer = csv.DictWriter(written, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().rstrip("\n")
