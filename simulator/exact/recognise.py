"""Which exact calculation fits a Program, and what it gives."""

from __future__ import annotations

import itertools
from math import ceil

from simulator.exact.accruing import accrual_values
from simulator.exact.boards import board_values
from simulator.exact.completed import completed_values, too_few_may_come
from simulator.exact.dosing import dosing_values
from simulator.exact.staggered import StaggeredRule
from simulator.exact.two_arms import two_arm_values
from simulator.model.metric import Key
from simulator.program.patient import FirstEvent, first_event
from simulator.program.rule_tables import MonitorTable
from simulator.program.tables import Program
from simulator.program.textbook import bounds_at
from simulator.program.words import Among, Arrivals, LookKind, Wait, WhileHeld
from simulator.stats.poisson_binomial import WHOLE, at_least, mean_up_to
from simulator.units import quantise

__all__ = ["exact_values"]

NO_SCOPE_LEFT = 1e-12
TIMES_UP_TO = 150  # patients; times of more are left to simulation, the integral taking seconds


def exact_values(program: Program) -> tuple[dict[Key, float], str]:
    """(metric key -> exact value, "") or ({}, the reason why there is none)."""
    if beyond := _beyond(program):
        return {}, beyond
    if program.arms is not None:
        compared = two_arm_values(program)
        return ({}, compared) if isinstance(compared, str) else (compared, "")
    if program.dosing is not None:
        values = dosing_values(program, program.dosing)
        return ({}, values) if isinstance(values, str) else (values, "")
    if any(monitor.votes is not None for monitor in program.monitors):
        boards = board_values(program)
        return ({}, boards) if isinstance(boards, str) else (boards | _conclusions(program, boards), "")
    if len(program.monitors) != 1:
        return {}, "there are several rules" if program.monitors else "there is no rule"
    monitor = program.monitors[0]
    if monitor.entries:
        entered = accrual_values(program, monitor)
        return ({}, entered) if isinstance(entered, str) else (entered, "")
    found = completed_values(program, monitor) if monitor.among_completed else _treated_values(program)
    return ({}, found) if isinstance(found, str) else (found | _conclusions(program, found), "")


def _beyond(program: Program) -> str:
    """What no exact calculation follows; "" for nothing."""
    if any(monitor.hold is not None for monitor in program.monitors):
        return "a rule holds accrual"
    if program.amendments and program.dosing is None:
        return "the protocol is amended"
    screened = program.screening is not None and program.arms is None
    return "candidates are screened" if screened else ""


def _conclusions(program: Program, found: dict[Key, float]) -> dict[Key, float]:
    """The only rule that acts concludes, first of all, whenever it fires."""
    out = {}
    for monitor in program.monitors:
        fired = found.get(Key("p_stop" if monitor.may_stop else "p_fired", rule=monitor.name))
        if monitor.concludes and fired is not None:
            for name in ("p_conclude", "p_conclude_first"):
                out[Key(name, conclusion=monitor.concludes)] = fired
    return out


def _treated_values(program: Program) -> dict[Key, float] | str:
    """Of a rule among everyone treated, whose reports come while others are still entering."""
    monitor = _monitor(program)
    if isinstance(monitor, str):
        return monitor
    bounds = _bounds(monitor)
    if isinstance(bounds, str):
        return bounds
    patient = first_event(program, monitor.counters[0])
    if isinstance(patient, str):
        return patient
    event = program.events[monitor.counters[0].event]
    every, n = _days_between_entries(program), program.max_treated
    rule = StaggeredRule(
        first_event=patient,
        entries=[i * (every or 0.0) for i in range(n)],
        bounds=bounds,
        lag=sum(d.days[0] for d in (event.detection, event.report) if d is not None),
        decision_lag=monitor.decision_lag,
        closes_accrual=monitor.closes_accrual,
    )
    if every is not None:
        try:
            values = rule.values(monitor.name, program.planned_dosing_days(), with_times=n <= TIMES_UP_TO)
        except ValueError as error:  # more states than can be followed
            return str(error)
    elif rule.constant is not None:
        p_stop = at_least([patient.ever] * n, rule.constant)
        values = {Key("p_stop"): p_stop, Key("p_stop", rule=monitor.name): p_stop}
    else:
        return "the boundary rises with n while entries are random"
    return values | _patients_with_event(program, monitor, rule)


