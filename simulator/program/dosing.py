"""Dose finding -> ladders by level, conduct by number, amendments by trigger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Protocol

from simulator.contracts import DoseDesign
from simulator.model.amendment import Trigger
from simulator.model.design import Design
from simulator.model.dose_finding import ASSIGNED, DoseFinding
from simulator.model.truth import Truth
from simulator.program.triggers import AmendmentTable, TriggerTable
from simulator.program.words import NONE, Decide, TriggerUnit

__all__ = ["DoseFindingTable", "DoseVersion", "dose_amendments", "dose_drug", "dose_versions", "lower_dosing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseVersion:
    """One version of the dose finding. ladder: levels of the drug (from 1), lowest first; start: its index.

    before: patients of earlier versions count, at levels that are on this ladder.
    """

    method: DoseDesign
    ladder: tuple[int, ...]
    start: int
    decide: Decide
    replaces: bool
    before: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseFindingTable:
    """Dose finding as engines and exact calculation read it.

    amendments[i] leads from versions[i] to versions[i + 1]. drug: its index. event: the DLT, judged
    within `window` days of entry. ruled_out_by: events after whose report a DLT can no longer come.
    death: the event, NONE without one; death_as_dlt: share of deaths with open outcome that count as
    a DLT, drawn from `death_stream`. not_evaluable: share of patients, drawn from `evaluable_stream`.
    expansion: patients added at the selected dose.
    """

    drug: int
    event: int
    window: float
    ruled_out_by: tuple[int, ...]
    death: int
    death_as_dlt: float
    not_evaluable: float
    versions: tuple[DoseVersion, ...]
    amendments: tuple[AmendmentTable, ...]
    expansion: int
    target_rate: float | None
    tolerance: float = 0.0
    death_stream: str = "death/related"
    evaluable_stream: str = "not_evaluable"

    @property
    def levels(self) -> tuple[int, ...]:
        """Every level on a ladder, in the order of the versions."""
        return tuple(dict.fromkeys(level for version in self.versions for level in version.ladder))


class _Operations(Protocol):
    """Numbers of the ways in which a patient changes."""

    def assign(self, drug: str, level: str) -> int:
        """Being assigned a level."""
        ...


def dose_drug(design: Design) -> str | None:
    """The drug whose level dose finding assigns: the one named, or given as `assigned`, or the only one."""
    if design.dose_finding is None:
        return None
    given = (d for p in design.phases.values() for d, level in (p.gives or {}).items() if level == ASSIGNED)
    return design.dose_finding.drug or next(given, None) or next(iter(design.drugs), None)


def lower_dosing(
    design: Design,
    amended: Sequence[Design],
    operations: _Operations,
    events: Mapping[str, int],
    truth: Truth,
) -> DoseFindingTable | None:
    """The design's dose finding with its amended versions; None without dose finding."""
    plan, drug = design.dose_finding, dose_drug(design)
    if plan is None or drug is None:
        return None
    body, versions = design.events[plan.event], dose_versions(design, amended)
    ruling = [*body.ruled_out_by, *([body.absence_of] if body.absence_of is not None else [])]
    return DoseFindingTable(
        drug=list(design.drugs).index(drug),
        event=events[plan.event],
        window=body.assessed_within or inf,
        ruled_out_by=tuple(events[name] for name in ruling if name != plan.death),
        death=events.get(plan.death, NONE),
        death_as_dlt=plan.death_in_window,
        not_evaluable=truth.not_evaluable,
        versions=versions,
        amendments=tuple(
            replace(table, operations=(operations.assign(drug, _first_level(design, drug, after)),))
            if amendment.applies_to == "on_study"
            else table
            for table, after, amendment in zip(
                dose_amendments(design, versions), versions[1:], design.amendments.values(), strict=True
            )
        ),
        expansion=design.expansion.patients if design.expansion else 0,
        target_rate=truth.target_rate,
        tolerance=truth.tolerance,
    )


def dose_versions(design: Design, amended: Sequence[Design]) -> tuple[DoseVersion, ...]:
    """The dose finding as it begins, and after each amendment; none without dose finding."""
    plan, drug = design.dose_finding, dose_drug(design)
    if plan is None or drug is None:
        return ()
    plans = [plan, *(version.dose_finding for version in amended if version.dose_finding is not None)]
    if len(amended) != len(design.amendments):
        raise ValueError(
            f"{len(amended)} amended designs for {len(design.amendments)} amendments: pass "
            "build(..., amended=scenario.amended[variant])"
        )
    keeps = [False, *(amendment.counts == "keep" for amendment in design.amendments.values())]
    levels = design.drugs[drug]
    return tuple(_version(p, levels, keep) for p, keep in zip(plans, keeps, strict=True))


def dose_amendments(design: Design, versions: Sequence[DoseVersion]) -> tuple[AmendmentTable, ...]:
    """When each amendment comes; what changes in patients on study is not said."""
    levels = design.drugs[dose_drug(design) or ""]

    def trigger(t: Trigger, ladder: Sequence[int]) -> TriggerTable:
        dose = ladder.index(levels.index(t.dose) + 1) if t.dose is not None else NONE
        return TriggerTable(unit=TriggerUnit.of(t.unit), dose=dose, amount=t.amount)

    return tuple(
        AmendmentTable(
            name=name,
            triggers=tuple(trigger(t, before.ladder) for t in amendment.when.triggers),
            every=amendment.when.every,
            operations=(),
        )
        for (name, amendment), before in zip(design.amendments.items(), versions, strict=False)
    )


def _first_level(design: Design, drug: str, version: DoseVersion) -> str:
    return design.drugs[drug][version.ladder[version.start] - 1]


def _version(plan: DoseFinding, levels: Sequence[str], before: bool) -> DoseVersion:
    ladder = plan.ladder or tuple(levels)
    return DoseVersion(
        method=plan.method,
        ladder=tuple(levels.index(level) + 1 for level in ladder),
        start=ladder.index(plan.start) if plan.start is not None else 0,
        decide=Decide.of(plan.decide),
        replaces=plan.not_evaluable == "replace",
        before=before,
    )
