"""Evidence: hand-worked. What 3+3 does next at a middle dose, at the ends, and at other starts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.contracts import NO_DOSE, DoseCounts
from simulator.dose_finding.three_plus_three import ThreePlusThree

UP, STAY, DOWN, OVER, NONE = range(5)  # index into `reasons`


def asked(variant, n, dlt, current, cohort=3):
    """(dose, patients, selected, reason) of one trial."""
    counts = DoseCounts(n=np.array([n]), dlt=np.array([dlt]), current=np.array([current]))
    found = ThreePlusThree(variant=variant, cohort=cohort).decide(counts)
    return tuple(int(column[0]) for column in (found.dose, found.patients, found.selected, found.reason))


# n and DLTs at the middle of three doses, the lowest with 0 of 3, the top untested; then what A, B and C say.
UPWARD, FILL_LOWEST, LOWEST = (2, 3, NO_DOSE, UP), (0, 3, NO_DOSE, DOWN), (NO_DOSE, 0, 0, OVER)
MIDDLE = [
    (1, 0, *[(1, 2, NO_DOSE, STAY)] * 3),
    (1, 1, *[(1, 2, NO_DOSE, STAY)] * 3),
    (2, 0, *[(1, 1, NO_DOSE, STAY)] * 3),
    (2, 1, *[(1, 1, NO_DOSE, STAY)] * 3),
    (2, 2, LOWEST, FILL_LOWEST, FILL_LOWEST),
    (3, 0, UPWARD, UPWARD, UPWARD),
    (3, 1, *[(1, 3, NO_DOSE, STAY)] * 3),
    (3, 2, LOWEST, FILL_LOWEST, FILL_LOWEST),
    (4, 0, UPWARD, UPWARD, UPWARD),
    (4, 1, *[(1, 2, NO_DOSE, STAY)] * 3),
    (4, 2, LOWEST, FILL_LOWEST, FILL_LOWEST),
    (5, 0, UPWARD, UPWARD, UPWARD),
    (5, 1, *[(1, 1, NO_DOSE, STAY)] * 3),
    (5, 2, LOWEST, FILL_LOWEST, FILL_LOWEST),
    (6, 0, UPWARD, UPWARD, UPWARD),
    (6, 1, UPWARD, UPWARD, UPWARD),
    (6, 2, LOWEST, FILL_LOWEST, FILL_LOWEST),
    (7, 0, UPWARD, UPWARD, UPWARD),
    (7, 1, UPWARD, UPWARD, UPWARD),
    (7, 2, LOWEST, FILL_LOWEST, FILL_LOWEST),
]


@pytest.mark.parametrize(("n", "dlt", "a", "b", "c"), MIDDLE)
def test_what_follows_at_the_middle_dose(n, dlt, a, b, c):
    for variant, expected in zip("ABC", (a, b, c), strict=True):
        assert asked(variant, (3, n, 0), (0, dlt, 0), 1) == expected, variant


# n and DLTs at a dose below a toxic one, to which the trial has come down; then what A, B and C say.
SELECTED, TREAT = (NO_DOSE, 0, 1, OVER), (1, 3, NO_DOSE, STAY)
BELOW_TOXIC = [
    (3, 0, SELECTED, TREAT, TREAT),
    (4, 0, SELECTED, (1, 2, NO_DOSE, STAY), (1, 2, NO_DOSE, STAY)),
    (5, 0, SELECTED, (1, 1, NO_DOSE, STAY), (1, 1, NO_DOSE, STAY)),
    (5, 1, *[(1, 1, NO_DOSE, STAY)] * 3),
    (6, 0, SELECTED, SELECTED, SELECTED),
    (6, 1, SELECTED, SELECTED, SELECTED),
    (7, 1, SELECTED, SELECTED, SELECTED),
    (6, 2, LOWEST, FILL_LOWEST, FILL_LOWEST),
]


@pytest.mark.parametrize(("n", "dlt", "a", "b", "c"), BELOW_TOXIC)
def test_what_follows_below_a_toxic_dose(n, dlt, a, b, c):
    for variant, expected in zip("ABC", (a, b, c), strict=True):
        assert asked(variant, (3, n, 3), (0, dlt, 2), 1) == expected, variant


def test_coming_down_says_so():
    assert asked("A", (3, 3, 3), (0, 0, 2), 2) == (NO_DOSE, 0, 1, OVER)
    assert asked("B", (3, 3, 3), (0, 0, 2), 2) == (1, 3, NO_DOSE, DOWN)
    assert asked("C", (3, 6, 3), (0, 1, 3), 2) == (NO_DOSE, 0, 1, OVER)


@pytest.mark.parametrize(
    ("n", "dlt", "a", "b", "c"),
    [
        (3, 0, True, True, False),
        (4, 0, True, True, False),
        (5, 0, True, True, False),
        (3, 1, False, False, False),
        (6, 0, True, True, True),
        (6, 1, True, True, True),
        (7, 1, True, True, True),
    ],
)
def test_when_the_top_dose_is_accepted(n, dlt, a, b, c):
    for variant, accepted in zip("ABC", (a, b, c), strict=True):
        expected = (NO_DOSE, 0, 2, OVER) if accepted else (2, 6 - n, NO_DOSE, STAY)
        assert asked(variant, (3, 3, n), (0, 0, dlt), 2) == expected, variant


@pytest.mark.parametrize("variant", ["A", "B", "C"])
def test_none_is_recommended_when_the_lowest_dose_is_toxic(variant):
    for n, dlt, current in (((2, 0, 0), (2, 0, 0), 0), ((6, 3, 0), (2, 2, 0), 0), ((4, 3, 3), (2, 0, 2), 2)):
        assert asked(variant, n, dlt, current) == (NO_DOSE, 0, NO_DOSE, NONE)


def test_a_start_above_the_lowest_dose_that_is_toxic_tests_the_dose_below():
    """Nobody had it: a cohort is treated there, and it is recommended only after it passes."""
    for variant in "ABC":
        for cohort in (1, 3, 4):
            assert asked(variant, (0, 3, 0), (0, 2, 0), 1, cohort) == (0, cohort, NO_DOSE, DOWN)
        assert asked(variant, (3, 3, 0), (1, 2, 0), 0) == (0, 3, NO_DOSE, STAY)
        assert asked(variant, (6, 3, 0), (1, 2, 0), 0) == (NO_DOSE, 0, 0, OVER)
        assert asked(variant, (3, 3, 0), (2, 2, 0), 0) == (NO_DOSE, 0, NO_DOSE, NONE)
    assert asked("A", (3, 3, 0), (0, 2, 0), 0) == (NO_DOSE, 0, 0, OVER)
    assert asked("B", (3, 3, 0), (0, 2, 0), 0) == asked("C", (3, 3, 0), (0, 2, 0), 0) == (0, 3, NO_DOSE, STAY)


def test_a_start_above_the_lowest_dose_two_doses_down():
    assert asked("C", (0, 0, 3), (0, 0, 3), 2) == (1, 3, NO_DOSE, DOWN)
    assert asked("C", (0, 3, 3), (0, 2, 3), 1) == (0, 3, NO_DOSE, DOWN)


def test_a_start_above_the_lowest_dose_that_passes_leaves_the_lowest_alone():
    assert asked("A", (0, 3, 3), (0, 0, 2), 2) == (NO_DOSE, 0, 1, OVER)
    assert asked("C", (0, 6, 6), (0, 1, 1), 2) == (NO_DOSE, 0, 2, OVER)


@pytest.mark.parametrize(
    ("cohort", "n", "dlt", "patients"),
    [
        (1, 1, 0, 1),
        (1, 2, 1, 1),
        (1, 3, 1, 1),
        (1, 5, 1, 1),
        (2, 1, 0, 2),
        (2, 2, 0, 1),  # 3 before the first decision, no more
        (2, 3, 1, 2),
        (2, 5, 1, 1),
        (4, 2, 0, 1),
        (4, 3, 1, 3),
        (4, 4, 1, 2),
    ],
)
def test_a_cohort_is_never_larger_than_what_the_dose_needs(cohort, n, dlt, patients):
    for variant in "ABC":
        assert asked(variant, (3, n, 0), (0, dlt, 0), 1, cohort) == (1, patients, NO_DOSE, STAY)


@pytest.mark.parametrize("cohort", [1, 2, 3, 4, 6])
def test_a_new_dose_gets_a_cohort(cohort):
    assert asked("C", (3, 3, 0), (0, 0, 0), 1, cohort) == (2, cohort, NO_DOSE, UP)


def test_a_dose_already_given_above_is_passed_over():
    """Counts of an earlier ladder: the dose above has passed, so that the next one up is new."""
    assert asked("A", (3, 3, 0), (0, 0, 0), 0) == (2, 3, NO_DOSE, UP)
    assert asked("A", (3, 3, 6), (0, 0, 1), 0) == (NO_DOSE, 0, 2, OVER)
    assert asked("A", (3, 3, 6), (1, 0, 1), 0) == (0, 3, NO_DOSE, STAY)
    assert asked("A", (3, 3, 0), (0, 1, 0), 0) == (1, 3, NO_DOSE, UP)
    assert asked("A", (3, 3, 3, 3), (0, 0, 2, 0), 3) == (NO_DOSE, 0, 1, OVER)


def test_one_dose_alone():
    assert asked("A", (3,), (0,), 0) == (NO_DOSE, 0, 0, OVER)
    assert asked("C", (3,), (0,), 0) == (0, 3, NO_DOSE, STAY)
    assert asked("C", (6,), (2,), 0) == (NO_DOSE, 0, NO_DOSE, NONE)


@given(
    st.sampled_from("ABC"),
    st.integers(1, 6),
    st.lists(
        st.tuples(st.sampled_from([0, 1, 3, 4, 5, 6, 7, 30]), st.integers(0, 3)), min_size=1, max_size=6
    ),
    st.data(),
)
def test_what_is_recommended_has_passed_and_everything_above_that_was_given_is_toxic_or_below_one(
    variant, cohort, doses, data
):
    n, dlt = [count for count, _ in doses], [min(pair) for pair in doses]
    dose, patients, selected, reason = asked(variant, n, dlt, data.draw(st.integers(0, len(n) - 1)), cohort)
    toxic = [d for d, x in enumerate(dlt) if x >= 2]
    ceiling = (toxic or [len(n)])[0] - 1
    if selected != NO_DOSE:
        assert (reason, selected) == (OVER, ceiling)
        assert (n[selected] >= 3 and dlt[selected] == 0) or (n[selected] >= 6 and dlt[selected] == 1)
        assert n[selected] >= 6 or variant == "A" or (variant == "B" and not toxic)
    elif dose == NO_DOSE:
        assert (reason, ceiling) == (NONE, -1)
    else:
        assert dose <= ceiling
        assert 1 <= patients <= cohort
        assert n[dose] + patients <= 6 and n[dose] < 6


@pytest.mark.parametrize("cohort", [7, 12])
def test_a_cohort_larger_than_a_full_dose_is_refused(cohort):
    with pytest.raises(ValueError, match=f"cohort: {cohort}, allowed 1 to 6"):
        ThreePlusThree(variant="A", cohort=cohort)


def test_each_variant_says_how_it_ends():
    said = ["\n".join(ThreePlusThree(variant=variant, cohort=2).describe()) for variant in "ABC"]
    assert all("cohorts of 2" in text for text in said)
    assert "recommended as it stands" in said[0]
    assert "the top dose is accepted with 0 of 3" in said[1]
    assert "only with 6 patients" in said[2]
