"""Evidence: exact. The Thall-Simon-Estey check scenario: simulated = calculated = recalculated from scipy.

The recursion below uses nothing of simulator.stats or simulator.exact. Then what pending outcomes do
to the same rule among known, fail and completed, against a second simulation, in NumPy.
"""

from dataclasses import dataclass
from functools import cache
from math import inf, sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import beta

from simulator.loading.load import load
from simulator.metrics.collect import collect
from simulator.metrics.text import text_of
from simulator.study.run import run
from tests.helpers import (
    HALF_YEAR,
    MONTH,
    ROOT,
    SEED,
    assert_mean,
    assert_near,
    assert_share,
    draws,
    exactly,
    of_file,
    program,
    until,
)

CHECK = Path(ROOT / "scenarios/checks/ferrajoli.yaml")
TRIALS = 200  # per cell: 49 cells
N = 45
SIX, FOUR = 5.1e-7, 5.1e-5  # printed with six, with four decimals

RATES = {  # truth -> (response, toxicity, association)
    "design_null": (0.20, 0.30, 1.0),
    "as_reported_nonhaem": (0.32, 0.15, 1.0),
    "haem_course1": (0.32, 0.405, 1.0),
    "haem_ever": (0.32, 0.70, 1.0),
    "inactive": (0.10, 0.30, 1.0),
    "most_negative": (0.20, 0.30, 0.0),
    "most_positive": (0.20, 0.30, inf),
}
EVERY = tuple(range(1, N + 1))
FIVES = tuple(range(5, N + 1, 5))
VARIANTS = {  # variant -> (looks, endpoints, minimum n)
    "joint": (EVERY, "tr", 1),
    "every_5": (FIVES, "tr", 1),
    "every_10": ((10, 20, 30, 40, 45), "tr", 1),
    "toxicity_only": (EVERY, "t", 1),
    "response_only": (EVERY, "r", 1),
    "minimum_5": (EVERY, "t", 5),
    "wait_5": (FIVES, "tr", 1),
}


# ---------------------------------------------------------------- the same again, from scipy


@cache
def too_toxic(n):
    """Least x with P(p > 30 % | x of n) > 95 % under Beta(.6, 1.4); n + 1 for never."""
    x = np.arange(n + 1)
    held = beta.sf(0.3, 0.6 + x, 1.4 + n - x) > 0.95
    return int(x[held][0]) if held.any() else n + 1


@cache
def too_few(n):
    """Greatest x with P(p < 20 % | x of n) > 95 % under Beta(.4, 1.6); -1 for never."""
    x = np.arange(n + 1)
    held = beta.cdf(0.2, 0.4 + x, 1.6 + n - x) > 0.95
    return int(x[held][-1]) if held.any() else -1


@dataclass
class Monitored:
    """p: probabilities by key; n, t, r: (mean, sd) of patients, toxicities and responses when it ends."""

    p: dict[str, float]
    n: tuple[float, float]
    t: tuple[float, float]
    r: tuple[float, float]


@cache
def recalculated(variant, truth):
    """Patient by patient over (toxicities, responses); what stops leaves with its n and counts."""
    looks, endpoints, minimum = VARIANTS[variant]
    response, toxicity, ratio = RATES[truth]
    together = {1.0: response * toxicity, 0.0: max(0, response + toxicity - 1), inf: min(response, toxicity)}
    both = together[ratio]
    mass = np.zeros((N + 2, N + 2))
    mass[0, 0] = 1.0
    t, r = np.indices(mass.shape)
    p = {"toxicity": 0.0, "futility": 0.0, "last": 0.0}
    ended = []  # (n, mass) of what stops, or goes on to the end
    for n in EVERY:
        new = (1 - response - toxicity + both) * mass
        new[1:] += (toxicity - both) * mass[:-1]
        new[:, 1:] += (response - both) * mass[:, :-1]
        new[1:, 1:] += both * mass[:-1, :-1]
        mass = new
        if n in looks and n >= minimum:
            toxic = (t >= too_toxic(n)) & ("t" in endpoints)
            futile = (r <= too_few(n)) & ("r" in endpoints) & ~toxic
            p["toxicity"] += mass[toxic].sum()
            p["futility"] += mass[futile].sum()
            p["last"] += mass[toxic | futile].sum() if n == N else 0.0
            ended.append((n, np.where(toxic | futile, mass, 0.0)))
            mass = np.where(toxic | futile, 0.0, mass)
    ended.append((N, mass))

    def moments(value):
        mean = sum(float((m * value(n)).sum()) for n, m in ended)
        square = sum(float((m * value(n) ** 2).sum()) for n, m in ended)
        return mean, sqrt(max(square - mean * mean, 0.0))

    return Monitored(p, moments(lambda n: n * np.ones_like(mass)), moments(lambda _: t), moments(lambda _: r))


