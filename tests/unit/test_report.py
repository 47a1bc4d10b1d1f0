"""The report: eleven parts of every shipped scenario, three sentences that are true, tables that lift out."""

from __future__ import annotations

import base64
import csv
import gc
import gzip
import io
import json
import re
from dataclasses import replace
from functools import lru_cache
from zipfile import ZipFile

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from matplotlib.font_manager import FontProperties, findfont

from simulator.loading.source import source_of
from simulator.metrics.risks import CROSSINGS
from simulator.model.estimate import percent
from simulator.model.metric import Key
from simulator.reporting.document.examples import chosen, examples
from simulator.reporting.document.html import as_html
from simulator.reporting.document.lifted import as_csv_files, as_markdown
from simulator.reporting.document.material import gather, most_played
from simulator.reporting.document.pieces import (
    Command,
    Document,
    Items,
    Picture,
    Prose,
    Sliders,
    Subheading,
    Table,
)
from simulator.reporting.document.playable import _paths, _slides, no_sliders, sliders
from simulator.reporting.document.report import _uncollected, document_of, report
from simulator.reporting.document.svg import font_faces
from simulator.reporting.document.word import as_docx
from simulator.reporting.document.words import paragraphs_of
from simulator.reporting.explain import protocol_parts
from simulator.reporting.lettering import FAMILY
from simulator.reporting.nature import truth_parts
from simulator.reporting.text import WIDTH, paragraph
from simulator.study.results import Results
from simulator.study.run import run
from simulator.what_ifs.weights.asked import LEAST
from simulator.what_ifs.weights.scales import apart
from tests.helpers import ROOT, SEED, SHIPPED, loaded, scenario
from tests.unit.reports import FEW, material, of, rule, texts, truth

PARTS = (
    "aims", "designs", "characteristics", "evidence", "truths", "process",
    "recreate", "results", "examples", "sensitivity", "limitations",
)  # fmt: skip


@lru_cache(maxsize=1)
def of_leni() -> tuple[Document, str]:
    """Its document, and that as HTML."""
    document = document_of(material("leni"))
    return document, as_html(document)


# ---------------------------------------------------------------- the document


@pytest.mark.parametrize("name", [name for name in SHIPPED if not name.startswith("checks/")])
def test_each_of_the_eleven_parts_says_something(name: str) -> None:
    given = material(name)
    document = document_of(given)
    numbered = [section for section in document.sections if section.number]
    assert [section.ident for section in numbered] == list(PARTS)
    for section in numbered:
        said = [piece for piece in section.pieces if isinstance(piece, Prose | Items | Table)]
        assert said, section.ident
    by = {section.ident: section for section in numbered}
    evidence = next(piece for piece in by["evidence"].pieces if isinstance(piece, Table))
    assert [row[0] for row in evidence.rows] == [each.path for each in given.scenario.provenance]
    assumed = [row for row in evidence.rows if row[1] == "assumption"]
    assert len(assumed) == len(given.scenario.assumptions) == len(given.results.assumptions)
    told = next(piece for piece in by["truths"].pieces if isinstance(piece, Table))
    assert [row[0] for row in told.rows] == list(given.results.truths)
    software = next(piece for piece in by["recreate"].pieces if isinstance(piece, Table))
    assert ("SHA-256 of the scenario", given.results.sha256) in software.rows
    assert sum(isinstance(piece, Picture) for piece in by["results"].pieces) >= 1
    names = [table.name for table in document.tables()]
    assert len(names) == len(set(names))
    for table in document.tables():
        assert all(len(row) in (1, len(table.head)) for row in table.rows), table.name


def test_every_estimate_of_the_answer_is_one_of_the_results() -> None:
    given, (document, _) = material("leni"), of_leni()
    answers = [table for table in document.tables() if table.name.startswith(("first", "answer"))]
    shown = {text for table in answers for row in table.rows for text in row[1:]}
    known = {percent(cell.metrics[Key("p_stop")]) for cell in given.results.cells}
    assert shown == known


def test_the_same_trials_give_the_same_bytes() -> None:
    """Also those of a run that was stored, on another day but for where that is told."""
    given, (_, html) = material("leni"), of_leni()
    stored = Results.from_json(json.loads(json.dumps(given.results.as_json())))
    made = "Made on a day."
    again = as_html(document_of(gather(given.scenario, stored), made))
    assert again.count(made) == 1
    assert again.replace(f'<p class="made">{made}</p>\n', "") == html


