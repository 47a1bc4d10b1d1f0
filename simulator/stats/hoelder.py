"""A bound on a probability under hazards that are not those it was found under (Hoelder's inequality)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, expm1, inf, log, log1p

__all__ = ["Spread", "bound", "excess", "moment"]

STEPS = 200  # of the golden section: far beyond what a float tells apart
LEAST, MOST = log(1e-9), log(1e3)  # of q - 1, on a logarithmic scale
GOLDEN = (5.0**0.5 - 1.0) / 2.0
BEYOND = 700.0  # exponents that a float does not hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A hazard from `low` to `high` times what it is.

    most: what a patient can use up of it as it is, whatever happens. patients: how many there can be. once:
    whether a patient has the event through it at most once.
    """

    low: float
    high: float
    most: float = 0.0
    patients: int = 0
    once: bool = False

    def moment(self, q: float) -> float:
        """The most that log E[W^q] can be over the range: at an end of it, see `moment`."""
        if not self.patients or not self.most:
            return 0.0
        return self.patients * max(moment(r, q, self.most, once=self.once) for r in (self.low, self.high))


def bound(p: float, spreads: Sequence[Spread]) -> tuple[float, float]:
    """(the least upper bound on P', its q) of an event of the trial that has probability p at most.

        P' = E[W 1_F] <= E[W^q]^(1/q) P^(1 - 1/q)

    for every q > 1 at once, so q may be chosen when p is known. W is the product over patients and hazards of
    r^N exp(-(r - 1) A), the likelihood ratio. 1 where nothing better is to be had.
    """
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"p is {p}, allowed 0 to 1")
    if p in {0.0, 1.0}:
        return p, inf if p == 0.0 else 1.0  # what no trial does, none does with other hazards

    def exponent(step: float) -> float:
        q = 1.0 + exp(step)
        return (log(p) * (q - 1.0) + sum(spread.moment(q) for spread in spreads)) / q

    low, high = LEAST, MOST
    for _ in range(STEPS):
        width = GOLDEN * (high - low)
        if exponent(high - width) <= exponent(low + width):
            high = low + width
        else:
            low = high - width
    step = (low + high) / 2.0
    return min(exp(exponent(step)), 1.0), 1.0 + exp(step)


def moment(r: float, q: float, most: float, *, once: bool) -> float:
    """The most that log E[W^q] of one patient can be who uses up `most` of a hazard at most, stopped however.

    W^q = r^(q N) exp(-(r^q - 1) A) exp(psi A), of which the first part has mean 1: at most psi x most. With
    one event at most, the mean of W^q is 1 + psi x (integral to `most` of exp(-k a)), k = 1 + q (r - 1):
    less, the sooner it is stopped. Both rise away from r = 1, so that over a range the worst is at an end.
    """
    psi = excess(r, q)
    if not once or psi == inf:
        return psi * most
    k = 1.0 + q * (r - 1.0)
    if -k * most > BEYOND:
        return psi * most
    return log1p(psi * (-expm1(-k * most) / k if k else most))


def excess(r: float, q: float) -> float:
    """psi(r, q) = r^q - 1 - q (r - 1), from 0 up, of r from 0 and q from 1; inf beyond a float."""
    if r < 0.0 or q < 1.0:
        raise ValueError(f"r is {r} and q is {q}, allowed r from 0 and q from 1")
    if r == 0.0:
        return q - 1.0
    power = q * log(r)
    return max(expm1(power) - q * (r - 1.0), 0.0) if power < BEYOND else inf
