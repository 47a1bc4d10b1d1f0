"""Evidence: exact. When events happen, per family and clock, against distribution functions written here.

One course for all: drug x at 1 mg from day 0 and 2 mg from 40, off it from 100, on it again from 160 (2 mg
from 180), end on day 240. No event changes the course, so every time has a closed form: F = 1 - exp(-H).
"""

from collections.abc import Callable
from math import exp, inf, log

import numpy as np
import pytest
from scipy.stats import norm

from simulator.program.planned import cumulative_hazard
from tests.helpers import assert_share, assert_times, draws, program, until

STEP, STOP, AGAIN, STEP_2, END = 40.0, 100.0, 160.0, 180.0, 240.0
TRIALS, PATIENTS = 200, 20
PHASES = {
    "on": {
        "lasts": "100 days",
        "gives": {"x": "1 mg"},
        "steps": [{"after": "40 days", "set": {"x": "2 mg"}}],
        "next": "off",
    },
    "off": {"lasts": "60 days", "gives": {}, "next": "again"},
    "again": {
        "lasts": "80 days",
        "gives": {"x": "1 mg"},
        "steps": [{"after": "20 days", "set": {"x": "2 mg"}}],
    },
}
H = 0.005  # per day
SLOW, FAST = {"weibull": {"shape": 2, "scale": "150 days"}}, {"weibull": {"shape": 0.7, "scale": "300 days"}}
PIECES = {
    "piecewise": [
        {"to": "20 days", "hazard": "0.01 per day"},
        {"to": "50 days", "hazard": "0 per day"},
        {"to": "90 days", "hazard": "0.02 per day"},
    ]
}
OPEN = {"piecewise": [{"to": "30 days", "hazard": "0.002 per day"}, {"hazard": "0.008 per day"}]}


def constant(**more: object) -> dict[str, object]:
    return {"hazard": "0.005 per day", **more}


def within(t: float, a: float, b: float) -> float:
    """Days of [a, b] that lie before t."""
    return min(max(t - a, 0.0), b - a)


def square(t: float, scale: float = 150.0) -> float:
    return (max(t, 0.0) / scale) ** 2


def pieces(age: float) -> float:
    return 0.01 * within(age, 0, 20) + 0.02 * within(age, 50, 90)


def fading(age: float) -> float:
    """Starts at 0.03 per day with mean life 25 days."""
    return 0.03 * 25.0 * (1.0 - exp(-max(age, 0.0) / 25.0))


def share(p: float) -> float:
    return -log(1.0 - p)


def on(t: float) -> float:
    return within(t, 0, STOP) + within(t, AGAIN, END)


# component as written -> its cumulative hazard by day t
CASES: dict[str, tuple[dict[str, object], Callable[[float], float]]] = {
    "constant": (constant(), lambda t: H * t),
    "ratio": (constant(ratio=3), lambda t: 3 * H * t),
    "while_on": (constant(while_on="x"), lambda t: H * on(t)),
    "while_off": (constant(while_off="x"), lambda t: H * within(t, STOP, AGAIN)),
    "while_in": (constant(while_in=["off", "again"]), lambda t: H * within(t, STOP, END)),
    "while_in_and_on": (
        constant(while_in=["off", "again"], while_on="x"),
        lambda t: H * within(t, AGAIN, END),
    ),
    "dose_ratio": (
        constant(while_on="x", dose_ratio={"x": {"2 mg": 2.5}}),
        lambda t: H * (on(t) + 1.5 * (within(t, STEP, STOP) + within(t, STEP_2, END))),
    ),
    "dose_ratio_off_drug_is_one": (
        constant(dose_ratio={"x": {"1 mg": 0.5, "2 mg": 2}}),
        lambda t: (
            H * (0.5 * (within(t, 0, STEP) + within(t, AGAIN, STEP_2)) + within(t, STOP, AGAIN))
            + 2 * H * (within(t, STEP, STOP) + within(t, STEP_2, END))
        ),
    ),
    "decay_from_stop": (
        {"clock": "stop of x", "decay": {"initial": "0.03 per day", "mean_life": "25 days"}},
        lambda t: fading(t - STOP),
    ),
    "decay_while_off": (
        {
            "clock": "stop of x",
            "while_off": "x",
            "decay": {"initial": "0.03 per day", "mean_life": "25 days"},
        },
        lambda t: fading(min(t, AGAIN) - STOP),
    ),
    "lognormal_onset": (
        {
            "clock": "enrolment",
            "incidence": "65%",
            "onset": {"lognormal": {"median": "90 days", "sigma": 0.8}},
        },
        lambda t: share(0.65 * norm.cdf(log(t / 90) / 0.8)) if t > 0 else 0.0,
    ),
    "exponential_onset_from_stop": (
        {"clock": "stop of x", "incidence": "80%", "onset": {"exponential": {"mean": "40 days"}}},
        lambda t: share(0.8 * (1 - exp(-max(t - STOP, 0.0) / 40))),
    ),
    "piecewise_from_start": ({"clock": "start of x", **PIECES}, pieces),
    "piecewise_open": (OPEN, lambda t: 0.002 * within(t, 0, 30) + 0.008 * within(t, 30, inf)),
    "weibull_rising": (SLOW, square),
    "weibull_falling": (FAST, lambda t: (t / 300) ** 0.7),
    "clock_phase": ({"clock": "entry to off", **SLOW}, lambda t: square(t - STOP)),
    "clock_enrolment": ({"clock": "enrolment", **SLOW}, square),
    "clock_start_keeps_its_first_anchor": ({"clock": "start of x", **SLOW}, square),
    "clock_start_restarts": (
        {"clock": "start of x", "restarts": True, **SLOW},
        lambda t: square(min(t, AGAIN)) + square(t - AGAIN),
    ),
    "clock_stop": ({"clock": "stop of x", **SLOW}, lambda t: square(t - STOP)),
    "clock_step_keeps_its_first_anchor": (
        {"clock": "dose step of x", **SLOW},
        lambda t: square(t - STEP),
    ),
    "clock_step_restarts": (
        {"clock": "dose step of x", "restarts": True, **SLOW},
        lambda t: square(min(t, STEP_2) - STEP) + square(t - STEP_2),
    ),
    "runs_on_while_a_condition_is_false": (
        {"while_on": "x", **SLOW},
        lambda t: square(min(t, STOP)) + square(max(t, AGAIN)) - square(AGAIN),
    ),
    "pauses": ({"while_on": "x", "pauses": True, "clock": "start of x", **SLOW}, lambda t: square(on(t))),
    "probability_without_clock": (
        {"probability": "40% in 100 days", "while_on": "x"},
        lambda t: share(0.4) * on(t) / 100,
    ),
    "probability_with_clock": (
        {"clock": "entry to off", "probability": "40% in 50 days"},
        lambda t: share(0.4) * within(t, STOP, STOP + 50) / 50,
    ),
    "probability_uniform_inside": (
        {"clock": "entry to off", "probability": "60% in 50 days", "onset": "uniform"},
        lambda t: share(0.6 * within(t, STOP, STOP + 50) / 50),
    ),
    "certain_at_once": (
        {"clock": "entry to off", "probability": "100%"},
        lambda t: inf if t >= STOP else 0.0,
    ),
}
AT_ONCE = {"enrolment": 0.0, "entry to again": AGAIN, "stop of x": STOP, "dose step of x": STEP}


