"""Evidence: exact. Variants that are set to the attainable level nearest below a target, then compared."""

import pytest

from simulator import compare
from simulator.errors import TrialstopError
from tests.helpers import ROOT

LENI = ROOT / "scenarios/checks/leni.yaml"
COUNT = "design.monitoring.thrombosis_rule.rule.count"
ASKED = {
    "variants": ["combination_only", "with_maintenance"],
    "truths": ["planned", "interaction_25"],
    "trials": 50,
    "self_check": 0,
}


@pytest.mark.parametrize(
    ("target", "values", "chosen", "level"),
    [("5%", "1,2,3", 2, 0.033422), ("1%", "1,2,3", 3, 0.002865), ("0.1%", "1,2,3,4", 4, 0.000176)],
)
def test_the_value_nearest_below_is_set_in_every_variant(target, values, chosen, level) -> None:
    found = compare(LENI, matching=(f"p_stop<={target} under planned", f"{COUNT}={values}"), **ASKED)
    pair = found.pair("combination_only", "with_maintenance", "planned")
    cells = {cell.variant: cell for cell in found.results.cells if cell.truth == "planned"}
    assert cells["with_maintenance"].metrics["p_stop"].exact == pytest.approx(level, abs=5e-7)
    assert cells["combination_only"].metrics["p_stop"].exact <= float(target[:-1]) / 100
    difference = (
        cells["combination_only"].metrics["p_stop"].exact - cells["with_maintenance"].metrics["p_stop"].exact
    )
    assert pair.metrics["p_stop"].exact == difference
    (note,) = found.results.notes
    assert f"with_maintenance at {COUNT}={chosen}: {level:.6f}" in note
    assert note in " ".join(found.table(width=400).split())


def test_what_cannot_be_reached_is_refused_with_what_can() -> None:
    with pytest.raises(TrialstopError) as caught:
        compare(LENI, matching=("p_stop<=0.1% under planned", f"{COUNT}=1,2,3"), **ASKED)
    assert "attainable: 0.252680 at 1; 0.033422 at 2; 0.002865 at 3" in str(caught.value)


def test_a_variant_that_the_value_does_not_move_is_not_said_to_have_it() -> None:
    """It sets the whole rule itself, so that it has no count."""
    asked = ASKED | {"variants": ["combination_only", "bayes_any_phase"]}
    found = compare(LENI, matching=("p_stop<=5% under planned", f"{COUNT}=1,2,3"), **asked)
    assert f"bayes_any_phase, which {COUNT} does not move: 0.000698" in found.results.notes[0]


def test_without_a_truth_it_is_the_worst_of_those_that_are_acceptable() -> None:
    found = compare(LENI, matching=("p_stop<=5%", f"{COUNT}=1,2,3"), **ASKED)
    assert found.results.notes[0].startswith("matched on p_stop<=5% under planned: ")


@pytest.mark.parametrize(
    ("target", "vary", "words"),
    [
        ("p_stop<=5% under nobody", f"{COUNT}=1,2", "no truth 'nobody'"),
        ("p_stop=5%", f"{COUNT}=1,2", "allowed METRIC<=VALUE"),
        ("p_stop<=5%", f"{COUNT}=0,2", "1 of 2 settings are not allowed"),
        ("p_stop<=5%", COUNT, "allowed PATH="),
        (  # levels of other truths than those that are compared
            "p_stop<=5% under planned",
            "truths.planned.accrual=every 1 month,every 2 months",
            "found a value of truths, allowed one of the design",
        ),
    ],
)
def test_bad_matches_are_refused(target, vary, words) -> None:
    with pytest.raises(TrialstopError, match=words):
        compare(LENI, matching=(target, vary), **ASKED)
