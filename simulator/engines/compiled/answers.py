"""What a dose-finding design says at each standing: looked up in the memory, or noted as unknown.

A kernel never calls out.  When it meets a standing without an answer, it notes it and gives the trial up
(STATUS is ASKING); the driver asks the design once for all that were noted, and the trial is played again.
"""

from __future__ import annotations

from simulator.engines.compiled import layout as at
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.layout import Ints

__all__ = ["find", "slot"]

SPREAD, BITS = 1_000_003, (1 << 31) - 1  # a product stays below 2**52


@kernel
def slot(ints: Ints, asked: int) -> int:
    """The place of the answer to what is asked at a place, or the free place where it belongs."""
    room, length = ints[at.ANSWER_ROOM], ints[at.KEY_LENGTH]
    mixed = 0
    for i in range(length):
        mixed = (mixed * SPREAD + ints[asked + i] + 1) & BITS
    mixed ^= mixed >> 15
    while True:
        mixed &= room - 1
        answer = ints[at.ANSWERS] + mixed * (at.ANSWER_KEY + length + at.ANSWER_VALUES)
        if ints[answer] == 0:
            return answer
        same = True
        for i in range(length):
            if ints[answer + at.ANSWER_KEY + i] != ints[asked + i]:
                same = False
                break
        if same:
            return answer
        mixed += 1


@kernel
def find(ints: Ints) -> int:
    """The place of the values of the answer to what is ASKED; NONE, with the question noted, if unknown."""
    asked, length = ints[at.ASKED], ints[at.KEY_LENGTH]
    answer = slot(ints, asked)
    if ints[answer] != 0:
        return answer + at.ANSWER_KEY + length
    ints[at.STATUS] = at.ASKING
    if ints[at.UNKNOWN_LENGTH] < ints[at.UNKNOWN_ROOM]:
        unknown = ints[at.UNKNOWN] + ints[at.UNKNOWN_LENGTH] * length
        ints[at.UNKNOWN_LENGTH] += 1
        for i in range(length):
            ints[unknown + i] = ints[asked + i]
    return at.NONE
