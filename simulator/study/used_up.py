"""Does every hazard component have the events that its used-up hazard says? Asked of every run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log, sqrt

from simulator.errors import TrialstopError
from simulator.metrics.registry import metric_of
from simulator.metrics.risks import CROSSINGS, RISK
from simulator.stats.used_up import log_e
from simulator.study.cell import Cell

__all__ = ["FALSE_ALARM", "FEW", "HazardError", "UsedUp", "Weighed", "used_up", "weigh"]

FALSE_ALARM = 1e-5  # at most, over all components of all cells of a run
FEW = 25  # expected events below which nothing is said in standard errors


class HazardError(TrialstopError):
    """Events do not come as the hazards say: the results cannot be trusted."""

    exit_code = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedUp:
    """One component in one cell, over all its trials: crossings N, and the hazard A used up."""

    variant: str
    truth: str
    component: str
    crossings: int
    used: float

    @property
    def log_e(self) -> float:
        """log of the e-value (stats/used_up.py)."""
        return log_e(self.crossings, self.used)

    @property
    def z(self) -> float | None:
        """(N - A) / sqrt(A); None where few are expected, and it is far from normal."""
        return (self.crossings - self.used) / sqrt(self.used) if self.used >= FEW else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """All components of all cells. worst: the one with the largest e."""

    components: int
    worst: UsedUp
    zs: tuple[float, ...]

    @property
    def allowed(self) -> float:
        """log of the e that one of them exceeds by chance in FALSE_ALARM of runs at most."""
        return log(self.components / FALSE_ALARM)

    def demand(self) -> None:
        """HazardError if the largest e is beyond chance."""
        if self.worst.log_e >= self.allowed:
            raise HazardError(
                f"events do not come as the hazards say: variant {self.worst.variant}, truth "
                f"{self.worst.truth}, {self.worst.component}: {self.worst.crossings:,} events where "
                f"{self.worst.used:,.6g} were due (log e {self.worst.log_e:.1f}, allowed {self.allowed:.1f})"
            )


def weigh(cells: Sequence[Cell]) -> Weighed | None:
    """What cells say; None of those without components, and of results written before these were counted."""
    found = [each for cell in cells for each in used_up(cell)]
    if not found:
        return None
    return Weighed(
        components=len(found),
        worst=max(found, key=lambda each: each.log_e),
        zs=tuple(each.z for each in found if each.z is not None),
    )


def used_up(cell: Cell) -> Iterator[UsedUp]:
    """Every component of a cell, in order."""
    for key, crossings in cell.metrics.items():
        if metric_of(key) is CROSSINGS and crossings.value is not None:
            names = CROSSINGS.names(key)
            yield UsedUp(
                variant=cell.variant,
                truth=cell.truth,
                component=" by ".join(names),
                crossings=round(crossings.value * crossings.n),
                used=(cell.metrics[RISK(*names)].value or 0.0) * crossings.n,
            )
