"""Evidence: trace. Thresholds given by hand, days of events worked out by hand, to the last digit.

A threshold of 1 at 0.1 per day is day 10; every number below is such a division.
"""

from math import log

import numpy as np
import pytest
from scipy.stats import kstest

from tests.helpers import assert_share, by_patient, draws, occurred, program, script, until

HAZARD = "0.1 per day"


def one_phase(events, days=100, patients=1, **more):
    return {
        "accrual": until(patients),
        "drugs": {"x": ["1 mg", "2 mg", "4 mg"]},
        "phases": {"on": {"lasts": f"{days} days", "gives": {"x": "1 mg"}, **more}},
        "events": events,
    }


def component(**more):
    return {"components": {"c": {"hazard": HAZARD, **more}}}


def test_the_event_falls_where_the_cumulative_hazard_reaches_the_threshold():
    given = program(one_phase({"a": {}}), {"events": {"a": component()}})
    assert occurred(given, script(given, levels={("a", 0): [1.25]}), "a") == [12.5]
    assert occurred(given, script(given, levels={("a", 0): [10.0]}), "a") == [100.0], "the last instant is in"
    assert occurred(given, script(given, levels={("a", 0): [10.5]}), "a") == []


def test_a_repeat_takes_the_next_threshold_from_where_it_stands():
    given = program(one_phase({"a": {"repeats": True}}), {"events": {"a": component()}})
    found = occurred(given, script(given, levels={("a", 0): [1.0, 0.5, 2.0, 9.0]}), "a")
    assert found == [10.0, 15.0, 35.0]


def test_a_repeat_counts_only_what_is_used_since_the_last():
    """Across a change of phase on day 4: 0.4 and 0.6 make the first, the next 0.5 take five days more."""
    phases = {
        "one": {"lasts": "4 days", "gives": {"x": "1 mg"}, "next": "two"},
        "two": {"lasts": "8 days", "gives": {"x": "1 mg"}, "next": "three"},
        "three": {"lasts": "30 days", "gives": {"x": "1 mg"}},
    }
    given = program(one_phase({"a": {"repeats": True}}) | {"phases": phases}, {"events": {"a": component()}})
    assert occurred(given, script(given, levels={("a", 0): [1.0, 0.5, 1.0]}), "a") == [10.0, 15.0, 25.0]


def test_a_repeat_does_not_make_its_clock_young_again():
    """0.1 per day up to age 10, 0.2 from then on: after day 5 another 0.5 by day 10 and 0.5 by day 12.5."""
    older = {"piecewise": [{"to": "10 days", "hazard": "0.1 per day"}, {"hazard": "0.2 per day"}]}
    given = program(one_phase({"a": {"repeats": True}}), {"events": {"a": {"components": {"c": older}}}})
    assert occurred(given, script(given, levels={("a", 0): [0.5, 1.0]}), "a") == [5.0, 12.5]


def test_after_a_repeat_the_other_component_keeps_what_it_used():
    both = {"components": {"c": {"hazard": HAZARD}, "d": {"hazard": "0.05 per day"}}}
    given = program(one_phase({"a": {"repeats": True}}), {"events": {"a": both}})
    records = script(given, levels={("a/c", 0): [1.0, 1.5], ("a/d", 0): [1.0, 99.0]})
    assert occurred(given, records, "a") == [10.0, 20.0, 25.0]
    assert [given.components[c].name for c in records.events["component"]] == ["c", "d", "c"]


def test_a_once_only_event_retires_all_its_components():
    both = {"components": {"c": {"hazard": HAZARD}, "d": {"hazard": "0.05 per day"}}}
    given = program(one_phase({"a": {}}), {"events": {"a": both}})
    assert occurred(given, script(given, levels={("a/c", 0): [1.0], ("a/d", 0): [1.0]}), "a") == [10.0]


def test_of_equal_times_the_component_listed_first_has_the_event():
    both = {"components": {"d": {"hazard": HAZARD}, "c": {"hazard": HAZARD}}}
    given = program(one_phase({"a": {}}), {"events": {"a": both}})
    records = script(given, levels={("a/c", 0): [1.0], ("a/d", 0): [1.0]})
    assert [given.components[c].name for c in records.events["component"]] == ["d"]


