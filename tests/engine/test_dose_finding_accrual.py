"""Evidence: hand-worked. Accrual of cohorts: who waits, is lost or comes on demand, and when it ends.

The design and its clock are those of tests.engine.dose_finding: entries on days 0, 10 and 20, windows of 20
days.
"""

import pytest

from tests.engine.dose_finding import (
    ABSENCE,
    DIRECT,
    DLT,
    FREE,
    LEAVES,
    NOT_EVALUABLE,
    OPEN,
    STAY,
    UP,
    all_dlt,
    build,
    decided,
    entered,
    held,
    late,
    outcomes,
    play,
    times,
    who,
)
from tests.helpers import course, happened, program, rule, script

# ---------------------------------------------------------------- who turns up while accrual is held


def test_lost_is_the_default():
    assert [k for k, _ in who(play(build()))] == [0, 1, 2, 4, 5, 6, 8, 9, 10]


def test_queued_enter_in_order_at_the_instant_of_release_before_who_arrives_then():
    records = play(held("queued"))
    assert entered(records) == [
        (0, 0, 1, 0, 0),
        (1, 10, 1, 0, 0),
        (2, 20, 1, 0, 0),
        (3, 40, 2, 1, 0),
        (4, 40, 2, 1, 0),
        (5, 50, 2, 1, 0),
        (6, 70, 3, 2, 0),
        (7, 70, 3, 2, 0),
        (8, 80, 3, 2, 0),
    ]
    assert times(records) == [40, 70, 100]


def test_a_queue_longer_than_the_cohort_is_taken_cohort_by_cohort():
    """Every 2 days: decided on days 24, 44 and 64; on day 24 ten wait, three of whom enter."""
    records = play(held("queued", "2 days"))
    assert who(records) == [
        (0, 0),
        (1, 2),
        (2, 4),
        *[(k, 24) for k in (3, 4, 5)],
        *[(k, 44) for k in (6, 7, 8)],
    ]
    assert times(records) == [24, 44, 64]


def test_queued_candidates_keep_their_own_potential_outcomes():
    """Candidate 3 waits from day 30 to 40 and has its DLT on its day 5: day 45."""
    given = held("queued")
    records = play(given, all_dlt(3))
    assert happened(given, records, "dlt") == [(3, "dlt", 45, 45, 45)]
    assert course(given, records, 3)[0] == (40, "one", ("2 mg",))


def test_one_queued_candidate_takes_the_place_of_one_who_is_not_evaluable():
    """Candidate 2 dies on day 32, when candidate 3 has waited since day 30; decided on day 52."""
    records = play(held("queued"), {("death", 2): [12]})
    assert who(records)[:5] == [(0, 0), (1, 10), (2, 20), (3, 32), (4, 52)]
    assert who(records)[4:7] == [(4, 52), (5, 52), (6, 60)]


