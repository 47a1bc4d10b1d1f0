"""Evidence: exact, hand-worked. A decision table of one's own, in the file or beside it, and its mistakes."""

import json

import pytest
from pydantic import TypeAdapter

from simulator.dose_finding._exact import least_toxic
from simulator.dose_finding.boin import Boin
from simulator.dose_finding.user_table import UserTable
from simulator.errors import ScenarioError
from simulator.exact.dose_graph import dose_graph
from simulator.loading.load import load
from simulator.program.decisions import Standing, decisions_of
from tests.helpers import dose_version

LETTERS = {1: "E", 0: "S", -1: "D"}
SMALL = {"3": "E S D DU", "6": "E E S D DU DU DU"}
CSV = "n,dlt,decision\n" + "".join(
    f"{n},{dlt},{decision}\n" for n, row in SMALL.items() for dlt, decision in enumerate(row.split())
)
HERE = "design.dose_finding"


def table_of(design, numbers):
    """What a design would print."""
    rows = {}
    for n in numbers:
        least = least_toxic(n, design.target, design.eliminate) if n >= 3 else n + 1
        moves = enumerate(design.moves(n))
        rows[str(n)] = " ".join("DU" if dlt >= least else LETTERS[move] for dlt, move in moves)
    return rows


def told(**keys):
    return TypeAdapter(UserTable).validate_python({"target": "30%", "n_max": 9, "table": SMALL} | keys)


def ends(design):
    graph = dose_graph([dose_version(design, (1, 2, 3))])
    return {name: getattr(graph, name).tolist() for name in ("n", "dlt", "selected", "log_paths")}


@pytest.mark.parametrize(("cohort", "enough"), [(1, None), (3, None), (3, 6)])
def test_the_printed_table_of_boin_has_the_graph_of_boin(cohort, enough):
    boin = Boin(target=0.3, n_max=12, cohort=cohort, enough=enough)
    numbers = range(cohort, 13, cohort)  # that of n_max says what is eliminated in the end
    same = told(n_max=12, cohort=cohort, enough=enough, table=table_of(boin, numbers))
    assert ends(same) == ends(boin)


def choice(n, dlt, current, **keys):
    return decisions_of(told(**keys)).of(Standing(n, dlt, current))[:3]


def test_a_dose_is_filled_to_the_next_n_that_is_listed():
    assert choice((3, 2, 0), (0, 1, 0), 1) == (1, 1, -1)
    assert choice((3, 4, 0), (0, 1, 0), 1) == (1, 2, -1)
    assert choice((2, 3, 0), (0, 2, 0), 1) == (0, 1, -1)  # down to a dose with two
    assert choice((3, 3, 0), (0, 2, 0), 1) == (0, 3, -1)


def test_du_is_never_given_again():
    assert choice((3, 3, 0), (0, 3, 0), 1) == (0, 3, -1)
    assert choice((6, 3, 0), (0, 2, 0), 0, n_max=12, table={**SMALL, "9": "E E E S D D DU DU DU DU"}) == (
        1,
        3,
        -1,
    )
    assert choice((3, 0, 0), (3, 0, 0), 0) == (-1, 0, -1)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"table": {"3": "E S D"}}, "3 decisions at n = 3, allowed 4: for 0 to 3 DLTs"),
        ({"table": {"3": "E S X DU"}}, "X at n = 3, allowed E, S, D or DU"),
        ({"table": {"3": "E S D DU", "03": "E S D D"}}, "n = 3 twice"),
        ({"table": {}}, "each n with a decision"),
        ({"table": {"6": "E E S D DU DU DU"}}, "table without n = 1 to 5, allowed one at least every 3"),
        ({"n_max": 12}, "table without n = 7 to 11"),
        ({"n_max": 2}, "cohort: 3"),
    ],
)
def test_a_table_with_a_hole_or_a_strange_word_is_refused(keys, said):
    with pytest.raises(ValueError, match=said):
        told(**keys)


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A scenario whose table is in a.csv."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text(CSV, encoding="utf-8")
    tree = {
        "trialstop": 1,
        "title": "test",
        "question": "test",
        "design": {
            "drugs": {"x": ["1 mg", "2 mg"]},
            "phases": {"one": {"lasts": "28 days", "gives": {"x": "assigned"}}},
            "events": {"dlt": {"window": "28 days"}},
            "dose_finding": {"kind": "user_table", "target": "30%", "n_max": 9, "csv": "a.csv"},
            "accrual": {"until": "9 treated"},
        },
        "truths": {"t": {"accrual": "1 per week", "events": {"dlt": {"hazard": "0"}}}},
    }
    path = tmp_path / "s.yaml"
    path.write_text(json.dumps(tree), encoding="utf-8")
    return path


def method(scenario):
    return scenario.designs["as_written"].dose_finding.method


def test_a_csv_file_is_read_as_if_it_stood_there(file):
    assert method(load(file)) == told()
    (file.parent / "b.csv").write_text(CSV.replace("3,1,S", "3,1,D"), encoding="utf-8")
    other = load(file, [f"{HERE}.csv=b.csv"])
    assert method(other).table[0] == (3, ("E", "D", "D", "DU"))
    assert other.sha256 != load(file).sha256


@pytest.mark.parametrize(
    ("old", "new", "line", "found"),
    [
        ("3,1,S\n", "", 2, "no decision for 1 of 3"),
        ("3,1,S\n", "3,1,S\n3,1,D\n", 4, "D for 1 of 3, which line 3 says is S"),
        ("3,1,S\n", "3,4,S\n", 3, "3,4,S"),
        ("3,1,S\n", "3,1\n", 3, "3,1"),
        ("n,dlt,decision", "n,y,decision", 1, "n,y,decision"),
        ("3,1,S\n", "3,1,Q\n", 3, "3,1,Q"),
        ("3,1,S\n", "3,1,\n", 3, "3,1,"),
    ],
)
def test_what_is_wrong_in_a_csv_file_is_named_with_its_line(file, old, new, line, found):
    (file.parent / "a.csv").write_text(CSV.replace(old, new), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(file)
    (error,) = [p for p in caught.value.problems if p.severity == "error"]
    assert (error.line, error.found.strip('"')) == (line, found)
    assert error.file.endswith("a.csv")


def test_a_csv_file_that_is_not_there_and_a_table_beside_one(file):
    with pytest.raises(ScenarioError, match=r"none\.csv: No such file"):
        load(file, [f"{HERE}.csv=none.csv"])
    tree = json.loads(file.read_text())
    tree["design"]["dose_finding"]["table"] = SMALL
    file.write_text(json.dumps(tree), encoding="utf-8")
    with pytest.raises(ScenarioError, match="both `table` and `csv`"):
        load(file)
