"""Fixtures that several test modules share: each scenario is simulated once per session."""

from dataclasses import replace

import pytest
from hypothesis import settings

from simulator.loading.load import load
from simulator.study.results import Results
from simulator.study.run import run
from tests.helpers import CHECK, LENI, SEED

settings.register_profile("suite", derandomize=True, deadline=None)  # one suite-wide choice of examples
settings.load_profile("suite")

CHECK_TRIALS, LENI_TRIALS = 1_000, 100  # per cell: 21 and 42 cells
FEW = 300  # per cell of the variants that differ from with_maintenance under one truth only: 14 cells


@pytest.fixture(scope="session")
def check_run() -> Results:
    """The check scenario, every variant under every truth."""
    many = run(
        load(CHECK),
        variants=["combination_only", "with_maintenance", "bayes_any_phase"],
        trials=CHECK_TRIALS,
        seed=SEED,
    )
    few = run(load(CHECK), variants=["plus_30_days", "plus_90_days"], trials=FEW, seed=SEED)
    return replace(many, cells=many.cells + few.cells)


@pytest.fixture(scope="session")
def leni_run() -> Results:
    """The LENI scenario, every variant under every truth."""
    return run(load(LENI), trials=LENI_TRIALS, seed=SEED)
