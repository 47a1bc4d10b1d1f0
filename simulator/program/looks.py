"""When a rule looks: its schedule with numbers for words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from simulator.model.look import LookSchedule
from simulator.model.milestone import EACH_ARM, Milestone
from simulator.program.words import NONE, LookKind, MilestoneUnit

__all__ = ["LookTable", "MilestoneTable", "lower_look"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneTable:
    """So many patients, candidates, reports of `event` (its index; else NONE), or days since opening.

    groups: of arms; the count is that of the group which has fewest. None: patients of the arms that the rule
    reads. everyone: as randomised, whatever the rule's population. most: how far a count of patients or
    candidates can come; inf where nothing limits it, and of reports and days.
    """

    amount: float
    unit: MilestoneUnit
    event: int = NONE
    groups: tuple[tuple[int, ...], ...] = ()
    everyone: bool = False
    most: float = inf


@dataclass(frozen=True, slots=True, kw_only=True)
class LookTable:
    """When a rule looks: `EVERY` at each multiple of its milestone, `AT` at each milestone.

    skipped: multiples, the first ones, that are no looks. closing: once more when nothing can still change.
    """

    kind: LookKind
    milestones: tuple[MilestoneTable, ...] = ()
    skipped: int = 0
    closing: bool

    def patients(self, most: int) -> tuple[int, ...]:
        """Patients at each look of a schedule by numbers of patients, of a trial of `most`."""
        return tuple(sorted({*self.scheduled(most), *([most] if self.closing else [])}))

    def scheduled(self, most: int) -> Sequence[int]:
        """The same without the closing look; may be in any order."""
        amounts = [int(milestone.amount) for milestone in self.milestones]
        if self.kind is LookKind.EVERY:
            return range(amounts[0] * (self.skipped + 1), most + 1, amounts[0])
        return [amount for amount in amounts if amount <= most]


def lower_look(
    schedule: LookSchedule,
    events: Sequence[str],
    arms: Sequence[str] = (),
    compared: tuple[int, ...] = (),
    each: tuple[int, ...] = (),
) -> LookTable:
    """A schedule as it is written -> numbers. events, arms: all names, in their order; compared: arms of the
    rule, where it compares two; each: those that `each arm` means.
    """
    kind = LookKind.of(schedule.kind)

    def groups(milestone: Milestone) -> tuple[tuple[int, ...], ...]:
        if milestone.arm == EACH_ARM:
            return tuple((arm,) for arm in each)
        if milestone.arm is not None:
            return tuple((i,) for i, name in enumerate(arms) if name == milestone.arm)
        if milestone.unit == "randomised":
            return (tuple(range(len(arms))),) if arms else ()
        return (compared,) if compared else ()

    return LookTable(
        kind=kind,
        milestones=tuple(
            MilestoneTable(
                amount=m.amount,
                unit=MilestoneUnit.TREATED if m.unit == "randomised" else MilestoneUnit.of(m.unit),
                event=NONE if m.event is None else events.index(m.event),
                groups=groups(m) if m.unit not in {"events", "days", "registered"} else (),
                everyone=m.unit == "randomised",
            )
            for m in schedule.milestones
        ),
        skipped=schedule.skipped,
        closing=schedule.at_end or kind in {LookKind.REPORT, LookKind.END},
    )
