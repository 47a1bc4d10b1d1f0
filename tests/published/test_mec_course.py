"""Evidence: published. The course of the MEC trial, played from its scenario.

From the trial's report (NCT01681537): at 10 mg on days 1-14 two of six recovered after day 45, at 5 mg none
of three; then, with nine treated, the amendment to days 1-10: 5, 10 and 25 mg with three each and no DLT, 50
mg with seven and one, which is the dose recommended, and ten more there; 35 in all. That one of the seven
could not be judged is the digest's reading. Entry days are assumed: a candidate every 15 days, from day 0 on.
"""

from functools import cache

import pytest

from simulator.contracts import Observed, Plan
from simulator.loading.load import load
from simulator.program.build import build
from tests.helpers import ROOT, course, dates, exits, happened, looks, script

PLAN = Plan(max_n=1000)  # these rules do not depend on it

MEC = ROOT / "scenarios/mec.yaml"
TICK = 2.0**-20
FIRST, SECOND = "d1-14", "d1-10"
LATE = {1: 46, 6: 60.5, 36: None}  # candidate -> day of recovery; the others recover on day 30
UNJUDGED = {37: 0.1}  # draw below 14 %

# cohort: dose, candidates with their days of entry, day of the choice, what follows
COURSE = [
    ("10 mg d1-14", {0: 0, 1: 15, 2: 30}, 75, "10 mg d1-14"),
    ("10 mg d1-14", {5: 75, 6: 90, 7: 105}, 150, "5 mg d1-14"),
    ("5 mg d1-14", {10: 150, 11: 165, 12: 180}, 225, "5 mg d1-10"),  # the amendment
    ("5 mg d1-10", {15: 225, 16: 240, 17: 255}, 300, "10 mg d1-10"),
    ("10 mg d1-10", {20: 300, 21: 315, 22: 330}, 375, "25 mg d1-10"),
    ("25 mg d1-10", {25: 375, 26: 390, 27: 405}, 450, "50 mg d1-10"),
    ("50 mg d1-10", {30: 450, 31: 465, 32: 480}, 525, "50 mg d1-10"),
    # 37, of day 555, is found not to be evaluable on day 600, and the candidate of day 600 comes instead
    ("50 mg d1-10", {35: 525, 36: 540, 37: 555, 40: 600}, 645, None),
]
EXPANSION = {43 + k: 645.0 + 15 * k for k in range(10)}


@cache
def played(variant="as_amended", *sets, recoveries=(), deaths=()):
    """The trial under a variant of the scenario, changed by `sets`; recoveries: other days of recovery."""
    found = load(MEC, ('truths.observed_like.accrual="every 15 days"', *sets))
    given = build(
        found.designs[variant], found.truths["observed_like"], amended=found.amended[variant], variant=variant
    )
    recovery = dict.fromkeys(range(100), 30) | LATE | dict(recoveries)
    days = {("recovery", who): [day] for who, day in recovery.items() if day is not None}
    days |= {("death", who): [day] for who, day in deaths}
    return given, script(given, days, uniforms={("not_evaluable", who): [u] for who, u in UNJUDGED.items()})


def dose(given, level):
    return given.levels[0][level - 1] if level else None


def test_the_doses_days_and_patients_of_the_trial():
    given, records = played()
    found = [(int(p["candidate"]), float(p["entry"]), dose(given, p["level"])) for p in records.patients]
    planned = [(who, float(day), name) for name, cohort, _, _ in COURSE for who, day in cohort.items()]
    assert found == planned + [(who, day, "50 mg d1-10") for who, day in EXPANSION.items()]
    assert len(found) == 35
    at = [name for _, _, name in found]
    counts = {name: at.count(name) for name in dict.fromkeys(at)}
    assert counts == {
        "10 mg d1-14": 6,
        "5 mg d1-14": 3,
        "5 mg d1-10": 3,
        "10 mg d1-10": 3,
        "25 mg d1-10": 3,
        "50 mg d1-10": 17,
    }


