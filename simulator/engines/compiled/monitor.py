"""A stopping rule at work: `reference.monitor` as kernels.  A monitor is the place of its record."""

from __future__ import annotations

import math

from simulator.engines.compiled import layout as at
from simulator.engines.compiled import queue
from simulator.engines.compiled.accrual import hold
from simulator.engines.compiled.denominator import assessed, enter, last_report, observe, treated
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.layout import Floats, Ints
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


@kernel
def watch_windows(ints: Ints, floats: Floats, monitor: int, patient: int) -> None:
    """Tell a rule that counts assessed patients when this one's windows are over."""
    windows = ints[monitor + at.WINDOWS]
    order = queue.pack(queue.WINDOW, ints[patient + at.NUMBER], ints[monitor + at.MONITOR_NUMBER])
    for i in range(windows + 1, windows + 1 + ints[windows]):
        day = quantise(floats[patient + at.ENTRY] + floats[i])
        queue.schedule(ints, floats, day, order, at.WINDOW_OVER, monitor)


@kernel
def on_report(ints: Ints, floats: Floats, monitor: int, occurrence: int) -> None:
    """A report arrived: a rule that looks at every report asks for a look if it counts."""
    used, counted = ints[monitor + at.USED], False
    for i in range(used + 1, used + 1 + ints[used]):
        if enter(ints, floats, ints[i], occurrence):
            counted = True
    if ints[monitor + at.SCHEDULE] == at.EVERY_REPORT:
        if counted:
            _due(ints, floats, monitor)
    elif ints[monitor + at.ON_REPORTS] != 0:
        on_progress(ints, floats, monitor)


@kernel
def on_progress(ints: Ints, floats: Floats, monitor: int) -> None:
    """A count may have gone up: a look is due when a milestone is reached or passed."""
    if ints[monitor + at.FIRED] != 0 or ints[monitor + at.SCHEDULE] < at.EVERY:
        return
    now, used, due = floats[at.NOW], ints[monitor + at.USED], False
    size = at.PASSED + ints[at.READINGS]
    for milestone in range(ints[monitor + at.MILESTONES], ints[monitor + at.MILESTONES_END], size):
        unit = ints[milestone + at.MILESTONE_UNIT]
        if unit == at.TREATED_UNIT:
            due |= _passes(ints, monitor, milestone, 0, treated(ints, floats, ints[used + 1], now))
        elif unit == at.EVENTS_UNIT:
            count = ints[ints[at.LOGGED] + ints[milestone + at.MILESTONE_EVENT]]
            due |= _passes(ints, monitor, milestone, 0, count)
        elif unit != at.DAYS_UNIT:
            for i in range(used + 1, used + 1 + ints[used]):
                counter = ints[i]
                if unit == at.COMPLETED_UNIT:
                    count = assessed(ints, floats, counter, now)
                else:
                    n, _ = observe(ints, floats, counter, at.KNOWN_AMONG, at.BY_PATIENTS, now)
                    count = int(n)
                due |= _passes(ints, monitor, milestone, ints[counter + at.ENDPOINT], count)
    if due:
        _due(ints, floats, monitor)


@kernel
def _passes(ints: Ints, monitor: int, milestone: int, endpoint: int, count: int) -> bool:
    """Whether a count is at a multiple not reached before."""
    passed = count // ints[milestone + at.AMOUNT]
    if ints[monitor + at.SCHEDULE] == at.AT:
        passed = min(passed, 1)
    if passed <= ints[milestone + at.PASSED + endpoint]:
        return False
    ints[milestone + at.PASSED + endpoint] = passed
    return True


@kernel
def schedule_calendar(ints: Ints, floats: Floats, monitor: int) -> None:
    """The next look set by the calendar, if there is one: the earliest milestone, the first of equals."""
    first, schedule = math.inf, ints[monitor + at.SCHEDULE]
    size = at.PASSED + ints[at.READINGS]
    for milestone in range(ints[monitor + at.MILESTONES], ints[monitor + at.MILESTONES_END], size):
        passed = ints[milestone + at.PASSED]
        if ints[milestone + at.MILESTONE_UNIT] == at.DAYS_UNIT and (schedule == at.EVERY or passed == 0):
            day = floats[milestone + at.AMOUNT_DAYS] * (passed + 1)
            if day < first:
                first = day
                ints[monitor + at.CALENDAR_MILESTONE] = milestone
    if first < math.inf:
        floats[monitor + at.CALENDAR_DAY] = first
        order = queue.pack(queue.REPORT, at.LAST, ints[monitor + at.MONITOR_NUMBER])
        queue.schedule(ints, floats, quantise(first), order, at.CALENDAR, monitor)


