"""From a node tree to the model's dataclasses: pydantic validates, problems keep file and line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, is_dataclass
from itertools import takewhile
from typing import Any, Generic, TypeVar, cast

from pydantic import ConfigDict, TypeAdapter, ValidationError

from simulator import plugins
from simulator.errors import Problem, QuantityError
from simulator.loading.expected import Loc, allowed_value, kind_at, options, parser_at, registered_at
from simulator.loading.nodes import Mapping, Node, Path, Scalar, Sequence, path_text, plain, read_value
from simulator.loading.paths import find, locate
from simulator.loading.words import words
from simulator.loading.written import Written, align
from simulator.model.registered import TAG
from simulator.repairs import close_match
from simulator.scalars import did_you_mean, meant
from simulator.units import parse_name, parse_text

__all__ = ["Reading", "admit_all", "read"]

T = TypeVar("T")
ROUNDS = 12  # a value is at most so deep: each round takes away one level more
STAND_INS = {"Design": "{accrual: {until: 1 treated}}", "Truth": "{accrual: 1 per day}"}
"""What a damaged part is read with, so that the rest of it can be checked."""
VALUES = ("1 day", "50%", "more than 50%", "2", "1 per day", "1 treated", "every report", "every 1 day")

UNKNOWN, MISSING = "unexpected_keyword_argument", "missing"
NO_CHOICE = ("union_tag_not_found", "union_tag_invalid")


@dataclass(slots=True)
class Reading(Generic[T]):
    """A part of a file as it could be read.

    value: with the damaged parts left out; None when nothing could be read. misspelt: places that have a key
    nobody knows (as written). left_out: places in the tree that are not in `value`, or are there under a
    name nobody knows.
    """

    value: T | None = None
    problems: list[Problem] = field(default_factory=list)
    misspelt: set[Path] = field(default_factory=set)
    left_out: set[Path] = field(default_factory=set)

    @property
    def whole(self) -> bool:
        """Whether all of it was read."""
        return self.value is not None and not self.problems


def read(cls: type[T], tree: Mapping, path: Path, written: Written) -> Reading[T]:
    """The node at `path` of `tree` as a `cls`, with every problem in it."""
    node = find(tree, path)
    assert node is not None
    if not isinstance(node, Mapping):
        return Reading(problems=[_no_mapping(node, tree, path)])
    return _Reader(cls, tree, path, node, written, list(_nulls(node, ()))).read()


STRICT = ConfigDict(extra="forbid")
_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}  # building one takes longer than reading a file


def _read_as(cls: type[Any], value: object) -> object:
    """A value as an instance of a class; what is chosen from a registry is read here too.

    A key that is no field is refused even of a class that does not say so. Pydantic takes a configuration
    beside a union but not beside a dataclass; None never comes here.
    """
    if cls not in _ADAPTERS:
        either: Any = cls | None
        _ADAPTERS[cls] = TypeAdapter(either, config=STRICT)
    return _ADAPTERS[cls].validate_python(value, context=_read_as)


def admit_all() -> None:
    """Make every kind that other distributions bring known; PluginError if one of them cannot be used."""
    if any(
        [plugins.admit(what, name, TypeAdapter) for what in plugins.GROUPS for name in plugins.others(what)]
    ):
        _ADAPTERS.clear()


@dataclass(slots=True)
class _Reader(Generic[T]):
    """Reads one part. `nulls`: places below `path` with a null that removes nothing."""

    cls: type[T]
    tree: Mapping
    path: Path
    node: Mapping
    written: Written
    nulls: list[Path]
    reading: Reading[T] = field(default_factory=Reading)

    def read(self) -> Reading[T]:
        """Validate; note what is wrong; then again without it, level by level, until something is left."""
        working = self.node.copy() if self.nulls else self.node
        for place in self.nulls:
            self.leave_out(working, place)
        needed: set[Path] = set()
        for attempt in range(ROUNDS):
            items = self.validate(working)
            if not items:
                break
            if working is self.node:
                working = self.node.copy()
            if not attempt:
                needed = {
                    place for item in _one_per_mistake(items) if (place := self.note(item)) in self.nulls
                }
            for item in items:
                self.mend(working, item)
        for place in self.nulls:
            if not _of_a_change((*self.path, *place)):
                self.note_null(place, place in needed)
        return self.reading

    def validate(self, working: Mapping) -> list[dict[str, Any]]:
        """Set the value, or return what pydantic says."""
        try:
            self.reading.value = cast("T", _read_as(self.cls, plain(working)))
        except ValidationError as error:
            items = [dict(item) for item in error.errors(include_url=False)]
            if any([_admitted(self.cls, item) for item in items]):  # every one, not the first only
                _ADAPTERS.clear()
                return self.validate(working)
            return [item for item in items if _in_the_right_branch(self.cls, item, working)]
        return []

    def note(self, item: dict[str, Any]) -> Path:
        """Add the problem of one error record, unless a null is to blame; its place below `path`."""
        loc, missing = _keys(item["loc"]), item["type"] == MISSING
        if missing and isinstance(loc[-1], int):
            loc, missing = loc[:-1], False
        place = (*align(self.node, loc[:-1])[0], loc[-1]) if missing else align(self.node, loc)[0]
        if missing and place in self.nulls:
            return place
        said = words(self.cls, item)
        here: Path = (*self.path, *place, *said.at)
        hint = item.get("hint") or said.hint
        shown = self.written.path(here, missing=missing)
        if (
            item["type"] == UNKNOWN
            or "[key]" in item["loc"]
            or (said.at and said.found.startswith("the key"))
        ):
            self.reading.misspelt.add(shown[:-1])
            self.reading.left_out.add((*here[:-1], meant(hint) or hint))
        self.add(here, shown, said.found, said.allowed, hint, missing=missing)
        return place

    def note_null(self, place: Path, needed: bool) -> None:
        """Add the problem of a null that removes nothing."""
        here = (*self.path, *place)
        kind = kind_at(self.cls, place)
        allowed = allowed_value(kind) if kind is not None else "a value"
        hint = "null only removes what a truth inherits or a variant has from the design"
        if kind is not None:
            hint = f"leave the key out; {hint}"
        if needed:
            hint = f"`{place[-1]}` is needed here"
        self.add(here, self.written.path(here), "null", allowed or "a value", hint)

    def add(
        self, here: Path, shown: Path, found: str, allowed: str, hint: str, *, missing: bool = False
    ) -> None:
        """Add a problem at `here` in the tree, which is `shown` in the file."""
        file, line = self.written.place(self.tree, here, shown, missing=missing)
        path = path_text(shown)
        self.reading.problems.append(
            Problem(file=file, line=line, path=path, found=found, allowed=allowed, hint=hint)
        )

    def mend(self, working: Mapping, item: dict[str, Any]) -> None:
        """Take away what an error is about; where that is all there is, put something in its place."""
        loc = _keys(item["loc"])
        place, _ = align(working, loc[:-1] if item["type"] == MISSING else loc)
        if self.stand_in(working, place, item):
            return
        if place:
            self.leave_out(working, place)
        elif self.cls.__name__ in STAND_INS:
            stand_in = read_value(STAND_INS[self.cls.__name__], working.file)
            assert isinstance(stand_in, Mapping)
            working.items.update(stand_in.items)
            working.key_lines.update(stand_in.key_lines)

    def stand_in(self, working: Mapping, place: Path, item: dict[str, Any]) -> bool:
        """Put a value that can be read in the place of one that cannot, so that what is around it stays."""
        node, parser = find(working, place), parser_at(self.cls, item["loc"])
        if not isinstance(node, Scalar) or parser is None or parser.parse in (parse_name, parse_text):
            return False
        for text in VALUES:
            try:
                parser.parse(text)
            except (QuantityError, ValueError):
                continue
            node.text = text
            self.reading.left_out.add((*self.path, *place))
            return True
        return False

    def leave_out(self, working: Mapping, place: Path) -> None:
        """Remove a key; of a list in which something is wrong, the whole list."""
        keys = tuple(takewhile(lambda part: not isinstance(part, int), place))
        parent = find(working, keys[:-1])
        if isinstance(parent, Mapping) and keys and keys[-1] in parent.items:
            del parent.items[str(keys[-1])], parent.key_lines[str(keys[-1])]
            self.reading.left_out.add((*self.path, *keys))


# -- pydantic's error records ---------------------------------------------------------------------


def _admitted(cls: type[Any], item: dict[str, Any]) -> bool:
    """Whether an error is about a kind that another distribution brings, known from now on."""
    if item["type"] not in NO_CHOICE or (marker := registered_at(cls, item["loc"])) is None:
        return False
    return any([plugins.admit(marker.what, name, TypeAdapter) for name in marker.asked(item["input"])])


def _one_per_mistake(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A misspelt key is not also a missing one: the pair is one problem, with the right key as a hint.

    The nearest first; as many strange keys as lacking ones then go together in their order.
    """
    kept = list(items)
    for by_order in (False, True):
        for item in items:
            if item["type"] != UNKNOWN or "hint" in item:
                continue
            here = item["loc"][:-1]
            there = [other for other in kept if other["loc"][:-1] == here and "hint" not in other]
            names = {str(other["loc"][-1]): other for other in there if other["type"] == MISSING}
            near = close_match(str(item["loc"][-1]), names)
            if by_order and len(names) == sum(other["type"] == UNKNOWN for other in there):
                near = did_you_mean(next(iter(names)))
            if near:
                item["hint"] = near
                kept.remove(names[meant(near)])
    return kept


