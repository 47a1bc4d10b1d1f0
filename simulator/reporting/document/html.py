"""A document as one HTML file that asks for nothing from anywhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.reporting.document.columns import PRINT, least, parts
from simulator.reporting.document.pieces import Document, Picture
from simulator.reporting.document.svg import font_faces, svg_of
from simulator.visible import visible

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["as_html"]

TEMPLATES = Path(__file__).with_name("templates")


def as_html(document: Document) -> str:
    """The file. The same document gives the same bytes."""
    environment = _environment()
    drawn = {id(p): svg_of(p.figure, p.name) for p in document.pieces() if isinstance(p, Picture)}
    numbers = {id(piece): number for number, piece in enumerate(document.tables(), start=1)}
    pictures = [piece for piece in document.pieces() if isinstance(piece, Picture)]
    numbers |= {id(piece): number for number, piece in enumerate(pictures, start=1)}
    return environment.get_template("report.html").render(
        document=document,
        number=lambda piece: numbers[id(piece)],
        css=(TEMPLATES / "report.css").read_text(encoding="utf-8"),
        fonts=font_faces(drawn.values()),
        parts=lambda table: parts(table, PRINT),
        least=lambda table: [f"{inches:.2f}in" for inches in least(table, PRINT)],
        svg=lambda piece: drawn[id(piece)],
        script=(TEMPLATES / "sliders.js").read_text(encoding="utf-8"),
    )


def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_seen,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["script_json"] = _script_json
    environment.filters["leading"] = lambda text: len(text) - len(text.lstrip())
    environment.tests["words"] = lambda column, table: column == 0 or column in table.words
    return environment


def _seen(value: object) -> object:
    """Text of users without what cannot be seen; what the templates mark as safe stays as it is."""
    return visible(value) if type(value) is str else value


def _script_json(data: object) -> str:
    """JSON that cannot end the `script` element that it stands in."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
