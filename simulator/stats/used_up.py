"""Events against the hazard that was used up: an e-value of whether they belong together."""

from __future__ import annotations

from math import lgamma, log1p

__all__ = ["log_e"]


def log_e(crossings: int, used: float) -> float:
    """log of e = N! e^A / (1 + A)^(N + 1), for N events and the cumulative hazard A used up meanwhile.

    e is the mean of r^N exp(-(r - 1) A) over r ~ Exp(1): the likelihood ratio of hazards r times as large,
    whose mean is 1 whatever ends the observation. So P(e >= x) <= 1 / x exactly (Markov), at any A.
    """
    return lgamma(crossings + 1) + used - (crossings + 1) * log1p(used)
