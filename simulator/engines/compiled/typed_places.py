"""Numba's side of `places`: the types of records, and what reading and writing their fields compiles to."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_cast
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_global, signature
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_builtin,
    lower_getattr_generic,
    lower_setattr_generic,
    models,
    register_model,
)

from simulator.engines.compiled.described import Field, Kind, Record, distance_at_head

__all__ = ["head_of", "numbers_of", "place_of", "put_next", "seen_as"]

I64 = ir.IntType(64)
NUMBERS = {Kind.INT: types.int64, Kind.FLOAT: types.float64, Kind.WORD: types.uint64}
CHECKED = bool(numba.config.BOUNDSCHECK)


class PlaceType(types.Type):
    """Somewhere in a memory. of: the record there; link: of a chain, the field its records hold on by."""

    of: Any

    def __init__(self, kind: Kind, of: type[Record] | None = None, link: str = "") -> None:
        self.kind, self.of, self.link = kind, of, link
        super().__init__(name=f"{kind.name}({of.__name__ if of else ''}{'.' if link else ''}{link})")


class RecordType(PlaceType):
    """A record."""

    def __init__(self, of: type[Record]) -> None:
        super().__init__(Kind.RECORD, of)


class HeadType(RecordType):
    """The record at the head, whose place is known: only the memory is passed on."""


class RunType(PlaceType):
    """Rows, numbers or a list."""


class ChainType(PlaceType):
    """A chain."""


INTS, FLOATS, ITEMS = RunType(Kind.INTS), RunType(Kind.FLOATS), RunType(Kind.ITEMS)


@register_model(RecordType)
@register_model(RunType)
@register_model(ChainType)
class PlaceModel(models.StructModel):
    """A memory's address and a place in it."""

    def __init__(self, manager: Any, of: Any) -> None:
        super().__init__(manager, of, [("memory", types.voidptr), ("place", types.int64)])


@register_model(HeadType)
class HeadModel(models.StructModel):
    """A memory's address."""

    def __init__(self, manager: Any, of: Any) -> None:
        super().__init__(manager, of, [("memory", types.voidptr)])


def type_of(field: Field) -> types.Type:
    """The type of a field's value."""
    if field.kind in NUMBERS:
        return NUMBERS[field.kind]
    if field.kind in (Kind.REF, Kind.RECORD):
        assert field.of is not None
        return RecordType(field.of)
    if field.kind is Kind.CHAIN:
        return ChainType(field.kind, field.of, field.link)
    if field.kind is Kind.ROWS:
        return RunType(field.kind, field.of)
    return {Kind.INTS: INTS, Kind.FLOATS: FLOATS, Kind.ITEMS: ITEMS}[field.kind]


# ---------------------------------------------------------------- typing


@infer_getattr
class RecordFields(AttributeTemplate):
    """Fields of records."""

    key = RecordType

    def generic_resolve(self, of: Any, name: str) -> Any:
        field = of.of.fields.get(name)
        return type_of(field) if field is not None else None


@infer_getattr
class ListLength(AttributeTemplate):
    """`length` of lists."""

    key = RunType

    def generic_resolve(self, of: Any, name: str) -> Any:
        return types.int64 if name == "length" and of.kind is Kind.ITEMS else None


@infer_getattr
class ChainEnds(AttributeTemplate):
    """`first` and `last` of chains."""

    key = ChainType

    def generic_resolve(self, of: Any, name: str) -> Any:
        return RecordType(of.of) if name in ("first", "last") else None


@infer_global(operator.getitem)
class Item(AbstractTemplate):
    """The i-th of a run."""

    def generic(self, args: Any, kws: Any) -> Any:
        if not (isinstance(args[0], RunType) and isinstance(args[1], types.Integer)):
            return None
        kinds = {Kind.INTS: types.int64, Kind.FLOATS: types.float64, Kind.ITEMS: types.int64}
        found = kinds[args[0].kind] if args[0].kind in kinds else RecordType(args[0].of)
        return signature(found, args[0], types.int64)


@infer_global(operator.setitem)
class PutItem(AbstractTemplate):
    """The i-th of numbers, written."""

    def generic(self, args: Any, kws: Any) -> Any:
        if not (isinstance(args[0], RunType) and args[0].kind in (Kind.INTS, Kind.FLOATS)):
            return None
        kind = types.int64 if args[0].kind is Kind.INTS else types.float64
        return signature(types.none, args[0], types.int64, kind)


