"""What a file must have for rules of whole patients, of one endpoint, and of two stages."""

import pytest

from simulator.errors import ScenarioError
from simulator.program.build import build
from tests.helpers import scenario, until

PREDICTIVE = {
    "kind": "predictive_probability",
    "prior": {"events": 1, "others": 1},
    "rate": "more than 30%",
    "certainty": "more than 90%",
    "futility": "at most 5%",
}
BOP2 = {"kind": "bop2", "response": {"rate": "20%"}, "cutoff": "less than 95%", "gamma": 1}
BOTH = BOP2 | {"toxicity": {"rate": "30%"}}
SIMON = {"kind": "simon_two_stage", "stage_1": "1 of 10", "final": "5 of 29"}
STAGES = {"at": ["10 completed", "29 completed"]}


def read(rule, *, patients=29, counts=None, look="every 5 completed", among="completed"):
    entry = {"counts": counts or {"event": "response"}, "rule": rule, "among": among, "look": look}
    events = {event: {"window": "28 days"} for event in ("toxicity", "response")}
    design = {"accrual": until(patients), "events": events, "monitoring": {"rule": entry}}
    truth = {event: {"probability": "30% in 28 days"} for event in events}
    return scenario(design, {"truth": {"accrual": "2 per month", "events": truth}})


@pytest.mark.parametrize("rule", [PREDICTIVE, BOP2], ids=lambda rule: rule["kind"])
def test_a_rule_of_whole_patients_refuses_weighted_follow_up(rule):
    with pytest.raises(ScenarioError) as caught:
        read(rule, among="weight")
    (problem,) = caught.value.problems
    assert problem.path == "design.monitoring.rule.among"
    assert (problem.found, "`completed`" in problem.allowed) == ("`weight`", True)
    assert problem.hint == f"the rule {rule['kind']} is about a whole number of patients"


def test_the_denominator_of_an_endpoint_is_refused_where_it_stands():
    named = {"toxicity": {"event": "toxicity"}, "response": {"event": "response", "among": "weight"}}
    with pytest.raises(ScenarioError) as caught:
        read(BOTH, counts=named)
    assert [p.path for p in caught.value.problems] == ["design.monitoring.rule.counts.response.among"]
    own = {name: {"event": name, "among": "completed"} for name in named}
    assert not [p for p in read(BOTH, counts=own, among="weight").warnings if "whole" in p.hint]


def test_two_stages_and_tests_take_weighted_follow_up():
    test = {"kind": "binomial_test", "rate": "more than 30%", "level": "at most 5%"}
    for rule in (SIMON, test):
        read(rule, among="weight", look="every report")


@pytest.mark.parametrize("rule", [PREDICTIVE, BOP2, SIMON], ids=lambda rule: rule["kind"])
def test_the_only_endpoint_that_a_rule_reads_need_not_be_named(rule):
    programs = []
    for counts in ({"event": "response"}, {"response": {"event": "response"}}):
        found = read(rule, counts=counts)
        programs.append(build(*found.designs.values(), found.truths["truth"]))
    assert programs[0].monitors == programs[1].monitors


def test_both_endpoints_are_named():
    with pytest.raises(ScenarioError, match="counts toxicity and response"):
        read(BOTH)


@pytest.mark.parametrize(
    ("look", "among", "patients", "found"),
    [
        (STAGES, "completed", 29, ""),
        (STAGES, "completed", 40, ""),
        ({"at": ["3 completed", "10 completed", "29 completed"]}, "completed", 29, ""),
        ({"at": ["10 known", "29 known"]}, "known", 29, ""),
        ({"at": ["10 treated", "29 treated"]}, "treated", 29, ""),
        ({"at": ["10 treated", "29 treated"]}, "completed", 29, "looks that are not at 10 and 29 patients"),
        ("every 5 completed", "completed", 30, "looks that are not at 10 and 29 patients"),
        ("every report", "completed", 29, "looks that are not at 10 and 29 patients"),
        ({"at": ["10 completed"]}, "completed", 29, "looks that are not at 10 and 29 patients"),
        (STAGES, "completed", 28, "a decision at 29 patients, above the cap of 28 treated"),
    ],
)
def test_looks_that_are_not_those_of_the_two_stages_are_warned_of(look, among, patients, found):
    warnings = read(SIMON, look=look, among=among, patients=patients).warnings
    texts = [w.found for w in warnings if " patients, " in w.found]
    assert [text.startswith(found) for text in texts] == [True] * bool(found)


def test_a_target_of_zero_and_a_stage_of_words_are_named_with_their_keys():
    sought = {"kind": "simon_two_stage", "design": "optimal", "p1": "30%", "alpha": "5%", "beta": "20%"}
    for rule, key, found in (
        (sought | {"p0": "0%"}, "p0", "0%"),
        (sought | {"p0": "10%", "design": "best"}, "design", "best"),
        (SIMON | {"stage_1": "one of ten"}, "stage_1", "one of ten"),
        (BOP2 | {"response": {"rate": "0"}}, "response.rate", "0"),
        (BOP2 | {"gamma": "5%"}, "gamma", "5%"),
    ):
        with pytest.raises(ScenarioError) as caught:
            read(rule)
        (problem,) = caught.value.problems
        assert (problem.path, found in problem.found) == (f"design.monitoring.rule.rule.{key}", True)
