"""The kernels' memory described once: an annotated class says what a record holds, field by field.

The memory is a row of 64-bit places. A *record* is a run of them, known by its first place; a class derived
from `Record` names its fields in order:

    int, float, Word        one place: a whole number, a float, a 64-bit word
    Ref[R]                  one place: where a record R is, or NONE
    R                       a record R, right here
    Rows[R], Ints, Floats   one place: where records R, or numbers, stand one behind the other
    Items                   one place: where a list is, its length, then whole numbers
    Chain[R]                two places: the first and the last of records that hold on to the next one
    Annotated[Rows[R] | Ints | Floats | R, Inside(...)]
                            the rows, numbers or record themselves, behind the fields of one place

What depends on the program, such as how many clocks a patient has, stands at the head of the memory:
`Inside("patient_clocks")` names the field of the head with the distance, `size=` one with a record's length.

The class is then three things at once: what mypy checks kernels against; in plain Python a view of a memory
(`Patient(memory, place).exit`), with which programs are packed and results read; and what `places` makes
Numba types from, for which `patient.exit` is one load.
"""

from __future__ import annotations

from collections.abc import Callable, MutableSequence, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, ClassVar, Generic, TypeVar, get_args, get_origin, get_type_hints

__all__ = [
    "NEVER_YET",
    "NONE",
    "By",
    "Chain",
    "Field",
    "Floats",
    "Inside",
    "Ints",
    "Items",
    "Kind",
    "Memory",
    "Record",
    "Ref",
    "Rows",
    "Word",
    "distance_at_head",
    "plain_place",
    "settle",
]

NONE: Any = -1  # in place of an index, or of where something is
NEVER_YET = -1.0  # in place of a day, of which there are none below 0

Memory = tuple[MutableSequence[Any], MutableSequence[Any], MutableSequence[Any]]
"""The same places as whole numbers, as floats and as words."""

T = TypeVar("T")


class Kind(Enum):
    """What a field holds."""

    INT = "a whole number"
    FLOAT = "a float"
    WORD = "a 64-bit word"
    REF = "where a record is"
    RECORD = "a record"
    ROWS = "records one behind the other"
    INTS = "whole numbers one behind the other"
    FLOATS = "floats one behind the other"
    ITEMS = "a list of whole numbers"
    CHAIN = "the first and the last record of a chain"


LANES = {Kind.INT: 0, Kind.FLOAT: 1, Kind.WORD: 2}  # of `Memory`


@dataclass(frozen=True, slots=True)
class Inside:
    """Part of the record: at the distance in a field of the head, else next. count: of rows, if fixed."""

    at: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class By:
    """Which field of its records a chain holds on by."""

    link: str


Word = Annotated[int, Kind.WORD]
Ref = Annotated[T, Kind.REF]


class Place:
    """Somewhere in a memory, in plain Python; it is true unless it is nowhere (NONE)."""

    __slots__ = ("memory", "place")

    def __init__(self, memory: Memory, place: int) -> None:
        self.memory, self.place = memory, place

    def __bool__(self) -> bool:
        return bool(self.place >= 0)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Place) and bool(self.place == other.place)

    __hash__ = None  # type: ignore[assignment]  # what lies at a place changes


class Ints(Place):
    """Whole numbers one behind the other."""

    __slots__ = ()

    def __getitem__(self, i: int) -> int:
        return self.memory[0][self.place + i]  # type: ignore[no-any-return]

    def __setitem__(self, i: int, value: int) -> None:
        self.memory[0][self.place + i] = value

    def part(self, n: int) -> Any:
        """The first n, as the memory has them: a list, or an array that shows later changes."""
        return self.memory[0][self.place : self.place + n]

    def put(self, values: Sequence[int]) -> None:
        """Numbers in place of the first ones."""
        self.memory[0][self.place : self.place + len(values)] = values


class Floats(Place):
    """Floats one behind the other."""

    __slots__ = ()

    def __getitem__(self, i: int) -> float:
        return self.memory[1][self.place + i]  # type: ignore[no-any-return]

    def __setitem__(self, i: int, value: float) -> None:
        self.memory[1][self.place + i] = value

    def part(self, n: int) -> Any:
        """As of `Ints`."""
        return self.memory[1][self.place : self.place + n]

    def put(self, values: Sequence[float]) -> None:
        """As of `Ints`."""
        self.memory[1][self.place : self.place + len(values)] = values


class Items(Place):
    """A list: its length, then whole numbers."""

    __slots__ = ()

    @property
    def length(self) -> int:
        """How many there are."""
        return self.memory[0][self.place]  # type: ignore[no-any-return]

    def __getitem__(self, i: int) -> int:
        return self.memory[0][self.place + 1 + i]  # type: ignore[no-any-return]


class Rows(Place, Generic[T]):
    """Records one behind the other."""

    __slots__ = ("of", "size")

    def __init__(self, memory: Memory, place: int, of: type[T], size: int) -> None:
        self.memory, self.place, self.of, self.size = memory, place, of, size

    def __getitem__(self, i: int) -> T:
        return self.of(self.memory, self.place + i * self.size)  # type: ignore[call-arg]


class Chain(Place, Generic[T]):
    """Records that hold on to the next one: the first and the last, and by which field they do."""

    __slots__ = ("link", "of")

    def __init__(self, memory: Memory, place: int, of: type[T], link: str) -> None:
        self.memory, self.place, self.of, self.link = memory, place, of, link

    @property
    def first(self) -> T:
        """The first one; nowhere if the chain is empty."""
        return self.of(self.memory, self.memory[0][self.place])  # type: ignore[call-arg]

    @first.setter
    def first(self, item: T) -> None:
        self.memory[0][self.place] = plain_place(item)

    @property
    def last(self) -> T:
        """The last one."""
        return self.of(self.memory, self.memory[0][self.place + 1])  # type: ignore[call-arg]

    @last.setter
    def last(self, item: T) -> None:
        self.memory[0][self.place + 1] = plain_place(item)


