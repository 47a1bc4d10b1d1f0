"""Kernels give the bits of the plain Python they stand for: draws, tables and days.

Equal means ==, never nearly.  The last test repeats all others without compiling.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulator import streams, units
from simulator.contracts import DelayTable, HazardTable
from simulator.engines.compiled import jit, philox, tables
from simulator.engines.compiled import pack_hazard as packing
from simulator.engines.compiled.jit import kernel, word
from simulator.engines.compiled.pack_hazard import pack_hazard
from simulator.engines.compiled.records.program import table_at
from simulator.engines.compiled.records.trial import trial_of
from simulator.engines.compiled.writing import Writer
from simulator.model.latents import BlockLatents
from simulator.streams import MAX_WORD, TRIAL_LEVEL
from tests.unit.test_streams import KNOWN_ANSWERS, parse

any_word = st.integers(0, MAX_WORD) | st.sampled_from([0, 1, 2**32 - 1, 2**32, 2**63 - 1, 2**63, MAX_WORD])
any_k = st.integers(0, 9) | st.integers(0, MAX_WORD)
MANY = 2_000  # cases of a loop over arrays
TOP_WORDS = range(MAX_WORD - 2**11 + 1, MAX_WORD + 1)  # their uniform would round to 1


@kernel
def fill_thresholds(
    seed: int, stream: int, first: int, arrivals: int, draws: int, result: np.ndarray, logs: np.ndarray
) -> None:
    """A loop as an engine has it: counters are plain integers, nothing goes back to Python."""
    for i in range(result.size):
        trial, rest = first + i // (arrivals * draws), i % (arrivals * draws)
        result[i] = philox.draw(seed, stream, trial, rest // draws, rest % draws)
        logs[i] = philox.threshold(seed, stream, trial, rest // draws, rest % draws)


def same(found: float, expected: float) -> bool:
    """Equal, zeros of one sign, or both not a number."""
    if math.isnan(expected):
        return math.isnan(found)
    return found == expected and math.copysign(1.0, found) == math.copysign(1.0, expected)


# ---------------------------------------------------------------- draws


@pytest.mark.parametrize(("counter", "key", "output"), KNOWN_ANSWERS, ids=["zeros", "ones", "pi"])
def test_philox_gives_the_published_answers(counter: str, key: str, output: str) -> None:
    given_words = [word(value) for value in parse(counter) + parse(key)]
    assert tuple(int(value) for value in philox.philox4x64(*given_words)) == parse(output)


@settings(max_examples=1000)
@given(any_word, any_word, any_word, any_word, any_k)
@example(MAX_WORD, MAX_WORD, MAX_WORD, TRIAL_LEVEL, MAX_WORD)
@example(0, 0, 0, 0, 0)
@example(7, 2**63, 5, TRIAL_LEVEL, 4)
def test_a_draw_is_the_draw_of_streams(seed: int, identity: int, trial: int, arrival: int, k: int) -> None:
    address = (word(seed), word(identity), word(trial), word(arrival), word(k))
    drawn = streams.draw_word(seed, identity, trial, arrival, k)
    lanes = philox.block(*address[:4], word(k // 4))
    assert [int(value) for value in lanes] == [
        streams.draw_word(seed, identity, trial, arrival, k // 4 * 4 + i) for i in range(4)
    ]
    assert philox.lane(tuple(word(value) for value in lanes), word(k)) == drawn
    assert philox.draw(*address) == streams.uniform(drawn)
    assert philox.threshold(*address) == -math.log(streams.uniform(drawn))


few = st.integers(0, 2**63 - 1)


@given(any_word, any_word, few, few, few)
def test_counters_may_be_plain_integers(seed: int, identity: int, trial: int, arrival: int, k: int) -> None:
    """As loops have them: int64, whose bits are those of the word."""
    expected = streams.uniform(streams.draw_word(seed, identity, trial, arrival, k))
    assert philox.draw(word(seed), word(identity), trial, arrival, k) == expected
    level = streams.uniform(streams.draw_word(seed, identity, trial, TRIAL_LEVEL, k))
    assert philox.draw(word(seed), word(identity), trial, -1, k) == level


def test_trial_level_draws_have_their_own_arrival() -> None:
    identity = streams.stream_id("accrual/gap")
    for trial in range(50):
        expected = streams.uniform(streams.draw_word(3, identity, trial, TRIAL_LEVEL, 1))
        assert philox.draw(word(3), word(identity), trial, philox.TRIAL_LEVEL, 1) == expected


def test_a_block_of_trials_has_the_latents_of_the_reference_engine() -> None:
    """Beyond what is prefetched too: arrivals from 20, k from 4."""
    name, first, trials, arrivals, draws = "event:dlt/threshold", 1_000, 25, 24, 7
    uniforms, logs = np.empty(trials * arrivals * draws), np.empty(trials * arrivals * draws)
    fill_thresholds(word(2**64 - 5), word(streams.stream_id(name)), first, arrivals, draws, uniforms, logs)
    latents = BlockLatents(2**64 - 5, first, trials, 20)
    places = [(t, a, k) for t in range(trials) for a in range(arrivals) for k in range(draws)]
    assert uniforms.tolist() == [latents.trial(first + t).uniform(name, a, k) for t, a, k in places]
    assert logs.tolist() == [latents.trial(first + t).threshold(name, a, k) for t, a, k in places]


@pytest.mark.parametrize("words", [range(0, 2**12), TOP_WORDS, range(TOP_WORDS[0] - 2**12, TOP_WORDS[0])])
def test_uniforms_at_the_ends_of_the_words(words: range) -> None:
    found = [philox.uniform(word(value)) for value in words]
    assert found == [streams.uniform(value) for value in words]
    assert min(found) > 0
    assert max(found) < 1


@given(st.lists(any_word, min_size=1))
def test_uniform_is_the_uniform_of_streams(values: list[int]) -> None:
    assert [philox.uniform(word(value)) for value in values] == [streams.uniform(value) for value in values]


# ---------------------------------------------------------------- tables

heights = st.sampled_from([0.0, 0.0, 1e-300, 0.25, 3.0]) | st.floats(0, 5)
steps = st.sampled_from([0.0, 2.0**-20, 1.0, 30.4375]) | st.floats(0, 400)
ages = st.sampled_from([-math.inf, -1.0, -0.0, 0.0, math.inf, math.nan]) | st.floats()


@st.composite
def hazard_tables(draw: st.DrawFn) -> HazardTable:
    """Jumps (a knot twice), flats, an immediate part, an infinite end, with and without a tail."""
    n = draw(st.integers(1, 8))
    knots = list(accumulate(draw(st.lists(steps, min_size=n - 1, max_size=n - 1)), initial=0.0))
    cumulative = list(accumulate(draw(st.lists(heights, min_size=n, max_size=n))))
    if draw(st.integers(0, 9)) == 0:
        cumulative[-1] = math.inf
    tail = draw(st.sampled_from([0.0, 0.01]) | st.floats(0, 2))
    return HazardTable(knots=tuple(knots), cumulative=tuple(cumulative), tail=tail)


Pair = tuple[tuple[float, ...], tuple[float, ...]]


def laid_out(tables_held: list[Pair]) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Tables one behind the other, column after column; where each begins and its first column ends."""
    flat = np.array([value for first, second in tables_held for value in (*first, *second)])
    starts = accumulate((2 * len(first) for first, _ in tables_held), initial=0)
    return flat, [(lo, lo + len(first)) for lo, (first, _) in zip(starts, tables_held, strict=False)]


