"""A stopping rule at work: `reference.monitor` as kernels."""

from __future__ import annotations

import math
from typing import Any

from simulator.contracts import NOT_READ
from simulator.engines.compiled import codes, queue
from simulator.engines.compiled.accrual import hold
from simulator.engines.compiled.amendments import rule_fired
from simulator.engines.compiled.denominator import (
    last_report,
    observe,
    take,
)
from simulator.engines.compiled.holds import begin_hold
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.milestones import count_of, passes
from simulator.engines.compiled.places import place_of
from simulator.engines.compiled.records.course import Occurrence, Patient
from simulator.engines.compiled.records.rows import firing_row_at, look_row_at
from simulator.engines.compiled.records.rules import Monitor
from simulator.engines.compiled.records.trial import Trial
from simulator.engines.compiled.rows import new_row
from simulator.engines.compiled.tables import quantise
from simulator.engines.compiled.verdicts import code, compare, compare_by_time, last_vote, votes

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
    """A report arrived, or is corrected: a rule that looks at every report asks for a look if it comes to
    count by that, or ceases to.
    """
    used, counted = monitor.used, False
    for i in range(used.length):
        if take(trial, trial.counters[used[i]], occurrence):
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
    if monitor.done != 0 or monitor.schedule < codes.EVERY:
        return
    now, used, due, everything = trial.now, monitor.used, False, False
    for m in range(monitor.n_milestones):
        milestone = monitor.milestones[m]
        unit = milestone.unit
        if unit == codes.UNIT_TREATED:
            count = trial.treated
            if used.length > 0:
                count = count_of(trial, milestone, trial.counters[used[0]], now)
            everything |= passes(monitor, milestone, 0, count)
        elif unit == codes.UNIT_EVENTS:
            everything |= passes(monitor, milestone, 0, trial.logged[milestone.event])
        elif unit == codes.UNIT_REGISTERED:
            everything |= passes(monitor, milestone, 0, trial.registered)
        elif unit != codes.UNIT_DAYS:
            for i in range(used.length):
                counter = trial.counters[used[i]]
                if passes(monitor, milestone, counter.endpoint, count_of(trial, milestone, counter, now)):
                    counter.due = 1
                    due = True
    if everything:
        _all_due(trial, monitor)
    if due or everything:
        _due(trial, monitor)


@kernel
def _all_due(trial: Trial, monitor: Monitor) -> None:
    """The next look reads every endpoint."""
    used = monitor.used
    for i in range(used.length):
        trial.counters[used[i]].due = 1


@kernel
def _none_due(trial: Trial, monitor: Monitor) -> None:
    """Its next look reads what is due from now on."""
    used = monitor.used
    for i in range(used.length):
        trial.counters[used[i]].due = 0


@kernel
def _in_force(trial: Trial, monitor: Monitor) -> bool:
    """Whether the protocol, as it is now, has the rule."""
    return monitor.since <= trial.version and trial.version < monitor.before


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
    over = trial.open == 0 and trial.under_way == 0 and day > max(last_moment(trial), monitor.until)
    if over and monitor.schedule == codes.EVERY:
        return
    monitor.milestones[monitor.calendar_milestone].passed[0] += 1
    _all_due(trial, monitor)
    _due(trial, monitor)
    schedule_calendar(trial, monitor)


@kernel
def _due(trial: Trial, monitor: Monitor) -> None:
    """A look is due now; where the rule waits, it is taken when everyone treated is assessed."""
    if not _in_force(trial, monitor):
        _none_due(trial, monitor)
        return
    if monitor.done != 0:
        return
    if monitor.wait == codes.NO_WAIT:
        _ask(trial, monitor, trial.now)
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
    over = monitor.done != 0 or not _in_force(trial, monitor)
    if monitor.waiting == 0 and (over or monitor.asked_at == trial.now):
        _schedule_release(trial, monitor, trial.now)
    _all_due(trial, monitor)
    _ask(trial, monitor, trial.now)


@kernel
def _ask(trial: Trial, monitor: Monitor, day: float) -> None:
    """A look on a day, today or later, once: one already taken or asked for is not opened again."""
    if monitor.done != 0 or monitor.asked_at == day:
        return
    monitor.asked_at = day
    order = queue.pack(queue.LOOK, monitor.rank, monitor.number)
    if monitor.late != 0:
        order = queue.pack(queue.ARRIVAL, codes.AFTER_ALL + monitor.rank, monitor.number)
    queue.schedule(trial, day, order, codes.LOOK, place_of(monitor))


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
    if (monitor.closing == 0 and monitor.called == 0) or not _in_force(trial, monitor):
        return
    day = last_moment(trial)
    for i in range(monitor.n_seats):
        day = max(day, trial.monitors[monitor.seats[i].member].seen_at)
    if monitor.waits_at_end != 0:
        entry = trial.patients[trial.treated - 1].entry if trial.treated > 0 else 0.0
        day = max(day, quantise(entry + monitor.window))
    _all_due(trial, monitor)
    look(trial, monitor, max(quantise(day + monitor.data_cut), monitor.asked_at), True)


