"""Evidence: exact. Looks by the calendar are bounded while patients enter, whatever the law of accrual."""

import pytest

from simulator.errors import ScenarioError
from simulator.loading.load import load
from tests.helpers import ROOT, rule, scenario

FAR = {"lognormal": {"median": "100 days", "sigma": 3}}  # a report may be millions of days late


def design(look, *until, **more):
    held = {"accrual": {"until": list(until)}, "events": {"x": {"window": "30 days"}}}
    return held | {"monitoring": {"rule": rule("x", 2, look=look)}} | more


@pytest.mark.parametrize(
    ("look", "accrual", "late", "looks"),
    [
        ("every 1 day", "every 100 days", {}, "1,000,000 looks"),
        ("every 2 days", "1 per year", {}, "1,826,250 looks"),
        ("every 1 day", "one after another", {"x": {"report": FAR}}, "looks while patients enter"),
    ],
)
def test_more_looks_than_a_trial_can_have_are_refused(look, accrual, late, looks):
    truth = {"accrual": accrual, "events": {"x": {"hazard": "1 per year"}}, "delays": late}
    with pytest.raises(ScenarioError) as caught:
        scenario(design(look, "10000 treated"), {"truth": truth})
    (problem,) = (p for p in caught.value.problems if p.severity == "error")
    assert problem.path == "design.monitoring.rule.look"
    assert looks in problem.found


def test_a_last_day_bounds_them():
    truth = {"accrual": "every 100 days", "events": {"x": {"hazard": "1 per year"}}}
    assert scenario(design("every 1 day", "10000 treated", "200 years"), {"truth": truth}).designs


def test_shipped_scenarios_may_look_every_day():
    assert load(ROOT / "scenarios/leni.yaml", ["design.monitoring.thrombosis_rule.look=every 1 day"])