def test_on_demand_all_enter_on_the_day_the_places_open():
    records = play(held("on_demand"))
    assert who(records) == [(k, 20 * (k // 3)) for k in range(9)]
    assert times(records) == [20, 40, 60]
    assert int(records.trials["lost"][0]) == 0


def test_on_demand_a_replacement_enters_at_the_instant():
    records = play(held("on_demand"), {("death", 1): [7]})
    assert who(records)[:5] == [(0, 0), (1, 0), (2, 0), (3, 7), (4, 27)]


def test_on_demand_the_rate_of_accrual_does_not_matter():
    given = build(
        more={"accrual": {"until": "24 treated", "while_held": "on_demand"}},
        truth={"accrual": "1 per year"},
    )
    assert who(play(given)) == [(k, 20 * (k // 3)) for k in range(9)]


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("lost", [(0, 0), (1, 10), (4, 40), (5, 50)]),
        ("queued", [(0, 0), (1, 10), (2, 35), (3, 35), (4, 60), (5, 60)]),
    ],
)
def test_a_rule_that_holds_accrual_leaves_them_waiting_too(way, expected):
    """Without dose finding: 2 treated on day 10, a window of 25 days, released on day 35; 4 on day 35, 60."""
    design = {
        "accrual": {"until": "6 treated", "while_held": way},
        "drugs": {"x": ["1 mg"]},
        "phases": {"one": {"lasts": "100 days"}},
        "events": {"a": {"window": "25 days"}},
        "monitoring": {"rule": rule("a", 99, look="every 2 treated", among="completed", wait="accrual")},
    }
    records = script(program(design, {}))
    found = list(zip(records.patients["candidate"].tolist(), records.patients["entry"].tolist(), strict=True))
    assert found[: len(expected)] == expected


# ---------------------------------------------------------------- accrual that ends before


def test_accrual_that_ends_first_leaves_the_dose_finding_open():
    records = play(build(until=5))
    assert who(records) == [(0, 0), (1, 10), (2, 20), (4, 40), (5, 50)]
    assert decided(records) == [(40, 1, 2, 3, 0, UP)]


def test_a_cohort_that_is_just_full_is_still_decided():
    records = play(build(until=6))
    assert decided(records) == [(40, 1, 2, 3, 0, UP), (80, 2, 3, 3, 0, UP)]
    assert len(who(records)) == 6


def test_after_a_calendar_limit_nobody_enters():
    given = build(more={"accrual": {"until": ["24 treated", "45 days"]}})
    assert who(play(given)) == [(0, 0), (1, 10), (2, 20), (4, 40)]


def test_a_rule_that_closes_accrual_ends_it_with_open_outcomes():
    """The rule stops at the first death, day 22, in an open cohort; windows that are over are judged."""
    more = {"monitoring": {"rule": rule("death", 1)}}
    records = play(build(more=more), {("death", 1): [12]})
    assert who(records) == [(0, 0), (1, 10), (2, 20)]
    assert decided(records) == []
    assert outcomes(records, 0, 1, 2) == [FREE, NOT_EVALUABLE, FREE]
    ending = {"monitoring": {"rule": rule("death", 1, then=["end_trial"])}}
    records = play(build(more=ending), {("death", 1): [12]})
    assert outcomes(records, 0, 1) == [FREE, NOT_EVALUABLE]
    assert outcomes(records, 2)[0] in {NOT_EVALUABLE, OPEN}, "taken off on its day 2"


def test_after_a_stop_no_dose_is_chosen():
    """The cohort is full when the rule stops on day 25; on day 40, when its windows are over, nobody asks."""
    more = {"monitoring": {"rule": rule("dlt", 1)}}
    records = play(build(more=more), all_dlt(2))
    assert [k for k, _ in who(records)] == [0, 1, 2]
    assert decided(records) == []
    assert outcomes(records, 0, 1, 2) == [FREE, FREE, DLT]


# ---------------------------------------------------------------- rarer things


def test_who_waits_may_still_enter_until_the_calendar_limit():
    """Decided on day 44 (windows of 24 days); candidates 3 and 4 wait; accrual ends on day 45."""
    events = {"dlt": {"window": "24 days"}, **LEAVES}
    limit = {"until": ["24 treated", "45 days"], "while_held": "queued"}
    assert who(play(build(events, more={"accrual": limit})))[3:] == [(3, 44), (4, 44)]
    limit["until"] = ["24 treated", "44 days"]
    assert who(play(build(events, more={"accrual": limit})))[3:] == [(3, 44), (4, 44)], (
        "on the day itself too"
    )
    limit["until"] = ["24 treated", "43 days"]
    assert who(play(build(events, more={"accrual": limit})))[3:] == []


def test_the_hold_of_a_rule_is_apart_from_that_of_the_cohort_whatever_the_rule_is_called():
    """The rule waits from day 10 to 35; the cohort, filled on day 40, is decided on day 60."""
    for name in ("cohort", "anything"):
        watch = rule("late", 99, look={"at": ["2 treated"]}, among="completed", wait="accrual")
        more = {"monitoring": {name: watch}}
        events = DIRECT | {"late": {"window": "25 days"}}
        records = play(build(events, more=more))
        assert who(records)[:4] == [(0, 0), (1, 10), (4, 40), (6, 60)], name
        assert times(records)[0] == 60


def test_a_report_of_recovery_under_way_keeps_a_patient_who_has_left_pending():
    """Recovery on day 10 is reported on day 18; death on day 15 opens no place."""
    truth = {"delays": {"recovery": {"report": "8 days"}}}
    accrual = {"until": "24 treated", "while_held": "on_demand"}
    given = build(ABSENCE, truth=truth, more={"accrual": accrual}, decide="when_known")
    records = play(given, {("death", 2): [15]})
    assert outcomes(records, 2) == [FREE]
    assert who(records)[:4] == [(0, 0), (1, 0), (2, 0), (3, 18)]
    records = play(given, {("recovery", 2): [16], ("death", 2): [15]})
    assert who(records)[3:5] == [(3, 15), (4, 33)], "no recovery: the place is open from day 15 on"


def test_a_report_of_the_dlt_under_way_too():
    """DLT of candidate 2 on day 24, reported on day 36; death on day 25 opens no place for candidate 3."""
    truth = {"delays": {"dlt": {"report": "12 days"}}}
    records = play(build(truth=truth), {("dlt", 2): [4], ("death", 2): [5]})
    assert who(records)[:4] == [(0, 0), (1, 10), (2, 20), (4, 40)]
    assert decided(records)[0] == (40, 1, 1, 3, 0, STAY)


@pytest.mark.parametrize("event", ["death", "gone"])
def test_who_leaves_on_the_last_day_of_an_absence_without_recovery_is_no_patient_without_a_dlt(event):
    """Not recovered by the end of day 20, nor followed beyond it: a DLT or not evaluable, never a success."""
    records = play(build(ABSENCE), late(2) | {(event, 2): [20]})
    assert outcomes(records, 2) == [NOT_EVALUABLE]
    records = play(build(ABSENCE), {("recovery", 2): [20], (event, 2): [20]})
    assert outcomes(records, 2) == [FREE], "recovery comes first where both are listed so"
    records = play(build(), {(event, 2): [20]})
    assert outcomes(records, 2) == [FREE], "of a direct DLT the window was seen to its end"


def test_a_course_that_ends_with_the_window_is_followed_to_its_end():
    phases = {"one": {"lasts": "20 days", "gives": {"x": "assigned"}}}
    for events in (DIRECT, ABSENCE):
        records = play(build(events, phases=phases))
        assert outcomes(records, 0, 1, 2) == [FREE] * 3
        assert times(records)[0] == 40
    records = play(build(ABSENCE, phases=phases), late(1))
    assert outcomes(records, 0, 1, 2) == [FREE, DLT, FREE]


def test_when_decided_more_may_be_pending_than_can_matter():
    """Cohorts of 6: none of 5, the sixth is pending: at most 1 of 6, so up on day 60 + 10, not on day 70."""
    records = play(build(cohort=6, decide="when_decided"))
    assert decided(records)[0][:4] == (60, 1, 2, 6)
    assert who(records)[6] == (6, 60), "on day 60 the fifth window is over; candidate 6 is of that day"
