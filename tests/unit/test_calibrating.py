"""Calibrating a rule: the boundary that is chosen, what it achieves in other trials, what is refused."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from math import hypot
from pathlib import Path

import pytest
from scipy.stats import binom

from simulator.contracts import Plan
from simulator.errors import TrialstopError, UnattainableError
from simulator.exact.recognise import exact_values
from simulator.loading.load import load
from simulator.loading.source import Source, read_source
from simulator.model.metric import Key
from simulator.program.build import build
from simulator.reporting.calibration import render_calibration
from simulator.study.run import run
from simulator.study.settings import Settings
from simulator.what_ifs import planner
from simulator.what_ifs.calibrated import Calibrated
from simulator.what_ifs.calibrating import Calibrating, prepare_calibration
from simulator.what_ifs.findings import Findings
from tests.helpers import ROOT

STOP = Key("p_stop")
LENI, FERRAJOLI = ROOT / "scenarios/checks/leni.yaml", ROOT / "scenarios/checks/ferrajoli.yaml"
COUNT = "design.monitoring.thrombosis_rule.rule.count"
CERTAINTY = 'variants.toxicity_only."design.monitoring.tse.rule".toxicity.certainty'
WIDE = Settings(variants=["with_maintenance"])
REAL = Settings(variants=["with_maintenance"], trials=300, self_check=0)


@cache
def source(path: Path) -> Source:
    return read_source(str(path))


def leni(vary: str, target: str, settings: Settings = WIDE, *, sure: bool = False) -> Calibrating:
    return prepare_calibration(source(LENI), "thrombosis_rule", vary, target, settings, sure=sure)


def real(vary: str, target: str, settings: Settings = REAL, *, sure: bool = False) -> Calibrating:
    """Under the conduct of the protocol: delays, relapse, random entry."""
    path = ROOT / "scenarios/leni.yaml"
    return prepare_calibration(source(path), "thrombosis_rule", vary, target, settings, sure=sure)


# ---------------------------------------------------------------- exact


@pytest.mark.parametrize(
    ("counts", "target", "chosen", "level"),
    [
        ("1,2,3", "5%", "2", 0.033422),
        ("1,2,3", "1%", "3", 0.002865),
        ("1,2,3,4", "0.1%", "4", 0.000176),
        ("4,1,3,2", "30%", "1", 0.252680),
    ],
)
def test_exact_the_count_of_the_check_scenario(counts: str, target: str, chosen: str, level: float) -> None:
    findings = leni(f"{COUNT}={counts}", f"p_stop<={target} under planned").play()
    found = findings.found
    assert found.group.values == (chosen,)
    assert found.achieved.value == pytest.approx(level, abs=5e-7)
    assert found.first == 0 and {answer.how for answer in findings.answers} == {"exact"}
    assert {answer.place.truth for answer in findings.answers if chosen in answer.place.changes[0]} == set(
        findings.acceptable
    )


def test_exact_a_target_out_of_reach_names_what_can_be_had() -> None:
    with pytest.raises(TrialstopError) as error:
        leni(f"{COUNT}=1,2,3", "p_stop<=0.1% under planned").play()
    assert str(error.value) == (
        f"--target p_stop<=0.1% under planned: no setting of {COUNT} meets it under planned; attainable "
        "(exact): 0.2865% at 3; 3.3422% at 2; 25.2680% at 1"
    )


def test_exact_at_least_and_the_truths_that_are_meant_where_none_is_named() -> None:
    at_most, at_least = leni(COUNT, "p_stop<=5%"), leni(COUNT, "p_stop>=60%")
    assert at_most.vary[0].values == ("1", "2", "3")  # the range that the file assumes
    assert at_most.aimed == ("planned",)
    assert set(at_least.aimed) == set(source(LENI).scenario.truths) - {"planned"}
    found = at_least.play().found
    assert found.group.values == ("2",)  # 64 % under interaction_10, the least of all
    assert found.achieved.truth == "interaction_10"
    assert found.achieved.value == pytest.approx(0.644275, abs=1e-6)


@cache
def brute_force() -> dict[str, tuple[float, object]]:
    """Setting -> exact P(stop) and the bounds at the n that looks read, each from a file read anew."""
    found = {}
    for certainty in (f"more than {850 + 2 * i}e-3" for i in range(70)):
        scenario = load(FERRAJOLI, [f"{CERTAINTY}={certainty}"])
        program = build(scenario.designs["toxicity_only"], scenario.truths["as_reported_nonhaem"])
        (monitor,) = program.monitors
        bounds = monitor.table.boundaries[0].bound[1:46]
        key = tuple(None if at is None or at > n else at for n, at in enumerate(bounds, start=1))
        found[certainty] = exact_values(program)[0][STOP], key
    return found


@pytest.mark.parametrize("target", [0.05, 0.034, 0.008])
def test_exact_the_boundary_is_that_of_calculating_the_whole_grid(target: float) -> None:
    grid = brute_force()
    level, key = max(value for value in grid.values() if value[0] <= target)
    vary = f"{CERTAINTY}={','.join(grid)}"
    settings = Settings(variants=["toxicity_only"], truths=["as_reported_nonhaem"])
    asked = f"p_stop<={target} under as_reported_nonhaem"
    prepared = prepare_calibration(source(FERRAJOLI), "tse", vary, asked, settings)
    assert len(prepared.groups) == len({bounds for _, bounds in grid.values()}) < len(grid)
    assert prepared.in_order
    for begun in (prepared.begun, replace(prepared.begun, exact=False)):  # one and all, and bisected
        found = replace(prepared, begun=begun).play().found
        assert found.achieved.value == level
        assert found.group.bounds[0].bound == key
        assert set(found.group.values) == {text for text, (_, bounds) in grid.items() if bounds == key}


# ---------------------------------------------------------------- played


def test_property_bisecting_finds_what_playing_all_finds_with_fewer_cells() -> None:
    prepared = real(f"{COUNT}=1:16:16", "p_stop<=3%")
    assert prepared.in_order and not prepared.begun.exact
    bisected, whole = prepared.play().found, replace(prepared, in_order=False).play().found
    assert bisected.chosen == whole.chosen
    assert bisected.achieved == whole.achieved
    levels = [each.level.value for each in whole.tried if each.level]
    assert len(levels) == 16 and levels == sorted(levels, reverse=True)
    asked = [each for each in bisected.tried if each.level]
    assert len(asked) <= 5
    assert all(each == other for each, other in zip(bisected.tried, whole.tried, strict=True) if each.level)


def test_exact_what_is_achieved_comes_from_the_next_trials() -> None:
    """Of twice as many trials the first half chose, the second half tells."""
    found = real(f"{COUNT}=2,3", "p_stop<=90% under cll_like").play().found
    chose = found.tried[found.chosen].level
    assert chose is not None and chose.estimate.value is not None
    scenario = load(ROOT / "scenarios/leni.yaml", [f"{COUNT}={found.group.values[0]}"])
    both = run(scenario, variants=["with_maintenance"], truths=["cll_like"], trials=600, self_check=0).cells[
        0
    ]
    stops = both.metrics[STOP].value
    assert stops is not None and found.first == 300
    assert round(600 * stops) == round(300 * chose.estimate.value) + round(300 * found.achieved.value)
    assert chose.estimate.value != found.achieved.value


def test_monte_carlo_the_level_under_ferrajolis_conduct_is_that_of_another_seed() -> None:
    """Within 4 errors: false alarm 6e-5."""
    path = ROOT / "scenarios/ferrajoli.yaml"
    vary = "design.monitoring.tse.rule.toxicity.certainty=more than 70%:more than 99%:59"
    settings = Settings(trials=2_000, self_check=0)
    findings = prepare_calibration(source(path), "tse", vary, "p_stop<=13%", settings).play()
    found, e = findings.found, findings.found.achieved.estimate
    assert found.aimed == ("as_reported_nonhaem",) and found.variant == "as_designed"
    chose = found.tried[found.chosen].level
    assert chose is not None and chose.value <= 0.13
    less_strict = found.tried[found.chosen - 1].level
    assert less_strict is not None and less_strict.value > 0.13
    scenario = load(path, [f"design.monitoring.tse.rule.toxicity.certainty={found.group.values[0]}"])
    again = run(
        scenario, variants=["as_designed"], truths=found.aimed, trials=2_000, seed=77, self_check=0
    ).cells[0]
    other = again.metrics[STOP]
    assert e.mcse and other.mcse and other.value is not None
    assert abs(found.achieved.value - other.value) <= 4 * hypot(e.mcse, other.mcse)


@pytest.mark.parametrize("variant", ["looks_every_5", "looks_every_10"])
def test_differential_settings_of_one_boundary_play_alike_wherever_no_look_is(variant: str) -> None:
    """Every metric the same in the first and the last of settings whose bounds differ where no look reads."""
    path, place = ROOT / "scenarios/ferrajoli.yaml", "design.monitoring.tse.rule.toxicity.certainty"
    settings = Settings(variants=[variant])
    prepared = prepare_calibration(source(path), "tse", place, "p_stop<=5%", settings)
    group = max(prepared.groups, key=lambda each: len(each.values))
    played = [
        run(
            load(path, [prepared.vary[0].change(value)]),
            variants=[variant],
            truths=["design_null", "haem_course1"],
            trials=300,
            self_check=0,
        )
        for value in (group.values[0], group.values[-1])
    ]
    rules = [
        Source.changed(source(path), [prepared.vary[0].change(value)]).designs[variant].monitoring["tse"]
        for value in (group.values[0], group.values[-1])
    ]
    lowered = [each.rule.lower(Plan(max_n=45)) for each in rules]
    assert lowered[0] != lowered[1]
    assert [cell.metrics for cell in played[0].cells] == [cell.metrics for cell in played[1].cells]


def test_exact_sure_is_about_the_limit_and_leaves_out_what_the_estimate_alone_meets() -> None:
    plain, sure = (real(f"{COUNT}=1:6:6", "p_stop<=3%", sure=sure).play().found for sure in (False, True))
    assert plain.group.values < sure.group.values
    for each in sure.tried:
        if each.level is not None:
            e, limit = each.level.estimate, each.level.limit
            assert e.value is not None and limit is not None
            assert binom.cdf(round(e.value * e.n), e.n, limit) == pytest.approx(0.05, abs=1e-9)
            assert each.meets == (limit <= 0.03)
    assert [each.meets for each in plain.tried if each.level] == [
        each.level.value <= 0.03 for each in plain.tried if each.level
    ]


def test_the_journal_has_every_cell_so_that_it_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted after any cell, and asked again: the same findings, and nothing is played twice."""
    prepared = replace(real(f"{COUNT}=1:8:8", "p_stop<=3%"), kept=())
    prepared = replace(
        prepared, begun=replace(prepared.begun, settings=replace(prepared.settings, trials=40, jobs=1))
    )
    whole, played, play = prepared.play(), list[object](), planner.play_piece

    def counted(work: object, piece: object, stop: object) -> object:
        if len(played) == most:
            raise KeyboardInterrupt
        played.append(piece.place)  # type: ignore[attr-defined]
        return play(work, piece, stop)  # type: ignore[arg-type]

    monkeypatch.setattr(planner, "play_piece", counted)
    for most in (1, 2, 4, 7):  # noqa: B007 - `counted` looks at it
        with pytest.raises(KeyboardInterrupt):
            prepared.play(journal=tmp_path / "journal.bin")
    most = 1_000
    found = prepared.play(journal=tmp_path / "journal.bin")
    assert found.found == whole.found
    assert len(played) == len(set(played)) == len(whole.answers)


