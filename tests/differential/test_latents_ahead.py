"""Evidence: differential. Draws fetched together are those that are fetched one by one."""

from itertools import islice
from math import log

import pytest

from simulator import streams
from simulator.model.latents import AHEAD, NEAR, BlockLatents

SEED, STREAM = 5, "accrual/gap"


def draw(trial: int, arrival: int, k: int) -> float:
    return streams.uniform(streams.draw_word(SEED, streams.stream_id(STREAM), trial, arrival, k))


def alone(trial: int, arrival: int) -> float:
    return -log(draw(trial, arrival, 0))


def test_in_a_row_out_of_order_and_of_several_trials() -> None:
    block = BlockLatents(SEED, 3, 2, 4)
    first, second = block.trial(3), block.trial(4)
    row = [(first, 3, n) for n in range(4, AHEAD + 40)]
    back = [(first, 3, 9), (second, 4, 10), (second, 4, 11), (first, 3, 11), (first, 3, 12), (second, 4, 12)]
    for latents, trial, arrival in [*row, *back]:
        assert latents.threshold(STREAM, arrival, 0) == alone(trial, arrival)


def test_with_gaps_and_asked_for_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some of the candidates, as where a trait picks them: a thousand are fetched together all the same."""
    asked = [arrival for arrival in range(4, 3 * AHEAD) if arrival % 7 in (0, 3)]
    asked += [asked[-1] + NEAR, asked[-1] + 2 * AHEAD, 5]  # the first is fetched with others, two alone
    expected = [alone(3, arrival) for arrival in asked]
    fetched, words = [], streams.words
    monkeypatch.setattr(streams, "words", lambda *given: fetched.append(given) or words(*given))
    latents = BlockLatents(SEED, 3, 1, 4).trial(3)
    found = [(latents.threshold(STREAM, n, 0), latents.threshold(STREAM, n, 0)) for n in asked]
    assert found == [(value, value) for value in expected]
    assert len(fetched) == 4


def test_every_draw_of_thousands_of_candidates() -> None:
    """A trait's draw and an event's mark, say: draws of a stream that are no thresholds."""
    latents = BlockLatents(SEED, 3, 1, 4).trial(3)
    for arrival in (*range(AHEAD + 40), 7 * AHEAD):
        for k in (0, 3, 1, 5):
            assert latents.uniform(STREAM, arrival, k) == draw(3, arrival, k)


def test_first_thresholds_in_turn() -> None:
    """Over the first three fetches, of which each is larger."""
    of_candidates = BlockLatents(SEED, 3, 2, 4).trial(4).in_turn(STREAM)
    most = 4 + 5 * AHEAD + 40
    assert list(islice(of_candidates, most)) == [alone(4, arrival) for arrival in range(most)]
