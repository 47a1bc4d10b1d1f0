"""Evidence: exact. The CRM in the decision graph: an enumeration made elsewhere, dfcrm, and trials played."""

import json
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from simulator.dose_finding.crm import Crm
from simulator.engines.compiled.driver import play
from simulator.exact.dose_graph import dose_graph
from tests.differential.engines import difference
from tests.helpers import SEED, assert_share, dose_version, exactly, program

DATA = Path(__file__).parent / "data"
SKELETON = (0.05, 0.12, 0.25, 0.40, 0.55)
TRUTH = (0.05, 0.15, 0.25, 0.40, 0.60)
TRIALS = 4_000  # played per design


def cases(name):
    return json.loads((DATA / f"{name}.json").read_text())["cases"]


def crm(**keys):
    return Crm(**({"target": 0.25, "n_max": 30, "skeleton": SKELETON} | keys))


def graph_of(design, start=0):
    return dose_graph([dose_version(design, range(1, 6), start=start)])


def near(expected, within=1e-9):
    return pytest.approx(expected, rel=0, abs=within)


def large(case):
    """One patient at a time makes many states."""
    return pytest.param(case, marks=pytest.mark.slow) if case["states"] > 300_000 else case


@pytest.mark.parametrize(
    "case",
    [large(case) for case in cases("crm_oc_exact")],
    ids=lambda c: f"{c['design']['n']}/{c['design']['mcohort']} {c['truth']}",
)
def test_it_equals_the_reference_enumeration(case):
    args = case["design"]
    design = crm(
        target=args["target"], n_max=args["n"], cohort=args["mcohort"], skeleton=tuple(args["prior"])
    )
    graph = graph_of(design)
    found = graph.evaluate(case["truth"])
    assert [found.p_none, *found.p_select.values()] == near([case["none"], *case["select"]])
    assert list(found.n.values()) == near(case["n_per_dose"])
    assert list(found.dlt.values()) == near(case["dlt_per_dose"])
    assert (graph.nodes, len(graph.n)) == (case["states"], case["terminal"])


@pytest.mark.parametrize(
    "case",
    cases("crm_oc_simulated"),
    ids=lambda c: f"{c['args']['n']}/{c['args']['mcohort']} {c['args']['PI']}",
)
def test_it_agrees_with_crmsim(case):
    """Five shares, each within 4 standard errors and one trial: a false alarm in 3,000 such tests."""
    args = case["args"]
    design = crm(
        target=args["target"], n_max=args["n"], cohort=args["mcohort"], skeleton=tuple(args["prior"])
    )
    found = graph_of(design).evaluate(args["PI"])
    for chance, share in zip(found.p_select.values(), case["MTD"], strict=True):
        assert abs(chance - share) <= 4 * sqrt(chance * (1 - chance) / args["nsim"]) + 1 / args["nsim"]


PRINTED = {  # P(select each dose) of 10 cohorts of 3
    "any": (0.006615, 0.227724, 0.592995, 0.168815, 0.003851),
    "treated": (0.006615, 0.235436, 0.590693, 0.163789, 0.003467),
}


@pytest.mark.parametrize("select", PRINTED)
def test_printed_characteristics(select):
    graph = graph_of(crm(select=select))
    found = graph.evaluate(TRUTH)
    assert list(found.p_select.values()) == near(PRINTED[select], 5.1e-7)
    untreated = graph.n[np.arange(len(graph.n)), graph.selected] == 0
    chance = float(graph._chances(np.array([TRUTH]))[0] @ untreated)
    assert chance == near(0.013508 if select == "any" else 0, 5.1e-7)


def test_coherence_never_binds_there():
    """With cohorts of 3 from the lowest dose the posterior is coherent by itself."""
    free, held = (graph_of(crm(coherence=coherence)) for coherence in (False, True))
    for name in ("n", "dlt", "selected", "log_paths"):
        assert (getattr(free, name) == getattr(held, name)).all()


def test_coherence_binds_where_the_skeleton_is_far_off():
    """1 of 3 at 5%, then far below the target by the curve: up, unless coherence holds it."""
    wrong = {"skeleton": (0.01, 0.02, 0.03, 0.04, 0.05), "prior_variance": 0.01, "target": 0.3}
    free, held = (graph_of(crm(coherence=coherence, **wrong)).evaluate(TRUTH) for coherence in (False, True))
    assert held.n[1] > free.n[1] + 0.4


