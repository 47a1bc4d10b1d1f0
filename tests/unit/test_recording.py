"""Evidence: by another way. patients.parquet and looks.parquet against metrics and records of a run."""

from math import inf, isnan

import numpy as np
import pyarrow.parquet as pq
import pytest

from simulator.engines.reference.trial import play
from simulator.loading.load import load
from simulator.model.latents import BlockLatents
from simulator.program.build import build
from simulator.study.recording import FILES, Recorder
from simulator.study.run import run
from tests.helpers import ROOT, SEED, rule, scenario, until

TRIALS = 260  # more than one block
LIMIT = {"prior": {"events": 1, "others": 1}, "certainty": "more than 80%"}
JOINT = {
    "counts": {"toxicity": {"event": "a"}, "response": {"event": "b"}},
    "rule": {
        "kind": "thall_simon_estey",
        "toxicity": {"standard": "50%", **LIMIT},
        "response": {"standard": "40%", **LIMIT},
    },
    "among": "weight",
    "look": "every 1 treated",
    "then": ["close_accrual"],
}
DESIGN = {
    "accrual": until(5),
    "drugs": {"x": ["1 mg"]},
    "phases": {"one": {"lasts": "40 days"}},
    "events": {
        "a": {"repeats": True, "window": "20 days"},
        "b": {"window": "30 days"},
        "gone": {"when_detected": "leave"},
    },
    "monitoring": {
        "joint": JOINT,
        "count": rule("a", 4, unit="events"),
        "never": rule("b", 9, look="at 9 treated"),
    },
}
EVENTS = tuple(DESIGN["events"])


def truth(rate):
    return {
        "accrual": "every 10 days",
        "events": {
            "a": {"hazard": f"{rate} per day"},
            "b": {"clock": "enrolment", "incidence": "40%", "onset": {"at": {"20 days": "100%"}}},
            "gone": {"hazard": "0.01 per day"},
        },
    }


