"""A rule as it is lowered, at all that its looks may read; settings that are alike, and how strict they are.

Two settings of a rule with the same bounds play every trial alike. Of two whose bounds are nested the less
strict one has fired in every trial in which the stricter one has, and no later.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import inf
from typing import Any

from simulator.contracts import Boundary, Quantity
from simulator.model.design import Design
from simulator.model.monitoring import Monitor
from simulator.model.truth import Truth
from simulator.program.monitors import by_endpoint, plan_of
from simulator.program.readable import max_treated, read_at

__all__ = ["Bounds", "Group", "bounds_of", "grouped", "nested"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where one outcome of a rule comes about.

    by_n: counts are compared, with a bound for each n; else n is, with a bound for each count. for_many:
    many events bring it about. at: those n, or counts. bound: of each; None where it cannot come. least_n: n
    below which it does not come, where n is compared.
    """

    outcome: str
    endpoint: str
    by_n: bool
    for_many: bool
    at: tuple[int, ...]
    bound: tuple[float | None, ...]
    least_n: float = 0.0

    def strictness(self) -> Mapping[tuple[object, ...], float]:
        """Place -> a number that is larger the less often the outcome comes."""
        what = (self.outcome, self.endpoint, self.by_n, self.for_many)
        sign = 1.0 if self.for_many is self.by_n else -1.0  # at or above the bound, or at or below it
        found = {
            (*what, at): inf if bound is None else sign * bound
            for at, bound in zip(self.at, self.bound, strict=True)
        }
        return found | {(*what, "least"): self.least_n}

    def as_json(self) -> dict[str, Any]:
        """As results.json has it."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Bounds:
        """Read back."""
        return cls(**dict(data) | {name: tuple(data[name]) for name in ("at", "bound")})


@dataclass(frozen=True, slots=True)
class Group:
    """Settings of a rule that have the same bounds: values of what is varied, in their order."""

    values: tuple[str, ...]
    bounds: tuple[Bounds, ...]


def bounds_of(versions: Sequence[Design], monitor: Monitor, truths: Iterable[Truth]) -> tuple[Bounds, ...]:
    """A rule of a design, at what its looks may read under these truths; as `readable.read_at` has it."""
    cap = max_treated(versions[0])
    read = read_at(versions, monitor, list(truths))
    counts = by_endpoint(monitor)
    found = []
    for boundary in monitor.rule.lower(plan_of(versions[0], monitor, cap)).boundaries:
        endpoint = monitor.rule.endpoints[boundary.reading]
        several = monitor.board is not None or (endpoint in counts and counts[endpoint].unit == "events")
        found.append(_bounds(boundary, endpoint, read[boundary.reading], several=several))
    return tuple(found)


def _bounds(boundary: Boundary, endpoint: str, read: Sequence[int], *, several: bool) -> Bounds:
    """several: one of n may bring several to the count, so that counts above n are within reach."""
    by_n = boundary.statistic is Quantity.COUNT
    at = tuple(read) if by_n else tuple(range(max(read, default=0) + 1))
    bound = (_by_n(boundary, n, several=several) if by_n else _by_count(boundary, n) for n in at)
    least = 0.0 if by_n else boundary.minimum_n
    return Bounds(boundary.outcome, endpoint, by_n, boundary.for_many, at, tuple(bound), least)


def _by_n(boundary: Boundary, n: int, *, several: bool) -> float | None:
    bound = boundary.bound[n]
    if bound is None or n < boundary.minimum_n:
        return None
    return None if boundary.for_many and bound > n and not several else bound


def _by_count(boundary: Boundary, count: int) -> float | None:
    return boundary.bound[min(count, len(boundary.bound) - 1)]


def grouped(settings: Iterable[tuple[str, tuple[Bounds, ...]]]) -> list[Group]:
    """Settings with the same bounds together; where they are nested, the least strict first."""
    found: dict[tuple[Bounds, ...], list[str]] = {}
    for value, bounds in settings:
        found.setdefault(bounds, []).append(value)
    groups = [Group(tuple(values), bounds) for bounds, values in found.items()]
    rows = _rows(groups)
    return [groups[i] for i in sorted(range(len(groups)), key=rows.__getitem__)]


def nested(groups: Sequence[Group]) -> bool:
    """Whether of any two the one before comes about wherever the other does."""
    pairs = itertools.pairwise(_rows(groups))
    return all(a <= b for one, other in pairs for a, b in zip(one, other, strict=True))


def _rows(groups: Sequence[Group]) -> list[tuple[float, ...]]:
    """Of each its strictness at every place that any has; an outcome that one does not have never comes."""
    all_of = [
        {place: x for each in group.bounds for place, x in each.strictness().items()} for group in groups
    ]
    places = list(dict.fromkeys(place for of in all_of for place in of))
    return [tuple(of.get(place, inf) for place in places) for of in all_of]
