"""Arms: their sizes, who refused, and patients with each event, by arm and population."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from simulator.metrics.block import Block, Floats
from simulator.model.arms import UNTREATED
from simulator.model.metric import Key, Kind, Metric
from simulator.program.arms import ArmsTable
from simulator.program.words import Population

__all__ = ["DIFFERENCE", "METRICS", "WITH", "columns"]

Ints = NDArray[np.int64]

RANDOMISED = Metric(
    "n_randomised.ARM",
    kind=Kind.MEAN,
    unit="patients",
    label="randomised to {arm}",
    about="patients who were allocated to the arm, whatever they received",
)
REFUSED = Metric(
    "n_refused.ARM",
    kind=Kind.MEAN,
    unit="patients",
    label="refused {arm}",
    about="of these, who refused; only for arms that somebody may refuse",
)
RECEIVED = Metric(
    "n_received.ARM",
    kind=Kind.MEAN,
    unit="patients",
    label="received {arm}",
    about="who received the arm's treatment, wherever they were allocated; only where somebody may refuse",
)
NOTHING = Metric(
    f"n_received.{UNTREATED}",
    kind=Kind.MEAN,
    unit="patients",
    label="untreated",
    about="who refused and received nothing; only where that may be",
)
IMBALANCE = Metric(
    "imbalance",
    kind=Kind.MEAN,
    unit="patients off the shares",
    label="imbalance of the arms",
    about="largest difference of an arm's size from its share of all patients, at the end of accrual; of two "
    "arms with equal shares half the difference of their sizes; the shares are those at entry",
)
LARGEST = Metric(
    "imbalance.largest",
    kind=Kind.MEAN,
    unit="patients off the shares",
    label="largest imbalance on the way",
    about="the largest that this was after any patient",
)
DAYS = Metric(
    "person_days_of.ARM",
    kind=Kind.MEAN,
    unit="person-days",
    label="person-days of {arm}",
    about="from entry to the end of the course, summed over those allocated to the arm",
)
POPULATIONS = {
    Population.RANDOMISED: "by the arm that they were allocated to",
    Population.TREATED_AS_RANDOMISED: "the same without those who refused; only where somebody may",
    Population.AS_TREATED: "by the arm whose treatment they received, the untreated in none; only where "
    "somebody may refuse",
}


def _of_each(form: str, label: str, about: str, unit: str, kind: Kind, undefined: str = "") -> list[Metric]:
    """The metric of each population; that of all as randomised goes without a word."""
    made = []
    for population, whose in POPULATIONS.items():
        plain, word = population is Population.RANDOMISED, population.word
        made.append(
            Metric(
                form if plain else f"{form}.{word}",
                kind=kind,
                unit=unit,
                label=label if plain else f"{label}, {word.replace('_', ' ')}",
                about=f"{about}: {whose}",
                undefined=undefined,
            )
        )
    return made


WITH = _of_each(
    "patients_with.EVENT.ARM",
    "{event}, {arm}",
    "patients with at least one such event during their course",
    "patients",
    Kind.MEAN,
)
DIFFERENCE = _of_each(
    "risk_difference.EVENT.ARM",
    "risk of {event}, {arm}",
    "share of an arm's patients with such an event less that of the last arm of the design",
    "of patients",
    Kind.DIFFERENCE,
    undefined="an arm has nobody",
)
EVENTS = Metric(
    "events.EVENT.ARM",
    kind=Kind.MEAN,
    unit="events",
    label="events: {event}, {arm}",
    about="all such events, repeats included, of patients allocated to the arm",
)
METRICS = (
    RANDOMISED, REFUSED, RECEIVED, NOTHING, IMBALANCE, LARGEST, *WITH, *DIFFERENCE, EVENTS, DAYS,
)  # fmt: skip


def columns(block: Block) -> dict[Key, Floats]:
    """Patients of each trial by arm; nothing without arms."""
    arms = block.program.arms
    return {} if arms is None else dict((*_sizes(block, arms), *_events(block, arms)))


def _sizes(block: Block, arms: ArmsTable) -> Iterator[tuple[Key, Floats]]:
    """Allocated, refused, received; imbalance; days."""
    patients = block.records.patients
    arm, received = patients["arm"], patients["received"]
    days = patients["exit"] - patients["entry"]
    for i, name in enumerate(arms.names):
        mine = patients[arm == i]
        yield RANDOMISED(name), block.count(mine)
        yield DAYS(name), block.count(mine, days[arm == i])
        if arms.refusal is not None:
            yield RECEIVED(name), block.count(patients[received == i])
            if arms.refusal.shares[i] > 0.0:
                yield REFUSED(name), block.count(mine[mine["received"] != i])
    if arms.refusal is not None and arms.refusal.then == arms.untreated:
        yield NOTHING(), block.count(patients[received == arms.untreated])
    yield from zip((IMBALANCE(), LARGEST()), _imbalance(block, arms), strict=True)


def _imbalance(block: Block, arms: ArmsTable) -> tuple[Floats, Floats]:
    """Of each trial the imbalance after the last patient, and the largest after any; 0 without patients."""
    trial = block.index(block.records.patients)
    last, largest = np.zeros(block.size), np.zeros(block.size)
    if not len(trial):
        return last, largest
    first = np.flatnonzero(np.append(True, trial[1:] != trial[:-1]))
    of = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(trial))))
    nth = np.arange(len(trial)) - first[of] + 1
    patients, off = block.records.patients, np.zeros(len(trial))

    def so_far(those: NDArray[np.bool_]) -> Ints:
        there: Ints = np.cumsum(those, dtype=np.int64)
        there -= np.append(0, there)[first][of]  # those of trials before
        return there

    ways = block.program.allocations
    entered = [(way, so_far(patients["version"] == v)) for v, way in enumerate(ways)] or [(arms, nth)]
    for i in range(len(arms.names)):
        wanted = sum(way.share(i) * n for way, n in entered)
        off = np.maximum(off, np.abs(so_far(patients["arm"] == i) - wanted))
    here = trial[first]
    last[here], largest[here] = off[np.append(first[1:], len(trial)) - 1], np.maximum.reduceat(off, first)
    return last, largest


def _events(block: Block, arms: ArmsTable) -> Iterator[tuple[Key, Floats]]:
    """Patients with each event, risk differences and events."""
    patients, events = block.records.patients, block.records.events
    trial, width = block.index(patients), len(arms.names) + 1
    places = {p: trial * width + group for p, group in _groups(block, arms).items()}
    sizes = {p: _table(block, place, width) for p, place in places.items()}
    whose = block.records.patient_of(events)
    for number, event in enumerate(block.program.events):
        rows = whose[events["event"] == number]
        had = np.unique(rows)
        for p, place in places.items():
            x = _table(block, place[had], width)
            for i, name in enumerate(arms.names):
                yield WITH[p](event.name, name), np.ascontiguousarray(x[:, i])
            share = np.divide(x, sizes[p], out=np.full_like(x, np.nan), where=sizes[p] > 0)
            for i, name in enumerate(arms.names[:-1]):
                yield DIFFERENCE[p](event.name, name), share[:, i] - share[:, width - 2]
        all_of = _table(block, places[Population.RANDOMISED][rows], width)
        for i, name in enumerate(arms.names):
            yield EVENTS(event.name, name), np.ascontiguousarray(all_of[:, i])


def _groups(block: Block, arms: ArmsTable) -> dict[Population, Ints]:
    """Population -> arm in which it has each patient; one more than the last for none."""
    arm, received = (np.ascontiguousarray(block.records.patients[name]) for name in ("arm", "received"))
    groups = {Population.RANDOMISED: arm}
    if arms.refusal is not None:
        groups[Population.TREATED_AS_RANDOMISED] = np.where(arm == received, arm, arms.untreated)
        groups[Population.AS_TREATED] = received
    return groups


def _table(block: Block, place: Ints, width: int) -> Floats:
    """(rows,) places -> how many fall on each. (trials, width)"""
    return np.bincount(place, minlength=block.size * width).reshape(-1, width).astype(float)
