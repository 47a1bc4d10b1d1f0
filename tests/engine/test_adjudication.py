"""Evidence: trace. Adjudication and reports that never come; LENI's three patients as they were.

Of LENI's patients the first had a pulmonary embolism on day 122 of maintenance, the second an ischaemic optic
neuritis on its day 21, when lenalidomide was stopped, and an embolism on day 77; the third had neither.
"""

import numpy as np
import pytest

from simulator.engines.compare import first_difference
from simulator.engines.compiled.driver import play
from tests.helpers import SEED, assert_share, draws, exactly, happened, looks, program, rule, script, until

COMBINATION = 183  # days before maintenance
TREATED = {"phases": ["combination", "maintenance"]}
SCOPES = {
    "combination": {"phases": ["combination"]},
    "maintenance": TREATED,
    **{
        f"{days} days": {**TREATED, "or_within": {"days": days, "of_last": "lenalidomide"}}
        for days in (30, 60, 90)
    },
}


def one(adjudication, delays=None, *, events=("seen", "found"), count=1, hazard="0", patients=2):
    """A rule that counts what is found of what is seen, of one patient every 10 days."""
    design = {
        "accrual": {"until": f"{patients} treated"},
        "phases": {"only": {"lasts": "100 days"}},
        "events": {name: {"repeats": True} for name in events},
        "monitoring": {"rule": rule("found", count, unit="events", then=[], fires="once")},
    }
    truth = {
        "events": {"seen": {"components": {"c": {"hazard": hazard}}}},
        "delays": delays or {},
        "adjudication": {"seen": {"counts_as": "found", **adjudication}},
    }
    return program(design, truth)


def adjudged(*draws, candidate=0, what="adjudged"):
    return {(f"event:seen/{what}", candidate): draws}


# ---------------------------------------------------------------- one event


def test_what_is_found_is_reported_when_it_was_decided():
    """Seen on day 5, reported on day 8, decided on day 28; it happened on day 5."""
    given = one({"probability": "50%", "takes": "20 days"}, {"seen": {"report": "3 days"}})
    records = script(given, days={("seen", 0): [5]}, uniforms=adjudged(0.49))
    assert happened(given, records) == [(0, "seen", 5, 5, 8), (0, "found", 5, 5, 28)]
    assert looks(given, records)[0] == (28, 2, 1)
    nothing = script(given, days={("seen", 0): [5]}, uniforms=adjudged(0.5))
    assert happened(given, nothing) == [(0, "seen", 5, 5, 8)]


def test_each_occurrence_is_decided_on_by_itself():
    given = one({"probability": "50%"})
    records = script(given, days={("seen", 0): [5, 9, 20]}, uniforms=adjudged(0.9, 0.1, 0.2))
    assert [row[2] for row in happened(given, records, "found")] == [9, 20]


def test_how_long_it_takes_is_drawn_for_the_occurrence():
    given = one({"probability": "100%", "takes": {"uniform": ["10 days", "30 days"]}})
    uniforms = {**adjudged(0.5, 0.5), **adjudged(0.25, 0.75, what="decided")}
    records = script(given, days={("seen", 0): [5, 9]}, uniforms=uniforms)
    assert [row[4] for row in happened(given, records, "found")] == [20, 34]


def test_a_report_that_never_comes_is_neither_read_nor_adjudicated():
    given = one({"probability": "100%"}, {"seen": {"never": "40%"}})
    uniforms = {**adjudged(0.5, 0.5), **adjudged(0.39, 0.4, what="never")}
    records = script(given, days={("seen", 0): [5, 9]}, uniforms=uniforms)
    assert happened(given, records) == [
        (0, "seen", 5, 5, np.inf),
        (0, "seen", 9, 9, 9),
        (0, "found", 9, 9, 9),
    ]


def test_a_decision_after_the_course_still_arrives():
    given = one({"probability": "100%", "takes": "200 days"}, patients=1)
    records = script(given, days={("seen", 0): [99]}, uniforms=adjudged(0.5))
    assert looks(given, records)[-1] == (299, 1, 1)


# ---------------------------------------------------------------- LENI


