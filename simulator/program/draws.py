"""The names of the streams that a Program draws from: what its trials share with those of another."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.contracts import DelayTable
from simulator.program.tables import EventTable, Program
from simulator.program.words import Arrivals

__all__ = ["streams_of"]


def streams_of(program: Program) -> tuple[str, ...]:
    """Every stream whose draws can matter, by name: of accrual, patients, dose finding, arms and reviews."""
    accrual = () if program.accrual.kind is Arrivals.EVERY else ("accrual/gap",)
    traits = (trait.stream for trait in program.traits)
    hazards = (component.stream for component in program.components)
    events = (name for event in program.events for name in _of_event(event))
    return tuple(
        dict.fromkeys(
            (
                *accrual,
                *traits,
                *hazards,
                *events,
                *_of_dosing(program),
                *_of_entry(program),
                *_of_holds(program),
            )
        )
    )


def _of_entry(program: Program) -> Iterator[str]:
    """Of screening, allocation and refusal."""
    arms, first = program.arms, program.screening
    for screening in program.screenings or ([first] if first else []):
        if _drawn(screening.takes):
            yield screening.takes_stream
        if screening.eligible < 1.0:
            yield screening.eligible_stream
    if arms is not None:
        yield from arms.streams
        if arms.refusal is not None:
            yield arms.refusal.stream


def _of_event(event: EventTable) -> Iterator[str]:
    for stream, delay in ((event.detection_stream, event.detection), (event.report_stream, event.report)):
        if _drawn(delay):
            yield stream
    if event.marks:
        yield event.mark_stream
    if event.never > 0.0:
        yield event.never_stream
    if event.counts_as >= 0:
        yield event.adjudged_stream
        if _drawn(event.decided):
            yield event.decided_stream
    if event.withdrawn > 0.0:
        yield event.withdrawn_stream
        if _drawn(event.withdrawn_after):
            yield event.withdrawn_after_stream
    if event.upgrades:
        yield event.upgraded_stream
        if any(upgrade is not None and _drawn(upgrade.after) for upgrade in event.upgrades):
            yield event.upgraded_after_stream


def _drawn(delay: DelayTable | None) -> bool:
    return delay is not None and delay.constant is None


def _of_dosing(program: Program) -> Iterator[str]:
    dosing = program.dosing
    if dosing is not None and dosing.death_as_dlt > 0.0:
        yield dosing.death_stream
    if dosing is not None and dosing.not_evaluable > 0.0:
        yield dosing.evaluable_stream


def _of_holds(program: Program) -> Iterator[str]:
    """Of reviews: how long each takes and what it decides."""
    for monitor in program.monitors:
        if monitor.hold is not None and monitor.hold.reviewed:
            yield monitor.hold.resumes_stream
            if _drawn(monitor.hold.takes):
                yield monitor.hold.takes_stream
