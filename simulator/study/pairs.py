"""Two cells that were compared trial by trial: their differences, and the draws that they do not share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from simulator.metrics.registry import metric_of
from simulator.metrics.text import Keyed, key_of, text_of
from simulator.model.difference import Difference
from simulator.model.metric import Key, Kind
from simulator.program.draws import streams_of
from simulator.program.tables import Program
from simulator.study.cell import Cell

__all__ = ["PairCell", "pair_cell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCell:
    """Two variants under one truth. metrics: key (or its text) -> what they differ by, the first minus the
    other. only_first, only_other: streams that one of them draws from and the other does not."""

    first: str
    other: str
    truth: str
    metrics: Keyed[Difference]
    only_first: tuple[str, ...] = ()
    only_other: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The pair as docs/results.md has it."""
        return {
            "first": self.first,
            "other": self.other,
            "truth": self.truth,
            "streams": {"only_first": list(self.only_first), "only_other": list(self.only_other)},
            "metrics": {
                text_of(key): asdict(e) | {"factor": e.factor, "neither": e.neither}
                for key, e in self.metrics.items()
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PairCell:
        """The pair read back."""
        made = ("factor", "neither")
        return cls(
            first=data["first"],
            other=data["other"],
            truth=data["truth"],
            only_first=tuple(data["streams"]["only_first"]),
            only_other=tuple(data["streams"]["only_other"]),
            metrics=Keyed(
                {
                    key_of(text): Difference(**{name: e[name] for name in e if name not in made})
                    for text, e in data["metrics"].items()
                }
            ),
        )


def pair_cell(
    first: Cell, other: Cell, programs: tuple[Program, Program], differences: Keyed[Difference]
) -> PairCell:
    """Two cells under one truth that were played; with exact differences where both have exact values."""
    for key, difference in differences.items():
        mine, theirs = first.metrics[key].exact, other.metrics[key].exact
        if mine is not None and theirs is not None and _always(key):
            differences[key] = replace(difference, exact=mine - theirs)
    drawn, others = map(streams_of, programs)
    return PairCell(
        first=first.variant,
        other=other.variant,
        truth=first.truth,
        metrics=differences,
        only_first=tuple(name for name in drawn if name not in others),
        only_other=tuple(name for name in others if name not in drawn),
    )


def _always(key: Key) -> bool:
    """Whether a metric has a value in every trial: else the exact ones are over other trials."""
    metric = metric_of(key)
    return metric.kind is Kind.SHARE or not metric.undefined
