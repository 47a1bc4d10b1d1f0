"""How often rules fire, and when in the trial's life."""

from __future__ import annotations

import numpy as np

from simulator.metrics.block import Block, Floats

__all__ = ["columns"]


def columns(block: Block) -> dict[str, Floats]:
    """p_stop and its parts: 1 in trials where it is so, else 0."""
    program = block.program
    out = {"p_stop": block.stopped.astype(float)}
    firings = block.records.firings
    first = block.first_stops
    acting = sum(monitor.acts for monitor in program.monitors)
    for i, monitor in enumerate(program.monitors):
        mine = firings[firings["monitor"] == i]
        stops = first[first["monitor"] == i]
        if acting > 1 or not monitor.acts:
            out[f"p_fired.{monitor.name}"] = block.count(mine)
        if monitor.acts:
            out[f"p_stop.{monitor.name}"] = block.count(stops)
            outcomes = [boundary.outcome for boundary in monitor.table.boundaries]
            for code, outcome in enumerate(outcomes if len(outcomes) > 1 else (), start=1):
                out[f"p_stop.{monitor.name}.{outcome}"] = block.count(stops[stops["outcome"] == code])
        if monitor.concludes:
            key = f"p_conclude.{monitor.concludes}"
            out[key] = np.maximum(out.get(key, np.zeros(block.size)), block.count(mine))
    if acting > 1:
        out["p_stop.joint"] = block.count(first) > 1
    before_full = block.records.trials["enrolled"] < program.max_treated
    before_full &= block.effective <= program.accrual_days
    out["p_stop_before_last_look"] = block.stopped & ~block.stopped_at_last_look
    out["p_stop_before_full_accrual"] = block.stopped & before_full
    out["p_stop_while_treated"] = block.stopped & (block.last_planned_dose > block.effective)
    return {key: value.astype(float) for key, value in out.items()}
