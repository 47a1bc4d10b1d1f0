"""What `boundaries` and `explain` tell of rules that read some of a trial's arms, and of unequal allocation.

Evidence: exact, by enumeration with scipy, and the published numbers of the Khouri trial's rule.
"""

from __future__ import annotations

from typing import Any

import pytest
from scipy.stats import binom

import simulator
from simulator import ComparingSheet, load
from simulator.contracts import TwoArmTable
from simulator.model.scenario import Scenario
from tests.helpers import ROOT, scenario, until

EVENT = {"event": "dlt"}
AT_LEAST = {"counts": EVENT, "rule": {"kind": "at_least", "count": 3}, "look": "every 5 treated"}
SPLIT = {"kind": "event_split", "level": "at most 2.5%"}
FISHER = {"kind": "fisher_exact", "level": "at most 2.5%"}


def trial(shares: dict[str, int], **monitoring: Any) -> Scenario:
    """40 patients in arms with these shares; every rule closes accrual."""
    design = {
        "accrual": until(40),
        "arms": {name: {"share": share} for name, share in shares.items()},
        "phases": {"treatment": {"lasts": "28 days"}},
        "events": {"dlt": {}},
        "monitoring": {name: {"then": ["close_accrual"], **rule} for name, rule in monitoring.items()},
    }
    dlt = {"probability": "30%", "clock": "randomisation"}
    return scenario(design, {"truth": {"accrual": "1 per month", "events": {"dlt": dlt}}})


def p_stop(sheet: Any) -> list[object]:
    return [row["p_stop"] for table in sheet.tables for row in table.records if "p_stop" in row]


def test_a_rule_of_one_arm_is_told_for_as_many_as_are_allocated_to_it() -> None:
    """20 of 40 patients: the numbers of Khouri's issue, which are not those of 40 in the arm."""
    sheets = simulator.boundaries(
        load(ROOT / "scenarios/khouri.yaml"), variants=["randomised"], rates=[0.11, 0.25, 0.43, 0.57]
    )
    found = next(sheet for sheet in sheets if sheet.name == "gvhd_alone")
    assert p_stop(found) == pytest.approx([0.025052, 0.252769, 0.797990, 0.977667], abs=5.1e-7)
    assert "Exact values are for 20 of 40 patients, as allocated" in " ".join(found.text.split())
    assert "n counts patients of the arm lenalidomide; population: randomised" in found.text


def test_it_is_told_for_its_share_where_allocation_is_unequal() -> None:
    """1:3 of 40 are 10 patients, read when 5 and 10 are treated."""
    (sheet,) = simulator.boundaries(
        trial({"drug": 1, "usual": 3}, safety={**AT_LEAST, "arms": "drug"}), rates=[0.3]
    )
    assert p_stop(sheet) == pytest.approx([binom.sf(2, 10, 0.3)])
    (pooled,) = simulator.boundaries(trial({"drug": 1, "usual": 3}, safety=AT_LEAST), rates=[0.3])
    assert p_stop(pooled) == pytest.approx([binom.sf(2, 40, 0.3)])


def test_rules_of_different_arms_are_not_on_one_count() -> None:
    """The same event in one arm and in both; told together only where the arms are the same."""
    drug, more = {**AT_LEAST, "arms": "drug"}, {**AT_LEAST, "rule": {"kind": "at_least", "count": 4}}
    of = {"drug": 1, "usual": 1}
    assert simulator.rules_together(trial(of, one=drug, all=more)) == []
    (sheet,) = simulator.rules_together(trial(of, one=drug, two={**more, "arms": "drug"}), rates=[0.3])
    assert sheet.names == ("one: stop", "two: stop")
    assert p_stop(sheet)[0] == pytest.approx(binom.sf(2, 20, 0.3))
    assert "n counts patients of the arm drug; population: randomised" in sheet.text


def test_events_are_split_as_the_design_allocates() -> None:
    """2:1:1, so that of both two thirds of events are expected in the first where rates are equal."""
    split = {"counts": EVENT, "compare": ["drug", "usual"], "rule": SPLIT}
    (sheet,) = simulator.boundaries(trial({"drug": 2, "other": 1, "usual": 1}, split=split))
    assert isinstance(sheet, ComparingSheet)
    assert sheet.program is not None
    table = sheet.program.monitors[sheet.number].versus
    assert isinstance(table, TwoArmTable)
    for x2, least in enumerate(table.row(40, 5)):
        assert least == next(x1 for x1 in range(41) if binom.sf(x1 - 1, x1 + x2, 2 / 3) <= 0.025)


FOUR = {"drug": 1, "b": 1, "c": 1, "usual": 1}


@pytest.mark.parametrize(
    ("shares", "sizes", "told"),
    [
        ({"drug": 3, "usual": 1}, [(3 * n, n) for n in range(1, 11)], "30 in drug and 10 in usual: "),
        (FOUR, [(n, n) for n in range(1, 11)], "10 in each arm: "),
    ],
)
def test_sizes_are_those_that_allocation_gives(
    shares: dict[str, int], sizes: list[tuple[int, int]], told: str
) -> None:
    given = trial(shares, fisher={"counts": EVENT, "compare": ["drug", "usual"], "rule": FISHER})
    (sheet,) = simulator.boundaries(given)
    first = [row for table in sheet.tables for row in table.records if "least_first" in row]
    assert list(dict.fromkeys((row["n1"], row["n2"]) for row in first)) == sizes
    assert f"such as at {told}" in " ".join(simulator.explain(given).split())


def test_looks_in_each_arm_are_those_that_as_many_patients_reach() -> None:
    """Of 40 in four arms 10 each; a look at 15 would need more than are allocated to both."""
    look = {
        "counts": EVENT,
        "compare": ["drug", "usual"],
        "rule": FISHER,
        "look": "every 5 treated in each arm",
    }
    told = simulator.explain(trial(FOUR, fisher=look))
    lines = [line.split(":")[1] for line in told.splitlines() if "boundary:" in line]
    assert lines == [" stop, at 5 in each arm", " stop, at 10 in each arm"]