@kernel
def on_calendar(ints: Ints, floats: Floats, monitor: int) -> None:
    """A calendar look is due, unless nothing can change any more; then the next one."""
    day = floats[monitor + at.CALENDAR_DAY]
    over = ints[at.OPEN] == 0 and ints[at.UNDER_WAY] == 0 and day > last_moment(ints, floats)
    if over and ints[monitor + at.SCHEDULE] == at.EVERY:
        return
    ints[ints[monitor + at.CALENDAR_MILESTONE] + at.PASSED] += 1
    _due(ints, floats, monitor)
    schedule_calendar(ints, floats, monitor)


@kernel
def _due(ints: Ints, floats: Floats, monitor: int) -> None:
    """A look is due now; where the rule waits, it is taken when everyone treated is assessed."""
    if ints[monitor + at.FIRED] != 0:
        return
    if ints[monitor + at.WAIT] == at.NO_WAIT:
        _ask(ints, floats, monitor)
        return
    now = ready = floats[at.NOW]
    if ints[at.TREATED] > 0:
        newest = ints[at.PATIENTS] + (ints[at.TREATED] - 1) * ints[at.PATIENT_SIZE]
        ready = quantise(floats[newest + at.ENTRY] + floats[monitor + at.MONITOR_WINDOW])
    ints[monitor + at.WAITING] += 1
    if ints[monitor + at.WAIT] == at.WAIT_ACCRUAL:
        hold(ints, ints[monitor + at.HOLD])
    order = queue.pack(queue.WINDOW, at.LAST, ints[monitor + at.MONITOR_NUMBER])
    queue.schedule(ints, floats, max(ready, now), order, at.WAITED, monitor)


@kernel
def waited(ints: Ints, floats: Floats, monitor: int) -> None:
    """The windows are over for which a look waited."""
    ints[monitor + at.WAITING] -= 1
    if ints[monitor + at.FIRED] != 0 and ints[monitor + at.WAITING] == 0:
        _schedule_release(ints, floats, monitor, floats[at.NOW])
    _ask(ints, floats, monitor)


@kernel
def _ask(ints: Ints, floats: Floats, monitor: int) -> None:
    """A look at this instant, once: one already taken or asked for is not opened again."""
    now = floats[at.NOW]
    if ints[monitor + at.FIRED] != 0 or floats[monitor + at.ASKED_AT] == now:
        return
    floats[monitor + at.ASKED_AT] = now
    queue.schedule(
        ints, floats, now, queue.pack(queue.LOOK, 0, ints[monitor + at.MONITOR_NUMBER]), at.LOOK, monitor
    )


@kernel
def _schedule_release(ints: Ints, floats: Floats, monitor: int, now: float) -> None:
    """The rule's hold is lifted at this instant, after what its look has decided at once."""
    if ints[ints[at.HELD] + ints[monitor + at.HOLD]] != 0 and now >= floats[at.NOW]:
        order = queue.pack(queue.EFFECT, 1, ints[monitor + at.MONITOR_NUMBER])
        queue.schedule(ints, floats, now, order, at.RELEASE, monitor)


# ---------------------------------------------------------------- looks


@kernel
def last_moment(ints: Ints, floats: Floats) -> float:
    """When the last course has ended and the last report arrived, of the patients and reports so far."""
    last = floats[at.LAST_REPORT]
    for i in range(ints[at.TREATED]):
        last = max(last, floats[ints[at.PATIENTS] + i * ints[at.PATIENT_SIZE] + at.EXIT])
    return last


@kernel
def closing_look(ints: Ints, floats: Floats, monitor: int) -> None:
    """The look when nothing can still change: every report has arrived, every window is over."""
    if ints[monitor + at.SCHEDULE] >= at.EVERY:
        return
    day = last_moment(ints, floats)
    if ints[monitor + at.WAITS_AT_END] != 0:
        entry = 0.0
        if ints[at.TREATED] > 0:
            newest = ints[at.PATIENTS] + (ints[at.TREATED] - 1) * ints[at.PATIENT_SIZE]
            entry = floats[newest + at.ENTRY]
        day = max(day, quantise(entry + floats[monitor + at.MONITOR_WINDOW]))
    look(ints, floats, monitor, quantise(day + floats[monitor + at.DATA_CUT]), True)


