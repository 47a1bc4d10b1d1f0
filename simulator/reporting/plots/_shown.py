"""What a figure is drawn from, and what the file of a figure has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from simulator.model.estimate import Estimate
from simulator.model.metric import Key
from simulator.program.rule_tables import MonitorTable
from simulator.program.words import Unit
from simulator.reporting.doses import Doses, with_dose_finding
from simulator.reporting.text import listed
from simulator.study.results import Results
from simulator.what_ifs.cells import Place
from simulator.what_ifs.findings import Findings
from simulator.what_ifs.sweeping import Swept, settings_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "OfRule",
    "OfRun",
    "OfSweep",
    "Plot",
    "Subject",
    "a_rule",
    "doses_found",
    "every_value",
    "its_trials",
    "trials_of",
]

MOST_USERS = 6  # variants named in the heading

Subject = Literal[
    "run",
    "event",
    "rule",
    "decisions",
    "trial",
    "pathways",
    "sweep",
    "metric",
    "solve",
    "calibration",
    "tornado",
    "sensitivity",
]
"""A run; one and a counted event; a rule; designs (`DecisionMap`); one trial (`Trace`); a next dose
(`NextDose`); a sweep; one metric of it; a search; a calibration; a tornado; sensitivities."""


class Plot(Protocol):
    """A file of `plots/`: what one figure is of, what that needs, and how it is drawn.

    Both functions take what OF says: OfRun (of `event` with the event), OfRule, a list of DecisionMap, Trace,
    NextDose, OfSweep, or the Findings of a search or a calibration.
    """

    OF: Subject

    def needs(self, given: Any) -> str:
        """What is missing for the figure, in words; "" if it can be drawn."""
        ...

    def draw(self, given: Any) -> Sequence[Figure]:
        """The figure, page by page. Called within `style()`, and only if nothing is missing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OfRun:
    """Results, true DLT rates where they are known, and the event whose patients are drawn."""

    results: Results
    doses: Doses = field(default_factory=dict)
    event: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfRule:
    """A rule as lowered, and what is said of it.

    max_n: patients at most. users: variants with it. events: what each counter counts. rates: true ones.
    observed: events after the first patient, the second, ..., by endpoint, "" for those not named.
    """

    table: MonitorTable
    max_n: int
    name: str
    users: Sequence[str]
    events: Sequence[str]
    formula: str
    rates: Sequence[float]
    observed: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def path(self, endpoint: int) -> Sequence[int]:
        """What was observed of an endpoint, nothing where nothing was."""
        name = self.table.endpoints[endpoint]
        return self.observed.get(name, self.observed.get("", ()))[: self.max_n]

    @property
    def whose(self) -> str:
        """`tse in as_designed, cut_90 and 3 more variants`."""
        more = len(self.users) - MOST_USERS
        some = (
            listed(self.users)
            if more < 2
            else f"{', '.join(self.users[:MOST_USERS])} and {more} more variants"
        )
        return f"{self.name} in {some}"

    @property
    def told(self) -> str:
        """The formula, not broken within parentheses."""
        return re.sub(r"\([^()]*\)", lambda found: found[0].replace(" ", "\u00a0"), self.formula)

    @property
    def uncounted(self) -> str:
        """What is missing for a boundary over whole patients."""
        if self.table.versus is not None:
            return "a rule that reads one count"
        counters = [self.table.counters[i] for i in self.table.used]
        whole = self.table.table.by_n and all(counter.unit is Unit.PATIENTS for counter in counters)
        return "" if whole else "a rule that counts whole patients"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfSweep:
    """A sweep, and the metric that is drawn."""

    findings: Findings[Swept]
    key: Key

    def estimates(self, variant: str, truth: str, key: Key | None = None) -> list[Estimate | None]:
        """At every setting, in order; of the metric drawn, or another."""
        settings = settings_of(self.findings.vary)
        found = (self.findings.answer(Place(changes, variant, truth)) for changes in settings)
        return [answer.estimate(key or self.key) for answer in found]

    def everywhere(self) -> Iterator[Estimate | None]:
        """At every setting of every variant and truth."""
        for variant in self.findings.variants:
            for truth in self.findings.truths:
                yield from self.estimates(variant, truth)

    @property
    def about(self) -> str:
        """How the numbers were made, in a sentence."""
        exact = {e.exact is not None for e in self.everywhere() if e is not None}
        played = f"{trials_of(self.findings, 'a setting')}."
        calculated = "Exact calculation." if exact == {True} else "Some values are calculated exactly."
        return " ".join([played] * (False in exact) + [calculated] * (True in exact))

    @property
    def played(self) -> bool:
        """Whether any value has an error."""
        return any(e.exact is None for e in self.everywhere() if e is not None)


# ---------------------------------------------------------------- what several figures need


def trials_of(findings: Findings[Any], each: str) -> str:
    """From how many trials the numbers of cells come. each: `a setting`."""
    how = {answer.how for answer in findings.answers}
    played = f"{findings.run.trials:,} trials {each}, the same candidates in each"
    some = f"some {each.removeprefix('a ')}s"
    weighted = f"by weights from {findings.anchored:,} trials played at {some}"
    if "weighted" not in how:
        return played
    return weighted if "played" not in how else f"{weighted}, or from {findings.run.trials:,} of its own"


def a_rule(results: Results) -> str:
    """A rule that can stop a trial; without dose finding a trial without rules is drawn too."""
    acts = any(cell.facts.acts for cell in results.cells)
    drawn = acts or not (with_dose_finding(results) or results.only_votes)
    return "" if drawn else "a rule that can stop the trial"


def doses_found(results: Results) -> str:
    """Dose finding."""
    return "" if with_dose_finding(results) else "dose finding"


def every_value(results: Results, key: Key) -> str:
    """A metric's value in every trial, which large runs and results read from a file are without."""
    there = all(key in cell.columns for cell in results.cells)
    return "" if there else "the values of every trial, which are kept of small runs only"


def its_trials(results: Results) -> str:
    """The times in single trials, which results read from a file are without."""
    return "" if any(cell.distributions for cell in results.cells) else "the trials, which a file has not"
