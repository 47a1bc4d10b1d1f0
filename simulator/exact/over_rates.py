"""Exact operating characteristics of a boundary over true rates, patients read one after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulator.contracts import RuleTable
from simulator.program.monitors import looks_of
from simulator.program.rule_tables import MonitorTable
from simulator.program.textbook import bounds_at, bounds_of
from simulator.stats.binomial import MonitoredBinomial, monitor_each
from simulator.stats.group_sequential import Ends, ends_of
from simulator.stats.joint import MonitoredJoint, four_cells, monitor_joint

__all__ = [
    "RESPONSE",
    "TOXICITY",
    "EndpointCurve",
    "is_joint",
    "joint_over_association",
    "over_rates",
]

TOXICITY, RESPONSE = 0, 1  # readings of a joint rule


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointCurve:
    """One endpoint's outcomes alone, at each rate. outcomes: the boundaries that were read.

    many, few: the outcome that many events bring about, and few; "" without. upper, lower: their bounds at
    each look. max_n: patients of a trial that does not stop.
    """

    endpoint: str
    outcomes: tuple[str, ...]
    many: str
    few: str
    looks: tuple[int, ...]
    upper: tuple[int | None, ...]
    lower: tuple[int | None, ...]
    max_n: int
    rates: tuple[float, ...]
    results: tuple[MonitoredBinomial, ...]

    def ends(self, start: tuple[int, int] = (0, 0)) -> Ends:
        """Final states of a trial that goes on with so many patients and events; ValueError as `ends_of`."""
        return ends_of(self.looks, upper=self.upper, lower=self.lower, max_n=self.max_n, start=start)


def is_joint(table: RuleTable) -> bool:
    """Whether two endpoints are monitored together, the first for many events and the second for few."""
    return {(b.reading, b.for_many) for b in table.boundaries} == {(TOXICITY, True), (RESPONSE, False)}


def over_rates(
    table: MonitorTable,
    max_n: int,
    rates: Sequence[float],
    also: Mapping[str, Sequence[float]] | None = None,
) -> tuple[EndpointCurve, ...]:
    """Per endpoint the exact course at each true rate, for a rule that has one (`without_textbook`).

    Patients are alike and independent, each assessed before the next look, n up to `max_n`.
    also: further rates of some endpoints.
    """
    looks = looks_of(table.look, max_n, table.counters[table.used[0]].among, table.wait)
    if not looks:
        return ()
    curves = []
    for i in table.used:
        bounds = [b for b in table.table.boundaries if b.reading == i]
        if not bounds:
            continue
        upper, lower = bounds_of(table.table, i, looks)
        endpoint = table.endpoints[i]
        asked = sorted({*rates, *(also or {}).get(endpoint, ())}) if also else list(rates)
        results = monitor_each(looks, asked, upper=upper, lower=lower, max_n=max_n)
        curves.append(
            EndpointCurve(
                endpoint=endpoint,
                outcomes=tuple(b.outcome for b in bounds),
                many=next((b.outcome for b in bounds if b.for_many), ""),
                few=next((b.outcome for b in bounds if not b.for_many), ""),
                looks=looks,
                upper=tuple(upper),
                lower=tuple(lower),
                max_n=max_n,
                rates=tuple(asked),
                results=results,
            )
        )
    return tuple(curves)


def joint_over_association(
    table: MonitorTable, max_n: int, p_response: float, p_toxicity: float, odds_ratios: Sequence[float]
) -> tuple[MonitoredJoint, ...]:
    """Toxicity and response monitored together, for each odds ratio between them (0 and inf: the bounds).

    For a rule that `is_joint`. ValueError where patients are too many for it.
    """
    looks = looks_of(table.look, max_n, table.counters[table.used[0]].among, table.wait)
    toxicity = bounds_at(table.table, TOXICITY, looks, for_many=True)
    response = bounds_at(table.table, RESPONSE, looks, for_many=False)
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
