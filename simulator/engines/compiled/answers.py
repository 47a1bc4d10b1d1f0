"""What a dose-finding design says at each standing: looked up in the memory, or noted as unknown.

A kernel never calls out.  When it meets a standing without an answer, it notes it and gives the trial up (its
status is ASKING); the driver asks the design once for all that were noted, and the trial is played again.
"""

from __future__ import annotations

from simulator.engines.compiled import codes
from simulator.engines.compiled.described import NONE, Ints
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.places import numbers_of, place_of
from simulator.engines.compiled.records.rules import Answer, Choice, choice_at
from simulator.engines.compiled.records.trial import Trial, trial_of

__all__ = ["find", "slot_of"]

SPREAD, BITS = 1_000_003, (1 << 31) - 1  # a product stays below 2**52


@kernel
def slot_of(ints: object, floats: object, words: object) -> int:
    """The place of the answer to what a memory asks, or the free place where it belongs."""
    trial = trial_of(ints, floats, words)
    return place_of(_slot(trial, numbers_of(trial.asked)))


@kernel
def _slot(trial: Trial, asked: Ints) -> Answer:
    """The answer to a question, or the free one where it belongs."""
    room, length = trial.answer_room, trial.key_length
    mixed = 0
    for i in range(length):
        mixed = (mixed * SPREAD + asked[i] + 1) & BITS
    mixed ^= mixed >> 15
    while True:
        mixed &= room - 1
        answer = trial.answers[mixed]
        if answer.taken == 0:
            return answer
        same = True
        for i in range(length):
            if answer.key[i] != asked[i]:
                same = False
                break
        if same:
            return answer
        mixed += 1


@kernel
def find(trial: Trial) -> Choice:
    """The answer to what is asked; none, with the question noted, if unknown."""
    asked = numbers_of(trial.asked)
    answer = _slot(trial, asked)
    if answer.taken != 0:
        return answer.choice
    trial.status = codes.ASKING
    if trial.n_unknown < trial.unknown_room:
        first = trial.n_unknown * trial.key_length
        trial.n_unknown += 1
        for i in range(trial.key_length):
            trial.unknown[first + i] = asked[i]
    return choice_at(trial, NONE)
