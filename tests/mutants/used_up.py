"""Mistakes in the SimPy engine's clocks that the events of a run give away (docs/likelihood.md)."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

__all__ = ["USED_UP"]


def given_away(name: str, old: str, new: str) -> Mutant:
    """A mistake found by the e-value alone."""
    file, tests = "simulator/engines/reference/hazards.py", ("tests/engine/test_risks.py",)
    return Mutant(f"by e: {name}", file, old, new, tests, "hazard_says")


NEXT = "self.threshold[c] = self.latents.threshold(component.stream, self.candidate, self.times[c])"

USED_UP = (
    given_away("threshold reused", NEXT, "pass"),
    given_away(
        "threshold skipped, so that two are used up for one event",
        NEXT,
        "self.threshold[c] = sum(self.latents.threshold(component.stream, self.candidate, "
        "2 * self.times[c] + i) for i in (0, 1))",
    ),
    given_away("crossing late", ".age_at(level)), now)", ".age_at(level)), now) + 5.0"),
    given_away(
        "what is used at the exit is forgotten",
        "self.risk[c] += self.used[c] - self.missed[c]",
        "self.risk[c] += 0.0",
    ),
    given_away(
        "a jump that was not reached counts as used up",
        "if c > self.looked or self.begun[c] == self.acts:",
        "if False:",
    ),
)
