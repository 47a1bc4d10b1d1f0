"""The manifest of a run: everything its numbers depend on, and the command that repeats it."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from simulator.model.scenario import Scenario

__all__ = ["FORMAT", "Manifest", "manifest_of", "read_manifest"]

FORMAT = "trialstop/manifest/1"
HASH_DIGITS = 10  # enough to tell one's own runs apart, short enough for a folder's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What was run. Two runs with equal `identity` have equal results.

    precision, self_check (None: all), records: as `trialstop run` has them.
    files: what the folder holds, relative to it; nothing else in it is ever deleted.
    """

    title: str
    file: str
    sha256: str
    scenario: str
    sets: tuple[str, ...]
    variants: tuple[str, ...]
    truths: tuple[str, ...]
    trials: int
    seed: int
    engine: str
    versions: Mapping[str, str]
    command: str
    precision: float | None = None
    self_check: int | None = None
    records: bool = False
    files: tuple[str, ...] = ()
    format: str = field(default=FORMAT)

    def identity(self) -> dict[str, Any]:
        """Everything the numbers depend on: not where the file lies, nor how the command was typed."""
        own = asdict(self)
        for name in ("title", "file", "command", "files"):
            del own[name]
        return own

    def digest(self) -> str:
        """Short hash of the identity; names the default folder."""
        text = json.dumps(self.identity(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:HASH_DIGITS]

    def differences(self, other: Manifest) -> list[str]:
        """What of the identity differs, by name."""
        mine, theirs = json.loads(json.dumps(self.identity())), json.loads(json.dumps(other.identity()))
        return [name for name in mine if mine[name] != theirs[name]]

    def write(self, folder: Path, files: Sequence[str]) -> None:
        """Write manifest.json, naming every file the folder holds."""
        data = asdict(self) | {"files": ["manifest.json", *files]}
        text = json.dumps(data, indent=2, ensure_ascii=False)
        (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def manifest_of(  # noqa: PLR0913 - the settings of a run, all by name
    scenario: Scenario,
    *,
    variants: Sequence[str],
    truths: Sequence[str],
    trials: int,
    seed: int,
    engine: str,
    versions: Mapping[str, str],
    precision: float | None = None,
    self_check: int | None = None,
    records: bool = False,
) -> Manifest:
    """The manifest of a run that is about to start; nothing named means all, in the file's order."""
    parts = ["trialstop", "run", scenario.file, "--trials", str(trials), "--seed", str(seed)]
    if precision is not None:
        parts += ["--precision", f"{precision:g}"]
    for option, names in (("--variant", variants), ("--truth", truths), ("--set", scenario.sets)):
        for name in names:
            parts += [option, name]
    return Manifest(
        title=scenario.title,
        file=scenario.file,
        sha256=scenario.sha256,
        scenario=scenario.text,
        sets=tuple(scenario.sets),
        variants=tuple(v for v in scenario.designs if not variants or v in variants),
        truths=tuple(t for t in scenario.truths if not truths or t in truths),
        trials=trials,
        seed=seed,
        engine=engine,
        versions=dict(versions),
        command=shlex.join(parts),
        precision=precision,
        self_check=self_check,
        records=records,
    )


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a folder this program wrote; None where there is no such manifest."""
    try:
        data = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        return None
    lists = {name: tuple(data.get(name, ())) for name in ("sets", "variants", "truths", "files")}
    try:
        return Manifest(**{**data, **lists})
    except TypeError:
        return None