def test_a_dose_ratio_acts_from_the_change_on_and_not_before():
    """Half of the threshold is used by day 5; from then on it goes four times as fast: 5 + 0.5 / 0.4."""
    steps = {"steps": [{"after": "5 days", "set": {"x": "2 mg"}}]}
    truth = {"events": {"a": component(dose_ratio={"x": {"2 mg": 4}})}}
    given = program(one_phase({"a": {}}, **steps), truth)
    assert occurred(given, script(given, levels={("a", 0): [1.0]}), "a") == [6.25]
    assert occurred(given, script(given, levels={("a", 0): [0.25]}), "a") == [2.5]


def test_a_dose_with_a_hazard_of_its_own_acts_from_the_change_on():
    """20 % in 10 days until day 5, then 90 % in 10 days at the same age: what is left at the new rate."""
    steps = {"steps": [{"after": "5 days", "set": {"x": "2 mg"}}]}
    law = {"probability_by_dose": {"x": {"1 mg": "20%", "2 mg": "90%", "4 mg": "50%"}}, "within": "10 days"}
    given = program(
        one_phase({"a": {}}, **steps), {"events": {"a": {"components": {"c": {"clock": "enrolment", **law}}}}}
    )
    low, high = -log(0.8) / 10, -log(0.1) / 10
    expected = 5 + (1.0 - 5 * low) / high
    assert occurred(given, script(given, levels={("a", 0): [1.0]}), "a") == pytest.approx(
        [expected], abs=1e-6
    )
    assert occurred(given, script(given, levels={("a", 0): [0.1]}), "a") == pytest.approx(
        [0.1 / low], abs=1e-6
    )


def test_ratios_and_dose_ratios_of_two_drugs_multiply():
    design = one_phase({"a": {}})
    design["drugs"]["y"] = ["low", "high"]
    design["phases"]["on"]["gives"] = {"x": "2 mg", "y": "high"}
    truth = {"events": {"a": component(ratio=2, dose_ratio={"x": {"2 mg": 2.5}, "y": {"high": 0.5}})}}
    given = program(design, truth)
    assert occurred(given, script(given, levels={("a", 0): [1.0]}), "a") == [4.0]


def test_what_was_used_is_kept_while_a_condition_is_false():
    """On for 6 days (0.6 used), off for 10, on again: the rest, 0.4, takes 4 more days."""
    phases = {
        "one": {"lasts": "6 days", "gives": {"x": "1 mg"}, "next": "two"},
        "two": {"lasts": "10 days", "gives": {}, "next": "three"},
        "three": {"lasts": "30 days", "gives": {"x": "1 mg"}},
    }
    design = one_phase({"a": {}}) | {"phases": phases}
    given = program(design, {"events": {"a": component(while_on="x")}})
    assert occurred(given, script(given, levels={("a", 0): [1.0]}), "a") == [20.0]


def test_two_immediate_outcomes_of_one_restarting_clock_are_two_chances():
    """30 % at each start: a threshold between one and two helpings of -log 0.7 falls at the second."""
    phases = {
        "one": {"lasts": "6 days", "gives": {"x": "1 mg"}, "next": "two"},
        "two": {"lasts": "10 days", "gives": {}, "next": "three"},
        "three": {"lasts": "30 days", "gives": {"x": "1 mg"}},
    }
    body = {"clock": "start of x", "probability": "30%"}
    design = one_phase({"a": {}, "b": {}}) | {"phases": phases}
    events = {"a": {"components": {"c": body | {"restarts": True}}}, "b": {"components": {"c": body}}}
    given = program(design, {"events": events})
    records = script(given, levels={("a", 0): [0.5], ("b", 0): [0.5]})
    assert occurred(given, records, "a") == [16.0]
    assert occurred(given, records, "b") == [], "a clock keeps its first anchor"


