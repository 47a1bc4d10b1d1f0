"""What a stopping rule promises, and what it may know of the trial it is for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from simulator.contracts.boundaries import Observed, RuleTable, ShareTable, TwoArmTable, Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[Any]

__all__ = ["ComparingRule", "Plan", "Rule", "Unmet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a rule may know of the trial it is for.

    max_n: the largest denominator. looks: the n of each look, rising, where the schedule fixes them; None:
    after every patient. The n that a look reads may yet be another, so a rule has a bound for every n.
    among: the denominator of each endpoint of the rule, in its order; none named: everyone treated.
    share: of a rule that compares, the first arm's part of the allocation to both. Its max_n and looks are
    of one arm. days: of looks set by the calendar, for a rule that reads entries. exposure: person-days of
    everyone followed to the end; 0 where that is not known.
    """

    max_n: int
    looks: tuple[int, ...] | None = None
    among: tuple[str, ...] = ()
    share: float = 0.5
    days: tuple[float, ...] = ()
    exposure: float = 0.0

    @property
    def planned(self) -> Sequence[int]:
        """The n of each look, as far as it can be planned."""
        return range(1, self.max_n + 1) if self.looks is None else self.looks

    def weighted(self, reading: int = 0) -> bool:
        """Whether follow-up is weighted, so that n need not be whole."""
        return self.among[reading] == "weight" if self.among else False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """What a key of a rule asks for, and what would be allowed under the plan."""

    key: str
    found: str
    allowed: str


class Rule(ABC):
    """A stopping rule: a frozen dataclass whose fields are its YAML keys.

    `assess` explains one look to people; `lower` gives the same rule as boundaries. Conformance tests
    hold the two together on every (n, x). What has a default here is left out where the default is right.

    kind: its word in a file. sources: keys of refs.bib. endpoints: what each reading counts, in order.
    examples: as a file has them, for the tests. good: endpoints of which many events are wanted.
    monotone_in_n: bounds never fall as n rises. of_shares: it is about the share of patients with an event,
    so there cannot be more events than patients. whole_n: it is about a whole number of patients, so that
    follow-up cannot be weighted. evidence_word: what `evidence` is, such as `posterior`; empty without.
    """

    __slots__ = ()

    kind: ClassVar[str]
    sources: ClassVar[tuple[str, ...]]
    endpoints: ClassVar[tuple[str, ...]]
    examples: ClassVar[tuple[Mapping[str, object], ...]] = ()
    good: ClassVar[tuple[str, ...]] = ()
    monotone_in_n: ClassVar[bool] = True
    of_shares: ClassVar[bool] = False
    whole_n: ClassVar[bool] = False
    evidence_word: ClassVar[str] = ""

    @property
    def uses_plan(self) -> bool:
        """Whether bounds depend on more of the plan than which n there are and whether they are weighted."""
        return False

    @property
    def by_exposure(self) -> bool:
        """Whether its denominator is follow-up, in days (`among: exposure`), and not patients."""
        return False

    @property
    def used_endpoints(self) -> tuple[str, ...]:
        """The endpoints it reads; the others may be observed as 0 of 0."""
        return self.endpoints

    @abstractmethod
    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers."""

    @abstractmethod
    def assess(self, observed: Sequence[Observed], plan: Plan) -> Verdict:
        """The verdict at these counts, one `Observed` per endpoint, at least one of them read."""

    @abstractmethod
    def lower(self, plan: Plan) -> RuleTable:
        """The rule as boundaries for n = 0 ... max_n.

        An endpoint whose follow-up is weighted needs boundaries that serve an n which is not whole.
        """

    def evidence(self, n: float, x: int, plan: Plan, outcome: str | None = None) -> float | None:
        """The number behind an outcome (by default the first): a posterior probability, a p-value ...

        None where the rule has none: below its least n, or at all.
        """
        del n, x, plan, outcome
        return None

    def evidence_each(
        self, n: Sequence[float], x: Sequence[int], plan: Plan, outcome: str | None = None
    ) -> list[float | None]:
        """`evidence` at many readings (n[i], x[i]); a rule may calculate them together."""
        return [self.evidence(of, had, plan, outcome) for of, had in zip(n, x, strict=True)]

    def particulars(self, plan: Plan) -> tuple[str, ...]:
        """What the rule comes to under this plan, as sentences: a cut-off that was found, its level."""
        del plan
        return ()

    def unmet(self, plan: Plan) -> Unmet | None:
        """What the rule asks for and the plan cannot give; None where it can."""
        del plan
        return None

    def known_rates(self) -> Mapping[str, float]:
        """Endpoint -> the known rate that it is compared with, for those that have one."""
        return {}

    def prior_of(self, endpoint: str) -> tuple[float, float] | None:
        """Beta(events, others) of an endpoint's rate before the trial, where the rule has one."""
        del endpoint
        return None

    def least_to_fire(self) -> tuple[str, int] | None:
        """The fewest events with which it can fire, behind the key that says so; None: no key does."""
        return None

    def decides_at(self) -> tuple[int, ...]:
        """The n of its looks, if its design names them."""
        return ()

    def plainly_reached(self, most: Sequence[int], plan: Plan) -> bool:
        """Whether every outcome can come, as far as that is plain without numpy. False: `lower` tells.

        most: per endpoint the largest n that a look reads. Files are checked the quicker for it.
        """
        del most, plan
        return False


