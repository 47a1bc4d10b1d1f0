"""Amendments -> triggers by number, and what changes in patients on study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from simulator.model.amendment import Amendment, Trigger
from simulator.model.design import Design
from simulator.program.dosing import DoseVersion, dose_drug
from simulator.program.plans import Plans
from simulator.program.states import Operations
from simulator.program.triggers import AmendmentTable, TriggerTable
from simulator.program.versions import RuleVersion
from simulator.program.words import NONE, TriggerUnit

__all__ = ["amendments_of", "lower_amendments"]


def lower_amendments(
    design: Design,
    plans: Plans,
    rules: Mapping[str, RuleVersion],
    doses: Sequence[DoseVersion],
    operations: Operations,
) -> tuple[AmendmentTable, ...]:
    """Amendments of the protocol, its dose finding among it. doses: its versions, none without."""

    def on_study(amendment: Amendment, version: int) -> tuple[int, ...]:
        found = list[int]()
        if plans.of[version] or not amendment.restarts:  # else no course has changed
            found.append(operations.amend(plans.of[version]))
        drug = dose_drug(design)
        if amendment.restarts and drug is not None:
            found.append(operations.assign(drug, plans.drugs[drug][doses[version].first_level - 1]))
        return tuple(found)

    return tuple(
        replace(table, operations=on_study(amendment, version))
        if amendment.applies_to == "on_study"
        else table
        for version, (table, amendment) in enumerate(
            zip(amendments_of(design, plans.drugs, rules, doses), design.amendments.values(), strict=True),
            start=1,
        )
    )


def amendments_of(
    design: Design,
    drugs: Mapping[str, Sequence[str]],
    rules: Mapping[str, RuleVersion],
    doses: Sequence[DoseVersion],
) -> tuple[AmendmentTable, ...]:
    """When each amendment comes; what changes in patients on study is not said.

    drugs: the levels of each over all versions.
    """
    levels = drugs.get(dose_drug(design) or "", ())

    def trigger(of: Trigger, version: int) -> TriggerTable:
        """version: the one that it ends, whose ladder and whose rule are meant."""
        dose = NONE if of.dose is None else doses[version].ladder.index(levels.index(of.dose) + 1)
        rule = NONE if of.rule is None else _in_force(rules, of.rule, version)
        return TriggerTable(unit=TriggerUnit.of(of.unit), dose=dose, amount=of.amount, rule=rule)

    return tuple(
        AmendmentTable(
            name=name,
            triggers=tuple(trigger(each, version) for each in amendment.when.triggers),
            every=amendment.when.every,
            operations=(),
            waits=amendment.waits,
            restarts=amendment.restarts,
        )
        for version, (name, amendment) in enumerate(design.amendments.items())
    )


def _in_force(rules: Mapping[str, RuleVersion], name: str, version: int) -> int:
    """The number of the rule of this name in a version."""
    found = (i for i, rule in enumerate(rules.values()) if rule.rule == name and rule.in_force(version))
    return next(found)
