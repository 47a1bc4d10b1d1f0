"""The cohorts of a trial so far, followed through its dose finding: what is next, and what was not due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from simulator.program.completions import completed, ways_of
from simulator.program.decisions import Choice, decisions_of
from simulator.program.dose_outcomes import DLT, KNOWN, MODERATE, OPEN, Outcomes, Word, refused
from simulator.program.dose_turns import ByCounts, Seen, Turn
from simulator.program.words import Decide

__all__ = ["Ahead", "Course", "follow"]

MOST_POSSIBLE = 20_000  # ways in which those not known may turn out; with more the cohort is to be finished


class Ahead(NamedTuple):
    """The cohort whose outcomes come next: `more` patients of it are not known yet.

    before: when it was due. dose: its own. seen, treated: what is there of it. missing: how many of `more`
    have not been treated.
    """

    before: Turn
    dose: int
    more: int
    missing: int
    seen: Seen = Seen()
    treated: int = 0

    def ways(self, plan: ByCounts) -> list[Seen]:
        """How those not known may turn out, by rising DLTs; of a single patient a milder event too."""
        found = [Seen(self.more, dlt) for dlt in range(self.more + 1)]
        reached = plan.reached(self.before, self.dose, self.seen.plus(found[0]), 0)
        counts = bool(reached.standing.moderate) and max(reached.standing.n) <= 1
        return [found[0], *([Seen(self.more, 0, 1)] if counts and self.more else []), *found[1:]]

    def after(self, plan: ByCounts, way: Seen) -> Turn:
        """What follows when those not known turn out so."""
        return plan.after(self.before, self.dose, self.seen.plus(way), self.treated + self.missing)

    def turns(self, plan: ByCounts) -> list[Turn]:
        """What follows in each way."""
        return [self.after(plan, way) for way in self.ways(plan)]

    @staticmethod
    def of(turn: Turn) -> Ahead:
        """A cohort that has not begun."""
        return Ahead(turn, turn.choice.dose, turn.choice.patients, turn.choice.patients)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A dose finding as far as its outcomes are told.

    words: the cohorts, doses by number. counts: with the version in force. turn: what they say as they stand.
    unfinished: the last cohort where patients or outcomes of it are missing and the next dose is not settled.
    remarks: where cohorts are not as the design would have had them.
    """

    plan: ByCounts
    words: tuple[Word, ...]
    counts: Turn
    turn: Turn
    unfinished: Ahead | None
    remarks: tuple[str, ...]

    @property
    def ahead(self) -> Ahead | None:
        """The cohort whose outcomes come next; None when it is over."""
        if self.unfinished is not None or self.turn.over:
            return self.unfinished
        return Ahead.of(self.turn)


def follow(plan: ByCounts, outcomes: Outcomes, ladders: Sequence[Sequence[str]]) -> Course:
    """Follow the cohorts, each against what the design would have had.

    ladders: names of the doses of each version. An amendment that counts tell comes by itself, marked or
    not. TrialstopError for a dose that is not on the ladder in force, or an amendment that is not there.
    """
    walk = _Walk(plan, ladders)
    rest = [word for word in outcomes.words if not word.expansion]
    while rest:
        walk.marked(rest[0].amended, rest[0].place)
        size = walk.joined(rest)
        walk.cohort(rest[:size], last=size == len(rest))
        rest = rest[size:]
    walk.marked(outcomes.amended, "outcomes, at the end")
    expanded = [word for word in outcomes.words if word.expansion]
    words = [*walk.words, *(walk.numbered(word) for word in expanded)]
    if expanded and walk.turn.choice.selected < 0:
        walk.remarks.append("an expansion is told of, but no dose has been selected")
    return Course(
        plan=plan,
        words=tuple(words),
        counts=walk.turn if walk.unfinished is None else walk.reached,
        turn=walk.turn,
        unfinished=walk.unfinished,
        remarks=tuple(walk.remarks),
    )