class _SameType(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if isinstance(args[0], RecordType) and args[0] == args[1]:
            return signature(types.boolean, *args)
        return None


class _Truth(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(types.boolean, *args) if isinstance(args[0], PlaceType) else None


for function, template in (
    (operator.eq, _SameType),
    (operator.ne, _SameType),
    (bool, _Truth),
    (operator.not_, _Truth),
):
    infer_global(function)(type(f"{template.__name__}_{function.__name__}", (template,), {}))


# ---------------------------------------------------------------- code


def opened(context: Any, builder: Any, of: Any, value: Any) -> tuple[Any, Any]:
    """Memory and place of a value."""
    parts = cgutils.create_struct_proxy(of)(context, builder, value=value)
    return parts.memory, ir.Constant(I64, 0) if isinstance(of, HeadType) else parts.place


def made(context: Any, builder: Any, of: Any, memory: Any, place: Any) -> Any:
    """A value of a type, from memory and place."""
    parts = cgutils.create_struct_proxy(of)(context, builder)
    parts.memory, parts.place = memory, place
    return parts._getvalue()


def pointer(context: Any, builder: Any, memory: Any, place: Any, llvm: Any) -> Any:
    """The address of a place, as one of a value of an LLVM type."""
    first = builder.bitcast(memory, I64.as_pointer())
    if CHECKED:
        cgutils.do_boundscheck(context, builder, place, builder.load(first))
    return builder.bitcast(builder.gep(first, [place], inbounds=True), llvm.as_pointer())


def somewhere_only(context: Any, builder: Any, place: Any) -> None:
    """With checks: IndexError for a field of a record that is nowhere, which would be one of the head."""
    if CHECKED:
        cgutils.do_boundscheck(context, builder, place, ir.Constant(I64, 2**63 - 1))


def moved(builder: Any, place: Any, distance: int) -> Any:
    """A place further on."""
    return builder.add(place, ir.Constant(I64, distance)) if distance else place


def number_at(context: Any, builder: Any, kind: Any, memory: Any, place: Any) -> Any:
    """The number in a place."""
    return builder.load(pointer(context, builder, memory, place, context.get_value_type(kind)))


def at_head(context: Any, builder: Any, memory: Any, name: str) -> Any:
    """The whole number in a field of the head."""
    return number_at(context, builder, types.int64, memory, ir.Constant(I64, distance_at_head(name)))


def put(context: Any, builder: Any, kind: Any, memory: Any, place: Any, value: Any) -> None:
    """A number into a place."""
    builder.store(value, pointer(context, builder, memory, place, context.get_value_type(kind)))


@lower_getattr_generic(RecordType)
def read_field(context: Any, builder: Any, of: Any, value: Any, name: str) -> Any:
    """`record.name`."""
    field, (memory, place) = of.of.fields[name], opened(context, builder, of, value)
    kind = type_of(field)
    somewhere_only(context, builder, place)
    if field.at:
        place = builder.add(place, at_head(context, builder, memory, field.at))
    else:
        place = moved(builder, place, field.distance)
    if field.kind in NUMBERS:
        return number_at(context, builder, kind, memory, place)
    if not (field.inside or field.kind is Kind.CHAIN):
        place = number_at(context, builder, types.int64, memory, place)
    return made(context, builder, kind, memory, place)


@lower_setattr_generic(RecordType)
def write_field(context: Any, builder: Any, sig: Any, args: Any, name: str) -> None:
    """`record.name = value`."""
    of, kind = sig.args
    field, (memory, place) = of.of.fields[name], opened(context, builder, of, args[0])
    somewhere_only(context, builder, place)
    place, value = moved(builder, place, field.distance), args[1]
    if isinstance(kind, PlaceType):
        kind, value = types.int64, opened(context, builder, kind, value)[1]
    put(context, builder, kind, memory, place, value)


@lower_getattr_generic(ChainType)
def read_end(context: Any, builder: Any, of: Any, value: Any, name: str) -> Any:
    """`chain.first`, `chain.last`."""
    memory, place = opened(context, builder, of, value)
    end = number_at(context, builder, types.int64, memory, moved(builder, place, int(name == "last")))
    return made(context, builder, RecordType(of.of), memory, end)


@lower_setattr_generic(ChainType)
def write_end(context: Any, builder: Any, sig: Any, args: Any, name: str) -> None:
    """`chain.first = record`, `chain.last = record`."""
    memory, place = opened(context, builder, sig.args[0], args[0])
    end = opened(context, builder, sig.args[1], args[1])[1]
    put(context, builder, types.int64, memory, moved(builder, place, int(name == "last")), end)


@lower_getattr_generic(RunType)
def read_length(context: Any, builder: Any, of: Any, value: Any, name: str) -> Any:
    """`list.length`."""
    return number_at(context, builder, types.int64, *opened(context, builder, of, value))


@lower_builtin(operator.getitem, RunType, types.Integer)
def read_item(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """`run[i]`."""
    of, (memory, place) = sig.args[0], opened(context, builder, sig.args[0], args[0])
    if of.kind is not Kind.ROWS:
        place = builder.add(moved(builder, place, int(of.kind is Kind.ITEMS)), args[1])
        return number_at(context, builder, sig.return_type, memory, place)
    size = at_head(context, builder, memory, of.of.size_at) if of.of.size_at else ir.Constant(I64, of.of.size)
    return made(context, builder, sig.return_type, memory, builder.add(place, builder.mul(args[1], size)))


@lower_builtin(operator.setitem, RunType, types.Integer, types.Number)
def write_item(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """`run[i] = value`."""
    memory, place = opened(context, builder, sig.args[0], args[0])
    put(context, builder, sig.args[2], memory, builder.add(place, args[1]), args[2])
    return context.get_dummy_value()


@lower_cast(types.Integer, RecordType)
def nowhere(context: Any, builder: Any, given: Any, of: Any, value: Any) -> Any:
    """NONE where a record is expected."""
    place = context.cast(builder, value, given, types.int64)
    return made(context, builder, of, cgutils.get_null_value(context.get_value_type(types.voidptr)), place)


@lower_builtin(operator.eq, RecordType, RecordType)
def same(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """`record == record`: the same place."""
    places = [opened(context, builder, of, value)[1] for of, value in zip(sig.args, args, strict=True)]
    return builder.icmp_signed("==", *places)


@lower_builtin(operator.ne, RecordType, RecordType)
def other(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """`record != record`."""
    return builder.not_(same(context, builder, sig, args))


@lower_builtin(bool, PlaceType)
def somewhere(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Whether a place is not NONE."""
    place = opened(context, builder, sig.args[0], args[0])[1]
    return builder.icmp_signed(">=", place, ir.Constant(I64, 0))


@lower_builtin(operator.not_, PlaceType)
def not_somewhere(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Whether a place is NONE."""
    return builder.not_(somewhere(context, builder, sig, args))


# ---------------------------------------------------------------- functions of `places`


def _typed(of: Any) -> bool:
    return isinstance(of, PlaceType)


@intrinsic
def place_of(_: Any, of: Any) -> Any:
    """As in `places`."""
    if not _typed(of):
        return None
    return types.int64(of), lambda context, builder, sig, args: opened(context, builder, of, args[0])[1]


@intrinsic
def numbers_of(_: Any, of: Any) -> Any:
    """As in `places`."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return made(context, builder, INTS, *opened(context, builder, of, args[0]))

    return (INTS(of), code) if _typed(of) else None


@intrinsic
def put_next(_: Any, chain: Any, item: Any, following: Any) -> Any:
    """As in `places`."""
    if not isinstance(chain, ChainType):
        return None
    of = RecordType(chain.of)

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        memory, place = opened(context, builder, of, args[1])
        somewhere_only(context, builder, place)
        field = chain.of.fields[chain.link]
        value = opened(context, builder, of, args[2])[1]
        put(context, builder, types.int64, memory, moved(builder, place, field.distance), value)
        return context.get_dummy_value()

    return types.void(chain, of, of), code


def seen_as(record: type[Record]) -> Callable[[Any, int], Any]:
    """As in `places`."""

    @intrinsic
    def view(_: Any, near: Any, place: Any) -> Any:
        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            memory = opened(context, builder, near, args[0])[0]
            return made(context, builder, sig.return_type, memory, args[1])

        return (RecordType(record)(near, types.int64), code) if _typed(near) else None

    return view  # type: ignore[no-any-return]


def head_of(record: type[Record]) -> Callable[[Any, Any, Any], Any]:
    """As in `places`; the arrays are one memory seen three times."""

    @intrinsic
    def view(_: Any, ints: Any, floats: Any, words: Any) -> Any:
        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            data = context.make_array(ints)(context, builder, args[0]).data
            memory = builder.bitcast(data, context.get_value_type(types.voidptr))
            head = cgutils.create_struct_proxy(sig.return_type)(context, builder)
            head.memory = memory
            return head._getvalue()

        return HeadType(record)(ints, floats, words), code

    return view  # type: ignore[no-any-return]
