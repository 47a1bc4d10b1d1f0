"""Rules that concern each other: boards, looks that a rule calls, holds of accrual and what ends them."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from simulator.contracts import BoardRule, EntriesRule
from simulator.errors import Problem
from simulator.loading.checks.checked import Checked, Path
from simulator.model.action import HOLD_VERBS
from simulator.model.monitoring import Monitor
from simulator.program.conduct import in_circles
from simulator.program.monitors import outcomes_of, plan_of
from simulator.program.readable import max_treated

__all__ = ["check", "named"]

AGAIN_VERBS = HOLD_VERBS | {"close_accrual", "conclude"}
OF_COUNTS = {"counts", "scope", "among", "wait", "data_cut", "arms", "compare", "population"}
BOARD_UNITS = {"treated", "randomised", "registered", "events", "days"}


def named(checked: Checked) -> Iterator[Problem]:
    """Rules that are named exist, and none has to be read before itself."""
    monitoring = checked.design.monitoring
    known = [
        *monitoring,
        *(str(path[2]) for path in checked.left_out if path[:2] == ("design", "monitoring") and path[2:]),
    ]
    for name, monitor in monitoring.items():
        here = ("design", "monitoring", name)
        others = [rule for rule in known if rule != name]
        for member in monitor.board.seats if monitor.board is not None else ():
            yield from checked.unknown((*here, "rule", "of"), "rule", member, others)
        if monitor.look.after is not None:
            yield from checked.unknown((*here, "look"), "rule", monitor.look.after, others)
        for i, action in enumerate(monitor.then):
            if action.verb == "release":
                yield from checked.unknown((*here, "then", i), "rule", str(action.name), others)
    circle = in_circles(monitoring)
    if circle and not any(name in monitoring[name].reads for name in circle):  # which has been said
        yield checked.problem(
            ("design", "monitoring", circle[0]),
            f"a circle: {', '.join(circle)}, each read after another of them",
            "boards and called rules that are read after rules which do not wait for them",
        )


def check(checked: Checked) -> Iterator[Problem]:
    """What boards, holds and rules that fire again cannot have. For a design that could be read in full."""
    for name, monitor in checked.design.monitoring.items():
        here = ("design", "monitoring", name)
        if monitor.counts_nothing:
            yield from _counts_nothing(checked, here, monitor)
        if isinstance(monitor.rule, BoardRule):
            yield from _board(checked, here, monitor, monitor.rule)
        if isinstance(monitor.rule, EntriesRule):
            yield from _accrual(checked, here, monitor, monitor.rule)
        yield from _holds(checked, here, name, monitor)
        if monitor.look.after is not None and monitor.wait is not None:
            hint = "the look is taken when the other rule has fired"
            yield checked.problem(
                (*here, "wait"), f"a look when {monitor.look.after} has fired, which waits", "none", hint
            )
        if monitor.fires == "again":
            for i, action in enumerate(monitor.then):
                if action.verb not in AGAIN_VERBS:
                    allowed = f"one that fires once, or of {', '.join(sorted(AGAIN_VERBS))}"
                    found = f"`{action.verb}` of a rule that fires again"
                    yield checked.problem((*here, "then", i), found, allowed)


def _counts_nothing(checked: Checked, here: Path, monitor: Monitor) -> Iterator[Problem]:
    """What is counted, among whom and in what scope is said of rules that count."""
    kind, reads = monitor.rule.kind, "other rules" if monitor.board is not None else "accrual"
    for key in sorted(OF_COUNTS):
        if checked.has((*here, key)):
            yield checked.problem(
                (*here, key), f"`{key}` of {kind}", "none", f"{kind} reads {reads}, and counts nothing"
            )


def _accrual(checked: Checked, here: Path, monitor: Monitor, rule: EntriesRule) -> Iterator[Problem]:
    """It looks on days, and asks for no more than may enter."""
    look = monitor.look
    if not look.milestones or any(m.unit != "days" for m in look.milestones):
        allowed = "looks set by the calendar, such as `every 6 months` or `at 42 months`"
        yield checked.problem((*here, "look"), f"{rule.kind} that looks {look.text()}", allowed)
    cap = max_treated(checked.design)
    if 0 < cap < rule.most_wanted:
        found = f"{rule.most_wanted} who are wanted, of {cap} who may enter"
        yield checked.problem((*here, "rule"), found, f"at most {cap}: it would stop every trial")


def _board(checked: Checked, here: Path, monitor: Monitor, rule: BoardRule) -> Iterator[Problem]:
    """Its looks are of the trial; who votes has the outcome that is a vote."""
    for milestone in monitor.look.milestones:
        if milestone.unit not in BOARD_UNITS or milestone.arm is not None:
            allowed = "a time, or numbers of patients treated, candidates or events"
            yield checked.problem((*here, "look"), f"a board that looks at {milestone.text()}", allowed)
            break
    if (unmet := rule.unmet(plan_of(checked.design, monitor, max_treated(checked.design)))) is not None:
        yield checked.problem((*here, "rule", unmet.key), unmet.found, unmet.allowed)
    for member, seat in rule.seats.items():
        of = checked.design.monitoring.get(member)
        if of is None or seat.outcome is None:
            continue
        outcomes = outcomes_of(checked.design, of)
        yield from checked.unknown((*here, "rule", "of"), "outcome", seat.outcome, outcomes, member)


def _holds(checked: Checked, here: Path, name: str, monitor: Monitor) -> Iterator[Problem]:
    """One hold at a time; one that waits to be released needs a last day, and somebody who may release it."""
    monitoring, holds = checked.design.monitoring, [a for a in monitor.then if a.holds]
    if len(holds) > 1:
        yield checked.problem((*here, "then"), f"{len(holds)} holds of accrual", "one: a hold, or a review")
    if holds and any(action.verb == "close_accrual" for action in monitor.then):
        found = f"`{holds[0].verb}` beside `close_accrual`"
        allowed = "one of the two: nobody enters any more"
        yield checked.problem((*here, "then"), found, allowed, severity="warning")
    released = {str(a.name) for other in monitoring.values() for a in other.then if a.verb == "release"}
    for i, action in enumerate(monitor.then):
        path = (*here, "then", i)
        held = monitoring.get(str(action.name)) if action.verb == "release" else None
        if held is not None and held is not monitor and not any(a.holds for a in held.then):
            found = f"the release of {action.name}, which holds nothing"
            yield checked.problem(path, found, "a rule with hold_accrual or review")
        if action.verb != "hold_accrual" or action.days is not None:
            continue
        if checked.design.accrual.limit("days") == inf:
            hint = "as in `until: [40 treated, 5 years]`: a trial on hold would wait for ever"
            found = "a hold until it is released, of accrual without a last day"
            yield checked.problem(path, found, "a time in `until`, or `hold_accrual: 30 days`", hint)
        if name not in released and released <= monitoring.keys():  # else it may be the one that is meant
            allowed = f"a rule with {{release: {name}}}: accrual will not open again"
            yield checked.problem(path, "a hold that no rule releases", allowed, severity="warning")
