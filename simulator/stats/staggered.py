"""Chance that a count of independent patients' events stays below a boundary that rises with time.

Patients entered at different times, so each has its own chances of an event in each period; within a
period the boundary is constant, and a count that only grows has crossed it iff it is there at the end.
A patient has at most one event, so the count of all periods is a sum over independent patients.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["MAX_STATES", "check_states", "stays_below"]

Floats = NDArray[np.float64]

MAX_STATES = 2_000_000  # 16 MB of doubles; more is refused


def stays_below(probabilities: ArrayLike, bounds: Sequence[int | None]) -> float:
    """P(count at the end of period j < bounds[j] for every j).

    probabilities : (patients, periods), P(patient i has the event in period j), rows sum to at most 1
    bounds        : (periods,), None = no boundary in that period; events in it still count later

    Exact convolution over patients on the counts per period (e_1 ... e_J), e_j < b_j, dropping every
    state with e_1 + ... + e_j >= b_j. ValueError if b_1 x ... x b_J exceeds `MAX_STATES`.
    """
    chances = _checked(probabilities, len(bounds))
    columns, limits = _merge(chances, bounds)  # (patients, J), J limits
    if not limits:
        return 1.0
    if limits[0] <= 0:
        return 0.0
    check_states(limits)
    allowed = _allowed(limits)
    mass = np.zeros(limits)
    mass[(0,) * len(limits)] = 1.0
    for row in columns:
        step = (1.0 - float(row.sum())) * mass
        for axis, p in enumerate(row):
            if p > 0.0:
                ahead = _slice(axis, slice(1, None), len(limits))
                behind = _slice(axis, slice(None, -1), len(limits))
                step[ahead] += p * mass[behind]
        mass = np.where(allowed, step, 0.0)
    return float(mass.sum())


def check_states(limits: Sequence[int]) -> int:
    """Counts per period below these bounds; ValueError if they are more than `MAX_STATES`."""
    states = prod(limits)
    if states > MAX_STATES:
        raise ValueError(
            f"the bounds {limits[0]} to {limits[-1]} need more than {MAX_STATES:,} states: simulate instead"
        )
    return states


def _checked(probabilities: ArrayLike, periods: int) -> Floats:
    chances = np.asarray(probabilities, dtype=np.float64)
    if chances.ndim != 2 or chances.shape[1] != periods:
        raise ValueError(f"probabilities have shape {chances.shape}, allowed (patients, {periods})")
    sums = chances.sum(axis=1)
    if np.any(np.isnan(chances)) or np.any(chances < 0) or np.any(sums > 1 + 1e-12):
        raise ValueError("a patient's probabilities must lie in [0, 1] and sum to at most 1")
    scale: Floats = np.maximum(sums, 1.0)[:, None]  # sums above 1 by rounding only
    return np.asarray(chances / scale)


def _merge(chances: Floats, bounds: Sequence[int | None]) -> tuple[Floats, tuple[int, ...]]:
    """Periods without a boundary joined to the next one that has it; a later lower bound also binds before.

    A count below b_j now and b_k later, b_k < b_j, is below b_k now: it never falls.
    """
    columns, limits = [], []
    waiting = np.zeros(chances.shape[0])
    for j, bound in enumerate(bounds):
        waiting = waiting + chances[:, j]
        if bound is not None:
            columns.append(waiting)
            limits.append(bound)
            waiting = np.zeros(chances.shape[0])
    for j in range(len(limits) - 2, -1, -1):
        limits[j] = min(limits[j], limits[j + 1])
    merged = np.stack(columns, axis=1) if columns else np.zeros((chances.shape[0], 0))
    return merged, tuple(limits)


def _allowed(limits: tuple[int, ...]) -> NDArray[np.bool_]:
    """States (e_1 ... e_J) whose running sums all lie below the limits."""
    running = np.zeros(limits, dtype=np.int64)
    keep = np.ones(limits, dtype=np.bool_)
    for axis, limit in enumerate(limits):
        shape = [1] * len(limits)
        shape[axis] = limit
        running = running + np.arange(limit).reshape(shape)
        keep &= running < limit
    return keep


def _slice(axis: int, part: slice, dimensions: int) -> tuple[slice, ...]:
    return tuple(part if d == axis else slice(None) for d in range(dimensions))
