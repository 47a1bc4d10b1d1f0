"""Evidence: differential. Rules by person-time on both engines, and a third time from the records alone."""

from __future__ import annotations

import pytest

from simulator.contracts import Observed
from simulator.engines.compiled.driver import play
from simulator.metrics.follow_up import follow_up
from simulator.program.tables import Program
from simulator.units import quantise
from tests.differential.engines import Tree, difference, merged, of_tree
from tests.differential.test_arms import POPULATIONS, TRUTH, arms_design, named
from tests.helpers import SEED

RULES: list[Tree] = [
    {"level": "at most 15%"},
    {"certainty": "more than 80%", "prior": {"events": 1, "others": 1}},
]
READ: list[Tree] = [
    {"look": "every report"},
    {"look": "every report", "counts.unit": "events", "data_cut": "10 days"},
    {"look": "every 2 treated in each arm", "data_cut": "7 days", "counts.window": "21 days"},
    {"look": {"every": "10 days", "and": "at the end"}, "counts.unit": "events"},
    {"look": "every 4 randomised", "wait": "accrual", "counts": {"event": "c", "window": "28 days"}},
]
OFF_THE_GRID: Tree = {"accrual": "1 per week", "delays.a.report": {"exponential": {"mean": "9 days"}}}


def by_time(rule: Tree, read: Tree, population: str, truth: Tree) -> Program:
    body = {
        "counts": {"event": "a"},
        "compare": ["new", "old"],
        "population": population,
        "rule": {"kind": "event_split", "by": "person_time", **rule},
        "then": ["close_accrual", {"stop_drug": "x"}],
    }
    rules = {"versus": merged(body, read), "rule": arms_design()["monitoring"]["rule"]}
    return of_tree(arms_design(monitoring=rules), merged(TRUTH, truth))


@pytest.mark.parametrize("rule", RULES, ids=named)
@pytest.mark.parametrize("read", READ, ids=named)
@pytest.mark.parametrize("truth", [{}, OFF_THE_GRID], ids=["on days", "at any time"])
def test_follow_up_is_the_same_on_both_engines(rule: Tree, read: Tree, truth: Tree) -> None:
    for population in POPULATIONS:
        assert difference(by_time(rule, read, population, truth), 40) == ""


@pytest.mark.parametrize("read", READ, ids=named)
@pytest.mark.parametrize("truth", [{}, OFF_THE_GRID], ids=["on days", "at any time"])
def test_verdicts_follow_from_the_records(read: Tree, truth: Tree) -> None:
    """Neither engine's sums are used."""
    outcomes, program = set[int](), by_time(RULES[0], read, "as_treated", truth)
    monitor, records = program.monitors[0], play(program, SEED, 0, 40)
    for trial in range(40):
        alone = records.only(trial)
        for look in alone.looks[alone.looks["monitor"] == 0]:
            cut = quantise(float(look["time"]) - monitor.data_cut)
            days = [float(follow_up(program, alone, of, cut).sum()) for of in monitor.counters]
            counts = zip(look["n"].tolist(), look["x"].tolist(), days, strict=True)
            outcome = monitor.code([Observed(*each) for each in counts])
            assert outcome == look["outcome"]
            outcomes.add(outcome)
    assert outcomes == {0, 1}
