"""Evidence: hand-worked. Amendments of the dose finding: when, from where on, and for whom.

The clock is that of tests.engine.dose_finding: cohorts of days 0, 10 and 20, chosen on day 40; then 40 to 60
and 80.
"""

import pytest

from tests.engine.dose_finding import (
    DIRECT,
    DOWN,
    LEVELS,
    NONE,
    OVER,
    STAY,
    TICK,
    UP,
    all_dlt,
    build,
    decided,
    entered,
    play,
    who,
)
from tests.helpers import course, exits, happened, script

AMENDED = -1  # instead of the design's reason
LADDER, START = "design.dose_finding.ladder", "design.dose_finding.start"


def amended(when, change=None, *, more=None, counts="start again", applies_to="new", **conduct):
    """Ladder 2 and 3 mg from 3 mg, amended to 1 and 2 mg from 1 mg unless `change` says otherwise."""
    first = {"when": when, "counts": counts, "applies_to": applies_to}
    first["change"] = change or {LADDER: ["1 mg", "2 mg"], START: "1 mg"}
    conduct = {"ladder": ["2 mg", "3 mg"], "start": "3 mg"} | conduct
    return build(more={"amendments": {"first": first} | (more or {})}, **conduct)


def versions(records):
    return [int(r["version"]) for r in records.patients]


def whose(records):
    """The amendment behind each decision, -1 for the design's own."""
    return [int(r["amendment"]) for r in records.decisions]


# ---------------------------------------------------------------- triggers


def test_a_toxic_dose_sends_it_to_the_new_start():
    records = play(amended("3 mg toxic"), all_dlt(0, 1))
    assert decided(records) == [
        (40, 3, 1, 3, 0, AMENDED),
        (80, 1, 2, 3, 0, UP),
        (120, 2, 0, 0, 2, OVER),
    ]
    assert whose(records) == [0, -1, -1]
    assert entered(records)[:4] == [(0, 0, 3, 0, 1), (1, 10, 3, 0, 1), (2, 20, 3, 0, 0), (4, 40, 1, 1, 0)]
    assert versions(records) == [0] * 3 + [1] * 6


def test_a_dose_that_is_not_toxic_does_not():
    records = play(amended("3 mg toxic"), all_dlt(0))
    assert decided(records)[0] == (40, 3, 3, 3, 0, STAY)
    assert set(versions(records)) == {0}


@pytest.mark.parametrize(("treated", "day"), [(1, 40), (3, 40), (4, 80), (6, 80)])
def test_a_number_treated(treated, day):
    """After 1 of 3 three more are treated: 3 by day 40, 6 by day 80. Looked for when a dose is due."""
    records = play(amended(f"{treated} treated"), all_dlt(0))
    assert [row[0] for row in decided(records) if row[5] == AMENDED] == [day]


@pytest.mark.parametrize(("days", "day"), [("1 day", 40), ("40 days", 40), ("41 days", 80), ("80 days", 80)])
def test_days_since_opening(days, day):
    records = play(amended(days), all_dlt(0))
    assert [row[0] for row in decided(records) if row[5] == AMENDED] == [day]


def test_days_since_opening_a_tick_late():
    records = play(amended(f"{40 + TICK!r} days"), all_dlt(0))
    assert [row[0] for row in decided(records) if row[5] == AMENDED] == [80]


@pytest.mark.parametrize(
    ("when", "dlts", "day"),
    [
        (["3 mg toxic", "6 treated"], (0,), 80),
        (["3 mg toxic", "6 treated"], (0, 1), 40),
        ({"all": ["3 mg toxic", "6 treated"]}, (0, 1), 80),
        ({"all": ["3 mg toxic", "6 treated"]}, (0,), None),
        ({"all": ["3 mg toxic", "6 treated", "81 days"]}, (0, 1, 4), 120),
        (["3 mg toxic", "6 treated", "30 days"], (), 40),
    ],
)
def test_any_one_or_every_one(when, dlts, day):
    """With two DLTs of three at 3 mg three are treated at 2 mg, from day 40, and chosen again on day 80.

    Candidate 4 has a DLT only where 2 mg is to go on: three more to day 120.
    """
    records = play(amended(when), all_dlt(*dlts))
    found = [row[0] for row in decided(records) if row[5] == AMENDED]
    assert found == ([] if day is None else [day])


