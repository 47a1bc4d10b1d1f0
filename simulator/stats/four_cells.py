"""One patient's pair of outcomes: four cells that fix how they go together (plackett1965, Fréchet bounds)."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

__all__ = ["FourCells", "four_cells"]


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
