"""How many patients a rule of an arm may read, and how far counts by arm, or of candidates, may come.

Evidence: exact, by enumeration of every list that blocks can make; differential where engines use it.
"""

from __future__ import annotations

from itertools import permutations, product
from typing import Any

import numpy as np
import pytest

from simulator.engines.compiled.driver import play
from simulator.exact.pending import enrolled_at_stop
from simulator.exact.two_arms import two_arm_values
from simulator.model.scenario import Scenario
from simulator.program.most_used import most_used_up
from simulator.program.readable import read_at
from simulator.program.tables import Program
from tests.differential.engines import difference
from tests.helpers import ROOT, SEED, draws, of_file, program, rule, scenario

CHECK = ROOT / "scenarios/checks/khouri.yaml"
LOOK = "design.monitoring.difference.look="
HALVES = {"a": {}, "b": {}}
TWOS = {"method": "permuted_blocks", "sizes": [2]}


def design(monitor: dict[str, Any], patients: int = 40, **more: Any) -> dict[str, Any]:
    """Two arms in blocks of 2, and one rule."""
    return {
        "accrual": {"until": f"{patients} randomised"},
        "arms": HALVES,
        "randomisation": TWOS,
        "phases": {"treatment": {"lasts": "30 days"}},
        "events": {"x": {"window": "30 days"}},
        "monitoring": {"rule": {**rule("x", 3), **monitor}},
        **more,
    }


def built(monitor: dict[str, Any], patients: int = 40, **more: Any) -> Program:
    return program(design(monitor, patients, **more), {})


def read(given: dict[str, Any]) -> Scenario:
    truth = {"accrual": "2 per month", "events": {"x": {"hazard": "0.1 per month"}}}
    return scenario(given, {"truth": truth})


# ---------------------------------------------------------------- arms


