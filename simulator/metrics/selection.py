"""What dose finding ends with: the dose selected, or none; and what stands after the expansion."""

from __future__ import annotations

import numpy as np

from simulator.metrics.block import Block, Floats
from simulator.model.metric import Key, Kind, Metric

__all__ = ["METRICS", "columns"]

SELECT = Metric(
    "p_select.DOSE",
    kind=Kind.SHARE,
    unit="share",
    label="selects {dose}",
    about="dose finding ended, or the trial before it, with this dose selected",
    headline=True,
)
SELECT_NONE = Metric(
    "p_select.none",
    kind=Kind.SHARE,
    unit="share",
    label="selects no dose",
    about="dose finding ended, or the trial before it, without a dose",
    headline=True,
)
UNFINISHED = Metric(
    "p_unfinished",
    kind=Kind.SHARE,
    unit="share",
    label="dose finding unfinished",
    about="accrual ended, or a rule stopped it, before dose finding did; the design then says nothing",
)
RECOMMEND = Metric(
    "p_recommend.DOSE",
    kind=Kind.SHARE,
    unit="share",
    label="recommends {dose}",
    about="with an expansion: the dose was selected, and no rule that acts stopped the trial",
)
RECOMMEND_NONE = Metric(
    "p_recommend.none",
    kind=Kind.SHARE,
    unit="share",
    label="recommends no dose",
    about="with an expansion: no dose was selected, or it was not finished, or a rule stopped the trial",
)
SELECT_ABOVE = Metric(
    "p_select.above_target",
    kind=Kind.SHARE,
    unit="share",
    label="selects a dose above the target",
    about="a dose was selected whose true DLT rate is above the truth's `target_rate` + `tolerance`",
    headline=True,
)
SELECT_BEST = Metric(
    "p_select.best",
    kind=Kind.SHARE,
    unit="share",
    label="selects a best dose",
    about="a dose was selected whose true DLT rate is the nearest of its ladder to the truth's "
    "`target_rate`; where all are above `target_rate` + `tolerance`, none was",
)
METRICS = (SELECT, SELECT_NONE, UNFINISHED, RECOMMEND, RECOMMEND_NONE, SELECT_ABOVE, SELECT_BEST)


def columns(block: Block) -> dict[Key, Floats]:
    """1 in trials where it is so, else 0; nothing without dose finding."""
    dosing = block.program.dosing
    if dosing is None:
        return {}
    final, levels = block.final_decisions, block.doses
    selected = {level: final["selected"] == level for level in levels}
    out = {SELECT(name): block.count(final[selected[level]]) for level, name in levels.items()}
    out[SELECT_NONE()] = block.count(final[final["selected"] == 0])
    out[UNFINISHED()] = 1.0 - block.count(final)
    if dosing.expansion:
        stopped = block.stopped[block.index(final)]
        given = {
            RECOMMEND(name): block.count(final[selected[level] & ~stopped]) for level, name in levels.items()
        }
        out |= given
        out[RECOMMEND_NONE()] = 1.0 - np.sum(list(given.values()), axis=0)
    if dosing.target_rate is not None:
        out[SELECT_ABOVE()] = block.count(final[np.isin(final["selected"], block.levels_above_target)])
        out[SELECT_BEST()] = block.count(final[np.isin(final["selected"], block.best_levels or [0])])
    return out
