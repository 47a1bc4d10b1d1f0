"""Writes the YAML tree of a dataclass from its own annotations.

Every field is met: by a maker of its own where it refers to names (`MAKERS`, "Class.field"), else by what its
annotation says: `Parsed` by the writer of its reader, `Registered` by one of the registry's classes,
`Literal` by one of its words, and dataclasses, tuples and mappings by what they hold. A new field of the
language is therefore generated as soon as it exists, or fails here for want of a writer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from simulator import registry
from simulator.model.registered import Registered
from simulator.units import Parsed
from tests.generated.leaves import LEAVES
from tests.generated.world import World

__all__ = ["SKIP", "Author", "Tree", "key_of"]

Tree = dict[str, Any]
Maker = Callable[["Author"], object]

SKIP = object()  # a maker's answer: leave the key out
KEPT = 0.3  # share of trees in which a key with a default is written
GROUPS = {  # of these keys exactly one, or (below) at least one
    "Step": (("after", "every"), ("set", "raise_dose")),
    "OnsetLaw": (("lognormal", "exponential", "uniform", "at"),),
    "LogNormalOnset": (("median", "late"),),
}
AT_LEAST_ONE = {
    "ThallSimon": ("promising", "not_promising"),
    "ThallSimonEstey": ("toxicity", "response"),
}


@lru_cache(maxsize=256)
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls, include_extras=True)


def key_of(cls: type, name: str) -> str:
    """`Phase.lasts`: how makers, weights and counts call a field."""
    return f"{cls.__name__}.{name}"


class Author:
    """Writes one scenario. at: where it is (the phase, event, rule being written), for makers."""

    def __init__(self, world: World, makers: dict[str, Maker], kept: dict[str, float]) -> None:
        self.world = world
        self.random = world.random
        self.makers = makers
        self.kept = kept
        self.at: dict[str, Any] = {}

    def body(self, cls: type, **given: object) -> Tree:
        """The keys of a dataclass; `given` as they stand, SKIP for none.

        A class whose keys go together has a maker of all of them.
        """
        if (whole := self.makers.get(cls.__name__)) is not None:
            body = whole(self)
            assert isinstance(body, dict)
            return body
        wanted = self._wanted(cls)
        found: Tree = {}
        for field in fields(cls):
            value = given.get(field.name, MISSING)
            if value is MISSING and field.name in wanted:
                value = self._field(cls, field)
            if value is not MISSING and value is not SKIP:
                found[field.name] = value
        return found

    def _wanted(self, cls: type) -> set[str]:
        """Keys without a default, some of those with one, and what goes together."""
        wanted = set()
        for field in fields(cls):
            needed = field.default is MISSING and field.default_factory is MISSING
            if needed or self.world.chance(self.kept.get(key_of(cls, field.name), KEPT)):
                wanted.add(field.name)
        for group in GROUPS.get(cls.__name__, ()):
            weights = [self.kept.get(key_of(cls, name), 1.0) for name in group]
            wanted = wanted - set(group) | set(self.random.choices(group, weights))
        some = AT_LEAST_ONE.get(cls.__name__, ())
        if some and not wanted & set(some):
            wanted.add(self.random.choice(some))
        return wanted

    def _field(self, cls: type, field: Field[Any]) -> object:
        maker = self.makers.get(key_of(cls, field.name))
        return maker(self) if maker else self.value(_hints(cls)[field.name], key_of(cls, field.name))

    def value(self, hint: Any, where: str) -> object:
        """A value for an annotation."""
        if get_origin(hint) is Annotated:
            base, *marks = get_args(hint)
            return self._marked(base, marks, where)
        if get_origin(hint) in (Union, UnionType):
            choices = [choice for choice in get_args(hint) if choice is not type(None)]
            return self.value(self.random.choice(choices), where)
        if get_origin(hint) is Literal:
            return self.random.choice(get_args(hint))
        if get_origin(hint) is tuple:
            return self._items(get_args(hint), where)
        if is_dataclass(hint) and isinstance(hint, type):
            return self.body(hint)
        raise TypeError(f"{where}: nothing writes {hint}; give it a maker or a leaf")

    def _marked(self, base: Any, marks: list[object], where: str) -> object:
        for mark in marks:
            if isinstance(mark, Parsed) and mark.parse in LEAVES:
                return LEAVES[mark.parse](self.world)
            if isinstance(mark, Registered):
                return self.registered(mark, where)
        return self.value(base, where)

    def _items(self, inside: tuple[Any, ...], where: str) -> list[object]:
        if len(inside) == 2 and inside[1] is Ellipsis:
            return [self.value(inside[0], where) for _ in range(self.random.choice((1, 1, 2)))]
        return [self.value(each, where) for each in inside]

    def registered(self, mark: Registered, where: str) -> object:
        """One of a registry's classes, by `kind` or by its own key."""
        table = mark.table()
        key = self.world.choice(mark.what, {key: self.kept.get(f"{where}.{key}", 1.0) for key in table})
        return self.of_registry(mark.what, key, registry.load(table[key]))

    def of_registry(self, what: str, key: str, cls: type) -> object:
        """The body of a registry's class as a file has it."""
        body = self.body(cls)
        if what in ("rule", "design"):
            return {"kind": key} | body
        if key == "fixed" and self.world.chance(0.7):
            return body["fixed"]
        return body