def lists(shares: tuple[int, ...], sizes: tuple[int, ...], patients: int) -> set[tuple[int, ...]]:
    """Every list of so many places that blocks of these sizes make."""
    found = {()}
    while any(len(places) < patients for places in found):
        longer = {places for places in found if len(places) == patients}
        for size in sizes:
            block = [arm for arm, share in enumerate(shares) for _ in range(size * share // sum(shares))]
            for places, order in product(found, set(permutations(block))):
                if len(places) < patients:
                    longer.add((*places, *order)[:patients])
        found = longer
    return found


@pytest.mark.parametrize(
    ("shares", "sizes"), [((1, 1), (2,)), ((1, 1), (4,)), ((1, 1), (2, 4)), ((2, 1), (3,)), ((1, 1, 1), (3,))]
)
def test_the_most_that_blocks_can_put_into_arms_is_that_of_every_list(
    shares: tuple[int, ...], sizes: tuple[int, ...]
) -> None:
    arms = {f"arm{i}": {"share": share} for i, share in enumerate(shares)}
    given = built({}, arms=arms, randomisation={"method": "permuted_blocks", "sizes": list(sizes)}).arms
    assert given is not None
    for patients in range(1, 8):
        every = lists(shares, sizes, patients)
        for group in ((0,), (1,), (0, 1)):
            most = max(sum(places.count(arm) for arm in group) for places in every)
            assert given.most(group, patients) == most, (patients, group)


def test_strata_have_blocks_of_their_own_that_are_cut_off() -> None:
    """7 patients in blocks of 4, of whom none to all are in one stratum; the last blocks are cut off."""
    blocks = {"method": "permuted_blocks", "sizes": [4], "stratum": "old"}
    truth = {"traits": {"old": {"probability": "50%"}}}
    given = program(design({}, randomisation=blocks), truth).arms
    assert given is not None
    alone = [max(places.count(0) for places in lists((1, 1), (4,), n)) if n else 0 for n in range(8)]
    assert given.most((0,), 7) >= max(alone[n] + alone[7 - n] for n in range(8))
    assert given.most((0,), 40) == 22


# ---------------------------------------------------------------- plans


@pytest.mark.parametrize(
    ("more", "most"),
    [
        ({}, 20),
        ({"arms": {"a": {"share": 3}, "b": {}}, "randomisation": {**TWOS, "sizes": [4]}}, 30),
        ({"randomisation": {"method": "simple"}}, 40),
        ({"randomisation": {**TWOS, "sizes": [2, 4]}}, 21),
        ({"refusal": {"a": "10%", "then": "b"}}, 20),
    ],
)
def test_a_rule_of_an_arm_plans_for_the_patients_of_the_arm(more: dict[str, Any], most: int) -> None:
    look = {"among": "completed", "look": "every 5 completed", "arms": "a", "population": "as_treated"}
    (monitor,) = built(look, **more).monitors
    assert monitor.plan.max_n == most == len(monitor.table.boundaries[0].bound) - 1
    assert monitor.plan.looks == tuple(range(5, most + 1, 5))


def test_who_refuses_the_other_arm_may_be_read_too() -> None:
    refusal = {"b": "10%", "then": "a"}
    assert built({"arms": "a", "population": "as_treated"}, refusal=refusal).monitors[0].plan.max_n == 40
    assert built({"arms": "a"}, refusal=refusal).monitors[0].plan.max_n == 20


def test_the_closing_look_of_an_arm_reads_however_many_there_are() -> None:
    """Looks at 7, 14 and the end: 20 of 40, which a rule for 20 alone reads."""
    bounds = {"kind": "bounds", "stop": {"at_least": {"20": 1}}}
    look = {"every": "7 completed", "and": "at the end"}
    found = read(design({"arms": "a", "among": "completed", "rule": bounds, "look": look}))
    assert not [warning for warning in found.warnings if "never" in warning.text()]
    (given,) = found.designs.values()
    (n,) = read_at((given,), given.monitoring["rule"], found.truths.values())
    assert 20 in n


# ---------------------------------------------------------------- looks


@pytest.mark.parametrize(
    "text", ["{every: 5 treated in each arm}", '{at: "5, 10, 15, 20 treated in each arm"}']
)
def test_the_last_look_in_each_arm_is_the_last_one(text: str) -> None:
    """Every 5 of 20 in each arm: four looks, whatever the words; both engines."""
    given = of_file(CHECK, "as_written", "mild", LOOK + text)
    firings = play(given, SEED, 0, 400).firings
    assert ((firings["n"][:, 0] == 20) == firings["last"]).all()
    assert firings["last"].any()
    assert not difference(given, 60)


def test_a_look_beyond_what_an_arm_can_have_is_told() -> None:
    found = read(design({"look": "at 5, 25 treated in each arm"}))
    (text,) = (warning.text() for warning in found.warnings if "beyond" in warning.text())
    assert "at most 20 treated in each arm" in text


def test_looks_by_candidates_go_beyond_the_cap_on_patients() -> None:
    """A third of candidates are eligible: 30 and 45 are registered before 20 have entered, and rules fire."""
    look = {"at": ["30 registered", "45 registered"]}
    own = {"accrual": {"until": "20 treated"}, "arms": {}, "randomisation": {}}
    more = own | {"screening": {"takes": "5 days", "eligible": "1 of 3"}}
    found = read({k: v for k, v in design({"look": look}, **more).items() if v})
    assert not [warning for warning in found.warnings if "beyond" in warning.text()]
    (given,) = found.designs.values()
    (n,) = read_at((given,), given.monitoring["rule"], found.truths.values())
    assert list(n) == list(range(1, 21))


def test_no_exact_value_where_a_look_may_come_in_a_block_that_is_cut_off() -> None:
    """14 patients in blocks of three arms: both have 5 only if the last block ends with the third."""
    more: dict[str, Any] = {
        "arms": {"a": {}, "b": {}, "c": {}},
        "randomisation": {"method": "permuted_blocks", "sizes": [3]},
    }
    compare = {
        "compare": ["a", "b"],
        "among": "completed",
        "rule": {"kind": "fisher_exact", "level": "at most 20%"},
    }
    for look, whole in (("every 5 completed in each arm", False), ("every 2 completed in each arm", True)):
        values = two_arm_values(built(compare | {"look": look}, 14, **more))
        assert (not isinstance(values, str)) is whole
        assert whole or "the last block is cut off" in str(values)
    assert not isinstance(two_arm_values(built(compare | {"look": look}, 15, **more)), str)


# ---------------------------------------------------------------- who is counted, and for how long


def test_arms_together_are_no_patients_alike() -> None:
    """Of 10 in blocks of 2 exactly 5 are in each arm, so that the count of both is not binomial."""
    look = {"among": "completed", "look": "every 5 completed"}
    given = built(look, 10)
    assert "arms" in str(enrolled_at_stop(given, given.monitors[0]))


@pytest.mark.parametrize("while_held", ["lost", "queued"])
def test_a_clock_from_registration_is_older_than_the_course(while_held: str) -> None:
    """No hazard for 40 days, none of 30 on study: it is screening, of 50 to 60 days, that leads beyond."""
    hazard = [{"to": "40 days", "hazard": "0 per day"}, {"hazard": "0.01 per day"}]
    given = program(
        {
            "accrual": {"until": "20 treated", "while_held": while_held},
            "screening": {"takes": {"uniform": ["50 days", "60 days"]}},
            "phases": {"treatment": {"lasts": "30 days"}},
            "events": {"x": {}},
        },
        {"events": {"x": {"clock": "registration", "piecewise": hazard}}},
    )
    most, used = most_used_up(given, 0), draws(given, 20).risks["a"]
    assert isinstance(most, float)
    assert np.all(used <= 20 * most * (1.0 + 1e-6))
    assert most == pytest.approx(0.3, rel=1e-6)  # thirty days, whoever waited how long
