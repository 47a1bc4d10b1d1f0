"""A hazard constant in pieces."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import ClassVar

from simulator.contracts import HazardFamily, HazardTable
from simulator.model.base import Strict
from simulator.units import Days, Hazard, format_days, format_hazard

__all__ = ["Piece", "PiecewiseHazard"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece(Strict):
    """`hazard` up to age `to`; the last piece may leave `to` out and goes on for ever."""

    hazard: Hazard
    to: Days | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PiecewiseHazard(Strict, HazardFamily):
    """`piecewise: [{to: 30 days, hazard: 0.00206 per day}, {to: 60 days, ...}]`; zero after the last."""

    sources: ClassVar[tuple[str, ...]] = ()
    needs_clock: ClassVar[bool] = False
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"piecewise": [{"to": "30 days", "hazard": "0.002 per day"}, {"to": "60 days", "hazard": 0}]},
        {"piecewise": [{"to": "2 months", "hazard": "3 per year"}, {"hazard": "0.5 per year"}]},
    )

    piecewise: tuple[Piece, ...]

    def __post_init__(self) -> None:
        """Ends must rise, and only the last may be open."""
        if not self.piecewise:
            raise ValueError("at least one piece {to: DURATION, hazard: RATE}")
        ends = [piece.to for piece in self.piecewise]
        if None in ends[:-1]:
            raise ValueError("pieces of which only the last leaves out `to`")
        closed = [end for end in ends if end is not None]
        if any(a >= b for a, b in itertools.pairwise(closed)):
            raise ValueError("pieces whose `to` rises")

    def cumulative(self, age: float, *, clocked: bool) -> float:
        """Sum of hazard x time in each piece up to `age`."""
        del clocked
        total, start = 0.0, 0.0
        for piece in self.piecewise:
            end = age if piece.to is None else min(age, piece.to)
            total += piece.hazard * max(end - start, 0.0)
            start = max(end, start)
        return total

    def lower(self, *, clocked: bool) -> HazardTable:
        """Exact."""
        closed = [piece.to for piece in self.piecewise if piece.to is not None]
        knots = (0.0, *closed)
        last = self.piecewise[-1]
        return HazardTable(
            knots=knots,
            cumulative=tuple(self.cumulative(knot, clocked=clocked) for knot in knots),
            tail=last.hazard if last.to is None else 0.0,
        )

    def describe(self, *, clocked: bool) -> str:
        """The pieces in words."""
        del clocked
        pieces = (
            f"{format_hazard(p.hazard)} {'to ' + format_days(p.to) if p.to is not None else 'from then on'}"
            for p in self.piecewise
        )
        return "hazard " + ", ".join(pieces)