@pytest.mark.parametrize("restarts", [False, True])
def test_the_clock_of_a_stop_starts_with_the_directive_that_stops_and_not_with_phases(restarts):
    """x is stopped on day 4, in the midst of a phase, and not given in the next: 0.8 by day 12, all by 14."""
    phases = {
        "one": {"lasts": "8 days", "gives": {"x": "1 mg"}, "next": "two"},
        "two": {"lasts": "4 days", "gives": {}, "next": "three"},
        "three": {"lasts": "30 days", "gives": {}},
    }
    pieces = {"piecewise": [{"to": "50 days", "hazard": "0.1 per day"}]}
    body = {"clock": "stop of x", "restarts": restarts, **pieces}
    design = one_phase({"halt": {"when_detected": {"stop_drug": "x"}}, "a": {}, "young": {}}) | {
        "phases": phases
    }
    young = {
        "clock": "stop of x",
        "restarts": restarts,
        "piecewise": [{"to": "5 days", "hazard": "0.1 per day"}],
    }
    events = {"a": {"components": {"c": body}}, "young": {"components": {"c": young}}}
    given = program(design, {"events": events})
    records = script(given, days={("halt", 0): [4]}, levels={("a", 0): [1.0], ("young", 0): [0.6]})
    assert occurred(given, records, "a") == [14.0]
    assert occurred(given, records, "young") == [], "it is young once: 0.5 by day 9"


def test_enrolment_comes_once():
    """However a clock on it restarts: young until day 5, whatever phase follows on day 4."""
    phases = {
        "one": {"lasts": "4 days", "gives": {"x": "1 mg"}, "next": "two"},
        "two": {"lasts": "30 days", "gives": {"x": "1 mg"}},
    }
    young = {"piecewise": [{"to": "5 days", "hazard": "0.1 per day"}], "clock": "enrolment", "restarts": True}
    given = program(
        one_phase({"a": {}}) | {"phases": phases}, {"events": {"a": {"components": {"c": young}}}}
    )
    assert occurred(given, script(given, levels={("a", 0): [0.6]}), "a") == []
    assert occurred(given, script(given, levels={("a", 0): [0.5]}), "a") == [5.0]


# ---------------------------------------------------------------- clocks that an event starts


def on_event(**more):
    """`b` from `a` on."""
    events = {"a": {"components": {"c": {"hazard": "0"}}}, "b": component(clock="a", **more)}
    return program(one_phase({"a": {"repeats": True}, "b": {}}), {"events": events})


def test_a_clock_on_an_event_starts_there_and_keeps_its_first_anchor():
    given = on_event()
    records = script(given, days={("a", 0): [7, 12]}, levels={("b", 0): [1.0]})
    assert occurred(given, records, "b") == [17.0]
    assert occurred(given, script(given, levels={("b", 0): [1.0]}), "b") == []


def test_a_restart_on_an_event_keeps_what_was_used():
    """A constant hazard does not care when its clock restarts: 0.5 used by day 15, the rest by day 20."""
    given = on_event(restarts=True)
    records = script(given, days={("a", 0): [10, 15]}, levels={("b", 0): [1.0]})
    assert occurred(given, records, "b") == [20.0]


def test_a_restart_on_an_event_starts_the_age_again():
    """0.2 per day for 4 days of age, then nothing: 0.6 used by day 13, age 0 again, the rest by 15."""
    pieces = {"piecewise": [{"to": "4 days", "hazard": "0.2 per day"}], "clock": "a", "restarts": True}
    events = {"b": {"components": {"c": pieces}}}
    given = program(one_phase({"a": {"repeats": True}, "b": {}}), {"events": events})
    records = script(given, days={("a", 0): [10, 13]}, levels={("b", 0): [1.0]})
    assert occurred(given, records, "b") == [15.0]


def test_an_event_may_start_the_clock_of_its_own_recurrence():
    body = {"components": {"first": {"hazard": HAZARD}, "again": {"clock": "a", "hazard": "0.5 per day"}}}
    given = program(one_phase({"a": {"repeats": True}}), {"events": {"a": body}})
    levels = {("a/first", 0): [1.0, 99.0], ("a/again", 0): [1.0, 1.5, 99.0]}
    assert occurred(given, script(given, levels=levels), "a") == [10.0, 12.0, 15.0]