def near(values: tuple[float, ...]) -> list[float]:
    """The values, their neighbours, and the middles between them."""
    edges = [step(value) for value in values for step in (float, above, below)]
    return edges + [(a + b) / 2 for a, b in pairwise(values)]


def above(value: float) -> float:
    return math.nextafter(value, math.inf)


def below(value: float) -> float:
    return math.nextafter(value, -math.inf)


@kernel
def hazard_at(memory: object, place: int, age: float) -> float:
    """`tables.hazard_at` of the record at a place, for a call from Python."""
    return tables.hazard_at(table_at(trial_of(memory, memory, memory), place), age)


@kernel
def hazard_age_at(memory: object, place: int, level: float) -> float:
    return tables.hazard_age_at(table_at(trial_of(memory, memory, memory), place), level)


Asked = Callable[[int, float], float]


def in_memory(held: list[HazardTable], guided_from: int) -> tuple[list[int], Asked, Asked]:
    """Places of the tables in a memory that holds them; hazard at an age, and age at a level, by place."""
    writer = Writer()
    records = [pack_hazard(writer, table, guided_from) for table in held]
    places = [record.place for record in records]
    if not jit.COMPILING:
        by_place = dict(zip(places, records, strict=True))
        return (
            places,
            lambda place, age: tables.hazard_at(by_place[place], age),
            lambda place, level: tables.hazard_age_at(by_place[place], level),
        )
    writer.head.places = len(writer.ints)
    memory = writer.merged()
    return (
        places,
        lambda place, age: hazard_at(memory, place, age),
        lambda place, level: hazard_age_at(memory, place, level),
    )


def test_numbers_that_are_kept_are_those_of_the_table() -> None:
    """No more are kept than said; a table that comes to lie where another one was is not taken for it."""
    for k in range(3 * packing.MOST_KEPT):
        knots = tuple(float(k * i) for i in range(30))
        table = HazardTable(knots=knots, cumulative=tuple(float(i) for i in range(30)))
        for _ in range(2):
            record = pack_hazard(Writer(), table)
            assert tuple(record.values.part(30)) == knots
            assert bool(record.age_guide) == (k > 0)
    assert len(packing._kept) <= packing.MOST_KEPT


