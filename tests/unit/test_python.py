"""The public functions: a path does where a scenario does, and each gives what its command prints."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner

import simulator
from simulator.cli.main import cli
from tests.helpers import CHECK, ROOT

MEC, FERRAJOLI = ROOT / "scenarios/checks/mec.yaml", ROOT / "scenarios/checks/ferrajoli.yaml"
CELL = simulator.Settings(variants=["variant_c"], truths=["flat"], trials=30, engine="simpy", jobs=1)


def printed(*arguments: str) -> str:
    found = CliRunner().invoke(cli, arguments, prog_name="trialstop")
    assert found.exit_code == 0, found.output
    return found.stdout


@pytest.mark.parametrize("given", [str(MEC), MEC, simulator.load(MEC)], ids=["text", "path", "scenario"])
def test_a_run_takes_settings_or_keywords_and_a_path_or_a_scenario(given: str) -> None:
    found = simulator.run(given, CELL)
    by_name = simulator.run(given, variants=["variant_c"], truths=["flat"], trials=30, engine="simpy", jobs=1)
    assert found.cells[0].metrics == by_name.cells[0].metrics
    assert found.run.trials == 30 and len(found.cells) == 1
    assert simulator.run(given, CELL, trials=20).run.trials == 20


def test_a_keyword_that_is_none_and_a_name_that_is_not_there_are_said() -> None:
    with pytest.raises(TypeError, match="no setting 'trails'"):
        simulator.run(MEC, trails=5)  # type: ignore[call-arg]
    for call in (simulator.run, simulator.verify, simulator.explain, simulator.boundaries):
        with pytest.raises(simulator.TrialstopError, match="no variant 'nobody' in this scenario; it has: "):
            call(MEC, variants=["nobody"])
        with pytest.raises(simulator.TrialstopError, match="missing"):
            call(ROOT / "missing.yaml")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: simulator.sweep(MEC, None), "vary is nothing, allowed a text"),
        (lambda: simulator.sweep(MEC, "design.accrual.until=9 treated", [3]), "metrics is 3, allowed a text"),
        (lambda: simulator.solve(MEC, "design.accrual.until", 0.5), "target is 0.5, allowed a text"),
        (lambda: simulator.solve(MEC, ["a=1:2:2"], "p_stop=50%"), "vary is a list, allowed a text"),
        (lambda: simulator.tornado(MEC, None), "metric is nothing, allowed a text"),
        (lambda: simulator.calibrate(MEC, "r", "a=1", 0.05), "target is 0.05, allowed a text"),
        (lambda: simulator.compare(MEC, matching="p_stop<=5%"), "matching takes two texts"),
    ],
)
def test_what_ifs_say_which_argument_is_no_text(call, words: str) -> None:
    with pytest.raises(simulator.TrialstopError, match=words):
        call()


def test_one_metric_needs_no_list() -> None:
    found = simulator.sweep(MEC, "design.accrual.until=9 treated", "n_enrolled", CELL)
    assert [metric.metric for metric in found.findings.metrics] == ["n_enrolled"]


def test_check_lists_every_problem_and_none_where_all_is_right(tmp_path: Path) -> None:
    assert simulator.check(MEC) == list(simulator.load(MEC).warnings)
    reports = ROOT / "tests/golden/reports/twelve_errors.yaml"
    found = simulator.check(reports)
    with pytest.raises(simulator.ScenarioError) as caught:
        simulator.load(reports)
    assert found == list(caught.value.problems) and len(found) == 12
    assert simulator.check(MEC, ["design.nothing=1"])[0].severity == "error"
    with pytest.raises(simulator.TrialstopError, match=r"missing\.yaml"):
        simulator.check(tmp_path / "missing.yaml")


def test_explain_is_the_text_of_its_command() -> None:
    assert simulator.explain(MEC) + "\n" == printed("explain", str(MEC))
    told = simulator.explain(simulator.load(MEC), variants=["variant_c"], truths=["flat"])
    assert told + "\n" == printed("explain", str(MEC), "--variant", "variant_c", "--truth", "flat")


def test_boundaries_are_the_sheets_of_its_command_with_their_tables() -> None:
    sheets = simulator.boundaries(FERRAJOLI, rates=[0.2, 0.3])
    assert "\n\n".join(map(str, sheets)) + "\n" == printed("boundaries", str(FERRAJOLI), "--rate", "20%,30%")
    assert "\n\n".join(map(str, simulator.boundaries(FERRAJOLI))) + "\n" == printed(
        "boundaries", str(FERRAJOLI)
    )
    for sheet in sheets:
        assert sheet.name in simulator.load(FERRAJOLI).designs[sheet.variants[0]].monitoring
        assert sheet.monitor.name == sheet.name
        assert sheet.rule.formula().split()[0] in sheet.text
    with pytest.raises(simulator.TrialstopError, match="a true rate is 20, allowed from 0 to 1"):
        simulator.boundaries(FERRAJOLI, rates=[20])


def test_what_is_not_allowed_is_one_error() -> None:
    results = simulator.run(MEC, CELL)
    calls = {
        "trial is -1, allowed a whole number from 0": lambda: simulator.trace(
            MEC, variant="variant_c", truth="flat", trial=-1
        ),
        "seed is -3, allowed": lambda: simulator.trace(
            MEC, variant="variant_c", truth="flat", trial=0, seed=-3
        ),
        "replay is 1.5, allowed a whole number from 0": lambda: simulator.verify(MEC, replay=1.5),  # type: ignore[arg-type]
        "joint has (0.2,), allowed pairs": lambda: simulator.boundaries(FERRAJOLI, joint=[(0.2,)]),  # type: ignore[list-item]
        "joint has 0.2, allowed pairs": lambda: simulator.boundaries(FERRAJOLI, joint=(0.2, 0.3)),  # type: ignore[arg-type]
        "a true rate is 20%, allowed": lambda: simulator.boundaries(FERRAJOLI, rates=["20%"]),  # type: ignore[list-item]
        "no event 'dtl' in these results; they have: recovery, dlt": lambda: simulator.table(
            results, events=["dtl"]
        ),
        "no event 'x' in these results": lambda: simulator.figures(results, events=["x"]),
        "the format of these results is None, allowed": lambda: simulator.Results.from_json({}),
    }
    for said, call in calls.items():
        with pytest.raises(simulator.TrialstopError) as caught:
            call()
        assert str(caught.value).startswith(said)


def test_verify_finds_what_its_command_prints() -> None:
    found = simulator.verify(MEC, variants=["variant_c"], truths=["flat"], trials=200, replay=10)
    (verdict,) = found.verdicts
    assert (verdict.variant, verdict.truth, verdict.replayed) == ("variant_c", "flat", 10)
    assert found.compared == len(verdict.differences) > 0
    assert found.wrong == () and verdict.largest < found.limit
    text = printed("verify", str(MEC), "--variant", "variant_c", "--truth", "flat", "--trials", "200",
                   "--replay", "10")  # fmt: skip
    assert f"With {found.compared} compared, one beyond {found.limit:.1f}" in text.replace("\n", " ")


def test_a_trial_is_told_from_a_path_as_from_a_scenario() -> None:
    cell = {"variant": "variant_c", "truth": "flat"}
    told = simulator.trace(MEC, **cell, trial=3).text()
    assert told == simulator.trace(simulator.load(MEC), **cell, trial=3).text()
    assert told != simulator.trace(MEC, **cell, trial=4).text()


def test_the_examples_of_the_documentation_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With fewer trials; one after the other, as they are read."""
    text = "".join((ROOT / page).read_text(encoding="utf-8") for page in ("README.md", "docs/cli.md"))
    blocks = [part.split("```")[0] for part in text.split("```python\n")[1:]]
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    monkeypatch.chdir(tmp_path)
    known: dict[str, object] = {}
    for block in blocks:
        assert "1_000" in block or "100_000" in block
        exec(block.replace("100_000", "50").replace("1_000", "50"), known)
    assert len(blocks) == 3 and "FALSE STOP" in capsys.readouterr().out
    assert (tmp_path / "figures/p_stop.png").is_file()
    assert (tmp_path / "runs/leni/patients.parquet").is_file()


