"""How often each component of a hazard was crossed, and how much of it was used up."""

from __future__ import annotations

import numpy as np

from simulator.metrics.block import Block, Floats
from simulator.model.metric import Key, Kind, Metric

__all__ = ["CROSSINGS", "METRICS", "RISK", "columns"]

CROSSINGS = Metric(
    "crossings.EVENT.COMPONENT",
    kind=Kind.MEAN,
    unit="events",
    label="{event} by {component}",
    about="such events that the component brought about, over all patients",
)
RISK = Metric(
    "risk.EVENT.COMPONENT",
    kind=Kind.MEAN,
    unit="expected events",
    label="{event} that {component} was due to bring about",
    about="cumulative hazard of the component that patients used up while at risk; its mean is that of "
    "`crossings` (docs/likelihood.md)",
)
METRICS = (CROSSINGS, RISK)


def columns(block: Block) -> dict[Key, Floats]:
    """Crossings and hazard of each trial; a trial has a row per component, in their order."""
    program, risks = block.program, block.records.risks
    shape = block.size, len(program.components)
    crossings, used = (risks[name].reshape(shape).T.astype(np.float64) for name in ("n", "a"))
    out: dict[Key, Floats] = {}
    for c, component in enumerate(program.components):
        names = program.events[component.event].name, component.name
        out[CROSSINGS(*names)] = np.ascontiguousarray(crossings[c])
        out[RISK(*names)] = np.ascontiguousarray(used[c])
    return out