def by_key(variant, truth):
    """Metric key -> probability, or (mean, sd)."""
    found, endpoints = recalculated(variant, truth), VARIANTS[variant][1]
    p_stop = found.p["toxicity"] + found.p["futility"]
    out = {"p_stop": p_stop, "p_stop.tse": p_stop, "p_stop_before_last_look": p_stop - found.p["last"]}
    if endpoints == "tr":
        out |= {f"p_stop.tse.{outcome}": found.p[outcome] for outcome in ("toxicity", "futility")}
        for name, x in (("toxicity", found.t), ("response", found.r)):
            out |= {f"n_read.tse.{name}": found.n, f"x_read.tse.{name}": x}
        return out
    return out | {"n_read.tse": found.n, "x_read.tse": found.t if endpoints == "t" else found.r}


@pytest.fixture(scope="module")
def simulated():
    """Every variant under every truth."""
    return run(load(CHECK), trials=TRIALS, seed=SEED)


CELLS = [(variant, truth) for variant in VARIANTS for truth in RATES]


def test_every_cell_is_here(simulated):
    assert [(cell.variant, cell.truth) for cell in simulated.cells] == CELLS


@pytest.mark.parametrize(("variant", "truth"), CELLS)
def test_exact_and_simulated_agree_with_the_recursion(simulated, variant, truth):
    """Shares: exact binomial tests; means: Bernstein's inequality with the exact SD; ALPHA each."""
    cell, expected = simulated.cell(variant, truth), by_key(variant, truth)
    assert {text_of(key) for key, e in cell.metrics.items() if e.exact is not None} == set(expected)
    for key, value in expected.items():
        values, exact = cell.columns[key], cell.metrics[key].exact
        if key.startswith("p_"):
            assert exact == pytest.approx(value, abs=1e-9), key
            assert_share(int(values.sum()), TRIALS, min(max(value, 0.0), 1.0), key)
        else:
            assert exact == pytest.approx(value[0], abs=1e-7), key
            assert_mean(values, *value, N, key)


@pytest.mark.parametrize(("variant", "truth"), CELLS)
def test_wald(simulated, variant, truth):
    """E[x] = p E[n]: exactly, and within 5 standard errors of x - p n over trials (6e-7)."""
    cell = simulated.cell(variant, truth)
    response, toxicity, _ = RATES[truth]
    only = {"toxicity": "t", "response": "r"}
    for name, p in (("toxicity", toxicity), ("response", response)):
        if only[name] in VARIANTS[variant][1]:
            end = f".{name}" if VARIANTS[variant][1] == "tr" else ""
            n, x = f"n_read.tse{end}", f"x_read.tse{end}"
            assert cell.metrics[x].exact == pytest.approx(p * cell.metrics[n].exact, abs=1e-9)
            assert_near(cell.columns[x] - p * cell.columns[n], 0.0, 0.0, f"Wald, {name}")


# ---------------------------------------------------------------- numbers printed before this program was

ALONE = [  # scenario-parameters.md section 3: variant, truth, changed look, P(stop), E[n]
    ("toxicity_only", "design_null", "", 0.180085, 39.7164),
    ("toxicity_only", "design_null", "every 5 completed", 0.140926, 41.2256),
    ("toxicity_only", "design_null", "every 5 treated", 0.140926, 41.2256),
    ("minimum_5", "design_null", "", 0.172388, 40.1259),
    ("toxicity_only", "design_null", "[10, 20, 30, 40, 45]", 0.115363, 42.3714),
    ("response_only", "as_reported_nonhaem", "", 0.076827, 42.2000),
    ("response_only", "inactive", "", 0.838825, 19.9492),
    ("toxicity_only", "haem_ever", "", 0.999986, 6.4986),
]


def exact(variant, truth, *sets):
    values, reason = exactly(of_file(CHECK, variant, truth, *sets))
    assert not reason
    return values


@pytest.mark.parametrize(("variant", "truth", "look", "p_stop", "n"), ALONE)
def test_one_endpoint_alone(variant, truth, look, p_stop, n):
    sets = [f"design.monitoring.tse.look={look}"] if look else []
    if look.startswith("["):
        listed = ", ".join(f"{at} completed" for at in look.strip("[]").split(", "))
        sets = [f"design.monitoring.tse.look={{at: [{listed}]}}"]
    if look.endswith("treated"):
        sets.append("design.monitoring.tse.wait=look")
    values = exact(variant, truth, *sets)
    assert values["p_stop"] == pytest.approx(p_stop, abs=SIX)
    assert values["n_read.tse"] == pytest.approx(n, abs=FOUR)


