"""Evidence: exact, by hand, and published. How strict boundaries are; one-sided limits of a share."""

import random

import pytest
from scipy.stats import binom

from simulator.stats.intervals import clopper_pearson
from simulator.what_ifs.bounds import Bounds, Group, grouped, nested


def one(*bound: float | None, for_many: bool = True, by_n: bool = True, least: float = 0.0) -> tuple[Bounds]:
    return (Bounds("stop", "event", by_n, for_many, tuple(range(1, len(bound) + 1)), bound, least),)


def test_boundaries_are_ordered_by_how_strict_they_are() -> None:
    many = [one(1, 1, 2), one(None, 2, 2), one(None, 2, 3), one(None, None, None)]
    few = [one(1, 1, 2, for_many=False), one(0, 1, 2, for_many=False), one(None, 0, 2, for_many=False)]
    weighted = [
        one(4.5, 6.0, by_n=False),
        one(4.25, 6.0, by_n=False),
        one(4.25, 6.0, by_n=False, least=2.0),
        one(None, 6.0, by_n=False, least=2.0),
    ]
    for chain in (many, few, weighted):
        shuffled = [(str(i), bounds) for i, bounds in enumerate(chain)]
        random.Random(1).shuffle(shuffled)
        groups = grouped([*shuffled, ("again", chain[1])])
        assert [group.bounds for group in groups] == chain
        assert groups[1].values == ("1", "again")
        assert nested(groups)
    crossing = grouped([("a", one(1, 3)), ("b", one(2, 2))])
    assert not nested(crossing)
    assert not nested([Group(("a",), one(2, 2)), Group(("b",), one(1, 2))])


def test_published_clopper_pearson_limits() -> None:
    """0 of n has 1 - 0.05^(1/n); 3 of 10 at 97.5 % on each side .0667 to .6525 (Clopper and Pearson 1934)."""
    assert clopper_pearson(0, 20) == (0.0, pytest.approx(1 - 0.05 ** (1 / 20), rel=1e-12))
    assert clopper_pearson(20, 20) == (pytest.approx(0.05 ** (1 / 20), rel=1e-12), 1.0)
    assert [round(end, 4) for end in clopper_pearson(3, 10, 0.975)] == [0.0667, 0.6525]
    for x, n in ((1, 30), (7, 50), (499, 500)):
        low, high = clopper_pearson(x, n)
        assert binom.cdf(x, n, high) == pytest.approx(0.05, rel=1e-9)
        assert binom.sf(x - 1, n, low) == pytest.approx(0.05, rel=1e-9)
    with pytest.raises(ValueError, match="5 of 4"):
        clopper_pearson(5, 4)
    with pytest.raises(ValueError, match="level is 1"):
        clopper_pearson(1, 4, 1.0)
