"""`unless` and `only_if` take an event or a trait, in a component of a truth and in a phase of a design.

Evidence: trace, worked out by hand beside each case; exact, where shares of patients follow from traits; and
differential, both engines on whole records.
"""

from math import exp
from typing import Any

import pytest

from simulator.errors import ScenarioError
from simulator.exact.recognise import exact_values
from simulator.program.risks import planned_risks
from simulator.reporting.explain import explain
from tests.differential.engines import GRID_TRUTH, Tree, difference, grid_design, merged, of_tree
from tests.helpers import assert_share, draws, exits, happened, program, scenario, script, until

# ---------------------------------------------------------------- an event in a component


def day_of_b(component: dict[str, Any], level: float, a: float | None = 10, **event: Any) -> float | None:
    """The day of b, which reaches its threshold at cumulative hazard `level`; a happens on day 10."""
    design = {
        "accrual": until(1),
        "phases": {"one": {"lasts": "100 days"}},
        "events": {"a": event, "b": {}},
    }
    given = program(design, {"events": {"b": {"components": {"c": component}}}})
    records = script(given, days={("a", 0): [] if a is None else [a]}, levels={("b", 0): [level]})
    return next((row[2] for row in happened(given, records) if row[1] == "b"), None)


FLAT = {"hazard": "0.1 per day"}
PIECES = [{"to": "30 days", "hazard": "0.1 per day"}, {"hazard": "0.2 per day"}]
BENT = {"clock": "enrolment", "piecewise": PIECES}


@pytest.mark.parametrize(
    ("component", "level", "a", "day"),
    [
        (FLAT, 1.0, 10, 10),
        (FLAT | {"only_if": "a"}, 1.0, 10, 20),  # 10 days at .1, from day 10 on
        (FLAT | {"only_if": "a"}, 1.0, None, None),
        (FLAT | {"unless": "a"}, 0.8, 10, 8),
        (FLAT | {"unless": "a"}, 1.2, 10, None),
        (FLAT | {"unless": "a"}, 1.2, None, 12),
        (BENT | {"only_if": "a"}, 1.0, 25, 32.5),  # 5 days at .1 and 2.5 at .2: the clock ran on
        (BENT | {"only_if": "a", "pauses": True}, 1.0, 25, 35),  # 10 days at .1: it stood still
        (FLAT | {"only_if": "a", "ratio": 2}, 1.0, 10, 15),
    ],
)
def test_a_hazard_acts_from_an_event_on_or_until_it(component, level, a, day):
    assert day_of_b(component, level, a) == day


def test_it_asks_whether_the_event_happened_not_whether_it_was_detected():
    """Nature does not wait for a visit; a is detected on day 40 at the earliest."""
    found = day_of_b(FLAT | {"only_if": "a"}, 1.0, 10)
    design = {
        "accrual": until(1),
        "phases": {"one": {"lasts": "100 days", "visits": {"every": "40 days"}}},
        "events": {"a": {"detected": "at visits"}, "b": {}},
    }
    given = program(design, {"events": {"b": {"components": {"c": FLAT | {"only_if": "a"}}}}})
    records = script(given, days={("a", 0): [10]}, levels={("b", 0): [1.0]})
    assert [row[1:3] for row in happened(given, records)] == [("a", 10), ("b", found)]


def test_an_event_may_end_its_own_hazard():
    """Two components of a; after the first event of either, only the one without the condition goes on."""
    phases = {"one": {"lasts": "35 days"}}
    design = {"accrual": until(1), "phases": phases, "events": {"a": {"repeats": True}}}
    parts = {"first": FLAT | {"unless": "a"}, "later": FLAT | {"only_if": "a"}}
    given = program(design, {"events": {"a": {"components": parts}}})
    records = script(given, levels={("a/first", 0): [1.0] * 9, ("a/later", 0): [1.0] * 9})
    assert [row[2] for row in happened(given, records)] == [10, 20, 30]
    assert records.events["component"].tolist() == [0, 1, 1]


def test_an_absence_is_an_event_too():
    """No recovery by day 20 is an event; from then on b."""
    design = {
        "accrual": until(1),
        "phases": {"one": {"lasts": "100 days"}},
        "events": {"recovery": {}, "none": {"absence_of": "recovery", "by": "20 days"}, "b": {}},
    }
    hazards = {"recovery": {"hazard": "0"}, "b": FLAT | {"only_if": "none"}}
    given = of_tree(design, {"accrual": "every 10 days", "events": hazards})
    assert [row[1:3] for row in happened(given, script(given, levels={("b", 0): [1.0]}))] == [
        ("none", 20),
        ("b", 30),
    ]


