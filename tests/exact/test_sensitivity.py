"""Evidence: exact, published. Derivatives of LENI's check scenario by hazards, and adjusted estimates there.

Printed numbers are those of the issue; the planned truth's derivative is also elementary arithmetic.
"""

from __future__ import annotations

from functools import cache
from math import exp, log, sqrt

import numpy as np
import pytest

import simulator
from simulator.exact.recognise import exact_values
from simulator.metrics.collect import collect
from simulator.metrics.text import key_of
from simulator.program.tables import Program
from simulator.study.results import Cell
from simulator.study.units import player
from simulator.what_ifs.sensitivity import Hazard, exact_derivative
from tests.engine.by_hand import PLANNED
from tests.helpers import CHECK, SEED, YEAR, of_file

VARIANT, P = "with_maintenance", key_of("p_stop")
DERIVATIVES = {  # of P(stop)
    ("planned", "on_drug"): 0.060669,
    ("interaction_10", "after_imatinib"): 0.501713,
    ("interaction_10", "on_drug"): 0.034674,
    ("interaction_25", "after_imatinib"): 0.102818,
    ("interaction_25", "on_drug"): 0.002602,
}
FEWER = {  # times the variance of a difference of runs at 5 % more and 5 % less
    ("planned", "on_drug"): 5.0,
    ("interaction_10", "after_imatinib"): 5.0,
    ("interaction_25", "after_imatinib"): 2.0,
}
FACTORS = {  # truth: of P(stop), of patients enrolled
    "planned": (1.66, 1.28),
    "interaction_10": (5.47, 2.98),
    "interaction_25": (1.37, 14.4),
}
TRUTHS = list(FACTORS)


@cache
def cell(truth: str, *sets: str) -> Program:
    return of_file(CHECK, VARIANT, truth, *sets)


@cache
def sensitivities(truth: str, metric: str = "p_stop") -> dict[str, Hazard]:
    """Of 10,000 trials."""
    found = simulator.sensitivity(
        CHECK, metric, variants=[VARIANT], truths=[truth], trials=10_000, seed=SEED, self_check=0
    )
    return {each.component: each for each in found.hazards}


@cache
def adjusted(truth: str) -> Cell:
    """Of 40,000 trials."""
    asked = {"variants": [VARIANT], "truths": [truth], "trials": 40_000, "seed": SEED, "self_check": 0}
    return simulator.run(CHECK, **asked).cells[0]


@pytest.mark.parametrize(("truth", "component"), DERIVATIVES)
def test_published_exact_derivatives_stand_beside(truth: str, component: str) -> None:
    assert sensitivities(truth)[component].exact == pytest.approx(DERIVATIVES[truth, component], abs=6e-7)


def test_exact_the_planned_derivative_is_that_of_the_binomial() -> None:
    """P = 1 - s^20 - 20 (1 - s) s^19, s = exp(-h): dP / dlog h = 380 (1 - s) s^18 s h."""
    h = PLANNED * YEAR
    s = exp(-h)
    found = exact_derivative(cell("planned"), ("thrombosis", "on_drug"), P)
    assert found == pytest.approx(380 * (1 - s) * s**18 * s * h, abs=1e-9)


@pytest.mark.parametrize("metric", ["n_enrolled", "days_to_stop_or_last_dose", "patients_with.thrombosis"])
def test_exact_a_hazard_scaled_in_the_program_is_that_of_the_file_with_another_rate(metric: str) -> None:
    """By a chord of the file's own values, which errs by a third of its square."""
    component = "truths.planned.events.thrombosis.components.on_drug.hazard"
    low, high = (
        float(
            exact_values(cell("planned", f"{component}={3 * times!r} per 206 person-years"))[0][
                key_of(metric)
            ]
        )
        for times in (exp(-0.01), exp(0.01))
    )
    found = exact_derivative(cell("planned"), ("thrombosis", "on_drug"), key_of(metric))
    assert found == pytest.approx((high - low) / 0.02, rel=1e-3)


@pytest.mark.parametrize(("truth", "component"), DERIVATIVES)
def test_at_10_000_trials_they_are_within_4_errors_of_exact(truth: str, component: str) -> None:
    """False alarms: 6e-5 each."""
    found = sensitivities(truth)[component]
    assert found.value is not None and found.mcse is not None
    assert abs(found.value - DERIVATIVES[truth, component]) < 4 * found.mcse