@dataclass(frozen=True, slots=True)
class Field:
    """A field: `distance` from the record's first place, or the field of the head that holds it (`at`).

    of: the record it is, leads to, or has rows of. inside: what it holds stands there, not where a number
    that stands there says. link: of a chain.
    """

    name: str
    kind: Kind
    distance: int
    of: type[Record] | None = None
    inside: bool = False
    at: str = ""
    link: str = ""


class Record(Place):
    """Base of all records. size: the field of the head that holds its length, if that is not fixed."""

    __slots__ = ()

    fields: ClassVar[dict[str, Field]]
    size: ClassVar[int]
    size_at: ClassVar[str]

    def __init_subclass__(cls, *, size: str = "") -> None:
        cls.size_at = size
        _unsettled.append(cls)


_unsettled: list[type[Record]] = []
_heads: list[type[Record]] = []


def settle(head: type[Record] | None = None) -> None:
    """Work out every field of the records made since the last call: at the end of a module of records.

    head: the record that stands at place 0 of every memory.
    """
    if head is not None:
        _heads.append(head)
    for cls in _unsettled:
        _settle(cls)
    _unsettled.clear()


def _settle(cls: type[Record]) -> None:
    cls.fields, distance, without_end = {}, 0, ""
    for name, hint in get_type_hints(cls, include_extras=True).items():
        if get_origin(hint) is ClassVar or name not in cls.__annotations__:
            continue
        field, length = _field(name, hint, distance)
        if without_end and not field.at:
            raise TypeError(f"{cls.__name__}.{name} stands in {without_end}, whose length is not fixed")
        without_end = name if field.inside and length == 0 else without_end
        cls.fields[name] = field
        setattr(cls, name, _view(cls, field))
        distance += length
    cls.size = distance


def _field(name: str, hint: Any, distance: int) -> tuple[Field, int]:
    """A field and how many places it takes."""
    marks: tuple[Any, ...] = ()
    if get_origin(hint) is Annotated:
        hint, *rest = get_args(hint)
        marks = tuple(rest)
    inside = next((mark for mark in marks if isinstance(mark, Inside)), None)
    link = next((mark.link for mark in marks if isinstance(mark, By)), "next")
    kind = next((mark for mark in marks if isinstance(mark, Kind)), None)
    origin = get_origin(hint) or hint
    of = get_args(hint)[0] if get_args(hint) else hint if issubclass(origin, Record) else None
    plain = {int: Kind.INT, float: Kind.FLOAT, Ints: Kind.INTS, Floats: Kind.FLOATS, Items: Kind.ITEMS}
    kind = kind or {**plain, Rows: Kind.ROWS, Chain: Kind.CHAIN}.get(origin, Kind.RECORD)
    if inside is not None:
        length = inside.count * (of.size if of is not None else 1)
        return Field(name, kind, distance, of, inside=True, at=inside.at), length
    if kind is Kind.RECORD:
        assert of is not None
        return Field(name, kind, distance, of, inside=True), of.size
    return Field(name, kind, distance, of, link=link), 2 if kind is Kind.CHAIN else 1


def distance_at_head(name: str) -> int:
    """Where a field of the head is."""
    return _heads[-1].fields[name].distance


# ---------------------------------------------------------------- in plain Python


def plain_place(value: Any) -> int:
    """The place of a view, or NONE itself."""
    return value.place if isinstance(value, Place) else int(value)


def _view(cls: type[Record], field: Field) -> property:
    get, put = _reader(field), _writer(field)
    return property(get, put, doc=f"{cls.__name__}.{field.name}: {field.kind.value}.")


def _writer(field: Field) -> Callable[[Any, Any], None]:
    distance, lane = field.distance, LANES.get(field.kind)

    def put_number(view: Place, value: Any) -> None:
        view.memory[lane][view.place + distance] = value  # type: ignore[index]

    def put_place(view: Place, value: Any) -> None:
        view.memory[0][view.place + distance] = plain_place(value)

    return put_place if lane is None else put_number


def _reader(field: Field) -> Callable[[Any], Any]:
    distance, lane, at = field.distance, LANES.get(field.kind), field.at
    make = _maker(field)

    def number(view: Place) -> Any:
        return view.memory[lane][view.place + distance]  # type: ignore[index]

    def led_to(view: Place) -> Any:
        return make(view.memory, view.memory[0][view.place + distance])

    def here(view: Place) -> Any:
        far = view.memory[0][distance_at_head(at)] if at else distance
        return make(view.memory, view.place + far)

    if lane is not None:
        return number
    return here if field.inside or field.kind is Kind.CHAIN else led_to


def _maker(field: Field) -> Callable[[Memory, int], Any]:
    """(memory, place) -> the view of what a field holds."""
    of: Any = field.of
    if field.kind is Kind.CHAIN:
        return lambda memory, place: Chain(memory, place, of, field.link)
    if field.kind is Kind.ROWS:

        def rows(memory: Memory, place: int) -> Rows[Any]:
            size = memory[0][distance_at_head(of.size_at)] if of.size_at else of.size
            return Rows(memory, place, of, size)

        return rows
    return {Kind.INTS: Ints, Kind.FLOATS: Floats, Kind.ITEMS: Items}.get(field.kind, of)  # type: ignore[no-any-return]
