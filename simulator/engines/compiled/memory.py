"""The memory of one thread: a packed Program, what trials need while they are played, and their rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engines.compiled import codes
from simulator.engines.compiled.described import Floats, Ints, Memory
from simulator.engines.compiled.jit import COMPILING
from simulator.engines.compiled.pack import Packed
from simulator.engines.compiled.records.course import Change, Directive, Stay
from simulator.engines.compiled.records.rules import Answer, Choice, Link, Question, RowQuestion, Way
from simulator.engines.compiled.records.trial import Entry, Trial
from simulator.model.records import dtypes

__all__ = ["TABLES", "Known", "Tables", "TrialMemory", "given", "key_length"]

Tables = dict[str, NDArray[np.void]]

TABLES = codes.ROW_TABLES
# Rows per trial to begin with, as (of a trial, of a patient); a room that is too small is doubled.
FIRST_GUESS = {
    "trials": (1, 0),
    "patients": (0, 1),
    "states": (0, 6),
    "events": (0, 4),
    "looks": (4, 2),
    "firings": (2, 0),
    "decisions": (8, 1),
    "screenings": (0, 2),
    "holds": (2, 0),
    "risks": (4, 0),
}
MOST_PLACES = 1 << 20  # of a table to begin with (8 MB)
MOST_UNKNOWN = 4096  # questions noted in one go
ROOMS = {  # of a trial, as FIRST_GUESS
    "queue": (64, 4),
    "links": (64, 4),
    "stays": (16, 8),
    "occurrences": (16, 8),
    "changes": (16, 12),
    "waiting": (16, 0),
}
SHORT_OF = {
    **{number: name for number, name in enumerate(TABLES)},
    codes.QUEUE: "queue",
    codes.LINKS: "links",
    codes.STAYS: "stays",
    codes.OCCURRENCES: "occurrences",
    codes.CHANGES: "changes",
    codes.BETAS: "betas",
    codes.WAITING: "waiting",
}


def key_length(packed: Packed) -> int:
    """Numbers of a question: about the longest ladder, with what its design is told beside, or of a rule."""
    each = zip(packed.methods, packed.doses, strict=True)
    counts = (
        (2 + method.counts_moderate) * doses + 2 * method.remembers_last_cohort for method, doses in each
    )
    standing = Question.fields["counts"].distance + max(counts, default=0)
    return max(standing, RowQuestion.size) if packed.versus else standing


def _none() -> NDArray[np.int64]:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of questions. answers: a hash table, flat; least: rows of rules, which it leads to."""

    answers: NDArray[np.int64] = field(default_factory=_none)
    least: NDArray[np.int64] = field(default_factory=_none)


