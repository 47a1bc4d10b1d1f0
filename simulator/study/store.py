"""The folder of a run: written whole or not at all, and never over what is not ours.

Work goes on in `OUT.partial/`, which is renamed when it is complete. A run that is interrupted or killed
leaves it there with a journal of what is finished, and the same run goes on from it. A folder is ours when
its manifest.json says so and it holds no file that the manifest does not name.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from simulator.errors import TrialstopError
from simulator.model.scenario import Scenario
from simulator.study.manifest import Manifest, manifest_of, read_manifest
from simulator.study.results import Results
from simulator.study.settings import EngineAsked, Settings
from simulator.study.trials import write_trials

__all__ = ["JOURNAL", "Drawer", "partial_of", "reserve", "store", "stored", "unfinished", "write"]

Drawer = Callable[[Results, Path], object]
"""Draws every figure of the results into a folder."""

SHOWN = 5  # names listed when a folder is not ours
PID = "running.pid"
JOURNAL = "journal.bin"
WORKING = (PID, JOURNAL)  # of unfinished work, beside the parts of Parquet files
PARTS = "parts/"


def stored(out: Path, manifest: Manifest) -> Results | None:
    """The results in a folder if they are of this very run; an error if the folder is not ours.

    None: there is nothing there, or another run of ours (which `reserve` replaces when forced).
    """
    if not _there(out):
        return None
    found = _ours(out)
    if found.differences(manifest):
        return None
    return Results.from_json(json.loads((out / "results.json").read_text(encoding="utf-8")))


def partial_of(out: Path) -> Path:
    """Where the unfinished work of a run is."""
    return out.with_name(out.name + ".partial")


def unfinished(out: Path) -> Path | None:
    """The folder of a run that was interrupted after some of it was finished; None without one."""
    partial = partial_of(out)
    return partial if (partial / JOURNAL).is_file() else None


@contextmanager
def reserve(out: Path, manifest: Manifest, *, force: bool = False) -> Iterator[Path]:
    """Make sure that `out` can be written before any work; yields the folder to work in.

    On leaving, the work is renamed to `out`, in place of an earlier run of ours. After an interruption
    (Ctrl-C, termination) what is finished stays for the same run to go on from; after an error nothing is
    left, neither the work nor folders made for it.
    """
    if _there(out):
        differences = _ours(out).differences(manifest)
        if not force:
            how = f"another run (other {', '.join(differences)})" if differences else "this run already"
            raise TrialstopError(f"{out} holds {how}; replace it with --force or name another --out")
    partial = partial_of(out)
    made: list[Path] = []
    try:
        made = _make(partial, manifest)
        manifest.write(partial, [])
        (partial / PID).write_text(str(os.getpid()), encoding="ascii")
        yield partial
        (partial / PID).unlink()
        _rename(partial, out)
    except BaseException as error:
        finished = partial / JOURNAL
        if not isinstance(error, Exception) and finished.is_file() and finished.stat().st_size:
            (partial / PID).unlink()
            raise
        if made:
            _remove(partial)
        for folder in made[1:]:
            if folder.exists() and not any(folder.iterdir()):
                folder.rmdir()
        raise


def write(folder: Path, results: Results, manifest: Manifest, table: str, draw: Drawer | None) -> None:
    """Fill a folder: results.json, table.txt, figures/, and the manifest that names every file in it."""
    text = json.dumps(results.as_json(), indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "results.json").write_text(text + "\n", encoding="utf-8")
    (folder / "table.txt").write_text(table + "\n", encoding="utf-8")
    if draw is not None:
        (folder / "figures").mkdir()
        draw(results, folder / "figures")
    (folder / JOURNAL).unlink(missing_ok=True)
    manifest.write(folder, [name for name in _files(folder) if name not in ("manifest.json", *WORKING)])


def store(
    results: Results,
    scenario: Scenario,
    out: Path,
    *,
    table: str = "",
    draw: Drawer | None = None,
    force: bool = False,
) -> Path:
    """Write results that were played in Python to a folder, as `trialstop run` does."""
    settings = Settings(
        variants=results.variants,
        truths=results.truths,
        trials=results.run.trials,
        seed=results.run.seed,
        engine=cast(EngineAsked, results.run.engine),
        self_check=None,
    )
    manifest = manifest_of(scenario, settings, results.run.versions)
    with reserve(out, manifest, force=force) as folder:
        if all(cell.columns for cell in results.cells):
            write_trials(folder / "trials.parquet", results)
        write(folder, results, manifest, table, draw)
    return out


# ---------------------------------------------------------------- what is there already


def _there(out: Path) -> bool:
    """Whether a folder with something in it stands at `out`; a file there is an error."""
    if out.is_symlink() and not out.exists():
        raise TrialstopError(f"{out} is a link to nothing; name another --out")
    if out.exists() and not out.is_dir():
        raise TrialstopError(f"{out} is a file, allowed a folder; name another --out")
    return out.is_dir() and any(out.iterdir())


def _ours(folder: Path) -> Manifest:
    """The manifest of a folder of ours; an error that says what is there otherwise."""
    manifest = read_manifest(folder)
    known = (*manifest.files, *WORKING) if manifest is not None else ()
    strangers = [name for name in _files(folder) if name not in known and not name.startswith(PARTS)]
    if manifest is not None and not strangers:
        return manifest
    names = ", ".join(strangers[:SHOWN]) + (", ..." if len(strangers) > SHOWN else "")
    raise TrialstopError(
        f"{folder} holds what trialstop did not write ({names}): it is left as it is, also with --force; "
        "name another --out"
    )


def _files(folder: Path) -> list[str]:
    """Files, and folders without files, below a folder; relative, in order."""
    paths = (p for p in sorted(folder.rglob("*")) if not p.is_dir() or p.is_symlink() or not any(p.iterdir()))
    return [p.relative_to(folder).as_posix() for p in paths]


# ---------------------------------------------------------------- making, renaming, removing


def _make(partial: Path, manifest: Manifest) -> list[Path]:
    """Make the folder and its missing parents; returns those made, the deepest first.

    Unfinished work of the same run stays; that of another is removed.
    """
    if partial.is_dir() and any(partial.iterdir()):
        _claim(partial, manifest)
    missing = [partial, *(parent for parent in partial.parents if not parent.exists())]
    try:
        partial.mkdir(parents=True, exist_ok=True)
        (partial / PID).touch()
    except OSError as error:
        for folder in missing:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        raise TrialstopError(
            f"cannot write to {partial.parent}: {error.strerror}; name another --out"
        ) from None
    return missing


def _claim(partial: Path, manifest: Manifest) -> None:
    """Take over the unfinished work of this run, or remove that of another; one still at work is an error."""
    pid = partial / PID
    number = pid.read_text(encoding="ascii").strip() if pid.is_file() else ""
    if number.isdigit() and int(number) != os.getpid() and _alive(int(number)):
        raise TrialstopError(f"another run (process {number}) is writing to {partial}; name another --out")
    left = read_manifest(partial)
    if left is None and not pid.is_file():
        _ours(partial)  # not ours: an error
    if left is None or left.differences(manifest) or not (partial / JOURNAL).is_file():
        _remove(partial)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _rename(partial: Path, out: Path) -> None:
    """Put the finished work in place; an earlier run of ours stands aside until that is done."""
    old = out.with_name(out.name + ".replaced")
    if old.exists():
        _ours(old)
        _remove(old)
    if out.exists():
        out.rename(old)
    partial.rename(out)
    if old.exists():
        _remove(old)


def _remove(folder: Path) -> None:
    """Remove a folder of ours with everything in it."""
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
