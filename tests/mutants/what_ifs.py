"""Mistakes in what-ifs: cells taken for others, trials that are not the same, searches that stop short."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

__all__ = ["WHAT_IFS"]

PLANNER, SEARCH, SOURCE = (
    "tests/unit/test_planner.py", "tests/unit/test_searching.py", "tests/property/test_changed_values.py",
)  # fmt: skip
WEIGHING, PLAYED, EXACT, FAMILY = (
    "tests/unit/test_weighing.py", "tests/differential/test_weights.py", "tests/exact/test_weighted_cells.py",
    "tests/conformance/test_every_family.py",
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
            "what_ifs/playing.py",
            "for first in range(piece.place.first, end, BLOCK):",
            "for first in range(0, end - piece.place.first, BLOCK):",
            PLANNER,
        ),
        (
            "sums of the wanted columns alone",
            "what_ifs/playing.py",
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
        (
            "hazard used up not of size one",
            "what_ifs/weights/pool.py",
            "used = [columns[RISK(*name)] / size for",
            "used = [columns[RISK(*name)] for",
            EXACT,
        ),
        (
            "the last anchor's trials weighed as the first one's",
            "what_ifs/weights/pool.py",
            "self._mixture = np.logaddexp.reduce(logs)",
            "self._mixture = logs[0]",
            EXACT,
        ),
        (
            "crossings at a hazard of zero let pass",
            "what_ifs/weights/pool.py",
            "out[counts > 0.0] = -inf",
            "pass",
            EXACT,
        ),
        (
            "weights whose mean is not 1 trusted",
            "what_ifs/weights/pool.py",
            "return worth if abs(total / len(weights) - 1.0) <= OFF / sqrt(worth) else 0.0",
            "return worth",
            WEIGHING,
        ),
        (
            "the error of weighted trials as if they were played",
            "what_ifs/weights/pool.py",
            'error = sqrt(float(np.einsum("i,i->", pull, pull))) / total',
            'error = sqrt(float(np.einsum("i,i->", pull, off)) / total / len(weights))',
            WEIGHING,
        ),
        (
            "anchors on the same trial numbers",
            "what_ifs/weights/weigher.py",
            "first=(start + k) * BLOCK)",
            "first=start * BLOCK)",
            WEIGHING,
        ),
        (
            "a cell of few effective trials weighted",
            "what_ifs/weights/weigher.py",
            "if trials >= max(LEAST, min(self.trials, enough)):",
            "if trials:",
            WEIGHING,
        ),
        (
            "a ratio taken out of the shape but not into the size",
            "what_ifs/weights/scales.py",
            "component.ratio * factor",
            "factor",
            WEIGHING,
        ),
        (
            "doses too toxic by the anchor's hazards",
            "what_ifs/weights/scales.py",
            "if self.judged and design.dose_finding is not None:",
            "if False:",
            WEIGHING,
        ),
        (
            "a size not as large as it is",
            "truths/weibull.py",
            "log_factor = -self.weibull.shape * log(self.weibull.scale)",
            "log_factor = -log(self.weibull.scale)",
            FAMILY,
        ),
        (
            "days of accrual counted to the end of the trial",
            "what_ifs/weights/arrivals.py",
            "rate * closed",
            'rate * records.trials["end"]',
            PLAYED,
        ),
        (
            "those who are lost not counted",
            "what_ifs/weights/arrivals.py",
            "(count, rate * closed)",
            '(1.0 * records.trials["enrolled"], rate * closed)',
            PLAYED,
        ),
    )
)
