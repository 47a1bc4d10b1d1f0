"""What each rule read last of each endpoint: at the look that fired, or before the trial was over."""

from __future__ import annotations

import numpy as np

from simulator.metrics.block import Block, Floats
from simulator.model.metric import Key, Kind, Metric

__all__ = ["METRICS", "columns"]

NO_LOOK = "the rule did not look"

N = Metric(
    "n_read.RULE",
    kind=Kind.MEAN,
    unit="as the rule counts",
    label="n read by {rule}",
    about="denominator that the rule read at its last look, of trials in which it looked",
    undefined=NO_LOOK,
)
X = Metric(
    "x_read.RULE",
    kind=Kind.MEAN,
    unit="as the rule counts",
    label="x read by {rule}",
    about="count that the rule read at its last look, of trials in which it looked",
    undefined=NO_LOOK,
)
N_OF = Metric(
    "n_read.RULE.ENDPOINT",
    kind=Kind.MEAN,
    unit="as the rule counts",
    label="n read by {rule}, {endpoint}",
    about="the same of one endpoint, at its own last reading; only for rules that read several",
    undefined=NO_LOOK,
)
X_OF = Metric(
    "x_read.RULE.ENDPOINT",
    kind=Kind.MEAN,
    unit="as the rule counts",
    label="x read by {rule}, {endpoint}",
    about="the same of one endpoint, at its own last reading; only for rules that read several",
    undefined=NO_LOOK,
)
METRICS = (N, X, N_OF, X_OF)


def columns(block: Block) -> dict[Key, Floats]:
    """n and x per rule, of each endpoint where it reads several; nan without a look.

    Their means obey E[x] = p E[n] where patients are alike and all read (Wald), a check on both.
    """
    out: dict[Key, Floats] = {}
    for number, monitor in enumerate(block.program.monitors):
        several = len(monitor.used) > 1
        for i in monitor.used:
            final = block.last_read(number, i)
            names = (monitor.name, monitor.endpoints[i]) if several else (monitor.name,)
            for column, metric in (("n", N_OF if several else N), ("x", X_OF if several else X)):
                values = np.full(block.size, np.nan)
                values[block.index(final)] = final[column][:, i]
                out[metric(*names)] = values
    return out
