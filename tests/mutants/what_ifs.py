"""Mistakes in what-ifs: cells taken for others, trials that are not the same, searches that stop short."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

__all__ = ["WHAT_IFS"]

PLANNER, SEARCH, SOURCE = (
    "tests/unit/test_planner.py", "tests/unit/test_searching.py", "tests/property/test_changed_values.py",
)  # fmt: skip

WHAT_IFS = tuple(
    Mutant(f"what-ifs: {name}", f"simulator/{file}", old, new, (tests,))
    for name, file, old, new, tests in (
        (
            "cells told apart by their truth only",
            "what_ifs/cells.py",
            "parts = (design, scenario.amended.get(place.variant, ()), scenario.truths[place.truth])",
            "parts = (None, None, scenario.truths[place.truth])",
            PLANNER,
        ),
        (
            "the first trial forgotten",
            "what_ifs/planner.py",
            "for first in range(piece.place.first, end, BLOCK):",
            "for first in range(0, end - piece.place.first, BLOCK):",
            PLANNER,
        ),
        (
            "sums of the wanted columns alone",
            "what_ifs/planner.py",
            "tally.add(_only(summarise(found), work.wanted))",
            "tally.add(summarise({key: found[key] for key in work.wanted if key in found}))",
            PLANNER,
        ),
        (
            "what is stored is played again",
            "what_ifs/planner.py",
            "if stored is not None:",
            "if stored is None:",
            PLANNER,
        ),
        (
            "the truths that extend a changed one left as they were",
            "loading/source.py",
            "not reach.truths.isdisjoint(now.chain(name))",
            "name in reach.truths",
            SOURCE,
        ),
        (
            "the variants that a changed design has left as they were",
            "loading/source.py",
            "if name in asked and (self.design or name in self.variants)",
            "if name in asked and name in self.variants",
            SOURCE,
        ),
        (
            "what is found wrong with a changed value passed over",
            "loading/source.py",
            "if any((each.path, each.found) not in before for each in problems):",
            "if False:",
            SOURCE,
        ),
        (
            "an interval's edges not closed in on",
            "what_ifs/searching.py",
            "for gap in (self.crossing(), *self.edges())",
            "for gap in (self.crossing(),)",
            SEARCH,
        ),
        (
            "of whole numbers the one before",
            "what_ifs/searching.py",
            "return self.least(gap[1])",
            "return self.least(gap[0])",
            SEARCH,
        ),
        (
            "only the first of several places",
            "what_ifs/searching.py",
            '"several": tuple(map(self.written, more)),',
            '"several": (),',
            SEARCH,
        ),
    )
)
