"""Estimates adjusted for events against hazards used up: by another way, properties, and what is refused.

Trials are made here, of components whose hazard used up is known to the trial before anything comes of it:
given A the crossings N are Poisson with mean A, so that N - A has mean 0.
"""

from __future__ import annotations

import json
from dataclasses import replace
from math import exp, sqrt
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2

from simulator import Results, run, table
from simulator.errors import TrialstopError
from simulator.metrics import adjusted as module
from simulator.metrics.adjusted import CROSSED, Crosses, CrossTally, components_of, residuals
from simulator.metrics.tally import Tally, summarise
from simulator.metrics.text import Keyed, key_of
from simulator.model.adjusted import Adjusted
from simulator.reporting.adjusted import VARIANCE, Shown, divided, with_adjusted
from simulator.study.journal import Entry, Journal
from simulator.study.settings import Settings
from simulator.study.units import BLOCK
from tests.helpers import CHECK, SEED

Columns = Keyed[Any]
P, MEAN, TIME = key_of("p_stop"), key_of("n_enrolled"), key_of("duration_days")
ERRORS = 4.0


def trials(size: int, hazards: list[float], seed: int = SEED) -> Columns:
    """A share, a mean far from 0 and a time; of each hazard A, with this mean, twice or not at all by a coin
    that the share depends on too, and N."""
    rng = np.random.default_rng(seed)
    often = rng.random(size) < 0.5
    used = [mean * 2.0 * often for mean in hazards]
    events = [rng.poisson(each) for each in used]
    total = np.sum(events, axis=0)
    named = {
        "p_stop": often & (rng.random(size) < 0.9) & (total < 2),
        "n_enrolled": 1e5 - np.minimum(total, 3) + rng.normal(size=size),
        "duration_days": np.where(rng.random(size) < 0.9, rng.random(size), np.inf),
    }
    for i, (n, a) in enumerate(zip(events, used, strict=True)):
        named |= {f"crossings.event.c{i}": n, f"risk.event.c{i}": a}
    return Keyed({key_of(text): np.asarray(values, dtype=float) for text, values in named.items()})


def part(columns: Columns, which: Any) -> Columns:
    return Keyed({key: values[which] for key, values in columns.items()})


def table_of(columns: Columns) -> Any:
    return np.stack(list(columns.values()))


def in_blocks(columns: Columns, size: int) -> Tally:
    tally = Tally()
    for first in range(0, len(columns[P]), size):
        block = part(columns, slice(first, first + size))
        tally.add(summarise(block, first=first))
    return tally


def by_hand(columns: Columns, key: Any) -> tuple[float, float]:
    """Value and error by regressions on all trials at once."""
    f, (crossed, m) = columns[key], residuals(columns, table_of(columns))
    n, value, variance = len(f), 0.0, 0.0
    for half in (0, 1):
        mine, other = np.arange(n) % 2 == half, np.arange(n) % 2 != half
        which = crossed[:, other].sum(axis=1) >= CROSSED
        design = np.column_stack([np.ones(other.sum()), m[which][:, other].T])
        b = np.linalg.lstsq(design, f[other])[0][1:]
        left = f[mine] - m[which][:, mine].T @ b
        value += left.sum() / n
        variance += left.var(ddof=1) * mine.sum() / n**2
    return value, sqrt(variance)


@pytest.mark.parametrize("size", [1, 7, BLOCK, 3_001])
def test_blocks_give_what_regressions_on_all_trials_at_once_give(size: int) -> None:
    """Evidence: by another way. Blocks of odd size begin with a trial of odd number."""
    columns = trials(3_001, [0.6, 0.3, 0.002])
    found = in_blocks(columns, size).adjusted()
    for key in (P, MEAN):
        value, error = by_hand(columns, key)
        assert found[key].value == pytest.approx(value, rel=1e-12)
        assert found[key].mcse == pytest.approx(error, rel=1e-7)
        plain = columns[key].var(ddof=1) / 3_001
        assert found[key].factor == pytest.approx(plain / error**2, rel=1e-6)
        assert found[key].factor > 1.1
    assert TIME not in found, "some trials have none"


@pytest.mark.parametrize("size", [8_000])
def test_a_component_that_is_seldom_crossed_is_left_out(size: int) -> None:
    """The third of `by_hand` has about 2 x 16 crossings: which half may use it its other half says."""
    columns = trials(size, [0.6, 0.3])
    rare = columns | trials(size, [0.0, 0.0, 0.5 / size], SEED + 1)
    rare = Keyed({key: columns.get(key, values) for key, values in rare.items()})
    mine, other = in_blocks(columns, BLOCK).adjusted(), in_blocks(rare, BLOCK).adjusted()
    assert {key: mine[key] for key in (P, MEAN)} == pytest.approx({key: other[key] for key in (P, MEAN)})


