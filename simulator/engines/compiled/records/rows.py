"""Rows of the records that trials leave, with the columns of `model.records` by name."""

from __future__ import annotations

from typing import Annotated, Any

from simulator.engines.compiled.described import Floats, Inside, Ints, Record, settle
from simulator.engines.compiled.places import seen_as
from simulator.model.records import dtypes

__all__ = [
    "decision_row_at",
    "event_row_at",
    "firing_row_at",
    "hold_row_at",
    "look_row_at",
    "patient_row_at",
    "risk_row_at",
    "screening_row_at",
    "state_row_at",
    "trial_row_at",
]


def _row(name: str, table: str) -> Any:
    """The record of a table's rows. Of columns with several numbers, and those behind, the first has a fixed
    place.
    """
    fields: dict[str, Any] = {}
    several = 0
    for column, kind, *shape in dtypes(1, 1, two_clocks=True, corrects=True)[table]:
        if shape or several:
            run: Any = Floats if kind == "f8" else Ints
            fields[column] = Annotated[run, Inside(f"{table}_{column}" if several else "")]
            several += 1
        else:
            fields[column] = float if kind == "f8" else int
    return type(name, (Record,), {"__annotations__": fields, "__module__": __name__})


TrialRow = _row("TrialRow", "trials")
PatientRow = _row("PatientRow", "patients")
StateRow = _row("StateRow", "states")
EventRow = _row("EventRow", "events")
LookRow = _row("LookRow", "looks")
FiringRow = _row("FiringRow", "firings")
DecisionRow = _row("DecisionRow", "decisions")
ScreeningRow = _row("ScreeningRow", "screenings")
HoldRow = _row("HoldRow", "holds")
RiskRow = _row("RiskRow", "risks")

settle()

trial_row_at: Any = seen_as(TrialRow)
patient_row_at: Any = seen_as(PatientRow)
state_row_at: Any = seen_as(StateRow)
event_row_at: Any = seen_as(EventRow)
look_row_at: Any = seen_as(LookRow)
firing_row_at: Any = seen_as(FiringRow)
decision_row_at: Any = seen_as(DecisionRow)
screening_row_at: Any = seen_as(ScreeningRow)
hold_row_at: Any = seen_as(HoldRow)
risk_row_at: Any = seen_as(RiskRow)
