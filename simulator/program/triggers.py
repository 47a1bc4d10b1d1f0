"""When an amendment comes, as engines read it."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.program.words import NONE, TriggerUnit

__all__ = ["AmendmentTable", "TriggerTable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerTable:
    """TOXIC: the dose with this index on the version's ladder is (NONE of others); TREATED, DAYS: so many;
    FIRED: the rule with this number has fired, and what it decided took effect.
    """

    unit: TriggerUnit
    dose: int = NONE
    amount: float = 0.0
    rule: int = NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentTable:
    """From version i to version i + 1: when any trigger holds, or `every` one.

    operations: what changes in patients on study; () when it applies to new ones only. waits: looked for when
    a dose is due to be chosen, otherwise as soon as the triggers hold. restarts: dose finding goes on at the
    start of the version that follows.
    """

    name: str
    triggers: tuple[TriggerTable, ...]
    every: bool
    operations: tuple[int, ...]
    waits: bool = False
    restarts: bool = False
