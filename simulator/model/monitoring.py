"""Monitoring: what is counted, among whom, when it is looked at, and what follows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from simulator.contracts import BoardRule, EntriesRule, Rule
from simulator.model.action import HOLD_VERBS, ActionValue
from simulator.model.base import OneOrMany, Strict, one_or_many
from simulator.model.look import EVERY_REPORT, LookValue
from simulator.model.registered import Registered
from simulator.scalars import one_word
from simulator.units import Count, Days, DelayDays, Name, Shorthand, Text

__all__ = ["ONE", "POOLED", "Among", "Counts", "Monitor", "OrWithin", "Population", "Scope"]

Among = Literal["treated", "completed", "known", "weight", "fail", "exposure"]
AMONG: tuple[str, ...] = ("treated", "completed", "known", "weight", "fail", "exposure")
Unit = Literal["patients", "events", "courses"]
UNITS: tuple[str, ...] = ("patients", "events", "courses")
Fires = Literal["once", "again"]
FIRES: tuple[str, ...] = ("once", "again")
Wait = Literal["look", "accrual"]
WAITS: tuple[str, ...] = ("look", "accrual")
Population = Literal["randomised", "treated_as_randomised", "as_treated"]
POPULATIONS: tuple[str, ...] = ("randomised", "treated_as_randomised", "as_treated")
POOLED = "pooled"
ONE = "event"  # the endpoint of a rule that has one


def _by_endpoint(value: object) -> object:
    """`{event: ...}` is what the only endpoint of a rule counts."""
    return {ONE: value} if isinstance(value, dict) and "event" in value else value


def _arms(value: object) -> object:
    """`pooled` names none; one arm stands for a list of one."""
    return None if value == POOLED else one_or_many(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrWithin(Strict):
    """Also counts, in any phase, up to `days` days after the last dose of a drug (both ends count)."""

    days: Count
    of_last: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope(Strict):
    """Where an event counts, judged at its occurrence. What is not named does not restrict.

    phases: an event on a phase's last instant belongs to that phase. or_within: widens `phases`.
    marks: kinds that count. doses: levels of a drug that count. dose: `mtd` keeps, in the denominator too,
    only patients who were assigned the dose that dose finding selected, those before it included.
    """

    phases: Annotated[tuple[Name, ...] | None, OneOrMany] = None
    or_within: OrWithin | None = None
    marks: Annotated[tuple[Name, ...] | None, OneOrMany] = None
    doses: dict[Name, Annotated[tuple[Text, ...], OneOrMany]] | None = None
    dose: Annotated[Literal["mtd"] | None, one_word("mtd")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts(Strict):
    """What one endpoint of a rule counts, and among whom where it differs from the rule's `among`.

    unit: patients (with a first event), every event, or courses with an event. window: days from
    entry within which events count and patients are assessed (both ends); default the event's own.
    """

    event: Name
    unit: Annotated[Unit, one_word(*UNITS)] = "patients"
    window: Days | None = None
    among: Annotated[Among | None, one_word(*AMONG)] = None
    scope: Scope | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor(Strict):
    """One stopping rule at work.

    counts: per endpoint of the rule. among, the denominator: `treated`, everyone treated, a pending
    patient as without event; `completed`, those whose window is over; `known`, those whose window
    is over or whose outcome is known; `weight`, follow-up as a share of the window; `fail`, everyone
    treated, a pending patient as the bad outcome; `exposure`, their follow-up in days. look: when it is
    read. wait: a look that is due waits until the windows of those treated by then are over; `accrual`:
    nobody enters meanwhile.
    data_cut: days before the look at which the data are cut. decision_lag: days from the look to
    the effect. then: what is done; empty = it only reports.
    fires: `once`, after which it looks no more; `again`, whenever it holds at a look, but not while a hold or
    a decision of its own is on its way. Default: `again` where it does no more than hold, or report.

    arms: those whose patients are read, all of them together (`pooled`) unless said. compare: the two arms
    that a comparing rule reads, the one that may be harmed first. population: `randomised`, everyone in the
    arm as drawn; `treated_as_randomised`, those who took it; `as_treated`, everyone in the arm received.
    """

    counts: Annotated[dict[Name, Counts], Shorthand(_by_endpoint, Counts)] = field(default_factory=dict)
    rule: Annotated[Rule, Registered("rule")]
    scope: Scope = Scope()
    among: Annotated[Among, one_word(*AMONG)] = "treated"
    look: LookValue = EVERY_REPORT
    wait: Annotated[Wait | None, one_word(*WAITS)] = None
    data_cut: DelayDays = 0.0
    decision_lag: DelayDays = 0.0
    then: Annotated[tuple[ActionValue, ...], OneOrMany] = ()
    fires: Annotated[Fires | None, one_word(*FIRES)] = None
    arms: Annotated[tuple[Name, ...] | None, Shorthand(_arms, Name)] = None
    compare: tuple[Name, Name] | None = None
    population: Annotated[Population, one_word(*POPULATIONS)] = "randomised"

    @property
    def again(self) -> bool:
        """Whether it may fire more than once."""
        if self.fires is not None:
            return self.fires == "again"
        return all(action.verb in HOLD_VERBS for action in self.then)

    @property
    def stops(self) -> bool:
        """Whether a firing may be a stop: it does more than hold accrual, or a review may close it."""
        return any(
            action.verb not in HOLD_VERBS or (action.review is not None and action.review.resumes < 1.0)
            for action in self.then
        )

    @property
    def board(self) -> BoardRule | None:
        """The rule, if it reads other rules and counts nothing."""
        return self.rule if isinstance(self.rule, BoardRule) else None

    @property
    def entries(self) -> EntriesRule | None:
        """The rule, if it reads accrual and counts nothing."""
        return self.rule if isinstance(self.rule, EntriesRule) else None

    @property
    def counts_nothing(self) -> bool:
        """Whether it reads other rules, or accrual."""
        return self.board is not None or self.entries is not None

    @property
    def reads(self) -> tuple[str, ...]:
        """Rules that are read before this one: members of the board, and the one that calls it."""
        members = tuple(self.board.seats) if self.board is not None else ()
        return members if self.look.after is None else (*members, self.look.after)

    @property
    def counted_events(self) -> tuple[str, ...]:
        """Every event that an endpoint counts."""
        return tuple(counts.event for counts in self.counts.values())
