"""What a reader needs of slow accrual, adjudication and stops before anybody enters, in words and figures.

Evidence: by another way (the rule's own bounds, records and metrics of the same trials) and by hand (words).
"""

import numpy as np
import pytest

from simulator.errors import TrialstopError
from simulator.loading.alone import rule_alone
from simulator.reporting.boards import BoardSheet
from simulator.reporting.boundaries import told
from simulator.reporting.explain import explain
from simulator.reporting.narrative import trace
from simulator.reporting.plots import stopping_by_time
from simulator.reporting.plots._truths import Panel
from simulator.reporting.rule_sheets import boundaries
from simulator.study.run import run
from simulator.what_ifs.bounds import bounds_of
from tests.helpers import SEED, rule, scenario, until

SLOW = {"kind": "slow_accrual", "target": "20 within 3 years", "certainty": "less than 10%", "prior": "50%"}
PACE = {"rule": SLOW, "look": "every 5 months", "then": ["close_accrual"]}
TRUTH = {
    "accrual": "0.1 per month",
    "events": {"tox": {"probability": "20% in 30 days", "clock": "enrolment"}},
}


def of_pace(**more):
    design = {
        "accrual": {"until": ["20 treated", "5 years"]},
        "events": {"tox": {"window": "30 days"}},
        "monitoring": {"pace": PACE, "tox": rule("tox", 3)},
    }
    truths = {"bad": {**TRUTH, "acceptable": False}, "worse": {"extends": "bad", "acceptable": False}}
    return scenario(design, truths, **more)


def test_the_sheet_of_slow_accrual_has_its_bound_at_each_look_and_from_its_horizon_on():
    tox, pace = boundaries(of_pace())
    assert tox.name == "tox"
    assert isinstance(pace, BoardSheet)
    entries, _ = pace.tables
    days = [5 * 30.4375 * k for k in range(1, 8)]
    assert [record["day"] for record in entries.records] == pytest.approx([*days, 3 * 365.25])
    assert [record["most"] for record in entries.records] == [pace.rule.most_at(d) for d in [*days, 1095.75]]
    assert "from 3 years on  19 or fewer" in pace.text


def test_after_its_horizon_it_asks_for_what_it_asked_on_that_day():
    text = " ".join(explain(of_pace()).split())
    assert "35 months: 17 or fewer; 40 months: 19 or fewer" in text


def test_settings_of_slow_accrual_are_told_by_the_days_on_which_it_looks():
    given = of_pace()
    (design,) = given.designs.values()
    (bounds,) = bounds_of([design], design.monitoring["pace"], given.truths.values())
    assert bounds.at == (152, 304, 456, 608, 760, 913, 1065, 1095)
    assert told(bounds).endswith("day 1065: 17 or fewer; day 1095: 19 or fewer; not possible at day 152")


def test_slow_accrual_alone_is_refused():
    with pytest.raises(TrialstopError, match="reads accrual, and has none alone"):
        rule_alone("slow_accrual", 20)


def test_a_rule_that_a_variant_lacks_is_named_once_and_each_truth_says_whether_a_stop_is_wanted():
    given = of_pace(variants={"both": {}, "tox_alone": {"design.monitoring.pace": None}})
    text = explain(given)
    assert [line for line in text.splitlines() if "without" in line and "pace" in line] == [
        "  without pace (monitoring)"
    ]
    assert text.count("Not acceptable: a stop is a true stop.") == 2


def test_trials_that_stop_before_anybody_enters_are_in_the_curve():
    """At 0.1 a month nobody has entered by month 10 in 37 % of trials, and all of them stop then."""
    results = run(of_pace(), trials=200, seed=SEED)
    cell = results.cell("as_written", "bad")
    stops = cell.distributions[stopping_by_time.KEY]
    stopped = cell.metrics[stopping_by_time.P_STOP].value
    assert len(stops) < 200 * stopped
    around = {"names": {}, "title": (), "note": "", "left": 0.5, "right": 0.5, "above": 0.5}
    panel = Panel(truth="bad", variants=results.variants, **around)
    (curve,) = stopping_by_time._curves(results, panel, np.linspace(0.0, 60.0, 5))
    assert curve.share[-1] == pytest.approx(100 * stopped)


def test_the_story_says_what_is_never_reported_and_what_a_committee_found():
    design = {
        "accrual": until(30),
        "phases": {"only": {"lasts": "100 days"}},
        "events": {"seen": {}, "found": {}},
        "monitoring": {"rule": rule("found", 30)},
    }
    truth = {
        "accrual": "every 10 days",
        "events": {"seen": {"hazard": "5 per year"}, "found": {"hazard": "0"}},
        "delays": {"seen": {"report": "2 days", "never": "30%"}},
        "adjudication": {"seen": {"counts_as": "found", "probability": "50%", "takes": "3 days"}},
    }
    story = trace(scenario(design, {"one": truth}), variant="as_written", truth="one", trial=0, seed=SEED)
    text, events = " ".join(story.text().split()), story.records.events
    seen, found = events[events["event"] == 0], events[events["event"] == 1]
    assert 0 < len(found) < len(seen)
    never = int(np.isinf(seen["reported"]).sum())
    assert never > 0
    assert text.count("seen at once and never reported") == never
    assert text.count(": a committee decides on it") == len(seen) - never
    assert text.count(", as a committee will find") == len(found)
    assert text.count("'s found, as the committee found: counts for rule") == len(found)


@pytest.mark.parametrize(
    ("hazards", "found"),
    [
        ({"more": {"hazard": "1 per year"}}, ["more beside the hazard without a name that tox inherits"]),
        ({"more": {"hazard": "1 per year"}, "tox": None}, []),
        ({"tox": {"hazard": "1 per year"}}, []),
    ],
)
def test_components_added_to_an_inherited_hazard_without_a_name_are_warned_of(hazards, found):
    design = {
        "accrual": until(20),
        "events": {"tox": {"window": "30 days"}},
        "monitoring": {"tox": rule("tox", 3)},
    }
    truths = {"one": TRUTH, "two": {"extends": "one", "events": {"tox": {"components": hazards}}}}
    warnings = [problem.found for problem in scenario(design, truths).warnings]
    assert [text for text in warnings if "inherits" in text] == found


def test_a_hold_beside_the_end_of_accrual_is_warned_of():
    design = {
        "accrual": until(20),
        "events": {"tox": {"window": "30 days"}},
        "monitoring": {"tox": rule("tox", 3, then=["close_accrual", {"hold_accrual": "30 days"}])},
    }
    warnings = [problem.found for problem in scenario(design, {"one": TRUTH}).warnings]
    assert "`hold_accrual` beside `close_accrual`" in warnings
