"""Evidence: exact. The decision graph with BOIN, against the enumeration of BOIN 2.7.2's rules.

The design here is written anew, trial by trial; that of the package has the same graph.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from scipy.special import betainc

from simulator.contracts import NO_DOSE, DoseChoices
from simulator.dose_finding import boin
from simulator.exact.dose_graph import dose_graph
from tests.helpers import dose_version


def near(expected):
    return pytest.approx(expected, rel=0, abs=1e-9)


def pooled(values, weights):
    """Isotonic regression by pooling neighbours."""
    blocks = []
    for value, weight in zip(values, weights, strict=True):
        blocks.append([value, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (a, u, i), (b, v, j) = blocks[-2:]
            blocks[-2:] = [[(a * u + b * v) / (u + v), u + v, i + j]]
    return [value for value, _, size in blocks for _ in range(size)]


@dataclass(frozen=True, slots=True)
class Boin:
    """Liu and Yuan (2015) as the package BOIN 2.7.2 runs it; enough patients at a dose may end it."""

    reasons: ClassVar[tuple[str, ...]] = ("by the table",)
    remembers_last_cohort: ClassVar[bool] = False
    counts_moderate: ClassVar[bool] = False

    target: float
    max_n: int = 30
    enough: int = 100
    cohort: int = 3

    @property
    def first_cohort(self):
        return self.cohort

    def toxic(self, counts):
        above = betainc(counts.n - counts.dlt + 1, counts.dlt + 1, 1 - self.target)
        return (counts.n >= 3) & (above > 0.95)

    def decide(self, counts):
        trials = zip(counts.n, counts.dlt, counts.current, self.toxic(counts), strict=True)
        dose, selected = np.array([self.row(*trial) for trial in trials]).T
        patients = np.where(dose == NO_DOSE, 0, self.cohort)
        return DoseChoices(dose=dose, patients=patients, selected=selected, reason=np.zeros_like(dose))

    def row(self, n, y, d, toxic):
        top = (int(toxic.argmax()) if toxic.any() else len(n)) - 1  # highest admissible dose
        if n.sum() >= self.max_n or top < 0:
            return NO_DOSE, self.select(n, y, top)
        p, low, high = self.target, 0.6 * self.target, 1.4 * self.target
        lower = np.log((1 - low) / (1 - p)) / np.log(p * (1 - low) / (low * (1 - p)))
        upper = np.log((1 - p) / (1 - high)) / np.log(high * (1 - p) / (p * (1 - high)))
        up, down = y[d] <= lower * n[d], y[d] >= upper * n[d] or toxic[d]
        move = d + 1 if up and d < top else d - 1 if down and d > 0 else d
        if n[d] >= self.enough and move == d:
            return NO_DOSE, self.select(n, y, top)
        return move, NO_DOSE

    def select(self, n, y, top):
        tried = [d for d in range(top + 1) if n[d] > 0]
        if not tried:
            return NO_DOSE
        a, b = y[tried] + 0.05, n[tried] - y[tried] + 0.05
        rates = pooled(a / (a + b), (a + b) ** 2 * (a + b + 1) / (a * b))
        return tried[int(np.argmin([abs(p + 1e-10 * i - self.target) for i, p in enumerate(rates)]))]


TRUTH, TOXIC = (0.05, 0.15, 0.3, 0.45, 0.6), (0.45, 0.55, 0.65, 0.75, 0.85)
# P(none, then each dose), E[N], SD of N, states before the end, end states: BOIN 2.7.2's rules, enumerated
BOIN = [
    (Boin(0.3), 0, TRUTH,
     (0.000210875705186, 0.0116932981746, 0.232061876503, 0.546330164335, 0.193703705041, 0.0160000802403),
     29.994617176779, 0.371725337367, 6581, 6564),
    (Boin(0.3), 0, TOXIC,
     (0.680981159739, 0.30206872482, 0.0162719024781, 0.000662828939066, 1.5276950733e-05, 1.070725770e-07),
     17.8345294834, 10.6266223159, 6581, 6564),
    (Boin(0.25), 0, (0.08, 0.25, 0.4, 0.5, 0.6),
     (0.00120181193327, 0.159161920571, 0.662223865991, 0.15874660433, 0.0173579684114, 0.00130782876338),
     29.970988154076, 0.845251016891, 5383, 6201),
    (Boin(0.3, enough=12), 0, TRUTH,
     (0.000210815472222, 0.0171989849674, 0.25948946272, 0.531688620632, 0.177177958012, 0.0142341581966),
     25.264772303426, 4.59991281094, 4828, 5661),
    (Boin(0.3), 2, TRUTH,
     (0.000141608919843, 0.00589985385786, 0.220576016537, 0.598276394273, 0.167850634368, 0.00725549204418),
     29.999874136414, 0.045528023251, 12359, 13605),
]  # fmt: skip


@pytest.mark.parametrize(("design", "start", "truth", "chances", "mean", "sd", "nodes", "ends"), BOIN)
def test_boin_equals_its_reference_enumeration(design, start, truth, chances, mean, sd, nodes, ends):
    graph = dose_graph([dose_version(design, range(1, 6), start=start)])
    found = graph.evaluate(truth)
    assert [found.p_none, *found.p_select.values()] == near(chances)
    assert (found.n_mean, found.n_sd) == near((mean, sd))
    assert (graph.nodes, len(graph.n)) == (nodes, ends)


@pytest.mark.parametrize(("design", "start"), [(case[0], case[1]) for case in BOIN if case[2] is TRUTH])
def test_the_design_of_the_package_has_the_same_graph(design, start):
    enough = design.enough if design.enough < design.max_n else None
    ours = boin.Boin(target=design.target, n_max=design.max_n, enough=enough)
    ladder = range(1, 6)
    first, second = (dose_graph([dose_version(one, ladder, start=start)]) for one in (design, ours))
    for name in ("n", "dlt", "selected", "cohorts", "log_paths"):
        assert (getattr(first, name) == getattr(second, name)).all(), name
    assert first.nodes == second.nodes


def test_more_patients_than_a_float_has_powers_of_two_for():
    """1,200 patients at one dose: 2^1200 paths; E[N] and E[DLT] as they must be."""
    design = Boin(0.3, max_n=1200, enough=1201, cohort=100)
    found = dose_graph([dose_version(design, (1,))]).evaluate([[0.0], [0.3], [0.2]])
    assert sum(found.p_total.values()) == pytest.approx([1, 1, 1], abs=1e-11)
    assert found.dlt[1] == pytest.approx(found.n[1] * [0, 0.3, 0.2], rel=1e-11)
    assert max(found.p_total) == 1200
    assert found.p_select[1][0] == 1
