"""Evidence: hand-worked. Dose finding at its instants: who comes before whom."""

import pytest

from tests.engine.dose_finding import (
    ABSENCE,
    DIRECT,
    DLT,
    FREE,
    LEAVES,
    LEVELS,
    NONE,
    OVER,
    STAY,
    TICK,
    UP,
    all_dlt,
    build,
    cohort,
    decided,
    entered,
    late,
    play,
    times,
    who,
)
from tests.helpers import course, happened

# ---------------------------------------------------------------- an undisturbed course


@pytest.mark.parametrize("events", [DIRECT, ABSENCE], ids=["direct", "absence"])
def test_three_doses_without_a_dlt(events):
    """Cohorts enter from days 0, 40 and 80, decided on 40, 80 and 120; those of days 30 and 70 are lost."""
    records = play(build(events))
    assert entered(records) == cohort(0, 0, 1, 0) + cohort(4, 40, 2, 1) + cohort(8, 80, 3, 2)
    assert decided(records) == [
        (40, 1, 2, 3, 0, UP),
        (80, 2, 3, 3, 0, UP),
        (120, 3, 0, 0, 3, OVER),
    ]
    assert int(records.trials["enrolled"][0]) == 9
    assert int(records.trials["lost"][0]) == 3, (
        "those of days 30, 70 and 110; from day 120 on accrual is closed"
    )


@pytest.mark.parametrize("events", [DIRECT, ABSENCE], ids=["direct", "absence"])
def test_one_dlt_of_three_then_none_of_three_goes_up(events):
    days = late(1) if events is ABSENCE else all_dlt(1)
    records = play(build(events, levels=LEVELS[:2]), days)
    assert entered(records) == (cohort(0, 0, 1, 0, (0, 1, 0)) + cohort(4, 40, 1, 1) + cohort(8, 80, 2, 2))
    assert decided(records) == [
        (40, 1, 1, 3, 0, STAY),
        (80, 1, 2, 3, 0, UP),
        (120, 2, 0, 0, 2, OVER),
    ]


@pytest.mark.parametrize("events", [DIRECT, ABSENCE], ids=["direct", "absence"])
def test_two_dlts_at_the_lowest_dose_select_none(events):
    days = late(0, 2) if events is ABSENCE else all_dlt(0, 2)
    records = play(build(events), days)
    assert decided(records) == [(40, 1, 0, 0, 0, NONE)]
    assert who(records) == [(0, 0), (1, 10), (2, 20)], "nobody after it"


def test_patients_are_given_the_level_of_their_cohort():
    given = build(levels=LEVELS[:2])
    records = play(given)
    assert course(given, records, 0) == [(0, "one", ("1 mg",))]
    assert course(given, records, 4) == [(40, "one", ("2 mg",))]


# ---------------------------------------------------------------- the last day of the window


@pytest.mark.parametrize(
    ("day", "outcome", "following"),
    [(20 - TICK, FREE, UP), (20, FREE, UP), (20 + TICK, DLT, STAY)],
)
def test_recovery_on_the_last_day_itself_is_no_dlt_and_a_tick_later_is_one(day, outcome, following):
    given = build(ABSENCE)
    records = play(given, {("recovery", 2): [day]})
    assert entered(records)[2] == (2, 20, 1, 0, outcome)
    assert decided(records)[0][::5] == (40, following)
    expected = [(2, "dlt", 40.0, 40.0, 40.0)] if outcome else []
    assert [row for row in happened(given, records, "dlt") if row[0] == 2] == expected


@pytest.mark.parametrize(
    ("day", "outcome", "following"), [(20 - TICK, DLT, STAY), (20, DLT, STAY), (20 + TICK, FREE, UP)]
)
def test_a_direct_dlt_counts_on_the_last_day_itself_and_not_a_tick_later(day, outcome, following):
    records = play(build(), {("dlt", 2): [day]})
    assert entered(records)[2] == (2, 20, 1, 0, outcome)
    assert decided(records)[0][::5] == (40, following)


def test_recovery_is_judged_when_it_is_detected():
    """It happens on day 15, but is found at the visit of day 28: an absence on day 20."""
    phases = {"one": {"lasts": "30 days", "gives": {"x": "assigned"}, "visits": {"every": "14 days"}}}
    events = ABSENCE | {"recovery": {"detected": "at visits"}}
    records = play(build(events, phases=phases), {("recovery", 0): [15], ("recovery", 1): [14]})
    assert [row[4] for row in entered(records)[:3]] == [DLT, FREE, FREE]


# ---------------------------------------------------------------- a candidate at the instant of a decision


def test_who_turns_up_at_the_instant_of_a_decision_has_a_place_in_the_new_cohort():
    records = play(build())
    assert (4, 40.0, 2, 1, 0) in entered(records)


def test_who_turns_up_a_tick_before_is_lost():
    """Windows a tick longer: the decision is due a tick after day 40, and the candidate of day 40 is lost."""
    events = {"dlt": {"window": f"{20 + TICK!r} days"}, **LEAVES}
    records = play(build(events))
    assert times(records)[0] == 40 + TICK
    assert who(records)[3] == (5, 50)


def test_who_turns_up_at_the_instant_of_the_last_decision_is_not_enrolled():
    assert 12 not in [row[0] for row in entered(play(build()))]


def test_a_cohort_of_one_holds_accrual_from_its_entry_on():
    given = build(cohort=1, levels=("1 mg",), truth={"accrual": "every 1 day"})
    assert who(play(given))[:3] == [(0, 0.0), (20, 20.0), (40, 40.0)]
