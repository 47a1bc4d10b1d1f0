"""Monitoring -> boundaries, scopes by index, denominators, and what is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil, inf

from simulator.contracts import ComparingRule, DelayTable, Plan, RuleTable
from simulator.model.action import HOLD_VERBS
from simulator.model.design import Design
from simulator.model.event import Event
from simulator.model.monitoring import ONE, Counts, Monitor, Scope
from simulator.program.dosing import DoseFindingTable
from simulator.program.looks import LookTable, lower_look
from simulator.program.reach import most_of, most_read
from simulator.program.rule_tables import CounterTable, HoldTable, MonitorTable, ScopeTable
from simulator.program.states import Operations
from simulator.program.tables import EventTable
from simulator.program.words import NONE, Among, MilestoneUnit, Population, Unit, Wait

__all__ = [
    "assessed_after",
    "by_endpoint",
    "largest_n",
    "look_of",
    "looks_apart",
    "looks_fixed",
    "looks_of",
    "lower_monitor",
    "outcomes_of",
    "plan_of",
    "read_apart",
    "ruling_out",
    "wait_of",
]

MOST_TURNS = 1_000  # of a loop through phases
MOST_RETURNS = 50  # times that a repeating event is expected to send one patient back to a phase, at most


def lower_monitor(
    design: Design, name: str, operations: Operations, events: Mapping[str, int], max_treated: int
) -> MonitorTable:
    """One monitoring entry with its rule lowered for every denominator it can meet."""
    monitor: Monitor = design.monitoring[name]
    endpoints = list(monitor.rule.endpoints)
    counts = by_endpoint(monitor)
    first = next(iter(counts.values()), None)  # in place of an endpoint that is not used; a board has none
    counted = [counts.get(endpoint, first) for endpoint in endpoints if first is not None]
    used = tuple(i for i, endpoint in enumerate(endpoints) if endpoint in counts)
    plan = plan_of(design, monitor, max_treated)
    rule = monitor.rule
    versus = rule.lower(plan) if isinstance(rule, ComparingRule) else None
    table = RuleTable(boundaries=()) if isinstance(rule, ComparingRule) else rule.lower(plan)
    verbs = {action.verb for action in monitor.then}
    return MonitorTable(
        name=name,
        plan=plan,
        table=table,
        versus=versus,
        endpoints=monitor.compare or tuple(endpoints),
        known_rates=tuple(monitor.rule.known_rates().get(endpoint) for endpoint in endpoints),
        counters=tuple(
            _counter(
                design,
                monitor,
                body,
                events,
                _harmful(monitor, table, i),
                monitor.arms if monitor.compare is None else (monitor.compare[i],),
            )
            for i, body in enumerate(counted)
        ),
        used=used,
        look=look_of(design, monitor),
        wait=wait_of(monitor),
        data_cut=monitor.data_cut,
        decision_lag=monitor.decision_lag,
        acts=bool(verbs - HOLD_VERBS),
        closes_accrual=bool(verbs & {"close_accrual", "end_trial"}),
        ends_trial="end_trial" in verbs,
        operations=operations.directed(monitor.then),
        concludes=next((a.name for a in monitor.then if a.verb == "conclude"), None),
        again=monitor.again,
        entries=monitor.entries is not None,
        until=plan.days[-1] if plan.days else 0.0,
        hold=_hold(name, monitor),
    )


def _hold(name: str, monitor: Monitor) -> HoldTable | None:
    """The hold of accrual among a rule's actions."""
    action = next((action for action in monitor.then if action.holds), None)
    if action is None:
        return None
    review = action.review
    days = action.days if review is None else review.takes
    ends = (days, days) if isinstance(days, float) else days
    return HoldTable(
        rule=name,
        takes=None if ends is None else DelayTable(probabilities=(0.0, 1.0), days=ends),
        reviewed=review is not None,
        resumes=1.0 if review is None else review.resumes,
    )


def outcomes_of(design: Design, monitor: Monitor) -> tuple[str, ...]:
    """Names of a rule's outcomes, in the order of their codes."""
    plan = plan_of(design, monitor, int(design.cap) if design.cap < inf else 0)
    if isinstance(monitor.rule, ComparingRule):
        return monitor.rule.lower(plan).outcomes
    return tuple(boundary.outcome for boundary in monitor.rule.lower(plan).boundaries)


