"""The risk of each event for a patient on the planned course: phase by phase, and in all.

The planned course is the one of a patient to whom nothing happens that changes it, given the patient's
traits; its phases are told of one who has no trait on which it depends. Screening took the median time. A
component's cumulative hazard H is what `planned.cumulative_hazard` gives and the engines use up; the share
free of the event is S = E exp(-sum of H), the mean over the patients' traits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, lgamma
from typing import TypeVar

from simulator.program.dosing import DoseFindingTable
from simulator.program.planned import at_level, cumulative_hazard, steering_traits, with_traits
from simulator.program.tables import Program
from simulator.program.traits import trait_mixture
from simulator.program.words import ClockKind

__all__ = [
    "EventRisk",
    "PhaseRisk",
    "above_target",
    "above_target_of",
    "best_doses",
    "best_of",
    "dlt_rates",
    "judged_of",
    "moderate_rates",
    "planned_risks",
]

T = TypeVar("T")
ROUNDING = 1e-9  # rates that differ by less are the same


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRisk:
    """Risk in one phase of the planned course, [start, end) in days from entry.

    risk: probability of an event in the phase for one who enters it free of the event.
    """

    phase: str
    start: float
    end: float
    risk: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRisk:
    """One event. risk: probability of at least one over the planned course.

    left_out: components that wait for another event, which the plan has none of.
    """

    event: str
    phases: tuple[PhaseRisk, ...]
    risk: float
    left_out: tuple[str, ...] = ()


def planned_risks(program: Program) -> tuple[EventRisk, ...]:
    """Risks of every event, in the design's order."""
    spans = _phases(program)
    found = []
    screened = 0.0 if program.screening is None else program.screening.median
    for number, event in enumerate(program.events):
        mine = program.components_of(number)
        free = [1.0] + [_free(program, mine, end, screened=screened) for _, _, end in spans]
        phases = tuple(
            PhaseRisk(phase=name, start=start, end=end, risk=1.0 - after / before if before else 0.0)
            for (name, start, end), before, after in zip(spans, free, free[1:], strict=False)
        )
        left_out = tuple(program.components[c].name for c in mine if _waits(program, c))
        found.append(EventRisk(event=event.name, phases=phases, risk=1.0 - free[-1], left_out=left_out))
    return tuple(found)


def _waits(program: Program, component: int) -> bool:
    """Whether it acts only after another event: its clock starts with that, or its condition is that."""
    table = program.components[component]
    acts = any(table.multiplier[piece.state] for piece in program.planned)
    return table.clock == ClockKind.EVENT or bool(table.asks and not acts)


def dlt_rates(program: Program, dosing: DoseFindingTable) -> dict[int, float]:
    """Level -> probability of a DLT within the window on the planned course, competing exits set aside."""
    return {level: _dlt_rate(at_level(program, level), dosing) for level in dosing.levels}


def moderate_rates(program: Program, dosing: DoseFindingTable) -> dict[int, float]:
    """Level -> probability of the milder event within the window for one without a DLT, as `dlt_rates`.

    0 where the design names none.
    """
    if dosing.moderate < 0:
        return dict.fromkeys(dosing.levels, 0.0)
    return {level: _moderate_rate(at_level(program, level), dosing) for level in dosing.levels}


def above_target(rate: float, target: float, tolerance: float = 0.0) -> bool:
    """Whether a DLT rate is above target + tolerance; one that equals their sum but for rounding is not.

    Rates come from hazards: what rounding leaves, 1e-15, is far below any difference that is written.
    """
    return rate > target + tolerance + ROUNDING


def above_target_of(program: Program) -> list[int]:
    """Levels whose true DLT rate is above the truth's target + tolerance; none where there is no target."""
    dosing = program.dosing
    if dosing is None or dosing.target_rate is None:
        return []
    rates = dlt_rates(program, dosing)
    limits = dosing.target_rate, dosing.tolerance
    return [level for level, rate in rates.items() if above_target(rate, *limits)]