def leni(share):
    """LENI's course with a rule per scope and unit; what is vascular is found of embolisms and neuritides."""
    monitoring = {
        f"{unit} {name}".replace(" ", "_"): rule("vascular", 2, unit=unit, scope=scope, then=[])
        for unit in ("patients", "events")
        for name, scope in SCOPES.items()
    }
    stops = [{"stop_drug": "lenalidomide"}, {"go_to": "follow_up"}]
    design = {
        "accrual": {"until": "3 treated"},
        "drugs": {"lenalidomide": ["10 mg"]},
        "phases": {
            "combination": {
                "lasts": f"{COMBINATION} days",
                "gives": {"lenalidomide": "10 mg"},
                "next": "maintenance",
            },
            "maintenance": {"lasts": "183 days", "gives": {"lenalidomide": "10 mg"}, "next": "follow_up"},
            "follow_up": {"lasts": "365 days"},
        },
        "events": {
            "embolism": {"repeats": True, "when_detected": stops},
            "neuritis": {"repeats": True, "when_detected": stops},
            "vascular": {"repeats": True},
        },
        "monitoring": monitoring,
    }
    adjudication = {
        "embolism": {"counts_as": "vascular", "probability": "100%"},
        "neuritis": {"counts_as": "vascular", "probability": share},
    }
    return program(design, {"adjudication": adjudication})


DAYS = {
    ("embolism", 0): [COMBINATION + 122],
    ("neuritis", 1): [COMBINATION + 21],
    ("embolism", 1): [COMBINATION + 77],
}
VTE_ALONE = [0, 1, 1, 2, 2]
ANY_VASCULAR = {"patients": [0, 2, 2, 2, 2], "events": [0, 2, 2, 3, 3]}


@pytest.mark.parametrize("share", ["0%", "100%"])
@pytest.mark.parametrize("unit", ["patients", "events"])
def test_the_table_of_lenis_patients(share, unit):
    """By scope: combination, with maintenance, and 30, 60 and 90 days after the last dose."""
    given = leni(share)
    uniforms = {(f"event:{event}/adjudged", who): (0.5, 0.5) for event, who in DAYS}
    records = script(given, days=DAYS, uniforms=uniforms)
    names = [f"{unit} {name}".replace(" ", "_") for name in SCOPES]
    counted = [looks(given, records, name)[-1][2] for name in names]
    assert counted == (VTE_ALONE if share == "0%" else ANY_VASCULAR[unit])
    fired = {given.monitors[i].name for i in records.firings["monitor"]}
    assert (f"{unit}_maintenance" in fired) is (share == "100%"), "the neuritis decides"
    assert f"{unit}_combination" not in fired


def test_one_adjudicated_event_decides_in_half_of_trials():
    """By the draws of 4,000 trials: a patient who certainly has the event, and a rule of one."""
    given = one({"probability": "50%"}, hazard="1000 per year", patients=1)
    records = play(given, SEED, 0, 4000)
    first = records.events[records.events["event"] == 0]
    assert len(np.unique(first["trial"])) == 4000
    # of the first occurrence alone
    found = {(int(r["trial"]), float(r["occurred"])) for r in records.events[records.events["event"] == 1]}
    _, at = np.unique(first["trial"], return_index=True)
    hits = sum((int(r["trial"]), float(r["occurred"])) in found for r in first[at])
    assert_share(hits, 4000, 0.5, "adjudicated")


@pytest.mark.parametrize("takes", ["0 days", "15 days"])
def test_engines_adjudicate_alike(takes):
    """With directives that make paths again, and reports that never come."""
    given = one(
        {"probability": "60%", "takes": takes},
        {"seen": {"report": {"uniform": ["1 day", "9 days"]}, "never": "20%"}},
        hazard="6 per year",
        patients=8,
        count=3,
    )
    fast, slow = play(given, SEED, 0, 80), draws(given, 80)
    assert first_difference(fast, slow) == ""
    assert np.any(slow.events["event"] == 1)
    assert np.any(np.isinf(slow.events["reported"]))


@pytest.mark.parametrize(
    "more",
    [
        {"adjudication": {"seen": {"counts_as": "found", "probability": "50%"}}},
        {"delays": {"found": {"never": "10%"}}},
    ],
)
def test_exact_values_are_of_events_that_are_reported_as_they_occur(more):
    event = {"clock": "enrolment", "probability": "20% in 30 days"}
    truth = {"accrual": "1 per month", "events": {"seen": event, "found": event}}
    design = {
        "accrual": until(6),
        "events": {name: {"window": "30 days"} for name in truth["events"]},
        "monitoring": {"rule": rule("found", 1, among="completed", look="every 2 completed")},
    }
    assert exactly(program(design, truth))[1] == ""
    reason = "not every `found` is reported, or it comes of adjudication too"
    assert exactly(program(design, {**truth, **more})) == ({}, reason)
