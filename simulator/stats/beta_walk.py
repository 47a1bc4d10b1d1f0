"""P(E > S + margin) along a staircase of counts: each value from its neighbour, not anew.

One more patient changes the tail of a Beta by a single term, so a step costs one exponential per node of the
quadrature in `beta`, where a value by itself costs an incomplete Beta function per node and refinement.
"""

from __future__ import annotations

from math import lgamma

import numpy as np
from numpy.typing import NDArray

from simulator.stats.beta import FIRST_PANELS, LAST_PANELS, quadrature, upper_tails

__all__ = ["ACCURACY", "BetaWalk"]

Floats = NDArray[np.float64]

ACCURACY = 1e-8  # of a value: reached where half as many panels give the same to a tenth of it


class BetaWalk:
    """P(E > S + margin) to `ACCURACY` while a and b rise by ones, E ~ Beta(a, b), S ~ Beta(a2, b2).

    At each node s (margin included) of the quadrature, the upper tail Q(a, b) of E goes on by
    Q(a + 1, b) = Q(a, b) + t / a, Q(a, b + 1) = Q(a, b) - t / b, t = s^a (1 - s)^b / B(a, b).
    The margin is between -1 and 1.
    ArithmeticError where no number of panels is enough.
    """

    def __init__(self, a: float, b: float, a2: float, b2: float, margin: float = 0.0) -> None:
        self.a, self.b = a, b
        self.standard = (a2, b2, margin)
        self._refine(FIRST_PANELS)

    def value(self, event: bool | None = None) -> float:
        """Where the walk stands; or after one more patient with the event (True), or without (False)."""
        while True:
            tails = self._tails if event is None else self._after(event)
            coarse, fine = self._weights @ tails
            if abs(fine - coarse) <= ACCURACY / 10:
                return float(self._low_mass + fine)
            self._refine(2 * self._panels)

    def go(self, event: bool) -> None:
        """Take in one more patient, with the event or without."""
        self._tails = self._after(event)
        if event:
            self.a += 1.0
        else:
            self.b += 1.0

    def _after(self, event: bool) -> Floats:
        """The tails after one more patient. (K,)"""
        beta = lgamma(self.a) + lgamma(self.b) - lgamma(self.a + self.b)
        term = np.exp(self.a * self._log_below + self.b * self._log_above - beta)
        tails: Floats = self._tails + term / self.a if event else self._tails - term / self.b
        return tails

    def _refine(self, panels: int) -> None:
        """Nodes of so many panels and of half as many, and E's tails there."""
        if 2 * panels > LAST_PANELS:
            raise ArithmeticError(
                f"P(E > S + margin) did not settle for {self.standard}; check the parameters"
            )
        self._panels = panels
        below, above, weights = [], [], []
        for number in (panels, 2 * panels):
            s, complement, weight, self._low_mass, bottom = quadrature(*self.standard, number)
            below.append(s)
            above.append(complement)
            weights.append(weight.copy())
            weights[-1][0] += bottom  # what lies below the first node counts as if it lay there
        nodes, complements = np.concatenate(below), np.concatenate(above)
        self._weights = np.zeros((2, nodes.size))
        self._weights[0, : weights[0].size], self._weights[1, weights[0].size :] = weights
        self._log_below, self._log_above = np.log(nodes), np.log(complements)
        self._tails = upper_tails(np.array([self.a]), np.array([self.b]), nodes, complements)[0]
