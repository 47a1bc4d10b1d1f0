"""Evidence: differential. Faster ways for many patients against the recursions that few patients keep.

Both are right to a few last bits per patient, so they may differ by 1e-13; and operations are counted.
"""

from math import ceil, floor, inf, sqrt

import numpy as np
import pytest

from simulator.exact import staggered
from simulator.exact.recognise import exact_values
from simulator.loading.load import load
from simulator.model.metric import Key
from simulator.program.build import build
from simulator.program.patient import FirstEvent
from simulator.stats import binomial, joint, poisson_binomial
from tests.helpers import CHECK, ROOT

NEAR = 1e-13
FERRAJOLI = ROOT / "scenarios/checks/ferrajoli.yaml"


def bounds_near_null(looks):
    """Toxicity near 30 %, response near 20 %: boundaries that a trial at these rates often meets."""
    upper = [ceil(0.3 * n + 1.7 * sqrt(n * 0.21)) + 1 for n in looks]
    lower = [max(-1, floor(0.2 * n - 1.6 * sqrt(n * 0.16)) - 1) for n in looks]
    return upper, lower


def assert_near(found, expected, fields):
    for name in fields:
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=NEAR, abs=NEAR), name
        assert np.min(getattr(found, name)) >= 0.0


@pytest.mark.parametrize("every", [1, 2, 7, 150])
@pytest.mark.parametrize("gaps", [False, True])
def test_a_count_of_many_patients_is_that_of_the_recursion(monkeypatch, every, gaps):
    looks = list(range(every, 801, every))
    upper, lower = bounds_near_null(looks)
    if gaps:
        upper = [None if n % 3 == 0 else bound for n, bound in zip(looks, upper, strict=True)]
        lower = [None if n % 5 == 0 else bound for n, bound in zip(looks, lower, strict=True)]
    rates = [0.0, 0.05, 0.2, 0.3, 0.7, 1.0]
    expected = binomial.monitor_each(looks, rates, upper=upper, lower=lower, max_n=803)
    monkeypatch.setattr(binomial, "ONE_BY_ONE", 0)
    found = binomial.monitor_each(looks, rates, upper=upper, lower=lower, max_n=803)
    for one, other in zip(found, expected, strict=True):
        assert_near(one, other, ["upper_at", "lower_at", "final", "expected_n", "expected_events"])


def test_a_small_tail_of_many_patients_is_right_in_its_own_size():
    """P(X >= 60) of 1,500 at 1 % and one look; P(X >= k) = I_p(k, n - k + 1)."""
    found = binomial.monitor([1500], 0.01, upper=[60])
    assert found.p_upper == pytest.approx(float(binomial.tail(1500, 0.01, 60)), rel=1e-9)


@pytest.mark.parametrize("ratio", [0.0, 1.0, 4.0, inf])
def test_two_counts_of_many_patients_are_those_of_the_recursion(monkeypatch, ratio):
    looks = list(range(1, 161))
    toxicity, response = bounds_near_null(looks)
    cells = joint.four_cells(0.2, 0.3, ratio)
    expected = joint.monitor_joint(looks, cells, toxicity=toxicity, response=response, max_n=163)
    assert joint.WHOLE < 163
    monkeypatch.setattr(joint, "WHOLE", 163)
    whole = joint.monitor_joint(looks, cells, toxicity=toxicity, response=response, max_n=163)
    fields = ["toxicity_only_at", "response_only_at", "both_at", "expected_n"]
    assert_near(expected, whole, [*fields, "expected_toxicities", "expected_responses"])


def test_two_counts_end_where_nothing_runs_any_more():
    """Every patient has toxicity: one of them stops the trial, whatever follows."""
    found = joint.monitor_joint([1, 900], joint.four_cells(0.5, 1.0), toxicity=[1, 1], response=[None, None])
    assert (found.p_stop, found.expected_n) == (1.0, 1.0)


def test_two_counts_of_too_many_patients_are_refused_with_the_reason():
    looks = range(1, joint.MOST + 2)
    with pytest.raises(ValueError, match="beyond 1,000 patients"):
        joint.monitor_joint(looks, joint.four_cells(0.2, 0.3))
    scenario = load(FERRAJOLI, (f"design.accrual.until={joint.MOST + 1} treated",))
    program = build(scenario.designs["joint"], scenario.truths["design_null"])
    values, reason = exact_values(program)
    assert values == {} and "beyond 1,000 patients" in reason


@pytest.mark.parametrize("k", [1, 2, 40, 300, 1200])
def test_unequal_chances_of_many_patients_are_those_of_the_recursion(k):
    chances = np.linspace(0.0, 0.5, poisson_binomial.WHOLE + 200)
    mass = poisson_binomial.pmf(chances)
    assert poisson_binomial.at_least(chances, k) == pytest.approx(mass[k:].sum(), rel=1e-12, abs=NEAR)
    mean = float(np.minimum(np.arange(mass.size), k) @ mass)
    assert poisson_binomial.mean_up_to(chances, k) == pytest.approx(mean, rel=1e-12)
    reached = np.cumsum(poisson_binomial.first_passage(chances[:500], k))
    assert reached[-1] == pytest.approx(poisson_binomial.at_least(chances[:500], k), abs=NEAR)


def leni(variant, patients, *more):
    scenario = load(CHECK, (f"design.accrual.until={patients} treated", *more))
    return build(scenario.designs[variant], scenario.truths["interaction_10"])


@pytest.mark.parametrize("count", [2, 12])
def test_one_pass_for_all_entries_gives_what_one_per_entry_does(monkeypatch, count):
    program = leni("with_maintenance", 180, f"design.monitoring.thrombosis_rule.rule.count={count}")
    each, _ = exact_values(program)
    monkeypatch.setattr(staggered, "ONE_BY_ONE", 0)
    together, _ = exact_values(program)
    assert together.keys() == each.keys()
    assert together == {key: pytest.approx(value, rel=1e-12, abs=NEAR) for key, value in each.items()}


def test_exact_values_ask_about_each_patient_a_few_times(monkeypatch):
    """4,000 patients took over a minute: each entry asked about every patient before it."""
    asked = 0
    by = FirstEvent.by

    def counted(self, day):
        nonlocal asked
        asked += 1
        return by(self, day)

    monkeypatch.setattr(FirstEvent, "by", counted)
    values, reason = exact_values(leni("combination_only", 4_000))
    assert not reason and 0.0 < values[Key("p_stop")] <= 1.0
    assert asked < 3 * 4_000


def test_a_boundary_that_rises_too_often_is_refused_before_anything_is_calculated(monkeypatch):
    monkeypatch.setattr(FirstEvent, "by", lambda *_: pytest.fail("calculated in vain"))
    values, reason = exact_values(leni("bayes_any_phase", 4_000))
    assert values == {} and "need more than 2,000,000 states: simulate instead" in reason
