"""Cells of a what-if: what they share with a run, what is not played twice, what goes on after a stop."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simulator.errors import TrialstopError
from simulator.loading.source import read_source
from simulator.reporting.sweep_tables import render_sweep
from simulator.study.run import run
from simulator.study.settings import Settings
from simulator.what_ifs import planner as planning
from simulator.what_ifs.cells import Place
from simulator.what_ifs.findings import from_json
from simulator.what_ifs.solving import prepare_solve
from simulator.what_ifs.sweeping import Swept, prepare_sweep
from tests.helpers import ROOT

LENI = ROOT / "scenarios/leni.yaml"
UNTIL = "design.accrual.until=12 treated,20 treated,25 treated"
METRICS = ["p_stop", "n_enrolled", "patients_with.thrombosis", "duration_days"]
ASKED = Settings(
    variants=["combination_only", "with_maintenance"],
    truths=["planned", "observed_like"],
    trials=1_200,
    self_check=3,
)


def prepared(vary=UNTIL, settings=ASKED, metrics=METRICS, file=LENI):
    return prepare_sweep(read_source(str(file)), [vary], metrics, settings)


def numbers(findings):
    """Everything but the seconds."""
    data = findings.as_json()
    del data["run"]["seconds"]
    return data


def test_a_cell_at_the_value_of_the_file_is_the_cell_of_a_run_to_the_last_bit() -> None:
    """Differential, over a block and a part of one."""
    swept, whole = prepared().play(), run(LENI, ASKED)
    for variant in ASKED.variants:
        for truth in ASKED.truths:
            mine = swept.answer(Place(("design.accrual.until=20 treated",), variant, truth))
            theirs = whole.cell(variant, truth)
            for name in METRICS:
                assert mine.metrics[name] == theirs.metrics[name], name
    assert swept.compared == 3


def test_numbers_do_not_depend_on_jobs_nor_on_which_engine_plays() -> None:
    """Differential."""
    few = replace(ASKED, trials=40, self_check=0)
    first = numbers(prepared(settings=few).play())
    for settings in (replace(few, jobs=1), replace(few, jobs=3), replace(few, engine="simpy", jobs=2)):
        again = numbers(prepared(settings=settings).play())
        assert again["cells"] == first["cells"]


def test_cells_that_are_the_same_are_played_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value of one truth moves no cell of another."""
    played = []

    def counted(work, piece, stop):
        played.append(piece.place)
        return play(work, piece, stop)

    play = planning.play_piece
    monkeypatch.setattr(planning, "play_piece", counted)
    change = "truths.planned.events.cytopenia.probability=10% in 1 month,33% in 1 month"
    only = replace(ASKED, truths=["planned", "observed_like"], variants=["with_maintenance"], trials=30)
    path = "truths.interaction_10.events.thrombosis.components.after_imatinib.probability"
    prepared(
        f"{path}=10% in 6 months,20% in 6 months", replace(only, truths=["planned", "interaction_10"])
    ).play()
    assert [place.truth for place in played] == ["planned", "interaction_10", "interaction_10"]
    played.clear()
    prepared(change, only).play()
    assert len(played) == 4  # what extends `planned` moves with it


