"""Evidence: exact. The check twin of Khouri: two arms at fixed numbers; why there is no exact value."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from simulator.engines.compiled.driver import play
from tests.helpers import ROOT, SEED, assert_share, exactly, of_file

CHECK = ROOT / "scenarios/checks/khouri.yaml"
LOOKS_OF_5 = {"no_effect": 0.081242, "mild": 0.406014, "reported": 0.828403}
LAST_OF_FOUR = {0.05: 0.033260, 0.11: 0.081242, 0.25: 0.111340, 0.50: 0.119483}  # equal rates
BY_LOOK = [0.006492, 0.024776, 0.027750, 0.022224]  # at .11


def equal(rate: float, *sets: str) -> Any:
    parts = "truths.no_effect.events.gvhd.components"
    rates = [f"{parts}.{arm}.probability={rate}" for arm in ("lenalidomide", "standard")]
    return of_file(CHECK, "as_written", "no_effect", *rates, *sets)


@pytest.mark.parametrize(("truth", "p"), LOOKS_OF_5.items())
def test_four_looks_at_the_rates_of_the_trial(truth, p):
    values, reason = exactly(of_file(CHECK, "as_written", truth))
    assert not reason
    assert round(values["p_stop"], 6) == round(values["p_stop.difference"], 6) == p


@pytest.mark.parametrize(("rate", "p"), LAST_OF_FOUR.items())
def test_four_looks_at_equal_rates(rate, p):
    assert round(exactly(equal(rate))[0]["p_stop"], 6) == p


def test_each_further_look_adds_its_own():
    at = 'design.monitoring.difference.look={at: "%s treated in each arm"}'
    schedules = ["5", "5, 10", "5, 10, 15", "5, 10, 15, 20"]
    stops = [exactly(equal(0.11, at % schedule))[0]["p_stop"] for schedule in schedules]
    added = [p - q for p, q in zip(stops, [0.0, *stops], strict=False)]
    assert [round(p, 6) for p in added] == BY_LOOK
    last = exactly(equal(0.11, at % schedules[-1]))[0]
    assert last["p_stop_before_last_look"] == pytest.approx(stops[-2], abs=1e-12)


@pytest.mark.parametrize("look", ["5 treated in each arm", "10 randomised", "10 treated"])
def test_other_words_for_the_same_looks(look):
    values, reason = exactly(equal(0.11, f"design.monitoring.difference.look={{every: {look}}}"))
    assert not reason
    assert round(values["p_stop"], 6) == LAST_OF_FOUR[0.11]


WITHOUT = {
    "blocks do not hold each arm once": ("design.randomisation.sizes=[2, 4]",),
    "some refuse": ("design.refusal={lenalidomide: 1 of 8, then: untreated}",),
    "looks are not set by": ("design.monitoring.difference.look=every 6 months",),
    "looks wait": ("design.events.gvhd.window=30 days", "design.monitoring.difference.wait=look"),
    "data are cut": ("design.monitoring.difference.data_cut=7 days",),
    "may be reported after the window": ("truths.no_effect.delays={gvhd: {report: 3 days}}",),
    "whose event may yet come": (
        "truths.no_effect.events.gvhd.components.standard.probability=11% in 100 days",
    ),
}


@pytest.mark.parametrize(("reason", "sets"), WITHOUT.items())
def test_no_exact_value_where_something_is_left_to_chance(reason, sets):
    values, found = exactly(of_file(CHECK, "as_written", "no_effect", *sets))
    assert not values
    assert reason in found


def test_simulation_agrees_with_blocks_of_two():
    """Each of three comparisons is alarmed falsely once in a million."""
    for truth, p in LOOKS_OF_5.items():
        records = play(of_file(CHECK, "as_written", truth), SEED, 0, 1_000)
        assert_share(len(records.firings), 1_000, p, truth)
        assert (records.looks["n"][:, 0] == records.looks["n"][:, 1]).all()


def test_arms_of_chance_sizes_and_one_arm_alone_have_none():
    assert exactly(of_file(CHECK, "simple", "no_effect")) == (
        {},
        "arms are of sizes left to chance: patients are allocated alone",
    )
    several = of_file(ROOT / "scenarios/khouri.yaml", "nobody_refuses", "reported")
    one = replace(several, monitors=several.monitors[1:2])
    assert exactly(one) == ({}, "how many patients of an arm a look reads is left to chance")
