"""What comes next in a trial: a binary heap by (time, order, serial), as SimPy keeps its events.

The serial counts what was ever put in, so that of two entries with one time and order the one put in
first comes first, as in SimPy.  Orders are packed as by the reference engine.
"""

from __future__ import annotations

from simulator.contracts import InstantOrder
from simulator.engines.compiled import layout as at
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.layout import Floats, Ints

__all__ = ["pack", "pop", "schedule"]

KIND_SHIFT, CANDIDATE_SHIFT = 48, 16
TAG_BITS, TAG_MASK = 4, 15
OCCURRENCE = int(InstantOrder.OCCURRENCE)
DETECTION = int(InstantOrder.DETECTION)
WINDOW = int(InstantOrder.WINDOW)
TRANSITION = int(InstantOrder.TRANSITION)
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
def schedule(ints: Ints, floats: Floats, time: float, order: int, tag: int, subject: int) -> None:
    """Put in what happens at a time, in an order of its instant."""
    n = ints[at.QUEUED]
    if n + 1 >= ints[at.QUEUE_ROOM]:
        ints[at.STATUS], ints[at.SHORT_OF] = at.SHORT, at.QUEUE
        return
    first, serial = ints[at.QUEUE], ints[at.SERIAL] + 1
    ints[at.SERIAL], ints[at.QUEUED] = serial, n + 1
    if ints[at.TOP_IS_FREE] != 0:
        ints[at.TOP_IS_FREE] = 0
        place = _sink(ints, floats, n + 1, time, order, serial)
    else:
        place = first + n * at.ENTRY_SIZE
        while n > 0:  # the newest of equals stays below
            n = (n - 1) >> 1
            above = first + n * at.ENTRY_SIZE
            if floats[above] < time or (floats[above] == time and ints[above + at.ENTRY_ORDER] <= order):
                break
            _move(ints, floats, above, place)
            place = above
    floats[place] = time
    ints[place + at.ENTRY_ORDER] = order
    ints[place + at.ENTRY_SERIAL] = serial
    ints[place + at.ENTRY_WHAT] = (subject << TAG_BITS) | tag


@kernel
def pop(ints: Ints, floats: Floats) -> None:
    """Take out what comes first: NOW, ORDER, TAG and SUBJECT of the head; there is one.

    The top stays free for what is put in next.
    """
    first, n = ints[at.QUEUE], ints[at.QUEUED]
    if ints[at.TOP_IS_FREE] != 0:
        last = first + n * at.ENTRY_SIZE
        order, serial = ints[last + at.ENTRY_ORDER], ints[last + at.ENTRY_SERIAL]
        _move(ints, floats, last, _sink(ints, floats, n, floats[last], order, serial))
    floats[at.NOW] = floats[first]
    ints[at.ORDER] = ints[first + at.ENTRY_ORDER]
    ints[at.ENTRY_COUNT] += 1
    ints[at.TAG] = ints[first + at.ENTRY_WHAT] & TAG_MASK
    ints[at.SUBJECT] = ints[first + at.ENTRY_WHAT] >> TAG_BITS
    ints[at.QUEUED] = n - 1
    ints[at.TOP_IS_FREE] = 1


@kernel
def _sink(ints: Ints, floats: Floats, n: int, time: float, order: int, serial: int) -> int:
    """The place of an entry that starts at the free top of a heap of n; earlier ones move up."""
    first, child = ints[at.QUEUE], 1
    place = first
    while child < n:
        below = first + child * at.ENTRY_SIZE
        if child + 1 < n:
            day, place_in_day = floats[below], ints[below + at.ENTRY_ORDER]
            if _earlier(
                ints, floats, below + at.ENTRY_SIZE, day, place_in_day, ints[below + at.ENTRY_SERIAL]
            ):
                child += 1
                below += at.ENTRY_SIZE
        if not _earlier(ints, floats, below, time, order, serial):
            break
        _move(ints, floats, below, place)
        place = below
        child = 2 * child + 1
    return place


@kernel
def _earlier(ints: Ints, floats: Floats, entry: int, time: float, order: int, serial: int) -> bool:
    """Whether an entry comes before a time, order and serial."""
    if floats[entry] != time:
        return floats[entry] < time
    if ints[entry + at.ENTRY_ORDER] != order:
        return ints[entry + at.ENTRY_ORDER] < order
    return ints[entry + at.ENTRY_SERIAL] < serial


@kernel
def _move(ints: Ints, floats: Floats, here: int, there: int) -> None:
    floats[there] = floats[here]
    ints[there + 1] = ints[here + 1]
    ints[there + 2] = ints[here + 2]
    ints[there + 3] = ints[here + 3]
