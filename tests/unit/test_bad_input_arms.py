"""Mistakes in arms, randomisation, screening and refusal, on the shipped Khouri scenario (hand-worked)."""

import pytest

from simulator.errors import ScenarioError
from simulator.loading.load import load
from tests.helpers import ROOT, rule, scenario, until

KHOURI, LENI = ROOT / "scenarios/khouri.yaml", ROOT / "scenarios/leni.yaml"
DIFFERENCE = "design.monitoring.difference"
BY_TIME = f"{DIFFERENCE}.rule={{kind: event_split, by: person_time, level: at most 5%}}"
GVHD = "truths.reported.events.gvhd.components"

MISTAKES = [
    (["design.arms.standard.share=0"], "arms.standard.share", "0"),
    (["design.arms.standard.gives={imatinib: 400 mg}"], "arms.standard.gives.imatinib", "imatinib"),
    (["design.arms.standard.gives={lenalidomide: 20 mg}"], "arms.standard.gives.lenalidomide", "20 mg"),
    (["design.randomisation.sizes=[2, 3]"], "randomisation.sizes", "blocks of 3 for arms of 1 : 1"),
    (["design.arms.standard.share=2"], "randomisation.sizes", "blocks of 2 for arms of 1 : 2"),
    (["design.randomisation.method=simple"], "randomisation.sizes", "sizes of blocks"),
    (["design.randomisation.stratum=age"], "randomisation.stratum", "age"),
    (["design.refusal.lenalidomide=null", "design.refusal.lena=1 of 8"], "refusal.lena", "lena"),
    (["design.refusal.then=nothing"], "refusal.then", "nothing"),
    (["design.refusal.then=nothing", f"{DIFFERENCE}.look=every 5 treated"], "refusal.then", "nothing"),
    (["design.refusal.then=lenalidomide"], "refusal.then", "which some refuse"),
    (["design.refusal.only_if=wary"], "refusal.only_if", "wary"),
    (["design.refusal.lenalidomide=9 of 8"], "refusal.lenalidomide", "9 of 8"),
    (["design.screening.eligible=0%"], "screening.eligible", "nobody eligible"),
    (
        ["design.screening.eligible=0.01%", "design.accrual.until=40 randomised"],
        "screening.eligible",
        "400,000 candidates to be registered",
    ),
    (["design.screening.takes=never"], "screening.takes", "never"),
    (["design.accrual.while_held=on_demand"], "accrual.while_held", "on_demand"),
    (["truths.reported.accrual=1000 per day"], "truths.reported.accrual", "candidates in screening"),
    (["design.accrual.until=[40 treated, 42 months]"], "accrual.until", "40 treated"),
    (["design.accrual.until=[38 registered]"], "accrual.until", "no number of patients"),
    (["design.accrual.until=[10 randomised in standard]"], "accrual.until", "10 randomised in standard"),
    ([f"{DIFFERENCE}.compare=[lenalidomide, lenalidomide]"], "compare", "compared with itself"),
    ([f"{DIFFERENCE}.compare=[lenalidomide]"], "compare", "a list of 1"),
    ([f"{DIFFERENCE}.compare=[lenalidomide, imatinib]"], "compare", "imatinib"),
    ([f"{DIFFERENCE}.compare=null"], "difference.rule", "without `compare`"),
    ([f"{DIFFERENCE}.arms=standard"], "difference.arms", "beside `compare`"),
    ([f"{DIFFERENCE}.counts.unit=events"], "counts", "`events`"),
    ([f"{DIFFERENCE}.among=weight"], "among", "`weight`"),
    ([f"{DIFFERENCE}.population=per_protocol"], "population", "per_protocol"),
    ([f"{DIFFERENCE}.look=every 5 treated in imatinib"], "look", "imatinib"),
    ([f"{DIFFERENCE}.rule.certainty=more than 100%"], "rule.certainty", "100%"),
    (["design.monitoring.gvhd_alone.compare=[lenalidomide, standard]"], "gvhd_alone", "reads one count"),
    (["design.monitoring.gvhd_alone.arms=[lenalidomide, placebo]"], "gvhd_alone.arms", "placebo"),
    (["design.monitoring.gvhd_alone.arms=[]"], "gvhd_alone.arms", "no arm"),
    (["design.monitoring.gvhd_alone.arms=[standard, standard]"], "gvhd_alone.arms", "standard, standard"),
    (["design.accrual.until=20000 randomised"], "accrual.until", "20000 randomised"),
    (["design.phases.treatment.gives={}"], "population", "given nothing of its own at entry"),
    ([f"{GVHD}.off_drug.arms=placebo"], "off_drug.arms", "placebo"),
    ([f"{GVHD}.off_drug.arm_ratio={{placebo: 2}}"], "off_drug.arm_ratio", "placebo"),
    ([f"{GVHD}.off_drug.arm_ratio={{standard: -1}}"], "off_drug.arm_ratio.standard", "-1"),
    ([f"{GVHD}.off_drug.clock=screening"], "off_drug.clock", "screening"),
    ([BY_TIME, f"{DIFFERENCE}.among=completed"], "difference.among", "`completed`"),
    ([BY_TIME, f"{DIFFERENCE}.among=treated", f"{DIFFERENCE}.counts.unit=courses"], "unit", "`courses`"),
]  # fmt: skip


