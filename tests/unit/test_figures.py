"""Evidence: exact. What figures say: pages, axes, ticks, numbers, names, true rates."""

from dataclasses import replace
from functools import lru_cache
from math import isclose
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from simulator import draw, figures
from simulator.loading.load import load
from simulator.metrics.text import Keyed
from simulator.model.estimate import Estimate
from simulator.model.metric import Key
from simulator.reporting.figures import draw_figures, draw_trace, file_name, rule_figures
from simulator.reporting.lettering import BODY, Labels, printable, width, wrap
from simulator.reporting.narrative import trace
from simulator.reporting.pages import HIGH, Head, Space, pages
from simulator.reporting.plots._scale import above, mean, months_between, share, share_ends
from simulator.reporting.plots.swimmer import _gathered
from simulator.reporting.style import style
from simulator.study.results import Results
from simulator.study.run import programs, run
from tests.helpers import ROOT
from tests.pictures import LONG, crowded, drawn, words

MEC, LENI = ROOT / "scenarios/mec.yaml", ROOT / "scenarios/leni.yaml"


@lru_cache
def results(path: Path, trials: int, *truths: str) -> Results:
    return run(load(path), truths=list(truths), trials=trials, self_check=0)


def page(found: dict[str, Figure], name: str) -> str:
    return words([found[name]])


def axis_of(figure: Figure, at: int = 0) -> tuple[float, float]:
    return figure.axes[at].get_xlim()


# ---------------------------------------------------------------- pages and names


def test_thirty_truths_and_names_of_64_letters_take_pages_that_hold_every_truth_once() -> None:
    found = figures(run(crowded(), trials=5, engine="simpy", self_check=0))
    names = [name for name in found if name.startswith("p_stop")]
    assert names == ["p_stop", *(f"p_stop.{i}" for i in range(2, len(names) + 1))]
    assert len(names) >= 2
    assert sum(len(found[name].axes) for name in names) == 30
    for name in names:
        assert found[name].get_figheight() <= HIGH
    text = words([found[name] for name in names]).replace("\n", "")
    for number in range(30):
        assert text.count(f"{LONG[:-2]}{number:02d}") == 1
    assert f"= {LONG}v" in text
    assert f"= {LONG}w" in text  # names that are cut are told at the foot


def test_pages_of_one_figure_are_files_of_their_own(tmp_path: Path) -> None:
    paths = draw(
        run(crowded(truths=16), trials=2, engine="simpy", self_check=0), tmp_path, events=[LONG + "e"]
    )
    assert len(set(paths)) == len(paths)
    assert tmp_path / "p_stop.2.png" in paths
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert all(len(path.name) < 255 for path in paths)


def test_a_name_longer_than_a_disk_takes_gives_a_file_unlike_any_other() -> None:
    one, other = "n" * 300, "n" * 150 + "m" + "n" * 149
    assert len(file_name(one)) <= 160
    assert file_name(one) != file_name(other)
    assert file_name("p_stop") == "p_stop"


def test_panels_fill_pages_in_order_and_one_too_high_has_its_own() -> None:
    space = [Space(body=body, left=0.5) for body in (4.0, 4.0, 4.0, 20.0, 1.0)]
    with style():
        found = pages(list(enumerate(space)), Head(title="t", about="a"), beside=1)
    assert [[of for of, _ in leaf.panels] for leaf in found] == [[0, 1], [2], [3], [4]]
    assert found[1].figure.get_suptitle() == "t (page 2 of 4)"


def test_a_trial_with_more_patients_than_a_page_holds_is_told_on_several(tmp_path: Path) -> None:
    told = trace(load(LENI), variant="combination_only", truth="planned", trial=1)
    assert draw_trace(told, tmp_path / "one.png") == [tmp_path / "one.png"]
    mec = trace(load(MEC), variant="as_amended", truth="fourteen_day_like", trial=1)
    assert len(mec.records.patients) > 50
    assert draw_trace(mec, tmp_path / "two.png") == [tmp_path / "two.png", tmp_path / "two.2.png"]