def test_every_public_name_is_there_and_no_other() -> None:
    assert dir(simulator) == sorted(simulator.__all__)
    assert all(getattr(simulator, name) is not None for name in simulator.__all__)
    with pytest.raises(AttributeError, match="no attribute 'runn'; it has: "):
        simulator.runn  # noqa: B018


def test_a_comparison_is_the_table_of_its_command_and_every_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    names, truths = ["combination_only", "with_maintenance"], ["planned", "cll_like"]
    found = simulator.compare(CHECK, variants=names, truths=truths, trials=60, engine="simpy", jobs=1)
    options = [word for name in names for word in ("--variant", name)]
    options += [word for name in truths for word in ("--truth", name)]
    with TemporaryDirectory() as folder:
        told = printed(
            "compare", str(CHECK), *options, "--trials", "60", "--engine", "simpy", "--out", f"{folder}/here"
        )
    assert found.table().partition("\n\nCost")[2] + "\n" == told.partition("\n\nCost")[2] != "\n"
    pair = found.pair(*names, "cll_like")
    rows = found.to_arrow().to_pylist()
    (row,) = [row for row in rows if (row["truth"], row["key"]) == ("cll_like", "p_stop")]
    assert len(rows) == sum(len(pair.metrics) for pair in found.pairs)
    e = pair.metrics["p_stop"]
    assert [row[name] for name in ("value", "factor", "fewer", "neither", "exact")] == [
        e.value, e.factor, e.fewer, e.neither, e.exact
    ]  # fmt: skip
    assert [axis.get_xlabel() for axis in found.figure().axes] == 2 * [
        "difference in trials stopped, percentage points"
    ]
    assert "events: thrombosis" in found.table(["events.thrombosis"]) and "events: thrombosis" in found.table(
        full=True
    )


def test_what_was_not_compared_is_said() -> None:
    found = simulator.compare(MEC, MEC, CELL)
    assert all(e.fewer == e.more == 0 for pair in found.pairs for e in pair.metrics.values())
    with pytest.raises(simulator.TrialstopError, match=r"was not compared; there are: mec\.yaml"):
        found.pair("variant_c", "variant_c", "flat")
    with pytest.raises(simulator.TrialstopError, match="no metric is called 'enrolled'"):
        found.table(["enrolled"])
    with pytest.raises(simulator.TrialstopError, match="no event 'rash' in these results"):
        found.table(events=["rash"])
    with pytest.raises(simulator.TrialstopError, match="one variant, variant_c, has nothing"):
        simulator.compare(MEC, settings=CELL)
