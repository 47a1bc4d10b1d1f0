"""A block of trials with what several metrics need, computed once."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.metrics.crossing import crossed
from simulator.model.records import HoldEnd, Records
from simulator.program.planned import in_arm
from simulator.program.risks import above_target_of, best_of
from simulator.program.tables import Program

__all__ = ["Block", "Floats"]

Floats = NDArray[np.float64]


class Block:
    """Records of consecutive trials under one Program. Arrays have one row per trial."""

    def __init__(self, program: Program, records: Records) -> None:
        self.program = program
        self.records = records
        self.first = int(records.trials["trial"][0])
        self.size = len(records.trials)
        self._last_read: dict[tuple[int, int], NDArray[np.void]] = {}

    def index(self, table: NDArray[np.void]) -> NDArray[np.int64]:
        """Row of the trial (from 0 in this block) of each record of a table."""
        return table["trial"] - self.first

    def count(self, table: NDArray[np.void], weights: Floats | None = None) -> Floats:
        """Records (or their weights) per trial."""
        return np.bincount(self.index(table), weights=weights, minlength=self.size).astype(float)

    @cached_property
    def stays(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Of each state record its trial's row and its state; and where each patient's records begin."""
        states = self.records.states
        trial, candidate = np.ascontiguousarray(states["trial"]), np.ascontiguousarray(states["candidate"])
        new = np.ones(len(states), dtype=bool)
        new[1:] = (candidate[1:] != candidate[:-1]) | (trial[1:] != trial[:-1])
        return trial - self.first, np.ascontiguousarray(states["state"]), np.flatnonzero(new)

    def tally(self, rows: NDArray[np.int64], weights: Floats | None = None) -> Floats:
        """How often each trial's row is among these, or the sum of their weights."""
        return np.bincount(rows, weights=weights, minlength=self.size).astype(float)

    @cached_property
    def phase_of_state(self) -> NDArray[np.int64]:
        """Phase index of each patient state."""
        return np.array([state.phase for state in self.program.states], dtype=np.int64)

    @cached_property
    def first_entry(self) -> Floats:
        """Day of the first entry; nan without patients."""
        return self._per_trial(self.records.patients, "entry", np.fmin)

    @cached_property
    def last_entry(self) -> Floats:
        """Day of the last entry."""
        return self._per_trial(self.records.patients, "entry", np.fmax)

    @cached_property
    def last_exit(self) -> Floats:
        """Day the last course ended."""
        return self._per_trial(self.records.patients, "exit", np.fmax)

    @cached_property
    def last_planned_dose(self) -> Floats:
        """Day of the last planned dose of the last patient enrolled; of arms, and of versions of the
        protocol, of whoever has it last by what is planned at entry.
        """
        program, patients = self.program, self.records.patients
        arms, versions = program.arms, len(program.entries)
        if arms is None and versions == 1:
            return self.last_entry + program.planned_dosing_days()
        received = range(1 if arms is None else arms.untreated + 1)
        days = [
            [in_arm(program, arm, version).planned_dosing_days() for arm in received]
            for version in range(versions)
        ]
        which = patients["version"] if versions > 1 else 0, 0 if arms is None else patients["received"]
        return self._reduced(patients, patients["entry"] + np.array(days)[which], np.fmax)

    def _per_trial(self, table: NDArray[np.void], column: str, reduce: np.ufunc) -> Floats:
        return self._reduced(table, table[column], reduce)

    def _reduced(self, table: NDArray[np.void], values: Floats, reduce: np.ufunc) -> Floats:
        """One number per trial from those of the rows of a table; nan without rows."""
        out = np.full(self.size, np.nan)
        reduce.at(out, self.index(table), values)
        return out

    def last_read(self, monitor: int, endpoint: int) -> NDArray[np.void]:
        """The last look of each trial, if any, at which a rule read an endpoint."""
        found = self._last_read.get((monitor, endpoint))
        if found is None:
            looks = self.records.looks
            read = looks[looks["monitor"] == monitor]
            if len(self.program.monitors[monitor].used) > 1:
                read = read[read["n"][:, endpoint] >= 0]
            found = read[np.append(read["trial"][1:] != read["trial"][:-1], True)[: len(read)]]
            self._last_read[monitor, endpoint] = found
        return found

    @cached_property
    def first_stops(self) -> NDArray[np.void]:
        """Firings that may stop a trial, those that took effect first in it; several where they tie.

        Of a rule that only has a review those after which accrual was not resumed.
        """
        return self._first([monitor.may_stop for monitor in self.program.monitors])

    @cached_property
    def first_conclusions(self) -> NDArray[np.void]:
        """The same of the rules that conclude, or after which the trial is closed to conclusions."""
        return self._first(
            [bool(m.concludes) or m.closes_accrual or m.ends_trial for m in self.program.monitors]
        )

    def _first(self, which: list[bool]) -> NDArray[np.void]:
        """Firings of these rules that took effect first in their trial; several where they tie."""
        table, chosen = self.records.firings, np.array(which, dtype=bool)
        table = table[chosen[table["monitor"]]] if len(chosen) else table[:0]
        table = table[~self._resumed(table)]
        earliest = np.full(self.size, np.inf)
        np.minimum.at(earliest, self.index(table), table["effective"])
        table = table[table["effective"] == earliest[self.index(table)]]
        first: NDArray[np.void] = table[np.lexsort((table["monitor"], table["trial"]))]
        return first

    def _resumed(self, firings: NDArray[np.void]) -> NDArray[np.bool_]:
        """Of each firing whether all that followed was a hold that did not close accrual."""
        only_hold = np.array([not monitor.acts for monitor in self.program.monitors], dtype=bool)
        found = only_hold[firings["monitor"]] if len(only_hold) else np.zeros(len(firings), dtype=bool)
        if found.any():
            holds = self.records.holds[self.records.holds["how"] == HoldEnd.NOT_RESUMED]
            closing = set(zip(*(holds[name].tolist() for name in ("trial", "monitor", "began")), strict=True))
            each = zip(*(firings[name].tolist() for name in ("trial", "monitor", "effective")), strict=True)
            found &= np.array([key not in closing for key in each], dtype=bool)
        return found

    @cached_property
    def _stops(self) -> tuple[NDArray[np.void], Floats]:
        """The stop of each trial that has one, and the day of its crossing.

        Of several that take effect together: that of the earliest crossing, then of the earliest report, then
        of the rule whose name comes first.
        """
        table = self.first_stops
        days = crossed(self.program, self.records, table)
        names = sorted(monitor.name for monitor in self.program.monitors)
        place = np.array([names.index(monitor.name) for monitor in self.program.monitors], dtype=np.int64)
        order = np.lexsort((place[table["monitor"]], table["reported"], days, table["trial"]))
        _, first = np.unique(table["trial"][order], return_index=True)
        return table[order[first]], days[order[first]]

    @property
    def stops(self) -> NDArray[np.void]:
        """The first stop of each trial that has one, whose dates are the stop's."""
        return self._stops[0]

    @cached_property
    def stopped_at_last_look(self) -> NDArray[np.bool_]:
        """Trials stopped where no rule that stopped them would have looked again."""
        out = self.stopped.copy()
        out[self.index(self.first_stops[~self.first_stops["last"]])] = False
        return out

    @cached_property
    def stopped(self) -> NDArray[np.bool_]:
        """Whether a rule that acts fired."""
        return np.isin(np.arange(self.size), self.index(self.stops))

    @cached_property
    def doses(self) -> dict[int, str]:
        """Level -> name of every dose that dose finding has on a ladder; none without dose finding."""
        dosing = self.program.dosing
        if dosing is None:
            return {}
        names = self.program.levels[dosing.drug]
        return {level: names[level - 1] for level in dosing.levels}

    @cached_property
    def final_decisions(self) -> NDArray[np.void]:
        """The decision that ended the dose finding of each trial that has one."""
        decisions = self.records.decisions
        final: NDArray[np.void] = decisions[(decisions["next"] == 0) & (decisions["amendment"] < 0)]
        return final

    @cached_property
    def levels_above_target(self) -> list[int]:
        """Levels whose true DLT rate is above the truth's target + tolerance."""
        return above_target_of(self.program)

    @cached_property
    def best_levels(self) -> list[int]:
        """Levels whose true DLT rate is the nearest to the target."""
        return best_of(self.program)

    def at_stop(self, values: Any) -> Floats:
        """A value of each stop as one row per trial; inf where the trial was not stopped."""
        out = np.full(self.size, np.inf)
        out[self.index(self.stops)] = values
        return out

    @cached_property
    def effective(self) -> Floats:
        """Day the stop takes effect; inf without one."""
        return self.at_stop(self.stops["effective"])

    @cached_property
    def crossed(self) -> Floats:
        """Day the rule that stopped the trial was crossed by occurrences; inf without a stop."""
        return self.at_stop(self._stops[1])
