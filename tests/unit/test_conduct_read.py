"""Slow accrual, variants and truths in words, and warnings of hazards (by hand)."""

import pytest

from simulator.reporting.boundaries import told
from simulator.reporting.explain import explain
from simulator.reporting.rule_sheets import boundaries
from simulator.what_ifs.bounds import bounds_of
from tests.helpers import rule, scenario, until

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


def test_after_its_horizon_it_asks_for_what_it_asked_on_that_day():
    text = " ".join(explain(of_pace()).split())
    (sheet,) = (sheet for sheet in boundaries(of_pace()) if sheet.name == "pace")
    assert sheet.tables[0].rows[-1] == ["40 months", "19 or fewer"]
    assert "35 months: 17 or fewer; 40 months: 19 or fewer" in text


def test_settings_of_slow_accrual_are_told_by_the_days_on_which_it_looks():
    given = of_pace()
    (design,) = given.designs.values()
    (bounds,) = bounds_of([design], design.monitoring["pace"], given.truths.values())
    assert bounds.at == (152, 304, 456, 608, 760, 913, 1065, 1095)
    assert told(bounds).endswith("day 1065: 17 or fewer; day 1095: 19 or fewer; not possible at day 152")


def test_a_rule_that_a_variant_lacks_is_named_once_and_each_truth_says_whether_a_stop_is_wanted():
    given = of_pace(variants={"both": {}, "tox_alone": {"design.monitoring.pace": None}})
    text = explain(given)
    assert [line for line in text.splitlines() if "without" in line and "pace" in line] == [
        "  without pace (monitoring)"
    ]
    assert text.count("Not acceptable: a stop is a true stop.") == 2


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
