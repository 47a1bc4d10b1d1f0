"""Mistakes in monitoring with late outcomes, on the shipped Ferrajoli scenario (hand-worked)."""

import pytest

from simulator.errors import ScenarioError
from simulator.loading.load import load

FERRAJOLI = "scenarios/ferrajoli.yaml"
TSE = "design.monitoring.tse"

MISTAKES = [
    (["design.events.response.window=2 months"], "events.response.window", "first visit that finds response"),
    ([f"{TSE}.counts.response.window=30 days"], "counts.response.window", "first visit that finds response"),
    (["design.events.response.window=null"], "among", "response has no window"),
    (
        [f"{TSE}.among=weight", f"{TSE}.counts.toxicity.unit=courses"],
        "counts.toxicity.unit",
        "among `weight`",
    ),
    ([f"{TSE}.counts.toxicity.unit=events"], "counts.toxicity.unit", "`events`"),
    ([f"{TSE}.among=evaluable"], "among", "evaluable"),
    ([f"{TSE}.wait=forever"], "wait", "forever"),
    ([f"{TSE}.rule.toxicity.prior.events=0"], "rule.toxicity.prior.events", "0"),
    ([f"{TSE}.rule.response.prior.others=-1"], "rule.response.prior.others", "-1"),
    ([f"{TSE}.rule.toxicity.certainty=more than 100%"], "rule.toxicity.certainty", "100%"),
    ([f"{TSE}.rule.toxicity.certainty=less than 95%"], "rule.toxicity", "less than 95%"),
    ([f"{TSE}.rule.toxicity.standard=130%"], "rule.toxicity.standard", "130%"),
    ([f"{TSE}.counts.response=null"], "counts.response", "nothing"),
    (["truths.design_null.traits.haem_risk.beta=[0, 1]"], "traits.haem_risk.beta", "0"),
    (["truths.design_null.traits.toxic=null"], "events.toxicity", "toxic"),
]


@pytest.mark.parametrize(("sets", "place", "found"), MISTAKES, ids=[m[0][-1] for m in MISTAKES])
def test_a_mistake_is_named_with_its_place(sets, place, found):
    with pytest.raises(ScenarioError) as caught:
        load(FERRAJOLI, sets)
    errors = [p for p in caught.value.problems if p.severity == "error"]
    assert any(place in p.path and found in p.found for p in errors), caught.value


@pytest.mark.parametrize(
    ("component", "warned"),
    [
        ("{probability: 30% in 28 days}", True),
        ("{clock: enrolment, probability: 30% in 28 days}", False),
        ("{probability: 30% in 27 days}", False),
        ("{hazard: 0.01 per day}", False),
    ],
)
def test_a_risk_within_the_window_that_goes_on_after_it_is_said(component, warned):
    given = load(FERRAJOLI, [f"truths.design_null.events.toxicity={component}"])
    found = [w for w in given.warnings if "goes on after" in w.found]
    assert [w.path for w in found] == ["truths.design_null.events.toxicity.probability"] * warned


def test_known_is_allowed_and_said_to_be_biased():
    unread, warning = load(FERRAJOLI).warnings
    assert unread.found == "looks up to 40 completed of 45: patients 41 to 45 are never read"
    assert warning.severity == "warning"
    assert "biased towards the outcome that shows first" in warning.found
    assert "pending_known" in warning.path