@pytest.mark.parametrize("before", [True, False])
def test_garbage_is_collected_after_a_report_as_before_it(before: bool) -> None:
    was = gc.isenabled()
    try:
        (gc.enable if before else gc.disable)()
        with pytest.raises(ZeroDivisionError), _uncollected():
            assert not gc.isenabled()
            raise ZeroDivisionError
        assert gc.isenabled() is before
    finally:
        (gc.enable if was else gc.disable)()


def test_text_of_users_is_shown_as_text() -> None:
    wicked = '</script><img src=x onerror=alert(1)> "quoted" \u05d0\u05d1 \u202e & `;--'
    found = scenario(
        {"accrual": {"until": "5 treated"}, **rule()}, {"bad": truth("30%", about=wicked)}, title=wicked
    )
    html = report(found, trials=LEAST, seed=SEED, self_check=0).html()
    body = re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL)
    assert "<img" not in body and "onerror=alert(1)&gt;" in body
    assert "\u202e" not in html and "\\u202e" in body
    assert body.count("</script>") == 3  # of what sliders are about, their trials, and the script


# ---------------------------------------------------------------- tables


def test_decisions_of_dose_finding_are_tables_and_no_lists() -> None:
    document = document_of(material("mec"))
    items = [text for piece in document.pieces() if isinstance(piece, Items) for _, text in piece.items]
    assert not [text for text in items if set(text) == {"-"} or "0 DLTs  " in text]
    assert any(table.name.startswith("decisions_") for table in document.tables())


def test_a_long_name_is_whole_in_the_head_of_a_table() -> None:
    long = "v" * 64
    found = scenario(
        {"accrual": {"until": "10 treated"}, **rule()},
        {"fine": truth("20%", acceptable=True)},
        variants={"a-b_c": {}, long: {"design.monitoring.stop_harm.rule.count": 1}},
    )
    document = document_of(gather(found, run(found, trials=40, seed=SEED, self_check=0)))
    first = next(table for table in document.tables() if table.name == "first_1")
    heads = {*first.head, *(row[0].strip() for row in first.rows)}
    assert {"a-b_c", long} <= heads


def test_headings_and_captions_end_as_they_should() -> None:
    for document in (document_of(material("mec")), of_leni()[0]):
        ends = [piece.text[-1] for piece in document.pieces() if isinstance(piece, Subheading)]
        assert not {".", ":"} & set(ends)
        assert all(table.caption[-2:-1] not in (":", ".") for table in document.tables())
        heads = {head for table in document.tables() for head in table.head}
        assert not [head for head in heads if "  " in head or "- " in head]
    assert "recommended, %" in {
        head for table in document_of(material("mec")).tables() for head in table.head
    }


# ---------------------------------------------------------------- words, examples, sliders


@pytest.mark.parametrize("name", SHIPPED)
def test_lines_of_words_are_the_paragraphs_they_were(name: str) -> None:
    found = loaded(ROOT / f"scenarios/{name}.yaml")
    parts = [lines for variant in found.designs for lines in protocol_parts(found, variant).values()]
    parts += [lines for t in found.truths.values() for p, lines in truth_parts(t).items() if p != "truth"]
    for lines in parts:
        left = [line for line in lines if line.strip()]
        for depth, text in paragraphs_of(lines):
            indent = 2 + 2 * depth  # what stands deeper was broken before it was indented, or after
            broken = (paragraph(text, indent, 2, width=width) for width in (WIDTH, WIDTH + indent))
            mine = next((each for each in broken if left[: len(each)] == each), None)
            assert mine, (text, left[:3])
            del left[: len(mine)]
        assert not left


def test_examples_are_what_they_are_said_to_be() -> None:
    given = material("leni")
    found = chosen(given)
    assert found
    for example in found:
        cell = given.played.cell(example.variant, example.truth)
        stopped = cell.columns[Key("p_stop")] == 1.0
        assert bool(stopped[example.trial]) is ("is stopped" in example.what)
        assert cell.acceptable is ("although the drug is acceptable" in example.what)
        assert not (stopped if "is stopped" in example.what else ~stopped)[: example.trial].any()


def test_a_trial_that_is_an_example_of_two_kinds_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = [(what, lambda cell: np.ones(FEW, dtype=bool)) for what in ("one kind", "another")]
    monkeypatch.setattr("simulator.reporting.document.examples._kinds", lambda _: kinds)
    pieces = list(examples(material("mec")))
    assert sum(isinstance(piece, Command) for piece in pieces) == 1
    assert "The same trial as above." in texts(pieces)


