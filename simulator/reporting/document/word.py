"""A document as a Word file: headings, captions and tables that are real, so that they can be lifted out."""

from __future__ import annotations

import io
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from simulator.errors import TrialstopError
from simulator.reporting.document.columns import WORD_FILE, parts, widths
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
from simulator.reporting.style import style
from simulator.visible import visible

if TYPE_CHECKING:
    from docx.document import Document as Docx
    from docx.text.paragraph import Paragraph

__all__ = ["as_docx", "is_ours", "need_docx"]

OURS = "trialstop"  # who saved the file last, as it says of itself; an editor puts its user there

DPI = 200
SMALL, LETTERS = 8, "Arial"  # of tables: points, and a font whose widths every office has
BESIDE = 72  # twentieths of a point, from a cell's text to its sides
INDENT = "\u2003"  # before a name that stands below another


def need_docx() -> None:
    """TrialstopError where python-docx is missing."""
    if find_spec("docx") is None:
        raise TrialstopError(
            "a Word file needs python-docx, which is not installed: pip install 'trialstop[word]'"
        )


def as_docx(document: Document) -> bytes:
    """The file. Sliders are left out, for they need a browser. TrialstopError where python-docx is
    missing."""
    need_docx()
    import docx

    file = docx.Document()
    _a4(file)
    about = file.core_properties
    about.title, about.comments = visible(document.title), ""
    about.author = about.last_modified_by = OURS
    file.add_heading(visible(document.title), 0)
    for text in filter(None, (document.question, document.made)):
        file.add_paragraph(visible(text))
    writer = _Writer(file)
    for section in document.on_paper():
        writer.write(section.heading, section.pieces)
    made = io.BytesIO()
    file.save(made)
    return _timeless(made)


def is_ours(path: Path) -> bool:
    """Whether a file is a Word file that we made and nobody has saved since."""
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    try:
        return bool(docx.Document(str(path)).core_properties.last_modified_by == OURS)
    except (PackageNotFoundError, BadZipFile, KeyError, ValueError):
        return False


def _timeless(made: io.BytesIO) -> bytes:
    """The same file without the time at which each of its parts was packed."""
    again = io.BytesIO()
    with ZipFile(made) as old, ZipFile(again, "w") as new:
        for part in old.namelist():
            new.writestr(ZipInfo(part), old.read(part), compress_type=ZIP_DEFLATED)
    return again.getvalue()


class _Writer:
    """Puts pieces at the end of a Word file, and counts what has a number."""

    def __init__(self, file: Docx) -> None:
        self.file, self.tables, self.figures = file, 0, 0

    def write(self, title: str, pieces: tuple[Piece, ...]) -> None:
        """One section."""
        self.file.add_heading(visible(title), 1)
        for piece in pieces:
            self._piece(piece)

    def _piece(self, piece: Piece) -> None:
        if isinstance(piece, Prose):
            self.file.add_paragraph(visible(piece.text))
        elif isinstance(piece, Note):
            paragraph = self.file.add_paragraph()
            paragraph.add_run(f"{visible(piece.word).capitalize()}. ").bold = True
            paragraph.add_run(visible(piece.text))
        elif isinstance(piece, Subheading):
            self.file.add_heading(visible(piece.text), piece.level + 1)
        elif isinstance(piece, Items):
            for depth, text in piece.items:
                name = "List Bullet" if not depth else f"List Bullet {min(depth + 1, 3)}"
                self.file.add_paragraph(visible(text), style=name)
        elif isinstance(piece, Command):
            self._command(piece)
        elif isinstance(piece, Table):
            self.tables += 1
            for part in parts(piece, WORD_FILE):
                self._caption("Table", self.tables, part.caption, again=part.caption != piece.caption)
                self._table(part)
        elif isinstance(piece, Picture):
            self.figures += 1
            self._picture(piece)

    def _command(self, piece: Command) -> None:
        from docx.shared import Pt

        for line in piece.lines:
            run = self.file.add_paragraph().add_run(visible(line))
            run.font.name, run.font.size = "Consolas", Pt(9)

    def _caption(self, word: str, number: int, text: str, *, again: bool = False) -> None:
        """With a field for its number, so that Word lists tables and figures, and counts on; again: that of
        the last one, which goes on."""
        paragraph = self.file.add_paragraph(style="Caption")
        paragraph.paragraph_format.keep_with_next = word == "Table"
        paragraph.add_run(f"{word} ")
        counted = f"SEQ {word} \\c" if again else f"SEQ {word}"
        _field(paragraph, f"{counted} \\* ARABIC", str(number))
        paragraph.add_run(f". {visible(text)}")

    def _table(self, piece: Table) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Inches, Pt

        made = self.file.add_table(rows=1, cols=len(piece.head), style="Light Shading")
        made.autofit = False
        _plain(made)
        rows = [piece.head, *piece.rows]
        for _ in piece.rows:
            made.add_row()
        for row in made.rows:
            _marked(row, "w:cantSplit")
        _marked(made.rows[0], "w:tblHeader")
        grid = [list(row.cells) for row in made.rows]  # python-docx finds the cells of a row anew each time
        for column, wide in zip(made.columns, widths(piece, WORD_FILE), strict=True):
            column.width = Inches(wide)
            for cell in column.cells:
                cell.width = Inches(wide)
        for number, (row, cells) in enumerate(zip(rows, grid, strict=True)):
            heads = number == 0 or len(row) == 1
            if len(row) == 1 and len(cells) > 1:
                cells[0].merge(cells[-1])
            for column, text in enumerate(row):
                paragraph = cells[column].paragraphs[0]
                run = paragraph.add_run(_indented(text))
                run.font.name, run.font.size, run.bold = LETTERS, Pt(SMALL), heads
                paragraph.paragraph_format.keep_with_next = heads or None
                if column and column not in piece.words:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        self.file.add_paragraph()

    def _picture(self, piece: Picture) -> None:
        from docx.shared import Inches

        image = io.BytesIO()
        with style():
            piece.figure.savefig(image, dpi=DPI, facecolor="white", metadata={"Software": None})
        paragraph = self.file.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        shape = paragraph.add_run().add_picture(image, width=Inches(WORD_FILE.wide))
        shape._inline.docPr.set("descr", visible(piece.says))
        self._caption("Figure", self.figures, piece.caption)


def _a4(file: Docx) -> None:
    from docx.shared import Mm

    for section in file.sections:
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(20)


def _indented(text: str) -> str:
    return INDENT * ((len(text) - len(text.lstrip())) // 2) + visible(text.strip())


def _plain(table: Any) -> None:
    """Rows without bands of grey, which hide where a group of rows begins; cells with narrow margins."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    look = table._tbl.tblPr.find(qn("w:tblLook"))
    look.set(qn("w:noHBand"), "1")
    look.set(qn("w:val"), "0620")  # the same for readers of the older form: first row, no bands
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(BESIDE))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    look.addprevious(margins)


def _marked(row: Any, name: str) -> None:
    """A mark of a row: that it is not split between pages, or stands again on each."""
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _field(paragraph: Paragraph, code: str, shown: str) -> None:
    """A field of Word, with what it shows until it is counted anew."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    run, text = OxmlElement("w:r"), OxmlElement("w:t")
    text.text = shown
    run.append(text)
    field.append(run)
    paragraph._p.append(field)
