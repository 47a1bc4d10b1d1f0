"""Boards, holds and reviews as they are told: explain, boundaries, trace, tables, records.

Evidence: by another way (records of the same trials) and by hand (words and least sets of votes).
"""

import numpy as np
import pyarrow.parquet as pq
import pytest

from simulator.model.records import HoldEnd
from simulator.reporting.boards import BoardSheet
from simulator.reporting.explain import explain
from simulator.reporting.narrative import trace
from simulator.reporting.plots import swimmer
from simulator.reporting.rule_sheets import boundaries
from simulator.reporting.tables import render
from simulator.study.recording import Recorder
from simulator.study.run import run
from tests.helpers import SEED, rule, scenario, until
from tests.pictures import words as pictured

EVENTS = {name: {"window": "30 days"} for name in ("tox", "neuro", "clot")}
TRUTH = {
    "accrual": "1 per month",
    "events": {
        name: {"probability": f"{p}% in 30 days", "clock": "enrolment"}
        for name, p in (("tox", 20), ("neuro", 25), ("clot", 10))
    },
}


def member(event, count, look="at 20 completed", **more):
    return rule(event, count, among="completed", look=look, then=[], **more)


MEMBERS = {"t": member("tox", 5), "n": member("neuro", 5), "c": member("clot", 3)}


def of_board(**board):
    kind = {"kind": "votes", "of": ["t", "n", "c"], "at_least": 2} | board
    design = {
        "accrual": until(20),
        "events": EVENTS,
        "monitoring": {**MEMBERS, "board": {"rule": kind, "then": ["close_accrual"]}},
    }
    return scenario(design, {"one": TRUTH})


def of_holds(resumes="60%"):
    pause = rule("tox", 2, look="every 5 treated", then=[{"hold_accrual": "until released"}])
    clear = {
        "counts": {"event": "tox"},
        "rule": {"kind": "at_most", "count": 4},
        "look": "every 2 months",
        "then": [{"release": "pause"}],
    }
    review = {"review": {"takes": {"uniform": ["4 weeks", "8 weeks"]}, "resumes": resumes}}
    committee = rule("clot", 1, then=[review])
    design = {
        "accrual": {"until": ["30 treated", "4 years"]},
        "events": EVENTS,
        "monitoring": {"pause": pause, "clear": clear, "committee": committee},
    }
    return scenario(design, {"one": TRUTH})


# ---------------------------------------------------------------- explain


@pytest.mark.parametrize(
    ("board", "said"),
    [
        ({}, "stop: at least 2 of the 3 vote for it. Any verdict but to go on is a vote."),
        ({"at_least": 1}, "stop: any of the 3 votes for it."),
        ({"at_least": 3}, "stop: all 3 vote for it."),
        ({"quorum": 3}, "vote for it, and at least 3 have been read."),
        ({"of": {"t": {"weight": 2}, "n": {"weight": 2}}, "at_least": 3}, "stop: all 2 vote for it."),
        (
            {"of": {"t": "stop", "n": {"weight": 2}, "c": {}}, "at_least": 3},
            "stop: votes for it weigh at least 3, of 4 in all (n weighs 2, t and c 1). Any verdict but to go "
            "on is a vote; of t only `stop`.",
        ),
    ],
)
def test_a_board_is_read_aloud(board, said):
    told = " ".join(explain(of_board(**board)).split())
    assert said in told
    assert "When t fires: by itself nothing follows; it votes on board." in told


def test_holds_reviews_and_who_ends_them_are_read_aloud():
    told = " ".join(explain(of_holds()).split())
    assert (
        "When pause fires: hold accrual until it is released. The hold ends when clear releases it." in told
    )
    assert (
        "for a review, which takes 28 to 56 days and resumes it with a probability of 60%, else closes it"
        in told
    )
    certain = " ".join(explain(of_holds("100%")).split())
    assert "for a review, which takes 28 to 56 days and resumes it." in certain


# ---------------------------------------------------------------- boundaries


@pytest.mark.parametrize(
    ("board", "sets"),
    [
        ({}, {"t + n", "t + c", "n + c"}),
        ({"at_least": 1}, {"t", "n", "c"}),
        ({"of": {"t": {}, "n": {"weight": 2}, "c": {}}, "at_least": 3}, {"t + n", "n + c"}),
        ({"of": {"t": {}, "n": {"weight": 2}, "c": {}}}, {"n", "t + c"}),
    ],
)
def test_a_boards_sheet_has_its_members_and_the_least_votes_that_are_enough(board, sets):
    *_, sheet = boundaries(of_board(**board))
    assert isinstance(sheet, BoardSheet)
    members, enough, *_ = sheet.tables
    assert [record["member"] for record in members.records] == ["t", "n", "c"]
    assert {record["members"] for record in enough.records} == sets
    assert [each.name for each in boundaries(of_board(**board))] == ["t", "n", "c", "board"]


