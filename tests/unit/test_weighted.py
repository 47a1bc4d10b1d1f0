"""Evidence: by another way. Weighted averages block by block, and their intervals, in small cases."""

import json
import zlib
from math import sqrt

import numpy as np
import pytest

from simulator.errors import ScenarioError, TrialstopError
from simulator.loading.load import load
from simulator.loading.source import read_source
from simulator.metrics.judged import ACCEPTABLE, NOT_ACCEPTABLE
from simulator.metrics.tally import estimates_of, summarise
from simulator.metrics.text import Keyed, key_of
from simulator.metrics.weighted import BlendTally, Weight, blend
from simulator.reporting.explain import explain
from simulator.reporting.tables import render
from simulator.stats.intervals import part_of_sum, weighted_sum, wilson
from simulator.study.comparing import prepare_comparison
from simulator.study.journal import WORDS, Entry, Journal, _write
from simulator.study.results import Results
from simulator.study.run import run
from simulator.study.settings import Settings
from simulator.study.weighted import AVERAGE
from tests.helpers import CHECK, ROOT, SEED, loaded, scenario

TRIALS = 1_037
WEIGHTS = {"a": Weight(0.2, True), "b": Weight(0.5, False), "c": Weight(0.3, "borderline")}
SET = ("weights={planned: 3, interaction_25: 1}",)


def columns(seed: int) -> Keyed[np.ndarray]:
    """A share, a mean far from 0, one often not defined, one that never is, one that is always the same."""
    rng = np.random.default_rng([SEED, seed])
    named = {
        "p_stop": (rng.random(TRIALS) < 0.3 * seed).astype(float),
        "n_enrolled": 1e6 + rng.integers(0, 4, TRIALS),
        "n_read.rule": np.where(rng.random(TRIALS) < 0.2 * seed, 1e4 * seed + rng.random(TRIALS), np.nan),
        "x_read.rule": np.full(TRIALS, np.nan),
        "days_report_to_effect": np.where(rng.random(TRIALS) < 0.3, 31.7, np.nan),
        "days_to_stop": np.where(rng.random(TRIALS) < 0.5, np.inf, rng.random(TRIALS)),
    }
    return Keyed({key_of(text): values for text, values in named.items()})


OF = {truth: columns(seed) for seed, truth in enumerate(WEIGHTS, start=1)}


def in_blocks(size: int, *, acts: bool = True) -> Keyed:
    tally = BlendTally()
    for at in range(0, TRIALS, size):
        part = {t: {key: v[at : at + size] for key, v in of.items()} for t, of in OF.items()}
        tally.add(blend(WEIGHTS, part, acts=acts))
    return tally.estimates(WEIGHTS, {truth: estimates_of(of) for truth, of in OF.items()})


@pytest.mark.parametrize("size", [1, 7, 1_000, TRIALS])
def test_blocks_give_what_all_trials_at_once_give(size: int) -> None:
    found = in_blocks(size)
    weights = np.array([w.share for w in WEIGHTS.values()])[:, None]
    for key in ("n_enrolled", "n_read.rule"):
        values = np.stack([of[key] for of in OF.values()])
        there = np.isfinite(values)
        above, below = (weights * np.where(there, values, 0)).sum(0), (weights * there).sum(0)
        ratio, n = above.sum() / below.sum(), there.any(axis=0).sum()
        residual = (weights * np.where(there, values - ratio, 0)).sum(0)
        error = sqrt((residual**2).sum() * n / (n - 1)) / below.sum()
        e = found[key]
        assert (e.value, e.n) == (pytest.approx(ratio, rel=1e-12), n)
        assert e.mcse == pytest.approx(error, rel=1e-7)
        assert (e.low, e.high) == pytest.approx((ratio - 1.959964 * error, ratio + 1.959964 * error))


@pytest.mark.parametrize("size", [1, 100])
def test_what_is_the_same_in_every_trial_has_no_error_at_all(size: int) -> None:
    e = in_blocks(size)["days_report_to_effect"]
    assert (e.value, e.mcse, e.low, e.high) == (31.7, 0.0, 31.7, 31.7)


def test_what_has_no_mean_is_not_averaged_and_what_is_never_defined_says_nothing() -> None:
    found = in_blocks(100)
    assert "days_to_stop" not in found, "it is told by quantiles"
    e = found["x_read.rule"]
    assert (e.value, e.mcse, e.low, e.n) == (None, None, None, 0)


