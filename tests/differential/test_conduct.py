"""Evidence: differential. Boards, holds, reviews, rules that are called: both engines leave the same records.

Everything is on whole days and mostly in weeks, so that looks, effects, ends of holds and arrivals fall on
one instant and their order shows.
"""

from __future__ import annotations

from itertools import product

import pytest

from simulator.engines.compare import first_difference
from simulator.engines.compiled import driver, memory
from simulator.engines.compiled.driver import play
from simulator.model.records import HoldEnd
from tests.differential.engines import (
    DOSING_TRUTH,
    GRID_TRUTH,
    Tree,
    difference,
    dosing_design,
    grid_design,
    merged,
    of_tree,
)
from tests.engine.conduct import board, does
from tests.helpers import SEED, draws

TRIALS = 40
WEEKS = {"uniform": ["1 weeks", "6 weeks"]}
FOR_WEEKS: Tree = {"hold_accrual": "3 weeks"}
UNTIL_RELEASED: Tree = {"hold_accrual": "until released"}
SOMETIMES: Tree = {"review": {"takes": WEEKS, "resumes": "60%"}}
AT_ONCE: Tree = {"review": {"takes": "0 days", "resumes": "80%"}}
RELEASE: Tree = {"release": "first"}

HOLDS: dict[str, Tree] = {
    "weeks": {"first": does(FOR_WEEKS, count=2)},
    "weeks, once": {"first": does(FOR_WEEKS, count=2, fires="once")},
    "late": {"first": does(FOR_WEEKS, count=2, decision_lag="2 weeks", data_cut="1 weeks")},
    "released": {
        "first": does(UNTIL_RELEASED, count=2),
        "second": does(RELEASE, event="b", look="every 28 days"),
    },
    "passed on": {
        "first": does(UNTIL_RELEASED, look="every 14 days"),
        "second": does(RELEASE, FOR_WEEKS, look="every 28 days"),
    },
    "overlapping": {"first": does(FOR_WEEKS, count=2), "second": does(FOR_WEEKS, event="b")},
    "reviewed": {"first": does(SOMETIMES), "second": does("close_accrual", count=5)},
    "reviewed at once": {"first": does(AT_ONCE), "second": does(SOMETIMES, event="b")},
    "at the end": {"first": does(SOMETIMES, count=3, look="at the end", decision_lag="1 weeks")},
    "with windows": {
        "first": does(FOR_WEEKS, among="completed", look="every 2 treated", wait="accrual"),
        "second": does(SOMETIMES, count=2, among="known", look="every 2 known"),
    },
}


@pytest.mark.parametrize("held", ["lost", "queued"])
@pytest.mark.parametrize("monitoring", HOLDS.values(), ids=HOLDS)
def test_holds_and_reviews(monitoring: Tree, held: str) -> None:
    accrual = {"until": ["12 treated", "2 years"], "while_held": held}
    given = of_tree(grid_design(accrual=accrual, monitoring=monitoring), GRID_TRUTH)
    assert difference(given, TRIALS) == ""
    assert len(play(given, SEED, 0, TRIALS).holds) > TRIALS // 4


MEMBERS: Tree = {
    "often": does(count=2, look="every 14 days"),
    "few": {
        "counts": {"event": "a"},
        "rule": {"kind": "at_most", "count": 3},
        "look": {"at": ["6 treated", "9 treated"]},
        "then": [],
    },
    "both": {
        "counts": {"event": "b"},
        "rule": {
            "kind": "bounds",
            "too_toxic": {"at_least": {"4-12": 3}},
            "cleared": {"at_most": {"1-12": 1}},
        },
        "look": "every 3 treated",
        "then": [],
    },
}
OF = ["often", "few", "both"]
BOARDS: dict[str, Tree] = {
    "any": board(OF),
    "all": board(OF, kind="all_of", decision_lag="1 weeks"),
    "two": board(OF, at_least=2),
    "two of a quorum": board(OF, at_least=2, quorum=3, look="every 28 days"),
    "weights": board({"often": {"weight": 2}, "few": {}, "both": {"outcome": "cleared"}}, at_least=3),
    "outcomes": board({"both": "too_toxic", "few": "stop"}, kind="all_of", valid="4 weeks"),
    "lapses": board(OF, at_least=2, valid="1 weeks", look="every 2 treated"),
    "at the end": board(OF, kind="all_of", look="at the end"),
    "reports": board(OF, at_least=2, look="every 2 a events"),
}


@pytest.mark.parametrize("body", BOARDS.values(), ids=BOARDS)
@pytest.mark.parametrize("then", [["end_trial"], [SOMETIMES], []], ids=["ends", "reviews", "says"])
def test_boards(body: Tree, then: list[object]) -> None:
    """The board stands first in the file; another, of it and a member, behind."""
    monitoring = {
        "board": {**body, "then": then},
        **MEMBERS,
        "outer": board(["often", "board"], kind="all_of"),
    }
    given = of_tree(grid_design(monitoring=monitoring), GRID_TRUTH)
    assert difference(given, TRIALS) == ""
    boards = {i for i, m in enumerate(given.monitors) if m.votes is not None}
    assert boards <= set(play(given, SEED, 0, TRIALS).looks["monitor"].tolist())


@pytest.mark.parametrize(("lag", "look"), [*product(["0 days", "3 weeks"], ["every report", "at the end"])])
def test_looks_that_a_rule_calls(lag: str, look: str) -> None:
    monitoring = {
        "called": does("close_accrual", event="b", look={"when": "caller"}, data_cut="1 weeks"),
        "caller": does(count=3, look=look, decision_lag=lag),
        "board": board(["caller", "called"], kind="all_of", look={"when": "called"}, then=["close_accrual"]),
    }
    given = of_tree(grid_design(monitoring=monitoring), GRID_TRUTH)
    assert difference(given, TRIALS) == ""
    assert set(play(given, SEED, 0, TRIALS).firings["monitor"].tolist()) == {0, 1, 2}


def test_holds_while_a_dose_is_sought() -> None:
    """A death holds accrual between cohorts and in them; a review may end the search."""
    for then in (FOR_WEEKS, SOMETIMES):
        more = {"first": does(then, event="death"), "second": does(then, event="dlt", fires="once")}
        monitoring = {**dosing_design()["monitoring"], **more}
        given = of_tree(merged(dosing_design(), {"monitoring": monitoring}), DOSING_TRUTH)
        assert difference(given, TRIALS) == ""
        assert len(play(given, SEED, 0, TRIALS).holds) > TRIALS


def test_rows_of_holds_in_rooms_that_are_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """With next to no room for rows; and blocks may be cut anywhere."""
    rules = {"first": does(SOMETIMES), "second": does(FOR_WEEKS, count=2), "board": board(["first"])}
    given = of_tree(grid_design(monitoring=rules), GRID_TRUTH)
    whole = draws(given, TRIALS)
    assert set(whole.holds["how"].tolist()) == {HoldEnd.TIME, HoldEnd.RESUMED, HoldEnd.NOT_RESUMED}
    monkeypatch.setattr(driver, "_prepared", {})
    monkeypatch.setattr(memory, "ROOMS", dict.fromkeys(memory.ROOMS, (2, 0)))
    monkeypatch.setattr(memory, "FIRST_GUESS", dict.fromkeys(memory.FIRST_GUESS, (1, 0)))
    assert first_difference(play(given, SEED, 0, TRIALS), whole) == ""
    assert first_difference(play(given, SEED, 17, 1), whole.only(17)) == ""