def written(given, folder, trials, **more):
    """(results, rows of patients.parquet, rows of looks.parquet) of a run."""
    with Recorder(folder) as keep:
        results = run(given, trials=trials, seed=SEED, keep=keep, **more)
    return results, *(pq.read_table(folder / name) for name in FILES)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Two variants under two truths."""
    variants = {"plain": {}, "no_counting": {"design.monitoring": {"count": None, "never": None}}}
    given = scenario(DESIGN, {"rare": truth(0.01), "often": truth(0.05)}, variants=variants)
    return given, *written(given, tmp_path_factory.mktemp("recorded"), TRIALS)


CELLS = [(variant, name) for variant in ("plain", "no_counting") for name in ("rare", "often")]


def of_cell(table, variant, name):
    return [row for row in table.to_pylist() if (row["variant"], row["truth"]) == (variant, name)]


def per_trial(rows, value):
    """Sum of a value over the rows of each trial."""
    out = np.zeros(TRIALS)
    for row in rows:
        out[row["trial"]] += value(row)
    return out


@pytest.mark.parametrize("cell", CELLS)
def test_one_row_per_enrolled_patient_and_counts_as_in_the_metrics(recorded, cell):
    _, results, patients, _ = recorded
    rows, columns = of_cell(patients, *cell), results.cell(*cell).columns
    assert len({(row["trial"], row["patient"]) for row in rows}) == len(rows)
    assert np.array_equal(per_trial(rows, lambda _: 1), columns["n_enrolled"])
    for event in EVENTS:
        assert np.array_equal(per_trial(rows, lambda r, e=event: r[f"n.{e}"]), columns[f"events.{event}"])
        had = per_trial(rows, lambda r, e=event: r[f"n.{e}"] > 0)
        assert np.array_equal(had, columns[f"patients_with.{event}"])
        assert had.sum() > 0
    last = np.zeros(TRIALS)
    for row in rows:
        last[row["trial"]] = max(last[row["trial"]], row["exit_day"])
    assert np.array_equal(last, columns["duration_days"]), "the first entry is on day 0"


@pytest.mark.parametrize("cell", CELLS)
def test_never_is_null_and_first_days_are_those_of_the_records(recorded, cell):
    """Against the same trials played again, in one block."""
    given, _, patients, _ = recorded
    rows = of_cell(patients, *cell)
    program = build(given.designs[cell[0]], given.truths[cell[1]])
    records = play(program, BlockLatents(SEED, 0, TRIALS, 5))
    first = {(int(p["trial"]), int(p["candidate"])): [inf] * len(EVENTS) for p in records.patients}
    for e in records.events:
        own = first[int(e["trial"]), int(e["candidate"])]
        own[e["event"]] = min(own[e["event"]], float(e["occurred"]))
    assert [(row["trial"], row["patient"]) for row in rows] == list(first), "in order of trial, then arrival"
    assert [row["entry_day"] for row in rows] == records.patients["entry"].tolist()
    assert [row["exit_day"] for row in rows] == records.patients["exit"].tolist()
    for row in rows:
        for event, day in zip(EVENTS, first[row["trial"], row["patient"]], strict=True):
            assert row[f"first_day.{event}"] == (None if day == inf else day)
            assert (row[f"n.{event}"] == 0) is (day == inf)


@pytest.mark.parametrize("cell", CELLS)
def test_the_last_look_is_what_the_metrics_read(recorded, cell):
    _, results, _, looks = recorded
    rows, columns = of_cell(looks, *cell), results.cell(*cell).columns
    last = {}
    for row in rows:
        key = (row["trial"], row["rule"], row["endpoint"])
        assert row["look"] == last.get(key, {"look": 0})["look"] + 1, "looks are numbered from 1, in order"
        last[key] = row
    named = {"joint": ("toxicity", "response")} | ({"count": ("event",)} if cell[0] == "plain" else {})
    assert {(row["rule"], row["endpoint"]) for row in rows} == {(r, e) for r, es in named.items() for e in es}
    for name, endpoints in named.items():
        for endpoint in endpoints:
            end = f"{name}.{endpoint}" if len(endpoints) > 1 else name
            for trial in range(TRIALS):
                row = last.get((trial, name, endpoint))
                for column in ("n", "x"):
                    value = columns[f"{column}_read.{end}"][trial]
                    assert isnan(value) if row is None else row[column] == value
        fired = per_trial((r for r in rows if r["rule"] == name and r["endpoint"] == endpoints[0]), _fired)
        assert np.array_equal(fired, columns[f"p_stop.{name}"])
    outcomes = {row["outcome"] for row in rows if row["rule"] == "joint"}
    assert outcomes == {None, "toxicity", "futility"}
    assert any(row["n"] != int(row["n"]) for row in rows), "weighted follow-up keeps its fractions"


def _fired(row):
    return row["outcome"] is not None


def test_a_rule_that_never_looks_has_no_rows_and_nan(recorded):
    _, results, _, looks = recorded
    assert np.isnan(results.cell("plain", "rare").columns["n_read.never"]).all()
    assert "never" not in looks.column("rule").to_pylist()


def test_several_processes_write_the_same(recorded, tmp_path):
    """The same rows; in which order depends on how the trials are shared out."""
    given, _, patients, looks = recorded
    _, patients_again, looks_again = written(given, tmp_path, TRIALS, jobs=2)
    place = (
        ("variant", "truth", "trial", "patient"),
        ("variant", "truth", "trial", "rule", "look", "endpoint"),
    )
    for table, again, keys in zip((patients, looks), (patients_again, looks_again), place, strict=True):
        one, two = (sorted(t.to_pylist(), key=lambda row: [row[k] for k in keys]) for t in (table, again))
        assert one == two


def test_without_rules_there_are_patients_and_no_looks(tmp_path):
    given = scenario({**DESIGN, "monitoring": {}}, {"rare": truth(0.01)})
    _, patients, looks = written(given, tmp_path, 3)
    assert len(patients) == 15
    assert len(looks) == 0


def test_variants_may_differ_in_their_events(tmp_path):
    """The second variant also records an event of which the first knows nothing."""
    events = {**DESIGN["events"], "more": {}}
    hazards = {**truth(0.05), "events": {**truth(0.05)["events"], "more": {"hazard": "0.1 per day"}}}
    variants = {"plain": {}, "wider": {"design.events": events}}
    given = scenario({**DESIGN, "monitoring": {}}, {"often": hazards}, variants=variants)
    _, patients, _ = written(given, tmp_path, 3)
    rows = patients.to_pylist()
    assert all(
        row["n.more"] is None and row["first_day.more"] is None for row in rows if row["variant"] == "plain"
    )
    assert all(row["n.more"] in {0, 1} for row in rows if row["variant"] == "wider")


def test_the_shipped_scenario_waiting_for_five(tmp_path):
    """As designed, but for held accrual: patients and looks of 3 trials under the null."""
    given = load(ROOT / "scenarios/ferrajoli.yaml")
    results, patients, looks = written(given, tmp_path, 3, variants=["wait_for_5"], truths=["design_null"])
    columns = results.cell("wait_for_5", "design_null").columns
    rows = patients.to_pylist()
    assert len(rows) == columns["n_enrolled"].sum()
    assert max(row["patient"] for row in rows) > 45, "arrival numbers: those who were lost are counted"
    read = [row for row in looks.to_pylist() if row["endpoint"] == "response"]
    assert all(row["n"] % 5 == 0 for row in read), "5 more are treated at each look, and all of them assessed"
