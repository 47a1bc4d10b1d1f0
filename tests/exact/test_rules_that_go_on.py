"""Rules that hold accrual or are heard: reviews that stop, and how they are calibrated.

Evidence: Monte Carlo against exact values, a product by hand. False-alarm rate `ALPHA` each.
"""

from pathlib import Path

from scipy.stats import binom

from simulator.loading.source import read_source
from simulator.model.metric import Key
from simulator.study.run import run
from simulator.study.settings import Settings
from simulator.what_ifs.calibrating import prepare_calibration
from tests.helpers import SEED, assert_share, rule, scenario, until

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


def test_a_review_stops_the_share_of_its_firings_that_do_not_resume():
    cell = run(
        scenario(of_one([REVIEW], "at 20 completed"), {"one": TRUTH}),
        trials=TRIALS,
        seed=SEED,
        engine="compiled",
    ).cells[0]
    p = 0.6 * binom.sf(2, 20, 0.15)
    assert_share(round(cell.metrics["p_stop"].value * TRIALS), TRIALS, p, "not resumed")


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