@pytest.mark.parametrize(
    ("truth", "metric"), [(t, m) for t in TRUTHS for m in ("n_enrolled", "patients_with.thrombosis")]
)
def test_of_means_too(truth: str, metric: str) -> None:
    """False alarms: 6e-5 each."""
    for found in sensitivities(truth, metric).values():
        assert found.value is not None and found.mcse is not None and found.exact is not None
        assert abs(found.value - found.exact) < 4 * found.mcse


@pytest.mark.parametrize(("truth", "component"), FEWER)
def test_the_variance_is_a_fraction_of_that_of_two_more_runs_on_common_trials(
    truth: str, component: str
) -> None:
    """Runs at 5 % more and at 5 % less of the hazard, 10,000 trials each with the same draws."""
    path = f"truths.{'planned' if component == 'on_drug' else truth}.events.thrombosis.components.{component}"
    written = {"on_drug": "hazard={} per 206 person-years", "after_imatinib": "probability={} in 6 months"}
    share = {"interaction_10": 0.1, "interaction_25": 0.25}.get(truth, 0.0)
    stops = []
    for times in (1.05, 0.95):
        value = 3 * times if component == "on_drug" else 1 - (1 - share) ** times
        changed = cell(truth, f"{path}.{written[component].format(repr(value))}")
        blocks = (player("compiled", SEED)(changed, first, 1_000) for first in range(0, 10_000, 1_000))
        stops.append(np.concatenate([collect(changed, records)[P] for records in blocks]))
    slope = (stops[0] - stops[1]) / log(1.05 / 0.95)
    found, error = sensitivities(truth)[component], slope.std() / sqrt(len(slope))
    assert found.mcse is not None
    assert abs(slope.mean() - DERIVATIVES[truth, component]) < 5 * error, "else it is another derivative"
    assert (error / found.mcse) ** 2 > FEWER[truth, component]


# ---------------------------------------------------------------- adjusted estimates


@pytest.mark.parametrize("truth", TRUTHS)
def test_published_factors_of_adjusted_estimates_within_a_tenth(truth: str) -> None:
    found = adjusted(truth).adjusted
    for key, factor in zip(("p_stop", "n_enrolled"), FACTORS[truth], strict=True):
        assert found[key].factor == pytest.approx(factor, rel=0.1)


@pytest.mark.parametrize("truth", TRUTHS)
def test_adjusted_estimates_are_within_5_errors_of_exact(truth: str) -> None:
    """False alarms: 6e-7 each."""
    mine = adjusted(truth)
    compared = 0
    for key, e in mine.metrics.items():
        if e.exact is not None and key in mine.adjusted:
            assert abs(mine.adjusted[key].value - e.exact) < 5 * mine.adjusted[key].mcse, key
            compared += 1
    assert compared >= 5


@pytest.mark.slow
@pytest.mark.parametrize("truth", TRUTHS)
def test_adjusted_estimates_are_unbiased_over_400_seeds(truth: str) -> None:
    """400 runs of 1,000 trials: the mean within 4 errors of exact, errors as large as what scatters."""
    asked = {"variants": [VARIANT], "truths": [truth], "trials": 1_000, "self_check": 0}
    cells = [simulator.run(CHECK, seed=seed, **asked).cells[0] for seed in range(400)]
    exact = cells[0].metrics
    for key in ("p_stop", "n_enrolled", "patients_with.thrombosis"):
        found = [each.adjusted.get(key) for each in cells]
        values = np.array(
            [e.metrics[key].value if f is None else f.value for e, f in zip(cells, found, strict=True)]
        )
        error = values.std(ddof=1) / sqrt(len(values))
        assert abs(values.mean() - exact[key].exact) < 4 * error, key
        told = sqrt(
            np.mean(
                [
                    e.metrics[key].mcse ** 2 if f is None else f.mcse**2
                    for e, f in zip(cells, found, strict=True)
                ]
            )
        )
        assert values.std(ddof=1) == pytest.approx(told, rel=4.5 / sqrt(2 * len(values)) + 0.02), key