class TrialMemory:
    """`memory` is one array seen three times, or in plain Python three lists; `trial` its head.

    rooms: entries of each table and room that can run short, by name. learned: those that had to grow, for
    whoever plays the Program next.
    """

    def __init__(self, packed: Packed, turns: int, learned: dict[str, int]) -> None:
        self.packed = packed
        self.turns = turns
        self.learned = learned
        program = packed.program
        drugs, readings = len(program.drugs), program.readings
        self.columns = dtypes(drugs, readings, program.two_clocks, program.corrects)
        self.kinds = {table: np.dtype(columns) for table, columns in self.columns.items()}
        patients = program.max_treated
        self.rooms = {name: a + b * patients for name, (a, b) in ROOMS.items()}
        for name, (a, b) in FIRST_GUESS.items():
            wanted = max((a + b * patients) * turns, 1)
            self.rooms[name] = max(min(wanted, MOST_PLACES // self._width(name)), a + b * patients)
        self.rooms["risks"] = max(self.rooms["risks"], turns * len(program.components))
        self.rooms["betas"] = patients if packed.betas else 0
        self.rooms = {name: max(room, learned.get(name, 0)) for name, room in self.rooms.items()}
        self.known = Known()
        self._build()

    def short(self) -> str:
        """The name of the room or table that was too small."""
        return SHORT_OF[int(self.trial.short_of)]

    def endless(self) -> int | None:
        """The event that happened to a patient without end, where that is why the kernels have returned."""
        return int(self.trial.endless) if self.trial.status == codes.RUNAWAY else None

    def grow(self, name: str) -> None:
        """Twice the room; everything is empty again."""
        self.rooms[name] = self.learned[name] = 2 * self.rooms[name] + 1
        self._build()

    def prepare(self, seed: int, known: Known, betas: NDArray[np.float64]) -> None:
        """For a block: its seed, the answers known so far, and its Beta traits; nothing has been asked."""
        self.trial.n_unknown = self.trial.n_abandoned = 0
        before, self.known = self.known, known
        if (len(known.answers), len(known.least)) != (len(before.answers), len(before.least)):
            self._build()
        elif known is not before or not COMPILING:
            self._put_known()
        self.trial.betas.put(given(betas))
        self.trial.seed = np.uint64(seed) if COMPILING else seed  # type: ignore[assignment]

    def take_rows(self) -> Tables:
        """The rows written so far; the tables are empty again."""
        tables = {name: self.trial.rows[number] for number, name in enumerate(TABLES)}
        lengths = {name: int(rows.length) * int(rows.width) for name, rows in tables.items()}
        found, done = {}, 0
        copied = np.empty(sum(lengths.values()), np.int64)  # one piece: in fewer pages of the system
        for name, rows in tables.items():
            part = copied[done : done + lengths[name]]
            done += lengths[name]
            found[name] = self._rows(name, rows.numbers, part)
        self.forget_rows()
        return found

    def forget_rows(self) -> None:
        """The tables are empty, whatever was in them."""
        for number in range(len(TABLES)):
            self.trial.rows[number].length = 0

    def take_unknown(self) -> tuple[list[tuple[int, ...]], list[int]]:
        """Questions whose answer is not known, and trials that met one; both lists are empty again."""
        key, n = int(self.trial.key_length), int(self.trial.n_unknown)
        asked = np.array(self.trial.unknown.part(n * key), np.int64).reshape(n, max(key, 1))
        given_up = np.array(self.trial.abandoned.part(int(self.trial.n_abandoned)), np.int64)
        self.trial.n_unknown = self.trial.n_abandoned = 0
        return list(dict.fromkeys(map(tuple, asked.tolist()))), given_up.tolist()

    # -- parts ------------------------------------------------------------------------------------

    def _width(self, table: str) -> int:
        return sum(int(np.prod(column[2])) if len(column) > 2 else 1 for column in self.columns[table])

    def _build(self) -> None:
        """Everything in its place, empty."""
        packed, written = self.packed, len(self.packed.merged)
        places, size = self._places(written)
        rows, size = self._row_places(size)
        if packed.plain is None:
            ints: Any = np.empty(size, np.int64)  # of which the system makes pages when they are written
            self.memory: Memory = ints, ints.view(np.float64), ints.view(np.uint64)
            Ints(self.memory, 0).put(packed.merged)  # type: ignore[arg-type]
        else:
            self.memory = packed.plain.copy(size)
        self.trial = Trial(self.memory, 0)
        for name, number in ({"places": size} | self._lengths() | places).items():
            setattr(self.trial, name, number)
        for number, (place, room, width) in enumerate(rows):
            table = self.trial.rows[number]
            table.numbers = Ints(self.memory, place)
            table.room, table.width, table.length = room, width, 0
        self._put_known()

    def _put_known(self) -> None:
        Ints(self.memory, self.trial.answers.place).put(given(self.known.answers))
        self.trial.least.put(given(self.known.least))

    def _lengths(self) -> dict[str, int]:
        """What stands at the head about rooms, by field."""
        packed, rooms = self.packed, self.rooms
        key = key_length(packed)
        answer_choice = Answer.fields["key"].distance + key
        return {
            "key_length": key,
            "answer_choice": answer_choice,
            "answer_size": answer_choice + Choice.size,
            "answer_room": len(self.known.answers) // (answer_choice + Choice.size),
            "unknown_room": MOST_UNKNOWN if packed.asks else 0,
            "queue_room": rooms["queue"],
            "link_room": rooms["links"],
            "stay_room": rooms["stays"] if packed.keeps_stays else 0,
            "occurrence_room": rooms["occurrences"],
            "change_room": rooms["changes"],
            "waiting_room": rooms["waiting"],
            "n_betas": len(packed.betas),
            "beta_candidates": rooms["betas"],
        }

    def _places(self, size: int) -> tuple[dict[str, int], int]:
        """Where each room begins, by field of the head, behind `size` places; and the size with them."""
        packed, rooms, lengths = self.packed, self.rooms, self._lengths()
        patients, longest = packed.program.max_treated, max(packed.doses, default=0)
        wanted = {
            "patients": patients * packed.patient_size,
            "held": packed.names,
            "standing": packed.given,
            "standing_until": packed.given,
            "given": packed.given,
            "logged": len(packed.program.events),
            "directives": packed.directives * Directive.size,
            "beginners": patients,
            "cohort": patients,
            "waiting": rooms["waiting"],
            "betas": self.turns * rooms["betas"] * len(packed.betas),
            "queue": rooms["queue"] * Entry.size,
            "links": rooms["links"] * Link.size,
            "stays": lengths["stay_room"] * Stay.size,
            "occurrences": (rooms["occurrences"] + 1) * packed.occurrence_size,
            "changes": rooms["changes"] * Change.size,
            "asked": lengths["key_length"],
            "ways": (longest + 1) * Way.size,
            "answers": len(self.known.answers),
            "least": len(self.known.least),
            "unknown": lengths["unknown_room"] * lengths["key_length"],
            "abandoned": self.turns if packed.asks else 0,
        }
        places = {}
        for name, length in wanted.items():
            places[name] = size
            size += length
        return places, size

    def _row_places(self, size: int) -> tuple[list[tuple[int, int, int]], int]:
        """Of each table of rows its place, room and width; and the size of all with them."""
        found = []
        for name in TABLES:
            width = self._width(name)
            found.append((size, self.rooms[name], width))
            size += (self.rooms[name] + 1) * width  # the last row is lent when the table is full
        return found, size

    def _rows(self, table: str, numbers: Ints, room: NDArray[np.int64]) -> NDArray[np.void]:
        """Rows as records: as they are where every column has 64 bits and nothing else."""
        columns, width, size = self.columns[table], self._width(table), len(room)
        if COMPILING and self.kinds[table].itemsize == 8 * width:
            room[:] = numbers.part(size)
            return room.view(self.kinds[table])
        ints = np.asarray(numbers.part(size), np.int64).reshape(-1, width)
        floats = np.asarray(Floats(self.memory, numbers.place).part(size), np.float64).reshape(-1, width)
        found = np.empty(len(ints), dtype=self.kinds[table])
        place = 0
        for name, kind, *shape in columns:
            seen = floats if kind == "f8" else ints
            if shape:
                several = int(np.prod(shape[0]))
                found[name] = seen[:, place : place + several].reshape(len(ints), *shape[0])
            else:
                several = 1
                found[name] = seen[:, place]
            place += several
        return found


def given(values: Any) -> Any:
    """Numbers as a memory takes them: an array, or a list of plain ones."""
    return np.asarray(values) if COMPILING else np.asarray(values).tolist()
