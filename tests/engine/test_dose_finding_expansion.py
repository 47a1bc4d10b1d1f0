"""Evidence: hand-worked. The expansion at the dose selected, and the rule that watches that dose.

The clock is that of tests.engine.dose_finding. Two doses and no DLT: cohorts enter from days 0 and 40, the
second dose is selected on day 80, and the expansion enters on days 80, 90, 100 and 110.
"""

import pytest
from scipy.optimize import brentq
from scipy.stats import beta

from simulator.contracts import Observed, Plan
from tests.engine.dose_finding import (
    LEVELS,
    NOT_EVALUABLE,
    OVER,
    all_dlt,
    build,
    decided,
    entered,
    play,
    times,
    who,
)
from tests.helpers import ROOT, dates, loaded, looks, of_file, rule

PLAN = Plan(max_n=1000)  # these rules do not depend on it

TWO = LEVELS[:2]
MTD = {"dose": "mtd"}
MEC = ROOT / "scenarios/mec.yaml"


def build_expansion(
    patients=4, *, until=24, count=99, truth=None, look="every 1 completed", among="completed", **more
):
    watch = rule("dlt", count, look=look, among=among, scope=more.pop("scope", MTD))
    watch |= more.pop("watch", {})
    design = {
        "expansion": {"at": "mtd", "patients": patients},
        "monitoring": {"rule": watch},
        "accrual": {"until": f"{until} treated", "while_held": more.pop("while_held", "lost")},
    }
    return build(levels=TWO, truth=truth, more=design, **more)


# ---------------------------------------------------------------- who enters


def test_so_many_more_at_the_dose_selected_without_cohorts():
    records = play(build_expansion())
    assert entered(records) == [
        *[(k, 10 * k, 1, 0, 0) for k in (0, 1, 2)],
        *[(k, 10 * k, 2, 1, 0) for k in (4, 5, 6)],
        *[(k, 10 * k, 2, -1, 0) for k in (8, 9, 10, 11)],
    ]
    assert decided(records)[-1] == (80, 2, 0, 0, 2, OVER)
    assert int(records.trials["lost"][0]) == 2, "days 30 and 70; from day 120 on accrual is closed"


def test_at_the_lower_dose_where_the_higher_is_toxic():
    records = play(build_expansion(), all_dlt(4, 5))
    assert decided(records)[-1] == (80, 2, 0, 0, 1, OVER)
    assert [row[2] for row in entered(records)[6:]] == [1, 1, 1, 1]


def test_without_a_dose_there_is_none():
    records = play(build_expansion(), all_dlt(0, 1))
    assert who(records) == [(0, 0), (1, 10), (2, 20)]


def test_who_cannot_be_judged_in_the_expansion_is_not_replaced():
    records = play(build_expansion(truth={"not_evaluable": "20%"}), uniforms={("not_evaluable", 9): [0.1]})
    assert [row[0] for row in entered(records)] == [0, 1, 2, 4, 5, 6, 8, 9, 10, 11]
    assert entered(records)[7] == (9, 90, 2, -1, NOT_EVALUABLE)


def test_the_limit_of_accrual_cuts_it():
    records = play(build_expansion(until=8))
    assert [row[0] for row in entered(records)[6:]] == [8, 9]


def test_on_demand_it_enters_at_once_and_queued_from_the_queue():
    records = play(build_expansion(while_held="on_demand"))
    assert who(records)[6:] == [(k, 40) for k in (6, 7, 8, 9)]
    records = play(build_expansion(while_held="queued"))
    assert who(records)[6:] == [(6, 70), (7, 70), (8, 80), (9, 90)], "6 came on day 60, the second dose full"


@pytest.mark.parametrize(
    ("way", "dlts", "selected", "expected"),
    [
        ("lost", all_dlt(5, on=15) | all_dlt(6), 80, [(8, 80), (9, 90), (10, 100), (11, 110)]),
        ("queued", all_dlt(4, on=20) | all_dlt(5, on=10), 70, [(6, 70), (7, 70), (8, 80), (9, 90)]),
        ("on_demand", all_dlt(4, 5), 40, [(6, 40), (7, 40), (8, 40), (9, 40)]),
    ],
)
def test_a_look_due_again_after_that_of_the_instant_lifts_its_hold(way, dlts, selected, expected):
    """The first DLT has a look wait for the windows; it is taken on the day, before the dose is selected.

    Then three are treated at the selected dose: another look is due and holds accrual, though the windows are
    over and that of the instant has been taken. (Seed 1072, trial 26: nobody entered any more, for ever.)
    """
    look = {"at": ["3 treated", "1 dlt events"]}
    given = build_expansion(look=look, while_held=way, watch={"wait": "accrual"})
    records = play(given, dlts)
    assert decided(records)[-1] == (selected, 2, 0, 0, 1, OVER)
    assert looks(given, records) == [(selected, 0, 0)]
    assert who(records)[6:] == expected


