"""Count-based dose finding, exactly: every state that the counts can reach, equal ones merged.

The decisions of a design depend on counts only, so a trial that ends with n patients and x DLTs per dose
has probability paths * prod p^x (1 - p)^(n - x), where `paths` counts the ways to get there (lin2001 has
closed forms of 3+3). The graph does not depend on the truth: any number of truths are one matrix expression.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.contracts import NO_DOSE
from simulator.exact.dose_states import all_ends
from simulator.exact.histories import Histories
from simulator.program.dosing import DoseVersion
from simulator.program.triggers import AmendmentTable

__all__ = ["MAX_STATES", "DoseCharacteristics", "DoseGraph", "dose_graph"]

MAX_STATES = 2_000_000  # about 1 GB; BOIN with 5 doses, 20 cohorts of 3 has 900,000
BLOCK = 4_000_000  # probabilities held at once while many truths are evaluated
LOG_ZERO = -1e6  # in place of log 0: exp of it is 0, and 0 times it is 0, so that 0^0 = 1

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rates = Mapping[int, float] | ArrayLike


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
    paths. nodes: states that were not ends. history: (S,) which of the `histories` came before, where a
    design counts milder events.
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
    history: Ints | None = None
    histories: Histories | None = None

    @property
    def levels(self) -> tuple[int, ...]:
        """Levels on any ladder, rising: the columns of an array of rates."""
        return tuple(sorted(set(self.column_levels)))

    @property
    def largest_n(self) -> int:
        """Most patients that any trial can have."""
        return int(self.n.sum(axis=1).max())

    def evaluate(self, rates: Rates, moderate: Rates | None = None) -> DoseCharacteristics:
        """Characteristics where a patient at a level has a DLT with probability rates[level].

        rates : a mapping of one truth, or an array of (L,) or (T, L), columns as `levels`
        moderate : as rates, P(milder event | no DLT); asked for where a design counts these
        ValueError if a level is missing or a rate is not a probability.
        """
        truths = self._rates(rates)
        table, milder = np.atleast_2d(truths), self._milder(moderate)  # (T, L); (T or 1, L) or none
        step = max(1, BLOCK // len(self.log_paths))
        starts = range(0, len(table), step)
        parts = [self._means(table[i : i + step], _part(milder, i, step)) for i in starts]
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

    def _milder(self, moderate: Rates | None) -> Floats | None:
        """(T or 1, L), checked; None where it is not asked for."""
        if self.histories is None:
            return None
        if moderate is None:
            raise ValueError("moderate: no probability of the milder event, which a design counts")
        return np.atleast_2d(self._rates(moderate))

    def _rates(self, rates: Rates) -> Floats:
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

    def _means(self, rates: Floats, moderate: Floats | None) -> Floats:
        """(T, L) -> (T, K): means of everything over the end states, each quantity in its columns."""
        levels, at = self.levels, self._at
        n, dlt = self.n @ at, self.dlt @ at  # (S, C) @ (C, L) -> (S, L)
        p = self._chances(rates, moderate)
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

    def _chances(self, rates: Floats, moderate: Floats | None = None) -> Floats:
        """(T, L), (T or 1, L) -> (T, S): the probability of each end."""
        n, dlt = self.n @ self._at, self.dlt @ self._at
        p: Floats = np.exp(self.log_paths + _log(rates) @ dlt.T + _log(1.0 - rates) @ (n - dlt).T)
        if moderate is not None and self.histories is not None:
            told = self.histories
            milder, neither = told.moderate @ self._at, told.neither @ self._at  # (W, L)
            ways = np.exp(told.log_paths + _log(moderate) @ milder.T + _log(1.0 - moderate) @ neither.T)
            p *= np.add.reduceat(ways, told.starts, axis=1)[:, self.history]
        return p

    def p_mostly(
        self,
        rates: Rates,
        among: Collection[int],
        percent: int,
        planned: int | None = None,
        *,
        moderate: Rates | None = None,
    ) -> Floats:
        """P(more than so many per cent of a trial's patients, or of those planned, are at these levels).

        Counted in whole numbers. rates, moderate, errors: as of `evaluate`; one value per truth.
        """
        truths = self._rates(rates)
        there = self.n @ np.isin(self.column_levels, list(among))  # (S,)
        mostly = 100 * there > percent * (self.n.sum(axis=1) if planned is None else planned)
        p = self._chances(np.atleast_2d(truths), self._milder(moderate))
        found: Floats = (p @ mostly).reshape(truths.shape[:-1])
        return np.minimum(found, 1.0)


def _log(p: Floats) -> Floats:
    return np.where(p > 0.0, np.log(np.where(p > 0.0, p, 1.0)), LOG_ZERO)


def _part(rates: Floats | None, first: int, size: int) -> Floats | None:
    """Some rows; the only one stands for all."""
    return rates if rates is None or len(rates) == 1 else rates[first : first + size]


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
    ends, nodes, histories = all_ends(versions, amendments, limit)
    columns = tuple((i, c) for i, version in enumerate(versions) for c in range(len(version.ladder)))
    version, selected, cohorts = ends.rows[:, 1], ends.rows[:, -2], ends.rows[:, -1]
    n, dlt = np.hsplit(ends.rows[:, 2 : 2 + 2 * len(columns)], 2)
    return DoseGraph(
        columns=columns,
        column_levels=tuple(level for v in versions for level in v.ladder),
        n=n,
        dlt=dlt,
        version=version,
        selected=selected,
        cohorts=cohorts,
        log_paths=np.array([log(paths) for paths in ends.paths.tolist()]),
        nodes=nodes,
        history=None if histories is None else ends.rows[:, -3],
        histories=histories,
    )
