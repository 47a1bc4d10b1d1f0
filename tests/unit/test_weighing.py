"""Cells answered by weights: which can be, from which trials, and what is told of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simulator.errors import TrialstopError
from simulator.loading.source import read_source
from simulator.metrics.tally import estimates_of
from simulator.metrics.text import key_of
from simulator.reporting.sweep_tables import render_sweep
from simulator.study.settings import Settings
from simulator.what_ifs import planner as planning
from simulator.what_ifs.cells import Cells, Place
from simulator.what_ifs.findings import Findings
from simulator.what_ifs.playing import Piece, Work, play_piece
from simulator.what_ifs.solving import prepare_solve
from simulator.what_ifs.sweeping import Swept, prepare_sweep
from simulator.what_ifs.weights.anchors import middle
from simulator.what_ifs.weights.asked import Weighing
from simulator.what_ifs.weights.pool import Pool, effective, estimates
from simulator.what_ifs.weights.scales import Scales
from tests.helpers import ROOT

LENI, FERRAJOLI, MEC = (ROOT / f"scenarios/{name}.yaml" for name in ("leni", "ferrajoli", "mec"))
EVENTS = "truths.interaction_25.events"
AFTER = f"{EVENTS}.thrombosis.components.after_imatinib"
TEN = f"{AFTER}.probability=10% in 6 months:40% in 6 months:10"
ASKED = Settings(
    variants=["with_maintenance"], truths=["interaction_25"], trials=1_000, self_check=7, jobs=1, seed=3
)


def swept(
    vary: str = TEN,
    metrics: tuple[str, ...] = ("p_stop", "n_enrolled"),
    settings: Settings = ASKED,
    weighing: Weighing = Weighing(),  # noqa: B008 - frozen
    journal: Path | None = None,
) -> Findings[Swept]:
    prepared = prepare_sweep(read_source(str(LENI)), [vary], metrics, settings, weighing=weighing)
    return prepared.play(journal=journal)


def hows(found: Findings[Swept]) -> set[str]:
    return {answer.how for answer in found.answers}


def cells_of(found: Findings[Swept]) -> object:
    return found.as_json()["cells"]


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Place, int]]:
    """Every cell that is played, and how many trials of it."""
    found: list[tuple[Place, int]] = []

    def counted(work: Work, piece: Piece, stop: object) -> object:
        found.append((piece.place, work.trials))
        return play_piece(work, piece, stop)  # type: ignore[arg-type]

    monkeypatch.setattr(planning, "play_piece", counted)
    return found


# ---------------------------------------------------------------- which cells are of one shape

SAME = (  # a change, and another that differs from it in the size of a whole hazard, or of Poisson accrual
    (LENI, f"{AFTER}.probability=10% in 6 months", f"{AFTER}.probability=30% in 1 year"),
    (LENI, f"{AFTER}.ratio=0.5", f"{AFTER}.probability=60% in 6 months"),
    (LENI, "truths.interaction_10.events.thrombosis.components.on_drug.hazard=0", "title=as written"),
    (LENI, "truths.planned.events.cytopenia.probability=1% in 1 month", "title=as written"),
    (LENI, "truths.planned.accrual=1 per month", "truths.planned.accrual=2 per month"),
    (LENI, "truths.planned.events.mr45_loss.ratio=3", "truths.planned.accrual=2 per month"),
    (
        LENI,
        f"{EVENTS}.cytopenia={{clock: enrolment, probability: 5%}}",
        f"{EVENTS}.cytopenia={{clock: enrolment, probability: 50%}}",
    ),
    (
        LENI,
        f"{EVENTS}.cytopenia={{weibull: {{shape: 0.7, scale: 60 days}}}}",
        f"{EVENTS}.cytopenia={{weibull: {{shape: 0.7, scale: 90 days}}}}",
    ),
    (
        LENI,
        f"{EVENTS}.cytopenia={{clock: enrolment, decay: {{initial: 1 per year, mean_life: 1 month}}}}",
        f"{EVENTS}.cytopenia={{clock: enrolment, decay: {{initial: 2 per year, mean_life: 1 month}}}}",
    ),
)
OTHER = (  # what is no size of a whole hazard
    (LENI, "design.accrual.until=19 treated", "design.accrual.until=20 treated"),
    (LENI, "truths.planned.events.mmr_loss.incidence=10%", "title=as written"),
    (LENI, "truths.planned.delays.thrombosis.report=3 days", "title=as written"),
    (LENI, "truths.planned.events.cytopenia.probability=33% in 2 months", "title=as written"),
    (LENI, "truths.planned.accrual=every 1 month", "truths.planned.accrual=every 2 months"),
    (LENI, f"{AFTER}.dose_ratio={{lenalidomide: {{10 mg: 2}}}}", "title=as written"),
    (
        LENI,
        f"{EVENTS}.cytopenia={{clock: enrolment, probability: 20% in 1 month, onset: uniform}}",
        f"{EVENTS}.cytopenia={{clock: enrolment, probability: 30% in 1 month, onset: uniform}}",
    ),
    (
        LENI,
        f"{EVENTS}.cytopenia={{piecewise: [{{to: 30 days, hazard: 1 per year}}, {{hazard: 1 per year}}]}}",
        f"{EVENTS}.cytopenia={{piecewise: [{{to: 30 days, hazard: 2 per year}}, {{hazard: 1 per year}}]}}",
    ),
    (
        LENI,
        f"{EVENTS}.cytopenia={{weibull: {{shape: 0.7, scale: 60 days}}}}",
        f"{EVENTS}.cytopenia={{weibull: {{shape: 0.8, scale: 60 days}}}}",
    ),
    (FERRAJOLI, "truths.design_null.traits.haem_risk.beta=[1, 9]", "title=as written"),
    (FERRAJOLI, "truths.design_null.events.response.incidence=50%", "title=as written"),
)


def shape(file: Path, change: str) -> tuple[object, tuple[float, ...]]:
    name = ("with_maintenance", "interaction_25") if file == LENI else ("as_designed", "design_null")
    scales = Scales(Cells(read_source(str(file)), name[:1], name[1:]))
    found = scales.of(Place((change,), *name))
    return found.shape, found.sizes


@pytest.mark.parametrize(("file", "one", "other"), SAME)
def test_cells_that_differ_in_sizes_alone_are_of_one_shape(file: Path, one: str, other: str) -> None:
    (first, mine), (second, theirs) = shape(file, one), shape(file, other)
    assert first == second
    assert mine != theirs


def test_a_ratio_three_times_as_large_is_a_size_three_times_as_large() -> None:
    """Of its own component; every other size stays."""
    _, one = shape(LENI, f"{AFTER}.ratio=1")
    _, other = shape(LENI, f"{AFTER}.ratio=3")
    assert sorted(b / a for a, b in zip(one, other, strict=True)) == [1.0] * (len(one) - 1) + [3.0]


@pytest.mark.parametrize(("file", "one", "other"), OTHER)
def test_what_is_no_size_of_a_whole_hazard_is_another_shape(file: Path, one: str, other: str) -> None:
    assert shape(file, one)[0] != shape(file, other)[0]


def test_doses_that_turn_too_toxic_are_another_shape_where_a_metric_says_so() -> None:
    """`n_above_target` counts patients at doses that the truth calls too toxic: it reads hazards itself."""
    name = ("as_amended", "steep")
    cells = Cells(read_source(str(MEC)), name[:1], name[1:])
    path = "truths.steep.events.recovery.ratio"
    written, near, far = (Place((f"{path}={ratio}",), *name) for ratio in ("1", "1.001", "0.5"))
    shapes = {place: Scales(cells, judged=True).of(place).shape for place in (written, near, far)}
    assert shapes[written] == shapes[near] != shapes[far]
    assert Scales(cells).of(written).shape == Scales(cells).of(far).shape


# ---------------------------------------------------------------- from which trials


def test_ten_cells_are_answered_from_a_few_anchors(played: list[tuple[Place, int]]) -> None:
    found = swept()
    assert hows(found) == {"weighted"}
    assert found.anchored == sum(trials for _, trials in played) == 1_000 * len(played) <= 5_000
    assert {trials for _, trials in played} == {1_000}
    firsts = [place.first for place, _ in played]
    assert firsts == [
        1_000 * (k + 1) for k in range(len(played))
    ]  # no trial number twice, nor a played cell's
    assert min(answer.trials for answer in found.answers) >= ASKED.most
    assert found.compared == 7


def test_few_cells_are_played_and_all_with_play(played: list[tuple[Place, int]]) -> None:
    """Anchors must save half of the trials at least."""
    few = swept(f"{AFTER}.probability=10% in 6 months:40% in 6 months:7")
    whole = swept(weighing=Weighing(play=True))
    assert hows(few) == hows(whole) == {"played"}
    assert len(played) == 7 + 10
    assert {place.first for place, _ in played} == {0}


@pytest.mark.parametrize(
    ("vary", "metrics"),
    [
        (TEN, ("days_to_stop_given_stop.median",)),
        (TEN, ("risk.thrombosis.after_imatinib", "p_stop")),
        ("truths.planned.events.mmr_loss.incidence=10%:90%:10", ("p_stop",)),
        ("design.accrual.stagger=1:10 days:10", ("p_stop",)),
    ],
)
def test_what_is_never_weighted_is_played(vary: str, metrics: tuple[str, ...]) -> None:
    """A quantile, used-up hazard itself, an incidence, a design."""
    assert hows(swept(vary, metrics, replace(ASKED, trials=500))) == {"played"}


def test_cells_too_far_apart_are_played() -> None:
    """Ten hazards, each five times the one before: weights of the others would be worth next to nothing."""
    found = swept(f"{AFTER}.ratio=0.0001:195.3125:10:log")
    assert "played" in hows(found)
    for answer in found.answers:
        assert answer.how == "played" or answer.trials >= ASKED.most
    table = render_sweep(found, width=90)
    assert ("w: weighted, the others played" in table) == (len(hows(found)) == 2)
    assert sum(line.endswith(" w") for line in table.splitlines()) == sum(
        answer.how == "weighted" for answer in found.answers
    )


def test_more_effective_trials_are_had_where_they_are_asked_for() -> None:
    fine = swept(
        f"{AFTER}.probability=10% in 6 months:40% in 6 months:60", weighing=Weighing(effective=9_000)
    )
    assert hows(fine) == {"weighted"}
    assert min(answer.trials for answer in fine.answers) >= 9_000


def test_as_many_effective_trials_as_are_played_of_other_cells() -> None:
    assert Weighing().enough(1_000) == 4_000
    assert Weighing().enough(20_000) == 20_000
    assert Weighing(effective=500).enough(20_000) == 500


def test_exact_wins_over_weights() -> None:
    path = "truths.interaction_25.events.thrombosis.components.after_imatinib"
    source = read_source(str(ROOT / "scenarios/checks/leni.yaml"))
    vary = [f"{path}.probability=10% in 6 months:40% in 6 months:10"]
    assert hows(prepare_sweep(source, vary, ["p_stop"], ASKED).play()) == {"exact"}
    some = prepare_sweep(source, vary, ["p_stop", "person_days_on.lenalidomide"], ASKED).play()
    whole = prepare_sweep(source, vary, ["p_stop"], ASKED).play()
    assert hows(some) == {"weighted"}
    for one, other in zip(some.answers, whole.answers, strict=True):
        assert one.metrics["p_stop"].exact == other.metrics["p_stop"].exact is not None


# ---------------------------------------------------------------- the same whatever happens


def test_numbers_do_not_depend_on_jobs() -> None:
    """Differential, to the last bit."""
    assert cells_of(swept()) == cells_of(swept(settings=replace(ASKED, jobs=2)))


@pytest.mark.slow
def test_numbers_do_not_depend_on_which_engine_plays() -> None:
    """Differential, to the last bit."""
    assert cells_of(swept()) == cells_of(swept(settings=replace(ASKED, engine="simpy", jobs=2)))


def test_one_that_was_interrupted_goes_on_to_the_same_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped after three anchors; what is in the journal is not played again."""
    whole, count = swept(), 0

    def stopping(work: Work, piece: Piece, stop: object) -> object:
        nonlocal count
        count += 1
        if count > 3:
            raise KeyboardInterrupt
        return play_piece(work, piece, stop)  # type: ignore[arg-type]

    with monkeypatch.context() as within:
        within.setattr(planning, "play_piece", stopping)
        with pytest.raises(KeyboardInterrupt):
            swept(journal=tmp_path / "journal")
    count = -10
    monkeypatch.setattr(planning, "play_piece", stopping)
    again = swept(journal=tmp_path / "journal")
    assert again.as_json() | {"run": None} == whole.as_json() | {"run": None}
    assert count + 10 == whole.anchored // 1_000 - 3