def test_each_dose_is_chosen_45_days_after_the_last_entry_of_its_cohort():
    given, records = played()
    found = [(float(d["time"]), dose(given, d["level"]), dose(given, d["next"])) for d in records.decisions]
    assert found == [(day, name, following) for name, _, day, following in COURSE]
    for name, cohort, day, _ in COURSE:
        assert day == max(cohort.values()) + 45, name


def test_what_the_cohorts_had():
    """1 of 3 and 1 of 3; none of 3 at each of four doses; then none of 3, and 1 of 3 with one not judged."""
    _, records = played()
    outcome = {int(p["candidate"]): int(p["outcome"]) for p in records.patients}
    found = [sorted(outcome[who] for who in cohort) for _, cohort, _, _ in COURSE]
    assert found == [[0, 0, 1], [0, 0, 1], *[[0, 0, 0]] * 5, [0, 0, 1, 2]]
    cohorts = [number for number, (_, cohort, _, _) in enumerate(COURSE) for _ in cohort]
    assert [int(p["cohort"]) for p in records.patients] == [*cohorts, *[-1] * 10]


def test_the_amendment_starts_the_second_ladder_with_counts_of_its_own():
    given, records = played()
    amendment = [(float(d["time"]), int(d["reason"])) for d in records.decisions if d["amendment"] == 0]
    assert amendment == [(225.0, -1)]
    assert [int(p["version"]) for p in records.patients] == [0] * 9 + [1] * 26
    assert {row[2][0] for who in (0, 5, 10) for row in course(given, records, who)} == {
        "10 mg d1-14",
        "5 mg d1-14",
        "-",
    }


def test_the_dose_recommended():
    given, records = played()
    last = records.decisions[-1]
    assert dose(given, last["selected"]) == "50 mg d1-10"
    assert given.dosing.versions[1].method.reasons[last["reason"]].startswith("over: the highest dose")


def test_late_recovery_is_seen_on_day_45_and_not_before():
    given, records = played()
    assert happened(given, records, "dlt") == [
        (1, "dlt", 60.0, 60.0, 60.0),
        (6, "dlt", 135.0, 135.0, 135.0),
        (36, "dlt", 585.0, 585.0, 585.0),
    ]


def test_courses_last_60_days():
    given, records = played()
    assert all(end - p["entry"] == 60 for end, p in zip(exits(records), records.patients, strict=True))
    assert course(given, records, 30) == [
        (450.0, "cycle", ("50 mg d1-10", "standard")),
        (495.0, "follow_up", ("-", "-")),
    ]


def test_what_the_rule_of_the_expansion_reads():
    """Six on the day of the selection, one of them with a DLT; from day 690 on one more every 15 days."""
    given, records = played()
    expected = [(645.0, 6, 1), *[(690.0 + 15 * k, 7 + k, 1) for k in range(10)]]
    assert looks(given, records, "expansion_toxicity") == expected
    assert dates(given, records, "expansion_toxicity") is None


def test_one_dlt_below_the_bound_does_not_stop_it():
    """1 of 6, then three DLTs: 2 of 7, 3 of 8, 4 of 9, where the bound is 5; then 4 of 10 to 16."""
    given, records = played(recoveries=tuple((who, None) for who in (43, 44, 45)))
    expected = [(6, 1), (7, 2), (8, 3), (9, 4), *[(n, 4) for n in range(10, 17)]]
    assert [(n, x) for _, n, x in looks(given, records, "expansion_toxicity")] == expected
    assert given.monitors[0].table.boundaries[0].bound[6:18] == (4, 5, 5, 5, 6, 6, 7, 7, 8, 8, 8, 9)
    assert dates(given, records, "expansion_toxicity") is None


