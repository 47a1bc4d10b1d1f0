"""Evidence: hand-worked and property. Restrictions and ends of the BLRM, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.contracts import NO_DOSE, DoseCounts
from simulator.dose_finding._two_parameter import Prior, above
from simulator.dose_finding.blrm import Blrm, _best

AMOUNTS = (10.0, 20.0, 40.0, 60.0, 80.0)
UP, STAY, DOWN, FULL, NONE, ENOUGH = range(6)  # index into `reasons`


def blrm(**keys):
    """The prior of data/blrm_posterior.json, `five`."""
    given = {
        "n_max": 30,
        "amounts": AMOUNTS,
        "reference": 40.0,
        "prior_mean": (-0.85, 0.0),
        "prior_sd": (1.0, 1.0),
    }
    return Blrm(**(given | {"prior_correlation": -0.5} | keys))


def asked(design, n, dlt, current):
    """(dose, patients, selected, reason) of one trial."""
    found = design.decide(DoseCounts(n=np.array([n]), dlt=np.array([dlt]), current=np.array([current])))
    return tuple(int(column[0]) for column in (found.dose, found.patients, found.selected, found.reason))


def test_it_follows_the_reference_probabilities():
    """P(over) of 3 3 6 3 with 0 0 1 2 DLTs: .003 .012 .156 .757 .894; without patients .167 .247 .444."""
    assert asked(blrm(), (3, 3, 6, 3, 0), (0, 0, 1, 2, 0), 3) == (2, 3, NO_DOSE, DOWN)
    assert asked(blrm(), (3, 3, 6, 3, 0), (0, 0, 1, 2, 0), 2) == (2, 3, NO_DOSE, STAY)
    assert asked(blrm(overdose=0.156), (3, 3, 6, 3, 0), (0, 0, 1, 2, 0), 2) == (1, 3, NO_DOSE, DOWN)
    assert asked(blrm(), (6, 3, 0, 0, 0), (3, 2, 0, 0, 0), 1) == (NO_DOSE, 0, NO_DOSE, NONE)


def test_one_dose_up_and_never_from_one_at_which_nobody_was_judged():
    n, none = (9, 0, 0, 0, 0), (0, 0, 0, 0, 0)
    assert asked(blrm(), n, none, 0) == (1, 3, NO_DOSE, UP)
    assert asked(blrm(no_skip=False, choose="highest"), n, none, 0)[0] > 1
    assert asked(blrm(no_skip=False), (0, 0, 0, 0, 0), none, 0) == (0, 3, NO_DOSE, STAY)


def test_what_ends_it():
    """With all patients, also with enough at a dose, it selects among doses that were given."""
    n, dlt = (3, 3, 6, 3, 0), (0, 0, 1, 2, 0)
    assert asked(blrm(n_max=15), n, dlt, 2) == (NO_DOSE, 0, 2, FULL)
    assert asked(blrm(enough=6), n, dlt, 2) == (NO_DOSE, 0, 2, ENOUGH)
    assert asked(blrm(enough=7), n, dlt, 2) == (2, 3, NO_DOSE, STAY)
    assert asked(blrm(n_max=16, cohort=2), n, dlt, 2)[:2] == (2, 1)
    assert asked(blrm(n_max=9), (9, 0, 0, 0, 0), (0, 0, 0, 0, 0), 0) == (NO_DOSE, 0, 0, FULL)
    assert asked(blrm(n_max=9), (6, 3, 0, 0, 0), (3, 2, 0, 0, 0), 1) == (NO_DOSE, 0, NO_DOSE, FULL)


def test_the_lower_of_two_as_good():
    assert _best(np.array([[0.1, 0.2, 0.2 + 1e-10], [0.1, 0.2, 0.2 + 1e-8]])).tolist() == [1, 2]
    assert _best(np.array([[-np.inf, -np.inf], [-np.inf, -1.0]])).tolist() == [NO_DOSE, 1]


@settings(deadline=None, max_examples=20)
@given(st.data())
def test_a_row_of_a_batch_equals_a_batch_of_one_in_any_order(data):
    rows = data.draw(st.integers(2, 40))
    n = np.array(data.draw(st.lists(st.integers(0, 9), min_size=5 * rows, max_size=5 * rows))).reshape(
        rows, 5
    )
    dlt = np.minimum(
        np.array(data.draw(st.lists(st.integers(0, 4), min_size=5 * rows, max_size=5 * rows))).reshape(
            rows, 5
        ),
        n,
    )
    order = np.array(data.draw(st.permutations(range(rows))))
    prior, amounts = Prior((-0.85, 0.0), (1.0, 1.0), -0.5), (0.25, 0.5, 1.0, 1.5, 2.0)
    whole = above(prior, amounts, (0.16, 0.33), n[order], dlt[order])
    for i, row in enumerate(order):
        alone = above(prior, amounts, (0.16, 0.33), n[row : row + 1], dlt[row : row + 1])
        assert whole[i] == pytest.approx(alone[0], rel=0, abs=1e-12)


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=10, max_size=30),
    st.integers(0, 2),
    st.sampled_from(["target", "highest"]),
)
def test_the_course_of_a_trial(tossed, start, choose):
    """No skip, n_max kept, what is selected was given."""
    design = blrm(choose=choose)
    n, dlt, current, patients = [0] * 5, [0] * 5, start, design.first_cohort
    for toss in tossed:
        n[current] += patients
        dlt[current] += min(toss, patients)
        dose, following, selected, reason = asked(design, n, dlt, current)
        if dose == NO_DOSE:
            assert selected == NO_DOSE or n[selected] > 0
            assert (sum(n) == 30) == (reason == FULL)
            return
        assert dose <= current + 1 and sum(n) + following <= 30
        current, patients = dose, following


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"cohort": 31}, "cohort: 31, allowed 1 to the 30 of n_max"),
        ({"enough": 31}, "enough: 31, allowed 1 to the 30 of n_max"),
        ({"p1": 0.33}, "p1: 33%, allowed below 33%, p2"),
    ],
)
def test_keys_that_do_not_go_together_are_refused(keys, message):
    with pytest.raises(ValueError, match=message):
        blrm(**keys)


def test_it_says_its_numbers():
    said = "\n".join(blrm(enough=9).describe())
    for part in (
        "beta log(amount / 40), amounts 10, 20, 40, 60, 80",
        "means -0.85 and 0, standard deviations 1 and 1 and correlation -0.5",
        "P(rate > 33%) below 25% the next is the one with most P(16% < rate < 33%)",
        "Never more than one dose",
        "once 9 or more",
    ):
        assert part in said
    assert "the next is the highest" in "\n".join(blrm(choose="highest").describe())
