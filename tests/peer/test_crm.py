"""Evidence: peer. Fits and skeletons of the CRM against the R package dfcrm and a finer quadrature.

data/crm_fits.json: dfcrm 0.2-2.1, and composite Gauss-Legendre with 2,240 nodes on [-14, 14]; fits of whole
outcomes only. data/crm_skeletons.json: its `getprior`.
"""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import log_ndtr

from simulator.contracts import DoseCounts
from simulator.dose_finding._one_parameter import Curve, by_indifference, maximum, posterior
from simulator.dose_finding.crm import Crm

DATA = Path(__file__).parent / "data"
NOTHING = np.zeros(0)


def cases(name):
    return json.loads((DATA / f"{name}.json").read_text())["cases"]


def given(args):
    """Curve, n and DLTs (1, D)."""
    logistic = args.get("model") == "logistic"
    doses, levels = len(args["prior"]), np.array(args["level"]) - 1
    n = np.bincount(levels, minlength=doses)
    dlt = np.bincount(levels, weights=args["tox"], minlength=doses).astype(np.int64)
    curve = Curve(tuple(args["prior"]), float(args.get("intcpt", 3)) if logistic else None)
    return curve, n[None], dlt[None]


def design(args):
    keys = {"model": args["model"]} if "model" in args else {}
    keys |= {"intercept": args["intcpt"]} if "intcpt" in args else {}
    keys |= {"estimate": "mle"} if args.get("method") == "mle" else {}
    return Crm(target=args["target"], n_max=90, skeleton=tuple(args["prior"]), **keys)


FITS = cases("crm_fits")
BAYES = [case for case in FITS if case["args"].get("method") != "mle"]
by_id = {"ids": lambda case: case["id"]}


@pytest.mark.parametrize("case", BAYES, **by_id)
def test_the_posterior_equals_a_finer_quadrature(case):
    curve, n, dlt = given(case["args"])
    expected = case["quadrature"]
    for below in (NOTHING, curve.where(case["args"]["target"])):
        found = posterior(curve, 1.34, n, dlt, below)
        assert found.mean == pytest.approx([expected["estimate"]], rel=0, abs=1e-10)
        assert found.variance == pytest.approx([expected["post_var"]], rel=0, abs=1e-10)
        assert curve.rates(found.mean)[0] == pytest.approx(expected["ptox"], rel=0, abs=1e-10)
    assert found.above[0] == pytest.approx(expected["prob_over_target"], rel=0, abs=1e-10)


@pytest.mark.parametrize("case", BAYES, **by_id)
def test_the_posterior_equals_dfcrm(case):
    """Which integrates to 1.5e-8."""
    curve, n, dlt = given(case["args"])
    found, expected = posterior(curve, 1.34, n, dlt, NOTHING), case["dfcrm"]
    assert found.mean[0] == pytest.approx(expected["estimate"], rel=0, abs=1e-6)
    assert found.variance[0] == pytest.approx(expected["post_var"], rel=0, abs=1e-6)
    assert curve.rates(found.mean)[0] == pytest.approx(expected["ptox"], rel=0, abs=1e-6)


@pytest.mark.parametrize("case", [case for case in FITS if case not in BAYES], **by_id)
def test_the_largest_likelihood(case):
    """dfcrm's own is good to 2e-5."""
    curve, n, dlt = given(case["args"])
    found = maximum(curve, n, dlt)
    assert found[0] == pytest.approx(case["quadrature"]["estimate"], rel=0, abs=1e-8)
    assert found[0] == pytest.approx(case["dfcrm"]["estimate"], rel=0, abs=5e-5)
    assert curve.rates(found)[0] == pytest.approx(case["dfcrm"]["ptox"], rel=0, abs=5e-5)


@pytest.mark.parametrize("case", FITS, **by_id)
def test_the_dose_equals_that_of_dfcrm(case):
    _, n, dlt = given(case["args"])
    counts = DoseCounts(n=n, dlt=dlt, current=np.array([0]))
    assert design(case["args"]).recommend(counts)[0] == case["dfcrm"]["mtd"] - 1


def test_the_example_of_the_documentation():
    curve, n, dlt = given(FITS[0]["args"])
    assert posterior(curve, 1.34, n, dlt, NOTHING).mean[0] == pytest.approx(-0.212171527, rel=0, abs=6e-10)


@pytest.mark.parametrize("case", cases("crm_skeletons"), ids=str)
def test_skeletons_equal_getprior(case):
    args = case["args"]
    intercept = 3.0 if args.get("model") == "logistic" else None
    found = by_indifference(args["target"], args["halfwidth"], args["nu"], args["nlevel"], intercept)
    assert found == pytest.approx(case["skeleton"], rel=0, abs=1e-14)