@kernel
def look(ints: Ints, floats: Floats, monitor: int, now: float, closing: bool) -> None:
    """Read the boundary at the data cut; when an outcome holds, the decision is on its way."""
    if ints[monitor + at.FIRED] != 0:
        return
    cut = quantise(now - floats[monitor + at.DATA_CUT])
    row = new_row(ints, at.LOOK_ROWS)
    counts, readings = row + at.LOOK_COUNTS, ints[at.READINGS]
    for i in range(readings):
        floats[counts + i] = 0.0
        ints[counts + readings + i] = 0
    used = ints[monitor + at.USED]
    for i in range(used + 1, used + 1 + ints[used]):
        counter = ints[i]
        n, x = observe(ints, floats, counter, ints[counter + at.AMONG], ints[counter + at.UNIT], cut)
        floats[counts + ints[counter + at.ENDPOINT]] = n
        ints[counts + readings + ints[counter + at.ENDPOINT]] = x
    outcome = _code(ints, floats, monitor, counts)
    ints[monitor + at.LOOKS] += 1
    ints[row] = ints[at.TRIAL]
    ints[row + 1] = ints[monitor + at.MONITOR_NUMBER]
    ints[row + 2] = ints[monitor + at.LOOKS]
    floats[row + 3] = now
    ints[row + 4] = outcome
    if outcome != 0:
        ints[monitor + at.FIRED] = 1
        _fire(ints, floats, monitor, row, cut, closing)
    if ints[monitor + at.WAIT] == at.WAIT_ACCRUAL and ints[monitor + at.WAITING] == 0:
        _schedule_release(ints, floats, monitor, now)


@kernel
def _code(ints: Ints, floats: Floats, monitor: int, counts: int) -> int:
    """Code of the first outcome that holds at these counts; a bound that never holds is not a number."""
    code = 0
    for boundary in range(ints[monitor + at.BOUNDARIES], ints[monitor + at.BOUNDARIES_END], at.BOUNDARY_SIZE):
        code += 1
        endpoint, length = ints[boundary + at.BOUNDARY_ENDPOINT], ints[boundary + at.BOUNDS_LENGTH]
        n, x = floats[counts + endpoint], ints[counts + ints[at.READINGS] + endpoint]
        if ints[boundary + at.BY_N] != 0:
            i, value = int(n), float(x)
            if i >= length:
                raise IndexError("a rule's boundary ends before its denominator")
        else:
            i, value = min(x, length - 1), n
        if n < floats[boundary + at.MINIMUM_N]:
            continue
        bound = floats[ints[boundary + at.BOUNDS] + i]
        if value >= bound if ints[boundary + at.AT_LEAST] != 0 else value <= bound:
            return code
    return 0


@kernel
def _fire(ints: Ints, floats: Floats, monitor: int, seen: int, cut: float, closing: bool) -> None:
    """Write the decision of a look (its row: seen) and send it on its way."""
    now, outcome = floats[seen + 3], ints[seen + 4]
    effective = quantise(now + floats[monitor + at.DECISION_LAG])
    endpoint = ints[ints[monitor + at.BOUNDARIES] + (outcome - 1) * at.BOUNDARY_SIZE + at.BOUNDARY_ENDPOINT]
    counter = ints[monitor + at.FIRST_COUNTER] + endpoint * at.COUNTER_SIZE
    row = new_row(ints, at.FIRING_ROWS)
    for i in range(3):
        ints[row + i] = ints[seen + i]
    ints[row + 3] = outcome
    ints[row + 4] = 1 if _is_last(ints, monitor, closing) else 0
    floats[row + 5] = cut
    if ints[counter + at.HARMFUL] != 0:
        floats[row + 5] = last_report(ints, floats, counter, cut)
    floats[row + 6] = cut
    floats[row + 7] = now
    floats[row + 8] = effective
    readings = ints[at.READINGS]
    for i in range(readings):
        floats[row + 9 + i] = floats[seen + at.LOOK_COUNTS + i]
        ints[row + 9 + readings + i] = ints[seen + at.LOOK_COUNTS + readings + i]
    if effective >= floats[at.NOW]:  # not at a closing look, after every course has ended
        order = queue.pack(queue.EFFECT, 0, ints[monitor + at.MONITOR_NUMBER])
        queue.schedule(ints, floats, effective, order, at.EFFECT, monitor)


@kernel
def _is_last(ints: Ints, monitor: int, closing: bool) -> bool:
    """Whether the schedule has no look after this one."""
    schedule, most = ints[monitor + at.SCHEDULE], ints[at.MAX_TREATED]
    if schedule < at.EVERY:
        return closing
    used = ints[monitor + at.USED]
    size = at.PASSED + ints[at.READINGS]
    for milestone in range(ints[monitor + at.MILESTONES], ints[monitor + at.MILESTONES_END], size):
        unit, amount = ints[milestone + at.MILESTONE_UNIT], ints[milestone + at.AMOUNT]
        patients = unit < at.EVENTS_UNIT
        if schedule == at.EVERY and not patients:
            return False
        wanted = most // amount if schedule == at.EVERY else 1
        if schedule == at.AT and patients and amount > most:
            continue
        if unit in (at.COMPLETED_UNIT, at.KNOWN_UNIT):
            for i in range(used + 1, used + 1 + ints[used]):
                if ints[milestone + at.PASSED + ints[ints[i] + at.ENDPOINT]] < wanted:
                    return False
        elif ints[milestone + at.PASSED] < wanted:
            return False
    return True
