"""The next dose of a trial from its outcomes so far: in words, as a table ahead, and as a tree of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike

from simulator.contracts import NO_DOSE
from simulator.errors import TrialstopError
from simulator.exact.pathways import Branch, pathways, singly
from simulator.loading.load import scenario_of
from simulator.model.design import Design
from simulator.model.scenario import Scenario
from simulator.program.decisions import decisions_of
from simulator.program.dose_course import Course, follow
from simulator.program.dose_outcomes import Outcomes, outcome_csv, outcome_text, parse_outcomes
from simulator.program.dose_turns import ByCounts, Turn, by_counts
from simulator.program.dosing import dose_drug
from simulator.reporting.decision_bounds import bounds_of, told_bounds
from simulator.reporting.text import WIDTH, columns, counted, paragraph

__all__ = ["FORMAT", "NextDose", "Said", "next_dose"]

FORMAT = "trialstop/next-dose/1"
Tree = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is to be done, in words and numbers.

    dose, selected: from 1 on the ladder in force, None for none. reason: why.
    """

    dose: int | None
    patients: int
    selected: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NextDose:
    """The answer. what_if: by DLTs in the cohort that comes next."""

    file: str
    variant: str
    design: Design
    course: Course
    what_if: tuple[Branch, ...]
    branches: tuple[Branch, ...]

    @property
    def plan(self) -> ByCounts:
        """The versions of the dose finding."""
        return self.course.plan

    @property
    def ladders(self) -> tuple[tuple[str, ...], ...]:
        """Names of the doses by version."""
        return self.plan.ladders

    @property
    def said(self) -> Said:
        """What is to be done now; where the last cohort is not finished, that it be finished."""
        cohort = self.course.unfinished
        if cohort is None:
            return self.follows(self.course.turn)
        reason = f"the cohort is not finished: {counted(cohort.more, 'outcome')} to come"
        return Said(dose=cohort.dose + 1, patients=cohort.missing, selected=None, reason=reason)

    @property
    def outcomes(self) -> str:
        """The cohorts as a line, which can be asked with again."""
        return outcome_text(self.course.words, self.course.counts.version)

    def follows(self, turn: Turn) -> Said:
        """What a turn comes to."""
        choice, version = turn.choice, turn.version
        reasons = self.plan.versions[version].method.reasons
        begun = f"amendment {self.plan.amendments[version - 1].name}" if version else "the first cohort"
        return Said(
            dose=choice.dose + 1 if choice.dose != NO_DOSE else None,
            patients=choice.patients,
            selected=choice.selected + 1 if choice.selected != NO_DOSE else None,
            reason=begun if turn.begins else reasons[choice.reason],
        )

    def name(self, dose: int, version: int) -> str:
        """`10 mg`: the dose with this number, from 1."""
        return self.ladders[version][dose - 1]

    def short(self, turn: Turn, *, numbered: bool = False) -> str:
        """`3 at 10 mg`, `over: 10 mg`, `over: none`; numbered: `3 at #2`, after an amendment `3 at #2*`."""
        choice = turn.choice
        dose = choice.selected if turn.over else choice.dose
        name = self._number(dose + 1, turn.version) if numbered else self.ladders[turn.version][dose]
        if turn.over:
            return f"over: {'none' if dose == NO_DOSE else name}"
        return f"{choice.patients} at {name}"

    def numbers(self, branches: Sequence[Branch]) -> str:
        """`#1 5 mg, #2 10 mg; after ten_days #1* 5 mg`: the doses of a tree behind their numbers."""
        assert self.course.ahead is not None  # what the tree grows from
        first, told = self.course.ahead.before.version, []
        for version in sorted({first, *(turn.version for turn in _turns(branches))}):
            names = (f"{self._number(i, version)} {name}" for i, name in enumerate(self.ladders[version], 1))
            after = f"after {self.plan.amendments[version - 1].name} " if version > first else ""
            told.append(after + ", ".join(names))
        return "; ".join(told)

    def _number(self, dose: int, version: int) -> str:
        first = self.course.ahead.before.version if self.course.ahead is not None else version
        return f"#{dose}{'*' * (version - first)}"

    def csv(self) -> str:
        """The outcomes, a row per patient."""
        return outcome_csv(self.course.words)

    def text(self, *, pathways: bool = True) -> str:
        """As `trialstop next-dose` prints it. pathways: with them, where there are any."""
        parts = [self._head(), self._counts(), self._answer()]
        if self.what_if:
            parts.append(self._what_if())
        if self.branches and pathways:
            parts.append(self._pathways())
        return "\n\n".join("\n".join(part) for part in parts)

    # ------------------------------------------------------------ parts of the text

    def _head(self) -> list[str]:
        version = self.course.counts.version
        method = self.plan.versions[version].method
        lines = [f"{self.file}, {self.variant}", *paragraph(method.describe()[0])]
        for i, amendment in enumerate(self.plan.amendments):
            if i < version:
                counts = (
                    "earlier patients count" if self.plan.versions[i + 1].since <= i else "counts start again"
                )
                lines += paragraph(f"Amendment {amendment.name} is in force: {counts}.")
            elif i == version and not self.plan.told_by_counts(i):
                lines += paragraph(
                    f"Amendment {amendment.name} depends on more than counts; taken not to have come: put | "
                    "where it came."
                )
        return [*lines, f"Outcomes: {self.outcomes or 'none yet'}"]

    def _counts(self) -> list[str]:
        turn = self.course.counts
        answers = decisions_of(self.plan.versions[turn.version].method)
        toxic, rates = answers.toxic(turn.standing), answers.estimates(turn.standing)
        milder, rows = _told_milder(turn), []
        for i, name in enumerate(self.ladders[turn.version]):
            n, dlt = turn.standing.n[i], turn.standing.dlt[i]
            marks = [*(["last given"] * (i == turn.standing.current and n > 0)), *(["too toxic"] * toxic[i])]
            estimate = [] if rates is None else [f"{100 * rates[i]:.1f}"]
            with_it = map(str, milder[i : i + 1])
            rows.append([f"{i + 1}  {name}", str(n), str(dlt), *with_it, *estimate, ", ".join(marks)])
        model = [] if rates is None else ["rate by the model, %"]
        return columns([["dose", "evaluable", "DLTs", *["milder"][: len(milder)], *model, ""]], rows)

    def _answer(self) -> list[str]:
        said, cohort, turn = self.said, self.course.unfinished, self.course.turn
        version = self.course.counts.version
        if said.dose is None:
            what = f"{self.name(said.selected, version)} is" if said.selected else "no dose is"
            lines = paragraph(f"OVER: {what} recommended ({said.reason.removeprefix('over: ')}).")
            if said.selected and self.design.expansion is not None:
                more = counted(self.design.expansion.patients, "patient")
                lines += paragraph(f"Then the expansion: {more} there.")
        elif said.patients:
            again = cohort is not None or turn.standing.n[said.dose - 1] > 0
            who = counted(said.patients, "more patient" if again else "patient")
            lines = paragraph(
                f"NEXT: {who} at {self.name(said.dose, version)}, dose {said.dose} ({said.reason})."
            )
        else:
            lines = paragraph(f"NEXT: wait at {self.name(said.dose, version)} ({said.reason}).")
        if cohort is not None:
            if turn.choice.dose != cohort.dose:
                reason = self.follows(turn).reason
                lines += paragraph(f"Asked now, the design would say: {self.short(turn)} ({reason}).")
            ways = set(map(self.short, cohort.turns(self.plan)))
            if len(ways) == 1:
                lines += paragraph(f"However the cohort turns out, then {ways.pop()}.")
        return [*lines, *self._behind()]

    def _behind(self) -> Iterator[str]:
        """The bounds at the dose last given, of a design that has such."""
        turn = self.course.counts
        n, dlt = (counts[turn.standing.current] for counts in turn.standing[:2])
        asked = n > 0 and not (turn.begins and self.course.unfinished is None)
        asked = asked and not any(_told_milder(turn))  # which bounds do not know of
        row = bounds_of(self.plan.versions[turn.version].method, n) if asked else None
        if row is not None:
            dose = self.name(turn.standing.current + 1, turn.version)
            seen = f"At {dose} {counted(dlt, 'DLT')} in {counted(n, 'patient')}"
            yield from paragraph(f"{seen}; with so many patients: {told_bounds(row)}.")

    def _what_if(self) -> list[str]:
        rows = []
        for branch in self.what_if:
            said = self.follows(branch.turn)
            rows.append([branch.dlts("-"), self.short(branch.turn), said.reason])
        return [*paragraph(self._ahead()), "", *_left([["DLTs", "then", "reason"]], rows)]

    def _ahead(self) -> str:
        ahead = self.course.ahead
        assert ahead is not None  # something is ahead
        dose = self.name(ahead.dose + 1, ahead.before.version)
        whom = "The next cohort" if self.course.unfinished is None else "Those to come of the cohort"
        return f"{whom}, {counted(ahead.more, 'patient')} at {dose}. Then: how many, at which dose."

    def _pathways(self) -> list[str]:
        depth = max(map(_depth, self.branches))
        heads = [
            ["DLTs" if i % 2 == 0 else "" for i in range(2 * depth)],
            [cell for i in range(1, depth + 1) for cell in (f"cohort +{i}", "then")],
        ]
        about = f"{self._ahead()} Row by row every way from there."
        for numbered in (False, True):
            rows = self._rows(self.branches, numbered)
            lines = _left(heads, [row + [""] * (2 * depth - len(row)) for row in rows])
            if max(map(len, lines)) <= WIDTH:
                break
            about += f" Doses: {self.numbers(self.branches)}."
        return [*paragraph(about), "", *lines]

    def _rows(self, branches: Sequence[Branch], numbered: bool) -> Iterator[list[str]]:
        for branch in branches:
            cells = [branch.dlts("-"), self.short(branch.turn, numbered=numbered)]
            further = list(self._rows(branch.branches, numbered))
            if not further:
                yield cells
            for i, row in enumerate(further):
                yield [*(cells if i == 0 else ["", ""]), *row]

    # ------------------------------------------------------------ as numbers

    def tree(self) -> Tree:
        """What `--json` writes."""
        turn, counts = self.course.turn, self.course.counts
        version = counts.version
        answers = decisions_of(self.plan.versions[version].method)
        toxic = answers.toxic(counts.standing)
        rates = answers.estimates(counts.standing) or [None] * len(toxic)
        milder = _told_milder(counts)
        found: Tree = {
            "format": FORMAT,
            "scenario": self.file,
            "variant": self.variant,
            "amendments": [each.name for each in self.plan.amendments[:version]],
            "outcomes": self.outcomes,
            "doses": [
                {"number": i, "dose": name, "n": n, "dlt": dlt, "toxic": bad, "estimate": rate}
                | ({"moderate": milder[i - 1]} if milder else {})
                for i, (name, n, dlt, bad, rate) in enumerate(
                    zip(self.ladders[version], *counts.standing[:2], toxic, rates, strict=True), 1
                )
            ],
            "next": self._said(self.said, version),
            "asked_now": self._said(self.follows(turn), turn.version),
            "warnings": list(self.course.remarks),
        }
        if self.what_if:
            found["what_if"] = [self._branch(branch) for branch in self.what_if]
        if self.branches:
            found["pathways"] = [self._branch(branch) for branch in self.branches]
        return found

    def _said(self, said: Said, version: int) -> Tree:
        return {
            "dose": self.name(said.dose, version) if said.dose else None,
            "number": said.dose,
            "patients": said.patients,
            "selected": self.name(said.selected, version) if said.selected else None,
            "reason": said.reason,
        }

    def _branch(self, branch: Branch) -> Tree:
        found = {
            "dlt": [branch.low, branch.high],
            **self._said(self.follows(branch.turn), branch.turn.version),
        }
        if branch.milder is not None:
            found["moderate"] = branch.milder
        if branch.branches:
            found["branches"] = [self._branch(each) for each in branch.branches]
        return found