def test_a_stop_under_a_borderline_truth_is_neither() -> None:
    """It counts below the line, of stops and of others, and never above."""
    found = in_blocks(100)
    p = {truth: of["p_stop"].mean() for truth, of in OF.items()}
    stops, others = sum(w.share * p[t] for t, w in WEIGHTS.items()), sum(
        w.share * (1 - p[t]) for t, w in WEIGHTS.items()
    )  # fmt: skip
    assert found[NOT_ACCEPTABLE()].value == pytest.approx(0.5 * p["b"] / stops, rel=1e-12)
    assert found[ACCEPTABLE()].value == pytest.approx(0.2 * (1 - p["a"]) / others, rel=1e-12)


def test_without_a_rule_that_acts_nothing_is_judged() -> None:
    found = in_blocks(100, acts=False)
    assert NOT_ACCEPTABLE() not in found and ACCEPTABLE() not in found and "p_stop" in found


def test_only_what_every_weighted_truth_has_is_averaged() -> None:
    fewer = OF | {"b": Keyed({key: v for key, v in OF["b"].items() if key != key_of("n_enrolled")})}
    assert key_of("n_enrolled") not in blend(WEIGHTS, fewer, acts=True).keys


def test_a_journal_gives_back_every_number(tmp_path) -> None:
    block = blend(WEIGHTS, OF, acts=True)
    with Journal(tmp_path / "journal.bin", "a run") as journal:
        journal.append(Entry({}, 3, 0.5, (), {}, {"x": block, "y": block}))
    (entry,) = Journal(tmp_path / "journal.bin", "a run").entries()
    assert list(entry.blends) == ["x", "y"]
    for found in entry.blends.values():
        assert (found.trials, found.keys) == (block.trials, block.keys)
        assert np.array_equal(found.rows, block.rows)


def test_a_journal_without_averages_is_written_as_before_there_were_any() -> None:
    body = _write(Entry({"x": summarise(OF["a"])}, 3, 0.5))
    (length,) = WORDS.unpack_from(body)
    about = json.loads(zlib.decompress(body[WORDS.size : WORDS.size + length]))
    assert list(about) == ["variants", "compared", "seconds", "parts", "pairs"]
    assert len(body) == WORDS.size + length + 8 * (
        4 * len(OF["a"]) + np.isfinite(OF["a"]["days_to_stop"]).sum()
    )


# ---------------------------------------------------------------- intervals


@pytest.mark.parametrize(("x", "n"), [(0, 500), (3, 500), (250, 500), (500, 500)])
def test_of_one_share_it_is_its_own_interval(x: int, n: int) -> None:
    assert weighted_sum([(1.0, x / n, *wilson(x, n))]) == pytest.approx(wilson(x, n), abs=1e-15)


def test_shares_that_never_and_always_are_so_still_leave_room() -> None:
    low, high = weighted_sum([(0.25, 1.0, *wilson(500, 500)), (0.75, 0.0, *wilson(0, 500))])
    assert low == pytest.approx(0.25 - 0.25 * (1 - wilson(500, 500)[0]))
    assert high == pytest.approx(0.25 + 0.75 * wilson(0, 500)[1])


@pytest.mark.parametrize(
    ("mine", "rest", "expected"),
    [
        ((0.4, 0.3, 0.5), (0.0, 0.0, 0.0), (1.0, 1.0)),  # nothing else can be
        ((0.0, 0.0, 0.0), (0.4, 0.3, 0.5), (0.0, 0.0)),
        ((0.0, 0.0, 0.1), (0.0, 0.0, 0.1), (0.0, 1.0)),  # nothing was seen of either
        ((0.4, 0.4, 0.4), (0.1, 0.1, 0.1), (0.8, 0.8)),  # both are known
        ((0.4, 0.4, 0.4), (0.1, 0.05, 0.2), (0.4 / 0.6, 0.4 / 0.45)),  # one is
    ],
)
def test_a_part_of_a_sum_in_plain_cases(mine, rest, expected) -> None:
    assert part_of_sum(mine, rest) == pytest.approx(expected)
    low, high = part_of_sum(rest, mine)
    assert (1 - high, 1 - low) == pytest.approx(expected)


