"""Evidence: trace, property and differential. Rules that take effect at one instant do so in any order.

`DUE` is the case of a reviewer: a patient every 14 days, everyone with a DLT on the day of entry; at the
sixth, on day 70, a rule that was crossed at the second patient and one that was crossed at the third stop it.
"""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from simulator.engines.compiled.driver import play
from simulator.errors import ScenarioError
from simulator.metrics.collect import collect
from simulator.metrics.text import text_of
from simulator.model.metric import Key
from simulator.model.records import Records
from simulator.program.tables import Program
from tests.differential.engines import SEED, difference, of_tree
from tests.helpers import scenario, script, until

Tree = dict[str, Any]
DUE = {
    "two": {"counts": {"event": "dlt"}, "rule": {"kind": "at_least", "count": 2}},
    "three": {"counts": {"event": "dlt"}, "rule": {"kind": "at_least", "count": 3}},
}
TRUTH = {"accrual": "every 14 days", "events": {"dlt": {"probability": "100%"}}}


def due(order: tuple[str, ...] = ("two", "three"), **last: str) -> Program:
    """`last`: another schedule of one of them."""
    rules = {
        name: {**DUE[name], "look": last.get(name, "at 6 treated"), "then": "close_accrual"} for name in order
    }
    return of_tree(
        {"accrual": until(12), "events": {"dlt": {"window": "28 days"}}, "monitoring": rules}, TRUTH
    )


@pytest.mark.parametrize("order", list(permutations(DUE)))
def test_the_dates_are_those_of_the_earliest_crossing(order: tuple[str, ...]) -> None:
    """Crossed on day 14: 2 patients with a DLT before, 4 in the 56 days until it takes effect."""
    given = due(order)
    found = collect(given, play(given, SEED, 0, 3))
    wanted = {"patients_with.dlt.before": 2, "patients_with.dlt.overrun": 4, "patients_with.dlt.after": 0}
    seen = {text_of(key): values for key, values in found.items() if text_of(key) in wanted}
    assert {text: set(values.tolist()) for text, values in seen.items()} == {
        text: {value} for text, value in wanted.items()
    }
    assert set(found[Key("days_crossing_to_report")].tolist()) == {56.0}


@pytest.mark.parametrize("order", list(permutations(DUE)))
@pytest.mark.parametrize("again", ["two", "three"])
def test_it_is_before_the_last_look_if_one_of_them_would_still_have_looked(
    order: tuple[str, ...], again: str
) -> None:
    given = due(order, **{again: "every 6 treated"})
    assert collect(given, play(given, SEED, 0, 2))[Key("p_stop_before_last_look")].tolist() == [1.0, 1.0]
    given = due(order)
    assert collect(given, play(given, SEED, 0, 2))[Key("p_stop_before_last_look")].tolist() == [0.0, 0.0]


# ---------------------------------------------------------------- directives


DRUGS = {"x": ["1 mg", "2 mg", "3 mg"], "y": ["1 mg"]}
PHASES = {
    "one": {"lasts": "30 days", "gives": {"x": "3 mg"}, "next": "two"},
    "two": {"lasts": "30 days", "gives": {"x": "2 mg", "y": "1 mg"}},
}
RULES: dict[str, list[Any]] = {  # rule -> then
    "stop": [{"stop_drug": "y"}],
    "move": ["close_accrual", {"go_to": "two"}],
    "lower": [{"lower_dose": "x"}],
    "give": [{"give_drug": "y"}, {"set_dose": {"x": "2 mg"}}],
}


def directed(order: tuple[str, ...], rules: dict[str, list[Any]], rate: str = "60%") -> Program:
    monitoring = {
        name: {
            "counts": {"event": "a"},
            "rule": {"kind": "at_least", "count": 2},
            "look": "every 1 treated",
            "then": rules[name],
        }
        for name in order
    }
    events = {"a": {"repeats": True}, "b": {}}
    design = {
        "accrual": until(6), "drugs": DRUGS, "phases": PHASES, "events": events, "monitoring": monitoring,
    }  # fmt: skip
    hazards = {"a": {"probability": rate}, "b": {"while_on": "x", "hazard": "2 per year"}}
    return of_tree(design, {"accrual": "every 10 days", "events": hazards})


