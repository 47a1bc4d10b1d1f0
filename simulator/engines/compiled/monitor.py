"""A stopping rule at work: `reference.monitor` as kernels."""

from __future__ import annotations

import math
from typing import Any

from simulator.contracts import NOT_READ, SHARES
from simulator.engines.compiled import codes, queue
from simulator.engines.compiled.accrual import hold
from simulator.engines.compiled.answers import row_entry
from simulator.engines.compiled.denominator import (
    assessed,
    enter,
    follow_up,
    known,
    last_report,
    observe,
    treated,
)
from simulator.engines.compiled.described import Ints
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.places import place_of
from simulator.engines.compiled.records.course import Occurrence, Patient
from simulator.engines.compiled.records.rows import firing_row_at, look_row_at
from simulator.engines.compiled.records.rules import Counter, Milestone, Monitor
from simulator.engines.compiled.records.trial import Trial
from simulator.engines.compiled.rows import new_row
from simulator.engines.compiled.tables import quantise

__all__ = [
    "closing_look",
    "look",
    "on_calendar",
    "on_progress",
    "on_report",
    "schedule_calendar",
    "waited",
    "watch_windows",
]

UNREAD_N, UNREAD_X = float(NOT_READ.n), NOT_READ.x  # of an endpoint that a look does not read


@kernel
def watch_windows(trial: Trial, monitor: Monitor, patient: Patient) -> None:
    """Tell a rule that counts assessed patients when this one's windows are over."""
    order = queue.pack(queue.WINDOW, patient.number, monitor.number)
    for i in range(monitor.n_windows):
        day = quantise(patient.entry + monitor.windows[i])
        queue.schedule(trial, day, order, codes.WINDOW_OVER, place_of(monitor))


@kernel
def on_report(trial: Trial, monitor: Monitor, occurrence: Occurrence) -> None:
    """A report arrived: a rule that looks at every report asks for a look if it counts."""
    used, counted = monitor.used, False
    for i in range(used.length):
        if enter(trial, trial.counters[used[i]], occurrence):
            counted = True
    if monitor.schedule == codes.EVERY_REPORT:
        if counted:
            _all_due(trial, monitor)
            _due(trial, monitor)
    elif monitor.on_reports != 0:
        on_progress(trial, monitor)


@kernel
def on_progress(trial: Trial, monitor: Monitor) -> None:
    """A count may have gone up: a look is due when a milestone is reached or passed.

    Milestones that count windows count them per endpoint, and have that endpoint read alone.
    """
    if monitor.fired != 0 or monitor.schedule < codes.EVERY:
        return
    now, used, due, everything = trial.now, monitor.used, False, False
    for m in range(monitor.n_milestones):
        milestone = monitor.milestones[m]
        unit = milestone.unit
        if unit == codes.UNIT_TREATED:
            everything |= _passes(
                monitor, milestone, 0, _count(trial, milestone, trial.counters[used[0]], now)
            )
        elif unit == codes.UNIT_EVENTS:
            everything |= _passes(monitor, milestone, 0, trial.logged[milestone.event])
        elif unit == codes.UNIT_REGISTERED:
            everything |= _passes(monitor, milestone, 0, trial.registered)
        elif unit != codes.UNIT_DAYS:
            for i in range(used.length):
                counter = trial.counters[used[i]]
                if _passes(monitor, milestone, counter.endpoint, _count(trial, milestone, counter, now)):
                    counter.due = 1
                    due = True
    if everything:
        _all_due(trial, monitor)
    if due or everything:
        _due(trial, monitor)


@kernel
def _count(trial: Trial, milestone: Milestone, counter: Counter, now: float) -> int:
    """A milestone's count of the rule's own patients, or of the group of arms which has fewest."""
    unit, groups = milestone.unit, milestone.groups
    if milestone.n_groups == 0:
        return _count_in(trial, unit, counter, counter.members, now)
    least = trial.treated
    for i in range(milestone.n_groups):
        least = min(least, _count_in(trial, unit, counter, groups[i].members, now))
    return least


@kernel
def _count_in(trial: Trial, unit: int, counter: Counter, members: Ints, now: float) -> int:
    if unit == codes.UNIT_TREATED:
        return treated(trial, counter, members, now)
    if unit == codes.UNIT_COMPLETED:
        return assessed(trial, counter, members, now)
    return known(trial, counter, members, now)


@kernel
def _all_due(trial: Trial, monitor: Monitor) -> None:
    """The next look reads every endpoint."""
    used = monitor.used
    for i in range(used.length):
        trial.counters[used[i]].due = 1


@kernel
def _passes(monitor: Monitor, milestone: Milestone, endpoint: int, count: int) -> bool:
    """Whether a count is at a multiple not reached before."""
    passed = count // milestone.amount
    if monitor.schedule == codes.AT:
        passed = min(passed, 1)
    if passed <= milestone.passed[endpoint]:
        return False
    milestone.passed[endpoint] = passed
    return True