DRAWN = {
    "empiric": {"target": "25%", "n_max": 18, "stop_toxic": "80%"},
    "logistic": {"target": "30%", "n_max": 16, "cohort": 2, "model": "logistic", "enough": 8},
    "mle": {"target": "30%", "n_max": 15, "estimate": "mle", "select": "treated"},
    "precise": {"target": "30%", "n_max": 21, "precision": "40%", "no_skip": False, "coherence": False},
}
RATES = {"1 mg": "10%", "2 mg": "25%", "3 mg": "40%", "4 mg": "55%"}


def played(case, **finding):
    skeleton = {"half_width": "6%", "prior_mtd": 2}
    design = {
        "drugs": {"x": list(RATES)},
        "phases": {"one": {"lasts": "28 days", "gives": {"x": "assigned"}}},
        "events": {"dlt": {"window": "28 days"}},
        "dose_finding": {
            key: value
            for key, value in {"kind": "crm", "skeleton": skeleton, **DRAWN[case], **finding}.items()
            if value is not None
        },
        "accrual": {"until": "30 treated", "while_held": "on_demand"},
    }
    law = {"clock": "enrolment", "probability_by_dose": {"x": RATES}, "within": "28 days", "onset": "uniform"}
    return program(design, {"events": {"dlt": law}})


@pytest.mark.parametrize("case", DRAWN)
def test_trials_that_are_played_agree_with_the_graph(case):
    """Seven shares per design, false alarm 1e-6 each."""
    found = played(case)
    exact, reason = exactly(found)
    assert reason == ""
    assert_played(found, exact)


def assert_played(found, exact):
    records = play(found, seed=SEED, first=0, trials=TRIALS)
    over = records.decisions[records.decisions["next"] == 0]
    assert len(over) == TRIALS
    for level, dose in enumerate(("none", *RATES)):
        assert_share(int((over["selected"] == level).sum()), TRIALS, exact[f"p_select.{dose}"], dose)
    for level, dose in ((3, "3 mg"), (4, "4 mg")):
        reached = np.unique(records.patients["trial"][records.patients["level"] == level])
        assert_share(len(reached), TRIALS, exact[f"p_reach.{dose}"], dose)


@pytest.mark.parametrize("decide", ["when_known", "when_decided"])
@pytest.mark.parametrize("case", DRAWN)
def test_both_engines_play_alike(case, decide):
    assert difference(played(case, decide=decide), 40) == ""


@pytest.mark.parametrize("case", DRAWN)
def test_laws_of_every_truth(case):
    """Total probability, and Wald's identity dose by dose."""
    graph = dose_graph([dose_version(played(case).dosing.versions[0].method, range(1, 5))])
    for truth in ((0.1, 0.25, 0.4, 0.55), (0.0, 0.0, 0.0, 0.0), (1.0, 1.0, 1.0, 1.0), (0.5, 0.1, 0.9, 0.2)):
        laws(graph, truth)


def laws(graph, truth):
    found = graph.evaluate(truth)
    assert found.p_none + sum(found.p_select.values()) == near(1, 1e-12)
    assert sum(found.p_total.values()) == near(1, 1e-12)
    for level, p in enumerate(truth, start=1):
        assert found.dlt[level] == near(p * found.n[level], 1e-11)


BLRM = {"kind": "blrm", "target": None, "reference": 2, "prior_mean": [-0.85, 0], "prior_sd": [1, 1]}
EWOC = {"kind": "ewoc", "target": "30%", "largest_mtd": 6}


@pytest.mark.parametrize(
    "keys",
    [
        BLRM | {"stop_toxic": None},
        EWOC | {"stop_toxic": "90%", "select": "any"},
        EWOC | {"stop_toxic": "90%", "select": "treated"},
    ],
    ids=["blrm", "ewoc any", "ewoc treated"],
)
def test_trials_by_a_model_of_amounts_agree_with_the_graph(keys):
    """Seven shares, false alarm 1e-6 each; and both engines play alike."""
    found = played("empiric", n_max=15, amounts=[1, 2, 3, 4], skeleton=None, **keys)
    exact, reason = exactly(found)
    assert reason == ""
    assert_played(found, exact)
    assert difference(found, 40) == ""
    graph = dose_graph([dose_version(found.dosing.versions[0].method, range(1, 5))])
    for truth in ((0.1, 0.25, 0.4, 0.55), (0.0, 0.0, 0.0, 0.0), (1.0, 1.0, 1.0, 1.0)):
        laws(graph, truth)
