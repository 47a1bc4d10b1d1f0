"""Addressed random numbers: every draw has a name and a place, and no draw moves another.

A draw is a pure function of (seed, stream, trial, arrival, k).  Nothing is consumed in passing, so adding
a stream, a phase, a rule or a patient leaves every other draw as it was, and any trial can be played alone.

The generator is Philox4x64-10 (salmon2011: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy
as 1, 2, 3", SC'11).  The key is (seed, 0); the counter words, low to high, are (k // 4, arrival, trial, id);
lane k % 4 of the output is the draw.  The id of a stream is the first 8 bytes, little-endian, of the SHA-256
of its name.  Trial, arrival and k count from 0.

`draw_word` gives one word in plain Python and `words` gives arrays in NumPy; they are equal bit for bit.
NumPy is imported only inside the functions that work on arrays.
"""

from __future__ import annotations

import hashlib
import operator
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Words = NDArray[np.uint64]

__all__ = [
    "LANES",
    "MAX_WORD",
    "TRIAL_LEVEL",
    "StreamNames",
    "check_seed",
    "draw_word",
    "philox4x64",
    "stream_id",
    "uniform",
    "uniforms",
    "words",
]

MAX_WORD = 2**64 - 1  # the largest 64-bit word, and the mask that keeps arithmetic in 64 bits
TRIAL_LEVEL = MAX_WORD  # the arrival of a draw that belongs to a trial and to no patient
LANES = 4  # words per counter

# Multipliers, key increments and rounds of Philox4x64-10 (salmon2011).
MULTIPLIER_0, MULTIPLIER_1 = 0xD2E7470EE14C6C93, 0xCA5A826395121157
KEY_STEP_0, KEY_STEP_1 = 0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B
ROUNDS = 10

UNUSED_BITS = 11  # a double holds 53 of the 64 bits
UNIFORM_STEP = 2.0**-53
MAX_UNIFORM = 1.0 - UNIFORM_STEP  # the largest double below 1

HALF = 32  # bits in half a word
LOW_HALF = 2**HALF - 1
CHUNK = (
    16384  # counters worked on at once; larger is hardly faster and only takes memory (128 KiB a temporary)
)