def rows(given: Program, records: Records) -> dict[str, str]:
    """The records with rules by name, in the order of their names."""
    names = [monitor.name for monitor in given.monitors]
    by_name = np.argsort(np.argsort(names))
    found: dict[str, str] = {}
    for table in ("trials", "patients", "states", "events", "looks", "firings"):
        rows = getattr(records, table).copy()
        if "monitor" in rows.dtype.names:
            rows["monitor"] = by_name[rows["monitor"]]
            rows = rows[np.lexsort((rows["monitor"], rows["look"], rows["trial"]))]
        found[table] = repr(rows.tolist())
    return found


@pytest.mark.parametrize("names", [("stop", "give"), ("move", "lower"), tuple(RULES)])
def test_whole_records_are_the_same_in_any_order(names: tuple[str, ...]) -> None:
    orders = list(permutations(names))[:8]
    programs = [directed(order, RULES) for order in orders]
    found = [rows(given, play(given, SEED, 0, 30)) for given in programs]
    assert len(found[0]["firings"]) > 30 * (len(names) - 1)
    assert all(other == found[0] for other in found)
    assert {given.states for given in programs} == {programs[0].states}


@pytest.mark.parametrize("order", [tuple(RULES), tuple(reversed(RULES))])
def test_both_engines_carry_them_out_alike(order: tuple[str, ...]) -> None:
    assert difference(directed(order, RULES), 60) == ""


@pytest.mark.parametrize("order", list(permutations(("stop", "move", "lower", "give"))))
def test_directives_are_carried_out_by_what_they_do(order: tuple[str, ...]) -> None:
    """Stop y, give y, go to two (y at 1 mg, x at 2 mg), set x at 2 mg, one level down: both at 1 mg."""
    given = directed(order, RULES, "100%")
    (last, *_) = reversed(play(given, SEED, 0, 1).states.tolist())
    assert given.states[last[-1]].levels == (1, 1)


def test_of_two_levels_of_a_drug_the_lower_one_holds() -> None:
    rules = {"high": [{"set_dose": {"x": "2 mg"}}], "low": [{"set_dose": {"x": "1 mg"}}]}
    for order in permutations(rules):
        given = directed(order, rules, "100%")
        states = play(given, SEED, 0, 1).states
        first = states[states["candidate"] == 0]
        assert [given.states[row["state"]].levels[0] for row in first[:3]] == [3, 2, 1]


def test_later_patients_get_what_stands_in_the_same_order() -> None:
    rules = {"give": [{"give_drug": "y"}], "stop": [{"stop_drug": "y"}]}
    for order in permutations(rules):
        given = directed(order, rules, "100%")
        states = play(given, SEED, 0, 1).states
        entered = states[states["candidate"] == 5]
        assert given.states[entered["state"][0]].levels[1] == 1


# ---------------------------------------------------------------- what is refused


def refused(rules: dict[str, list[Any]], **events: list[Any]) -> str:
    monitoring = {
        name: {"counts": {"event": "a"}, "rule": {"kind": "at_least", "count": 2}, "then": then}
        for name, then in rules.items()
    }
    listed = {"a": {"when_detected": events.get("a", [])}}
    phases = {**PHASES, "three": {"lasts": "1 day", "gives": {}}}
    design = {
        "accrual": until(6), "drugs": DRUGS, "phases": phases, "events": listed, "monitoring": monitoring,
    }  # fmt: skip
    with pytest.raises(ScenarioError) as caught:
        scenario(design, {"t": {"accrual": "every 10 days", "events": {"a": {"probability": "1%"}}}})
    return str(caught.value)


def test_rules_that_send_patients_to_different_phases_are_refused() -> None:
    """Also where only chance lets them meet, and named by the second of them."""
    message = refused({"one": [{"go_to": "two"}], "other": [{"go_to": "three"}]})
    assert "design.monitoring.other.then[0]: found go_to three, while one has go_to two" in message
    assert "1 error" in message


def test_two_phases_in_one_list_are_refused() -> None:
    assert "found go_to three after go_to two" in refused({"one": [{"go_to": "two"}, {"go_to": "three"}]})
    assert "found go_to three after go_to two" in refused(
        {"one": []}, a=[{"go_to": "two"}, {"go_to": "three"}]
    )


def test_one_phase_for_all_is_allowed_and_so_are_responses_beside_it() -> None:
    given = directed(("move", "stop"), {"move": [{"go_to": "two"}], "stop": [{"go_to": "two"}]})
    assert script(given).firings.size == 0
