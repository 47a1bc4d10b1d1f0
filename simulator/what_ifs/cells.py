"""Cells of a scenario with values changed: which there are, and the Program of each."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from simulator.exact.recognise import exact_values
from simulator.loading.source import Source
from simulator.model.metric import Key
from simulator.model.scenario import Scenario
from simulator.program.build import build
from simulator.program.tables import Program

__all__ = ["BUILT", "Cells", "Place"]

KEPT = 512  # scenarios with changes that are remembered, each of a few designs and truths
BUILT = 64  # Programs that are, with the tables of all their laws


@dataclass(frozen=True, slots=True)
class Place:
    """One variant under one truth, with changes ("PATH=VALUE", as --set); its trials begin at `first`."""

    changes: tuple[str, ...]
    variant: str
    truth: str
    first: int = 0

    def text(self) -> str:
        """What tells it from every other of the same file."""
        return json.dumps([self.changes, self.variant, self.truth, self.first], ensure_ascii=False)


@dataclass(slots=True)
class Cells:
    """The cells that changes of one file lead to. origin: what messages name in the place of --set."""

    source: Source
    variants: tuple[str, ...]
    truths: tuple[str, ...]
    origin: str = "--vary"
    _read: dict[tuple[str, ...], Scenario] = field(default_factory=dict)
    _built: dict[Place, Program] = field(default_factory=dict)
    _exact: dict[Place, Mapping[Key, float]] = field(default_factory=dict)

    def scenario(self, changes: Sequence[str]) -> Scenario:
        """The scenario with changes, of the variants and truths that are asked for. ScenarioError."""
        changes = tuple(changes)
        if changes not in self._read:
            _make_room(self._read, KEPT)
            self._read[changes] = self.source.changed(changes, self.variants, self.truths, self.origin)
        return self._read[changes]

    def same(self, place: Place) -> bytes:
        """A digest that cells have in common whose trials are the same, whatever was changed elsewhere."""
        scenario = self.scenario(place.changes)
        design = scenario.designs[place.variant]
        parts = (design, scenario.amended.get(place.variant, ()), scenario.truths[place.truth])
        names = (place.variant, place.truth, place.first)
        return hashlib.sha256(pickle.dumps((names, parts))).digest()

    def program(self, place: Place) -> Program:
        """The Program of a cell. ScenarioError for changes that the file cannot have."""
        place = replace(place, first=0)
        if place not in self._built:
            _make_room(self._built, BUILT)
            scenario = self.scenario(place.changes)
            self._built[place] = build(
                scenario.designs[place.variant],
                scenario.truths[place.truth],
                amended=scenario.amended.get(place.variant, ()),
                variant=place.variant,
                truth_name=place.truth,
            )
        return self._built[place]

    def exact(self, place: Place) -> Mapping[Key, float]:
        """What of a cell can be calculated."""
        place = replace(place, first=0)
        if place not in self._exact:
            self._exact[place], _ = exact_values(self.program(place))
        return self._exact[place]


def _make_room(kept: dict[Any, Any], most: int) -> None:
    """Forget what has been remembered longest, where as much is remembered as may be."""
    if len(kept) >= most:
        del kept[next(iter(kept))]
