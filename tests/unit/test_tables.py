"""What `run` prints: it fits its line, the answer stands last, and nothing reads as certain that is not."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from simulator.loading.load import load
from simulator.model.metric import Key
from simulator.reporting.answer import groups
from simulator.reporting.grid import alike, grid, head_lines
from simulator.reporting.tables import headline, render
from simulator.study.results import Results
from simulator.study.run import run
from tests.helpers import ROOT, SHIPPED

WIDTHS = (80, 100, 140)
every_scenario = pytest.mark.parametrize("name", SHIPPED)

RARE = """\
trialstop: 1
title: a stop that is nearly certain, and one that is nearly impossible
design:
  accrual: {until: 10 treated}
  events: {dlt: {window: 28 days}}
  monitoring:
    safety:
      counts: {event: dlt}
      rule: {kind: at_least, count: 1}
      then: close_accrual
truths:
  nearly_sure: {acceptable: false, accrual: every 14 days, events: {dlt: {probability: 66.5%}}}
  nearly_never: {acceptable: true, accrual: every 14 days, events: {dlt: {probability: 0.000203%}}}
"""


@lru_cache
def played(name: str) -> Results:
    return run(load(ROOT / f"scenarios/{name}.yaml"), trials=40, seed=1, self_check=0)


@lru_cache
def of_text(text: str, trials: int = 1000) -> Results:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "s.yaml"
        path.write_text(text, encoding="utf-8")
        return run(load(path), trials=trials, seed=1, self_check=0)


# ---------------------------------------------------------------- the line


@every_scenario
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("full", [False, True], ids=["answer", "all"])
def test_every_table_fits_its_line(name: str, width: int, full: bool) -> None:
    lines = render(played(name), full=full, true_rates=True, width=width).splitlines()
    assert max(map(len, lines)) <= width
    assert not any(line.endswith(" ") for line in lines)


@every_scenario
@pytest.mark.parametrize("width", WIDTHS)
def test_narrow_lines_hold_the_numbers_of_wide_ones(name: str, width: int) -> None:
    """Nothing is cut off: every estimate of the widest setting is there as often."""

    def estimates(at: int) -> list[str]:
        text = render(played(name), full=True, true_rates=True, width=at)
        _, _, tables = text.partition(headline(played(name), true_rates=True, width=at))
        return sorted(re.findall(r"\S+ ± [\d.,<?]+", tables))

    assert estimates(width) == estimates(1000)
    assert len(estimates(width)) > 100


@every_scenario
@pytest.mark.parametrize("width", WIDTHS)
def test_the_answer_stands_last_and_first_of_the_long_tables(name: str, width: int) -> None:
    answer = headline(played(name), true_rates=True, width=width)
    assert render(played(name), true_rates=True, width=width).endswith("\n\n" + answer)
    head, _, _ = render(played(name), full=True, true_rates=True, width=width).partition(answer)
    assert head.startswith(played(name).title[:30]) and "±" not in head


@every_scenario
def test_the_answer_is_one_screen(name: str) -> None:
    """Of 50 lines, at 100 characters; the exact values of a check scenario take a line each."""
    lines = render(played(name), true_rates=True, width=100).splitlines()
    assert len([line for line in lines if not line.lstrip().startswith("exact ")]) <= 50


def test_columns_without_room_stand_below_under_the_same_names() -> None:
    heads = [["name"], *([f"column{i}"] for i in range(5))]
    rows = [["group"], ["  one", *"12345"], ["  two", *"67890"]]
    lines = grid(heads, rows, 30)
    assert max(map(len, lines)) <= 30
    assert [line for line in lines if line.startswith("  one")] == [
        "  one        1        2",
        "  one        3        4",
        "  one        5",
    ]
    assert grid(heads, rows, 60)[0] == "name   column0  column1  column2  column3  column4"


def test_names_of_64_letters_fit_80_columns() -> None:
    name = "a" * 64
    rows = [[f"  {name}", "1.00 ± 0.01", "2.00 ± 0.01"]]
    lines = grid([[], head_lines(f"{name}|before"), head_lines(f"{name} after")], rows, 80)
    assert max(map(len, lines)) <= 80
    assert sum(line.count("a") for line in lines[lines.index(next(x for x in lines if "---" in x)) :]) == 64


# ---------------------------------------------------------------- what is alike


def test_names_of_which_the_same_is_shown_are_together_in_their_order() -> None:
    shown = {"a": 1, "b": 2, "c": 1, "d": 3}
    assert alike(list(shown), shown.__getitem__) == [["a", "c"], ["b"], ["d"]]


def test_variants_with_the_same_results_are_one_column_with_all_their_names() -> None:
    """LENI: what counts for the rule 30 or 90 days after the drug is seen under `withdrawal` only."""
    results = played("leni")
    stops = {
        variant: [results.cell(variant, truth).metrics["p_stop"].value for truth in results.truths]
        for variant in results.variants
    }
    same = [v for v in stops if stops[v] == stops["with_maintenance"]]
    assert {"with_maintenance", "imatinib_again"} <= set(same)
    answer = headline(results)
    for name in same:
        assert answer.count(name) == 1
    assert answer.count("planned") == 1


# ---------------------------------------------------------------- what is said


def test_a_share_that_is_not_0_or_1_never_reads_so() -> None:
    """P(stop) = 1 - (1 - p)^10: 0.00203 % and 99.9982 %."""
    lines = headline(of_text(RARE)).splitlines()
    rows = {line.split()[0]: (line.split()[1:], below.split()) for line, below in pairwise(lines) if line}
    assert rows["nearly_never"] == (["0.0", "(<0.4)"], ["exact", "<0.01"])
    assert rows["nearly_sure"][1] == ["exact", ">99.99"]
    seen = of_text(RARE, 400_000).cell("as_written", "nearly_never").metrics["p_stop"]
    assert 0 < (seen.value or 0.0) < 0.00005
    assert "<0.01 ± <0.01" in headline(of_text(RARE, 400_000))


def test_the_foot_tells_exact_values_that_could_not_be_compared_from_none() -> None:
    text = render(of_text(RARE))
    assert "none could be compared" in text and "no exact values" not in text
    assert "no exact values to compare with: the event `cytopenia` changes the course" in render(
        played("leni")
    )


def test_a_truth_at_the_limits_has_a_headline_of_its_own() -> None:
    text = RARE.replace("acceptable: true", "acceptable: borderline")
    results = of_text(text)
    found = {headline.partition(":")[0]: truths for headline, truths in groups(results)}
    assert found == {"BORDERLINE": ["nearly_never"], "TRUE STOP": ["nearly_sure"]}
    assert "FALSE STOP" not in headline(results) and "BORDERLINE" in headline(results)
    again = Results.from_json(results.as_json())
    assert again.cell("as_written", "nearly_never").acceptable == "borderline"


def test_the_true_dlt_rate_is_dlts_of_evaluable_patients() -> None:
    """Wald: E[DLTs] = p E[evaluable] at every dose, whatever stops treatment there."""
    results = run(
        load(ROOT / "scenarios/mec.yaml"),
        variants=["as_amended"],
        truths=["observed_like"],
        trials=2000,
        seed=1,
        self_check=0,
    )
    (cell,) = results.cells
    facts = cell.facts.dose_finding
    assert facts is not None
    total = 0.0
    for dose, rate in facts.rates.items():
        evaluable, dlts = (cell.metrics[Key(m, dose=dose)].value for m in ("n_evaluable_at", "n_dlt_at"))
        assert evaluable and dlts is not None
        error = (rate * (1 - rate) / (evaluable * results.run.trials)) ** 0.5
        assert dlts / evaluable == pytest.approx(rate, abs=4.5 * error), dose
        total += evaluable
    assert total == pytest.approx(cell.metrics["n_evaluable"].value)
    lines = render(results, full=True, true_rates=True).splitlines()
    assert any("patients    evaluable           DLTs" in line for line in lines)


CONCLUDES = """\
trialstop: 1
title: one rule closes, one concludes
design:
  accrual: {until: 3 treated}
  events: {dlt: {window: 28 days}}
  monitoring:
    early: {counts: {event: dlt}, rule: {kind: at_least, count: 1}, look: every report, then: THEN}
    late:
      counts: {event: dlt}
      rule: {kind: at_least, count: 1}
      among: completed
      look: every 1 completed
      then: {conclude: toxic}
