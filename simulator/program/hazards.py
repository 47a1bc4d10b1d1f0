"""Components of events -> hazard tables with a factor per patient state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulator.contracts import HazardFamily, HazardTable
from simulator.model.design import Design
from simulator.model.truth import Clock, Component, Truth
from simulator.program.course import PatientState
from simulator.program.tables import ComponentTable
from simulator.program.words import NONE, ClockKind

__all__ = ["anchored", "asked_events", "lower_components", "remembered_drugs"]

MOST_KEPT = 256
_lowered: dict[tuple[str, bool], HazardTable] = {}


def lower_components(
    design: Design, truth: Truth, states: Sequence[PatientState], events: Mapping[str, int]
) -> tuple[ComponentTable, ...]:
    """Every component of the truth's events that the design knows, in the file's order."""
    traits = {name: i for i, name in enumerate(truth.traits)}

    def lower(event: str, name: str, component: Component) -> ComponentTable:
        clock = component.clock or Clock(kind="enrolment")
        return ComponentTable(
            event=events[event],
            name=name,
            stream=f"event:{event}/component:{name}/threshold",
            clock=ClockKind.of(clock.kind),
            of=_clock_target(design, clock, events),
            restarts=component.restarts,
            pauses=component.pauses,
            once=component.family.once(clocked=component.clock is not None),
            tables=_tables(component),
            which=tuple(_which(design, component, state) for state in states),
            multiplier=tuple(_factor(design, component, state, events) for state in states),
            only_if=traits.get(component.only_if or "", NONE),
            unless=traits.get(component.unless or "", NONE),
            risk=traits.get(component.family.trait or "", NONE),
            asks=tuple(
                events[x] for x in (component.only_if, component.unless) if x is not None and x in events
            ),
        )

    return tuple(
        lower(event, name, component)
        for event, body in truth.events.items()
        if event in events
        for name, component in body.components.items()
    )


def asked_events(truth: Truth, events: Mapping[str, int]) -> tuple[int, ...]:
    """Events of which it matters to a hazard whether they have happened."""
    bodies = (body for name, body in truth.events.items() if name in events)
    named = {name for body in bodies for c in body.components.values() for name in (c.only_if, c.unless)}
    return tuple(i for name, i in events.items() if name in named)


def remembered_drugs(design: Design, truth: Truth) -> tuple[int, ...]:
    """Drugs of which the last level sets a hazard."""
    drugs = {
        doses[0]
        for event in truth.events.values()
        for component in event.components.values()
        if (doses := component.family.doses) is not None
    }
    return tuple(i for i, drug in enumerate(design.drugs) if drug in drugs)


def _tables(component: Component) -> tuple[HazardTable, ...]:
    """The hazard, or one per dose in the order the family lists them."""
    family, clocked = component.family, component.clock is not None
    each = [family] if family.doses is None else [family.at_dose(level) for level in family.doses[1]]
    return tuple(_lower(one, clocked) for one in each)


def _lower(family: HazardFamily, clocked: bool) -> HazardTable:
    """Its table, kept: every variant asks for it, and equal families share it."""
    key = (repr(family), clocked)
    if key not in _lowered:
        while len(_lowered) >= MOST_KEPT:
            del _lowered[next(iter(_lowered))]
        _lowered[key] = family.lower(clocked=clocked)
    return _lowered[key]


def _which(design: Design, component: Component, state: PatientState) -> int:
    """The table that holds in a state; the first at a level that nobody is given, which may have none."""
    doses = component.family.doses
    if doses is None:
        return 0
    drug, levels = doses
    last = state.last[list(design.drugs).index(drug)]
    level = design.drugs[drug][last - 1] if last else ""
    return levels.index(level) if level in levels else 0


def _clock_target(design: Design, clock: Clock, events: Mapping[str, int]) -> int:
    if clock.of is None:
        return 0
    if clock.kind == "phase":
        return list(design.phases).index(clock.of)
    return events[clock.of] if clock.kind == "event" else list(design.drugs).index(clock.of)


def _factor(design: Design, component: Component, state: PatientState, events: Mapping[str, int]) -> float:
    """The component's factor in a state: 0 where a condition is false."""
    phases, drugs, arms = list(design.phases), list(design.drugs), list(design.arms)
    if events.get(component.only_if or "", NONE) not in (NONE, *state.happened):
        return 0.0
    if events.get(component.unless or "", NONE) in state.happened:
        return 0.0
    if component.while_in is not None and phases[state.phase] not in component.while_in:
        return 0.0
    if any(state.levels[drugs.index(drug)] == 0 for drug in component.while_on):
        return 0.0
    if any(state.levels[drugs.index(drug)] > 0 for drug in component.while_off):
        return 0.0
    if component.family.doses is not None and state.last[drugs.index(component.family.doses[0])] == 0:
        return 0.0
    arm = arms[state.arm] if state.arm < len(arms) else ""
    if component.arms is not None and arm not in component.arms:
        return 0.0
    factor = component.ratio * component.arm_ratio.get(arm, 1.0)
    for drug, ratios in component.dose_ratio.items():
        level = state.levels[drugs.index(drug)]
        if level:
            factor *= ratios.get(design.drugs[drug][level - 1], 1.0)
    return factor


def anchored(
    components: Sequence[ComponentTable], before: PatientState | None, after: PatientState, entered: bool
) -> tuple[int, ...]:
    """Components whose clock a change of state starts; `before` None is enrolment."""
    return tuple(i for i, c in enumerate(components) if _starts(c, before, after, entered))


def _starts(c: ComponentTable, before: PatientState | None, after: PatientState, entered: bool) -> bool:
    if c.clock in {ClockKind.ENROLMENT, ClockKind.REGISTRATION}:
        return before is None
    if c.clock == ClockKind.PHASE:
        return entered and after.phase == c.of
    if c.clock == ClockKind.EVENT:
        return False
    was, now = (before.levels[c.of] if before else 0), after.levels[c.of]
    if c.clock == ClockKind.START:
        return was == 0 and now > 0
    if c.clock == ClockKind.STOP:
        return was > 0 and now == 0
    return was > 0 and now > 0 and was != now
