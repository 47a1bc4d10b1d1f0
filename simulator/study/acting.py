"""What each state of a patient means for the components of a truth, worked out once per state.

Read from the scenario and the Program's list of states; the lowered tables are not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.contracts import HazardFamily
from simulator.model.design import Design
from simulator.model.truth import Component, Truth
from simulator.program.course import PatientState
from simulator.program.tables import Program

__all__ = ["Acting", "Nature", "Part", "parts_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nature:
    """What a Program was made of."""

    design: Design
    truth: Truth


@dataclass(frozen=True, slots=True)
class Acting:
    """A component in a state in which it acts: the hazard in force, and the ratios on it."""

    family: HazardFamily
    ratios: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One component of every patient. needs, bars: events without or after which it does not act."""

    program: Program
    event: str
    name: str
    component: Component
    needs: str | None
    bars: str | None
    _acting: dict[int, Acting | None] = field(default_factory=dict)
    _starts: dict[tuple[int, int, bool], bool] = field(default_factory=dict)

    @property
    def stream(self) -> str:
        """Of its thresholds."""
        return f"event:{self.event}/component:{self.name}/threshold"

    @property
    def once(self) -> bool:
        """Whether it crosses once per start of its clock."""
        return self.component.family.once(clocked=self.component.clock is not None)

    def acting(self, state: int) -> Acting | None:
        """What it does in a state as far as the state tells; None where it does not act."""
        if state not in self._acting:
            self._acting[state] = self._in(self.program.states[state])
        return self._acting[state]

    def starts(self, old: int, new: int, *, entered: bool) -> bool:
        """Whether a change of state starts its clock. old: -1 before entry; entered: a phase, anew."""
        key = (old, new, entered)
        if key not in self._starts:
            self._starts[key] = self._starts_by(*key)
        return self._starts[key]

    def _in(self, state: PatientState) -> Acting | None:
        c = self.component
        if c.while_in is not None and self.program.phases[state.phase].name not in c.while_in:
            return None
        named = zip(self.program.drugs, self.program.levels, state.levels, strict=True)
        doses = {drug: levels[level - 1] if level else None for drug, levels, level in named}
        if any(doses[drug] is None for drug in c.while_on):
            return None
        if any(doses[drug] is not None for drug in c.while_off):
            return None
        family = self._family(state)
        if family is None:
            return None
        arms = self.program.arms.names if self.program.arms is not None else ()
        arm = arms[state.arm] if state.arm < len(arms) else ""
        if c.arms is not None and arm not in c.arms:
            return None
        ratios = (ratios.get(doses[drug] or "", 1.0) for drug, ratios in c.dose_ratio.items())
        return Acting(family, (c.ratio, c.arm_ratio.get(arm, 1.0), *ratios))

    def _family(self, state: PatientState) -> HazardFamily | None:
        """The hazard in force: of the dose that is or was last given, where doses have their own."""
        family = self.component.family
        if family.doses is None:
            return family
        drug = list(self.program.drugs).index(family.doses[0])
        last = state.last[drug]
        return family.at_dose(self.program.levels[drug][last - 1]) if last else None

    def _starts_by(self, old: int, new: int, entered: bool) -> bool:
        c, states = self.component, self.program.states
        kind, of = (c.clock.kind, c.clock.of) if c.clock is not None else ("enrolment", None)
        if kind in {"enrolment", "registration"}:
            return old < 0
        if kind == "phase":
            return entered and self.program.phases[states[new].phase].name == of
        if kind == "event":
            return False
        drug = list(self.program.drugs).index(of or "")
        was, now = (states[old].levels[drug] if old >= 0 else 0), states[new].levels[drug]
        return {"start": not was and now > 0, "stop": was > 0 and not now, "step": was > 0 < now != was}[kind]


def parts_of(nature: Nature, program: Program) -> list[Part]:
    """Every component, as the Program lists them."""
    found = []
    for table in program.components:
        event = program.events[table.event].name
        c = nature.truth.events[event].components[table.name]
        needs = c.only_if if c.only_if in nature.design.events else None
        found.append(Part(program, event, table.name, c, needs, c.unless))
    return found
