"""Evidence: differential. Trials of a hazard, weighed for another size of it, against trials played so.

One component at a time, by a factor at which most trials are still worth about half; where a hazard's use
varies much from trial to trial few are, and bounds are wide (a sweep plays such a cell). Every mean and
share, from other seeds. Bernstein's inequality in the place of normal errors, many outcomes being rare:
4e-10 each, and below 1e-4 for the 200,000 comparisons that are made at most.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import log, sqrt

import numpy as np
import pytest

from simulator.engines.compiled.driver import play
from simulator.errors import ScenarioError
from simulator.metrics.block import Floats
from simulator.metrics.collect import collect
from simulator.metrics.registry import metric_of
from simulator.metrics.risks import RISK
from simulator.metrics.text import text_of
from simulator.model.metric import Key, Kind
from simulator.program.tables import Program
from simulator.program.words import Arrivals, WhileHeld
from simulator.what_ifs.weights.arrivals import ARRIVALS, ARRIVED, arrived
from simulator.what_ifs.weights.pool import Names, Pool, estimates
from tests.differential.engines import cells
from tests.generated.scenario import lower, read, tree_of
from tests.helpers import ROOT, SEED, SHIPPED, rule
from tests.helpers import program as small

TAIL = log(2.0 / 4e-10)
ONE = {  # of each scenario a cell, with many components
    "checks/leni": ("with_maintenance", "withdrawal"),
    "leni": ("with_maintenance", "withdrawal"),
    "checks/ferrajoli": None,
    "ferrajoli": ("as_designed", "as_reported_nonhaem"),
    "checks/mec": None,
    "mec": ("as_amended", "observed_like"),
    "checks/mec_alternatives": ("crm", "steep"),
    "mec_alternatives": ("blrm", "observed_like"),
    "checks/khouri": ("as_written", "reported"),
    "khouri": ("as_treated", "reported"),
    "checks/khouri_board": ("four_looks", "reported"),
    "khouri_board": ("as_closed", "reported"),
    "checks/chanan_khan": ("over_20", "before"),
    "chanan_khan": ("after", "as_reported"),
}
GENERATED = range(7_000, 7_040)


def sizes(program: Program) -> Iterator[Names]:
    """What can have another size."""
    yield from ((program.events[c.event].name, c.name) for c in program.components)
    if program.accrual.kind is Arrivals.POISSON:
        yield ARRIVALS


def resized(program: Program, name: Names, factor: float) -> Program:
    """The Program with one component, or accrual, so many times as large."""
    if name == ARRIVALS:
        return replace(program, accrual=replace(program.accrual, per_day=program.accrual.per_day * factor))
    components = tuple(
        replace(c, multiplier=tuple(factor * m for m in c.multiplier))
        if (program.events[c.event].name, c.name) == name
        else c
        for c in program.components
    )
    return replace(program, components=components)


def columns(program: Program, judged: Program, seed: int, trials: int) -> dict[Key, Floats]:
    """Metrics of trials, judged by another Program's DLT rates, and who turned up."""
    records = play(program, seed, 0, trials)
    turned_up = arrived(program, records, seed) if program.accrual.kind is Arrivals.POISSON else {}
    return {**collect(judged, records), **turned_up}


def compare(program: Program, trials: int, seed: int = SEED) -> int:
    """Every component up and down; how many numbers were compared."""
    base, done = columns(program, program, seed, trials), 0
    for name in sizes(program):
        expected = float(np.nanmean(base[RISK(*name)]))
        apart = min(0.4, 0.7 / sqrt(expected)) if expected else 0.0
        for factor in (1.0 - apart, 1.0 + apart) if apart else ():
            pool = Pool((name,))
            pool.add([((1.0,), base)])
            weights = pool.weights((factor,))
            other = columns(resized(program, name, factor), program, seed + 1, trials)
            done += told_alike(base, other, pool, weights, f"{name} x {factor:.3f}")
    return done