@kernel
def schedule_calendar(trial: Trial, monitor: Monitor) -> None:
    """The next look set by the calendar, if there is one: the earliest milestone, the first of equals."""
    first = math.inf
    for i in range(monitor.n_milestones):
        milestone = monitor.milestones[i]
        passed = milestone.passed[0]
        if milestone.unit == codes.UNIT_DAYS and (monitor.schedule == codes.EVERY or passed == 0):
            day = milestone.days * (passed + 1)
            if day < first:
                first = day
                monitor.calendar_milestone = i
    if first < math.inf:
        monitor.calendar_day = first
        order = queue.pack(queue.REPORT, codes.LAST, monitor.number)
        queue.schedule(trial, quantise(first), order, codes.CALENDAR, place_of(monitor))


@kernel
def on_calendar(trial: Trial, monitor: Monitor) -> None:
    """A calendar look is due, unless nothing can change any more; then the next one."""
    day = monitor.calendar_day
    over = trial.open == 0 and trial.under_way == 0 and day > last_moment(trial)
    if over and monitor.schedule == codes.EVERY:
        return
    monitor.milestones[monitor.calendar_milestone].passed[0] += 1
    _all_due(trial, monitor)
    _due(trial, monitor)
    schedule_calendar(trial, monitor)


@kernel
def _due(trial: Trial, monitor: Monitor) -> None:
    """A look is due now; where the rule waits, it is taken when everyone treated is assessed."""
    if monitor.fired != 0:
        return
    if monitor.wait == codes.NO_WAIT:
        _ask(trial, monitor)
        return
    now = ready = trial.now
    if trial.treated > 0:
        ready = quantise(trial.patients[trial.treated - 1].entry + monitor.window)
    monitor.waiting += 1
    if monitor.wait == codes.WAIT_ACCRUAL:
        hold(trial, monitor.number)
    order = queue.pack(queue.WINDOW, codes.LAST, monitor.number)
    queue.schedule(trial, max(ready, now), order, codes.WAITED, place_of(monitor))


@kernel
def waited(trial: Trial, monitor: Monitor) -> None:
    """The windows are over for which a look waited."""
    monitor.waiting -= 1
    if monitor.waiting == 0 and (monitor.fired != 0 or monitor.asked_at == trial.now):
        _schedule_release(trial, monitor, trial.now)
    _all_due(trial, monitor)
    _ask(trial, monitor)


@kernel
def _ask(trial: Trial, monitor: Monitor) -> None:
    """A look at this instant, once: one already taken or asked for is not opened again."""
    now = trial.now
    if monitor.fired != 0 or monitor.asked_at == now:
        return
    monitor.asked_at = now
    order = queue.pack(queue.LOOK, 0, monitor.number)
    queue.schedule(trial, now, order, codes.LOOK, place_of(monitor))


@kernel
def _schedule_release(trial: Trial, monitor: Monitor, now: float) -> None:
    """The rule's hold is lifted at this instant, after what its look has decided at once."""
    if trial.held[monitor.number] != 0 and now >= trial.now:
        order = queue.pack(queue.EFFECT, 1, monitor.number)
        queue.schedule(trial, now, order, codes.RELEASE, place_of(monitor))


# ---------------------------------------------------------------- looks


@kernel
def last_moment(trial: Trial) -> float:
    """When the last course has ended and the last report arrived, of the patients and reports so far."""
    last = trial.last_report
    for i in range(trial.treated):
        last = max(last, trial.patients[i].exit)
    return last


@kernel
def closing_look(trial: Trial, monitor: Monitor) -> None:
    """The look when nothing can still change: every report has arrived, every window is over."""
    if monitor.closing == 0:
        return
    day = last_moment(trial)
    if monitor.waits_at_end != 0:
        entry = trial.patients[trial.treated - 1].entry if trial.treated > 0 else 0.0
        day = max(day, quantise(entry + monitor.window))
    _all_due(trial, monitor)
    look(trial, monitor, max(quantise(day + monitor.data_cut), monitor.asked_at), True)


