"""Evidence: trace. Amendments of whom a protocol takes: the last day, arms, screening.

One candidate every 10 days, the first on day 0, on `len` 25 mg for 60 days unless a test says otherwise.
Everyone has `a` on their day 5. Both engines play each trial.
"""

import pytest

from simulator.metrics.collect import collect
from simulator.metrics.limits import last_days_of
from simulator.model.records import Screened
from tests.engine.amending import amended, build, came, versions
from tests.engine.conduct import entries, fired, play
from tests.helpers import rule

# ---------------------------------------------------------------- the last day


def until(last, *, when, first="25 days", patients=6, **more):
    """Accrual up to one day, and from an amendment on up to another; None: without a last day."""
    change = {"design.accrual.until": [f"{patients} treated", *([last] if last else [])]}
    return build(amended(when, change, **more), patients=patients, last=first)


@pytest.mark.parametrize(
    ("last", "when", "entered"),
    [
        ("42 days", "2 treated", 5),  # later: 30 and 40 are added
        ("40 days", "2 treated", 5),  # the last day is one of it
        (None, "2 treated", 6),
        ("42 days", "25 days", 5),  # on the old last day, when accrual is open
        ("42 days", "26 days", 3),  # after it: nothing opens accrual again
    ],
)
def test_another_last_day(last, when, entered):
    records = play(until(last, when=when))
    assert len(entries(records)) == entered
    assert len(came(records)) == (when != "26 days")


@pytest.mark.parametrize(("last", "entered"), [("42 days", 5), ("20 days", 3), ("12 days", 3)])
def test_an_earlier_last_day(last, entered):
    """From day 20 on, in place of day 60; one that is over by then closes accrual at once."""
    records = play(until(last, when="3 treated", first="60 days"))
    assert (len(entries(records)), came(records)) == (entered, [(20, 1)])


def test_an_amendment_on_study_after_the_last_day_comes_and_opens_nothing():
    records = play(until("42 days", when="27 days", applies_to="on_study"))
    assert came(records) == [(27, 1)]
    assert len(entries(records)) == 3
    assert last_days_of(until("42 days", when="27 days"), records).tolist() == [25]


def test_they_may_move_the_last_day_again_and_again():
    """To 35 on day 10, to 45 on day 30: in turn, though nobody else turns up by day 35."""
    third = {"when": "32 days", "change": {"design.accrual.until": ["9 treated", "55 days"]}}
    change = {"design.accrual.until": ["9 treated", "35 days"]}
    records = play(build(amended("2 treated", change) | {"third": third}, patients=9, last="25 days"))
    assert came(records) == [(10, 1), (32, 2)]
    assert list(entries(records).values()) == [0, 10, 20, 30, 40, 50]


def test_on_demand_and_in_screening_up_to_the_new_last_day():
    """A place each 10 days; of those registered by day 42 nobody may enter later."""
    on_demand = {"stagger": "10 days", "while_held": "on_demand"}
    change = {"design.accrual.until": ["6 treated", "42 days"]}
    given = build(amended("2 treated", change), accrual={"until": ["6 treated", "25 days"], **on_demand})
    assert list(entries(play(given)).values()) == [0, 10, 20, 30, 40]
    given = build(amended("2 treated", change), last="25 days", screening={"takes": "3 days"})
    assert list(entries(play(given)).values()) == [3, 13, 23, 33]


@pytest.mark.parametrize(
    ("last", "when", "ended"),
    [
        ("60 days", "20 days", 60),
        ("28 days", "20 days", 28),
        ("18 days", "20 days", 20),
        ("60 days", "45 days", 40),
    ],
)
def test_a_hold_lasts_as_long_as_accrual(last, when, ended):
    """It begins on day 15, and would be released on day 70: by the last day, 40 at first, it is over."""
    pause = {"hold": rule("a", 2, then=[{"hold_accrual": "until released"}])}
    free = {"free": {**rule("a", 1, then=[{"release": "hold"}]), "look": {"at": "70 days"}}}
    change = {"design.accrual.until": ["6 treated", last]}
    given = build(
        amended(when, change, counts="keep", applies_to="on_study"), last="40 days", monitoring=pause | free
    )
    records = play(given)
    assert [(float(row["began"]), float(row["ended"])) for row in records.holds] == [(15, ended)]
    assert list(entries(records).values()) == [0, 10]


def test_full_is_told_by_the_last_day_in_force():
    """Of six by day 35 four enter, up to day 60 all; a stop on day 45 comes before, or after, the end."""
    stops = {"reads": rule("a", 4, decision_lag="10 days")}
    change = {"design.accrual.until": ["6 treated", "60 days"]}
    for amendments, before, last in ((amended("2 treated", change, counts="keep"), 1.0, 60), ({}, 0.0, 35)):
        given = build(amendments, last="35 days", monitoring=stops)
        records = play(given)
        assert fired(given, records, "reads")[0] == 35
        assert collect(given, records)["p_stop_before_full_accrual"].tolist() == [before]
        assert last_days_of(given, records).tolist() == [last]


# ---------------------------------------------------------------- screening


def screened(change, **more):
    """Three days of screening, or what an amendment makes of it; four candidates."""
    return build(amended("15 days", change, **more), patients=4, screening={"takes": "3 days"})


def outcomes(records):
    """(registered, over, what became of it) of every candidate."""
    return [(float(r["registered"]), float(r["over"]), Screened(r["outcome"])) for r in records.screenings]


def test_who_is_registered_after_it_is_screened_by_the_amendment():
    """The candidate of day 10 was in screening on day 15 or not: it is over on day 13, or on day 40."""
    records = play(screened({"design.screening.takes": "25 days"}))
    assert list(entries(records).values()) == [3, 13, 45, 55]
    change = {"design.screening.takes": "2 days"}
    given = build(amended("15 days", change), patients=4, screening={"takes": "30 days"})
    records = play(given)
    assert entries(records) == {2: 22, 0: 30, 3: 32, 1: 40}
    assert versions(records) == [1, 1, 1, 1]  # under which each entered


def test_who_is_eligible_is_judged_as_at_registration():
    """From day 15 on one of a million: the candidate of day 10, whose screening is over by day 40, enters."""
    change = {"design.screening.eligible": "0.0001%"}
    more = {"screening": {"takes": "30 days"}, "last": "95 days"}
    records = play(build(amended("15 days", change), **more))
    assert list(entries(records).values()) == [30, 40]
    assert [outcome for *_, outcome in outcomes(records)] == [Screened.ENTERED] * 2 + [
        Screened.INELIGIBLE
    ] * 8
