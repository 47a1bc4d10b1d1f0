"""A hazard family to copy: a hazard that rises from zero and levels off.

To add a family: copy this file to `simulator/truths/KEY.py`, change what is marked, add one line
`"KEY": "simulator.truths.KEY:ClassName"` to FAMILIES in `simulator/registry.py`, a row to docs/language.md,
and the source, if the law has one, to `simulator/refs.bib`. tests/conformance then holds the closed form and
the table together. A hazard that differs by dose starts from `by_dose.py` instead.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import expm1
from typing import ClassVar

from simulator.contracts import HazardFamily, HazardTable
from simulator.model.base import Strict
from simulator.truths.tabulate import hazard_table
from simulator.units import Days, Hazard, format_days, format_hazard

__all__ = ["Rise", "Skeleton"]  # change

MEAN_LIVES = 40.0  # after so many the hazard is as good as level


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise(Strict):
    """What stands under the key: `level`, the hazard in the end; `mean_life`: by then it is at 63 % of it."""

    level: Hazard  # fields are the YAML keys; the marker reads and checks them
    mean_life: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton(Strict, HazardFamily):
    """How a file says it, then the formula: `skeleton: {level: 2 per year, mean_life: 30 days}`.

    h(t) = level x (1 - exp(-t / mean_life)).
    """

    sources: ClassVar[tuple[str, ...]] = ()  # keys of refs.bib, named in the docstring too
    needs_clock: ClassVar[bool] = True  # whether an age since enrolment would make no sense
    examples: ClassVar[tuple[dict[str, object], ...]] = (  # as in YAML; the conformance tests run on them
        {"skeleton": {"level": "2 per year", "mean_life": "30 days"}},
    )

    skeleton: Rise  # change: the first field is the key by which a file chooses the family

    def cumulative(self, age: float, *, clocked: bool) -> float:
        """The closed form: level x (age - mean_life x (1 - exp(-age / mean_life)))."""
        del clocked
        life = self.skeleton.mean_life
        return self.skeleton.level * (age + life * expm1(-age / life))

    def lower(self, *, clocked: bool) -> HazardTable:
        """The same to 1e-6 in F; a hazard in pieces writes its knots down instead, as `piecewise.py` does."""
        table = hazard_table(
            lambda age: self.cumulative(age, clocked=clocked), MEAN_LIVES * self.skeleton.mean_life
        )
        return replace(table, tail=self.skeleton.level)

    def describe(self, *, clocked: bool) -> str:
        """In words, with every number."""
        del clocked
        level, life = format_hazard(self.skeleton.level), format_days(self.skeleton.mean_life)
        return f"hazard rising from 0 to {level} with mean life {life}"
