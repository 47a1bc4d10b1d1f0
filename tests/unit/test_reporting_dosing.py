"""Words and tables of dose finding, on small runs of both MEC files."""

from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from simulator.loading.load import load
from simulator.metrics.tally import share
from simulator.metrics.text import Keyed
from simulator.model.estimate import Estimate
from simulator.model.metric import Key
from simulator.model.scenario import Scenario
from simulator.program.decisions import Standing
from simulator.program.risks import above_target
from simulator.reporting.blocks import lines_of
from simulator.reporting.cohorts import decision_lines
from simulator.reporting.dose_tables import dose_finding_parts
from simulator.reporting.doses import dose_truths, outcomes_of
from simulator.reporting.dosing import decision_table, dosing_parts
from simulator.reporting.explain import explain
from simulator.reporting.narrative import Trace, trace
from simulator.reporting.selection_tables import selection_parts
from simulator.reporting.tables import render
from simulator.study.facts import DoseFacts, Facts, dose_facts
from simulator.study.results import Cell, Results, RunInfo
from simulator.study.run import programs, run

ROOT = Path(__file__).parents[2]
MEC, CHECK = ROOT / "scenarios/mec.yaml", ROOT / "scenarios/checks/mec.yaml"
SCREEN = 100


@lru_cache
def scenario(path: Path) -> Scenario:
    return load(path)


@lru_cache
def table(path: Path, variant: str, truth: str, trials: int = 20) -> str:
    results = run(scenario(path), variants=[variant], truths=[truth], trials=trials)
    return render(results, full=True, true_rates=True)


@lru_cache
def told(trial: int) -> Trace:
    return trace(scenario(MEC), variant="as_amended", truth="observed_like", trial=trial, seed=1)


def words(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())


# ---------------------------------------------------------------- tables


def test_every_dose_has_its_true_rate_and_the_exact_values_beside_the_simulated() -> None:
    rows = {line.split("mg")[0].strip(): line for line in table(CHECK, "variant_c", "steep").splitlines()}
    assert "5.0" in rows["5"] and "9.98" in rows["5"] and "3.671" in rows["5"]
    assert "39.25" in rows["10"] and "39.39" in rows["25"] and "8.65" in rows["50"]
    assert rows["25"].strip().startswith("25 mg *")  # 25 % is nearest to 33 %
    assert "*" not in rows["10"] + rows["50"]


def test_the_course_shows_exact_patients_and_dlts_below_the_simulated() -> None:
    lines = [line.split() for line in table(CHECK, "variant_c", "steep").splitlines()]
    after = {line[0]: below for line, below in pairwise(lines) if line}
    assert after["patients"][:1] == ["exact"] and float(after["patients"][1]) == pytest.approx(
        15.467, abs=0.005
    )
    assert float(after["DLTs"][1]) == pytest.approx(2.942, abs=0.005)


def test_a_scenario_without_rules_says_nothing_of_stopping() -> None:
    text = table(CHECK, "variant_c", "steep")
    assert "P(stop)" not in text and "stopped" not in text and "overrun" not in text
    assert "unfinished" not in text and "recovery" not in text


def test_the_rule_of_the_expansion_shows_how_often_it_stops() -> None:
    text = table(MEC, "as_amended", "steep")
    for part in (
        "stopped: expansion_toxicity, %",
        "recom-",
        "amended: ten_days, %",
        "in the expansion",
        "candidates lost",
        "months to the MTD",
        "months in all",
        "after the DLT window, unseen",
        "selects above the target, %",
    ):
        assert part in text
    assert "FALSE STOP" not in text and "NEITHER" not in text


@pytest.mark.parametrize(("path", "variant"), [(MEC, "as_amended"), (CHECK, "variant_c")])
def test_tables_fit_a_terminal(path: Path, variant: str) -> None:
    lines = table(path, variant, "steep").splitlines()
    assert max(map(len, lines)) <= SCREEN


