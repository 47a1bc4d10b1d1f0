"""Nothing that a person reads has characters that rule a screen or cannot be seen."""

from __future__ import annotations

import re
import sys
import unicodedata
from pathlib import Path

import pytest

from simulator.errors import Problem, ScenarioError, TrialstopError
from simulator.loading.load import load
from simulator.visible import unseen, visible
from tests.helpers import ROOT

HOSTILE = {  # as it is in the file -> as it is shown
    r"\e[31m": r"\x1b[31m", r"\0": r"\x00", r"\x7f": r"\x7f", r"\x85": r"\x85", r"\u202e": r"\u202e",
    r"\u2066": r"\u2066", r"\u200b": r"\u200b", r"\ufeff": r"\ufeff", r"\u2028": r"\u2028",
     r"\U000e0041": r"\U000e0041",
}  # fmt: skip


def test_every_character_of_unicode_is_shown_as_it_is_or_written_out() -> None:
    """Exact: what is written out is read back by Python's own escapes."""
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        shown = visible(character)
        assert bool(unseen(character)) is hidden
        if not hidden or character == "\n":
            assert shown == character
        else:
            assert shown.isascii()
            assert shown.isprintable()
            assert shown.encode().decode("unicode_escape") == character


@pytest.mark.parametrize("text", ["", "N ≥ 3, 5 µg/m²", "многоцентровое", "第三相", "two\nlines"])
def test_what_people_write_stays(text: str) -> None:
    assert visible(text) == text


SCENARIO = """\
trialstop: 1
title: "a{0}title"
question: "a{0}question"
references: {{paper: "a{0}reference"}}
design:
  accrual: {{until: 10 treated}}
  drugs: {{drug: [low, high]}}
  events: {{tox: {{window: 28 days, marks: [bad]}}}}
  monitoring:
    safety:
      counts: {{event: tox}}
      rule: {{kind: at_least, count: 3}}
      then: [close_accrual, {{conclude: word}}]
truths:
  t:
    about: "a{0}truth"
    accrual: 2 per month
    events: {{tox: {{marks: {{bad: 1}}, probability: 20% in 28 days}}}}
provenance:
  design: "assumption (0{0} to 1): a{0}reason"
  truths: "paper: a{0}remark"
"""


@pytest.mark.parametrize("written", HOSTILE)
def test_texts_of_a_scenario_are_written_out_when_they_are_read(tmp_path: Path, written: str) -> None:
    path, shown = tmp_path / "s.yaml", HOSTILE[written]
    path.write_text(SCENARIO.format(written), encoding="utf-8")
    scenario = load(path)
    assert (scenario.title, scenario.question) == (f"a{shown}title", f"a{shown}question")
    assert scenario.references == {"paper": f"a{shown}reference"}
    assert scenario.truths["t"].about == f"a{shown}truth"
    assumption, sourced = scenario.provenance
    assert (assumption.low, assumption.why) == (f"0{shown}", f"a{shown}reason")
    assert sourced.why == f"a{shown}remark"
    assert load(path, [f'title="b{written}c"']).title == f"b{shown}c"


def spoilt(name: str, written: str) -> str:
    """The scenario, without such characters but for those in the middle of one name or number."""
    text = SCENARIO.format("")
    start, word = re.fullmatch(r"(.*?)(\w+)", name, re.DOTALL).groups()  # type: ignore[union-attr]
    assert text.count(name) == 1
    return text.replace(name, f'{start}"{word[0]}{written}{word[1:]}"')


NAMES = {  # where a name stands -> the path that is blamed
    "[low, high": "design.drugs.drug[1]",
    "{drug": "design.drugs",
    "conclude: word": "design.monitoring.safety.then[1]",
    "marks: [bad": "design.events.tox.marks[0]",
    "{event: tox": "design.monitoring.safety.counts",
    "kind: at_least": "design.monitoring.safety.rule.kind",
}


@pytest.mark.parametrize("written", HOSTILE)
@pytest.mark.parametrize("name", NAMES)
def test_names_do_not_have_them(tmp_path: Path, name: str, written: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(spoilt(name, written), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(path)
    assert any(problem.path.startswith(NAMES[name]) for problem in caught.value.problems)
    assert visible(str(caught.value)) == str(caught.value)


HALVES = [r"\ud800", r"\udc00", r"\ude00\ud83d"]


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("place", [*NAMES, "title", "trialstop: 1", "count: 3"])
def test_half_of_a_character_is_refused_wherever_it_is(tmp_path: Path, place: str, half: str) -> None:
    """In a key, a name, a number, a text: neither pydantic nor a file takes it."""
    path = tmp_path / "s.yaml"
    text = SCENARIO.format("").replace("atitle", f"a{half}") if place == "title" else spoilt(place, half)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match="half of a character") as caught:
        load(path)
    assert half[:6] in str(caught.value)


def test_two_halves_as_json_writes_them_are_one_character() -> None:
    title = load(ROOT / "scenarios/checks/leni.yaml", [r'title="\ud83d\ude00"']).title
    assert title == "\U0001f600"


def test_a_name_is_told_which_character_it_may_not_have(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(SCENARIO.replace("low, high", r'low, "hi\u200bgh"').format(""), encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"found hi\\u200bgh, allowed visible characters, not \\u200b"):
        load(path)


def test_errors_are_visible_whatever_they_name() -> None:
    problem = Problem(file="a\x1b.yaml", line=1, path="b\u202e", found="\x07", allowed="\x9b", hint="\x7f")
    assert problem.text() == "a\\x1b.yaml:1  b\\u202e: found \\x07, allowed \\x9b\n    hint: \\x7f"
    assert str(TrialstopError("no file \x1b[2J")) == r"no file \x1b[2J"


def test_a_lone_surrogate_on_the_command_line_is_one_error_with_the_character() -> None:
    """Bytes that are not UTF-8 come as half of a pair (PEP 383)."""
    with pytest.raises(ScenarioError, match=r"special characters are not allowed: \\udcff"):
        load(ROOT / "scenarios/checks/leni.yaml", ["title=\udcff"])
