"""Dose finding told by counts: what follows a cohort whose outcomes are known, amendments included.

As engines do, once all is known: the amendment is looked at first, and only then is the design asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import NamedTuple

from simulator.contracts import NO_DOSE
from simulator.model.design import Design
from simulator.program.amending import amendments_of
from simulator.program.decisions import Choice, Standing, decisions_of, single
from simulator.program.dosing import DoseVersion, dose_drug, dose_versions
from simulator.program.plans import plans_of
from simulator.program.triggers import AmendmentTable, TriggerTable
from simulator.program.versions import rules_of
from simulator.program.words import TriggerUnit

__all__ = ["ByCounts", "Seen", "Turn", "by_counts"]

BEGINS = -1  # in place of a reason: a version starts at its first dose


class Seen(NamedTuple):
    """Evaluable patients, and those of them with a DLT, and with a milder event and no DLT."""

    n: int = 0
    dlt: int = 0
    moderate: int = 0

    def plus(self, other: Seen) -> Seen:
        """Both together."""
        return Seen(*(one + more for one, more in zip(self, other, strict=True)))


Counts = tuple[tuple[Seen, ...], ...]  # by version, by dose of its ladder


class Turn(NamedTuple):
    """What follows, and from which counts.

    counts: evaluable patients by version and dose. treated: patients in all. standing: what the design of the
    version was asked with. choice: its answer, or the start of the version.
    """

    version: int
    counts: Counts
    treated: int
    standing: Standing
    choice: Choice

    @property
    def begins(self) -> bool:
        """Whether it is the first cohort of a version, of which no design was asked."""
        return self.choice.reason == BEGINS

    @property
    def over(self) -> bool:
        """Whether no cohort follows."""
        return self.choice.dose == NO_DOSE


@dataclass(frozen=True, slots=True, kw_only=True)
class ByCounts:
    """Versions of a dose finding; amendments[i] leads from versions[i] to the next.

    levels: names of the drug's. first: of each amendment those that change nothing of the dose finding, and
    come before it.
    """

    levels: tuple[str, ...]
    versions: tuple[DoseVersion, ...]
    amendments: tuple[AmendmentTable, ...]
    first: tuple[tuple[AmendmentTable, ...], ...]

    @property
    def ladders(self) -> tuple[tuple[str, ...], ...]:
        """Names of the doses of each version."""
        return tuple(tuple(self.levels[level - 1] for level in v.ladder) for v in self.versions)

    def start(self) -> Turn:
        """Before the first cohort."""
        nobody = tuple((Seen(),) * len(version.ladder) for version in self.versions)
        return self._begun(0, nobody, 0)

    def after(self, turn: Turn, dose: int, seen: Seen, treated: int) -> Turn:
        """A cohort later: `treated` at a dose, and what was seen of them."""
        return self.answered(self.reached(turn, dose, seen, treated))

    def reached(self, turn: Turn, dose: int, seen: Seen, treated: int) -> Turn:
        """The counts a cohort later, the choice still that of before."""
        version = turn.version
        counts = _with(turn.counts, version, dose, seen)
        standing = self._standing(version, counts, dose)
        if self.versions[version].method.remembers_last_cohort:
            standing = standing._replace(last_n=seen.n, last_dlt=seen.dlt)
        return Turn(version, counts, turn.treated + treated, standing, turn.choice)

    def answered(self, reached: Turn, choice: Choice | None = None) -> Turn:
        """With the amendment that is due, else with the choice of the design; `choice` if it is known."""
        if self.due(reached):
            return self.amended(reached)
        answers = decisions_of(self.versions[reached.version].method)
        return reached._replace(choice=choice or answers.of(reached.standing))

    def amended(self, turn: Turn) -> Turn:
        """The next version in force: a first cohort at its start, or what the counts there say."""
        version = turn.version + 1
        begun = self._begun(version, turn.counts, turn.treated)
        if not begun.standing.n[begun.standing.current]:
            return begun
        return begun._replace(choice=decisions_of(self.versions[version].method).of(begun.standing))

    def due(self, turn: Turn) -> bool:
        """Whether the amendment of the version comes, as far as counts tell: days have not passed."""
        return turn.version < len(self.amendments) and all(
            self._held(amendment, turn) for amendment in self._until(turn.version)
        )

    def told_by_counts(self, version: int) -> bool:
        """Whether counts alone say when the amendment of a version comes."""
        units = {trigger.unit for amendment in self._until(version) for trigger in amendment.triggers}
        return units <= {TriggerUnit.TOXIC, TriggerUnit.TREATED}

    def columns(self, version: int, dose: int) -> list[tuple[int, int]]:
        """(version, dose) of all counts that are of a dose in a version."""
        plan = self.versions[version]
        level = plan.ladder[dose]
        ladders = [(i, self.versions[i].ladder) for i in range(plan.since, version + 1)]
        return [(i, ladder.index(level)) for i, ladder in ladders if level in ladder]

    def _until(self, version: int) -> tuple[AmendmentTable, ...]:
        """What ends a version, after all that must come first."""
        return (*self.first[version], self.amendments[version])

    def _held(self, amendment: AmendmentTable, turn: Turn) -> bool:
        held = [self._holds(trigger, turn) for trigger in amendment.triggers]
        return all(held) if amendment.every else any(held)

    def _holds(self, trigger: TriggerTable, turn: Turn) -> bool:
        if trigger.unit is TriggerUnit.TOXIC:
            return decisions_of(self.versions[turn.version].method).toxic(turn.standing)[trigger.dose]
        return trigger.unit is TriggerUnit.TREATED and turn.treated >= trigger.amount

    def _begun(self, version: int, counts: Counts, treated: int) -> Turn:
        plan = self.versions[version]
        choice = Choice(plan.start, plan.method.first_cohort, NO_DOSE, BEGINS)
        return Turn(version, counts, treated, self._standing(version, counts, plan.start), choice)

    def _standing(self, version: int, counts: Counts, current: int) -> Standing:
        plan = self.versions[version]
        columns = (self.columns(version, dose) for dose in range(len(plan.ladder)))
        seen = (reduce(Seen.plus, (counts[i][c] for i, c in column), Seen()) for column in columns)
        n, dlt, moderate = zip(*seen, strict=True)
        told = single(n, moderate) if plan.method.counts_moderate else ()
        return Standing(n, dlt, current, moderate=told)


def by_counts(design: Design, amended: Sequence[Design]) -> ByCounts:
    """The dose finding of a design that has one. amended: the design after each of its amendments."""
    versions, drugs = dose_versions(design, amended), plans_of((design, *amended)).drugs
    every = amendments_of(design, drugs, rules_of(design, amended), versions)
    ends = [number for number, amendment in enumerate(every) if amendment.restarts]
    begins = [0, *(number + 1 for number in ends)]
    return ByCounts(
        levels=drugs[dose_drug(design) or ""],
        versions=tuple(replace(versions[k], since=begins.index(versions[k].since)) for k in begins),
        amendments=tuple(every[number] for number in ends),
        first=tuple(every[begin:end] for begin, end in zip(begins, ends, strict=False)),
    )


def _with(counts: Counts, version: int, dose: int, more: Seen) -> Counts:
    """Counts with more seen at a dose of a version."""
    row = counts[version]
    row = (*row[:dose], row[dose].plus(more), *row[dose + 1 :])
    return (*counts[:version], row, *counts[version + 1 :])