class ComparingRule(Rule):
    """A rule that stops for harm in the first of two arms: one-sided, many events there beside the second.

    Its readings are of one endpoint in two arms. It lowers to rows over (n1, n2, x2), not to boundaries over
    n, and answers `evidence_two`; conformance tests hold `assess` and the rows together.
    """

    __slots__ = ()

    endpoints: ClassVar[tuple[str, ...]] = ("first", "second")
    of_shares: ClassVar[bool] = True
    whole_n: ClassVar[bool] = True

    @property
    def by_time(self) -> bool:
        """Whether it goes by the arms' shares of the follow-up, and so lowers to critical shares."""
        return False

    def lower(self, plan: Plan) -> TwoArmTable | ShareTable:  # type: ignore[override]  # the other lowered form
        """The rule as rows; those of two plans are equal where the plan is of no matter."""
        table = ShareTable if self.by_time else TwoArmTable
        return table(rows=Rows(self, plan if self.uses_plan else Plan(max_n=0)))

    @abstractmethod
    def rows_for(self, pairs: Ints, plan: Plan) -> list[tuple[int, ...]]:
        """(k, 2) pairs (n1, n2) -> k rows: the least x1 for x2 = 0 ... n2, n1 + 1 where no x1 stops.

        `by_time` pairs (events, 0) -> k rows as of a `ShareTable`.
        """

    @abstractmethod
    def evidence_two(self, n1: int, x1: int, n2: int, x2: int, plan: Plan | None = None) -> float | None:
        """The number behind the outcome at x1 of n1 and x2 of n2; None where there is none.

        plan: where the number depends on the allocation; none: arms of one size.
        """

    @property
    def evidence_named(self) -> str:
        """`evidence_word`, where one word serves every version of the rule."""
        return self.evidence_word

    def remarks(self, pairs: Sequence[tuple[int, int]], plan: Plan) -> tuple[str, ...]:
        """What its table has at looks at these (n1, n2) that a reader should know, as sentences."""
        del pairs, plan
        return ()


@dataclass(frozen=True, slots=True)
class Rows:
    """What answers for the rows of a rule under a plan: a value, as both are."""

    rule: ComparingRule
    plan: Plan

    def __call__(self, pairs: Ints) -> list[tuple[int, ...]]:
        """(k, 2) -> k rows."""
        return self.rule.rows_for(pairs, self.plan)
