"""Evidence: differential. What a run promises about its engines: same results, checked, said, and stopped."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from simulator.cli.main import cli
from simulator.engines.compare import first_difference
from simulator.engines.compiled import driver
from simulator.loading.load import load
from simulator.study import units
from simulator.study.run import MismatchError, run
from tests.helpers import ROOT, SEED

LENI = ROOT / "scenarios/leni.yaml"
MEC = ROOT / "scenarios/checks/mec.yaml"
CELL = {"variants": ["with_maintenance"], "truths": ["observed_like"]}


def same(one, two):
    """Every metric of every cell, to the last bit."""
    return [cell.metrics for cell in one.cells] == [cell.metrics for cell in two.cells]


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(units, "BLOCK", 20)


@pytest.mark.usefixtures("small_blocks")
def test_engines_threads_and_processes_give_the_same_to_the_last_bit():
    given = load(LENI)
    runs = [
        run(given, trials=90, seed=SEED, truths=["observed_like"], **more)
        for more in (
            {"engine": "compiled", "jobs": 1},
            {"engine": "compiled", "jobs": 3},
            {"engine": "simpy", "jobs": 1},
            {"engine": "simpy", "jobs": 2},
        )
    ]
    assert all(same(runs[0], other) for other in runs[1:])
    assert [found.run.engine for found in runs] == ["compiled", "compiled", "simpy", "simpy"]
    assert [found.compared for found in runs] == [20, 20, 0, 0]


def test_the_first_trials_are_the_same_however_many_are_asked_for():
    given = load(MEC)
    few = run(given, trials=30, seed=SEED, variants=["variant_c"], truths=["steep"])
    many = run(given, trials=1_300, seed=SEED, variants=["variant_c"], truths=["steep"])
    for key, values in few.cells[0].columns.items():
        assert np.array_equal(values, many.cells[0].columns[key][:30], equal_nan=True), key


def test_every_trial_can_be_checked():
    found = run(load(LENI), trials=40, seed=SEED, self_check=None, **CELL)
    assert found.compared == 40
    assert found.self_check()["compared"] == 40


def wrong(play, trial):
    """The compiled engine with one exit a tick late."""

    def played(program, seed, first, trials, stop=None):
        records = play(program, seed, first, trials, stop)
        patients = records.patients.copy()
        patients["exit"][np.flatnonzero(patients["trial"] == trial)[:1]] += 2.0**-20
        return replace(records, patients=patients)

    return played


def test_a_difference_ends_the_run_with_its_trial_and_field(monkeypatch):
    monkeypatch.setattr(driver, "play", wrong(driver.play, 7))
    with pytest.raises(
        MismatchError, match=r"variant with_maintenance, truth observed_like, trial 7: patients"
    ):
        run(load(LENI), trials=20, seed=SEED, self_check=None, **CELL)


def test_a_difference_is_exit_code_one_and_leaves_no_results(monkeypatch, tmp_path):
    monkeypatch.setattr(driver, "play", wrong(driver.play, 0))
    out = tmp_path / "here"
    arguments = ["run", str(LENI), "--trials", "20", "--variant", "with_maintenance", "--truth", "planned"]
    found = CliRunner().invoke(cli, [*arguments, "--self-check", "all", "--out", str(out), "--no-figures"])
    assert found.exit_code == 1
    assert "trial 0: patients row 0, exit" in found.stderr
    assert not list(tmp_path.iterdir())


def test_events_beyond_chance_are_exit_code_one_and_leave_no_results(monkeypatch, tmp_path):
    """Half of the hazard is unaccounted for: twice as many events as are said to be due."""
    play = driver.play

    def half(program, seed, first, trials, stop=None):
        records = play(program, seed, first, trials, stop)
        risks = records.risks.copy()
        risks["a"] /= 2.0
        return replace(records, risks=risks)

    monkeypatch.setattr(driver, "play", half)
    out = tmp_path / "here"
    arguments = ["run", str(LENI), "--trials", "200", "--variant", "with_maintenance", "--truth", "planned"]
    found = CliRunner().invoke(cli, [*arguments, "--self-check", "0", "--out", str(out), "--no-figures"])
    assert found.exit_code == 1
    assert "variant with_maintenance, truth planned, mmr_loss by mmr_loss: " in found.stderr
    assert "were due" in found.stderr
    assert not out.exists()


def test_verify_says_that_they_differ(monkeypatch):
    arguments = ["verify", str(MEC), "--trials", "50", "--replay", "10", "--variant", "variant_c"]
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    monkeypatch.setattr(driver, "play", wrong(driver.play, 3))
    found = CliRunner().invoke(cli, [*arguments, "--truth", "flat"])
    assert found.exit_code == 1
    assert "differ" in found.stdout and "trial 3: patients" in found.stderr


def test_verify_has_a_row_per_cell_and_the_reasons():
    arguments = ["verify", str(LENI), "--trials", "20", "--replay", "5", "--truth", "planned"]
    found = CliRunner().invoke(cli, arguments)
    assert found.exit_code == 0, found.output
    assert found.stdout.count("5 identical") == len(load(LENI).designs)
    assert "(1) no exact values: " in found.stdout


@pytest.mark.parametrize(
    "file", sorted((ROOT / "scenarios/checks").glob("*.yaml")), ids=lambda path: path.stem
)
def test_verify_runs_on_every_check_scenario(file):
    """With so few trials that some exact values are too rare to judge."""
    found = CliRunner().invoke(cli, ["verify", str(file), "--trials", "30", "--replay", "2"])
    assert found.exit_code == 0, found.output
    cells = len(load(file).designs) * len(load(file).truths)
    assert found.stdout.count("2 identical") == cells


def test_a_precision_is_reached_and_not_by_peeking():
    """Blocks of 1,000: looked at after 1, 2, 4, ... of them; half-width 1.5 % needs about 4,270 at 50 %."""
    found = run(
        load(LENI), precision=0.015, seed=SEED, variants=["with_maintenance"], truths=["interaction_25"]
    )
    p = found.cells[0].metrics["p_stop"]
    assert (p.high - p.low) / 2 <= 0.015
    blocks = found.run.trials // 1_000
    assert found.run.trials % 1_000 == 0 and blocks & (blocks - 1) == 0
    fewer = run(load(LENI), trials=found.run.trials // 2, seed=SEED, variants=["with_maintenance"],
                truths=["interaction_25"]).cells[0].metrics["p_stop"]  # fmt: skip
    assert (fewer.high - fewer.low) / 2 > 0.015
    assert found.run.precision == 0.015


def test_without_numba_the_program_runs_on_simpy_and_says_so(tmp_path):
    """In a process that cannot import numba."""
    code = (
        "import sys\n"
        "class No:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('numba', 'llvmlite'):\n"
        "            raise ImportError(f'no {name} here')\n"
        "sys.meta_path.insert(0, No())\n"
        "from simulator.cli.main import main\n"
        "main(sys.argv[1:])\n"
    )
    arguments = ["run", str(LENI), "--trials", "3", "--variant", "with_maintenance", "--truth", "planned"]
    command = [sys.executable, "-c", code, *arguments, "--no-figures", "--out", str(tmp_path / "o")]
    found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert found.returncode == 0, found.stderr
    assert "numba" in found.stderr and "SimPy" in found.stderr
    assert "engine simpy" in found.stdout
    refused = subprocess.run(
        [*command, "--engine", "compiled"], capture_output=True, text=True, check=False, timeout=120
    )
    assert refused.returncode == 2 and "numba" in refused.stderr


def test_the_comparison_sees_every_field():
    """One bit in any field of any table is found."""
    given = load(MEC)
    from simulator.study.run import programs

    program = programs(given, ["variant_c"], ["steep"])["variant_c", "steep"]
    records = driver.play(program, SEED, 0, 3)
    assert first_difference(records, driver.play(program, SEED, 0, 3)) == ""
    for name in records.__dataclass_fields__:
        table = getattr(records, name)
        for column in (table.dtype.names or ()) if len(table) else ():
            changed = table.copy()
            changed[column][-1] = (
                ~changed[column][-1] if table[column].dtype == bool else changed[column][-1] + 1
            )
            if np.array_equal(changed[column], table[column]):
                continue  # infinity
            other = replace(records, **{name: changed})
            assert column in first_difference(other, records), (name, column)
        if len(table):
            assert name in first_difference(replace(records, **{name: table[:-1]}), records)
