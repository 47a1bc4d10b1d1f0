"""Rules that count patients whose window is over: exact by forward recursion over the looks."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from simulator.exact.over_rates import RESPONSE, TOXICITY, is_joint
from simulator.model.metric import Key
from simulator.program.monitors import read_apart
from simulator.program.patient import in_window
from simulator.program.rule_tables import CounterTable, MonitorTable
from simulator.program.tables import Program
from simulator.program.textbook import bounds_at, bounds_of, outcomes_in_question
from simulator.program.traits import trait_mixture
from simulator.program.words import Arrivals, MilestoneUnit, Unit, Wait, WhileHeld
from simulator.stats.binomial import MonitoredBinomial
from simulator.stats.binomial import monitor as monitor_one
from simulator.stats.joint import FourCells, MonitoredJoint, monitor_joint

__all__ = [
    "completed_values",
    "goes_on",
    "looks_by_patients",
    "told_at_once",
    "too_few_may_come",
    "unlike_textbook",
]


def completed_values(program: Program, monitor: MonitorTable) -> dict[Key, float] | str:
    """Metric key -> exact value, or why there is none.

    Patients are alike and independent, and the denominator of each look is known beforehand: the
    textbook case, whatever the accrual.
    """
    if reason := outcomes_in_question(monitor.table) or unlike_textbook(program, monitor):
        return reason
    looks = looks_by_patients(program, monitor)
    if isinstance(looks, str):
        return looks
    endpoints = []
    for i in monitor.used:
        found = in_window(program, monitor.counters[i])
        if isinstance(found, str):
            return found
        endpoints.append([event.ever for event in found])
    weights = [weight for weight, _ in trait_mixture(program)]
    if len(endpoints) == 1:
        p = sum(w * q for w, q in zip(weights, endpoints[0], strict=True))
        return _one(monitor, looks, p)
    try:
        values = _joint(monitor, looks, _cells(weights, *endpoints))
    except ValueError as error:  # more patients than can be followed
        return str(error)
    return _whichever_is_first(monitor, values) if read_apart(monitor) else values


def goes_on(monitor: MonitorTable) -> bool:
    """Whether accrual and courses go on as if the rule had not fired."""
    return not (monitor.closes_accrual or monitor.operations or monitor.hold)


def unlike_textbook(program: Program, monitor: MonitorTable) -> str:
    """Why the rule is not the textbook's, "" if it is."""
    if reason := too_few_may_come(program):
        return reason
    counters = [monitor.counters[i] for i in monitor.used]
    reasons = {
        "the endpoints are not toxicity and response": len(counters) > 1 and not is_joint(monitor.table),
        "events or courses are counted, not patients": any(c.unit is not Unit.PATIENTS for c in counters),
        "data are cut before the look": monitor.data_cut > 0.0,
        "the endpoints count the same event": len({c.event for c in counters}) < len(counters),
        "looks that wait read more patients of the endpoint with the shorter window": (
            monitor.wait is Wait.LOOK and len({c.window for c in counters}) > 1
        ),
        "a counted event has no window": any(c.window == inf for c in counters),
    }
    for counter in counters:
        if reason := told_at_once(program, counter):
            reasons[reason] = True
        event = program.events[counter.event]
        changes = len(counters) > 1 and bool(event.response or event.ends_course)
        reasons[f"the event `{event.name}` changes the course"] = changes
    return next((reason for reason, holds in reasons.items() if holds), "")


def told_at_once(program: Program, counter: CounterTable) -> str:
    """Why an event may be known only after the window in which it counts, "" if it is known on its day."""
    event = program.events[counter.event]
    delays = [delay for delay in (event.detection, event.report) if delay is not None]
    late = event.visit >= 0 or any(delay.days[-1] > 0.0 for delay in delays)
    return f"`{event.name}` may be reported after the window" if late else ""


def too_few_may_come(program: Program) -> str:
    """Why a trial that is not stopped may have fewer patients than the design allows, "" if it has not."""
    if program.accrual_days < inf:
        return "accrual ends on a day"
    if program.accrual.kind is not Arrivals.UNIFORM or program.while_held is WhileHeld.ON_DEMAND:
        return ""
    if program.accrual.candidates < program.max_treated:
        return "fewer candidates turn up than may enter"
    held = (
        program.stagger or program.dosing or any(m.wait is Wait.ACCRUAL or m.hold for m in program.monitors)
    )
    lost = program.while_held is WhileHeld.LOST and held
    return "of so many candidates in all some may be lost" if lost else ""


