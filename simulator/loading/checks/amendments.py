"""Amendments: triggers that can hold, and truths that know every dose of every version."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.case import Case
from simulator.model.design import Design
from simulator.program.dosing import dose_drug

__all__ = ["check"]


def check(case: Case) -> Iterator[Problem]:
    """Triggers name doses of the version before; hazards by dose have every dose a patient can be given."""
    versions = (case.design, *case.amended)
    most = min((m.amount for m in case.design.accrual.until if m.unit == "treated"), default=None)
    for (name, amendment), before in zip(case.design.amendments.items(), versions, strict=False):
        path = ("design", "amendments", name, "when")
        for trigger in amendment.when.triggers:
            if trigger.dose is not None and (ladder := _ladder(before)):
                yield from case.unknown(path, "dose", trigger.dose, ladder, "the ladder it amends")
            if trigger.unit == "treated" and most is not None and trigger.amount > most:
                yield case.problem(path, trigger.text(), f"at most the {most:g} patients of the trial")
    yield from _hazards(case, versions)


def _ladder(design: Design) -> tuple[str, ...]:
    drug = dose_drug(design)
    if design.dose_finding is None or drug not in design.drugs:
        return ()
    return design.dose_finding.ladder or design.drugs[drug]


def _hazards(case: Case, versions: tuple[Design, ...]) -> Iterator[Problem]:
    found = dose_drug(case.design)
    assigned = dict.fromkeys(level for version in versions for level in _ladder(version))
    for name, truth in case.truths.items():
        for event, body in truth.events.items():
            for component, part in body.components.items():
                if part.family.doses is None or event not in case.design.events:
                    continue
                drug, levels = part.family.doses
                path = ("truths", name, "events", event, "components", component)
                yield from case.drug(path, drug)
                listed = case.design.drugs.get(drug, ())
                for level in levels:
                    yield from case.unknown(path, "dose", level, listed, drug) if listed else ()
                needed = assigned if drug == found else listed
                missing = [level for level in needed if level not in levels]
                if missing:
                    allowed = "one for every dose that patients can be given"
                    yield case.problem(path, f"no probability at {', '.join(missing)}", allowed)
