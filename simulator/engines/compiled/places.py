"""Records for kernels: `patient.exit` compiles to one load, `trial.patients[i]` to one sum.

A value of these Numba types is (memory, place): the address of the memory's first place, and a whole number.
Places, not addresses, are what records hold, so that a memory may be made anew when it has to grow.  With
NUMBA_BOUNDSCHECK=1 a place beyond the memory raises IndexError (its size stands at the very beginning), and
so does a field of a record that is nowhere.
Without compiling, records are the views of `described`, and so are the functions here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from simulator.engines.compiled import described
from simulator.engines.compiled.described import Chain, Ints, Memory, Record
from simulator.engines.compiled.jit import COMPILING

__all__ = ["head_of", "numbers_of", "place_of", "put_next", "seen_as"]

R = TypeVar("R", bound=Record)


def _plain_numbers_of(record: Any) -> Ints:
    return Ints(record.memory, record.place)


def _plain_put_next(chain: Chain[Any], item: Any, following: Any) -> None:
    setattr(item, chain.link, following)


def _plain_seen_as(record: type[R]) -> Callable[[Any, int], R]:
    return lambda near, place: record(near.memory, place)


def _plain_head_of(record: type[R]) -> Callable[[Any, Any, Any], R]:
    return lambda ints, floats, words: record(cast(Memory, (ints, floats, words)), 0)


if COMPILING:
    from simulator.engines.compiled import typed_places as made
else:
    made = None  # type: ignore[assignment]

place_of: Callable[[Any], int] = made.place_of if COMPILING else described.plain_place
"""A record, run or list -> its place."""

numbers_of: Callable[[Any], Ints] = made.numbers_of if COMPILING else _plain_numbers_of
"""A record -> its places as whole numbers, whatever its fields are."""

put_next: Callable[[Any, Any, Any], None] = made.put_next if COMPILING else _plain_put_next
"""(chain, item, following): the item holds on to the following one, or to none."""

seen_as: Callable[[type[R]], Callable[[Any, int], R]] = made.seen_as if COMPILING else _plain_seen_as
"""record class -> a function (anything of the same memory, a place) -> the record there."""

head_of: Callable[[type[R]], Callable[[Any, Any, Any], R]] = made.head_of if COMPILING else _plain_head_of
"""record class -> a function (whole numbers, floats and words of a memory) -> the record at its head."""
