"""A tornado that can be calculated: every value is that of the file with --set, and so is every bar."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

import simulator
from simulator.exact.recognise import exact_values
from simulator.loading.load import load
from simulator.loading.source import read_source
from simulator.metrics.text import key_of
from simulator.program.build import build
from simulator.study.settings import Settings
from simulator.what_ifs.tornado import prepare_tornado
from tests.helpers import CHECK

RULE = "design.monitoring.thrombosis_rule.rule.count"
PACE = "truths.planned.accrual"
RISK = "truths.interaction_25.events.thrombosis.components.after_imatinib"
AS_SET = {
    RULE: [f"{RULE}=1", f"{RULE}=2", f"{RULE}=3"],
    PACE: [f"{PACE}=every 1 month", f"{PACE}=every 2 months", f"{PACE}=every 4 months"],
    RISK: [f"{RISK}.probability={share} in 6 months" for share in ("5%", "25%", "67%")],
}


def calculated(change: str, variant: str, truth: str, metric: str) -> float:
    """The exact value of the file that was loaded with a value set."""
    found = load(CHECK, [change])
    cell = build(found.designs[variant], found.truths[truth], variant=variant, truth_name=truth)
    return float(exact_values(cell)[0][key_of(metric)])


@pytest.mark.parametrize("metric", ["p_stop", "n_enrolled"])
def test_exact_every_value_is_that_of_the_file_with_the_value_set(metric: str) -> None:
    found = simulator.tornado(CHECK, metric, variants=["with_maintenance"], truths=["interaction_25"])
    assert {bar.path for bar in found.bars} == set(AS_SET)
    assert {answer.how for answer in found.findings.answers} == {"exact"}
    for bar in found.bars:
        expected = [
            calculated(each, "with_maintenance", "interaction_25", metric) for each in AS_SET[bar.path]
        ]
        assert bar.values == pytest.approx(expected, abs=1e-12)
        assert bar.apart == pytest.approx(max(expected) - min(expected), abs=1e-12)
        assert (bar.difference.mcse, bar.difference.value) == (None, None)
    assert [bar.apart for bar in found.bars] == sorted((bar.apart for bar in found.bars), reverse=True)


def test_published_values_of_the_issue_stand_in_the_bars() -> None:
    """Whom a wider gap between entries spares, and what the number of patients in the rule does."""
    enrolled = simulator.tornado(CHECK, "n_enrolled", variants=["with_maintenance"], truths=["observed_like"])
    (pace,) = [bar for bar in enrolled.bars if bar.path == PACE]
    assert pace.values == pytest.approx((10.785, 6.719, 4.516), abs=5e-4)
    assert (pace.largest, pace.smallest) == ("low", "high")
    stops = simulator.tornado(CHECK, variants=["with_maintenance"], truths=["planned"])
    (rule,) = [bar for bar in stops.bars if bar.path == RULE]
    assert rule.values == pytest.approx((0.252680, 0.033422, 0.002865), abs=5e-7)
    assert rule.apart == pytest.approx(0.252680 - 0.002865, abs=1e-6)
    (pace,) = [bar for bar in stops.bars if bar.path == PACE]
    assert not pace.clear, "entry every month or every four: the same P(stop)"
    assert pace.apart == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("truths", "paths"),
    [
        (["planned"], [RULE, PACE]),
        (["interaction_25"], [RULE, PACE, RISK]),
        (["planned", "interaction_25"], [RULE, PACE, RISK]),
    ],
)
def test_an_assumption_bears_on_the_truths_that_read_it(truths: Sequence[str], paths: Sequence[str]) -> None:
    """What another truth replaces whole (interaction_10's risk), or has for itself, is not varied."""
    prepared = prepare_tornado(read_source(str(CHECK)), settings=Settings(truths=truths))
    assert [each.path for each in prepared.varied] == paths
    for each in prepared.varied:
        expected = {"interaction_25"} if each.path == RISK else set(truths)
        assert each.bears == {("combination_only", truth) for truth in expected}
    assert [each.path for each in prepared.left_out] == []
    assert prepared.kept == ()
