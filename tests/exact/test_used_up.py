"""Evidence: exact and published scenarios. E[N - A] = 0, and the e-value that every run is weighed by.

`weigh` gives a run's components; each alarm has probability 1e-5 at most.
"""

from math import exp, lgamma, log, pi

import pytest
from scipy.integrate import quad

from simulator.metrics.risks import CROSSINGS, RISK
from simulator.metrics.text import Keyed
from simulator.model.estimate import Estimate
from simulator.stats.used_up import log_e
from simulator.study.cell import Cell
from simulator.study.results import Results
from simulator.study.run import run
from simulator.study.settings import Settings
from simulator.study.used_up import HazardError, weigh
from tests.helpers import ROOT, SEED, SHIPPED, loaded

TRIALS = 1_000
PART = {  # of 105 cells: other windows and thresholds change no patient, other truths the numbers alone
    "chanan_khan": {
        "variants": (
            *("before", "after", "steps_alone", "prednisone_alone", "two_by_two"),
            *("closes", "as_amended", "by_rule", "withdrawn"),
        ),
        "truths": ("as_reported", "harmful_mask", "at_steps"),
    }
}


def cell(crossings: int, used: float, trials: int = 100) -> Cell:
    """One component, clot by flow, with so many events in all."""
    values = {CROSSINGS("clot", "flow"): crossings / trials, RISK("clot", "flow"): used / trials}
    metrics = {key: Estimate(value=value, n=trials) for key, value in values.items()}
    return Cell(variant="v", truth="t", acceptable=None, metrics=Keyed(metrics))


@pytest.mark.parametrize("used", [0.01, 1.0, 7.5, 60.0])
def test_of_a_hazard_used_up_whole_e_has_mean_1(used: float) -> None:
    """N is Poisson(A): sum over n of A^n e^-A / n! x e(n, A)."""
    terms = (exp(n * log(used) - used - lgamma(n + 1) + log_e(n, used)) for n in range(2_000))
    assert sum(terms) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("longest", [0.5, 3.0, 50.0])
def test_of_one_threshold_e_has_mean_1(longest: float) -> None:
    """One crossing at T ~ Exp(1), or none by `longest`: N = 1 and A = T, or N = 0 and A = longest."""
    crossed, _ = quad(lambda t: exp(log_e(1, t) - t), 0.0, longest)
    assert crossed + exp(log_e(0, longest) - longest) == pytest.approx(1.0, abs=1e-9)


def test_e_by_hand() -> None:
    assert log_e(0, 0.0) == 0.0
    assert log_e(0, 10.0) == pytest.approx(10.0 - log(11.0))
    assert log_e(3, 1.0) == pytest.approx(log(6.0) + 1.0 - 4.0 * log(2.0))
    assert log_e(10**9, 1e9) == pytest.approx(0.5 * log(2e-9 * pi) - 1.0, abs=1e-3)


@pytest.mark.parametrize(("crossings", "used"), [(100, 40.0), (40, 100.0), (0, 20.0), (20, 0.1)])
def test_what_is_beyond_chance_ends_a_run(crossings: int, used: float) -> None:
    found = weigh([cell(50, 50.0), cell(crossings, used)])
    assert found is not None
    assert found.components == 2
    assert found.allowed == pytest.approx(log(2e5))
    with pytest.raises(HazardError) as problem:
        found.demand()
    said = f"variant v, truth t, clot by flow: {crossings} events where {used:g} were due"
    assert said in str(problem.value)
    assert problem.value.exit_code == 1


@pytest.mark.parametrize(("crossings", "used"), [(60, 50.0), (0, 5.0), (3, 1.0), (0, 0.0)])
def test_chance_does_not(crossings: int, used: float) -> None:
    found = weigh([cell(crossings, used)])
    assert found is not None
    found.demand()


def test_standard_errors_are_told_from_25_expected_events_on() -> None:
    found = weigh([cell(30, 25.0), cell(29, 24.9)])
    assert found is not None
    assert found.zs == (pytest.approx(1.0),)


def test_results_of_before_are_not_weighed() -> None:
    old = Cell(variant="v", truth="t", acceptable=None, metrics=Keyed({}))
    assert weigh([old]) is None


@pytest.fixture(scope="module", params=SHIPPED)
def results(request: pytest.FixtureRequest) -> Results:
    """Every cell of a shipped scenario whose patients are not another's; an alarm ends the run."""
    settings = Settings(trials=TRIALS, seed=SEED, self_check=0, jobs=2, **PART.get(request.param, {}))
    return run(loaded(ROOT / f"scenarios/{request.param}.yaml"), settings)


def test_shipped_cells_have_the_events_that_their_hazards_say(results: Results) -> None:
    """E[N - A] = 0 in every component of every cell; each scenario gives a false alarm with 1e-5 at most."""
    found, check = results.hazards(), results.self_check()
    assert found is not None
    assert found.components == check["components"] >= len(results.cells)
    assert check["largest_log_e"] == found.worst.log_e < found.allowed == check["allowed_log_e"]
    again = Results.from_json(results.as_json())
    assert again.self_check() == check


def test_the_variance_is_that_of_the_hazard(results: Results) -> None:
    """Var(N - A) = E[A], within 4 errors where 25 events are expected: with jumps, retirement, traits, dose
    tables and absences too. At most 400 components a scenario: 2.6e-2 of a false alarm, of this seed none."""
    compared = 0
    for each in results.cells:
        for key in each.columns:
            if key.shape != RISK.shape:
                continue
            names = RISK.names(key)
            crossings, used = each.columns[CROSSINGS(*names)], each.columns[key]
            if used.sum() < 25.0:
                continue
            squares = (crossings - used) ** 2
            error = float(squares.std()) / TRIALS**0.5
            assert abs(float(squares.mean() - used.mean())) < 4.0 * error, (each.variant, each.truth, names)
            compared += 1
    assert compared
