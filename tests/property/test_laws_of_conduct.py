"""Evidence: property. What boards, holds and reviews must leave as it is, trial by trial or in distribution.

Where accrual ends by number alone, `queued` has the same candidates enter with and without a hold, later;
with `lost` others enter, so that P(stop) is the same and the trials are not.
"""

import numpy as np
import pytest

from simulator.engines.compiled.driver import play
from simulator.metrics.collect import collect
from simulator.metrics.text import text_of
from tests.helpers import MONTH, SEED, assert_share, exactly, program, rule, until

TRIALS = 300
MANY = 4_000
OF_PATIENTS = ("trials", "patients", "states", "events", "screenings", "decisions", "risks")
EVENTS = {"tox": {"window": "30 days"}, "other": {}}
TRUTH = {
    "accrual": "2 per month",
    "events": {
        "tox": {"clock": "enrolment", "probability": "25% in 30 days"},
        "other": {"hazard": "0.003 per day"},
    },
    "delays": {"tox": {"report": {"uniform": ["0 days", "20 days"]}}},
}
STOP = rule("tox", 4)
AT_ONCE = {"review": {"takes": "0 days", "resumes": "100%"}}
MONTH_ON_HOLD = {"hold_accrual": "30 days"}


def lowered(monitoring, *, accrual=None, truth=TRUTH, **more):
    design = {"phases": {"one": {"lasts": "60 days"}}, "events": EVENTS, "monitoring": monitoring, **more}
    return program({"accrual": {**until(20), **(accrual or {})}, **design}, truth)


def played(monitoring, trials=TRIALS, **more):
    given = lowered(monitoring, **more)
    return given, play(given, SEED, 0, trials)


def of_rules(given, records, table, names, trials=TRIALS):
    """What these rules read, or did: rows without the readings that only others take."""
    rows = getattr(records, table)
    number = {m.name: i for i, m in enumerate(given.monitors)}
    fields = [name for name in rows.dtype.names if name not in ("monitor", "n", "x")]
    found = {}
    for name in names:
        mine = rows[rows["monitor"] == number[name]]
        readings = given.monitors[number[name]].readings
        plain = [mine[field].tolist() for field in fields]
        found[name] = [*plain, mine["n"][:, :readings].tolist(), mine["x"][:, :readings].tolist()]
    return found


def assert_nothing_else_moved(mine, theirs, names):
    (given, records), (other, others) = mine, theirs
    for table in OF_PATIENTS:
        assert np.array_equal(getattr(records, table), getattr(others, table)), table
    for table in ("looks", "firings"):
        assert of_rules(given, records, table, names) == of_rules(other, others, table, names), table


# ---------------------------------------------------------------- what changes no record but its own

MEMBERS = {
    "stop": STOP,
    "silent": rule("tox", 15, then=[], look="every 5 treated"),
    "early": rule("other", 2, then=[]),
}


@pytest.mark.parametrize("held", ["lost", "queued"])
@pytest.mark.parametrize("first", [False, True])
def test_a_board_that_nobody_votes_in_changes_no_record_but_its_own(first, held):
    board = {"rule": {"kind": "any_of", "of": {"silent": {}}}, "then": ["end_trial"]}
    with_board = {"board": board, **MEMBERS} if first else {**MEMBERS, "board": board}
    accrual = {"while_held": held}
    mine, theirs = played(with_board, accrual=accrual), played(MEMBERS, accrual=accrual)
    assert_nothing_else_moved(mine, theirs, MEMBERS)
    assert len(mine[1].looks) > len(theirs[1].looks), "it was read"


def test_a_board_that_decides_and_does_nothing_changes_no_record_but_its_own():
    board = {"rule": {"kind": "votes", "of": ["stop", "silent", "early"], "at_least": 1}, "then": []}
    mine, theirs = played({"board": board, **MEMBERS}), played(MEMBERS)
    assert_nothing_else_moved(mine, theirs, MEMBERS)
    assert np.any(mine[1].firings["monitor"] == 0), "it fires"


@pytest.mark.parametrize("held", ["lost", "queued"])
@pytest.mark.parametrize("lag", ["0 days", "9 days"])
def test_a_review_that_always_resumes_at_once_changes_no_record_but_its_own(lag, held):
    accrual = {"while_held": held}
    pause = rule("other", 1, then=[AT_ONCE], decision_lag=lag)
    mine, theirs = (
        played({"stop": STOP, "pause": pause}, accrual=accrual),
        played({"stop": STOP}, accrual=accrual),
    )
    assert_nothing_else_moved(mine, theirs, ["stop"])
    assert len(mine[1].holds) > TRIALS
    assert np.array_equal(mine[1].holds["began"], mine[1].holds["ended"])


def test_a_review_at_once_beside_a_stagger_and_screening_changes_no_record_but_its_own():
    conduct = {
        "accrual": {"while_held": "queued", "stagger": "12 days"},
        "screening": {"takes": {"uniform": ["2 days", "30 days"]}, "eligible": "70%"},
    }
    pause = rule("other", 1, then=[AT_ONCE])
    mine, theirs = (played(rules, **conduct) for rules in ({"stop": STOP, "pause": pause}, {"stop": STOP}))
    assert_nothing_else_moved(mine, theirs, ["stop"])
    assert len(mine[1].holds) > TRIALS


