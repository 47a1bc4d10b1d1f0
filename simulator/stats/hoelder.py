"""A bound on a probability under hazards that are not those it was found under (Hoelder's inequality)."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, expm1, inf, log, log1p

__all__ = ["Spread", "bound", "excess"]

Spread = tuple[float, float, float]
"""A component: its hazard from `low` to `high` times what it is, and A, the most of it that is used up."""

STEPS = 200  # of the golden section: far beyond what a float tells apart
LEAST, MOST = log(1e-9), log(1e3)  # of q - 1, on a logarithmic scale
GOLDEN = (5.0**0.5 - 1.0) / 2.0


def bound(p: float, spreads: Sequence[Spread]) -> tuple[float, float]:
    """(the least upper bound on P', its q) where an event of the trial has probability p at most.

        P' = E[W 1_F] <= E[W^q]^(1/q) P^(1 - 1/q) <= P^(1 - 1/q) exp(sum of psi(r, q) A / q)

    for every q > 1 at once, so q may be chosen after p is known. W = product of r^N exp(-(r - 1) A) is the
    likelihood ratio; W^q = r^(q N) exp(-(r^q - 1) A) exp(psi A), of which the first part has mean 1. psi is
    convex in r with its minimum, 0, at r = 1, so over a range the worst is at an end. 1 where nothing better
    is to be had.
    """
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"p is {p}, allowed 0 to 1")
    if p in {0.0, 1.0}:
        return p, inf if p == 0.0 else 1.0  # what no trial does, none does with other hazards

    def exponent(step: float) -> float:
        q = 1.0 + exp(step)
        worst = sum(most * max(excess(low, q), excess(high, q)) for low, high, most in spreads if most > 0.0)
        return (log(p) * (q - 1.0) + worst) / q

    low, high = LEAST, MOST
    for _ in range(STEPS):
        width = GOLDEN * (high - low)
        if exponent(high - width) <= exponent(low + width):
            high = low + width
        else:
            low = high - width
    step = (low + high) / 2.0
    return min(exp(exponent(step)), 1.0), 1.0 + exp(step)


def excess(r: float, q: float) -> float:
    """psi(r, q) = r^q - 1 - q (r - 1), from 0 up, for r from 0 and q from 1; inf beyond what a float holds."""
    if r < 0.0 or q < 1.0:
        raise ValueError(f"r is {r} and q is {q}, allowed r from 0 and q from 1")
    if r == 0.0:
        return q - 1.0
    power = q * log1p(r - 1.0)
    return max(expm1(power) - q * (r - 1.0), 0.0) if power < 700.0 else inf
