"""One cause is one problem, at the line to mend, and its hint can be followed."""

# ruff: noqa: E501
from __future__ import annotations

import pytest

from simulator.errors import Problem
from simulator.loading.load import check as all_problems
from tests.unit.test_bad_input import problems_of

SMALL = """\
trialstop: 1
title: Two endpoints
design:
  accrual: {until: 15 treated}
  drugs: {pill: [low, high]}
  phases:
    treatment: {lasts: 28 days, steps: [{after: 7 days, set: {pill: high}, unless: dlt}], next: {to: after, only_if: dlt}}
    after: {lasts: 28 days, gives: {}}
  events: {dlt: {window: 28 days}, response: {window: 28 days}}
  monitoring:
    safety:
      counts: {toxicity: {event: dlt}, response: {event: response}}
      scope: {phases: [treatment], or_within: {days: 10, of_last: pill}}
      rule:
        kind: thall_simon_estey
        toxicity: {standard: 20%, prior: {events: 0.5, others: 1.5}, certainty: more than 90%}
        response: {standard: 30%, prior: {events: 0.6, others: 1.4}, certainty: more than 90%}
      then: close_accrual
truths:
  hoped:
    accrual: 2 per month
    traits: {frail: {probability: 20%}}
    events: {dlt: {clock: start of pill, unless: frail, probability: 10% in 28 days}, response: {probability: 40% in 7 days}}
  worse: {extends: hoped, events: {dlt: {clock: start of pill, probability: 40% in 28 days}}}
"""


def found(folder, *changes: tuple[str, str], below: str = "") -> list[Problem]:
    """The problems of the small scenario with its texts changed everywhere."""
    text = SMALL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return problems_of(text + below, folder)


def test_the_small_scenario_has_no_problem(tmp_path):
    assert found(tmp_path) == []


def test_a_list_for_a_prior_is_blamed_itself_and_says_the_keys(tmp_path):
    (problem,) = found(tmp_path, ("{events: 0.5, others: 1.5}", "[0.5, 1.5]"))
    assert (problem.line, problem.found) == (16, "[0.5, 1.5]")
    assert problem.hint == "did you mean {events: 0.5, others: 1.5}?"


def test_keys_of_another_program_are_paired_in_their_order(tmp_path):
    first, second = found(tmp_path, ("{events: 0.5, others: 1.5}", "{a: 0.5, b: 1.5}"))
    assert (first.found, first.hint) == ("the key `a`", "did you mean events?")
    assert (second.found, second.hint) == ("the key `b`", "did you mean others?")


@pytest.mark.parametrize(("accrual", "meant"), [
    ("[15 treated]", "{until: 15 treated}"), ("[15 patients, 24m]", "{until: [15 treated, 24 months]}"),
])  # fmt: skip
def test_a_list_for_the_one_key_there_is_keeps_all_its_items(accrual, meant, tmp_path):
    (problem,) = found(tmp_path, ("{until: 15 treated}", accrual))
    assert problem.hint == f"did you mean {meant}?"


@pytest.mark.parametrize(("old", "new", "line"), [
    ("hoped", "1ok", 20), ("hoped:", "ho ped:", 20), ("hoped:", "1hoped:", 20), ("dlt", "1dlt", 9), ("{dlt: {window", "{1dlt: {window", 9),
    ("pill", "2pills", 5), ("treatment", "1st", 7), ("frail", "-frail", 22), ("safety", "2nd rule", 11),
])  # fmt: skip
def test_a_name_that_is_none_is_said_once_where_it_is_given(old, new, line, tmp_path):
    (problem,) = found(tmp_path, (old, new))
    assert problem.line == line
    assert problem.allowed.startswith("a name of letters")
    assert "did you mean " in problem.hint


def test_a_name_that_is_none_and_given_nowhere_counts_at_every_line(tmp_path):
    first, second = found(
        tmp_path, ("only_if: dlt", "only_if: 1dlt"), ("toxicity: {event: dlt}", "toxicity: {event: 1dlt}")
    )
    assert (first.line, second.line) == (7, 12)


def test_what_a_truth_inherits_is_not_missed_where_it_could_not_be_read(tmp_path):
    text = SMALL[SMALL.index("    events: {dlt: {clock") : SMALL.index("  worse")]
    (problem,) = found(tmp_path, (text, "    events: many\n"))
    assert (problem.line, problem.found) == (23, "many")


def test_one_unknown_source_is_said_once_with_all_its_lines(tmp_path):
    below = "references: {paper: Somebody}\nprovenance:\n  design: papr\n  truths.hoped: papr\n  truths.worse: 'papr: p. 7'\n"
    path = tmp_path / "s.yaml"
    path.write_text(SMALL + below, encoding="utf-8")
    (problem,) = [problem for problem in all_problems(path) if problem.severity == "error"]
    assert (problem.line, problem.found) == (27, "papr (also on lines 28, 29)")
    assert problem.hint == "did you mean paper?"


