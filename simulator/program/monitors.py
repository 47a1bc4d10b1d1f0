"""Monitoring -> integer boundaries, scopes by index, and what is done."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.model.design import Design
from simulator.model.monitoring import Monitor, Scope
from simulator.program.states import Operations
from simulator.program.tables import CounterTable, MonitorTable, ScopeTable

__all__ = ["lower_monitor"]


def lower_monitor(
    design: Design, name: str, operations: Operations, events: Mapping[str, int], max_n: int
) -> MonitorTable:
    """One monitoring entry with its rule lowered for n = 0 ... max_n."""
    monitor: Monitor = design.monitoring[name]
    counter = CounterTable(
        event=events[monitor.counts.event],
        per_patient=monitor.counts.unit == "patients",
        scope=_scope(design, monitor.scope, monitor.counts.event),
    )
    verbs = {action.verb for action in monitor.then}
    return MonitorTable(
        name=name,
        table=monitor.rule.lower(max_n),
        counters=(counter,),
        look=monitor.look,
        data_cut=monitor.data_cut,
        decision_lag=monitor.decision_lag,
        acts=bool(monitor.then),
        closes_accrual=bool(verbs & {"close_accrual", "end_trial"}),
        ends_trial="end_trial" in verbs,
        operations=operations.of(monitor.then),
        concludes=next((a.name for a in monitor.then if a.verb == "conclude"), None),
    )


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
    )
