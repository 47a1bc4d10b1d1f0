"""How exactly probabilities of Betas are known. Without numpy: a file's cut-offs are judged by it."""

from __future__ import annotations

__all__ = ["AGREEMENT", "DIFFERENCE", "LEAST_PARAMETER", "settled"]

AGREEMENT = 1e-11  # absolute change on doubling the panels that ends the doubling, in `beta.prob_exceeds`
DIFFERENCE = 1e-10  # absolute, of `two_arm_posterior.differences`
LEAST_PARAMETER = 0.05  # of its priors: below, rates under e^-700, which no node reaches, would have a say


def settled(a2: float, b2: float) -> float:
    """The absolute change that ends it for a standard Beta(a2, b2), whose density's logarithm cancels."""
    return max(AGREEMENT, 1e-15 * (a2 + b2))
