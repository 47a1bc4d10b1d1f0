"""Folders of runs: nobody else's file is removed, nothing finished is lost, nothing is trusted unseen."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from simulator.errors import TrialstopError
from simulator.study.ledger import named
from simulator.study.lock import locked
from simulator.study.manifest import read_manifest
from simulator.study.results import Results
from simulator.study.run import Prepared
from simulator.study.store import partial_of, unfinished
from tests.chaos.small import BLOCK, UNITS, Played, drawn, same, scenario, small, small_blocks, take_up


@pytest.fixture(scope="module")
def played() -> Played:
    return Played()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return small(scenario(tmp_path_factory.mktemp("scenario")))


@pytest.fixture(scope="module")
def whole(prepared: Prepared, played: Played, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run left alone; not to be written to."""
    folder = tmp_path_factory.mktemp("whole") / "here"
    with small_blocks(played):
        take_up(prepared, folder)
    return folder


@pytest.fixture
def out(played: Played, tmp_path: Path) -> Iterator[Path]:
    played.numbers.clear()
    with small_blocks(played):
        yield tmp_path / "here"


FOREIGN = ["thesis.txt", "parts/notes.txt", "journal.bin", "running.pid", "figures/mine.png"]
LIKE_OURS = ("thesis.txt", "manifest.json")
FULL = ["journal.bin", "parts/looks.00000004.part", "result/results.json", "result/manifest.json"]


class Stopped(BaseException):
    """As if the process were killed, but for what `finally` does."""


def stop_at(
    prepared: Prepared, out: Path, number: int, error: BaseException | None = None, *, force: bool = False
) -> Path:
    """Stop before unit `number`; the folder of what is finished."""
    played = Played()

    def stopping(work: Any, unit: Any, *more: Any) -> Any:
        if unit.number == number:
            raise error or Stopped
        return played(work, unit)

    with small_blocks(stopping), pytest.raises(BaseException):  # noqa: B017 - whichever was asked for
        take_up(prepared, out, force=force)
    return partial_of(out)


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def plant(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("years of work")
    return path


# ---------------------------------------------------------------- other people's files


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_finished_folder_with_a_foreign_file_is_left_as_it_is(
    prepared: Prepared, whole: Path, out: Path, name: str, seed: int
) -> None:
    shutil.copytree(whole, out)
    plant(out / name)
    before = contents(out.parent)
    with pytest.raises(TrialstopError, match=rf"did not write \({name}\): it is left as it is"):
        take_up(small(prepared.scenario, seed=seed), out, force=True)
    assert contents(out.parent) == before


@pytest.mark.parametrize("name", ["thesis.txt", "parts/notes.txt", "result/thesis.txt", "running.pid"])
@pytest.mark.parametrize("seed", [1, 2])
def test_unfinished_work_with_a_foreign_file_is_left_as_it_is(
    prepared: Prepared, out: Path, name: str, seed: int
) -> None:
    """Of this run and of another one."""
    plant(stop_at(prepared, out, 3) / name)
    before = contents(out.parent)
    with pytest.raises(TrialstopError, match=rf"here.partial holds what trialstop did not write \({name}\)"):
        take_up(small(prepared.scenario, seed=seed), out, force=True)
    assert contents(out.parent) == before


@pytest.mark.parametrize("names", [("thesis.txt",), ("thesis.txt", "running.pid"), LIKE_OURS])
def test_a_folder_that_only_looks_like_unfinished_work_is_left_as_it_is(
    prepared: Prepared, whole: Path, out: Path, names: tuple[str, ...]
) -> None:
    for name in names:
        plant(partial_of(out) / name)
    if names is LIKE_OURS:
        shutil.copy(whole / "manifest.json", partial_of(out))
    before = contents(out.parent)
    with pytest.raises(TrialstopError, match=r"thesis.txt"):
        take_up(prepared, out, force=True)
    assert contents(out.parent) == before


@pytest.mark.parametrize("name", ["here.replaced/thesis.txt", "here.lock"])
def test_what_stands_where_we_would_write_is_left_as_it_is(prepared: Prepared, out: Path, name: str) -> None:
    plant(out.parent / name)
    before = contents(out.parent)
    with pytest.raises(TrialstopError, match=name.replace("/", ".*")):
        take_up(prepared, out, force=True)
    assert contents(out.parent) == before


def test_a_foreign_file_that_comes_during_the_run_stops_it_and_loses_nothing(
    prepared: Prepared, whole: Path, out: Path, played: Played
) -> None:
    def draw(results: Results, folder: Path) -> None:
        drawn(results, folder)
        plant(partial_of(out) / "result" / "thesis.txt")

    with pytest.raises(TrialstopError, match=r"did not write \(result/thesis.txt\)"):
        take_up(prepared, out, draw=draw)
    (partial_of(out) / "result" / "thesis.txt").rename(out.parent / "thesis.txt")
    played.numbers.clear()
    take_up(prepared, out)
    assert same(out) == same(whole) and played.numbers == []


def test_a_file_of_ours_that_somebody_changed_is_kept_when_its_run_is_replaced(
    prepared: Prepared, whole: Path, out: Path
) -> None:
    shutil.copytree(whole, out)
    for kept in ("table.txt", "table.txt.2"):
        (out / "table.txt").write_text("my notes")
        said = take_up(prepared, out, force=True)
        assert said == [f"changed since trialstop wrote it, and kept: {out.parent / 'here.kept' / kept}"]
        assert (out.parent / "here.kept" / kept).read_text() == "my notes"
        assert same(out) == same(whole)
    assert sorted(path.name for path in out.parent.iterdir()) == ["here", "here.kept"]


def test_a_manifest_cannot_name_files_elsewhere(prepared: Prepared, whole: Path, out: Path) -> None:
    shutil.copytree(whole, out)
    plant(out.parent / "thesis.txt")
    data = json.loads((out / "manifest.json").read_text())
    data["files"][0]["name"] = "../thesis.txt"
    (out / "manifest.json").write_text(json.dumps(data))
    assert read_manifest(out) is None
    with pytest.raises(TrialstopError, match=r"did not write"):
        take_up(prepared, out, force=True)


@pytest.mark.parametrize("name", [".", ".."])
def test_a_place_without_a_name_of_its_own_is_refused(prepared: Prepared, name: str) -> None:
    with pytest.raises(TrialstopError, match=r"names no folder of its own"):
        take_up(prepared, Path(name))


# ---------------------------------------------------------------- late errors


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("no such colour")])
def test_a_figure_that_fails_after_all_trials_loses_none(
    prepared: Prepared, whole: Path, out: Path, played: Played, error: Exception
) -> None:
    def failing(results: Results, folder: Path) -> None:
        raise error

    said: list[str] = []
    with pytest.raises(type(error)):
        take_up(prepared, out, draw=failing, said=said)
    assert said == [f"stopped: what is finished is in {partial_of(out)}; the same command goes on"]
    assert not out.exists()
    played.numbers.clear()
    take_up(prepared, out)
    assert same(out) == same(whole) and played.numbers == []
    assert not partial_of(out).exists()