def test_other_trials_that_say_nothing_are_said_and_levels_out_of_reach_are_nearest_first() -> None:
    days, few = "days_crossing_to_report<=900 under planned", replace(REAL, trials=50)
    with pytest.raises(TrialstopError, match="as many other trials say nothing of it; play more"):
        real(f"{COUNT}=2", days, replace(few, seed=2)).play()  # one of trials 0 to 49 stops, none of 50 to 99
    with pytest.raises(UnattainableError, match="nothing can be said of any"):
        real(f"{COUNT}=2", days, replace(few, seed=1)).play()  # none stops
    with pytest.raises(UnattainableError, match=r"\(300 trials\): 9\.3[0-9]+ at 1; .* at 2; .* at 3$"):
        real(f"{COUNT}=1,3,2", "n_enrolled<=5 under cll_like").play()


def test_findings_are_read_back_as_they_were() -> None:
    for prepared in (leni(COUNT, "p_stop<=5%"), real(f"{COUNT}=1,2,3", "n_enrolled>=5", sure=False)):
        findings = prepared.play()
        back = prepared.read(findings.as_json())
        assert back.found == findings.found and isinstance(back.found, Calibrated)
        assert back.as_json() == findings.as_json() and findings.format == "trialstop/calibrate/1"
        assert render_calibration(back, full=True) == render_calibration(findings, full=True)


