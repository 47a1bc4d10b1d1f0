"""How often rules fire, and when in the trial's life."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.metrics.block import Block, Floats

__all__ = ["columns"]


def columns(block: Block) -> dict[str, Floats]:
    """p_stop and its parts: 1 in trials where it is so, else 0."""
    program = block.program
    out = {"p_stop": block.stopped.astype(float)}
    firings = block.records.firings
    for i, monitor in enumerate(program.monitors):
        mine = firings[firings["monitor"] == i]
        out[f"p_stop.{monitor.name}"] = block.count(mine)
        outcomes = [boundary.outcome for boundary in monitor.table.boundaries]
        if len(outcomes) > 1:
            for code, outcome in enumerate(outcomes, start=1):
                out[f"p_stop.{monitor.name}.{outcome}"] = block.count(mine[mine["outcome"] == code])
        if monitor.concludes:
            key = f"p_conclude.{monitor.concludes}"
            out[key] = np.maximum(out.get(key, np.zeros(block.size)), block.count(mine))
    before_full = block.records.trials["enrolled"] < program.max_treated
    out["p_stop_before_last_look"] = block.stopped & ~_at_last_look(block)
    out["p_stop_before_full_accrual"] = block.stopped & before_full
    out["p_stop_while_treated"] = block.stopped & (block.last_planned_dose > block.effective)
    return {key: value.astype(float) for key, value in out.items()}


def _at_last_look(block: Block) -> NDArray[np.bool_]:
    """Trials stopped at a look after which the rule would not have looked again."""
    out = np.zeros(block.size, dtype=bool)
    for stop in block.stops:
        trial, number = int(stop["trial"]) - block.first, int(stop["monitor"])
        look = block.program.monitors[number].look
        if look.kind in {"report", "end"}:
            out[trial] = stop["decided"] >= block.last_moment[trial]
        elif all(milestone.unit in {"treated", "completed"} for milestone in look.milestones):
            endpoint = block.program.monitors[number].used[0]
            out[trial] = stop["n"][endpoint] >= _last_milestone(block, number)
    return out


def _last_milestone(block: Block, monitor: int) -> float:
    """Patients treated at the rule's last look by milestone."""
    schedule, n = block.program.monitors[monitor].look, block.program.max_treated
    amounts = [milestone.amount for milestone in schedule.milestones if milestone.amount <= n]
    if not amounts:
        return float("inf")
    return (n // amounts[0]) * amounts[0] if schedule.kind == "every" else max(amounts)
