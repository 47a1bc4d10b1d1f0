"""Evidence: exact. Averages of the LENI check scenario over weighted truths; fixed entry, every 2 months."""

from functools import lru_cache

import numpy as np
import pytest

import simulator
from simulator.metrics.judged import ACCEPTABLE, NOT_ACCEPTABLE
from simulator.metrics.registry import metric_of
from simulator.metrics.tally import estimates_of
from simulator.metrics.text import Keyed, text_of
from simulator.model.estimate import Estimate
from simulator.model.metric import Kind
from simulator.study.results import Results
from tests.helpers import CHECK, SEED, loaded

TRUTHS = {"planned": 0.5, "interaction_10": 0.3, "interaction_25": 0.2}
WEIGHTS = "weights={planned: .5, interaction_10: .3, interaction_25: .2}"
NARROW, WIDE = "combination_only", "with_maintenance"
TRIALS = 2_000
STATED = [  # variant, P(stop), P(not acceptable | stopped), to the digits stated
    (WIDE, 0.405683, 0.958808),  # .5 x .033422 + .3 x .644275 + .2 x .978448
    (NARROW, 0.009169, 0.5),  # the rule looks where no truth differs from another
]


@lru_cache
def played(weights: str = WEIGHTS, trials: int = TRIALS) -> Results:
    return simulator.run(
        loaded(CHECK, (weights,)), variants=[NARROW, WIDE], truths=list(TRUTHS), trials=trials, seed=SEED
    )


def averages(variant: str, weights: str = WEIGHTS) -> Keyed[Estimate]:
    return next(each.metrics for each in played(weights).weighted if each.variant == variant)


@pytest.mark.parametrize(("variant", "p_stop", "not_acceptable"), STATED)
def test_exact_averages_are_those_stated(variant: str, p_stop: float, not_acceptable: float) -> None:
    found = averages(variant)
    assert found["p_stop"].exact == pytest.approx(p_stop, abs=5e-7)
    assert found[NOT_ACCEPTABLE()].exact == pytest.approx(not_acceptable, abs=5e-7)
    # by Bayes' theorem, from the same P(stop): .5 (1 - P(stop | planned)) / (1 - P(stop))
    right = 0.5 * (1 - played().cell(variant, "planned").metrics["p_stop"].exact) / (1 - p_stop)
    assert found[ACCEPTABLE()].exact == pytest.approx(right, abs=1e-6)


@pytest.mark.parametrize("variant", [NARROW, WIDE])
def test_simulated_averages_agree_with_the_exact_ones(variant: str) -> None:
    compared = 0
    for key, e in averages(variant).items():
        if e.exact is None or not e.mcse:
            continue
        assert abs(e.value - e.exact) < 5 * e.mcse, f"{text_of(key)}: false alarm in 1 of 1.7 million"
        compared += 1
    assert compared >= 4


def test_an_average_is_exact_only_where_every_truth_is_and_every_trial_has_the_metric() -> None:
    cells = [played().cell(WIDE, truth).metrics for truth in TRUTHS]
    for key, e in averages(WIDE).items():
        if metric_of(key) in (NOT_ACCEPTABLE, ACCEPTABLE):
            continue
        everywhere = all(cell[key].exact is not None for cell in cells)
        assert (e.exact is not None) is (everywhere and not metric_of(key).undefined), text_of(key)
    total = sum(w * cell["n_enrolled"].exact for w, cell in zip(TRUTHS.values(), cells, strict=True))
    assert averages(WIDE)["n_enrolled"].exact == pytest.approx(total, rel=1e-12)
    assert "days_to_stop_given_stop.median" not in averages(WIDE), "quantiles are not averaged"


def test_one_truth_with_all_the_weight_has_its_own_numbers() -> None:
    found = averages(WIDE, "weights={interaction_10: 7, planned: 0}")
    cell = played().cell(WIDE, "interaction_10").metrics
    assert found.keys() - {NOT_ACCEPTABLE(), ACCEPTABLE()} == {
        key for key in cell if "given_stop" not in text_of(key)
    }
    for key in found.keys() & cell.keys():
        mine, theirs = found[key], cell[key]
        for name in ("value", "mcse", "low", "high", "n"):
            other = getattr(theirs, name)
            assert getattr(mine, name) == (other and pytest.approx(other, rel=1e-9)), (text_of(key), name)
    judged = found[NOT_ACCEPTABLE()]
    assert (judged.value, judged.exact, judged.low, judged.high) == (1.0, 1.0, 1.0, 1.0)
    judged = found[ACCEPTABLE()]
    assert (judged.value, judged.exact, judged.low, judged.high) == (0.0, 0.0, 0.0, 0.0)


