"""Evidence: hand-worked and property. What BOIN does next, in which order its rules hold, and its options."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.contracts import NO_DOSE, DoseCounts
from simulator.dose_finding.boin import Boin

UP, STAY, DOWN, FULL, NONE, ENOUGH, TITRATED_UP, TITRATED = range(8)  # index into `reasons`


def asked(n, dlt, current, **keys):
    """(dose, patients, selected, reason) of one trial; target 30%, 30 patients."""
    counts = DoseCounts(n=np.array([n]), dlt=np.array([dlt]), current=np.array([current]))
    found = Boin(**({"target": 0.3, "n_max": 30} | keys)).decide(counts)
    return tuple(int(column[0]) for column in (found.dose, found.patients, found.selected, found.reason))


@pytest.mark.parametrize(
    ("n", "dlt", "expected"),
    [
        (3, 0, (2, 3, NO_DOSE, UP)),
        (3, 1, (1, 3, NO_DOSE, STAY)),  # 1/3 is between .2365 and .3585
        (3, 2, (0, 3, NO_DOSE, DOWN)),
        (3, 3, (0, 3, NO_DOSE, DOWN)),  # and eliminated
        (6, 1, (2, 3, NO_DOSE, UP)),
        (6, 2, (1, 3, NO_DOSE, STAY)),
        (6, 3, (0, 3, NO_DOSE, DOWN)),
        (0, 0, (1, 3, NO_DOSE, STAY)),  # nobody of the cohort could be judged
    ],
)
def test_what_follows_at_the_middle_dose(n, dlt, expected):
    assert asked((3, n, 0), (0, dlt, 0), 1) == expected


def test_at_the_ends_of_the_ladder_it_stays():
    assert asked((3, 3, 3), (0, 0, 0), 2) == (2, 3, NO_DOSE, STAY)
    assert asked((3, 0, 0), (2, 0, 0), 0) == (0, 3, NO_DOSE, STAY)


def test_never_up_to_a_dose_that_is_eliminated():
    assert asked((6, 3, 0), (0, 3, 0), 0) == (0, 3, NO_DOSE, STAY)
    assert asked((6, 3, 0), (0, 2, 0), 0) == (1, 3, NO_DOSE, UP)  # 2 of 3 are not enough


def test_the_last_cohort_is_what_is_left():
    assert asked((3, 25, 0), (0, 8, 0), 1) == (1, 2, NO_DOSE, STAY)


def test_all_patients_treated_come_before_any_rule():
    """With 12 DLTs of 12 at the lowest dose too, though then no dose can be recommended."""
    assert asked((12, 18, 0), (1, 5, 0), 1, enough=6) == (NO_DOSE, 0, 1, FULL)
    assert asked((30, 0, 0), (30, 0, 0), 0) == (NO_DOSE, 0, NO_DOSE, FULL)
    assert asked((27, 0, 0), (27, 0, 0), 0) == (NO_DOSE, 0, NO_DOSE, NONE)


def test_the_lowest_dose_eliminated_ends_it():
    assert asked((3, 0, 0), (3, 0, 0), 0) == (NO_DOSE, 0, NO_DOSE, NONE)
    assert asked((3, 0, 0), (3, 0, 0), 0, enough=3) == (NO_DOSE, 0, NO_DOSE, NONE)


def test_extra_safe_ends_it_earlier():
    """P(rate > .3 | 2 of 3) = .9163, 3 of 6: .874."""
    assert asked((3, 0, 0), (2, 0, 0), 0) == (0, 3, NO_DOSE, STAY)
    assert asked((3, 0, 0), (2, 0, 0), 0, extra_safe=0.9) == (NO_DOSE, 0, NO_DOSE, NONE)
    assert asked((3, 0, 0), (2, 0, 0), 0, extra_safe=0.92) == (0, 3, NO_DOSE, STAY)
    assert asked((3, 3, 0), (0, 2, 0), 1, extra_safe=0.9) == (0, 3, NO_DOSE, DOWN)  # of the lowest only


def test_enough_patients_where_it_would_stay():
    middle = {"n": (3, 9, 3), "current": 1}
    assert asked(dlt=(0, 3, 1), **middle, enough=9) == (NO_DOSE, 0, 1, ENOUGH)
    assert asked(dlt=(0, 1, 1), **middle, enough=9) == (2, 3, NO_DOSE, UP)
    assert asked(dlt=(0, 4, 1), **middle, enough=9) == (0, 3, NO_DOSE, DOWN)
    assert asked(dlt=(0, 1, 3), **middle, enough=9) == (NO_DOSE, 0, 1, ENOUGH)  # the next one is eliminated
    assert asked((9, 0, 0), (4, 0, 0), 0, enough=9) == (NO_DOSE, 0, 0, ENOUGH)  # down from the lowest
    assert asked((3, 3, 9), (0, 0, 1), 2, enough=9) == (NO_DOSE, 0, 2, ENOUGH)  # up from the top
    assert asked(dlt=(0, 3, 1), **middle, enough=10) == (1, 3, NO_DOSE, STAY)


def test_enough_patients_whatever_the_counts_say():
    always = {"enough": 9, "enough_when": "always"}
    for dlt, selected in ((1, 2), (3, 1), (4, 1)):
        found = asked((3, 9, 3), (0, dlt, 1), 1, **always)
        assert found[:2] + found[3:] == (NO_DOSE, 0, ENOUGH), dlt
        assert found[2] == selected


def test_titration_until_the_first_dlt_then_the_cohort_is_filled():
    titrated = {"titration": True}
    assert Boin(target=0.3, n_max=30, titration=True).first_cohort == 1
    assert asked((1, 0, 0), (0, 0, 0), 0, **titrated) == (1, 1, NO_DOSE, TITRATED_UP)
    assert asked((1, 1, 0), (0, 1, 0), 1, **titrated) == (1, 2, NO_DOSE, TITRATED)
    assert asked((1, 1, 1), (0, 0, 0), 2, **titrated) == (2, 2, NO_DOSE, TITRATED)  # the top dose
    assert asked((1, 0, 0), (0, 0, 0), 1, **titrated) == (1, 1, NO_DOSE, TITRATED)  # could not be judged
    assert asked((1, 3, 0), (0, 1, 0), 1, **titrated) == (1, 3, NO_DOSE, STAY)
    assert asked((1, 3, 0), (0, 2, 0), 1, **titrated) == (0, 3, NO_DOSE, DOWN)  # judged at 4
    assert asked((1, 1, 0), (0, 1, 0), 1, n_max=3, **titrated) == (1, 1, NO_DOSE, TITRATED)
    assert asked((1, 1, 0), (0, 0, 0), 1, n_max=3, **titrated) == (2, 1, NO_DOSE, TITRATED_UP)
    assert asked((1, 1, 1), (0, 0, 0), 2, n_max=3, **titrated) == (NO_DOSE, 0, 2, FULL)


def test_no_dose_above_lambda_d_where_the_mtd_is_bounded():
    counts = ((15, 15), (6, 9), 0)
    assert asked(*counts) == (NO_DOSE, 0, 0, FULL)
    assert asked(*counts, bounded_mtd=True) == (NO_DOSE, 0, NO_DOSE, FULL)
    assert asked((15, 15), (5, 9), 0, bounded_mtd=True) == (NO_DOSE, 0, 0, FULL)


def test_where_lambda_d_n_is_whole_that_many_go_down_as_published():
    """Target .4, p2 .6: lambda_d = 1/2. The R package wants 3 of 4, and `explain` says so."""
    half = Boin(target=0.4, p2=0.6, n_max=30)
    assert half.lambdas[1] == pytest.approx(0.5, abs=1e-15)
    for n in (2, 4, 6, 8, 20):
        assert half.moves(n)[n // 2] == -1
        assert half.moves(n)[n // 2 - 1] != -1
    assert any("With 2 patients 1 with a DLT are exactly lambda_d" in line for line in half.describe())
    assert not any("exactly lambda_d" in line for line in Boin(target=0.3, n_max=30).describe())


def test_where_lambda_e_n_is_whole_that_many_go_up():
    """Target .6, p1 .4: lambda_e = 1/2."""
    half = Boin(target=0.6, p1=0.4, p2=0.8, n_max=30)
    assert [half.moves(n)[n // 2] for n in (2, 4, 6, 8, 20)] == [1] * 5


def test_of_two_doses_as_near_the_lower_is_recommended():
    """2 and 4 of 10 are .05 off on either side: (2.05/10.1 + 4.05/10.1) / 2 = .30198."""
    near = {"n": (10, 10), "dlt": (2, 4), "current": 0, "n_max": 20}
    middle = (2.05 / 10.1 + 4.05 / 10.1) / 2
    assert asked(**near, target=middle)[2] == 0


def test_of_equal_rates_the_highest_below_the_target_and_the_lowest_above_it():
    assert asked((3, 9, 9, 9), (0, 2, 2, 2), 3)[2] == 3
    assert asked((3, 9, 9, 9), (0, 3, 3, 3), 3)[2] == 1
    assert asked((3, 9, 9, 9), (0, 3, 2, 1), 3)[2] == 3  # pooled to 6 of 27


@pytest.mark.parametrize(
    ("keys", "found", "allowed"),
    [
        ({"cohort": 31}, "cohort: 31", "1 to the 30 of n_max"),
        ({"p1": 0.3}, "p1: 30%", "below the target of 30%"),
        ({"p2": 0.3}, "p2: 30%", "above the target of 30%"),
        ({"target": 0.8}, "p2: 112%", "below 100%"),
        ({"extra_safe": 0.95}, "extra_safe: 95%", "below the 95%"),
        ({"titration": True, "cohort": 1}, "a cohort of 1", "cohorts of 2 or more"),
        ({"enough": 31}, "enough: 31", "1 to the 30 of n_max"),
        ({"enough_when": "always"}, "enough_when: always", "beside `enough`"),
    ],
)
def test_what_cannot_be_is_refused(keys, found, allowed):
    with pytest.raises(ValueError, match=f"{found}.*{allowed}"):
        Boin(**({"target": 0.3, "n_max": 30} | keys))


def test_it_says_its_numbers():
    said = " ".join(Boin(target=0.3, n_max=30, titration=True, extra_safe=0.9, bounded_mtd=True).describe())
    for words in ("lambda_e = 0.2364907", "lambda_d = 0.3585195", "more than 95%", "more than 90%"):
        assert words in said
    assert "one patient a dose" in said and "above lambda_d" in said


standings = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda pair: (max(pair), min(pair))),
    min_size=1,
    max_size=5,
)


@settings(deadline=None)
@given(standings, st.data(), st.booleans(), st.sampled_from([None, 6]))
def test_never_an_eliminated_dose_and_never_a_skip(doses, data, titration, enough):
    n, dlt = (np.array([column]) for column in zip(*doses, strict=True))
    current = data.draw(st.integers(0, len(doses) - 1))
    design = Boin(target=0.3, n_max=36, titration=titration, enough=enough)
    counts = DoseCounts(n=n, dlt=dlt, current=np.array([current]))
    toxic = design.toxic(counts)[0]
    below = int(toxic.argmax()) if toxic.any() else len(doses)  # doses that may be given
    choice = design.decide(counts)
    dose, patients, selected = (int(c[0]) for c in (choice.dose, choice.patients, choice.selected))
    assert dose <= current + 1
    assert dose < below or dose == NO_DOSE
    assert dose == NO_DOSE or n.sum() + patients <= 36
    assert selected == NO_DOSE or (selected < below and n[0, selected] > 0)
    assert int(design.select(counts)[0]) < below
