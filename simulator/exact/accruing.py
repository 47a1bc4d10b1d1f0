"""Exact chances of rules that read accrual: entries of a Poisson process, looked at on days."""

from __future__ import annotations

import numpy as np

from simulator.model.metric import Key
from simulator.program.rule_tables import MonitorTable
from simulator.program.tables import Program
from simulator.program.words import Arrivals, WhileHeld
from simulator.stats.pace import poisson_looks

__all__ = ["accrual_values"]


def accrual_values(program: Program, monitor: MonitorTable) -> dict[Key, float] | str:
    """Of the only rule, which reads accrual: P(stop) and E[patients]; or why there are none."""
    law = program.accrual
    reasons = {
        "candidates do not come as a Poisson process": law.kind not in (Arrivals.POISSON, Arrivals.PIECES),
        "candidates are at hand on demand": program.while_held is WhileHeld.ON_DEMAND,
        "entries are apart": program.stagger > 0.0,
        "what the rule decides takes a while": monitor.decision_lag > 0.0,
        "the rule does not close accrual": monitor.acts and not monitor.closes_accrual,
        "the rule may fire again": monitor.again and monitor.acts,
    }
    for reason, holds in reasons.items():
        if holds:
            return reason
    days = [day for day in monitor.plan.days if day > 0.0]
    bounds = [_bound(monitor, day) for day in days]
    due = [law.expected_by(min(day, program.accrual_days)) for day in (*days, program.accrual_days)]
    found = poisson_looks(np.diff([0.0, *due]), bounds, program.max_treated)
    stop = float(found.stops.sum())
    if not monitor.acts:
        return {Key("p_fired", rule=monitor.name): stop}
    return {Key("p_stop"): stop, Key("p_stop", rule=monitor.name): stop, Key("n_enrolled"): found.entered}


def _bound(monitor: MonitorTable, day: float) -> int | None:
    (boundary,) = monitor.table.boundaries
    bound = boundary.bound[min(int(day), monitor.plan.max_n)]
    return None if bound is None else int(bound)
