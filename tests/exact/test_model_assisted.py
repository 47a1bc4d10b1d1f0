"""Evidence: exact. Designs by a table in the decision graph: enumerations made elsewhere, and trials played.

data/boin_oc.json: merged states of the rules of the R package BOIN 2.7.2, checked there against 40,000
trials of its `get.oc`. data/model_assisted_oc_exact.json: the same of mTPI, i3+3 and mTPI-2, the last checked
against the R package Keyboard 0.1.3, which ends with `n.earlystop` patients at a dose whatever is said.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simulator.engines.compiled.driver import play
from simulator.exact.dose_graph import dose_graph
from simulator.registry import DESIGNS, load
from tests.helpers import SEED, assert_share, dose_version, exactly, program

DATA = Path(__file__).parent / "data"
TRIALS = 4_000  # played per design; standard error of P(select) at most 0.008
TRUTH = (0.05, 0.15, 0.30, 0.45, 0.60)


def cases(name):
    return json.loads((DATA / f"{name}.json").read_text())["cases"]


def name(case):
    """`target 0.3, p.true [...]`: what R was asked."""
    return ", ".join(f"{key} {value}" for key, value in case["args"].items() if key not in ("ntrial", "seed"))


def told(kind, args):
    """A design from the arguments of R's `get.oc`, and its start."""
    keys = {
        "target": args["target"],
        "n_max": args["ncohort"] * args["cohortsize"],
        "cohort": args["cohortsize"],
    }
    keys |= {"enough": args["n.earlystop"]} if "n.earlystop" in args else {}
    keys |= {"extra_safe": 0.9} if args.get("extrasafe") else {}
    keys |= {"titration": True} if args.get("titration") else {}
    return load(DESIGNS[kind])(**keys), args.get("startdose", 1) - 1


def graph_of(design, start=0):
    """On five doses."""
    return dose_graph([dose_version(design, range(1, 6), start=start)])


def near(expected):
    return pytest.approx(expected, rel=0, abs=1e-9)


def assert_equal(found, case):
    assert [found.p_none, *found.p_select.values()] == near([case["none"], *case["select"]])
    assert list(found.n.values()) == near(case["n_per_dose"])
    assert list(found.dlt.values()) == near(case["dlt_per_dose"])
    assert (found.n_mean, found.n_sd) == near((case["n_mean"], case["n_sd"]))
    expected = {int(n): p for n, p in case["n_dist"].items()}
    assert {n: float(p) for n, p in found.p_total.items() if p > 1e-12} == near(
        {n: p for n, p in expected.items() if p > 1e-12}
    )


@pytest.mark.parametrize("case", cases("boin_oc"), ids=name)
def test_boin_equals_the_enumeration_of_the_package(case):
    design, start = told("boin", case["args"])
    assert_equal(graph_of(design, start=start).evaluate(case["args"]["p.true"]), case["exact"])


OTHERS = {"mTPI": "mtpi", "keyboard/mTPI-2": "mtpi2", "i3+3": "i3plus3"}


@pytest.mark.parametrize(
    "case", cases("model_assisted_oc_exact"), ids=lambda case: f"{case['design']}, {name(case)}"
)
def test_others_equal_the_enumeration_of_their_rules(case):
    args, kind = case["args"], OTHERS[case["design"]]
    design, start = told(kind, args)
    if design.enough is not None:
        design = replace(design, enough_when="always")
    graph = graph_of(design, start=start)
    assert_equal(graph.evaluate(args["p.true"]), case)
    above = [level for level, p in enumerate(args["p.true"], start=1) if p > args["target"]]
    for percent in (60, 80):
        planned = args["ncohort"] * args["cohortsize"]
        assert graph.p_mostly(args["p.true"], above, percent, planned) == near(case[f"overdose{percent}"])


PRINTED = {  # P(select each dose), none, E[N], E[n] per dose; target 30%, 10 cohorts of 3, TRUTH
    "boin": (
        (0.011693, 0.232062, 0.546330, 0.193704, 0.016000),
        0.000211,
        29.994617,
        (4.175102, 9.096942, 11.158803, 4.750925, 0.812846),
    ),
    "mtpi2": ((0.011667, 0.227338, 0.548286, 0.196498, 0.016000), 0.000211, 29.994617, None),
}


