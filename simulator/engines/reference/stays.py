"""A patient's stay in a phase: its visits and courses."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, inf

from simulator.units import quantise

__all__ = ["Stay", "course_start", "next_visit"]

Stay = tuple[int, float, float]  # phase, day of entry, length of its courses


def next_visit(stretches: Sequence[tuple[float, float, float]], entry: float, now: float) -> float:
    """First visit at or after `now`: start of a stretch + k x step, k from 1; inf without one."""
    for start, end, every in stretches:
        first = entry + start
        k = max(floor((now - first) / every), 1)
        while quantise(first + k * every) < now:
            k += 1
        visit = quantise(first + k * every)
        if visit <= quantise(entry + end):
            return visit
    return inf


def course_start(stay: Stay, now: float) -> float:
    """Day on which the course began in which `now` falls; a course's last instant belongs to it."""
    _, entry, days = stay
    if days == inf:
        return entry
    k = floor((now - entry) / days)
    while k > 0 and quantise(entry + k * days) >= now:
        k -= 1
    while quantise(entry + (k + 1) * days) < now:
        k += 1
    return quantise(entry + k * days)
