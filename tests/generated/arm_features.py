"""What of arms and screening a played scenario has met."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.model.records import Records, Screened
from simulator.program.tables import Program
from simulator.program.words import NONE, Allocation, Population

__all__ = ["EXPECTED_OF_ARMS", "of_arms"]


def of_arms(program: Program, records: Records) -> Iterator[str]:
    """Lists, refusal, screening, and what rules read of them."""
    patients, screenings = records.patients, records.screenings
    if program.screening is not None:
        yield from (f"screening: {Screened(o).name.lower()}" for o in np.unique(screenings["outcome"]))
        same = patients["trial"][1:] == patients["trial"][:-1]
        if np.any(same & (np.diff(patients["candidate"]) < 0)):
            yield "screening: entered out of turn"
        if np.any(np.bincount(screenings["trial"]) == program.max_registered):
            yield "screening: all registered who may be"
    if program.arms is None or not len(patients):
        return
    yield f"arms: {program.arms.method.word}"
    if len(set(program.arms.shares)) > 1:
        yield "arms: unequal shares"
    if len(program.arms.names) > 2:
        yield "arms: three"
    if np.any(patients["stratum"] > 0):
        yield "arms: a second stratum"
    if np.any(patients["received"] == program.arms.untreated):
        yield "refusal: untreated"
    if np.any((patients["received"] != patients["arm"]) & (patients["received"] < program.arms.untreated)):
        yield "refusal: another arm"
    if program.arms.refusal is not None and program.arms.refusal.only_if != NONE:
        yield "refusal: of those with a trait"
    yield from _of_rules(program, records)


def _of_rules(program: Program, records: Records) -> Iterator[str]:
    for i, table in enumerate(program.monitors):
        looks = records.looks[records.looks["monitor"] == i]
        if not table.used:
            continue
        counter = table.counters[table.used[0]]
        if np.any(looks["x"][:, table.used[0]] > 0):
            yield f"population: {counter.population.word}"
            if counter.arms is not None and table.versus is None:
                yield "rule: of some arms"
            if table.by_time:
                yield "rule: by person-time"
        for milestone in table.look.milestones if len(looks) else ():
            if milestone.groups:
                each = len(milestone.groups) > 1
                yield f"look: {milestone.unit.word} in {'each arm' if each else 'arms'}"


EXPECTED_OF_ARMS = (
    *(f"screening: {outcome.name.lower()}" for outcome in Screened),
    "screening: entered out of turn",
    "screening: all registered who may be",
    *(f"arms: {method.word}" for method in Allocation),
    "arms: unequal shares",
    "arms: three",
    "arms: a second stratum",
    "refusal: untreated",
    "refusal: another arm",
    "refusal: of those with a trait",
    *(f"population: {population.word}" for population in Population),
    "rule: of some arms",
    "rule: by person-time",
    *(
        f"look: {unit} in {where}"
        for unit in ("treated", "completed", "known")
        for where in ("arms", "each arm")
    ),
)
