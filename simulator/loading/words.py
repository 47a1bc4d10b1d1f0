"""Pydantic's errors in words: what was found, what is allowed, and a hint."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator import plugins, registry
from simulator.errors import QuantityError
from simulator.loading.expected import (
    HAZARD,
    METHOD,
    Loc,
    a_delay,
    allowed_value,
    families_with,
    keys_of,
    kind_at,
    needed_keys,
    only_key,
    parser_at,
    registered_at,
    shape,
    takes_list,
)
from simulator.loading.hints import hazard_hint, hint, meant_by
from simulator.loading.written import as_written
from simulator.model.registered import TAG
from simulator.repairs import close_match
from simulator.scalars import Parsed, did_you_mean

__all__ = ["Words", "one_of", "words"]


@dataclass(frozen=True, slots=True)
class Words:
    """One problem. `at`: keys further down than the error's own place, where the blame is narrower."""

    found: str
    allowed: str
    hint: str = ""
    at: tuple[str, ...] = ()


def words(cls: type[Any], item: Mapping[str, Any]) -> Words:
    """The words of one of pydantic's error records about a `cls`."""
    kind, loc, value = item["type"], item["loc"], item["input"]
    cause = item.get("ctx", {}).get("error")
    if isinstance(cause, QuantityError):
        return _refused(cls, loc, value, cause)
    if cause is not None:
        return _narrower(value, as_written(value), str(cause))
    if kind == "missing":
        return _missing(cls, loc, value)
    if kind == "unexpected_keyword_argument":
        return _unknown_key(cls, loc)
    if kind in {"union_tag_not_found", "union_tag_invalid"}:
        return _no_choice(cls, loc, value)
    here = kind_at(cls, loc)
    if kind == "too_long":
        return Words(f"a list of {len(value)}", shape(here))
    return _wrong_shape(
        here, value, str(next((part for part in reversed(loc) if not isinstance(part, int)), ""))
    )


def one_of(names: list[str]) -> str:
    """`one of a, b, c`; `a` alone."""
    return f"one of {', '.join(names)}" if len(names) > 1 else f"`{names[0]}`" if names else "nothing"


def _refused(cls: type[Any], loc: Loc, value: object, cause: QuantityError) -> Words:
    """A value that its parser refused, or a class after reading it."""
    parser = parser_at(cls, loc)
    if parser is None:
        return _narrower(value, cause.found, cause.allowed, cause.hint)
    guess = hint(parser.parse, value, cause.allowed, cause.hint)
    as_python = cause.found in (repr(value), repr(str(value)), repr(str(value).strip()))
    found = as_written(value) if as_python or not isinstance(value, str) else cause.found
    return Words(found, cause.allowed, guess)


def _narrower(value: object, found: str, allowed: str, help_: str = "") -> Words:
    """Move the blame to a key: the one that `found` begins with, or the only one there is."""
    if not isinstance(value, dict):
        return Words(found, allowed, help_)
    key, separator, rest = found.partition(": ")
    if separator and key in value:
        return Words(rest, allowed, help_, (key,))
    if len(value) == 1 and found == as_written(value):
        (key,) = value
        return Words(as_written(value[key]), allowed, help_, (str(key),))
    return Words(found, allowed, help_)


def _missing(cls: type[Any], loc: Loc, value: object) -> Words:
    if isinstance(loc[-1], int):
        length = len(value) if isinstance(value, list | tuple) else loc[-1]
        return Words(f"a list of {length}", shape(kind_at(cls, loc[:-1])))
    return Words("nothing", allowed_value(kind_at(cls, loc)), f"`{loc[-1]}` is needed here")


def _wrong_shape(kind: object, value: object, key: str) -> Words:
    """A list where a mapping belongs, and the like; `key`: what it stands under."""
    allowed = shape(kind)
    guess = ""
    if not isinstance(value, dict | list):
        if allowed == HAZARD or "components" in keys_of(kind):
            guess, allowed = hazard_hint(value), HAZARD
        elif allowed == "a list, [..., ...]":
            guess = did_you_mean(f"[{as_written(value)}]")
        else:
            guess = close_match(key, keys_of(kind)) or _under_its_key(kind, value)
    elif isinstance(value, dict) and allowed.startswith("a list"):
        guess = "put a - before each item, or [ ] around the list"
    elif isinstance(value, list) and not allowed.startswith("a list"):
        guess = _under_its_keys(kind, value) or "write key: value, without - and [ ]"
    return Words(as_written(value), allowed, guess)


def _under_its_key(kind: object, value: object) -> str:
    """`did you mean {every: 3 months}?` where one key is needed that reads the value, or nearly."""
    needed = only_key(kind)
    if needed is None:
        return ""
    key, parser = needed
    text = _read_or_meant(parser, value)
    return did_you_mean(f"{{{key}: {text}}}") if text else ""


def _under_its_keys(kind: object, values: list[object]) -> str:
    """`did you mean {events: 0.5, others: 1.5}?` for a list of what the needed keys take, in their order."""
    needed = needed_keys(kind)
    if needed and len(needed) == len(values):
        given = {
            key: _read_or_meant(parser, value)
            for (key, parser), value in zip(needed.items(), values, strict=True)
        }
    elif len(needed) == 1 and takes_list(kind, *needed):
        ((key, parser),) = needed.items()
        items = [_read_or_meant(parser, value) for value in values]
        given = {key: f"[{', '.join(items)}]" if all(items) else ""}
    else:
        return ""
    inside = ", ".join(f"{key}: {text}" for key, text in given.items())
    return did_you_mean(f"{{{inside}}}") if all(given.values()) else ""