@pytest.mark.parametrize(
    ("truth", "p_stop", "n", "toxicity"),
    [
        ("design_null", 0.442189, 30.9651, 0.148850),
        ("haem_ever", 0.999987, 6.4100, None),
        ("inactive", 0.867850, 18.1911, None),
        ("most_negative", 0.412566, None, None),
        ("most_positive", 0.485559, None, None),
    ],
)
def test_both_endpoints(truth, p_stop, n, toxicity):
    values = exact("joint", truth)
    assert values["p_stop"] == pytest.approx(p_stop, abs=SIX)
    assert n is None or values["n_read.tse.toxicity"] == pytest.approx(n, abs=FOUR)
    assert toxicity is None or values["p_stop.tse.toxicity"] == pytest.approx(toxicity, abs=SIX)


def test_association_changes_the_union_and_neither_rule_alone():
    truths = ("most_negative", "design_null", "most_positive")
    for variant in ("toxicity_only", "response_only", "minimum_5"):
        first, *others = (exact(variant, truth) for truth in truths)
        assert all(other == pytest.approx(first, abs=1e-12) for other in others)
    for variant in ("joint", "every_5", "every_10"):
        low, middle, high = (exact(variant, truth)["p_stop"] for truth in truths)
        assert high - middle > 0.015 < middle - low


# ---------------------------------------------------------------- completed: time does not matter


def change(among="", look="", accrual="", toxicity="", window=""):
    """`--set` of the check scenario, as of_file takes them."""
    sets = {
        f"design.monitoring.tse.among={among}": among,
        f"design.monitoring.tse.look={look}": look,
        f"truths.design_null.accrual={accrual}": accrual,
        f"design.events.toxicity.window={window}": window,
        f"truths.design_null.events.toxicity.onset={toxicity}": toxicity,
    }
    return [text for text, given in sets.items() if given]


METRICS = ("p_stop", "n_read", "x_read")


def outcomes(trials, variant, *sets, truth="design_null"):
    """Per trial: outcome, n and x of the last look."""
    given = of_file(CHECK, variant, truth, *sets)
    columns = collect(given, draws(given, trials))
    read = [values for key, values in columns.items() if key.rule and key.metric in METRICS]
    return np.stack(read)


def test_among_completed_neither_accrual_nor_onset_nor_waiting_changes_any_trial():
    """The same 60 trials, to the patient and the outcome, and so the same P(stop)."""
    planned = outcomes(60, "joint")
    assert 0 < planned[0].sum() < 60
    at_once = change(accrual="every 1 day", toxicity="{at: {6 months: 100%}}")
    slow = change(accrual="0.5 per month", toxicity="{uniform: [100 days, 101 days]}")
    for sets in (at_once, slow, change(accrual="40 per month")):
        assert np.array_equal(outcomes(60, "joint", *sets), planned)
    waiting = ["design.monitoring.tse.wait=look"]
    fives = outcomes(60, "joint", *change(look="every 5 completed"))
    assert np.array_equal(outcomes(60, "joint", *change(look="every 5 treated"), *waiting), fives)


# ---------------------------------------------------------------- known: bad news first


def first_known(trials, p, known_bad, known_good, bad_counts):
    """P(stop) of a rule that looks whenever a patient's outcome becomes known, by simulation in NumPy.

    known_bad, known_good : (rng, shape) -> days from entry until it is known; bad_counts : whether the
    bad outcome is the event counted (toxicity), else the good one is (response, stopped for few).
    """
    rng = np.random.default_rng(SEED)
    shape = (trials, N)
    entry = np.cumsum(rng.exponential(MONTH / 2.93, shape), axis=1)
    bad = rng.random(shape) < p
    known = entry + np.where(bad, known_bad(rng, shape), known_good(rng, shape))
    in_order = np.take_along_axis(bad, np.argsort(known, axis=1, kind="stable"), axis=1)
    seen = np.cumsum(in_order if bad_counts else ~in_order, axis=1)
    if bad_counts:
        return (seen >= [too_toxic(n) for n in EVERY]).any(axis=1)
    return (seen <= [too_few(n) for n in EVERY]).any(axis=1)


def agree(hits, second, low, high):
    """Two simulations within 5 standard errors of each other (6e-7), the one in NumPy in [low, high]."""
    p = float(second.mean())
    assert low < p < high
    error = sqrt(p * (1 - p) * (1 / len(hits) + 1 / len(second)))
    assert abs(float(np.mean(hits)) - p) < 5 * error, f"{np.mean(hits):.3f}, NumPy {p:.4f}"


def stopped(given, trials):
    return collect(given, draws(given, trials))["p_stop"]