def best_doses(
    rates: Mapping[T, float], ladders: Iterable[Sequence[T]], target: float, tolerance: float = 0.0
) -> tuple[T, ...]:
    """The dose of each ladder whose true DLT rate is nearest to the target, each of those as near.

    None of a ladder of which every dose is above target + tolerance.
    """
    found: dict[T, None] = {}
    for ladder in ladders:
        if not all(above_target(rates[dose], target, tolerance) for dose in ladder):
            apart = {dose: abs(rates[dose] - target) for dose in ladder}
            least = min(apart.values()) + ROUNDING
            found |= dict.fromkeys(dose for dose in ladder if apart[dose] <= least)
    return tuple(found)


def best_of(program: Program) -> list[int]:
    """Levels that are best by the truth's target; none where there is none, or all are above it."""
    dosing = program.dosing
    if dosing is None or dosing.target_rate is None:
        return []
    ladders = (version.ladder for version in dosing.versions)
    return list(best_doses(dlt_rates(program, dosing), ladders, dosing.target_rate, dosing.tolerance))


def judged_of(program: Program) -> tuple[list[int], list[int]]:
    """Levels above the target, and the best: what metrics that judge doses read of the truth."""
    return above_target_of(program), best_of(program)


def _dlt_rate(program: Program, dosing: DoseFindingTable) -> float:
    """Of an absence, the share free of what it waits for; else the share not free of the DLT itself."""
    awaited = program.events[dosing.event].absence_of
    counted = awaited if awaited >= 0 else dosing.event
    free = _free(program, program.components_of(counted), dosing.window, entering=True)
    return free if awaited >= 0 else 1.0 - free


def _moderate_rate(program: Program, dosing: DoseFindingTable) -> float:
    """Both may depend on the same traits: of all, who has the milder event and no DLT over who has no DLT."""

    def free(*events: int) -> float:
        mine = [c for event in events for c in program.components_of(event)]
        return _free(program, mine, dosing.window, entering=True)

    awaited = program.events[dosing.event].absence_of
    if awaited >= 0:  # no DLT: not free of what is awaited
        without = 1.0 - free(awaited)
        both = without - free(dosing.moderate) + free(awaited, dosing.moderate)
    else:
        without = free(dosing.event)
        both = without - free(dosing.event, dosing.moderate)
    return min(max(both / without, 0.0), 1.0) if without > 0.0 else 0.0


def _phases(program: Program) -> list[tuple[str, float, float]]:
    """Name, start and end of each phase of the planned course; one that follows itself begins again."""
    found: list[tuple[str, float, float]] = []
    due = 0.0
    for piece in program.planned:
        if piece.start < due:
            continue
        phase = program.phase(piece.state)
        if found and found[-1][1] == piece.start:
            found.pop()
        due = piece.start + phase.days
        found.append((phase.name, piece.start, due))
    return found


def _free(
    program: Program,
    components: Sequence[int],
    day: float,
    *,
    entering: bool = False,
    screened: float = 0.0,
) -> float:
    """Share free of the event just before `day`; `entering`: what is immediate on the day itself included.

    screened: as of `cumulative_hazard`.
    """
    total, hazards = 0.0, None
    for weight, has in trait_mixture(program):
        if hazards is None or steering_traits(program):
            cut = with_traits(program, has)
            if not entering:
                cut = replace(cut, planned=tuple(piece for piece in cut.planned if piece.start < day))
            hazards = {c: cumulative_hazard(cut, c, day, screened=screened) for c in components}
        shared, own = 0.0, dict.fromkeys(range(len(program.traits)), 0.0)
        for c, hazard in hazards.items():
            table = program.components[c]
            if (table.only_if >= 0 and not has[table.only_if]) or (table.unless >= 0 and has[table.unless]):
                continue
            if table.risk >= 0:
                own[table.risk] += hazard
            else:
                shared += hazard
        share = weight * exp(-shared)
        for trait, hazard in own.items():
            share *= _beta_moment(program.traits[trait].beta, hazard)
        total += share
    return total


def _beta_moment(beta: tuple[float, float] | None, hazard: float) -> float:
    """E (1 - p)^H for p ~ Beta(a, b): B(a, b + H) / B(a, b)."""
    if beta is None or hazard == 0.0:
        return 1.0
    a, b = beta
    return exp(lgamma(b + hazard) - lgamma(a + b + hazard) - lgamma(b) + lgamma(a + b))
