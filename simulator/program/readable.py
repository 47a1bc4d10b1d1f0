"""What the looks of a rule can read, and which of its boundaries that reaches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import inf

from simulator.contracts import Boundary, Quantity, RuleTable
from simulator.model.design import Design
from simulator.model.monitoring import Counts, Monitor, Scope
from simulator.model.truth import Truth
from simulator.program.dosing import dose_ladder
from simulator.program.monitors import by_endpoint, largest_n, look_of, plan_of, ruling_out
from simulator.program.reach import most_of, most_read

__all__ = ["Readable", "last_unread", "max_treated", "reached", "read_at", "readable"]

CLOSING = ("close_accrual", "end_trial")  # actions after which nobody enters
OF_ALL_ENTERED = ("treated", "fail")  # denominators that are everyone entered


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """What looks can read of one endpoint.

    n: every whole denominator that a look may read, rising; none: no look is ever taken.
    repeats: any number of events may be among them; otherwise at most n.
    """

    n: Sequence[int]
    repeats: bool = False

    @property
    def most(self) -> int:
        """The largest denominator, 0 without looks."""
        return self.n[-1] if self.n else 0


def readable(design: Design, monitor: Monitor, max_treated: int) -> tuple[Readable, ...]:
    """Per endpoint of the rule what its looks can read; 0 of 0 of an endpoint that counts nothing.

    Rather too much than too little: only what no trial of the design can show is left out.
    """
    if monitor.board is not None:
        return (Readable(n=range(1, len(monitor.board.seats) + 1), repeats=True),)
    if monitor.entries is not None:
        days, last = plan_of(design, monitor, max_treated).days, monitor.entries.horizon
        return (Readable(n=sorted({int(min(day, last)) for day in (*days, last)}), repeats=True),)
    counts = by_endpoint(monitor)
    found = []
    for endpoint in monitor.rule.endpoints:
        body = counts.get(endpoint)
        if body is None:
            found.append(Readable(n=(0,)))
            continue
        n = _denominators(design, monitor, body, max_treated)
        repeats = body.unit == "events" and design.events[body.event].repeats
        found.append(Readable(n=n, repeats=repeats))
    return tuple(found)


def _denominators(design: Design, monitor: Monitor, counts: Counts, max_treated: int) -> Sequence[int]:
    look, among = monitor.look, counts.among or monitor.among
    milestones = look.first
    met = any(m.amount <= most_of(design, monitor, m, max_treated) for m in milestones)
    if milestones and not met and not look.at_end:
        return ()
    if counts.unit == "courses":
        return range(largest_n(design, monitor, most_read(design, monitor, max_treated)) + 1)
    most = most_read(design, monitor, max_treated)
    everything = range(most + 1)
    if among == "exposure":
        return everything  # of patients, whose follow-up it is
    units = {milestone.unit for milestone in milestones}
    elsewhere = monitor.compare is not None or any(m.arm is not None for m in milestones)
    if (
        units not in ({"treated"}, {"completed"})
        or look.at_end
        or elsewhere
        or _several_at_once(design, monitor)
    ):
        return everything
    looks = look_of(design, monitor).patients(most)
    judged = design.dose_finding is not None and counts.event == design.dose_finding.event
    as_milestone = not monitor.data_cut and (among == "treated" or not judged)
    if units == {"completed"}:
        return looks if as_milestone and among == "completed" else everything
    return looks if as_milestone and among in OF_ALL_ENTERED else range(looks[-1] + 1)


def _several_at_once(design: Design, monitor: Monitor) -> bool:
    """Whether a look may find that more have come than its milestone says."""
    at_mtd = any(scope.dose is not None for scope in _scopes(monitor))  # counted once it is selected
    return at_mtd or monitor.wait is not None or design.accrual.while_held != "lost"


def _scopes(monitor: Monitor) -> list[Scope]:
    own = (counts.scope for counts in monitor.counts.values())
    return [monitor.scope, *(scope for scope in own if scope is not None)]


def last_unread(design: Design, monitor: Monitor, max_treated: int) -> int:
    """The first of the last patients, whom no look reads as the cap is no multiple of an `every`; 0: none."""
    look = monitor.look
    every = look.first[0] if look.kind == "every" else None
    if every is None or every.unit not in ("treated", "completed") or look.at_end:
        return 0
    most = most_read(design, monitor, max_treated)
    left = most % int(look.milestones[0].amount)
    if not left or every.amount > most:
        return 0
    if all(seen.most < most for seen in readable(design, monitor, max_treated)):
        return most - left + 1
    among = {counts.among or monitor.among for counts in monitor.counts.values()}
    waited = monitor.wait is not None and every.unit == "treated" and among == {"completed"}
    at_mtd = any(scope.dose is not None for scope in _scopes(monitor))
    as_due = waited and not at_mtd and design.accrual.while_held == "lost"  # reads who was treated by then
    return most - left + 1 if as_due else 0


def max_treated(design: Design) -> int:
    """Patients that the design takes at most."""
    return int(design.cap) if design.cap < inf else 0


def read_at(
    versions: Sequence[Design], monitor: Monitor, truths: Collection[Truth]
) -> tuple[Sequence[int], ...]:
    """Per endpoint of the rule every n from 1 that its looks may read under these truths, rising.

    versions: the design, and what it is after each of its amendments.
    """
    design = versions[0]
    cap = max_treated(design)
    looks, most = plan_of(design, monitor, cap).looks, _most_read(versions, monitor, truths)
    if monitor.look.at_end and _may_end_early(design, monitor, truths):
        looks = ()  # the closing look reads however many there are
    found = []
    for reading in readable(design, monitor, cap):
        n = [k for k in reading.n if 0 < k <= most]
        found.append(sorted({*looks} & {*n}) if looks else n)
    return tuple(found)


def _may_end_early(design: Design, monitor: Monitor, truths: Collection[Truth]) -> bool:
    """Whether the rule may read fewer patients than the cap in a trial that it does not stop."""
    others = (other for other in design.monitoring.values() if other is not monitor)
    return (
        (bool(design.arms) and (monitor.arms is not None or monitor.population != "randomised"))
        or any(action.verb in CLOSING for other in others for action in other.then)
        or design.dose_finding is not None
        or design.accrual.limit("days") < inf
        or any(truth.accrual.candidates is not None for truth in truths)
    )


def _most_read(versions: Sequence[Design], monitor: Monitor, truths: Collection[Truth]) -> float:
    """Evaluable patients at the dose selected, at most, if only these count; inf without such a limit.

    In each version of the dose finding that has the dose, as many as the design puts at one; then those of
    the expansion. No limit where patients change their dose, nor where one replaced may yet prove evaluable.
    """
    design, finding = versions[0], versions[0].dose_finding
    if finding is None:
        return inf
    scopes = [(c.scope or monitor.scope, c.event, c.among or monitor.among) for c in monitor.counts.values()]
    if any(s.dose is None or event != finding.event or among == "treated" for s, event, among in scopes):
        return inf
    settling = {finding.event, finding.death, *ruling_out(design.events[finding.event])} & set(design.events)
    found_late = any(design.events[event].detected is not None for event in settling)
    told_late = any(settling & set(truth.delays) for truth in truths)
    on_study = any(amendment.applies_to == "on_study" for amendment in design.amendments.values())
    if found_late or told_late or on_study:
        return inf
    at_dose: Counter[str] = Counter()
    amended = zip(design.amendments.values(), versions[1:], strict=False)
    for version in (design, *(after for amendment, after in amended if amendment.restarts)):
        if version.dose_finding is None or (most := version.dose_finding.method.most_at_a_dose) is None:
            return inf
        at_dose.update(dict.fromkeys(dose_ladder(version), most))
    return max(at_dose.values()) + (design.expansion.patients if design.expansion is not None else 0)


def reached(table: RuleTable, readings: Sequence[Readable], *, alone: bool = False) -> tuple[bool, ...]:
    """Per boundary whether its outcome can come of what looks read; alone: whatever precedes it."""
    boundaries = table.boundaries
    return tuple(
        _reached(boundary, () if alone else _before(boundaries[:i], boundary), readings[boundary.reading])
        for i, boundary in enumerate(boundaries)
    )


def _before(earlier: Sequence[Boundary], boundary: Boundary) -> tuple[Boundary, ...]:
    """Those that are asked first about the same reading."""
    same = (boundary.reading, boundary.statistic)
    return tuple(b for b in earlier if (b.reading, b.statistic) == same)


def _reached(boundary: Boundary, before: Sequence[Boundary], seen: Readable) -> bool:
    if boundary.statistic is Quantity.COUNT:
        return any(_some_count(boundary, before, n, inf if seen.repeats else n) for n in seen.n)
    if not seen.n:
        return False
    for x in range(seen.most + 1):  # of all n where x had the event, the one at which it holds if at any
        n = max(float(x), boundary.minimum_n) if boundary.for_many else float(seen.most)
        if n <= seen.most and boundary.holds(n, x) and not any(b.holds(n, x) for b in before):
            return True
    return False


def _some_count(boundary: Boundary, before: Sequence[Boundary], n: int, most: float) -> bool:
    """Whether at some x from 0 to `most` among n the boundary holds, and none before it."""
    low, high = 0.0, most
    for b in (*before, boundary):
        at = b.bound[n] if n >= b.minimum_n else None
        if b is boundary:
            if at is None:
                return False
            low, high = (max(low, at), high) if b.for_many else (low, min(high, at))
        elif at is not None:
            low, high = (low, min(high, at - 1)) if b.for_many else (max(low, at + 1), high)
    return low <= high
