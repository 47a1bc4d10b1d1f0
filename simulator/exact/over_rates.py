"""Exact operating characteristics of a boundary over true rates, patients read one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.contracts import Boundary
from simulator.model.milestone import LookSchedule
from simulator.program.tables import MonitorTable
from simulator.stats.binomial import MonitoredBinomial, monitor
from simulator.stats.joint import MonitoredJoint, four_cells, monitor_joint

__all__ = [
    "EndpointCurve",
    "bounds_at",
    "joint_over_association",
    "looks_of",
    "over_rates",
    "without_textbook",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointCurve:
    """One endpoint's outcomes alone, at each rate. outcomes: the boundaries that were read."""

    endpoint: str
    outcomes: tuple[str, ...]
    rates: tuple[float, ...]
    results: tuple[MonitoredBinomial, ...]


def looks_of(schedule: LookSchedule, max_n: int, among: str, wait: str | None = None) -> tuple[int, ...]:
    """The n that looks read, where the schedule counts what the denominator counts; else every n.

    A schedule by patients treated reads as many completed ones only if it waits for them.
    """
    units = {milestone.unit for milestone in schedule.milestones}
    same = units == {among} and among in {"treated", "completed"}
    waited = units == {"treated"} and among == "completed" and wait is not None
    if schedule.kind in {"every", "at"} and (same or waited):
        return schedule.patients(max_n)
    return tuple(range(1, max_n + 1))


def without_textbook(table: MonitorTable) -> str:
    """Why patients read one after another do not describe the rule; "" if they do."""
    counters = [table.counters[i] for i in table.used]
    if any(counter.unit != "patients" for counter in counters):
        return "courses or events are counted, not patients"
    if any(counter.scope.at_mtd for counter in counters):
        return "only patients at the dose selected count, and how many there are depends on the dose finding"
    for counter in counters:
        if counter.among not in {"treated", "completed"}:
            return f"the denominator `{counter.among}` counts pending patients in its own way"
        every = looks_of(table.look, 2, counter.among, table.wait) == (1, 2)
        if table.look.kind in {"every", "at"} and every and table.look.milestones[0].amount != 1:
            return f"looks are not counted in patients {counter.among}"
    return ""


def over_rates(table: MonitorTable, max_n: int, rates: Sequence[float]) -> tuple[EndpointCurve, ...]:
    """Per endpoint the exact course at each true rate; () for a rule whose denominator is weighted.

    Patients are alike and independent, each assessed before the next look, n up to `max_n`.
    """
    looks = looks_of(table.look, max_n, table.counters[table.used[0]].among, table.wait)
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
    looks = looks_of(table.look, max_n, table.counters[table.used[0]].among, table.wait)
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
