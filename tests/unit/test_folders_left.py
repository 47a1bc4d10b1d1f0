"""Folders of runs: what is left beside one that is stored, or half deleted, goes, and nothing else."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import TrialstopError
from simulator.study.lock import locked
from simulator.study.run import Prepared
from simulator.study.store import partial_of
from tests.chaos.small import Played, same, small, small_blocks, take_up
from tests.unit.test_folders import Stopped, contents, out, plant, played, prepared, stop_at, whole

__all__ = ["out", "played", "prepared", "whole"]  # fixtures

CLEARED = "simulator.study.store._clear"  # what removes the work of a run once that is in its place


def stopped(*_: object) -> None:
    raise Stopped


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("after", ["nothing", "some", "all"])
def test_what_a_run_killed_after_its_last_rename_leaves_goes_when_it_is_shown(
    prepared: Prepared, whole: Path, out: Path, monkeypatch: pytest.MonkeyPatch, after: str, seed: int
) -> None:
    """Killed before its own work is removed, while it is, or before the run that it replaced is."""
    take_up(small(prepared.scenario, seed=seed), out)

    def killed(folder: Path, *more: Any) -> None:
        for name in ("journal.bin", "manifest.json") if after == "some" else ():
            (folder / name).unlink()
        raise Stopped

    with monkeypatch.context() as patched, pytest.raises(Stopped):
        patched.setattr("simulator.study.store._clear_run" if after == "all" else CLEARED, killed)
        take_up(prepared, out, force=True)
    there = {path.name for path in out.parent.iterdir()}
    assert there == {"here", "here.replaced"} | (set() if after == "all" else {"here.partial"})
    take_up(prepared, out)
    assert same(out) == same(whole)
    assert [path.name for path in out.parent.iterdir()] == ["here"]


def test_folders_emptied_by_a_run_killed_at_its_last_breath_go(prepared: Prepared, out: Path) -> None:
    """Killed after its last file, before the folder of it; one with something in it stays."""
    take_up(prepared, out)
    for word in ("partial", "replaced"):
        out.with_name(f"here.{word}").mkdir()
    take_up(prepared, out)
    assert [path.name for path in out.parent.iterdir()] == ["here"]
    (partial_of(out) / "theirs").mkdir(parents=True)
    take_up(prepared, out)
    assert {path.name for path in out.parent.iterdir()} == {"here", "here.partial"}


def test_only_what_is_known_to_be_left_goes_when_a_run_is_shown(
    prepared: Prepared, whole: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither another file, nor work whose list is damaged, nor unfinished work, of this run or another."""
    with monkeypatch.context() as patched, pytest.raises(Stopped):
        patched.setattr(CLEARED, stopped)
        take_up(prepared, out)
    plant(partial_of(out) / "thesis.txt")
    before = contents(out.parent)
    take_up(prepared, out)
    assert contents(out.parent) == before
    (partial_of(out) / "thesis.txt").unlink()
    (partial_of(out) / "files.jsonl").write_text("?")
    before = contents(out.parent)
    take_up(prepared, out)
    assert contents(out.parent) == before
    shutil.rmtree(partial_of(out))
    for seed in (2, 1):
        stop_at(small(prepared.scenario, seed=seed), out, 3, force=True)
        before = contents(out.parent)
        take_up(prepared, out)
        assert contents(out.parent) == before


def test_a_disk_too_full_to_sign_the_lock_leaves_none(
    prepared: Prepared, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the signature fits."""

    def half(descriptor: int, text: bytes) -> int:
        written = os_write(descriptor, text[: len(text) // 2])
        raise OSError(28, "No space left on device") if written else AssertionError

    os_write = os.write
    with monkeypatch.context() as patched, locked(out.parent / "other.lock", out):
        patched.setattr(os, "write", half)
        with locked(out.parent / "here.lock", out):
            patched.undo()
            with pytest.raises(TrialstopError, match=r"another run \(which has just begun\) is writing"):
                take_up(prepared, out)
    assert not list(out.parent.iterdir())


@pytest.mark.parametrize("number", [0, 5])
def test_a_list_deleted_while_files_are_written_leaves_none_that_is_nobodys(
    prepared: Prepared, whole: Path, out: Path, played: Played, number: int
) -> None:
    """Somebody deletes the folder, and cannot, since files are still written there."""

    def deleting(work: Any, unit: Any, *more: Any) -> Any:
        if unit.number == number:
            (partial_of(out) / "files.jsonl").unlink()
        return played(work, unit)

    with small_blocks(deleting), pytest.raises(FileNotFoundError, match=r"files.jsonl"):
        take_up(prepared, out)
    assert not list(out.parent.iterdir())
    take_up(prepared, out)
    assert same(out) == same(whole)
