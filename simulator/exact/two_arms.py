"""Rules that compare two arms at fixed numbers of patients: exact by a walk over both counts."""

from __future__ import annotations

from math import inf

from simulator.contracts import TwoArmTable
from simulator.exact.completed import told_at_once, too_few_may_come
from simulator.model.metric import Key
from simulator.program.arms import ArmsTable
from simulator.program.looks import MilestoneTable
from simulator.program.patient import in_window
from simulator.program.planned import in_arm
from simulator.program.rule_tables import MonitorTable
from simulator.program.tables import Program
from simulator.program.traits import trait_mixture
from simulator.program.words import Allocation, Among, ClockKind, LookKind, MilestoneUnit, Unit, Wait
from simulator.stats.two_arm import MOST_IN_AN_ARM, MonitoredArms, two_arm_ends

__all__ = ["fixed_looks", "two_arm_values"]


def two_arm_values(program: Program) -> dict[Key, float] | str:
    """Metric key -> exact value, or why there is none.

    Every look reads as many patients of one arm as of the other, known beforehand, and all that is counted of
    them is known: blocks hold each arm once, and looks are at so many in each arm, or at whole blocks.
    """
    arms, rules = program.arms, program.monitors
    assert arms is not None
    if len(rules) != 1:
        return "there are several rules" if rules else "there is no rule"
    monitor = rules[0]
    if monitor.versus is None:
        return "how many patients of an arm a look reads is left to chance"
    looks = fixed_looks(program, monitor)
    if isinstance(looks, str):
        return looks
    assert isinstance(monitor.versus, TwoArmTable)
    rates = []
    for reading, counter in enumerate(monitor.counters):
        (arm,) = counter.arms or (0,)
        rate = _rate(program, monitor, reading, arm)
        if isinstance(rate, str):
            return rate
        rates.append(rate)
    return _values(monitor, _course(monitor.versus, looks, rates))


def fixed_looks(program: Program, monitor: MonitorTable) -> list[int] | str:
    """Patients of each of the two arms at each look of a rule that compares, or why they are not known."""
    arms = program.arms
    assert arms is not None
    if monitor.by_time:
        return "the arms' follow-up at a look is left to chance"
    reason = _left_to_chance(program, arms) or _read_late(program, monitor)
    return reason or _looks(program, monitor, arms)


def _left_to_chance(program: Program, arms: ArmsTable) -> str:
    """Why the sizes of the arms are not known at a look, or who is in them; "" if they are."""
    reasons = {
        "arms are of sizes left to chance: patients are allocated alone": arms.method is Allocation.SIMPLE,
        "blocks do not hold each arm once": arms.sizes != (len(arms.names),),
        "each stratum has blocks of its own": len(arms.streams) > 1,
        "some refuse what their arm gives": arms.refusal is not None,
        "a limit of candidates may end accrual before": program.max_registered < inf,
    }
    return next((reason for reason, holds in reasons.items() if holds), "") or too_few_may_come(program)


def _read_late(program: Program, monitor: MonitorTable) -> str:
    """Why a look may not read all that there is to know of its patients; "" if it does."""
    counter = monitor.counters[0]
    reasons = {
        "events or courses are counted, not patients": counter.unit is not Unit.PATIENTS,
        "patients are counted whose outcome is pending": counter.among
        not in {Among.TREATED, Among.COMPLETED},
        "looks wait": monitor.wait is not Wait.NONE,
        "data are cut before the look": monitor.data_cut > 0.0,
        "a clock runs from registration": any(c.clock is ClockKind.REGISTRATION for c in program.components),
    }
    return next((reason for reason, holds in reasons.items() if holds), "") or told_at_once(program, counter)


def _looks(program: Program, monitor: MonitorTable, arms: ArmsTable) -> list[int] | str:
    """Patients of each of the two arms at each look."""
    schedule, n = monitor.look, len(arms.names)
    among = {Among.TREATED: MilestoneUnit.TREATED, Among.COMPLETED: MilestoneUnit.COMPLETED}
    unit = among[monitor.counters[0].among]
    if schedule.closing or not schedule.kind.by_milestones:
        return "looks are not set by the number of patients in each arm"

    def each(milestone: MilestoneTable) -> float:
        """Patients of each arm at a milestone; not whole, or 0: not fixed."""
        if milestone.unit is not unit:
            return 0.0
        if all(len(group) == 1 for group in milestone.groups) and len(milestone.groups) == 2:
            return milestone.amount
        everyone = milestone.groups == (tuple(range(n)),)
        return milestone.amount / n if everyone else 0.0

    fixed = [each(milestone) for milestone in schedule.milestones]
    if any(k < 1 or k % 1 for k in fixed):
        return "looks are not set by the number of patients in each arm"
    whole, rest = divmod(program.max_treated, n)
    if schedule.kind is LookKind.EVERY:
        step = int(fixed[0])
        fixed = list(range(step * (schedule.skipped + 1), whole + 2, step))
    each_arm = any(len(milestone.groups) == 2 for milestone in schedule.milestones)
    if rest >= 2 and each_arm and whole + 1 in fixed:
        return "the last block is cut off, and whether a look comes in it is left to chance"
    looks = sorted({int(k) for k in fixed if k <= whole})
    if not looks:
        return "no look is reached"
    if looks[-1] > MOST_IN_AN_ARM:
        return f"there are more than {MOST_IN_AN_ARM} patients in an arm"
    return looks


def _rate(program: Program, monitor: MonitorTable, reading: int, arm: int) -> float | str:
    """P(a patient of the arm has the counted event), where a look that reads the patient knows it."""
    mine, counter = in_arm(program, arm), monitor.counters[reading]
    found = in_window(mine, counter)
    if isinstance(found, str):
        return found
    mixture = [(weight, given) for (weight, _), given in zip(trait_mixture(mine), found, strict=True)]
    ever = sum(weight * given.ever for weight, given in mixture)
    at_entry = sum(weight * given.by(0.0) for weight, given in mixture)
    if counter.among is Among.TREATED and at_entry != ever:
        return "patients are read whose event may yet come"
    return ever


def _course(table: TwoArmTable, looks: list[int], rates: list[float]) -> MonitoredArms:
    pairs = [(k, k) for k in looks]
    return two_arm_ends(pairs, table.row_each(pairs)).at(*rates)


def _values(monitor: MonitorTable, course: MonitoredArms) -> dict[Key, float]:
    fired = {Key("p_fired", rule=monitor.name): course.p_stop}
    if not monitor.acts:
        return fired
    return (fired if monitor.again else {}) | {
        Key("p_stop"): course.p_stop,
        Key("p_stop", rule=monitor.name): course.p_stop,
        Key("p_stop_before_last_look"): course.p_stop_before_last,
    }
