"""Latents: the potential outcomes of candidates, which no design touches.

Every value is an addressed draw (simulator.streams): the seed, the stream's name, the trial, the
arrival number and how many were taken before. `BlockLatents` draws them for a block of trials at
once and on demand beyond; `ScriptedLatents` are given by hand, for tests and traces.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from math import log
from typing import TYPE_CHECKING, Protocol

from simulator import streams

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["BlockLatents", "Latents", "ScriptedLatents", "TrialLatents"]

MOST_AHEAD = 200  # candidates of a trial whose draws are worth fetching for a block at once
AHEAD = 1_000  # candidates whose draws are fetched together, beyond those prefetched
MOST_IN_TURN = 16_000  # and of whom each is asked for: four times as many each time, which costs less a draw
NEAR = 20  # candidates after the last fetched: whose draws are asked for so soon will be followed by others
PREFETCHED = 4  # draws k = 0..3 of a stream share one Philox block


class Latents(Protocol):
    """One trial's potential outcomes."""

    def uniform(self, stream: str, arrival: int, k: int) -> float:
        """The k-th draw of a stream for a candidate, in (0, 1)."""
        ...

    def threshold(self, stream: str, arrival: int, k: int) -> float:
        """The k-th unit-exponential threshold: -log of the draw."""
        ...

    def in_turn(self, stream: str) -> Iterator[float]:
        """The first threshold of candidate 0, 1, ..."""
        ...

    def fixed_days(self, stream: str, arrival: int, k: int) -> float | None:
        """Days from entry of the k-th occurrence when it was given by hand, else None."""
        ...


@dataclass(slots=True)
class BlockLatents:
    """Draws of a run of trials, fetched per stream when first asked for."""

    seed: int
    first: int
    trials: int
    arrivals: int
    _names: streams.StreamNames = field(default_factory=streams.StreamNames)
    _ids: dict[str, int] = field(default_factory=dict)
    _uniforms: dict[str, list[list[list[float]]]] = field(default_factory=dict)
    _thresholds: dict[str, list[list[float]]] = field(default_factory=dict)
    _further: dict[str, tuple[int, int, list[list[float]]]] = field(default_factory=dict)
    """Stream -> draws fetched beyond those prefetched: (trial, first arrival, its draws and the next)."""

    def trial(self, trial: int) -> TrialLatents:
        """The view of one trial of the block."""
        return TrialLatents(self, trial)

    def stream_id(self, stream: str) -> int:
        """Id of a stream by name; two names with one id are an error."""
        if stream not in self._ids:
            self._ids[stream] = self._names.register(stream)
        return self._ids[stream]

    def uniforms(self, stream: str) -> list[list[list[float]]]:
        """Draws [trial of the block][arrival][k < 4] of a stream."""
        if stream not in self._uniforms:
            import numpy as np

            trials = np.arange(self.first, self.first + self.trials, dtype=np.uint64)
            arrivals = np.arange(self.arrivals, dtype=np.uint64)
            words = streams.words(self.seed, self.stream_id(stream), trials, arrivals)
            self._uniforms[stream] = streams.uniforms(words).tolist()
        return self._uniforms[stream]

    def thresholds(self, stream: str) -> list[list[float]]:
        """First thresholds [trial of the block][arrival] of a stream."""
        if stream not in self._thresholds:
            self._thresholds[stream] = [
                [-log(draws[0]) for draws in trial] for trial in self.uniforms(stream)
            ]
        return self._thresholds[stream]

    def further(self, stream: str, trial: int, arrival: int, k: int) -> float:
        """Draw k < 4 of a candidate beyond those prefetched; where many are asked for in turn, as in a trial
        of thousands, they are drawn together.
        """
        of, first, ahead = self._further.get(stream, (-1, 0, []))
        if of != trial or not first <= arrival < first + len(ahead):
            if of != trial or not 0 <= arrival - (first + len(ahead)) < NEAR:
                self._further[stream] = trial, arrival + 1, []
                return self.alone(stream, trial, arrival, k)
            first, ahead = arrival, self.fetched(stream, trial, arrival, AHEAD).tolist()
            self._further[stream] = trial, first, ahead
        return ahead[arrival - first][k]

    def alone(self, stream: str, trial: int, arrival: int, k: int) -> float:
        """Any draw, by itself."""
        return streams.uniform(streams.draw_word(self.seed, self.stream_id(stream), trial, arrival, k))

    def fetched(self, stream: str, trial: int, arrival: int, size: int) -> NDArray[np.float64]:
        """Draws [candidate from this one on][k < 4], so many candidates."""
        import numpy as np

        arrivals = np.arange(arrival, arrival + size, dtype=np.uint64)
        return streams.uniforms(streams.words(self.seed, self.stream_id(stream), [trial], arrivals)[0])


@dataclass(frozen=True, slots=True)
class TrialLatents:
    """One trial of a block."""

    block: BlockLatents
    trial: int

    def uniform(self, stream: str, arrival: int, k: int) -> float:
        """Prefetched where it can be, drawn on demand beyond."""
        block = self.block
        if k >= PREFETCHED:
            return block.alone(stream, self.trial, arrival, k)
        if arrival < block.arrivals:
            return block.uniforms(stream)[self.trial - block.first][arrival][k]
        return block.further(stream, self.trial, arrival, k)

    def threshold(self, stream: str, arrival: int, k: int) -> float:
        """-log of the draw; the first of each candidate is prefetched."""
        block = self.block
        if k == 0 and arrival < block.arrivals:
            return block.thresholds(stream)[self.trial - block.first][arrival]
        return -log(self.uniform(stream, arrival, k))

    def in_turn(self, stream: str) -> Iterator[float]:
        """Beyond those prefetched, ever more are drawn together."""
        block = self.block
        yield from block.thresholds(stream)[self.trial - block.first]
        arrival, size = block.arrivals, AHEAD
        while True:
            firsts = block.fetched(stream, self.trial, arrival, size)[:, 0]
            yield from [-log(draw) for draw in firsts.tolist()]
            arrival, size = arrival + size, min(4 * size, MOST_IN_TURN)

    def fixed_days(self, stream: str, arrival: int, k: int) -> float | None:
        """Never: drawn latents are thresholds."""
        del stream, arrival, k
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedLatents:
    """Latents given by hand; whatever is not given never happens, and draws not given are 0.5.

    days: (stream, arrival) -> days from entry of each occurrence, in order. A given time is when
    the event happens, wherever the patient is then.  draws: (stream, arrival) -> values in (0, 1).
    """

    days: Mapping[tuple[str, int], tuple[float, ...]] = field(default_factory=dict)
    draws: Mapping[tuple[str, int], tuple[float, ...]] = field(default_factory=dict)

    def uniform(self, stream: str, arrival: int, k: int) -> float:
        """The given draw, or 0.5."""
        given = self.draws.get((stream, arrival), ())
        return given[k] if k < len(given) else 0.5

    def threshold(self, stream: str, arrival: int, k: int) -> float:
        """-log of a given draw; without one, a threshold that is never crossed."""
        given = self.draws.get((stream, arrival), ())
        return -log(given[k]) if k < len(given) else float("inf")

    def in_turn(self, stream: str) -> Iterator[float]:
        """One by one."""
        return (self.threshold(stream, arrival, 0) for arrival in count())

    def fixed_days(self, stream: str, arrival: int, k: int) -> float | None:
        """The given day of the k-th occurrence."""
        given = self.days.get((stream, arrival), ())
        return given[k] if k < len(given) else None