def test_one_missing_place_is_said_once_with_all_its_lines(tmp_path):
    below = "references: {paper: Somebody}\nprovenance:\n  truths.hope.accrual: paper\n  truths.hope.events: paper\n"
    path = tmp_path / "s.yaml"
    path.write_text(SMALL + below, encoding="utf-8")
    (problem,) = [problem for problem in all_problems(path) if problem.severity == "error"]
    assert (problem.line, problem.found) == (27, "`hope`, which is not there (also on line 28)")
    assert problem.hint == "did you mean hoped?"


@pytest.mark.parametrize(
    ("old", "line", "what"),
    [
        ("unless: dlt", 7, "event or trait"),
        ("only_if: dlt", 7, "event or trait"),
        ("unless: frail", 23, "trait or event"),
    ],
)
def test_a_condition_takes_an_event_or_a_trait_and_nothing_else(old, line, what, tmp_path):
    key = old.split(":")[0]
    for name in ("frail", "response"):
        assert found(tmp_path, (old, f"{key}: {name}")) == []
    (problem,) = found(tmp_path, (old, f"{key}: frial"))
    assert (problem.line, problem.found, problem.hint) == (line, f"the {what} frial", "did you mean frail?")


@pytest.mark.parametrize(("look", "meant"), [
    ("15 patients or 24 months", "did you mean {at: [15 treated, 24 months]}?"),
    ("at 10, 20 and 30 patients", "did you mean {at: [10 treated, 20 treated, 30 treated]}?"),
    ("{at: [10 and 20 patients]}", "did you mean {at: [10 treated, 20 treated]}?"),
    ("every 5 patients or 3 months", "one of them: every 5 treated, or every 3 months"),
    ("15 patients or never", ""),
])  # fmt: skip
def test_several_milestones_in_one_look_are_all_kept(look, meant, tmp_path):
    (problem,) = found(
        tmp_path, ("      then: close_accrual", f"      then: close_accrual\n      look: {look}")
    )
    assert (problem.line, problem.hint) == (19, meant)


def test_several_limits_of_accrual_are_a_list(tmp_path):
    (problem,) = found(tmp_path, ("until: 15 treated", "until: 15 patients or 24 months"))
    assert problem.hint == "did you mean [15 treated, 24 months]?"
    assert found(tmp_path, ("until: 15 treated", "until: [15 treated, 24 months]")) == []
    (problem,) = found(tmp_path, ("until: 15 treated", "until: '1,000 patients'"))
    assert problem.hint == "did you mean 1000 treated?"


@pytest.mark.parametrize("count", ["3 of 15", "3/15", "3 out of 15 patients"])
def test_a_count_among_so_many_is_two_things(count, tmp_path):
    rule = "rule: {kind: at_least, count: COUNT}\n      counts: {event: dlt}\n      look: at 15 treated\n"
    start, end = SMALL.index("      counts: {tox"), SMALL.index("      then: close")
    old, new = SMALL[start:end], f"      {rule}"
    (problem,) = found(tmp_path, (old, new.replace("COUNT", count)))
    assert problem.hint == "a number alone; did you mean 3? among how many is said by `look: at 15 treated`"
    assert found(tmp_path, (old, new.replace("COUNT", "3"))) == []


REPLACED = "a component that a truth says again is replaced whole"


@pytest.mark.parametrize("hazard", [
    "probability: 40% in 28 days", "probability: 40%", "weibull: {shape: 1, scale: 9 days}",
    "piecewise: [{to: 30 days, hazard: 1 per year}]",
])  # fmt: skip
def test_a_clock_lost_in_extending_is_warned_of(hazard, tmp_path):
    (problem,) = found(tmp_path, ("{clock: start of pill, probability: 40% in 28 days}", f"{{{hazard}}}"))
    assert (problem.severity, problem.line) == ("warning", 24)
    assert problem.hint.startswith(f"say `clock: start of pill` again: {REPLACED}")


def test_a_clock_lost_where_one_is_needed_is_told_from_the_parent(tmp_path):
    decay = "{decay: {initial: 1 per year, mean_life: 3 days}}"
    (problem,) = found(tmp_path, ("{clock: start of pill, probability: 40% in 28 days}", decay))
    assert (problem.severity, problem.found) == ("error", "no clock")
    assert problem.hint.startswith("say `clock: start of pill` again")


def test_a_constant_hazard_needs_no_clock_of_the_parent(tmp_path):
    assert (
        found(tmp_path, ("{clock: start of pill, probability: 40% in 28 days}", "{hazard: 1 per year}")) == []
    )
    assert (
        found(
            tmp_path,
            (
                "worse: {extends: hoped, events: {dlt: {clock: start of pill, probability: 40% in 28 days}}}",
                "worse: {extends: hoped}",
            ),
        )
        == []
    )
