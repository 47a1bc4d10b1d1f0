"""What comes next in a trial: a binary heap by (time, order, serial), as SimPy keeps its events.

The serial counts what was ever put in, so that of two entries with one time and order the one put in
first comes first, as in SimPy.  Orders are packed as by the reference engine.
"""

from __future__ import annotations

import math

from simulator.contracts import InstantOrder
from simulator.engines.compiled import codes
from simulator.engines.compiled.described import Rows
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.records.trial import Entry, Trial

__all__ = ["next_time", "pack", "pop", "schedule"]

KIND_SHIFT, CANDIDATE_SHIFT = 48, 16
TAG_BITS, TAG_MASK = 5, 31
OCCURRENCE = int(InstantOrder.OCCURRENCE)
DETECTION = int(InstantOrder.DETECTION)
WINDOW = int(InstantOrder.WINDOW)
TRANSITION = int(InstantOrder.TRANSITION)
CORRECTION = int(InstantOrder.CORRECTION)
REPORT = int(InstantOrder.REPORT)
LOOK = int(InstantOrder.LOOK)
EFFECT = int(InstantOrder.EFFECT)
GATE = int(InstantOrder.GATE)
ARRIVAL = int(InstantOrder.ARRIVAL)


@kernel
def pack(order: int, candidate: int, stream: int) -> int:
    """Place within an instant: by kind, then candidate, then stream."""
    return (order << KIND_SHIFT) | (candidate << CANDIDATE_SHIFT) | stream


@kernel
def schedule(trial: Trial, time: float, order: int, tag: int, subject: int) -> None:
    """Put in what happens at a time, in an order of its instant."""
    n = trial.queued
    if n + 1 >= trial.queue_room:
        trial.status, trial.short_of = codes.SHORT, codes.QUEUE
        return
    queue, serial = trial.queue, trial.serial + 1
    trial.serial, trial.queued = serial, n + 1
    if trial.top_is_free != 0:
        trial.top_is_free = 0
        entry = _sink(queue, n + 1, time, order, serial)
    else:
        entry = queue[n]
        while n > 0:  # the newest of equals stays below
            n = (n - 1) >> 1
            above = queue[n]
            if above.time < time or (above.time == time and above.order <= order):
                break
            _move(above, entry)
            entry = above
    entry.time = time
    entry.order = order
    entry.serial = serial
    entry.what = (subject << TAG_BITS) | tag


@kernel
def pop(trial: Trial) -> None:
    """Take out what comes first: `now`, `order`, `tag` and `subject` of the trial; there is one.

    The top stays free for what is put in next.
    """
    queue, n = trial.queue, trial.queued
    if trial.top_is_free != 0:
        last = queue[n]
        _move(last, _sink(queue, n, last.time, last.order, last.serial))
    first = queue[0]
    trial.now = first.time
    trial.order = first.order
    trial.entry_count += 1
    trial.tag = first.what & TAG_MASK
    trial.subject = first.what >> TAG_BITS
    trial.queued = n - 1
    trial.top_is_free = 1


@kernel
def next_time(trial: Trial) -> float:
    """When the next entry happens; inf where there is none."""
    first, end = trial.top_is_free, trial.queued + trial.top_is_free
    time = math.inf
    for i in range(first, min(end, first + 2)):  # the top, or the two below it while it is free
        time = min(time, trial.queue[i].time)
    return time


@kernel
def _sink(queue: Rows[Entry], n: int, time: float, order: int, serial: int) -> Entry:
    """The entry of a heap of n that starts at the free top; earlier ones move up."""
    child, entry = 1, queue[0]
    while child < n:
        below = queue[child]
        if child + 1 < n:
            other = queue[child + 1]
            if _earlier(other, below.time, below.order, below.serial):
                child += 1
                below = other
        if not _earlier(below, time, order, serial):
            break
        _move(below, entry)
        entry = below
        child = 2 * child + 1
    return entry


@kernel
def _earlier(entry: Entry, time: float, order: int, serial: int) -> bool:
    """Whether an entry comes before a time, order and serial."""
    if entry.time != time:
        return entry.time < time
    if entry.order != order:
        return entry.order < order
    return entry.serial < serial


@kernel
def _move(here: Entry, there: Entry) -> None:
    there.time = here.time
    there.order = here.order
    there.serial = here.serial
    there.what = here.what
