"""Evidence: hand-worked. The command next-dose as people call it; what is wrong with a call is one error."""

import json
from pathlib import Path

import pytest

from .conftest import Call

MEC = str(Path(__file__).parents[2] / "scenarios" / "mec.yaml")
BAD = 2


def test_it_answers_in_words(call: Call) -> None:
    found = call("next-dose", MEC, "--outcomes", "2NTN")
    assert (found.exit_code, found.stderr) == (0, "")
    assert found.stdout.startswith(f"{MEC}, as_amended\n")
    assert "NEXT: 3 more patients at 10 mg d1-14, dose 2 (stay: more patients are needed)." in found.stdout
    assert "then" not in found.stdout


def test_a_warning_stands_beside_the_answer(call: Call) -> None:
    found = call("next-dose", MEC, "--outcomes", "1NNN")
    assert found.exit_code == 0
    assert found.stderr.startswith("warning: cohort 1 is at dose 1 (5 mg d1-14), where the design says 2")
    assert "NEXT: 3 patients at 10 mg d1-14" in found.stdout


def test_ahead_as_tables_and_as_a_tree(call: Call, folder: Path) -> None:
    found = call("next-dose", MEC, "--what-if", "--pathways", "2", "--outcomes", "2NTN", "--out", "a/t.png")
    assert found.exit_code == 0, found.stderr
    assert "0     3 at 25 mg d1-14  up: few enough DLTs" in found.stdout
    assert "cohort +2" in found.stdout and "cohort +3" not in found.stdout
    assert (folder / "a/t.png").stat().st_size > 10_000
    assert found.stderr == "a/t.png\n"
    drawn = call("next-dose", MEC, "--outcomes", "2NTN", "--out", "b.png")
    assert drawn.exit_code == 0 and "cohort +1" not in drawn.stdout
    three = call("next-dose", MEC, "--outcomes", "2NTN", "--pathways")
    assert "cohort +3" in three.stdout and "cohort +4" not in three.stdout


def test_json_and_csv_to_files_or_alone_on_the_screen(call: Call, folder: Path) -> None:
    found = call("next-dose", MEC, "--outcomes", "2NTN 2NX", "--json", "-", "--csv", "o.csv", "--what-if")
    tree = json.loads(found.stdout)
    assert (tree["next"]["number"], tree["next"]["patients"], len(tree["what_if"])) == (2, 2, 3)
    assert (folder / "o.csv").read_text().splitlines()[:2] == ["cohort,patient,dose,tox", "1,1,2,0"]
    again = call("next-dose", MEC, "--outcomes", "o.csv", "--json", "j/t.json")
    assert json.loads((folder / "j/t.json").read_text())["next"] == tree["next"]
    assert "Outcomes: 2NTN 2NX" in again.stdout


def test_sets_and_variants(call: Call) -> None:
    found = call(
        "next-dose", MEC, "--variant", "start_at_5", "--set", "design.dose_finding.cohort=2", "--outcomes", ""
    )
    assert "NEXT: 2 patients at 5 mg d1-14, dose 1 (the first cohort)." in found.stdout


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--outcomes", "2NNN 3NPN"], "outcomes, position 8: found P, allowed of each patient N (no DLT)"),
        (["--outcomes", "5NNN"], "outcomes, position 1: found dose 5, allowed 1 (5 mg d1-14), 2 (10 mg"),
        (["--outcomes", "none.csv"], "--outcomes none.csv: cannot be read: No such file or directory"),
        (["--outcomes", "bad.csv"], "--outcomes bad.csv: cannot be read: it is not UTF-8"),
        (["--outcomes", "", "--variant", "x"], "no variant 'x' in this scenario; it has: as_amended,"),
        (["--outcomes", "", "--out", "t.pdf"], "--out t.pdf: allowed a file that ends in .png"),
        (["--outcomes", "", "--json", "-", "--csv", "-"], "--json - and --csv -: each wants stdout alone"),
        (["--outcomes", "", "--pathways", "0"], "found 0, allowed a whole number from 1 to 20"),
        (["--outcomes", "", "--pathways", "12"], "pathways: found 12 cohorts ahead, allowed "),
        (["--outcomes", "", "--pathways", "8"], "pathways: found 8 cohorts ahead, allowed "),
        (
            ["--outcomes", "2TTT 1TTT", "--variant", "variant_a", "--out", "t.png"],
            "a dose finding that goes on",
        ),
        ([], "found nothing, allowed --outcomes TEXT|FILE.csv"),
    ],
)
def test_a_call_that_cannot_be_followed(call: Call, folder: Path, given: list[str], said: str) -> None:
    (folder / "bad.csv").write_bytes(b"cohort,patient,dose,tox\n1,1,\xff,0\n")
    found = call("next-dose", MEC, *given)
    assert found.exit_code == BAD
    assert said in found.stderr
    assert "Traceback" not in found.stderr and found.stdout == ""
