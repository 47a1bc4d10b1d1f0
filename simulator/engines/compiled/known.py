"""Answers of dose-finding designs, kept from block to block: asked in batches, read as a hash table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.contracts import DoseDesign
from simulator.engines.compiled import layout as at
from simulator.engines.compiled.answers import slot
from simulator.engines.compiled.jit import COMPILING
from simulator.program.decisions import Standing, decisions_of

__all__ = ["Known"]

FIRST_ROOM = 256  # answers; a power of two, twice as much when half is taken


class Known:
    """What the designs of a Program's versions have answered so far. `table` is replaced, never changed."""

    def __init__(self, methods: Sequence[DoseDesign], doses: Sequence[int]) -> None:
        self.methods, self.doses = tuple(methods), tuple(doses)
        self.key = at.ASKED_COUNTS + 2 * max(doses, default=0)
        self.width = at.ANSWER_KEY + self.key + at.ANSWER_VALUES
        self.answers: dict[tuple[int, ...], tuple[int, ...]] = {}
        self.table: NDArray[np.int64] = np.zeros(FIRST_ROOM * self.width if methods else 0, np.int64)
        self._lock = Lock()

    def ask(self, questions: Iterable[tuple[int, ...]]) -> None:
        """Have the answers to these questions in the table."""
        with self._lock:
            new = [question for question in questions if question not in self.answers]
            for version, method in enumerate(self.methods):
                mine = [q for q in new if q[at.ASKED_VERSION] == version]
                standings = [self._standing(q) for q in mine]
                decisions = decisions_of(method)
                choices = [q[at.QUESTION] == at.CHOICE_QUESTION for q in mine]
                decisions.ask([s for s, choice in zip(standings, choices, strict=True) if choice])
                for question, standing, choice in zip(mine, standings, choices, strict=True):
                    if choice:
                        self.answers[question] = tuple(decisions.of(standing))
                    else:
                        bits = sum(int(toxic) << i for i, toxic in enumerate(decisions.toxic(standing)))
                        self.answers[question] = (bits, 0, 0, 0)
            self.table = self._table(new)

    def _standing(self, question: tuple[int, ...]) -> Standing:
        doses = self.doses[question[at.ASKED_VERSION]]
        counts = question[at.ASKED_COUNTS :]
        return Standing(counts[:doses], counts[doses : 2 * doses], question[at.ASKED_DOSE])

    def _table(self, new: Sequence[tuple[int, ...]]) -> NDArray[np.int64]:
        """The table with new answers, larger if it was half full."""
        room = len(self.table) // self.width
        fits = 2 * len(self.answers) <= room
        while 2 * len(self.answers) > room:
            room *= 2
        asked = at.HEAD_SIZE + room * self.width
        memory: Any = np.zeros(asked + self.key, np.int64)
        if fits:
            memory[at.HEAD_SIZE : asked] = self.table
        memory = memory if COMPILING else memory.tolist()
        memory[at.KEY_LENGTH], memory[at.ANSWER_ROOM], memory[at.ANSWERS] = self.key, room, at.HEAD_SIZE
        for question in new if fits else self.answers:
            memory[asked:] = np.array(question) if COMPILING else question
            place = slot(memory, asked)
            answer = (1, *question, *self.answers[question])
            memory[place : place + self.width] = np.array(answer) if COMPILING else answer
        return np.array(memory[at.HEAD_SIZE : asked], np.int64)