def _days_between_entries(program: Program) -> float | None:
    """From each entry to the next, where candidates come at equal distances; None where at random.

    Within the stagger they are lost, so that the next one after it enters, or wait, and enter at its end.
    """
    law, stagger = program.accrual, program.stagger
    if program.while_held is WhileHeld.ON_DEMAND:
        return stagger
    if law.kind is not Arrivals.EVERY:
        return None
    if program.while_held is WhileHeld.QUEUED:
        return max(law.every_days, stagger)
    passed = max(ceil(stagger / law.every_days) - 1, 1)  # one less than it takes, but for rounding
    while quantise(passed * law.every_days) < quantise(stagger):
        passed += 1
    return passed * law.every_days


def _monitor(program: Program) -> MonitorTable | str:
    """The only rule, if it is of a kind that is calculated."""
    monitor = program.monitors[0]
    if len(monitor.counters) != 1 or len(monitor.table.boundaries) != 1:
        return "the rule has several endpoints or outcomes"
    if not monitor.acts:
        return "the rule does not act"
    if monitor.counters[0].among is not Among.TREATED or monitor.wait is not Wait.NONE:
        return "the denominator is not everyone treated"
    if monitor.look.kind is not LookKind.REPORT:
        return "the rule does not look at every report"
    if monitor.data_cut:
        return "data are cut before the look"
    return too_few_may_come(program) or monitor


def _bounds(monitor: MonitorTable) -> list[int] | str:
    """Bounds for n = 1 ... N with n + 1 for never."""
    if not monitor.table.boundaries[0].for_many:
        return "the rule stops for few events"
    found = bounds_at(monitor.table, 0, range(1, monitor.plan.max_n + 1), for_many=True)
    bounds = [n + 1 if at is None else at for n, at in enumerate(found, start=1)]
    if any(a > b for a, b in itertools.pairwise(bounds)):
        return "the boundary falls as n grows"
    return bounds


def _patients_with_event(program: Program, monitor: MonitorTable, rule: StaggeredRule) -> dict[Key, float]:
    """Patients with the event: sum of P(X >= j), j = 1 ... k, when a stop at once ends the hazard.

    Needs a constant bound k, no lag, every hazard in scope, and directives that leave none.
    """
    k, patient = rule.constant, rule.first_event
    if k is None or rule.lag or rule.decision_lag or not _stop_ends_hazard(program, monitor, patient):
        return {}
    tables = [t for c in program.components_of(patient.event) for t in program.components[c].tables]
    if any(t.cumulative[0] > 0.0 or len(set(t.knots)) < len(t.knots) for t in tables):
        return {}  # several patients may have the event at one instant, past k
    beyond = FirstEvent(program, patient.event, program.planned_days)
    if beyond.ever - patient.ever > NO_SCOPE_LEFT:
        return {}
    everyone = [patient.ever] * program.max_treated
    k = min(k, program.max_treated)  # no more have the event, whatever the bound
    if program.max_treated > WHOLE:
        mean = mean_up_to(everyone, k)
    else:
        mean = sum(at_least(everyone, j) for j in range(1, k + 1))
    name = program.events[patient.event].name
    return {Key("patients_with", event=name): mean, Key("patients_with", event=name, word="before"): mean}


def _stop_ends_hazard(program: Program, monitor: MonitorTable, patient: FirstEvent) -> bool:
    """Whether no component of the event acts in any state that can follow the stop."""
    if not monitor.closes_accrual:
        return False
    stopped = (program.after_all(state, monitor.operations) for state in range(len(program.states)))
    seen = program.reachable(stopped)
    components = program.components_of(patient.event)
    return all(program.components[c].multiplier[state] == 0.0 for c in components for state in seen)
