"""Amendments -> triggers by number, and what changes in patients on study."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.model.amendment import Trigger
from simulator.model.design import Design
from simulator.program.plans import Plans
from simulator.program.states import Operations
from simulator.program.triggers import AmendmentTable, TriggerTable
from simulator.program.versions import RuleVersion
from simulator.program.words import NONE, TriggerUnit

__all__ = ["lower_amendments"]


def lower_amendments(
    design: Design, plans: Plans, rules: Mapping[str, RuleVersion], operations: Operations
) -> tuple[AmendmentTable, ...]:
    """Amendments of the protocol; none with dose finding, which looks for its own."""
    if design.dose_finding is not None:
        return ()
    return tuple(
        AmendmentTable(
            name=name,
            triggers=tuple(_trigger(trigger, version, rules) for trigger in amendment.when.triggers),
            every=amendment.when.every,
            operations=(operations.amend(plans.of[version + 1]),)
            if amendment.applies_to == "on_study"
            else (),
        )
        for version, (name, amendment) in enumerate(design.amendments.items())
    )


def _trigger(trigger: Trigger, version: int, rules: Mapping[str, RuleVersion]) -> TriggerTable:
    """version: the one that it ends, and whose rule is meant."""
    return TriggerTable(
        unit=TriggerUnit.of(trigger.unit),
        amount=trigger.amount,
        rule=NONE
        if trigger.rule is None
        else next(
            number
            for number, rule in enumerate(rules.values())
            if rule.rule == trigger.rule and rule.since <= version < rule.before
        ),
    )