def test_a_part_of_a_sum_is_where_the_difference_may_be_0() -> None:
    """By bisection over r, from (1 - r) x - r y and the squares and sums of its interval."""
    mine, rest = (0.31, 0.22, 0.45), (0.06, 0.02, 0.17)

    def end(r: float, sign: int) -> float:
        up, down = (
            (mine[2] - mine[0], rest[0] - rest[1]) if sign > 0 else (mine[0] - mine[1], rest[2] - rest[0])
        )
        return (1 - r) * mine[0] - r * rest[0] + sign * sqrt(((1 - r) * up) ** 2 + (r * down) ** 2)

    for sign, found in zip((-1, 1), part_of_sum(mine, rest), strict=True):
        below, above = 0.0, 1.0
        for _ in range(60):
            middle = (below + above) / 2
            below, above = (middle, above) if end(middle, sign) > 0 else (below, middle)
        assert found == pytest.approx(below, abs=1e-12)


@pytest.mark.parametrize(
    ("p", "shares"), [((0.03, 0.64, 0.98), (0.5, 0.3, 0.2)), ((0.002, 0.9, 0.004), (0.8, 0.05, 0.15))]
)
@pytest.mark.parametrize("paired", [True, False])
def test_intervals_cover(p: tuple[float, ...], shares: tuple[float, ...], paired: bool) -> None:
    """1,000 runs of 300 trials: fewer than 92.7 % covered (3.3 errors) would be 1 in 2,000 at 95 %."""
    rng = np.random.default_rng([SEED, 5])
    weights = dict(zip("abc", map(Weight, shares, (True, False, False)), strict=True))
    truth = np.dot(p, shares)
    judged = 1 - p[0] * shares[0] / truth
    covered, trials = np.zeros(2), 300
    for _ in range(1_000):
        u = rng.random((1 if paired else 3, trials))
        cells = {
            name: {key_of("p_stop"): (u[i if not paired else 0] < p[i]).astype(float)}
            for i, name in enumerate(weights)
        }
        tally = BlendTally()
        tally.add(blend(weights, cells, acts=True))
        found = tally.estimates(weights, {name: estimates_of(each) for name, each in cells.items()})
        for i, (key, exact) in enumerate((("p_stop", truth), (NOT_ACCEPTABLE(), judged))):
            covered[i] += found[key].low <= exact <= found[key].high
    assert (covered >= 927).all(), covered


# ---------------------------------------------------------------- a run, and what it shows


@pytest.fixture(scope="module")
def results() -> Results:
    variants = ["combination_only", "with_maintenance"]
    return run(loaded(CHECK, SET), variants=variants, truths=["planned", "interaction_25"], trials=1_000)


def test_results_survive_json(results: Results) -> None:
    again = Results.from_json(json.loads(json.dumps(results.as_json(), allow_nan=False)))
    assert (again.weights, again.weighted) == (results.weights, results.weighted)
    assert again.weights == {"planned": 0.75, "interaction_25": 0.25}
    assert again.as_json() == results.as_json()
    assert render(again, full=True) == render(results, full=True)


def test_without_weights_nothing_is_said_of_them() -> None:
    plain = run(loaded(CHECK), variants=["combination_only"], truths=["planned"], trials=10, self_check=0)
    assert not plain.weighted
    assert not {"weights", "weighted"} & plain.as_json().keys()
    assert AVERAGE not in plain.to_arrow().column("truth").to_pylist()
    assert "eighted average" not in render(plain, full=True) + plain._repr_html_()
    assert "WEIGHTS" not in explain(loaded(CHECK))


def test_averages_are_rows_of_the_long_table_and_of_a_notebook(results: Results) -> None:
    rows = [row for row in results.to_arrow().to_pylist() if row["truth"] == AVERAGE]
    for each in results.weighted:
        mine = {row["key"]: row["value"] for row in rows if row["variant"] == each.variant}
        assert mine == {key: e.value for key, e in ((r, each.metrics[r]) for r in mine)}
        assert len(mine) == len(each.metrics)
    assert results._repr_html_().count(f"<td>{AVERAGE}</td>") == 2


def test_the_answer_and_the_long_tables_have_a_section(results: Results) -> None:
    short, full = render(results), render(results, full=True)
    assert "Weighted average over planned (75 %) and interaction_25 (25 %)" in short
    assert "P(not acceptable" in short and "Cost, weighted average" not in short
    assert "Cost, weighted average over truths" in full
    assert "assurance" not in full.lower(), "nothing is concluded here"


