"""A thousand candidates a day while accrual waits (file 82005): SimPy asked the trial about each of them."""

import pytest

from simulator.engines.reference.accrual import IN_A_ROW
from simulator.engines.reference.environment import TrialEnvironment
from tests.differential.engines import cells, difference
from tests.helpers import ROOT, draws


def test_who_is_lost_in_a_row_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Differential, and events counted: a thousandth as many, and those of patients and their looks."""
    change = "truths.design_null.accrual=1000 per day"
    program = cells(ROOT / "scenarios/checks/ferrajoli.yaml", change)["wait_5", "design_null"]
    assert difference(program, 1) == ""
    events, at = 0, TrialEnvironment.at

    def counted(env: TrialEnvironment, time: float, order: int) -> object:
        nonlocal events
        events += 1
        return at(env, time, order)

    monkeypatch.setattr(TrialEnvironment, "at", counted)
    records = draws(program, 1)
    lost, patients = int(records.trials["lost"][0]), len(records.patients)
    assert lost > 100_000
    assert events < lost / IN_A_ROW + 50 * patients