def test_a_rule_that_is_called_has_no_exact_characteristics():
    given = scenario(
        {
            "accrual": until(20),
            "events": EVENTS,
            "monitoring": {"t": MEMBERS["t"], "c": member("clot", 3, look={"when": "t"})},
        },
        {"one": TRUTH},
    )
    t, c = (sheet.text for sheet in boundaries(given))
    assert "Exact operating characteristics" in t
    assert "No exact operating characteristics: it looks when another rule calls it." in c


# ---------------------------------------------------------------- trace


def test_the_story_says_who_voted_and_swimmers_draw_it():
    given = of_board()
    fired = 0
    said = ("t, n and c did not", "{0} voted", "{0} and {1} voted", "{0}, {1} and {2} voted")
    for trial in range(10):
        told = trace(given, variant="as_written", truth="one", trial=trial, seed=SEED)
        lines = [line for *_, line in told.lines()]
        for look in told.records.looks:
            if told.program.monitors[look["monitor"]].name == "board":
                (line,) = [text for text in lines if text.startswith(f"look {look['look']} of board: ")]
                voted = [name for name, x in zip("tnc", look["x"][1:], strict=True) if x]
                assert f"({said[len(voted)].format(*voted)}" in line
                fired += bool(look["outcome"])
        places = [line[:3] for line in told.lines()]
        assert places == sorted(places)
    assert fired
    assert swimmer.draw(told)


def test_each_hold_is_told_from_its_beginning_to_its_end():
    seen = set()
    for trial in range(12):
        told = trace(of_holds(), variant="as_written", truth="one", trial=trial, seed=SEED)
        text = " ".join(told.text().split())
        holds = told.records.holds
        on = holds[holds["ended"] > holds["began"]]
        assert text.count("accrual is on hold by ") == len(on)
        ends = {
            HoldEnd.RESUMED: "resumes accrual",
            HoldEnd.NOT_RESUMED: ": accrual is closed",
            HoldEnd.RELEASED: "is released after",
            HoldEnd.CLOSED: "accrual closes, ",
        }
        for how, words in ends.items():
            if (on["how"] == how).any():
                seen.add(how)
                assert words in text
        assert text.count("comes when nobody enters any more") == len(holds) - len(on)
        first = min(on["began"].tolist(), default=None)
        if first is not None:
            assert swimmer.draw(told)
    assert seen == {HoldEnd.RESUMED, HoldEnd.NOT_RESUMED, HoldEnd.RELEASED, HoldEnd.CLOSED}


def test_a_stop_after_the_last_course_is_not_too_late_while_accrual_is_open():
    slow = {**MEMBERS["c"], "look": "every 12 months", "then": ["close_accrual"], "among": "treated"}
    given = scenario(
        {"accrual": until(20), "events": EVENTS, "monitoring": {"c": slow}},
        {
            "one": {
                **TRUTH,
                "accrual": "every 100 days",
                "events": {**TRUTH["events"], "clot": TRUTH["events"]["neuro"]},
            }
        },
    )
    told = [trace(given, variant="as_written", truth="one", trial=k, seed=SEED) for k in range(20)]
    after = [t for t in told if len(t.records.firings) and len(t.records.patients) < 20]
    after = [t for t in after if t.records.firings["effective"][0] >= t.records.patients["exit"].max()]
    assert after, "trials that stop while nobody is on study"
    assert not any("too late" in t.text() for t in after)


# ---------------------------------------------------------------- tables and records


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """(results, folder of records) of the board, and of the holds."""
    found = []
    for given in (of_board(), of_holds()):
        folder = tmp_path_factory.mktemp("kept")
        with Recorder(folder) as keep:
            found.append((run(given, trials=200, seed=SEED, keep=keep), folder))
    return found


def test_tables_have_votes_and_holds_where_there_are_such(kept):
    board, holds = (render(results, full=True) for results, _ in kept)
    assert "Votes on board, in % of trials" in board and "Accrual on hold" not in board
    assert "Accrual on hold by rules" in holds and "Votes on" not in holds
    assert "or a review did not resume accrual" in holds and "a review" not in board


