"""Quantities as people write them, and the one unit inside: the day.

Parsers take the text of a YAML scalar (a typed number is read as its own text) and return a number
in days, per day, or in [0, 1]; they raise `QuantityError` with what was found, what is allowed, and a hint.
The aliases at the end (`Days`, `Probability`, ...) put a parser into `Annotated`, so that the fields
of a model carry their unit and are read by it; pydantic meets them only as plain schema dicts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import floor, inf, isfinite, isinf
from typing import Annotated, Literal

from simulator import limits
from simulator.errors import QuantityError
from simulator.formats import (
    DAYS_PER_MONTH,
    DAYS_PER_WEEK,
    DAYS_PER_YEAR,
    TICK,
    format_days,
    format_hazard,
    format_probability,
    format_share,
)
from simulator.repairs import (
    comparison_hint,
    duration_hint,
    probability_hint,
    rate_hint,
    read_or_meant,
    risk_hint,
)
from simulator.scalars import (
    NUMBER,
    Parsed,
    Shorthand,
    did_you_mean,
    plain_number,
    read_number,
    read_percent,
    refuse,
    whole_number,
    words,
)
from simulator.visible import unseen, visible

__all__ = [
    "COMPARISON_WORDS", "DAYS_PER_MONTH", "DAYS_PER_WEEK", "DAYS_PER_YEAR", "NAMES_ALLOWED", "TICK",
    "Acceptable", "Comparison", "ComparisonValue", "Count", "CutOff", "Days", "DelayDays", "Flag", "Hazard",
    "Interval", "Name", "Number", "OpenProbability", "Parsed", "PositiveCount", "PositiveNumber",
    "Probability", "Prose", "Rate", "Risk", "RiskValue", "Shape", "Shorthand", "Sigma", "Text", "format_days",
    "format_hazard", "format_probability", "format_share", "parse_acceptable", "parse_comparison",
    "parse_count", "parse_cutoff", "parse_delay", "parse_duration", "parse_flag", "parse_hazard",
    "parse_interval", "parse_name", "parse_number", "parse_open_probability", "parse_positive_count",
    "parse_positive_number", "parse_probability", "parse_prose", "parse_rate", "parse_risk",
    "parse_shape", "parse_sigma", "parse_text", "quantise",
]  # fmt: skip


ComparisonWord = Literal["more than", "at least", "less than", "at most"]
COMPARISON_WORDS: tuple[ComparisonWord, ...] = ("more than", "at least", "less than", "at most")

_UNIT_DAYS = {"day": 1.0, "week": DAYS_PER_WEEK, "month": DAYS_PER_MONTH, "year": DAYS_PER_YEAR}
_PER_TIME = re.compile(rf"(?P<number>{NUMBER}) per (?P<unit>day|week|month|year)")
_PER_PERSON = re.compile(
    rf"(?P<number>{NUMBER}) per (?:(?P<time>{NUMBER}) )?person-(?P<unit>day|week|month|year)s?"
)
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
NAME_ALLOWED = "a name of letters, digits, _ and -, not starting with a digit or -"
NAME_SHORT = f"a name of at most {limits.MOST_NAME} letters"
NAME_OF_FILE = "a name that a file can have"
NAMES_ALLOWED = (NAME_ALLOWED, NAME_SHORT, NAME_OF_FILE)
_DURATION_TEXT = "a number of days, weeks, months or years, such as 28 days or 6 months"
_PROBABILITY_TEXT = "0 to 1 or 0% to 100%"
_HAZARD_TEXT = "a hazard from 0 such as 3 per 206 person-years, 0.17 per year or 0.002 per day"
_AT_MOST = f"at most {limits.MOST_DAYS / DAYS_PER_YEAR:.0f} years"


def quantise(days: float) -> float:
    """The nearest multiple of `TICK`, halves upwards; infinite from 1e303 days on. Days in, days out."""
    return days * 2**20 if isinf(days * 2**20) else floor(days * 2**20 + 0.5) / 2**20


# ---------------------------------------------------------------- numbers, counts, words


def parse_number(value: object) -> float:
    """A finite decimal number: `3`, `-0.5`, `1e-3`, `010` (ten). Not `1_000`, `0x10`, `nan`, `5%`."""
    return plain_number(value, "a number")


def parse_positive_number(value: object) -> float:
    """A finite decimal number above 0."""
    return _between(value, 1 / limits.MOST_NUMBER, limits.MOST_NUMBER)


def parse_sigma(value: object) -> float:
    """The standard deviation of log time, above 0."""
    return _between(value, 1 / limits.MOST_NUMBER, limits.MOST_SIGMA)


def parse_shape(value: object) -> float:
    """The shape of a Weibull law, above 0."""
    return _between(value, 1 / limits.MOST_SHAPE, limits.MOST_SHAPE)


def _between(value: object, least: float, most: float) -> float:
    allowed = "a number above 0"
    number = plain_number(value, allowed)
    if number <= 0:
        refuse(value, allowed)
    return number if least <= number <= most else refuse(value, f"{allowed}, from {least:g} to {most:g}")


def parse_count(value: object) -> int:
    """A whole number from 0, digits only (`010` is ten)."""
    return whole_number(value, 0, limits.MOST_COUNT)


def parse_positive_count(value: object) -> int:
    """A whole number from 1, digits only."""
    return whole_number(value, 1, limits.MOST_COUNT)


def parse_flag(value: object) -> bool:
    """`true` or `false`, nothing else: `yes`, `on`, `True` and `1` are refused with a hint."""
    if isinstance(value, bool):
        return value
    text = words(value)
    if text not in ("true", "false"):
        word = text.lower()
        meant = "true" if word in ("true", "yes", "on", "y", "1") else "false"
        known = word in ("true", "yes", "on", "y", "1", "false", "no", "off", "n", "0")
        refuse(value, "true or false", did_you_mean(meant) if known else "")
    return text == "true"


def parse_acceptable(value: object) -> bool | Literal["borderline"]:
    """`true`, `false`, or `borderline`: rates at the limits, where a stop is neither a mistake nor wanted."""
    if value == "borderline":
        return "borderline"
    try:
        return parse_flag(value)
    except QuantityError as error:
        raise QuantityError(error.found, "true, false or borderline", error.hint) from None


def parse_name(value: object) -> str:
    """A name: ASCII letters, digits, underscores and hyphens, starting with a letter or underscore.

    They stand in names of files: none is longer than limits.MOST_NAME, or a device's on some systems.
    """
    text = value.strip() if isinstance(value, str) else words(value)
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", text):
        if len(text) > limits.MOST_NAME:
            refuse(f"{text[:20]}...", NAME_SHORT, f"it has {len(text)}")
        if _DEVICE.fullmatch(text):
            refuse(value, NAME_OF_FILE, f"{text} is a device on some systems; try {text}_")
        return text
    tidy = re.sub(r"[^A-Za-z0-9_-]+", "_", text).strip("_-")
    tidy = f"_{tidy}" if tidy[:1].isdigit() else tidy
    why = "a name has no spaces" if " " in text else "a name begins with a letter or _"
    beyond = re.sub(r"[A-Za-z0-9_ -]", "", text)  # dots and the like: what is meant is not clear
    refuse(value, NAME_ALLOWED, f"{why}; {did_you_mean(tidy)}" if tidy and not beyond else "")


def parse_text(value: object) -> str:
    """A text that is a name, such as a dose: at least one character, all of them visible; trimmed."""
    text = value.strip() if isinstance(value, str) else words(value)
    if hidden := unseen(text):
        refuse(value, f"visible characters, not {', '.join(hidden)}")
    return text or refuse(value, "some text")


def parse_prose(value: object) -> str:
    """A text for people, not empty, trimmed; what cannot be seen in it is written out (`visible`)."""
    text = value.strip() if isinstance(value, str) else words(value)
    return visible(text.replace("\t", " ")) or refuse(value, "some text")


# ---------------------------------------------------------------- times and rates


def parse_duration(value: object) -> float:
    """A length of time above 0 in days: `28 days`, `6 months` (of 30.4375 days). The unit is obligatory."""
    days = _days(value, f"{_DURATION_TEXT}, above 0")
    return _short(value, days) if days >= TICK else refuse(value, f"{_DURATION_TEXT}, above 0")


def parse_delay(value: object) -> float:
    """A length of time from 0 in days; a bare `0` needs no unit."""
    if read_number(words(value)) == 0:
        return 0.0
    days = _days(value, f"0, or {_DURATION_TEXT}")
    return _short(value, days) if days >= 0 else refuse(value, f"0, or {_DURATION_TEXT}")


def _short(value: object, days: float) -> float:
    return days if days <= limits.MOST_DAYS else refuse(value, f"a duration, {_AT_MOST}")


def parse_interval(value: object) -> float:
    """A fixed spacing in days, above 0: `every 2 months`."""
    allowed = "every followed by a duration, such as every 2 months"
    text = words(value)
    length = text.removeprefix("every ")
    days = _read(parse_duration, length) if length != text else None
    if days is not None:
        return days
    said = f"1 {length}" if length in _UNIT_DAYS else read_or_meant(parse_duration, length)
    refuse(value, allowed, did_you_mean(f"every {said}") if said else "")


def parse_rate(value: object) -> float:
    """A rate above 0 per day, from `0.5 per month` (day, week, month or year)."""
    allowed = "a rate above 0 such as 0.5 per month"
    text = words(value)
    match = _PER_TIME.fullmatch(text)
    rate = float(match["number"]) / _UNIT_DAYS[match["unit"]] if match else 0.0
    if not 0 < rate < inf:
        refuse(value, allowed, rate_hint(text))
    if not limits.LEAST_RATE <= rate <= limits.MOST_PER_DAY:
        least = f"1 per {1 / limits.LEAST_RATE / DAYS_PER_YEAR:.0f} years"
        refuse(value, f"a rate from {least} to {limits.MOST_PER_DAY:.0f} per day")
    return rate


def parse_hazard(value: object) -> float:
    """Events per person and day, from 0: `3 per 206 person-years`, `0.17 per year`, `0.00206 per day`.

    A bare `0` needs no unit.
    """
    text = words(value)
    if read_number(text) == 0:
        return 0.0
    match = _PER_TIME.fullmatch(text) or _PER_PERSON.fullmatch(text)
    if match is None:
        refuse(value, _HAZARD_TEXT, rate_hint(text))
    time = float(match.groupdict().get("time") or 1)
    if time <= 0:
        refuse(value, _HAZARD_TEXT, "the person-time must be above 0")
    hazard = float(match["number"]) / (time * _UNIT_DAYS[match["unit"]]) + 0.0  # + 0.0: no negative zero
    if not 0 <= hazard < inf:
        refuse(value, _HAZARD_TEXT)
    most = limits.MOST_PER_DAY
    return hazard if hazard <= most else refuse(value, f"a hazard from 0 to {most:.0f} per day")


# ---------------------------------------------------------------- probabilities and risks


def parse_probability(value: object) -> float:
    """A probability in [0, 1]: `33%`, `0.33`, `17 of 38`, `2/3`."""
    return _probability(value, _PROBABILITY_TEXT)


def parse_open_probability(value: object) -> float:
    """A probability strictly between 0 and 1, written as in `parse_probability`."""
    allowed = "a probability above 0 and below 1 (0% and 100% themselves are not)"
    number = _probability(value, allowed)
    return number if 0 < number < 1 else refuse(value, allowed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """A risk over a stretch of time: `25% in 6 months`.

    probability : in [0, 1]
    days        : length of the stretch, days; None = `25%` alone
    crude       : True = the share seen with competing exits at work; False = net risk, as if there were none
    """

    probability: float
    days: float | None = None
    crude: bool = False


def parse_risk(value: object) -> Risk:
    """`25% in 6 months`, `17 of 38`, `0.25 in 182.625 days`, each optionally followed by ` crude`."""
    allowed = "a probability, optionally in a duration, such as 25% or 25% in 6 months"
    text = words(value)
    crude = text.endswith(" crude")
    net = text.removesuffix(" crude")
    chance, within, length = net.partition(" in ")
    probability = _read(parse_probability, chance)
    days = _read(parse_delay, length) if within else None
    if probability is None or (within and days is None):
        refuse(value, allowed, risk_hint(net, parse_probability, parse_duration))
    if days is not None and days < TICK:
        refuse(value, allowed, "the duration must be above 0")
    return Risk(probability=probability, days=days, crude=crude)


# ---------------------------------------------------------------- comparisons


@dataclass(frozen=True, slots=True)
class Comparison:
    """A bound whose word settles direction and strictness together: `more than 10%` excludes 10% itself."""

    word: ComparisonWord
    value: float

    def holds(self, x: float) -> bool:
        """Whether `x` satisfies the comparison; exact, without tolerance."""
        if self.word == "more than":
            return x > self.value
        if self.word == "at least":
            return x >= self.value
        return x < self.value if self.word == "less than" else x <= self.value

    def text(self, percent: bool = True) -> str:
        """As written in a scenario: `more than 10%`, or `more than 0.1` without `percent`."""
        return f"{self.word} {format_probability(self.value) if percent else f'{self.value:.6g}'}"


def parse_comparison(value: object) -> Comparison:
    """A comparison with a probability in [0, 1]: `more than 10%`, `at least 2/3`."""
    return _comparison(value, "more than, at least, less than or at most, with 0% to 100%")


def parse_cutoff(value: object) -> Comparison:
    """A comparison with a probability strictly between 0 and 1: `more than 90%`."""
    allowed = "more than, at least, less than or at most, with a value above 0% and below 100%"
    comparison = _comparison(value, allowed)
    return comparison if 0 < comparison.value < 1 else refuse(value, allowed)


# ---------------------------------------------------------------- fields that read themselves


Days = Annotated[float, Parsed(parse_duration)]  # above 0
DelayDays = Annotated[float, Parsed(parse_delay, "string number")]  # from 0
Interval = Annotated[float, Parsed(parse_interval)]  # days, above 0
Rate = Annotated[float, Parsed(parse_rate)]  # per day, above 0
Sigma = Annotated[float, Parsed(parse_sigma, "number")]  # of log time
Shape = Annotated[float, Parsed(parse_shape, "number")]  # of a Weibull law
Hazard = Annotated[float, Parsed(parse_hazard, "string number")]  # per person and day, from 0
Probability = Annotated[float, Parsed(parse_probability, "string number")]  # [0, 1]
OpenProbability = Annotated[float, Parsed(parse_open_probability, "string number")]  # (0, 1)
RiskValue = Annotated[Risk, Parsed(parse_risk, "string number")]
Count = Annotated[int, Parsed(parse_count, "integer")]  # from 0
PositiveCount = Annotated[int, Parsed(parse_positive_count, "integer")]  # from 1
Number = Annotated[float, Parsed(parse_number, "number")]  # finite
PositiveNumber = Annotated[float, Parsed(parse_positive_number, "number")]
Acceptable = Annotated[bool | Literal["borderline"], Parsed(parse_acceptable, "boolean string")]
Flag = Annotated[bool, Parsed(parse_flag, "boolean")]
Name = Annotated[str, Parsed(parse_name)]
Text = Annotated[str, Parsed(parse_text, "string number boolean")]  # without unseen characters
Prose = Annotated[str, Parsed(parse_prose, "string number boolean")]  # for people
ComparisonValue = Annotated[Comparison, Parsed(parse_comparison)]  # value in [0, 1]
CutOff = Annotated[Comparison, Parsed(parse_cutoff)]  # value in (0, 1)


# ---------------------------------------------------------------- helpers


def _read(parse: Callable[[object], float], text: str) -> float | None:
    """What `parse` makes of a part of a value; None where it refuses it."""
    try:
        return parse(text)
    except QuantityError:
        return None


def _probability(value: object, allowed: str) -> float:
    """A probability in [0, 1] from `value`."""
    text = words(value)
    share = re.fullmatch(r"([0-9]{1,15}) ?(?:of|/) ?([0-9]{1,15})", text)
    if share:
        part, whole = int(share[1]), int(share[2])
        number = part / whole if whole else None
    else:
        number = read_percent(text) if text.endswith("%") else read_number(text)
    if number is not None and 0 <= number <= 1:
        return number
    refuse(value, allowed, probability_hint(text))


def _days(value: object, allowed: str) -> float:
    """Days from `NUMBER UNIT`, of either sign."""
    text = words(value)
    number, _, unit = text.partition(" ")
    scale = _UNIT_DAYS.get(unit.removesuffix("s"))
    if scale is not None and re.fullmatch(NUMBER, number) and isfinite(float(number) * scale):
        return float(number) * scale
    refuse(value, allowed, duration_hint(text))


def _comparison(value: object, allowed: str) -> Comparison:
    text = words(value)
    for word in COMPARISON_WORDS:
        share = _read(parse_probability, text.removeprefix(f"{word} "))
        if text.startswith(f"{word} ") and share is not None:
            return Comparison(word=word, value=share)
    refuse(value, allowed, comparison_hint(text, COMPARISON_WORDS, parse_probability))