def made(
    variants: list[str],
    *,
    unfinished: float = 0.0,
    target: float | None = 0.33,
    names: tuple[str, str] = ("2.5 mg", "5 mg"),
) -> Results:
    """Results of a dose finding with two doses, made up."""
    share = Estimate(value=0.5, mcse=0.05, low=0.4, high=0.6, n=100)
    metrics = Keyed({Key("p_stop"): Estimate(value=0.0, mcse=0.0, low=0.0, high=0.04, n=100)})
    metrics.update({Key("p_select", dose=name): share for name in names})
    metrics[Key("p_select", word="none")] = share
    metrics[Key("p_unfinished")] = Estimate(value=unfinished, mcse=0.01, low=0.0, high=0.2, n=100)
    mean = Estimate(value=3.0, mcse=0.1, low=2.8, high=3.2, n=100)
    metrics.update({Key(metric, dose=dose): mean for metric in ("n_at", "n_dlt_at") for dose in names})
    metrics.update({Key("n_enrolled"): mean, Key("n_dlt"): mean})
    info = RunInfo(trials=100, seed=1, engine="simpy", versions={}, command="", seconds=1.0)
    rates = dict(zip(names, (0.1, 0.6), strict=True))
    doses = DoseFacts(ladders=(names,), rates=rates, target=target, window=28.0)
    facts = Facts(dose_finding=doses)
    cells = tuple(Cell(variant=v, truth="t", acceptable=None, metrics=metrics, facts=facts) for v in variants)
    return Results(
        title="T", question="Q?", file="x", sha256="", benchmark=variants[0], run=info, cells=cells
    )


def shown(variants: list[str], *, full: bool = False, **more: Any) -> str:
    """The answer of made up results, or their long tables."""
    results = made(variants, **more)
    return "\n".join(lines(results, full=full))


def lines(results: Results, *, full: bool) -> list[str]:
    doses = dose_truths(results)
    blocks = dose_finding_parts(results, doses) if full else selection_parts(results, doses, SCREEN)
    return [line for block in blocks for line in lines_of(block, SCREEN)]


def test_unfinished_is_a_row_only_where_it_happens() -> None:
    assert "unfinished" not in shown(["a"])
    assert "  unfinished" in shown(["a"], unfinished=0.1) and "Unfinished:" in shown(["a"], unfinished=0.1)


def test_a_dose_with_a_point_in_its_name_is_a_dose() -> None:
    results = made(["a"])
    assert [name for name, _ in outcomes_of(results.cells)] == ["2.5 mg", "5 mg", "none"]
    assert "  2.5 mg *       10.0" in shown(["a"])


def test_without_a_target_no_dose_is_marked() -> None:
    text = shown(["a"], target=None)
    assert "*" not in text and "target" not in text


def test_variants_stand_beside_each_other_and_in_the_long_tables_below() -> None:
    few = ["a", "b", "c"]
    apart = made(few)
    cells = (
        replace(cell, metrics=Keyed(cell.metrics | {Key("p_select", dose="5 mg"): share(40 + i, 100)}))
        for i, cell in enumerate(apart.cells)
    )
    results = replace(apart, cells=tuple(cells))
    for full, times in ((False, 1), (True, 3)):
        found = lines(results, full=full)
        assert sum("  2.5 mg *" in line for line in found) == times
        assert max(map(len, found)) <= SCREEN


def test_variants_of_which_the_same_is_shown_are_named_together() -> None:
    heads = shown(["a", "b"]).splitlines()[-6:-4]
    assert [line.split() for line in heads] == [
        ["true", "DLT", "a,"],
        ["selected,", "%", "rate,", "%", "b"],
    ]
    assert shown(["a", "b"], full=True).count("  2.5 mg *") == 1
    assert "a, b" in shown(["a", "b"], full=True).splitlines()


def test_true_rates_are_shown_where_they_are_asked_for() -> None:
    results = run(scenario(CHECK), variants=["variant_c"], truths=["steep"], trials=5)
    assert "true DLT" not in render(results) and "50 mg" in render(results)
    assert "true DLT" in render(results, true_rates=True)


def test_a_rate_that_is_the_target_but_for_rounding_is_not_above_it() -> None:
    assert not above_target(0.1 + 0.2, 0.3) and above_target(0.3001, 0.3)
    program = programs(scenario(MEC), ["as_amended"], ["observed_like"])["as_amended", "observed_like"]
    truth = dose_facts(program)
    assert truth is not None and truth.best == ("10 mg d1-14", "50 mg d1-10")


