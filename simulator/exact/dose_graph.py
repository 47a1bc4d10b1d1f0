"""Count-based dose finding, exactly: every state that the counts can reach, equal ones merged.

The decisions of a design depend on counts only, so a trial that ends with n patients and x DLTs per dose
has probability paths * prod p^x (1 - p)^(n - x), where `paths` counts the ways to get there (lin2001 has
closed forms of 3+3). The graph does not depend on the truth: any number of truths are one matrix expression.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import comb, log

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.contracts import NO_DOSE
from simulator.program.decisions import Decisions, Standing, counts_of, decisions_of
from simulator.program.dosing import DoseVersion
from simulator.program.triggers import AmendmentTable, TriggerTable
from simulator.program.words import TriggerUnit

__all__ = ["MAX_STATES", "DoseCharacteristics", "DoseGraph", "dose_graph"]

MAX_STATES = 2_000_000  # more than 1 GB of Python tuples; BOIN with 5 doses, 20 cohorts of 3 has 900,000
BLOCK = 4_000_000  # probabilities held at once while many truths are evaluated
LOG_ZERO = -1e6  # in place of log 0: exp of it is 0, and 0 times it is 0, so that 0^0 = 1

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Counts = tuple[int, ...]
# version, n and DLTs per column of all versions, dose last given, n and DLTs of the last cohort if remembered
Outcome = tuple[int, Counts, Counts, int, int, int]
Node = tuple[int, Counts, Counts, int, int]  # version, n, DLTs, dose to treat, patients to add there
End = tuple[int, Counts, Counts, int, int]  # version, n, DLTs, column selected, cohorts


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseCharacteristics:
    """Operating characteristics; every value has the leading axis of the rates, or none for one truth.

    Keys are levels of the drug, of `p_total` the patients of the whole dose finding. `n`, `dlt` are means,
    share: mean over trials of the part of a trial's patients, not the part of all. p_amended: one per
    amendment.
    """

    p_select: dict[int, Floats]
    p_none: Floats
    p_reach: dict[int, Floats]
    n: dict[int, Floats]
    dlt: dict[int, Floats]
    share: dict[int, Floats]
    p_total: dict[int, Floats]
    cohorts: Floats
    p_amended: tuple[Floats, ...]

    @property
    def n_mean(self) -> Floats:
        """Mean number of patients."""
        mean: Floats = np.sum([n * p for n, p in self.p_total.items()], axis=0)
        return mean

    @property
    def n_sd(self) -> Floats:
        """Standard deviation of the number of patients."""
        mean = self.n_mean
        sd: Floats = np.sqrt(np.sum([(n - mean) ** 2 * p for n, p in self.p_total.items()], axis=0))
        return sd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DoseGraph:
    """All S ways a dose finding can end, by rising total number of patients.

    columns: (version, column of its ladder) behind each of the C columns below, and column_levels its
    level. n, dlt: (S, C) counts. version: (S,) the one it ended in. selected: (S,) as a column of the C,
    NO_DOSE without one. cohorts: (S,) how many were treated. log_paths: (S,) log of the whole number of
    paths. nodes: states that were not ends.
    """

    columns: tuple[tuple[int, int], ...]
    column_levels: tuple[int, ...]
    n: Ints
    dlt: Ints
    version: Ints
    selected: Ints
    cohorts: Ints
    log_paths: Floats
    nodes: int

    @property
    def levels(self) -> tuple[int, ...]:
        """Levels on any ladder, rising: the columns of an array of rates."""
        return tuple(sorted(set(self.column_levels)))

    @property
    def largest_n(self) -> int:
        """Most patients that any trial can have."""
        return int(self.n.sum(axis=1).max())

    def evaluate(self, rates: Mapping[int, float] | ArrayLike) -> DoseCharacteristics:
        """Characteristics where a patient at a level has a DLT with probability rates[level].

        rates : a mapping of one truth, or an array of (L,) or (T, L), columns as `levels`
        ValueError if a level is missing or a rate is not a probability.
        """
        truths = self._rates(rates)
        table = np.atleast_2d(truths)  # (T, L)
        step = max(1, BLOCK // len(self.log_paths))
        parts = [self._means(table[i : i + step]) for i in range(0, len(table), step)]
        means = np.concatenate(parts).reshape(*truths.shape[:-1], -1)  # (T, K) or (K,)
        levels, totals = self.levels, np.unique(self.n.sum(axis=1)).tolist()
        values = iter(np.moveaxis(means, -1, 0))  # in the order of `_means`
        chances = (np.minimum(value, 1.0) for value in values)  # rounding may pass 1
        return DoseCharacteristics(
            p_select={level: next(chances) for level in levels},
            p_reach={level: next(chances) for level in levels},
            n={level: next(values) for level in levels},
            dlt={level: next(values) for level in levels},
            share={level: next(values) for level in levels},
            p_none=next(chances),
            cohorts=next(values),
            p_amended=tuple(next(chances) for _ in range(self.columns[-1][0])),
            p_total={total: next(chances) for total in totals},
        )

    def _rates(self, rates: Mapping[int, float] | ArrayLike) -> Floats:
        """(L,) or (T, L), checked."""
        levels = self.levels
        if isinstance(rates, Mapping):
            missing = [level for level in levels if level not in rates]
            if missing:
                raise ValueError(f"rates: no DLT probability for the levels {missing} of the ladders")
            rates = [rates[level] for level in levels]
        found = np.asarray(rates, dtype=np.float64)
        if found.ndim not in {1, 2} or found.shape[-1] != len(levels):
            allowed = f"({len(levels)},) or (truths, {len(levels)}) for the levels {levels}"
            raise ValueError(f"rates have shape {found.shape}, allowed {allowed}")
        if not ((found >= 0.0) & (found <= 1.0)).all():
            raise ValueError(f"rates are {found.tolist()}, allowed probabilities from 0 to 1")
        return found

    def _means(self, rates: Floats) -> Floats:
        """(T, L) -> (T, K): means of everything over the end states, each quantity in its columns."""
        levels, at = self.levels, self._at
        n, dlt = self.n @ at, self.dlt @ at  # (S, C) @ (C, L) -> (S, L)
        p = self._chances(rates)
        share = n / n.sum(axis=1, keepdims=True)
        picked = np.vstack((at, np.zeros(len(levels), dtype=bool)))[self.selected]  # row -1: none
        none = self.selected == NO_DOSE
        amended = self.version[:, None] > np.arange(self.columns[-1][0])  # (S, versions - 1)
        quantities = np.column_stack((picked, n > 0, n, dlt, share, none, self.cohorts, amended))  # (S, K)
        first = np.unique(n.sum(axis=1), return_index=True)[1]  # where each total begins: ends are sorted
        return np.hstack((p @ quantities.astype(np.float64), np.add.reduceat(p, first, axis=1)))

    @property
    def _at(self) -> NDArray[np.bool_]:
        """(C, L): whether a column is that level."""
        found: NDArray[np.bool_] = np.array(self.column_levels)[:, None] == np.array(self.levels)
        return found

    def _chances(self, rates: Floats) -> Floats:
        """(T, L) -> (T, S): the probability of each end."""
        n, dlt = self.n @ self._at, self.dlt @ self._at
        p: Floats = np.exp(self.log_paths + _log(rates) @ dlt.T + _log(1.0 - rates) @ (n - dlt).T)
        return p

    def p_mostly(
        self,
        rates: Mapping[int, float] | ArrayLike,
        among: Collection[int],
        percent: int,
        planned: int | None = None,
    ) -> Floats:
        """P(more than so many per cent of a trial's patients, or of those planned, are at these levels).

        Counted in whole numbers. rates, errors: as of `evaluate`; one value per truth.
        """
        truths = self._rates(rates)
        there = self.n @ np.isin(self.column_levels, list(among))  # (S,)
        mostly = 100 * there > percent * (self.n.sum(axis=1) if planned is None else planned)
        found: Floats = (self._chances(np.atleast_2d(truths)) @ mostly).reshape(truths.shape[:-1])
        return np.minimum(found, 1.0)


def _log(p: Floats) -> Floats:
    return np.where(p > 0.0, np.log(np.where(p > 0.0, p, 1.0)), LOG_ZERO)


def dose_graph(
    versions: Sequence[DoseVersion], amendments: Sequence[AmendmentTable] = (), *, limit: int = MAX_STATES
) -> DoseGraph:
    """Every way the dose finding can end, its amendments included.

    After each cohort the amendment of the version in force is looked at first, once; if it fires, the next
    version starts at its `start` and the old design is not asked any more. The first cohort of a version
    has the `cohort` of its design, unless patients of earlier versions count at the start: then the new
    design is asked at once. A cohort is asked about when all its patients are known.

    ValueError if an amendment depends on days, or beyond `limit` states.
    """
    stages = _stages(versions, amendments)
    columns = tuple((i, c) for i, version in enumerate(versions) for c in range(len(version.ladder)))
    untreated = (0,) * len(columns)
    frontier: dict[Node, int] = {(0, untreated, untreated, stages[0].start, stages[0].cohort): 1}
    ends: dict[End, int] = defaultdict(int)
    nodes = cohorts = 0
    while frontier:
        nodes, cohorts = nodes + len(frontier), cohorts + 1
        frontier = _decide(_treat(frontier, stages), stages, ends, cohorts)
        if nodes + len(frontier) + len(ends) > limit:
            raise ValueError(f"dose finding: more than {limit:,} states by cohort {cohorts}; simulate it")
    order = sorted(ends, key=lambda end: (sum(end[1]), end))
    arrays = [np.array(column, dtype=np.int64) for column in zip(*order, strict=True)]
    version, n, dlt, selected, ended = arrays
    return DoseGraph(
        columns=columns,
        column_levels=tuple(level for v in versions for level in v.ladder),
        n=n,
        dlt=dlt,
        version=version,
        selected=selected,
        cohorts=ended,
        log_paths=np.array([log(ends[end]) for end in order]),
        nodes=nodes,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """A version as the graph reads it. first: its first column; counted: columns that count per dose."""

    decisions: Decisions
    start: int
    cohort: int
    first: int
    counted: tuple[tuple[int, ...], ...]
    triggers: tuple[TriggerTable, ...]
    every: bool

    @property
    def remembers(self) -> bool:
        """Whether its design is told of the last cohort by itself."""
        return self.decisions.design.remembers_last_cohort

    def standing(self, outcome: Outcome) -> Standing:
        """What the design of this version is asked with."""
        _, n, dlt, *last = outcome
        return Standing(
            tuple(sum(n[c] for c in columns) for columns in self.counted),
            tuple(sum(dlt[c] for c in columns) for columns in self.counted),
            *last,
        )

    def fired(self, outcomes: Sequence[Outcome]) -> list[bool]:
        """After which of these the amendment of this version comes."""
        if not self.triggers:
            return [False] * len(outcomes)
        counts = counts_of([self.standing(outcome) for outcome in outcomes])
        toxic = self.decisions.design.toxic(counts)  # (B, D)
        treated = np.array([sum(n) for _, n, *_ in outcomes])
        held = [
            toxic[:, t.dose] if t.unit is TriggerUnit.TOXIC else treated >= t.amount for t in self.triggers
        ]
        fired: list[bool] = (np.all(held, axis=0) if self.every else np.any(held, axis=0)).tolist()
        return fired


def _stages(versions: Sequence[DoseVersion], amendments: Sequence[AmendmentTable]) -> list[_Stage]:
    if len(amendments) != len(versions) - 1:
        raise ValueError(f"{len(amendments)} amendments, allowed {len(versions) - 1}: one after each version")
    for amendment in amendments:
        if any(trigger.unit is TriggerUnit.DAYS for trigger in amendment.triggers):
            raise ValueError(f"the amendment `{amendment.name}` depends on days, which counts do not tell")
    levels = [level for version in versions for level in version.ladder]
    stages, first = [], 0
    for i, version in enumerate(versions):
        own = range(first, first + len(version.ladder))
        earlier = range(first if version.before else 0)
        leaves = amendments[i : i + 1]  # none after the last version
        stages.append(
            _Stage(
                decisions=decisions_of(version.method),
                start=version.start,
                cohort=version.method.first_cohort,
                first=first,
                counted=tuple((*(e for e in earlier if levels[e] == levels[c]), c) for c in own),
                triggers=tuple(trigger for amendment in leaves for trigger in amendment.triggers),
                every=any(amendment.every for amendment in leaves),
            )
        )
        first = own.stop
    return stages


def _treat(frontier: Mapping[Node, int], stages: Sequence[_Stage]) -> dict[Outcome, int]:
    """Every number of DLTs of each cohort, with the ways to get there."""
    outcomes: dict[Outcome, int] = defaultdict(int)
    for (version, n, dlt, dose, patients), paths in frontier.items():
        at, remembers = stages[version].first + dose, stages[version].remembers
        treated = (*n[:at], n[at] + patients, *n[at + 1 :])
        for k in range(patients + 1):
            toxicity = (*dlt[:at], dlt[at] + k, *dlt[at + 1 :])
            found = (version, treated, toxicity, dose, patients * remembers, k * remembers)
            outcomes[found] += comb(patients, k) * paths
    return outcomes


def _decide(
    outcomes: Mapping[Outcome, int], stages: Sequence[_Stage], ends: dict[End, int], cohorts: int
) -> dict[Node, int]:
    """Amendment, then design: the next cohorts; trials that are over go to `ends`."""
    frontier: dict[Node, int] = defaultdict(int)
    asked: list[dict[Outcome, int]] = [defaultdict(int) for _ in stages]
    for version, stage in enumerate(stages):
        here = [outcome for outcome in outcomes if outcome[0] == version]
        for outcome, amended in zip(here, stage.fired(here) if here else (), strict=True):
            _, n, dlt, *_ = outcome
            if not amended:
                asked[version][outcome] += outcomes[outcome]
                continue
            new = stages[version + 1]
            moved = (version + 1, n, dlt, new.start, 0, 0)
            if new.standing(moved).n[new.start] > 0:
                asked[version + 1][moved] += outcomes[outcome]
            else:
                frontier[version + 1, n, dlt, new.start, new.cohort] += outcomes[outcome]
    for version, (stage, waiting) in enumerate(zip(stages, asked, strict=True)):
        standings = [stage.standing(outcome) for outcome in waiting]
        stage.decisions.ask(standings)
        for (_, n, dlt, *_), standing, paths in zip(waiting, standings, waiting.values(), strict=True):
            choice = stage.decisions.of(standing)
            if choice.dose == NO_DOSE:
                selected = NO_DOSE if choice.selected == NO_DOSE else stage.first + choice.selected
                ends[version, n, dlt, selected, cohorts] += paths
            else:
                frontier[version, n, dlt, choice.dose, choice.patients] += paths
    return frontier