# ---------------------------------------------------------------- a trait in a phase

TRAITS = {"frail": {"probability": "30%"}, "old": {"probability": "60%"}}


def steered(next_: list[Any], **first: Any) -> Tree:
    """A course that depends on traits."""
    return {
        "accrual": until(20),
        "drugs": {"x": ["1 mg", "2 mg"]},
        "phases": {
            "one": {"lasts": "10 days", "next": next_, **first},
            "short": {"lasts": "5 days"},
            "long": {"lasts": "50 days"},
        },
        "events": {"b": {}},
    }


@pytest.mark.parametrize(
    ("frail", "next_", "end"),
    [
        ("100%", [{"to": "short", "only_if": "frail"}, {"to": "long"}], 15),
        ("0%", [{"to": "short", "only_if": "frail"}, {"to": "long"}], 60),
        ("100%", [{"to": "short", "unless": "frail"}, {"to": "long"}], 60),
        ("0%", [{"to": "short", "unless": "frail"}], 15),
        ("100%", [{"to": "short", "unless": "frail"}], 10),
    ],
)
def test_a_transition_goes_by_a_trait(frail, next_, end):
    given = program(steered(next_), {"traits": {"frail": {"probability": frail}}})
    assert set(exits(script(given))) == {end + 10 * i for i in range(20)}


@pytest.mark.parametrize(("frail", "levels"), [("100%", ["1 mg"]), ("0%", ["1 mg", "2 mg"])])
def test_a_step_goes_by_a_trait(frail, levels):
    step = {"after": "5 days", "set": {"x": "2 mg"}, "unless": "frail"}
    given = program(steered([], steps=[step]), {"traits": {"frail": {"probability": frail}}})
    records = script(given)
    states = records.states[records.states["candidate"] == 0]["state"]
    assert [given.levels[0][given.states[s].levels[0] - 1] for s in states] == levels


RATE = 0.03
MIXED = steered([{"to": "short", "only_if": "frail"}, {"to": "long", "unless": "old"}])
MIXED_TRUTH = {
    "accrual": "every 10 days",
    "traits": TRAITS,
    "events": {"b": {"components": {"c": {"hazard": f"{RATE} per day"}}}},
}
MIXED_RISK = (
    1 - 0.3 * exp(-15 * RATE) - 0.7 * 0.4 * exp(-60 * RATE) - 0.7 * 0.6 * exp(-10 * RATE)
)  # frail: 15 days; neither: 60; old only: 10


def test_risks_are_means_over_the_courses_that_traits_lead_to():
    given = of_tree(MIXED, MIXED_TRUTH)
    (risk,) = planned_risks(given)
    assert risk.risk == pytest.approx(MIXED_RISK, abs=1e-12)
    assert_share(len(draws(given, 500).events), 500 * 20, MIXED_RISK)


@pytest.mark.parametrize(("condition", "left_out"), [("only_if", ("c",)), ("unless", ())])
def test_risks_on_the_plan_name_what_waits_for_an_event(condition, left_out):
    truth = merged(MIXED_TRUTH, {f"events.b.components.c.{condition}": "a", "events.a": {"hazard": "0"}})
    _, risk = sorted(planned_risks(of_tree(merged(MIXED, {"events.a": {}}), truth)), key=lambda r: r.event)
    assert risk.left_out == left_out
    assert risk.risk == pytest.approx(0.0 if left_out else MIXED_RISK, abs=1e-12)


# ---------------------------------------------------------------- both engines

IN_A_WEEK = {"at": {"7 days": "100%"}}
IN_TWO_OR_FOUR = {"at": {"14 days": "50%", "28 days": "50%"}}
WITH_EVENTS = {
    "events.a.components.q": {"only_if": "b", "hazard": "0.05 per day", "dose_ratio": {"x": {"2 mg": 2}}},
    "events.a.components.r": {"unless": "a", "clock": "enrolment", "hazard": "0.02 per day", "pauses": True},
    "events.b": {"clock": "entry to two", "only_if": "a", "incidence": "50%", "onset": IN_A_WEEK},
    "events.c": {"clock": "enrolment", "unless": "b", "incidence": "30%", "onset": IN_TWO_OR_FOUR},
}
WITH_TRAITS = {
    "phases.one.steps": [
        {"every": "7 days", "raise_dose": "x", "unless": "frail"},
        {"after": "3 days", "set": {"x": "4 mg"}, "only_if": "old", "unless": "a"},
    ],
    "phases.one.next": [
        {"to": "one", "only_if": "old", "at_most": 2},
        {"to": "two", "unless": "frail"},
        "three",
    ],
}