# ---------------------------------------------------------------- holds that end by themselves


def test_a_hold_moves_no_stop_of_one_bound_for_all_n_where_the_same_candidates_enter():
    """Trial by trial with `queued`: 4 of the first 20 have it, or not, and no stop comes sooner."""
    accrual = {"while_held": "queued"}
    pause = rule("other", 1, then=[MONTH_ON_HOLD])
    (_, free), (_, held) = (
        played(m, accrual=accrual) for m in ({"stop": STOP}, {"stop": STOP, "pause": pause})
    )
    stops = held.firings[held.firings["monitor"] == 0]
    before, after = np.full(TRIALS, np.inf), np.full(TRIALS, np.inf)
    before[free.firings["trial"]] = free.firings["effective"]
    after[stops["trial"]] = stops["effective"]
    assert np.array_equal(np.isfinite(before), np.isfinite(after))
    assert 0 < np.isfinite(before).sum() < TRIALS, "some stop, and some do not"
    both = np.isfinite(before)
    assert np.all(after[both] >= before[both])
    assert np.any(after[both] > before[both]), "it moves dates"


FIXED = {
    "at_least": rule("tox", 7),
    "completed": {
        "counts": {"event": "tox"},
        "among": "completed",
        "look": "every 5 completed",
        "rule": {
            "kind": "beta_binomial",
            "prior": {"events": 0.5, "others": 1.5},
            "rate": "more than 20%",
            "certainty": "more than 90%",
        },
        "then": ["close_accrual"],
    },
}


@pytest.mark.parametrize("body", FIXED.values(), ids=FIXED)
def test_a_hold_moves_no_p_stop_of_such_rules_where_candidates_are_lost(body):
    """Against the exact P(stop) of the design without the hold: others enter, and they are as good."""
    in_time = {**TRUTH, "delays": {}}
    alone = lowered({"stop": body}, truth=in_time)
    values, reason = exactly(alone)
    assert not reason
    pause = rule("other", 1, then=[MONTH_ON_HOLD])
    _, records = played({"stop": body, "pause": pause}, MANY, truth=in_time)
    hits = len(np.unique(records.firings[records.firings["monitor"] == 0]["trial"]))
    assert_share(hits, MANY, values["p_stop"], "P(stop) with holds")
    free = play(alone, SEED, 0, MANY)
    assert records.trials["lost"].mean() > 3
    assert records.trials["end"].mean() > free.trials["end"].mean() + MONTH, "it moves dates"


def test_a_hold_moves_p_stop_where_accrual_ends_by_the_calendar():
    """Within a year 20 of about 24 candidates enter; on hold for months of it far fewer do, and stop less."""
    accrual = {"until": ["20 treated", "1 year"], "while_held": "queued"}
    pause = rule("other", 1, then=[{"hold_accrual": "200 days"}])
    (_, free), (_, held) = (
        played(m, accrual=accrual) for m in ({"stop": STOP}, {"stop": STOP, "pause": pause})
    )
    stopped = set(free.firings["trial"].tolist())
    then = set(held.firings[held.firings["monitor"] == 0]["trial"].tolist())
    assert then < stopped


# ---------------------------------------------------------------- reviews that do not resume


OF_NO_HOLD = {"rate.stop.observed", "rate.stop.estimate"}  # a rule that holds accrual has none
LATER_LOOKS = {"n_read.stop", "x_read.stop"}


@pytest.mark.parametrize("held", ["lost", "queued"])
@pytest.mark.parametrize("fires", ["once", "again"])
@pytest.mark.parametrize(
    ("takes", "lag"), [("30 days", "0 days"), ("0 days", "0 days"), ("6 months", "9 days")]
)
def test_a_review_that_never_resumes_leaves_what_closing_accrual_leaves(takes, lag, fires, held):
    """Entries, events and every metric: it stops the trial on the day on which it begins.

    One that fires again reads on, and what it read last is of a later day.
    """
    accrual = {"while_held": held}
    never = {"review": {"takes": takes, "resumes": "0%"}}
    body = {**STOP, "decision_lag": lag}
    given, records = played({"stop": {**body, "then": [never], "fires": fires}}, accrual=accrual)
    closing, closed = played({"stop": body}, accrual=accrual)
    for table in ("patients", "states", "events", "risks"):
        assert np.array_equal(getattr(records, table), getattr(closed, table)), table
    first = records.firings[np.unique(records.firings["trial"], return_index=True)[1]]
    assert np.array_equal(first, closed.firings)
    mine, theirs = (
        {text_of(k): v for k, v in collect(*of).items()} for of in ((given, records), (closing, closed))
    )
    assert 0.0 < mine["p_stop"].mean() < 1.0
    same = {
        key for key in mine.keys() & theirs.keys() if np.array_equal(mine[key], theirs[key], equal_nan=True)
    }
    assert theirs.keys() - mine.keys() == OF_NO_HOLD
    assert mine.keys() & theirs.keys() - same <= (LATER_LOOKS if fires == "again" else set())