@pytest.mark.parametrize(("days", "low", "high"), [(180, 0.60, 0.78), (28, 0.19, 0.32)])
def test_toxicity_counted_when_known_stops_too_often(days, low, high):
    """Toxicities are known before their absence: P(stop) .69 and .25 where the textbook has .1801."""
    uniform = f"{{uniform: [0 days, {days} days]}}"
    sets = {"look": "every 1 known", "toxicity": uniform, "window": f"{days} days"}
    known = stopped(of_file(CHECK, "toxicity_only", "design_null", *change("known", **sets)), 300)
    second = first_known(
        40_000, 0.30, lambda rng, shape: rng.uniform(0, days, shape), lambda *_: float(days), bad_counts=True
    )
    agree(known, second, low, high)
    assert second.mean() > 0.180085 + 10 * sqrt(0.18 * 0.82 / 40_000)
    sets = change("completed", **{**sets, "look": ""})
    assert exact("toxicity_only", "design_null", *sets)["p_stop"] == pytest.approx(0.180085, abs=SIX)
    completed = stopped(of_file(CHECK, "toxicity_only", "design_null", *sets), 150)
    assert_share(int(completed.sum()), 150, 0.180085)


def responses(among, look, p="32%", *, later=True, accrual="2.93 per month"):
    """The response rule alone; who does not respond may progress, as reported: early, and `later`."""
    limit = {"standard": "20%", "prior": {"events": 0.4, "others": 1.6}, "certainty": "more than 95%"}
    ages = {"3 months": "3 of 7", **{f"{m} months": "1 of 7" for m in (4, 5, 6, 8)}}
    clock = {"unless": "responder", "clock": "enrolment"}
    progression = {
        "early": {**clock, "probability": "10 of 30 in 3 months", "onset": "uniform"},
        "later": {**clock, "incidence": "7 of 20" if later else "0%", "onset": {"at": ages}},
    }
    response = {"clock": "enrolment", "incidence": "100%", "onset": {"at": {"6 months": "100%"}}}
    truth = {
        "accrual": accrual,
        "traits": {"responder": {"probability": p}},
        "events": {
            "response": {"only_if": "responder", **response},
            "progression": {"components": progression},
        },
    }
    monitor = {
        "counts": {"response": {"event": "response"}},
        "rule": {"kind": "thall_simon_estey", "response": limit},
        "among": among,
        "look": look,
        "then": ["close_accrual"],
    }
    design = {
        "accrual": until(N),
        "drugs": {"x": ["1 mg"]},
        "phases": {"one": {"lasts": "12 months"}},
        "events": {
            "response": {"window": "6 months", "ruled_out_by": ["progression"]},
            "progression": {"when_detected": "leave"},
        },
        "monitoring": {"rule": monitor},
    }
    return program(design, truth)


def no_response(share_later):
    """Days until a patient without response is known: early or later progression, else 6 months."""

    def days(rng, shape):
        early = np.where(rng.random(shape) < 1 / 3, rng.uniform(0, 3 * MONTH, shape), inf)
        ages = np.array([3, 3, 3, 4, 5, 6, 8]) * MONTH
        later = np.where(rng.random(shape) < share_later, rng.choice(ages, shape), inf)
        return np.minimum(np.minimum(early, later), HALF_YEAR)

    return days


@pytest.mark.parametrize(("share_later", "low", "high"), [(0.0, 0.22, 0.33), (7 / 20, 0.30, 0.44)])
def test_responses_counted_when_known_stop_for_futility_too_often(share_later, low, high):
    """At a true 32 %: .28 with the progressions of the first 3 months, .37 with all, completed .0768."""
    second = first_known(40_000, 0.68, no_response(share_later), lambda *_: HALF_YEAR, bad_counts=False)
    agree(stopped(responses("known", "every 1 known", later=share_later > 0), 250), second, low, high)
    completed = stopped(responses("completed", "every 1 completed", later=share_later > 0), 100)
    assert_share(int(completed.sum()), 100, 0.076827)


@pytest.mark.parametrize("p", ["20%", "32%", "60%"])
def test_pending_patients_as_failures_stop_every_trial_for_futility(p):
    """0 of 7 stops, and the seventh nearly always enters before anybody is assessed: with chance .9996."""
    given = responses("fail", "every 1 treated", p)
    columns = collect(given, draws(given, 100))
    assert columns["p_stop"].sum() >= 97  # four of 100 without: chance 1e-7 if each has 4e-4
    seventh = columns["n_read.rule"] == 7
    assert seventh.sum() >= 97
    assert not columns["x_read.rule"][seventh].any()
    given = responses("fail", "every 1 treated", p, accrual="every 10.4 days")
    assert collect(given, draws(given, 5))["n_read.rule"].tolist() == [7] * 5