@pytest.mark.parametrize("kind", PRINTED)
def test_printed_characteristics(kind):
    select, none, mean, n = PRINTED[kind]
    found = graph_of(load(DESIGNS[kind])(target=0.30, n_max=30)).evaluate(TRUTH)
    assert [*found.p_select.values(), found.p_none] == pytest.approx([*select, none], rel=0, abs=5.1e-7)
    assert found.n_mean == pytest.approx(mean, rel=0, abs=5.1e-7)
    assert n is None or list(found.n.values()) == pytest.approx(n, rel=0, abs=5.1e-7)


def test_parts_of_a_trials_patients_are_averaged_over_trials():
    """BOIN; exactly 60 % is not more than 60 %."""
    graph = graph_of(load(DESIGNS["boin"])(target=0.30, n_max=30))
    found = graph.evaluate(TRUTH)
    assert found.share[3] == pytest.approx(0.371960, rel=0, abs=5.1e-7)
    assert sum(found.share.values()) == near(1.0)
    assert found.n[3] / found.n_mean != pytest.approx(found.share[3], rel=0, abs=1e-6), (
        "which is another number"
    )
    assert graph.p_mostly(TRUTH, (4, 5), 60) == pytest.approx(0.034362, rel=0, abs=5.1e-7)
    there = graph.n @ np.isin(graph.column_levels, (4, 5))
    at_least = graph.p_mostly(TRUTH, (4, 5), 60) + graph._chances(np.array([TRUTH]))[0] @ (
        100 * there == 60 * graph.n.sum(axis=1)
    )
    assert at_least == pytest.approx(0.089152, rel=0, abs=5.1e-7)
    several = graph.p_mostly(np.array([TRUTH, TRUTH[::-1]]), (4, 5), 60)
    assert several.shape == (2,)
    assert several[0] == near(graph.p_mostly(TRUTH, (4, 5), 60))


DRAWN = {
    "boin": {"target": "30%", "n_max": 18, "enough": 9},
    "mtpi": {"target": "25%", "n_max": 16, "cohort": 2},
    "mtpi2": {"target": "30%", "n_max": 18, "enough": 9, "enough_when": "always"},
    "i3plus3": {"target": "30%", "n_max": 18, "p1": "25%", "p2": "33.4%"},
    "boin, titrated": {"target": "25%", "n_max": 14, "titration": True, "extra_safe": "80%"},
}
RATES = {"1 mg": "10%", "2 mg": "25%", "3 mg": "40%", "4 mg": "55%"}


@pytest.mark.parametrize("case", DRAWN)
def test_trials_that_are_played_agree_with_the_graph(case):
    """Seven shares per design, false alarm 1e-6 each."""
    design = {
        "drugs": {"x": list(RATES)},
        "phases": {"one": {"lasts": "28 days", "gives": {"x": "assigned"}}},
        "events": {"dlt": {"window": "28 days"}},
        "dose_finding": {"kind": case.partition(",")[0], **DRAWN[case]},
        "accrual": {"until": "18 treated", "while_held": "on_demand"},
    }
    law = {"clock": "enrolment", "probability_by_dose": {"x": RATES}, "within": "28 days", "onset": "uniform"}
    found = program(design, {"events": {"dlt": law}})
    exact, reason = exactly(found)
    assert reason == ""
    records = play(found, seed=SEED, first=0, trials=TRIALS)
    over = records.decisions[records.decisions["next"] == 0]
    assert len(over) == TRIALS
    for level, dose in enumerate(("none", *RATES)):
        assert_share(int((over["selected"] == level).sum()), TRIALS, exact[f"p_select.{dose}"], dose)
    for level, dose in ((3, "3 mg"), (4, "4 mg")):
        reached = np.unique(records.patients["trial"][records.patients["level"] == level])
        assert_share(len(reached), TRIALS, exact[f"p_reach.{dose}"], dose)
