"""Results written by an earlier version, as Arrow, and as HTML.

tests/golden/results holds results.json of 50 trials as version 0.1.0 wrote it (format trialstop/results/1),
before cells had their rules, events and doses.
"""

import json
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from simulator.metrics.registry import metric_of
from simulator.metrics.text import key_of, text_of
from simulator.model.estimate import Estimate
from simulator.model.metric import PARTS
from simulator.reporting.tables import render
from simulator.study.facts import RuleFacts, facts_of, facts_of_keys
from simulator.study.results import Results
from simulator.study.run import run
from tests.helpers import ROOT, loaded, of_file

FOLDER = Path(__file__).parents[1] / "golden" / "results"
NAMES = ("leni", "ferrajoli", "mec")


def stored(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=NAMES)
def old(request):
    """(what is in the file, the results read from it)."""
    data = stored(request.param)
    return data, Results.from_json(data)


JUDGED = ("/self_check/exact_compared", "/self_check/largest_difference_in_se")
"""Made when results are written: since 0.3.0 means over few stops are not judged (study/cell.py)."""

# ---------------------------------------------------------------- a file of an earlier version


def test_every_number_of_an_old_file_is_read(old):
    data, results = old
    for cell, found in zip(data["cells"], results.cells, strict=True):
        assert [text_of(key) for key in found.metrics] == list(cell["metrics"])
        for text, e in cell["metrics"].items():
            assert found.metrics[text] == Estimate(**e), text


def test_written_again_it_has_what_it_had_and_more(old):
    data, results = old

    def within(part, whole, path=""):
        if isinstance(part, dict):
            for key, value in part.items():
                within(value, whole[key], f"{path}/{key}")
        elif isinstance(part, list):
            for number, (one, other) in enumerate(zip(part, whole, strict=True)):
                within(one, other, f"{path}/{number}")
        elif path in JUDGED:
            assert whole is None or whole <= part, path
        else:
            assert part == whole, path

    within(data, json.loads(json.dumps(results.as_json(), allow_nan=False)))


def test_the_same_run_today_gives_the_same_numbers(old):
    """Every key of then is there, and none has another value."""
    data, results = old
    given = loaded(ROOT / data["scenario"]["file"])
    played = run(
        given, variants=results.variants, truths=results.truths, trials=results.run.trials, self_check=0
    )
    for before, now in zip(results.cells, played.cells, strict=True):
        for key, e in before.metrics.items():
            assert now.metrics[key] == e, key


def test_what_keys_tell_of_rules_events_and_doses_is_what_the_design_says(old):
    data, results = old
    path = ROOT / data["scenario"]["file"]
    for cell in results.cells:
        truly, found = facts_of(of_file(path, cell.variant, cell.truth)), cell.facts
        assert (found.events, found.phases, found.drugs) == (truly.events, truly.phases, truly.drugs)
        assert [(r.name, r.acts) for r in found.rules] == [(r.name, r.acts) for r in truly.rules]
        several = [rule.outcomes if len(rule.outcomes) > 1 else () for rule in truly.rules]
        assert [rule.outcomes for rule in found.rules] == several
        assert (found.dose_finding is None) is (truly.dose_finding is None)
        if found.dose_finding is not None and truly.dose_finding is not None:
            assert found.dose_finding.doses == truly.dose_finding.doses
            assert found.dose_finding.best == () and not found.dose_finding.rates, "true rates are not in it"


def test_its_tables_are_those_of_the_same_results_with_facts(old):
    data, results = old
    path = ROOT / data["scenario"]["file"]
    cells = (replace(c, facts=facts_of(of_file(path, c.variant, c.truth))) for c in results.cells)
    assert render(results, full=True) == render(replace(results, cells=tuple(cells)), full=True)
    assert "true DLT" not in render(results, true_rates=True)


def test_a_rule_that_only_votes_is_known_from_its_keys():
    keys = map(key_of, ("p_stop", "p_stop.b", "p_fired.a", "p_fired.b", "n_read.a.x", "n_read.a.y"))
    rules = facts_of_keys(keys).rules
    assert rules == (RuleFacts(name="b", acts=True), RuleFacts(name="a", acts=False, endpoints=("x", "y")))


# ---------------------------------------------------------------- one long Arrow table


