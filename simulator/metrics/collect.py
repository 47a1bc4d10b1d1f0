"""All metrics of a block, and their estimates over all trials."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simulator.metrics import dose_finding, duration, exposure, harm, patients, reading, stopping
from simulator.metrics.block import Block, Floats
from simulator.model.estimate import Estimate
from simulator.model.records import Records
from simulator.program.tables import Program
from simulator.stats.intervals import mean_se, wilson

__all__ = ["COLLECTED", "collect", "estimate", "quantile"]

NORMAL_95 = 1.959963984540054  # normal quantile of 0.975: a 95 % interval

FEW = 100  # trials below which the error of a quantile is not to be trusted

COLLECTED = (stopping, reading, dose_finding, patients, harm, exposure, duration)


def collect(program: Program, records: Records) -> dict[str, Floats]:
    """Key -> one value per trial of the block."""
    block = Block(program, records)
    out: dict[str, Floats] = {}
    for metric in COLLECTED:
        out |= metric.columns(block)
    return out


def estimate(columns: Mapping[str, Floats]) -> dict[str, Estimate]:
    """Key -> estimate over all trials; `days_to_stop` becomes its quantiles among trials that stop."""
    out = {}
    for key, values in columns.items():
        if key == "days_to_stop":
            stopped = values[np.isfinite(values)]
            for name, share in (("q10", 0.1), ("median", 0.5), ("q90", 0.9)):
                out[f"{key}_given_stop.{name}"] = quantile(stopped, share)
        elif key.startswith("p_"):
            out[key] = _share(values)
        else:
            out[key] = _mean(values[np.isfinite(values)])
    return out


def _share(values: Floats) -> Estimate:
    n, successes = len(values), int(values.sum())
    p = successes / n
    low, high = wilson(successes, n)
    error = float(np.sqrt(p * (1 - p) / n))
    return Estimate(value=p, mcse=error, low=low, high=high, sd=error * float(np.sqrt(n)), n=n)


def _mean(values: Floats) -> Estimate:
    n = len(values)
    if n == 0:
        return Estimate(value=None, n=0)
    mean, error = mean_se(values)
    if n == 1:
        return Estimate(value=mean, n=1)
    half = NORMAL_95 * error
    sd = error * float(np.sqrt(n))
    return Estimate(value=mean, mcse=error, low=mean - half, high=mean + half, sd=sd, n=n)


def quantile(values: Floats, share: float) -> Estimate:
    """A quantile with its distribution-free 95 % interval from order statistics; nothing over no trials.

    Over few trials there is no such interval, and below FEW no standard error is claimed.
    """
    n = len(values)
    if n == 0:
        return Estimate(value=None, n=0)
    ordered = np.sort(values)
    value = float(np.quantile(ordered, share))
    half = NORMAL_95 * float(np.sqrt(n * share * (1 - share)))
    first, last = int(np.floor(n * share - half)), int(np.ceil(n * share + half))
    if first < 0 or last > n - 1:
        return Estimate(value=value, n=n)
    low, high = float(ordered[first]), float(ordered[last])
    mcse = (high - low) / (2 * NORMAL_95) if n >= FEW else None
    return Estimate(value=value, mcse=mcse, low=low, high=high, n=n)