def test_a_stop_of_the_expansion_closes_accrual_at_once():
    """1 of 6, then five DLTs in a row: 2 of 7, 3 of 8, 4 of 9, 5 of 10, and 6 of 11, which is the bound."""
    given, records = played(recoveries=tuple((who, None) for who in range(43, 48)))
    assert looks(given, records, "expansion_toxicity")[-1] == (750.0, 11, 6)
    assert dates(given, records, "expansion_toxicity")[1:] == (750.0, 750.0, 750.0)
    entered = [int(p["candidate"]) for p in records.patients if p["cohort"] < 0]
    assert entered == list(range(43, 50)), "the candidate of day 750 is the one after them"


@pytest.mark.parametrize(("day", "toxic"), [(45 - TICK, False), (45, False), (45 + TICK, True)])
def test_recovery_on_day_45_itself_is_in_time(day, toxic):
    """The second DLT at 10 mg on days 1-14 decides whether the ladder goes down."""
    given, records = played(recoveries=((6, day),))
    assert dose(given, records.decisions[1]["next"]) == ("5 mg d1-14" if toxic else "25 mg d1-14")
    assert float(records.decisions[1]["time"]) == 150


def test_deaths_from_day_46_to_60_are_invisible_to_the_rule():
    given, records = played(deaths=((0, 46), (16, 59), (31, 45.5)))
    plain = played()[1]
    assert records.decisions.tolist() == plain.decisions.tolist()
    assert records.patients["outcome"].tolist() == plain.patients["outcome"].tolist()
    assert [row[:3] for row in happened(given, records, "death")] == [
        (0, "death", 46.0),
        (16, "death", 299.0),
        (31, "death", 510.5),
    ]


def test_a_death_before_recovery_is_replaced():
    """Candidate 2 dies on day 20, day 50: the candidate of day 60 replaces, decided on day 105."""
    _, records = played(deaths=((2, 20),))
    assert [(int(p["candidate"]), float(p["entry"])) for p in records.patients][:5] == [
        (0, 0),
        (1, 15),
        (2, 30),
        (4, 60),
        (7, 105),
    ]
    _, records = played("deaths_are_dlt", deaths=((2, 20),))
    assert float(records.decisions[0]["time"]) == 75
    assert int(records.decisions[0]["next"]) == 1, "2 of 3 at 10 mg on days 1-14: down to 5 mg"


def test_without_the_amendment_5_mg_on_14_days_is_filled_and_selected():
    """Variant C: three more at 5 mg on day 225, none of six, selected on day 300 under a toxic 10 mg."""
    given, records = played("not_amended")
    found = [
        (float(d["time"]), dose(given, d["next"]), dose(given, d["selected"])) for d in records.decisions
    ]
    assert found == [
        (75, "10 mg d1-14", None),
        (150, "5 mg d1-14", None),
        (225, "5 mg d1-14", None),
        (300, None, "5 mg d1-14"),
    ]
    assert len(records.patients) == 22


def test_as_soon_as_all_is_known_a_dose_is_chosen_earlier():
    """Recovery of day 30 is reported that day; a DLT is known on day 45.

    Day 60: candidate 1, of day 15, is a DLT, and 2, of day 30, recovers. Then 4, 5 and 6 enter from day 60
    on; 6, of day 90, is a DLT on day 135. Then 9, 10 and 11 from day 135 on: 11, of day 165, recovers on day
    195.
    """
    _, records = played("when_known")
    assert [float(d["time"]) for d in records.decisions[:3]] == [60, 135, 195]


def test_queued_candidates_fill_a_cohort_on_the_day_it_opens():
    """Those of days 45 and 60 wait until day 75, when a third comes: all enter then, decided on day 120."""
    _, records = played("queued")
    assert [(int(p["candidate"]), float(p["entry"])) for p in records.patients][3:9] == [
        *[(who, 75.0) for who in (3, 4, 5)],
        *[(who, 120.0) for who in (6, 7, 8)],
    ]


def test_the_posterior_after_the_trial():
    """1 of 16 judged at 50 mg: far from 90 %."""
    found = load(MEC).designs["as_amended"].monitoring["expansion_toxicity"].rule
    assert found.evidence(16, 1, PLAN, "stop") < 0.01
    assert not found.assess([Observed(16, 1)], PLAN).stop
