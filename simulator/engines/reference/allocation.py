"""Allocation: which arm a patient is drawn into, and which treatment is received."""

from __future__ import annotations

from simulator.model.latents import Latents
from simulator.program.arms import ArmsTable
from simulator.program.course import Assignment
from simulator.program.words import NONE, Allocation

__all__ = ["Allocator"]


class Allocator:
    """The lists of one trial, one per stratum.

    Draws belong to the trial and to places of its lists, not to candidates: who takes the k-th place of a
    list gets its arm. Arms that are filled in another way than before begin with another block.
    """

    def __init__(self, arms: ArmsTable, latents: Latents) -> None:
        self.latents = latents
        strata = len(arms.streams)
        self.placed = [0] * strata  # patients of each stratum, or of its block that is being filled
        self.block = [-1] * strata
        self.filled = [arms] * strata  # how that block is
        self.left = [[0] * len(arms.names) for _ in range(strata)]  # places of each arm in that block

    def assign(self, arms: ArmsTable, candidate: int, traits: tuple[float, ...]) -> Assignment:
        """The next place of the candidate's list, and whether the candidate refuses what it gives.

        arms: as they are filled now.
        """
        stratum = int(arms.stratum != NONE and traits[arms.stratum] != 0.0)
        blocks = arms.method is Allocation.PERMUTED_BLOCKS
        arm = self._from_block(arms, stratum) if blocks else self._alone(arms, stratum)
        return Assignment(arm=arm, received=self._received(arms, arm, candidate, traits), stratum=stratum)

    def _alone(self, arms: ArmsTable, stratum: int) -> int:
        place = self.placed[stratum]
        self.placed[stratum] += 1
        return _falls(self.latents.uniform(arms.streams[stratum], place, 0), arms.shares)

    def _from_block(self, arms: ArmsTable, stratum: int) -> int:
        left, stream = self.left[stratum], arms.streams[stratum]
        if not any(left) or self.filled[stratum] != arms:
            self.filled[stratum] = arms
            self.block[stratum] += 1
            self.placed[stratum] = 0
            u = self.latents.uniform(stream, self.block[stratum], 0)
            left[:] = arms.in_block(arms.sizes[int(u * len(arms.sizes))])
        self.placed[stratum] += 1
        arm = _falls(self.latents.uniform(stream, self.block[stratum], self.placed[stratum]), left)
        left[arm] -= 1
        return arm

    def _received(self, arms: ArmsTable, arm: int, candidate: int, traits: tuple[float, ...]) -> int:
        refusal = arms.refusal
        if refusal is None or refusal.shares[arm] == 0.0:
            return arm
        if refusal.only_if != NONE and not traits[refusal.only_if]:
            return arm
        refuses = self.latents.uniform(refusal.stream, candidate, 0) < refusal.shares[arm]
        return refusal.then if refuses else arm


def _falls(u: float, places: tuple[int, ...] | list[int]) -> int:
    """Which of several kinds of places a draw falls into, all places alike."""
    at, passed = u * sum(places), 0
    for kind, n in enumerate(places):
        passed += n
        if at < passed:
            return kind
    raise AssertionError("a draw is below 1")
