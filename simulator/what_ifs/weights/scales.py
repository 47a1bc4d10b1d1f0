"""What cells have in common but for how large their hazards are, and how large these are.

Compared are designs and truths themselves, not the paths that were changed: two cells are of one shape where
everything is equal once the size of every whole hazard, and the rate of Poisson accrual, is taken out. So
nothing that changes otherwise, from whatever path, can be taken for a size.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

from simulator.model.design import Design
from simulator.model.truth import Component, Truth, TruthEvent
from simulator.program.risks import judged_of
from simulator.what_ifs.cells import Cells, Place
from simulator.what_ifs.weights.arrivals import ARRIVALS
from simulator.what_ifs.weights.pool import Names

__all__ = ["Scaled", "Scales", "apart"]


@dataclass(frozen=True, slots=True)
class Scaled:
    """shape: what cells that differ in sizes alone have in common. names: of each size, its event and
    component, or ARRIVALS. sizes: factors on hazards of size one."""

    shape: tuple[str, str, bytes]
    names: tuple[Names, ...]
    sizes: tuple[float, ...]


@dataclass(slots=True)
class Scales:
    """Cells taken apart into shape and sizes. judged: metrics that read the truth's DLT rates are asked."""

    cells: Cells
    judged: bool = False
    _designs: dict[int, tuple[tuple[Design, ...], bytes]] = field(default_factory=dict)

    def of(self, place: Place) -> Scaled:
        """Of a cell. ScenarioError for changes that the file cannot have."""
        scenario = self.cells.scenario(place.changes)
        design = scenario.designs[place.variant]
        designs = (design, *scenario.amended.get(place.variant, ()))
        truth, sizes = apart(scenario.truths[place.truth], design)
        told = self._digest(designs) + repr(truth).encode()
        if self.judged and design.dose_finding is not None:
            told += repr(judged_of(self.cells.program(place))).encode()
        shape = place.variant, place.truth, hashlib.sha256(told).digest()
        return Scaled(shape, tuple(sizes), tuple(sizes.values()))

    def _digest(self, designs: tuple[Design, ...]) -> bytes:
        """Of designs; those of most cells are the very same, which are kept so that their ids stay theirs."""
        known = self._designs.get(id(designs[0]))
        if known is None or known[0] != designs:
            known = designs, hashlib.sha256(repr(designs).encode()).digest()
            self._designs[id(designs[0])] = known
        return known[1]


def apart(truth: Truth, design: Design) -> tuple[Truth, dict[Names, float]]:
    """The truth with every size one, and the sizes of its hazards on events that the design has, and of its
    accrual."""
    sizes: dict[Names, float] = {}
    events = dict(truth.events)
    for event, body in truth.events.items():
        if event in design.events:
            components = {}
            for name, component in body.components.items():
                components[name], sizes[event, name] = _component(component)
            events[event] = TruthEvent(components=components, marks=body.marks)
    accrual = truth.accrual
    if accrual.per_day is not None:
        sizes[ARRIVALS], accrual = accrual.per_day, replace(accrual, per_day=1.0)
    return replace(truth, events=events, accrual=accrual), sizes


def _component(component: Component) -> tuple[Component, float]:
    family, factor = component.family.scaled(clocked=component.clock is not None)
    return replace(component, family=family, ratio=1.0), component.ratio * factor
