"""Evidence: exact. What few trials decide is not held against exact values: nobody knows its error."""

from __future__ import annotations

import pytest

import simulator
from simulator.model.metric import Key
from simulator.study.results import Results
from tests.helpers import CHECK, SEED

TRIALS = 300
SEEDS = range(SEED, SEED + 20)
LIMIT = (
    4.5  # standard errors; a share of 10 cases expected is beyond it 5 times in 100,000, a mean 2 in 10,000
)
# (docs/decisions.md): about 20 values of a run can be judged, so that one of 20 runs prints more than that
# once in 20 such tests at most
MEAN = Key("n_enrolled")


@pytest.fixture(scope="module")
def runs() -> list[Results]:
    return [
        simulator.run(CHECK, variants=["with_maintenance"], trials=TRIALS, seed=seed, self_check=0)
        for seed in SEEDS
    ]


def test_no_false_alarm_is_printed(runs: list[Results]) -> None:
    for found in runs:
        check = found.self_check()
        assert check["exact_compared"] >= 5
        assert check["largest_difference_in_se"] <= LIMIT


def test_a_mean_over_few_stops_would_be_one(runs: list[Results]) -> None:
    """P(stop) .0334 of 300 trials: ten stops are expected, and not a hundred until 3,000 trials."""
    means = [found.cell("with_maintenance", "planned") for found in runs]
    assert max(abs(cell.metrics[MEAN].z() or 0.0) for cell in means) > LIMIT
    assert all(MEAN not in cell.differences() and Key("p_stop") in cell.differences() for cell in means)
    many = simulator.run(
        CHECK, variants=["with_maintenance"], truths=["planned"], trials=3_000, seed=SEED, self_check=0
    )
    assert abs(many.cells[0].differences()[MEAN]) <= LIMIT
