"""Mistakes in rules whose cut-off is found, in bounds as they are listed, and in comparisons of two arms."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

__all__ = ["LIBRARY"]

EXACT, PEER = ("tests/exact/test_library.py",), ("tests/peer/test_calibrated.py",)
ARMS, EACH = ("tests/exact/test_two_arm.py",), ("tests/conformance/test_every_comparing_rule.py",)

TIME = ("tests/engine/test_person_time.py",)
CORRECTED = ("tests/engine/test_withdrawn.py",)

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
        (
            "arms alike whatever the margin",
            "stats/two_arm_posterior.py",
            "grid.margin + np.exp(log_s), above, ds",
            "np.exp(log_s), above, ds",
            ARMS,
        ),
        (
            "mass that was stopped before counts again at a look",
            "stats/two_arm.py",
            "mass = np.where(beyond, 0.0, mass)",
            "mass = np.where(beyond, 0.5 * mass, mass)",
            ARMS,
        ),
        (
            "what stopped before is no part of P(stop) at a common rate",
            "stats/two_arm.py",
            "mass, gone = _more(mass, *new), _more(gone, *new)",
            "mass, gone = _more(mass, *new), 0.0 * _more(gone, *new)",
            ARMS,
        ),
        (
            "a p-value without the more extreme tables",
            "rules/fisher_exact.py",
            "p[:-1, x2] += p[1:, x2 - 1]",
            "p[:-1, x2] += 0.0",
            ARMS,
        ),
        (
            "what events could not spend is lost",
            "rules/event_split.py",
            "left = spend.by(d) * (1.0 + 1e-12) - stopped",
            "left = (spend.by(d) - spend.by(d - 1)) * (1.0 + 1e-12)",
            ARMS,
        ),
        (
            "a split of events that ends with the patients",
            "contracts/boundaries.py",
            "n1, n2 = max(int(first.n), first.x), max(int(second.n), second.x)",
            "n1, n2 = int(first.n), int(second.n)",
            EACH,
        ),
        (
            "follow-up that ends with an event before it is known",
            "engines/reference/denominator.py",
            "return counter.once and since <= cut < until",
            "return counter.once and since < until",
            TIME,
        ),
        (
            "a report counted on the day on which it is withdrawn",
            "engines/reference/denominator.py",
            "return [each for each in begun if day < each.until] if self.corrected else begun",
            "return [each for each in begun if day <= each.until] if self.corrected else begun",
            CORRECTED,
        ),
        (
            "a tie of shares that the word does not decide",
            "rules/event_split.py",
            "(tie if weak is (self._cutoff.word not in UPWARD) else -tie)",
            "0.0 * tie",
            ("tests/exact/test_person_time.py",),
        ),
        (
            "the share of the design forgotten",
            "rules/event_split.py",
            "return 0.5 if plan is None else plan.share",
            "return 0.5",
            EACH,
        ),
    )
)