truths:
  sure:
    accrual: every 14 days
    events: {dlt: {clock: enrolment, incidence: 100%, onset: {uniform: [0 days, 7 days]}}}
"""


@pytest.mark.parametrize(
    ("then", "first"),
    [("close_accrual", 0.0), ("end_trial", 0.0), ("[]", 1.0), ("{conclude: other}", 0.0)],
)
def test_a_conclusion_after_another_rule_closed_the_trial_is_none(then: str, first: float) -> None:
    """The first patient has a DLT by day 7, is assessed on day 28; a rule that only votes closes nothing."""
    results = of_text(CONCLUDES.replace("THEN", then), 20)
    (cell,) = results.cells
    assert cell.metrics["p_conclude.toxic"].value == 1.0
    assert cell.metrics["p_conclude_first.toxic"].value == first
    assert "Concludes: by the first rule to do so" in render(results, full=True)


def test_the_only_rule_concludes_as_often_as_it_fires() -> None:
    text = RARE.replace("then: close_accrual", "then: {conclude: harmful}")
    for cell in of_text(text).cells:
        for name in ("p_conclude.harmful", "p_conclude_first.harmful"):
            assert cell.metrics[name].exact == cell.metrics["p_stop"].exact is not None
            assert cell.metrics[name].value == cell.metrics["p_stop"].value