# ---------------------------------------------------------------- what the rule reads


def test_it_reads_everyone_at_the_dose_and_nobody_else_from_the_selection_on():
    """Three of the escalation on day 80, then one more on days 100, 110, 120 and 130."""
    given = build_expansion()
    assert looks(given, play(given)) == [(80, 3, 0), (100, 4, 0), (110, 5, 0), (120, 6, 0), (130, 7, 0)]


def test_dlts_at_other_doses_do_not_count_and_those_of_the_escalation_at_this_dose_do():
    """1 of 3 at 1 mg, then 0 of 3; 1 of 3 at 2 mg, then 0 of 3: selected on day 160 with 6 patients."""
    given = build_expansion()
    records = play(given, all_dlt(1, 9))
    assert times(records) == [40, 80, 120, 160]
    assert looks(given, records)[:2] == [(160, 6, 1), (180, 7, 1)]


def test_at_the_lower_dose_too():
    """2 mg is toxic: 1 mg is selected on day 80 with its three, of whom none had a DLT."""
    given = build_expansion()
    records = play(given, all_dlt(4, 5, 8))
    assert looks(given, records) == [(80, 3, 0), (100, 4, 1), (110, 5, 1), (120, 6, 1), (130, 7, 1)]


def test_a_dlt_of_the_escalation_reported_after_the_selection_counts_from_its_report_on():
    """Candidate 6, of day 60, has it on day 80, reported on day 88; 2 mg stays the dose of the expansion."""
    given = build_expansion(truth={"delays": {"dlt": {"report": "8 days"}}})
    records = play(given, {("dlt", 6): [20]})
    assert decided(records)[-1] == (80, 2, 0, 0, 2, OVER)
    assert looks(given, records)[:2] == [(80, 3, 0), (100, 4, 1)]


def test_an_open_window_is_not_completed():
    given = build_expansion(look={"at": ["99 days", "100 days"]})
    records = play(given, all_dlt(8))
    assert looks(given, records) == [(99, 3, 0), (100, 4, 1)]


def test_among_the_treated_a_pending_patient_counts_with_the_dlt_already_reported():
    days = [f"{day} days" for day in (79, 80, 81, 84, 85, 90)]
    given = build_expansion(look={"at": days}, among="treated")
    found = {day: (n, x) for day, n, x in looks(given, play(given, all_dlt(8)))}
    assert found.get(79, (0, 0)) == (0, 0), "before there is a dose selected, there is nobody"
    assert found[80] == (0, 0), "looks come before the choice of their instant"
    assert [found[day] for day in (81, 84, 85, 90)] == [(4, 0), (4, 0), (4, 1), (4, 1)]


def test_who_cannot_be_judged_is_left_out():
    """Candidate 5 of the escalation (found out on day 70, replaced by 7) and 8 of the expansion."""
    given = build_expansion(truth={"not_evaluable": "20%"})
    draws = {("not_evaluable", 5): [0.1], ("not_evaluable", 8 + 2): [0.1]}
    records = play(given, all_dlt(5, 10), draws)
    assert decided(records)[-1][0] == 90
    assert who(records)[6:] == [(7, 70), (9, 90), (10, 100), (11, 110), (12, 120)]
    assert looks(given, records) == [(90, 3, 0), (110, 4, 0), (130, 5, 0), (140, 6, 0)]


@pytest.mark.parametrize(("among", "expected"), [("treated", (6, 2)), ("known", (4, 1)), ("fail", (5, 2))])
def test_also_in_the_numerator_but_not_among_everyone_treated(among, expected):
    """A DLT of candidate 1, at 1 mg, is never counted: selected on day 120 with 8, 9 and 10; then 12, 13 and
    14.

    12 has a DLT, and is found on day 140 not to be evaluable; 13 has one on day 135; 14 is pending on day
    141.
    """
    given = build_expansion(truth={"not_evaluable": "20%"}, look={"at": ["141 days"]}, among=among)
    records = play(given, all_dlt(1, 12, 13), {("not_evaluable", 12): [0.1]})
    assert [k for k, _ in who(records)[6:12]] == [8, 9, 10, 12, 13, 14]
    assert looks(given, records) == [(141, *expected)]