def test_a_share_that_no_trial_changes_has_its_interval(results: Results) -> None:
    """Under the narrow rule the same trials stop under both truths: 25.0 % of the weight, in every one."""
    (line,) = (
        line for line in render(results).splitlines() if line.startswith("combination_only") and "to" in line
    )
    assert "25.0 (" in line and " ± 0.0 " not in line


def test_where_a_weighted_truth_is_not_run_one_line_says_so() -> None:
    found = run(
        loaded(CHECK, SET), variants=["combination_only"], truths=["planned"], trials=10, self_check=0
    )
    assert found.weights and not found.weighted
    again = Results.from_json(found.as_json())
    for text in (render(found), render(again)):
        assert text.count("no weighted average over truths: interaction_25 (25 %) not run") == 1
        assert "Weighted average" not in text


def test_a_comparison_has_no_average() -> None:
    asked = Settings(variants=["combination_only", "with_maintenance"], truths=["planned", "interaction_25"],
                     trials=10, self_check=0)  # fmt: skip
    found = prepare_comparison(loaded(CHECK, SET), settings=asked).play()
    assert found.pairs and not found.weights and not found.weighted


def test_the_average_of_a_conclusion_is_called_assurance() -> None:
    design = {
        "accrual": {"until": "6 treated"},
        "events": {"fall": {"window": "28 days"}},
        "monitoring": {
            "futile": {"counts": {"event": "fall"}, "rule": {"kind": "at_least", "count": 2},
                       "then": {"conclude": "falls"}}
        },
    }  # fmt: skip
    truths = {
        name: {"acceptable": fine, "accrual": "1 per month", "events": {"fall": {"hazard": hazard}}}
        for name, fine, hazard in (("few", True, "1 per year"), ("many", False, "9 per year"))
    }
    found = run(scenario(design, truths, weights={"few": 1, "many": 3}), trials=200)
    (each,) = found.weighted
    cells = [found.cell(each.variant, truth).metrics["p_conclude_first.falls"].value for truth in truths]
    assert each.metrics["p_conclude_first.falls"].value == pytest.approx(0.25 * cells[0] + 0.75 * cells[1])
    text = render(found)
    assert "assurance" in text and "Assurance: P(conclude), averaged over the truths." in " ".join(
        text.split()
    )


def test_doses_are_averaged_without_acceptable() -> None:
    """Dose finding has no rule that stops, so no truth need say whether a stop is wanted."""
    path = ROOT / "scenarios/checks/mec.yaml"
    plain = loaded(path)
    names = list(plain.truths)[:2]
    found = run(
        loaded(path, (f"weights={{{names[0]}: 1, {names[1]}: 1}}",)), truths=names, trials=100, engine="simpy"
    )
    each = found.weighted[0]
    for key in (key for key in each.metrics if key.metric == "p_select"):
        cells = [found.cell(each.variant, name).metrics[key] for name in names]
        assert each.metrics[key].value == pytest.approx(sum(cell.value for cell in cells) / 2)
        exact = [cell.exact for cell in cells]
        assert each.metrics[key].exact == pytest.approx(sum(exact) / 2)
    assert NOT_ACCEPTABLE() not in each.metrics
    assert "Weighted average over" in render(found)


def test_explain_lists_them() -> None:
    text = explain(loaded(CHECK, SET))
    assert "WEIGHTS of the truths" in text and "  planned: 75%\n  interaction_25: 25%\n" in text


def test_a_truth_without_a_weight_of_its_own_may_be_set_aside() -> None:
    assert loaded(CHECK, (*SET, "weights.planned=0")).weights == {"interaction_25": 1.0}
    with pytest.raises(TrialstopError):
        load(CHECK, [*SET, "weights.planned=0", "weights.interaction_25=0"])


def test_a_file_read_once_knows_what_a_change_does_to_weights() -> None:
    source = read_source(str(CHECK), SET)
    assert source.changed(["weights.planned=1"]).weights == {"planned": 0.5, "interaction_25": 0.5}
    assert source.changed(["truths.planned.acceptable=borderline"]).weights == source.scenario.weights
    with pytest.raises(ScenarioError, match="which has no `acceptable`"):
        source.changed(["truths.planned.acceptable=null"], variants=["with_maintenance"])
