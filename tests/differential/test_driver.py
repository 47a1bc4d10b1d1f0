"""How the compiled engine is driven: blocks, rooms that are too small, threads, answers, and plain Python."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.special import betaincinv

from simulator.engines.compare import first_difference
from simulator.engines.compiled import driver, jit, memory
from simulator.engines.compiled.driver import play, supported
from simulator.model.records import Records, dtypes
from simulator.program.tables import Program
from tests.differential.engines import (
    AMENDED,
    DOSING_TRUTH,
    GRID_TRUTH,
    cells,
    difference,
    dosing_design,
    grid_design,
    merged,
    of_tree,
)
from tests.helpers import ROOT, SEED, draws, of_file

LENI = ROOT / "scenarios/leni.yaml"
FERRAJOLI = ROOT / "scenarios/ferrajoli.yaml"


def in_blocks(program: Program, *edges: int) -> Records:
    """Trials from the first edge to the last, cut at the others."""
    return Records.join([play(program, SEED, a, b - a) for a, b in pairwise(edges)])


def dosing() -> Program:
    design = dosing_design(
        amendments=AMENDED, dose_finding={"kind": "three_plus_three", "variant": "B", "cohort": 1}
    )
    return of_tree(design, DOSING_TRUTH)


def grid() -> Program:
    return of_tree(grid_design(), GRID_TRUTH)


PROGRAMS = {"leni": lambda: of_file(LENI, "plus_30_days", "withdrawal"), "dosing": dosing, "grid": grid}


@pytest.mark.parametrize("name", PROGRAMS)
def test_blocks_may_be_cut_anywhere(name: str) -> None:
    program = PROGRAMS[name]()
    whole = play(program, SEED, 100, 90)
    assert first_difference(in_blocks(program, 100, 101, 150, 151, 190), whole) == ""
    assert first_difference(play(program, SEED, 137, 1), whole.only(137)) == ""


def test_no_trials_leave_empty_tables_of_the_same_kind() -> None:
    program = grid()
    empty = play(program, SEED, 5, 0)
    for name, columns in dtypes(len(program.drugs), program.readings).items():
        assert getattr(empty, name).dtype == np.dtype(columns)
        assert len(getattr(empty, name)) == 0


def test_columns_are_those_of_the_reference() -> None:
    for program in (grid(), dosing()):
        mine, theirs = play(program, SEED, 0, 3), draws(program, 3)
        for name in dtypes(0, 0):
            assert getattr(mine, name).dtype == getattr(theirs, name).dtype


def test_more_trials_than_are_played_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    program = dosing()
    whole = play(program, SEED, 0, 60)
    monkeypatch.setattr(driver, "MOST_TURNS", 7)
    monkeypatch.setattr(driver, "_prepared", {})
    assert first_difference(play(program, SEED, 0, 60), whole) == ""


@pytest.mark.parametrize("name", [*PROGRAMS, "courses"])
def test_rooms_that_are_too_small_grow(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With next to no room at first: the same records."""
    changes = {"monitoring.rule.counts": {"event": "a", "unit": "courses"}}
    program = of_tree(merged(grid_design(), changes), GRID_TRUTH) if name == "courses" else PROGRAMS[name]()
    whole = play(program, SEED, 0, 40)
    monkeypatch.setattr(driver, "_prepared", {})
    monkeypatch.setattr(memory, "ROOMS", dict.fromkeys(memory.ROOMS, (2, 0)))
    monkeypatch.setattr(memory, "FIRST_GUESS", dict.fromkeys(memory.FIRST_GUESS, (1, 0)))
    monkeypatch.setattr(memory, "MOST_PLACES", 1)
    monkeypatch.setattr(memory, "MOST_UNKNOWN", 1)
    assert first_difference(play(program, SEED, 0, 40), whole) == ""


def test_threads_do_not_disturb_each_other() -> None:
    programs = [build() for build in PROGRAMS.values()]
    alone = [play(program, SEED, first, 30) for first in (0, 30, 60) for program in programs]
    with ThreadPoolExecutor(4) as pool:
        todo = [pool.submit(play, program, SEED, first, 30) for first in (0, 30, 60) for program in programs]
        for mine, future in zip(alone, todo, strict=True):
            assert first_difference(future.result(), mine) == ""