def test_a_path_over_a_boundary_is_told_in_words_too() -> None:
    """The alternative of its picture has the counts that looks read, as the story has them (exact)."""
    given = material("leni")
    stopped = next(each for each in chosen(given) if "as it should be" in each.what)
    which = f"{stopped.variant}_{stopped.truth}_{stopped.trial}"
    pieces = {piece.name: piece for piece in examples(given) if isinstance(piece, Picture | Table)}
    path, story = pieces[f"path_{which}_thrombosis_rule"], pieces[f"trial_{which}"]
    assert isinstance(path, Picture) and isinstance(story, Table)
    looks = "\n".join(row[2] for row in story.rows)
    read = re.findall(r"look \d+ of thrombosis_rule: (\d+) counted among (\d+)", looks)
    rises = [f"{x} at n = {n}" for x, n in dict(reversed(read)).items()]  # the first n of each count
    assert path.says.endswith(f"Read: {' and '.join(reversed(rises))}, up to n = {read[-1][1]}.")


def unpacked(given: Sliders) -> list[np.ndarray]:
    body, kinds = gzip.decompress(base64.b64decode(given.data)), {"u8": np.uint8, "u16": np.dtype("<u2")}
    spans = [(each["type"], each["start"], each["start"] + each["bytes"]) for each in given.about["arrays"]]
    return [np.frombuffer(body[start:end], kinds[kind]) for kind, start, end in spans]


def test_sliders_hold_what_weights_weigh() -> None:
    """The packed trials, weighed for another size, give what a `Pool` of the unpacked ones does (exact)."""
    given = material("leni")
    found = sliders(given)
    arrays, about = unpacked(found), found.about
    for t, told in enumerate(about["truths"]):
        pool = about["pools"][told["pools"][0]]
        together = [each["name"] for each in about["truths"] if each["pools"] == told["pools"]]
        mine = together.index(told["name"])
        anchor = pool["anchors"][mine]
        cell = given.played.cell(given.benchmark, told["name"])
        assert (arrays[anchor["outcome"][0]] == cell.columns[Key("p_stop")]).all(), t
        neutral = given.scenario.truths[told["name"]]
        _, sizes = apart(neutral, given.scenario.designs[given.benchmark])
        for c, label in enumerate(pool["components"]):
            event, _, component = label.partition(" by ")
            names = event, component or event
            assert anchor["sizes"][c] == sizes[names]
            assert (arrays[anchor["count"][c]] == cell.columns[CROSSINGS(*names)]).all()
            used = arrays[anchor["used"][c]] * anchor["step"][c] * sizes[names]
            exact = cell.columns[Key("risk", event=names[0], component=names[1])]
            assert np.abs(used - exact).max() <= 0.51 * anchor["step"][c] * sizes[names]


def test_sliders_are_told_by_commands_that_can_be_typed() -> None:
    given = material("leni")
    found = sliders(given)
    source = source_of(given.scenario)
    for told in found.about["truths"]:
        for hazard in told["hazards"]:
            changed = source.changed((f"{hazard['path']}={2 * hazard['ratio']:g}",))
            event, _, component = hazard["name"].partition(" by ")
            before = given.scenario.truths[told["name"]].events[event].components[component or event]
            after = changed.truths[told["name"]].events[event].components[component or event]
            assert after == replace(before, ratio=2 * before.ratio)


def test_paths_of_sliders_found_together_are_those_found_one_by_one() -> None:
    """In a truth that extends another, and where one hazard has no place of its own (differential)."""
    given = material("leni")
    source = source_of(given.scenario)
    for which in given.results.truths:
        names = _slides(given, [[given.benchmark]], which)
        together = _paths(source, which, names)
        assert together == {name: _paths(source, which, [name])[name] for name in names}
        assert len(set(together.values())) == len(names) > 1