def test_who_dies_in_the_window_is_left_out():
    given = build_expansion()
    records = play(given, {("death", 9): [5], ("gone", 4): [5]})
    assert who(records)[3:7] == [(4, 40), (5, 50), (6, 60), (7, 70)]
    assert who(records)[7] == (9, 90)
    assert looks(given, records) == [(90, 3, 0), (120, 4, 0), (130, 5, 0), (140, 6, 0)]


def test_a_death_that_counts_as_a_dlt_counts_for_the_rule():
    given = build_expansion(death_in_window="dlt")
    records = play(given, {("death", 9): [5]})
    assert looks(given, records) == [(80, 3, 0), (100, 4, 0), (110, 5, 1), (120, 6, 1), (130, 7, 1)]


def test_without_the_scope_everyone_counts_from_the_start():
    """Candidate 1 has a DLT: three more at 1 mg from day 40, 2 mg from day 80, the expansion from day 120."""
    given = build_expansion(scope={})
    entries = (0, 10, 20, 40, 50, 60, 80, 90, 100, 120, 130, 140, 150)
    expected = [(day + 20, n, int(n > 1)) for n, day in enumerate(entries, start=1)]
    assert looks(given, play(given, all_dlt(1))) == expected


# ---------------------------------------------------------------- what it does


def test_a_stop_closes_accrual_at_once():
    """DLTs of candidates 8 and 9: the window of 9 is over on day 110, whose candidate is not enrolled."""
    given = build_expansion(count=2, patients=9)
    records = play(given, all_dlt(8, 9))
    assert looks(given, records)[-1] == (110, 5, 2)
    assert dates(given, records)[1:] == (110, 110, 110)
    assert [k for k, _ in who(records)[6:]] == [8, 9, 10]


def test_a_stop_at_the_selection_itself_leaves_the_expansion_empty():
    """1 of 6 at 2 mg selected on day 120; a rule that stops at 1 fires there, and nobody enters."""
    given = build_expansion(count=1)
    records = play(given, all_dlt(5))
    assert decided(records)[-1] == (120, 2, 0, 0, 2, OVER)
    assert looks(given, records) == [(120, 6, 1)]
    assert dates(given, records)[1:] == (120, 120, 120)
    assert len(who(records)) == 9


def test_it_cannot_stop_the_escalation():
    """Both DLTs at 2 mg are no reason for it: 2 mg is not selected."""
    given = build_expansion(count=1)
    records = play(given, all_dlt(4, 5))
    assert dates(given, records) is None
    assert len(who(records)) == 10


# ---------------------------------------------------------------- the rule of the MEC scenario


BOUND = dict(zip(range(6, 18), (4, 5, 5, 5, 6, 6, 7, 7, 8, 8, 8, 9), strict=True))


def test_the_bound_of_the_rule_in_the_scenario():
    """Pr(p > 33 %) > 90 % under Beta(0.33, 0.67), by SciPy; and nothing below 6 patients."""
    program = of_file(MEC, "not_amended", "observed_like")
    (boundary,) = program.monitors[0].table.boundaries
    assert {n: boundary.bound[n] for n in BOUND} == BOUND
    assert all(bound is None for bound in boundary.bound[:6])
    for n in range(6, 61):
        first = next(x for x in range(n + 1) if beta.sf(0.33, 0.33 + x, 0.67 + n - x) > 0.9)
        assert boundary.bound[n] == first


def test_the_dose_is_weakly_supported_after_one_of_seven():
    """Pr(p > .33) = .1117 and mean .166: published in the digest of the design, and by root finding."""
    found = loaded(MEC).designs["as_amended"].monitoring["expansion_toxicity"].rule
    assert found.evidence(7, 1, PLAN, "stop") == pytest.approx(0.1117, abs=5e-5)
    assert not found.assess([Observed(7, 1)], PLAN).stop
    median = brentq(lambda q: beta.cdf(q, 1.33, 6.67) - (1 - found.evidence(7, 1, PLAN, "stop")), 0.01, 0.99)
    assert median == pytest.approx(0.33, abs=1e-6)
