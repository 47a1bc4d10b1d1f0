"""Arms, randomisation, screening and refusal -> numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from simulator.contracts import DelayTable
from simulator.model.arms import UNTREATED, Refusal, least_block
from simulator.model.design import Design
from simulator.program.words import NONE, Allocation

__all__ = ["ArmsTable", "RefusalTable", "ScreeningTable", "allocated", "lower_arms", "lower_screening"]

DEFAULT_BLOCKS = 2  # times the smallest block


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalTable:
    """shares: of each arm's patients who refuse. then: the arm received. only_if: a trait, or NONE."""

    shares: tuple[float, ...]
    then: int
    only_if: int
    stream: str = "refusal"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmsTable:
    """The arms and how patients are allocated.

    shares: of each arm. sizes: of blocks, each a multiple of the shares' sum in lowest terms. stratum: the
    trait that has blocks of its own, or NONE. Where each patient is allocated alone, the k-th of a stratum
    has the first draw at place k of its stream; of blocks, draw 0 at place b is the size of block b, and draw
    1 + k there decides place k in it.
    """

    names: tuple[str, ...]
    shares: tuple[int, ...]
    method: Allocation
    sizes: tuple[int, ...]
    stratum: int
    refusal: RefusalTable | None

    @property
    def untreated(self) -> int:
        """What stands in place of the arm received, for who receives none."""
        return len(self.names)

    @property
    def streams(self) -> tuple[str, ...]:
        """The stream of allocation of each stratum."""
        strata = 1 if self.stratum == NONE else 2
        return tuple(f"randomisation/stratum:{stratum}" for stratum in range(strata))

    @property
    def received(self) -> tuple[tuple[float, int, int], ...]:
        """(share of patients, arm drawn, arm received), whatever their traits; those of no share left out."""
        found = []
        for arm in range(len(self.names)):
            refuses = 0.0 if self.refusal is None else self.refusal.shares[arm]
            found += [(self.share(arm) * (1.0 - refuses), arm, arm)]
            found += [(self.share(arm) * refuses, arm, self.refusal.then)] if self.refusal is not None else []
        return tuple(part for part in found if part[0] > 0.0)

    def share(self, arm: int) -> float:
        """An arm's part of the allocation."""
        return self.shares[arm] / sum(self.shares)

    def most(self, group: tuple[int, ...], patients: int) -> int:
        """The most of so many patients who may be allocated to some arms together; of several strata, which
        fill blocks of their own, perhaps a few more than that.
        """
        mine, shares = sum(self.shares[arm] for arm in group), sum(self.shares)
        if self.method is Allocation.SIMPLE:
            return patients
        if len(self.streams) == 1:
            return _most_in_blocks(self.sizes, mine, shares, patients)
        ahead = len(self.streams) * max(self.sizes) * mine * (shares - mine)  # of blocks that begin with them
        return min((patients * mine * shares + ahead) // shares**2, patients)

    def in_block(self, size: int) -> tuple[int, ...]:
        """How often each arm comes in a block."""
        return tuple(size * share // sum(self.shares) for share in self.shares)


@lru_cache
def _most_in_blocks(sizes: tuple[int, ...], mine: int, shares: int, patients: int) -> int:
    """Whole blocks of these sizes, and a last one that is cut off after its places of the arms asked for."""
    whole = [True] + [False] * patients  # whether so many patients fill whole blocks
    for n in range(1, patients + 1):
        whole[n] = any(size <= n and whole[n - size] for size in sizes)
    largest = max(sizes)
    return max(
        n * mine // shares + min(patients - n, size * mine // shares)
        for n in range(max(patients - largest, 0), patients + 1)
        if whole[n]
        for size in sizes
        if size >= patients - n
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningTable:
    """takes: days from registration to entry. eligible: the share who may enter."""

    takes: DelayTable
    eligible: float
    takes_stream: str = "screening/takes"
    eligible_stream: str = "screening/eligible"

    @property
    def median(self) -> float:
        """Days that it takes at most in half of candidates."""
        return self.takes.constant if self.takes.constant is not None else self.takes.at(0.5)

    @property
    def longest(self) -> float:
        """The most days that it takes."""
        return self.takes.days[-1]


def allocated(patients: int, shares: Sequence[int], some: Iterable[int]) -> int:
    """Of so many patients those of some arms together, by the shares of all arms, rounded."""
    return round(patients * sum(shares[arm] for arm in some) / sum(shares))


def lower_arms(design: Design, traits: Mapping[str, int]) -> ArmsTable | None:
    """The arms of a design; None without. traits: indices by name."""
    names = list(design.arms)
    if not names:
        return None
    shares, how = tuple(arm.share for arm in design.arms.values()), design.randomisation
    return ArmsTable(
        names=tuple(names),
        shares=shares,
        method=Allocation.of(how.method),
        sizes=how.sizes or (DEFAULT_BLOCKS * least_block(shares),),
        stratum=NONE if how.stratum is None else traits[how.stratum],
        refusal=None if design.refusal is None else _lower_refusal(design.refusal, names, traits),
    )


def _lower_refusal(refusal: Refusal, arms: list[str], traits: Mapping[str, int]) -> RefusalTable:
    return RefusalTable(
        shares=tuple(refusal.of.get(name, 0.0) for name in arms),
        then=len(arms) if refusal.then == UNTREATED else arms.index(refusal.then),
        only_if=NONE if refusal.only_if is None else traits[refusal.only_if],
    )


def lower_screening(design: Design) -> ScreeningTable | None:
    """The screening of a design; None without."""
    screening = design.screening
    if screening is None:
        return None
    return ScreeningTable(takes=screening.takes.lower(), eligible=screening.eligible)
