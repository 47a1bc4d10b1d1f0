"""Assemble a Program from a design and a truth."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from simulator.model.design import Design
from simulator.model.monitoring import Monitor
from simulator.model.truth import EventDelays, Truth
from simulator.program.alignment import aligned
from simulator.program.amending import lower_amendments
from simulator.program.arms import lower_arms, lower_screening
from simulator.program.arrivals import lower_arrivals
from simulator.program.conduct import lower_monitors
from simulator.program.course import PatientState, PhaseTable
from simulator.program.dosing import lower_dosing
from simulator.program.hazards import anchored, asked_events, lower_components, remembered_drugs
from simulator.program.monitors import assessed_after, ruling_out
from simulator.program.planned import at_level
from simulator.program.plans import plans_of
from simulator.program.rule_tables import MonitorTable
from simulator.program.states import Operation, Operations, StateSpace, explore, lower_phases, visit_kinds
from simulator.program.tables import ComponentTable, EventTable, Program, UpgradeTable
from simulator.program.traits import lower_traits
from simulator.program.triggers import AmendmentTable
from simulator.program.versions import RuleVersion, rules_of
from simulator.program.words import NONE, WhileHeld

__all__ = ["build"]

T = TypeVar("T")


def build(
    design: Design,
    truth: Truth,
    *,
    amended: Sequence[Design] = (),
    variant: str = "base",
    truth_name: str = "truth",
) -> Program:
    """Lower a checked design and truth; names that do not resolve are a loader's business.

    amended: the design after each of its amendments.
    """
    program = _build(design, truth, amended, variant, truth_name)
    return at_level(program, program.dosing.versions[0].first_level if program.dosing else 0)


def _build(design: Design, truth: Truth, amended: Sequence[Design], variant: str, truth_name: str) -> Program:
    """The same without a planned course."""
    events, traits = _numbers(design.events), _numbers(truth.traits)
    versions = aligned((design, *amended))
    design = versions[0]
    plans, rules = plans_of(versions), rules_of(design, amended)
    operations = Operations(plans.whole, plans.phases, plans.moving)
    phases = lower_phases(plans, operations, events, traits)
    reading = _Reading(rules.values(), phases, plans.designs)
    tables = tuple(_event(design, truth, name, operations, reading, events) for name in design.events)
    operations.directed([action for rule in rules.values() for action in rule.monitor.then])
    monitors = lower_monitors(rules, operations, events)
    dosing = lower_dosing(design, amended, events, truth)
    amendments = lower_amendments(design, plans, rules, dosing.versions if dosing else (), operations)
    anytime = _at_any_time(tables, monitors, amendments)
    space = explore(plans, phases, operations.listed, anytime, remembered_drugs(design, truth))
    components = lower_components(plans.whole, truth, space.states, events)
    clockwork = _clockwork(components, space, operations)
    program = Program(
        variant=variant,
        truth=truth_name,
        drugs=tuple(plans.drugs),
        levels=tuple(plans.drugs.values()),
        phases=phases[0],
        later=phases[1:],
        events=tables,
        traits=lower_traits(truth),
        components=components,
        monitors=monitors,
        accrual=lower_arrivals(truth.accrual, assessed_after(tables, monitors, dosing)),
        max_treated=max(int(version.cap) for version in versions),
        accrual_days=max(float(version.accrual.limit("days")) for version in versions),
        states=space.states,
        after=space.after,
        enters=tuple(o.target if o.verb in {"enter", "go_to"} else NONE for o in operations.listed),
        transitions=tuple(o.verb == "enter" for o in operations.listed),
        precedence=_precedence(operations),
        interrupts=tuple(operation.interrupts for operation in operations.listed),
        resumes=operations.resumes,
        entries=tuple(space.entries[plan] for plan in plans.of),
        anchors=clockwork.anchors,
        entry_anchors=clockwork.entry_anchors,
        touched=clockwork.touched,
        entry_touched=clockwork.entry_touched,
        active=clockwork.active,
        dosing=dosing,
        amendments=amendments,
        while_held=WhileHeld.of(design.accrual.while_held),
        stagger=design.accrual.stagger or 0.0,
        arms=lower_arms(design, traits),
        screening=lower_screening(design),
        max_registered=float(design.accrual.limit("registered")),
    )
    return _by_version(program, versions, traits)


def _by_version(program: Program, versions: Sequence[Design], traits: Mapping[str, int]) -> Program:
    """The same with whom each version of the protocol takes, where these are not all alike."""
    arms = [lower_arms(version, traits) for version in versions]
    screenings = [lower_screening(version) for version in versions]
    return replace(
        program,
        limits=_if_other([int(version.cap) for version in versions]),
        last_days=_if_other([float(version.accrual.limit("days")) for version in versions]),
        allocations=_if_other([table for table in arms if table]),
        screenings=_if_other([table for table in screenings if table]),
    )


def _if_other(values: Sequence[T]) -> tuple[T, ...]:
    return tuple(values) if len({*values}) > 1 else ()


def _numbers(names: Iterable[str]) -> dict[str, int]:
    return {name: i for i, name in enumerate(names)}


def _precedence(operations: Operations) -> tuple[int, ...]:
    """Of each operation its place among the directives of an instant."""
    ranked = sorted({operation.order for operation in operations.listed})
    return tuple(ranked.index(operation.order) for operation in operations.listed)


def _at_any_time(
    events: Sequence[EventTable], monitors: Sequence[MonitorTable], amendments: Sequence[AmendmentTable]
) -> list[int]:
    """Operations that do not wait for the plan: responses, and what rules and amendments direct."""
    found = {o for event in events for plan in event.responses for o in plan}
    found |= {o for monitor in monitors for o in monitor.operations}
    found |= {event.happens for event in events if event.happens >= 0}
    return sorted(found | {o for amendment in amendments for o in amendment.operations})


@dataclass(frozen=True, slots=True)
class _Reading:
    """What asks for events: rules, phases, and the designs of plans; of every version of the protocol."""

    rules: Collection[RuleVersion]
    phases: Sequence[Sequence[PhaseTable]]
    plans: Sequence[Design]

    @property
    def visits(self) -> list[str]:
        """Kinds of visits."""
        return visit_kinds(self.plans)

    @property
    def conditions(self) -> set[int]:
        """Events, and NONE, on which steps and transitions depend."""
        phases = [phase for plan in self.phases for phase in plan]
        steps = {c for phase in phases for s in phase.steps for c in (s.unless, s.only_if)}
        return steps | {c for phase in phases for t in phase.next for c in (t.unless, t.only_if)}

    @property
    def counted(self) -> set[str]:
        """Events whose reports a rule reads."""
        return {name for rule in self.rules for name in _read(rule.design, rule.monitor)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clockwork:
    """Which components start, act and change, by state and operation: fields of a Program."""

    anchors: tuple[tuple[tuple[int, ...], ...], ...]
    entry_anchors: tuple[tuple[int, ...], ...]
    touched: tuple[tuple[tuple[int, ...], ...], ...]
    entry_touched: tuple[tuple[int, ...], ...]
    active: tuple[tuple[int, ...], ...]


def _clockwork(components: Sequence[ComponentTable], space: StateSpace, operations: Operations) -> _Clockwork:
    anchors = _anchors(components, space, operations)
    entry_anchors = tuple(anchored(components, None, state, True) for state in space.states)
    active = tuple(
        tuple(i for i, c in enumerate(components) if c.multiplier[state] > 0.0)
        for state in range(len(space.states))
    )
    begun = (sorted({*acting, *started}) for acting, started in zip(active, entry_anchors, strict=True))
    return _Clockwork(
        anchors=anchors,
        entry_anchors=entry_anchors,
        touched=_touched(components, space, anchors),
        entry_touched=tuple(map(tuple, begun)),
        active=active,
    )


def _anchors(
    components: Sequence[ComponentTable], space: StateSpace, operations: Operations
) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """Per state and operation the components whose clock the change starts."""

    def starts(old: PatientState, new: int, o: Operation) -> tuple[int, ...]:
        entered = o.verb == "enter" or (o.verb == "go_to" and old.phase != o.target)
        return () if new < 0 else anchored(components, old, space.states[new], entered)

    return tuple(
        tuple(starts(state, new, o) for new, o in zip(row, operations.listed, strict=True))
        for state, row in zip(space.states, space.after, strict=True)
    )


def _touched(
    components: Sequence[ComponentTable], space: StateSpace, anchors: Sequence[Sequence[tuple[int, ...]]]
) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """Per state and operation the components whose clock starts or whose hazard becomes another."""

    def alters(c: ComponentTable, old: int, new: int) -> bool:
        return c.multiplier[old] != c.multiplier[new] or c.which[old] != c.which[new]

    return tuple(
        tuple(
            tuple(i for i, c in enumerate(components) if new >= 0 and (i in starts or alters(c, old, new)))
            for new, starts in zip(space.after[old], anchors[old], strict=True)
        )
        for old in range(len(space.states))
    )


def _event(
    design: Design,
    truth: Truth,
    name: str,
    operations: Operations,
    reading: _Reading,
    events: Mapping[str, int],
) -> EventTable:
    event, index = design.events[name], events[name]
    responses = [of.events[name].when_detected for of in reading.plans]
    delays, body, adjudged = truth.delays.get(name), truth.events.get(name), truth.adjudication.get(name)
    shares, total = [], 0.0
    for mark in event.marks:
        total += body.marks.get(mark, 0.0) if body else 0.0
        shares.append(total)
    return EventTable(
        name=name,
        repeats=event.repeats,
        visit=NONE if event.detected is None else reading.visits.index(event.detected),
        detection=delays.detection.lower() if delays and delays.detection else None,
        report=delays.report.lower() if delays and delays.report else None,
        marks=event.marks,
        mark_shares=tuple(shares),
        responses=tuple(operations.of(actions) for actions in responses),
        ends=tuple(any(action.verb == "leave" for action in actions) for actions in responses),
        watched=index in reading.conditions
        or any(other.absence_of == name for other in design.events.values()),
        counted=name in reading.counted or name in _read_by_dosing(design),
        absence_of=list(design.events).index(event.absence_of) if event.absence_of is not None else NONE,
        absence_by=event.by or 0.0,
        happens=operations.happen(index) if index in asked_events(truth, events) else NONE,
        never=delays.never if delays else 0.0,
        counts_as=NONE if adjudged is None else events[adjudged.counts_as],
        adjudged=0.0 if adjudged is None else adjudged.probability,
        decided=None if adjudged is None or adjudged.takes is None else adjudged.takes.lower(),
        as_adjudged=any(of.counts_as == name for of in truth.adjudication.values()),
        withdrawn=delays.withdrawn.probability if delays and delays.withdrawn else 0.0,
        withdrawn_after=delays.withdrawn.takes.lower() if delays and delays.withdrawn else None,
        upgrades=_upgrades(event.marks, delays) if delays and delays.upgraded else (),
    )


def _upgrades(marks: Sequence[str], delays: EventDelays) -> tuple[UpgradeTable | None, ...]:
    found = (delays.upgraded.get(mark) for mark in marks)
    return tuple(
        UpgradeTable(to=marks.index(body.to), share=body.probability, after=body.takes.lower())
        if body
        else None
        for body in found
    )


def _read_by_dosing(design: Design) -> set[str]:
    """Events whose reports dose finding reads: the DLT, what rules it out, death, and the milder event."""
    finding = design.dose_finding
    if finding is None:
        return set()
    milder = set() if finding.moderate is None else {finding.moderate}
    return {finding.event, finding.death, *ruling_out(design.events[finding.event])} | milder


def _read(design: Design, monitor: Monitor) -> set[str]:
    """Events whose reports a rule reads: counted, ruling out, or setting its looks."""
    counted = set(monitor.counted_events)
    ruling = {name for event in counted for name in ruling_out(design.events[event])}
    return counted | ruling | {m.event for m in monitor.look.milestones if m.event is not None}