def test_it_comes_before_the_end_that_the_design_would_choose():
    """2 mg is the lowest dose and toxic: none would be selected, and instead the ladder goes down."""
    records = play(amended("2 mg toxic", start="2 mg"), all_dlt(0, 1))
    assert decided(records)[0] == (40, 2, 1, 3, 0, AMENDED)
    records = play(amended("3 mg toxic", start="2 mg"), all_dlt(0, 1))
    assert decided(records) == [(40, 2, 0, 0, 0, NONE)]


def test_after_the_end_nothing_is_amended():
    records = play(amended("100 days", start="2 mg"))
    assert decided(records)[-1] == (80, 3, 0, 0, 3, OVER)
    assert set(versions(records)) == {0}


# ---------------------------------------------------------------- counts


def same_ladder(counts, **more):
    """1, 2 mg from 1 mg; after 3 treated from 2 mg on."""
    return amended("3 treated", {START: "2 mg"}, counts=counts, ladder=["1 mg", "2 mg"], start="1 mg", **more)


@pytest.mark.parametrize(
    ("counts", "last"),
    [
        ("keep", [(80, 2, 0, 0, 1, OVER)]),
        ("start again", [(80, 2, 1, 3, 0, DOWN), (120, 1, 0, 0, 1, OVER)]),
    ],
)
def test_whether_the_patients_of_the_version_before_count(counts, last):
    """0 of 3 at 1 mg, then 2 of 3 at 2 mg in the new version (A): 1 mg is selected if it counts."""
    records = play(same_ladder(counts), all_dlt(4, 5))
    assert decided(records) == [(40, 1, 2, 3, 0, AMENDED), *last]


def test_a_late_report_of_the_version_before_counts_only_where_counts_are_kept():
    """Two DLTs at 1 mg are reported on days 45 and 55, after the amendment."""
    slow = {"delays": {"dlt": {"report": "25 days"}}}
    days = all_dlt(1, on=10) | all_dlt(2, on=10)
    records = play(same_ladder("keep", truth=slow), days)
    assert decided(records) == [(40, 1, 2, 3, 0, AMENDED), (80, 2, 0, 0, 0, NONE)]
    records = play(same_ladder("start again", truth=slow), days)
    assert decided(records) == [(40, 1, 2, 3, 0, AMENDED), (80, 2, 0, 0, 2, OVER)]


def test_kept_counts_move_with_their_dose_to_its_place_on_the_new_ladder():
    """2 mg, of 0 of 3, is the lowest of the old ladder and the second of the new one."""
    change = {LADDER: ["1 mg", "2 mg", "3 mg"], START: "3 mg"}
    given = amended("3 treated", change, counts="keep", start="2 mg", variant="C")
    records = play(given, all_dlt(4, 5))
    assert decided(records)[:2] == [(40, 2, 3, 3, 0, AMENDED), (80, 3, 2, 3, 0, DOWN)]
    assert decided(records)[2] == (120, 2, 0, 0, 2, OVER), "3 kept and 3 more: 0 of 6"


def test_where_kept_counts_are_at_the_new_start_the_design_is_asked_at_once():
    """1 mg starts the new version with 0 of 3 kept: up at that instant, a second decision of day 40."""
    given = amended("3 treated", {START: "1 mg"}, counts="keep", ladder=list(LEVELS), start="1 mg")
    records = play(given)
    assert decided(records)[:3] == [(40, 1, 1, 0, 0, AMENDED), (40, 1, 2, 3, 0, UP), (80, 2, 3, 3, 0, UP)]
    assert [row[3] for row in entered(records)] == [0] * 3 + [2] * 3 + [3] * 3
    again = amended("3 treated", {START: "1 mg"}, ladder=list(LEVELS), start="1 mg")
    assert decided(play(again))[:2] == [(40, 1, 1, 3, 0, AMENDED), (80, 1, 2, 3, 0, UP)]


# ---------------------------------------------------------------- to whom it applies


def test_on_study_patients_change_to_the_new_start_at_that_instant():
    """Courses of 30 days: on day 40 candidate 1 has just left, 2 is on its day 20."""
    given = amended("3 mg toxic", applies_to="on_study")
    records = play(given, all_dlt(0, 1))
    assert course(given, records, 1) == [(10, "one", ("3 mg",))]
    assert course(given, records, 2) == [(20, "one", ("3 mg",)), (40, "one", ("1 mg",))]
    assert course(given, records, 4) == [(40, "one", ("1 mg",))]
    assert exits(records)[:3] == [30, 40, 50]
    assert entered(records)[2][2:] == (3, 0, 0), "counted at the dose that the patient was assigned"


