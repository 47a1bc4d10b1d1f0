"""Where the worst of a box of hazards is its upper corner: the conditions, each by name.

Couple two trials by thresholds, delays and candidates. Until a patient's first counted event the course is
the same, and that event comes no later where its hazard is higher. So on every day at least as many patients
with a reported event are known, the k-th of them no later, hence with no more patients treated; a rule that
has fired in the one trial has fired in the other. Each condition below is a step of this.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from simulator.contracts import Quantity
from simulator.model.metric import Key
from simulator.program.course import PatientState
from simulator.program.patient import alive
from simulator.program.rule_tables import CounterTable, MonitorTable, ScopeTable
from simulator.program.tables import Program
from simulator.program.words import NONE, Among, ClockKind, LookKind, MilestoneUnit, Unit, Wait

__all__ = ["Condition", "conditions"]

FIRES = {"p_stop", "p_fired"}


@dataclass(frozen=True, slots=True)
class Condition:
    """name: what must hold. against: why it does not; "" where it does."""

    name: str
    against: str

    @property
    def holds(self) -> bool:
        """Whether it does."""
        return not self.against

    def as_json(self) -> dict[str, Any]:
        """As results.json has it."""
        return asdict(self) | {"holds": self.holds}


@dataclass(frozen=True, slots=True)
class _Case:
    """A cell, the one rule that matters, what it counts, and the components whose hazards are in the box."""

    program: Program
    rule: MonitorTable
    counter: CounterTable
    box: Collection[int]

    @property
    def event(self) -> int:
        """The event that is counted."""
        return self.counter.event

    @property
    def others(self) -> Iterator[int]:
        """Other events that can happen."""
        for number, event in enumerate(self.program.events):
            parts = self.program.components_of(number)
            if number != self.event and (
                event.absence_of != NONE or any(alive(self.program, c) for c in parts)
            ):
                yield number


def conditions(program: Program, key: Key, box: Collection[int]) -> tuple[Condition, ...]:
    """What the upper corner needs of a cell, a metric and the components of the box, each with its verdict.

    Where it is not even about one rule with one endpoint, the others are not asked.
    """
    rule = _rule(program, key)
    first = Condition(
        "whether one rule fires is asked, and only that rule acts", rule if isinstance(rule, str) else ""
    )
    if isinstance(rule, str):
        return (first,)
    if len(rule.used) != 1:
        return first, Condition("the rule has one endpoint", f"the rule {rule.name} {_instead(rule)}")
    case = _Case(program, rule, rule.counters[rule.used[0]], box)
    return first, *(Condition(name, ask(case)) for name, ask in CONDITIONS.items())


def _rule(program: Program, key: Key) -> MonitorTable | str:
    """The rule that the metric is about, if nothing else that is decided can change a course."""
    if key.metric not in FIRES or key.shape[1] not in {(), ("rule",)} or key.word is not None:
        return "the metric is not whether a rule fires"
    if program.dosing is not None:
        return "dose finding changes doses, and holds accrual"
    if program.amendments:
        return "the protocol is amended"
    acting = [monitor for monitor in program.monitors if monitor.may_stop]
    named = [monitor for monitor in program.monitors if monitor.name == key.rule] or acting
    if len(named) != 1:
        return f"{len(named)} rules act" if named else "no rule acts"
    for monitor in program.monitors:
        if monitor is not named[0] and monitor.may_stop:
            return f"the rule {monitor.name} acts too"
        if monitor.wait is Wait.ACCRUAL:
            return f"the rule {monitor.name} holds accrual"
    return named[0]


def _instead(rule: MonitorTable) -> str:
    """What a rule without just one endpoint reads."""
    if rule.votes is not None:
        return "reads what other rules say"
    return "reads accrual" if rule.entries else f"has {len(rule.used)}"


def _of_the_event(case: _Case) -> str:
    wrong = [case.program.components[c] for c in case.box if case.program.components[c].event != case.event]
    if not wrong:
        return ""
    name = f"{case.program.events[wrong[0].event].name}.{wrong[0].name}"
    return f"{name} is no hazard of {case.program.events[case.event].name}, and may keep it from happening"


def _patients(case: _Case) -> str:
    if case.counter.unit is not Unit.PATIENTS:
        return f"{case.counter.unit.word} are counted"
    if case.counter.among is not Among.TREATED:
        return f"the denominator is `{case.counter.among.word}`"
    return "patients who cannot be evaluated are left out" if case.counter.judged else ""


def _many(case: _Case) -> str:
    boundaries = case.rule.table.boundaries
    if len(boundaries) != 1:
        return f"the rule has {len(boundaries)} outcomes"
    if boundaries[0].statistic is not Quantity.COUNT:
        return "follow-up is weighted"
    return "" if boundaries[0].for_many else "it fires for few"


def _looks(case: _Case) -> str:
    look = case.rule.look
    if case.rule.wait is not Wait.NONE:
        return "looks wait for windows"
    if look.kind is LookKind.REPORT:
        return _every_report(case)
    for milestone in look.milestones:
        if milestone.unit not in {MilestoneUnit.TREATED, MilestoneUnit.DAYS}:
            return f"looks go by patients or reports that are {milestone.unit.word}"
        if look.kind is LookKind.EVERY and milestone.unit is MilestoneUnit.DAYS and _may_end_sooner(case):
            return "looks by the calendar go on while anything can change, and that may end sooner; use `at`"
    return ""


def _every_report(case: _Case) -> str:
    """A report that comes sooner is read with fewer patients, who must not have the higher bound."""
    if case.rule.data_cut:
        return "every report is followed by a look, but data are cut before it"
    boundary, before = case.rule.table.boundaries[0], 0
    for n in range(1, case.rule.plan.max_n + 1):
        at = boundary.bound[n] if n >= boundary.minimum_n else None
        bound = n + 1 if at is None else min(int(at), n + 1)
        if bound < before:
            return f"there is a look at every report, and the bound falls from {before} to {bound} at n = {n}"
        before = bound
    return ""


def _may_end_sooner(case: _Case) -> bool:
    """Whether the last course, or the last report, may come sooner where the event does."""
    event = case.program.events[case.event]
    return bool(
        event.response or event.ends_course or event.watched or event.detection or event.report
    ) or bool(_asking(case))


def _asking(case: _Case) -> list[str]:
    """Other events whose hazards the counted one starts, ends or changes."""
    return [
        case.program.events[part.event].name
        for part in case.program.components
        if part.event != case.event
        and (case.event in part.asks or (part.clock is ClockKind.EVENT and part.of == case.event))
    ]


def _first_is_told_first(case: _Case) -> str:
    """A patient counts from the first report of any of the events, which is to be that of the first event."""
    event = case.program.events[case.event]
    if event.withdrawn > 0.0:
        return f"reports of {event.name} may be withdrawn, so that a patient counts no more"
    if event.visit != NONE and (asking := _asking(case)):
        return f"{event.name} is found at visits, and meanwhile changes the hazard of {asking[0]}"
    varying = [
        delay for delay in (event.detection, event.report) if delay is not None and delay.constant is None
    ]
    if not event.repeats or not varying:
        return ""
    at_once = event.visit == NONE and (event.detection is None or event.detection.constant == 0.0)
    return "" if at_once and _never_again(case) else "a second event may be reported before the first"


def _never_again(case: _Case) -> bool:
    """Whether what follows a first event leaves no hazard in scope, and no two come on one instant."""
    program, parts = case.program, case.program.components_of(case.event)
    tables = [table for c in parts for table in program.components[c].tables]
    if any(t.cumulative[0] > 0.0 or len(set(t.knots)) < len(t.knots) for t in tables):
        return False
    after = {program.after_all(state, _response(case)) for state in _before(case)}
    return not any(
        program.components[c].multiplier[state] > 0.0 and _rank(case.counter.scope, program.states[state])
        for state in program.reachable(after)
        for c in parts
    )


def _response(case: _Case) -> tuple[int, ...]:
    """What the event itself does to a patient."""
    event = case.program.events[case.event]
    return ((event.happens,) if event.happens != NONE else ()) + event.response


def _scope(case: _Case) -> str:
    """In scope from entry on, and once out of it never again in it, as long as the event has not happened."""
    program, scope = case.program, case.counter.scope
    if scope.marks is not None:
        return "the scope names marks, so that a first event may not count"
    ranks = {state: _rank(scope, program.states[state]) for state in _before(case)}
    if any(ranks[state] < IN_SCOPE for state in program.entry_states):
        return "patients enter out of scope, where an event that comes sooner does not count"
    for state, rank in ranks.items():
        for operation in _operations(case, program.states[state].phase):
            after = program.after[state][operation]
            if after != NONE and ranks[after] > rank:
                phases = [program.phases[program.states[s].phase].name for s in (state, after)]
                return f"the scope may be left and entered again, from {phases[0]} to {phases[1]}"
    return ""


IN_SCOPE, NEAR_LAST_DOSE = 2, 1


def _rank(scope: ScopeTable, state: PatientState) -> int:
    """2 in scope, 1 for some days after the last dose, 0 out of it."""
    if any(state.levels[drug] not in levels for drug, levels in scope.levels):
        return 0
    on = scope.within_drug != NONE and state.levels[scope.within_drug] > 0
    if scope.phases is None or state.phase in scope.phases or on:
        return IN_SCOPE
    return NEAR_LAST_DOSE if scope.within_drug != NONE else 0


def _operations(case: _Case, phase: int) -> list[int]:
    """What may happen to a patient in a phase before the event has happened, and before the rule acts."""
    program, table = case.program, case.program.phases[phase]
    found = [operation for step in table.steps for operation in step.operations]
    found += [transition.operation for transition in table.next]
    for number in case.others:
        event = program.events[number]
        found += [*event.response, *([event.happens] if event.happens != NONE else ())]
        stops = [program.interrupts[operation] for operation in event.response]
        found += [program.resumes[stop.drug] for stop in stops if stop is not None]
    return found


def _before(case: _Case) -> list[int]:
    """States in which a patient may be to whom the event has not happened."""
    program, seen = case.program, list(case.program.entry_states)
    for state in seen:  # grows while it is walked
        for operation in _operations(case, program.states[state].phase):
            after = program.after[state][operation]
            if after != NONE and after not in seen:
                seen.append(after)
    return seen


CONDITIONS: dict[str, Callable[[_Case], str]] = {
    "every hazard of the box belongs to the event that is counted": _of_the_event,
    "patients are counted, among all treated": _patients,
    "the rule fires for many": _many,
    "patients are in scope from entry, and never again once they have left it": _scope,
    "a patient's first event is the first to be reported": _first_is_told_first,
    "looks go by entries or calendar, or follow every report with a bound that never falls": _looks,
}