def drawn_rule(tmp_path: Path, users: list[str], monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    kept: list[Figure] = []
    monkeypatch.setattr("simulator.reporting.figures.save", lambda figure, path: kept.append(figure))
    program = programs(load(LENI), ["combination_only"], ["planned"])["combination_only", "planned"]
    paths = draw_figures(rule_figures(users, program, 0, "stop iff x >= 2", (0.1, 0.2), 20), tmp_path)
    assert [path.name for path in paths] == [
        f"{name}-{users[0]}-thrombosis_rule.png" for name in ("boundary", "rates")
    ]
    return kept


def test_a_rule_that_many_variants_share_names_some_and_counts_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boundary, _ = drawn_rule(tmp_path, [f"v{i}" for i in range(40)], monkeypatch)
    title = boundary.get_suptitle().replace("\n", " ")
    assert title == "Boundary of thrombosis_rule in v0, v1, v2, v3, v4, v5 and 34 more variants"


def test_an_event_too_long_for_an_axis_is_told_at_the_foot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[Figure] = []
    monkeypatch.setattr("simulator.reporting.figures.save", lambda figure, path: kept.append(figure))
    (program, *_) = programs(crowded(1), [LONG + "v"]).values()
    draw_figures(rule_figures(["v"], program, 0, "stop iff x >= 2", (0.1, 0.2), 20), tmp_path)
    assert f"= {LONG}e" in words(kept[:1]).replace("\n", "")


# ---------------------------------------------------------------- lettering


def test_text_breaks_where_it_is_too_wide_and_nothing_is_lost() -> None:
    text = "a title with " + "very_long_name_" * 12 + " in it"
    lines = wrap(text, 2.0, BODY)
    assert all(width(line, BODY) <= 2.0 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert len(wrap(text, 2.0, BODY, most=2)) == 2
    assert wrap(text, 2.0, BODY, most=2)[1].endswith("…")


def test_names_too_long_are_cut_in_the_middle_and_told_apart() -> None:
    labels = Labels()
    one, other = "a" * 80 + "1" + "z" * 80, "a" * 80 + "2" + "z" * 80
    cut = [labels.fit(name, 1.0) for name in (one, other, one)]
    assert cut[0] == cut[2] != cut[1]
    assert cut[0].startswith("a") and cut[0].endswith("z") and "…" in cut[0]
    assert max(width(text, BODY) for text in cut) <= 1.0
    assert list(labels.told()) == [f"{cut[0]} = {one}", f"{cut[1]} = {other}"]
    assert labels.fit("short", 1.0) == "short"


def test_what_the_font_lacks_is_a_box_and_a_dollar_is_a_dollar() -> None:
    assert printable("≥ 3 毒\n $x$") == "≥ 3 □ $x$"
    with style():
        (leaf,) = pages([("", Space(body=1.0, left=0.5))], Head(title="毒 $x_1^2$", about="a"))
        assert "□ $x_1^2$" in [text for text, _ in drawn(leaf.figure)]


def test_marks_that_would_meet_stand_together_in_order() -> None:
    apart = _gathered([(1.0, "pe"), (9.0, "dvt")], 1.0)
    assert apart == [(1.0, 1.0, "pe"), (9.0, 9.0, "dvt")]
    assert _gathered([(1.0, "pe"), (1.2, "dvt"), (9.0, "pe")], 1.0) == [
        (1.0, 1.2, "pe, dvt"),
        (9.0, 9.0, "pe"),
    ]


# ---------------------------------------------------------------- axes


@pytest.mark.parametrize(
    ("largest", "end"),
    [
        (0.013, 1.5),
        (0.0004, 0.04),
        (0.051, 6.0),
        (0.3, 30.0),
        (0.60, 60.0),
        (0.601, 100.0),
        (1.0, 100.0),
        (0.0, 1.0),
    ],
)
def test_shares_end_just_above_the_largest_limit_or_at_100(largest: float, end: float) -> None:
    assert isclose(share_ends([0.0, largest]), end)


@pytest.mark.parametrize("value", [1.0, 1.01, 9.99, 10.0, 0.3, 0.0701, 123.0])
def test_the_next_round_number_is_not_below_and_less_than_half_above(value: float) -> None:
    assert value * (1 - 1e-9) <= above(value) <= 1.5 * value


@pytest.mark.parametrize(("last", "step"), [(6, 1), (12, 2), (18, 3), (36, 6), (60, 12), (80, 24), (300, 60)])
def test_months_between_ticks(last: float, step: int) -> None:
    assert months_between(last) == step


def test_stopping_by_time_of_mec_fills_its_axis_and_says_so() -> None:
    found = figures(results(MEC, 40, "unsafe", "flat"))
    figure = found["stopping_by_time"]
    ends = {axis.get_ylim() for axis in figure.axes}
    ((low, high),) = ends  # one scale
    assert low == 0.0
    stops = [cell.metrics[Key("p_stop")] for cell in results(MEC, 40, "unsafe", "flat").cells]
    largest = max(100 * e.high for e in stops if e.high is not None)
    assert largest <= high <= 1.5 * largest
    assert f"Axes end at {high:g} %, not at 100 %." in page(found, "stopping_by_time").replace("\n", " ")
    assert axis_of(found["p_stop"]) == (0.0, high)


def test_where_much_happens_axes_show_all_100_and_say_nothing() -> None:
    found = figures(results(LENI, 40, "planned", "observed_like"))
    assert axis_of(found["p_stop"]) == (0.0, 100.0)
    assert "not at 100" not in page(found, "p_stop")


def test_patients_are_counted_in_whole_numbers() -> None:
    found = figures(results(LENI, 40, "planned", "observed_like"), events=["thrombosis"])
    for axis in found["patients_harmed"].axes:
        assert [tick for tick in axis.get_xticks() if tick != round(tick)] == []


def test_less_than_two_patients_are_counted_in_fractions() -> None:
    found = figures(results(LENI, 40, "planned"), events=["thrombosis"])
    axis = found["patients_harmed"].axes[0]
    low, high = axis.get_xlim()
    assert high < 2.0
    assert len([tick for tick in axis.get_xticks() if low <= tick <= high]) >= 3


def test_ticks_of_a_boundary_are_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    boundary, rates = drawn_rule(tmp_path, ["combination_only"], monkeypatch)
    (axis,) = boundary.axes
    for ticks in (axis.get_xticks(), axis.get_yticks(), rates.axes[1].get_yticks()):
        assert [tick for tick in ticks if tick != round(tick)] == []
    assert axis.get_ylabel() == "patients with thrombosis, x"


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("estimate", "said"),
    [
        (Estimate(value=0.4933, low=0.44, high=0.55, n=300), "49.3"),
        (Estimate(value=0.9997, low=0.99, high=1.0, n=10_000), ">99.9"),
        (Estimate(value=0.0002, low=0.0, high=0.001, n=10_000), "<0.1"),
        (Estimate(value=0.0, low=0.0, high=0.0126, n=300), "0 (<1.3)"),
        (Estimate(value=1.0, low=0.9874, high=1.0, n=300), "100 (>98.7)"),
        (Estimate(value=None), "-"),
    ],
)
def test_shares_never_read_as_certain(estimate: Estimate, said: str) -> None:
    assert share(estimate) == said


def test_means_that_are_not_0_never_read_so() -> None:
    assert [mean(value, 2) for value in (0.0, 0.001, 0.006, 12.0)] == ["0", "<0.01", "0.01", "12.00"]


def test_no_stop_and_only_stops_are_told_with_the_end_of_their_interval() -> None:
    some = results(LENI, 40, "planned", "observed_like")
    ends = (
        Estimate(value=0.0, mcse=0.0, low=0.0, high=0.0126, n=300),
        Estimate(value=0.9997, mcse=2e-4, n=9999),
    )
    cells = tuple(
        replace(cell, metrics=Keyed({**cell.metrics, Key("p_stop"): e}))
        for cell, e in zip(some.cells[:2], ends, strict=True)
    )
    text = page(figures(replace(some, cells=cells)), "p_stop")
    assert "0 (<1.3)" in text
    assert ">99.9" in text


# ---------------------------------------------------------------- true rates


def test_each_variant_has_its_own_true_rates_above_the_doses() -> None:
    """The window of MEC is 45 days; with 42 and 56 days other recoveries count as absent."""
    found = figures(results(MEC, 10, "observed_like"), true_rates=True)
    lines = page(found, "selection").split("\n")
    assert "true DLT rate, %" in lines
    assert {"all others", "window_42", "window_56"} <= set(lines)
    for rate in ("33", "43.5", "9.4"):  # of 10 mg d1-14: as the truth says, and with the other windows
        assert rate in lines
    assert not any("-" in line and "%" in line for line in lines[2:])


def test_rates_that_all_variants_share_are_one_line() -> None:
    check = ROOT / "scenarios/checks/mec.yaml"
    lines = page(figures(results(check, 10, "steep"), true_rates=True), "selection").split("\n")
    assert lines.count("true DLT rate, %") == 1
    assert "all others" not in lines
    assert {"5", "10", "25", "45", "target 33%"} <= set(lines)


def test_variants_that_stop_alike_share_a_curve_and_are_named_below_it() -> None:
    found = figures(results(LENI, 40, "planned", "observed_like"))
    lines = page(found, "stopping_by_time").split("\n")
    assert {"= plus_30_days", "= plus_90_days", "= imatinib_again"} <= set(lines)


def test_figures_of_arms_leave_out_variants_without_arms() -> None:
    found = figures(results(ROOT / "scenarios/chanan_khan.yaml", 10, "as_reported"))
    for name in ("arms", "harmed_by_arm_flare_2"):
        lines = page(found, name).split("\n")
        assert "two_by_two" in lines
        assert "before" not in lines
    assert "before" in page(found, "p_stop").split("\n")
