"""A bound of a million patients among twenty (file 58253): P(X >= j) was summed for each of the million."""

import pytest

from simulator.exact.recognise import exact_values
from simulator.model.metric import Key
from tests.helpers import ROOT, of_file


def test_patients_with_the_event_are_those_of_a_rule_that_never_fires() -> None:
    """Exact: 20 p, and it takes a moment."""
    count = "design.monitoring.thrombosis_rule.rule.count=999999"
    program = of_file(ROOT / "scenarios/checks/leni.yaml", "with_maintenance", "cll_like", count)
    values, _ = exact_values(program)
    one = of_file(
        ROOT / "scenarios/checks/leni.yaml", "with_maintenance", "cll_like", count.replace("999999", "1")
    )
    ever = 1.0 - (1.0 - exact_values(one)[0][Key("p_stop")]) ** (1 / 20)
    assert values[Key("patients_with", event="thrombosis")] == pytest.approx(20 * ever, rel=1e-9)