def test_property_no_bias_where_a_regression_on_the_trials_themselves_has_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """18 components of one expected crossing a run of 1,000 trials, each used although that is too few: the
    mean over 400 runs. A regression with coefficients from the same trials is off by more than 8 errors.
    """
    monkeypatch.setattr(module, "CROSSED", 1)
    runs, size = 400, 1_000
    every = trials(runs * size, [1.0 / size] * 18)
    found, naive, errors = [], [], []
    for first in range(0, runs * size, size):
        block = part(every, slice(first, first + size))
        mine = in_blocks(block, size).adjusted()[P]
        found.append(mine.value)
        errors.append(mine.mcse)
        _, m = residuals(block, table_of(block))
        off = m - m.mean(axis=1)[:, None]
        naive.append(block[P].mean() - np.linalg.lstsq(off @ off.T, off @ block[P])[0] @ m.mean(axis=1))
    due = 2 * 18 / size
    truth = 0.5 * 0.9 * exp(-due) * (1 + due)
    assert abs(np.mean(found) - truth) < ERRORS * np.std(found, ddof=1) / sqrt(runs)
    assert abs(np.mean(naive) - truth) > 8 * np.std(naive, ddof=1) / sqrt(runs)
    ratio = np.var(found, ddof=1) / np.mean(np.square(errors))  # 1 if the errors say what they should
    assert chi2.ppf(5e-7, runs - 1) / (runs - 1) < ratio < chi2.ppf(1 - 5e-7, runs - 1) / (runs - 1) * 1.05


