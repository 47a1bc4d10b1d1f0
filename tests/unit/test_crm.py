"""Evidence: hand-worked and property. Restrictions, ends and ties of the CRM; what it refuses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.contracts import NO_DOSE, DoseCounts
from simulator.dose_finding._one_parameter import Curve, posterior
from simulator.dose_finding._skeleton_rates import Indifference, parse_skeleton
from simulator.dose_finding.crm import Crm, _nearest

SKELETON = (0.05, 0.12, 0.25, 0.40, 0.55)
UP, STAY, DOWN, HELD, FULL, TOXIC, ENOUGH, PRECISE = range(8)  # index into `reasons`


def crm(**keys):
    return Crm(**({"target": 0.25, "n_max": 30, "skeleton": SKELETON} | keys))


def counts(n, dlt, current, last=(0, 0)):
    return DoseCounts(
        n=np.array([n]),
        dlt=np.array([dlt]),
        current=np.array([current]),
        last_n=np.array(last[:1]),
        last_dlt=np.array(last[1:]),
    )


def asked(design, *standing):
    """(dose, patients, selected, reason) of one trial."""
    found = design.decide(counts(*standing))
    return tuple(int(column[0]) for column in (found.dose, found.patients, found.selected, found.reason))


NONE_OF_3 = ((3, 0, 0, 0, 0), (0, 0, 0, 0, 0), 0, (3, 0))


def test_one_dose_up_where_the_curve_would_skip():
    """0 of 3 at the lowest: rates .007 .029 .099 .217 .369, the fourth is nearest to 25%."""
    assert asked(crm(), *NONE_OF_3) == (1, 3, NO_DOSE, UP)
    assert asked(crm(no_skip=False), *NONE_OF_3) == (3, 3, NO_DOSE, UP)


def test_coherence_is_about_the_last_cohort_and_includes_the_target():
    """At the second dose 1 of 12, of which the last 4 had that one: 25%, which is the target."""
    n, dlt = (3, 12, 0, 0, 0), (0, 1, 0, 0, 0)
    assert asked(crm(), n, dlt, 1, (4, 1)) == (1, 3, NO_DOSE, HELD)
    assert asked(crm(), n, dlt, 1, (5, 1)) == (2, 3, NO_DOSE, UP)
    assert asked(crm(coherence=False), n, dlt, 1, (4, 1)) == (2, 3, NO_DOSE, UP)
    assert asked(crm(), n, dlt, 1) == (2, 3, NO_DOSE, UP), "nothing is told of a cohort"


def test_the_target_is_the_decimal_that_is_written():
    """3 of 10 are 30%; 0.3 as a binary number is a little less than that."""
    n, dlt = (10, 0, 0, 0, 0), (3, 0, 0, 0, 0)
    wide = crm(target=0.3, skeleton=(0.01, 0.02, 0.03, 0.04, 0.05), prior_variance=0.01, n_max=40)
    assert asked(wide, n, dlt, 0, (10, 3))[3] == HELD
    assert asked(wide, n, dlt, 0, (10, 2))[3] == UP


def test_it_is_never_up_from_a_dose_at_which_nobody_was_judged():
    assert asked(crm(), (3, 0, 0, 0, 0), (0, 0, 0, 0, 0), 1, (0, 0)) == (1, 3, NO_DOSE, STAY)
    nobody = ((0, 0, 0, 0, 0), (0, 0, 0, 0, 0), 0, (0, 0))
    assert asked(crm(no_skip=False), *nobody) == (0, 3, NO_DOSE, STAY)
    assert crm().recommend(counts(*nobody))[0] == NO_DOSE


def test_down_is_not_restricted():
    assert asked(crm(), (3, 3, 3, 3, 0), (1, 2, 3, 3, 0), 3, (3, 3)) == (0, 3, NO_DOSE, DOWN)


def test_the_last_cohort_is_what_is_left_and_then_it_is_over():
    n, dlt = (3, 3, 23, 0, 0), (0, 0, 6, 0, 0)
    assert asked(crm(), n, dlt, 2, (3, 1))[:2] == (2, 1)
    assert asked(crm(), (3, 3, 24, 0, 0), dlt, 2, (1, 0)) == (NO_DOSE, 0, 2, FULL)


def test_it_is_over_where_the_lowest_dose_is_too_toxic():
    """3 of 3: P(rate > 25%) at the lowest is .97676."""
    all_of_3 = ((3, 0, 0, 0, 0), (3, 0, 0, 0, 0), 0, (3, 3))
    assert asked(crm(stop_toxic=0.9767), *all_of_3) == (NO_DOSE, 0, NO_DOSE, TOXIC)
    assert asked(crm(stop_toxic=0.9768), *all_of_3) == (0, 3, NO_DOSE, STAY)
    full = crm(stop_toxic=0.9767, n_max=3)
    assert asked(full, *all_of_3) == (NO_DOSE, 0, NO_DOSE, FULL), "no dose in the end either"
    assert full.recommend(counts(*all_of_3))[0] == NO_DOSE


def test_enough_patients_are_at_the_dose_to_be_given_next():
    n, dlt = (3, 3, 6, 3, 0), (0, 0, 1, 2, 0)
    assert asked(crm(enough=6), n, dlt, 3, (3, 2)) == (NO_DOSE, 0, 2, ENOUGH)
    assert asked(crm(enough=7), n, dlt, 3, (3, 2)) == (2, 3, NO_DOSE, DOWN)


def test_precision_is_the_width_of_the_interval_there():
    """dfcrm, 18 patients: 9.316% to 41.999% at the third dose."""
    n, dlt = (3, 3, 9, 3, 0), (0, 0, 2, 2, 0)
    assert asked(crm(precision=0.32684), n, dlt, 2, (3, 0)) == (NO_DOSE, 0, 2, PRECISE)
    assert asked(crm(precision=0.32682), n, dlt, 2, (3, 0)) == (2, 3, NO_DOSE, STAY)


def test_an_untreated_dose_is_selected_as_published_or_not():
    n, dlt = (3, 3, 0, 0, 0), (0, 0, 0, 0, 0)
    any_dose, treated = (crm(n_max=6, select=select) for select in ("any", "treated"))
    assert asked(any_dose, n, dlt, 1, (3, 0)) == (NO_DOSE, 0, 4, FULL)
    assert asked(treated, n, dlt, 1, (3, 0)) == (NO_DOSE, 0, 1, FULL)


# ---------------------------------------------------------------- ties


def nearest(rates, among=None):
    among = np.ones(len(rates), dtype=bool) if among is None else np.array(among, dtype=bool)
    return int(_nearest(np.array([rates]), 0.25, among[None])[0])


def test_of_two_doses_as_near_to_the_target_it_is_the_lower():
    assert nearest((0.1, 0.2, 0.3, 0.5)) == 1
    assert nearest((0.1, 0.2, 0.3 - 1e-10, 0.5)) == 1, "to 1e-9"
    assert nearest((0.1, 0.2, 0.3 - 1e-8, 0.5)) == 2


def test_rates_on_one_side_of_the_target():
    assert nearest((0.0, 0.0, 0.0)) == 2, "the highest, also of equal ones"
    assert nearest((0.25, 0.25, 0.25)) == 2
    assert nearest((0.3, 0.3, 1.0)) == 0
    assert nearest((0.0, 0.0, 0.0), (True, True, False)) == 1
    assert nearest((0.3, 0.31, 0.4), (False, True, True)) == 1


# ---------------------------------------------------------------- likelihood


def test_a_likelihood_starts_dose_by_dose():
    mle = crm(estimate="mle")
    assert asked(mle, *NONE_OF_3) == (1, 3, NO_DOSE, UP)
    assert asked(mle, (3, 3, 3, 3, 3), (0,) * 5, 4, (3, 0)) == (4, 3, NO_DOSE, STAY)
    assert asked(mle, (0, 3, 0, 0, 0), (0, 3, 0, 0, 0), 1, (3, 3)) == (0, 3, NO_DOSE, DOWN)
    assert asked(mle, (3, 0, 0, 0, 0), (3, 0, 0, 0, 0), 0, (3, 3)) == (0, 3, NO_DOSE, STAY)
    assert asked(mle, (0, 0, 0, 0, 0), (0, 0, 0, 0, 0), 1, (0, 0)) == (1, 3, NO_DOSE, STAY)
    assert asked(mle, (3, 0, 0, 0, 0), (0, 0, 0, 0, 0), 1, (0, 0)) == (1, 3, NO_DOSE, STAY)


# ---------------------------------------------------------------- properties

designs = st.builds(
    crm,
    target=st.sampled_from([0.2, 0.25, 0.33]),
    cohort=st.sampled_from([1, 2, 3]),
    skeleton=st.sampled_from([SKELETON, Indifference(half_width=0.06, prior_mtd=3)]),
    model=st.sampled_from(["empiric", "logistic"]),
    estimate=st.sampled_from(["bayes", "mle"]),
    no_skip=st.booleans(),
    coherence=st.booleans(),
    enough=st.sampled_from([None, 9]),
    select=st.sampled_from(["any", "treated"]),
)


@settings(deadline=None)
@given(designs, st.lists(st.integers(0, 3), min_size=10, max_size=30), st.integers(0, 4))
def test_the_course_of_a_trial(design, tossed, start):
    """No forbidden skip, not up straight after a cohort at the target, n_max kept."""
    n, dlt, current, patients = [0] * 5, [0] * 5, start, design.first_cohort
    for toss in tossed:
        last = (patients, min(toss, patients))
        n[current] += last[0]
        dlt[current] += last[1]
        dose, following, selected, _ = asked(design, n, dlt, current, last)
        if dose == NO_DOSE:
            assert design.select == "any" or n[selected] > 0
            assert sum(n) == 30 or (design.enough and max(n) >= design.enough)
            return
        assert dose <= current + 1 or not design.no_skip
        assert dose <= current or not design.coherence or last[1] < design.target * last[0]
        assert sum(n) + following <= 30
        current, patients = dose, following


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_a_row_of_a_batch_equals_a_batch_of_one_in_any_order(data):
    """Estimates, to rounding, also of rows with grids of their own."""
    rows = data.draw(st.integers(2, 12))
    n = np.array(
        data.draw(st.lists(st.sampled_from([0, 1, 3, 30, 300]), min_size=5 * rows, max_size=5 * rows))
    )
    n = n.reshape(rows, 5)
    dlt = np.array([data.draw(st.integers(0, int(most))) for most in n.flat]).reshape(rows, 5)
    order = np.array(data.draw(st.permutations(range(rows))))
    curve = Curve(SKELETON, data.draw(st.sampled_from([None, 3.0])))
    whole = posterior(curve, 1.34, n[order], dlt[order], curve.where(0.25))
    for i, row in enumerate(order):
        alone = posterior(curve, 1.34, n[row : row + 1], dlt[row : row + 1], curve.where(0.25))
        assert whole.mean[i] == pytest.approx(alone.mean[0], rel=0, abs=1e-12)
        assert whole.variance[i] == pytest.approx(alone.variance[0], rel=0, abs=1e-12)
        assert whole.above[i] == pytest.approx(alone.above[0], rel=0, abs=1e-10)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 6), min_size=5, max_size=5), st.integers(0, 4), st.sampled_from([None, 3.0]))
def test_a_dlt_more_never_lowers_a_rate(dlts, dose, intercept):
    curve, n = Curve(SKELETON, intercept), np.full((1, 5), 7)
    more = np.array([dlts])
    more[0, dose] += 1
    first, second = (posterior(curve, 1.34, n, dlt, np.zeros(0)).mean for dlt in (np.array([dlts]), more))
    assert second[0] <= first[0] + 1e-12


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"cohort": 31}, "cohort: 31, allowed 1 to the 30 of n_max"),
        ({"enough": 31}, "enough: 31, allowed 1 to the 30 of n_max"),
        ({"intercept": 3.0}, "intercept: 3, allowed it with `model: logistic` only"),
        ({"model": "logistic", "intercept": 0.0}, "skeleton: 55%, allowed below 50%"),
        (
            {"model": "logistic", "intercept": -1.2, "skeleton": (0.1, 0.2)},
            "target: 25%, allowed together below",
        ),
        ({"estimate": "mle", "stop_toxic": 0.9}, "stop_toxic: 0.9, allowed it with `estimate: bayes` only"),
        ({"estimate": "mle", "precision": 0.2}, "precision: 0.2, allowed it with `estimate: bayes` only"),
        ({"estimate": "mle", "prior_variance": 2.0}, "prior_variance: 2, allowed it with"),
        ({"prior_variance": 101.0}, "prior_variance: 101, allowed at most 100"),
        (
            {"skeleton": Indifference(half_width=0.25, prior_mtd=3)},
            "half_width of 25%, allowed below the target",
        ),
        (
            {"target": 0.9, "skeleton": Indifference(half_width=0.15, prior_mtd=3)},
            "target: 90% and a half_width of 15%, allowed together below 100%",
        ),
    ],
)
def test_keys_that_do_not_go_together_are_refused(keys, message):
    with pytest.raises(ValueError, match=message):
        crm(**keys)


@pytest.mark.parametrize(
    ("skeleton", "doses", "message"),
    [
        (SKELETON, 4, "skeleton: 5 rates, allowed 4, one for each dose"),
        (Indifference(half_width=0.05, prior_mtd=4), 3, "the prior_mtd 4, allowed 1 to 3"),
        (
            Indifference(half_width=0.2, prior_mtd=1),
            40,
            "a half_width of 20%, allowed one with which 40 rates rise",
        ),
    ],
)
def test_a_skeleton_that_does_not_fit_the_ladder_is_refused(skeleton, doses, message):
    with pytest.raises(ValueError, match=message):
        crm(skeleton=skeleton).fit_ladder(doses)
    with pytest.raises(ValueError, match=message):
        asked(crm(skeleton=skeleton), (3,) * doses, (0,) * doses, 0)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (["12%", "5%"], "5% after 12%"),
        (["5%", "5%"], "5% after 5%"),
        (["5%", "100%"], "100%"),
        ([], "a list"),
        ("5%", "5%"),
        ({"half_width": "5%"}, "a mapping"),
        ({"half_width": "5%", "prior_mtd": 0}, "0"),
    ],
)
def test_a_skeleton_that_is_none_is_refused(written, found):
    with pytest.raises(ValueError, match=f"found {found}"):
        parse_skeleton(written)


def test_it_says_its_numbers():
    said = "\n".join(crm(stop_toxic=0.9, enough=12, precision=0.2, select="treated").describe())
    for part in (
        "rate = s^exp(b), with the skeleton s = 5%, 12%, 25%, 40%, 55%",
        "posterior mean, with the prior N(0, 1.34)",
        "Never more than one dose above the last",
        "a cohort of which 25% or more had a DLT",
        "at the lowest dose is more than 90%",
        "once 12 or more are at the dose",
        "at most 20% wide",
        "of those that were given",
    ):
        assert part in said
    interval = Indifference(half_width=0.05, prior_mtd=3)
    other = crm(estimate="mle", model="logistic", skeleton=interval, no_skip=False, coherence=False)
    said = "\n".join(other.describe())
    for part in ("exp(-3 - exp(b) x)", "+- 5% with the target at dose 3", "likelihood is largest"):
        assert part in said
    assert "Never more than" not in said and "straight after" not in said
