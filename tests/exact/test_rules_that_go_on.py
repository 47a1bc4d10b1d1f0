"""Rules that fire again, hold accrual or are heard: which exact values they have, and which they have not.

Evidence: Monte Carlo against exact values, a product by hand. False-alarm rate `ALPHA` each.
"""

from pathlib import Path

import pytest
from scipy.stats import binom

from simulator.exact.recognise import exact_values
from simulator.loading.source import read_source
from simulator.model.metric import Key
from simulator.study.run import run
from simulator.study.settings import Settings
from simulator.what_ifs.calibrating import prepare_calibration
from tests.helpers import SEED, assert_share, program, rule, scenario, until

TRIALS = 4_000
TRUTH = {"accrual": "1 per month", "events": {"tox": {"probability": "15% in 30 days", "clock": "enrolment"}}}
REVIEW = {"review": {"takes": "30 days", "resumes": "40%"}}
LOOKS = {"at": "10, 20 completed"}


def of_one(then, look=LOOKS, **more):
    return {
        "accrual": {**until(30), "while_held": "queued"},
        "events": {"tox": {"window": "30 days"}},
        "monitoring": {"pause": rule("tox", 3, among="completed", look=look, then=then, **more)},
    }


@pytest.mark.parametrize(
    ("then", "more", "stops"),
    [
        ([], {}, False),
        ([{"hold_accrual": "30 days"}], {}, False),
        ([REVIEW], {}, False),
        (["close_accrual"], {"fires": "again"}, True),
    ],
)
def test_that_it_fires_is_exact_and_what_it_read_last_is_not(then, more, stops):
    design = of_one(then, **more)
    cell = run(scenario(design, {"one": TRUTH}), trials=TRIALS, seed=SEED, engine="compiled").cells[0]
    exact = {str(key) for key, metric in cell.metrics.items() if metric.exact is not None}
    assert not any("read" in key for key in exact), exact
    fired, stop = cell.metrics["p_fired.pause"], cell.metrics["p_stop"]
    assert_share(round(fired.value * TRIALS), TRIALS, fired.exact, "fired at any time")
    assert (stop.exact is not None) is stops
    if stops:
        assert_share(round(stop.value * TRIALS), TRIALS, stop.exact, "stopped")


def test_what_a_rule_read_last_is_exact_where_it_fires_once():
    once, _ = exact_values(program(of_one([], fires="once"), TRUTH))
    again, _ = exact_values(program(of_one([]), TRUTH))
    assert {key.metric for key in once} - {key.metric for key in again} == {"n_read", "x_read"}


def test_a_review_stops_the_share_of_its_firings_that_do_not_resume():
    cell = run(
        scenario(of_one([REVIEW], "at 20 completed"), {"one": TRUTH}),
        trials=TRIALS,
        seed=SEED,
        engine="compiled",
    ).cells[0]
    p = 0.6 * binom.sf(2, 20, 0.15)
    assert_share(round(cell.metrics["p_stop"].value * TRIALS), TRIALS, p, "not resumed")


def test_candidates_may_be_lost_to_a_hold():
    truth = {**TRUTH, "accrual": "40 uniform over 1000 days"}
    design = of_one([{"hold_accrual": "30 days"}])
    design["accrual"]["while_held"] = "lost"
    values, why = exact_values(program(design, truth))
    assert not values and why == "of so many candidates in all some may be lost"


BOARD = """
trialstop: 1
title: two members
question: how strict?
design:
  accrual: {until: [20 treated]}
  events: {tox: {window: 30 days}, clot: {window: 30 days}}
  monitoring:
    t: {counts: {event: tox}, among: completed, rule: {kind: at_least, count: 3}, look: at 20 completed}
    c: {counts: {event: clot}, among: completed, rule: {kind: at_least, count: 3}, look: at 20 completed}
    board: {rule: {kind: all_of, of: [t, c]}, then: [close_accrual]}
truths:
  one:
    acceptable: true
    accrual: 1 per month
    events: {tox: {probability: 15% in 30 days}, clot: {probability: 10% in 30 days}}
"""


def test_a_member_of_a_board_is_calibrated_setting_by_setting(tmp_path: Path):
    path = tmp_path / "board.yaml"
    path.write_text(BOARD, encoding="utf-8")
    asked = prepare_calibration(
        read_source(str(path)),
        "t",
        "design.monitoring.t.rule.count=2,3,4,5",
        "p_stop<=5% under one",
        Settings(trials=100, self_check=0),
    )
    assert asked.nested and not asked.in_order
    assert "rules concern each other, so that each is played" in asked.notes
    assert asked.begun.metrics[0] == Key("p_stop")
