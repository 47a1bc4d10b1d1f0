"""The folder of a run: written whole or not at all, and never over what is not ours.

Work goes on in `OUT.partial/`: a journal of what is finished, the parts of Parquet files, and `result/`,
which is renamed to `OUT` when it is complete. Whatever ends a run before that leaves what is finished there,
and the same run goes on from it. Only files that stand in our own list (study/ledger.py) are ever removed,
and only one run at a time writes (study/lock.py).
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from simulator.errors import TrialstopError, UnattainableError
from simulator.model.scenario import Scenario
from simulator.study.journal import Journal
from simulator.study.ledger import LIST, Ledger, Mark, changed, files, holds, named, remove, strangers, sync
from simulator.study.lock import locked
from simulator.study.manifest import MANIFEST, Manifest, manifest_of, read_manifest
from simulator.study.recording import TABLES
from simulator.study.results import Results
from simulator.study.settings import EngineAsked, Settings
from simulator.study.trials import write_trials
from simulator.study.underway import unsaid

__all__ = [
    "Drawer",
    "Storable",
    "Workplace",
    "partial_of",
    "put_away",
    "reserve",
    "store",
    "stored",
    "unfinished",
    "write",
]


class Storable(Protocol):
    """Results of any kind."""

    def as_json(self) -> dict[str, Any]:
        """What stands in results.json."""
        ...


R = TypeVar("R", bound=Storable)
Drawer = Callable[[R, Path], object]
"""Draws every figure of the results into a folder."""
Say = Callable[[str], None]

SHOWN = 5  # names listed in a message
ASKS = "command or options"  # what `asks` of a manifest are called there
JOURNAL, RESULT = "journal.bin", "result"
NAMED = (MANIFEST, "results.json", "table.txt", *(f"{table}.parquet" for table in TABLES))


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a run is worked on, `OUT.partial/`, and the list of what we wrote there."""

    folder: Path
    ledger: Ledger

    @property
    def journal(self) -> Path:
        """What is finished."""
        return self.folder / JOURNAL

    @property
    def result(self) -> Path:
        """What becomes `OUT`."""
        return self.folder / RESULT

    def put(self, name: str, text: str) -> Mark:
        """Write a text file."""
        with self.writing([name]) as marks:
            path = self.folder / name
            with named(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        return marks[0]

    @contextmanager
    def writing(self, names: Iterable[str]) -> Iterator[list[Mark]]:
        """Files are written within; on leaving they are whole, and marked in the list that is handed out."""
        names, marks = list(names), list[Mark]()
        self.ledger.begin(names)
        yield marks
        marks += self.ledger.whole(names)


def stored(out: Path, manifest: Manifest, read: Callable[[Mapping[str, Any]], R]) -> R | None:
    """The results in a folder if they are of this very run, and all of its files as they were written.

    None: there is nothing there, or another run of ours (which `reserve` replaces when forced). An error if
    the folder is not ours, or if a file in it was changed or lost.
    """
    if not _there(out):
        return None
    found = _ours(out)
    if found.differences(manifest):
        return None
    if other := changed(out, found.files):
        raise TrialstopError(
            f"{out}: not as it was written, and not shown: {_names(other)}; --force plays the run again"
        )
    return read(json.loads((out / "results.json").read_text(encoding="utf-8")))


def partial_of(out: Path) -> Path:
    """Where the unfinished work of a run is."""
    return _beside(out, "partial")


def unfinished(out: Path) -> Path | None:
    """The folder of a run that was stopped after some of it was finished; None without one."""
    partial = partial_of(out)
    return partial if (partial / JOURNAL).is_file() else None


def put_away(out: Path, say: Say = unsaid) -> None:
    """Remove what a process that was killed after its last rename left beside the stored run `out`.

    Its work, whose list ends with the very manifest of `out`; the earlier run it replaced; its lock. What is
    not ours, in use, or cannot be removed, stays.
    """
    partial, old, kept, lock = (_beside(out, word) for word in ("partial", "replaced", "kept", "lock"))
    if not any(path.exists() for path in (partial, old, lock)):
        return
    with suppress(OSError, TrialstopError), locked(lock, partial):
        whole = (Ledger.read(partial) or {}).get(f"{RESULT}/{MANIFEST}")
        if whole is not None and holds(out, replace(whole, name=MANIFEST)):
            _claimed(partial)
            _clear(partial, kept, say)
        if _there(old):
            _ours(old)
            _clear_run(old, kept, say)
        _remove_empty([partial, old])  # killed between the last file and its folder


@contextmanager
def reserve(out: Path, manifest: Manifest, *, force: bool = False, say: Say = unsaid) -> Iterator[Workplace]:
    """Make sure that `out` can be written before any work; yields the place to work in.

    On leaving, the work is renamed to `out`, in place of an earlier run of ours. If it is left by an error or
    an interruption, what is finished stays for the same run to go on from; where nothing is, or what was
    asked for cannot be had, neither the work nor folders made for it stay.
    """
    _refuse(out, manifest, force=force)
    with ExitStack() as stack:
        place = _prepared(out, manifest, force=force, say=say, stack=stack)
        try:
            yield place
            _refuse(out, manifest, force=force)
            _finish(place, out, say)
        except BaseException as error:
            there = place.ledger.path.is_file() and place.journal.is_file() and place.journal.stat().st_size
            if there and not isinstance(error, UnattainableError):
                what = "stopped" if isinstance(error, Exception) else "interrupted"
                say(f"{what}: what is finished is in {place.folder}; the same command goes on")
            else:
                with suppress(OSError):  # what went wrong first is what is said
                    _clear(place.folder, _beside(out, "kept"), say, place.ledger.listed)
            raise


def write(
    place: Workplace,
    results: R,
    manifest: Manifest,
    table: str,
    draw: Drawer[R] | None,
    there: Iterable[Mark] = (),
) -> None:
    """Fill `result/`: results.json, table.txt, figures/, and the manifest with the marks of all files in it.

    there: marks of the files that are in it already.
    """
    text = json.dumps(results.as_json(), indent=1, ensure_ascii=False, allow_nan=False)
    marks = [*there, place.put(f"{RESULT}/results.json", text + "\n")]
    marks.append(place.put(f"{RESULT}/table.txt", table + "\n"))
    if draw is not None:
        marks += _drawn(place, results, draw)
    listed = [replace(each, name=each.name.removeprefix(f"{RESULT}/")) for each in marks]
    place.put(f"{RESULT}/{MANIFEST}", manifest.text(sorted(listed, key=lambda each: each.name)))


def _drawn(place: Workplace, results: R, draw: Drawer[R]) -> list[Mark]:
    """Draw elsewhere, since the names are known only then, and copy the figures in."""
    target = place.result / "figures"
    with tempfile.TemporaryDirectory(prefix="trialstop-") as folder:
        draw(results, Path(folder))
        names = files(Path(folder))
        target.mkdir()
        place.ledger.begin((f"{RESULT}/figures/{name}" for name in names), through=True)
        with place.writing(f"{RESULT}/figures/{name}" for name in names) as marks:
            for name in names:
                with named(target / name):
                    shutil.copyfile(Path(folder) / name, target / name)
    return marks


def store(
    results: Results,
    scenario: Scenario,
    out: Path,
    *,
    table: str = "",
    draw: Drawer[Results] | None = None,
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
    with reserve(out, manifest, force=force) as place:
        place.result.mkdir()
        names = ["trials.parquet"] if all(cell.columns for cell in results.cells) else []
        with place.writing(f"{RESULT}/{name}" for name in names) as marks:
            for name in names:
                write_trials(place.result / name, results)
        write(place, results, manifest, table, draw, marks)
    return out


# ---------------------------------------------------------------- what is there already


def _beside(out: Path, word: str) -> Path:
    """`OUT.WORD`: unfinished work is partial, a run that makes way replaced, what was changed kept; lock."""
    if out.name in ("", ".."):
        raise TrialstopError(f"{out} names no folder of its own; name another --out")
    return out.with_name(f"{out.name}.{word}")


def _refuse(out: Path, manifest: Manifest, *, force: bool) -> None:
    """An error if something is at `out` that must not be replaced."""
    for old in (out, _beside(out, "replaced")):
        if _there(old):
            differences = _ours(old).differences(manifest)
            if old == out and not force:
                other = ", ".join(ASKS if name == "asks" else name for name in differences)
                how = f"another run (other {other})" if differences else "this run already"
                raise TrialstopError(f"{out} holds {how}; replace it with --force or name another --out")


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
    others = strangers(folder, manifest.listed() if manifest is not None else ())
    if manifest is not None and not others:
        return manifest
    raise _not_ours(folder, others)


def _not_ours(folder: Path, others: list[str]) -> TrialstopError:
    return TrialstopError(
        f"{folder} holds what trialstop did not write ({_names(others)}): it is left as it is, also with "
        "--force; move that away, or name another --out"
    )


def _names(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")


# ---------------------------------------------------------------- making, renaming, removing


def _prepared(out: Path, manifest: Manifest, *, force: bool, say: Say, stack: ExitStack) -> Workplace:
    """Lock the place, put right what a killed run left, and take over or begin the work."""
    partial, old, kept = partial_of(out), _beside(out, "replaced"), _beside(out, "kept")
    stack.callback(_remove_empty, [parent for parent in partial.parents if not parent.exists()])
    try:
        partial.parent.mkdir(parents=True, exist_ok=True)
        stack.enter_context(locked(_beside(out, "lock"), partial))
        if old.is_dir() and not out.exists():  # killed between two renames
            old.rename(out)
        _refuse(out, manifest, force=force)  # another may have ended since
        if old.is_dir():
            _clear_run(old, kept, say)
        return _begun(partial, manifest, kept, say)
    except OSError as error:
        if isinstance(error.filename, str | Path) and Path(error.filename).parent == partial:
            raise
        raise TrialstopError(
            f"cannot write to {partial.parent}: {error.strerror}; name another --out"
        ) from None


def _begun(partial: Path, manifest: Manifest, kept: Path, say: Say) -> Workplace:
    """Go on with unfinished work of the same run; that of another is removed."""
    if partial.is_dir() and any(partial.iterdir()):
        listed = _claimed(partial)
        if _same(partial, manifest):
            lost = changed(partial, listed.values())
            stale = {
                name: each for name, each in listed.items() if name in lost or name.startswith(f"{RESULT}/")
            }
            _say_kept(remove(partial, stale, kept), say)
            place = Workplace(partial, Ledger(partial))
            if not (partial / MANIFEST).exists():
                place.put(MANIFEST, manifest.text([]))
            return place
        _clear(partial, kept, say)
    partial.mkdir(parents=True, exist_ok=True)
    place = Workplace(partial, Ledger(partial))
    place.ledger.begin([JOURNAL, *(f"{RESULT}/{name}" for name in NAMED)], through=True)
    place.put(MANIFEST, manifest.text([]))
    sync(partial, partial.parent)
    return place


def _same(partial: Path, manifest: Manifest) -> bool:
    """Whether unfinished work is of this run: by its manifest or, if that is damaged, by its journal."""
    if not (partial / JOURNAL).is_file():
        return False
    left = read_manifest(partial)
    return (left is not None and not left.differences(manifest)) or Journal(
        partial / JOURNAL, manifest.told()
    ).is_its()


def _claimed(partial: Path) -> dict[str, Mark | None]:
    """Our list of an unfinished folder; an error if it holds anything else."""
    listed = Ledger.read(partial) or {}
    if others := strangers(partial, listed):
        raise _not_ours(partial, others)
    return listed


def _finish(place: Workplace, out: Path, say: Say) -> None:
    """Put the finished work in place; an earlier run of ours stands aside until that is done."""
    _claimed(place.folder)
    old, kept = _beside(out, "replaced"), _beside(out, "kept")
    sync(*place.result.rglob("*"), place.result)
    if out.is_dir():
        out.rename(old)
    place.result.rename(out)
    sync(out.parent)
    _clear(place.folder, kept, say)
    if old.is_dir():
        _clear_run(old, kept, say)


def _clear(partial: Path, kept: Path, say: Say, known: Mapping[str, Mark | None] | None = None) -> None:
    """Remove unfinished work, the list last: a kill meanwhile leaves nothing that is not listed.

    known: the list, if somebody deleted it.
    """
    listed = Ledger.read(partial) or known or {}
    _say_kept(remove(partial, {name: each for name, each in listed.items() if name != LIST}, kept), say)
    remove(partial, {LIST: None} if listed else {}, kept)


def _clear_run(folder: Path, kept: Path, say: Say) -> None:
    """Remove a finished run, the manifest last."""
    manifest = read_manifest(folder)
    listed = {each.name: each for each in manifest.files} if manifest is not None else {}
    _say_kept(remove(folder, listed, kept), say)
    remove(folder, {MANIFEST: None} if manifest is not None else {}, kept)


def _say_kept(paths: list[str], say: Say) -> None:
    if paths:
        say(f"changed since trialstop wrote it, and kept: {_names(paths)}")


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