@kernel
def look(trial: Trial, monitor: Monitor, now: float, closing: bool) -> None:
    """Read what is due at the data cut; when an outcome holds, the decision is on its way."""
    if monitor.done != 0:
        return
    if not _in_force(trial, monitor):
        _none_due(trial, monitor)
        return
    cut = quantise(now - monitor.data_cut)
    row = look_row_at(trial, new_row(trial, codes.LOOKS))
    _read(trial, monitor, row, cut)
    monitor.looks += 1
    row.trial = trial.number
    row.monitor = monitor.number
    row.look = monitor.looks
    row.time = now
    if monitor.by_time != 0:
        row.outcome = compare_by_time(trial, monitor, row, cut)
    elif monitor.compares != 0:
        row.outcome = compare(trial, monitor, row)
    else:
        row.outcome = code(monitor, row)
    monitor.verdict, monitor.seen_at = row.outcome, now
    if row.outcome != 0 and now > monitor.busy_until:
        monitor.done = 1 - monitor.again
        _fire(trial, monitor, row, cut, closing)
    if not closing:
        for i in range(monitor.heard_by.length):
            _ask(trial, trial.monitors[monitor.heard_by[i]], now)
    if monitor.wait == codes.WAIT_ACCRUAL and monitor.waiting == 0:
        _schedule_release(trial, monitor, now)


@kernel
def _read(trial: Trial, monitor: Monitor, row: Any, cut: float) -> None:
    """Put into the row of a look what it reads at the data cut, of endpoints that are due."""
    for i in range(trial.n_readings):
        row.n[i] = 0.0
        row.x[i] = 0
    if monitor.n_seats > 0:
        votes(trial, monitor, row, cut)
    if monitor.entries != 0:
        _read_entries(trial, monitor, row, cut)
    used = monitor.used
    for i in range(used.length):
        counter = trial.counters[used[i]]
        n, x = UNREAD_N, UNREAD_X
        if counter.due != 0:
            n, x = observe(trial, counter, cut)
            counter.due = 0
        row.n[counter.endpoint] = n
        row.x[counter.endpoint] = x


@kernel
def _read_entries(trial: Trial, monitor: Monitor, row: Any, cut: float) -> None:
    """Days since the trial opened, and how many have entered; unread once a rule has closed accrual."""
    row.n[0], row.x[0] = UNREAD_N, UNREAD_X
    if trial.stopped == 0:
        row.n[0], row.x[0] = float(min(int(cut), monitor.horizon)), trial.treated


@kernel
def _fire(trial: Trial, monitor: Monitor, seen: Any, cut: float, closing: bool) -> None:
    """Write the decision of a look (its row: seen) and send it on its way."""
    now = seen.time
    effective = quantise(now + monitor.decision_lag)
    monitor.busy_until = now if monitor.idle != 0 else effective
    row = firing_row_at(trial, new_row(trial, codes.FIRINGS))
    row.trial = seen.trial
    row.monitor = seen.monitor
    row.look = seen.look
    row.outcome = seen.outcome
    row.last = 1 if _is_last(trial, monitor, closing) else 0
    row.reported = _last_report(trial, monitor, seen.outcome, cut)
    row.cut = cut
    row.decided = now
    row.effective = effective
    for i in range(trial.n_readings):
        row.n[i] = seen.n[i]
        row.x[i] = seen.x[i]
    _follow(trial, monitor, effective, closing)


@kernel
def _last_report(trial: Trial, monitor: Monitor, outcome: int, cut: float) -> float:
    """When the last report behind the outcome arrived; the cut itself where few events decide."""
    if monitor.n_seats > 0:
        return last_vote(trial, monitor, cut)
    if monitor.entries != 0:
        return cut
    reading = 0 if monitor.compares != 0 else monitor.boundaries[outcome - 1].reading
    counter = trial.counters[monitor.first_counter + reading]
    return last_report(trial, counter, cut) if counter.harmful != 0 else cut


@kernel
def _follow(trial: Trial, monitor: Monitor, effective: float, closing: bool) -> None:
    """The rule has fired: what it decides takes effect on a day, and rules look that it calls."""
    if closing and monitor.holds != 0:
        begin_hold(trial, monitor, effective)
    if monitor.idle == 0 and not closing:
        monitor.takes_effect = effective
        order = queue.pack(queue.EFFECT, 0, monitor.number)
        queue.schedule(trial, effective, order, codes.EFFECT, place_of(monitor))
    if not closing:
        rule_fired(trial, monitor, effective)
    for i in range(monitor.calls.length):
        called = trial.monitors[monitor.calls[i]]
        if closing:
            called.called = 1
            called.asked_at = max(called.asked_at, effective)
        else:
            _all_due(trial, called)
            _ask(trial, called, effective)


@kernel
def _is_last(trial: Trial, monitor: Monitor, closing: bool) -> bool:
    """Whether the schedule has no look after this one."""
    schedule, used = monitor.schedule, monitor.used
    if monitor.closing != 0:
        return closing
    if _may_be_called(trial, monitor):
        return False
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


@kernel
def _may_be_called(trial: Trial, monitor: Monitor) -> bool:
    """Whether a rule that calls this one may still fire."""
    for i in range(trial.n_monitors):
        caller = trial.monitors[i]
        for k in range(caller.calls.length):
            if caller.calls[k] == monitor.number and caller.done == 0:
                return True
    return False
