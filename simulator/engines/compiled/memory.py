"""The memory of one thread: a packed Program, what trials need while they are played, and their rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engines.compiled import layout as at
from simulator.engines.compiled.jit import COMPILING
from simulator.engines.compiled.pack import Packed
from simulator.model.records import dtypes

__all__ = ["Memory"]

Tables = dict[str, NDArray[np.void]]

TABLES = {
    "trials": at.TRIAL_ROWS,
    "patients": at.PATIENT_ROWS,
    "states": at.STATE_ROWS,
    "events": at.EVENT_ROWS,
    "looks": at.LOOK_ROWS,
    "firings": at.FIRING_ROWS,
    "decisions": at.DECISION_ROWS,
}
# Rows per trial to begin with, as (of a trial, of a patient); a room that is too small is doubled.
FIRST_GUESS = {
    "trials": (1, 0),
    "patients": (0, 1),
    "states": (0, 6),
    "events": (0, 4),
    "looks": (4, 2),
    "firings": (2, 0),
    "decisions": (8, 1),
}
MOST_PLACES = 1 << 20  # of a table to begin with (8 MB)
MOST_UNKNOWN = 4096  # standings noted in one go
ROOMS = {  # of a trial, as FIRST_GUESS
    "QUEUE": (64, 4),
    "LINKS": (64, 4),
    "STAYS": (16, 8),
    "OCCURRENCES": (16, 8),
    "CHANGES": (16, 12),
}


class Memory:
    """`ints`, `floats` and `words`: one array seen three times, or in plain Python three lists.

    rooms: entries of each table and room that can run short, by name. learned: those that had to grow, for
    whoever plays the Program next.
    """

    def __init__(self, packed: Packed, turns: int, learned: dict[str, int]) -> None:
        self.packed = packed
        self.turns = turns
        self.learned = learned
        self.columns = dtypes(packed.drugs, packed.program.readings)
        self.kinds = {table: np.dtype(columns) for table, columns in self.columns.items()}
        patients = packed.max_treated
        self.rooms = {name: a + b * patients for name, (a, b) in ROOMS.items()}
        for name, (a, b) in FIRST_GUESS.items():
            wanted = max((a + b * patients) * turns, 1)
            self.rooms[name] = max(min(wanted, MOST_PLACES // self._width(name)), a + b * patients)
        self.rooms["BETAS"] = patients if packed.betas else 0
        self.rooms = {name: max(room, learned.get(name, 0)) for name, room in self.rooms.items()}
        self.answers: NDArray[np.int64] = np.zeros(0, np.int64)
        self._build()

    def short(self) -> str:
        """The name of the room or table that was too small."""
        short_of = int(self.ints[at.SHORT_OF])
        named = {name: getattr(at, name) for name in (*ROOMS, "BETAS")} | TABLES
        return next(name for name, place in named.items() if place == short_of)

    def endless(self) -> int | None:
        """The event that happened to a patient without end, where that is why the kernels have returned."""
        return int(self.ints[at.ENDLESS]) if self.ints[at.STATUS] == at.RUNAWAY else None

    def grow(self, name: str) -> None:
        """Twice the room; everything is empty again."""
        self.rooms[name] = self.learned[name] = 2 * self.rooms[name] + 1
        self._build()

    def prepare(self, seed: int, answers: NDArray[np.int64], betas: NDArray[np.float64]) -> None:
        """For a block: its seed, the answers known so far, and its Beta traits; nothing has been asked."""
        self.ints[at.UNKNOWN_LENGTH] = self.ints[at.ABANDONED_LENGTH] = 0
        if len(answers) != len(self.answers):
            self.answers = answers
            self._build()
        if answers is not self.answers or not COMPILING:
            self.answers = answers
            self._put(self.ints, "ANSWERS", answers)
        self._put(self.floats, "BETAS", betas)
        self.words[at.SEED] = np.uint64(seed) if COMPILING else seed

    def take_rows(self) -> Tables:
        """The rows written so far; the tables are empty again."""
        spans, size = {}, 0
        for name, table in TABLES.items():
            place, _, length, width = (int(i) for i in self.ints[table : table + at.IN_ROWS_KEPT])
            spans[name] = place, length * width
            size += length * width
        found, done = {}, 0
        copied = np.empty(size, np.int64)  # one piece: the system hands out large ones in fewer pages
        for name, (place, length) in spans.items():
            part = copied[done : done + length]
            done += length
            found[name] = self._rows(name, slice(place, place + length), part)
        self.forget_rows()
        return found

    def forget_rows(self) -> None:
        """The tables are empty, whatever was in them."""
        for table in TABLES.values():
            self.ints[table + at.IN_ROWS_LENGTH] = 0

    def take_unknown(self) -> tuple[list[tuple[int, ...]], list[int]]:
        """Standings whose answer is not known, and trials that met one; both lists are empty again."""
        key, n = int(self.ints[at.KEY_LENGTH]), int(self.ints[at.UNKNOWN_LENGTH])
        place, trials = self._place("UNKNOWN"), self._place("ABANDONED")
        asked = np.array(self.ints[place : place + n * key], dtype=np.int64).reshape(n, max(key, 1))
        given_up = np.array(self.ints[trials : trials + int(self.ints[at.ABANDONED_LENGTH])], dtype=np.int64)
        self.ints[at.UNKNOWN_LENGTH] = self.ints[at.ABANDONED_LENGTH] = 0
        return list(dict.fromkeys(map(tuple, asked.tolist()))), given_up.tolist()

    # -- parts ------------------------------------------------------------------------------------

    def _place(self, name: str) -> int:
        return int(self.ints[getattr(at, name)])

    def _put(self, memory: Any, name: str, values: NDArray[Any]) -> None:
        place = self._place(name)
        memory[place : place + values.size] = values if COMPILING else values.tolist()

    def _width(self, table: str) -> int:
        return sum(int(np.prod(column[2])) if len(column) > 2 else 1 for column in self.columns[table])

    def _build(self) -> None:
        """Everything in its place, empty."""
        packed, written = self.packed, len(self.packed.merged)
        places, size = self._plan(written)
        if packed.plain is None:
            ints: Any = np.empty(size, np.int64)
            ints[:written] = packed.merged
            self.ints, self.floats, self.words = ints, ints.view(np.float64), ints.view(np.uint64)
        else:
            extra = size - written
            self.ints = [*packed.plain.ints, *[0] * extra]
            self.floats = [*packed.plain.floats, *[0.0] * extra]
            self.words = [*packed.plain.words, *[0] * extra]
        for place, value in places.items():
            self.ints[place] = value
        if len(self.answers):
            self._put(self.ints, "ANSWERS", self.answers)

    def _plan(self, size: int) -> tuple[Mapping[int, int], int]:
        """What stands at the head about rooms and tables, and the size of it all."""
        packed, rooms = self.packed, self.rooms
        key = at.ASKED_COUNTS + 2 * max(packed.doses, default=0)
        answers = len(self.answers) // (at.ANSWER_KEY + key + at.ANSWER_VALUES)
        head = {
            at.KEY_LENGTH: key,
            at.ANSWER_ROOM: answers,
            at.UNKNOWN_ROOM: MOST_UNKNOWN if packed.methods else 0,
            at.QUEUE_ROOM: rooms["QUEUE"],
            at.LINK_ROOM: rooms["LINKS"],
            at.STAY_ROOM: rooms["STAYS"] if packed.keeps_stays else 0,
            at.OCCURRENCE_ROOM: rooms["OCCURRENCES"],
            at.OCCURRENCE_SIZE: at.SINCE + packed.drugs,
            at.CHANGE_ROOM: rooms["CHANGES"],
            at.BETA_COLUMNS: len(packed.betas),
            at.BETA_CANDIDATES: rooms["BETAS"],
        }
        lengths = {
            at.PATIENTS: packed.max_treated * packed.patient_size,
            at.HELD: packed.names,
            at.STANDING: packed.lasting,
            at.LOGGED: len(packed.program.events),
            at.DIRECTED: packed.directives * at.DIRECTIVE_SIZE,
            at.BEGINNERS: packed.max_treated,
            at.COHORT_MEMBERS: packed.max_treated,
            at.BETAS: self.turns * rooms["BETAS"] * len(packed.betas),
            at.QUEUE: rooms["QUEUE"] * at.ENTRY_SIZE,
            at.LINKS: rooms["LINKS"] * at.LINK_SIZE,
            at.STAYS: head[at.STAY_ROOM] * at.STAY_SIZE,
            at.OCCURRENCES: (rooms["OCCURRENCES"] + 1) * (at.SINCE + packed.drugs),
            at.CHANGES: rooms["CHANGES"] * at.CHANGE_SIZE,
            at.ASKED: key,
            at.WAYS: max(packed.doses, default=0) * at.WAY_SIZE,
            at.ANSWERS: len(self.answers),
            at.UNKNOWN: head[at.UNKNOWN_ROOM] * key,
            at.ABANDONED: self.turns if packed.methods else 0,
        }
        for place, length in lengths.items():
            head[place] = size
            size += length
        for name, table in TABLES.items():
            width = self._width(name)
            head[table + at.IN_ROWS_PLACE] = size
            head[table + at.IN_ROWS_ROOM] = rooms[name]
            head[table + at.IN_ROWS_LENGTH] = 0
            head[table + at.IN_ROWS_WIDTH] = width
            size += (rooms[name] + 1) * width  # the last row is lent when the table is full
        return head, size

    def _rows(self, table: str, where: slice, room: NDArray[np.int64]) -> NDArray[np.void]:
        """Rows as records: as they are where every column has 64 bits and nothing else."""
        columns, width = self.columns[table], self._width(table)
        if COMPILING and self.kinds[table].itemsize == 8 * width:
            room[:] = self.ints[where]
            return room.view(self.kinds[table])
        ints = np.asarray(self.ints[where], np.int64).reshape(-1, width)
        floats = np.asarray(self.floats[where], np.float64).reshape(-1, width)
        found = np.empty(len(ints), dtype=self.kinds[table])
        place = 0
        for name, kind, *shape in columns:
            seen = floats if kind == "f8" else ints
            if shape:
                size = int(np.prod(shape[0]))
                found[name] = seen[:, place : place + size].reshape(len(ints), *shape[0])
            else:
                size = 1
                found[name] = seen[:, place]
            place += size
        return found
