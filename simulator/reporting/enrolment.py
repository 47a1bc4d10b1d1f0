"""How candidates of one trial become patients of an arm, for its story: screening, allocation, refusal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulator.contracts import InstantOrder
from simulator.model.arms import UNTREATED
from simulator.model.records import Records, Screened
from simulator.program.rule_tables import CounterTable
from simulator.program.tables import Program
from simulator.program.words import NONE, Population

if TYPE_CHECKING:
    import numpy as np

__all__ = ["allocated", "entry_day", "not_read", "screened"]

Line = tuple[float, float, int, str]

_BECAME = {
    Screened.INELIGIBLE: "is not eligible",
    Screened.LOST: "is eligible, but accrual is held: lost",
    Screened.CLOSED: "is eligible, but accrual is closed",
    Screened.WAITING: "is eligible and waits, for accrual is held; it is closed before the candidate's turn",
}


def screened(records: Records) -> Iterator[Line]:
    """Registrations, and what came of each screening; who enters on its last day is told with the entry."""
    patients = records.patients
    entry = dict(zip(patients["candidate"].tolist(), patients["entry"].tolist(), strict=True))
    for row in records.screenings:
        candidate, over = int(row["candidate"]), float(row["over"])
        who = f"candidate {candidate + 1}"
        yield float(row["registered"]), InstantOrder.ARRIVAL, candidate, f"{who} is registered"
        became = _BECAME.get(Screened(int(row["outcome"])))
        if became is None and entry[candidate] > over:
            became = "is eligible and waits, for accrual is held"
        if became is not None:
            yield over, InstantOrder.ARRIVAL, candidate, f"screening is over: {who} {became}"


def allocated(program: Program, records: Records, patient: np.void) -> str:
    """`is randomised to drug (place 3 of the list), refuses and is untreated, and `; "" without arms."""
    arms = program.arms
    if arms is None:
        return ""
    drawn, received, stratum = (int(patient[name]) for name in ("arm", "received", "stratum"))
    before = records.patients[: _row(records, int(patient["candidate"]))]
    place = int((before["stratum"] == stratum).sum()) + 1
    which = ""
    if arms.stratum != NONE:
        which = f" of those {'with' if stratum else 'without'} {program.traits[arms.stratum].name}"
    text = f"is randomised to {arms.names[drawn]} (place {place} of the list{which})"
    if received == drawn:
        return f"{text} and "
    instead = "is untreated" if received == arms.untreated else f"receives {arms.names[received]}"
    return f"{text}, refuses and {instead}, and "


def entry_day(records: Records, candidate: int) -> float:
    """The day on which a patient entered."""
    return float(records.patients["entry"][_row(records, candidate)])


def not_read(program: Program, records: Records, counter: CounterTable, candidate: int) -> str:
    """Why a counter does not read a patient, by arm or time of entry; "" if it does."""
    patient = records.patients[_row(records, candidate)]
    if patient["version"] < counter.since:
        return f"entered before {program.amendments[counter.since - 1].name}"
    if program.arms is None:
        return ""
    arm, taken = int(patient["arm"]), int(patient["received"])
    if counter.concerns(arm, taken):
        return ""
    names = [*program.arms.names, UNTREATED]
    drawn, received = names[arm], names[taken]
    if counter.population is Population.RANDOMISED:
        return f"a patient of {drawn}"
    if counter.population is Population.AS_TREATED:
        return f"received {received}" if received != UNTREATED else received
    return f"a patient of {drawn}" if drawn == received else f"refused {drawn}"


def _row(records: Records, candidate: int) -> int:
    """The place of a patient of the one trial among all."""
    (row,) = (records.patients["candidate"] == candidate).nonzero()[0].tolist()
    return int(row)
