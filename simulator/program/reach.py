"""How many patients a rule may read, and how far the counts that its looks wait for may come."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from math import inf

from simulator.model.design import Design
from simulator.model.milestone import EACH_ARM, Milestone
from simulator.model.monitoring import Monitor
from simulator.program.arms import ArmsTable, lower_arms

__all__ = ["most_of", "most_read"]


def most_read(design: Design, monitor: Monitor, cap: int) -> int:
    """The most patients whom a rule may read of so many who enter: those of its arms."""
    return cap if monitor.arms is None else _most_in(design, monitor.population, monitor.arms, cap)


def most_of(design: Design, monitor: Monitor, milestone: Milestone, cap: int) -> float:
    """How far the count of a rule's milestone can come where so many enter; inf where nothing limits it."""
    unit, event = milestone.unit, milestone.event
    if unit == "days" or (event is not None and design.events[event].repeats):
        return inf
    if unit == "registered":
        return design.accrual.limit(unit)
    if unit == "events":
        return cap
    population = "randomised" if unit == "randomised" else monitor.population
    if milestone.arm == EACH_ARM:
        arms = monitor.compare or design.open_arms
        fewest = min((_most_in(design, population, (arm,), cap) for arm in arms), default=cap)
        return min(fewest, _most_in(design, population, arms, cap) // max(len(arms), 1))
    if milestone.arm is not None:
        return _most_in(design, population, (milestone.arm,), cap)
    if unit == "randomised":
        return cap
    return _most_in(design, population, monitor.compare or monitor.arms or tuple(design.arms), cap)


def _most_in(design: Design, population: str, arms: Collection[str], cap: int) -> int:
    """The most of so many who enter that a population has in some arms together."""
    refusal, table = design.refusal, _allocation(design)
    comes = population == "as_treated" and refusal is not None and refusal.then in arms
    if table is None or comes or not {*arms} <= {*table.names}:
        return cap
    return table.most(tuple(table.names.index(arm) for arm in arms), cap)


def _allocation(design: Design) -> ArmsTable | None:
    """The arms without a truth: which trait is whose does not matter here, nor who refuses."""
    stratum = design.randomisation.stratum
    return lower_arms(replace(design, refusal=None), {} if stratum is None else {stratum: 0})
