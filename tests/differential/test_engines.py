"""The compiled engine leaves the records of the reference engine, every field of every row.

Shipped scenarios, and scenarios on whole days, where many things fall on one instant and their order shows;
each varied one key at a time.  `tests/generated` goes on with random scenarios.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.differential.engines import (
    AMENDED,
    DOSING_TRUTH,
    GRID_TRUTH,
    ON_WHOLE_DAYS,
    Tree,
    cells,
    difference,
    dosing_design,
    grid_design,
    merged,
    of_tree,
)
from tests.helpers import ROOT, SHIPPED
from tests.last_cohort import AfterTheLast, with_design

TRIALS = 14  # per cell; `make soak` plays 300
FEWER = {"ferrajoli": 7, "khouri_board": 7, "chanan_khan": 2}  # slow to play with SimPy; 105 cells


def path(name: str) -> Path:
    return ROOT / f"scenarios/{name}.yaml"


@pytest.mark.parametrize("name", SHIPPED)
def test_every_cell_of_a_shipped_scenario_is_played_alike(name: str) -> None:
    """No two cells play the same candidates: what is seldom met in one trial has all of them to be met in."""
    trials = FEWER.get(name, TRIALS)
    found = {
        key: difference(program, trials, trials * i)
        for i, (key, program) in enumerate(cells(path(name)).items())
    }
    assert {key: what for key, what in found.items() if what} == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_many_trials_of_every_cell_are_played_alike(name: str) -> None:
    found = {
        key: difference(program, 300, 1_000_000, seed=2**64 - 3) for key, program in cells(path(name)).items()
    }
    assert {key: what for key, what in found.items() if what} == {}


# ---------------------------------------------------------------- rules

RULE = "monitoring.rule"
BAYES = {
    "kind": "beta_binomial",
    "prior": {"events": 0.3, "others": 0.7},
    "rate": "more than 30%",
    "certainty": "more than 80%",
}
FEW = {"kind": "at_most", "count": 1, "minimum_n": 4}
DENOMINATORS: list[Tree] = [
    {"counts": {"event": "a", "unit": unit}, "among": among}
    for unit, amongs in {
        "patients": ("treated", "completed", "known", "fail"),
        "events": ("treated", "completed"),
        "courses": ("treated", "completed"),
    }.items()
    for among in amongs
] + [{"among": "weight", "rule": BAYES}, {"among": "fail", "rule": FEW}, {"among": "weight", "rule": FEW}]
LOOKS = (
    "every report",
    "at the end",
    "every 3 treated",
    "every 1 completed",
    "every 2 known",
    "every 3 a events",
    "every 7 days",
    {"at": ["4 treated", "10 treated", "99 treated"]},
    {"at": ["3 completed", "21 days", "2 a events", "8 known"]},
    {"at": ["3 completed", "21 days", "999 days"], "and": "at the end"},
    {"at": "2, 4, 6 ... 12 completed"},
    {"every": "2 completed", "from": 5, "and": "at the end"},
    {"every": "3 known", "from": 6},
    {"every": "2 a events", "from": 4, "and": "at the end"},
    {"every": "7 days", "from": "30 days", "and": "at the end"},
)
CONDUCT: list[Tree] = [
    {"data_cut": "7 days"},
    {"data_cut": "2.5 days", "decision_lag": "7 days"},
    {"wait": "look"},
    {"wait": "accrual"},
    {"wait": "accrual", "data_cut": "7 days", "decision_lag": "14 days"},
]
THEN: list[list[Any]] = [
    [],
    ["end_trial"],
    ["close_accrual", {"give_drug": {"y": "1 mg"}}],
    [{"stop_drug": "x"}, {"go_to": "three"}],
    [{"set_dose": {"x": "2 mg"}}],
    [{"raise_dose": "x"}],
    [{"lower_dose": "x"}, {"conclude": "toxic"}],
]
SCOPES: list[Tree] = [
    {"phases": ["one"]},
    {"phases": ["two"], "or_within": {"days": 7, "of_last": "x"}},
    {"marks": ["bad"]},
    {"doses": {"x": ["2 mg", "4 mg"]}},
    {"phases": ["one"], "marks": ["mild"], "doses": {"x": ["1 mg"]}},
]


def played_alike(design: Tree, truth: Tree, trials: int = 25) -> None:
    assert difference(of_tree(design, truth), trials) == ""


def named(value: object) -> str:
    return str(value).replace("'", "")[:60]


@pytest.mark.parametrize("denominator", DENOMINATORS, ids=named)
@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_denominators_at_every_kind_of_look(denominator: Tree, look: object) -> None:
    rule = {f"{RULE}.{key}": value for key, value in denominator.items()}
    played_alike(merged(grid_design(), {**rule, f"{RULE}.look": look}), GRID_TRUTH, 12)


@pytest.mark.parametrize("conduct", CONDUCT, ids=named)
@pytest.mark.parametrize("held", ["lost", "queued", "on_demand"])
@pytest.mark.parametrize("among", ["treated", "known", "completed"])
@pytest.mark.parametrize("look", ["every 3 treated", {"every": "3 treated", "from": 6, "and": "at the end"}])
def test_cuts_lags_and_waiting(conduct: Tree, held: str, among: str, look: object) -> None:
    changes = {f"{RULE}.{key}": value for key, value in conduct.items()}
    changes |= {f"{RULE}.look": look, f"{RULE}.among": among, "accrual.while_held": held}
    played_alike(merged(grid_design(), changes), GRID_TRUTH)


@pytest.mark.parametrize("then", THEN, ids=named)
def test_actions(then: list[Any]) -> None:
    changes = {f"{RULE}.then": then, f"{RULE}.rule.count": 3}
    played_alike(merged(grid_design(), changes), GRID_TRUTH)


@pytest.mark.parametrize("scope", SCOPES, ids=named)
@pytest.mark.parametrize("unit", ["patients", "events", "courses"])
def test_scopes(scope: Tree, unit: str) -> None:
    changes = {f"{RULE}.scope": scope, f"{RULE}.counts.unit": unit, f"{RULE}.rule.count": 2}
    played_alike(merged(grid_design(), changes), GRID_TRUTH)


def test_several_rules_that_fall_on_one_instant() -> None:
    rules = {
        "first": {"counts": {"event": "a"}, "rule": {"kind": "at_least", "count": 3}, "wait": "accrual",
                  "look": "every 3 treated", "then": [{"stop_drug": "x"}]},
        "second": {"counts": {"event": "a", "unit": "events"}, "rule": {"kind": "at_least", "count": 4},
                   "look": "every 7 days", "then": [{"give_drug": {"y": "1 mg"}}]},
        "third": {"counts": {"event": "c"}, "rule": {"kind": "at_least", "count": 3}, "then": ["end_trial"]},
    }  # fmt: skip
    played_alike(grid_design(monitoring=rules), GRID_TRUTH)


# ---------------------------------------------------------------- patients

ON_X: Tree = {
    "clock": "start of x",
    "while_on": "x",
    "decay": {"initial": "0.1 per day", "mean_life": "9 days"},
}
COMPONENTS: list[Tree] = [
    {"hazard": "0.02 per day"},
    {"probability": "50% in 20 days", "clock": "enrolment", "onset": "uniform"},
    {"weibull": {"shape": 2, "scale": "30 days"}, "clock": "entry to one", "restarts": True},
    ON_X | {"restarts": True},
    ON_X | {"pauses": True},
    ON_X | {"restarts": True, "pauses": True},
    {
        "clock": "stop of x",
        "while_off": "x",
        "incidence": "70%",
        "onset": {"exponential": {"mean": "9 days"}},
    },
    {"clock": "b", "incidence": "80%", "onset": {"uniform": ["0 days", "9 days"]}, "restarts": True},
    {
        "clock": "dose step of x",
        "incidence": "60%",
        "onset": {"lognormal": {"median": "6 days", "sigma": 0.5}},
    },
    {"only_if": "frail", "hazard": "0.05 per day"},
    {
        "unless": "frail",
        "clock": "enrolment",
        "incidence": "50%",
        "onset": {"uniform": ["0 days", "20 days"]},
    },
    {"while_on": "x", "trait_probability": {"trait": "risk", "within": "28 days"}},
]
TRAITS: Tree = {"old": {"probability": "30%"}, "ill": {"probability": "50%"}, "frail": {"probability": "40%"}}
TRAITS["risk"] = {"beta": [0.4, 0.6]}


@pytest.mark.parametrize("component", COMPONENTS, ids=named)
@pytest.mark.parametrize("accrual", ["every 7 days", "1 per week"])
def test_hazards_clocks_and_traits(component: Tree, accrual: str) -> None:
    truth = merged(GRID_TRUTH, {"accrual": accrual, "traits": TRAITS, "events.a.components.q": component})
    truth["associations"] = [  # of frail with old only through ill
        {"between": ["old", "ill"], "odds_ratio": 4},
        {"between": ["ill", "frail"], "odds_ratio": "most negative"},
    ]
    played_alike(grid_design(), truth)


@pytest.mark.parametrize(
    "delay", ["2.5 days", {"uniform": ["0 days", "12 days"]}, {"exponential": {"mean": "5 days"}}], ids=named
)
@pytest.mark.parametrize("where", ["detection", "report"])
def test_delays(delay: object, where: str) -> None:
    delays = {event: {where: delay} for event in ("a", "b", "c")}
    played_alike(grid_design(), merged(GRID_TRUTH, {"delays": delays, "accrual": "2 per week"}))


def test_absences_accrual_until_a_day_and_candidates_beyond_those_drawn_ahead() -> None:
    changes = {
        "events.none": {"absence_of": "a", "by": "21 days", "when_detected": ["leave"]},
        "accrual": {"until": ["60 treated", "200 days"]},
        f"{RULE}.counts.event": "none",
    }
    played_alike(merged(grid_design(), changes), merged(GRID_TRUTH, {"accrual": "2 per week"}))


# ---------------------------------------------------------------- dose finding

FINDING = "dose_finding"
DOSING: dict[str, Tree] = {
    "A": {f"{FINDING}.variant": "A"},
    "B": {f"{FINDING}.variant": "B"},
    "cohorts of one": {f"{FINDING}.cohort": 1},
    "when known": {f"{FINDING}.decide": "when_known"},
    "when decided": {f"{FINDING}.decide": "when_decided"},
    "when decided, left out": {f"{FINDING}.decide": "when_decided", f"{FINDING}.not_evaluable": "leave"},
    "left out": {f"{FINDING}.not_evaluable": "leave"},
    "deaths count": {f"{FINDING}.death_in_window": "dlt"},
    "some deaths count": {f"{FINDING}.death_in_window": {"dlt_if_related": "50%"}},
    "queued": {"accrual.while_held": "queued"},
    "queued until": {"accrual": {"while_held": "queued", "until": ["40 treated", "150 days"]}},
    "on demand": {"accrual.while_held": "on_demand"},
    "start": {f"{FINDING}.start": "4 mg"},
    "no expansion": {"expansion": None, "monitoring": {}},
    "a_plus_b": {
        FINDING: {"kind": "a_plus_b", "a": 2, "b": 3, "c": 1, "d": 1, "e": 2, "de_escalation": True}
    },
    "blrm": {
        FINDING: {
            "kind": "blrm",
            "n_max": 18,
            "amounts": [1, 2, 4, 8],
            "reference": 4,
            "prior_mean": [-0.85, 0],
            "prior_sd": [1, 1],
            "decide": "when_known",
        }
    },
    "ewoc": {
        FINDING: {
            "kind": "ewoc",
            "target": "30%",
            "n_max": 18,
            "amounts": [1, 2, 4, 8],
            "largest_mtd": 12,
            "decide": "when_decided",
            "stop_toxic": "90%",
        }
    },
    "crm": {
        FINDING: {
            "kind": "crm",
            "target": "25%",
            "n_max": 18,
            "skeleton": ["5%", "12%", "25%", "40%"],
            "decide": "when_decided",
            "stop_toxic": "90%",
        }
    },
    "crm, likelihood, left out": {
        FINDING: {
            "kind": "crm",
            "target": "25%",
            "n_max": 60,
            "cohort": 2,
            "skeleton": {"half_width": "6%", "prior_mtd": 2},
            "model": "logistic",
            "estimate": "mle",
            "select": "treated",
            "not_evaluable": "leave",
        }
    },
    "boin": {FINDING: {"kind": "boin", "target": "30%", "n_max": 18, "enough": 6}},
    "mtpi": {FINDING: {"kind": "mtpi", "target": "30%", "n_max": 15, "cohort": 2}},
    "mtpi2": {FINDING: {"kind": "mtpi2", "target": "25%", "n_max": 18, "decide": "when_known"}},
    "i3plus3": {FINDING: {"kind": "i3plus3", "target": "25%", "n_max": 18, "decide": "when_decided"}},
    "user_table": {
        FINDING: {
            "kind": "user_table",
            "target": "25%",
            "n_max": 12,
            "not_evaluable": "leave",
            "table": {"3": "E S D DU", "6": "E E S D DU DU DU", "9": "E E S S D D DU DU DU DU"},
        }
    },
    "boin, titrated, left out": {
        FINDING: {
            "kind": "boin",
            "target": "30%",
            "n_max": 20,
            "titration": True,
            "extra_safe": "80%",
            "not_evaluable": "leave",
            "decide": "when_decided",
        }
    },
    "absence": {"events.dlt": {"absence_of": "recovery", "by": "14 days"}},
    "judged as known": {"monitoring.board.among": "known", "monitoring.board.look": "every 1 known"},
    "judged as weight": {"monitoring.board.among": "weight", "monitoring.board.rule": BAYES},
    "amended": {"amendments": AMENDED},
    "amended, all": {"amendments": merged(AMENDED, {"less.when": {"all": ["2 mg toxic", "6 treated"]}})},
    "amended by days, from the start": {
        "amendments": merged(
            AMENDED, {"less.when": "60 days", "less.counts": "start again", "less.applies_to": "new"}
        )
    },
}
CASES = {"continuous": {}, "whole days": ON_WHOLE_DAYS}


@pytest.mark.parametrize("days", CASES)
@pytest.mark.parametrize("case", DOSING)
def test_dose_finding(case: str, days: str) -> None:
    truth = merged(DOSING_TRUTH, CASES[days])
    if case == "absence":
        truth["events"] = {name: law for name, law in truth["events"].items() if name != "dlt"}
        truth["delays"] = {}
    played_alike(merged(dosing_design(), DOSING[case]), truth)


LAST_COHORT = (
    "when known",
    "when decided",
    "when decided, left out",
    "left out",
    "queued until",
    "start",
    "no expansion",
    "amended",
    "amended, all",
)


@pytest.mark.parametrize("days", CASES)
@pytest.mark.parametrize("case", LAST_COHORT)
def test_dose_finding_by_the_last_cohort(case: str, days: str) -> None:
    """With outcomes that are still open at other doses, and at the same dose from before."""
    program = of_tree(merged(dosing_design(), DOSING[case]), merged(DOSING_TRUTH, CASES[days]))
    assert difference(with_design(program, AfterTheLast(n_max=24)), 25) == ""
