"""Mistakes in an accelerated first stage: when it ends, who is counted, what is told afterwards."""

from __future__ import annotations

from tests.mutants.mutant import COMPILED, REFERENCE, Mutant

__all__ = ["FIRST_STAGE"]

EXACT, BY_HAND, AHEAD = (
    "tests/exact/test_accelerated.py",
    "tests/engine/test_accelerated.py",
    "tests/unit/test_next_dose.py",
)
ENGINES = "tests/differential/test_first_stage.py"
DESIGN = "simulator/dose_finding/_one_a_dose.py"

FIRST_STAGE = tuple(
    Mutant(f"first stage: {name}", file, old, new, (tests,), select, plain=tests == ENGINES)
    for name, file, old, new, tests, select in (
        (
            "a dose judged by its only patient",
            DESIGN,
            "filled = single & (here == 1) & over & (cohort > 1)",
            "filled = single & (here == 1) & over & (cohort > 9)",
            BY_HAND,
            "",
        ),
        (
            "one milder event more than was said",
            DESIGN,
            "ended = counts.moderate.sum(axis=1) >= self.patients",
            "ended = counts.moderate.sum(axis=1) > self.patients",
            BY_HAND,
            "",
        ),
        (
            "the last cohort without who came first",
            DESIGN,
            "last_dlt=np.where(filled, dlts, last_dlt),",
            "last_dlt=last_dlt,",
            EXACT,
            "crm",
        ),
        (
            "every way to a history the same in number",
            "simulator/exact/histories.py",
            "shares = [paths // several[i] for paths in ways.tolist()]",
            "shares = [1 for _ in ways.tolist()]",
            EXACT,
            "by_hand",
        ),
        (
            "a later version does not know who had the milder event",
            "simulator/exact/dose_states.py",
            "return single & self.splits | self.later",
            "return single & self.splits",
            EXACT,
            "new_version",
        ),
        (
            "a milder event taken for the end of the window",
            REFERENCE + "escalation.py",
            "if self.table.event in known:\n            return DltOutcome.DLT\n        if known & ",
            "if self.table.event in known:\n            return DltOutcome.DLT\n        if known or known & ",
            BY_HAND,
            "",
        ),
        (
            "a milder event taken for what rules a DLT out",
            COMPILED + "escalation.py",
            "elif event == dosing.moderate:",
            "elif event == NOWHERE:",
            ENGINES,
            "",
        ),
        (
            "a milder event never counted",
            COMPILED + "standing.py",
            "elif patient.moderate_known <= trial.now:",
            "elif patient.moderate_known < 0.0:",
            ENGINES,
            "",
        ),
        (
            "the letter M without a meaning",
            "simulator/program/dose_turns.py",
            "told = single(n, moderate) if plan.method.counts_moderate else ()",
            "told = (0,) * len(n) if plan.method.counts_moderate else ()",
            AHEAD,
            "",
        ),
    )
)