def _in_the_right_branch(cls: type[Any], item: dict[str, Any], node: Mapping) -> bool:
    """Of `a number or {events, others}` only the form that was tried is complained about."""
    loc: Loc = item["loc"]
    for i in range(len(loc)):
        kind = kind_at(cls, loc[:i])
        if len(options(kind)) < 2:
            continue
        here, _ = align(node, _keys(loc[:i]))
        branch = kind_at(cls, loc[: i + 1])
        given = find(node, here)
        if isinstance(given, Mapping) != (isinstance(branch, type) and is_dataclass(branch)):
            return False
    return True


def _keys(loc: Loc) -> Path:
    """A location without the tags of registered choices."""
    return tuple(part for part in loc if not str(part).startswith(TAG))


def _no_mapping(node: Node, tree: Mapping, path: Path) -> Problem:
    file, line = locate(tree, path)
    found = "a list" if isinstance(node, Sequence) else "null" if node.is_null else f'"{node.text}"'  # type: ignore[union-attr]
    allowed, hint = "keys with values", "write key: value on lines of their own, indented"
    return Problem(file=file, line=line, path=path_text(path), found=found, allowed=allowed, hint=hint)


def _of_a_change(place: Path) -> bool:
    """Whether it stands in what an amendment changes, where it removes something there."""
    return place[:2] == ("design", "amendments") and place[3:4] == ("change",) and len(place) > 4


def _nulls(node: Node, path: Path) -> Iterator[Path]:
    if isinstance(node, Scalar):
        if node.is_null:
            yield path
        return
    items = node.items.items() if isinstance(node, Mapping) else enumerate(node.items)
    for key, item in items:
        yield from _nulls(item, (*path, key))
