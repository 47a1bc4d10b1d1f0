"""Exact operating characteristics of a boundary over true rates, patients read one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.contracts import Boundary
from simulator.model.milestone import LookSchedule
from simulator.program.tables import MonitorTable
from simulator.stats.binomial import MonitoredBinomial, monitor
from simulator.stats.joint import MonitoredJoint, four_cells, monitor_joint

__all__ = ["EndpointCurve", "bounds_at", "joint_over_association", "looks_of", "over_rates"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointCurve:
    """One endpoint's outcomes alone, at each rate. outcomes: the boundaries that were read."""

    endpoint: str
    outcomes: tuple[str, ...]
    rates: tuple[float, ...]
    results: tuple[MonitoredBinomial, ...]


def looks_of(schedule: LookSchedule, max_n: int) -> tuple[int, ...]:
    """Patients at each look, as the schedule has it; after every patient where it counts otherwise."""
    if schedule.kind in {"every", "at"} and all(
        m.unit in {"treated", "completed"} for m in schedule.milestones
    ):
        return schedule.patients(max_n)
    return tuple(range(1, max_n + 1))


def over_rates(table: MonitorTable, max_n: int, rates: Sequence[float]) -> tuple[EndpointCurve, ...]:
    """Per endpoint the exact course at each true rate; () for a rule whose denominator is weighted.

    Patients are alike and independent, each assessed before the next look, n up to `max_n`.
    """
    looks = looks_of(table.look, max_n)
    if not looks:
        return ()
    curves = []
    for i in table.used:
        bounds = [b for b in table.table.boundaries if b.endpoint == i and isinstance(b, Boundary)]
        if not bounds:
            continue
        upper = bounds_at(table, i, "at_least", looks)
        lower = bounds_at(table, i, "at_most", looks)
        results = tuple(monitor(looks, p, upper=upper, lower=lower, max_n=max_n) for p in rates)
        curves.append(
            EndpointCurve(
                endpoint=table.endpoints[i],
                outcomes=tuple(b.outcome for b in bounds),
                rates=tuple(rates),
                results=results,
            )
        )
    return tuple(curves)


def joint_over_association(
    table: MonitorTable, max_n: int, p_response: float, p_toxicity: float, odds_ratios: Sequence[float]
) -> tuple[MonitoredJoint, ...]:
    """Toxicity and response monitored together, for each odds ratio between them (0 and inf: the bounds).

    The endpoints are those of a rule that has `toxicity` and `response`, in this order.
    """
    looks = looks_of(table.look, max_n)
    toxicity, response = bounds_at(table, 0, "at_least", looks), bounds_at(table, 1, "at_most", looks)
    return tuple(
        monitor_joint(
            looks,
            four_cells(p_response, p_toxicity, ratio),
            toxicity=toxicity,
            response=response,
            max_n=max_n,
        )
        for ratio in odds_ratios
    )


def bounds_at(table: MonitorTable, endpoint: int, direction: str, looks: Sequence[int]) -> list[int | None]:
    """The bound at each look of an endpoint's boundary in one direction; None where there is none."""
    for boundary in table.table.boundaries:
        if (boundary.endpoint, boundary.direction) == (endpoint, direction) and isinstance(
            boundary, Boundary
        ):
            return [boundary.bound[n] for n in looks]
    return [None] * len(looks)
