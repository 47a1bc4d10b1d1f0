"""What a what-if aims at: `p_stop<=5% under planned`, `n_enrolled>=15 under planned`, `p_stop=50%`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast

from simulator.errors import QuantityError, TrialstopError, show
from simulator.metrics.registry import column_of, metric_of
from simulator.metrics.text import key_of, text_of
from simulator.model.metric import Key, Kind
from simulator.units import parse_delay, parse_number, parse_probability

__all__ = ["Sign", "Target", "parse_target"]

Sign = Literal["<=", ">=", "="]

ALLOWED = "METRIC<=VALUE or METRIC>=VALUE, with ` under TRUTH` or without, such as p_stop<=5% under planned"
EQUALS = "METRIC=VALUE, with ` under TRUTH` or without, such as p_stop=50%"
_PARTS = re.compile(r'((?:"[^"]*"|[^"<>=])+)(<=|>=|[<>=]+)(.*)', re.DOTALL)
_UNDER = re.compile(r"(.*?)(?:\s+under\s+(.+))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Target:
    """A metric, and where it is to be. value: a share from 0 to 1, or days. truth: None if not said."""

    key: Key
    sign: Sign
    value: float
    truth: str | None = None

    def met(self, level: float) -> bool:
        """Whether a value of the metric does as asked; nothing but the value itself equals it."""
        if self.sign == "=":
            return level == self.value
        return level <= self.value if self.sign == "<=" else level >= self.value

    def text(self) -> str:
        """As it is written."""
        under = "" if self.truth is None else f" under {self.truth}"
        return f"{text_of(self.key)}{self.sign}{_written(self.key, self.value)}{under}"


def parse_target(text: str, *, option: str = "--target", signs: tuple[Sign, ...] = ("<=", ">=")) -> Target:
    """Read a target. TrialstopError, which names the option, for anything else.

    A share is aimed at from 0% to 100%, a time in days or with its unit, any other mean as a number.
    """

    def refused(found: str, allowed: str) -> TrialstopError:
        return TrialstopError(f"{option} {show(text)}: found {found}, allowed {allowed}")

    forms = EQUALS if signs == ("=",) else ALLOWED
    parts = _PARTS.fullmatch(text.strip())
    if parts is None:
        raise refused("no " + " or ".join(signs), forms)
    if parts[2] not in signs:
        raise refused(parts[2], forms)
    try:
        key = key_of(parts[1].strip())
    except TrialstopError as error:
        raise TrialstopError(f"{option} {show(text)}: {error}") from None
    if metric_of(key).kind is Kind.DIFFERENCE or column_of(key) != key:
        raise refused(text_of(key), "a share or a mean: of differences and quantiles there is no target")
    rest = _UNDER.fullmatch(parts[3].strip())
    assert rest is not None  # it matches anything
    try:
        value = _reader(key)(rest[1].strip())
    except QuantityError as error:
        raise refused(f"{text_of(key)} of {error.found}", error.allowed) from None
    return Target(key, cast(Sign, parts[2]), value, rest[2].strip() if rest[2] else None)


def _reader(key: Key) -> Callable[[object], float]:
    kind = metric_of(key).kind
    return {Kind.SHARE: parse_probability, Kind.TIME: _days}.get(kind, parse_number)


def _days(value: object) -> float:
    """Days, with their unit or without."""
    try:
        return parse_number(value)
    except QuantityError:
        return parse_delay(value)


def _written(key: Key, value: float) -> str:
    if metric_of(key).kind is Kind.SHARE:
        return f"{100 * value:.12g}%"
    return f"{value:.12g}" + " days" * (metric_of(key).kind is Kind.TIME)
