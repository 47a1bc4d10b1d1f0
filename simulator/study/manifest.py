"""The manifest of a run: everything its numbers depend on, and the command that repeats it."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from simulator.errors import TrialstopError
from simulator.model.scenario import Scenario
from simulator.study.ledger import BY_NAME, Mark
from simulator.study.settings import Settings

__all__ = ["FORMAT", "MANIFEST", "Manifest", "manifest_of", "read_manifest"]

MANIFEST = "manifest.json"
FORMAT = "trialstop/manifest/2"
OLDER = "trialstop/manifest/1"  # whose files are names only
HASH_DIGITS = 10  # enough to tell one's own runs apart, short enough for a folder's name
LISTS = ("sets", "variants", "truths", "asks")  # which JSON gives back as lists, and are tuples


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What was run. Two runs with equal `identity` have equal results.

    settings: with nothing left open (study/run.py, `Prepared`), and so is asks.
    files: what the folder holds beside manifest.json; nothing else in it is ever deleted.
    """

    title: str
    file: str
    sha256: str
    scenario: str
    sets: tuple[str, ...]
    settings: Settings
    versions: Mapping[str, str]
    command: str
    asks: tuple[str, ...] = ("run",)
    files: tuple[Mark, ...] = ()
    format: str = FORMAT

    def identity(self) -> dict[str, Any]:
        """Everything the numbers depend on: not where the file lies, nor how the command was typed."""
        return {
            "sha256": self.sha256,
            "scenario": self.scenario,
            "sets": self.sets,
            **self.settings.identity(),
            "versions": dict(self.versions),
            "asks": self.asks,
            "format": self.format,
        }

    def told(self) -> str:
        """The identity as text."""
        return json.dumps(self.identity(), sort_keys=True, ensure_ascii=False)

    def digest(self) -> str:
        """Short hash of the identity; names the default folder."""
        return hashlib.sha256(self.told().encode()).hexdigest()[:HASH_DIGITS]

    def differences(self, other: Manifest) -> list[str]:
        """What of the identity differs, by name."""
        mine, theirs = json.loads(json.dumps(self.identity())), json.loads(json.dumps(other.identity()))
        return [name for name in mine if mine[name] != theirs[name]]

    def listed(self) -> dict[str, Mark | None]:
        """Every file of the folder; of the manifest itself there is no digest."""
        return {MANIFEST: None} | {each.name: each for each in self.files}

    def text(self, files: Sequence[Mark]) -> str:
        """What stands in manifest.json, with the files that the folder holds."""
        about = {"title": self.title, "file": self.file, "command": self.command}
        data = about | self.identity() | {"files": [asdict(each) for each in files]}
        return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def manifest_of(
    scenario: Scenario, settings: Settings, versions: Mapping[str, str], asks: tuple[str, ...] = ("run",)
) -> Manifest:
    """The manifest of a run that is about to start; settings with nothing left open."""
    command, *more = asks
    parts = ["trialstop", command, scenario.file, *more]
    parts += ["--trials", str(settings.most), "--seed", str(settings.seed)]
    if settings.precision is not None:
        parts += ["--precision", f"{settings.precision:g}"]
    for option, all_names, names in (
        ("--variant", scenario.designs, settings.variants),
        ("--truth", scenario.truths, settings.truths),
        ("--set", (), scenario.sets),
    ):
        for name in names if tuple(names) != tuple(all_names) else ():
            parts += [option, name]
    return Manifest(
        title=scenario.title,
        file=scenario.file,
        sha256=scenario.sha256,
        scenario=scenario.text,
        sets=tuple(scenario.sets),
        settings=settings,
        versions=dict(versions),
        command=shlex.join(parts),
        asks=asks,
    )


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a folder this program wrote; None where there is no such manifest."""
    try:
        data = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or data.get("format") not in (FORMAT, OLDER):
        return None
    try:
        data |= {name: tuple(data[name]) for name in LISTS if name in data}
        data["files"] = tuple(_mark(each) for each in data["files"] if each != MANIFEST)
        asked = {field.name: data.pop(field.name) for field in fields(Settings) if field.name in data}
        return Manifest(**data, settings=Settings(**asked))
    except (TypeError, KeyError, TrialstopError):
        return None


def _mark(listed: Any) -> Mark:
    return Mark(listed, BY_NAME, "") if isinstance(listed, str) else Mark(**listed)
