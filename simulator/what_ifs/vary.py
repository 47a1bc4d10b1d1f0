"""What is varied: a place of the file and the values that it takes, as `--vary PATH=...` says them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, isfinite, log

from simulator.errors import QuantityError, TrialstopError, show
from simulator.loading.nodes import path_text
from simulator.loading.paths import parse_path

__all__ = ["ASSIGNED", "Range", "Scale", "Vary", "parse_vary", "with_units"]

MOST_VALUES = 10_000
ALLOWED = "PATH=v1,v2,... or PATH=FROM:TO:HOW_MANY or PATH=FROM:TO:HOW_MANY:log"
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
ASSIGNED = re.compile(r'((?:"[^"]+"|\[[0-9]+\]|[^"=])+)=(.*)', re.DOTALL)
_BRACKETS = {"[": 1, "{": 1, "(": 1, "]": -1, "}": -1, ")": -1}


@dataclass(frozen=True, slots=True)
class Scale:
    """Values that differ in one number: `more than {number}%`. whole: only whole numbers have been seen."""

    before: str
    after: str
    whole: bool = False

    def text(self, number: float) -> str:
        """The value with this number."""
        written = f"{number:.0f}" if number == round(number) and abs(number) < 1e15 else f"{number:.12g}"
        after = re.sub(r"^( *)(day|week|month|year)s\b", r"\1\2", self.after) if number == 1.0 else self.after
        return f"{self.before}{written}{after}"

    def number(self, text: str) -> float | None:
        """The number of a value; None for a value that differs in more."""
        found = _split(text)
        if found is None or found[0] != self.before or not _unit(self.after).startswith(_unit(found[2])):
            return None
        return float(found[1])

    @classmethod
    def of(cls, texts: Sequence[str]) -> Scale | None:
        """What values have in common; None unless they differ in one number at most."""
        parts = [_split(text) for text in texts]
        there = [part for part in parts if part is not None]
        if not there or len(there) < len(parts):
            return None
        after = max((part[2] for part in there), key=len)
        whole = all(re.fullmatch(r"[-+]?[0-9]+", part[1]) for part in there)
        scale = cls(there[0][0], after, whole)
        return scale if all(scale.number(text) is not None for text in texts) else None


@dataclass(frozen=True, slots=True)
class Range:
    """From one number to another, on a scale of values."""

    scale: Scale
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Vary:
    """path: of the file, as `paths.path_text` writes it. values: texts, as they would stand in the file."""

    path: str
    values: tuple[str, ...]

    @property
    def scale(self) -> Scale | None:
        """What the values have in common, if they differ in one number."""
        return Scale.of(self.values)

    @property
    def numbers(self) -> tuple[float, ...] | None:
        """Where values stand on an axis; None for words."""
        scale = self.scale
        if scale is None:
            return None
        found = [scale.number(value) for value in self.values]
        return tuple(number for number in found if number is not None)

    @property
    def range(self) -> Range | None:
        """From the least to the largest."""
        scale, numbers = self.scale, self.numbers
        return None if scale is None or numbers is None else Range(scale, min(numbers), max(numbers))

    def change(self, value: str) -> str:
        """The assignment of a value."""
        return f"{self.path}={value}"


def parse_vary(text: str) -> Vary:
    """`PATH=v1,v2` or `PATH=FROM:TO:HOW_MANY[:log]`; TrialstopError for anything else.

    Values are separated by commas outside brackets and quotes. FROM and TO are the same but for a number; a
    bare number has the unit of the others: `1:4 months:4`, `1,2,6 months`.
    """
    found = ASSIGNED.fullmatch(text.strip())
    if found is None:
        raise _refused(text, show(text))
    if not found[2].strip():
        raise _refused(text, "no value")
    try:
        path = path_text(parse_path(found[1]))
    except QuantityError as error:
        raise _refused(text, error.found, error.allowed) from None
    return Vary(path, _values(text, found[2].strip()))


def _values(text: str, given: str) -> tuple[str, ...]:
    pieces = re.split(r":(?! )", given)
    if len(pieces) in (3, 4) and re.fullmatch(r" *[0-9]+ *", pieces[2]) and pieces[3:] in ([], ["log"]):
        return tuple(_spread(text, pieces[0].strip(), pieces[1].strip(), int(pieces[2]), bool(pieces[3:])))
    values = [value.strip() for value in _at_commas(given)]
    if not all(values):
        raise _refused(text, "an empty value")
    if len(set(values)) < len(values):
        raise _refused(text, "a value twice", "each value once")
    if len(values) > MOST_VALUES:
        raise _refused(text, f"{len(values):,} values", f"at most {MOST_VALUES:,}")
    return tuple(with_units(values))


def with_units(values: Sequence[str]) -> Iterator[str]:
    """`1, 2 months` as `1 month, 2 months`."""
    scale = Scale.of(values)
    for value in values:
        number = None if scale is None or not re.fullmatch(_NUMBER, value) else scale.number(value)
        yield value if scale is None or number is None or not scale.after else scale.text(number)


def _spread(text: str, low: str, high: str, count: int, logarithmic: bool) -> Iterator[str]:
    scale = Scale.of([low, high])
    if scale is None:
        raise _refused(text, f"from {show(low)} to {show(high)}", "two values that differ in one number")
    first, last = scale.number(low), scale.number(high)
    assert first is not None
    assert last is not None
    ends = f"from {show(low)} to {show(high)}"
    if not (isfinite(first) and isfinite(last)):
        raise _refused(text, ends, "numbers that are not so large")
    if first == last:
        raise _refused(text, ends, "two values that are apart")
    if not 2 <= count <= MOST_VALUES:
        raise _refused(text, f"{count:,} value{'s' * (count > 1)} {ends}", f"2 to {MOST_VALUES:,} values")
    if logarithmic and min(first, last) <= 0:
        raise _refused(text, f"{ends} on a logarithmic scale", "numbers above 0")
    for i in range(count):
        share = i / (count - 1)
        if i in (0, count - 1):
            yield scale.text(last if i else first)
        elif logarithmic:
            yield scale.text(float(f"{exp(log(first) + share * log(last / first)):.6g}"))
        else:
            yield scale.text(float(f"{first + share * (last - first):.12g}"))


def _at_commas(given: str) -> list[str]:
    """The pieces between commas that are in no bracket and no quotes."""
    pieces, depth, quote = [""], 0, ""
    for letter in given:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        else:
            depth += _BRACKETS.get(letter, 0)
        if letter == "," and depth == 0 and not quote:
            pieces.append("")
        else:
            pieces[-1] += letter
    return pieces


def _split(text: str) -> tuple[str, str, str] | None:
    """(before, number, after) of the first number in a value."""
    found = _NUMBER.search(text)
    return None if found is None else (text[: found.start()], found[0], text[found.end() :])


def _unit(after: str) -> str:
    """What follows a number, `months` as `month`."""
    return re.sub(r"\b(day|week|month|year)s\b", r"\1", after)


def _refused(text: str, found: str, allowed: str = ALLOWED) -> TrialstopError:
    return TrialstopError(f"--vary {text}: found {found}, allowed {allowed}")