@pytest.fixture(scope="module")
def played():
    """Every case as an event of its own, in one design."""
    events = {name: {"components": {"c": body}} for name, (body, _) in CASES.items()}
    for clock in AT_ONCE:
        events[clock.replace(" ", "_")] = {"components": {"c": {"clock": clock, "probability": "30%"}}}
    events["split"] = {"components": {"a": constant(while_on="x"), "b": {"clock": "stop of x", **SLOW}}}
    design = {
        "accrual": until(PATIENTS),
        "drugs": {"x": ["1 mg", "2 mg"]},
        "phases": PHASES,
        "events": {name: {} for name in events},
    }
    given = program(design, {"events": events})
    return given, draws(given, TRIALS)


def times(played, name: str) -> np.ndarray:
    """Days from entry of the first (only) events of one kind."""
    given, records = played
    mine = records.events[records.events["event"] == given.event_index(name)]
    entry = records.patients["entry"].reshape(TRIALS, PATIENTS)
    return mine["occurred"] - entry[mine["trial"], mine["candidate"]]


@pytest.mark.parametrize("name", [name for name in CASES if name != "certain_at_once"])
def test_times_follow_the_closed_form(played, name):
    hazard = CASES[name][1]
    assert_times(times(played, name), TRIALS * PATIENTS, lambda t: 1 - exp(-hazard(t)), END, name)


@pytest.mark.parametrize("name", CASES)
def test_the_planned_cumulative_hazard_is_the_closed_form(played, name):
    """Within 2e-6 in F, the tabulation's own limit being 1e-6."""
    given, _ = played
    component = given.components_of(given.event_index(name))[0]
    for day in (0.5, 39, 41, 99, 101, 125, 149, 161, 179, 185, 239, 240):
        ours, theirs = CASES[name][1](day), cumulative_hazard(given, component, day)
        assert exp(-theirs) == pytest.approx(exp(-ours), abs=2e-6), day


@pytest.mark.parametrize("clock", AT_ONCE)
def test_a_bare_probability_falls_on_the_instant_its_clock_starts(played, clock):
    found = times(played, clock.replace(" ", "_"))
    assert set(found) == {AT_ONCE[clock]}
    assert_share(len(found), TRIALS * PATIENTS, 0.3, clock)


def test_certainty_happens_to_everybody(played):
    found = times(played, "certain_at_once")
    assert len(found) == TRIALS * PATIENTS
    assert set(found) == {STOP}


def test_components_of_an_event_add_up_and_the_first_to_cross_is_named(played):
    def hazard(t):
        return H * on(t) + square(t - STOP)

    given, records = played
    assert_times(times(played, "split"), TRIALS * PATIENTS, lambda t: 1 - exp(-hazard(t)), END, "sum")
    mine = records.events[records.events["event"] == given.event_index("split")]
    names = np.array([c.name for c in given.components])[mine["component"]]
    off = (times(played, "split") > STOP) & (times(played, "split") < AGAIN)
    assert set(names[off]) == {"b"}, "off the drug only the rebound acts"
    assert set(names[times(played, "split") <= STOP]) == {"a"}
    fine = np.linspace(
        AGAIN, END, 4_001
    )  # P(cause a, after day 160) = integral of h_a S, by the trapezium rule
    survival = np.exp([-hazard(t) for t in fine])
    late_a = int(np.sum((names == "a") & (times(played, "split") > AGAIN)))
    assert_share(late_a, TRIALS * PATIENTS, float(np.trapezoid(H * survival, fine)), "cause-specific")


def test_each_patient_has_a_once_only_event_at_most_once(played):
    _, records = played
    keys = np.stack([records.events[k] for k in ("trial", "candidate", "event")])
    assert np.unique(keys, axis=1).shape[1] == len(records.events)