@pytest.mark.parametrize("seed", [0, 1, 2**63, 2**64 - 1])
def test_every_seed(seed: int) -> None:
    assert difference(grid(), 10, first=3, seed=seed) == ""
    assert difference(of_file(FERRAJOLI, "as_designed", "haem_ever"), 3, first=2**40, seed=seed) == ""


def test_beta_quantiles_of_arrays_are_those_of_single_numbers() -> None:
    """The reference asks for one at a time, the kernels get a block."""
    draws = np.random.default_rng(5).uniform(size=4_000)
    for a, b in ((0.376, 0.551), (0.4, 0.6), (2.0, 5.0), (0.05, 30.0)):
        assert betaincinv(a, b, draws).tolist() == [float(betaincinv(a, b, float(u))) for u in draws]


def test_beta_traits_of_candidates_beyond_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Candidates are lost while accrual waits, so their numbers run on."""
    changes = {"monitoring.rule.look": "every 2 treated", "monitoring.rule.wait": "accrual"}
    risk = {"while_on": "x", "trait_probability": {"trait": "risk", "within": "28 days"}}
    truth = merged(
        GRID_TRUTH,
        {"traits": {"risk": {"beta": [0.4, 0.6]}}, "events.a.components.q": risk, "accrual": "1 per day"},
    )
    program = of_tree(merged(grid_design(), changes), truth)
    assert play(program, SEED, 0, 20).patients["candidate"].max() > program.max_treated
    assert difference(program, 20) == ""


def test_what_is_not_supported_says_why() -> None:
    program = dosing()
    assert program.dosing is not None
    assert supported(program) == ""
    long = replace(program.dosing.versions[0], ladder=tuple(range(1, 64)))
    program = replace(program, dosing=replace(program.dosing, versions=(long,)))
    assert supported(program) == "a ladder has more than 62 doses"
    with pytest.raises(ValueError, match="more than 62 doses"):
        play(program, SEED, 0, 1)


def test_a_boundary_that_is_too_short_is_an_error_as_in_the_reference() -> None:
    program = grid()
    table = program.monitors[0].table
    short = replace(table, boundaries=tuple(replace(b, bound=b.bound[:2]) for b in table.boundaries))
    broken = replace(program, monitors=(replace(program.monitors[0], table=short),))
    with pytest.raises(IndexError):
        draws(broken, 5)
    with pytest.raises(IndexError, match="boundary"):
        play(broken, SEED, 0, 5)
    assert difference(program, 5) == ""  # the thread's memory is still good


# ---------------------------------------------------------------- without compiling, and with checks

SCRIPT = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[1:]))
from simulator.engines.compiled import jit
from tests.differential.test_driver import PROGRAMS, difference
assert jit.COMPILING == (sys.argv[1:] == ["checked"])
for name, build in PROGRAMS.items():
    assert difference(build(), 6) == "", name
print("alike")
"""


def run_apart(settings: dict[str, str], *arguments: str) -> str:
    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT, *arguments],
        env=os.environ | settings,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout + found.stderr


@pytest.mark.skipif(not jit.COMPILING, reason="this is the run without compiling")
@pytest.mark.parametrize(
    "settings, missing", [({"NUMBA_DISABLE_JIT": "1"}, ()), ({}, ("numba",))], ids=["off", "none"]
)
def test_plain_python_plays_alike(settings: dict[str, str], missing: tuple[str, ...]) -> None:
    assert run_apart(settings, *missing) == "alike\n"


@pytest.mark.slow
@pytest.mark.skipif(not jit.COMPILING, reason="this is the run without compiling")
def test_no_place_beyond_the_memory_is_touched() -> None:
    assert run_apart({"NUMBA_BOUNDSCHECK": "1"}, "checked") == "alike\n"


def test_cells_of_a_study_share_threads() -> None:
    """One Program after the other in one thread: its memory is made anew for each."""
    few = dict(list(cells(LENI).items())[::9])
    before = {key: play(program, SEED, 0, 5) for key, program in few.items()}
    for key, program in reversed(few.items()):
        assert first_difference(play(program, SEED, 0, 5), before[key]) == ""