def test_looks_of_a_board_have_a_row_of_votes_and_one_of_each_member(kept):
    results, folder = kept[0]
    rows = [r for r in pq.read_table(folder / "looks.parquet").to_pylist() if r["rule"] == "board"]
    assert {row["endpoint"] for row in rows} == {"votes", "t", "n", "c"}
    by = {}
    for row in rows:
        by.setdefault((row["trial"], row["look"]), {})[row["endpoint"]] = row
    voted = np.zeros(200)
    for (trial, _), each in by.items():
        assert each["votes"]["x"] == sum(each[name]["x"] for name in "tnc")
        assert each["votes"]["n"] == sum(each[name]["n"] for name in "tnc")
        assert (each["votes"]["outcome"] == "stop") is (each["votes"]["x"] >= 2)
        voted[trial] += each["votes"]["outcome"] == "stop" and each["t"]["x"] > 0
    assert results.cells[0].metrics["p_voted.board.t"].value == (voted > 0).mean()
    assert not (folder / "holds.parquet").exists()


def test_holds_are_written_with_how_they_ended(kept):
    results, folder = kept[1]
    rows = pq.read_table(folder / "holds.parquet").to_pylist()
    columns = results.cells[0].columns
    for name in ("pause", "committee"):
        assert sum(r["rule"] == name for r in rows) == columns[f"n_holds.{name}"].sum()
    assert sum(r["how"] == "review, resumed" for r in rows) == columns["n_resumed.committee"].sum()
    assert {r["how"] for r in rows if r["rule"] == "pause"} <= {"released", "accrual closed"}
    lost = {r["trial"]: r["n_lost"] for r in pq.read_table(folder / "trials.parquet").to_pylist()}
    assert sum(lost.values()) > 0 and set(lost) == set(range(200))
    never = set(range(200)) - {r["trial"] for r in rows}
    assert all(lost[trial] == 0 for trial in never)


# ---------------------------------------------------------------- what is reported


def test_the_story_and_explain_tell_what_is_reported():
    """Evidence: by hand. A committee's finding is a report, and no event of the patient."""
    design = {
        "accrual": until(6),
        "phases": {"one": {"lasts": "90 days"}},
        "events": {"seen": {}, "found": {}},
        "monitoring": {"rule": rule("found", 9, then=[])},
    }
    truth = {
        "accrual": "1 per month",
        "events": {"seen": {"probability": "90% in 90 days"}, "found": {"hazard": "0"}},
        "delays": {"seen": {"never": "30%"}},
        "adjudication": {"seen": {"counts_as": "found", "probability": "60%", "takes": "20 days"}},
    }
    given = scenario(design, {"one": truth})
    told = " ".join(
        trace(given, variant="as_written", truth="one", trial=trial, seed=SEED).text() for trial in range(4)
    )
    assert "the seen is never reported" in told
    assert "'s found, by adjudication of day " in told
    assert "FOUND in one" not in told
    words = " ".join(explain(given).split())
    assert "30% of them never reported" in words
    assert "seen, adjudication: 20 days after the report, 60% of those reported count as found too" in words


def test_the_story_its_picture_and_explain_tell_what_becomes_of_reports():
    """Evidence: by hand. A report that is upgraded counts from then on; withdrawn, it is so to the end."""
    x = {"components": {"c": {"probability": "90% in 90 days"}}, "marks": {"mild": "100%", "severe": "0%"}}
    design = {
        "accrual": until(6),
        "phases": {"one": {"lasts": "90 days"}},
        "events": {"x": {"marks": ["mild", "severe"]}},
        "monitoring": {"rule": rule("x", 9, then=[], scope={"marks": ["severe"]})},
    }
    delays = {
        "withdrawn": {"probability": "40%", "takes": "20 days"},
        "upgraded": {
            "mild": {"to": "severe", "probability": "50%", "takes": {"uniform": ["1 day", "9 days"]}}
        },
    }
    given = scenario(design, {"one": {"accrual": "1 per month", "events": {"x": x}, "delays": {"x": delays}}})
    story = trace(given, variant="as_written", truth="one", trial=1, seed=SEED)
    rows = story.records.events
    told = " ".join(story.text().split())
    assert told.count(" is withdrawn ") == np.isfinite(rows["withdrawn"]).sum() > 0
    assert told.count("is upgraded to severe: counts for rule") == np.isfinite(rows["upgraded"]).sum() > 0
    (figure,) = swimmer.draw(story)
    drawn = [line.get_marker() for line in figure.axes[0].lines]
    assert drawn.count("x") == np.isfinite(rows["withdrawn"]).sum()
    assert drawn.count("+") == np.isfinite(rows["upgraded"]).sum()
    assert {"report withdrawn", "report gets another mark"} <= {*pictured([figure]).splitlines()}
    words = " ".join(explain(given).split())
    assert "40% of reports withdrawn, 20 days after they arrive" in words
    assert "50% of mild upgraded to severe, uniform between 1 day and 9 days after the report" in words