def next_dose(
    scenario: Scenario | str | PathLike[str],
    outcomes: str | Outcomes,
    *,
    variant: str | None = None,
    what_if: bool = False,
    pathways_ahead: int = 0,
) -> NextDose:
    """What the dose finding of a variant says after these outcomes, such as "1NNN 2NTN".

    variant: the benchmark if left out. what_if: also for every number of DLTs in the next cohort.
    pathways_ahead: also for so many cohorts. TrialstopError for what cannot be read, a variant that is not
    there or finds no doses, and too many ways.
    """
    scenario = scenario_of(scenario)
    (name,) = scenario.named("variant", [scenario.benchmark if variant is None else variant])
    design = scenario.designs[name]
    if dose_drug(design) is None:
        raise TrialstopError(f"the variant {name} of {scenario.file} has no dose finding")
    plan = by_counts(design, scenario.amended.get(name, ()))
    read = parse_outcomes(outcomes) if isinstance(outcomes, str) else outcomes
    course = follow(plan, read, plan.ladders)
    ahead = course.ahead
    return NextDose(
        file=scenario.file,
        variant=name,
        design=design,
        course=course,
        what_if=singly(plan, ahead) if what_if and ahead is not None else (),
        branches=pathways(plan, ahead, pathways_ahead) if pathways_ahead and ahead is not None else (),
    )


def _told_milder(turn: Turn) -> tuple[int, ...]:
    """Patients with the milder event by dose; nothing where none is counted, or any more."""
    return turn.standing.moderate if max(turn.standing.n) <= 1 else ()


def _turns(branches: Sequence[Branch]) -> Iterator[Turn]:
    for branch in branches:
        yield branch.turn
        yield from _turns(branch.branches)


def _depth(branch: Branch) -> int:
    return 1 + max(map(_depth, branch.branches), default=0)


def _left(head: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns of words, all to the left."""
    widths = [max(len(row[i]) for row in (*head, *rows)) for i in range(len(head[0]))]
    lines = [
        "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in (*head, *rows)
    ]
    lines.insert(len(head), "-" * (sum(widths) + 2 * (len(widths) - 1)))
    return lines
