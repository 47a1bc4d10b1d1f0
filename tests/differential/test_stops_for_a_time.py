"""Evidence: differential. Drugs stopped for a time, by rules and by events: both engines, record by record.

Rules fire early and may meet, so that patients enter during a stop, and paths are played again within one and
after it; on whole days and on any.
"""

from typing import Any

import pytest

from simulator.engines.compiled.driver import play
from simulator.program.interruptions import interrupted
from simulator.program.tables import Program
from tests.differential.engines import (
    AMENDED,
    DOSING_TRUTH,
    GRID_TRUTH,
    ON_WHOLE_DAYS,
    Tree,
    difference,
    dosing_design,
    grid_design,
    merged,
    of_tree,
)
from tests.engine.conduct import does, stop_for
from tests.helpers import SEED

TRIALS = 40
ANY_DAY: Tree = {
    "accrual": "1 per week",
    "events.a.components.p": {"clock": "start of x", "restarts": True, "probability": "60% in 20 days"},
    "events.a.components.q": {"clock": "dose step of x", "probability": "40% in 9 days", "restarts": True},
    "events.b": {"clock": "stop of x", "while_off": "x", "probability": "70% in 30 days", "restarts": True},
    "events.c": {"hazard": "0.004 per day"},
    "delays": {"a": {"report": {"uniform": ["0 days", "9 days"]}}},
}
TRUTHS = {"whole days": GRID_TRUTH, "any day": merged(GRID_TRUTH, ANY_DAY)}
SECOND: dict[str, list[Any]] = {
    "longer": [{"stop_drug": "x", "for": "42 days"}],
    "shorter": [{"stop_drug": "x", "for": "2 days"}],
    "for good": [{"stop_drug": "x"}],
    "given": [{"give_drug": {"x": "2 mg"}}],
    "lower": [{"lower_dose": "x"}],
    "gone to": [{"go_to": "three"}, {"stop_drug": "y", "for": "7 days"}],
    "set": [{"set_dose": {"x": "4 mg"}}, {"conclude": "toxic"}],
}


def met(program: Program) -> set[str]:
    """What came about: an entry while a drug was stopped, and one that was given again."""
    states, found = play(program, SEED, 0, TRIALS).states, set[str]()
    before, who = (), (-1, -1)
    for trial, candidate, _, number in states.tolist():
        now = interrupted(program.states[number])
        if (trial, candidate) != who and now:
            found.add("entered meanwhile")
        if (trial, candidate) == who and set(before) - set(now):
            found.add("given again")
        before, who = now, (trial, candidate)
    return found


@pytest.mark.parametrize("truth", TRUTHS.values(), ids=TRUTHS)
@pytest.mark.parametrize("second", SECOND.values(), ids=SECOND)
@pytest.mark.parametrize("at", ["its own look", "the same look"])
def test_two_rules(second: list[Any], at: str, truth: Tree) -> None:
    look = {"look": "every 7 days"} if at == "the same look" else {}
    rules = {
        "rule": does(stop_for(21), count=2, unit="events", **look),
        "second": does(*second, count=2 if look else 4, unit="events", **look),
        "third": does({"raise_dose": "x"}, stop_for(3.5, "y"), count=7, unit="events"),
    }
    program = of_tree(grid_design(monitoring=rules), truth)
    assert difference(program, TRIALS) == ""
    assert met(program) == {"entered meanwhile", "given again"}


RESPONSES: dict[str, list[Any]] = {
    "alone": [stop_for(7)],
    "and lower": [stop_for(7), {"lower_dose": "x"}],
    "lower, and another": [{"lower_dose": "x"}, stop_for(14), stop_for(3, "y")],
    "and back to the start": [stop_for(14), {"set_dose": {"x": "1 mg"}}],
}
OTHER: list[list[Any]] = [[{"stop_drug": "x"}], [stop_for(21), {"go_to": "three"}], [{"give_drug": "x"}]]


@pytest.mark.parametrize("truth", TRUTHS.values(), ids=TRUTHS)
@pytest.mark.parametrize("response", RESPONSES.values(), ids=RESPONSES)
@pytest.mark.parametrize("other", OTHER, ids=str)
def test_of_patients_and_by_a_rule(response: list[Any], other: list[Any], truth: Tree) -> None:
    changes = {
        "events.a.when_detected": response,
        "events.b.when_detected": other,
        "monitoring.rule": does(stop_for(10), count=3, unit="events", decision_lag="7 days"),
    }
    program = of_tree(merged(grid_design(), changes), truth)
    assert difference(program, TRIALS) == ""
    assert met(program) == {"entered meanwhile", "given again"}


@pytest.mark.parametrize("applies_to", ["on_study", "new"])
@pytest.mark.parametrize("grid", [False, True], ids=["any day", "whole days"])
def test_while_a_dose_is_sought_and_the_protocol_amended(grid: bool, applies_to: str) -> None:
    changes = {
        "events.dlt.when_detected": [stop_for(7), {"lower_dose": "x"}],
        "monitoring.early": does(stop_for(9), count=2, unit="events", event="recovery", look="every report"),
        "amendments": merged(AMENDED, {"less.applies_to": applies_to}),
        "accrual.while_held": "queued",
    }
    program = of_tree(
        merged(dosing_design(), changes), merged(DOSING_TRUTH, ON_WHOLE_DAYS) if grid else DOSING_TRUTH
    )
    assert difference(program, TRIALS) == ""
    assert "given again" in met(program)


def test_in_arms_that_differ_in_the_drug_after_screening() -> None:
    changes = {
        "accrual.until": "14 randomised",
        "screening": {"takes": {"uniform": ["0 days", "20 days"]}, "eligible": "80%"},
        "arms": {"two": {"gives": {"x": "2 mg"}}, "none": {}},
        "refusal": {"two": "30%", "then": "untreated"},
        "phases.one.gives": {"x": "assigned", "y": "1 mg"},
        "events.a.when_detected": [stop_for(7)],
        "monitoring.rule": does(stop_for(21), count=2, unit="events"),
    }
    program = of_tree(merged(grid_design(), changes), TRUTHS["any day"])
    assert difference(program, TRIALS) == ""
    assert met(program) == {"entered meanwhile", "given again"}
