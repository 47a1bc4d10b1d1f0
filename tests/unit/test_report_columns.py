"""Tables on paper: columns that have room for their words, and parts where there is none."""

from __future__ import annotations

import io
from itertools import combinations, pairwise

import numpy as np
import pytest

from simulator.reporting.document.columns import PRINT, WORD, WORD_FILE, Paper, least, parts, widths
from simulator.reporting.document.html import as_html
from simulator.reporting.document.lifted import as_csv_files, as_markdown
from simulator.reporting.document.pieces import Document, Prose, Section, Table
from simulator.reporting.document.word import as_docx
from tests.helpers import SEED

HEADS = ("", *(f"fired: rule_{number:02d}_thrombosis" for number in range(20)))
CROWDED = Table(
    name="rules",
    caption="By which rule, in % of trials. Fired: at any time.",
    head=HEADS,
    rows=(("planned",), ("  before", *(f"{number}.5 ± 0.1" for number in range(20)))),
    words=frozenset({19}),
)


def document(*tables: Table) -> Document:
    section = Section(ident="answer", title="The answer", pieces=(*tables, Prose("The end.")))
    return Document(title="T", question="", sections=(section,))


def columns(table: Table) -> list[tuple[str, ...]]:
    """Head and cells, column by column."""
    return list(zip(table.head, *(row for row in table.rows if len(row) > 1), strict=True))


def test_a_table_that_fits_is_its_only_part() -> None:
    table = Table(name="t", caption="T.", head=("", "stops, %"), rows=(("a", "1.0 ± 0.1"),))
    assert parts(table, PRINT) == [table]
    only = Table(name="t", caption="T.", head=("w" * 400,), rows=())
    assert parts(only, PRINT) == [only]


@pytest.mark.parametrize("paper", [PRINT, WORD_FILE])
def test_parts_hold_every_column_and_have_room_for_each_word(paper: Paper) -> None:
    made = parts(CROWDED, paper)
    assert len(made) > 2
    first, *others = columns(CROWDED)
    assert [columns(part)[0] for part in made] == [first] * len(made)
    assert [column for part in made for column in columns(part)[1:]] == others
    assert [part.head[i] for part in made for i in part.words] == [HEADS[19]]
    for part in made:
        assert part.rows[0] == ("planned",)
        assert sum(least(part, paper)) <= paper.wide
    captions = [part.caption for part in made]
    assert captions == [CROWDED.caption, *["By which rule, in % of trials, continued."] * (len(made) - 1)]


def narrowest(others: list[float], number: int) -> float:
    """Of every way to cut columns into so many runs, the least width of the widest."""
    return min(
        max(sum(others[start:end]) for start, end in pairwise((0, *middle, len(others))))
        for middle in combinations(range(1, len(others)), number - 1)
    )


def test_parts_are_as_few_and_as_even_as_can_be() -> None:
    """Against every way to cut a table of up to ten columns (differential)."""
    random = np.random.default_rng(SEED)
    several = 0
    for _ in range(60):
        letters = random.integers(1, WORD, size=random.integers(5, 11))
        table = Table(name="t", caption="T.", head=tuple("n" * each for each in letters), rows=())
        first, *others = least(table, PRINT)
        made = parts(table, PRINT)
        widest = max(sum(least(part, PRINT)) for part in made)
        assert widest == pytest.approx(first + narrowest(others, len(made))) and widest <= PRINT.wide
        if len(made) > 1:
            several += 1
            assert first + narrowest(others, len(made) - 1) > PRINT.wide
    assert several > 20


def test_a_column_has_room_for_its_longest_word() -> None:
    """Where the page has; of a path that is longer than WORD it is broken all the same (exact)."""
    row = ("truths.planned.events.thrombosis.components.on_drug", "question", "as it is in others " * 5)
    head = ("value", "from", "why")
    wide = widths(
        Table(name="t", caption="T.", head=head, rows=(("a group",), row), words=frozenset({2})), WORD_FILE
    )
    assert sum(wide) == pytest.approx(WORD_FILE.wide)
    assert wide[0] >= WORD_FILE.pad + WORD_FILE.letter * WORD
    assert wide[1] >= WORD_FILE.pad + WORD_FILE.letter * len("question")
    crowded = widths(Table(name="t", caption="T.", head=("events",) * 20, rows=()), WORD_FILE)
    assert crowded == pytest.approx([WORD_FILE.wide / 20] * 20)


