"""Messages and hints repeat values as a scenario writes them, not as Python does."""

import pytest

from simulator.errors import ScenarioError
from simulator.loading.load import load
from tests.fuzz.probe import PYTHONS
from tests.helpers import ROOT

RULE = "design.monitoring.thrombosis_rule"
HINTS = {
    RULE + ".then=[{give_drug: {imatinib: usual}, leave: now}]": "[{give_drug: {imatinib: usual}}, leave]",
    RULE + ".scope={phases: {a: [b, null]}}": "",
    RULE + ".rule={kind: [at_least, null], count: true}": "",
    RULE + ".look={at: [null, {a: b}]}": "",
    "design.accrual.until=[{a: 1}, null]": "",
    "truths.planned.accrual={a: [1, 2]}": "",
    "truths.planned.acceptable=[true, null]": "",
}  # fmt: skip


@pytest.mark.parametrize("assignment", HINTS)
def test_no_message_has_pythons_notation(assignment: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(ROOT / "scenarios/checks/leni.yaml", [assignment])
    assert not PYTHONS.search(str(caught.value)), str(caught.value)
    assert HINTS[assignment] in str(caught.value)