def test_a_search_goes_on_from_the_anchors_that_it_has() -> None:
    """Numbers that it asks for later are answered without many more trials."""
    vary = f"{AFTER}.probability=10% in 6 months:40% in 6 months:2"
    found = prepare_solve(read_source(str(LENI)), vary, "p_stop=80%", ASKED).play()
    whole = prepare_solve(
        read_source(str(LENI)), vary, "p_stop=80%", ASKED, weighing=Weighing(play=True)
    ).play()
    assert {answer.how for answer in found.answers} == {"weighted"}
    assert found.anchored < ASKED.most * len(found.answers) / 2
    (mine,), (theirs,) = found.found.solutions, whole.found.solutions
    assert mine.low is not None and mine.high is not None and mine.number is not None
    assert theirs.low is not None and theirs.high is not None and theirs.number is not None
    apart = abs(mine.number - theirs.number)
    assert apart <= (mine.high - mine.low) + (theirs.high - theirs.low)  # 4 errors of either at least
    assert mine.high - mine.low < theirs.high - theirs.low


# ---------------------------------------------------------------- the pieces


def test_weights_that_miss_a_part_are_worth_nothing() -> None:
    """Their mean is known to be 1."""
    weights = np.random.default_rng(1).gamma(2.0, 0.5, size=10_000)
    assert effective(weights) == pytest.approx(10_000 / 1.5, rel=0.05)
    assert effective(0.5 * weights) == 0.0
    assert effective(np.zeros(10)) == 0.0


