"""Evidence: exact, hand-worked, property. P(MTD < dose) of EWOC, its restrictions and ends, what it refuses.

No package was asked: those that fit it sample (ewoc, bcrm). The reference is the paper's integral, in its own
variables, by adaptive quadrature.
"""

from itertools import pairwise
from math import exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from simulator.contracts import NO_DOSE, DoseCounts
from simulator.dose_finding import _mtd
from simulator.dose_finding._mtd import Model, at_most, below, mean_rates
from simulator.dose_finding.ewoc import Ewoc

AMOUNTS = (5.0, 10.0, 25.0, 50.0)
MODEL = Model(0.33, AMOUNTS, 75.0)
UP, STAY, DOWN, FULL, TOXIC, ENOUGH = range(6)  # index into `reasons`


def ewoc(**keys):
    return Ewoc(**({"target": 0.33, "n_max": 30, "amounts": AMOUNTS, "largest_mtd": 75.0} | keys))


def chances(n, dlt, *, target=0.33, amounts=AMOUNTS, largest=75.0):
    return below(Model(target, amounts, largest), np.array([n]), np.array([dlt]))[0]


def asked(design, n, dlt, current):
    """(dose, patients, selected, reason) of one trial."""
    found = design.decide(DoseCounts(n=np.array([n]), dlt=np.array([dlt]), current=np.array([current])))
    return tuple(int(column[0]) for column in (found.dose, found.patients, found.selected, found.reason))


# ---------------------------------------------------------------- the posterior


def likelihood(rate, mtd, n, dlt, target, amounts):
    """babb1998, eq. 3: of rho_0 and gamma."""
    at_lowest, at_mtd = log(rate / (1 - rate)), log(target / (1 - target))
    found = 1.0
    for amount, patients, events in zip(amounts, n, dlt, strict=True):
        slope = (at_mtd - at_lowest) / (mtd - amounts[0])
        z = min(max(at_lowest + slope * (amount - amounts[0]), -700.0), 700.0)
        found *= (1 / (1 + exp(-z))) ** events * (1 / (1 + exp(z))) ** (patients - events)
    return found


def integrated(n, dlt, target, amounts, largest):
    """The integral by nested adaptive quadrature, piece by piece of the MTD between the doses."""

    def of_mtd(mtd):
        inner = [(0.0, target / 50), (target / 50, target)]
        return sum(
            quad(likelihood, *ends, args=(mtd, n, dlt, target, amounts), epsabs=0, epsrel=1e-10, limit=200)[0]
            for ends in inner
        )

    ends = [*amounts, *([largest] if largest > amounts[-1] else [])]
    parts = [quad(of_mtd, low, high, epsabs=0, epsrel=1e-9, limit=200)[0] for low, high in pairwise(ends)]
    return np.array(parts)


@pytest.mark.parametrize(
    ("n", "dlt", "target", "amounts", "largest"),
    [
        ((3, 3, 6, 0), (0, 0, 2, 0), 0.33, AMOUNTS, 75.0),
        ((3, 3, 3, 6), (0, 0, 0, 4), 0.25, AMOUNTS, 50.0),
        ((0, 3, 0), (0, 3, 0), 0.1, (1.0, 1.5, 40.0), 41.0),
        ((6, 9, 12), (1, 2, 5), 0.5, (140.0, 210.0, 425.0), 500.0),
    ],
)
def test_it_is_the_integral_of_the_paper(n, dlt, target, amounts, largest):
    found = chances(n, dlt, target=target, amounts=amounts, largest=largest)
    parts = integrated(n, dlt, target, amounts, largest)
    expected = np.cumsum([0.0, *parts])[: len(amounts)] / parts.sum()
    assert found == pytest.approx(expected, rel=0, abs=1e-8)


def test_the_rates_it_estimates():
    """A rate is the chance that one more patient has a DLT: the ratio of two integrals."""
    n, dlt = (3, 3, 6, 0), (0, 0, 2, 0)
    whole, found = integrated(n, dlt, 0.33, AMOUNTS, 75.0).sum(), mean_rates(MODEL, *np.array([[n], [dlt]]))
    for dose in (0, 3):
        more = [tuple(count + (d == dose) for d, count in enumerate(counts)) for counts in (n, dlt)]
        ratio = integrated(*more, 0.33, AMOUNTS, 75.0).sum() / whole
        assert found[0, dose] == pytest.approx(ratio, rel=0, abs=1e-8)
    counts = DoseCounts(n=np.array([n]), dlt=np.array([dlt]), current=np.array([2]))
    assert (ewoc().estimates(counts) == found).all()


