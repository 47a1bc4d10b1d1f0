"""Boards and holds of accrual: who voted, how long nobody entered, what happened meanwhile."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from simulator.metrics.block import Block, Floats
from simulator.model.metric import Key, Kind, Metric
from simulator.model.records import HoldEnd

__all__ = ["METRICS", "columns", "stretches"]

VOTED = Metric(
    "p_voted.RULE.MEMBER",
    kind=Kind.SHARE,
    unit="share",
    label="{member} voted for {rule}",
    about="the board fired, and this member's verdict was a vote at the look at which it first did",
)
TOGETHER = Metric(
    "p_voted.RULE.MEMBER.OTHER",
    kind=Kind.SHARE,
    unit="share",
    label="{member} and {other} voted for {rule}",
    about="both of these members' verdicts were votes at that look",
)
HOLDS = Metric(
    "n_holds.RULE",
    kind=Kind.MEAN,
    unit="times",
    label="holds by {rule}",
    about="how often this rule held accrual; a review that comes when accrual has closed is one, of no days",
)
DAYS = Metric(
    "days_on_hold",
    kind=Kind.TIME,
    unit="days",
    label="days on hold",
    about="days on which a rule held accrual while it was open, each once; waiting for windows, cohorts "
    "and the stagger is no hold",
)
RESUMED = Metric(
    "n_resumed.RULE",
    kind=Kind.MEAN,
    unit="times",
    label="resumed after {rule}",
    about="reviews of this rule in a trial that were for going on, though accrual may have closed meanwhile",
)
EVENTS = Metric(
    "n_events_on_hold.EVENT",
    kind=Kind.MEAN,
    unit="events",
    label="{event} on hold",
    about="events of this kind that occurred while a rule held accrual",
)
METRICS = (VOTED, TOGETHER, HOLDS, DAYS, RESUMED, EVENTS)


def columns(block: Block) -> dict[Key, Floats]:
    """What each trial's boards and holds were; nothing without any."""
    return _votes(block) | _holds(block)


def _votes(block: Block) -> dict[Key, Floats]:
    out: dict[Key, Floats] = {}
    monitors = block.program.monitors
    for number, monitor in enumerate(monitors):
        if monitor.votes is None:
            continue
        fired = block.records.firings[block.records.firings["monitor"] == number]
        first = fired[np.unique(fired["trial"], return_index=True)[1]]
        names = [monitors[i].name for i in monitor.votes.members]
        voted = {name: first["x"][:, 1 + i] > 0 for i, name in enumerate(names)}
        for name in names:
            out[VOTED(monitor.name, name)] = block.count(first[voted[name]])
        for one, other in combinations(names, 2):
            out[TOGETHER(monitor.name, one, other)] = block.count(first[voted[one] & voted[other]])
    return out


def _holds(block: Block) -> dict[Key, Floats]:
    program, holds = block.program, block.records.holds
    holding = [i for i, monitor in enumerate(program.monitors) if monitor.hold is not None]
    if not holding:
        return {}
    out: dict[Key, Floats] = {}
    for number in holding:
        monitor, mine = program.monitors[number], holds[holds["monitor"] == number]
        out[HOLDS(monitor.name)] = block.count(mine)
        if monitor.hold is not None and monitor.hold.reviewed:
            out[RESUMED(monitor.name)] = block.count(mine[mine["how"] == HoldEnd.RESUMED])
    trial, began, ended = stretches(holds)
    out[DAYS()] = block.tally(trial - block.first, ended - began)
    events = block.records.events
    for i, event in enumerate(program.events):
        mine = events[events["event"] == i]
        out[EVENTS(event.name)] = block.count(mine[_within(mine, trial, began, ended)])
    return out


def stretches(holds: NDArray[np.void]) -> tuple[NDArray[np.int64], Floats, Floats]:
    """The days on which at least one hold was on: (trial, from, to), apart from each other, in order."""
    found: list[tuple[int, float, float]] = []
    rows = zip(*(holds[name].tolist() for name in ("trial", "began", "ended")), strict=True)
    for trial, began, ended in sorted(rows):
        if found and found[-1][0] == trial and began <= found[-1][2]:
            found[-1] = (trial, found[-1][1], max(found[-1][2], ended))
        elif ended > began:
            found.append((trial, began, ended))
    trials, starts, ends = (np.array(part) for part in zip(*found, strict=True)) if found else ([], [], [])
    return np.asarray(trials, dtype=np.int64), np.asarray(starts, float), np.asarray(ends, float)


def _within(
    events: NDArray[np.void], trial: NDArray[np.int64], began: Floats, ended: Floats
) -> NDArray[np.bool_]:
    """Which events occurred in one of the stretches."""
    held: dict[int, list[tuple[float, float]]] = {}
    for number, start, end in zip(trial.tolist(), began.tolist(), ended.tolist(), strict=True):
        held.setdefault(number, []).append((start, end))
    each = zip(events["trial"].tolist(), events["occurred"].tolist(), strict=True)
    inside = [any(a <= day < b for a, b in held.get(number, ())) for number, day in each]
    return np.array(inside, dtype=bool)