def test_weights_are_made_to_add_up_to_one() -> None:
    assert loaded(
        CHECK, ("weights={interaction_10: 3, planned: 5, cll_like: 0, interaction_25: 2}",)
    ).weights == (pytest.approx(TRUTHS))
    times = averages(WIDE, "weights={planned: 5e6, interaction_10: 3e6, interaction_25: 2e6}")
    for key, e in averages(WIDE).items():
        assert times[key].value == pytest.approx(e.value, rel=1e-12)


def test_errors_are_paired_as_the_trials_are() -> None:
    """From the columns of every trial: the mean of A_k / B, and of (A_k - R B_k) / B where some have none."""
    for variant in (NARROW, WIDE):
        cells = [played().cell(variant, truth) for truth in TRUTHS]
        weights = np.array(list(TRUTHS.values()))[:, None]
        for key, e in averages(variant).items():
            if metric_of(key) in (NOT_ACCEPTABLE, ACCEPTABLE):
                stopped = np.stack([cell.columns["p_stop"] for cell in cells])
                asked = stopped == (metric_of(key) is NOT_ACCEPTABLE)
                values = np.array([[0.0], [1.0], [1.0]]) if metric_of(key) is NOT_ACCEPTABLE else (
                    np.array([[1.0], [0.0], [0.0]])
                )  # fmt: skip
                values = np.where(asked, values, np.nan)
            else:
                values = np.stack([cell.columns[key] for cell in cells])
            there = np.isfinite(values)
            above = (weights * np.where(there, values, 0.0)).sum(axis=0)
            below = (weights * there).sum(axis=0)
            n = int(there.any(axis=0).sum())
            ratio = above.sum() / below.sum()
            error = np.sqrt(((above - ratio * below) ** 2).sum()) / below.sum()
            if metric_of(key).kind is not Kind.SHARE:
                error *= np.sqrt(n / (n - 1))
            assert e.n == (n if metric_of(key).kind is not Kind.SHARE or not there.all() else TRIALS)
            assert e.value == pytest.approx(ratio, rel=1e-12), text_of(key)
            assert e.mcse == pytest.approx(error, rel=1e-7, abs=1e-9), text_of(key)


def test_pairing_matters() -> None:
    """The same trials stop under every truth: the narrow rule's error is that of one share, not of three."""
    cells = [played().cell(NARROW, truth).metrics["p_stop"] for truth in TRUTHS]
    assert averages(NARROW)["p_stop"].mcse == pytest.approx(cells[0].mcse, rel=1e-12)
    apart = np.sqrt(sum((w * cell.mcse) ** 2 for w, cell in zip(TRUTHS.values(), cells, strict=True)))
    assert averages(NARROW)["p_stop"].mcse > 1.6 * apart


def test_paired_errors_are_those_of_runs_with_other_seeds() -> None:
    """The scatter of 60 runs of 200 trials; its variance within 5 of its standard errors, sqrt(2 / 59)."""
    keys = ["p_stop", "n_enrolled", "days_to_stop_or_last_dose", text_of(NOT_ACCEPTABLE())]
    scenario, found = loaded(CHECK, (WEIGHTS,)), {key: [] for key in keys}
    for seed in range(60):
        (one,) = simulator.run(
            scenario, variants=[WIDE], truths=list(TRUTHS), trials=200, seed=seed, self_check=0,
            engine="compiled",
        ).weighted  # fmt: skip
        for key in keys:
            found[key].append((one.metrics[key].value, one.metrics[key].mcse))
    for key, pairs in found.items():
        values, errors = np.array(pairs).T
        ratio = values.var(ddof=1) / np.mean(errors**2)
        assert abs(ratio - 1) < 5 * np.sqrt(2 / 59), key


def test_what_every_trial_has_is_the_average_of_the_cells() -> None:
    for variant in (NARROW, WIDE):
        columns = [played().cell(variant, truth).columns for truth in TRUTHS]
        cells = [estimates_of(each) for each in columns]
        for key, e in averages(variant).items():
            if all(key in each and np.isfinite(each[key]).all() for each in columns):
                mean = sum(w * cell[key].value for w, cell in zip(TRUTHS.values(), cells, strict=True))
                assert e.value == pytest.approx(mean, rel=1e-12, abs=1e-12), text_of(key)