@pytest.mark.parametrize(
    ("tolerance", "above"),
    [("0%", ["10 mg", "25 mg", "50 mg"]), ("6.9%", ["10 mg", "25 mg", "50 mg"]), ("7%", ["25 mg", "50 mg"])],
)
def test_above_the_target_is_above_its_tolerance_too(tolerance: str, above: list[str]) -> None:
    """Exact and played, and in words: rates of 30, 40, 50 and 60 %, the target is 33 %."""
    changed = load(CHECK, [f"truths.observed_like.tolerance={tolerance}"])
    (cell,) = (results := run(changed, variants=["variant_c"], truths=["unsafe"], trials=50)).cells
    for key, of in ((Key("p_select", word="above_target"), "p_select"), (Key("n_above_target"), "n_at")):
        parts, found = [cell.metrics[Key(of, dose=dose)] for dose in above], cell.metrics[key]
        assert found.exact == pytest.approx(sum(part.exact or 0.0 for part in parts), rel=1e-12)
        assert found.value == pytest.approx(sum(part.value or 0.0 for part in parts), rel=1e-12)
    for key, of in ((Key("p_select", word="best"), "p_select"), (Key("n_best"), "n_at")):
        part, found = cell.metrics[Key(of, dose="5 mg")], cell.metrics[key]
        assert (found.value, found.exact) == (part.value, pytest.approx(part.exact, rel=1e-12))
    more = "" if tolerance == "0%" else f" + tolerance {tolerance}"
    assert f"TRUTH unsafe, target DLT rate 33%{more}" in lines(results, full=True)
    text = explain(changed, variants=["variant_c"], truths=["unsafe"])
    assert ("40%  above, within the tolerance" in text) is (tolerance == "7%")


def test_where_every_dose_is_above_the_target_none_is_right() -> None:
    changed = load(CHECK, ["truths.observed_like.target_rate=20%"])
    (cell,) = run(changed, variants=["variant_c"], truths=["unsafe"], trials=50).cells
    right, none = cell.metrics[Key("p_select", word="best")], cell.metrics[Key("p_select", word="none")]
    assert (right.value, right.exact) == (none.value, none.exact)
    assert (cell.metrics[Key("n_best")].value, cell.metrics[Key("n_best")].exact) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("rates", "tolerance", "best"),
    [
        ((0.05, 0.15, 0.28, 0.60), 0.0, "c"),
        ((0.05, 0.15, 0.32, 0.60), 0.0, "c"),  # above the target, and nearer than 15 %
        ((0.05, 0.20, 0.40, 0.60), 0.0, "bc"),  # as near from either side
        ((0.05, 0.05, 0.05, 0.05), 0.0, "abcd"),
        ((0.31, 0.40, 0.50, 0.60), 0.0, ""),
        ((0.35, 0.40, 0.50, 0.60), 0.05, "a"),
        ((0.3501, 0.40, 0.50, 0.60), 0.05, ""),
        ((0.28, 0.35, 0.50, 0.60), 0.05, "a"),  # 35 % is not too toxic, but further
    ],
)
def test_best_is_the_nearest_to_the_target(rates: tuple[float, ...], tolerance: float, best: str) -> None:
    of = dict(zip("abcd", rates, strict=True))
    facts = DoseFacts(ladders=(tuple("abcd"),), rates=of, target=0.3, tolerance=tolerance)
    assert facts.best == tuple(best)


def test_target_and_tolerance_are_added_as_decimals() -> None:
    assert 0.7 + 0.1 < 0.8 and not above_target(0.8, 0.7, 0.1) and above_target(0.8001, 0.7, 0.1)


# ---------------------------------------------------------------- words


def test_dose_finding_is_told_in_words() -> None:
    mec = scenario(MEC)
    parts = dosing_parts(mec.designs["as_amended"], mec.amended["as_amended"])
    text = words([line for lines in parts.values() for line in lines])
    for part in (
        "3+3 in cohorts of 3, variant C.",
        "Storer (1989)",
        "The first cohort is given 10 mg d1-14.",
        "when the window of every patient of the cohort is over",
        "a candidate who turns up meanwhile is lost",
        "is replaced by another at the same dose",
        "while the outcome is open cannot be judged",
        "once 10 mg d1-14 is too toxic and 9 patients are treated",
        "goes on at 5 mg d1-10. Counts start again",
        "Then 10 more patients at the dose selected",
    ):
        assert part in text