def test_numbers_stand_in_one_line_where_there_is_room() -> None:
    """A cell counts whole, and by its words where the table would be too wide (exact); W and m are wide."""
    few = Table(name="t", caption="T.", head=("", "n"), rows=(("a", "10.5 ± 0.1"),))
    assert least(few, PRINT) == pytest.approx([PRINT.pad + PRINT.letter, PRINT.pad + 10 * PRINT.letter])
    many = Table(name="t", caption="T.", head=("", *"n" * 12), rows=(("a", *["10.5 ± 0.1"] * 12),))
    assert least(many, PRINT)[1:] == pytest.approx([PRINT.pad + 4 * PRINT.letter] * 12)
    deep = Table(name="t", caption="T.", head=("", "n"), rows=(("  abc de", "1"),))
    assert least(deep, PRINT)[0] == pytest.approx(PRINT.pad + 8 * PRINT.letter)
    crowded = Table(name="t", caption="T.", head=("", *"n" * 80), rows=(("  abc de", *"1" * 80),))
    assert least(crowded, PRINT)[0] == pytest.approx(PRINT.pad + 5 * PRINT.letter)
    heads = Table(name="t", caption="T.", head=("Wm", "AB"), rows=())
    assert least(heads, PRINT) == pytest.approx([PRINT.pad + each * PRINT.letter for each in (3.0, 2.6)])


def test_parts_of_a_page_are_for_paper_and_the_whole_for_a_screen() -> None:
    html = as_html(document(CROWDED))
    made = parts(CROWDED, PRINT)
    assert html.count('<div class="table whole"') == 1
    assert html.count('<div class="table part"') == len(made)
    assert html.count("<b>Table 1. </b>") == 1 + len(made)
    assert ".part { display: none; }" in html and ".whole { display: none; }" in html
    assert html.count("--least: ") == sum(len(part.head) for part in made)
    assert "whole" not in as_html(document(made[-1])).partition("<body>")[2]


def test_markdown_has_parts_under_one_number_and_csv_the_whole() -> None:
    text, files = as_markdown(document(CROWDED)), as_csv_files(document(CROWDED))
    made = parts(CROWDED, WORD_FILE)
    assert text.count("\nTable 1. By which rule, in % of trials, continued.\n") == len(made) - 1
    assert text.count("\n| **planned** |") == len(made)
    assert [body.split("\n")[0].count(",") for body in files.values()] == [len(HEADS)]


def test_a_word_file_has_parts_under_one_number_and_no_row_on_two_pages() -> None:
    docx = pytest.importorskip("docx", reason="python-docx is not installed: no Word file is made")
    from docx.oxml.ns import qn

    read = docx.Document(io.BytesIO(as_docx(document(CROWDED, CROWDED))))
    made = parts(CROWDED, WORD_FILE)
    assert len(read.tables) == 2 * len(made)
    captions = [paragraph for paragraph in read.paragraphs if paragraph.style.name == "Caption"]
    fields = [field for each in captions for field in each._p.iter(qn("w:fldSimple"))]
    codes = [field.get(qn("w:instr")) for field in fields]
    assert codes == [r"SEQ Table \* ARABIC", *[r"SEQ Table \c \* ARABIC"] * (len(made) - 1)] * 2
    shown = [text.text for field in fields for text in field.iter(qn("w:t"))]
    assert shown == ["1"] * len(made) + ["2"] * len(made)
    for table in read.tables:
        marks = [{mark.tag for mark in row._tr.trPr} for row in table.rows]
        assert all(qn("w:cantSplit") in each for each in marks)
        assert [qn("w:tblHeader") in each for each in marks] == [True, *[False] * (len(marks) - 1)]
