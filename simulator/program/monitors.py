"""Monitoring -> boundaries, scopes by index, denominators, and what is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import ceil, inf

from simulator.contracts import CountTable, ExposureTable
from simulator.model.design import Design
from simulator.model.event import Event
from simulator.model.monitoring import ONE, Counts, Monitor, Scope
from simulator.program.states import Operations
from simulator.program.tables import CounterTable, MonitorTable, ScopeTable

__all__ = ["by_endpoint", "largest_n", "lower_monitor", "ruling_out"]

MOST_TURNS = 1_000  # of a loop through phases
MOST_RETURNS = 50  # times that a repeating event is expected to send one patient back to a phase, at most


def lower_monitor(
    design: Design, name: str, operations: Operations, events: Mapping[str, int], max_treated: int
) -> MonitorTable:
    """One monitoring entry with its rule lowered for every denominator it can meet."""
    monitor: Monitor = design.monitoring[name]
    endpoints = list(monitor.rule.endpoints)
    counts = by_endpoint(monitor)
    used = tuple(i for i, endpoint in enumerate(endpoints) if endpoint in counts)
    weighted = any((body.among or monitor.among) == "weight" for body in counts.values())
    max_n = largest_n(design, monitor, max_treated)
    table = monitor.rule.lower_exposure(max_n) if weighted else monitor.rule.lower(max_n)
    first = next(iter(counts.values()))
    verbs = {action.verb for action in monitor.then}
    return MonitorTable(
        name=name,
        table=table,
        endpoints=tuple(endpoints),
        counters=tuple(
            _counter(design, monitor, counts.get(endpoint, first), events, _harmful(monitor, table, i))
            for i, endpoint in enumerate(endpoints)
        ),
        used=used,
        look=monitor.look,
        wait=monitor.wait,
        data_cut=monitor.data_cut,
        decision_lag=monitor.decision_lag,
        acts=bool(monitor.then),
        closes_accrual=bool(verbs & {"close_accrual", "end_trial"}),
        ends_trial="end_trial" in verbs,
        operations=operations.of(monitor.then),
        concludes=next((a.name for a in monitor.then if a.verb == "conclude"), None),
    )


def by_endpoint(monitor: Monitor) -> dict[str, Counts]:
    """What is counted per endpoint; a rule that uses one endpoint need not name it."""
    used = getattr(monitor.rule, "used_endpoints", monitor.rule.endpoints)
    return {(used[0] if key == ONE else key): body for key, body in monitor.counts.items()}


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


def _harmful(monitor: Monitor, table: CountTable | ExposureTable, endpoint: int) -> bool:
    """Whether many events of the endpoint are bad: the rule says so, or they are what stops."""
    if monitor.rule.endpoints[endpoint] in getattr(monitor.rule, "good", ()):
        return False
    boundary = next((b for b in table.boundaries if b.endpoint == endpoint), table.boundaries[0])
    many = "at_least" if isinstance(table, CountTable) else "at_most"
    return boundary.direction == many


def _counter(
    design: Design, monitor: Monitor, counts: Counts, events: Mapping[str, int], harmful: bool
) -> CounterTable:
    event = design.events[counts.event]
    return CounterTable(
        event=events[counts.event],
        unit=counts.unit,
        among=counts.among or monitor.among,
        window=counts.window or event.assessed_within or inf,
        ruled_out_by=tuple(events[name] for name in ruling_out(event)),
        harmful=harmful,
        scope=_scope(design, counts.scope or monitor.scope, counts.event),
        judged=design.dose_finding is not None
        and counts.event == design.dose_finding.event
        and (counts.among or monitor.among) != "treated",
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
        within_drug=drugs.index(within.of_last) if within else -1,
        marks=None if scope.marks is None else frozenset(marks.index(m) for m in scope.marks),
        levels=tuple(
            (drugs.index(drug), frozenset(design.drugs[drug].index(level) + 1 for level in levels))
            for drug, levels in (scope.doses or {}).items()
        ),
        at_mtd=scope.dose is not None,
    )
