"""Evidence: property. What a drug stopped for a time leaves as it is, trial by trial.

A stop that outlasts every course is one for good. Where no hazard goes by drugs it moves nothing but doses:
each patient is off the drug for that time, and else on what the same patient is on in the trial without it.
"""

from itertools import groupby, pairwise

import numpy as np
import pytest

from simulator.engines.compiled.driver import play
from tests.engine.conduct import stop_for
from tests.helpers import SEED, program, rule, until

TRIALS = 150
OTHERS = ("trials", "patients", "looks", "firings", "holds", "risks")
OF_EVENTS = ("trial", "candidate", "event", "component", "occurred", "detected", "reported", "mark", "course")
DESIGN = {
    "accrual": until(15),
    "drugs": {"x": ["1 mg", "2 mg", "4 mg"], "y": ["1 mg"]},
    "phases": {
        "one": {
            "lasts": "40 days",
            "gives": {"x": "1 mg", "y": "1 mg"},
            "steps": [{"every": "10 days", "raise_dose": "x", "unless": "tox"}],
            "next": [{"to": "one", "at_most": 1, "only_if": "tox"}, "two"],
        },
        "two": {"lasts": "30 days", "gives": {"x": "as before"}, "next": "three"},
        "three": {"lasts": "30 days", "gives": {}, "next": "four"},
        "four": {"lasts": "30 days", "gives": {"x": "2 mg"}},
    },
}
TRUTH = {
    "accrual": "2 per month",
    "events": {"tox": {"hazard": "0.03 per day"}, "other": {"hazard": "0.01 per day"}},
    "delays": {"tox": {"report": {"uniform": ["0 days", "20 days"]}}},
}
ON_DRUG = {
    **TRUTH,
    "events": {
        "tox": {
            "components": {
                "on": {"hazard": "0.03 per day", "while_on": "x", "dose_ratio": {"x": {"4 mg": 3}}},
                "off": {"clock": "stop of x", "while_off": "x", "probability": "60% in 20 days"},
            }
        },
        "other": {"hazard": "0.01 per day"},
    },
}
NOTHING, FOR_GOOD, TOO_LONG = [], [{"stop_drug": "x"}], [{"stop_drug": "x", "for": "150 years"}]
LOWER = {"lower_dose": "x"}


def played(response, then, *, truth=TRUTH, repeats=True, lag="5 days", given=()):
    """(program, records). response: to `tox`; then: of a rule at the third report; given: beside that."""
    events = {"tox": {"repeats": repeats, "when_detected": response}, "other": {}}
    halt = rule("tox", 3, then=[*given, *then], fires="once", decision_lag=lag)
    watch = rule("other", 6, then=["close_accrual"])
    lowered = program({**DESIGN, "events": events, "monitoring": {"halt": halt, "watch": watch}}, truth)
    return lowered, play(lowered, SEED, 0, TRIALS)


def doses(given, records):
    """Of each patient of each trial the (day, phase, levels) at which phase or levels change."""
    rows = zip(
        (records.states["trial"] * 2**20 + records.states["candidate"]).tolist(),
        records.states["time"].tolist(),
        (given.states[state] for state in records.states["state"].tolist()),
        strict=True,
    )
    found = {}
    for who, mine in groupby(rows, key=lambda row: row[0]):
        of_instant = {day: (day, state.phase, state.levels) for _, day, state in mine}
        steps = list(of_instant.values())
        found[who] = steps[:1] + [now for before, now in pairwise(steps) if now[1:] != before[1:]]
    return found


def assert_no_other_record_moves(mine, theirs):
    for table in OTHERS:
        assert np.array_equal(getattr(mine, table), getattr(theirs, table)), table
    for field in OF_EVENTS:
        assert np.array_equal(mine.events[field], theirs.events[field]), field


# ---------------------------------------------------------------- longer than any course


@pytest.mark.parametrize("truth", [TRUTH, ON_DRUG], ids=["apart", "by drug"])
@pytest.mark.parametrize("more", [[], [LOWER], ["leave"], [{"go_to": "four"}]], ids=str)
@pytest.mark.parametrize("of", ["patients", "rules", "both"])
def test_one_that_outlasts_every_course_is_a_stop_for_good(of, more, truth):
    def both(stop):
        response = [*(stop if of != "rules" else []), *more]
        return played(response, stop if of != "patients" else [], truth=truth, repeats=False)

    (given, mine), (other, theirs) = both(TOO_LONG), both(FOR_GOOD)
    assert_no_other_record_moves(mine, theirs)
    assert np.array_equal(mine.events["since"], theirs.events["since"])
    assert doses(given, mine) == doses(other, theirs)
    assert len(mine.firings), "the rule fires"


# ---------------------------------------------------------------- where no hazard goes by drugs


@pytest.mark.parametrize("days", [0.5, 7, 25, 60])
@pytest.mark.parametrize("more", [[], [LOWER]], ids=["alone", "and lower"])
def test_it_moves_no_record_but_doses(more, days):
    same = [{"set_dose": {"y": "1 mg"}}]
    (_, mine), (_, theirs) = (
        played([*stop, *more], stop, given=same) for stop in ([stop_for(days)], NOTHING)
    )
    assert_no_other_record_moves(mine, theirs)


def at(steps, day):
    """Levels on a day."""
    return next(levels for since, _, levels in reversed(steps) if since <= day)


@pytest.mark.parametrize("days", [0.5, 7, 25, 60])
@pytest.mark.parametrize("more", [[], [LOWER], [{"raise_dose": "x"}]], ids=["alone", "lower", "raise"])
def test_but_for_that_time_everyone_is_on_what_they_are_on_without_it(more, days):
    """Off x from each detection, and from the rule's effect, for so long; else as in the trial without it."""
    response, then = [stop_for(days), *more], [stop_for(days)]
    given, mine = played(response, then, given=[{"lower_dose": "x"}])
    other, theirs = played(more, NOTHING, given=[{"lower_dose": "x"}])
    stopped, plain, seen = doses(given, mine), doses(other, theirs), {True: 0, False: 0}
    effects = {t: d for t, d, m in mine.firings[["trial", "effective", "monitor"]].tolist() if m == 0}
    for patient in mine.patients:
        trial, candidate = int(patient["trial"]), int(patient["candidate"])
        who, entry, end = trial * 2**20 + candidate, float(patient["entry"]), float(patient["exit"])
        own = mine.events[(mine.events["trial"] == trial) & (mine.events["candidate"] == candidate)]
        starts = [*own["detected"][own["event"] == 0].tolist(), effects.get(trial, np.inf)]
        for day in {d for d, _, _ in stopped[who] + plain[who]} | {
            entry + 1.0,
            (entry + end) / 2,
            end - 0.25,
        }:
            off = any(start <= day < start + days - 1e-5 for start in starts)
            near = any(abs(day - start - days) < 1e-5 for start in starts)
            if not near:
                expected = at(plain[who], day)
                assert at(stopped[who], day) == ((0, *expected[1:]) if off else expected), (who, day)
                seen[off and expected[0] > 0] += 1
    assert min(seen.values()) > TRIALS, "on and off"
