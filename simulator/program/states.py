"""The finite states of a patient, and which operation leads from which to which.

Operations are the only ways a patient changes: entering a phase, a dose step, a directive. The
states are found by following them from entry, so a phase that nothing leads to is not among them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf

from simulator.errors import TrialstopError
from simulator.limits import MOST_STATES
from simulator.model.action import PATIENT_VERBS, Action
from simulator.model.design import Design
from simulator.model.dose_finding import ASSIGNED
from simulator.model.phase import AS_BEFORE, Phase, Step, Transition
from simulator.program.course import FREE, NextTable, PatientState, PhaseTable, StepTable
from simulator.program.dosing import dose_drug
from simulator.program.interruptions import Interruption, beneath, covered, interrupted
from simulator.program.plans import Plans
from simulator.program.words import NONE

__all__ = ["Operation", "Operations", "StateSpace", "explore", "lower_phases", "visit_kinds"]

PATIENT_OPERATIONS = PATIENT_VERBS - {"leave"}
LOWEST = 0  # in place of a level: the first that the patient's plan lists
FIRST = ("amend", "assign")  # what an amendment makes of a patient
DIRECTED = (*FIRST, "interrupt", "stop_drug", "give_drug", "go_to", "set_dose", "raise_dose", "lower_dose")
"""Directives of one instant in the order in which they are carried out: those that outlast phases first."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One way to change: `enter` and `go_to` name a phase, the others a drug and a level.

    `assign` gives the patient a level of dose finding's drug, at once where the patient is on it. `happen`
    names an event that from now on has happened. `interrupt` stops a drug for so many days; `resume` ends
    that. `amend`: the patient goes on in the same phase of a later plan.
    """

    verb: str
    target: int
    level: int = 0
    days: float = 0.0

    @property
    def order(self) -> tuple[int, int, int, float]:
        """Its place among the directives of an instant; of several levels of a drug the lowest comes last."""
        place = DIRECTED.index(self.verb) if self.verb in DIRECTED else 0
        return place, self.target, -self.level, self.days

    @property
    def interrupts(self) -> Interruption | None:
        """What it stops for a time."""
        return Interruption(self.target, self.days) if self.verb == "interrupt" else None


@dataclass(slots=True)
class Operations:
    """The operations of a design, numbered as they are met.

    phases: names, over its amendments. moving: drugs of which the lowest level depends on the plan.
    """

    design: Design
    phases: Sequence[str]
    moving: Collection[str] = ()
    listed: list[Operation] = field(default_factory=list)

    def number(self, operation: Operation) -> int:
        """Index of the operation, added when new."""
        if operation not in self.listed:
            self.listed.append(operation)
        return self.listed.index(operation)

    def enter(self, phase: str) -> int:
        """Entering a phase by a transition."""
        return self.number(Operation("enter", self.phases.index(phase)))

    def set_level(self, drug: str, level: str) -> int:
        """Changing the level of a drug the patient is on."""
        return self.number(Operation("set_dose", self._drug(drug), self._level(drug, level)))

    def of(self, actions: Sequence[Action]) -> tuple[int, ...]:
        """The operations of a list of actions that change patients, in order."""
        return tuple(self.number(operation) for operation in self._named(actions))

    def directed(self, actions: Sequence[Action]) -> tuple[int, ...]:
        """The same in the order in which directives are carried out, whatever theirs."""
        return tuple(self.number(o) for o in sorted(self._named(actions), key=lambda o: o.order))

    def assign(self, drug: str, level: str) -> int:
        """Being assigned a level by an amendment."""
        return self.number(Operation("assign", self._drug(drug), self._level(drug, level)))

    def happen(self, event: int) -> int:
        """An event has happened."""
        return self.number(Operation("happen", event))

    def amend(self, plan: int) -> int:
        """An amendment reaches a patient on study."""
        return self.number(Operation("amend", plan))

    @property
    def resumes(self) -> tuple[int, ...]:
        """Of each drug the operation that ends a stop for a time, NONE where there is none."""
        numbers = {o.target: i for i, o in enumerate(self.listed) if o.verb == "resume"}
        return tuple(numbers.get(drug, NONE) for drug in range(len(self.design.drugs)))

    def raise_dose(self, drug: str) -> int:
        """One level up."""
        return self.number(Operation("raise_dose", self._drug(drug)))

    def _named(self, actions: Sequence[Action]) -> list[Operation]:
        return [self._of(action) for action in actions if action.verb in PATIENT_OPERATIONS]

    def _of(self, action: Action) -> Operation:
        assert action.name is not None
        if action.verb == "go_to":
            return Operation("go_to", self.phases.index(action.name))
        level = LOWEST if action.verb == "give_drug" and action.name in self.moving else 1
        level = self._level(action.name, action.dose) if action.dose else level
        if action.days is not None:
            return self._interrupt(self._drug(action.name), action.days)
        return Operation(action.verb, self._drug(action.name), level)

    def _interrupt(self, drug: int, days: float) -> Operation:
        """Stopping a drug for so many days; what ends it is an operation, too."""
        self.number(Operation("resume", drug))
        return Operation("interrupt", drug, days=days)

    def _drug(self, drug: str) -> int:
        return list(self.design.drugs).index(drug)

    def _level(self, drug: str, level: str) -> int:
        return self.design.drugs[drug].index(level) + 1


@dataclass(frozen=True, slots=True)
class StateSpace:
    """States found; after[state][operation] is NONE where it cannot happen.

    entries[plan][arm][level]: the state of a patient who enters under this plan, in this arm (the last one:
    in none) with this level assigned; [0] without either.
    """

    states: tuple[PatientState, ...]
    after: tuple[tuple[int, ...], ...]
    entries: tuple[tuple[tuple[int, ...], ...], ...]


def lower_phases(
    plans: Plans, operations: Operations, events: Mapping[str, int], traits: Mapping[str, int]
) -> tuple[tuple[PhaseTable, ...], ...]:
    """Per plan the phases, with their conditions as indices of events and traits and their changes as
    operations.
    """
    kinds, numbers = visit_kinds(plans.designs), dict[tuple[str, str, int], int]()

    def conditions(of: Step | Transition) -> dict[str, int]:
        return {
            "unless": events.get(of.unless or "", NONE),
            "only_if": events.get(of.only_if or "", NONE),
            "unless_trait": traits.get(of.unless or "", NONE),
            "only_if_trait": traits.get(of.only_if or "", NONE),
        }

    def lower(name: str, phase: Phase) -> PhaseTable:
        steps = [
            StepTable(
                after=day,
                operations=_step_operations(operations, step),
                **conditions(step),
            )
            for step in phase.steps
            for day in step.days(phase.lasts)
        ]
        leads = [t.to for t in phase.next]
        transitions = tuple(
            NextTable(
                operation=operations.enter(t.to),
                number=numbers.setdefault((name, t.to, leads[:i].count(t.to)), len(numbers)),
                at_most=NONE if t.at_most is None else t.at_most,
                **conditions(t),
            )
            for i, t in enumerate(phase.next)
        )
        return PhaseTable(
            name=name,
            days=phase.lasts,
            visits=tuple(_stretches(phase, kind) for kind in kinds),
            course_days=phase.course or inf,
            steps=tuple(sorted(steps, key=lambda step: step.after)),
            next=transitions,
        )

    return tuple(
        tuple(lower(name, plans.phase(plan, name)) for name in plans.phases)
        for plan in range(len(plans.designs))
    )


def visit_kinds(designs: Sequence[Design]) -> list[str]:
    """Names of the kinds of visits, over all phases."""
    phases = [phase for design in designs for phase in design.phases.values()]
    return list(dict.fromkeys(kind for phase in phases for kind in phase.visits))


def _stretches(phase: Phase, kind: str) -> tuple[tuple[float, float, float], ...]:
    """(from, to, every) of a kind of visit, days in the phase."""
    out, start = [], 0.0
    for visits in phase.visits.get(kind, ()):
        end = phase.lasts if visits.to is None else min(visits.to, phase.lasts)
        out.append((start, end, visits.every))
        start = end
    return tuple(out)


def _step_operations(operations: Operations, step: Step) -> tuple[int, ...]:
    if step.raise_dose is not None:
        return (operations.raise_dose(step.raise_dose),)
    return tuple(operations.set_level(drug, level) for drug, level in step.set.items())


def explore(
    plans: Plans,
    phases: Sequence[Sequence[PhaseTable]],
    operations: Sequence[Operation],
    anytime: Sequence[int],
    remembered: Sequence[int] = (),
) -> StateSpace:
    """Every state that can be reached.

    phases: per plan. anytime: operations that may come in any phase. remembered: drugs of which the last
    level matters.
    """
    design = plans.designs[0]
    none = (0,) * len(design.drugs)
    nobody = PatientState(0, none, (FREE,) * len(design.drugs), 0, none)
    drug = dose_drug(design)
    assigned = range(1, len(plans.drugs[drug]) + 1) if drug else range(1)
    arms = range(len(design.arms) + 1) if design.arms else range(1)
    first = [plans.phases.index(next(iter(design.phases))) for design in plans.designs]
    entering = [
        [
            [
                _remember(
                    _enter(plans, replace(nobody, assigned=level, arm=arm, plan=plan), phase), remembered
                )
                for level in assigned
            ]
            for arm in arms
        ]
        for plan, phase in enumerate(first)
    ]
    anytime = [*anytime, *(i for i, operation in enumerate(operations) if operation.verb == "resume")]
    states = list(dict.fromkeys(state for rows in entering for levels in rows for state in levels))
    after: list[tuple[int, ...]] = []
    numbers = {state: i for i, state in enumerate(states)}
    entries = tuple(tuple(_levels([numbers[s] for s in row], drug) for row in rows) for rows in entering)
    for state in states:  # grows while it is walked
        row = [NONE] * len(operations)
        for operation in _possible(phases[state.plan][state.phase], anytime):
            found = _remember(_apply(plans, state, operations[operation]), remembered)
            if found not in numbers:
                numbers[found] = len(states)
                states.append(found)
            row[operation] = numbers[found]
        after.append(tuple(row))
        if len(states) > MOST_STATES:
            raise TrialstopError(
                f"design: found more than {MOST_STATES:,} states that a patient may be in, allowed so many: "
                "phases, doses, directives, arms and amendments that meet; leave out what does not matter"
            )
    return StateSpace(tuple(states), tuple(after), entries)


def _levels(row: Sequence[int], drug: str | None) -> tuple[int, ...]:
    """By the level assigned, which counts from 1; the first stands for none."""
    return (row[0], *row) if drug else tuple(row)


def _remember(state: PatientState, drugs: Sequence[int]) -> PatientState:
    """Keep in mind the last level of these drugs."""
    last = tuple(
        (level or before) if drug in drugs else 0
        for drug, (level, before) in enumerate(zip(state.levels, state.last, strict=True))
    )
    return replace(state, last=last)


def _possible(phase: PhaseTable, anytime: Sequence[int]) -> Iterator[int]:
    for step in phase.steps:
        yield from step.operations
    for transition in phase.next:
        yield transition.operation
    yield from anytime


def _apply(plans: Plans, state: PatientState, operation: Operation) -> PatientState:
    """What an operation makes of a state; of one with interruptions it changes what is beneath them."""
    hidden = set(interrupted(state))
    if operation.verb == "interrupt":
        hidden |= {operation.target}
    elif operation.verb in {"resume", "stop_drug", "give_drug"}:
        hidden -= {operation.target}
    under = beneath(state)
    ends = operation.verb in {"interrupt", "resume"}
    return covered(under if ends else _change(plans, under, operation), hidden)


def _change(plans: Plans, state: PatientState, operation: Operation) -> PatientState:
    """The same of a state without interruptions."""
    target, level = operation.target, operation.level
    if operation.verb == "enter":
        return _enter(plans, state, target)
    if operation.verb == "go_to":
        return state if state.phase == target else _enter(plans, state, target)
    if operation.verb == "amend":
        return _amend(plans, state, target)
    if operation.verb == "happen":
        return replace(state, happened=tuple(sorted({*state.happened, target})))
    if operation.verb == "stop_drug":
        return _with(state, target, level=0, held=0)
    drug = list(plans.drugs)[target]
    if operation.verb == "give_drug":
        level = plans.listed(state.plan, drug)[0] if level == LOWEST else level
        return _with(state, target, level=level, held=level)
    if operation.verb == "assign":
        state = replace(state, assigned=level)
    if state.levels[target] == 0:
        return state
    if operation.verb in {"raise_dose", "lower_dose"}:
        level = _next(plans.listed(state.plan, drug), state.levels[target], up=operation.verb == "raise_dose")
    return _with(state, target, level=level, held=FREE if state.held[target] == FREE else level)


def _next(listed: Sequence[int], level: int, *, up: bool) -> int:
    """The level of a list above this one, or below it; the same where there is none."""
    if up:
        return min((other for other in listed if other > level), default=level)
    return max((other for other in listed if other < level), default=level)


def _with(state: PatientState, drug: int, *, level: int, held: int) -> PatientState:
    levels = (*state.levels[:drug], level, *state.levels[drug + 1 :])
    return replace(state, levels=levels, held=(*state.held[:drug], held, *state.held[drug + 1 :]))


def _amend(plans: Plans, state: PatientState, plan: int) -> PatientState:
    """The same phase of a later plan: what it gives at another level than before is given so from now on.

    Drugs under a directive stay as they are, and so do others, whatever has been made of them since.
    """
    if state.plan >= plan:
        return state
    before, after = (_enter(plans, replace(state, plan=k), state.phase).levels for k in (state.plan, plan))
    each = zip(state.levels, before, after, strict=True)
    return replace(state, plan=plan, levels=tuple(new if new != old else now for now, old, new in each))


def _enter(plans: Plans, state: PatientState, phase: int) -> PatientState:
    """A drug under a directive stays as it is; the others are what the phase gives."""
    design = plans.designs[state.plan]
    gives = plans.phase(state.plan, plans.phases[phase]).gives
    found, of_arm = dose_drug(design), _of_arm(design, state.arm)
    levels = []
    for i, (drug, listed) in enumerate(design.drugs.items()):
        usual = ASSIGNED if drug == found or drug in of_arm else listed[0]
        given = usual if gives is None else gives.get(drug)
        if given == ASSIGNED and drug in of_arm:
            given = of_arm[drug]
        if state.held[i] != FREE or given == AS_BEFORE:
            levels.append(state.levels[i])
        elif given is None or of_arm.get(drug, given) is None:
            levels.append(0)
        elif given == ASSIGNED:
            levels.append(state.assigned)
        else:
            levels.append(plans.drugs[drug].index(given) + 1)
    return replace(state, phase=phase, levels=tuple(levels))


def _of_arm(design: Design, arm: int) -> dict[str, str | None]:
    """Of each drug that some arm names, the level in this one; None where it has none."""
    named = dict.fromkeys(drug for body in design.arms.values() for drug in body.gives)
    gives = [*(body.gives for body in design.arms.values()), dict[str, str]()]
    return {drug: gives[arm].get(drug) for drug in named}
