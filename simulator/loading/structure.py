"""From a node tree to the model's dataclasses: pydantic validates, problems keep file and line."""

from __future__ import annotations

import types
from collections.abc import Mapping as AbstractMapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from simulator import registry
from simulator.errors import Problem, QuantityError, show
from simulator.loading.nodes import Mapping, path_text, plain
from simulator.loading.paths import close_match, find, locate
from simulator.model.registered import TAG, Registered

__all__ = ["validate"]

T = TypeVar("T")
Loc = tuple[str | int, ...]


@cache
def _adapter(cls: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(cls)


def validate(cls: type[T], node: Mapping, root: Mapping, path: tuple[str, ...]) -> tuple[T | None, list[Problem]]:
    """The node at `path` of `root` as a `cls`, or None with every problem in it."""
    try:
        return _adapter(cls).validate_python(plain(node)), []
    except ValidationError as error:
        return None, [_problem(cls, root, path, item) for item in error.errors(include_url=False)]


def _problem(cls: type[Any], root: Mapping, prefix: tuple[str, ...], item: AbstractMapping[str, Any]) -> Problem:
    loc: Loc = tuple(part for part in item["loc"] if not str(part).startswith(TAG))
    found, allowed, hint = _words(cls, item, loc)
    where = _existing(root, (*prefix, *loc))
    if item["type"] == "missing":
        where = (*_existing(root, (*prefix, *loc[:-1])), loc[-1])
    file, line = locate(root, where)
    return Problem(file=file, line=line, path=path_text(where), found=found, allowed=allowed, hint=hint)


def _existing(root: Mapping, path: Loc) -> Loc:
    """The path without segments that are not in the file (`family`, single items read as lists)."""
    kept: Loc = ()
    for part in path:
        if find(root, (*kept, part)) is not None:
            kept = (*kept, part)
    return kept


def _words(cls: type[Any], item: AbstractMapping[str, Any], loc: Loc) -> tuple[str, str, str]:
    """What was found, what is allowed, and a hint."""
    kind, value, cause = item["type"], item["input"], item.get("ctx", {}).get("error")
    if isinstance(cause, QuantityError):
        return cause.found, cause.allowed, cause.hint
    if kind == "missing":
        return "nothing", f"the key `{loc[-1]}`, which is needed here", ""
    if kind == "unexpected_keyword_argument":
        known = _keys(_type_at(cls, item["loc"][:-1]))
        return f"the key `{loc[-1]}`", _one_of(known), close_match(str(loc[-1]), known)
    if kind in {"union_tag_not_found", "union_tag_invalid"}:
        return _tag_words(cls, item["loc"], value)
    shapes = {
        "dataclass_type": "a mapping (key: value)",
        "dict_type": "a mapping (key: value)",
        "tuple_type": "a list",
        "too_long": f"{item.get('ctx', {}).get('max_length')} items",
    }
    return show(value), shapes.get(kind, str(cause) if cause else item["msg"]), ""


def _tag_words(cls: type[Any], loc: Loc, value: object) -> tuple[str, str, str]:
    """A rule, family or delay that the registry does not know."""
    marker = _marker_at(cls, loc)
    table = marker.table() if marker else {}
    names = list(table)
    if marker is not None and marker.what == "rule":
        kind = value.get("kind") if isinstance(value, dict) else None
        if kind is None:
            return show(value) if not isinstance(value, dict) else "no `kind`", "a rule, as {kind: KIND, ...}", ""
        return f"the kind {show(kind)}", _one_of(names), close_match(str(kind), names)
    keys = list(value) if isinstance(value, dict) else []
    known = names + ([f for f in _keys(_type_at(cls, loc[:-1])) if f != "family"] if marker else [])
    hint = next((hint for key in keys if (hint := close_match(str(key), known))), "")
    found = "the keys " + ", ".join(f"`{key}`" for key in keys) if keys else show(value)
    return (found if keys else "no hazard"), f"one of {', '.join(names)}, with what goes with it", hint


def _one_of(names: list[str]) -> str:
    return f"one of {', '.join(names)}" if names else "nothing"


# -- which class stands at an error's location ----------------------------------------------------


def _keys(kind: object) -> list[str]:
    """The keys a class takes in a file."""
    if not is_dataclass(kind):
        return []
    names = [field.name for field in fields(kind)]
    return [*[n for n in names if n != "family"], *registry.FAMILIES] if "family" in names else names


def _type_at(cls: object, loc: Loc) -> object:
    """The class at a pydantic location, tags included; None where the walk loses its way."""
    here = cls
    for part in loc:
        here = _step(_bare(here), part)
    return _bare(here)


def _marker_at(cls: object, loc: Loc) -> Registered | None:
    """The `Registered` marker of the field at a location."""
    here = cls
    for part in loc:
        here = _step(_bare(here), part)
    if get_origin(here) is Annotated:
        return next((m for m in get_args(here)[1:] if isinstance(m, Registered)), None)
    options = get_args(here) if get_origin(here) in (Union, types.UnionType) else ()
    return next((m for option in options if (m := _marker_at(option, ()))), None)


def _bare(kind: object) -> object:
    """Without Annotated and Optional."""
    while get_origin(kind) is Annotated or get_origin(kind) in (Union, types.UnionType):
        kind = next((a for a in get_args(kind) if a is not type(None)), None)
    return kind


def _step(kind: object, part: str | int) -> object:
    if isinstance(part, str) and part.startswith(TAG):
        name = part.removeprefix(TAG)
        tables = (registry.RULES, registry.FAMILIES, registry.DELAYS)
        return next((registry.load(table[name]) for table in tables if name in table), None)
    if is_dataclass(kind) and isinstance(kind, type):
        return get_type_hints(kind, include_extras=True).get(str(part))
    arguments = get_args(kind)
    if get_origin(kind) is dict:
        return arguments[1]
    if get_origin(kind) is tuple:
        return arguments[0] if arguments[-1] is Ellipsis or not isinstance(part, int) else arguments[part]
    return None