def told_alike(
    base: Mapping[Key, Floats], other: Mapping[Key, Floats], pool: Pool, weights: Floats, what: str
) -> int:
    """Whether every mean and share is; how many."""
    keys = [k for k in base if k.shape != RISK.shape and k not in ARRIVED and not metric_of(k).quantiles]
    found, compared = estimates(pool, weights, keys), 0
    for key, mine in found.items():
        values, theirs = base[key], other[key]
        if metric_of(key).kind is Kind.SHARE:
            values, theirs = np.nan_to_num(values), np.nan_to_num(theirs, posinf=0.0)
        some, there = np.isfinite(values), theirs[np.isfinite(theirs)]
        if mine.value is None or mine.mcse is None or len(there) < 2:
            continue
        pulls = weights[some] * np.abs(values[some] - mine.value) / weights[some].sum()
        largest = pulls.max() + np.abs(there - there.mean()).max() / len(there)
        error = sqrt(mine.mcse**2 + float(there.var(ddof=1)) / len(there))
        allowed = error * sqrt(2.0 * TAIL) + largest * TAIL
        assert abs(mine.value - there.mean()) <= allowed + 1e-9, (what, text_of(key), mine, there.mean())
        compared += 1
    return compared


@pytest.mark.parametrize("scenario", SHIPPED)
def test_weighted_trials_tell_what_played_ones_do(scenario: str) -> None:
    programs = cells(ROOT / f"scenarios/{scenario}.yaml")
    assert compare(programs[ONE[scenario] or next(iter(programs))], 1_000) > 100


@pytest.mark.parametrize("held", ["lost", "queued", "on_demand"])
def test_while_accrual_is_held(held: str) -> None:
    """Entries at least a month apart, so that many candidates are lost, or wait, or none is counted."""
    sets = ("design.accrual.stagger=1 month", f"design.accrual.while_held={held}")
    program = cells(ROOT / "scenarios/leni.yaml", *sets)["with_maintenance", "interaction_25"]
    found = columns(program, program, SEED, 1_000)
    kept = program.while_held is WhileHeld.ON_DEMAND
    assert (found[ARRIVED[0]].max() == 0.0) == kept
    off = found[ARRIVED[0]] - found[ARRIVED[1]]
    assert abs(off.mean()) <= 5.0 * off.std() / sqrt(1_000)  # 6e-7
    assert off.var() == pytest.approx(found[ARRIVED[1]].mean(), rel=0.25)
    assert compare(program, 1_000) > 100


def test_arrivals_are_counted_to_the_last_day_of_accrual() -> None:
    """Courses are short, and the last ends before the limit in days: that nobody came then tells much."""
    design = {
        "accrual": {"until": ["60 treated", "24 months"]},
        "events": {"tox": {"window": "30 days"}},
        "monitoring": {"t": rule("tox", 50)},
    }
    given = small(design, {"accrual": "0.5 per month", "events": {"tox": {"probability": "20% in 30 days"}}})
    found = columns(given, given, SEED, 1_000)
    off = found[ARRIVED[0]] - found[ARRIVED[1]]
    assert found[ARRIVED[1]] == pytest.approx(np.full(1_000, 0.5 * 24))
    assert abs(off.mean()) <= 5.0 * off.std() / sqrt(1_000)  # 6e-7


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SHIPPED)
def test_weighted_trials_tell_what_played_ones_do_in_every_cell(scenario: str) -> None:
    for program in cells(ROOT / f"scenarios/{scenario}.yaml").values():
        compare(program, 5_000)


@pytest.mark.slow
@pytest.mark.parametrize("seed", GENERATED)
def test_in_generated_scenarios(seed: int) -> None:
    """Of any design: holds, dose finding, courses, traits, jumps. One in ten has something wrong in it."""
    try:
        program = lower(read(tree_of(seed)))
    except ScenarioError:
        return
    compare(program, 1_000)
