"""What each rule read at its last look: the firing one, or the last before the trial was over."""

from __future__ import annotations

import numpy as np

from simulator.metrics.block import Block, Floats

__all__ = ["columns"]


def columns(block: Block) -> dict[str, Floats]:
    """n_read.RULE and x_read.RULE; with several endpoints one each, `.ENDPOINT` added; nan without a look.

    Their means obey E[x] = p E[n] where patients are alike and all read (Wald), a check on both.
    """
    out: dict[str, Floats] = {}
    looks = block.records.looks
    for number, monitor in enumerate(block.program.monitors):
        mine = looks[looks["monitor"] == number]
        final = mine[np.append(mine["trial"][1:] != mine["trial"][:-1], True)[: len(mine)]]
        for i in monitor.used:
            suffix = f".{monitor.endpoints[i]}" if len(monitor.used) > 1 else ""
            for column in ("n", "x"):
                values = np.full(block.size, np.nan)
                values[block.index(final)] = final[column][:, i]
                out[f"{column}_read.{monitor.name}{suffix}"] = values
    return out
