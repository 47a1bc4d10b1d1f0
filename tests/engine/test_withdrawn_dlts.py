"""Evidence: exact. DLTs whose report is withdrawn, by hand, both engines.

One candidate every 10 days in cohorts of 3, windows of 20 days: the first cohort is decided on day 40.
"""

import pytest

from tests.engine.dose_finding import DIRECT, all_dlt, build, entered, play

STAYS = {**DIRECT, "dlt": {"window": "20 days"}}
LEFT = {**DIRECT, "dlt": {"window": "20 days", "when_detected": "leave"}}


def built(takes, events=STAYS, **more):
    """Every DLT is withdrawn so long after it is reported, at once."""
    back = {"dlt": {"withdrawn": {"probability": "100%", "takes": takes}}}
    return build(events, truth={"delays": back}, **more)


def decided(records):
    """(day, level, next, patients, selected) of every decision."""
    keys = ("time", "level", "next", "patients", "selected")
    return [tuple(float(row[key]) for key in keys) for row in records.decisions]


@pytest.mark.parametrize(
    ("takes", "first"),
    [("35 days", (40, 1, 2, 3, 0)), ("36 days", (40, 1, 1, 3, 0))],
)
def test_one_counts_up_to_the_day_on_which_it_is_withdrawn(takes, first):
    """The DLT of day 5 is gone on day 40, or is not; one of three has the cohort filled to six."""
    records = play(built(takes), all_dlt(0))
    assert decided(records)[0] == first
    assert entered(records)[0][4] == 0  # in the end there was none


def test_a_later_decision_counts_what_is_left():
    """2 of 3 at 2 mg on day 80 would be too many; the one of day 45 is withdrawn on day 79."""
    records = play(built("34 days"), all_dlt(4, 5))  # on days 45 and 55
    assert decided(records)[1] == (80, 2, 2, 3, 0)
    assert decided(records)[2] == (120, 2, 3, 3, 0)  # the other is gone by then


def test_who_left_for_it_is_replaced():
    """On day 25 nobody can tell any more whether the first would have had one: another enters, on day 30."""
    records = play(built("20 days", LEFT), all_dlt(0))
    assert entered(records)[0][4] == 2
    assert [row[:2] for row in entered(records)[:4]] == [(0, 0.0), (1, 10.0), (2, 20.0), (3, 30.0)]
    assert decided(records)[0] == (50, 1, 2, 3, 0)


def test_a_decision_waits_for_nothing_that_is_to_be_withdrawn():
    """As soon as it is known: two DLTs of three on day 15, both withdrawn later; and that is that."""
    given = built("60 days", decide="when_decided")
    records = play(given, all_dlt(0, 1))
    assert decided(records) == [(15, 1, 0, 0, 0)]
    assert [row[4] for row in entered(records)] == [0, 0]


def test_it_is_told_in_the_story_of_the_trial():
    from simulator.reporting.cohorts import decision_lines, report_words

    given = built("36 days")
    records = play(given, all_dlt(0))
    (_, _, _, said), *_ = decision_lines(given, records)
    assert "1 DLT among 3" in said
    assert report_words(given, records, records.events[0]).startswith("counts for the dose finding until it")
