"""Arms, randomisation, refusal and screening, and who names them."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from simulator.contracts import ComparingRule
from simulator.errors import Problem
from simulator.limits import MOST_COUNT
from simulator.loading.checks.checked import Checked, Path
from simulator.model.arms import UNTREATED, least_block
from simulator.model.milestone import EACH_ARM, Milestone
from simulator.model.monitoring import POOLED, Monitor
from simulator.model.phase import AS_BEFORE

__all__ = ["check"]

RESERVED = (UNTREATED, POOLED, "each", "then", "only_if")  # words that stand where an arm's name may
MOST_ARMS = 20
MOST_REGISTERED = 20_000  # candidates of a trial, as expected
MOST_SCREENED = 10_000  # candidates in screening at one time, on average
ARMS = ("design", "arms")


def check(checked: Checked) -> Iterator[Problem]:
    """Every arm that is named exists, blocks fit the shares, and what needs arms has some."""
    design = checked.design
    if design.arms:
        yield from _arms(checked)
    yield from _randomisation(checked)
    yield from _refusal(checked)
    yield from _screening(checked)
    for name, monitor in design.monitoring.items():
        yield from _monitor(checked, ("design", "monitoring", name), monitor)
    yield from _truths(checked)


def _arms(checked: Checked) -> Iterator[Problem]:
    arms = checked.design.arms
    if len(arms) == 1:
        yield checked.problem(ARMS, f"the arm {next(iter(arms))} alone", "two arms or more, or none")
    if len(arms) > MOST_ARMS:
        yield checked.problem(ARMS, f"{len(arms)} arms", f"at most {MOST_ARMS}")
    if not any(arm.share for arm in arms.values()):
        yield checked.problem(ARMS, "no arm that takes patients", "one at least with a `share` from 1")
    for name, arm in arms.items():
        here = (*ARMS, name)
        if not arm.share and not checked.earlier:
            hint = "an amendment may close an arm so"
            yield checked.problem((*here, "share"), "0", "a whole number, at least 1", hint)
        if name in RESERVED:
            yield checked.problem(here, f"an arm named {name}", f"a name other than {', '.join(RESERVED)}")
        for drug, level in arm.gives.items():
            yield from checked.level((*here, "gives", drug), drug, level)
    if checked.design.dose_finding is not None:
        hint = "find the dose in one scenario, and compare arms in another"
        yield checked.problem(
            ("design", "dose_finding"), "dose finding in a trial with arms", "one of them", hint
        )


def _randomisation(checked: Checked) -> Iterator[Problem]:
    design, here = checked.design, ("design", "randomisation")
    how = design.randomisation
    if not design.arms:
        if how.sizes or how.stratum is not None or how.method != "simple":
            yield checked.problem(here, "randomisation without arms", "`arms` beside it")
        return
    if not design.open_arms:
        return
    block, blocks = least_block(tuple(arm.share for arm in design.arms.values())), how.method != "simple"
    if how.sizes and not blocks:
        yield checked.problem((*here, "sizes"), "sizes of blocks", "none with `method: simple`")
    for size in how.sizes if blocks else ():
        shares = " : ".join(str(arm.share) for arm in design.arms.values())
        if size % block or size > MOST_COUNT:
            hint = f"such as {block} or {2 * block}"
            found = f"blocks of {size} for arms of {shares}"
            yield checked.problem((*here, "sizes"), found, f"multiples of {block}", hint)
    if how.stratum is not None:
        yield from checked.trait((*here, "stratum"), how.stratum)
        if not blocks:
            yield checked.problem(
                (*here, "stratum"),
                "a stratum where each patient is allocated alone",
                "a stratum with `method: permuted_blocks`; here it changes nothing",
                severity="warning",
            )


def _refusal(checked: Checked) -> Iterator[Problem]:
    design, here = checked.design, ("design", "refusal")
    refusal = design.refusal
    if refusal is None:
        return
    if not design.arms:
        yield checked.problem(here, "refusal without arms", "`arms` beside it")
        return
    if not refusal.of:
        yield checked.problem(
            here, "nobody who refuses", "an arm and a share, such as {drug: 1 of 8, then: untreated}"
        )
    for arm in refusal.of:
        yield from _arm(checked, (*here, "of", arm), arm)
        if arm == refusal.then:
            yield checked.problem(
                (*here, "then"), f"{arm}, which some refuse", f"another arm, or `{UNTREATED}`"
            )
    if refusal.then != UNTREATED:
        yield from _arm(checked, (*here, "then"), refusal.then)
    if refusal.only_if is not None:
        yield from checked.trait((*here, "only_if"), refusal.only_if)


def _screening(checked: Checked) -> Iterator[Problem]:
    design, here = checked.design, ("design", "screening")
    screening = design.screening
    if screening is None:
        return
    if screening.eligible <= 0.0:
        yield checked.problem((*here, "eligible"), "nobody eligible", "a share above 0")
    if design.accrual.while_held == "on_demand":
        yield checked.problem(
            ("design", "accrual", "while_held"),
            "on_demand, with screening",
            "`lost` or `queued`",
            "a candidate who is at hand at once has no time to be screened",
        )
    table = screening.takes.lower()
    longest = table.constant if table.constant is not None else table.at(0.5)
    for name, truth in checked.truths.items():
        rates = [truth.accrual.per_day or 0.0, *(piece.per_day for piece in truth.accrual.pieces)]
        rates += [1.0 / truth.accrual.every_days] if truth.accrual.every_days else []
        yield from _registered(checked, name, screening.eligible, max(rates))
        at_once = max(rates) * longest
        if at_once > MOST_SCREENED:
            yield checked.problem(
                ("truths", name, "accrual"),
                f"{at_once:,.0f} candidates in screening at one time",
                f"at most {MOST_SCREENED:,}",
            )


def _registered(checked: Checked, truth: str, eligible: float, rate: float) -> Iterator[Problem]:
    """How many candidates it takes until enough were eligible, the limits on candidates and days counted.

    Nothing is said where nobody says how many enter: that is the mistake then, and told elsewhere.
    """
    accrual = checked.design.accrual
    wanted = checked.design.cap / eligible if eligible > 0.0 else 0.0
    expected = min(wanted, accrual.limit("registered"), rate * accrual.limit("days") if rate else inf)
    if MOST_REGISTERED < expected < inf:
        yield checked.problem(
            ("design", "screening", "eligible"),
            f"{expected:,.0f} candidates to be registered, as expected under {truth}",
            f"at most {MOST_REGISTERED:,}",
            "let more be eligible, or limit them, as in `until: [40 randomised, 500 registered]`",
        )


def _monitor(checked: Checked, here: Path, monitor: Monitor) -> Iterator[Problem]:
    arms = checked.design.arms
    for milestone in monitor.look.milestones:
        yield from _milestone(checked, (*here, "look"), milestone)
    if not arms:
        for key, given in (("arms", monitor.arms), ("compare", monitor.compare)):
            if given is not None:
                yield checked.problem(
                    (*here, key), f"`{key}` in a trial without arms", "none, or `arms` in the design"
                )
        if monitor.population != "randomised":
            yield checked.problem(
                (*here, "population"), f"{monitor.population} without arms", "`arms` in the design"
            )
        if isinstance(monitor.rule, ComparingRule):
            yield checked.problem((*here, "rule"), "a rule that compares two arms", "`arms` in the design")
        return
    if monitor.arms is not None and len(set(monitor.arms)) < max(len(monitor.arms), 1):
        found = f"the arms {', '.join(monitor.arms)}" if monitor.arms else "no arm"
        yield checked.problem((*here, "arms"), found, "an arm, a list of different ones, or `pooled`")
    for arm in (*(monitor.arms or ()), *(monitor.compare or ())):
        key = "compare" if monitor.compare is not None and arm in monitor.compare else "arms"
        yield from _arm(checked, (*here, key), arm)
    yield from _compared(checked, here, monitor)
    yield from _population(checked, here, monitor)


def _compared(checked: Checked, here: Path, monitor: Monitor) -> Iterator[Problem]:
    compare, compares = monitor.compare, isinstance(monitor.rule, ComparingRule)
    if compares and compare is None:
        names = ", ".join(list(checked.design.arms)[:2])
        found = "a rule that compares two arms, without `compare`"
        yield checked.problem(
            (*here, "rule"), found, f"`compare: [{names}]`, the one that may be harmed first"
        )
    if compare is None:
        return
    if not compares:
        yield checked.problem(
            (*here, "compare"),
            "two arms for a rule that reads one count",
            "`arms: ARM`, or a rule that compares",
        )
    if compare[0] == compare[1]:
        yield checked.problem((*here, "compare"), f"{compare[0]} compared with itself", "two different arms")
    if monitor.arms is not None:
        yield checked.problem((*here, "arms"), "`arms` beside `compare`", "one of them")
    if len(monitor.counts) > 1:
        yield checked.problem(
            (*here, "counts"),
            f"{len(monitor.counts)} counts to compare two arms",
            "one, of an event in both arms",
        )


def _population(checked: Checked, here: Path, monitor: Monitor) -> Iterator[Problem]:
    """Who is in a population of those treated, and when their windows begin: at entry, as everybody's."""
    if monitor.population == "randomised":
        return
    design, here = checked.design, (*here, "population")
    if design.refusal is None:
        yield checked.problem(
            here,
            f"{monitor.population}, where everyone takes what the arm gives",
            "`randomised`, which is the same here, or `refusal` in the design",
            severity="warning",
        )
    first = next(iter(design.phases.values()), None)
    gives = None if first is None else first.gives
    for name, arm in design.arms.items():
        later = [drug for drug in arm.gives if gives is not None and gives.get(drug) in {None, AS_BEFORE}]
        if arm.gives and len(later) == len(arm.gives):
            yield checked.problem(
                here,
                f"{monitor.population}, where {name} is given nothing of its own at entry",
                "`randomised`",
                "windows of those treated begin at entry, so treatment must, too",
            )


