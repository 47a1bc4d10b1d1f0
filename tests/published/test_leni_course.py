"""Evidence: published. The course of LENI's three patients, played from its scenario, and what rules saw.

From the trial's report (ACTRN12615001169538), in days after imatinib was stopped. Patient 1:
embolism on day 122, on lenalidomide. Patient 2: cytopenia in month 1, so 5 mg; ischaemic optic neuritis on
day 21, lenalidomide stopped; embolism on day 77. Patient 3: no event, taken off lenalidomide when the trial
was stopped. Entry days are assumed: they only have to put patient 3 into maintenance at the stop, as it was.
"""

import json
from functools import cache
from math import exp

import numpy as np
import pytest

from simulator.loading.load import load
from simulator.metrics.crossing import crossed
from simulator.program.build import build
from tests.helpers import HALF_YEAR, LENI, MONTH, course, dates, happened, looks, script

ENTRIES = (0, 61, 92)
PER_DAY = 0.5 / MONTH
NEURITIS, EMBOLISM_1, EMBOLISM_2 = ENTRIES[1] + HALF_YEAR + 21, HALF_YEAR + 122, ENTRIES[1] + HALF_YEAR + 77
REPORT = 7.5  # days: the middle of 1 to 14, as every draw of a script is 0.5
PE, ARTERIAL = 0.25, 0.9  # draws that give these marks: shares .5, .3, .2 of pe, dvt, arterial

TREATED = {"phases": ["combination", "maintenance"]}
SCOPES = {
    "combination": {"phases": ["combination"]},
    "maintenance": TREATED,
    **{
        f"{days} days": {**TREATED, "or_within": {"days": days, "of_last": "lenalidomide"}}
        for days in (30, 55, 56, 60, 90)
    },
}
VTE = {"marks": ["pe", "dvt"]}
TABLE = [  # what is counted, and how many in combination / + maintenance / + <= 30 / + <= 60 / + <= 90 days
    ("patients", VTE, (0, 1, 1, 2, 2)),
    ("patients", {}, (0, 2, 2, 2, 2)),
    ("events", {}, (0, 2, 2, 3, 3)),
]
COLUMNS = ("combination", "maintenance", "30 days", "60 days", "90 days")


@cache
def played(variant="with_maintenance", *sets):
    """The three patients under a variant of the scenario, changed by `sets`."""
    found = load(LENI, ("design.accrual.until=3 treated", *sets))
    given = build(found.designs[variant], found.truths["observed_like"])
    gaps = (ENTRIES[0] + 1e-9, ENTRIES[1] - ENTRIES[0], ENTRIES[2] - ENTRIES[1])
    uniforms = {("accrual/gap", who): [exp(-gap * PER_DAY)] for who, gap in enumerate(gaps)}
    uniforms |= {("event:thrombosis/mark", who): [mark] * 4 for who, mark in ((0, PE), (2, PE))}
    uniforms[("event:thrombosis/mark", 1)] = [ARTERIAL, PE]
    days = {
        ("thrombosis", 0): [HALF_YEAR + 122],
        ("thrombosis", 1): [HALF_YEAR + 21, HALF_YEAR + 77],
        ("cytopenia", 1): [20],
    }
    return given, script(given, days=days, uniforms=uniforms)


def counting(scope, unit):
    """A rule that counts in a scope and never fires."""
    where = "design.monitoring.thrombosis_rule"
    counts = {"event": "thrombosis", "unit": unit}
    return (
        "variants.bayes_any_phase=null",  # a share of patients: it cannot count events
        f"{where}.scope={json.dumps(scope)}",
        f"{where}.counts={json.dumps(counts)}",
        f"{where}.rule={json.dumps({'kind': 'at_least', 'count': 20 if unit == 'events' else 3})}",
    )


def test_the_events_as_they_happened():
    given, records = played("combination_only")
    found = happened(given, records, "thrombosis")
    assert [(who, day) for who, _, day, _, _ in found] == [(1, NEURITIS), (0, EMBOLISM_1), (1, EMBOLISM_2)]
    marks = [given.events[0].marks[m] for m in np.sort(records.events, order="occurred")["mark"] if m >= 0]
    assert marks == ["arterial", "pe", "pe"]
    assert all(reported - day == REPORT for _, _, day, _, reported in found)
    assert records.patients["entry"].tolist() == list(ENTRIES)


def test_patient_two_stays_at_five_milligrams_and_the_others_go_to_ten():
    given, records = played("combination_only")
    dose = {who: [row[2][1] for row in course(given, records, who)] for who in range(3)}
    assert dose[1] == ["5 mg", "5 mg", "-", "-"]
    assert dose[0][:3] == dose[2][:3] == ["5 mg", "10 mg", "10 mg"]


