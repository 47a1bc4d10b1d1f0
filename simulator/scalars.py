"""How one scalar of a scenario becomes a value: its number text, refusals, and markers for model fields.

The lowest step below `units`, which has the quantities; models import from there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from simulator.errors import QuantityError, show

__all__ = ["NUMBER", "Parsed", "Shorthand", "did_you_mean", "meant", "one_word", "plain_number",
    "read_number", "read_percent", "refuse", "whole_number", "words"]  # fmt: skip

NUMBER = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?"  # YAML 1.2 core, decimal only
MAX_COUNT_DIGITS = 15  # every such whole number is exact as a float


@dataclass(frozen=True, slots=True)
class Parsed:
    """Marker for `Annotated`: the field is read by `parse`, which raises `QuantityError`.

    json_types : JSON types a scenario may use for it, for the JSON Schema (`string number`)
    The hook hands pydantic a plain schema dict, so that this module need not import it.
    """

    parse: Callable[[object], object]
    json_types: str = "string"

    def __get_pydantic_core_schema__(self, source: object, handler: object) -> dict[str, object]:
        return {"type": "function-plain", "function": {"type": "no-info", "function": self.parse}}


@dataclass(frozen=True, slots=True)
class Shorthand:
    """Marker for `Annotated`: `convert` turns a short form into the long one before the field is read.

    also : what a scenario may have in the place of the long form, as an annotation, for the JSON Schema;
           left out, a single item of a list
    """

    convert: Callable[[object], object]
    also: object = None

    def __get_pydantic_core_schema__(
        self, source: object, handler: Callable[[object], object]
    ) -> dict[str, object]:
        function = {"type": "no-info", "function": self.convert}
        return {"type": "function-before", "function": function, "schema": handler(source)}


def one_word(*allowed: str) -> Parsed:
    """A field that is one of a few words."""
    *first, last = (f"`{word}`" for word in allowed)
    words_allowed = f"{', '.join(first)} or {last}" if first else last

    def read(value: object) -> str:
        return str(value) if value in allowed else refuse(value, words_allowed)

    return Parsed(read)


def refuse(found: object, allowed: str, hint: str = "") -> NoReturn:
    """Raise `QuantityError` naming the value found."""
    raise QuantityError(show(found), allowed, hint)


def did_you_mean(text: str) -> str:
    """The usual hint."""
    return f"did you mean {text}?"


def meant(hint: str) -> str:
    """What a hint proposes, `did_you_mean` undone; "" if it proposes nothing, or leaves a choice."""
    _, asked, rest = hint.rpartition("did you mean ")
    return rest.removesuffix("?") if asked and ", or " not in rest else ""


def words(value: object) -> str:
    """The scalar's text with single spaces; "" for what is no scalar."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return " ".join(str(value).split())
    return ""


def read_number(text: str) -> float | None:
    """The finite decimal number a text is, whole; None if it is none."""
    number = float(text) if re.fullmatch(NUMBER, text) else math.inf
    return number + 0.0 if math.isfinite(number) else None  # + 0.0: no negative zero


def read_percent(text: str) -> float | None:
    """`33%` -> 0.33, shifting the decimal exponent, so that 0.7% is the float nearest to 0.007."""
    body, _, exponent = text.removesuffix("%").strip().lower().partition("e")
    if not text.endswith("%") or re.fullmatch(NUMBER, f"{body}e{exponent or 0}") is None:
        return None
    return read_number(f"{body}e{int(exponent or 0) - 2}")


def _number_hint(text: str) -> str:
    if text.endswith("%") and (percent := read_percent(text)) is not None:
        return did_you_mean(f"{percent:g}")
    if re.fullmatch(r"[-+]?[0-9]+([_,][0-9]+)+(\.[0-9]+)?", text):
        return f"digits stand alone; {did_you_mean(re.sub('[_,]', '', text))}"
    return "decimal digits only" if re.match(r"0[xob]", text) else ""


def plain_number(value: object, allowed: str) -> float:
    """A finite number, or a refusal with a hint."""
    text = words(value)
    number = read_number(text)
    return refuse(value, allowed, _number_hint(text)) if number is None else number


def whole_number(value: object, least: int, most: int = 10**MAX_COUNT_DIGITS - 1) -> int:
    """A whole number from `least` to `most`, in digits only, or a refusal with a hint."""
    allowed = f"a whole number from {least}"
    text = words(value)
    if re.fullmatch(rf"[-+]?[0-9]{{1,{MAX_COUNT_DIGITS}}}", text):
        if int(text) > most:
            refuse(value, f"{allowed} to {most:,}")
        return int(text) if int(text) >= least else refuse(value, allowed)
    number = read_number(text)
    if number is not None and least <= number <= most and number == int(number):
        refuse(value, allowed, did_you_mean(str(int(number))))
    refuse(value, allowed, "" if text.endswith("%") else _number_hint(text))