def _milestone(checked: Checked, here: Path, milestone: Milestone) -> Iterator[Problem]:
    design, text = checked.design, f"`{milestone.text()}`"
    if milestone.unit == "registered" and design.screening is None:
        yield checked.problem(here, f"{text} without screening", "`screening` in the design, or `treated`")
    if not design.arms and (milestone.arm is not None or milestone.unit == "randomised"):
        plain = Milestone(amount=milestone.amount, unit="treated")
        yield checked.problem(
            here, f"{text} in a trial without arms", f"`{plain.text()}`, or `arms` in the design"
        )
    elif milestone.arm not in {None, EACH_ARM}:
        yield from _arm(checked, here, str(milestone.arm))


def _truths(checked: Checked) -> Iterator[Problem]:
    """Arms that components name are some design's."""
    designs = (*checked.designs, *checked.amended)
    everywhere = dict.fromkeys(arm for design in designs for arm in design.arms)
    for name, truth in checked.truths.items():
        for event, body in truth.events.items():
            for part, component in body.components.items():
                here = ("truths", name, "events", event, "components", part)
                for key, arms in (("arms", component.arms or ()), ("arm_ratio", component.arm_ratio)):
                    for arm in arms:
                        yield from checked.unknown((*here, key), "arm", arm, everywhere)
                    if arms and everywhere and not checked.design.arms:
                        found = f"`{key}` of a truth, where this design has no arms"
                        yield checked.problem((*here, key), found, "`arms` in every design")


def _arm(checked: Checked, here: Path, arm: str) -> Iterator[Problem]:
    yield from checked.unknown(here, "arm", arm, checked.design.arms)