def test_property_no_bias_where_chance_decides_which_components_are_used() -> None:
    """15 crossings expected in a half: used or not by that half's own count the estimate would be biased."""
    runs, size = 400, 1_000
    every = trials(runs * size, [30.0 / size] * 4, SEED + 2)
    blocks = (part(every, slice(first, first + size)) for first in range(0, runs * size, size))
    found = [in_blocks(block, size).adjusted().get(P) for block in blocks]
    there = [each for each in found if each is not None]
    values = [each.value for each in there] + [0.0] * (runs - len(there))
    assert len(there) >= 0.9 * runs
    kept = [first for first, each in zip(range(0, runs * size, size), found, strict=True) if each is not None]
    plain = every[P].reshape(runs, size).mean(axis=1)
    apart = np.array(values) - np.where([each is not None for each in found], plain, 0.0)
    error = apart[[first // size for first in kept]].std(ddof=1) / sqrt(len(kept))
    assert abs(apart.sum() / len(kept)) < ERRORS * error


@pytest.mark.parametrize("same", [0.0, 1.0, 0.1, 730.3])
def test_nothing_is_adjusted_where_all_trials_have_the_same(same: float) -> None:
    """All, or none, the outcome; or a number whose sums are rounded."""
    columns = trials(2_000, [0.5])
    columns[P] = columns[TIME] = np.full(2_000, same)
    found = in_blocks(columns, 300).adjusted()
    assert P not in found and TIME not in found
    assert MEAN in found


def test_nothing_is_adjusted_without_components_or_crossings() -> None:
    assert summarise(trials(10, []), first=0).crosses is None
    assert in_blocks(trials(2_000, [0.001]), BLOCK).adjusted() == {}
    few = trials(9, [20.0])
    assert in_blocks(few, BLOCK).adjusted() == {}, "plenty of crossings, not enough trials"
    assert in_blocks(part(few, slice(0, 1)), 1).adjusted() == {}


def test_exact_where_nothing_is_left_the_error_is_none_and_there_is_no_factor() -> None:
    """Every trial uses up the same hazard: N adjusted is A."""
    columns = trials(2_000, [0.5])
    n, a = (key_of(f"{name}.event.c0") for name in ("crossings", "risk"))
    columns[a] = np.full(2_000, 0.7)
    columns[n] = np.random.default_rng(SEED).poisson(0.7, 2_000).astype(float)
    found = in_blocks(columns, BLOCK).adjusted()[n]
    assert (found.value, found.mcse, found.factor) == (pytest.approx(0.7, abs=1e-12), 0.0, None)


def test_a_journal_gives_the_sums_back_to_the_last_bit(tmp_path: Any) -> None:
    columns = trials(500, [0.5, 0.1])
    summary = summarise(columns, first=0)
    with Journal(tmp_path / "journal.bin", "run") as book:
        book.append(Entry({"a": summary, "b": summarise(columns)}, 0, 0.0))
    with Journal(tmp_path / "journal.bin", "run") as book:
        (entry,) = book.entries()
    read = entry.summaries["a"].crosses
    assert isinstance(read, Crosses) and summary.crosses is not None
    assert (read.keys, read.components) == (summary.crosses.keys, len(components_of(columns)))
    assert read.rows.tobytes() == summary.crosses.rows.tobytes()
    assert entry.summaries["b"].crosses is None
    tally = CrossTally()
    tally.add(read)
    assert tally.rows.shape == summary.crosses.rows.shape


# ---------------------------------------------------------------- in a run


ASKED = Settings(
    trials=600, seed=SEED, self_check=0, variants=["with_maintenance"], truths=["planned", "interaction_10"]
)


@pytest.fixture(scope="module")
def results() -> Results:
    return run(CHECK, ASKED)


def test_differential_the_same_bits_whoever_plays_and_however_many(results: Results) -> None:
    for asked in ({"jobs": 2}, {"engine": "simpy"}):
        other = run(CHECK, ASKED, **asked)
        for mine, theirs in zip(results.cells, other.cells, strict=True):
            assert mine.adjusted == theirs.adjusted


def test_they_are_written_read_back_and_in_the_long_table(results: Results) -> None:
    data = json.loads(json.dumps(results.as_json(), allow_nan=False))
    for cell, read in zip(results.cells, Results.from_json(data).cells, strict=True):
        assert cell.adjusted and read.adjusted == cell.adjusted
        assert read.metrics == cell.metrics
    rows = [row for row in results.to_arrow().to_pylist() if row["adjusted"] is not None]
    assert len(rows) == sum(len(cell.adjusted) for cell in results.cells)
    for row in rows:
        found = results.cell(row["variant"], row["truth"]).adjusted[row["key"]]
        told = row["adjusted"], row["adjusted_mcse"], row["adjusted_factor"]
        assert told == (found.value, found.mcse, found.factor)
    metrics = data["cells"][0]["metrics"]
    assert metrics["days_to_stop_given_stop.median"]["adjusted"] is None
    assert metrics["n_enrolled"]["adjusted"].keys() == {"value", "mcse", "factor"}


def test_tables_show_them_only_where_asked(results: Results) -> None:
    plain, asked = table(results), table(results, adjust=True)
    assert VARIANCE not in plain and "adjusted" not in plain
    found = results.cell("with_maintenance", "interaction_10").adjusted["p_stop"]
    assert f"{100 * found.value:.1f} ± {100 * found.mcse:.1f}" in asked
    assert f"/ {found.factor:.3g}" in asked
    assert asked.count("adjusted for events against hazards used up") == 2, "above the table and in the foot"
    full = table(results, adjust=True, full=True)
    enrolled = results.cell("with_maintenance", "planned").adjusted["n_enrolled"]
    assert f"/ {enrolled.factor:.3g}" in full
    assert results.cells[0].metrics["p_stop"].low is not None, "the results are as they were"


@pytest.mark.parametrize("value", [-0.001, 0.0, 1.0, 1.02])
def test_a_share_adjusted_beyond_0_or_1_is_shown_as_it_was(results: Results, value: float) -> None:
    """Clipped it would be biased; results.json has it as it came out."""
    cell = results.cells[0]
    beyond = {
        key_of("p_stop"): Adjusted(value=value, mcse=0.01, factor=2.0),
        key_of("n_enrolled"): Adjusted(value=19.0 + value, mcse=0.01, factor=2.0),
    }
    given = replace(results, cells=(replace(cell, adjusted=Keyed(beyond)),))
    shown = with_adjusted(given).cells[0].metrics
    assert shown["p_stop"] == cell.metrics["p_stop"]
    assert shown["n_enrolled"].value == 19.0 + value
    assert given.as_json()["cells"][0]["metrics"]["p_stop"]["adjusted"]["value"] == value


@pytest.mark.parametrize(("factor", "told"), [(0.889, ""), (1.0, ""), (1.96, "/ 1.96"), (999.6, "/ 1,000")])
def test_an_estimate_that_is_no_better_is_shown_as_it_was(results: Results, factor: float, told: str) -> None:
    """results.json has it with its factor; a factor has three digits, and no exponent."""
    cell, key = results.cells[0], key_of("p_stop")
    made = Keyed({key: Adjusted(value=0.5, mcse=0.01, factor=factor)})
    given = replace(results, cells=(replace(cell, adjusted=made),))
    shown = with_adjusted(given).cells[0].metrics[key]
    assert (shown == cell.metrics[key]) is (factor <= 1.0)
    assert divided(shown) == told
    assert given.as_json()["cells"][0]["metrics"]["p_stop"]["adjusted"]["factor"] == factor
    said = " ".join(table(given, adjust=True).split())
    assert ("nothing shown here is adjusted" in said) is (factor <= 1.0)
    assert ("adjusted for events against hazards used up" in said) is (factor > 1.0)


def test_factors_have_three_digits() -> None:
    made = [
        Shown(value=0.5, mcse=0.1, factor=factor) for factor in (1.004, 12.34, 123.4, 1_363.0, 99.96, None)
    ]
    assert [*map(divided, made)] == ["/ 1", "/ 12.3", "/ 123", "/ 1,360", "/ 100", "/ all"]


def test_too_many_numbers_are_refused_where_asked_and_else_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 100)
    found = run(CHECK, ASKED, trials=60)
    assert all(not cell.adjusted for cell in found.cells)
    assert table(found)
    with pytest.raises(
        TrialstopError, match="more than 100 numbers of a cell: found variant with_maintenance"
    ):
        table(found, adjust=True)