@settings(max_examples=400)
@given(
    st.lists(hazard_tables(), min_size=1, max_size=4), st.lists(ages, max_size=8), st.sampled_from([1, 100])
)
def test_hazards_are_those_of_the_table(
    held: list[HazardTable], asked: list[float], guided_from: int
) -> None:
    """With guides, which are for numbers only, and without; ages before entry too."""
    asked = [value for value in asked if guided_from > 1 or not math.isnan(value)]
    places, at, age_at = in_memory(held, guided_from)
    for table, place in zip(held, places, strict=True):
        for age in [*asked, -1.0, *near(table.knots)]:
            assert same(at(place, age), table.at(age))
        for level in asked + near(table.cumulative):
            assert same(age_at(place, level), table.age_at(level))


@pytest.mark.parametrize("knots", [1, 2, 3, 40, 3000])
def test_hazards_of_many_random_ages(knots: int) -> None:
    random = np.random.default_rng(1)
    days = np.concatenate([[0.0], np.cumsum(random.exponential(30.0, knots - 1))])
    cumulative = np.cumsum(random.exponential(12.0 / knots, knots))  # beyond the last cell too
    table = HazardTable(knots=tuple(days.tolist()), cumulative=tuple(cumulative.tolist()), tail=0.003)
    (place,), at, age_at = in_memory([table], 3)
    for age in random.uniform(-1.0, 60.0 * knots, MANY).tolist():
        assert at(place, age) == table.at(age)
    for level in random.uniform(0.0, 15.0, MANY).tolist():
        assert age_at(place, level) == table.age_at(level)


@settings(max_examples=400)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=8), st.data())
def test_delays_are_those_of_the_table(probabilities: list[float], data: st.DataObject) -> None:
    """A table in the middle of others; repeated probabilities raise in both where they divide by zero."""
    n = len(probabilities)
    days = data.draw(st.lists(steps | st.just(math.inf), min_size=n, max_size=n))
    table = DelayTable(probabilities=tuple(sorted(probabilities)), days=tuple(sorted(days)))
    held = [((0.0, 1.0), (7.0, 7.0)), (table.probabilities, table.days), ((0.0, 0.5, 1.0), (0.0, 1.0, 2.0))]
    flat, (_, (lo, hi), _) = laid_out(held)
    for u in [2.0**-54, 1 - 2.0**-53, *near(table.probabilities)]:
        try:
            expected = table.at(u)
        except ZeroDivisionError:
            with pytest.raises(ZeroDivisionError):
                tables.delay_at(flat, lo, hi, u)
        else:
            assert same(tables.delay_at(flat, lo, hi, u), expected)


def test_delays_of_many_random_draws() -> None:
    random = np.random.default_rng(2)
    probabilities = np.concatenate([[0.0], np.sort(random.uniform(size=38)), [1.0]])
    days = np.sort(random.exponential(7.0, 40))
    table = DelayTable(probabilities=tuple(probabilities.tolist()), days=tuple(days.tolist()))
    values = np.concatenate([probabilities, days])
    for u in random.uniform(size=MANY).tolist():
        assert tables.delay_at(values, 0, 40, u) == table.at(u)


# ---------------------------------------------------------------- days


@settings(max_examples=2000)
@given(st.floats(allow_nan=False) | st.floats(-1e6, 1e6))
@example(math.inf)
@example(-math.inf)
@example(-0.0)
@example(2.0**33 + 0.5)
@example(2.0**63)
@example(1.7e302)
def test_days_are_quantised_as_in_units(days: float) -> None:
    assert same(tables.quantise(days), units.quantise(days))


@given(st.integers(-(2**53), 2**53))
def test_halves_of_a_tick_go_upwards(halves: int) -> None:
    days = halves * 2.0**-21
    for value in (days, above(days), below(days)):
        assert same(tables.quantise(value), units.quantise(value))


def test_many_random_days_are_quantised_as_in_units() -> None:
    for days in np.random.default_rng(3).exponential(300.0, 10 * MANY).tolist():
        assert tables.quantise(days) == units.quantise(days)


# ---------------------------------------------------------------- without compiling

PYTEST = "import sys, pytest; sys.exit(pytest.main(sys.argv[1:]))"
WITHOUT_NUMBA = f"import sys; sys.modules['numba'] = None; {PYTEST}"  # importing it raises ImportError


@pytest.mark.skipif(not jit.COMPILING, reason="this is the run without compiling")
@pytest.mark.parametrize("code", [PYTEST, WITHOUT_NUMBA], ids=["jit off", "no numba"])
def test_all_of_this_holds_in_plain_python(code: str) -> None:
    arguments = [__file__, "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    found = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, f"\n{found.stdout}{found.stderr}"
    assert "2 skipped" in found.stdout  # it did not compile
