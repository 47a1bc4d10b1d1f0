"""Every command on the scenarios with dose finding, and on what mixes them with others."""

import json
from pathlib import Path

import pytest

from .conftest import Call

SCENARIOS = Path(__file__).parents[2] / "scenarios"
MEC, CHECK = str(SCENARIOS / "mec.yaml"), str(SCENARIOS / "checks" / "mec.yaml")
FILES = [(MEC, "as_amended"), (CHECK, "variant_c")]


@pytest.mark.parametrize(("file", "variant"), FILES)
def test_check_explain_and_boundaries_work(call: Call, file: str, variant: str) -> None:
    assert call("check", file).exit_code == 0
    told = call("explain", file, "--variant", variant, "--truth", "steep")
    assert told.exit_code == 0, told.stderr
    assert "Dose finding:" in told.stdout and "True DLT rate within 45 days" in told.stdout
    found = call("boundaries", file, "--out", "drawn")
    assert found.exit_code == 0, found.stderr


def test_boundaries_of_the_expansion_claim_no_exact_characteristics(call: Call) -> None:
    text = call("boundaries", MEC).stdout
    assert "4 or more" in text and "only patients at the dose selected count" in text
    assert "true rate" not in text


def test_decisions_are_drawn_with_their_numbers(call: Call, folder: Path) -> None:
    found = call("boundaries", CHECK, "--variant", "variant_c", "--out", "maps")
    drawn = sorted(path.name for path in (folder / "maps").iterdir())
    assert found.exit_code == 0 and drawn == ["decisions.png", "decisions.txt"]
    assert all(f"maps/{name}" in found.stderr.replace("\\", "/") for name in drawn)
    text = (folder / "maps/decisions.txt").read_text(encoding="utf-8")
    assert "variant_c: 3+3 in cohorts of 3, variant C, at 10 mg, no other dose having been given" in text
    assert "  3          0      1    2-3" in text


def test_boundaries_without_a_rule_have_the_decisions(call: Call) -> None:
    text = call("boundaries", CHECK).stdout
    assert "no rule" not in text and "It decides by the counts of several doses." in text
    assert "3       up  stay +3    down       down" in text
    whole = json.loads(call("boundaries", CHECK, "--format", "json").stdout)
    assert (whole["rules"], len(whole["dose_finding"])) == ([], 3)


@pytest.mark.parametrize(("file", "variant"), FILES)
def test_run_prints_and_draws(call: Call, folder: Path, file: str, variant: str) -> None:
    cell = ("--variant", variant, "--truth", "steep", "--trials", "6")
    found = call("run", file, *cell, "--out", "here", "--json", "r.json")
    assert found.exit_code == 0, found.stderr
    assert "TRUTH steep, target DLT rate 33%" in found.stdout and "true DLT" in found.stdout
    figures = {path.stem for path in (folder / "here" / "figures").iterdir()}
    assert figures >= {"selection", "allocation", "duration"}
    stopping = {"p_stop", "stopping_by_time", "patients_harmed"}
    assert figures & stopping == (stopping if file == MEC else set())
    assert "p_select.none" in json.loads((folder / "r.json").read_text())["cells"][0]["metrics"]
    assert "TRUTH steep" in (folder / "here" / "table.txt").read_text()
    again = call("run", file, *cell, "--out", "here")
    assert again.exit_code == 0 and "shown as it is" in again.stderr and "TRUTH steep" in again.stdout


@pytest.mark.parametrize(("file", "variant"), FILES)
def test_run_without_figures_and_json_alone(call: Call, folder: Path, file: str, variant: str) -> None:
    cell = ("--variant", variant, "--truth", "steep", "--trials", "3", "--no-figures", "--out", "here")
    assert json.loads(call("run", file, *cell, "--json", "-").stdout)["cells"]
    assert not (folder / "here" / "figures").exists()


@pytest.mark.parametrize(("file", "variant"), FILES)
def test_trace_tells_and_draws(call: Call, folder: Path, file: str, variant: str) -> None:
    found = call("trace", file, "--variant", variant, "--truth", "steep", "--trial", "1", "--out", "t.png")
    assert found.exit_code == 0, found.stderr
    assert "DECISION on cohort 1" in found.stdout and "A word is a cohort" in found.stdout
    assert (folder / "t.png").stat().st_size > 10_000


@pytest.fixture
def mixed(folder: Path) -> str:
    """MEC with a variant without rule and expansion, one at a fixed dose, and a truth without target."""
    nothing = "design.amendments: null, design.monitoring: null, design.expansion: null"
    fixed = f"{nothing}, design.dose_finding: null, design.phases.cycle.gives.lenalidomide: 10 mg d1-14"
    text = Path(MEC).read_text(encoding="utf-8")
    text = text.replace(
        "  not_amended: {design.amendments: null}\n", f"  bare: {{{nothing}}}\n  fixed: {{{fixed}}}\n"
    )
    text = text.replace("    target_rate: 33%\n", "", 1)
    kept = [line for line in text.splitlines() if "target_rate: " not in line or line.startswith("    ")]
    (folder / "mixed.yaml").write_text("\n".join(kept) + "\n", encoding="utf-8")
    return "mixed.yaml"


def test_variants_with_and_without_dose_finding_stand_in_one_run(
    call: Call, folder: Path, mixed: str
) -> None:
    cells = ("--variant", "as_amended", "--variant", "bare", "--variant", "fixed", "--truth", "observed_like")
    found = call("run", mixed, *cells, "--trials", "4", "--out", "here")
    assert found.exit_code == 0, found.stderr
    assert "target" not in found.stdout.split("P(stop)")[0].split("TRUTH")[1]
    row = next(line for line in found.stdout.splitlines() if line.startswith("  observed_like"))
    assert row.split()[-1] == "-"  # no rule, no P(stop)
    heads = [line.split() for line in found.stdout.split("P(stop)")[1].splitlines()]
    assert ["bare,"] in heads and ["as_amended", "fixed"] in heads  # of both, in one column
    assert (folder / "here" / "figures" / "selection.png").exists()
    told = call("explain", mixed, "--variant", "as_amended", "--variant", "fixed", "--truth", "observed_like")
    assert (
        told.exit_code == 0 and "without dose finding" in told.stdout and "no target is given" in told.stdout
    )
    other = call("explain", mixed, "--variant", "fixed", "--variant", "bare", "--truth", "observed_like")
    assert other.exit_code == 0 and "True DLT rate in variant bare" in other.stdout


@pytest.mark.parametrize("variant", ["bare", "fixed"])
def test_trace_works_without_rules_or_without_dose_finding(call: Call, mixed: str, variant: str) -> None:
    found = call("trace", mixed, "--variant", variant, "--truth", "flat", "--trial", "0", "--out", "t.png")
    assert found.exit_code == 0, found.stderr
    assert ("DECISION" in found.stdout) == (variant == "bare")
