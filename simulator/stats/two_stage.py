"""Two-stage designs of one binomial count or two: what they do, and the search for the best (simon1989).

Plain Python, since a file that names a search is read, and its formula printed, without numpy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import inf

__all__ = ["MOST_N", "Tails", "TwoStage", "search", "search_both"]

MOST_N = 300  # patients of a design that a search looks at


class Tails:
    """Binomial probabilities of one rate: P(X = k) and P(X > k) for X ~ Binomial(m, p), as m is asked for."""

    def __init__(self, p: float) -> None:
        self.p = p
        self._mass: list[list[float]] = [[1.0]]
        self._above: list[list[float]] = [[0.0]]

    def mass(self, m: int) -> list[float]:
        """P(X = k), k = 0 ... m."""
        while len(self._mass) <= m:
            last, p = self._mass[-1], self.p
            row = [(1.0 - p) * a + p * b for a, b in zip([*last, 0.0], [0.0, *last], strict=True)]
            self._mass.append(row)
            total, tail = 0.0, [0.0] * len(row)
            for k in range(len(row) - 1, 0, -1):
                total += row[k]
                tail[k - 1] = total
            self._above.append(tail)
        return self._mass[m]

    def above(self, m: int, k: int) -> float:
        """P(X > k), any k."""
        if k < 0:
            return 1.0
        self.mass(m)
        return self._above[m][k] if k < m else 0.0

    def both_above(self, n1: int, r1: int, n: int, r: int) -> float:
        """P(more than r1 among the first n1, and more than r among all n)."""
        first, after = self.mass(n1), n - n1
        self.mass(after)
        tail = self._above[after]
        total = 0.0
        for x in range(r1 + 1, n1 + 1):
            left = r - x
            total += first[x] * (1.0 if left < 0 else tail[left] if left < after else 0.0)
        return total


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoStage:
    """Stop at n1 with at most r1 events; at n, more than r accept the treatment."""

    r1: int
    n1: int
    r: int
    n: int

    def accepts(self, p: float) -> float:
        """P(more than r1 of n1, and more than r of n)."""
        return Tails(p).both_above(self.n1, self.r1, self.n, self.r)

    def expected_n(self, p: float) -> float:
        """E[n] = n1 + P(more than r1 of n1) (n - n1)."""
        return self.n1 + Tails(p).above(self.n1, self.r1) * (self.n - self.n1)


@lru_cache(maxsize=256)
def search(p0: float, p1: float, alpha: float, beta: float, weight: float) -> TwoStage | None:
    """The design with the least weight x n + (1 - weight) x E[n | p0] (jung2004); None up to `MOST_N`.

    Among those with P(accept | p0) <= alpha and P(accept | p1) >= 1 - beta. weight 0 is the optimal design of
    simon1989; 1 the minimax, the least n and of its designs the least E[n | p0]. Of equals the smaller n,
    then n1, is taken; of several r the largest, as simon1989 and clinfun do.

    Exact: a stage of n1 stops with at most the largest r1 of P(X1 <= r1 | p1) <= beta, which bounds E[n | p0]
    from below, and n grows until no bound is below the best.
    """
    null, good = Tails(p0), Tails(p1)
    best, found = (inf, inf), None
    most_r1: list[int] = [-1]  # per n1
    for n in range(2, MOST_N + 1):
        most_r1.append(_largest(good, n - 1, beta))
        bounds = [(_loss(weight, n, null, n1, most_r1[n1]), n1) for n1 in range(1, n)]
        if min(bounds)[0] >= best:
            break
        if _least_size(null, good, n, 1.0 - beta) > alpha:
            continue
        for bound, n1 in bounds:
            if bound >= best:
                continue
            for loss, design in _of_stage(null, good, n1, n, most_r1[n1], alpha, beta, weight):
                if loss < best:
                    best, found = loss, design
    return found


def _loss(weight: float, n: int, null: Tails, n1: int, r1: int) -> tuple[float, float]:
    """What is made small, and E[n | p0] among equals."""
    expected = n1 + null.above(n1, r1) * (n - n1)
    return weight * n + (1.0 - weight) * expected, expected


def _largest(good: Tails, m: int, beta: float) -> int:
    """Largest r with P(X <= r | p1) <= beta among m; -1 if there is none."""
    r = -1
    while r < m and 1.0 - good.above(m, r + 1) <= beta:
        r += 1
    return r


def _largest_accepting(good: Tails, n: int, power: float) -> int:
    """Largest r with P(X > r | p1) >= power among n; from -1."""
    r = n - 1
    while good.above(n, r) < power:
        r -= 1
    return r


def _least_size(null: Tails, good: Tails, n: int, power: float) -> float:
    """P(reject | p0) that no test of n patients with this power falls short of (Neyman and Pearson)."""
    r = _largest_accepting(good, n, power)
    more, at = good.above(n, r + 1), good.mass(n)[r + 1]
    return null.above(n, r + 1) + (power - more) / at * null.mass(n)[r + 1]


def _of_stage(
    null: Tails, good: Tails, n1: int, n: int, most_r1: int, alpha: float, beta: float, weight: float
) -> Iterator[tuple[tuple[float, float], TwoStage]]:
    """The feasible design of a first stage and an n with the largest r1, hence the least E[n | p0]."""
    most_r = _largest_accepting(good, n, 1.0 - beta)
    for r1 in range(most_r1, -1, -1):
        r = most_r
        while r >= r1 and good.both_above(n1, r1, n, r) < 1.0 - beta:
            r -= 1
        if r >= r1 and null.both_above(n1, r1, n, r) <= alpha:
            yield _loss(weight, n, null, n1, r1), TwoStage(r1=r1, n1=n1, r=r, n=n)
            return


# ---------------------------------------------------------------- two endpoints


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """One endpoint's part of a design, and what it does at its unacceptable and its acceptable rate."""

    design: TwoStage
    accepts: tuple[float, float]
    goes_on: tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """Patients with a good outcome: their rates, the level, and the chance to miss a good treatment."""

    null: Tails
    good: Tails
    alpha: float
    beta: float

    def hopeless(self, n: int) -> bool:
        """Whether no test of n patients keeps the level, the other endpoint accepting as seldom as it may."""
        power = 1.0 - self.beta
        return _least_size(self.null, self.good, n, power) * power > self.alpha

    def least_going_on(self, n1: int) -> tuple[float, float]:
        """P(the first stage goes on) at either rate, where it stops as often as it may."""
        r1 = _largest(self.good, n1, self.beta)
        return self.null.above(n1, r1), self.good.above(n1, r1)

    def stages(self, n1: int, n: int, other: tuple[float, float], most: float) -> list[_Stage]:
        """Every part that alone leaves the power, and the level as far as the other endpoint can help.

        other : its P(the first stage goes on), at least; most : of P(both go on)
        """
        found, power = [], 1.0 - self.beta
        most_r = _largest_accepting(self.good, n, power)
        for r1 in range(_largest(self.good, n1, self.beta), -2, -1):
            goes_on = self.null.above(n1, r1), self.good.above(n1, r1)
            if max(goes_on[0] * other[1], goes_on[1] * other[0]) >= most:
                break  # as it is with every smaller r1
            for r in range(most_r, r1 - 1, -1):
                accepts = self.good.both_above(n1, r1, n, r)
                if accepts < power:
                    continue
                wrongly = self.null.both_above(n1, r1, n, r)
                if wrongly * power > self.alpha:
                    break
                design = TwoStage(r1=r1, n1=n1, r=r, n=n)
                found.append(_Stage(design=design, accepts=(wrongly, accepts), goes_on=goes_on))
        return found


