"""Evidence: by another way. patients.parquet and looks.parquet against metrics and records of a run."""

from math import ceil, inf, isnan

import numpy as np
import pyarrow.parquet as pq
import pytest

from simulator.engines.reference.trial import play
from simulator.loading.load import load
from simulator.model.latents import BlockLatents
from simulator.model.metric import Key
from simulator.program.build import build
from simulator.study import units
from simulator.study.recording import FILES, Recorder
from simulator.study.run import run
from tests.helpers import ROOT, SEED, rule, scenario, until

TRIALS = 260  # several units of 100
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
    with pytest.MonkeyPatch.context() as patch, Recorder(folder) as keep:
        patch.setattr(units, "BLOCK", 100)
        results = run(given, trials=trials, seed=SEED, keep=keep, **more)
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    return results, *(pq.read_table(folder / name) for name in FILES[1:])


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
        key = Key("p_fired", rule=name)  # with one acting rule, its firings are its stops
        assert np.array_equal(fired, columns[key if key in columns else Key("p_stop", rule=name)])
    outcomes = {row["outcome"] for row in rows if row["rule"] == "joint"}
    assert outcomes == {None, "toxicity", "futility"}
    assert any(row["n"] != int(row["n"]) for row in rows), "weighted follow-up keeps its fractions"


def _fired(row):
    return row["outcome"] is not None


def test_a_rule_that_never_looks_has_no_rows_and_nan(recorded):
    _, results, _, looks = recorded
    assert np.isnan(results.cell("plain", "rare").columns["n_read.never"]).all()
    assert "never" not in looks.column("rule").to_pylist()


@pytest.mark.parametrize("more", [{"engine": "simpy", "jobs": 2}, {"jobs": 2}, {"jobs": 1}])
def test_several_processes_or_threads_write_the_same(recorded, tmp_path, more):
    given, _, patients, looks = recorded
    _, patients_again, looks_again = written(given, tmp_path, TRIALS, **more)
    assert patients.to_pylist() == patients_again.to_pylist()
    assert looks.to_pylist() == looks_again.to_pylist()


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


# ---------------------------------------------------------------- every look read again, from the records


def read_again(design, endpoint, day, patients, events):
    """n and x of an endpoint of scenarios/ferrajoli.yaml on a day, from what was recorded of a trial.

    patients: arrival number -> (entry, exit); events: (patient, event, occurred, reported).
    """
    monitor = design.monitoring["tse"]
    counts = monitor.counts[endpoint]
    event = design.events[counts.event]
    among, window = counts.among or monitor.among, counts.window or event.window
    there = {who: entry for who, (entry, _) in patients.items() if entry <= day}
    told = [(who, name, on) for who, name, on, reported in events if reported <= day]
    mine = [(who, on) for who, name, on in told if name == counts.event and on - patients[who][0] <= window]
    over = {who for who, entry in there.items() if entry + window <= day}
    if counts.unit == "courses":  # of 28 days in 12 months of treatment; those that are over by then
        spans = {
            (who, k): min(entry + 28 * (k + 1), entry + 365.25, patients[who][1])
            for who, entry in there.items()
            for k in range(14)
            if entry + 28 * k < patients[who][1]
        }
        assert among == "completed"
        ended = {course for course, end in spans.items() if end <= day}
        return len(ended), len({(who, max(ceil((on - there[who]) / 28) - 1, 0)) for who, on in mine} & ended)
    had = {who for who, _ in mine}
    if among == "treated":
        return len(there), len(had)
    if among == "completed":
        return len(over), len(had & over)
    known = over | had | {who for who, name, _ in told if name in event.ruled_out_by}
    if among == "known":
        return len(known), len(had)
    if among == "fail":
        return len(there), len(had) + (len(there.keys() - known) if endpoint == "toxicity" else 0)
    return len(known) + sum((day - there[who]) / window for who in there.keys() - known), len(had)


@pytest.mark.parametrize("name", ["design_null", "haem_ever"])
def test_every_look_of_the_shipped_scenario_from_the_records(name):
    """Two trials of each variant: its denominators, windows and units, named visits, steps and exits."""
    given = load(ROOT / "scenarios/ferrajoli.yaml")
    compared = 0
    for variant, design in given.designs.items():
        program = build(design, given.truths[name])
        records = play(program, BlockLatents(SEED, 0, 2, 45))
        for trial in range(2):
            mine = records.patients[records.patients["trial"] == trial]
            patients = {int(p["candidate"]): (float(p["entry"]), float(p["exit"])) for p in mine}
            events = [
                (
                    int(e["candidate"]),
                    program.events[e["event"]].name,
                    float(e["occurred"]),
                    float(e["reported"]),
                )
                for e in records.events[records.events["trial"] == trial]
            ]
            for look in records.looks[records.looks["trial"] == trial]:
                for i, endpoint in enumerate(("toxicity", "response")):
                    if look["n"][i] < 0:  # not read at this look
                        continue
                    n, x = read_again(design, endpoint, float(look["time"]), patients, events)
                    assert look["n"][i] == pytest.approx(n, abs=1e-9), (variant, trial, look, endpoint)
                    assert look["x"][i] == x, (variant, trial, look, endpoint)
                    compared += 1
    assert compared > 500


def test_amendments_and_versions_are_written(tmp_path):
    """Of one variant, in the trials of some units alone, and read back as they were played."""
    amendments = {"late": {"when": "300 days", "change": {"design.phases.one.lasts": "30 days"}}}
    variants = {"plain": {}, "amended": {"design.amendments": amendments}}
    sparse = {**truth(0.01), "accrual": "0.5 per month"}
    given = scenario(DESIGN, {"rare": sparse}, variants=variants)
    with pytest.MonkeyPatch.context() as patch, Recorder(tmp_path) as keep:
        patch.setattr(units, "BLOCK", 1)
        results = run(given, trials=12, seed=SEED, keep=keep)
    came = of_cell(pq.read_table(tmp_path / "amendments.parquet"), "amended", "rare")
    amended = results.cell("amended", "rare").columns["p_amended.late"]
    assert 0 < amended.sum() < 12 and {row["day"] for row in came} == {300.0}
    assert sorted(row["trial"] for row in came) == np.flatnonzero(amended).tolist()
    patients = of_cell(pq.read_table(tmp_path / "patients.parquet"), "amended", "rare")
    assert {(row["version"], row["entry_day"] > 300) for row in patients} == {(0, False), (1, True)}
