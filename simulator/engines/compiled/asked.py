"""What designs and rules have answered, kept from block to block: asked in batches, read as a hash table."""

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
from simulator.engines.compiled.memory import Known, given, key_length
from simulator.engines.compiled.pack import Packed
from simulator.engines.compiled.records.rules import Answer, Choice, Question, RowQuestion
from simulator.engines.compiled.records.trial import Trial
from simulator.program.decisions import Standing, decisions_of

__all__ = ["Answers"]

Asks = tuple[int, ...]  # a question, as numbers

FIRST_ROOM = 256  # answers; a power of two, twice as much when half is taken
FIRST_LEAST = 1024  # numbers of rows; twice as many when they are full
KIND, VERSION, DOSE, COUNTS = (
    Question.fields[name].distance for name in ("kind", "version", "dose", "counts")
)
RULE, N1, N2 = (RowQuestion.fields[name].distance for name in ("rule", "n1", "n2"))


class Answers:
    """What a Program's dose-finding designs and comparing rules have answered so far.

    `known` is replaced, never changed.
    """

    def __init__(self, packed: Packed) -> None:
        self.methods, self.doses, self.versus = packed.methods, packed.doses, packed.versus
        self.key = key_length(packed)
        self.choice = Answer.fields["key"].distance + self.key
        self.width = self.choice + Choice.size
        self.answers: dict[Asks, Asks] = {}
        self.n_least = 0
        self.known = Known()
        if packed.asks:
            self.known = Known(np.zeros(FIRST_ROOM * self.width, np.int64), np.zeros(FIRST_LEAST, np.int64))
        self._lock = Lock()

    def ask(self, questions: Iterable[Asks]) -> None:
        """Have the answers to these questions known."""
        with self._lock:
            new = [question for question in dict.fromkeys(questions) if question not in self.answers]
            for version, method in enumerate(self.methods):
                mine = [q for q in new if q[KIND] != codes.ASK_ROW and q[VERSION] == version]
                self._ask_design(method, mine)
            rows: list[Sequence[int]] = []
            for rule, table in self.versus.items():
                mine = [q for q in new if q[KIND] == codes.ASK_ROW and q[RULE] == rule]
                for question, row in zip(mine, table.row_each([(q[N1], q[N2]) for q in mine]), strict=True):
                    self.answers[question] = (self.n_least, 0, 0, 0)
                    self.n_least += len(row)
                    rows.append(row)
            self.known = Known(self._table(new), self._least(rows))

    def _ask_design(self, method: DoseDesign, questions: Sequence[Asks]) -> None:
        standings = [self._standing(q) for q in questions]
        decisions = decisions_of(method)
        asked = list(zip(questions, standings, strict=True))
        decisions.ask([standing for question, standing in asked if question[KIND] == codes.ASK_CHOICE])
        decisions.ask_to_recommend([s for question, s in asked if question[KIND] == codes.ASK_RECOMMEND])
        for question, standing in asked:
            if question[KIND] == codes.ASK_CHOICE:
                self.answers[question] = tuple(decisions.of(standing))
            elif question[KIND] == codes.ASK_RECOMMEND:
                self.answers[question] = (decisions.recommend(standing), 0, 0, 0)
            else:
                bits = sum(int(toxic) << i for i, toxic in enumerate(decisions.toxic(standing)))
                self.answers[question] = (bits, 0, 0, 0)

    def _standing(self, question: Asks) -> Standing:
        doses, counts = self.doses[question[VERSION]], question[COUNTS:]
        method = self.methods[question[VERSION]]
        n, dlt, more = counts[:doses], counts[doses : 2 * doses], counts[2 * doses :]
        last_n, last_dlt = more[:2] if method.remembers_last_cohort else (0, 0)
        moderate = more[2 * method.remembers_last_cohort :][:doses] if method.counts_moderate else ()
        return Standing(n, dlt, question[DOSE], last_n, last_dlt, moderate)

    def _least(self, new: Sequence[Sequence[int]]) -> NDArray[np.int64]:
        """All rows one behind the other, with new ones, in room for more."""
        before = self.known.least
        room, first = len(before), self.n_least - sum(map(len, new))
        while room < self.n_least:
            room *= 2
        least = np.zeros(room, np.int64)
        least[:first] = before[:first]
        if new:
            least[first : self.n_least] = np.concatenate([np.asarray(row, np.int64) for row in new])
        return least

    def _table(self, new: Sequence[Asks]) -> NDArray[np.int64]:
        """The table with new answers, larger if it was half full."""
        room = len(self.known.answers) // self.width
        fits = 2 * len(self.answers) <= room
        while 2 * len(self.answers) > room:
            room *= 2
        first, asked = Trial.size, Trial.size + room * self.width
        array: Any = np.zeros(asked + self.key, np.int64)
        memory: Memory = (array,) * 3 if COMPILING else (array.tolist(),) * 3
        table, question = Ints(memory, first), Ints(memory, asked)
        if fits:
            table.put(given(self.known.answers))
        head: Any = Trial(memory, 0)
        head.places, head.key_length, head.answer_room = len(array), self.key, room
        head.answer_choice, head.answer_size = self.choice, self.width
        head.answers, head.asked = table, question
        for asks in new if fits else self.answers:
            question.put(given(asks))
            Ints(memory, slot_of(*memory)).put(given((1, *asks, *self.answers[asks])))
        return np.array(table.part(asked - first), np.int64)
