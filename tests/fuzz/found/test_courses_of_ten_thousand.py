"""A rule that counts the courses of 10,000 patients (file 33482): a bound for each of 140,000 n."""

from typing import ClassVar

import numpy as np
import pytest

from simulator.rules._posterior import BetaPrior, Tail, TailCriterion
from simulator.rules._shared import Criterion
from simulator.units import Comparison

N = 140_000


class Counted(Tail):
    """A posterior that notes how many readings it was asked for."""

    asked: ClassVar[list[int]] = []

    def __call__(self, n, x):
        self.asked.append(len(n))
        return Tail.__call__(self, n, x)


@pytest.mark.parametrize(("above", "direction"), [(True, "at_least"), (False, "at_most")])
@pytest.mark.parametrize("standard", [0.02, 0.3])
def test_a_bound_is_looked_for_between_those_around_it(above, direction, standard) -> None:
    """Exact: the edge of each n by itself; and three readings an n, where there were 18."""
    evidence = Counted(prior=BetaPrior(events=0.5, others=1.5), standard=standard, above=above)
    Counted.asked.clear()
    keys = {"outcome": "stop", "named": "P", "event": "harm", "direction": direction}
    criterion = TailCriterion(**keys, cutoff=Comparison("more than", 0.95), evidence=evidence)
    edges = criterion.edges(1, N)
    assert sum(Counted.asked) < 3 * N
    some = np.linspace(1, N, 50, dtype=int).tolist()
    assert [edges[n - 1] for n in some] == [Criterion.edges(criterion, n, n)[0] for n in some]