@pytest.mark.parametrize("restarts", [False, True])
def test_time_rescaled_by_the_hazard_is_exponential_whatever_restarts(restarts):
    """b's clock (Weibull) runs from the first a or from each; its H at b is a unit exponential, censored."""
    body = {"clock": "a", "restarts": restarts, "weibull": {"shape": 2, "scale": "30 days"}}
    events = {"a": {"components": {"c": {"hazard": "0.03 per day"}}}, "b": {"components": {"c": body}}}
    given = program(one_phase({"a": {"repeats": True}, "b": {}}, patients=20), {"events": events})
    records = draws(given, 100)

    def used(starts, until):
        """Cumulative hazard of b by day `until` when a happened on days `starts`."""
        starts = [s for s in starts if s <= until][: None if restarts else 1]
        ends = [*starts[1:], until]
        return sum(((end - start) / 30.0) ** 2 for start, end in zip(starts, ends, strict=True))

    shares, expected, variance = [], 0.0, 0.0
    for patient, mine in by_patient(records):
        times = mine["occurred"] - patient["entry"]
        starts, end = list(times[mine["event"] == 0]), times[mine["event"] == 1]
        whole = 1.0 - np.exp(-used(starts, 100.0)) if starts else 0.0
        expected, variance = expected + whole, variance + whole * (1.0 - whole)
        if len(end):
            shares.append((1.0 - np.exp(-used(starts, end[0]))) / whole)
    assert abs(len(shares) - expected) < 5.0 * variance**0.5, "how many: 5 standard errors, 6e-7"
    assert kstest(shares, "uniform").pvalue > 1e-6


def test_successive_events_of_one_component_are_a_poisson_process():
    """Gaps are exponential and those of one patient are not the same gap again."""
    given = program(
        one_phase({"a": {"repeats": True}}, days=400, patients=20), {"events": {"a": component()}}
    )
    records = draws(given, 30)
    gaps = []
    for patient, mine in by_patient(records):
        gaps.append(np.diff(mine["occurred"], prepend=patient["entry"])[:8])
    table = np.array([g for g in gaps if len(g) == 8])  # all of them but for 1e-9: 40 expected
    assert len(table) == 600
    assert kstest(0.1 * table.ravel(), "expon").pvalue > 1e-6
    for lag in range(1, 8):
        r = np.corrcoef(table[:, 0], table[:, lag])[0, 1]
        assert abs(r) < 5.5 / 600**0.5, "independent gaps: 5.5 standard errors, 4e-8"


# ---------------------------------------------------------------- each occurrence has its own draws


def test_marks_of_two_events_of_a_patient_are_independent_draws():
    """With two components the second event's mark is not the first's: equal in half of the patients."""
    both = {"c": {"hazard": "0.02 per day"}, "d": {"hazard": "0.02 per day"}}
    truth = {"events": {"a": {"components": both, "marks": {"p": 0.5, "q": 0.5}}}}
    design = one_phase({"a": {"repeats": True, "marks": ["p", "q"]}}, days=300, patients=20)
    records = draws(program(design, truth), 60)
    first, pairs = {}, []
    for row in records.events:
        mine = first.setdefault((row["trial"], row["candidate"]), {})
        mine.setdefault(int(row["component"]), int(row["mark"]))
    pairs = [list(mine.values()) for mine in first.values() if len(mine) == 2]
    assert len(pairs) > 1_000
    assert_share(sum(a == b for a, b in pairs), len(pairs), 0.5, "equal marks")


def test_report_delays_of_two_events_of_a_patient_are_independent_draws():
    both = {"c": {"hazard": "0.02 per day"}, "d": {"hazard": "0.02 per day"}}
    truth = {
        "events": {"a": {"components": both}},
        "delays": {"a": {"report": {"uniform": ["0 days", "10 days"]}}},
    }
    design = one_phase({"a": {"repeats": True}}, days=300, patients=20)
    design["monitoring"] = {
        "rule": {"counts": {"event": "a"}, "rule": {"kind": "at_least", "count": 20}, "then": []}
    }
    records = draws(program(design, truth), 60)
    first = {}
    for row in records.events:
        mine = first.setdefault((row["trial"], row["candidate"]), {})
        mine.setdefault(int(row["component"]), float(row["reported"] - row["detected"]))
    pairs = np.array([list(mine.values()) for mine in first.values() if len(mine) == 2])
    assert len(pairs) > 1_000
    assert abs(np.corrcoef(pairs.T)[0, 1]) < 5.0 / len(pairs) ** 0.5, "5 standard errors"
