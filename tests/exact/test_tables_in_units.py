"""Evidence: exact. Tables stretched from unit scale against closed forms, up to what a file may say."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from math import exp, expm1
from random import Random
from typing import Any

import pytest

from simulator import limits
from simulator.contracts import HazardTable
from simulator.formats import TICK
from simulator.loading.load import load
from simulator.program import hazards
from simulator.study.run import programs
from simulator.truths import tabulate
from simulator.truths.decay import Decay, ExponentialDecay
from simulator.truths.delays import ExponentialDelay, LogNormal, LogNormalDelay
from simulator.truths.onset import Exponential, IncidenceWithOnset, Late, LogNormalOnset, OnsetLaw
from simulator.truths.probability import ProbabilityWithin
from simulator.truths.tabulate import CERTAIN, with_knot
from simulator.truths.weibull import Weibull, WeibullHazard
from simulator.units import Risk
from tests.helpers import ROOT

ALLOWED = 1e-6  # in F, whatever factor scales the table
FACTORS = (0.01, 1.0, 10.0)
LONGEST = 36_525.0  # days: no trial takes a hundred years
MOST = 400  # intervals looked at
SCALES = (TICK, 6.7, 165.9, limits.MOST_DAYS)
SIGMAS = (1 / limits.MOST_NUMBER, 0.25, 1.0, limits.MOST_SIGMA)
SHARES = (1e-12, 0.65, 1.0)
SHAPES = (1 / limits.MOST_SHAPE, 0.71, 1.0, 2.5, limits.MOST_SHAPE)
BEGINNINGS = (1e-6, 0.0138, limits.MOST_PER_DAY)  # hazards per day
UNIFORM = ((0.0, TICK), (5.0, 28.0), (7.0 - TICK, 7.0), (0.0, limits.MOST_DAYS))


def lognormal(share: float, median: float, sigma: float) -> IncidenceWithOnset:
    law = OnsetLaw(lognormal=LogNormalOnset(median=median, sigma=sigma))
    return IncidenceWithOnset(incidence=share, onset=law)


def weibull(shape: float, scale: float) -> WeibullHazard:
    return WeibullHazard(weibull=Weibull(shape=shape, scale=scale))


def decay(initial: float, life: float) -> ExponentialDecay:
    return ExponentialDecay(decay=Decay(initial=initial, mean_life=life))


def late(share: float, by: float, sigma: float) -> IncidenceWithOnset:
    late = Late(by=by, probability_by_dose={"drug": {"dose": share}})
    return IncidenceWithOnset(incidence=1.0, onset=OnsetLaw(lognormal=LogNormalOnset(sigma=sigma, late=late)))


FAMILIES = [
    *(lognormal(*values) for values in itertools.product(SHARES, SCALES, SIGMAS)),
    *(
        IncidenceWithOnset(incidence=share, onset=OnsetLaw(exponential=Exponential(mean=mean)))
        for share, mean in itertools.product(SHARES, SCALES)
    ),
    *(
        IncidenceWithOnset(incidence=share, onset=OnsetLaw(uniform=between))
        for share, between in itertools.product(SHARES, UNIFORM)
    ),
    *(
        ProbabilityWithin(probability=Risk(probability=share, days=within), onset="uniform")
        for share, within in itertools.product((1e-12, 0.33, 0.999999), SCALES)
    ),
    *(weibull(*values) for values in itertools.product(SHAPES, SCALES)),
    *(decay(*values) for values in itertools.product(BEGINNINGS, SCALES)),
    *(late(*values) for values in itertools.product((1e-9, 0.03, 0.5, 1 - 1e-9), SCALES, SIGMAS)),
]


def ages(table: HazardTable) -> list[float]:
    """Knots of some intervals and three ages within each, ages beyond the last, and some of every size."""
    random, last = Random(1), table.knots[-1]
    intervals = [(a, b) for a, b in itertools.pairwise(table.knots) if a <= LONGEST]
    some = random.sample(intervals, MOST) if len(intervals) > MOST else intervals
    inside = {a + (b - a) * random.random() for a, b in some for _ in range(3)}
    found = {*itertools.chain(*some), *inside, last, 1.5 * last, 10.0 * last}
    found |= {TICK * (LONGEST / TICK) ** random.random() for _ in range(MOST)}
    return sorted(age for age in found if age <= LONGEST)


@pytest.mark.parametrize("family", FAMILIES, ids=str)
def test_f_is_within_a_millionth_up_to_the_bounds_of_a_file(family: Any) -> None:
    """Ages are kept to TICK days: the table may be right anywhere within one."""
    table = family.lower(clocked=True)
    assert list(table.knots) == sorted(table.knots)
    assert list(table.cumulative) == sorted(table.cumulative)
    assert (table.knots[0], table.at(0.0)) == (0.0, 0.0)
    for age in ages(table):
        right, found = family.cumulative(age, clocked=True), table.at(age)
        if min(right, found) >= CERTAIN / 2.0:
            continue
        flat = age > table.knots[-1] and not table.tail  # see IncidenceWithOnset.lower
        for m in (m for m in FACTORS if m >= 1.0 or not flat):
            near = (
                exp(-m * family.cumulative(max(age + by, 0.0), clocked=True)) for by in (-TICK, 0.0, TICK)
            )
            early, exact, late = near
            assert late - ALLOWED <= exp(-m * found) <= early + ALLOWED, f"at {age} ({exact}), times {m}"


DELAYS = [
    *(LogNormalDelay(lognormal=LogNormal(median=m, sigma=s)) for m, s in itertools.product(SCALES, SIGMAS)),
    *(ExponentialDelay(exponential=Exponential(mean=mean)) for mean in SCALES),
]


@pytest.mark.parametrize("delay", DELAYS, ids=str)
def test_quantiles_are_within_a_millionth_up_to_the_bounds_of_a_file(delay: Any) -> None:
    table, random = delay.lower(), Random(1)
    for u in (*(random.random() for _ in range(MOST)), 1e-6, 1 - 1e-6):
        days = table.at(u)
        rounding = 1e-14 * days
        assert delay.cdf(days - rounding) - ALLOWED <= u <= delay.cdf(days + rounding) + ALLOWED


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lognormal(0.65, 165.9, 1.0), lognormal(0.65, 7.0, 1.0)),
        (late(0.03, 45.0, 0.25), late(0.55, 90.0, 0.25)),
        (weibull(0.71, 6.7), weibull(0.71, 7.9)),
        (decay(0.0138, 91.3), decay(0.0201, 91.3)),
        (decay(0.0138, 91.3), decay(0.0138, 120.0)),
    ],
    ids=str,
)
def test_another_scale_takes_no_other_table(one: Any, other: Any) -> None:
    one.lower(clocked=True)
    before = tabulate._unit_hazard.cache_info()
    stretched = other.lower(clocked=True)
    after = tabulate._unit_hazard.cache_info()
    assert (after.misses, after.hits) == (before.misses, before.hits + 1)
    assert stretched != one.lower(clocked=True)


def test_the_law_by_dose_is_exact_at_its_day() -> None:
    for share, sigma in itertools.product((0.03, 0.15, 0.55), (0.25, 1.0)):
        table = late(share, 45.0, sigma).lower(clocked=True)
        assert 45.0 in table.knots
        assert -expm1(-table.at(45.0)) == pytest.approx(1.0 - share, rel=1e-14)


def test_the_day_of_a_law_by_dose_leaves_the_knots_beside_it() -> None:
    """A law so narrow, and so late, that half a sigma is 16 ticks."""
    narrow = late(0.5, 30_000.0, SIGMAS[0])
    for sigmas in (-1.0, -0.5, 0.5, 1.0):
        age = 30_000.0 * (1.0 + sigmas * SIGMAS[0])
        found = -expm1(-narrow.lower(clocked=True).at(age))
        assert found == pytest.approx(narrow.onset.cdf(age), abs=ALLOWED)


def test_a_knot_stands_in_the_place_of_those_that_are_as_good_as_there() -> None:
    table = HazardTable(knots=(0.0, 1.0, 1.0 + 1e-15, 2.0), cumulative=(0.0, 0.5, 0.6, 1.0), tail=3.0)
    added = with_knot(table, 1.5, 0.8)
    assert added.knots == (0.0, 1.0, 1.0 + 1e-15, 1.5, 2.0)
    assert added.cumulative == (0.0, 0.5, 0.6, 0.8, 1.0)
    assert added.tail == 3.0
    replaced = with_knot(table, 1.0, 0.55)
    assert (replaced.knots, replaced.cumulative) == ((0.0, 1.0, 2.0), (0.0, 0.55, 1.0))
    assert bisect_right(with_knot(table, 5.0, 1.5).knots, 4.0) == 4


def test_what_a_cell_changes_back_is_what_the_file_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell at the file's value has the tables of `run` to the last bit, whatever was tabulated before."""
    cell = ["with_maintenance"], ["planned"]
    name = "truths.planned.events.mmr_loss.onset.lognormal.median"
    (written,) = programs(load(ROOT / "scenarios/leni.yaml"), *cell).values()
    kept: dict[Any, Any] = {}
    monkeypatch.setattr(hazards, "_lowered", kept)
    (other,) = programs(load(ROOT / "scenarios/leni.yaml", [f"{name}=3 months"]), *cell).values()
    (same,) = programs(load(ROOT / "scenarios/leni.yaml", [f"{name}=5.45 months"]), *cell).values()
    assert same == written
    assert other.components != written.components
