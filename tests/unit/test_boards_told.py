"""Evidence: exact and trace. Khouri's board in the story of a trial, in boundaries and in pictures."""

from functools import lru_cache

import numpy as np
import pytest

from simulator import boundaries
from simulator.errors import TrialstopError
from simulator.loading.alone import rule_alone
from simulator.model.metric import Key
from simulator.reporting.boundaries import told as in_protocol
from simulator.reporting.explain import explain
from simulator.reporting.figures import figures
from simulator.reporting.narrative import Trace, trace
from simulator.reporting.plots import swimmer
from simulator.reporting.style import style
from simulator.rules.slow_accrual import SlowAccrual
from simulator.study.results import Results
from simulator.study.run import run
from simulator.what_ifs.bounds import bounds_of
from tests.helpers import MONTH, ROOT, loaded
from tests.pictures import words

BOARD = ROOT / "scenarios/khouri_board.yaml"
MEMBERS = ["difference", "tolerability", "too_slow", "no_benefit"]


@lru_cache
def results() -> Results:
    some = {"variants": ["as_closed", "any_of", "without_accrual"], "truths": ["slow_accrual"]}
    return run(loaded(BOARD), **some, trials=200, self_check=0)


@pytest.fixture(scope="module")
def told() -> Trace:
    """17 patients in 42 months, as in the trial, and closed for the reasons it was closed for."""
    return trace(loaded(BOARD), variant="as_closed", truth="reported", trial=3146)


def test_votes_of_a_trial_that_stops_are_at_least_as_many_as_it_takes() -> None:
    """Sums over members: each stop has two votes or more, or one."""
    for variant, least in (("as_closed", 2), ("any_of", 1)):
        metrics = results().cell(variant, "slow_accrual").metrics
        votes = sum(e.value for key, e in metrics.items() if key.metric == "p_voted" and key.other is None)
        assert votes >= least * metrics[Key("p_stop")].value > 0.0


@pytest.mark.parametrize("variant", ["as_closed", "by_number", "by_pace"])
def test_boundaries_of_a_rule_that_reads_accrual_are_by_look(variant: str) -> None:
    sheets = boundaries(loaded(BOARD), variants=[variant])
    (sheet,) = [sheet for sheet in sheets if sheet.name == "too_slow"]
    rule = loaded(BOARD).designs[variant].monitoring["too_slow"].rule
    assert isinstance(rule, SlowAccrual)
    bounds = {row["day"]: row["bound"] for row in sheet.tables[0].records}
    assert bounds == {day: rule.most_at(day) for day in (6 * k * MONTH for k in range(1, len(bounds) + 1))}
    assert bounds[42 * MONTH] == {"as_closed": 22, "by_number": 17, "by_pace": 27}[variant]
    assert "it reads accrual, not patients" in sheet.text


def test_days_on_which_a_board_looks_are_read_aloud() -> None:
    said = " ".join(explain(loaded(BOARD), variants=["to_month_42"], truths=["reported"]).split())
    assert "It looks 6 months, 12 months, 18 months, 2 years, 30 months, 3 years and 42 months after" in said


def test_a_setting_of_a_board_is_told_by_members_read_and_one_of_accrual_by_days() -> None:
    given = loaded(BOARD)
    design, truths = given.designs["as_closed"], list(given.truths.values())
    said = [bounds_of([design], design.monitoring[rule], truths)[0] for rule in ("board", "too_slow")]
    board, too_slow = (in_protocol(bounds) for bounds in said)
    assert board == "stop: members read 1-4: 2 or more"
    assert too_slow.startswith("stop: day ")


def test_accrual_is_read_by_the_calendar_and_not_by_a_rule_alone() -> None:
    with pytest.raises(TrialstopError, match="--rule slow_accrual reads accrual by the calendar"):
        rule_alone("slow_accrual", 40, sets=["at_most=17 by 42 months"])


# ---------------------------------------------------------------- the story of a trial


def test_rules_beside_a_board_tell_what_they_read(told: Trace) -> None:
    """Records have columns for the rule that reads most, which is the board."""
    at_42 = [" ".join(text.split()) for day, _, _, text in told.lines() if day == 1278.375 and "look" in text]
    assert len(at_42) == 5
    assert all(f"look 7 of {name}" in text for name, text in zip([*MEMBERS, "board"], at_42, strict=True))
    assert "4 of 8 in the first arm and 2 of 8 in the second had the event" in at_42[0]
    assert "5 of 8 had the event; P(rate > 25%) = 0.9768, more than 90%: STOP" in at_42[1]
    assert at_42[2].endswith("17 entered by day 1278, not more than 22: STOP")
    assert "votes 3, 4 of 4 members read; 2 decide" in at_42[4]
    assert "tolerability, too_slow and no_benefit voted for it; difference did not" in at_42[4]


def test_accrual_that_was_closed_is_not_read(told: Trace) -> None:
    (text,) = [text for _, _, _, text in told.lines() if "look 8 of too_slow" in text]
    assert text == "look 8 of too_slow: accrual was closed before: go on"


def test_the_picture_shows_what_was_decided_and_not_what_was_reported(told: Trace) -> None:
    with style():
        (figure,) = swimmer.draw(told)
    lines = [line for line in figure.axes[0].lines if line.get_color() == "#D55E00"]
    assert {round(float(x), 3) for line in lines for x in line.get_xdata()} == {42.0}
    text = words([figure]).replace("\n", " ")
    assert "board fired (tolerability, too_slow and no_benefit voted for it" in text
    assert "too_slow fired" not in text


def test_looks_after_the_last_course_are_no_marks_outside_the_picture() -> None:
    """By the calendar accrual is looked at until month 60; the last course ends in month 35, at look 5."""
    given = trace(loaded(BOARD), variant="as_closed", truth="reported", trial=1)
    with style():
        (figure,) = swimmer.draw(given)
    (axis,) = figure.axes
    drawn = [line.get_xdata()[0] for line in axis.lines if line.get_marker() == "^"]
    assert {round(float(x), 6) for x in drawn} == {6.0, 12.0, 18.0, 24.0, 30.0}
    assert max(drawn) < axis.get_xlim()[1] < given.records.looks["time"].max() / MONTH


def test_stops_before_anybody_entered_are_in_the_picture() -> None:
    found = figures(results())["stopping_by_time"]
    cell = results().cell("any_of", "slow_accrual")
    early = 200 - len(cell.distributions[Key("days_to_stop")])
    assert cell.metrics[Key("p_stop")].value == 1.0
    assert early > 0
    (curve,) = [
        line for line in found.axes[0].lines if len(line.get_xdata()) > 100 and line.get_ydata()[0] > 0
    ]
    assert curve.get_ydata()[[0, -1]] == pytest.approx(np.array([early / 2.0, 100.0]))
    assert "stopped before anybody entered count from month 0 on" in words([found]).replace("\n", " ")
