"""A scenario: one file, its variants, its truths and where every number comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from simulator.errors import Problem, TrialstopError
from simulator.model.design import Design
from simulator.model.truth import Truth

__all__ = ["Provenance", "Scenario"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where the value at `path` comes from: a source, or an assumption with its range.

    source: key of the file's references, None for an assumption. low, high: the range, as written.
    """

    path: str
    text: str
    source: str | None = None
    low: str | None = None
    high: str | None = None
    why: str = ""

    @property
    def assumption(self) -> bool:
        """Whether the value is an assumption."""
        return self.source is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A checked scenario file.

    designs: per variant, in the file's order (a file without variants has one, `as_written`).
    amended: per variant, the design after each of its amendments, in order.
    benchmark: the variant that excesses are taken against. sets: what --set changed.
    weights: truth -> its share of all weights, where it has one; they add up to 1, or there are none.
    """

    title: str
    question: str
    file: str
    text: str
    sha256: str
    references: Mapping[str, str]
    benchmark: str
    designs: Mapping[str, Design]
    truths: Mapping[str, Truth]
    provenance: tuple[Provenance, ...] = ()
    amended: Mapping[str, tuple[Design, ...]] = field(default_factory=dict)
    sets: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()

    @property
    def assumptions(self) -> tuple[Provenance, ...]:
        """Everything that is an assumption."""
        return tuple(p for p in self.provenance if p.assumption)

    def counted_events(self, variants: Sequence[str]) -> list[str]:
        """Events that a rule of any variant counts, of those that there are in these variants."""
        rules = (rule for design in self.designs.values() for rule in design.monitoring.values())
        there = {event for variant in variants for event in self.designs[variant].events}
        return [e for e in dict.fromkeys(e for rule in rules for e in rule.counted_events) if e in there]

    def named(self, what: Literal["variant", "truth"], names: Sequence[str] = ()) -> tuple[str, ...]:
        """The variants or truths of these names, all if none is named, in the file's order.

        TrialstopError for a name that is not there.
        """
        there = tuple(self.designs if what == "variant" else self.truths)
        for name in names:
            if name not in there:
                raise TrialstopError(f"no {what} {name!r} in this scenario; it has: {', '.join(there)}")
        return tuple(name for name in there if name in names) if names else there