def look_of(design: Design, monitor: Monitor) -> LookTable:
    """When a rule of the design looks."""
    arms = list(design.arms)
    compared = tuple(arms.index(arm) for arm in monitor.compare or () if arm in arms)
    each = compared or tuple(map(arms.index, design.open_arms))
    table = lower_look(monitor.look, list(design.events), arms, compared, each)
    if design.cap == inf:  # `check` refuses it
        return table
    most = [
        inf if m.unit in {"events", "days"} else most_of(design, monitor, m, int(design.cap))
        for m in monitor.look.milestones
    ]
    milestones = zip(table.milestones, most, strict=True)
    return replace(table, milestones=tuple(replace(m, most=limit) for m, limit in milestones))


def by_endpoint(monitor: Monitor) -> dict[str, Counts]:
    """What is counted per endpoint; a rule that uses one endpoint need not name it, nor one that compares the
    same in two arms.
    """
    used = monitor.rule.used_endpoints
    if monitor.compare is not None:
        return dict.fromkeys(used, next(iter(monitor.counts.values())))
    return {(used[0] if key == ONE else key): body for key, body in monitor.counts.items()}


def plan_of(design: Design, monitor: Monitor, max_treated: int) -> Plan:
    """What the rule may know of the trial. Looks are fixed where they count what one denominator counts."""
    if monitor.board is not None:
        return Plan(max_n=len(monitor.board.seats))
    if monitor.entries is not None:
        days = monitor.look.days_until(monitor.entries.horizon)
        return Plan(max_n=int(monitor.entries.horizon), days=days)
    counts = by_endpoint(monitor)
    bodies = [counts.get(endpoint) for endpoint in monitor.rule.endpoints]
    among = tuple((body.among if body else None) or monitor.among for body in bodies)
    read = {own for own, body in zip(among, bodies, strict=True) if body is not None}
    most = most_read(design, monitor, max_treated)
    every = looks = tuple(range(1, most + 1))
    several = len({design.window_of(body) for body in counts.values()}) > 1
    more = several and monitor.wait == "look"  # have been assessed for the shorter window by then
    of_patients = all(body.unit != "courses" for body in counts.values())
    if len(read) == 1 and of_patients and not (monitor.data_cut or more or monitor.compare):
        look = look_of(design, monitor)
        looks = looks_of(look, most, Among.of(read.pop()), wait_of(monitor))
    max_n = largest_n(design, monitor, most)
    share = _share_of_first(design, monitor)
    exposure = max_n * _longest_course(design) if monitor.rule.by_exposure else 0.0
    looks_at = None if looks == every else looks
    return Plan(max_n=max_n, looks=looks_at, among=among, share=share, exposure=exposure)


def _longest_course(design: Design) -> float:
    """Days of every phase one after another, 0 where one has no end; without phases the longest window."""
    days = sum(phase.lasts for phase in design.phases.values())
    windows = (event.assessed_within or 0.0 for event in design.events.values())
    return (days if days < inf else 0.0) if design.phases else max(windows, default=0.0)


def _share_of_first(design: Design, monitor: Monitor) -> float:
    """Of two arms compared the first one's part of the allocation to both; 1/2 where none are."""
    shares = [design.arms[arm].share for arm in monitor.compare or () if arm in design.arms]
    return shares[0] / sum(shares) if len(shares) == 2 and any(shares) else 0.5


def wait_of(monitor: Monitor) -> Wait:
    """Whether looks wait, and accrual with them."""
    return Wait.NONE if monitor.wait is None else Wait.of(monitor.wait)


def looks_of(schedule: LookTable, max_n: int, among: Among, wait: Wait) -> tuple[int, ...]:
    """The n that looks read, the closing one included, where the schedule fixes them; else every n."""
    return schedule.patients(max_n) if looks_fixed(schedule, among, wait) else tuple(range(1, max_n + 1))


def looks_fixed(schedule: LookTable, among: Among, wait: Wait) -> bool:
    """Whether the schedule counts what the denominator counts.

    A schedule by patients treated reads as many completed ones only if it waits for them.
    """
    if any(milestone.groups or milestone.everyone for milestone in schedule.milestones):
        return False  # it counts patients of other arms
    units = {milestone.unit for milestone in schedule.milestones}
    by_treated, by_completed = units == {MilestoneUnit.TREATED}, units == {MilestoneUnit.COMPLETED}
    same = by_treated if among is Among.TREATED else by_completed and among is Among.COMPLETED
    waited = by_treated and among is Among.COMPLETED and wait is not Wait.NONE
    return same or waited


def read_apart(table: MonitorTable) -> bool:
    """Whether endpoints have looks of their own, so that one may be read, and fire, before the other."""
    return looks_apart(table.look, [table.counters[i].window for i in table.used], table.wait)


