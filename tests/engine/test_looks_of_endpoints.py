"""Evidence: trace, exact and differential. Endpoints with windows of their own have looks of their own.

Candidates enter every 10 days from day 0; toxicity is assessed for 20 days, response for 50, so that windows
are over on days 20, 30 ... and 50, 60 ...; both count patients whose window is over.
"""

import numpy as np
import pytest

from simulator.exact.recognise import exact_values
from simulator.metrics.collect import collect
from simulator.model.metric import Key
from simulator.program.readable import readable
from simulator.study.recording import Recorder
from tests.differential.engines import SEED, cells, difference, play_compiled
from tests.helpers import ROOT, assert_share, draws, loaded, program, script, until

PATIENTS = 6
LIMIT = {"standard": "30%", "prior": {"events": 0.6, "others": 1.4}, "certainty": "more than 95%"}
FERRAJOLI = ROOT / "scenarios/ferrajoli.yaml"
CHECK = ROOT / "scenarios/checks/ferrajoli.yaml"
APART = ("design.events.toxicity.window=28 days", "design.events.response.window=274 days")
TRIALS = 10_000
UNREAD = (-1, -1)


def build(look, *, among="completed", **more):
    rule = {"kind": "thall_simon_estey", "toxicity": LIMIT, "response": {**LIMIT, "standard": "1%"}}
    counts = {"toxicity": {"event": "tox"}, "response": {"event": "resp"}}
    monitor = {
        "counts": counts,
        "among": among,
        "rule": rule,
        "look": look,
        "then": ["close_accrual"],
        **more,
    }
    events = {"tox": {"window": "20 days"}, "resp": {"window": "50 days"}}
    design = {"accrual": until(PATIENTS), "events": events, "monitoring": {"rule": monitor}}
    return program(design, {"accrual": "every 10 days"})


def pairs(look, days=None, **more):
    """(day, (n, x) of toxicity, (n, x) of response) of each look; and the numbers of looks."""
    given = build(look, **more)
    records = script(given, days=days or {})
    rows = [
        (float(row["time"]), *zip(row["n"].tolist(), row["x"].tolist(), strict=True)) for row in records.looks
    ]
    assert [row["look"] for row in records.looks] == list(range(1, len(rows) + 1))
    return rows


def test_each_endpoint_is_read_at_its_own_multiples():
    """Toxicity windows are over on days 20 to 70: 2 on day 30, 4 on 50, 6 on 70; response's on 50 to 100."""
    assert pairs("every 2 completed") == [
        (30, (2, 0), UNREAD),
        (50, (4, 0), UNREAD),  # one response window is over, too
        (60, UNREAD, (2, 0)),
        (70, (6, 0), UNREAD),
        (80, UNREAD, (4, 0)),
        (100, UNREAD, (6, 0)),
    ]


def test_two_that_come_on_one_day_are_one_look():
    """Every third: toxicity on days 40 and 70, response on 70 and 100."""
    assert pairs("every 3 completed") == [(40, (3, 0), UNREAD), (70, (6, 0), (3, 0)), (100, UNREAD, (6, 0))]


def test_listed_numbers_come_once_for_each():
    assert pairs({"at": ["1 completed", "4 completed"]}) == [
        (20, (1, 0), UNREAD),
        (50, (4, 0), (1, 0)),
        (80, UNREAD, (4, 0)),
    ]


def test_an_outcome_known_early_brings_its_own_endpoint_on():
    """A response on day 5 is known at once; the toxicity windows bring nobody's response to light."""
    assert pairs("every 1 known", {("resp", 0): [5]}, among="known")[:3] == [
        (5, UNREAD, (1, 1)),
        (20, (1, 0), UNREAD),
        (30, (2, 0), UNREAD),
    ]


@pytest.mark.parametrize("look", ["every 2 treated", "every 35 days", {"at": ["35 days"]}, "every report"])
def test_other_looks_read_every_endpoint(look):
    found = pairs(look, {("tox", 1): [5], ("resp", 2): [40]})
    assert found
    assert all(UNREAD not in row for row in found)


def test_a_milestone_of_another_kind_reads_what_is_not_due_too():
    """Day 35 has two toxicity windows over, and no response window."""
    found = pairs({"at": ["2 completed", "35 days"]})
    assert found == [(30, (2, 0), UNREAD), (35, (2, 0), (0, 0)), (60, UNREAD, (2, 0))]


def test_a_look_that_waited_reads_every_endpoint():
    """Due on days 20 and 50, before that day's arrival; taken when those of days 10 and 40 are assessed."""
    found = pairs({"at": ["1 completed"]}, wait="look")
    assert found == [(60, (5, 0), (2, 0)), (90, (6, 0), (5, 0))]


