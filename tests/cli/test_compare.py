"""`trialstop compare`: what it prints, keeps, takes up again, and refuses."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from simulator.study import units
from simulator.study.units import play_unit
from tests.cli.conftest import SMALL, Call
from tests.cli.test_resume import finished

TEXT = SMALL.replace("narrow: {}", "two: {}").replace(
    "wide: {design.monitoring.clots.scope: {}}", "three: {design.monitoring.clots.rule.count: 3}"
)
TWO = ("--variant", "two", "--variant", "three")
COMPARE = ("compare", "small.yaml", *TWO, "--trials", "60", "--out", "here")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with small.yaml, whose variants stop at two and at three patients."""
    assert TEXT.count("three:") == TEXT.count("two:") == 1
    (tmp_path / "small.yaml").write_text(TEXT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pairs(folder: Path, out: str = "here") -> list[dict[str, Any]]:
    return list(json.loads((folder / out / "results.json").read_text())["pairs"])


def whole(folder: Path) -> dict[str, Any]:
    """results.json without what differs between runs of the same: seconds."""
    data = json.loads((folder / "here" / "results.json").read_text())
    del data["run"]["seconds"]
    return dict(data)


def test_the_answer_fits_a_screen_of_80_and_ends_with_false_and_true_stop(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    found = call(*COMPARE)
    assert found.exit_code == 0, found.output
    lines = found.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    last = lines[-11:]
    assert last[0] == "P(stop), %: A = two, B = three"
    assert [line for line in last if "STOP" in line] == [
        "FALSE STOP: the drug is acceptable, a stop is a mistake",
        "TRUE STOP: the drug is not acceptable, a stop is wanted",
    ]
    stops = {pair["truth"]: pair["metrics"]["p_stop"] for pair in pairs(folder)}
    for truth in ("good", "bad"):
        (row,) = [line.split() for line in last if line.startswith(f"  {truth} ")]
        assert float(row[3]) == pytest.approx(100 * stops[truth]["value"], abs=0.1)
    (row,) = [line.split() for line in lines if line.startswith("  bad ") and len(line.split()) == 5][-1:]
    assert [int(text) for text in row[1:]] == [
        stops["bad"][name] for name in ("both", "more", "fewer", "neither")
    ]


def test_the_order_of_names_is_the_sign_and_all_of_a_file_is_the_first_against_each_other(
    call: Call, folder: Path
) -> None:
    assert call(*COMPARE).exit_code == 0
    swapped = ("--variant", "three", "--variant", "two")
    assert call("compare", "small.yaml", *swapped, "--trials", "60", "--out", "there").exit_code == 0
    assert all(pair["metrics"]["p_stop"]["more"] > 0 for pair in pairs(folder))
    for mine, theirs in zip(pairs(folder), pairs(folder, "there"), strict=True):
        assert (mine["first"], mine["other"]) == (theirs["other"], theirs["first"]) == ("two", "three")
        for key, e in mine["metrics"].items():
            assert e["value"] is None or e["value"] == -theirs["metrics"][key]["value"]
            assert (e["fewer"], e["more"]) == (
                theirs["metrics"][key]["more"],
                theirs["metrics"][key]["fewer"],
            )
    assert call("compare", "small.yaml", "--trials", "60", "--out", "all").exit_code == 0
    assert pairs(folder, "all") == pairs(folder)


def test_a_variant_against_itself_is_0_in_every_trial(call: Call, folder: Path) -> None:
    same = ("--variant", "three", "--variant", "three", "--trials", "60", "--out", "here")
    assert call("compare", "small.yaml", *same).exit_code == 0
    for pair in pairs(folder):
        assert pair["metrics"]["p_stop"]["n"] == 60
        assert all(e["fewer"] == e["more"] == 0 for e in pair["metrics"].values())


def test_jobs_and_blocks_change_no_number(call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(*COMPARE, "--jobs", "1").exit_code == 0
    one = whole(folder)
    assert call(*COMPARE, "--jobs", "4", "--force").exit_code == 0
    assert whole(folder) == one
    monkeypatch.setattr(units, "BLOCK", 7)
    assert call(*COMPARE, "--force").exit_code == 0
    for mine, theirs in zip(pairs(folder), one["pairs"], strict=True):
        for key, e in mine["metrics"].items():
            of = theirs["metrics"][key]
            assert {n: of[n] for n in ("n", "fewer", "equal", "more", "both")} == {
                n: e[n] for n in ("n", "fewer", "equal", "more", "both")
            }
            for name, within in (("value", 1e-9), ("mcse", 1e-6)):
                assert e[name] is of[name] is None or e[name] == pytest.approx(of[name], rel=within)


def test_it_is_shown_when_it_is_stored_and_is_no_run_of_another_kind(call: Call, folder: Path) -> None:
    first = call(*COMPARE)
    again = call(*COMPARE)
    assert "this run is stored there" in again.stderr
    assert again.stdout == first.stdout
    run = call("run", "small.yaml", *TWO, "--trials", "60", "--out", "here", "--no-figures")
    assert run.exit_code == 2 and "another run (other command or options" in run.stderr
    assert len((folder / "here/table.txt").read_text()) > len(first.stdout), "every metric stands there"


@pytest.mark.parametrize("engine", ["simpy", "auto"])
@pytest.mark.parametrize("stopped_at", [1, 5, 11])
def test_interrupted_it_goes_on_and_ends_as_one_left_alone(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch, stopped_at: int, engine: str
) -> None:
    monkeypatch.setattr(units, "BLOCK", 10)
    command = (*COMPARE, "--jobs", "1", "--engine", engine)
    assert call(*command).exit_code == 0
    alone = whole(folder)

    def interrupted(work: Any, unit: Any, *more: Any) -> Any:
        if unit.number == stopped_at:
            raise KeyboardInterrupt
        return play_unit(work, unit, *more)

    with monkeypatch.context() as patch:
        patch.setattr(units, "play_unit", interrupted)
        assert call(*command, "--force").exit_code == 130
    again = call(*command, "--force")
    assert again.exit_code == 0 and "going on" in again.stderr
    assert whole(folder) == alone


def test_killed_it_goes_on(folder: Path) -> None:
    """kill -9 in the middle; SimPy in one process, so that there is a middle."""
    python = [sys.executable, "-c", "from simulator.study import units; units.BLOCK = 20; "
              "from simulator.cli.main import main; import sys; main(sys.argv[1:])"]  # fmt: skip
    command = [*python, *COMPARE, "--trials", "300", "--engine", "simpy", "--jobs", "1", "--force"]
    subprocess.run(command, check=True, capture_output=True, cwd=folder, timeout=120)
    alone = whole(folder)
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=folder)
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if finished(folder / "here.partial" / "journal.bin") >= 2:
            break
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    found = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder, timeout=120)
    assert "going on" in found.stderr
    assert whole(folder) == alone


# ---------------------------------------------------------------- two files


@pytest.fixture
def other(folder: Path) -> Path:
    """The same, but for `two`, which stops at four."""
    text = TEXT.replace("count: 2", "count: 4").replace("A small", "Another small")
    (folder / "other.yaml").write_text(text, encoding="utf-8")
    return folder


BETWEEN = ("compare", "small.yaml", "other.yaml", "--trials", "60", "--out", "here")


def test_two_files_are_compared_variant_by_variant_on_the_same_trials(call: Call, other: Path) -> None:
    found = call(*BETWEEN)
    assert found.exit_code == 0, found.output
    assert {(pair["first"], pair["other"]) for pair in pairs(other)} == {
        ("small.yaml two", "other.yaml two"),
        ("small.yaml three", "other.yaml three"),
    }
    sets = ("--set", "design.monitoring.clots.rule.count=4", "--variant", "two")
    assert call("run", "small.yaml", *sets, "--trials", "60", "--out", "three", "--no-figures").exit_code == 0
    cells = json.loads((other / "three/results.json").read_text())["cells"]
    of = {(cell["variant"], cell["truth"]): cell["metrics"]["p_stop"]["value"] for cell in cells}
    for pair in pairs(other):
        stop = pair["metrics"]["p_stop"]
        if pair["first"] == "small.yaml two":
            assert stop["other_value"] == of["two", pair["truth"]], "the trials of `run`"
            assert stop["fewer"] == 0, "four patients stop no trial that two do not"
            assert stop["more"] > 0
        else:
            assert stop["fewer"] == stop["more"] == 0, "both stop at three"
        assert pair["streams"] == {"only_first": [], "only_other": []}


def test_a_file_against_itself_is_0_in_every_trial_and_one_variant_is_enough(
    call: Call, folder: Path
) -> None:
    twice = ("compare", "small.yaml", "small.yaml", "--variant", "three", "--trials", "60", "--out", "here")
    found = call(*twice)
    assert found.exit_code == 0, found.output
    assert {pair["first"] for pair in pairs(folder)} == {"small.yaml (1)"}
    assert all(e["fewer"] == e["more"] == 0 for pair in pairs(folder) for e in pair["metrics"].values())


def test_truths_of_one_name_may_differ(call: Call, folder: Path) -> None:
    """Each file's trials are counted once more by its own hazards."""
    text = TEXT.replace("hazard: 0.2 per year", "hazard: 2 per year")
    assert text != TEXT
    (folder / "other.yaml").write_text(text, encoding="utf-8")
    found = call(*BETWEEN, "--engine", "compiled", "--self-check", "all")
    assert found.exit_code == 0, found.output
    apart = [pair["metrics"]["patients_with.clot"]["value"] for pair in pairs(folder)]
    assert min(apart) < 0.0


def test_draws_that_one_file_has_alone_are_listed(call: Call, other: Path) -> None:
    text = (other / "other.yaml").read_text().replace("report: 5 days", "report: {uniform: [1 day, 9 days]}")
    (other / "other.yaml").write_text(text, encoding="utf-8")
    found = call(*BETWEEN)
    assert found.exit_code == 0, found.output
    assert "draws of other.yaml two, other.yaml three alone: event:clot/report" in found.stdout
    assert pairs(other)[0]["streams"] == {"only_first": [], "only_other": ["event:clot/report"]}


def test_files_of_one_variant_each_are_compared_whatever_its_name(call: Call, other: Path) -> None:
    one = ("--variant", "two", "--variant", "broad")
    text = (other / "other.yaml").read_text().replace("  three:", "  broad:").replace("  two: {}\n", "")
    (other / "other.yaml").write_text(text, encoding="utf-8")
    assert call(*BETWEEN, *one).exit_code == 0
    assert {(pair["first"], pair["other"]) for pair in pairs(other)} == {
        ("small.yaml two", "other.yaml broad")
    }


def test_a_truth_on_which_files_disagree_is_neither_a_false_nor_a_true_stop(call: Call, other: Path) -> None:
    text = (other / "other.yaml").read_text().replace("acceptable: true", "acceptable: false")
    (other / "other.yaml").write_text(text, encoding="utf-8")
    found = call(*BETWEEN, "--variant", "three")
    assert found.exit_code == 0, found.output
    after = found.stdout.rpartition("NEITHER: ")[2]
    assert after.split("\n")[1].startswith("  good ")


def test_records_tell_the_files_apart(call: Call, other: Path) -> None:
    assert call(*BETWEEN, "--records").exit_code == 0
    for name in ("trials", "patients", "looks"):
        rows = pq.read_table(other / f"here/{name}.parquet").column("variant").to_pylist()
        assert set(rows) == {
            f"{file} {variant}" for file in ("small.yaml", "other.yaml") for variant in ("two", "three")
        }
    assert len(pq.read_table(other / "here/trials.parquet")) == 4 * 2 * 60


def test_the_command_of_the_manifest_repeats_it(call: Call, other: Path) -> None:
    import shlex

    for command in ((*BETWEEN, "--variant", "three"), COMPARE):
        assert call(*command, "--force").exit_code == 0
        before = pairs(other)
        said = json.loads((other / "here/manifest.json").read_text())["command"]
        found = call(*shlex.split(said)[1:], "--out", "there", "--force")
        assert found.exit_code == 0, found.output
        assert pairs(other, "there") == before


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("small.yaml", "--variant", "two", "--variant", "nobody"),
            "no variant 'nobody' in this scenario",
        ),
        (("small.yaml", "--variant", "two"), "one variant, two, has nothing to be compared with"),
        (("small.yaml", "--truth", "ugly"), "no truth 'ugly' in this scenario; it has: good, bad"),
        (("small.yaml", "--metric", "p_stopp"), "no metric is called 'p_stopp'"),
        (
            ("small.yaml", "--metric", "p_stop.nobody"),
            "no metric p_stop.nobody in what is compared; there are: p_stop",
        ),
        (("small.yaml", "--metric", "days_to_stop"), "days_to_stop is not compared: it is told by quantiles"),
        (("small.yaml", "--metric", "p_select.low"), "no metric p_select.low in what is compared"),
        (("small.yaml", "other.yaml", "--variant", "nobody"), "no variant 'nobody' in either file"),
        (
            ("small.yaml", "other.yaml", "--truth", "ugly"),
            "no truth 'ugly' in both files; they share: good, bad",
        ),
        (("small.yaml", "missing.yaml"), "missing.yaml"),
        (("small.yaml", "--trials", "0"), "--trials"),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_line(
    call: Call, other: Path, arguments: tuple[str, ...], said: str
) -> None:
    found = call("compare", *arguments)
    assert found.exit_code == 2, found.output
    assert said in found.stderr
    assert found.stderr.count("\n") <= 2 and not found.stdout
    assert not (other / "runs").exists()