def test_trials_that_do_not_count_leave_the_estimate_of_those_that_do() -> None:
    """Every other trial has no weight: value, error, interval and n of the others alone."""
    random = np.random.default_rng(2)
    columns = {
        key_of("n_enrolled"): random.normal(12.0, 3.0, size=10_000),
        key_of("p_stop"): (random.random(10_000) < 0.3).astype(float),
        key_of("p_stop.rare"): (np.arange(10_000) < 10).astype(float),
        key_of("days_crossing_to_report"): np.where(np.arange(10_000) % 4 < 2, np.arange(10_000.0), np.inf),
    }
    weights = np.tile([2.0, 0.0], 5_000)
    found = estimates(Pool((), columns=columns), weights, list(columns))
    alone = estimates_of({key: values[::2] for key, values in columns.items()})
    for key, mine in found.items():
        theirs = alone[key]
        assert (mine.n, mine.value) == (theirs.n, pytest.approx(theirs.value, rel=1e-12)), key
        assert mine.mcse == pytest.approx(theirs.mcse, rel=1e-3)
        assert mine.sd == pytest.approx(theirs.sd, rel=1e-3)
        near = 1e-12 if key == key_of("p_stop.rare") else 1e-3
        assert mine.low == pytest.approx(theirs.low, rel=near)
        assert mine.high == pytest.approx(theirs.high, rel=near)


def test_no_anchor_has_a_size_of_zero() -> None:
    cells = [(0.0, 1.0), (1.0, 0.0), (0.1, 1.0), (1.0, 1.0), (9.0, 1.0)]
    assert middle(cells) == 3
    assert middle(cells[:2]) is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"effective": 399}, "effective is 399, allowed a whole number from 400"),
        ({"effective": 0.5}, "allowed a whole number from 400"),
        ({"play": 1}, "play is 1, allowed True or False"),
        ({"effective": 4_000, "play": True}, "with play nothing is weighted"),
    ],
)
def test_numbers_that_are_refused(given: dict[str, object], words: str) -> None:
    with pytest.raises(TrialstopError, match=words):
        Weighing(**given)  # type: ignore[arg-type]