def test_levels_are_called_lowest_first_only_on_a_ladder() -> None:
    """MEC's drug has the doses of two schedules, one after the other; each ladder has those of one."""
    text = words(explain(scenario(MEC), variants=["as_amended"], truths=["flat"]).splitlines())
    assert "Drugs and their levels: lenalidomide (5 mg d1-14," in text
    assert (
        "The ladder of lenalidomide, lowest first: 5 mg d1-14, 10 mg d1-14, 25 mg d1-14, 50 mg d1-14." in text
    )


@pytest.mark.parametrize(
    ("variant", "part"),
    [
        ("when_known", "as soon as every outcome of the cohort is known"),
        ("deaths_are_dlt", "while the outcome is open has a dlt"),
        ("queued", "meanwhile waits, and enters in turn"),
        ("start_at_5", "The first cohort is given 5 mg d1-14"),
        ("not_amended", "without ten_days (amendments)"),
        ("window_42", "recovery not detected by day 42; recovery on day 42 itself is none"),
    ],
)
def test_variants_are_told_by_what_differs(variant: str, part: str) -> None:
    text = explain(scenario(MEC), variants=["as_amended", variant], truths=["flat"])
    assert part in words(text.split(f"VARIANT {variant}")[1].split("Risks below")[0].splitlines())


def test_the_truths_say_which_dose_is_nearest_to_the_target() -> None:
    text = explain(scenario(MEC), variants=["as_amended"], truths=["observed_like"])
    rows = {" ".join(line.split()[:3]): line for line in text.splitlines() if line.startswith("    ")}
    assert "33%  at or below, the nearest of its ladder" in rows["10 mg d1-14"]
    assert rows["25 mg d1-14"].endswith("above")
    assert "recovery not detected by day 45; recovery on day 45 itself is none" in words(text.splitlines())
    assert "in patients at the dose selected" in words(text.splitlines())
    assert not any(line.split()[:1] == ["dlt"] and "%" in line for line in text.splitlines())


def test_the_decision_table_is_what_the_design_answers() -> None:
    method = scenario(CHECK).designs["variant_c"].dose_finding.method  # type: ignore[union-attr]
    table = decision_table(method, Standing((0,) * 4, (0,) * 4, 0), 1)
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in table[2:]}
    assert table[0].split() == ["n", "0", "DLTs", "1", "DLT", "2", "DLTs", "3", "or", "more"]
    assert rows["3"] == "up stay +3 down down" and rows["6"] == "up up down down"
    assert rows["2"] == "stay +1 stay +1 down"
    closed = decision_table(method, Standing((0, 0, 3, 0), (0, 0, 3, 0), 2), 1)
    assert "over: this  over: this" in closed[-2] and "stay +3     stay +3" in closed[4]


# ---------------------------------------------------------------- one trial


def test_every_decision_is_told_with_what_was_known() -> None:
    said = [text for _, _, _, text in decision_lines(told(1).program, told(1).records)]
    assert len(said) == len(told(1).records.decisions)
    first = "DECISION on cohort 1, 3 patients at 10 mg d1-14: 1 DLT among 3 -> 3 more at 10 mg d1-14 (stay: "
    assert said[0].startswith(first)
    assert any("AMENDMENT ten_days: the ladder is 5 mg d1-10" in text for text in said)
    assert said[-1].count("IS SELECTED") == 1 and "expansion, 10 more patients there" in said[-1]


def test_the_story_names_cohorts_letters_and_who_was_lost() -> None:
    text = told(1).text()
    for part in ("(cohort 1)", "(expansion)", "A word is a cohort", "were lost", "Dose finding: 2NNT"):
        assert part in text
    assert "no rule reads it" in text and not any(line.endswith("recovery:") for line in text.splitlines())
    story = text.split("what happens")[1].split("patients of at most")[0].splitlines()
    assert max(map(len, story)) <= SCREEN


def test_a_report_counts_for_the_rule_of_the_expansion_only_at_the_dose_selected() -> None:
    records, program = told(1).records, told(1).program
    selected = int(records.decisions["selected"].max())
    assert program.levels[0][selected - 1] == "25 mg d1-10"
    lines = words(told(1).text().splitlines())
    assert "report of patient 3's dlt: counts for the dose finding (cohort 1); does not count for" in lines
    assert "report of patient 45's dlt: counts for the dose finding (cohort 9); counts for expansion" in lines
