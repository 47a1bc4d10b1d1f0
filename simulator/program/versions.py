"""Rules over the amendments of a design, each in the versions in which it is the same.

Version 0 is the design as it opens, version k what it is after its first k amendments. An amendment that
changes dose finding alone leaves every rule as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from simulator.model.amendment import Amendment
from simulator.model.design import Design
from simulator.model.monitoring import Monitor
from simulator.program.alignment import aligned, alike, in_any_arms
from simulator.program.monitors import look_of, plan_of
from simulator.program.plans import plans_of
from simulator.program.rule_tables import FOR_GOOD

__all__ = ["RuleVersion", "doses_alone", "ranks", "rules_of"]

OF_PATIENTS = ("treated", "randomised")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVersion:
    """A rule in the versions in which it is the same.

    rule: its name in the design. monitor, design: as they are then, with the phases, arms and levels of all
    and, if more may have entered by then than are taken, a limit of so many. since, before: in force from one
    version on, and up to another. counts_from: it reads patients who entered in this version or later. named:
    what the rules that it may speak of are called here.
    """

    rule: str
    monitor: Monitor
    design: Design
    since: int = 0
    before: int = FOR_GOOD
    counts_from: int = 0
    named: Mapping[str, str]

    def in_force(self, version: int) -> bool:
        """Whether this is what the rule is in a version."""
        return self.since <= version < self.before

    @property
    def reads(self) -> tuple[str, ...]:
        """What is read before it, by the names that rules have here."""
        return tuple(self.named[name] for name in self.monitor.reads if name in self.named)


def rules_of(design: Design, amended: Sequence[Design] = ()) -> dict[str, RuleVersion]:
    """Every rule of a design; after an amendment that changes it, or its counts, once more as RULE_AMENDMENT.

    An amendment after which counts start again changes every rule. One that leaves them changes those that it
    writes anew, those that other windows or phases concern, and those that read another that is changed.
    """
    own = {name: name for name in design.monitoring}
    design, *amended = aligned((design, *amended))
    whole = plans_of((design, *amended)).whole
    first = replace(design, drugs=whole.drugs)
    found = {
        name: RuleVersion(rule=name, monitor=monitor, design=first, named=own)
        for name, monitor in design.monitoring.items()
    }
    now, before, entered, as_written, mixed = own, design, 0.0, design, False
    for version, ((name, amendment), written) in enumerate(
        zip(design.amendments.items(), amended, strict=False), start=1
    ):
        entered = _entered(amendment, before, entered)
        after = _for_at_least(written, entered)
        if doses_alone(amendment, as_written, written):
            before, as_written = after, written
            continue
        fresh = amendment.counts == "start again"
        mixed = not fresh and (mixed or not alike(as_written, written))
        after, as_written = in_any_arms(after) if mixed else after, written
        changed = {*after.monitoring} if fresh else _changed(before, after)
        names = {
            rule: now[rule] if rule not in changed else _free(rule, name, found) for rule in after.monitoring
        }
        for rule in now:
            if rule in changed or rule not in after.monitoring:
                found[now[rule]] = replace(found[now[rule]], before=version)
        for rule, monitor in after.monitoring.items():
            if rule in changed:
                counted = version if fresh else found[now[rule]].counts_from if rule in now else 0
                found[names[rule]] = RuleVersion(
                    rule=rule,
                    monitor=monitor,
                    design=replace(after, phases=whole.phases | after.phases, drugs=whole.drugs),
                    since=version,
                    counts_from=counted,
                    named=names,
                )
        now, before = names, after
    return found


def doses_alone(amendment: Amendment, before: Design, after: Design) -> bool:
    """Whether an amendment changes dose finding, and nothing else."""
    return amendment.restarts and before == replace(after, dose_finding=before.dose_finding)


def _entered(amendment: Amendment, before: Design, earlier: float) -> float:
    """The most patients who may have entered when an amendment comes, of a trial that it finds at `before`.

    earlier: the same of the amendment before it. Those who wait while accrual is held enter together; when a
    dose is due to be chosen any number may have entered.
    """
    when = amendment.when
    if before.accrual.while_held != "lost" or amendment.waits:
        return before.cap
    most = [trigger.amount if trigger.unit == "treated" else before.cap for trigger in when.triggers]
    return min(before.cap, max(earlier, max(most) if when.every else min(most)))


def _for_at_least(design: Design, patients: float) -> Design:
    """A design whose rules are told of so many patients, where it takes fewer."""
    if design.cap >= patients:
        return design
    until = tuple(
        replace(limit, amount=patients) if limit.unit in OF_PATIENTS and limit.amount < patients else limit
        for limit in design.accrual.until
    )
    return replace(design, accrual=replace(design.accrual, until=until))


def _changed(before: Design, after: Design) -> set[str]:
    """Rules that are not what they were, new ones among them."""
    changed = {
        name
        for name, monitor in after.monitoring.items()
        if monitor != before.monitoring.get(name) or _reads(before, monitor) != _reads(after, monitor)
    }
    while more := {
        name
        for name, monitor in after.monitoring.items()
        if name not in changed and changed & {*monitor.reads}
    }:
        changed |= more
    return changed


def _reads(design: Design, monitor: Monitor) -> object:
    """What the rule may know of the trial, and in which windows it counts."""
    windows = [design.window_of(counts) for counts in monitor.counts.values()]
    groups = [milestone.groups for milestone in look_of(design, monitor).milestones]
    return windows, groups, plan_of(design, monitor, int(design.cap) if design.cap < inf else 0)


def _free(rule: str, amendment: str, taken: Mapping[str, RuleVersion]) -> str:
    """What a rule is called after an amendment: its own name where that is new."""
    return f"{rule}_{amendment}" if rule in taken else rule


def ranks(reads: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Of each rule how many others must be read before it, one after the other; none in a circle has one.

    reads: per rule those that must be. Names that are no rules are passed over.
    """
    found: dict[str, int] = {}
    while more := [
        name
        for name, others in reads.items()
        if name not in found and all(other in found or other not in reads for other in others)
    ]:
        found |= {name: max((found[o] + 1 for o in reads[name] if o in found), default=0) for name in more}
    return found
