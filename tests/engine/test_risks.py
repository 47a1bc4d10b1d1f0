"""Evidence: exact. The hazard that a trial uses up, component by component, worked out by hand.

A is every threshold crossed and what is used of the last one, so that E[N - A] = 0 whatever ends a risk;
`ledger` gives (crossings N, hazard used up A) per component of a trial.
"""

from functools import lru_cache
from math import log, sqrt

import pytest

from simulator.stats.used_up import log_e
from tests.helpers import draws, program, script, until

HAZARD = "0.1 per day"
ONCE = {"probability": "50%", "clock": "enrolment"}
JUMP = log(2.0)


def one_phase(events, days=100, patients=1, **more):
    return {
        "accrual": until(patients),
        "drugs": {"x": ["1 mg", "2 mg"]},
        "phases": {"on": {"lasts": f"{days} days", "gives": {"x": "1 mg"}, **more}},
        "events": events,
    }


def of(**components):
    return {"components": components}


def ledger(given, records):
    """`event/component` -> (N, A), of the one trial there is."""
    names = [f"{given.events[c.event].name}/{c.name}" for c in given.components]
    return {names[r["component"]]: (int(r["n"]), pytest.approx(float(r["a"]))) for r in records.risks}


def test_a_crossing_uses_its_threshold_and_a_course_what_it_lasts():
    given = program(one_phase({"a": {}}), {"events": {"a": of(c={"hazard": HAZARD})}})
    assert ledger(given, script(given, levels={("a", 0): [1.25]})) == {"a/c": (1, 1.25)}
    assert ledger(given, script(given, levels={("a", 0): [10.5]})) == {"a/c": (0, 10.0)}


def test_repeats_use_threshold_after_threshold_and_the_rest():
    given = program(one_phase({"a": {"repeats": True}}), {"events": {"a": of(c={"hazard": HAZARD})}})
    assert ledger(given, script(given, levels={("a", 0): [1.0, 0.5, 2.0]})) == {"a/c": (3, 10.0)}


def test_patients_are_summed():
    given = program(one_phase({"a": {}}, patients=2), {"events": {"a": of(c={"hazard": HAZARD})}})
    assert ledger(given, script(given, levels={("a", 1): [0.75]})) == {"a/c": (1, 10.75)}


def test_an_exit_settles_what_was_used():
    events = {"a": {}, "b": {"when_detected": "leave"}}
    given = program(one_phase(events), {"events": {"a": of(c={"hazard": HAZARD})}})
    assert ledger(given, script(given, days={("b", 0): [30.0]}))["a/c"] == (0, 3.0)


def test_the_drug_stopped_ends_the_risk():
    events = {"a": {}, "b": {"when_detected": {"stop_drug": "x"}}}
    truth = {"events": {"a": of(c={"hazard": HAZARD, "while_on": "x"})}}
    given = program(one_phase(events), truth)
    assert ledger(given, script(given, days={("b", 0): [6.0]}))["a/c"] == (0, 0.6)


def test_a_once_only_event_settles_its_other_components():
    both = of(c={"hazard": HAZARD}, d={"hazard": "0.05 per day"})
    given = program(one_phase({"a": {}}), {"events": {"a": both}})
    assert ledger(given, script(given, levels={("a/c", 0): [1.0]})) == {"a/c": (1, 1.0), "a/d": (0, 0.5)}


def test_a_share_of_patients_is_used_up_once():
    given = program(one_phase({"a": {"repeats": True}}), {"events": {"a": of(c=ONCE)}})
    assert ledger(given, script(given, levels={("a", 0): [0.25]})) == {"a/c": (1, 0.25)}
    assert ledger(given, script(given, levels={("a", 0): [0.75]})) == {"a/c": (0, JUMP)}


def test_of_two_jumps_at_once_the_second_is_not_reached_after_the_first():
    given = program(one_phase({"a": {}}), {"events": {"a": of(c=ONCE, d=ONCE)}})
    first = script(given, levels={("a/c", 0): [0.25], ("a/d", 0): [0.25]})
    assert ledger(given, first) == {"a/c": (1, 0.25), "a/d": (0, 0.0)}
    second = script(given, levels={("a/c", 0): [0.75], ("a/d", 0): [0.25]})
    assert ledger(given, second) == {"a/c": (0, JUMP), "a/d": (1, 0.25)}


