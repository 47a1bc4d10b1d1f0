"""Evidence: peer. Decision tables as printed are those of R packages: data of test_model_assisted."""

import pytest

from simulator.reporting.decision_bounds import Bounds, decision_bounds, told_bounds
from tests.peer.test_model_assisted import KINDS, as_written, cases, listed, told

FIRST = 3  # patients with whom a dose can be eliminated here; some packages do before


def bounds(design, most):
    return [
        (row.n, row.escalate, row.deescalate, row.eliminate)
        for row in decision_bounds(design, most)
        if row.n >= FIRST
    ]


@pytest.mark.parametrize("case", cases("boin_boundaries"), ids=lambda case: str(case["args"]))
def test_boin(case):
    """`get.boundary` of BOIN 2.7.2."""
    assert bounds(told("boin", case["args"]), 30) == listed(case, FIRST)


def interval(case, low, high):
    """p1 and p2 so far below and above the target."""
    target = as_written(case["target"])
    return {
        "target": case["target"],
        "p1": float(target - as_written(case[low])),
        "p2": float(target + as_written(case[high])),
    }


@pytest.mark.parametrize("case", cases("keyboard_boundaries"), ids=lambda case: str(case["target"]))
def test_mtpi2(case):
    """`get.boundary.kb` of Keyboard 0.1.3."""
    keys = {"p1": "p.saf", "p2": "p.tox"}
    args = {keys.get(key, key): value for key, value in interval(case, "marginL", "marginR").items()}
    assert bounds(told("mtpi2", args), max(case["n"])) == listed(case, FIRST)


@pytest.mark.parametrize(
    "case", cases("interval_decision_tables"), ids=lambda case: f"{case['design']} {case['target']}"
)
def test_intervals(case):
    """escalation 0.2.3, FIND 0.1.1 and Keyboard 0.1.3, letter by letter."""
    keys = {"p1": "p.saf", "p2": "p.tox"}
    args = {keys.get(k, k): value for k, value in interval(case, "ei_halfwidth", "ei_halfwidth").items()}
    found = {row.n: list(row.letters) for row in decision_bounds(told(KINDS[case["design"]], args), 12)}
    assert {n: found[n] for n in map(int, case["table"]) if n >= FIRST} == {
        int(n): row for n, row in case["table"].items() if int(n) >= FIRST
    }


def test_in_words():
    assert told_bounds(Bounds(3, ("E", "S", "D", "DU"))) == (
        "up with at most 0 DLTs, stay with 1, down with 2 or more and eliminated with 3 or more"
    )
    assert told_bounds(Bounds(2, ("S", "S", "S"))) == "stay with 0-2"
    assert told_bounds(Bounds(2, ("E", "D", "S"))).startswith("with 0, 1, 2, ... DLTs E D S: E up, S stay,")
