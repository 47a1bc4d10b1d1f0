"""Mistakes that only a design after its amendments has (hand-worked), and which amendment did it."""

from __future__ import annotations

import pytest

from tests.unit.test_bad_input import problems_of
from tests.unit.test_bad_input_amendments import SMALL, found, said

STEP = ("      next: two\n", "      next: two\n      steps: [{after: 50 days, set: {len: 10 mg}}]\n")
OVER_TWO = [("    closes:\n", "    severe_a:\n"), ("slower:\n", "b:\n"), ("    last:\n", "    a_b:\n")]
TO_THE_END = ("design.phases.one.lasts: 50 days", "design.phases.one.next: null")


def test_what_cannot_be_checked_is_named_and_no_error_of_ours(tmp_path):
    fresh = "design.monitoring.fresh: {counts: {event: flair}, rule: {kind: at_least, count: 1}}"
    (problem,) = found(tmp_path, ("design.phases.one.lasts: 50 days", fresh))
    assert said([problem]) == ["32 design.monitoring.fresh.counts.event: the event flair"]


def test_of_a_line_elsewhere_it_is_said_which_amendment_makes_it_wrong(tmp_path):
    """The step of day 50 stands in the design, where the phase is longer."""
    (problem,) = found(tmp_path, STEP)
    assert said([problem]) == [
        "11 design.phases.one.steps[0].after: 50 days, after the amendment last",
    ]


@pytest.mark.parametrize(
    ("changes", "where", "rule"),
    [
        ([("    closes:\n", "    Severe_slower:\n")], "23 slower", "Severe_slower"),
        ([("    last:\n", "    Slower:\n")], "30 Slower", "severe_slower"),
        (OVER_TWO, "30 a_b", "severe_a_b"),
        ([("    closes:\n", "    severe_slower:\n"), ("start again", "keep")], "23 slower", "severe_slower"),
    ],
    ids=["capitals", "capitals of amendments", "over two amendments", "counts kept"],
)
def test_names_that_two_rules_would_have(tmp_path, changes, where, rule):
    (problem,) = found(tmp_path, *changes)
    assert said([problem]) == [
        f"{where}: the rule {rule}, which is what severe is called after this amendment"
    ]


def test_a_rule_goes_by_its_name_in_later_triggers(tmp_path):
    (problem,) = found(tmp_path, ("when: 12 months", "when: severe_slower fired"))
    assert said([problem]) == ["31 last.when: the rule severe_slower of the version it amends"]
    assert problem.hint == "say severe: that is the rule as it is by then"


def test_phases_that_patients_are_in_are_reached(tmp_path):
    """Phase two is left out for new patients, and a rule goes on counting those who came before."""
    scope = ("      then: []\n", "      then: []\n      scope: {phases: two}\n")
    keep = ("      when: 12 months\n", "      when: 12 months\n      counts: keep\n")
    assert problems_of(_changed(TO_THE_END, keep), tmp_path) == problems_of(_changed(keep), tmp_path)
    assert found(tmp_path, TO_THE_END, keep, scope) == []
    (problem,) = found(tmp_path, TO_THE_END, scope)
    counted = "a phase that nobody reaches, though severe counts events in it"
    assert said([problem]) == [f"11 design.phases.two: {counted}, after the amendment last"]


def test_an_amendment_that_changes_nothing_is_warned_of(tmp_path):
    same = ("design.phases.one.lasts: 50 days", "design.phases.one.lasts: 60 days")
    keep = ("      when: 12 months\n", "      when: 12 months\n      counts: keep\n")
    warned = [p for p in problems_of(_changed(same, keep), tmp_path) if "amendments" in p.path]
    assert said(warned) == ["33 last.change: nothing that is another than before"]
    assert [p for p in problems_of(_changed(same), tmp_path) if "amendments" in p.path] == []


def _changed(*changes: tuple[str, str]) -> str:
    text = SMALL
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    return text
