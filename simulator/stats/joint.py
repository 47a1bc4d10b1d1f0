"""Two associated binary outcomes per patient, and the exact course of a trial that monitors both.

The four cells fix the association (plackett1965, or the Fréchet bounds); the recursion over
(responses, toxicities) is that of `binomial`, with thall1995's two boundaries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

from simulator.stats.binomial import check_looks
from simulator.stats.joint_band import Pair, walk_joint

__all__ = ["FourCells", "MonitoredJoint", "four_cells", "monitor_joint"]

Floats = NDArray[np.float64]

MOST = 1_000  # patients
WHOLE = 150  # patients up to which every pair of counts is kept, however small its probability


@dataclass(frozen=True, slots=True, kw_only=True)
class FourCells:
    """Probabilities of one patient's pair of outcomes; they sum to 1."""

    both: float
    response_only: float
    toxicity_only: float
    neither: float


def four_cells(p_response: float, p_toxicity: float, odds_ratio: float = 1.0) -> FourCells:
    """The 2 x 2 table with these margins and odds ratio both x neither / (response_only x toxicity_only).

    odds_ratio : 0 to infinity; 1 = independent, 0 and inf = as seldom and as often together as the
    margins allow (the Fréchet bounds). For others `both` is the root of a quadratic (plackett1965).
    """
    for name, p in (("p_response", p_response), ("p_toxicity", p_toxicity)):
        if not 0.0 <= p <= 1.0:
            raise ValueError(f"{name} is {p}, allowed 0 to 1")
    if not odds_ratio >= 0.0:
        raise ValueError(f"odds_ratio is {odds_ratio}, allowed 0 to infinity")
    if odds_ratio == inf:
        both = min(p_response, p_toxicity)
    elif odds_ratio <= 1.0:
        both = _both(p_response, p_toxicity, odds_ratio)
    else:  # response and *no* toxicity have the inverse odds ratio
        both = p_response - _both(p_response, 1.0 - p_toxicity, 1.0 / odds_ratio)
    both = min(max(both, 0.0, p_response + p_toxicity - 1.0), p_response, p_toxicity)
    return FourCells(
        both=both,
        response_only=p_response - both,
        toxicity_only=p_toxicity - both,
        neither=max(0.0, 1.0 - p_response - (p_toxicity - both)),
    )


def _both(p: float, q: float, ratio: float) -> float:
    """P(both) for an odds ratio r in [0, 1]: root of (r - 1) y^2 - s y + r p q = 0, s = 1 + (p + q)(r - 1).

    y = 2 r p q / (s + root) or (s - root) / (2 (r - 1)), whichever does not cancel.
    """
    if ratio == 1.0:
        return p * q
    if ratio == 0.0:
        return max(0.0, p + q - 1.0)
    s = 1.0 + (p + q) * (ratio - 1.0)
    root = sqrt(max(0.0, s * s + 4.0 * ratio * (1.0 - ratio) * p * q))
    if s + root == 0.0:
        return 0.0
    return 2.0 * ratio * p * q / (s + root) if s >= 0.0 else (root - s) / (2.0 * (1.0 - ratio))


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoredJoint:
    """What happens to a trial that looks at responses and toxicities.

    looks : patients at each look; max_n : patients of a trial that does not stop
    toxicity_only_at, response_only_at, both_at : P(stopped at this look, boundaries that held), as `looks`
    p_accept : P(no boundary held at any look); of a design by stages, that it accepts at the last
    expected_n, expected_toxicities, expected_responses : E of the counts when the trial ends
    """

    looks: tuple[int, ...]
    toxicity_only_at: tuple[float, ...]
    response_only_at: tuple[float, ...]
    both_at: tuple[float, ...]
    max_n: int
    p_accept: float
    expected_n: float
    expected_toxicities: float
    expected_responses: float

    @property
    def p_toxicity_only(self) -> float:
        """P(stop, the toxicity boundary alone holding)."""
        return sum(self.toxicity_only_at)

    @property
    def p_response_only(self) -> float:
        """P(stop, the response boundary alone holding)."""
        return sum(self.response_only_at)

    @property
    def p_both(self) -> float:
        """P(stop, both boundaries holding at that look)."""
        return sum(self.both_at)

    @property
    def stop_at(self) -> tuple[float, ...]:
        """P(stopped at this look), as `looks`."""
        return tuple(map(sum, zip(self.toxicity_only_at, self.response_only_at, self.both_at, strict=True)))

    @property
    def p_stop(self) -> float:
        """P(stop), the last look included."""
        return sum(self.stop_at)

    @property
    def p_stop_before_last(self) -> float:
        """P(stop before the last look)."""
        return sum(self.stop_at[:-1])