def stream_id(name: str) -> int:
    """The 64-bit id of a stream: the first 8 bytes of the SHA-256 of its name (UTF-8), little-endian."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")


class StreamNames:
    """The stream names in use, so that two names with one id are an error and not a hidden dependence."""

    __slots__ = ("_name_by_id",)

    def __init__(self) -> None:
        self._name_by_id: dict[int, str] = {}

    def register(self, name: str) -> int:
        """The id of `name`, remembered; the same name may come again.

        Raises ValueError if another name has the same id (one in 2**64 per pair of names).
        """
        identity = stream_id(name)
        holder = self._name_by_id.setdefault(identity, name)
        if holder != name:
            raise ValueError(
                f"stream names {holder!r} and {name!r} have the same id {identity:#018x}, "
                "so they would share their draws; rename one of them"
            )
        return identity


def check_seed(seed: int) -> int:
    """`seed` as a plain int.  Raises ValueError unless it is a whole number from 0 to 2**64 - 1."""
    return _word(seed, "seed")


def draw_word(seed: int, stream_id: int, trial: int, arrival: int, k: int) -> int:
    """Draw number `k` of a candidate in a trial: one 64-bit word, in plain Python.

    `arrival` is the candidate's arrival number, or TRIAL_LEVEL.  Raises ValueError for a negative number,
    one above 2**64 - 1, or one that is not whole.
    """
    return _block(seed, stream_id, trial, arrival, k // LANES)[k % LANES]


def words(seed: int, stream_id: int, trials: ArrayLike, arrivals: ArrayLike, quarter: int = 0) -> Words:
    """The draws k = 4 * quarter ... 4 * quarter + 3 of every (trial, arrival) pair, in NumPy.

    trials   : (T,) whole numbers >= 0, in any order
    arrivals : (N,) whole numbers >= 0; TRIAL_LEVEL for trial-level draws
    Returns (T, N, 4) uint64; element [i, j, lane] is
    draw_word(seed, stream_id, trials[i], arrivals[j], 4 * quarter + lane).
    Raises ValueError as `draw_word` does, and for an array that is not one-dimensional.
    """
    import numpy as np

    keys = _round_keys(check_seed(seed), 0)
    c0 = np.full((1, 1), _word(quarter, "quarter"), np.uint64)
    c3 = np.full((1, 1), _word(stream_id, "stream_id"), np.uint64)
    c2 = _word_array(trials, "trials")[:, None]  # (T, 1)
    c1 = _word_array(arrivals, "arrivals")[None, :]  # (1, N)
    result = np.empty((c2.size, c1.size, LANES), np.uint64)
    columns = max(1, min(c1.size, CHUNK))
    rows = CHUNK // columns
    for top in range(0, c2.size, rows):
        for left in range(0, c1.size, columns):
            chunk = result[top : top + rows, left : left + columns]
            lanes = _philox_arrays((c0, c1[:, left : left + columns], c2[top : top + rows], c3), keys)
            for lane, value in enumerate(lanes):
                chunk[:, :, lane] = value
    return result


def uniform(word: int) -> float:
    """The uniform number of a word, strictly inside (0, 1): ((word >> 11) + 0.5) * 2**-53.

    For the highest 2**11 words this sum would round to 1, so they give the largest double below 1 instead.
    """
    return min(((word >> UNUSED_BITS) + 0.5) * UNIFORM_STEP, MAX_UNIFORM)


def uniforms(words_array: Words) -> NDArray[np.float64]:
    """`uniform` of every element of an array of uint64 words; same shape, equal bit for bit."""
    import numpy as np

    result = np.right_shift(words_array, np.uint64(UNUSED_BITS)).astype(np.float64)
    result += 0.5
    result *= UNIFORM_STEP
    return np.minimum(result, MAX_UNIFORM, out=result)


def philox4x64(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    """Philox4x64-10 of one counter (four words, low to high) and key, in plain Python (salmon2011)."""
    c0, c1, c2, c3 = counter
    for key_0, key_1 in _round_keys(*key):
        product_0 = MULTIPLIER_0 * c0
        product_1 = MULTIPLIER_1 * c2
        c0 = (product_1 >> 64) ^ c1 ^ key_0
        c1 = product_1 & MAX_WORD
        c2 = (product_0 >> 64) ^ c3 ^ key_1
        c3 = product_0 & MAX_WORD
    return c0, c1, c2, c3


@lru_cache(maxsize=1024, typed=True)
def _block(seed: int, stream_id: int, trial: int, arrival: int, quarter: int) -> tuple[int, int, int, int]:
    """The four lanes of one address, kept for a while: draws k, k + 1, ... often come in turn."""
    counter = (
        _word(quarter, "k // 4"),
        _word(arrival, "arrival"),
        _word(trial, "trial"),
        _word(stream_id, "stream_id"),
    )
    return philox4x64(counter, (check_seed(seed), 0))


@lru_cache(maxsize=64)
def _round_keys(key_0: int, key_1: int) -> tuple[tuple[int, int], ...]:
    """The two key words of each round."""
    return tuple(
        ((key_0 + i * KEY_STEP_0) & MAX_WORD, (key_1 + i * KEY_STEP_1) & MAX_WORD) for i in range(ROUNDS)
    )


def _philox_arrays(
    counter: tuple[Words, Words, Words, Words], keys: tuple[tuple[int, int], ...]
) -> tuple[Words, Words, Words, Words]:
    """`philox4x64` on arrays whose shapes broadcast; the first rounds stay as small as their inputs are."""
    import numpy as np

    c0, c1, c2, c3 = counter
    for key_0, key_1 in keys:
        high_0, low_0 = _multiply(c0, MULTIPLIER_0)
        high_1, low_1 = _multiply(c2, MULTIPLIER_1)
        high_0 ^= np.uint64(key_1)
        high_1 ^= np.uint64(key_0)
        c0, c1, c2, c3 = high_1 ^ c1, low_1, high_0 ^ c3, low_0
    return c0, c1, c2, c3


def _multiply(x: Words, factor: int) -> tuple[Words, Words]:
    """High and low 64 bits of x * factor, by halves of 32 bits; no partial sum exceeds 64 bits."""
    import numpy as np

    half, low_half = np.uint64(HALF), np.uint64(LOW_HALF)
    factor_high, factor_low = np.uint64(factor >> HALF), np.uint64(factor & LOW_HALF)
    cross = x & low_half
    high = x >> half
    carry = cross * factor_low
    carry >>= half
    carry += high * factor_low
    cross *= factor_high
    cross += carry & low_half
    cross >>= half
    carry >>= half
    high *= factor_high
    high += carry
    high += cross
    return high, x * np.uint64(factor)


def _word(value: int, name: str) -> int:
    """`value` as a plain int (NumPy integers included), or ValueError with what was found and is allowed."""
    try:
        number = -1 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = -1
    if not 0 <= number <= MAX_WORD:
        raise ValueError(f"{name}: found {value!r}, allowed are whole numbers from 0 to 2**64 - 1")
    return number


def _word_array(values: ArrayLike, name: str) -> Words:
    """`values` as a one-dimensional uint64 array, or ValueError with what was found and is allowed."""
    import numpy as np

    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name}: found an array of shape {array.shape}, allowed is one dimension")
    if array.size == 0:
        return np.empty(0, np.uint64)
    if array.dtype.kind not in "iu":
        raise ValueError(f"{name}: found {array.dtype} values, allowed are whole numbers from 0 to 2**64 - 1")
    if array.min() < 0:
        raise ValueError(f"{name}: found {array.min()}, allowed are whole numbers from 0 to 2**64 - 1")
    return array.astype(np.uint64)
