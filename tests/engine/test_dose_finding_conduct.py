"""Evidence: hand-worked. How cohorts are conducted: when a dose is chosen, who waits, who is replaced.

The design and its clock are those of tests.engine.dose_finding: entries on days 0, 10 and 20, windows of 20
days.
"""

import pytest

from tests.engine.dose_finding import (
    ABSENCE,
    DIRECT,
    DLT,
    DOWN,
    FREE,
    LEVELS,
    NONE,
    NOT_EVALUABLE,
    OVER,
    STAY,
    TICK,
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
from tests.helpers import exits, happened

NOBODY_JUDGED = {"not_evaluable": "14%"}
CANNOT = {("not_evaluable", 1): [0.139]}


# ---------------------------------------------------------------- decide


def test_when_window_complete_waits_for_every_window_whatever_is_known():
    """Two DLTs are known on day 15; the third still enters, and the choice is made on day 40."""
    records = play(build(start="2 mg"), all_dlt(0, 1))
    assert decided(records)[0] == (40, 2, 1, 3, 0, DOWN)
    assert who(records)[:4] == [(0, 0), (1, 10), (2, 20), (4, 40)]


@pytest.mark.parametrize(
    ("recovery", "day"),
    [(8, 28), (10, 30), (10 + TICK, 30 + TICK), (18, 38), (20, 40), (None, 40)],
)
def test_when_known_an_absence_is_ruled_out_by_the_report_of_recovery(recovery, day):
    """Candidates 0 and 1 recover on days 10 and 20. 2, of day 20, recovers, or is a DLT on day 40."""
    days = {("recovery", 2): [recovery] if recovery else []}
    records = play(build(ABSENCE, decide="when_known"), days)
    assert times(records)[0] == day
    assert decided(records)[0][5] == (UP if recovery else STAY)


def test_when_known_the_candidate_of_that_instant_enters_at_the_new_dose():
    records = play(build(ABSENCE, decide="when_known"))
    assert times(records) == [30, 60, 90]
    assert who(records) == [(k, 10 * k) for k in range(9)]
    assert int(records.trials["lost"][0]) == 0


def test_when_known_waits_for_the_report_of_recovery():
    truth = {"delays": {"recovery": {"report": "5 days"}}}
    records = play(build(ABSENCE, decide="when_known", truth=truth))
    assert times(records)[0] == 35


def test_when_known_a_direct_dlt_is_known_at_its_report_and_none_at_the_end_of_the_window():
    records = play(build(decide="when_known"), all_dlt(2))
    assert times(records)[0] == 30, "candidate 1, of day 10, is the last to be known"
    records = play(build(decide="when_known"), all_dlt(1))
    assert times(records)[0] == 40
    lag = {"delays": {"dlt": {"report": "9 days"}}}
    records = play(build(decide="when_known", truth=lag), all_dlt(2))
    assert times(records)[0] == 34


def test_when_known_an_event_that_rules_the_dlt_out_makes_the_patient_known():
    events = DIRECT | {"dlt": {"window": "20 days", "ruled_out_by": ["gone"]}}
    records = play(build(events, decide="when_known"), {("gone", 2): [12]})
    assert times(records)[0] == 32
    assert outcomes(records, 2) == [FREE]


def test_when_decided_two_dlts_of_two_close_the_cohort_before_the_third_enters():
    """Known on day 15; the candidate of day 20 is the first at the dose below."""
    records = play(build(start="2 mg", decide="when_decided"), all_dlt(0, 1))
    assert decided(records)[0] == (15, 2, 1, 3, 0, DOWN)
    assert entered(records)[:3] == [(0, 0, 2, 0, DLT), (1, 10, 2, 0, DLT), (2, 20, 1, 1, FREE)]


def test_when_decided_at_the_very_instant_of_the_third_arrival():
    records = play(build(start="2 mg", decide="when_decided"), all_dlt(0, 1, on=10))
    assert times(records)[0] == 20
    assert entered(records)[2] == (2, 20, 1, 1, FREE)


def test_when_decided_an_outcome_that_cannot_matter_is_not_waited_for():
    """The second DLT is known on day 25, while candidate 2 is pending."""
    days = all_dlt(0) | all_dlt(1, on=15)
    records = play(build(start="2 mg", decide="when_decided"), days)
    assert decided(records)[0] == (25, 2, 1, 3, 0, DOWN)
    assert who(records)[3] == (3, 30)


@pytest.mark.parametrize(("dlts", "following"), [((), UP), ((0,), STAY), ((1,), STAY)])
def test_when_decided_an_outcome_that_can_matter_is_waited_for(dlts, following):
    """With none or one DLT of two the third decides: its window ends on day 40."""
    records = play(build(decide="when_decided"), all_dlt(*dlts))
    assert decided(records)[0][::5] == (40, following)


def test_when_decided_a_dlt_in_the_second_cohort_closes_it():
    """1 of 3, then the fourth has one, known on day 45: 2 of 4 whatever the others have; none enters."""
    records = play(build(start="2 mg", decide="when_decided"), all_dlt(1, 4))
    assert decided(records)[:2] == [(40, 2, 2, 3, 0, STAY), (45, 2, 1, 3, 0, DOWN)]
    assert entered(records)[4] == (5, 50, 1, 2, FREE)


def test_when_decided_pending_outcomes_count_in_later_choices():
    """Candidate 2 of the closed cohort has its DLT later; the dose is 3 of 3, the choice below unchanged."""
    days = all_dlt(0) | all_dlt(1, on=15) | {("dlt", 2): [18]}
    records = play(build(start="2 mg", decide="when_decided"), days)
    assert outcomes(records, 0, 1, 2) == [DLT, DLT, DLT]
    assert decided(records)[1] == (70, 1, 0, 0, 1, OVER), "entries on days 30, 40 and 50"


def test_when_decided_what_follows_is_the_choice_that_all_outcomes_lead_to():
    """One dose (C): 0 of 3 on day 40, three more. On day 70 none of five, the sixth pending: selected."""
    given = build(levels=LEVELS[:1], variant="C", decide="when_decided")
    records = play(given)
    assert decided(records) == [(40, 1, 1, 3, 0, STAY), (70, 1, 0, 0, 1, OVER)]
    assert len(who(records)) == 6
    last = play(given, all_dlt(6, on=15))
    assert decided(last) == decided(records), "1 of 6 is as good as none"
    assert outcomes(last, 6) == [DLT]


def test_when_decided_who_may_turn_out_not_to_be_evaluable_and_is_not_replaced_is_waited_for():
    """As above, but five would not be enough: the sixth, of day 60, decides on day 80."""
    given = build(levels=LEVELS[:1], variant="C", decide="when_decided", not_evaluable="leave")
    assert times(play(given)) == [40, 80]


@pytest.mark.parametrize(("variant", "day"), [("A", 24.25), ("C", 25)])
def test_when_decided_outcomes_pending_at_other_doses_are_among_those_that_can_matter(variant, day):
    """Cohorts of 6, entries of days 0 to 5: up on day 24 with none of 5, the sixth pending until day 25.

    Six who waited enter at 2 mg on day 24; two have a DLT on day 24.25. 1 mg is then the dose selected, by A
    whatever the sixth has, by C if the sixth is evaluable, which is known on day 25.
    """
    given = held("queued", "1 day", cohort=6, variant=variant, decide="when_decided", levels=LEVELS[:2])
    records = play(given, all_dlt(6, 7, on=0.25))
    assert decided(records) == [(24, 1, 2, 6, 0, UP), (day, 2, 0, 0, 1, OVER)]


def test_when_decided_a_choice_to_stay_waits_for_the_cohort():
    """Cohorts of 2: one more is needed whatever the second has, but is not asked for before day 30."""
    records = play(build(cohort=2, decide="when_decided"))
    assert decided(records)[0] == (30, 1, 1, 1, 0, STAY)


# ---------------------------------------------------------------- not evaluable


@pytest.mark.parametrize(("draw", "found"), [(0.139, NOT_EVALUABLE), (0.141, FREE)])
def test_the_share_that_cannot_be_judged(draw, found):
    records = play(build(truth=NOBODY_JUDGED), uniforms={("not_evaluable", 1): [draw]})
    assert outcomes(records, 0, 1, 2) == [FREE, found, FREE]


def test_replaced_when_it_is_found_out_at_the_end_of_the_window():
    """Candidate 1, of day 10: on day 30 the place is open again and the candidate of that instant has it."""
    records = play(build(truth=NOBODY_JUDGED), uniforms=CANNOT)
    assert entered(records)[:5] == [
        (0, 0, 1, 0, FREE),
        (1, 10, 1, 0, NOT_EVALUABLE),
        (2, 20, 1, 0, FREE),
        (3, 30, 1, 0, FREE),
        (5, 50, 2, 1, FREE),
    ]
    assert decided(records)[0] == (50, 1, 2, 3, 0, UP)


def test_the_last_of_a_cohort_is_replaced_before_a_dose_is_chosen():
    records = play(build(truth=NOBODY_JUDGED), uniforms={("not_evaluable", 2): [0.1]})
    assert who(records)[:5] == [(0, 0), (1, 10), (2, 20), (4, 40), (6, 60)]
    assert times(records)[0] == 60


def test_the_first_is_replaced_without_a_hold():
    """Found out on day 20, when the third enters: the fourth enters on day 30."""
    records = play(build(truth=NOBODY_JUDGED), uniforms={("not_evaluable", 0): [0.1]})
    assert who(records)[:5] == [(0, 0), (1, 10), (2, 20), (3, 30), (5, 50)]


def test_a_replacement_may_need_one():
    draws = {("not_evaluable", 2): [0.1], ("not_evaluable", 4): [0.1]}
    records = play(build(truth=NOBODY_JUDGED), uniforms=draws)
    assert who(records)[:5] == [(0, 0), (1, 10), (2, 20), (4, 40), (6, 60)]
    assert times(records)[0] == 80


def test_nothing_else_of_a_patient_who_cannot_be_judged_counts():
    """A DLT of such a patient happens, but is not one of the dose."""
    records = play(build(truth=NOBODY_JUDGED), all_dlt(1), CANNOT)
    assert outcomes(records, 1) == [NOT_EVALUABLE]
    assert decided(records)[0] == (50, 1, 2, 3, 0, UP)


def test_when_known_such_a_patient_is_found_out_at_the_end_of_the_window_too():
    """Recovery is reported on day 20, but it cannot be judged: on day 30 the candidate of day 30 replaces."""
    given = build(ABSENCE, decide="when_known", truth=NOBODY_JUDGED)
    records = play(given, uniforms=CANNOT)
    assert who(records)[:4] == [(k, 10 * k) for k in range(4)]
    assert [row[2] for row in entered(records)[:5]] == [1, 1, 1, 1, 2]
    assert times(records)[0] == 40, "candidate 3, of day 30, recovers on its day 10"


def test_left_where_it_is_the_cohort_is_smaller_and_the_design_asks_for_who_is_missing():
    """2 evaluable of 3: with fewer than 3 the dose is filled to 3, by one patient on day 40."""
    records = play(build(truth=NOBODY_JUDGED, not_evaluable="leave"), uniforms=CANNOT)
    assert decided(records)[:2] == [(40, 1, 1, 1, 0, STAY), (60, 1, 2, 3, 0, UP)]
    assert entered(records)[:5] == [
        (0, 0, 1, 0, FREE),
        (1, 10, 1, 0, NOT_EVALUABLE),
        (2, 20, 1, 0, FREE),
        (4, 40, 1, 1, FREE),
        (6, 60, 2, 2, FREE),
    ]


def test_left_where_they_are_a_whole_cohort_is_repeated():
    draws = {("not_evaluable", k): [0.1] for k in range(3)}
    records = play(build(truth=NOBODY_JUDGED, not_evaluable="leave"), uniforms=draws)
    assert decided(records)[:2] == [(40, 1, 1, 3, 0, STAY), (80, 1, 2, 3, 0, UP)]


# ---------------------------------------------------------------- death and other exits


def test_who_dies_in_the_window_is_replaced_from_the_report_of_the_death_on():
    """Candidate 2 dies on day 25: the candidate of day 30 has the place; decided on day 50."""
    records = play(build(), {("death", 2): [5]})
    assert who(records)[:5] == [(0, 0), (1, 10), (2, 20), (3, 30), (5, 50)]
    assert outcomes(records, 2, 3) == [NOT_EVALUABLE, FREE]
    assert times(records)[0] == 50


def test_or_counts_as_a_dlt():
    records = play(build(death_in_window="dlt"), {("death", 2): [5]})
    assert outcomes(records, 2) == [DLT]
    assert decided(records)[0] == (40, 1, 1, 3, 0, STAY)
    records = play(build(death_in_window="dlt", decide="when_known"), {("death", 2): [5]})
    assert times(records)[0] == 30


@pytest.mark.parametrize(("draw", "found"), [(0.299, DLT), (0.301, NOT_EVALUABLE)])
def test_or_does_so_in_a_share_of_the_deaths(draw, found):
    given = build(death_in_window={"dlt_if_related": "30%"})
    records = play(given, {("death", 2): [5]}, {("death/related", 2): [draw]})
    assert outcomes(records, 2) == [found]
    assert times(records)[0] == (40 if found == DLT else 50)


@pytest.mark.parametrize("deaths", ["not_evaluable", "dlt"])
def test_who_has_had_the_dlt_stays_one(deaths):
    given = build(death_in_window=deaths)
    records = play(given, {("dlt", 1): [4], ("death", 1): [5]})
    assert outcomes(records, 1) == [DLT]
    assert happened(given, records, "dlt") == [(1, "dlt", 14, 14, 14)], "and has it once"
    assert decided(records)[0] == (40, 1, 1, 3, 0, STAY)


@pytest.mark.parametrize("deaths", ["not_evaluable", "dlt"])
@pytest.mark.parametrize("day", [10, 15])
def test_who_dies_after_recovery_is_evaluable_without_a_dlt(deaths, day):
    """Also at the same instant, when recovery comes first."""
    records = play(build(ABSENCE, death_in_window=deaths), {("death", 1): [day]})
    assert outcomes(records, 0, 1, 2) == [FREE, FREE, FREE]
    assert decided(records)[0] == (40, 1, 2, 3, 0, UP)


@pytest.mark.parametrize(("deaths", "found"), [("not_evaluable", NOT_EVALUABLE), ("dlt", DLT)])
def test_who_dies_before_recovery_has_no_absence(deaths, found):
    given = build(ABSENCE, death_in_window=deaths)
    records = play(given, late(1) | {("death", 1): [15]})
    assert outcomes(records, 1) == [found]
    absences = [row[:3] for row in happened(given, records, "dlt")]
    assert absences == ([(1, "dlt", 25)] if found == DLT else []), (
        "not on day 30: who has died has no absence"
    )


@pytest.mark.parametrize("deaths", ["not_evaluable", "dlt"])
@pytest.mark.parametrize("day", [20 + TICK, 25])
def test_death_after_the_window_is_invisible(deaths, day):
    for events in (DIRECT, ABSENCE):
        given = build(events, death_in_window=deaths)
        records = play(given, {("death", 1): [day]})
        assert outcomes(records, 0, 1, 2) == [FREE, FREE, FREE]
        assert happened(given, records, "dlt") == []
        assert decided(records)[0] == (40, 1, 2, 3, 0, UP)
        assert exits(records)[1] == 10 + day
    records = play(build(ABSENCE, death_in_window=deaths), late(1) | {("death", 1): [day]})
    assert outcomes(records, 1) == [DLT]


def test_who_leaves_the_course_for_another_reason_is_not_evaluable():
    """As death: from day 25 on the place is open."""
    for events in (DIRECT, ABSENCE):
        records = play(
            build(events), late(2) | {("gone", 2): [5]} if events is ABSENCE else {("gone", 2): [5]}
        )
        assert outcomes(records, 2) == [NOT_EVALUABLE]
        assert who(records)[3] == (3, 30)
        assert times(records)[0] == 50


def test_who_could_not_be_judged_anyway_is_known_not_to_be_when_leaving():
    given = build(truth=NOBODY_JUDGED)
    records = play(given, {("death", 2): [5]}, {("not_evaluable", 2): [0.1]})
    assert who(records)[3] == (3, 30), "the place is open from day 25 on, not from day 40"


def test_leaving_after_recovery_or_after_the_window_changes_nothing():
    records = play(build(ABSENCE), {("gone", 2): [15]})
    assert outcomes(records, 2) == [FREE]
    records = play(build(), {("gone", 2): [20 + TICK]})
    assert outcomes(records, 2) == [FREE]
    assert times(records)[0] == 40


# ---------------------------------------------------------------- late reports


LAG = {"delays": {"dlt": {"report": "8 days"}}}


@pytest.mark.parametrize(
    ("day", "first", "second"),
    [
        (12, (40, 1, 1, 3, 0, STAY), None),  # reported on day 40: read by the choice of that instant
        (12 + TICK, (40, 1, 2, 3, 0, UP), (80, 2, 1, 3, 0, DOWN)),  # a tick later: by the next one
        (20, (40, 1, 2, 3, 0, UP), (80, 2, 1, 3, 0, DOWN)),
    ],
)
def test_a_dlt_reported_after_the_choice_changes_later_counts(day, first, second):
    """Level 2 is toxic on day 80. With 0 of 3 below it would be over (variant A); 1 of 3 needs three more."""
    days = {("dlt", 2): [day], **all_dlt(4, 5)}
    records = play(build(levels=LEVELS[:2], truth=LAG), days)
    assert decided(records)[0] == first
    if second:
        assert decided(records)[1] == second
    assert outcomes(records, 2) == [DLT]


def test_two_late_reports_make_a_dose_toxic_after_it_was_left():
    records = play(build(truth=LAG), all_dlt(1, on=20) | all_dlt(2, on=20))
    assert decided(records) == [(40, 1, 1, 3, 0, STAY), (80, 1, 0, 0, 0, NONE)], "38 and 48: one is in time"
    slow = {"delays": {"dlt": {"report": "25 days"}}}
    records = play(build(truth=slow), all_dlt(1, on=20) | all_dlt(2, on=20))
    assert decided(records) == [(40, 1, 2, 3, 0, UP), (80, 2, 0, 0, 0, NONE)]