@kernel
def look(trial: Trial, monitor: Monitor, now: float, closing: bool) -> None:
    """Read what is due at the data cut; when an outcome holds, the decision is on its way."""
    if monitor.fired != 0:
        return
    cut = quantise(now - monitor.data_cut)
    row = look_row_at(trial, new_row(trial, codes.LOOKS))
    for i in range(trial.n_readings):
        row.n[i] = 0.0
        row.x[i] = 0
    used = monitor.used
    for i in range(used.length):
        counter = trial.counters[used[i]]
        n, x = UNREAD_N, UNREAD_X
        if counter.due != 0:
            n, x = observe(trial, counter, cut)
            counter.due = 0
        row.n[counter.endpoint] = n
        row.x[counter.endpoint] = x
    monitor.looks += 1
    row.trial = trial.number
    row.monitor = monitor.number
    row.look = monitor.looks
    row.time = now
    if monitor.by_time != 0:
        row.outcome = _compare_by_time(trial, monitor, row, cut)
    elif monitor.compares != 0:
        row.outcome = _compare(trial, monitor, row)
    else:
        row.outcome = _code(monitor, row)
    if row.outcome != 0:
        monitor.fired = 1
        _fire(trial, monitor, row, cut, closing)
    if monitor.wait == codes.WAIT_ACCRUAL and monitor.waiting == 0:
        _schedule_release(trial, monitor, now)


@kernel
def _code(monitor: Monitor, seen: Any) -> int:
    """Code of the first outcome that holds at these counts; a bound that never holds is not a number."""
    for i in range(monitor.n_boundaries):
        boundary = monitor.boundaries[i]
        n, x = seen.n[boundary.reading], seen.x[boundary.reading]
        if n < 0.0:
            continue
        if boundary.by_n != 0:
            along, value = int(n), float(x)
            if along >= boundary.n_bounds:
                raise IndexError("a rule's boundary ends before its denominator")
        else:
            along, value = min(x, boundary.n_bounds - 1), n
        if n < boundary.minimum_n:
            continue
        bound = boundary.bounds[along]
        if value >= bound if boundary.at_least != 0 else value <= bound:
            return i + 1
    return 0


@kernel
def _compare(trial: Trial, monitor: Monitor, seen: Any) -> int:
    """1 if the first of two arms has too many events beside the other; 0 while that is not known."""
    if seen.n[0] < 1.0 or seen.n[1] < 1.0:
        return 0
    x1, x2 = seen.x[0], seen.x[1]
    n1, n2 = max(int(seen.n[0]), x1), max(int(seen.n[1]), x2)
    least = row_entry(trial, monitor.number, n1, n2, x2)
    return 1 if 0 <= least <= x1 else 0


@kernel
def _compare_by_time(trial: Trial, monitor: Monitor, seen: Any, cut: float) -> int:
    """1 if the first of two arms has had too many of the events for its share of the follow-up."""
    if seen.n[0] < 1.0 or seen.n[1] < 1.0:
        return 0
    first = follow_up(trial, trial.counters[monitor.first_counter], cut)
    second = follow_up(trial, trial.counters[monitor.first_counter + 1], cut)
    if first <= 0.0 or second <= 0.0:
        return 0
    x1 = seen.x[0]
    critical = row_entry(trial, monitor.number, x1 + seen.x[1], 0, x1)
    return 1 if first / (first + second) <= critical / SHARES else 0


@kernel
def _fire(trial: Trial, monitor: Monitor, seen: Any, cut: float, closing: bool) -> None:
    """Write the decision of a look (its row: seen) and send it on its way."""
    now = seen.time
    effective = quantise(now + monitor.decision_lag)
    reading = 0 if monitor.compares != 0 else monitor.boundaries[seen.outcome - 1].reading
    counter = trial.counters[monitor.first_counter + reading]
    row = firing_row_at(trial, new_row(trial, codes.FIRINGS))
    row.trial = seen.trial
    row.monitor = seen.monitor
    row.look = seen.look
    row.outcome = seen.outcome
    row.last = 1 if _is_last(trial, monitor, closing) else 0
    row.reported = last_report(trial, counter, cut) if counter.harmful != 0 else cut
    row.cut = cut
    row.decided = now
    row.effective = effective
    for i in range(trial.n_readings):
        row.n[i] = seen.n[i]
        row.x[i] = seen.x[i]
    if effective >= trial.now:  # not at a closing look, after every course has ended
        monitor.takes_effect = effective
        order = queue.pack(queue.EFFECT, 0, monitor.number)
        queue.schedule(trial, effective, order, codes.EFFECT, place_of(monitor))


@kernel
def _is_last(trial: Trial, monitor: Monitor, closing: bool) -> bool:
    """Whether the schedule has no look after this one."""
    schedule, used = monitor.schedule, monitor.used
    if monitor.closing != 0:
        return closing
    for m in range(monitor.n_milestones):
        milestone = monitor.milestones[m]
        most, wanted = milestone.most, 1
        if schedule == codes.EVERY:
            if most == math.inf:
                return False
            wanted = int(most) // milestone.amount
        elif milestone.amount > most:
            continue
        if milestone.unit in (codes.UNIT_COMPLETED, codes.UNIT_KNOWN):
            for i in range(used.length):
                if milestone.passed[trial.counters[used[i]].endpoint] < wanted:
                    return False
        elif milestone.passed[0] < wanted:
            return False
    return True