def test_a_mean_is_aimed_at_by_playing_every_boundary() -> None:
    prepared = real(f"{COUNT}=1:5:5", "n_enrolled<=12 under observed_like")
    assert prepared.nested and not prepared.in_order
    found = prepared.play().found
    levels = [each.level.value for each in found.tried if each.level]
    assert len(levels) == 5
    assert levels[found.chosen] == max(level for level in levels if level <= 12)


def test_a_level_that_misses_in_other_trials_is_said_and_so_is_the_end_of_what_was_asked() -> None:
    prepared = real(f"{COUNT}=2,3", "p_stop<=90% under interaction_10")
    text = " ".join(render_calibration(prepared.play()).split())
    assert "No setting less strict than 2 was asked; one may be nearer to the target and meet it too." in text
    findings = real(f"{COUNT}=1,2,3", "p_stop<=3%").play()
    found = findings.found
    missed = replace(found.achieved, estimate=replace(found.achieved.estimate, value=0.031))
    worse: Findings[Calibrated] = replace(findings, found=replace(found, achieved=missed))
    assert "These trials miss the target" in render_calibration(worse)
    assert "These trials miss the target" not in text


def test_crossing_boundaries_are_all_played_and_it_is_said() -> None:
    vary = (
        'variants.bayes_any_phase."design.monitoring.thrombosis_rule.rule".prior='
        "{events: 0.2, others: 1.8},{events: 6, others: 34},{events: 0.5, others: 0.5}"
    )
    prepared = leni(vary, "p_stop<=30% under planned", Settings(variants=["bayes_any_phase"]))
    assert not prepared.nested and not prepared.in_order
    assert "boundaries of these settings cross, so that each is played" in prepared.notes
    found = prepared.play().found
    assert all(each.level is not None for each in found.tried)
    met = [each.level.value for each in found.tried if each.level and each.meets]
    assert found.achieved.value == max(met)


