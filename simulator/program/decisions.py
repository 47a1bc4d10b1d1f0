"""What a dose-finding design says at each count, asked once per count and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

from simulator.contracts import NO_DOSE, DoseChoices, DoseCounts, DoseDesign
from simulator.errors import TrialstopError

__all__ = ["Choice", "Decisions", "Standing", "counts_of", "decisions_of", "reason_words", "single"]

ENDED_FIRST = "over: the trial ended before the dose finding"  # no reason of the design: -1 in the records


class Standing(NamedTuple):
    """Counts of one trial: per dose of the ladder, and the dose last given.

    last_n, last_dlt: those of the last cohort for a design that remembers it, else always 0. moderate: per
    dose, for a design that counts them, as `single` tells them; else nothing.
    """

    n: tuple[int, ...]
    dlt: tuple[int, ...]
    current: int
    last_n: int = 0
    last_dlt: int = 0
    moderate: tuple[int, ...] = ()


def single(n: Sequence[int], moderate: Sequence[int]) -> tuple[int, ...]:
    """Milder events per dose as they are told: none once a dose has two patients."""
    return tuple(moderate) if max(n) <= 1 else (0,) * len(n)


class Choice(NamedTuple):
    """One row of `DoseChoices`."""

    dose: int
    patients: int
    selected: int
    reason: int


@dataclass(slots=True)
class Decisions:
    """A design's answers so far. New standings are put to it in one batch.

    TrialstopError for an answer that is none: a cohort without patients would hold accrual for ever.
    """

    design: DoseDesign
    known: dict[Standing, Choice] = field(default_factory=dict)
    toxicity: dict[Standing, tuple[bool, ...]] = field(default_factory=dict)
    recommended: dict[Standing, int] = field(default_factory=dict)

    def of(self, standing: Standing) -> Choice:
        """The answer at one standing."""
        if standing not in self.known:
            self.ask([standing])
        return self.known[standing]

    def toxic(self, standing: Standing) -> tuple[bool, ...]:
        """Per dose whether its counts alone say that it is too toxic."""
        if standing not in self.toxicity:
            self.toxicity[standing] = tuple(self.design.toxic(counts_of([standing]))[0].tolist())
        return self.toxicity[standing]

    def answers(self, counts: DoseCounts) -> DoseChoices:
        """The answers at many standings, each told once; none is kept."""
        choices = self.design.decide(counts)
        doses, reasons = counts.n.shape[1], len(self.design.reasons)
        goes_on = (choices.dose >= 0) & (choices.dose < doses) & (choices.patients >= 1)
        goes_on &= choices.selected == NO_DOSE
        over = (choices.dose == NO_DOSE) & (choices.patients == 0)
        over &= (choices.selected >= NO_DOSE) & (choices.selected < doses)
        fits = (goes_on | over) & (choices.reason >= 0) & (choices.reason < reasons)
        if not fits.all():
            raise TrialstopError(_refused(self.design, *_row(counts, choices, int(fits.argmin()))))
        return choices

    def recommend(self, standing: Standing) -> int:
        """The dose recommended if the trial ended at a standing, NO_DOSE for none."""
        if standing not in self.recommended:
            self.ask_to_recommend([standing])
        return self.recommended[standing]

    def ask_to_recommend(self, standings: Sequence[Standing]) -> None:
        """Have what is recommended at these standings ready."""
        new = [standing for standing in dict.fromkeys(standings) if standing not in self.recommended]
        if not new:
            return
        for standing, found in zip(new, self.design.recommend(counts_of(new)).tolist(), strict=True):
            if not NO_DOSE <= found < len(standing.n):
                raise TrialstopError(_not_a_dose(self.design, standing, found))
            self.recommended[standing] = found

    def estimates(self, standing: Standing) -> tuple[float, ...] | None:
        """Per dose the DLT rate that the design estimates; None of one without a model."""
        found = self.design.estimates(counts_of([standing]))
        return None if found is None else tuple(found[0].tolist())

    def ask(self, standings: Sequence[Standing]) -> None:
        """Have the answers at these standings ready."""
        new = [standing for standing in dict.fromkeys(standings) if standing not in self.known]
        if not new:
            return
        choices = self.answers(counts_of(new))
        columns = (choices.dose, choices.patients, choices.selected, choices.reason)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        self.known.update(zip(new, (Choice(*row) for row in rows), strict=True))


def counts_of(standings: Sequence[Standing]) -> DoseCounts:
    """One row per standing, of one ladder."""
    import numpy as np

    columns = (np.array(column, dtype=np.int64) for column in zip(*standings, strict=True))
    counts = DoseCounts(**dict(zip(Standing._fields, columns, strict=True)))
    return counts if standings[0].moderate else replace(counts, moderate=None)


def _row(counts: DoseCounts, choices: DoseChoices, i: int) -> tuple[Standing, Choice]:
    """A standing and what is said of it."""
    n, dlt = (tuple(column[i].tolist()) for column in (counts.n, counts.dlt))
    columns = (choices.dose, choices.patients, choices.selected, choices.reason)
    return Standing(n, dlt, int(counts.current[i])), Choice(*(int(column[i]) for column in columns))


def _not_a_dose(design: DoseDesign, standing: Standing, found: int) -> str:
    return (
        f"the dose-finding design `{design.kind}` cannot be used: with DLTs in {_told(standing)} by dose it "
        f"recommends {found}; allowed are a dose of the ladder (from 0) and {NO_DOSE} for none"
    )


def _told(standing: Standing) -> str:
    return ", ".join(f"{dlt} of {n}" for n, dlt in zip(*standing[:2], strict=True))


def _refused(design: DoseDesign, standing: Standing, choice: Choice) -> str:
    says = ", ".join(f"{name} {value}" for name, value in choice._asdict().items())
    return (
        f"the dose-finding design `{design.kind}` cannot be used: with DLTs in {_told(standing)} by dose, "
        f"the last dose {standing.current}, it says {says}; allowed are a dose of the ladder (from 0) with "
        f"1 patient or more and none selected ({NO_DOSE}), or no dose with 0 patients, and one of its reasons"
    )


def reason_words(design: DoseDesign, reason: int) -> str:
    """Why a decision was what it was, by its number in the records."""
    return design.reasons[reason] if reason >= 0 else ENDED_FIRST


@lru_cache(maxsize=64)
def decisions_of(design: DoseDesign) -> Decisions:
    """The answers of a design, shared by all trials of a process."""
    return Decisions(design)
