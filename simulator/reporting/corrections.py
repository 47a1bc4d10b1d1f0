"""What becomes of a report after it has arrived, told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf, isfinite
from typing import TYPE_CHECKING

from simulator.contracts import InstantOrder
from simulator.program.tables import Program

if TYPE_CHECKING:
    import numpy as np

__all__ = ["correction_lines", "corrections"]

AT_ONCE = InstantOrder.REPORT + 0.5  # what is corrected as it arrives


def corrections(program: Program, event: np.void) -> dict[str, float]:
    """What becomes of a report, `upgraded` or `withdrawn`, and when: what comes to pass alone."""
    if not program.corrects:
        return {}
    upgraded, withdrawn = float(event["upgraded"]), float(event["withdrawn"])
    days = {"upgraded": upgraded if upgraded < withdrawn else inf, "withdrawn": withdrawn}
    return {what: day for what, day in days.items() if isfinite(day)}


def correction_lines(
    program: Program, event: np.void, counting: Callable[[np.void], str]
) -> Iterator[tuple[float, float, int, str]]:
    """When a report is withdrawn or gets another mark: day, place, candidate, text.

    counting: what rules make of an event with the mark of its row.
    """
    table, who, reported = program.events[event["event"]], int(event["candidate"]), float(event["reported"])
    found = corrections(program, event)
    report = f"the report of patient {who + 1}'s {table.name} of day {float(event['occurred']):.1f}"
    if (upgraded := found.get("upgraded")) is not None:
        known = event.copy()
        known["mark"] = event["later"]
        said = counting(known) or "no rule reads it"
        text = f"{report} is upgraded to {table.marks[event['later']]}: {said}"
        yield upgraded, InstantOrder.CORRECTION if upgraded > reported else AT_ONCE, who, text
    if (withdrawn := found.get("withdrawn")) is not None:
        place = InstantOrder.CORRECTION if withdrawn > reported else AT_ONCE
        yield withdrawn, place, who, f"{report} is withdrawn"