# ---------------------------------------------------------------- what is refused


PLANNED = "p_stop<=5% under planned"


@pytest.mark.parametrize(
    ("rule", "vary", "target", "settings", "said"),
    [
        (
            "thrombosis",
            COUNT,
            PLANNED,
            WIDE,
            "no rule of that name in this scenario; it has: thrombosis_rule",
        ),
        ("thrombosis_rule", COUNT, "p_stop<=5% under plan", WIDE, "no truth 'plan' in this scenario"),
        ("thrombosis_rule", COUNT, "p_stop<=120%", WIDE, "allowed 0 to 1 or 0% to 100%"),
        ("thrombosis_rule", COUNT, "p_stop 5%", WIDE, "found no <= or >="),
        ("thrombosis_rule", COUNT, "p_stop.tse<=5%", WIDE, "no metric p_stop.tse in this scenario"),
        ("thrombosis_rule", f"{COUNT}=0,2", PLANNED, WIDE, "1 of 2 settings is not allowed"),
        ("thrombosis_rule", "design.monitoring.thrombosis_rule.rule.cuont=1,2", PLANNED, WIDE, "cuont"),
        (
            "thrombosis_rule",
            "design.accrual.until=20 treated,30 treated",
            PLANNED,
            WIDE,
            "found a value of more than the rule thrombosis_rule, allowed one below "
            "design.monitoring.thrombosis_rule.rule",
        ),
        (
            "thrombosis_rule",
            "truths.planned.accrual=every 1 month,every 2 months",
            PLANNED,
            WIDE,
            "found a value of more than the rule",
        ),
        (
            "thrombosis_rule",
            "variants.combination_only=1,2",
            PLANNED,
            WIDE,
            "settings are not allowed",
        ),
        (
            "thrombosis_rule",
            f"{COUNT}=1,3",
            PLANNED,
            Settings(variants=["bayes_any_phase"]),
            "found a value that does not change the rule thrombosis_rule of bayes_any_phase "
            "(design.monitoring.thrombosis_rule.rule.count does not move variant bayes_any_phase",
        ),
        ("thrombosis_rule", "design.phases", PLANNED, WIDE, "found no assumption with a range"),
        (
            "thrombosis_rule",
            "design.monitoring.thrombosis_rule.rule.minimum_n",
            PLANNED,
            WIDE,
            "found a place that is not in the file",
        ),
        ("thrombosis_rule", "design.monitoring..count", PLANNED, WIDE, "--vary"),
        ("thrombosis_rule", COUNT, PLANNED, Settings(variants=["with"]), "no variant 'with'"),
        (
            "thrombosis_rule",
            COUNT,
            PLANNED,
            Settings(variants=["with_maintenance", "combination_only"]),
            "--variant is named 2 times",
        ),
        (
            "thrombosis_rule",
            COUNT,
            "p_stop<=5%",
            Settings(variants=["with_maintenance"], truths=["cll_like"]),
            "no truth that is played says acceptable: true",
        ),
        ("thrombosis_rule", COUNT, PLANNED, Settings(precision=0.01), "no precision"),
    ],
)
def test_what_cannot_be_is_one_error(
    rule: str, vary: str, target: str, settings: Settings, said: str
) -> None:
    with pytest.raises(TrialstopError) as error:
        prepare_calibration(source(LENI), rule, vary, target, settings)
    assert said in str(error.value)


def test_sure_is_of_shares_and_a_rule_that_does_nothing_stops_nothing(tmp_path: Path) -> None:
    with pytest.raises(TrialstopError, match="--sure is of shares of trials, and n_enrolled is none"):
        leni(COUNT, "n_enrolled<=12 under planned", sure=True)
    idle = read_source(str(LENI), ["design.monitoring.thrombosis_rule.then=[]"])
    with pytest.raises(TrialstopError, match=r"the rule does nothing .* aim at p_fired\.thrombosis_rule"):
        prepare_calibration(idle, "thrombosis_rule", COUNT, PLANNED, WIDE)


def test_the_benchmark_is_set_and_said_where_no_variant_is_named() -> None:
    prepared = leni(COUNT, PLANNED, Settings())
    assert prepared.variant == "combination_only"
    assert prepared.notes[0].startswith(
        "set in the benchmark, combination_only; other variants with the rule"
    )
