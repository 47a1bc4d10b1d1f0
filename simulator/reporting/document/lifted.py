"""Tables of a document to lift out: one Markdown file, or a CSV file each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from simulator.reporting.document.columns import WORD_FILE, parts
from simulator.reporting.document.pieces import (
    Command,
    Document,
    Items,
    Note,
    Picture,
    Piece,
    Prose,
    Subheading,
    Table,
)
from simulator.reporting.figures import file_name
from simulator.reporting.listing import escaped
from simulator.visible import visible

__all__ = ["OURS_MARKDOWN", "as_csv_files", "as_markdown"]

OURS_MARKDOWN = "<!-- made by trialstop -->"


def as_csv_files(document: Document) -> dict[str, str]:
    """File name -> its text: cells as they are printed, headings between rows in a column of their own."""
    files: dict[str, str] = {}
    for number, table in enumerate(document.tables(), start=1):
        name = file_name(f"{number:02d}_{table.name}") + ".csv"
        files[name] = _csv(table)
    return files


def _csv(table: Table) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    grouped = any(len(row) == 1 for row in table.rows)
    writer.writerow([*(["under"] * grouped), *table.head])
    under = ""
    for row in table.rows:
        if len(row) == 1:
            under = row[0].strip()
        else:
            writer.writerow([*([under] * grouped), *(cell.strip() for cell in row)])
    return text.getvalue()


def as_markdown(document: Document) -> str:
    """The document without its pictures and sliders, as headings, lists and pipe tables."""
    lines = [OURS_MARKDOWN, "", f"# {_plain(document.title)}", ""]
    for text in filter(None, (document.question, document.made)):
        lines += [_plain(text), ""]
    number = 0
    for section in document.on_paper():
        lines += [f"## {_plain(section.heading)}", ""]
        for piece in section.pieces:
            number += isinstance(piece, Table)
            lines += [*_lines(piece, number), ""]
    return "\n".join(lines).rstrip() + "\n"


def _lines(piece: Piece, number: int) -> Iterator[str]:
    if isinstance(piece, Prose):
        yield _plain(piece.text)
    elif isinstance(piece, Note):
        yield f"**{_plain(piece.word).capitalize()}.** {_plain(piece.text)}"
    elif isinstance(piece, Subheading):
        yield f"{'#' * (piece.level + 2)} {_plain(piece.text)}"
    elif isinstance(piece, Items):
        yield from (f"{'  ' * depth}- {_plain(text)}" for depth, text in piece.items)
    elif isinstance(piece, Command):
        yield from ("```", *map(visible, piece.lines), "```")
    elif isinstance(piece, Table):
        for place, part in enumerate(parts(piece, WORD_FILE)):
            yield from [""] * (place > 0)
            yield f"Table {number}. {_plain(part.caption)}"
            yield ""
            yield from _table(part)
    elif isinstance(piece, Picture):
        yield f"(Figure: {_plain(piece.caption)})"


def _table(table: Table) -> Iterator[str]:
    left = {0, *table.words}
    yield _row(map(_plain, table.head))
    yield _row(":---" if column in left else "---:" for column in range(len(table.head)))
    for row in table.rows:
        if len(row) == 1:
            yield _row([f"**{_plain(row[0].strip())}**", *[""] * (len(table.head) - 1)])
        else:
            yield _row(map(_plain, row))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    return escaped(visible(text.strip()))
