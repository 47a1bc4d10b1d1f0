"""Evidence: hand-worked and property. Ties of mTPI, mTPI-2 and i3+3, keys at the ends, laws of all tables."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from simulator.contracts import NO_DOSE, DoseCounts
from simulator.dose_finding._exact import least_toxic, tails
from simulator.dose_finding.boin import Boin
from simulator.dose_finding.i3plus3 import I3Plus3
from simulator.dose_finding.mtpi import Mtpi
from simulator.dose_finding.mtpi2 import Mtpi2

DESIGNS = (Boin, Mtpi, Mtpi2, I3Plus3)
UP, STAY, DOWN = 1, 0, -1


def test_i3plus3_stays_at_the_end_of_its_interval():
    """3 of 12 is 25%, where the interval of 20% ends and that of 30% begins; 3 of 20 is 15%."""
    assert I3Plus3(target=0.2, n_max=30).moves(12)[3] == STAY
    assert I3Plus3(target=0.3, n_max=30).moves(12)[3] == STAY
    assert I3Plus3(target=0.3, n_max=30).moves(12)[2] == UP
    assert I3Plus3(target=0.2, n_max=30).moves(20)[3] == STAY  # 15%
    assert I3Plus3(target=0.2, n_max=30).moves(20)[2] == UP


def test_i3plus3_stays_where_one_dlt_less_would_be_too_few():
    """1 of 3 is above 30%, none of 3 below 20%; 2 of 6 is above it, but 1 of 6 below 20%: stay, too."""
    design = I3Plus3(target=0.25, n_max=30)
    assert design.moves(3) == (UP, STAY, DOWN, DOWN)
    assert design.moves(6) == (UP, UP, STAY, DOWN, DOWN, DOWN, DOWN)


@pytest.mark.parametrize("design", [Mtpi, Mtpi2])
def test_a_table_around_one_half_is_its_own_mirror_image(design):
    moves = design(target=0.5, n_max=30).moves(7)
    assert list(moves) == [-move for move in reversed(moves)]


def test_of_intervals_as_strong_the_highest_decides():
    """No patients yet: Beta(1, 1) is as strong everywhere, so the highest of all keys decides."""
    for design in (Mtpi, Mtpi2):
        assert design(target=0.3, n_max=30).moves(0) == (DOWN,)


def test_keys_fill_what_is_left_at_the_ends():
    fractions = [Fraction(k, 20) for k in (1, 3, 5, 7, 9, 11, 13, 15, 17, 19)]
    assert Mtpi2(target=0.3, n_max=30).keys() == (tuple(fractions), 3)
    assert Mtpi2(target=0.1, p1=0.05, p2=0.15, n_max=30).keys() == (tuple(fractions), 1)
    edges, below = Mtpi2(target=0.25, p1=0.2, p2=0.3, n_max=30).keys()  # whole keys alone
    assert (edges, below) == (tuple(Fraction(k, 10) for k in range(1, 10)), 2)


def test_the_key_at_the_end_lets_a_low_target_go_up():
    """Whole keys only, a target of 10% within 5 points has none below it and never goes up."""
    assert Mtpi2(target=0.1, n_max=30).moves(12)[0] == UP


@pytest.mark.parametrize("rate", [Fraction(1, 20), Fraction(3, 10), Fraction(33, 100)])
def test_tails_are_those_of_the_beta_law(rate):
    for n in (1, 3, 12, 60):
        y = np.arange(n + 1)
        expected = beta.sf(float(rate), 1 + y, 1 + n - y)
        assert [float(p) for p in tails(n, rate)] == pytest.approx(expected, rel=1e-11, abs=1e-14)


def test_exactly_as_certain_as_asked_is_not_more():
    """P(p > 1/2 | 3 of 3) is 15/16: `eliminate: 93.75%` is more than that, 93.74% is not."""
    assert least_toxic(3, 0.5, 0.9375) == 4
    assert least_toxic(3, 0.5, 0.9374) == 3


@pytest.mark.parametrize("design", [Mtpi, Mtpi2, I3Plus3])
def test_an_interval_that_cannot_be_by_default_is_asked_for(design):
    with pytest.raises(ValueError, match="p1: -1%, allowed a rate above 0% and below the target of 4%"):
        design(target=0.04, n_max=30)
    assert design(target=0.04, p1=0.02, n_max=30).interval == (Fraction(1, 50), Fraction(9, 100))


designs = st.builds(
    lambda kind, target, cohort, enough, when: kind(
        target=target, n_max=30, cohort=cohort, enough=enough, enough_when=when if enough else "staying"
    ),
    st.sampled_from(DESIGNS),
    st.sampled_from([0.1, 0.2, 0.25, 0.3, 0.33, 0.5]),
    st.sampled_from([1, 2, 3, 4]),
    st.sampled_from([None, 6, 12]),
    st.sampled_from(["staying", "always"]),
)


@settings(deadline=None)
@given(designs, st.integers(1, 29))
def test_more_dlts_never_go_further_up_and_more_patients_never_further_down(design, n):
    moves = design.moves(n)
    assert list(moves) == sorted(moves, reverse=True)
    assert all(after >= before for before, after in zip(moves, design.moves(n + 1), strict=False))


@settings(deadline=None)
@given(designs, st.lists(st.integers(0, 3), min_size=10, max_size=30), st.integers(0, 4))
def test_the_course_of_a_trial(design, tossed, start):
    """Cohort by cohort: one step at a time, never an eliminated dose, `n_max` kept, a given dose selected."""
    n, dlt, current, patients = [0] * 5, [0] * 5, start, design.first_cohort
    for toss in tossed:
        n[current] += patients
        dlt[current] += min(toss, patients)
        counts = DoseCounts(n=np.array([n]), dlt=np.array([dlt]), current=np.array([current]))
        choice, toxic = design.decide(counts), design.toxic(counts)[0]
        allowed = int(toxic.argmax()) if toxic.any() else 5
        dose, selected = int(choice.dose[0]), int(choice.selected[0])
        if dose == NO_DOSE:
            assert selected == NO_DOSE or (selected < allowed and n[selected] > 0)
            assert sum(n) == 30 or allowed == 0 or (design.enough and n[current] >= design.enough)
            return
        assert abs(dose - current) <= 1
        assert dose < allowed
        current, patients = dose, int(choice.patients[0])
        assert sum(n) + patients <= 30