def test_patient_two_is_off_lenalidomide_for_56_days_at_the_embolism():
    given, records = played("combination_only")
    since = {
        (int(r["candidate"]), float(r["occurred"])): r["since"].tolist()
        for r in records.events
        if given.events[r["event"]].name == "thrombosis"
    }
    assert since[1, NEURITIS] == [21.0, 0.0], "imatinib 21 days ago, on lenalidomide"
    assert since[1, EMBOLISM_2] == [77.0, 56.0]
    assert since[0, EMBOLISM_1] == [122.0, 0.0]
    stopped, follow_up = course(given, records, 1)[-2:]
    assert stopped == (NEURITIS, "maintenance", ("-", "-"))
    assert follow_up == (NEURITIS, "follow_up", ("-", "-"))


@pytest.mark.parametrize(("unit", "marks", "expected"), TABLE)
def test_which_events_count_under_which_scope(unit, marks, expected):
    found = []
    for column in COLUMNS:
        given, records = played("combination_only", *counting(SCOPES[column] | marks, unit))
        found.append(looks(given, records, "thrombosis_rule")[-1][2])
    assert tuple(found) == expected


@pytest.mark.parametrize(("unit", "marks", "expected"), TABLE)
def test_the_scope_table_says_so_of_each_event(unit, marks, expected):
    found = []
    for column in COLUMNS:
        given, records = played("combination_only", *counting(SCOPES[column] | marks, unit))
        counter = given.monitors[0].counters[0]
        rows = records.events[records.events["event"] == counter.event]
        who = [
            int(row["candidate"])
            for row in rows
            if counter.scope.counts(given.states[row["state"]], int(row["mark"]), tuple(row["since"]))
        ]
        found.append(len(set(who)) if unit == "patients" else len(who))
    assert tuple(found) == expected


def test_the_distance_to_the_last_dose_counts_to_the_day():
    for column, expected in (("55 days", 1), ("56 days", 2)):
        given, records = played("combination_only", *counting(SCOPES[column] | VTE, "patients"))
        assert looks(given, records, "thrombosis_rule")[-1][2] == expected


def test_the_protocols_rule_never_fires_on_what_happened():
    given, records = played("combination_only")
    assert dates(given, records, "thrombosis_rule") is None
    assert looks(given, records, "thrombosis_rule")[-1][2] == 0


def test_with_maintenance_it_fires_only_if_the_neuritis_is_a_thrombosis():
    given, records = played("with_maintenance")
    assert dates(given, records, "thrombosis_rule") is not None
    scope = json.dumps(SCOPES["maintenance"] | VTE)
    given, records = played("combination_only", f"design.monitoring.thrombosis_rule.scope={scope}")
    assert dates(given, records, "thrombosis_rule") is None


def test_the_five_dates_of_the_stop():
    """The second patient's event crosses the rule; its report, a cut, a look and a decision follow."""
    given, records = played("with_maintenance")
    reported = EMBOLISM_1 + REPORT
    assert dates(given, records, "thrombosis_rule") == (reported, reported, reported, reported)
    assert crossed(given, records, records.firings[:1])[0] == EMBOLISM_1
    assert looks(given, records, "thrombosis_rule") == [(NEURITIS + REPORT, 3, 1), (reported, 3, 2)]

    where = "design.monitoring.thrombosis_rule"
    sets = (f"{where}.look=every 1 month", f"{where}.data_cut=5 days", f"{where}.decision_lag=10 days")
    given, records = played("with_maintenance", *sets)
    look = 11 * MONTH  # the first with a cut on or after the report of day 312.125
    assert reported < look - 5 < reported + MONTH
    assert dates(given, records, "thrombosis_rule") == (reported, look - 5, look, look + 10)
    assert crossed(given, records, records.firings[:1])[0] == EMBOLISM_1


def test_patient_three_is_taken_off_lenalidomide_by_the_rule_and_followed_to_the_end():
    given, records = played("with_maintenance")
    stop, entry = EMBOLISM_1 + REPORT, ENTRIES[2]
    found = course(given, records, 2)
    assert (stop, "maintenance", ("-", "-")) in found
    assert [row for row in found if row[0] > stop] == [(entry + 2 * HALF_YEAR, "follow_up", ("-", "-"))]
    assert records.patients["exit"][2] == entry + 4 * HALF_YEAR
    given, records = played("combination_only")
    assert ("-", "10 mg") in {row[2] for row in course(given, records, 2) if row[0] >= entry + HALF_YEAR}


def test_patients_one_and_two_are_in_follow_up_at_the_stop_and_stay_there():
    given, records = played("with_maintenance")
    assert course(given, records, 0)[-1][:2] == (EMBOLISM_1, "follow_up")
    assert records.patients["exit"].tolist()[:2] == [EMBOLISM_1 + 2 * HALF_YEAR, NEURITIS + 2 * HALF_YEAR]
    assert happened(given, records, "thrombosis")[-1][4] == EMBOLISM_2 + REPORT, (
        "after the stop, still reported"
    )
