"""Mistakes in rules whose cut-off is found, and in bounds as they are listed."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

__all__ = ["LIBRARY"]

EXACT, PEER = ("tests/exact/test_library.py",), ("tests/peer/test_calibrated.py",)

LIBRARY = tuple(
    Mutant(f"library: {name}", f"simulator/{file}", old, new, tests)
    for name, file, old, new, tests in (
        (
            "values that are equal but for rounding told apart",
            "stats/calibrate.py",
            "return max(SAME * size, LAST_BITS * abs(value))",
            "return 0.0",
            PEER,
        ),
        (
            "a region that stops whatever happens",
            "stats/calibrate.py",
            "first, end = self.ranks(float(tamest.max()), beyond=True), n + 1",
            "first, end = np.zeros_like(n), n + 1",
            EXACT,
        ),
        (
            "the region next to the largest within the target",
            "stats/calibrate.py",
            "chosen, other = (low, low - 1) if goal.at_most else (low - 1, low)",
            "chosen, other = (low + 1, low) if goal.at_most else (low - 1, low)",
            PEER,
        ),
        (
            "what a look could not spend is lost",
            "rules/spending.py",
            "left = rule.spent(n / max_n) * (1.0 + 1e-12) - stopped",
            "left = (rule.spent(n / max_n) - rule.spent((n - 1) / max_n)) * (1.0 + 1e-12)",
            EXACT,
        ),
        (
            "harm calibrated with those ended that are cleared",
            "rules/sprt.py",
            "if not self.binding:",
            "if False:",
            EXACT,
        ),
        (
            "a boundary of few read as one of many",
            "stats/calibrate.py",
            "rank if self.statistic.many else n - rank",
            "rank",
            PEER,
        ),
    )
)