def test_on_study_the_hazard_is_that_of_the_new_dose_from_that_instant_on():
    """Nobody has it at 1 mg; at 3 mg it comes at 0.1 per day. A threshold of 2.5 is reached on day 25 at 3
    mg only.

    Candidate 2, of day 20, changes on its day 20 with 2.0 used, and never gets there.
    """
    late = {"clock": "enrolment", "hazard": "0.1 per day", "dose_ratio": {"x": {"1 mg": 1e-9, "2 mg": 1e-9}}}
    for applies_to, expected in (("on_study", []), ("new", [(2, "late", 45.0)])):
        change = {LADDER: ["1 mg", "2 mg"], START: "1 mg"}
        first = {"when": "3 treated", "change": change, "applies_to": applies_to}
        given = build(
            DIRECT | {"late": {}},
            truth={"events": {"late": {"components": {"c": late}}}},
            more={"amendments": {"first": first}},
            ladder=["2 mg", "3 mg"],
            start="3 mg",
        )
        records = script(given, levels={("late", 2): [2.5]})
        found = [row[:3] for row in happened(given, records, "late")]
        assert found == [(k, e, pytest.approx(day, abs=1e-5)) for k, e, day in expected]


def test_new_patients_only():
    given = amended("3 mg toxic")
    records = play(given, all_dlt(0, 1))
    assert course(given, records, 2) == [(20, "one", ("3 mg",))]


# ---------------------------------------------------------------- several, and none


def test_two_in_a_row():
    second = {
        "when": "6 treated",
        "change": {LADDER: ["1 mg"], START: "1 mg"},
        "counts": "start again",
    }
    given = amended("3 treated", {LADDER: ["2 mg"], START: "2 mg"}, more={"second": second})
    records = play(given)
    assert decided(records) == [
        (40, 3, 2, 3, 0, AMENDED),
        (80, 2, 1, 3, 0, AMENDED),
        (120, 1, 0, 0, 1, OVER),
    ]
    assert whose(records) == [0, 1, -1]
    assert versions(records) == [0] * 3 + [1] * 3 + [2] * 3


def test_the_second_waits_for_the_first():
    """Its trigger holds on day 40, that of the first only on day 80; then it follows at the next choice."""
    second = {"when": "3 treated", "change": {LADDER: ["1 mg"], START: "1 mg"}}
    given = amended("6 treated", {LADDER: ["2 mg"], START: "2 mg"}, more={"second": second})
    records = play(given, all_dlt(0))
    assert [(row[0], row[2]) for row in decided(records)] == [(40, 3), (80, 2), (120, 1), (160, 0)]
    assert whose(records) == [-1, 0, 1, -1]


def test_the_conduct_may_change_too():
    """From then on a choice is made when all is known: a DLT of the last patient 5 days after entry."""
    given = amended("3 treated", {"design.dose_finding.decide": "when_known"})
    records = play(given, all_dlt(6))
    assert [row[0] for row in decided(records)[:2]] == [40, 70], "candidate 5, of day 50, is known on day 70"


def test_the_design_may_change_too():
    """Variant C wants six where A was content with three."""
    given = amended("3 treated", {"design.dose_finding.variant": "C"}, ladder=["1 mg"], start="1 mg")
    records = play(given)
    assert [row[0] for row in decided(records)] == [40, 80, 120]
    assert len(who(records)) == 9, "three that no longer count, and six"


def test_the_expansion_is_at_the_dose_of_the_last_version():
    first = {"when": "3 mg toxic", "change": {LADDER: ["1 mg"], START: "1 mg"}}
    more = {"amendments": {"first": first}, "expansion": {"at": "mtd", "patients": 2}}
    given = build(more=more, ladder=["2 mg", "3 mg"], start="3 mg")
    records = play(given, all_dlt(0, 1))
    assert entered(records)[-2:] == [(8, 80, 1, -1, 0), (9, 90, 1, -1, 0)]
    assert versions(records)[-1] == 1


def test_without_amendments_the_first_ladder_goes_on():
    given = build(ladder=["2 mg", "3 mg"], start="3 mg")
    records = play(given, all_dlt(0, 1))
    assert decided(records) == [(40, 3, 2, 3, 0, DOWN), (80, 2, 0, 0, 2, OVER)]