class _Walk:
    """The way so far; each cohort changes it."""

    def __init__(self, plan: ByCounts, ladders: Sequence[Sequence[str]]) -> None:
        self.plan = plan
        self.ladders = ladders
        self.turn = self.reached = plan.start()
        self.words: list[Word] = []
        self.cohorts = 0
        self.open: list[tuple[int, int]] = []  # version and dose of patients of whom nothing is known
        self.unfinished: Ahead | None = None
        self.remarks: list[str] = []

    def dose_of(self, word: Word) -> int:
        """Its place on the ladder in force, from 0."""
        ladder = self.ladders[self.turn.version]
        number = ladder.index(word.dose) + 1 if word.dose in ladder else word.dose
        if not isinstance(number, int) or not 1 <= number <= len(ladder):
            doses = ", ".join(f"{i} ({name})" for i, name in enumerate(ladder, 1))
            raise refused(f"{word.place}", f"dose {word.dose}", doses)
        return number - 1

    def numbered(self, word: Word) -> Word:
        """Its dose as a number, and its amendments those that have come."""
        return word._replace(dose=self.dose_of(word) + 1, amended=self.turn.version)

    def marked(self, amended: int, place: str) -> None:
        """Bring on amendments that are marked and that counts have not brought."""
        while amended > self.turn.version:
            if self.turn.version == len(self.plan.amendments):
                had = f"{len(self.plan.amendments)} of this dose finding" if self.plan.amendments else "none"
                raise refused(place, f"amendment {amended} (|)", had)
            version = self.turn.version
            if self.plan.told_by_counts(version):
                name = self.plan.amendments[version].name
                self.remarks.append(f"amendment {name} is marked where the counts do not bring it about")
            self.turn, self.unfinished = self.plan.amended(self.turn), None

    def joined(self, words: Sequence[Word]) -> int:
        """How many words are of one cohort: one that is short goes on with the next, if it fits."""
        size, dose = 1, self.dose_of(words[0])
        filled, choice = self._filled(words[0].letters), self.turn.choice
        while dose == choice.dose and filled < choice.patients and size < len(words):
            following = words[size]
            filled += self._filled(following.letters)
            same = following.amended == words[0].amended and self.dose_of(following) == dose
            if not same or filled > choice.patients:
                break
            size += 1
        return size

    def _filled(self, letters: str) -> int:
        """Places of the cohort that are taken: one who is not evaluable may be replaced."""
        replaces = self.plan.versions[self.turn.version].replaces
        return sum(letter in {*KNOWN, OPEN} or not replaces for letter in letters)

    def cohort(self, words: Sequence[Word], *, last: bool) -> None:
        """Go on by one cohort."""
        self.cohorts += 1
        before, dose = self.turn, self.dose_of(words[0])
        letters = "".join(word.letters for word in words)
        self.words.append(self.numbered(words[0])._replace(letters=letters))
        if MODERATE in letters and not any(v.method.counts_moderate for v in self.plan.versions):
            allowed = "N, T, X or ?: this dose finding counts no milder event"
            raise refused(words[0].place, f"{MODERATE} in {letters}", allowed)
        seen = Seen(sum(map(letters.count, KNOWN)), letters.count(DLT), letters.count(MODERATE))
        missing = self._missing(dose, self._filled(letters), last=last)
        pending = letters.count(OPEN)
        reached = self.plan.reached(before, dose, seen, len(letters))
        choice = None
        if not last:
            if pending:
                open_ = f"cohort {self.cohorts} has outcomes that are not known ({pending})"
                self.remarks.append(f"{open_}, which are not counted")
            self.open += [(before.version, dose)] * pending
        elif missing or pending:
            cohort = Ahead(before, dose, missing + pending, missing, seen, len(letters))
            choice = self._settled(cohort, reached)
            self.unfinished = cohort if choice is None else None
        self.turn, self.reached = self.plan.answered(reached, choice), reached

    def _missing(self, dose: int, filled: int, *, last: bool) -> int:
        """Patients whom the last cohort is to have yet; a remark where a cohort is none that was due."""
        ladder, choice = self.ladders[self.turn.version], self.turn.choice
        here = f"cohort {self.cohorts}"
        if self.turn.over:
            self.remarks.append(f"{here} was treated although the dose finding was over")
        elif dose != choice.dose:
            due = f"{choice.dose + 1} ({ladder[choice.dose]})"
            self.remarks.append(f"{here} is at dose {dose + 1} ({ladder[dose]}), where the design says {due}")
        elif filled > choice.patients or (filled < choice.patients and not last):
            self.remarks.append(f"{here} has {filled} patients, where the design says {choice.patients}")
        else:
            return choice.patients - filled
        return 0

    def _settled(self, cohort: Ahead, reached: Turn) -> Choice | None:
        """The choice that what is open cannot change, where the design makes it before all is known.

        A choice to stay is not made before the cohort is known; who is not replaced may turn out not to be
        evaluable.
        """
        version = self.plan.versions[reached.version]
        if version.decide is not Decide.WHEN_DECIDED:
            return None
        found = list(self._possible(cohort, reached, replaces=version.replaces))
        alike = len({choice[:3] for choice in found}) == 1
        return found[0] if alike and found[0].dose != cohort.dose else None

    def _possible(self, cohort: Ahead, reached: Turn, *, replaces: bool) -> Iterator[Choice]:
        """What the design says of every way in which those not known may turn out, none with a DLT first.

        None where there are too many ways.
        """
        standing, doses = reached.standing, range(len(reached.standing.n))
        columns = [self.plan.columns(reached.version, dose) for dose in doses]
        unsure = [sum(map(self.open.count, column)) for column in columns]
        method = self.plan.versions[reached.version].method
        ways = ways_of(method, unsure, (cohort.more, 0) if replaces else (0, cohort.more))
        if prod(map(len, ways)) <= MOST_POSSIBLE:
            yield from map(decisions_of(method).of, completed(method, standing, ways))
