"""Derivatives by hazards of trials that are played: against formulas on all trials, and what is refused."""

from __future__ import annotations

import json
from functools import cache
from math import exp, log, sqrt
from pathlib import Path

import numpy as np
import pytest

import simulator
from simulator.errors import TrialstopError
from simulator.loading.load import load
from simulator.loading.source import read_source
from simulator.metrics.adjusted import residuals
from simulator.metrics.collect import collect
from simulator.metrics.slopes import FEWEST, Slopes, SlopeTally, slopes
from simulator.metrics.tally import summarise
from simulator.metrics.text import Keyed, key_of
from simulator.model.metric import Key
from simulator.program.build import build
from simulator.reporting.figures import draw_what_if, what_if_figures
from simulator.reporting.sensitivity import SensitivityResult, csv_of_hazards
from simulator.reporting.sensitivity_tables import render_sensitivity, signed
from simulator.reporting.style import style
from simulator.study.journal import Entry, Journal
from simulator.study.settings import Settings
from simulator.study.units import simpy_player
from simulator.what_ifs.sensitivity import MORE, OUTCOMES, prepare_sensitivity
from tests.helpers import SEED
from tests.pictures import outside, overlapping
from tests.unit.test_adjusted import P, part, table_of, trials
from tests.unit.test_tornado import TEXT

