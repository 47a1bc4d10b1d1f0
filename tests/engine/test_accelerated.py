"""Evidence: exact, by hand. An accelerated first stage in calendar time: a candidate every 10 days.

Who turns up while the only patient's window of 20 days is open is lost; the next enters on its last day.
"""

import pytest

from tests.engine.dose_finding import DIRECT, all_dlt, build, decided, entered, play

EVENTS = {**DIRECT, "mild": {}}
UP, STAY, DOWN, OVER, NONE, ONE_UP, FILLED, AGAIN = range(8)  # reasons: of 3+3, then of the stage


def staged(until, **more):
    return build(more.pop("events", EVENTS), accelerated_until={"dlt": 1, **until}, **more)


def mild(*candidates, on=5):
    return {("mild", candidate): [on] for candidate in candidates}


def test_one_patient_a_dose_until_the_top_dose_is_filled():
    rows = decided(play(staged({}), {}))
    assert [row[1:4] + row[5:] for row in rows] == [
        (1, 2, 1, ONE_UP),
        (2, 3, 1, ONE_UP),
        (3, 3, 2, FILLED),
        (3, 0, 0, OVER),
    ]
    assert rows[-1][4] == 3


def test_the_first_dlt_ends_it_and_the_two_who_fill_the_dose_are_judged_with_it():
    """Candidates 0, 2, 4 enter on days 0, 20, 40; the last has the DLT. 1 of 3: three more."""
    found = play(staged({}), all_dlt(4))
    assert [row[:3] for row in entered(found)][:3] == [(0, 0.0, 1), (2, 20.0, 2), (4, 40.0, 3)]
    assert [row[1:4] + row[5:] for row in decided(found)][:4] == [
        (1, 2, 1, ONE_UP),
        (2, 3, 1, ONE_UP),
        (3, 3, 2, FILLED),
        (3, 3, 3, STAY),
    ]


STORIES = {  # patients asked for -> level, next, patients, reason of the first decisions
    1: [(1, 1, 2, FILLED)],
    2: [(1, 2, 1, ONE_UP), (2, 2, 2, FILLED)],
    3: [(1, 2, 1, ONE_UP), (2, 3, 1, ONE_UP), (3, 3, 2, FILLED)],
}


@pytest.mark.parametrize("number", STORIES)
def test_so_many_patients_with_a_milder_event_end_it(number):
    """Each of the first three has it."""
    rows = decided(play(staged({"mild": number}), mild(0, 2, 4)))
    assert [row[1:4] + row[5:] for row in rows][:number] == STORIES[number]


def test_after_the_stage_it_counts_no_more():
    """Two with it at 1 mg, of three: the design goes up, by a whole cohort."""
    rows = decided(play(staged({"mild": 1}), mild(0, 2, 3)))
    assert [row[1:4] + row[5:] for row in rows][:2] == [(1, 1, 2, FILLED), (1, 2, 3, UP)]


@pytest.mark.parametrize(("day", "ended"), [(20, True), (20.5, False)])
def test_a_milder_event_counts_to_the_end_of_the_window(day, ended):
    """It goes on until day 30; the dose is chosen at the end of day 20."""
    first = decided(play(staged({"mild": 1}), mild(0, on=day)))[0]
    assert first[:4] == ((20.0, 1, 1, 2) if ended else (20.0, 1, 2, 1))


def test_one_who_cannot_be_judged_does_not_count():
    """Candidate 0 leaves with the milder event; candidate 1, who has it too, takes the place."""
    found = play(staged({"mild": 2}), {**mild(0, 1), ("gone", 0): [8]})
    assert [row[2:4] for row in entered(found)][:3] == [(1, 0), (1, 0), (2, 1)]
    assert [row[1:4] + row[5:] for row in decided(found)][:2] == [(1, 2, 1, ONE_UP), (2, 3, 1, ONE_UP)]


def test_nobody_replaced_and_nobody_judged_the_dose_is_given_to_another():
    found = play(staged({}, not_evaluable="leave"), {("gone", 0): [8]})
    assert [row[1:4] + row[5:] for row in decided(found)][:2] == [(1, 1, 1, AGAIN), (1, 2, 1, ONE_UP)]
