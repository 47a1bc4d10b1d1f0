"""Amendments: triggers that can hold, and truths that know every dose of every version."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked
from simulator.model.design import Design
from simulator.program.dosing import dose_drug

__all__ = ["check"]


def check(checked: Checked) -> Iterator[Problem]:
    """Triggers name doses of the version before; hazards by dose have every dose a patient can be given."""
    versions = (checked.design, *checked.amended)
    most = checked.design.cap
    for (name, amendment), before in zip(checked.design.amendments.items(), versions, strict=False):
        path = ("design", "amendments", name, "when")
        for trigger in amendment.when.triggers:
            if trigger.dose is not None and (ladder := _ladder(before)):
                yield from checked.unknown(path, "dose", trigger.dose, ladder, "the ladder it amends")
            if trigger.unit == "treated" and trigger.amount > most:
                yield checked.problem(path, trigger.text(), f"at most the {most:g} patients of the trial")
    yield from _hazards(checked, versions)


def _ladder(design: Design) -> tuple[str, ...]:
    drug = dose_drug(design)
    if design.dose_finding is None or drug not in design.drugs:
        return ()
    return design.dose_finding.ladder or design.drugs[drug]


def _hazards(checked: Checked, versions: tuple[Design, ...]) -> Iterator[Problem]:
    found = dose_drug(checked.design)
    assigned = dict.fromkeys(level for version in versions for level in _ladder(version))
    for name, truth in checked.truths.items():
        for event, body in truth.events.items():
            for component, part in body.components.items():
                if part.family.doses is None or event not in checked.design.events:
                    continue
                drug, levels = part.family.doses
                path = ("truths", name, "events", event, "components", component)
                yield from checked.drug(path, drug)
                listed = checked.design.drugs.get(drug, ())
                for level in levels:
                    yield from checked.unknown(path, "dose", level, listed, drug) if listed else ()
                needed = assigned if drug == found else listed
                missing = [level for level in needed if level not in levels]
                if missing:
                    allowed = "one for every dose that patients can be given"
                    yield checked.problem(path, f"no probability at {', '.join(missing)}", allowed)