@pytest.mark.parametrize(("sets", "place", "found"), MISTAKES, ids=[m[0][-1] for m in MISTAKES])
def test_a_mistake_is_named_with_its_place(sets, place, found):
    with pytest.raises(ScenarioError) as caught:
        load(KHOURI, sets)
    errors = [p for p in caught.value.problems if p.severity == "error"]
    assert any(place in p.path and found in p.found for p in errors), caught.value


WITHOUT_ARMS = [
    ("design.refusal={drug: 1 of 8, then: untreated}", "refusal", "without arms"),
    ("design.randomisation={method: permuted_blocks}", "randomisation", "without arms"),
    ("design.arms={drug: {}}", "arms", "alone"),
    ("design.accrual.until=20 randomised", "accrual.until", "20 randomised"),
    ("design.accrual.until=[20 treated, 38 registered]", "accrual.until", "38 registered"),
    ("design.monitoring.combination_rule.arms=drug", "arms", "without arms"),
    ("design.monitoring.combination_rule.population=as_treated", "population", "without arms"),
    ("design.monitoring.combination_rule.look=every 5 treated in each arm", "look", "without arms"),
    ("design.monitoring.combination_rule.look=every 5 randomised", "look", "without arms"),
    ("design.monitoring.combination_rule.look=every 5 registered", "look", "without screening"),
    ("design.arms={untreated: {}, pooled: {}}", "arms.untreated", "an arm named untreated"),
]


def rule_of_leni() -> str:
    return next(iter(load(LENI).designs["combination_only"].monitoring))


@pytest.mark.parametrize(("change", "place", "found"), WITHOUT_ARMS, ids=[m[0] for m in WITHOUT_ARMS])
def test_what_needs_arms_says_so(change, place, found):
    with pytest.raises(ScenarioError) as caught:
        load(LENI, [change.replace("combination_rule", rule_of_leni())])
    errors = [p for p in caught.value.problems if p.severity == "error"]
    assert any(place in p.path and found in p.found for p in errors), caught.value


def test_follow_up_of_more_than_the_scope_is_warned_of():
    split = {"kind": "event_split", "by": "person_time", "level": "at most 5%"}
    design = {
        "accrual": until(10),
        "arms": {"one": {}, "other": {}},
        "phases": {"first": {"lasts": "30 days", "next": "second"}, "second": {"lasts": "30 days"}},
        "events": {"x": {}},
        "monitoring": {"rule": {"counts": {"event": "x"}, "compare": ["one", "other"], "rule": split}},
    }
    design["monitoring"]["rule"]["scope"] = {"phases": ["first"]}
    found = scenario(design, {"truth": {"accrual": "1 per day", "events": {"x": {"hazard": "1 per year"}}}})
    (warned,) = [p for p in found.warnings if p.found == "a scope"]
    assert warned.path == "design.monitoring.rule.scope"
    assert warned.hint.startswith("person_time is of the whole course")


def test_a_population_that_cannot_differ_is_warned_of():
    design = {
        "accrual": until(10),
        "arms": {"one": {}, "other": {}},
        "events": {"x": {"window": "30 days"}},
        "monitoring": {"rule": rule("x", 2, arms="one", population="as_treated")},
    }
    found = scenario(design, {"truth": {"accrual": "1 per day", "events": {"x": {"hazard": "1 per year"}}}})
    warned = [p.path for p in found.warnings if "where everyone takes what the arm gives" in p.found]
    assert warned == ["design.monitoring.rule.population"], found.warnings


def test_a_key_that_a_set_names_twice_has_no_line():
    with pytest.raises(ScenarioError) as caught:
        load(KHOURI, [f"{DIFFERENCE}.rule={{kind: table_2d, rows: {{8/9: 2, 8/9: 3}}}}"])
    assert [p.found for p in caught.value.problems] == ["the key 8/9 again"]
