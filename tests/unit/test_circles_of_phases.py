"""A circle of phases without an end is told where it can be mended: at a transition, else at a `go_to`."""

from __future__ import annotations

from pathlib import Path

from simulator.errors import Problem
from simulator.loading.load import check

SCENARIO = """\
trialstop: 1
title: two phases
design:
  accrual: {until: 10 treated}
  drugs: {a: [low]}
  phases:
    on: {lasts: 7 days, gives: {a: low}, next: [NEXT]}
    off: {lasts: 7 days, gives: {}, next: [{to: on, at_most: 2}]}
  events:
    tox: {repeats: true, when_detected: [{stop_drug: a}, {go_to: off}]}
    relapse: {RELAPSE, when_detected: [{go_to: on}]}
truths:
  t: {accrual: 2 per month, events: {tox: {hazard: 1 per year}, relapse: {hazard: 1 per year}}}
"""


def circles(tmp_path: Path, to_off: str, relapse: str) -> list[Problem]:
    path = tmp_path / "s.yaml"
    path.write_text(SCENARIO.replace("NEXT", to_off).replace("RELAPSE", relapse), encoding="utf-8")
    return [problem for problem in check(path) if problem.severity == "error"]


def test_what_two_events_go_to_is_blamed_on_them(tmp_path: Path) -> None:
    """The transitions have their `at_most`: another one would not help."""
    (problem,) = circles(tmp_path, "{to: off, at_most: 2}", "repeats: true")
    assert (problem.line, problem.path) == (11, "design.events.relapse.when_detected[0].go_to")
    assert problem.found == "a circle without an end: on -> off -> on (`go_to` of tox and relapse)"
    assert "does not repeat" in problem.allowed
    assert problem.hint == "without `repeats`, relapse sends a patient once"


def test_a_transition_in_the_circle_is_blamed_first(tmp_path: Path) -> None:
    (problem,) = circles(tmp_path, "{to: off}", "repeats: true")
    assert (problem.line, problem.path) == (7, "design.phases.on.next[0]")
    assert problem.found == "a circle without an end: on -> off -> on (`go_to` of relapse)"
    assert problem.hint.startswith("{to: off, at_most: 6}")


def test_an_event_once_per_patient_ends_it(tmp_path: Path) -> None:
    assert not circles(tmp_path, "{to: off, at_most: 2}", "repeats: false")
