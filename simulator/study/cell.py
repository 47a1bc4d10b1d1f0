"""One variant under one truth: its metrics, and what they are of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from simulator.metrics.registry import metric_of
from simulator.metrics.slopes import Slope
from simulator.metrics.text import Keyed, key_of, text_of
from simulator.model.adjusted import Adjusted
from simulator.model.estimate import Estimate
from simulator.model.metric import Key, Kind
from simulator.study.facts import Facts, facts_from, facts_of_keys

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Cell"]

FEW = 10  # cases expected, below which a comparison with the exact value says nothing
MANY = 100  # the same of what a mean varies by, whose standard error is itself estimated: docs/decisions.md


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One variant under one truth.

    metrics: key (or its text) -> estimate, with the exact value where there is one. no_exact: why there is
    none. adjusted: the same, adjusted for events against hazards used up, where there is such an estimate.
    facts: the rules, events and doses that they are of. slopes: derivatives by hazards, where they were asked
    for. distributions: of a few times, those declared `kept`, every finite value. columns: key -> one value
    per trial. These three are empty when read back from results.json, and columns of large runs.
    """

    variant: str
    truth: str
    acceptable: bool | Literal["borderline"] | None
    metrics: Keyed[Estimate]
    no_exact: str = ""
    facts: Facts = field(default_factory=Facts)
    adjusted: Keyed[Adjusted] = field(default_factory=Keyed)
    slopes: tuple[Slope, ...] = ()
    distributions: Keyed[NDArray[np.float64]] = field(default_factory=Keyed)
    columns: Keyed[NDArray[np.float64]] = field(default_factory=Keyed)

    def differences(self) -> dict[Key, float]:
        """Metric -> simulated minus exact in standard errors, wherever that can be judged.

        A share is compared only if the simulation can be expected to meet both cases FEW times; a mean only
        if so, of trials that stop and of those that do not, and MANY that stop; a mean at a dose only if it
        is expected to be reached MANY times.
        """
        out = {}
        for key, e in self.metrics.items():
            z = e.z(share=_is_share(key))
            if z is not None and self._can_be_judged(key, e):
                out[key] = z
        return out

    def _can_be_judged(self, key: Key, e: Estimate) -> bool:
        reached = self._exact(Key("p_reach", dose=key.dose)) if key.dose is not None else None
        if reached is not None and not _is_share(key):
            return e.n * reached >= MANY
        p, least = (e.exact, FEW) if _is_share(key) else (self._exact(Key("p_stop")), MANY)
        return p is None or (e.n * p >= least and e.n * (1.0 - p) >= FEW)

    def _exact(self, key: Key) -> float | None:
        return self.metrics[key].exact if key in self.metrics else None

    def as_json(self) -> dict[str, Any]:
        """The cell as the results contract has it; a value that is not defined is null."""
        metrics = {
            text_of(key): {name: value for name, value in asdict(e).items() if name != "sd"}
            | {"sd": e.sd, "adjusted": asdict(self.adjusted[key]) if key in self.adjusted else None}
            for key, e in self.metrics.items()
        }
        return {
            "variant": self.variant,
            "truth": self.truth,
            "acceptable": self.acceptable,
            "no_exact": self.no_exact,
            **self.facts.as_json(),
            "metrics": metrics,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Cell:
        """The cell read back; one written before results had facts has those that its keys tell."""
        metrics, adjusted = Keyed[Estimate](), Keyed[Adjusted]()
        for text, e in data["metrics"].items():
            key, found = key_of(text), dict(e)
            if (other := found.pop("adjusted", None)) is not None:
                adjusted[key] = Adjusted(**other)
            metrics[key] = Estimate(**found)
        return cls(
            variant=data["variant"],
            truth=data["truth"],
            acceptable=data["acceptable"],
            no_exact=data["no_exact"],
            facts=facts_from(data) if "rules" in data else facts_of_keys(metrics),
            metrics=metrics,
            adjusted=adjusted,
        )


def _is_share(key: Key) -> bool:
    return metric_of(key).kind is Kind.SHARE