# ---------------------------------------------------------------- quadrature, by another one


def by_quad(curve, variance, n, dlt, value):
    """(mean, variance, P(b < value)) by adaptive quadrature around the mode."""

    def density(b):
        total = -b * b / (2 * variance)
        for dose in range(len(n)):
            log_p, log_q = curve.logs(dose, np.array(b))
            total += dlt[dose] * float(log_p) + (n[dose] - dlt[dose]) * float(log_q)
        return total

    grid = np.linspace(-12, 12, 24_001)
    logs = np.array([density(b) for b in grid[::40]])
    near = grid[::40][logs.argmax()]
    fine = np.linspace(near - 0.04, near + 0.04, 4_001)
    top = max(density(b) for b in fine)
    mode = fine[np.argmax([density(b) for b in fine])]

    def integral(f, high=12.0):
        edges = sorted({-12.0, high, *(mode + step for step in (-2, -0.5, -0.1, 0, 0.1, 0.5, 2))})
        pieces = [(a, b) for a, b in pairwise(edges) if b <= high]
        return sum(
            quad(lambda b: f(b) * np.exp(density(b) - top), a, b, epsabs=1e-15, epsrel=1e-12, limit=200)[0]
            for a, b in pieces
        )

    whole = integral(lambda b: 1.0)
    mean = integral(lambda b: b) / whole
    return mean, integral(lambda b: (b - mean) ** 2) / whole, integral(lambda b: 1.0, high=value) / whole


SKELETON = (0.05, 0.12, 0.25, 0.40, 0.55)
HARD = [  # curve, n and DLTs per dose: what a coarse or a short grid gets wrong
    (Curve(SKELETON), (30, 0, 0, 0, 0), (30, 0, 0, 0, 0)),
    (Curve(SKELETON), (60, 0, 0, 0, 0), (60, 0, 0, 0, 0)),
    (Curve(SKELETON), (0, 0, 0, 0, 60), (0, 0, 0, 0, 0)),
    (Curve(SKELETON, 3.0), (30, 0, 0, 0, 0), (30, 0, 0, 0, 0)),
    (Curve(SKELETON, 3.0), (0, 0, 0, 0, 30), (0, 0, 0, 0, 0)),
    (Curve(SKELETON, 3.0), (20, 30, 40, 20, 10), (1, 4, 10, 8, 6)),
    (Curve(SKELETON, 5.0), (200, 300, 400, 200, 100), (10, 40, 100, 80, 60)),
]


@pytest.mark.parametrize(("curve", "n", "dlt"), HARD, ids=str)
def test_extreme_counts_are_integrated_as_well(curve, n, dlt):
    """Narrow posteriors, which 161 points alone do not resolve, and the far ends of the curve."""
    value = float(curve.where(0.25)[0])
    mean, variance, below = by_quad(curve, 1.34, n, dlt, value)
    found = posterior(curve, 1.34, np.array([n]), np.array([dlt]), np.array([value]))
    assert found.mean[0] == pytest.approx(mean, rel=0, abs=1e-8)
    assert found.variance[0] == pytest.approx(variance, rel=0, abs=1e-8)
    assert found.above[0, 0] == pytest.approx(below, rel=0, abs=1e-8)


def test_without_data_it_is_the_prior():
    curve, none = Curve(SKELETON), np.zeros((1, 5), dtype=np.int64)
    for variance in (0.01, 1.34, 25.0):
        found = posterior(curve, variance, none, none, curve.where(0.25))
        assert (found.mean[0], found.variance[0]) == pytest.approx((0, variance), rel=1e-9, abs=1e-12)
        below = np.exp(log_ndtr(curve.where(0.25) / np.sqrt(variance)))
        assert found.above[0] == pytest.approx(below, rel=0, abs=1e-9)


def test_a_likelihood_without_a_maximum_ends_at_the_end_of_the_interval():
    n = np.array([[6, 3, 0, 0, 0]])
    for curve in (Curve(SKELETON), Curve(SKELETON, 3.0)):
        assert maximum(curve, n, 0 * n)[0] == pytest.approx(10, rel=0, abs=1e-12)
        assert maximum(curve, n, n)[0] == pytest.approx(-10, rel=0, abs=1e-12)


def test_with_one_dose_the_likelihood_is_largest_at_the_share_of_dlts():
    n, dlt = np.array([[0, 9, 0, 0, 0]]), np.array([[0, 3, 0, 0, 0]])
    for curve in (Curve(SKELETON), Curve(SKELETON, 3.0)):
        assert curve.rates(maximum(curve, n, dlt))[0, 1] == pytest.approx(1 / 3, rel=0, abs=1e-12)
