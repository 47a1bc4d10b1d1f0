"""What the model takes at a place: the classes, keys and values behind a location in pydantic's errors."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from simulator import registry
from simulator.contracts import DoseDesign, Rule
from simulator.errors import QuantityError
from simulator.model.registered import TAG, Registered
from simulator.units import Parsed, Shorthand

__all__ = [
    "HAZARD", "METHOD", "Loc", "a_delay", "allowed_value", "families_with", "keys_of", "kind_at",
    "needed_keys", "only_key", "options", "parser_at", "registered_at", "shape", "takes_list",
]  # fmt: skip

Loc = tuple[str | int, ...]
HAZARD = "a hazard with its key, such as {hazard: 3 per 206 person-years}"
METHOD = "method"  # the model's name for a dose-finding design, whose keys stand beside those of its conduct
_FAMILY = "family"  # the model's name for what a file says with one of several keys


def kind_at(cls: object, loc: Loc) -> object:
    """The annotation at a location, tags and union labels included; None where there is none."""
    here = cls
    for part in loc:
        here = _step(here, part)
    return here


def registered_at(cls: object, loc: Loc) -> Registered | None:
    """The `Registered` marker at a location."""
    return next((m for m in _markers(kind_at(cls, loc)) if isinstance(m, Registered)), None)


def parser_at(cls: object, loc: Loc) -> Parsed | None:
    """How the value at a location is read."""
    return _parser(kind_at(cls, loc))


def options(kind: object) -> list[object]:
    """The classes of a union other than None; the kind alone if it is no union."""
    kind = _bare(kind)
    if get_origin(kind) in (Union, types.UnionType):
        return [option for option in get_args(kind) if option is not type(None)]
    return [kind]


def keys_of(kind: object) -> list[str]:
    """The keys that a class takes in a file."""
    kind = _only(kind)
    if not is_dataclass(kind):
        return []
    names = [field.name for field in fields(kind)]
    if _FAMILY in names:
        return [*[name for name in names if name != _FAMILY], *registry.table("family")]
    if METHOD in names:
        return ["kind", *[name for name in names if name != METHOD]]
    return ["kind", *names] if isinstance(kind, type) and issubclass(kind, Rule | DoseDesign) else names


def families_with(key: str) -> list[str]:
    """Hazard keys that `key` goes with: `onset` goes with `incidence`."""
    return [name for name, spec in registry.table("family").items() if key in keys_of(registry.load(spec))]


def only_key(kind: object) -> tuple[str, Parsed] | None:
    """The one key that a class needs, and how it is read, where that is so."""
    needed = needed_keys(kind)
    return next(iter(needed.items())) if len(needed) == 1 else None


def needed_keys(kind: object) -> dict[str, Parsed]:
    """The keys that a class needs, and how each is read; none where one of them is no single value."""
    inner = _inner(kind)
    found = {}
    for key in _needed(inner) if isinstance(inner, type) else ():
        field = _hints(inner)[key]
        parser = _parser(field) or next((p for a in get_args(_only(field)) if (p := _parser(a))), None)
        if parser is None:
            return {}
        found[key] = parser
    return found


def takes_list(kind: object, key: str) -> bool:
    """Whether the key of a class may have a list."""
    inner = _inner(kind)
    return isinstance(inner, type) and get_origin(_only(_hints(inner)[key])) is tuple


def _needed(kind: object) -> list[str]:
    """Keys that a class cannot do without."""
    if not is_dataclass(kind):
        return []
    return [f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING]


def _inner(kind: object) -> object:
    """The class below lists and names."""
    kind = _only(kind)
    while get_origin(kind) in (dict, tuple):
        kind = _only(get_args(kind)[1 if get_origin(kind) is dict else 0])
    return kind


def shape(kind: object) -> str:
    """What stands at a place of this kind, as one would write it."""
    several = options(kind)
    if len(several) > 1:
        return " or ".join(dict.fromkeys(shape(option) for option in several))
    short = any(isinstance(marker, Shorthand) for marker in _markers(kind))
    kind = _only(kind)
    if is_dataclass(kind):
        needed = _needed(kind)
        if _FAMILY in needed:
            return HAZARD
        if needed:
            return "{" + ", ".join(f"{name}: ..." for name in needed) + "}"
        names = [field.name for field in fields(kind)]
        return (
            "a mapping with the key " + names[0]
            if len(names) == 1
            else "a mapping with any of " + ", ".join(names)
        )
    origin, inner = get_origin(kind), get_args(kind)
    if origin is dict:
        one = shape(_inner(kind)) if is_dataclass(_inner(kind)) else "..."
        named = f"{{NAME: {one}, ...}}"
        return f"{one}, or {named}" if short and one.startswith("{") else named
    if origin is tuple:
        return "a list, [..., ...]" if inner[-1] is Ellipsis else f"a list of {len(inner)}"
    return "a mapping (key: value)"


def a_delay(names: Iterable[str]) -> str:
    """What may stand where a delay does; names: of the laws."""
    laws = " | ".join(name for name in names if name != "fixed")
    return f"a duration such as 5 days, or {{{laws}: ...}}"


def allowed_value(kind: object) -> str:
    """What may stand at a place, in words: the parser's own where there is one."""
    if any(isinstance(marker, Registered) and marker.what == "delay" for marker in _markers(kind)):
        return a_delay(registry.table("delay"))
    found = []
    for option in options(kind):
        parser = _parser(option) or _parser(kind)
        if parser is None:
            found.append(shape(option))
            continue
        try:
            parser.parse("")
        except QuantityError as error:
            found.append(error.allowed)
    return " or ".join(dict.fromkeys(found))


# -- walking the annotations ----------------------------------------------------------------------


def _step(kind: object, part: str | int) -> object:
    if isinstance(part, str) and part.startswith(TAG):
        return _class_of(part.removeprefix(TAG), kind)
    several = options(kind)
    if len(several) > 1:
        return next((option for option in several if _labelled(option, str(part))), None)
    kind = _only(kind)
    if is_dataclass(kind) and isinstance(kind, type):
        return _hints(kind).get(str(part))
    arguments = get_args(kind)
    if get_origin(kind) is dict:
        return arguments[0] if part == "[key]" else arguments[1]
    if get_origin(kind) is tuple:
        return arguments[0] if arguments[-1] is Ellipsis or not isinstance(part, int) else arguments[part]
    return None


def _class_of(name: str, kind: object) -> object:
    marker = next((m for m in _markers(kind) if isinstance(m, Registered)), None)
    table = marker.table() if marker else {}
    return registry.load(table[name]) if name in table else None


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _labelled(option: object, label: str) -> bool:
    """Whether a union's branch goes by this label in a location: a class name, or `function-plain[...]`."""
    name = getattr(_bare(option), "__name__", "")
    return label.startswith("function") if _parser(option) else label == name


def _bare(kind: object) -> object:
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return kind


def _only(kind: object) -> object:
    """Without Annotated, and without the None of what may be left out."""
    several = options(kind)
    return _bare(several[0]) if len(several) == 1 else _bare(kind)


def _markers(kind: object) -> Iterator[object]:
    if get_origin(kind) is Annotated:
        yield from get_args(kind)[1:]
        yield from _markers(get_args(kind)[0])
    elif get_origin(kind) in (Union, types.UnionType):
        for option in get_args(kind):
            yield from _markers(option)


def _parser(kind: object) -> Parsed | None:
    return next((marker for marker in _markers(kind) if isinstance(marker, Parsed)), None)