@pytest.mark.parametrize(("n", "dlt"), [(0, 0), (3, 0), (18, 15), (60, 60), (60, 0)])
def test_the_lowest_dose_alone_says_nothing_of_the_mtd(n, dlt):
    """Rate there and MTD are independent before, and its likelihood is of the rate only."""
    assert chances((n, 0, 0, 0), (dlt, 0, 0, 0)) == pytest.approx([0, 5 / 70, 20 / 70, 45 / 70], abs=1e-12)


@pytest.mark.parametrize(
    ("n", "dlt", "error"),
    [
        ((12, 12, 24, 12), (0, 1, 6, 7), 1e-12),
        ((30, 30, 0, 0), (15, 15, 0, 0), 1e-8),
        ((18, 0, 12, 30), (15, 0, 10, 19), 1e-8),  # at every dose far above the target
        ((0, 0, 0, 60), (0, 0, 0, 60), 1e-8),
    ],
)
def test_sixty_patients_are_integrated_as_well(n, dlt, error, monkeypatch):
    """On as many points and on three times as many a side."""
    coarse = chances(n, dlt)
    monkeypatch.setattr(_mtd, "MANY", _mtd._Points(301, 16, 0.4, 14.0))
    fine = chances(n, dlt)
    assert coarse == pytest.approx(fine, rel=0, abs=error)


COUNTS = st.lists(st.integers(0, 6), min_size=4, max_size=4)


def drawn_counts(rows):
    """Up to 60 patients, at any dose."""
    drawn = np.random.default_rng(7)
    n = drawn.integers(0, 16, (rows, 4))
    return n, drawn.binomial(n, drawn.random((rows, 1)))


def test_few_points_tell_where_many_are_asked():
    """At 0.25 as many decide; the largest error of few is 100 times below what they are trusted for."""
    n, dlt = drawn_counts(200)
    grid = _mtd._grid(MODEL, _mtd.FEW)
    few, many = _mtd._summed(grid, grid.below, n, dlt), below(MODEL, n, dlt)
    assert np.abs(few - many).max() < _mtd.SURE / 100
    assert (at_most(MODEL, 0.25, n, dlt) == (many <= 0.25 + _mtd.TIE)).all()
    row, dose = np.unravel_index(np.abs(few - many).argmax(), few.shape)
    between = (few[row, dose] + many[row, dose]) / 2
    found = at_most(MODEL, between, n[[row]], dlt[[row]])[0, dose]
    assert found == (many[row, dose] < between) != (few[row, dose] < between)


def test_one_more_patient_is_heard():
    """At the highest dose given: with a DLT no dose becomes safe enough, without one none ceases to be."""
    drawn = np.random.default_rng(5)
    n, top = drawn.integers(0, 7, (200, 4)), drawn.integers(1, 4, 200)
    n[np.arange(4) > top[:, None]] = 0
    dlt, one = np.minimum(n, drawn.integers(0, 7, (200, 4))), np.eye(4, dtype=np.int64)[top]
    before, without, with_one = (
        below(MODEL, *counts) for counts in ((n, dlt), (n + one, dlt), (n + one, dlt + one))
    )
    assert (np.diff(before) >= 0).all() and (before[:, 0] == 0).all()
    safe = [(chance <= 0.25).sum(axis=1) for chance in (with_one, before, without)]
    assert (safe[0] <= safe[1]).all() and (safe[1] <= safe[2]).all()
    assert (safe[0] < safe[1]).any() and (safe[1] < safe[2]).any()


@settings(deadline=None, max_examples=20)
@given(st.data())
def test_a_row_of_a_batch_equals_a_batch_of_one_in_any_order(data):
    rows = data.draw(st.lists(st.tuples(COUNTS, COUNTS), min_size=2, max_size=40))
    n, dlt = (np.array([row[part] for row in rows]) for part in (0, 1))
    order = np.array(data.draw(st.permutations(range(len(rows)))))
    whole = below(MODEL, n[order], np.minimum(n, dlt)[order])
    for i, row in enumerate(order):
        assert whole[i] == pytest.approx(chances(n[row], np.minimum(n, dlt)[row]), rel=0, abs=1e-12)


