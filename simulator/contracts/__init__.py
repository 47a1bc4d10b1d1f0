"""What rules, hazard families, delays and designs promise, and the data they lower to.

Engines, exact calculation, reports and commands know only what stands here: tables, never a rule, a
family or a delay by name (docs/decisions.md, "Everything lowers to data").
Nothing heavy is imported here, so that reading and checking a scenario stays quick.
"""

from __future__ import annotations

from simulator.contracts.boards import BoardRule, Seat, VoteTable
from simulator.contracts.boundaries import (
    NOT_READ,
    SHARES,
    Boundary,
    ComparingTable,
    Observed,
    Quantity,
    RuleTable,
    ShareTable,
    TwoArmTable,
    Verdict,
)
from simulator.contracts.doses import NO_DOSE, DoseChoices, DoseCounts, DoseDesign
from simulator.contracts.entries import EntriesRule
from simulator.contracts.hazards import Delay, DelayTable, HazardFamily, HazardTable, Remark
from simulator.contracts.instants import InstantOrder
from simulator.contracts.rules import ComparingRule, Plan, Rule, Unmet

__all__ = [
    "NOT_READ",
    "NO_DOSE",
    "SHARES",
    "BoardRule",
    "Boundary",
    "ComparingRule",
    "ComparingTable",
    "Delay",
    "DelayTable",
    "DoseChoices",
    "DoseCounts",
    "DoseDesign",
    "EntriesRule",
    "HazardFamily",
    "HazardTable",
    "InstantOrder",
    "Observed",
    "Plan",
    "Quantity",
    "Remark",
    "Rule",
    "RuleTable",
    "Seat",
    "ShareTable",
    "TwoArmTable",
    "Unmet",
    "Verdict",
    "VoteTable",
]
