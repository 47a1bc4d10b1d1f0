"""What is said of the rate at the end, of each rule that acts on one count of patients read in turn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulator.metrics.block import Block, Floats
from simulator.model.metric import Key, Kind, Metric
from simulator.program.monitors import looks_of
from simulator.program.patient import own_rate
from simulator.program.tables import Program
from simulator.program.textbook import bounds_of, without_textbook
from simulator.stats.after_stop import places, rates_of, up_to
from simulator.stats.binomial import ONE_BY_ONE
from simulator.stats.group_sequential import Ends, ends_of

__all__ = ["METRICS", "columns"]

OTHERWISE = (
    "the rule did not fire, and its last look was not the last planned one; or it fired before any planned "
    "look could"
)
RATE = "events per patient"
OUTSIDE = 0.025  # on either side of a 95 % interval
REMEMBERED = 128  # Programs, and boundaries: as many as a run usually has cells

OBSERVED = Metric(
    "rate.RULE.observed",
    kind=Kind.MEAN,
    unit=RATE,
    label="observed rate, {rule}",
    about="x / n at the look that fired, else at the last planned one; of rules that act on one count of "
    "patients whose looks are fixed in n, or at every report, without dose finding",
    undefined=OTHERWISE,
)
ESTIMATE = Metric(
    "rate.RULE.estimate",
    kind=Kind.MEAN,
    unit=RATE,
    label="estimated rate, {rule}",
    about="median-unbiased estimate there, by stage-wise ordering of what the planned looks can end with",
    undefined=OTHERWISE,
)
TRUE = Metric(
    "rate.RULE.true",
    kind=Kind.MEAN,
    unit=RATE,
    label="true rate, {rule}",
    about="P(a patient has the event that the rule counts), where it has a closed form: what the means of "
    "the other two are off from it is their bias",
)
COVERED = Metric(
    "covered.RULE",
    kind=Kind.MEAN,
    unit="share of trials",
    label="true rate covered, {rule}",
    about="1 if the exact 95 % interval of the same ordering holds that true rate, else 0",
    undefined=OTHERWISE,
)
P_VALUE = Metric(
    "p_value.RULE",
    kind=Kind.MEAN,
    unit="P-value",
    label="P-value, {rule}",
    about="P(this end or one more extreme towards many events, by the same ordering) at the known rate that "
    "the rule compares with; of rules that have one",
    undefined=OTHERWISE,
)
METRICS = (OBSERVED, ESTIMATE, TRUE, COVERED, P_VALUE)


def columns(block: Block) -> dict[Key, Floats]:
    """One value per trial; nan where a trial has no place among those that this rule alone ends.

    That is so where another rule, the calendar or too few candidates ended it between the looks. A rule that
    fires has a place also at an n that was not planned (`stats.after_stop.places`).
    """
    out: dict[Key, Floats] = {}
    for rule in _rules(_Itself(block.program)):
        name = block.program.monitors[rule.number].name
        last = block.last_read(rule.number, rule.endpoint)
        n, x = (last[column][:, rule.endpoint].astype(np.int64) for column in ("n", "x"))
        way = rule.ways[last["outcome"]]
        more, least = places(rule.ends, n, x, way)
        ended = ((way != 0) | (n == rule.ends.max_n)) & (least > 0) & (more < len(rule.ends.n))
        n, x, more, least = (values[ended] for values in (n, x, more, least))
        told = {OBSERVED: x / n, ESTIMATE: 0.5 * (rule.median[more] + rule.median[least])}
        if rule.at_null is not None:
            told[P_VALUE] = rule.at_null[least]
        if rule.at_truth is not None:
            rare = (rule.at_truth[least] < OUTSIDE) | (1.0 - rule.at_truth[more] < OUTSIDE)
            told[COVERED] = (~rare).astype(np.float64)
        rows = block.index(last)[ended]
        for metric, values in told.items():
            column = out[metric(name)] = np.full(block.size, np.nan)
            column[rows] = values
        if rule.rate is not None:
            out[TRUE(name)] = np.full(block.size, rule.rate)
    return out


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """A rule of a Program of which something is said.

    ends: what it can end with. ways: the direction of each outcome's code. rate: the true one, if it is
    known. Of the first i states of `ends`: median, the rate at which their P is 1/2, at_null, their P at the
    known rate of the rule, and at_truth at the true one.
    """

    number: int
    endpoint: int
    ends: Ends
    ways: NDArray[np.int64]
    median: Floats
    rate: float | None
    at_null: Floats | None
    at_truth: Floats | None


class _Itself:
    """A Program that is equal to itself only: to compare two of them costs more than what is remembered."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and other.program is self.program

    def __hash__(self) -> int:
        return id(self.program)


@lru_cache(REMEMBERED)
def _rules(of: _Itself) -> tuple[_Rule, ...]:
    program = of.program
    if program.dosing is not None or program.amendments or program.max_treated > ONE_BY_ONE:
        return ()
    found = (_rule(program, number) for number in range(len(program.monitors)))
    return tuple(rule for rule in found if rule is not None)


def _rule(program: Program, number: int) -> _Rule | None:
    """What can be said of a rule; None: nothing."""
    monitor = program.monitors[number]
    if not monitor.acts or monitor.again or len(monitor.used) > 1 or without_textbook(monitor):
        return None
    (endpoint,) = monitor.used
    counter = monitor.counters[endpoint]
    if counter.of_members or program.arms is not None:
        return None  # its n is not that of a schedule, nor its rate that of one course
    looks = looks_of(monitor.look, program.max_treated, counter.among, monitor.wait)
    if not looks:
        return None
    many, few = bounds_of(monitor.table, endpoint, looks)
    ends, median = _ends(looks, tuple(many), tuple(few))
    null, rate = monitor.known_rates[endpoint], own_rate(program, counter)
    true = None if isinstance(rate, str) else rate
    return _Rule(
        number=number,
        endpoint=endpoint,
        ends=ends,
        ways=np.array([0, *(1 if b.for_many else -1 for b in monitor.table.boundaries)]),
        median=median,
        rate=true,
        at_null=None if null is None else up_to(ends, null),
        at_truth=None if true is None else up_to(ends, true),
    )


@lru_cache(REMEMBERED)  # the truths of a variant have its boundaries in common
def _ends(
    looks: tuple[int, ...], upper: tuple[int | None, ...], lower: tuple[int | None, ...]
) -> tuple[Ends, Floats]:
    """Final states, without patients whom no look reads, and the rates at which P(the first i) is 1/2."""
    ends = ends_of(looks, upper=upper, lower=lower)
    return ends, rates_of(ends, 0.5)