def _read_or_meant(parser: Parsed, value: object) -> str:
    """A value as it stands where it can be read, as it was meant otherwise; "" if there is no telling."""
    return "" if isinstance(value, list | dict) else meant_by(parser.parse, value)


# -- keys -----------------------------------------------------------------------------------------


def _unknown_key(cls: type[Any], loc: Loc) -> Words:
    key = str(loc[-1])
    known = _keys_at(cls, loc[:-1])
    family = _family(loc[:-1])
    if family is not None and key in registry.table("family"):
        help_ = "two hazards are two components: components: {ONE: {...}, OTHER: {...}}"
        return Words(f"`{key}` beside `{family}`", "one hazard in a component", help_)
    if family is not None and (mates := families_with(key)):
        return Words(
            f"the key `{key}`", one_of(known), f"`{key}` goes with {' or '.join(f'`{m}`' for m in mates)}"
        )
    near = close_match(key, known)
    if not near and "kind" in known and (kinds := _kinds_with([key])):
        near = f"`{key}` belongs to the {kinds}"
    return Words(f"the key `{key}`", one_of(known), near)


def _keys_at(cls: type[Any], loc: Loc) -> list[str]:
    """Keys that may stand at a place; those of a component and its hazard stand together."""
    own = keys_of(kind_at(cls, loc))
    if METHOD in loc[-2:]:
        return list(dict.fromkeys([*own, *keys_of(kind_at(cls, loc[: loc.index(METHOD)]))]))
    if _family(loc) is None:
        return own
    return [*own, *(key for key in keys_of(kind_at(cls, loc[:-2])) if key not in registry.table("family"))]


def _family(loc: Loc) -> str | None:
    """The hazard key when the location is a component's hazard."""
    tag = str(loc[-1]) if loc else ""
    return tag.removeprefix(TAG) if len(loc) > 1 and loc[-2] == "family" and tag.startswith(TAG) else None


def _no_choice(cls: type[Any], loc: Loc, value: object) -> Words:
    """A rule, hazard or delay that the registry does not know."""
    marker = registered_at(cls, loc)
    what: registry.Choice = marker.what if marker else "rule"
    names = [*marker.table(), *plugins.others(what)] if marker else []
    if what in {"rule", "design"}:
        return _no_rule(value, names)
    if what == "delay":
        return _no_delay(value, names)
    keys = [str(key) for key in value] if isinstance(value, dict) else []
    known = [*names, *(key for key in keys_of(kind_at(cls, loc[:-1])) if key not in names)]
    if not keys:
        return Words("no hazard", one_of(names), "an event that does not happen has `hazard: 0`")
    mates = families_with(keys[0])
    if mates:
        return Words(f"`{keys[0]}` alone", f"{one_of(names)}", f"`{keys[0]}` goes with {' or '.join(mates)}")
    found = f"the key `{keys[0]}`" if len(keys) == 1 else "the keys " + ", ".join(f"`{key}`" for key in keys)
    guess = next((near for key in keys if (near := close_match(key, known))), "")
    others = [key for key in known if key not in names]
    at = tuple(keys) if len(keys) == 1 else ()
    return Words(found, f"{one_of(names)}, for the hazard; beside it {', '.join(others)}", guess, at)


def _kinds_with(keys: list[str]) -> str:
    """The kinds of rule that take these keys: `kinds at_least, at_most`."""
    kinds = [
        name
        for name, spec in registry.table("rule").items()
        if set(keys) <= set(keys_of(registry.load(spec)))
    ]
    return f"kind{'s' if len(kinds) > 1 else ''} {', '.join(kinds)}" if kinds else ""


def _no_rule(value: object, names: list[str]) -> Words:
    allowed = "{kind: KIND, ...}, where KIND is " + one_of(names)
    if not isinstance(value, dict):
        count = re.fullmatch(r"(at least|at most) (\d+)", str(value))
        guess = f"did you mean {{kind: {count[1].replace(' ', '_')}, count: {count[2]}}}?" if count else ""
        return Words(as_written(value), allowed, guess)
    if "kind" not in value:
        keys = [str(key) for key in value]
        guess = next((near for key in keys if (near := close_match(key, ["kind"]))), "")
        if not guess and (kinds := _kinds_with(keys)):
            guess = f"{', '.join(f'`{key}`' for key in keys)}: keys of the {kinds}"
        return Words("no `kind`", allowed, guess)
    kind = value["kind"]
    return Words(as_written(kind), one_of(names), close_match(str(kind), names), ("kind",))


def _no_delay(value: object, names: list[str]) -> Words:
    laws = [name for name in names if name != "fixed"]
    allowed = a_delay(names)
    if not isinstance(value, dict):
        return Words(as_written(value), allowed)
    guess = next((near for key in value if (near := close_match(str(key), laws))), "")
    return Words(as_written(value), allowed, guess)