def _whichever_is_first(monitor: MonitorTable, values: dict[Key, float]) -> dict[Key, float]:
    """What does not depend on which endpoint is read first: that one of them ever crosses its bound.

    Every endpoint is read at each of its n whatever the other one's looks, until the trial stops.
    """
    ever = {Key("p_stop"), Key("p_stop", rule=monitor.name), Key("p_fired", rule=monitor.name)}
    return {key: value for key, value in values.items() if key in ever}


def looks_by_patients(program: Program, monitor: MonitorTable) -> list[int] | str:
    """Patients completed at each look."""
    schedule, n = monitor.look, program.max_treated
    unit = MilestoneUnit.COMPLETED if monitor.wait is Wait.NONE else MilestoneUnit.TREATED
    if not schedule.kind.by_milestones or any(m.unit != unit for m in schedule.milestones):
        return "looks are not set by the number of patients completed"
    return list(schedule.patients(n)) or "no look is reached"


def _cells(weights: list[float], toxicity: list[float], response: list[float]) -> FourCells:
    """One patient's pair of outcomes: independent given the traits."""
    rows = list(zip(weights, toxicity, response, strict=True))
    both = sum(w * t * r for w, t, r in rows)
    tox, resp = sum(w * t for w, t, _ in rows), sum(w * r for w, _, r in rows)
    return FourCells(
        both=both,
        response_only=resp - both,
        toxicity_only=tox - both,
        neither=max(1.0 - tox - resp + both, 0.0),
    )


def _one(monitor: MonitorTable, looks: list[int], p: float) -> dict[Key, float]:
    endpoint = monitor.used[0]
    upper, lower = bounds_of(monitor.table, endpoint, looks)
    oc = monitor_one(looks, p, upper=upper, lower=lower, max_n=looks[-1])
    out = _stops(monitor, looks, oc)
    fired = {b.outcome: oc.p_upper if b.for_many else oc.p_lower for b in monitor.table.boundaries}
    out |= _outcomes(monitor, fired)
    return out | _read(monitor, looks[-1], oc.expected_n, {None: oc.expected_events})


def _joint(monitor: MonitorTable, looks: list[int], cells: FourCells) -> dict[Key, float]:
    toxicity = bounds_at(monitor.table, TOXICITY, looks, for_many=True)
    response = bounds_at(monitor.table, RESPONSE, looks, for_many=False)
    oc = monitor_joint(looks, cells, toxicity=toxicity, response=response, max_n=looks[-1])
    out = _stops(monitor, looks, oc)
    first = monitor.table.boundaries[0].reading  # where both hold at one look, the first listed wins
    fired = {TOXICITY: oc.p_toxicity_only, RESPONSE: oc.p_response_only}
    fired[first] += oc.p_both
    out |= _outcomes(monitor, {b.outcome: fired[b.reading] for b in monitor.table.boundaries})
    events = {TOXICITY: oc.expected_toxicities, RESPONSE: oc.expected_responses}
    of_each: dict[str | None, float] = {monitor.endpoints[i]: events[i] for i in monitor.used}
    return out | _read(monitor, looks[-1], oc.expected_n, of_each)


def _read(monitor: MonitorTable, last: int, n: float, x: Mapping[str | None, float]) -> dict[Key, float]:
    """E[n] and E[x] at the last look, by endpoint where there are several.

    n, x: where it first fires. A rule that may fire again looks on to the last look, if it changes nothing;
    else how far is left to who entered before the stop.
    """
    if monitor.again and not goes_on(monitor):
        return {}
    if monitor.again:
        x = {endpoint: last * events / n for endpoint, events in x.items()}  # E[x] = p E[n] (Wald)
        n = float(last)
    found: dict[Key, float] = {}
    for endpoint, events in x.items():
        found[Key("n_read", rule=monitor.name, endpoint=endpoint)] = n
        found[Key("x_read", rule=monitor.name, endpoint=endpoint)] = events
    return found


def _stops(
    monitor: MonitorTable, looks: list[int], oc: MonitoredBinomial | MonitoredJoint
) -> dict[Key, float]:
    fired = {} if monitor.may_stop and not monitor.again else {Key("p_fired", rule=monitor.name): oc.p_stop}
    if not monitor.acts:
        return fired
    last, look = looks[-1], monitor.look
    again = look.closing and last in look.scheduled(last)  # and read once more at the end
    return fired | {
        Key("p_stop"): oc.p_stop,
        Key("p_stop", rule=monitor.name): oc.p_stop,
        Key("p_stop_before_last_look"): oc.p_stop if again else oc.p_stop_before_last,
    }


def _outcomes(monitor: MonitorTable, fired: dict[str, float]) -> dict[Key, float]:
    if len(fired) < 2 or not monitor.acts:
        return {}
    return {Key("p_stop", rule=monitor.name, outcome=outcome): p for outcome, p in fired.items()}
