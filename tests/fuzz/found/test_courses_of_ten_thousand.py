"""A rule that counts the courses of 10,000 patients (file 33482): a bound for each of 140,000 n."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from simulator.rules._posterior import BetaPrior, Tail
from simulator.rules._shared import Criterion
from simulator.units import Comparison

N = 140_000


@dataclass(frozen=True, slots=True)
class Counted:
    """A posterior that notes how many readings it was asked for."""

    tail: Tail
    asked: list[int] = field(default_factory=list, hash=False, compare=False)

    def __call__(self, n, x):
        self.asked.append(len(n))
        return self.tail(n, x)


@pytest.mark.parametrize(("above", "direction"), [(True, "at_least"), (False, "at_most")])
@pytest.mark.parametrize("standard", [0.02, 0.3])
def test_a_bound_is_looked_for_between_those_around_it(above, direction, standard) -> None:
    """Exact: the edge of each n by itself; and three readings an n, where there were 18."""
    tail = Tail(prior=BetaPrior(events=0.5, others=1.5), standard=standard, above=above)
    evidence = Counted(tail)
    criterion = Criterion(
        outcome="stop",
        named="P",
        event="harm",
        direction=direction,
        cutoff=Comparison("more than", 0.95),
        evidence=evidence,
    )
    edges = np.array(criterion.edges(1, N))
    assert sum(evidence.asked) < 3 * N
    n = np.arange(1, N + 1)
    beyond = criterion.holds(n, np.minimum(edges, n)) == (direction == "at_least")
    assert (beyond | (edges > n)).all()
    before = criterion.holds(n, np.maximum(edges - 1, 0)) == (direction == "at_least")
    assert (~before | (edges == 0)).all()
