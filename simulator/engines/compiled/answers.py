"""What designs and rules say that kernels cannot work out: looked up in the memory, or noted as unknown.

A kernel never calls out.  When it meets a question without an answer, it notes it and gives the trial up (its
status is ASKING); the driver asks once for all that were noted, and the trial is played again.  What a rule
would say does not keep the trial from going on, as if it did not fire: most do not, and so questions of all
its looks are noted in one go.
"""

from __future__ import annotations

from simulator.engines.compiled import codes
from simulator.engines.compiled.described import NONE, Ints
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.places import numbers_of, place_of
from simulator.engines.compiled.records.rules import Answer, Choice, choice_at, row_question_at
from simulator.engines.compiled.records.trial import Trial, trial_of

__all__ = ["find", "row_entry", "slot_of"]

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
    """The answer of a design to what is asked; none, with the question noted, if unknown."""
    answer = _slot(trial, numbers_of(trial.asked))
    if answer.taken != 0:
        return answer.choice
    trial.status = codes.ASKING
    _note(trial)
    return choice_at(trial, NONE)


@kernel
def row_entry(trial: Trial, rule: int, n1: int, n2: int, place: int) -> int:
    """What stands at a place of the row for n1 and n2 of a rule that compares two arms; NONE if unknown."""
    numbers = numbers_of(trial.asked)
    for i in range(trial.key_length):
        numbers[i] = 0
    asked = row_question_at(trial, place_of(trial.asked))
    asked.kind = codes.ASK_ROW
    asked.rule = rule
    asked.n1 = n1
    asked.n2 = n2
    answer = _slot(trial, numbers)
    if answer.taken != 0:
        return trial.least[answer.choice.dose + place]
    trial.asking = 1
    _note(trial)
    return -1


@kernel
def _note(trial: Trial) -> None:
    """Note what is asked, for the driver."""
    asked = numbers_of(trial.asked)
    if trial.n_unknown < trial.unknown_room:
        first = trial.n_unknown * trial.key_length
        trial.n_unknown += 1
        for i in range(trial.key_length):
            trial.unknown[first + i] = asked[i]
