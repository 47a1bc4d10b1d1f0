"""What a quantity that was refused probably meant, as a hint: the whole of it as it should be written.

Text in, hint out; "" if there is no telling. The parsers of `units` hand in what reads the parts.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from simulator.errors import QuantityError
from simulator.scalars import NUMBER, did_you_mean, meant, read_number

__all__ = [
    "close_match",
    "comparison_hint",
    "duration_hint",
    "file_hint",
    "probability_hint",
    "rate_hint",
    "read_or_meant",
    "risk_hint",
]

Parser = Callable[[object], object]
UNITS = {  # abbreviations nobody has to guess at: named in the hint, not accepted
    "day": "days", "d": "days", "week": "weeks", "w": "weeks", "wk": "weeks", "month": "months",
    "m": "months", "mo": "months", "mth": "months", "year": "years", "y": "years", "yr": "years",
    "a": "years",
}  # fmt: skip
COMPARISONS = {
    ">": "more than", "over": "more than", "above": "more than", "greater than": "more than",
    "exceeds": "more than", "higher than": "more than", "more then": "more than", ">=": "at least",
    "≥": "at least", "no less than": "at least", "not less than": "at least", "minimum": "at least",
    "<": "less than", "under": "less than", "below": "less than", "fewer than": "less than",
    "lower than": "less than", "less then": "less than", "<=": "at most", "≤": "at most", "up to": "at most",
    "no more than": "at most", "not more than": "at most", "maximum": "at most",
}  # fmt: skip
_RATE = re.compile(
    rf"(?P<number>{NUMBER})(?: (?:patient|subject|event|candidate|entrie|entry)s?)? ?(?P<per>per|in|every|/) "
    rf"?(?:(?P<time>{NUMBER}) )?(?P<person>(?:person|patient|subject)[- ]?)?(?P<unit>[a-z]+)"
)


def close_match(word: str, known: Iterable[str], lead: str = "") -> str:
    """`did you mean X?` for the nearest of `known`, or "" when none is near.

    lead: what all begin with, which is no likeness.
    """
    word, names = word.removeprefix(lead), [name.removeprefix(lead) for name in known]
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    near = near or [name for name in names if name.lower() == word.lower()]
    return did_you_mean(lead + near[0]) if near else ""


def file_hint(file: str) -> str:
    """`did you mean PATH?` for a file that is not there: each part the nearest, or one folder down."""
    path = Path(file)
    near = Path(path.anchor)
    try:
        for part in path.relative_to(path.anchor).parts:
            if not (near / part).exists():
                below = sorted(near.glob(f"*/{part}")) if part == path.name else []
                names = difflib.get_close_matches(part, sorted(os.listdir(near)), n=1, cutoff=0.6)
                found = [near / name for name in names] or below
                if not found:
                    return ""
                near = found[0]
            else:
                near /= part
        return did_you_mean(str(near)) if near.is_file() else ""
    except (OSError, ValueError):  # a folder that cannot be read, a name that is none
        return ""


def read_or_meant(parse: Parser, value: object) -> str:
    """A value as it is written where `parse` reads it, what it probably meant otherwise."""
    try:
        parse(value)
    except QuantityError as error:
        return meant(error.hint)
    return str(value)


def probability_hint(text: str) -> str:
    """`10%` for `10` and `10 percent`."""
    match = re.fullmatch(rf"({NUMBER}) ?(percent|pct|per cent)?", text)
    number = read_number(match[1]) if match else None
    if match is None or number is None or not 0 <= number <= 100 or (number <= 1 and not match[2]):
        return ""
    return did_you_mean(f"{match[1]}%")


def duration_hint(text: str) -> str:
    """`28 days` for `28`, `28d`, `28 Days`."""
    match = re.fullmatch(rf"({NUMBER}) ?(.*)", text)
    unit = _unit(match[2] or "days") if match else ""
    if match is None or not unit:
        return ""
    proposed = f"{match[1]} {unit.removesuffix('s') if match[1] == '1' else unit}"
    return did_you_mean(proposed) if f"{match[1]} {unit}" != text else ""


def risk_hint(text: str, probability: Parser, duration: Parser) -> str:
    """`10% in 28 days` for `10 in 28 days`, `10% within 28d`; both readings of `1 in 10`."""
    chance, within, length = re.sub(" (within|over|per|by|during) ", " in ", text, count=1).partition(" in ")
    said = read_or_meant(probability, chance)
    if not within:
        return did_you_mean(said) if said else ""
    lasts = read_or_meant(duration, length)
    if not said or not lasts:
        share = f"{chance} of {length}"
        return did_you_mean(share) if read_or_meant(probability, share) else ""
    whole, share = f"{said} in {lasts}", f"{chance} of {length}"
    if read_or_meant(probability, share):
        return did_you_mean(share if said == chance else f"{share}, or {whole}")
    return did_you_mean(whole)


def rate_hint(text: str) -> str:
    """`3 per 206 person-years` for `3 in 206 patient years`, `0.5 per month` for `0.5/mo`."""
    if read_number(text) is not None:
        return f"{text} per day, week, month or year?"
    match = _RATE.fullmatch(re.sub(r"\bpy\b", "person-years", text))
    unit = _unit(match["unit"]) if match else ""
    if match is None or not unit or not float(match["number"]) > 0:
        return ""
    if match["per"] == "in" and not match["person"]:
        return ""  # `3 in 28 days` may be a risk
    time = float(match["time"] or 1)
    if match["person"]:
        several = unit if match["time"] or match["unit"].endswith("s") else unit.removesuffix("s")
        proposed = f"{match['number']} per {match['time'] + ' ' if match['time'] else ''}person-{several}"
    else:
        rate = f"{float(match['number']) / time:.6g}" if match["time"] and time > 0 else match["number"]
        proposed = f"{rate} per {unit.removesuffix('s')}"
    return did_you_mean(proposed) if proposed != text and time > 0 else ""


def comparison_hint(text: str, right: tuple[str, ...], probability: Parser) -> str:
    """`more than 10%` for `more than 10`, `> 10%`; else the words there are, `right`."""
    listed = ", ".join(right)
    for word in right:
        if text.startswith(f"{word} "):
            value = read_or_meant(probability, text.removeprefix(f"{word} "))
            return did_you_mean(f"{word} {value}") if value else ""
    for wrong in sorted(COMPARISONS, key=len, reverse=True):
        if text.lower().startswith(wrong):
            value = read_or_meant(probability, text[len(wrong) :].strip())
            proposed = f"; {did_you_mean(f'{COMPARISONS[wrong]} {value}')}" if value else ""
            return f"the words are {listed}{proposed}"
    return f"begin with one of the words {listed}"


def _unit(text: str) -> str:
    """The plural of a unit, spelt out; "" if it is none."""
    short = text.lower().rstrip(".")
    return UNITS.get(short) or UNITS.get(short.removesuffix("s"), "")
