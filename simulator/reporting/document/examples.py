"""Trials told one by one, chosen by rule: the first that stops wrongly, stops rightly, and misses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.model.metric import Key
from simulator.reporting.document.material import ABOVE, NONE, STOP, Material
from simulator.reporting.document.pictures import trial_pictures
from simulator.reporting.document.pieces import Command, Piece, Prose, Subheading, Table
from simulator.reporting.narrative import trace
from simulator.study.results import Cell
from simulator.units import DAYS_PER_MONTH

__all__ = ["Example", "chosen", "examples"]

Columns = Mapping[Key, NDArray[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What it is an example of, and which trial."""

    what: str
    variant: str
    truth: str
    trial: int


def examples(material: Material) -> Iterator[Piece]:
    """Each with its picture, its story, and the command that tells it again."""
    found, told_before = chosen(material), set[tuple[str, str, int]]()
    yield Prose(
        "Chosen by rule, not by hand: of the designs, the benchmark first, and of the truths in their "
        "order, the first trial that is an example of each kind."
    )
    seed = material.results.run.seed
    for example in found:
        variant, truth, trial = which = example.variant, example.truth, example.trial
        told = trace(material.scenario, variant=variant, truth=truth, trial=trial, seed=seed)
        yield Subheading(f"{example.what}: {told.name()}")
        if which in told_before:
            yield Prose("The same trial as above.")
            continue
        told_before.add(which)
        yield from trial_pictures(told)
        rows = tuple((f"{day:.1f}", f"{day / DAYS_PER_MONTH:.1f}", text) for day, _, _, text in told.lines())
        yield Table(
            name=f"trial_{variant}_{truth}_{trial}",
            caption=f"What happens in {told.name()} (trials count from 0, patients from 1).",
            head=("day", "month", "what happens"),
            rows=rows,
            words=frozenset({2}),
            folded=f"Day by day: {told.name()}",
        )
        yield from (Prose(text) for text in told.ending())
        asked = ("--variant", variant, "--truth", truth, "--trial", str(trial), "--seed", str(seed))
        yield Command((material.command("trace", *asked),))
    if missing := [what for what, _ in _kinds(material) if what not in {one.what for one in found}]:
        yield Prose(
            f"Among the first {material.played.run.trials:,} trials of each design under each truth there "
            f"is none for: {'; '.join(missing)}."
        )


def chosen(material: Material) -> list[Example]:
    """One of each kind that there is among the trials played for the report."""
    found = []
    for what, is_one in _kinds(material):
        for cell in _in_order(material):
            hits = np.flatnonzero(is_one(cell))
            if hits.size:
                found.append(Example(what=what, variant=cell.variant, truth=cell.truth, trial=int(hits[0])))
                break
    return found


def _in_order(material: Material) -> Sequence[Cell]:
    """The benchmark's first."""
    return sorted(material.played.cells, key=lambda cell: cell.variant != material.benchmark)


Kind = Callable[[Cell], NDArray[np.bool_]]


def _kinds(material: Material) -> list[tuple[str, Kind]]:
    """What an example may be of, and which trials of a cell are one."""
    kinds: list[tuple[str, Kind]] = []
    if material.acts and material.judged(True):
        kinds.append(("A trial that is stopped although the drug is acceptable", _stops((True,), 1.0)))
    if material.acts and material.judged(False):
        kinds += [
            ("A trial that is stopped, as it should be", _stops((False,), 1.0)),
            ("A trial that goes on although the drug is not acceptable", _stops((False,), 0.0)),
        ]
    if material.acts and not kinds:
        kinds += [
            ("A trial that is stopped", _stops(("borderline", None), 1.0)),
            ("A trial that goes on", _stops(("borderline", None), 0.0)),
        ]
    if material.finds:
        doses = [cell.facts.dose_finding for cell in material.played.cells if cell.facts.dose_finding]
        if any(each.rates and each.target for each in doses):  # else no dose is right or wrong
            kinds += [
                ("A trial that selects a dose above the target", _is(ABOVE)),
                ("A trial that selects a best dose", _best),
            ]
        kinds.append(("A trial that selects no dose", _is(NONE)))
    if not kinds:
        kinds = [("A trial", lambda cell: np.ones(_trials(cell), dtype=bool))]
    return kinds


def _trials(cell: Cell) -> int:
    return len(next(iter(cell.columns.values())))


def _stops(acceptable: tuple[object, ...], value: float) -> Kind:
    def among(cell: Cell) -> NDArray[np.bool_]:
        if cell.acceptable not in acceptable or not cell.facts.acts:
            return np.zeros(_trials(cell), dtype=bool)
        return np.asarray(cell.columns[STOP] == value)

    return among


def _is(key: Key) -> Kind:
    def among(cell: Cell) -> NDArray[np.bool_]:
        if key not in cell.columns or cell.facts.dose_finding is None:
            return np.zeros(_trials(cell), dtype=bool)
        return np.asarray(cell.columns[key] == 1.0)

    return among


def _best(cell: Cell) -> NDArray[np.bool_]:
    found = np.zeros(_trials(cell), dtype=bool)
    facts = cell.facts.dose_finding
    for dose in facts.best if facts is not None else ():
        found |= cell.columns.get(Key("p_select", dose=dose), np.zeros(len(found))) == 1.0
    return found
