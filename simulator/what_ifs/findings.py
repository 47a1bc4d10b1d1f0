"""What a what-if came to: the answers of its cells, and what was found in them; read and written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from simulator.errors import TrialstopError
from simulator.metrics.text import Keyed, key_of, text_of
from simulator.model.estimate import Estimate
from simulator.model.metric import Key
from simulator.study.results import RunInfo
from simulator.what_ifs.answers import Answer
from simulator.what_ifs.cells import Place
from simulator.what_ifs.vary import Vary

__all__ = ["Findings", "Found"]


class Found(Protocol):
    """What a command finds in answers, beside these."""

    def as_json(self) -> dict[str, Any]:
        """Its part of results.json."""
        ...


F = TypeVar("F", bound=Found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings(Generic[F]):
    """The answers of a what-if, in the order asked, and what was found in them.

    asked : the command: sweep, solve, tornado, sensitivity, calibrate
    vary  : what was varied, where the user said what
    acceptable : of every truth as it was written
    found : what the command is about
    anchored : trials played, in all, that were weighed for cells
    notes : what a reader must know, such as a variant that a value does not move
    """

    asked: str
    title: str
    question: str
    file: str
    sha256: str
    run: RunInfo
    metrics: tuple[Key, ...]
    vary: tuple[Vary, ...]
    acceptable: Mapping[str, object]
    answers: tuple[Answer, ...]
    found: F
    compared: int = 0
    anchored: int = 0
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    _at: dict[Place, Answer] = field(default_factory=dict, repr=False, compare=False)

    @property
    def format(self) -> str:
        """Name and version of the contract of results.json."""
        return f"trialstop/{self.asked}/1"

    @property
    def variants(self) -> tuple[str, ...]:
        """Variants that were asked about, in order."""
        return tuple(dict.fromkeys(answer.place.variant for answer in self.answers))

    @property
    def truths(self) -> tuple[str, ...]:
        """Truths that were asked about, in order."""
        return tuple(dict.fromkeys(answer.place.truth for answer in self.answers))

    def answer(self, place: Place) -> Answer:
        """Of one cell; TrialstopError if it was not asked for."""
        if not self._at:
            self._at.update({answer.place: answer for answer in self.answers})
        if place not in self._at:
            raise TrialstopError(f"no cell {place.text()} was asked for")
        return self._at[place]

    def as_json(self) -> dict[str, Any]:
        """The stable contract, docs/results.md."""
        return {
            "format": self.format,
            "scenario": {
                "title": self.title,
                "question": self.question,
                "file": self.file,
                "sha256": self.sha256,
            },
            "run": asdict(self.run),
            "metrics": [text_of(key) for key in self.metrics],
            "vary": [{"path": vary.path, "values": list(vary.values)} for vary in self.vary],
            "acceptable": dict(self.acceptable),
            "cells": [_as_json(answer) for answer in self.answers],
            "found": self.found.as_json(),
            "self_check": {"compared": self.compared, "mismatches": 0},
            "anchored_trials": self.anchored,
            "notes": list(self.notes),
            "warnings": list(self.warnings),
        }


def from_json(asked: str, data: Mapping[str, Any], found: F) -> Findings[F]:
    """Findings read back, without what was kept trial by trial. TrialstopError for another format."""
    if data.get("format") != f"trialstop/{asked}/1":
        raise TrialstopError(
            f"the format of these results is {data.get('format')}, allowed trialstop/{asked}/1"
        )
    return Findings(
        asked=asked,
        **data["scenario"],
        run=RunInfo(**data["run"]),
        metrics=tuple(map(key_of, data["metrics"])),
        vary=tuple(Vary(each["path"], tuple(each["values"])) for each in data["vary"]),
        acceptable=data["acceptable"],
        answers=tuple(map(_answer, data["cells"])),
        found=found,
        compared=data["self_check"]["compared"],
        anchored=data["anchored_trials"],
        notes=tuple(data["notes"]),
        warnings=tuple(data["warnings"]),
    )


def _as_json(answer: Answer) -> dict[str, Any]:
    place = answer.place
    return {
        "changes": list(place.changes),
        "variant": place.variant,
        "truth": place.truth,
        "first_trial": place.first,
        "how": answer.how,
        "effective_trials": None if answer.how == "exact" else answer.trials,
        "metrics": {
            text_of(key): {name: value for name, value in asdict(e).items() if name != "sd"} | {"sd": e.sd}
            for key, e in answer.metrics.items()
        },
    }


def _answer(data: Mapping[str, Any]) -> Answer:
    return Answer(
        place=Place(tuple(data["changes"]), data["variant"], data["truth"], data["first_trial"]),
        how=data["how"],
        trials=data["effective_trials"] or 0,
        metrics=Keyed({key_of(text): Estimate(**e) for text, e in data["metrics"].items()}),
    )
