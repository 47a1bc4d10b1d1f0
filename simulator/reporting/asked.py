"""What may be asked of the rules of a scenario beside their characteristics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from numbers import Integral, Real
from typing import Any, TypeVar

from simulator.errors import TrialstopError
from simulator.reporting.text import listed

__all__ = ["ANY", "After", "Asked", "Here", "Observed", "asked_of", "check_endpoints"]

T = TypeVar("T")

ANY = ""  # the endpoint of a value that is given without one

Here = tuple[int, int] | Mapping[str, tuple[int, int]] | None
Observed = Sequence[int] | Mapping[str, Sequence[int]] | None
After = float | Mapping[str, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of every rule; what is by endpoint has `ANY` for those that are not named.

    rates    : true event rates, in [0, 1]
    joint    : true (response, toxicity) rates, for a rule with both
    here     : events and patients of a trial that goes on
    observed : events after the first patient, the second, ...
    after    : the rate of P-values in every state in which the trial can end
    """

    rates: Sequence[float]
    joint: Sequence[tuple[float, float]] = ()
    here: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    observed: Mapping[str, Sequence[int]] = field(default_factory=dict)
    after: Mapping[str, float] = field(default_factory=dict)

    @staticmethod
    def of(by: Mapping[str, T], endpoint: str) -> T | None:
        """What is asked of this endpoint."""
        return by.get(endpoint, by.get(ANY))


def asked_of(
    rates: Sequence[float],
    joint: Sequence[tuple[float, float]],
    here: Here = None,
    observed: Observed = None,
    after: After = None,
) -> Asked:
    """One of it; TrialstopError for a rate that is none, and for counts that no trial can have."""
    asked = Asked(rates=rates, joint=joint, here=_by(here), observed=_by(observed), after=_by(after))
    _check_rates(rates, joint, asked.after)
    _check_counts(asked.here, asked.observed)
    return asked


def _check_rates(rates: Sequence[Any], joint: Sequence[Any], after: Mapping[str, Any]) -> None:
    for pair in joint:
        if not isinstance(pair, Sequence) or len(pair) != 2:
            raise TrialstopError(f"joint has {pair}, allowed pairs of true rates, (response, toxicity)")
    for rate in (*rates, *(rate for pair in joint for rate in pair)):
        if not isinstance(rate, Real) or not 0.0 <= float(rate) <= 1.0:
            raise TrialstopError(f"a true rate is {rate}, allowed from 0 to 1")
    for rate in after.values():
        if not isinstance(rate, Real) or not 0.0 <= float(rate) <= 1.0:
            raise TrialstopError(f"the rate of P-values is {rate}, allowed from 0 to 1")


def _check_counts(here: Mapping[str, Any], observed: Mapping[str, Any]) -> None:
    for pair in here.values():
        if not _whole(pair) or len(pair) != 2 or not 0 <= pair[0] <= pair[1]:
            raise TrialstopError(f"here is {pair}, allowed (events, patients), 0 to n events of n patients")
    for counts in observed.values():
        if not _whole(counts) or not counts or any(b - a not in {0, 1} for a, b in pairwise([0, *counts])):
            raise TrialstopError(
                f"observed is {counts}, allowed the events after the first patient, the second, ..., such as "
                "0, 0, 1, 1, 2: each the one before or one more"
            )


def _whole(counts: Any) -> bool:
    """Whether it is a sequence of whole numbers."""
    return isinstance(counts, Sequence) and all(isinstance(count, Integral) for count in counts)


def check_endpoints(asked: Asked, endpoints: Sequence[str]) -> None:
    """Raise TrialstopError for an endpoint that no rule has."""
    for name in (*asked.here, *asked.observed, *asked.after):
        if name != ANY and name not in endpoints:
            allowed = listed(endpoints, "or") or "none, as there is no rule"
            raise TrialstopError(f"no rule has the endpoint {name}, allowed {allowed}")


def _by(given: Any) -> Mapping[str, Any]:
    """By endpoint; what is given without one is of `ANY`."""
    if given is None:
        return {}
    return given if isinstance(given, Mapping) else {ANY: given}