def monitor_joint(
    looks: Sequence[int],
    cells: FourCells,
    *,
    toxicity: Sequence[int | None] | None = None,
    response: Sequence[int | None] | None = None,
    max_n: int | None = None,
) -> MonitoredJoint:
    """Exact course of a trial that stops at look k iff x_tox >= toxicity[k] or x_resp <= response[k].

    looks : patients at each look, increasing; toxicity, response : one per look, None = never
    max_n : patients without a stop, by default the last look; ValueError above `MOST`

    Cost O(max_n^3) up to `WHOLE` patients (1 ms for 45), about O(max_n^2) beyond.
    """
    last = looks[-1] if max_n is None and looks else max_n or 0
    check_looks(looks, last, toxicity, response)
    if last > MOST:
        raise ValueError(
            f"two counts together have too many states beyond {MOST:,} patients: simulate instead"
        )
    toxicity = [None] * len(looks) if toxicity is None else toxicity
    response = [None] * len(looks) if response is None else response
    if last > WHOLE:
        return _of_many(looks, cells, toxicity, response, last)
    counts = np.arange(last + 1, dtype=np.float64)
    mass = np.zeros((last + 1, last + 1))  # P(running, r responses, t toxicities)
    mass[0, 0] = 1.0
    parts: tuple[list[float], list[float], list[float]] = ([], [], [])
    total_n = total_tox = total_resp = 0.0
    entered = 0
    for n, tox, resp in zip(looks, toxicity, response, strict=True):
        mass = _add_patients(mass, entered, n, cells)
        entered = n
        t = last + 1 if tox is None else min(max(tox, 0), last + 1)
        r = 0 if resp is None else min(max(resp, -1), last) + 1  # rows 0 ... r - 1 are at or below the bound
        parts[0].append(float(mass[r:, t:].sum()))
        parts[1].append(float(mass[:r, :t].sum()))
        parts[2].append(float(mass[:r, t:].sum()))
        stopped = mass.copy()
        stopped[r:, :t] = 0.0
        mass = mass - stopped
        total_n += n * float(stopped.sum())
        total_resp += float(counts @ stopped.sum(axis=1))
        total_tox += float(stopped.sum(axis=0) @ counts)
    mass = _add_patients(mass, entered, last, cells)
    return MonitoredJoint(
        looks=tuple(looks),
        toxicity_only_at=tuple(parts[0]),
        response_only_at=tuple(parts[1]),
        both_at=tuple(parts[2]),
        max_n=last,
        p_accept=float(mass.sum()),
        expected_n=total_n + last * float(mass.sum()),
        expected_toxicities=total_tox + float(mass.sum(axis=0) @ counts),
        expected_responses=total_resp + float(counts @ mass.sum(axis=1)),
    )


def _of_many(
    looks: Sequence[int],
    cells: FourCells,
    toxicity: Sequence[int | None],
    response: Sequence[int | None],
    last: int,
) -> MonitoredJoint:
    """E of the counts is that of patients times the rate (Wald)."""
    pair = Pair(cells.both, cells.response_only, cells.toxicity_only, cells.neither)
    found, running = walk_joint(looks, pair, toxicity, response, last)
    toxicity_only, response_only, both = (tuple(column) for column in found.T.tolist())
    expected_n = float(found.sum(axis=1) @ np.array(looks) + last * running)
    return MonitoredJoint(
        looks=tuple(looks),
        toxicity_only_at=toxicity_only,
        response_only_at=response_only,
        both_at=both,
        max_n=last,
        p_accept=running,
        expected_n=expected_n,
        expected_toxicities=(cells.toxicity_only + cells.both) * expected_n,
        expected_responses=(cells.response_only + cells.both) * expected_n,
    )


def _add_patients(mass: Floats, entered: int, n: int, cells: FourCells) -> Floats:
    """P(running, r, t) after patients entered + 1 ... n; only the corner that can be reached is touched."""
    for m in range(entered, n):
        old = mass[: m + 1, : m + 1].copy()
        mass[: m + 1, : m + 1] = cells.neither * old
        mass[1 : m + 2, : m + 1] += cells.response_only * old
        mass[: m + 1, 1 : m + 2] += cells.toxicity_only * old
        mass[1 : m + 2, 1 : m + 2] += cells.both * old
    return mass