def looks_apart(look: LookTable, windows: Sequence[float | None], wait: Wait) -> bool:
    """The same of a schedule. windows: one per endpoint."""
    units = {milestone.unit for milestone in look.milestones}
    differ = MilestoneUnit.COMPLETED in units and len(set(windows)) > 1
    return wait is Wait.NONE and len(windows) > 1 and (differ or MilestoneUnit.KNOWN in units)


def largest_n(design: Design, monitor: Monitor, max_treated: int) -> int:
    """Largest denominator: patients, or courses where those are counted."""
    if all(counts.unit != "courses" for counts in monitor.counts.values()):
        return max_treated
    rounds = _rounds(design)
    courses = sum(
        int(rounds[name]) * ceil(phase.lasts / phase.course)
        for name, phase in design.phases.items()
        if phase.course
    )
    return max_treated * max(courses, 1)


def _rounds(design: Design) -> dict[str, float]:
    """How often one patient can enter each phase: by the course, by each transition, by each `go_to`.

    A transition is taken as often as its phase is entered, at most `at_most` times; loops have such a bound.
    """
    first = next(iter(design.phases), None)
    jumps = Counter(
        action.name
        for monitor in design.monitoring.values()
        for action in monitor.then
        if action.verb == "go_to"
    )
    for event in design.events.values():
        for action in event.when_detected:
            if action.verb == "go_to":
                jumps[action.name] += MOST_RETURNS if event.repeats else 1
    rounds = dict.fromkeys(design.phases, 0.0)
    for _ in range(MOST_TURNS):
        found = {name: float(jumps[name] + (name == first)) for name in design.phases}
        for name, phase in design.phases.items():
            for t in phase.next:
                found[t.to] += min(t.at_most or inf, rounds[name])
        if found == rounds:
            break
        rounds = found
    return rounds


def _harmful(monitor: Monitor, table: RuleTable, endpoint: int) -> bool:
    """Whether many events of the endpoint are bad: the rule says so, or they are what stops."""
    if monitor.rule.endpoints[endpoint] in monitor.rule.good:
        return False
    decided = [b for b in table.boundaries if b.reading == endpoint] or table.boundaries
    return decided[0].for_many if decided else True  # what compares two arms stops for many in the first


def _counter(
    design: Design,
    monitor: Monitor,
    counts: Counts,
    events: Mapping[str, int],
    harmful: bool,
    arms: tuple[str, ...] | None,
) -> CounterTable:
    event, among = design.events[counts.event], Among.of(counts.among or monitor.among)
    names = list(design.arms)
    return CounterTable(
        event=events[counts.event],
        unit=Unit.of(counts.unit),
        among=among,
        window=design.window_of(counts) or inf,
        ruled_out_by=tuple(events[name] for name in ruling_out(event)),
        harmful=harmful,
        scope=_scope(design, counts.scope or monitor.scope, counts.event),
        judged=design.dose_finding is not None
        and counts.event == design.dose_finding.event
        and among is not Among.TREATED,
        arms=None if arms is None else frozenset(names.index(arm) for arm in arms if arm in names),
        population=Population.of(monitor.population),
        n_arms=len(names),
        once=counts.unit != "events" or not event.repeats,
    )


def ruling_out(event: Event) -> tuple[str, ...]:
    """Events after which this one can no longer come: those named, and what an absence waits for."""
    return (*event.ruled_out_by, *([event.absence_of] if event.absence_of is not None else []))


def _scope(design: Design, scope: Scope, event: str) -> ScopeTable:
    phases, drugs = list(design.phases), list(design.drugs)
    marks = design.events[event].marks
    within = scope.or_within
    return ScopeTable(
        phases=None if scope.phases is None else frozenset(phases.index(p) for p in scope.phases),
        within_days=float(within.days) if within else 0.0,
        within_drug=drugs.index(within.of_last) if within else NONE,
        marks=None if scope.marks is None else frozenset(marks.index(m) for m in scope.marks),
        levels=tuple(
            (drugs.index(drug), frozenset(design.drugs[drug].index(level) + 1 for level in levels))
            for drug, levels in (scope.doses or {}).items()
        ),
        at_mtd=scope.dose is not None,
    )


def assessed_after(
    events: Sequence[EventTable], monitors: Sequence[MonitorTable], dosing: DoseFindingTable | None
) -> float:
    """Days after which decisions on a patient have taken effect, if every patient is looked at.

    inf where something counted has no window.
    """
    days = [dosing.window if dosing else 0.0]
    for monitor in monitors:
        for i in monitor.used:
            counter = monitor.counters[i]
            delays = (events[counter.event].detection, events[counter.event].report)
            late = sum(delay.days[-1] for delay in delays if delay is not None)
            days.append(counter.window + late + monitor.data_cut + monitor.decision_lag)
    return max(days)
