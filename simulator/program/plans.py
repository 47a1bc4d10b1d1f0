"""The courses that a design plans over its amendments: phases, arms and responses, where they change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from simulator.model.design import Design
from simulator.model.phase import Phase
from simulator.program.alignment import merged

__all__ = ["Plans", "plans_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """The courses that versions of a design plan.

    designs: one for each plan, which differs from the one before in its phases, in what arms give, in levels
    of drugs, or in what is done about events. of: per version, which plan. phases: the names of all, the
    first plan's first. drugs: the levels of all.
    """

    designs: tuple[Design, ...]
    of: tuple[int, ...]
    phases: tuple[str, ...]
    drugs: Mapping[str, tuple[str, ...]]

    @property
    def whole(self) -> Design:
        """The first design with the phases and the levels of all."""
        phases = {name: self.phase(0, name) for name in self.phases}
        return replace(self.designs[0], phases=phases, drugs=dict(self.drugs))

    def listed(self, plan: int, drug: str) -> list[int]:
        """The levels of a drug that a plan lists, by their numbers, rising."""
        return [self.drugs[drug].index(level) + 1 for level in self.designs[plan].drugs[drug]]

    @property
    def moving(self) -> frozenset[str]:
        """Drugs whose lowest level is not the same in all plans."""
        plans = range(len(self.designs))
        return frozenset(d for d in self.drugs if len({self.listed(plan, d)[0] for plan in plans}) > 1)

    def phase(self, plan: int, name: str) -> Phase:
        """A phase as a plan has it; where it has none, as the first one that does: nobody comes there."""
        having = [self.designs[plan], *self.designs]
        return next(design.phases[name] for design in having if name in design.phases)


def plans_of(versions: Sequence[Design]) -> Plans:
    """The plans of a design and of what it is after each of its amendments."""
    designs, of = [versions[0]], [0]
    for version in versions[1:]:
        if _course(version) != _course(designs[-1]):
            designs.append(version)
        of.append(len(designs) - 1)
    names = dict.fromkeys(name for design in designs for name in design.phases)
    drugs = {
        drug: reduce(merged, (version.drugs[drug] for version in versions)) for drug in versions[0].drugs
    }
    return Plans(designs=tuple(designs), of=tuple(of), phases=tuple(names), drugs=drugs)


def _course(design: Design) -> object:
    given = [arm.gives for arm in design.arms.values()]
    return design.phases, [event.when_detected for event in design.events.values()], given, design.drugs
