"""Every state that the counts of a dose finding can reach, cohort by cohort, equal ones merged.

States are rows of whole numbers, and designs are asked about all of a layer at once. The ways to reach a
state are Python integers: exact, however many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from simulator.contracts import NO_DOSE, DoseCounts
from simulator.exact.histories import Book, Histories
from simulator.program.decisions import Decisions, decisions_of
from simulator.program.dosing import DoseVersion
from simulator.program.triggers import AmendmentTable, TriggerTable
from simulator.program.words import TriggerUnit
from simulator.stats.rows import distinct

__all__ = ["States", "all_ends"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Ways = NDArray[np.object_]

N, DLT, MODERATE, NEITHER = range(4)  # parts of the counts


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """rows: (M, K) whole numbers, sorted, each once. paths: (M,) ways to get there, Python integers."""

    rows: Ints
    paths: Ways

    def __len__(self) -> int:
        return len(self.rows)


def all_ends(
    versions: Sequence[DoseVersion], amendments: Sequence[AmendmentTable], limit: int
) -> tuple[States, int, Histories | None]:
    """Rows of total n, version, `counts`, column selected, cohorts; and nodes; and histories.

    counts: n, then DLTs, per column of all versions; where a milder event is counted the number of a history,
    from 0, stands behind them.

    ValueError if an amendment depends on days, or beyond `limit` states.
    """
    stages = _stages(versions, amendments)
    columns = len(stages[0].counted)
    book = Book(columns, 1 + MODERATE * columns) if any(stage.splits for stage in stages) else None
    first = [0, *[0] * (2 * columns if book is None else book.number), stages[0].start, stages[0].cohort]
    frontier = _merged([np.array([first])], [np.array([1], dtype=object)])
    ends: list[States] = []
    nodes = 0
    while len(frontier):
        nodes += len(frontier)
        outcomes = _treated(frontier, stages)
        if book is not None:
            outcomes = _forgetting(outcomes, stages, book)
        frontier, over = _decided(outcomes, stages, len(ends) + 1)
        ends.append(over)
        if nodes + len(frontier) + sum(map(len, ends)) > limit:
            found = f"more than {limit:,} states by cohort {len(ends)}"
            raise ValueError(f"dose finding: {found}; simulate it")
    whole = _merged([end.rows for end in ends], [end.paths for end in ends])
    if book is None:
        return whole, nodes, None
    return _with_histories(whole, book), nodes, book.histories()


def _with_histories(ends: States, book: Book) -> States:
    """Each with its history, also those within the first stage; who it was is left out."""
    book = book.behind(1)
    rows, paths = book.forget(ends.rows, ends.paths, np.ones(len(ends), dtype=bool))
    rows[:, book.number] -= 1
    return _merged([np.delete(rows, book.told, axis=1)], [paths])


def _forgetting(outcomes: States, stages: Sequence[_Stage], book: Book) -> States:
    """The same where milder events are told only as long as they may decide something."""
    done = np.zeros(len(outcomes), dtype=bool)
    for version, stage in enumerate(stages):
        here = outcomes.rows[:, 0] == version
        done[here] = ~stage.still_told(outcomes.rows[here])
    rows, paths = book.forget(outcomes.rows, outcomes.paths, done)
    return _merged([rows], [paths])


def _merged(rows: Sequence[Ints], paths: Sequence[Ways]) -> States:
    """Equal rows of these once, sorted by their columns, with all their paths."""
    all_rows, all_paths = np.concatenate(rows), np.concatenate(paths)
    if not len(all_rows):
        return States(rows=all_rows, paths=all_paths)
    found = distinct(all_rows)
    paths_of_each = np.add.reduceat(all_paths[found.order], found.starts)
    return States(rows=all_rows[found.first()], paths=paths_of_each)


def _none(width: int) -> tuple[Ints, Ways]:
    return np.empty((0, width), dtype=np.int64), np.empty(0, dtype=object)


# ---------------------------------------------------------------- versions


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """A version as states go through it.

    first: its first column. counted: (C, D) whether a column counts at a dose. splits, later: whether a
    milder event of patients of it is counted, in it or a later version; whether in a later one. triggers: of
    the amendment that ends it; every: whether all of them must hold.
    """

    decisions: Decisions
    start: int
    cohort: int
    first: int
    counted: Ints
    splits: bool
    later: bool
    triggers: tuple[TriggerTable, ...]
    every: bool

    def told(self, rows: Ints, part: int) -> Ints:
        """(B, D) a part of the counts, as they count in this version."""
        columns = len(self.counted)
        found: Ints = rows[:, 1 + part * columns : 1 + (part + 1) * columns] @ self.counted
        return found

    def counts(self, outcomes: Ints) -> DoseCounts:
        """What the design of this version is asked with."""
        n, moderate = self.told(outcomes, N), None
        if self.decisions.design.counts_moderate:
            moderate = self.told(outcomes, MODERATE) * (n.max(axis=1) <= 1)[:, None]
        return DoseCounts(
            n=n,
            dlt=self.told(outcomes, DLT),
            current=outcomes[:, -3],
            last_n=outcomes[:, -2],
            last_dlt=outcomes[:, -1],
            moderate=moderate,
        )

    def split(self, rows: Ints) -> Bools:
        """Of which cohorts that are due it is told who has the milder event: of single patients."""
        fresh: Bools = (rows[:, -1] == 1) & (rows[np.arange(len(rows)), 1 + self.first + rows[:, -2]] == 0)
        if self.later:
            return fresh
        n = self.told(rows, N)
        fresh &= self.splits & (n.max(axis=1) <= 1) & (n[np.arange(len(n)), rows[:, -2]] == 0)
        return fresh

    def still_told(self, rows: Ints) -> Bools:
        """Whether milder events may yet decide something: in a later version, or as long as they are told."""
        single: Bools = self.told(rows, N).max(axis=1) <= 1
        return single & self.splits | self.later

    def fired(self, outcomes: Ints) -> Bools:
        """After which of these the amendment of this version comes."""
        if not self.triggers or not len(outcomes):
            return np.zeros(len(outcomes), dtype=bool)
        toxic = self.decisions.design.toxic(self.counts(outcomes))  # (B, D)
        treated = outcomes[:, 1 : 1 + len(self.counted)].sum(axis=1)
        held = [
            toxic[:, t.dose] if t.unit is TriggerUnit.TOXIC else treated >= t.amount for t in self.triggers
        ]
        found: Bools = np.all(held, axis=0) if self.every else np.any(held, axis=0)
        return found


def _stages(versions: Sequence[DoseVersion], amendments: Sequence[AmendmentTable]) -> list[_Stage]:
    if len(amendments) != len(versions) - 1:
        raise ValueError(f"{len(amendments)} amendments, allowed {len(versions) - 1}: one after each version")
    for amendment in amendments:
        if any(t.unit not in {TriggerUnit.TOXIC, TriggerUnit.TREATED} for t in amendment.triggers):
            raise ValueError(f"the amendment `{amendment.name}` depends on days, which counts do not tell")
    levels = np.array([level for version in versions for level in version.ladder])
    begins = np.cumsum([0, *(len(version.ladder) for version in versions)])
    stages, first = [], 0
    for i, version in enumerate(versions):
        place = np.arange(len(levels))
        counts = (place >= begins[version.since]) & (place < first + len(version.ladder))
        leaves = amendments[i : i + 1]  # none after the last version
        later = any(after.since <= i and after.method.counts_moderate for after in versions[i + 1 :])
        stages.append(
            _Stage(
                decisions=decisions_of(version.method),
                start=version.start,
                cohort=version.method.first_cohort,
                first=first,
                counted=(counts[:, None] & (levels[:, None] == version.ladder)).astype(np.int64),
                splits=later or version.method.counts_moderate,
                later=later,
                triggers=tuple(trigger for amendment in leaves for trigger in amendment.triggers),
                every=any(amendment.every for amendment in leaves),
            )
        )
        first += len(version.ladder)
    return stages


# ---------------------------------------------------------------- a cohort


def _treated(frontier: States, stages: Sequence[_Stage]) -> States:
    """Every number of DLTs of each cohort, of single patients every outcome that is told.

    Rows of version, counts, dose last given, last cohort if remembered.
    """
    dose, patients, columns = frontier.rows[:, -2], frontier.rows[:, -1], len(stages[0].counted)
    split = np.zeros(len(frontier), dtype=bool)
    for version, stage in enumerate(stages):
        here = frontier.rows[:, 0] == version
        split[here] = stage.split(frontier.rows[here])
    ways = patients + 1 + split
    row = np.repeat(np.arange(len(frontier)), ways)
    way = np.arange(len(row)) - np.repeat(np.cumsum(ways) - ways, ways)
    version, patients, split = frontier.rows[row, 0], patients[row], split[row]
    dlts = np.where(split, way == 1, way)  # of a single patient: 0 nothing, 1 a DLT, 2 the milder event
    remembers = np.array([stage.decisions.design.remembers_last_cohort for stage in stages])[version]
    outcomes = np.empty((len(row), frontier.rows.shape[1] + 1), dtype=np.int64)
    outcomes[:, :-3] = frontier.rows[row, :-2]
    outcomes[:, -3] = dose[row]
    outcomes[:, -2] = patients * remembers
    outcomes[:, -1] = dlts * remembers
    at = 1 + np.array([stage.first for stage in stages])[version] + dose[row]
    outcomes[np.arange(len(row)), at] += patients
    outcomes[np.arange(len(row)), at + DLT * columns] += dlts
    for part, seen in ((MODERATE, 2), (NEITHER, 0)):
        found = np.flatnonzero(split & (way == seen))
        outcomes[found, at[found] + part * columns] += 1
    most = range(int(ways.max()))
    several = np.array([[comb(n, k) for k in most] for n in most], dtype=object)
    return _merged([outcomes], [frontier.paths[row] * several[patients, dlts]])


def _decided(outcomes: States, stages: Sequence[_Stage], cohorts: int) -> tuple[States, States]:
    """Amendment, then design: the next cohorts, and the trials that are over."""
    width, columns = outcomes.rows.shape[1], len(stages[0].counted)
    nodes = [_none(width - 1)]
    asked: list[list[tuple[Ints, Ways]]] = [[] for _ in stages]
    for version, stage in enumerate(stages):
        here = outcomes.rows[:, 0] == version
        rows, paths = outcomes.rows[here], outcomes.paths[here]
        fired = stage.fired(rows)
        asked[version].append((rows[~fired], paths[~fired]))
        if fired.any():
            new, moved, paths = stages[version + 1], rows[fired], paths[fired]
            moved[:, 0] = version + 1
            moved[:, -3:] = new.start, 0, 0
            known = new.told(moved, N)[:, new.start] > 0
            asked[version + 1].append((moved[known], paths[known]))
            fresh = np.column_stack((moved[~known, :-2], np.full((~known).sum(), new.cohort)))
            nodes.append((fresh, paths[~known]))
    ends = [_none(width)]
    for stage, waiting in zip(stages, asked, strict=True):
        rows, paths = (np.concatenate(parts) for parts in zip(*waiting, strict=True))
        if not len(rows):
            continue
        choices = stage.decisions.answers(stage.counts(rows))
        over, kept = choices.dose == NO_DOSE, rows[:, :-3]
        selected = np.where(choices.selected == NO_DOSE, NO_DOSE, stage.first + choices.selected)[over]
        total = rows[over, 1 : 1 + columns].sum(axis=1)
        last = np.full(len(total), cohorts)
        ends.append((np.column_stack((total, kept[over], selected, last)), paths[over]))
        going = np.column_stack((kept[~over], choices.dose[~over], choices.patients[~over]))
        nodes.append((going, paths[~over]))
    return _merged(*zip(*nodes, strict=True)), _merged(*zip(*ends, strict=True))
