"""Evidence: exact. LENI over 20 x 20 hazards answered by weights, against what can be calculated of it.

The check scenario can be calculated whole; `Cells.exact` is made to say nothing, so that it is weighted.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest

from simulator.loading.source import read_source
from simulator.study.settings import Settings
from simulator.what_ifs.answers import Answer
from simulator.what_ifs.cells import Cells, Place
from simulator.what_ifs.planner import Planner
from simulator.what_ifs.sweeping import Sweep, prepare_sweep, settings_of
from tests.helpers import CHECK, SEED

PATH = "truths.interaction_10.events.thrombosis.components"
NAME = ("with_maintenance", "interaction_10")
PER_YEAR = "{while_on: lenalidomide, while_off: imatinib, hazard: 1 per year}"
GRID, WITH_ZERO = "0.02:1 per year:20:log", "0 per year,0.05 per year,0.1 per year,0.2 per year"
METRICS = ["p_stop", "n_enrolled", "patients_with.thrombosis"]
ERRORS = 4.0
SEEDS, COVERED = 200, 0.90


@cache
def prepared(values: str) -> Sweep:
    """Both hazards over the same values."""
    vary = [f"{PATH}.on_drug.hazard={values}", f"{PATH}.after_imatinib.hazard={values}"]
    source = read_source(str(CHECK), [f"{PATH}.after_imatinib={PER_YEAR}"])
    asked = Settings(variants=NAME[:1], truths=NAME[1:], trials=2_000, self_check=0, jobs=1)
    return prepare_sweep(source, vary, METRICS, asked)


@cache
def calculated(values: str) -> tuple[tuple[float, ...], ...]:
    """Of every cell the exact value of every metric."""
    sweep = prepared(values)
    cells = sweep.begun.cells
    return tuple(
        tuple(cells.exact(Place(changes, *NAME))[key] for key in sweep.begun.metrics)
        for changes in settings_of(sweep.vary)
    )


def answers(values: str, seed: int, patch: pytest.MonkeyPatch) -> list[Answer]:
    """Of every cell, none calculated."""
    sweep = prepared(values)
    with patch.context() as within:
        within.setattr(Cells, "exact", lambda *given: {})
        planner = Planner(
            cells=sweep.begun.cells,
            settings=sweep.settings.changed({"seed": seed}),
            engine=sweep.engine,
            metrics=sweep.begun.metrics,
            weigher=sweep.weigher(),
        )
        return planner.answers([Place(changes, *NAME) for changes in settings_of(sweep.vary)])


def told(values: str, found: list[Answer]) -> Iterator[tuple[str, Answer, float]]:
    for answer, exact in zip(found, calculated(values), strict=True):
        yield from ((name, answer, value) for name, value in zip(METRICS, exact, strict=True))


def test_every_cell_is_within_four_errors_of_what_is_calculated(monkeypatch: pytest.MonkeyPatch) -> None:
    """P(stop), patients enrolled and with thrombosis of 400 cells; 6e-5 each, cells hang together."""
    found = answers(GRID, SEED, monkeypatch)
    assert {answer.how for answer in found} == {"weighted"}
    assert min(answer.trials for answer in found) >= 4_000
    for name, answer, value in told(GRID, found):
        estimate = answer.metrics[name]
        assert estimate.value is not None and estimate.mcse is not None
        off = abs(estimate.value - value)
        assert off <= max(ERRORS * estimate.mcse, 4.0 / answer.trials), (answer.place.changes, name)


def test_a_hazard_of_zero_is_weighted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """No trial is played at it: only trials without a crossing tell of it."""
    found = answers(WITH_ZERO, SEED, monkeypatch)
    assert {answer.how for answer in found} == {"weighted"}
    assert found[0].metrics["patients_with.thrombosis"].value == 0.0
    assert found[0].metrics["n_enrolled"].value == 20.0
    for name, answer, value in told(WITH_ZERO, found):
        estimate = answer.metrics[name]
        assert estimate.value is not None and estimate.mcse is not None
        assert abs(estimate.value - value) <= max(ERRORS * estimate.mcse, 4.0 / answer.trials)


@pytest.mark.slow
def test_intervals_cover_what_is_calculated_in_every_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over 200 seeds each 95 % interval of 1,200 holds it at least 90 % of the times."""
    covered = np.zeros((len(calculated(GRID)), len(METRICS)))
    for seed in range(SEED, SEED + SEEDS):
        found = answers(GRID, seed, monkeypatch)
        for i, (answer, values) in enumerate(zip(found, calculated(GRID), strict=True)):
            for j, (name, value) in enumerate(zip(METRICS, values, strict=True)):
                e = answer.metrics[name]
                assert e.low is not None and e.high is not None
                covered[i, j] += e.low <= value <= e.high
    share = covered / SEEDS
    assert share.min() >= COVERED, (share.min(axis=0), share.mean(axis=0))
