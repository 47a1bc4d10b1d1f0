"""Answers of dose-finding designs, kept from block to block: asked in batches, read as a hash table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.contracts import DoseDesign
from simulator.engines.compiled import codes
from simulator.engines.compiled.answers import slot_of
from simulator.engines.compiled.described import Ints, Memory
from simulator.engines.compiled.jit import COMPILING
from simulator.engines.compiled.memory import given, key_length
from simulator.engines.compiled.records.rules import Answer, Choice, Question
from simulator.engines.compiled.records.trial import Trial
from simulator.program.decisions import Standing, decisions_of

__all__ = ["DoseAnswers"]

FIRST_ROOM = 256  # answers; a power of two, twice as much when half is taken
KIND, VERSION, DOSE, COUNTS = (
    Question.fields[name].distance for name in ("kind", "version", "dose", "counts")
)


class DoseAnswers:
    """What the designs of a Program's versions have answered so far. `table` is replaced, never changed."""

    def __init__(self, methods: Sequence[DoseDesign], doses: Sequence[int]) -> None:
        self.methods, self.doses = tuple(methods), tuple(doses)
        self.key = key_length(self.doses)
        self.choice = Answer.fields["key"].distance + self.key
        self.width = self.choice + Choice.size
        self.answers: dict[tuple[int, ...], tuple[int, ...]] = {}
        self.table: NDArray[np.int64] = np.zeros(FIRST_ROOM * self.width if methods else 0, np.int64)
        self._lock = Lock()

    def ask(self, questions: Iterable[tuple[int, ...]]) -> None:
        """Have the answers to these questions in the table."""
        with self._lock:
            new = [question for question in questions if question not in self.answers]
            for version, method in enumerate(self.methods):
                mine = [q for q in new if q[VERSION] == version]
                standings = [self._standing(q) for q in mine]
                decisions = decisions_of(method)
                choices = [q[KIND] == codes.ASK_CHOICE for q in mine]
                decisions.ask([s for s, choice in zip(standings, choices, strict=True) if choice])
                for question, standing, choice in zip(mine, standings, choices, strict=True):
                    if choice:
                        self.answers[question] = tuple(decisions.of(standing))
                    else:
                        bits = sum(int(toxic) << i for i, toxic in enumerate(decisions.toxic(standing)))
                        self.answers[question] = (bits, 0, 0, 0)
            self.table = self._table(new)

    def _standing(self, question: tuple[int, ...]) -> Standing:
        doses, counts = self.doses[question[VERSION]], question[COUNTS:]
        return Standing(counts[:doses], counts[doses : 2 * doses], question[DOSE])

    def _table(self, new: Sequence[tuple[int, ...]]) -> NDArray[np.int64]:
        """The table with new answers, larger if it was half full."""
        room = len(self.table) // self.width
        fits = 2 * len(self.answers) <= room
        while 2 * len(self.answers) > room:
            room *= 2
        first, asked = Trial.size, Trial.size + room * self.width
        array: Any = np.zeros(asked + self.key, np.int64)
        memory: Memory = (array,) * 3 if COMPILING else (array.tolist(),) * 3
        table, question = Ints(memory, first), Ints(memory, asked)
        if fits:
            table.put(given(self.table))
        head: Any = Trial(memory, 0)
        head.places, head.key_length, head.answer_room = len(array), self.key, room
        head.answer_choice, head.answer_size = self.choice, self.width
        head.answers, head.asked = table, question
        for asks in new if fits else self.answers:
            question.put(given(asks))
            Ints(memory, slot_of(*memory)).put(given((1, *asks, *self.answers[asks])))
        return np.array(table.part(asked - first), np.int64)
