"""Arms: who is given what, how patients are allocated, and what becomes of candidates before that."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import gcd
from typing import Annotated, ClassVar, Literal

from simulator.contracts import Delay
from simulator.model.base import OneOrMany, Strict, apart
from simulator.model.registered import Registered
from simulator.scalars import one_word
from simulator.units import Count, Name, PositiveCount, Probability, Text

__all__ = [
    "METHODS",
    "UNTREATED",
    "Arm",
    "Randomisation",
    "Refusal",
    "Screening",
    "least_block",
    "refusers_apart",
]

UNTREATED = "untreated"  # in place of an arm: a refuser who is given none
Method = Literal["simple", "permuted_blocks"]
METHODS: tuple[str, ...] = ("simple", "permuted_blocks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm(Strict):
    """One arm of the trial.

    share: its part of the allocation, beside those of the others (1 : 1 unless said); 0, after an amendment:
    it takes nobody any more. gives: level of each
    drug that not every arm has; a phase gives such a drug to those arms alone that name it, at this level
    where it gives every drug or says `assigned`.
    """

    share: Count = 1
    gives: dict[Name, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Randomisation(Strict):
    """How patients are allocated.

    method: `simple`, each alone; `permuted_blocks`, in each block every arm as often as its share says, in an
    order drawn anew. sizes: of blocks, each drawn among them, all alike; left out, twice the sum of the
    shares in lowest terms. stratum: a yes-or-no trait; patients with and without it have blocks of their own.
    """

    method: Annotated[Method, one_word(*METHODS)] = "simple"
    sizes: Annotated[tuple[PositiveCount, ...], OneOrMany] = ()
    stratum: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening(Strict):
    """From registration to entry.

    takes: how long. eligible: the share of the registered who then may enter.
    """

    takes: Annotated[Delay, Registered("delay")]
    eligible: Probability = 1.0


def refusers_apart(value: object) -> object:
    """`{ARM: SHARE, then: ...}` -> the shares under `of`."""
    return apart(Refusal, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal(Strict):
    """Patients who, once allocated, do not take what their arm gives.

    of: arm -> the share of its patients who refuse, whatever would happen to them (an assumption), or of
    those with the trait `only_if`. then: the arm whose treatment they get instead, or `untreated`.
    """

    beside: ClassVar[str] = "of"  # whose keys stand beside the others in a file

    of: dict[Name, Probability]
    then: Name
    only_if: Name | None = None


def least_block(shares: tuple[int, ...]) -> int:
    """The smallest block in which every arm comes as often as its share says."""
    return sum(shares) // gcd(*shares)
