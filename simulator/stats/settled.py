"""How exactly `beta.prob_exceeds` is known. Without numpy: a cut-off is judged by it while a file is read."""

from __future__ import annotations

__all__ = ["AGREEMENT", "settled"]

AGREEMENT = 1e-11  # absolute change on doubling the panels that ends the doubling


def settled(a2: float, b2: float) -> float:
    """The absolute change that ends it for a standard Beta(a2, b2), whose density's logarithm cancels."""
    return max(AGREEMENT, 1e-15 * (a2 + b2))
