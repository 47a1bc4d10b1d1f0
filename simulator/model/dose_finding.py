"""Dose finding: the design's rule, the ladder, how cohorts are conducted, and expansion."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from simulator.contracts import DoseDesign
from simulator.errors import QuantityError, show
from simulator.model.base import OneOrMany, Strict, apart
from simulator.model.registered import Registered
from simulator.scalars import one_word
from simulator.units import (
    Name,
    Parsed,
    PositiveCount,
    Text,
    parse_probability,
)

__all__ = ["ASSIGNED", "MTD", "Decide", "DoseFinding", "Expansion", "method_apart"]

ASSIGNED = "assigned"  # in `gives`: the level that dose finding gave the patient
MTD = "mtd"

Decide = Literal["when_window_complete", "when_known", "when_decided"]
NotEvaluable = Literal["replace", "leave"]


def _death(value: object) -> float:
    """`not_evaluable` -> 0, `dlt` -> 1, `{dlt_if_related: 30%}` -> 0.3: the share counted as a DLT."""
    if isinstance(value, float):
        return value
    words = {"not_evaluable": 0.0, "dlt": 1.0}
    if isinstance(value, str) and value in words:
        return words[value]
    if isinstance(value, dict) and set(value) == {"dlt_if_related"}:
        return parse_probability(value["dlt_if_related"])
    raise QuantityError(
        found=show(value), allowed="`not_evaluable`, `dlt` or {dlt_if_related: SHARE} of the deaths"
    )


def method_apart(value: object) -> object:
    """`kind` and the keys of the design itself (written beside the others) -> under `method`."""
    return apart(DoseFinding, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseFinding(Strict):
    """Which dose each cohort is given, and what is found out.

    method: the design, its keys written beside these. drug: whose levels are given as `assigned`
    (needed when several drugs are). ladder: levels in rising order; default all of the drug's. start:
    default the lowest. event: the DLT; its window is the DLT window. decide: the next dose is chosen
    when every window of the cohort is over, when every outcome is known, or as soon as no pending
    outcome can change the choice. not_evaluable: whether such a patient is replaced, or leaves the
    cohort smaller. death: the event; death_in_window: what it is for a patient whose DLT is open: not
    evaluable, a DLT, or a DLT in a share of the deaths. accelerated_until: one patient a dose at first, until
    so many have had one of these events: the DLT, and a milder one.
    """

    beside: ClassVar[str] = "method"  # whose keys stand beside the others in a file

    method: Annotated[DoseDesign, Registered("design")]
    drug: Name | None = None
    ladder: Annotated[tuple[Text, ...], OneOrMany] = ()
    start: Text | None = None
    event: Name = "dlt"
    decide: Annotated[Decide, one_word("when_window_complete", "when_known", "when_decided")] = (
        "when_window_complete"
    )
    not_evaluable: Annotated[NotEvaluable, one_word("replace", "leave")] = "replace"
    death: Name = "death"
    death_in_window: Annotated[float, Parsed(_death, "string object")] = 0.0
    accelerated_until: dict[Name, PositiveCount] = field(default_factory=dict)

    @property
    def moderate(self) -> str | None:
        """The milder event that may end the accelerated first stage."""
        return next((event for event in self.accelerated_until if event != self.event), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion(Strict):
    """After dose finding, so many more patients at the dose it selected, entering without cohorts."""

    at: Annotated[Literal["mtd"], one_word(MTD)] = "mtd"
    patients: PositiveCount
