"""Evidence: property. Equal rows are found once, in the order of their columns, as by `unique` of NumPy."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulator.stats.rows import distinct

VALUES = st.one_of(st.integers(-1, 2), st.sampled_from([0, 30, 2**31, 2**40, -(2**40)]))


@settings(deadline=None)
@given(arrays(np.int64, st.tuples(st.integers(1, 30), st.integers(1, 12)), elements=VALUES))
def test_rows_are_those_of_unique(rows):
    """Also where columns together have more values than a number has."""
    expected, which = np.unique(rows, axis=0, return_inverse=True)
    found = distinct(rows)
    assert (rows[found.first()] == expected).all()
    assert (found.which() == which.ravel()).all()
    assert (np.diff(np.append(found.starts, len(rows))) == np.bincount(which.ravel())).all()
