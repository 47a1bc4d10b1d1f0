"""Evidence: exact. Sweeps and searches of the check scenarios against closed forms and other calculations."""

import pytest

from simulator import solve, sweep
from simulator.errors import TrialstopError
from simulator.exact.recognise import exact_values
from simulator.loading.load import load
from simulator.model.metric import Key
from simulator.study.run import programs
from tests.helpers import ROOT

LENI, FERRAJOLI = ROOT / "scenarios/checks/leni.yaml", ROOT / "scenarios/checks/ferrajoli.yaml"
STOP, ENROLLED = Key("p_stop"), Key("n_enrolled")
COUNT = "design.monitoring.thrombosis_rule.rule.count"
AFTER = "truths.interaction_25.events.thrombosis.components.after_imatinib.probability"
WIDE = {"variants": ["with_maintenance"]}


def exact_of(file, change, variant, truth):
    """By another way: the file read anew with the change."""
    program = programs(load(file, [change]), [variant], [truth])[variant, truth]
    return exact_values(program)[0]


def test_counts_of_the_rule() -> None:
    """P(stop) under `planned` for two in 20 patients and so on: scenario-parameters, R1."""
    found = sweep(LENI, f"{COUNT}=1,2,3,4", truths=["planned"], **WIDE)
    levels = [
        found.answer("with_maintenance", "planned", str(n)).metrics["p_stop"].exact for n in (1, 2, 3, 4)
    ]
    assert levels == pytest.approx([0.252680, 0.033422, 0.002865, 0.000176], abs=5e-7)
    assert {answer.how for answer in found.findings.answers} == {"exact"}
    assert found.findings.run.seconds == 0.0  # nothing was played


def test_the_gap_between_entries() -> None:
    """E[enrolled] of `observed_like` with entries every 1, 2, 4 months; P(stop) does not change."""
    path = "truths.observed_like.accrual"
    found = sweep(
        LENI,
        f"{path}=every 1 month,every 2 months,every 4 months",
        ["n_enrolled", "p_stop"],
        truths=["observed_like"],
        **WIDE,
    )
    enrolled = [answer.metrics["n_enrolled"].exact for answer in found.findings.answers]
    assert enrolled == pytest.approx([10.785, 6.719, 4.516], abs=5e-4)
    assert len({round(answer.metrics["p_stop"].exact, 12) for answer in found.findings.answers}) == 1


@pytest.mark.parametrize(
    ("file", "variants"), [(LENI, ["with_maintenance", "plus_30_days"]), (FERRAJOLI, [])]
)
def test_every_cell_is_that_of_the_file_with_the_change(file, variants) -> None:
    path = "design.accrual.until"
    found = sweep(file, f"{path}=10 treated,17 treated", trials=5, self_check=0, variants=variants)
    seen = 0
    for answer in found.findings.answers:
        place = answer.place
        expected = exact_of(file, place.changes[0], place.variant, place.truth).get(STOP)
        assert answer.metrics["p_stop"].exact == expected
        seen += expected is not None
    assert seen > 10


@pytest.mark.parametrize(("share", "probability"), [("5%", 0.010889), ("50%", 0.075805), ("90%", 0.174975)])
def test_the_hazard_at_which_the_rule_stops(share: str, probability: float) -> None:
    """Hazard ratios to 3 per 206 person-years: 1.504, 10.826, 26.415."""
    found = solve(
        LENI,
        f"{AFTER}=0.1% in 6 months:60% in 6 months:2",
        f"p_stop={share}",
        truths=["interaction_25"],
        **WIDE,
    )
    (solution,) = found.solutions
    assert solution.exact
    assert solution.number / 100 == pytest.approx(probability, abs=5e-7)
    there = exact_of(LENI, f"{AFTER}={solution.value}", "with_maintenance", "interaction_25")[STOP]
    assert there == pytest.approx(float(share[:-1]) / 100, abs=5e-6)


def test_the_least_whole_number_that_reaches_it_and_its_neighbour() -> None:
    found = solve(LENI, COUNT, "p_stop=5%", truths=["planned"], **WIDE)  # the assumption's range, 1 to 3
    (solution,) = found.solutions
    assert (solution.value, solution.exact) == ("2", True)
    assert solution.least == (
        ("1", pytest.approx(0.252680, abs=5e-7)),
        ("2", pytest.approx(0.033422, abs=5e-7)),
    )


@pytest.mark.parametrize("path", [AFTER, AFTER.removesuffix(".probability")])
def test_the_range_is_that_of_the_assumption_about_the_value(path: str) -> None:
    """`...after_imatinib: assumption (5% to 67%)` is about its probability, in 6 months."""
    found = solve(LENI, path, "p_stop=50%", truths=["interaction_25"], **WIDE)
    (solution,) = found.solutions
    assert solution.number == pytest.approx(7.5805, abs=5e-5)
    assert found.findings.vary[0].values == ("5% in 6 months", "67% in 6 months")
    assert found.findings.vary[0].path == AFTER


def test_where_nothing_reaches_it_the_range_is_told() -> None:
    found = solve(
        LENI,
        f"{AFTER}=1% in 6 months:50% in 6 months:2",
        "p_stop=50%",
        variants=["combination_only"],
        truths=["interaction_25"],
    )
    assert found.solutions[0].value is None
    why = "no value reaches it: from 1% in 6 months to 50% in 6 months it is 0.9169% to 0.9169%, exact"
    assert found.solutions[0].why == why
    assert "none" in found.table()


@pytest.mark.parametrize(
    ("vary", "target", "words"),
    [
        ("variants.bayes_any_phase", "p_stop=50%", "allowed two numbers .the range speaks of several"),
        ("truths.cll_like.acceptable", "p_stop=50%", "no assumption with a range"),
        (f"{COUNT}=2", "p_stop=50%", "no range to search"),
        (f"{COUNT}=a,b", "p_stop=50%", "no range to search"),
        (f"{COUNT}=1:3:2", "p_stop=150%", "150%"),
        (f"{COUNT}=1:3:2", "p_stop<=50%", "<="),
        (f"{COUNT}=1:3:2", "duration_days.median=5", "quantile|no metric"),
        ("nowhere", "p_stop=50%", "nowhere"),
    ],
)
def test_searches_that_are_refused(vary: str, target: str, words: str) -> None:
    with pytest.raises(TrialstopError, match=words):
        solve(LENI, vary, target, truths=["interaction_25"], **WIDE)


def test_looks_of_toxicity_alone() -> None:
    """P(stop) at a true rate of .30; 45 is no multiple of 10, so that `every 10` has no look at the end."""
    look = "design.monitoring.tse.look"
    every = "every 1 completed,every 5 completed,every 10 completed"
    at = "{at: [10 completed, 20 completed, 30 completed, 40 completed, 45 completed]}"
    found = sweep(FERRAJOLI, f"{look}={every},{at}", variants=["toxicity_only"], truths=["design_null"])
    levels = [answer.metrics["p_stop"].exact for answer in found.findings.answers]
    assert levels == pytest.approx([0.180085, 0.140926, 0.099045, 0.115363], abs=5e-7)


def test_a_stagger_is_a_gap() -> None:
    """Entry every month, at least 2 months apart: as every 2 months."""
    asked = {"truths": ["observed_like"], **WIDE}
    apart = "design.accrual.stagger=2 months"
    monthly = load(LENI, ["truths.observed_like.accrual=every 1 month"])
    found = sweep(monthly, apart, ["n_enrolled"], **asked).findings.answers[0]
    assert found.metrics["n_enrolled"].exact == pytest.approx(6.719, abs=5e-4)
