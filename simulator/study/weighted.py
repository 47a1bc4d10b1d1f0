"""One variant averaged over the weighted truths of a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from simulator.metrics.text import Keyed, key_of, text_of
from simulator.model.estimate import Estimate

__all__ = ["AVERAGE", "WeightedCell"]

AVERAGE = "weighted average"  # in the place of a truth's name, which has no space


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedCell:
    """metrics: key (or its text) -> weighted average, its error from paired trials; no quantiles."""

    variant: str
    metrics: Keyed[Estimate]

    def as_json(self) -> dict[str, Any]:
        """The averages as docs/results.md has them."""
        metrics = {text_of(key): asdict(e) for key, e in self.metrics.items()}
        for each in metrics.values():
            del each["sd"]  # of what varies within and between truths there is none that anybody could use
        return {"variant": self.variant, "metrics": metrics}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> WeightedCell:
        """The averages read back."""
        metrics = Keyed({key_of(text): Estimate(**e) for text, e in data["metrics"].items()})
        return cls(variant=data["variant"], metrics=metrics)