@pytest.mark.parametrize("name", FULL)
def test_a_full_disk_is_said_with_the_file_and_loses_nothing(
    prepared: Prepared, whole: Path, out: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    partial, stopped = partial_of(out), list[Path]()

    def full(path: Path) -> Any:
        if path == partial / name and not stopped and (partial / "journal.bin").is_file():
            stopped.append(path)
            raise OSError(28, "No space left on device", str(path))
        return named(path)

    for module in ("journal", "recording", "store"):
        monkeypatch.setattr(f"simulator.study.{module}.named", full)
    with pytest.raises(OSError, match=name) as caught:
        take_up(prepared, out)
    assert caught.value.filename == str(partial / name)
    assert unfinished(out) == partial
    take_up(prepared, out)
    assert same(out) == same(whole)


# ---------------------------------------------------------------- lost parts, stored results


@pytest.mark.parametrize("damage", ["lost", "cut", "one bit"])
def test_a_unit_whose_part_is_lost_is_played_again_alone(
    prepared: Prepared, whole: Path, out: Path, played: Played, damage: str
) -> None:
    """Rows: those of a run left alone, not fewer."""
    part = stop_at(prepared, out, 7) / "parts" / "patients.00000003.part"
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.unlink() if damage == "lost" else part.write_bytes(data[:100] if damage == "cut" else data)
    said = take_up(prepared, out)
    assert "files of 1 units are lost: they are played again" in said
    assert played.numbers == [3, *range(7, UNITS)]
    assert same(out) == same(whole)
    assert pq.read_metadata(out / "trials.parquet").num_rows == 2 * UNITS * BLOCK


def test_a_part_lost_while_the_run_goes_on_is_noticed(
    prepared: Prepared, whole: Path, out: Path, played: Played
) -> None:
    lost = partial_of(out) / "parts" / "looks.00000002.part"

    def removing(work: Any, unit: Any, *more: Any) -> Any:
        if unit.number == 9:
            lost.unlink()
        return played(work, unit)

    with (
        small_blocks(removing),
        pytest.raises(TrialstopError, match=r"02.part was damaged or removed"),
    ):
        take_up(prepared, out)
    take_up(prepared, out)
    assert same(out) == same(whole)


def edited(path: Path) -> None:
    data = json.loads(path.read_text())
    data["cells"][0]["metrics"]["p_stop"]["value"] = 0.999
    path.write_text(json.dumps(data))


DAMAGES = {
    "edited": edited,
    "cut": lambda path: path.write_bytes(path.read_bytes()[:1000]),
    "empty": lambda path: path.write_bytes(b""),
    "gone": Path.unlink,
}


@pytest.mark.parametrize("damage", list(DAMAGES))
@pytest.mark.parametrize("name", ["results.json", "trials.parquet"])
def test_stored_results_that_were_changed_are_not_shown_and_force_replaces_them(
    prepared: Prepared, whole: Path, out: Path, name: str, damage: str
) -> None:
    shutil.copytree(whole, out)
    if (damage, name) == ("edited", "trials.parquet"):
        (out / name).write_bytes((out / "looks.parquet").read_bytes())
    else:
        DAMAGES[damage](out / name)
    with pytest.raises(TrialstopError, match=rf"not shown: {name}; --force plays the run again"):
        take_up(prepared, out)
    take_up(prepared, out, force=True)
    assert same(out) == same(whole)


# ---------------------------------------------------------------- one at a time


def test_a_second_run_is_told_who_is_writing_and_since_when(prepared: Prepared, out: Path) -> None:
    with locked(out.parent / "here.lock", partial_of(out)), pytest.raises(TrialstopError) as caught:
        take_up(prepared, out, force=True)
    said = str(caught.value)
    assert f"another run (process {os.getpid()} on {socket.gethostname()}, since 20" in said
    assert said.endswith(f"is writing to {partial_of(out)}; name another --out")
    assert not list(out.parent.iterdir())


@pytest.mark.parametrize("text", ["", "\0" * 100, '{"format": "trialstop/lock/1", "ho', None])
def test_a_lock_whose_holder_is_gone_locks_nothing(prepared: Prepared, out: Path, text: str | None) -> None:
    """The number may since be that of a living process: here our own."""
    about = {"format": "trialstop/lock/1", "host": "elsewhere", "process": os.getpid(), "since": "long ago"}
    (out.parent / "here.lock").write_text(json.dumps(about) if text is None else text)
    take_up(prepared, out)
    assert [path.name for path in out.parent.iterdir()] == ["here"]


def test_a_forked_process_does_not_hold_the_lock_when_the_run_is_gone(out: Path) -> None:
    """Workers of the SimPy engine outlive a killed run for a moment."""
    path = out.parent / "here.lock"
    with locked(path, out):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(writing)
            os.read(reading, 1)
            os._exit(0)
    try:
        with locked(path, out):
            pass
    finally:
        os.close(writing)
        os.close(reading)
        os.waitpid(child, 0)


def test_a_deleted_partial_folder_is_noticed_at_once(prepared: Prepared, out: Path, played: Played) -> None:
    def deleting(work: Any, unit: Any, *more: Any) -> Any:
        if unit.number == 2:
            shutil.rmtree(partial_of(out))
        return played(work, unit)

    plain = small(prepared.scenario, records=False)
    with (
        small_blocks(deleting),
        pytest.raises(TrialstopError, match=r"journal.bin was removed"),
    ):
        take_up(plain, out)
    assert played.numbers == [0, 1, 2]
    assert not list(out.parent.iterdir())


def test_a_run_killed_between_two_renames_is_put_back(prepared: Prepared, whole: Path, out: Path) -> None:
    shutil.copytree(whole, out.parent / "here.replaced")
    with pytest.raises(TrialstopError, match=r"holds another run .other seed."):
        take_up(small(prepared.scenario, seed=2), out)
    assert same(out) == same(whole)
