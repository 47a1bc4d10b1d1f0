"""The arms, and the levels of drugs, of a protocol's versions in one list each, which numbers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from simulator.model.arms import Arm, Randomisation
from simulator.model.design import Design

__all__ = ["aligned", "alike", "in_any_arms", "merged"]

NOBODY = Arm(share=0)  # an arm in a version before it was added


def aligned(versions: Sequence[Design]) -> tuple[Design, ...]:
    """The same designs with the arms of all; one that is added stands before the last of the first design,
    with which metrics compare the others.
    """
    names = list(versions[0].arms)
    for version in versions[1:]:
        names[-1:-1] = [name for name in version.arms if name not in names]
    return tuple(
        replace(version, arms={name: version.arms.get(name, NOBODY) for name in names})
        for version in versions
    )


def alike(one: Design, other: Design) -> bool:
    """Whether two versions fill arms alike."""
    shares = [{name: each.arms[name].share for name in each.open_arms} for each in (one, other)]
    return one.randomisation == other.randomisation and shares[0] == shares[1]


def in_any_arms(design: Design) -> Design:
    """A design whose rules are told of any numbers in its arms, which were not always filled as they are."""
    return replace(design, randomisation=Randomisation())


def merged(levels: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Levels of a drug with those of another list, each that is new right below the next one of its own."""
    found = list(levels)
    above = len(found)
    for level in reversed(others):
        if level in found:
            above = found.index(level)
        else:
            found.insert(above, level)
    return tuple(found)
