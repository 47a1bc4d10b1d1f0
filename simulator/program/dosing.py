"""Dose finding -> ladders by level, conduct by number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

from simulator.contracts import DoseDesign
from simulator.dose_finding._one_a_dose import Accelerated
from simulator.model.design import Design
from simulator.model.dose_finding import ASSIGNED, DoseFinding
from simulator.model.truth import Truth
from simulator.program.plans import plans_of
from simulator.program.words import NONE, Decide

__all__ = [
    "DoseFindingTable",
    "DoseVersion",
    "dose_drug",
    "dose_ladder",
    "dose_versions",
    "lower_dosing",
    "whole_design",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseVersion:
    """Dose finding in one version of the protocol. ladder: levels of the drug (from 1), lowest first; start:
    its index.

    since: patients who entered in this version of the protocol or later count, at levels on this ladder.
    """

    method: DoseDesign
    ladder: tuple[int, ...]
    start: int
    decide: Decide
    replaces: bool
    since: int

    @property
    def first_level(self) -> int:
        """The level at which dose finding starts."""
        return self.ladder[self.start]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseFindingTable:
    """Dose finding as engines and exact calculation read it.

    versions: of every version of the protocol. drug: its index. event: the DLT, judged within `window`
    days of entry. ruled_out_by: events after whose report a DLT can no longer come.
    death: the event, NONE without one; death_as_dlt: share of deaths with open outcome that count as
    a DLT, drawn from `death_stream`. moderate: the milder event that designs count, NONE without one.
    not_evaluable: share of patients, drawn from `evaluable_stream`.
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
    expansion: int
    target_rate: float | None
    tolerance: float = 0.0
    moderate: int = NONE
    death_stream: str = "death/related"
    evaluable_stream: str = "not_evaluable"

    @property
    def levels(self) -> tuple[int, ...]:
        """Every level on a ladder, in the order of the versions."""
        return tuple(dict.fromkeys(level for version in self.versions for level in version.ladder))


def dose_drug(design: Design) -> str | None:
    """The drug whose level dose finding assigns: the one named, or given as `assigned`, or the only one."""
    if design.dose_finding is None:
        return None
    given = (d for p in design.phases.values() for d, level in (p.gives or {}).items() if level == ASSIGNED)
    return design.dose_finding.drug or next(given, None) or next(iter(design.drugs), None)


def dose_ladder(design: Design) -> tuple[str, ...]:
    """The ladder, lowest first: all levels of the drug where none is written; () without dose finding."""
    drug = dose_drug(design)
    if design.dose_finding is None or drug not in design.drugs:
        return ()
    return design.dose_finding.ladder or tuple(design.drugs[drug])


def lower_dosing(
    design: Design, amended: Sequence[Design], events: Mapping[str, int], truth: Truth
) -> DoseFindingTable | None:
    """The design's dose finding in all versions of the protocol; None without dose finding."""
    plan, drug = design.dose_finding, dose_drug(design)
    if plan is None or drug is None:
        return None
    body = design.events[plan.event]
    ruling = [*body.ruled_out_by, *([body.absence_of] if body.absence_of is not None else [])]
    return DoseFindingTable(
        drug=list(design.drugs).index(drug),
        event=events[plan.event],
        window=body.assessed_within or inf,
        ruled_out_by=tuple(events[name] for name in ruling if name != plan.death),
        death=events.get(plan.death, NONE),
        death_as_dlt=plan.death_in_window,
        not_evaluable=truth.not_evaluable,
        versions=dose_versions(design, amended),
        expansion=design.expansion.patients if design.expansion else 0,
        target_rate=truth.target_rate,
        tolerance=truth.tolerance,
        moderate=NONE if plan.moderate is None else events[plan.moderate],
    )


def dose_versions(design: Design, amended: Sequence[Design]) -> tuple[DoseVersion, ...]:
    """The dose finding as it begins, and after each amendment; none without dose finding."""
    plan, drug = design.dose_finding, dose_drug(design)
    if plan is None or drug is None:
        return ()
    if len(amended) != len(design.amendments):
        raise ValueError(
            f"{len(amended)} amended designs for {len(design.amendments)} amendments: pass "
            "build(..., amended=scenario.amended[variant])"
        )
    levels = plans_of((design, *amended)).drugs[drug]
    versions = [_version(plan, dose_ladder(design), levels, 0)]
    for number, (amendment, after) in enumerate(zip(design.amendments.values(), amended, strict=True), 1):
        found = versions[-1]
        if amendment.restarts and after.dose_finding is not None:
            since = found.since if amendment.counts == "keep" else number
            found = _version(after.dose_finding, dose_ladder(after), levels, since)
        versions.append(found)
    return tuple(versions)


def whole_design(plan: DoseFinding) -> DoseDesign:
    """The design, behind its accelerated first stage where there is one."""
    if not plan.accelerated_until:
        return plan.method
    event = plan.moderate
    return Accelerated(then=plan.method, event=event, patients=plan.accelerated_until.get(event or "", 0))


def _version(plan: DoseFinding, ladder: Sequence[str], levels: Sequence[str], since: int) -> DoseVersion:
    """levels: of the drug in all versions."""
    return DoseVersion(
        method=whole_design(plan),
        ladder=tuple(levels.index(level) + 1 for level in ladder),
        start=ladder.index(plan.start) if plan.start is not None else 0,
        decide=Decide.of(plan.decide),
        replaces=plan.not_evaluable == "replace",
        since=since,
    )
