"""A tornado of trials that are played: paired errors, order, what is left out, and what is refused."""

from __future__ import annotations

import json
import re
from functools import cache
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

import simulator
from simulator.errors import TrialstopError
from simulator.loading.load import load
from simulator.loading.source import read_source
from simulator.metrics.collect import collect
from simulator.metrics.text import key_of
from simulator.program.build import build
from simulator.reporting.figures import draw_what_if, what_if_figures
from simulator.reporting.plots.tornado import Drawn, Group, sheets
from simulator.reporting.style import style
from simulator.reporting.tornado import TornadoResult
from simulator.reporting.tornado_tables import render_tornado
from simulator.study.settings import Settings
from simulator.study.units import simpy_player
from simulator.what_ifs.tornado import ENDS, Bar, prepare_tornado
from tests.helpers import SEED
from tests.pictures import outside, overlapping, words

TEXT = """
trialstop: 1
title: small
question: What matters?
benchmark: two
references: {source: "a report"}
design:
  accrual: {until: 8 treated}
  drugs: {drug: [1 mg]}
  phases: {on: {lasts: 6 months, gives: {drug: 1 mg}}}
  events: {clot: {grade: at least 3}}
  monitoring:
    clots:
      counts: {event: clot}
      rule: {kind: at_least, count: 2}
      look: every report
      then: [close_accrual]
variants:
  two: {}
  three: {design.monitoring.clots.rule.count: 3}
truths:
  good:
    acceptable: true
    accrual: 1 per month
    events: {clot: {while_on: drug, probability: 10% in 6 months}}
    delays: {clot: {report: {uniform: [1 day, 14 days]}}}
  bad:
    extends: good
    acceptable: false
    events: {clot: {while_on: drug, probability: 40% in 6 months}}
provenance:
  design.accrual.until: "assumption (6 to 12): not said"
  design.phases: source
  design.events.clot.grade: "assumption (2 to 3): not said"
  design.monitoring.clots.rule.count: "assumption (1 to 3): not published"
  variants.three: "assumption (1 to 3): not published"
  truths.good.accrual: "assumption (0.5 to 2 per month): not published"
  truths.good.events.clot: "assumption (20% to 30%): beyond what is written"
  truths.good.delays: "assumption (0 to 30 days): not said"
  truths.bad.events.clot: "assumption (20% to 60%): not known"
"""
TRIALS = 100
Names = tuple[str, ...]
COUNT, GOOD = "design.monitoring.clots.rule.count", "truths.good.events.clot"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file, in the whole module the same."""
    return written(tmp_path_factory.mktemp("tornado"), TEXT)


def written(folder: Path, text: str) -> Path:
    path = folder / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@cache
def played(
    path: Path, metric: str = "p_stop", jobs: int = 1, variants: Names = (), truths: Names = ()
) -> TornadoResult:
    """100 trials of every cell, on SimPy."""
    settings = Settings(trials=TRIALS, seed=SEED, engine="simpy", jobs=jobs, variants=variants, truths=truths)
    return simulator.tornado(path, metric, settings)


def column(path: Path, bar: Bar, end: str, metric: str) -> np.ndarray:
    """The metric of every trial, of the file loaded with the value set."""
    found = load(path, [bar.lever.change(getattr(bar.lever, end))])
    cell = build(found.designs[bar.variant], found.truths[bar.truth])
    return collect(cell, simpy_player(SEED)(cell, 0, TRIALS))[key_of(metric)]


@pytest.mark.parametrize("metric", ["p_stop", "n_enrolled", "days_crossing_to_report"])
def test_property_the_error_is_that_of_the_trials_differences(small: Path, metric: str) -> None:
    """By brute force, on files loaded with --set; what some trials do not have over those that both have."""
    bars = played(small, metric).bars
    fewer = any(bar.difference.n < TRIALS for bar in bars)
    assert fewer == (metric == "days_crossing_to_report")
    assert fewer or any(bar.clear for bar in bars)
    for bar in bars:
        first, other = (column(small, bar, end, metric) for end in (bar.largest, bar.smallest))
        both = np.isfinite(first) & np.isfinite(other)
        apart = (first - other)[both]
        n, mean = len(apart), apart.mean()
        error = apart.std(ddof=metric != "p_stop") / sqrt(n)
        assert (bar.difference.n, bar.apart) == (n, pytest.approx(mean, abs=1e-12))
        assert bar.difference.mcse == pytest.approx(error, abs=1e-12)
        assert bar.clear == (abs(mean) > 2 * error)
        means = [np.nanmean(column(small, bar, end, metric)) for end in ENDS]
        assert bar.values == pytest.approx(means)
        assert means[ENDS.index(bar.largest)] == max(means)
        assert means[ENDS.index(bar.smallest)] == min(means)


def test_the_largest_is_first_and_the_value_as_written_may_be_an_extreme(small: Path) -> None:
    found = played(small)
    for truth in ("good", "bad"):
        sizes = [bar.apart for bar in found.findings.found.of("two", truth)]
        assert len(sizes) >= 3
        assert sizes == sorted(sizes, reverse=True)
    (beyond,) = [bar for bar in found.bars if bar.path == GOOD]
    assert (beyond.largest, beyond.smallest) == ("high", "written"), "10% is outside 20% to 30%"
    assert beyond.apart == pytest.approx(beyond.values[2] - beyond.values[1])


def test_property_a_range_the_other_way_round_swaps_the_ends_and_nothing_else(
    small: Path, tmp_path: Path
) -> None:
    swapped = written(tmp_path, TEXT.replace("assumption (1 to 3)", "assumption (3 to 1)"))
    mine, theirs = ({b.truth: b for b in played(path).bars if b.path == COUNT} for path in (small, swapped))
    assert mine.keys() == theirs.keys() == {"good", "bad"}
    for truth, bar in mine.items():
        assert bar.values == theirs[truth].values[::-1]
        assert bar.difference == theirs[truth].difference


def test_differential_results_do_not_depend_on_jobs(small: Path) -> None:
    one, two = (played(small, jobs=jobs, truths=("bad",)).findings.as_json() for jobs in (1, 2))
    for each in (one, two):
        del each["run"]
    assert one == two


def test_what_is_written_is_read_back(small: Path) -> None:
    prepared = prepare_tornado(read_source(str(small)), settings=Settings(trials=20, engine="simpy"))
    found = prepared.play()
    assert prepared.read(json.loads(json.dumps(found.as_json()))).found == found.found
    assert found.as_json()["format"] == "trialstop/tornado/1"
    table = TornadoResult(found).to_arrow()
    assert table.column("path").to_pylist() == [bar.path for bar in found.found.bars]
    assert table.column("apart").to_pylist() == [bar.apart for bar in found.found.bars]
    assert table.column("written").to_pylist() == [bar.values[1] for bar in found.found.bars]


def test_only_what_bears_on_the_variants_and_truths_asked_is_varied_and_the_rest_has_its_reason(
    small: Path,
) -> None:
    source = read_source(str(small))
    prepared = prepare_tornado(source)
    assert prepared.settings.variants == ("two",), "the benchmark"
    bears = {each.path: {truth for _, truth in each.bears} for each in prepared.varied}
    assert bears == {
        "design.accrual.until": {"good", "bad"},
        COUNT: {"good", "bad"},
        "truths.good.accrual": {"good", "bad"},
        GOOD: {"good"},
        "truths.bad.events.clot": {"bad"},
    }
    left = {each.path: each.reason for each in prepared.left_out}
    assert left["design.events.clot.grade"] == "nothing that is played depends on it"
    assert "uniform[0]: 1 day" in left["truths.good.delays"]
    assert left.keys() == {"design.events.clot.grade", "truths.good.delays"}
    other = prepare_tornado(source, settings=Settings(variants=["three"], truths=["good"]))
    paths = [each.path for each in other.varied]
    assert COUNT not in paths, "variant three has a count of its own"
    assert "variants.three" in paths


def test_a_metric_that_only_one_end_has_is_no_difference(tmp_path: Path) -> None:
    """Of trials that stop: of eight patients one has a clot in some trials, seven have in none."""
    text = TEXT.replace("kind: at_least, count: 2", "kind: at_least, count: 8").replace(
        'count: "assumption (1 to 3)', 'count: "assumption (1 to 7)'
    )
    path = written(tmp_path, text)
    found = simulator.tornado(
        path, "days_report_to_effect", variants=["two"], truths=["good"], trials=30, engine="simpy"
    )
    (bar,) = [bar for bar in found.bars if bar.path == COUNT]
    assert bar.values[0] is not None and bar.values[1:] == (None, None)
    assert (bar.apart, bar.clear) == (None, False)
    (line,) = [line for line in found.table().splitlines() if line.startswith("  1; 8; 7")]
    assert line.split()[-3:] == ["-", "-", "-"]


def test_a_range_of_one_value_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT.replace("(6 to 12)", "(8 to 8)"))
    (left, *_) = prepare_tornado(read_source(str(path))).left_out
    assert (left.path, left.reason) == ("design.accrual.until", "both ends are what is written")


def test_a_refused_end_is_told_with_the_reason(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT.replace("(6 to 12)", "(0 to 12)"))
    (left, *_) = prepare_tornado(read_source(str(path))).left_out
    assert left.path == "design.accrual.until"
    assert left.reason.startswith("0 treated is refused: found")


def test_the_table_fits_its_width_and_marks_what_is_not_told_from_none(small: Path) -> None:
    found = played(small)
    text = found.table(width=80)
    assert max(map(len, text.splitlines())) <= 80
    for bar in found.bars:
        assert bar.path in text
    marked = text.count(" ~0\n")
    silent = [bar for bar in found.bars if bar.difference.equal == bar.difference.n]
    assert marked == len([bar for bar in found.bars if not bar.clear]) - len(silent)
    assert "Not varied\n  design.events.clot.grade (2 to 3): nothing that is played" in text
    assert render_tornado(found.findings, full=True).count("made with") == 1
    assert found.figure().axes


def test_no_text_of_the_figure_lies_on_another_however_long_its_names(tmp_path: Path) -> None:
    """Two variants under two truths, names of 64 letters: on pages of which every text is whole."""
    text = TEXT
    for name in ("good", "bad", "clot", "two", "three"):
        text = re.sub(rf"\b{name}s?\b", lambda found: f"{found[0]:x<64}", text)
    found = prepare_tornado(
        read_source(str(written(tmp_path, text))),
        settings=Settings(trials=20, engine="simpy", variants=[f"{'two':x<64}", f"{'three':x<64}"]),
    ).play()
    figures = what_if_figures(found).values()
    with style():
        for figure in figures:
            assert outside(figure) == []
            assert overlapping(figure) == []
    assert sum(len(figure.axes) for figure in figures) == 4
    assert [path.name for path in draw_what_if(found, tmp_path / "figures")] == ["tornado.png"]


def test_bars_that_do_not_fit_a_page_go_on_on_the_next() -> None:
    bars = [
        Drawn(path=f"path.{i}", ends="1; 2; 3", values=(0.0, 50.0, i), told="9 ± 1", clear=i > 9)
        for i in range(60)
    ]
    with style():
        figures = sheets([Group(name="many", bars=bars)], "heading", "about", "P(stop), %", share=True)
        assert len(figures) > 1
        for figure in figures:
            assert outside(figure) == []
            assert overlapping(figure) == []
    text = words(figures)
    assert "many (bars 1 to " in text
    assert [i for i in range(60) if f"path.{i}" not in text] == []


@pytest.mark.parametrize(
    ("metric", "asked", "message"),
    [
        ("p_stopp", {}, "no metric"),
        (
            "days_to_stop_given_stop.median",
            {},
            "days_to_stop_given_stop.median is a quantile, allowed a mean or a share",
        ),
        ("days_to_stop", {}, "days_to_stop is told by quantiles, allowed a mean or a share"),
        ("p_stop", {"truths": ("ugly",)}, "no truth 'ugly' in this scenario; it has: good, bad"),
        ("p_stop", {"variants": ("four",)}, "no variant 'four' in this scenario; it has: two, three"),
    ],
)
def test_bad_input(small: Path, metric: str, asked: dict[str, Names], message: str) -> None:
    with pytest.raises(TrialstopError, match=message):
        played(small, metric, **asked)


def test_a_file_without_ranges_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT[: TEXT.index("provenance")])
    with pytest.raises(TrialstopError, match=r"small\.yaml: found no assumption, .* allowed entries of"):
        played(path)


def test_where_no_range_can_be_varied_every_reason_is_told(tmp_path: Path) -> None:
    start = TEXT[: TEXT.index("provenance")]
    path = written(tmp_path, f"{start}provenance:\n  design: 'assumption (few to many): why'\n")
    with pytest.raises(TrialstopError) as caught:
        played(path)
    told = str(caught.value).splitlines()
    assert "no assumption whose range can be varied bears on two under good, bad" in told[0]
    assert told[1:] == ["  design (few to many): the range is in words that are no value there"]
