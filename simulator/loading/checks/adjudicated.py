"""What is reported of events: adjudication, and reports that never come or are withdrawn."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked, Path
from simulator.model.design import Design
from simulator.program.monitors import ruling_out

__all__ = ["check"]

BY_DOSING = "an event that dose finding does not read"


def check(checked: Checked) -> Iterator[Problem]:
    """An event is adjudicated once, as one of which nothing but reports matters; to dose finding all reports
    but those of DLTs are final. For a whole design.
    """
    design, read = checked.design, _read_by_dosing(checked.design)
    for name, truth in checked.truths.items():
        for event, body in truth.adjudication.items():
            path = ("truths", name, "adjudication", event)
            if event not in design.events or body.counts_as not in design.events:
                continue
            found, other = f"{event} that counts as {body.counts_as}", design.events[body.counts_as]
            if body.counts_as == event:
                yield checked.problem((*path, "counts_as"), f"{event} as itself", "another event")
            elif body.counts_as in truth.adjudication:
                hint = f"say of {event} what it becomes in the end"
                yield checked.problem(
                    (*path, "counts_as"), f"{found}, which is adjudicated too", "one step", hint
                )
            elif other.when_detected or other.absence_of is not None:
                allowed = "an event without `when_detected` and `absence_of`: a committee treats nobody"
                yield checked.problem((*path, "counts_as"), found, allowed)
            elif body.counts_as in read:
                yield checked.problem((*path, "counts_as"), f"{found}, which dose finding reads", BY_DOSING)
        for event, delays in truth.delays.items():
            if delays.never > 0.0 and event in read:
                here = ("truths", name, "delays", event, "never")
                yield checked.problem(here, f"reports of {event} that never come", BY_DOSING)
            if delays.withdrawn is not None and event in read:
                yield from _withdrawn(checked, ("truths", name, "delays", event, "withdrawn"), event)


def _withdrawn(checked: Checked, here: Path, name: str) -> Iterator[Problem]:
    """Of what dose finding reads the DLT alone is taken back, one that happens and does so once."""
    event, finding = checked.design.events[name], checked.design.dose_finding
    found = f"reports of {name} that are withdrawn"
    if finding is not None and name != finding.event:
        yield checked.problem(here, found, f"the DLT, or {BY_DOSING}")
    elif event.absence_of is not None or event.repeats:
        what = "is an absence" if event.absence_of is not None else "repeats"
        yield checked.problem(here, f"{found}, where {name} {what}", "a DLT that happens, once per patient")


def _read_by_dosing(design: Design) -> set[str]:
    finding = design.dose_finding
    if finding is None or finding.event not in design.events:
        return set()
    milder = set() if finding.moderate is None else {finding.moderate}
    return {finding.event, finding.death, *ruling_out(design.events[finding.event])} | milder
