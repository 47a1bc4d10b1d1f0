"""Addressed random numbers: published answers, two implementations, NumPy as a peer, and the edges."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import streams
from simulator.streams import (
    MAX_WORD,
    TRIAL_LEVEL,
    StreamNames,
    check_seed,
    draw_word,
    philox4x64,
    stream_id,
    uniform,
    uniforms,
    words,
)

any_word = st.integers(0, MAX_WORD) | st.sampled_from([0, 1, 2**32 - 1, 2**32, 2**63, MAX_WORD])

# Known answers published with Random123 (kat_vectors, philox4x64, 10 rounds): counter, key, output.
KNOWN_ANSWERS = [
    (
        "0000000000000000 0000000000000000 0000000000000000 0000000000000000",
        "0000000000000000 0000000000000000",
        "16554d9eca36314c db20fe9d672d0fdc d7e772cee186176b 7e68b68aec7ba23b",
    ),
    (
        "ffffffffffffffff ffffffffffffffff ffffffffffffffff ffffffffffffffff",
        "ffffffffffffffff ffffffffffffffff",
        "87b092c3013fe90b 438c3c67be8d0224 9cc7d7c69cd777b6 a09caebf594f0ba0",
    ),
    (
        "243f6a8885a308d3 13198a2e03707344 a4093822299f31d0 082efa98ec4e6c89",
        "452821e638d01377 be5466cf34e90c6c",
        "a528f45403e61d95 38c72dbd566e9788 a5a1610e72fd18b5 57bd43b5e52b7fe6",
    ),
]


def parse(text: str) -> tuple[int, ...]:
    return tuple(int(part, 16) for part in text.split())


def pack(values: tuple[int, ...]) -> int:
    """One integer of 64-bit words, low to high."""
    return sum(value << (64 * i) for i, value in enumerate(values))


def numpy_philox(counter: tuple[int, ...], key: tuple[int, ...]) -> tuple[int, ...]:
    """np.random.Philox at `counter`: it increments before output, so it is set one lower."""
    generator = np.random.Philox(counter=(pack(counter) - 1) % 2**256, key=pack(key))
    return tuple(int(value) for value in generator.random_raw(4))


@pytest.mark.parametrize(("counter", "key", "output"), KNOWN_ANSWERS, ids=["zeros", "ones", "pi"])
def test_philox_gives_the_published_answers(counter: str, key: str, output: str) -> None:
    assert philox4x64(parse(counter), parse(key)) == parse(output)
    assert numpy_philox(parse(counter), parse(key)) == parse(output)


def test_the_array_version_gives_the_published_answer_for_zeros() -> None:
    assert tuple(words(0, 0, [0], [0])[0, 0]) == parse(KNOWN_ANSWERS[0][2])


@given(any_word, any_word, st.lists(any_word, max_size=4), st.lists(any_word, max_size=4), any_word)
def test_arrays_and_plain_python_are_equal(
    seed: int, identity: int, trials: list[int], arrivals: list[int], quarter: int
) -> None:
    result = words(seed, identity, np.array(trials, np.uint64), np.array(arrivals, np.uint64), quarter)
    assert result.dtype == np.uint64
    assert result.shape == (len(trials), len(arrivals), 4)
    for i, trial in enumerate(trials):
        for j, arrival in enumerate(arrivals):
            expected = [draw_word(seed, identity, trial, arrival, 4 * quarter + lane) for lane in range(4)]
            assert result[i, j].tolist() == expected


@given(any_word, any_word, any_word, any_word, st.integers(0, 2**66 - 1))
def test_draws_are_philox_at_the_documented_address(
    seed: int, identity: int, trial: int, arrival: int, k: int
) -> None:
    block = numpy_philox((k // 4, arrival, trial, identity), (seed, 0))
    assert draw_word(seed, identity, trial, arrival, k) == block[k % 4]


@pytest.mark.parametrize("shape", [(7, 5), (1, 35), (35, 1), (3, 4)])
def test_working_in_chunks_changes_nothing(monkeypatch: pytest.MonkeyPatch, shape: tuple[int, int]) -> None:
    trials, arrivals = np.arange(shape[0]), np.arange(shape[1])
    whole = words(5, 6, trials, arrivals)
    monkeypatch.setattr(streams, "CHUNK", 4)
    assert np.array_equal(words(5, 6, trials, arrivals), whole)


def test_a_trial_does_not_depend_on_its_companions_or_their_order() -> None:
    everything = words(1, 2, np.arange(100), np.arange(20))
    some = words(1, 2, [90, 3], [19, 0, 7])
    assert np.array_equal(some, everything[[90, 3]][:, [19, 0, 7]])


def test_one_step_in_any_coordinate_gives_another_draw() -> None:
    origin = (10, 20, 30, 40, 50)
    neighbours = {draw_word(*origin)}
    for place in range(5):
        neighbours.add(draw_word(*(value + (i == place) for i, value in enumerate(origin))))
    neighbours.add(draw_word(10, 20, 30, TRIAL_LEVEL, 50))
    assert len(neighbours) == 7


def test_streams_look_independent() -> None:
    """Correlations of 200,000 pairs within 5 standard errors: 6e-7 false alarms per pair, six pairs."""
    names = ["accrual/gap", "event:dlt/threshold", "event:dlt/component:a/threshold", "dropout/threshold"]
    columns = [uniforms(words(11, stream_id(name), np.arange(1000), np.arange(50))).ravel() for name in names]
    correlation = np.corrcoef(columns)[np.triu_indices(len(names), k=1)]
    assert np.abs(correlation).max() < 5 / np.sqrt(columns[0].size)


def test_uniforms_have_the_mean_and_variance_of_a_uniform() -> None:
    """Within 5 standard errors: 6e-7 false alarms per check, two checks."""
    u = uniforms(words(12, stream_id("accrual/gap"), np.arange(1000), np.arange(50))).ravel()
    assert abs(u.mean() - 1 / 2) < 5 * np.sqrt(1 / 12 / u.size)
    squares = (u - 0.5) ** 2  # mean 1/12, variance 1/80 - 1/144
    assert abs(squares.mean() - 1 / 12) < 5 * np.sqrt((1 / 80 - 1 / 144) / u.size)


def test_uniforms_stay_strictly_inside_the_unit_interval() -> None:
    edges = [0, 1, 2**11 - 1, 2**11, 2**63, MAX_WORD - 2**11, MAX_WORD - 2**11 + 1, MAX_WORD]
    assert uniform(0) == 2.0**-54
    assert uniform(MAX_WORD) == 1 - 2.0**-53
    for word in edges:
        assert 0 < uniform(word) < 1


@given(st.lists(any_word, max_size=10))
def test_uniform_and_uniforms_are_equal(values: list[int]) -> None:
    assert uniforms(np.array(values, np.uint64)).tolist() == [uniform(value) for value in values]


def test_uniforms_leaves_its_input_alone_and_keeps_its_shape() -> None:
    source = words(1, 2, np.arange(3), np.arange(5))
    before = source.copy()
    assert uniforms(source).shape == (3, 5, 4)
    assert np.array_equal(source, before)


def test_a_stream_id_is_the_first_eight_bytes_of_the_hash_little_endian() -> None:
    digest = hashlib.sha256(b"accrual/gap").digest()
    assert stream_id("accrual/gap") == sum(digest[i] << (8 * i) for i in range(8))
    # SHA-256 of the empty string begins e3 b0 c4 42 98 fc 1c 14 (FIPS 180-4).
    assert stream_id("") == 0x141CFC9842C4B0E3


def test_stream_names_may_be_registered_again() -> None:
    names = StreamNames()
    first = names.register("accrual/gap")
    assert first == names.register("accrual/gap") == stream_id("accrual/gap")
    assert names.register("dropout/threshold") != first


def test_two_names_with_one_id_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "stream_id", lambda name: 7)
    names = StreamNames()
    names.register("first")
    with pytest.raises(ValueError, match="'first' and 'second' have the same id 0x0000000000000007"):
        names.register("second")


@pytest.mark.parametrize("seed", [-1, 2**64, 1.0, "1", None, True])
def test_a_seed_outside_the_range_is_refused(seed: object) -> None:
    message = r"seed: found .*, allowed are whole numbers from 0 to 2\*\*64 - 1"
    with pytest.raises(ValueError, match=message):
        check_seed(seed)
    with pytest.raises(ValueError, match=message):
        draw_word(seed, 0, 0, 0, 0)
    with pytest.raises(ValueError, match=message):
        words(seed, 0, [0], [0])


def test_the_ends_of_the_seed_range_are_allowed() -> None:
    assert check_seed(0) == 0
    assert check_seed(MAX_WORD) == MAX_WORD
    assert type(check_seed(np.int64(3))) is int


def test_numpy_integers_are_addresses_too() -> None:
    assert draw_word(np.int64(1), np.uint64(2), np.int32(3), np.int64(4), np.int64(5)) == draw_word(
        1, 2, 3, 4, 5
    )


@pytest.mark.parametrize("bad", [-1, 2**64, 0.5])
def test_an_address_outside_the_range_is_refused(bad: float) -> None:
    for place, name in enumerate(["stream_id", "trial", "arrival", "k // 4"]):
        address: list[float] = [0, 0, 0, 0]
        address[place] = 4 * bad if place == 3 else bad
        with pytest.raises(ValueError, match=f"{name}: found"):
            draw_word(1, *address)


@pytest.mark.parametrize("bad", [[-1], [0.5], [[0]], 0, ["a"]])
def test_arrays_that_are_no_addresses_are_refused(bad: object) -> None:
    with pytest.raises(ValueError, match="trials: found"):
        words(1, 2, bad, [0])
    with pytest.raises(ValueError, match="arrivals: found"):
        words(1, 2, [0], bad)


def test_importing_streams_does_not_import_numpy() -> None:
    code = "import sys, simulator.streams as s; s.draw_word(1, 2, 3, 4, 5); sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
