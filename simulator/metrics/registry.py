"""Every metric there is: the files that have them, and what they declare."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

from simulator.errors import TrialstopError
from simulator.metrics import (
    after_stop,
    allocation,
    amending,
    arms,
    conduct,
    deaths,
    dose_course,
    duration,
    excess,
    exposure,
    harm,
    judged,
    patients,
    reading,
    risks,
    screening,
    selection,
    stopping,
)
from simulator.metrics.block import Block, Floats
from simulator.model.metric import Key, Metric

__all__ = ["COLLECTED", "DECLARED", "KEPT", "REMEMBERED", "column_of", "is_headline", "metric_of"]


class Characteristic(Protocol):
    """A file of metrics: what it declares, and the values of a block under their keys."""

    @property
    def METRICS(self) -> tuple[Metric, ...]:  # noqa: N802 - a constant of the file
        """What it declares, in the order of docs/results.md."""
        ...

    def columns(self, block: Block, /) -> dict[Key, Floats]:
        """Key -> one value per trial of the block."""
        ...


COLLECTED: tuple[Characteristic, ...] = (
    stopping,
    reading,
    after_stop,
    selection,
    allocation,
    dose_course,
    amending,
    deaths,
    patients,
    screening,
    conduct,
    arms,
    harm,
    exposure,
    risks,
    duration,
)
"""Files whose metrics are made of one block of records, in the order of results."""

DECLARED: tuple[Metric, ...] = (
    *(m for each in COLLECTED for m in each.METRICS),
    *excess.METRICS,
    *judged.METRICS,
)

KEPT = tuple(metric() for metric in DECLARED if metric.kept)
"""Keys of which every finite value is kept."""

_OF_SHAPE = {metric.shape: metric for metric in DECLARED}
REMEMBERED = 10_000  # keys: more than the cells of one scenario have


@lru_cache(REMEMBERED)
def metric_of(key: Key) -> Metric:
    """The declaration of a key; TrialstopError if there is none."""
    found = _OF_SHAPE.get(key.shape)
    if found is None:
        raise TrialstopError(f"{key} is not declared by any metric")
    return found


_QUANTILES = {each.shape: metric for metric in DECLARED for each, _ in metric.quantiles}


def column_of(key: Key) -> Key:
    """The column that a metric is made of: its own, or the one that it is a quantile of."""
    return _QUANTILES[key.shape]() if key.shape in _QUANTILES else key


def is_headline(key: Key, *, acts: bool) -> bool:
    """Whether a metric is what the scenario is about: stopping, if a rule acts, and the dose selected."""
    return metric_of(key).headline and (key.metric != "p_stop" or acts)
