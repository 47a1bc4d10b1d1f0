"""Evidence: differential and exact. A rule with three endpoints: both engines, and every count made again."""

from __future__ import annotations

from functools import cache
from math import inf
from typing import Any

import numpy as np
import pytest

from simulator.engines.compiled.driver import play
from simulator.exact.over_rates import over_rates
from simulator.exact.recognise import exact_values
from simulator.metrics.collect import collect
from simulator.metrics.crossing import crossed
from simulator.model.metric import Key
from simulator.model.monitoring import Counts
from simulator.program.tables import Program
from tests.criteria import Either, Three, under
from tests.differential.engines import GRID_TRUTH, difference, grid_design, merged
from tests.helpers import SEED, by_patient

TRIALS = 150
AMONG = {
    "plain": ("treated", "treated", "treated"),
    "mixed": ("treated", "completed", "weight"),
    "known": ("fail", "known", "known"),
}
EVENTS, WINDOWS = ("a", "c", "b"), (14.0, 28.0, 42.0)
COUNTS = {
    name: {
        endpoint: Counts(event=event, window=window, among=mine)
        for endpoint, event, window, mine in zip(Three.endpoints, EVENTS, WINDOWS, among, strict=True)
    }
    for name, among in AMONG.items()
}
LOOKS = ("every 14 days", "every report", "every 2 known", {"at": ["4 completed", "9 completed", "70 days"]})


@cache
def three(among: str, look: int = 0, narrow: bool = True) -> Program:
    """Three endpoints with windows of their own, beside a rule with one."""
    changes: dict[str, Any] = {"monitoring.rule.look": LOOKS[look], "events.b.ruled_out_by": ["c"]}
    if narrow:
        one = {"counts": {"event": "a"}, "rule": {"kind": "at_least", "count": 5}, "look": "every 3 treated"}
        changes["monitoring.narrow"] = one
    return under(Three(), COUNTS[among], merged(grid_design(), changes), GRID_TRUTH)


@pytest.mark.parametrize("look", range(len(LOOKS)))
@pytest.mark.parametrize("among", AMONG)
def test_both_engines_play_three_endpoints_alike(among: str, look: int) -> None:
    assert difference(three(among, look), 60) == ""


def test_columns_are_as_wide_as_the_widest_rule() -> None:
    wide, narrow = (play(p, SEED, 0, 20) for p in (three("plain"), narrow_only()))
    assert wide.looks["n"].shape[1:] == wide.firings["x"].shape[1:] == (3,)
    assert narrow.looks["n"].shape[1:] == narrow.firings["x"].shape[1:] == (1,)
    mine = wide.looks[wide.looks["monitor"] == 1]
    assert mine["x"][:, 0].any()
    assert not mine["n"][:, 1:].any()
    assert not mine["x"][:, 1:].any()
    assert difference(narrow_only(), 20) == ""
    assert difference(none(), 20) == ""
    assert play(none(), SEED, 0, 3).looks["n"].shape == (0, 0)


@cache
def narrow_only() -> Program:
    return of(grid_design())


@cache
def none() -> Program:
    return of(merged(grid_design(), {"monitoring": None}))


def of(design: Any) -> Program:
    from tests.differential.engines import of_tree

    return of_tree(design, GRID_TRUTH)


@pytest.mark.parametrize("among", AMONG)
def test_every_count_is_what_was_reported_by_then(among: str) -> None:
    """n and x of each look from the records of patients and events; the outcome from other formulas."""
    given = three(among)
    records = play(given, SEED, 0, TRIALS)
    patients = list(by_patient(records))
    codes = set()
    for look in records.looks[records.looks["monitor"] == 0]:
        mine = [each for each in patients if each[0]["trial"] == look["trial"]]
        expected = [recount(given, mine, i, float(look["time"])) for i in range(3)]
        for i, (n, x) in enumerate(expected):
            assert look["n"][i] == pytest.approx(n, abs=1e-9), (among, i)
            assert look["x"][i] == x, (among, i)
        assert look["outcome"] == Three.by_hand(*expected)
        codes.add(int(look["outcome"]))
    assert codes >= {0, 1, 2} if among == "plain" else len(codes) >= 2


def recount(given: Program, patients: list[Any], i: int, day: float) -> tuple[float, int]:
    """n and x of an endpoint at a look."""
    among, window, event = given.monitors[0].counters[i].among, WINDOWS[i], given.event_index(EVENTS[i])
    gone = given.event_index("c") if EVENTS[i] in {"a", "b"} else -1
    n, x = 0.0, 0
    for patient, events in patients:
        entry = float(patient["entry"])
        if entry >= day:  # a look comes before who turns up on its day
            continue
        seen = events[events["reported"] <= day]
        has = bool(np.any((seen["event"] == event) & (seen["occurred"] <= entry + window)))
        over = entry + window <= day
        known = over or has or bool(np.any(seen["event"] == gone))
        share = 1.0 if known else (day - entry) / window
        n += {"treated": 1.0, "completed": over, "known": known, "weight": share, "fail": 1.0}[among]
        x += (has and over) if among == "completed" else has or (among == "fail" and not known)
    return n, x


def test_what_each_endpoint_read_last_is_a_metric() -> None:
    given = three("plain", narrow=False)
    found = collect(given, play(given, SEED, 0, TRIALS))
    for endpoint in Three.endpoints:
        assert np.nanmax(found[Key("x_read", rule="rule", endpoint=endpoint)]) > 0
    outcomes = ("harm", "futile", "late harm")
    stopped = sum(found[Key("p_stop", rule="rule", outcome=outcome)].sum() for outcome in outcomes)
    assert 0 < stopped == found[Key("p_stop")].sum()


def test_no_exact_value_is_claimed_for_three_endpoints_together() -> None:
    changes = {"monitoring.rule.look": "every 2 completed", "monitoring.rule.among": "completed"}
    counts = {
        endpoint: Counts(event=event, window=28.0)
        for endpoint, event in zip(Three.endpoints, EVENTS, strict=True)
    }
    given = under(Three(), counts, merged(grid_design(), changes), GRID_TRUTH)
    values, reason = exact_values(given)
    assert not values
    assert reason == "the endpoints are not toxicity and response"
    curves = over_rates(given.monitors[0], given.max_treated, (0.2, 0.6))
    assert [curve.endpoint for curve in curves] == list(Three.endpoints)
    assert curves[0].results[0].p_stop < curves[0].results[1].p_stop
    assert curves[1].results[0].p_stop > curves[1].results[1].p_stop
    assert given.monitors[0].window < inf


def test_an_outcome_of_few_events_is_crossed_when_its_data_were_cut() -> None:
    """Also where many events of the same endpoint are an outcome too, and so count as bad."""
    given = under(Either(), {"event": Counts(event="b")}, grid_design(), GRID_TRUTH)
    assert given.monitors[0].counters[0].harmful
    stops = play(given, SEED, 0, TRIALS).firings
    days = crossed(given, play(given, SEED, 0, TRIALS), stops)
    few = stops["outcome"] == 2
    assert few.any()
    assert (~few).any()
    assert (days[few] == stops["cut"][few]).all()
    assert (days[~few] <= stops["reported"][~few]).all()
