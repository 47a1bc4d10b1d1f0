"""The designs of a protocol's versions with one list of arms: each arm has its number in all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from simulator.model.arms import Arm
from simulator.model.design import Design

__all__ = ["aligned"]

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