@lru_cache(maxsize=256)
def search_both(
    response: tuple[float, float], spared: tuple[float, float], alpha: tuple[float, float], beta: float
) -> tuple[TwoStage, TwoStage] | None:
    """The optimal design of bryant1995 for responses and for patients spared a toxicity; None up to `MOST_N`.

    response, spared : the unacceptable and the acceptable rate of each; alpha : most of P(accept) where the
    response, where the toxicity is unacceptable and the other acceptable; beta : most of 1 - P(accept) where
    both are acceptable. Made small is E[n], at the worse of the two where one is unacceptable. The endpoints
    are taken as independent. Of equals the smaller n, then n1, then the larger r1 and r.
    """
    first = _Endpoint(Tails(response[0]), Tails(response[1]), alpha[0], beta)
    second = _Endpoint(Tails(spared[0]), Tails(spared[1]), alpha[1], beta)
    best, found = inf, None
    least_on: list[float] = [1.0]  # per n1
    for n in range(2, MOST_N + 1):
        one, other = first.least_going_on(n - 1), second.least_going_on(n - 1)
        least_on.append(max(one[0] * other[1], one[1] * other[0]))
        bounds = [n1 + least_on[n1] * (n - n1) for n1 in range(1, n)]
        if min(bounds) >= best:
            break
        if first.hopeless(n) or second.hopeless(n):
            continue
        for n1, bound in enumerate(bounds, start=1):
            for expected, pair in _pairs(first, second, n1, n, best) if bound < best else ():
                if expected < best:
                    best, found = expected, pair
    return found


def _pairs(
    first: _Endpoint, second: _Endpoint, n1: int, n: int, best: float
) -> Iterator[tuple[float, tuple[TwoStage, TwoStage]]]:
    """Feasible pairs, with E[n] at the worse of the two; none above `best`."""
    most = (best - n1) / (n - n1)
    others = second.stages(n1, n, first.least_going_on(n1), most)
    for one in first.stages(n1, n, second.least_going_on(n1), most) if others else ():
        for other in others:
            if (
                one.accepts[0] * other.accepts[1] <= first.alpha
                and one.accepts[1] * other.accepts[0] <= second.alpha
                and one.accepts[1] * other.accepts[1] >= 1.0 - first.beta
            ):
                on = max(one.goes_on[0] * other.goes_on[1], one.goes_on[1] * other.goes_on[0])
                yield n1 + on * (n - n1), (one.design, other.design)