def test_what_is_finished_is_not_played_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped after four cells of twelve: the same numbers, and eight cells are played."""
    few, journal = replace(ASKED, trials=50), tmp_path / "journal"
    whole = prepared(settings=few).play()
    play, played = planning.play_piece, []

    def stopping(work, piece, stop):
        played.append(piece.place)
        if len(played) > 4:
            raise KeyboardInterrupt
        return play(work, piece, stop)

    monkeypatch.setattr(planning, "play_piece", stopping)
    with pytest.raises(KeyboardInterrupt):
        prepared(settings=replace(few, jobs=1)).play(journal=journal)
    played.clear()
    counted = lambda *given: (played.append(given[1].place), play(*given))[1]  # noqa: E731
    monkeypatch.setattr(planning, "play_piece", counted)
    again = prepared(settings=few).play(journal=journal)
    assert numbers(again) == numbers(whole)
    assert len(played) == 8


def test_a_damaged_journal_is_cut_and_told(tmp_path: Path) -> None:
    few, journal = replace(ASKED, trials=30), tmp_path / "journal"
    whole = prepared(settings=few).play(journal=journal)
    data = journal.read_bytes()
    journal.write_bytes(data[: len(data) // 2] + bytes(200))
    said = []
    assert numbers(prepared(settings=few).play(journal=journal, say=said.append)) == numbers(whole)
    assert "whole cells" in said[0]


def test_findings_are_read_back_as_they_were() -> None:
    findings = prepared(settings=replace(ASKED, trials=20)).play()
    again = from_json("sweep", findings.as_json(), Swept())
    assert again.as_json() == findings.as_json()
    with pytest.raises(TrialstopError, match="allowed trialstop/solve/1"):
        from_json("solve", findings.as_json(), Swept())


CUT = "design.monitoring.thrombosis_rule.data_cut"
CHECK = ROOT / "scenarios/checks/leni.yaml"


@pytest.mark.parametrize(("asked", "compared"), [(1, 1), (5, 5), (None, 80)])
def test_trials_are_played_twice_of_cells_that_are_played(asked: int | None, compared: int) -> None:
    """Two of four cells are calculated: as many trials of the others as were asked for."""
    few = replace(ASKED, variants=["combination_only"], truths=["planned", "interaction_25"], trials=40)
    vary = f"{CUT}=0 days,1 day"
    found = prepared(vary, replace(few, self_check=asked), ["p_stop"], CHECK).play()
    assert [answer.how for answer in found.answers] == ["exact", "played"] * 2
    assert found.compared == compared


def test_every_trial_of_a_search_is_played_twice_where_all_are_asked_for() -> None:
    """Of cells that are asked for later too, and of those whose trials begin elsewhere."""
    source = read_source(str(CHECK), [f"{CUT}=1 day"])
    asked = replace(
        ASKED, variants=["with_maintenance"], truths=["interaction_25"], trials=20, self_check=None
    )
    path = "truths.interaction_25.events.thrombosis.components.after_imatinib.probability"
    vary = f"{path}=1% in 6 months:60% in 6 months:2"
    found = prepare_solve(source, vary, "p_stop=50%", asked).play()
    assert found.compared == sum(answer.trials for answer in found.answers) > 9 * 20
    sweep = prepare_sweep(source, [vary], METRICS, asked)
    planner = planning.Planner(
        cells=sweep.begun.cells, settings=sweep.settings, engine=sweep.engine, metrics=sweep.begun.metrics
    )
    planner.answer(Place((), "with_maintenance", "interaction_25", 20))
    assert planner.compared == 20


def test_what_is_kept_trial_by_trial_is_the_column_of_a_run(tmp_path: Path) -> None:
    """Differential; from a journal too."""
    kept, journal = prepared(settings=replace(ASKED, trials=1_100)), tmp_path / "journal"
    whole = run(LENI, replace(ASKED, trials=1_100))
    key = kept.begun.metrics[1]
    for _ in range(2):
        answers = replace(kept, kept=(key,)).play(journal=journal).answers
        for answer in answers:
            if answer.place.changes == ("design.accrual.until=20 treated",):
                cell = whole.cell(answer.place.variant, answer.place.truth)
                np.testing.assert_array_equal(answer.columns[key], cell.columns[key])


def test_other_trials_are_those_of_a_longer_run() -> None:
    """Differential: trials 30 to 59 of one are the second half of another."""
    source = read_source(str(LENI))
    asked = prepare_sweep(source, [UNTIL], METRICS, replace(ASKED, trials=30))
    planner = planning.Planner(
        cells=asked.begun.cells, settings=asked.settings, engine=asked.engine, metrics=asked.begun.metrics
    )
    later = planner.answer(Place((), "with_maintenance", "planned", 30)).metrics["duration_days"]
    whole = run(LENI, replace(ASKED, trials=60)).cell("with_maintenance", "planned").columns["duration_days"]
    assert (later.n, later.value) == (30, pytest.approx(whole[30:].mean(), rel=1e-12))
    assert later.value != pytest.approx(whole[:30].mean(), rel=1e-6)


@pytest.mark.parametrize(
    ("vary", "metrics", "words"),
    [
        (
            ["design.nowhere.x=1,2"],
            [],
            "2 of 2 settings are not allowed:\n--vary  design.nowhere.x: found",
        ),
        (["design.accrual.until=0:20 treated:3"], [], "1 of 3 settings is not allowed"),
        (["truths.none.accrual=1 per month"], [], 'no "?none'),
        (["design.accrual.until=10 treated"], ["p_sotp"], "no metric is called 'p_sotp'"),
        (["design.accrual.until=10 treated"], ["p_select.5 mg"], "no metric p_select"),
        (["design.accrual.until=10 treated"], ["excess.n_enrolled"], "compare|no metric"),
        (["a=1", "b=1", "c=1"], [], "3 values are varied, allowed one or two"),
        (["design.accrual.until=10 treated"] * 2, [], "varied twice"),
    ],
)
def test_sweeps_that_are_refused(vary, metrics, words) -> None:
    with pytest.raises(TrialstopError, match=words):
        prepare_sweep(read_source(str(LENI)), vary, metrics, ASKED)


def test_precision_and_records_are_of_runs_only() -> None:
    for settings in (replace(ASKED, precision=0.01), replace(ASKED, records=True)):
        with pytest.raises(TrialstopError, match="takes a number of trials"):
            prepared(settings=settings)


def test_against_needs_truths_of_both_kinds() -> None:
    with pytest.raises(TrialstopError, match="--against needs a truth"):
        prepare_sweep(read_source(str(LENI)), [UNTIL], [], replace(ASKED, truths=["planned"]), against=True)


def test_variants_that_set_the_value_themselves_are_noted() -> None:
    vary = "design.monitoring.thrombosis_rule.scope.phases=[combination],[maintenance]"
    found = prepared(vary, replace(ASKED, trials=10), ["p_stop"]).play()
    assert found.notes == (
        "design.monitoring.thrombosis_rule.scope.phases does not move variant with_maintenance, which sets "
        "it otherwise",
        "the same at every setting: with_maintenance",
    )


def test_a_value_inside_a_variant_moves_that_variant_only() -> None:
    place = 'variants.with_maintenance."design.monitoring.thrombosis_rule.scope".phases'
    vary = f"{place}=[maintenance],[combination]"
    found = prepared(vary, replace(ASKED, trials=200), ["p_stop"]).play()
    assert found.notes == ("the same at every setting: combination_only",)
    levels = {
        (a.place.variant, a.place.changes): a.metrics["p_stop"].value
        for a in found.answers
        if a.place.truth == "observed_like"
    }
    assert len({v for (name, _), v in levels.items() if name == "with_maintenance"}) == 2


def test_heads_of_values_break_between_words() -> None:
    """`4.66666666667 months` stands in two lines, its number whole."""
    look = "design.accrual.stagger=1 month:12 months:4"
    count = "design.monitoring.thrombosis_rule.rule.count=2,3"
    asked = replace(ASKED, trials=10, variants=["with_maintenance"], truths=["planned"])
    found = prepare_sweep(read_source(str(LENI)), [count, look], ["n_enrolled"], asked).play()
    heads = render_sweep(found, width=80).splitlines()
    assert any(line.split() == ["4.66666666667", "8.33333333333"] for line in heads)
