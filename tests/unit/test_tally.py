"""Evidence: by another way. Blocks added up one by one against NumPy on all trials at once."""

import numpy as np
import pytest

from simulator.metrics.registry import KEPT
from simulator.metrics.tally import Tally, estimates_of, summarise
from simulator.metrics.text import Keyed, key_of
from simulator.stats.intervals import wilson
from tests.helpers import SEED

TRIALS = 1_037


@pytest.fixture(scope="module")
def columns():
    """A share, a mean far from 0, one that is often not defined, one that never is, and a time."""
    rng = np.random.default_rng(SEED)
    rare = np.where(rng.random(TRIALS) < 0.02, rng.random(TRIALS), np.nan)
    named = {
        "p_stop": (rng.random(TRIALS) < 0.3).astype(float),
        "n_enrolled": 1e6 + rng.random(TRIALS),
        "n_read.rule": rare,
        "x_read.rule": np.full(TRIALS, np.nan),
        "days_to_stop": np.where(rng.random(TRIALS) < 0.5, np.inf, rng.random(TRIALS)),
    }
    return Keyed({key_of(text): values for text, values in named.items()})


def in_blocks(columns, size):
    tally = Tally()
    for first in range(0, TRIALS, size):
        tally.add(summarise({key: values[first : first + size] for key, values in columns.items()}))
    return tally


@pytest.mark.parametrize("size", [1, 7, 1_000, TRIALS])
def test_blocks_give_what_all_trials_at_once_give(columns, size):
    tally = in_blocks(columns, size)
    found = tally.estimates()
    for key in ("n_enrolled", "n_read.rule"):
        values = columns[key][np.isfinite(columns[key])]
        assert found[key].n == len(values)
        assert found[key].value == pytest.approx(values.mean(), rel=1e-12)
        assert found[key].sd == pytest.approx(values.std(ddof=1), rel=1e-6)
        assert found[key].mcse == pytest.approx(values.std(ddof=1) / np.sqrt(len(values)), rel=1e-6)
    hits = int(columns["p_stop"].sum())
    assert found["p_stop"].value == hits / TRIALS
    assert (found["p_stop"].low, found["p_stop"].high) == wilson(hits, TRIALS)
    assert found["x_read.rule"].value is None
    days = columns["days_to_stop"]
    assert np.array_equal(tally.distribution(key_of("days_to_stop")), days[np.isfinite(days)])
    assert found["days_to_stop_given_stop.median"].value == np.median(days[np.isfinite(days)])


def test_one_value_has_no_error():
    found = estimates_of({key_of("n_enrolled"): np.array([4.0]), key_of("p_stop"): np.array([1.0])})
    assert found["n_enrolled"].value == 4.0
    assert found["n_enrolled"].mcse is None


def test_kept_are_only_the_distributions(columns):
    assert set(in_blocks(columns, 100).kept) == set(KEPT) & set(columns)
