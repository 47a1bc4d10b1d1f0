"""A cell played whole, block by block, and summed up."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.engines.stop import Stop
from simulator.metrics.block import Floats
from simulator.metrics.collect import collect
from simulator.metrics.tally import Summary, Tally, summarise
from simulator.model.metric import Key
from simulator.program.tables import Program
from simulator.study.recount import Nature
from simulator.study.units import BLOCK, EngineName, player, replayed
from simulator.what_ifs.cells import Place
from simulator.what_ifs.weights.arrivals import ARRIVED, arrived

__all__ = ["Piece", "Played", "Work", "play_piece"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A cell to be played, and which of its trials on SimPy too, and counted once more."""

    place: Place
    program: Program
    checked: frozenset[int] = frozenset()
    nature: Nature | None = None


@dataclass(frozen=True, slots=True)
class Played:
    """A cell that was: `compared` trials twice; mismatch: what is wrong first, or ""."""

    place: Place
    summary: Summary
    seconds: float
    compared: int
    mismatch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What every cell needs. wanted: columns that are summed up. kept: those kept trial by trial."""

    seed: int
    engine: EngineName
    trials: int
    wanted: tuple[Key, ...]
    kept: tuple[Key, ...]


def play_piece(work: Work, piece: Piece, stop: Stop | None) -> Played:
    """Play a cell whole. Stopped if `stop` was asked for."""
    tally, columns = Tally(), dict[Key, list[Floats]]()
    start, compared, mismatch = time.perf_counter(), 0, ""
    play, end = player(work.engine, work.seed, stop), piece.place.first + work.trials
    for first in range(piece.place.first, end, BLOCK):
        if stop is not None:
            stop.check()
        records = play(piece.program, first, min(BLOCK, end - first))
        found = collect(piece.program, records)
        tally.add(_only(summarise(found), work.wanted))
        if not set(ARRIVED).isdisjoint(work.kept):
            found |= arrived(piece.program, records, work.seed)
        for key in work.kept:
            if key in found:
                columns.setdefault(key, []).append(found[key])
        count, difference = replayed(piece.program, records, piece.checked, work.seed, stop, piece.nature)
        compared, mismatch = compared + count, mismatch or difference
    kept = {key: tally.distribution(key) for key in tally.kept}
    kept |= {key: np.concatenate(blocks) for key, blocks in columns.items()}
    summary = Summary(tally.trials, tally.keys, tally.rows, kept)
    return Played(piece.place, summary, time.perf_counter() - start, compared, mismatch)


def _only(summary: Summary, wanted: Sequence[Key]) -> Summary:
    """The columns that are wanted, of a summary of all: sums are those of a run to the last bit only so."""
    there = [i for i, key in enumerate(summary.keys) if key in wanted]
    kept = {key: values for key, values in summary.kept.items() if key in wanted}
    return Summary(summary.trials, tuple(summary.keys[i] for i in there), summary.rows[:, there], kept)