def test_two_files_without_a_truth_or_a_variant_in_common_are_refused(call: Call, other: Path) -> None:
    whole = (other / "other.yaml").read_text()
    text = (
        whole.replace("  good:", "  fine:")
        .replace("  bad:", "  poor:")
        .replace("extends: good", "extends: fine")
    )
    (other / "other.yaml").write_text(text.replace("truths.good", "truths.fine"), encoding="utf-8")
    found = call(*BETWEEN)
    assert found.exit_code == 2
    assert "have no truth in common" in found.stderr and "good, bad; the other: fine, poor" in found.stderr
    text = whole.replace("  two:", "  thin:").replace("  three:", "  broad:")
    (other / "other.yaml").write_text(text, encoding="utf-8")
    found = call(*BETWEEN)
    assert found.exit_code == 2
    assert "they have: two, three; and thin, broad" in found.stderr


def test_a_metric_asked_for_stands_beside_p_stop(call: Call, folder: Path) -> None:
    found = call(*COMPARE, "--metric", "n_enrolled", "--metric", "p_stop_before_full_accrual")
    assert found.exit_code == 0, found.output
    assert "patients enrolled" in found.stdout and "stopped before full accrual, %" in found.stdout
    assert "days in all" not in found.stdout
    alone = call(*COMPARE, "--json", "-")
    assert json.loads(alone.stdout)["pairs"] == pairs(folder)
