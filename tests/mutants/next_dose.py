"""Mistakes in what follows a cohort, in how cohorts are read, and in decisions as they are printed."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

__all__ = ["NEXT_DOSE"]

BY_HAND, PLAYED = ("tests/unit/test_next_dose.py",), ("tests/differential/test_next_dose.py",)
PEER, READ = ("tests/peer/test_decision_tables.py",), ("tests/unit/test_dose_outcomes.py",)

NEXT_DOSE = tuple(
    Mutant(f"next dose: {name}", f"simulator/{file}", old, new, tests)
    for name, file, old, new, tests in (
        (
            "no amendment comes by counts",
            "program/dose_turns.py",
            "if self.due(reached):",
            "if False:",
            PLAYED,
        ),
        (
            "one trigger is enough for all",
            "program/dose_turns.py",
            "return all(held) if amendment.every else any(held)",
            "return any(held)",
            BY_HAND,
        ),
        (
            "patients count after an amendment that starts again",
            "program/dose_turns.py",
            "range(plan.since, version + 1)",
            "range(version + 1)",
            BY_HAND,
        ),
        (
            "who is not evaluable fills a place that is filled again",
            "program/dose_course.py",
            "letter in {*KNOWN, OPEN} or not replaces",
            "True",
            PLAYED,
        ),
        (
            "a short cohort is joined with one too many",
            "program/dose_course.py",
            "if not same or filled > choice.patients:",
            "if not same:",
            BY_HAND,
        ),
        (
            "a choice to stay made before the cohort is known",
            "program/dose_course.py",
            "if alike and found[0].dose != cohort.dose else None",
            "if alike else None",
            BY_HAND,
        ),
        (
            "the last cohort forgotten",
            "program/dose_turns.py",
            "standing = standing._replace(last_n=seen.n, last_dlt=seen.dlt)",
            "pass",
            BY_HAND,
        ),
        (
            "a branch told by its first count alone",
            "exact/pathways.py",
            "same[0]._replace(high=same[-1].high)",
            "same[0]",
            BY_HAND,
        ),
        (
            "down only where the dose is not eliminated",
            "reporting/decision_bounds.py",
            'if letter[0] == "D"',
            'if letter == "D"',
            PEER,
        ),
        (
            "a second amendment not marked",
            "program/dose_outcomes.py",
            "at, amended = at + 1, amended + 1",
            "at, amended = at + 1, 1",
            READ,
        ),
    )
)
