"""How often rules fire, and when in the trial's life."""

from __future__ import annotations

import numpy as np

from simulator.metrics.block import Block, Floats
from simulator.metrics.limits import last_days_of, limits_of
from simulator.model.metric import Key, Kind, Metric

__all__ = ["METRICS", "columns"]

STOP = Metric(
    "p_stop",
    kind=Kind.SHARE,
    unit="share",
    label="P(stop)",
    about="at least one rule that acts fired, the final look included; one that holds accrual stops a trial "
    "where a review does not resume it",
    headline=True,
)
RULE = Metric(
    "p_stop.RULE",
    kind=Kind.SHARE,
    unit="share",
    label="stopped by {rule}",
    about="this rule, one that acts, was the first to take effect; of several at one instant each counts",
)
OUTCOME = Metric(
    "p_stop.RULE.OUTCOME",
    kind=Kind.SHARE,
    unit="share",
    label="stopped by {rule}, {outcome}",
    about="it was, with this outcome; only for rules with several",
)
JOINT = Metric(
    "p_stop.joint",
    kind=Kind.SHARE,
    unit="share",
    label="stopped by several rules at once",
    about="several rules that act took effect first together; only where there are several",
)
FIRED = Metric(
    "p_fired.RULE",
    kind=Kind.SHARE,
    unit="share",
    label="{rule} fired",
    about="this rule fired at any time; for rules that do not act, or may fire again, and where several act",
)
N_FIRED = Metric(
    "n_fired.RULE",
    kind=Kind.MEAN,
    unit="times",
    label="times {rule} fired",
    about="how often this rule fired in a trial; for rules that may fire again",
)
CONCLUDE = Metric(
    "p_conclude.CONCLUSION",
    kind=Kind.SHARE,
    unit="share",
    label="concludes {conclusion}",
    about="a rule that concludes this fired at any time, also after another concluded or closed the trial",
)
CONCLUDE_FIRST = Metric(
    "p_conclude_first.CONCLUSION",
    kind=Kind.SHARE,
    unit="share",
    label="concludes {conclusion} first",
    about="of the rules that conclude, close accrual or end the trial, one that concludes this was the first "
    "to take effect; of several at one instant each counts",
)
BEFORE_LAST_LOOK = Metric(
    "p_stop_before_last_look",
    kind=Kind.SHARE,
    unit="share",
    label="stopped before the last look",
    about="stopped at a look after which the rule, or one that stopped it with it, would still have looked",
)
BEFORE_FULL_ACCRUAL = Metric(
    "p_stop_before_full_accrual",
    kind=Kind.SHARE,
    unit="share",
    label="stopped before full accrual",
    about="stopped, and fewer patients enrolled than the design allows",
)
WHILE_TREATED = Metric(
    "p_stop_while_treated",
    kind=Kind.SHARE,
    unit="share",
    label="stopped while anybody could still be treated",
    about="stopped before the last planned dose of the last patient enrolled",
)
METRICS = (
    STOP, RULE, OUTCOME, JOINT, FIRED, N_FIRED, CONCLUDE, CONCLUDE_FIRST, BEFORE_LAST_LOOK,
    BEFORE_FULL_ACCRUAL, WHILE_TREATED,
)  # fmt: skip


def columns(block: Block) -> dict[Key, Floats]:
    """1 in trials where it is so, else 0."""
    program = block.program
    out = {STOP(): block.stopped.astype(float)}
    firings = block.records.firings
    first = block.first_stops
    acting = sum(monitor.may_stop for monitor in program.monitors)
    for i, monitor in enumerate(program.monitors):
        mine = firings[firings["monitor"] == i]
        stops = first[first["monitor"] == i]
        if acting > 1 or not monitor.may_stop or monitor.again:
            out[FIRED(monitor.name)] = block.count(mine) > 0
        if monitor.again:
            out[N_FIRED(monitor.name)] = block.count(mine)
        if monitor.may_stop:
            out[RULE(monitor.name)] = block.count(stops)
            outcomes = monitor.outcomes
            for code, outcome in enumerate(outcomes if len(outcomes) > 1 else (), start=1):
                out[OUTCOME(monitor.name, outcome)] = block.count(stops[stops["outcome"] == code])
        if monitor.concludes:
            told = block.first_conclusions
            for metric, rows in ((CONCLUDE, mine), (CONCLUDE_FIRST, told[told["monitor"] == i])):
                key = metric(monitor.concludes)
                out[key] = np.maximum(out.get(key, np.zeros(block.size)), block.count(rows) > 0)
    if acting > 1:
        out[JOINT()] = block.count(first) > 1
    before_full = block.records.trials["enrolled"] < limits_of(program, block.records)
    before_full &= block.effective <= last_days_of(program, block.records)
    out[BEFORE_LAST_LOOK()] = block.stopped & ~block.stopped_at_last_look
    out[BEFORE_FULL_ACCRUAL()] = block.stopped & before_full
    out[WHILE_TREATED()] = block.stopped & (block.last_planned_dose > block.effective)
    return {key: value.astype(float) for key, value in out.items()}