# ---------------------------------------------------------------- what it decides


def test_the_highest_dose_that_is_safe_enough_and_one_up_at_most():
    """Without patients at a higher dose: 0, 1/14, 4/14 and 9/14."""
    n, none = (3, 0, 0, 0), (0, 0, 0, 0)
    assert asked(ewoc(), n, none, 0) == (1, 3, NO_DOSE, UP)
    assert asked(ewoc(overdose=0.3), n, none, 0) == (1, 3, NO_DOSE, UP)
    assert asked(ewoc(overdose=0.3, no_skip=False), n, none, 0) == (2, 3, NO_DOSE, UP)
    assert asked(ewoc(overdose=4 / 14, no_skip=False), n, none, 0) == (2, 3, NO_DOSE, UP)  # at most: so many
    assert asked(ewoc(overdose=0.0714), n, none, 0) == (0, 3, NO_DOSE, STAY)
    assert asked(ewoc(overdose=0.3, no_skip=False), (0, 0, 0, 0), none, 0) == (0, 3, NO_DOSE, STAY)
    assert asked(ewoc(), (3, 3, 0, 0), (0, 3, 0, 0), 1) == (0, 3, NO_DOSE, DOWN)


def test_a_highest_dose_that_is_the_largest_mtd_is_never_given():
    design = ewoc(largest_mtd=50.0, no_skip=False)
    assert asked(design, (9, 9, 9, 0), (0, 0, 0, 0), 2)[0] == 2
    assert "So the highest dose is never given." in design.describe()
    assert not any("never given" in line for line in ewoc().describe())


@pytest.mark.parametrize(("largest", "stays"), [(25.0, False), (24.9, True)])
def test_it_is_said_where_nobody_leaves_the_lowest_dose(largest, stays):
    """A quarter of (5, 25) is below 10, and more of (5, 24.9); 15 patients without a DLT do not change it."""
    design = ewoc(amounts=AMOUNTS[:2], largest_mtd=largest)
    assert asked(design, [15, 0], [0, 0], 0)[3] == (STAY if stays else UP)
    said = "While all are at 5 nobody goes up: P(MTD < 10) is 25.13% whatever comes of them."
    assert (said in design.describe()) is stays


def test_what_ends_it():
    """12 of 12 DLTs at the lowest dose: the model holds it to be safe, counts do not."""
    safe = (3, 3, 3, 0), (0, 0, 0, 0)
    assert asked(ewoc(n_max=9), *safe, 2)[:2] == (NO_DOSE, 0) and asked(ewoc(n_max=9), *safe, 2)[3] == FULL
    assert asked(ewoc(n_max=10), *safe, 2)[1] == 1
    toxic = (12, 0, 0, 0), (12, 0, 0, 0)
    assert asked(ewoc(), *toxic, 0)[0] != NO_DOSE
    assert asked(ewoc(stop_toxic=0.95), *toxic, 0) == (NO_DOSE, 0, NO_DOSE, TOXIC)
    assert asked(ewoc(enough=3, no_skip=False, overdose=0.05), *safe, 2)[3] == ENOUGH


def test_what_is_recommended_may_be_untreated_as_published():
    """The second dose is safe enough: 0 of 3 at the lowest says nothing against it."""
    few = DoseCounts(n=np.array([[3, 0, 0, 0]]), dlt=np.zeros((1, 4), dtype=np.int64), current=np.array([0]))
    assert ewoc().recommend(few).tolist() == [1] and ewoc(select="treated").recommend(few).tolist() == [0]
    none = DoseCounts(n=few.n * 0, dlt=few.dlt, current=few.current)
    assert ewoc().recommend(none).tolist() == [NO_DOSE]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"cohort": 31}, "cohort: 31, allowed 1 to the 30 of n_max"),
        ({"enough": 31}, "enough: 31, allowed 1 to the 30 of n_max"),
        ({"largest_mtd": 49.0}, "largest_mtd: 49, allowed at least the highest of the amounts, 50"),
        ({"amounts": (5.0,), "largest_mtd": 5.0}, "largest_mtd: 5, allowed .* and above the lowest"),
    ],
)
def test_keys_that_do_not_go_together_are_refused(keys, message):
    with pytest.raises(ValueError, match=message):
        ewoc(**keys)