def test_an_outcome_is_tried_only_where_its_endpoint_is_read():
    """Three of three with toxicity by day 25; on day 60 only responses are read, on day 40 toxicities."""
    days = {("tox", who): [1] for who in range(PATIENTS)}
    assert pairs({"at": ["3 completed"]}, days) == [(40, (3, 3), UNREAD)]


def test_the_last_look_is_the_one_after_which_no_endpoint_has_one():
    """Toxicity's last look, on day 70, leaves those at responses; the responses' on day 100 leaves none."""
    late = {("tox", who): [1] for who in (3, 4, 5)}  # 3 of 6 on day 70
    given = build("every 6 completed")
    (firing,) = script(given, days=late | {("tox", 2): [1], ("tox", 1): [1]}).firings
    assert (firing["decided"], firing["last"]) == (70, False)
    assert (firing["n"].tolist(), firing["x"].tolist()) == ([6, -1], [5, -1])


def test_what_can_be_read_is_what_is_listed():
    found = loaded(FERRAJOLI, ())
    for variant, step in (("looks_every_5", 5), ("looks_every_10", 10)):
        design = found.designs[variant]
        (monitor,) = design.monitoring.values()
        for endpoint in readable(design, monitor, 45):
            assert list(endpoint.n) == list(range(step, 46, step))


@pytest.mark.parametrize("variant", ["looks_every_5", "looks_every_10"])
def test_every_n_read_is_one_that_the_boundary_lists(variant):
    """52 % of the response readings of `design_null` were at another n."""
    given = cells(FERRAJOLI)[variant, "design_null"]
    n = draws(given, 60).looks["n"]
    assert set(np.unique(n).tolist()) <= {-1.0, *given.monitors[0].plan.looks}
    assert (n >= 0).any(axis=1).all()


@pytest.mark.parametrize("variant", ["joint", "every_5", "every_10"])
def test_whether_it_stops_does_not_depend_on_which_window_is_over_first(variant):
    """Exact for windows of 28 and 274 days as for equal ones; by outcome it does depend, and is not given."""
    given = cells(CHECK, *APART)[variant, "design_null"]
    together, _ = exact_values(cells(CHECK)[variant, "design_null"])
    values, _ = exact_values(given)
    assert values == {key: together[key] for key in (Key("p_stop"), Key("p_stop", rule="tse"))}
    stops = len(play_compiled(given, SEED, 0, TRIALS).firings)
    assert_share(stops, TRIALS, values[Key("p_stop")])


def test_it_reads_together_after_a_wait_that_holds_accrual():
    values, _ = exact_values(cells(CHECK, *APART)["wait_5", "design_null"])
    assert values == exact_values(cells(CHECK)["wait_5", "design_null"])[0]
    looks = "{design.monitoring.tse.look: every 5 treated, design.monitoring.tse.wait: look}"
    given = cells(CHECK, *APART, f"variants.wait_5={looks}")["wait_5", "design_null"]
    assert exact_values(given) == (
        {}, "looks that wait read more patients of the endpoint with the shorter window"
    )  # fmt: skip
    assert given.monitors[0].plan.looks is None  # any n


def test_n_read_is_of_its_last_reading():
    """Five of six with toxicity stop it on day 70; responses were read on day 60, two of them."""
    given = build({"at": ["2 completed", "6 completed"]})
    records = script(given, days={("tox", who): [1] for who in (1, 2, 3, 4, 5)} | {("resp", 0): [9]})
    columns = collect(given, records)
    for endpoint, wanted in {"toxicity": (6, 5), "response": (2, 1)}.items():
        keys = [Key(name, rule="rule", endpoint=endpoint) for name in ("n_read", "x_read")]
        assert tuple(float(columns[key][0]) for key in keys) == wanted


@pytest.mark.parametrize("variant", ["as_designed", "looks_every_5", "pending_known", "wait_for_5"])
def test_both_engines_read_the_same_endpoints(variant):
    assert difference(cells(FERRAJOLI)[variant, "haem_ever"], 40) == ""


def test_a_reading_that_was_not_taken_has_no_row_in_parquet(tmp_path):
    from pyarrow import parquet

    given = build("every 2 completed")
    with Recorder(tmp_path) as recorder:
        records = script(given)
        recorder.take(given, records, collect(given, records))
        recorder.commit(0)
    rows = parquet.read_table(tmp_path / "looks.parquet").to_pylist()
    assert sorted((row["look"], row["endpoint"], row["n"]) for row in rows) == [
        (1, "toxicity", 2), (2, "toxicity", 4), (3, "response", 2),
        (4, "toxicity", 6), (5, "response", 4), (6, "response", 6),
    ]  # fmt: skip