@pytest.mark.parametrize("events", [{}, WITH_EVENTS], ids=["", "events"])
@pytest.mark.parametrize("traits", [{}, WITH_TRAITS], ids=["", "traits"])
def test_the_engines_agree_on_every_record(events, traits):
    """On whole days: conditions change in the instant of events; a directive plays paths again."""
    truth = merged(GRID_TRUTH, events | {"traits": TRAITS, "associations": [ASSOCIATION]})
    given = of_tree(merged(grid_design(), traits), truth)
    assert difference(given, 300) == ""


ASSOCIATION = {"between": ["frail", "old"], "odds_ratio": 3}


def test_the_engines_agree_where_no_hazard_depends_on_a_trait():
    """The trait is drawn for the course alone, and one that goes with it before it."""
    assert difference(of_tree(MIXED, MIXED_TRUTH), 300) == ""
    assert difference(of_tree(MIXED, MIXED_TRUTH | {"associations": [ASSOCIATION]}), 300) == ""


# ---------------------------------------------------------------- what is exact, told and refused


def counted(design: Tree, truth: Tree) -> str:
    """Why a rule that counts b has no exact values."""
    rule = {"kind": "at_least", "count": 3}
    monitoring = {"rule": {"counts": {"event": "b"}, "rule": rule, "then": ["close_accrual"]}}
    values, why = exact_values(of_tree(design | {"monitoring": monitoring}, truth))
    assert bool(values) is (why == "")
    return why


def test_no_exact_value_is_given_where_it_would_need_more():
    plain = steered(["short"])
    assert counted(plain, MIXED_TRUTH) == ""
    assert counted(MIXED, MIXED_TRUTH) == "the course depends on the patient's traits"
    waits = merged(MIXED_TRUTH, {"events.b.components.c.unless": "a", "events.a": {"hazard": "0.01 per day"}})
    design = merged(plain, {"events.a": {}})
    assert counted(design, waits) == "its hazard depends on whether an event has happened"
    assert counted(design, merged(waits, {"events.b.components.c.unless": None})) == ""


def test_explain_says_what_each_condition_asks():
    hazard = {"hazard": "0.03 per day", "only_if": "a", "unless": "old"}
    truth = merged(MIXED_TRUTH, {"events.b.components.c": hazard, "events.a": {"hazard": "0"}})
    step = {"after": "1 day", "set": {"x": "2 mg"}, "unless": "a"}
    design = merged(MIXED, {"events.a": {}, "phases.one.steps": [step]})
    text = " ".join(explain(scenario(design, {"truth": truth})).split())
    assert "from the day on which a has happened; in patients without trait old" in text
    assert "unless a was detected by then" in text
    assert "the phases are those of a patient with none of the traits frail and old on which" in text
    assert "Then short, only if the patient has the trait frail; otherwise long, unless the" in text


OLD_ONLY = MIXED_TRUTH | {"traits": {"old": {"probability": "10%"}}}
VARYING = MIXED_TRUTH | {"traits": TRAITS | {"frail": {"beta": [1, 2]}}}
UNKNOWN = [{"to": "short", "only_if": "fragile"}]


@pytest.mark.parametrize(
    ("design", "truths", "said"),
    [
        ({"events.frail": {}}, {}, "frail, which is an event and a trait"),
        ({}, {"other": OLD_ONLY}, "the trait frail, which the truth other has not"),
        ({}, {"truth": VARYING}, "the trait frail, which has `beta: [a, b]` in the truth truth"),
        ({"phases.one.next": UNKNOWN}, {}, "the event or trait fragile"),
    ],
)
def test_what_a_condition_cannot_name_is_refused(design, truths, said):
    with pytest.raises(ScenarioError) as caught:
        scenario(merged(MIXED, design), {"truth": MIXED_TRUTH} | truths)
    assert said in [problem.found for problem in caught.value.problems]
