"""Evidence: property. What `Metric` and `Characteristic` promise, for every file of metrics and the skeleton.

Values are those of real trials of the compiled engine: every cell of every shipped scenario, and one of a
scenario written here for what those do not have.
"""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from simulator.engines.compiled.driver import play
from simulator.metrics import _skeleton, collect, excess, judged, registry, text
from simulator.metrics.block import Block, Floats
from simulator.metrics.tally import estimates_of
from simulator.model.metric import Key, Kind, Metric
from simulator.program.tables import Program
from simulator.study.results import Results
from simulator.study.run import programs, run
from tests.helpers import CHECK, ROOT, SEED, SHIPPED, loaded, scenario

FILES = (*registry.COLLECTED, excess, judged, _skeleton)
FOLDER = Path(registry.__file__).parent
METRICS = [pytest.param(metric, id=metric.form) for file in FILES for metric in file.METRICS]
every_metric = pytest.mark.parametrize("metric", METRICS)

TRIALS = 40  # of each cell
NOT_SHIPPED = {  # form -> why no shipped scenario has it
    "n_holds.RULE": "none holds accrual",
    "days_on_hold": "none holds accrual",
    "n_resumed.RULE": "none holds accrual",
    "n_events_on_hold.EVENT": "none holds accrual",
    "p_not_acceptable_given_stop": "none has weights",
    "p_acceptable_given_no_stop": "none has weights",
}
Columns = dict[Key, Floats]


def made_up() -> Program:
    """Two rules that act on one day, others that vote, conclude or hold, and months in which nobody comes."""
    counts = {"counts": {"event": "fall"}, "rule": {"kind": "at_least", "count": 1}, "look": "every report"}
    design = {
        "accrual": {"until": ["6 treated", "2 months"]},
        "drugs": {"drug": ["usual"]},
        "phases": {"one": {"lasts": "28 days", "gives": {"drug": "usual"}}},
        "events": {"fall": {}},
        "monitoring": {
            "first": {**counts, "then": "end_trial"},
            "second": {**counts, "then": "close_accrual"},
            "vote": {**counts, "then": []},
            "futile": {**counts, "then": {"conclude": "falls"}},
            "pause": {
                **counts,
                "then": {"review": {"takes": "1 day", "resumes": "50%"}},
                "look": "every 2 treated",
            },
            "board": {"rule": {"kind": "votes", "of": ["vote", "pause"], "at_least": 2}},
        },
    }
    truth = {"accrual": "1 per month", "events": {"fall": {"hazard": "2 per year"}}}
    (found,) = programs(scenario(design, {"truth": truth})).values()
    return found


def shipped() -> Iterator[tuple[str, str, str, Program]]:
    """(scenario, variant, truth, Program) of every shipped cell."""
    for name in SHIPPED:
        for (variant, truth), program in programs(loaded(ROOT / f"scenarios/{name}.yaml")).items():
            yield name, variant, truth, program


@pytest.fixture(scope="module")
def played() -> dict[tuple[str, str, str], Columns]:
    """(scenario, variant, truth) -> every column, the skeleton's too; differences from the benchmark last."""
    found: dict[tuple[str, str, str], Columns] = {}
    for *cell, program in (*shipped(), ("made up", "", "", made_up())):
        block, mine = Block(program, play(program, SEED, 0, TRIALS)), {}
        for file in (*registry.COLLECTED, _skeleton):
            columns = file.columns(block)
            assert {key.shape for key in columns} <= {metric.shape for metric in file.METRICS}, file
            assert not columns.keys() & mine.keys(), f"{file} gives what another file does"
            mine |= columns
        found[tuple(cell)] = mine
    for (name, variant, truth), mine in found.items():
        path = ROOT / f"scenarios/{name}.yaml"
        benchmark = loaded(path).benchmark if path.exists() else None
        if benchmark is not None and variant != benchmark:
            mine.update(excess.against(mine, found[name, benchmark, truth]))
    return found