HAZARDS = """
truths:
  good:
    acceptable: true
    accrual: 1 per month
    events:
      clot:
        components:
          early: {while_on: drug, piecewise: [{hazard: 1 per year, to: 60 days}, {hazard: 0}]}
          steady: {while_on: drug, hazard: 0.5 per year}
          never: {while_on: drug, hazard: 0.00001 per year}
    delays: {clot: {report: {uniform: [1 day, 14 days]}}}
  bad:
    extends: good
    acceptable: false
    events: {clot: {components: {steady: {while_on: drug, hazard: 1 per year}}}}
"""
SMALL = TEXT[: TEXT.index("truths:")] + HAZARDS.lstrip()
TRIALS = 500


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file, in the whole module the same."""
    return written(tmp_path_factory.mktemp("sensitivity"), SMALL)


def written(folder: Path, text: str) -> Path:
    path = folder / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@cache
def played(
    path: Path,
    metric: str = "p_stop",
    jobs: int = 1,
    hazards: tuple[str, ...] = (),
    variants: tuple[str, ...] = (),
) -> SensitivityResult:
    settings = Settings(trials=TRIALS, seed=SEED, engine="simpy", jobs=jobs, variants=variants)
    return simulator.sensitivity(path, metric, settings, hazards=hazards)


@cache
def columns(path: Path, truth: str) -> Keyed[np.ndarray]:
    """Every metric of every trial."""
    found = load(path)
    cell = build(found.designs["two"], found.truths[truth])
    return collect(cell, simpy_player(SEED)(cell, 0, TRIALS))


@pytest.mark.parametrize("metric", ["p_stop", "n_enrolled", "duration_days", "days_crossing_to_report"])
def test_property_value_and_error_are_those_of_the_formulas_on_all_trials(small: Path, metric: str) -> None:
    """Of a metric that some trials do not have those of a ratio: a jackknife, which leaves each trial out."""
    for truth in ("good", "bad"):
        found = {each.name: each for each in played(small, metric).findings.found.of("two", truth)}
        every = columns(small, truth)
        f, (crossed, m) = every[key_of(metric)], residuals(every, table_of(every))
        there = np.isfinite(f)
        assert there.all() == (metric != "days_crossing_to_report")
        for name, n, residual in zip(("early", "steady", "never"), crossed, m, strict=True):
            each = found[f"clot by {name}"]
            assert each.crossings == n.sum()
            if name == "never":
                assert (each.value, each.mcse, each.more) == (None, None, None)
                continue
            g, r = f[there], residual[there]
            assert each.value == pytest.approx(np.cov(g, r)[0, 1], abs=1e-12)
            if there.all():
                assert each.mcse == pytest.approx(np.std((g - g.mean()) * r) / sqrt(TRIALS), rel=0.05)
            assert each.mcse == pytest.approx(jackknife(g, r, TRIALS), rel=0.01)


def of_block(every: Keyed[np.ndarray], key: Key) -> Slopes:
    return slopes(tuple(every), table_of(every), key)


def jackknife(f: np.ndarray, m: np.ndarray, trials: int) -> float:
    """Trials without a value change nothing when left out."""
    without = [np.cov(np.delete(f, i), np.delete(m, i), ddof=0)[0, 1] for i in range(len(f))]
    whole = np.cov(f, m, ddof=0)[0, 1]
    values = np.array(without + [whole] * (trials - len(f)))
    return float(sqrt((trials - 1) / trials * ((values - values.mean()) ** 2).sum()))


@pytest.mark.parametrize("size", [1, 7, 2_001])
@pytest.mark.parametrize("metric", ["p_stop", "n_enrolled", "duration_days"])
def test_blocks_give_what_all_trials_at_once_give(metric: str, size: int) -> None:
    """Evidence: by another way. The mean is far from 0, the time is infinite in some trials."""
    every, key = trials(2_001, [0.5, 0.2]), key_of(metric)
    tally = SlopeTally()
    for first in range(0, 2_001, size):
        tally.add(of_block(part(every, slice(first, first + size)), key))
    f, (_, m) = every[key], residuals(every, table_of(every))
    there = np.isfinite(f)
    for found, residual in zip(tally.found(), m, strict=True):
        g, r = f[there] - f[there].mean(), residual[there]
        value = (g * r).mean()
        error = ((g * r - value - g * r.mean()) ** 2).sum() ** 0.5 / there.sum() * sqrt(2_001 / 2_000)
        assert found.value == pytest.approx(np.cov(f[there], r)[0, 1], rel=1e-9)
        assert found.mcse == pytest.approx(error, rel=1e-7)


def test_property_errors_are_what_derivatives_scatter_by() -> None:
    """Over 400 runs of 500 trials: no bias within 4 errors, and the errors are right within 4 of theirs.

    The share is .45 P(at most one of Poisson a), a = 1: its derivative by log a is -.45 a^2 exp(-a).
    """
    runs, size = 400, 500
    every = trials(runs * size, [0.5])
    found = []
    for first in range(0, runs * size, size):
        tally = SlopeTally()
        tally.add(of_block(part(every, slice(first, first + size)), P))
        found += tally.found()
    values, errors = np.array([(each.value, each.mcse) for each in found]).T
    scatter = np.std(values, ddof=1)
    assert abs(np.mean(values) + 0.45 * exp(-1.0)) < 4 * scatter / sqrt(runs)
    assert scatter == pytest.approx(sqrt(np.mean(errors**2)), rel=4 / sqrt(2 * runs))


@pytest.mark.parametrize("all_or_none", [0.0, 1.0])
def test_trials_cannot_tell_of_what_is_the_same_in_all(all_or_none: float) -> None:
    every = trials(1_000, [0.5])
    every[P] = np.full(1_000, all_or_none)
    tally = SlopeTally()
    for first in (0, 500):
        tally.add(of_block(part(every, slice(first, first + 500)), P))
    (found,) = tally.found()
    assert (found.value, found.mcse) == (None, None)
    assert found.crossings > FEWEST


def test_a_journal_gives_the_sums_back_to_the_last_bit(tmp_path: Path) -> None:
    every = trials(500, [0.5, 0.1])
    summary = summarise(every, sensitive=P)
    with Journal(tmp_path / "journal.bin", "run") as book:
        book.append(Entry({"a": summary}, 0, 0.0))
    with Journal(tmp_path / "journal.bin", "run") as book:
        (entry,) = book.entries()
    read, mine = entry.summaries["a"].slopes, summary.slopes
    assert read is not None and mine is not None
    assert read.components == mine.components
    assert (read.head.tobytes(), read.rows.tobytes()) == (mine.head.tobytes(), mine.rows.tobytes())


# ---------------------------------------------------------------- what is found, shown and kept


@pytest.mark.parametrize(("trials", "told"), [(40, False), (200, True)])
def test_of_a_share_that_few_trials_lack_nothing_is_told(small: Path, trials: int, told: bool) -> None:
    """Of a mean it is; the text says why."""
    asked = Settings(trials=trials, seed=SEED, engine="simpy", truths=["good"])
    found = simulator.sensitivity(small, "p_stop", asked, hazards=["steady"])
    every = columns(small, "good")[P][:trials]
    assert (min(every.sum(), trials - every.sum()) >= OUTCOMES) == told
    (hazard,) = found.hazards
    assert hazard.crossings >= FEWEST
    assert (hazard.value is not None, hazard.mcse is not None, hazard.more is not None) == (told,) * 3
    said = " ".join(found.table().split())
    assert ("fewer than 20 trials that have the outcome, or that lack it" in said) is not told
    (mean,) = simulator.sensitivity(small, "n_enrolled", asked, hazards=["steady"]).hazards
    assert mean.value is not None


def test_the_largest_is_first_and_what_trials_cannot_tell_last(small: Path) -> None:
    found = played(small)
    for truth in ("good", "bad"):
        hazards = found.findings.found.of("two", truth)
        assert hazards[-1].name == "clot by never"
        sizes = [abs(each.level or 0.0) for each in hazards]
        assert sizes == sorted(sizes, reverse=True)
        assert hazards[0].more == pytest.approx(hazards[0].value * log(MORE))
    assert {each.variant for each in found.hazards} == {"two"}, "the benchmark"


def test_differential_results_do_not_depend_on_jobs(small: Path) -> None:
    one, two = (played(small, jobs=jobs).findings.as_json() for jobs in (1, 2))
    for each in (one, two):
        del each["run"]
    assert one == two


def test_a_run_that_goes_on_from_its_journal_finds_the_same(small: Path, tmp_path: Path) -> None:
    asked = Settings(trials=30, seed=SEED, engine="simpy")
    prepared = prepare_sensitivity(read_source(str(small)), settings=asked)
    first = prepared.play(journal=tmp_path / "journal.bin")
    text = (tmp_path / "journal.bin").read_bytes()
    (tmp_path / "journal.bin").write_bytes(text[: len(text) - 10])
    again = prepared.play(journal=tmp_path / "journal.bin")
    assert again.found == first.found


def test_what_is_written_is_read_back(small: Path) -> None:
    found = played(small).findings
    prepared = prepare_sensitivity(read_source(str(small)))
    assert prepared.read(json.loads(json.dumps(found.as_json(), allow_nan=False))).found == found.found
    assert found.as_json()["format"] == "trialstop/sensitivity/1"
    table = SensitivityResult(found).to_arrow()
    assert table.column("derivative").to_pylist() == [each.value for each in found.found.hazards]
    assert table.column("ten_percent_more").to_pylist() == [each.more for each in found.found.hazards]
    header, *lines = csv_of_hazards(found).splitlines()
    assert header.startswith("variant,truth,hazard_event,hazard_component,key,unit,derivative,")
    assert len(lines) == len(found.found.hazards)


def test_only_hazards_that_are_named_are_told(small: Path) -> None:
    for name in ("steady", "clot.steady"):
        found = played(small, hazards=(name,))
        assert [each.name for each in found.hazards] == ["clot by steady"] * 2
        assert found.hazards == tuple(e for e in played(small).hazards if e.component == "steady")


def test_what_reads_as_none_has_no_sign() -> None:
    assert [signed(value, 2) for value in (-0.001, 0.001, -0.01, 0.01, 1234.5)] == [
        "0.00",
        "0.00",
        "-0.01",
        "+0.01",
        "+1,234.50",
    ]


def test_the_table_fits_its_width_and_tells_points_patients_and_months(small: Path) -> None:
    for metric, unit in (("p_stop", "points"), ("n_enrolled", "patients"), ("duration_days", "months")):
        text = played(small, metric).table(width=72)
        assert max(map(len, text.splitlines())) <= 72
        first = played(small, metric).hazards[0]
        (line,) = [line for line in text.splitlines() if line.startswith(first.name)][:1]
        assert f" {unit}" in line
        assert ("+" if first.value > 0 else "-") in line
        assert "-: fewer than 30 events" in text.replace("\n", " ")
    assert render_sensitivity(played(small).findings, full=True).count("made with") == 1


def test_no_text_of_the_figure_lies_on_another(small: Path, tmp_path: Path) -> None:
    found = played(small).findings
    with style():
        for figure in what_if_figures(found).values():
            assert outside(figure) == []
            assert overlapping(figure) == []
    assert [path.name for path in draw_what_if(found, tmp_path / "figures")] == ["sensitivity.png"]
    few = simulator.sensitivity(small, trials=2, engine="simpy", hazards=["never"])
    with pytest.raises(TrialstopError, match="these trials tell of no hazard"):
        few.figure()


def test_of_a_metric_that_a_variant_does_not_have_nothing_is_told(tmp_path: Path) -> None:
    other = "{design.monitoring.clots.rule.count: 3, design.monitoring.more: {counts: {event: clot}, "
    other += "rule: {kind: at_least, count: 4}, look: every report, then: [close_accrual]}}"
    path = written(tmp_path, SMALL.replace("{design.monitoring.clots.rule.count: 3}", other))
    found = simulator.sensitivity(
        path, "p_fired.more", variants=["two", "three"], truths=["bad"], trials=200, engine="simpy"
    )
    assert {each.variant for each in found.hazards} == {"three"}
    assert "No hazard that was asked about" in found.table()


@pytest.mark.parametrize(
    ("metric", "hazards", "message"),
    [
        ("p_stopp", [], "no metric is called"),
        ("days_to_stop_given_stop.median", [], "is a quantile, allowed a mean or a share"),
        ("days_to_stop", [], "days_to_stop is told by quantiles, allowed a mean or a share"),
        ("risk.clot.early", [], r"risk\.clot\.early is a hazard itself, allowed crossings\.clot\.early"),
        (
            "p_stop",
            ["late"],
            "no hazard 'late' in these variants and truths; there are: clot.early, clot.steady",
        ),
        ("p_stop", ["clot"], "no hazard 'clot'"),
        ("p_stop", "early", "hazards is 'early', allowed a list of names"),
    ],
)
def test_bad_input(small: Path, metric: str, hazards: list[str], message: str) -> None:
    with pytest.raises(TrialstopError, match=message):
        simulator.sensitivity(small, metric, hazards=hazards, trials=2, engine="simpy")


def test_a_component_of_several_events_is_to_be_named_whole(tmp_path: Path) -> None:
    text = SMALL.replace("{clot: {grade: at least 3}}", "{clot: {grade: at least 3}, bleed: {}}")
    text = text.replace(
        "      clot:\n", "      bleed: {components: {steady: {hazard: 1 per year}}}\n      clot:\n"
    )
    path = written(tmp_path, text)
    with pytest.raises(TrialstopError, match=r"--hazard steady may be any of .*; name one of these"):
        simulator.sensitivity(path, hazards=["steady"], trials=2, engine="simpy")
    found = simulator.sensitivity(path, hazards=["bleed.steady"], trials=2, engine="simpy")
    assert {each.event for each in found.hazards} == {"bleed"}
