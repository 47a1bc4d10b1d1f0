"""Mistakes in what becomes of reports (hand-worked): one cause is one problem, at the line to mend."""

# ruff: noqa: E501
# fmt: off
from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.test_bad_input import problems_of

SMALL = """\
trialstop: 1
title: Reports that change
design:
  accrual: {until: 20 treated}
  events: {tox: {window: 30 days, marks: [mild, severe]}, rash: {window: 30 days}}
  monitoring:
    safety:
      counts: {event: tox}
      rule: {kind: at_least, count: 3}
      then: close_accrual
truths:
  one:
    accrual: 1 per month
    events:
      tox: {components: {c: {clock: enrolment, probability: 20% in 30 days}}, marks: {mild: 50%, severe: 50%}}
      rash: {clock: enrolment, probability: 20% in 30 days}
    delays:
      tox:
        withdrawn: {probability: 10%, takes: 30 days}
        upgraded: {mild: {to: severe, probability: 20%, takes: 15 days}}
"""
OF_TOX = "truths.one.delays.tox"
DOSES = """\
trialstop: 1
title: A 3+3
design:
  accrual: {until: 24 treated}
  drugs: {drug: [5 mg, 10 mg]}
  events: {dlt: {window: 28 days}, rash: {}}
  dose_finding: {kind: three_plus_three, variant: C}
truths:
  one:
    accrual: 2 per month
    events:
      dlt: {clock: enrolment, within: 28 days, probability_by_dose: {drug: {5 mg: 5%, 10 mg: 10%}}}
      rash: {hazard: 1 per year}
    delays:
      rash: {withdrawn: {probability: 10%, takes: 30 days}}
"""

MISTAKES = [  # what is changed, to what, line and path, found, how what is allowed begins, the hint
    ("probability: 10%, takes: 30", "probability: 120%, takes: 30", f"19 {OF_TOX}.withdrawn.probability", "120%", "0 to 1 or 0% to 100%", ""),
    ("{probability: 10%, takes: 30 days}", "{probability: 10%}", f"19 {OF_TOX}.withdrawn.takes", "nothing", "a duration such as 5 days, or {uniform |", "`takes` is needed here"),
    ("{probability: 10%, takes: 30 days}", "10%", f"19 {OF_TOX}.withdrawn", "10%", "{probability: ..., takes: ...}", ""),
    ("{probability: 10%, takes: 30 days}", "{probability: 10%, takes: 30}", f"19 {OF_TOX}.withdrawn.takes", "30", "0, or a number of days", "did you mean 30 days?"),
    ("withdrawn: {", "withdrawed: {", f"19 {OF_TOX}.withdrawed", "the key `withdrawed`", "one of detection", "did you mean withdrawn?"),
    ("      tox:\n        with", "      toxx:\n        with", "18 truths.one.delays.toxx", "the event toxx", "one of tox, rash", "did you mean tox?"),
    ("{mild: {to", "{mild_: {to", f"20 {OF_TOX}.upgraded.mild_", "the mark mild_ of tox", "one of mild, severe", "did you mean mild?"),
    ("to: severe, p", "to: severest, p", f"20 {OF_TOX}.upgraded.mild.to", "the mark severest of tox", "one of mild, severe", "did you mean severe?"),
    ("to: severe, p", "to: mild, p", f"20 {OF_TOX}.upgraded.mild.to", "mild as itself", "another mark", ""),
    ("to: severe, p", "p", f"20 {OF_TOX}.upgraded.mild.to", "nothing", "a name of letters", "`to` is needed here"),
]


@pytest.mark.parametrize(("old", "new", "place", "found", "allowed", "hint"), MISTAKES)
def test_one_problem_at_its_line(old: str, new: str, place: str, found: str, allowed: str, hint: str, tmp_path: Path) -> None:
    assert not problems_of(SMALL, tmp_path)
    assert old in SMALL
    problems = problems_of(SMALL.replace(old, new, 1), tmp_path)
    assert len(problems) == 1, "\n".join(problem.text() for problem in problems)
    (problem,) = problems
    assert (f"{problem.line} {problem.path}", problem.found, problem.hint) == (place, found, hint), problem.text()
    assert problem.allowed.startswith(allowed), problem.text()


def test_marks_of_an_event_that_has_none(tmp_path: Path) -> None:
    (problem,) = problems_of(SMALL.replace("      tox:\n        withdrawn", "      rash:\n        withdrawn"), tmp_path)
    assert problem.path == "truths.one.delays.rash.upgraded.mild"
    assert problem.allowed == "none: rash has no mark"


@pytest.mark.parametrize(
    ("dlt", "event", "found", "allowed"),
    [
        ("", "dlt", "", ""),
        (", repeats: true", "dlt", "reports of dlt that are withdrawn, where dlt repeats", "a DLT that happens"),
        (", ruled_out_by: rash", "rash", "reports of rash that are withdrawn", "the DLT, or an event that"),
    ],
)
def test_dose_finding_takes_reports_but_of_a_dlt_as_final(
    tmp_path: Path, dlt: str, event: str, found: str, allowed: str
) -> None:
    """Of what it reads; an event that it does not read may be withdrawn."""
    assert not problems_of(DOSES, tmp_path)
    text = DOSES.replace("      rash: {with", f"      {event}: {{with").replace("window: 28 days", f"window: 28 days{dlt}")
    problems = problems_of(text, tmp_path)
    assert [problem.found for problem in problems] == [found] * bool(found)
    assert all(problem.allowed.startswith(allowed) for problem in problems)