@pytest.fixture
def skeleton(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The skeleton as if its line stood in the registry."""
    caches = (text.text_of, text._find, text._patterns, text._words)
    declared = (*registry.DECLARED, *_skeleton.METRICS)
    monkeypatch.setattr(text, "DECLARED", declared)
    monkeypatch.setattr(registry, "_OF_SHAPE", {metric.shape: metric for metric in declared})
    monkeypatch.setattr(collect, "COLLECTED", (*registry.COLLECTED, _skeleton))
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


def values_of(metric: Metric, played: dict[tuple[str, str, str], Columns]) -> Floats:
    """Values of all its keys, in all trials of all cells."""
    found = [v for columns in played.values() for key, v in columns.items() if key.shape == metric.shape]
    return np.concatenate(found) if found else np.zeros(0)


@every_metric
def test_it_says_what_it_is(metric: Metric) -> None:
    for field in fields(metric):
        said = getattr(metric, field.name)
        if field.name in ("unit", "label", "about", "undefined") and (said or field.name != "undefined"):
            assert said.strip() == said != "", field.name
            assert "\n" not in said, field.name
            assert not said.endswith("."), field.name
    names = [f"<{part}>" for part in metric.parts]
    assert all(name in metric.labelled(metric(*names)) for name in names)
    assert (metric.unit == "share") is (metric.kind is Kind.SHARE)
    assert (metric.unit == "days") is (metric.kind is Kind.TIME)


@every_metric
@pytest.mark.parametrize("name", ["tse", "2.5 mg", "before", "none", "joint", "a.b", '"', "{dose}"])
def test_its_form_is_its_text_and_back(metric: Metric, name: str, skeleton: None) -> None:
    assert text.text_of(metric(*(part.upper() for part in metric.parts))) == metric.form
    key = metric(*(name for _ in metric.parts))
    assert text.key_of(text.text_of(key)) == key
    assert registry.metric_of(key) == metric
    assert metric(*metric.names(key)) == key


@every_metric
def test_some_trials_have_it(metric: Metric, played: dict[tuple[str, str, str], Columns]) -> None:
    told = {each: whole for whole in registry.DECLARED for each, _ in whole.quantiles}
    if metric in judged.METRICS:  # of an average over truths, made from whether each of their trials stops
        stopped = values_of(registry.metric_of(Key("p_stop")), played)
        for fine in (True, False, "borderline"):
            values = judged.judged(stopped, fine)[metric()]
            asked = stopped == (metric is judged.NOT_ACCEPTABLE)
            assert asked.any()
            assert np.isnan(values[~asked]).all()
            assert set(values[asked]) == {float(fine is (metric is judged.ACCEPTABLE))}
    else:
        assert values_of(told.get(metric, metric), played).size


def test_what_no_shipped_scenario_has_is_listed(played: dict[tuple[str, str, str], Columns]) -> None:
    ours = {cell: columns for cell, columns in played.items() if cell[0] != "made up"}
    told = {each for whole in registry.DECLARED for each, _ in whole.quantiles}
    missing = [m.form for m in registry.DECLARED if m not in told and not values_of(m, ours).size]
    assert missing == list(NOT_SHIPPED)


@every_metric
def test_its_values_are_of_its_kind(metric: Metric, played: dict[tuple[str, str, str], Columns]) -> None:
    values = values_of(metric, played)
    finite = values[np.isfinite(values)]
    assert metric.undefined or len(finite) == len(values), "where is it not defined?"
    assert values.dtype == np.float64
    if metric.kind is Kind.SHARE:
        assert set(finite.tolist()) <= {0.0, 1.0}
        assert not metric.undefined
    if metric.kind is not Kind.DIFFERENCE:
        assert (finite >= 0.0).all()
        assert not (values == -np.inf).any()
    if metric.kind in (Kind.MEAN, Kind.DIFFERENCE) and metric.unit.isalpha():
        assert (finite == np.round(finite)).all(), f"{metric.unit} are counted"
    if metric.kind is not Kind.TIME:
        assert not np.isinf(values).any(), "only a time may never come"


def test_every_column_has_a_value_for_each_trial(played: dict[tuple[str, str, str], Columns]) -> None:
    shapes = {values.shape for columns in played.values() for values in columns.values()}
    assert shapes == {(TRIALS,)}


def test_the_made_up_trials_reach_the_edges(played: dict[tuple[str, str, str], Columns]) -> None:
    """Nobody enrolled, several rules at once: or the tests above would not see them."""
    columns = played["made up", "", ""]
    assert (columns[Key("n_enrolled")] == 0).any()
    assert np.isnan(columns[Key("duration_days")]).any()
    assert 0 < columns[Key("p_stop", word="joint")].sum() < TRIALS


def test_every_estimate_is_declared(played: dict[tuple[str, str, str], Columns], skeleton: None) -> None:
    """Quantiles stand in the place of their metric, and no other key comes or goes."""
    for columns in played.values():
        estimates = estimates_of(columns)
        whole = {key for key in columns if registry.metric_of(key).quantiles}
        told = {each() for key in whole for each, _ in registry.metric_of(key).quantiles}
        assert estimates.keys() == (columns.keys() - whole) | told


def test_a_new_metric_is_known_everywhere(skeleton: None) -> None:
    """What the skeleton says: no other change, from the trials to the files."""
    results = run(
        loaded(CHECK), variants=["combination_only"], truths=["planned"], trials=TRIALS, self_check=0, jobs=1
    )
    (cell,), (again,) = results.cells, Results.from_json(results.as_json()).cells
    rows = {row["key"]: row for row in results.to_arrow().to_pylist()}
    for metric in _skeleton.METRICS:
        keys = [key for key in cell.columns if key.shape == metric.shape]
        assert keys
        for key in keys:
            assert again.metrics[key] == cell.metrics[key]
            assert rows[text.text_of(key)]["unit"] == metric.unit
            assert rows[text.text_of(key)]["value"] == cell.metrics[key].value


def test_names_are_told_apart() -> None:
    """No two metrics have the same keys, and a word of ours is no part."""
    declared = [metric.shape for file in FILES for metric in file.METRICS]
    assert len(set(declared)) == len(declared)


def test_the_registry_holds_every_file_of_the_folder() -> None:
    listed = {f"{file.__name__.rpartition('.')[2]}.py" for file in (*registry.COLLECTED, excess, judged)}  # type: ignore[attr-defined]
    found = {
        path.name for path in FOLDER.glob("[!_]*.py") if "\nMETRICS = (" in path.read_text(encoding="utf-8")
    }
    assert listed == found


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        (_skeleton.WITHOUT, 0.5),
        (_skeleton.WITHOUT, np.nan),
        (_skeleton.ACCRUAL, -1.0),
        (excess.EXCESS, 0.5),
        (excess.EXCESS, np.inf),
    ],
)
def test_a_wrong_value_is_seen(metric: Metric, value: float) -> None:
    columns = {metric(*metric.parts): np.array([0.0, value])}
    with pytest.raises(AssertionError):
        test_its_values_are_of_its_kind(metric, {("", "", ""): columns})
