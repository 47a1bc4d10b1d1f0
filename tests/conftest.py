"""Fixtures that several test modules share: each scenario is simulated once per session."""

import pytest
from hypothesis import settings

from simulator.loading.load import load
from simulator.study.results import Results
from simulator.study.run import run
from tests.helpers import CHECK, LENI, SEED

settings.register_profile("suite", derandomize=True, deadline=None)  # one suite-wide choice of examples
settings.load_profile("suite")

CHECK_TRIALS, LENI_TRIALS = 1_000, 100  # per cell: 35 and 42 cells


@pytest.fixture(scope="session")
def check_run() -> Results:
    """The check scenario, every variant under every truth."""
    return run(load(CHECK), trials=CHECK_TRIALS, seed=SEED)


@pytest.fixture(scope="session")
def leni_run() -> Results:
    """The LENI scenario, every variant under every truth."""
    return run(load(LENI), trials=LENI_TRIALS, seed=SEED)
