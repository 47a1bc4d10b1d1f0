"""Patients who have entered by the time a rule on patients completed stops the trial, under each accrual."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from simulator.exact.completed import told_at_once, too_few_may_come
from simulator.exact.over_rates import over_rates
from simulator.program.arrivals import ArrivalTable
from simulator.program.patient import own_rate
from simulator.program.rule_tables import MonitorTable
from simulator.program.tables import Program
from simulator.program.textbook import without_textbook
from simulator.program.words import Among, Arrivals, LookKind, MilestoneUnit, Wait
from simulator.stats.pending import Accrual, Equally, Poisson, Uniformly, expected_day, expected_enrolled

__all__ = ["Enrolled", "enrolled_at_stop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """One rule as if it were alone. rate: of the event counted; the rest: E at the stop, or at the end."""

    rate: float
    assessed: float
    enrolled: float
    day: float


def enrolled_at_stop(program: Program, monitor: MonitorTable) -> Enrolled | str:
    """E[patients assessed], E[patients enrolled] and E[day] when the rule stops, or why there are none."""
    if reason := without_textbook(monitor) or _reason(program, monitor):
        return reason
    counter = monitor.counters[monitor.used[0]]
    rate, accrual = own_rate(program, counter), _accrual(program.accrual, program.max_treated)
    if isinstance(rate, str) or isinstance(accrual, str):
        return rate if isinstance(rate, str) else str(accrual)
    curves = over_rates(monitor, program.max_treated, [rate])
    if not curves:
        return "no look is reached"
    (course,) = curves[0].results
    tau = counter.window + monitor.decision_lag
    return Enrolled(
        rate=rate,
        assessed=course.expected_n,
        enrolled=float(expected_enrolled([course], accrual, tau)[0]),
        day=float(expected_day([course], accrual, tau)[0]),
    )


def _reason(program: Program, monitor: MonitorTable) -> str:
    """Why the n-th patient completed is not the n-th who entered, assessed a window after entry."""
    counter = monitor.counters[monitor.used[0]]
    by_completed = monitor.look.kind is LookKind.EVERY or monitor.look.kind is LookKind.AT
    units = {milestone.unit for milestone in monitor.look.milestones}
    reasons = {
        "it does not close accrual": not monitor.closes_accrual,
        "two endpoints are read": len(monitor.used) > 1,
        "candidates are screened": program.screening is not None,
        "patients are in arms, which blocks do not fill at random": program.arms is not None,
        "looks are not counted in patients completed": counter.among is not Among.COMPLETED
        or not by_completed
        or units != {MilestoneUnit.COMPLETED},
        "looks wait": monitor.wait is not Wait.NONE,
        "data are cut before the look": monitor.data_cut > 0.0,
        "a counted event has no window": counter.window == inf,
        "accrual is held": bool(program.stagger or program.dosing),
    }
    found = next((reason for reason, holds in reasons.items() if holds), "")
    return found or told_at_once(program, counter) or too_few_may_come(program)


def _accrual(table: ArrivalTable, max_n: int) -> Accrual | str:
    """The law of entries, where the expectation is known."""
    if table.kind is Arrivals.EVERY:
        return Equally(every_days=table.every_days)
    if table.kind is Arrivals.POISSON:
        return Poisson(per_day=table.per_day)
    if table.kind is Arrivals.UNIFORM and table.candidates == max_n:
        return Uniformly(within_days=table.within)
    return "entries are neither equally spaced, nor Poisson, nor of just so many on uniform days"
