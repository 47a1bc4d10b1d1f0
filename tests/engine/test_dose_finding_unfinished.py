"""Evidence: hand-worked. What is recommended where the trial ends before the dose finding does.

The design and its clock are those of tests.engine.dose_finding: entries on days 0, 10 and 20, windows of 20
days, and a fourth patient on day 40.
"""

import pytest

from simulator.metrics.collect import collect
from tests.differential.engines import difference
from tests.engine.dose_finding import all_dlt, build, decided, play
from tests.helpers import draws

ENDED = -1  # in the place of a reason
CLOSES = {
    "counts": {"event": "dlt"},
    "rule": {"kind": "at_least", "count": 2},
    "then": ["close_accrual"],
}


def boin(**more):
    """BOIN of up to 24 patients, with accrual up to 4 and no rule unless said otherwise."""
    return build(**{"until": 4, "kind": "boin", "target": "30%", "n_max": 24, **more})


def test_accrual_that_ends_within_a_cohort_leaves_what_the_design_would_say():
    """0 of 3 at 1 mg, then 0 of 1 at 2 mg on day 60: the higher of two rates below the target."""
    assert decided(play(boin()))[-1] == (60, 2, 0, 0, 2, ENDED)


def test_the_last_outcome_decides():
    """1 of 1 at 2 mg: 1 mg is nearer to 30%. The row is of the day when the window is over."""
    assert decided(play(boin(), all_dlt(4)))[-1] == (60, 2, 0, 0, 1, ENDED)


def test_a_rule_that_stops_the_trial():
    """Two DLTs by day 15 close it; the windows are over on day 30. 2 of 2 do not yet eliminate the dose."""
    records = play(boin(until=24, more={"monitoring": {"harm": CLOSES}}), all_dlt(0, 1))
    assert decided(records) == [(30, 1, 0, 0, 1, ENDED)]


def test_a_lowest_dose_that_is_eliminated_is_not_recommended():
    """3 of 3: P(rate > 30%) is 99.2%. The rule closes accrual on the report of the third, on day 25."""
    harm = {**CLOSES, "rule": {"kind": "at_least", "count": 3}}
    records = play(boin(until=24, more={"monitoring": {"harm": harm}}), all_dlt(0, 1, 2))
    assert decided(records) == [(40, 1, 0, 0, 0, ENDED)]


def test_a_report_that_comes_late_is_waited_for():
    """The DLT of candidate 4, of day 45, is reported on day 70."""
    slow = {"delays": {"dlt": {"report": "25 days"}}}
    assert decided(play(boin(truth=slow), all_dlt(4)))[-1] == (70, 2, 0, 0, 1, ENDED)


def test_a_rule_that_stops_while_a_cohort_waits_for_more():
    """Candidates every 100 days; slow accrual closes it on day 150, when both windows are over."""
    slow = {
        "counts": {"event": "dlt"},
        "rule": {"kind": "at_most", "count": 5, "minimum_n": 2},
        "look": "every 150 days",
        "then": ["close_accrual"],
    }
    program = boin(until=24, truth={"accrual": "every 100 days"}, more={"monitoring": {"slow": slow}})
    assert decided(play(program)) == [(150, 1, 0, 0, 1, ENDED)]
    assert difference(program, 3) == ""


def test_three_plus_three_says_nothing_then():
    rows = decided(play(build(until=4)))
    assert [row[2] for row in rows] == [2]


SHARES = ["p_select.none", *(f"p_select.{level} mg" for level in (1, 2, 3))]


@pytest.mark.parametrize("until", [2, 4, 24])
def test_every_trial_comes_to_a_dose_or_to_none(until):
    """Also where a rule stops it, somebody cannot be judged, or reports are late; in both engines alike."""
    truth = {
        "accrual": "1 per week",
        "not_evaluable": "20%",
        "events": {"dlt": {"hazard": "0.02 per day"}, "gone": {"hazard": "0.01 per day"}},
        "delays": {"dlt": {"report": {"uniform": ["0 days", "30 days"]}}},
    }
    program = boin(until=until, truth=truth, more={"monitoring": {"harm": CLOSES}})
    assert difference(program, 60) == ""
    found = collect(program, draws(program, 60))
    assert sum(found[key].mean() for key in SHARES) == pytest.approx(1, abs=1e-12)
    assert found["p_unfinished"].mean() == 0