def test_a_hazard_whose_ratio_cannot_be_set_costs_no_other_its_slider(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = material("leni")
    source, which = source_of(given.scenario), given.results.truths[0]
    (one, one_path), *others = _paths(source, which, _slides(given, [[given.benchmark]], which)).items()
    places = {one: ["truths.nobody.events.none.ratio"], **{names: [path] for names, path in others}}
    monkeypatch.setattr(
        "simulator.reporting.document.playable._places", lambda source, which, names: iter(places[names])
    )
    assert one_path is not None and _paths(source, which, list(places)) == {one: None, **dict(others)}


def test_so_many_trials_are_played_as_take_a_second_or_two() -> None:
    """Up to 20 cells 5,000 of each, else 100,000 in all, in whole thousands and 2,000 at least (exact)."""
    assert [most_played(cells) for cells in (1, 20, 21, 42, 105)] == [5_000, 5_000, 4_000, 2_000, 2_000]


def test_without_a_rule_there_are_no_sliders_and_it_is_said_why() -> None:
    given = of({"events": {"harm": {"window": "5 days"}}}, {"fine": truth("5%")})
    assert no_sliders(given) == "no rule of this scenario stops a trial"
    _, first, *others = document_of(given).sections
    assert first.ident == "sliders" and "left out" in first.pieces[0].text  # type: ignore[union-attr]
    assert not any("sliders" in text for section in others for text in texts(section.pieces))


def test_too_few_trials_for_sliders_are_said_to_be_so() -> None:
    """With fewer than a setting needs every row would be grey, also that of the hazards as they are."""
    cells = rule(), {"fine": truth("5%", acceptable=True)}
    assert no_sliders(of(*cells, trials=LEAST)) == ""
    assert f"{LEAST} trials" in no_sliders(of(*cells, trials=LEAST - 1))


# ---------------------------------------------------------------- other forms


def test_markdown_and_csv_hold_every_table() -> None:
    document, _ = of_leni()
    files, text = as_csv_files(document), as_markdown(document)
    assert len(files) == len(document.tables())
    for table, (name, body) in zip(document.tables(), files.items(), strict=True):
        rows = list(csv.reader(io.StringIO(body)))
        assert name.endswith(f"_{table.name}.csv") and len({len(row) for row in rows}) == 1
        under = len(rows[0]) - len(table.head)
        cells = [[cell.strip() for cell in row] for row in table.rows if len(row) > 1]
        assert [row[under:] for row in rows[1:]] == cells
    assert text.count("\nTable ") == len(document.tables())


def test_the_word_file_reads_back() -> None:
    docx = pytest.importorskip("docx", reason="python-docx is not installed: no Word file is made")
    document, _ = of_leni()
    made = as_docx(document)
    assert {part.date_time[0] for part in ZipFile(io.BytesIO(made)).infolist()} == {1980}  # the same again
    read = docx.Document(io.BytesIO(made))
    headings = [p.text for p in read.paragraphs if p.style.name == "Heading 1"]
    numbered = [f"{s.number}. {s.title}" for s in document.sections if s.number]
    assert headings == ["The answer", *numbered]
    assert len(read.tables) == len(document.tables())
    for found, table in zip(read.tables, document.tables(), strict=True):
        assert [cell.text.strip() for cell in found.rows[0].cells] == list(table.head)
        last = [cell.text.strip() for cell in found.rows[-1].cells]
        assert last[0] == table.rows[-1][0].strip()
    captions = [p for p in read.paragraphs if p.style.name == "Caption"]
    pictures = sum(isinstance(piece, Picture) for piece in document.pieces())
    assert len(captions) == len(document.tables()) + pictures == len(read.tables) + len(read.inline_shapes)


def test_letters_are_as_wide_as_those_that_figures_were_measured_by() -> None:
    """Widths and outlines of those that are used, against the font itself (differential)."""
    text = "AVfi 50 % \u00b1"
    faces = re.findall(r"font-weight: (\w+);.*?base64,([^)]*)", font_faces([f"<svg>{text}</svg>"]))
    assert [weight for weight, _ in faces] == ["normal", "bold"]
    for weight, data in faces:
        made, whole = (
            TTFont(file)
            for file in (
                io.BytesIO(base64.b64decode(data)),
                findfont(FontProperties(family=FAMILY, weight=weight)),
            )
        )
        names = [(made.getBestCmap()[ord(c)], whole.getBestCmap()[ord(c)]) for c in text]
        assert [made["hmtx"][name] for name, _ in names] == [whole["hmtx"][name] for _, name in names]
        outlines = [
            (made["glyf"][a].coordinates, whole["glyf"][b].coordinates) for a, b in names if a != "space"
        ]
        assert all(a == b for a, b in outlines)
        assert not {"GPOS", "GSUB", "MATH"} & {*made.keys()}


def test_leni_is_small_enough_to_send() -> None:
    _, html = of_leni()
    assert len(html.encode()) < 2_000_000
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html)
