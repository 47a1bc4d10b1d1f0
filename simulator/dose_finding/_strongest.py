"""Where a DLT rate most probably is, of intervals side by side, for their widths."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from simulator.dose_finding._exact import tails

__all__ = ["strongest"]


def strongest(n: int, edges: tuple[Fraction, ...], below: int) -> tuple[int, ...]:
    """For y = 0 ... n, where the interval of most posterior probability for its width is: 1, 0 or -1.

    edges: those between the intervals, rising within (0, 1). The first `below` intervals are below the
    target's (1), the next one holds it (0), the rest are above (-1). Of equal ones the highest counts.
    """
    beyond = [tails(n, edge) for edge in edges]
    widths = [high - low for low, high in pairwise((Fraction(0), *edges, Fraction(1)))]
    found = []
    for y in range(n + 1):
        levels = (Fraction(1), *(tail[y] for tail in beyond), Fraction(0))
        densities = [(a - b) / width for (a, b), width in zip(pairwise(levels), widths, strict=True)]
        first = max(range(len(densities)), key=lambda i: (densities[i], i))
        found.append((first < below) - (first > below))
    return tuple(found)
