"""One boundary, read once or many times: exact, by hand."""

import numpy as np

from simulator.contracts import Boundary, Quantity


def test_beyond_the_last_count_the_last_bound_holds_for_one_reading_and_for_many() -> None:
    boundary = Boundary(
        outcome="harm", statistic=Quantity.WEIGHTED_N, direction="at_most", bound=(None, 2.0, 5.0)
    )
    x = np.array([0, 1, 2, 3, 9])
    n = np.full(5, 4.0)
    assert boundary.holds_each(n, x).tolist() == [False, False, True, True, True]
    assert [boundary.holds(4.0, int(count)) for count in x] == [False, False, True, True, True]
