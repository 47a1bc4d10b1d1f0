"""A number of twenty digits in a look (file 4): the pattern of a hint tried every way to split it."""

import pytest

from simulator.errors import ScenarioError
from simulator.loading.load import load
from tests.helpers import ROOT


def test_a_number_of_many_digits_is_refused_at_once() -> None:
    """Every way to split it was tried for the hint: 2 to the power of its digits."""
    look = f"design.monitoring.thrombosis_rule.look=every {'9' * 60} treated"
    with pytest.raises(ScenarioError, match=r"at least 1 and at most 1,000,000\n") as caught:
        load(ROOT / "scenarios/checks/leni.yaml", [look])
    assert not caught.value.problems[0].hint
