"""Addressed draws as kernels, equal bit for bit to `simulator.streams` and `model.latents`.

A draw is a function of (seed, stream, trial, arrival, k), all whole numbers of 64 bits; nothing is kept
and nothing allocated.  Philox4x64-10 (salmon2011) makes four draws at once: k = 4q ... 4q + 3 share
`block(..., q)`.  Seeds, streams and arrivals above 2**63 - 1 must come as uint64 (`word`).
"""

from __future__ import annotations

import math

from simulator import streams
from simulator.engines.compiled.jit import kernel, word

__all__ = ["TRIAL_LEVEL", "block", "draw", "lane", "philox4x64", "threshold", "uniform"]

TRIAL_LEVEL = word(streams.TRIAL_LEVEL)  # the arrival of a draw that belongs to a trial and no patient

MULTIPLIER_0, MULTIPLIER_1 = word(streams.MULTIPLIER_0), word(streams.MULTIPLIER_1)
KEY_STEP_0, KEY_STEP_1 = word(streams.KEY_STEP_0), word(streams.KEY_STEP_1)
ROUNDS = streams.ROUNDS
UNIFORM_STEP, MAX_UNIFORM = streams.UNIFORM_STEP, streams.MAX_UNIFORM
MASK = word(streams.MAX_WORD)
HALF, LOW_HALF = word(streams.HALF), word(streams.LOW_HALF)
UNUSED_BITS = word(streams.UNUSED_BITS)
ZERO, ONE, TWO, THREE = word(0), word(1), word(2), word(3)


@kernel
def _high(x: int, factor: int) -> int:
    """The high 64 bits of x * factor, by halves; LLVM knows the pattern and makes one instruction of it."""
    x_low, x_high = x & LOW_HALF, x >> HALF
    factor_low, factor_high = factor & LOW_HALF, factor >> HALF
    carry = x_high * factor_low + ((x_low * factor_low) >> HALF)
    cross = x_low * factor_high + (carry & LOW_HALF)
    return x_high * factor_high + (carry >> HALF) + (cross >> HALF)


@kernel
def philox4x64(c0: int, c1: int, c2: int, c3: int, key_0: int, key_1: int) -> tuple[int, int, int, int]:
    """Philox4x64-10 of a counter and a key, words low to high; words in, words out."""
    for _ in range(ROUNDS):
        high_0, low_0 = _high(c0, MULTIPLIER_0), (c0 * MULTIPLIER_0) & MASK
        high_1, low_1 = _high(c2, MULTIPLIER_1), (c2 * MULTIPLIER_1) & MASK
        c0, c1, c2, c3 = high_1 ^ c1 ^ key_0, low_1, high_0 ^ c3 ^ key_1, low_0
        key_0, key_1 = (key_0 + KEY_STEP_0) & MASK, (key_1 + KEY_STEP_1) & MASK
    return c0, c1, c2, c3


@kernel
def block(seed: int, stream: int, trial: int, arrival: int, quarter: int) -> tuple[int, int, int, int]:
    """The words of the draws k = 4 * quarter ... 4 * quarter + 3 of a candidate in a trial."""
    return philox4x64(word(quarter), word(arrival), word(trial), word(stream), word(seed), ZERO)


@kernel
def lane(four: tuple[int, int, int, int], k: int) -> int:
    """The word of draw k among the four of its block."""
    place = word(k) & THREE
    if place == ZERO:
        return four[0]
    if place == ONE:
        return four[1]
    if place == TWO:
        return four[2]
    return four[3]


@kernel
def uniform(draw_word: int) -> float:
    """The uniform number of a word, strictly inside (0, 1): ((word >> 11) + 0.5) * 2**-53, below 1."""
    u = (float(draw_word >> UNUSED_BITS) + 0.5) * UNIFORM_STEP
    return u if u < MAX_UNIFORM else MAX_UNIFORM


@kernel
def draw(seed: int, stream: int, trial: int, arrival: int, k: int) -> float:
    """The k-th draw of a stream for a candidate, uniform in (0, 1); k counts from 0."""
    return uniform(lane(block(seed, stream, trial, arrival, word(k) >> TWO), k))


@kernel
def threshold(seed: int, stream: int, trial: int, arrival: int, k: int) -> float:
    """The k-th unit-exponential threshold: -log of the draw, above 0."""
    return -math.log(draw(seed, stream, trial, arrival, k))
