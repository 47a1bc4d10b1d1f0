"""Evidence: published, and by another way. Tango's score interval for a difference of paired proportions."""

from itertools import product
from math import inf, sqrt

import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import binom

from simulator.stats.intervals import tango, wilson

Z = 1.959963984540054


def test_the_published_interval_of_airway_hyper_responsiveness():
    """21 children before and after a transplantation, 1 and 7 discordant: -0.517 to -0.026.

    Fagerland, Lydersen and Laake (2014), Recommended tests and confidence intervals for paired binomial
    proportions, Statistics in Medicine 33:2850-2875, table for the data of Bentur and others (2009).
    """
    low, high = tango(1, 7, 21)
    assert (round(low, 3), round(high, 3)) == (-0.517, -0.026)


def likeliest(b: int, c: int, n: int, difference: float) -> float:
    """P(the other alone) that makes these numbers likeliest where the difference is given, by search."""
    from math import log

    def unlikely(q: float) -> float:
        parts = ((b, q + difference), (c, q), (n - b - c, 1.0 - 2.0 * q - difference))
        if any(p <= 0 < x for x, p in parts):
            return inf
        return -sum(x * log(p) for x, p in parts if x)

    low, high = max(0.0, -difference), (1.0 - difference) / 2.0
    return float(minimize_scalar(unlikely, bounds=(low, high), options={"xatol": 1e-13}).x)


@pytest.mark.parametrize(
    ("b", "c", "n"), [(5, 3, 40), (16, 8, 86), (40, 20, 160), (7, 1, 21), (300, 90, 500)]
)
def test_the_ends_are_where_the_score_statistic_is_the_normal_quantile(b: int, c: int, n: int):
    def score(difference: float) -> float:
        q = likeliest(b, c, n, difference)
        return (b - c - n * difference) / sqrt(n * (2 * q + difference - difference**2))

    estimate = (b - c) / n
    expected = (
        brentq(lambda d: score(d) - Z, -0.999, estimate - 1e-6),
        brentq(lambda d: score(d) + Z, estimate + 1e-6, 0.999),
    )
    assert tango(b, c, n) == pytest.approx(expected, abs=1e-6)


def test_no_discordant_pair_bounds_the_difference_all_the_same():
    """With b = c = 0 the score statistic is -n D / sqrt(n |D| (1 - |D|)), so |D| <= z^2 / (n + z^2)."""
    low, high = tango(0, 0, 500)
    assert high == pytest.approx(Z**2 / (500 + Z**2), abs=1e-12)
    assert low == -high


def test_all_pairs_discordant_is_the_interval_of_one_proportion():
    """Then the first alone is as frequent as a coin that came up b of n times: D = 2 p - 1."""
    for b in (0, 3, 250, 500):
        low, high = wilson(b, 500)
        assert tango(b, 500 - b, 500) == pytest.approx((2 * low - 1, 2 * high - 1), abs=1e-9)


def test_swapped_numbers_change_the_sign_only_and_the_interval_holds_the_estimate():
    for b, c in product(range(13), repeat=2):
        low, high = tango(b, c, 24)
        assert (-high, -low) == tango(c, b, 24)
        assert -1 <= low <= (b - c) / 24 <= high <= 1
        assert low < high


def covered(difference: float, n: int) -> tuple[float, float]:
    """Exact coverage of nested pairs, where the other alone never is: of Tango's interval, and of -+ 1.96."""
    score = normal = 0.0
    for b in range(n + 1):
        weight = float(binom.pmf(b, n, difference))
        if weight < 1e-15:
            continue
        low, high = tango(b, 0, n)
        score += weight * (low <= difference <= high)
        estimate = b / n
        normal += weight * (abs(estimate - difference) <= Z * sqrt(estimate * (1 - estimate) / n))
    return score, normal


@pytest.mark.parametrize(
    ("difference", "n", "score"),
    [(0.969279, 500, 0.948), (0.024253, 500, 0.943), (0.002468, 500, 0.998), (0.002468, 10_000, 0.957)],
)
def test_exact_coverage_of_nested_pairs(difference: float, n: int, score: float):
    """By enumeration. Where one discordant pair is expected no interval that allows for the other kind of
    pairs can come down to 95 %: 0 to 5 of them are all within reach."""
    assert covered(difference, n)[0] == pytest.approx(score, abs=5e-4)


def test_an_interval_of_1_96_errors_would_not_do():
    """One discordant trial expected of 500: in 37 % of runs there is none, and the interval is a point."""
    assert covered(0.002, 500)[1] == pytest.approx(0.632, abs=5e-4)


@pytest.mark.parametrize(
    ("b", "c", "n", "level"), [(-1, 0, 5, 0.95), (3, 3, 5, 0.95), (0, 0, 0, 0.95), (1, 1, 5, 1)]
)
def test_numbers_that_are_no_pairs_are_refused(b: int, c: int, n: int, level: float):
    with pytest.raises(ValueError, match="allowed"):
        tango(b, c, n, level)