@pytest.mark.parametrize("level", [0.25, 0.75])
def test_a_jump_whose_condition_ends_at_the_same_instant_is_missed(level):
    truth = {"events": {"a": of(c=ONCE), "b": of(d={**ONCE, "unless": "a"})}}
    given = program(one_phase({"a": {}, "b": {}}), truth)
    records = script(given, levels={("a", 0): [0.25], ("b", 0): [level]})
    assert ledger(given, records) == {"a/c": (1, 0.25), "b/d": (0, 0.0)}


@pytest.mark.parametrize("level", [0.25, 0.75])
def test_a_jump_on_a_day_of_its_own_is_missed_there_and_what_came_before_is_not(level):
    """a happens at day 20, where b's second half would come; b's first half, at day 10, was survived."""
    twice = {
        "incidence": "75%",
        "clock": "enrolment",
        "onset": {"at": {"10 days": "50%", "20 days": "50%"}},
        "unless": "a",
    }
    at_20 = {"incidence": "50%", "clock": "enrolment", "onset": {"at": {"20 days": "100%"}}}
    given = program(one_phase({"a": {}, "b": {}}), {"events": {"a": of(c=at_20), "b": of(d=twice)}})
    first = -log(1 - 0.375)
    records = script(given, levels={("a", 0): [0.25], ("b", 0): [first + level]})
    assert ledger(given, records) == {"a/c": (1, 0.25), "b/d": (0, first)}


@pytest.mark.parametrize("last", ["leave", {"stop_drug": "x"}])
@pytest.mark.parametrize("level", [0.25, 0.75])
def test_what_begins_and_ends_in_one_act_is_missed(level, last):
    """b brings phase two, whose clock would begin with a jump, and in the same act what ends that risk."""
    design = one_phase({"a": {}, "b": {"when_detected": [{"go_to": "two"}, last]}}, next="two")
    design["phases"]["two"] = {"lasts": "50 days", "gives": {"x": "1 mg"}}
    jump = {"probability": "50%", "clock": "entry to two", "while_on": "x"}
    given = program(design, {"events": {"a": of(c=jump)}})
    records = script(given, days={("b", 0): [6.0]}, levels={("a", 0): [level]})
    assert ledger(given, records)["a/c"] == (0, 0.0)
    crossed = script(given, levels={("a", 0): [level]})
    assert ledger(given, crossed)["a/c"] == ((1, level) if level < JUMP else (0, JUMP))


def test_who_is_ruled_out_by_a_trait_uses_nothing():
    truth = {
        "traits": {"frail": {"probability": "50%"}},
        "events": {"a": of(c={"hazard": HAZARD, "only_if": "frail"})},
    }
    given = program(one_phase({"a": {}}), truth)
    stream = given.traits[0].stream
    assert ledger(given, script(given, uniforms={(stream, 0): [0.75]})) == {"a/c": (0, 0.0)}
    assert ledger(given, script(given, uniforms={(stream, 0): [0.25]})) == {"a/c": (0, 10.0)}


TRIALS = 2_000  # of 20 patients


@lru_cache(maxsize=1)
def everything():
    """All of the above at once: a scenario, and its risks over many trials."""
    events = {
        "a": {},
        "b": {"repeats": True},
        "s": {"when_detected": {"stop_drug": "x"}},
        "x": {"when_detected": "leave"},
    }
    truth = {
        "events": {
            "a": of(c=ONCE, d=ONCE, e={"hazard": "0.004 per day"}),
            "b": of(f={**ONCE, "unless": "a"}, g={"hazard": "0.02 per day", "while_on": "x"}),
            "s": of(h={"hazard": "0.01 per day"}),
            "x": of(i={"hazard": "0.005 per day"}),
        }
    }
    given = program(one_phase(events, patients=20), truth)
    return given, draws(given, TRIALS).risks


def test_crossings_less_hazard_have_the_variance_of_the_hazard():
    """Var / E[A] within 4 errors of 1, in 7 components: 4e-4 of a false alarm."""
    given, risks = everything()
    for c in range(len(given.components)):
        mine = risks[risks["component"] == c]
        squares = (mine["n"] - mine["a"]) ** 2
        error = float(squares.std()) / sqrt(TRIALS)
        assert abs(float(squares.mean()) - float(mine["a"].mean())) < 4.0 * error, given.components[c].name


def test_every_component_has_the_events_that_its_hazard_says():
    """The e-value of a run: 1e-5 of a false alarm in all."""
    given, risks = everything()
    for c in range(len(given.components)):
        mine = risks[risks["component"] == c]
        found = log_e(int(mine["n"].sum()), float(mine["a"].sum()))
        assert found < log(len(given.components) / 1e-5), given.components[c].name