def test_to_arrow_has_every_number_once_with_its_parts(old):
    _, results = old
    table = results.to_arrow()
    numbers = ("value", "mcse", "low", "high", "sd", "exact")
    adjusted = ("adjusted", "adjusted_mcse", "adjusted_factor")  # null: those who wrote the file had none
    parts = ["key", "metric", *PARTS, "word", "unit"]
    assert table.column_names == ["variant", "truth", *parts, *numbers, *adjusted, "n"]
    assert all(table[name].null_count == len(table) for name in adjusted)
    assert table.schema.field("value").type == pa.float64()
    assert len(table) == sum(len(cell.metrics) for cell in results.cells)
    for row in table.to_pylist():
        cell = results.cell(row["variant"], row["truth"])
        key = key_of(row["key"])
        assert [row[part] for part in ("metric", *PARTS, "word")] == [
            getattr(key, part) for part in ("metric", *PARTS, "word")
        ]
        assert row["unit"] == metric_of(key).unit
        assert Estimate(**{name: row[name] for name in (*numbers, "n")}) == cell.metrics[key]


def test_to_arrow_answers_a_question_without_text():
    table = Results.from_json(stored("mec")).to_arrow()
    mine = table.filter(pc.equal(table["metric"], "p_select"))
    doses = dict(zip(mine["dose"].to_pylist(), mine["value"].to_pylist(), strict=True))
    assert list(doses) == ["5 mg", "10 mg", "25 mg", "50 mg", None]  # none, and above the target: no dose
    assert Counter(mine["word"].to_pylist()) == {None: 4, "none": 1, "above_target": 1}


# ---------------------------------------------------------------- notebooks


class Cells(HTMLParser):
    """Texts of a table's cells, row by row; any tag that is not of a table is an error."""

    def __init__(self):
        super().__init__()
        self.rows, self.caption, self.inside = [], "", []

    def handle_starttag(self, tag, attrs):
        assert tag in {"table", "caption", "tr", "th", "td"} and not attrs, tag
        self.inside.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in {"th", "td"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.inside.pop() == tag

    def handle_data(self, data):
        if self.inside[-1:] == ["caption"]:
            self.caption += data
        elif self.inside[-1:] and self.inside[-1] in {"th", "td"}:
            self.rows[-1][-1] += data


def cells_of(results):
    read = Cells()
    read.feed(results._repr_html_())
    assert read.inside == []
    return read


def test_html_shows_headlines_and_cost_of_every_cell(old):
    _, results = old
    read = cells_of(results)
    head, *rows = read.rows
    assert all(len(row) == len(head) for row in rows)
    assert [tuple(row[:2]) for row in rows] == [(cell.variant, cell.truth) for cell in results.cells]
    if results.cells[0].facts.acts:
        assert head[2] == "P(stop), %"
    else:
        assert head[2:4] == ["selects 5 mg, %", "selects 10 mg, %"] and "P(stop), %" not in head
    assert head[-2:] == ["patients enrolled", "days in all"]
    e = results.cells[0].metrics["n_enrolled"]
    assert rows[0][-2] == f"{e.value:.1f} ± {e.mcse:.1f}"


def test_html_escapes_what_the_scenario_says():
    data = stored("mec")
    data["scenario"]["title"] = "<script>alert(1)</script> & more"
    (cell,) = data["cells"]
    cell["variant"] = "<b>a</b>"
    cell["metrics"] = {'p_select.<i onclick="x">': cell["metrics"]["p_select.5 mg"]}
    results = Results.from_json(data)
    html = results._repr_html_()
    assert "<script" not in html and "<b>" not in html and "<i " not in html
    read = cells_of(results)
    assert read.caption.startswith("<script>alert(1)</script> & more: 50 trials")
    assert read.rows[0][2] == 'selects <i onclick="x">, %' and read.rows[1][0] == "<b>a</b>"


def test_html_of_a_share_that_is_never_or_always_shows_the_end_of_its_interval():
    data = stored("leni")
    none = {"value": 0.0, "mcse": 0.0, "low": 0.0, "high": 0.0714, "sd": 0.0, "n": 50, "exact": None}
    data["cells"] = [data["cells"][0] | {"metrics": {"p_stop": none, "p_stop.rule": none}}]
    assert cells_of(Results.from_json(data)).rows[1][2] == "0.0 (<7.2)"
