"""A share of 1e-20 that is late at a dose (file 18656): what is left of 1 is 1, which has no quantile."""

from math import erfc, log, sqrt

import pytest

from simulator.truths.onset import LogNormalOnset
from tests.conformance.drawn import read


@pytest.mark.parametrize("late", ["1e-20%", "1e-8%", "0.1%", "50%", "99.9%"])
def test_the_middle_of_a_law_by_what_is_late(late: str) -> None:
    """Exact: beyond the day lies the share that was said."""
    body = {"sigma": "2", "late": {"by": "45 days", "probability_by_dose": {"drug": {"5 mg": late}}}}
    law = read(LogNormalOnset, body)
    beyond = 0.5 * erfc(log(45.0 / law.middle) / (2.0 * sqrt(2.0)))
    assert beyond == pytest.approx(float(late[:-1]) / 100, rel=1e-6)
