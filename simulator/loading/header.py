"""The top level of a scenario file beside design, variants and truths."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from simulator.errors import Problem, QuantityError, show
from simulator.limits import MOST_NUMBER
from simulator.loading.nodes import Mapping, path_text
from simulator.loading.structure import Reading, read
from simulator.loading.written import Written
from simulator.model.base import Strict
from simulator.repairs import close_match
from simulator.scalars import plain_number, refuse
from simulator.units import Name, Parsed, Prose

__all__ = ["Header", "parse_version", "parse_weight", "read_header"]

NEEDED = {
    "design": "what people do, as a mapping",
    "truths": "at least one truth, as TRUTH: {accrual: ..., events: ...}",
}
KEYS = (
    "trialstop", "title", "question", "benchmark", "references", "design", "variants", "truths", "weights",
    "provenance",
)  # fmt: skip
ELSEWHERE = ("design", "variants", "truths", "provenance")  # read by others


def parse_version(value: object) -> int:
    """The version of the scenario language: 1."""
    if str(value).strip() != "1":
        raise QuantityError(show(value), "1, the version of the scenario language")
    return 1


def parse_weight(value: object) -> float:
    """The weight of a truth beside those of the others: a number from 0."""
    allowed = "a number from 0"
    number = plain_number(value, allowed)
    if number < 0.0:
        refuse(value, allowed)
    if number and not 1 / MOST_NUMBER <= number <= MOST_NUMBER:
        refuse(value, f"0, or a number from {1 / MOST_NUMBER:g} to {MOST_NUMBER:g}")
    return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Header(Strict):
    """A scenario: a design, variants of it, truths, and where every number comes from.

    trialstop: version of the language. title: what the scenario is, in a line. question: what it is asked.
    references: key -> the source in words. benchmark: the variant that others are compared with; default the
    first. weights: of truths, as written.
    """

    trialstop: Annotated[int, Parsed(parse_version, "integer")]
    title: Prose
    question: Prose = ""
    references: dict[Name, Prose] = field(default_factory=dict)
    benchmark: Name | None = None
    weights: dict[Name, Annotated[float, Parsed(parse_weight, "number")]] = field(default_factory=dict)


def read_header(root: Mapping, written: Written) -> Reading[Header]:
    """The header of a file; the keys that nobody knows, and those that are needed, are among its problems."""
    own = [key for key in root.items if key in KEYS and key not in ELSEWHERE]
    rest = Mapping({key: root.items[key] for key in own}, root.key_lines.copy(), root.file, root.line)
    reading = read(Header, rest, (), written)
    strange = [key for key in root.items if key not in KEYS]
    for key in strange:
        allowed = f"one of {', '.join(KEYS)}"
        where = (path_text((key,)), f"the key `{key}`", allowed, close_match(key, KEYS))
        reading.problems.append(_at(root, root.key_lines[key], *where))
        reading.misspelt.add(())
    meant = " ".join(close_match(key, KEYS) for key in strange)
    lacking = [key for key in NEEDED if key not in root.items and f"mean {key}?" not in meant]
    for key in lacking:
        hint = f"`{key}` is needed here"
        reading.problems.append(_at(root, root.line, key, "nothing", NEEDED[key], hint))
    reading.problems = [p for p in reading.problems if p.found != "nothing" or f"mean {p.path}?" not in meant]
    return reading


def _at(root: Mapping, line: int | None, path: str, found: str, allowed: str, hint: str = "") -> Problem:
    return Problem(file=root.file, line=line, path=path, found=found, allowed=allowed, hint=hint)
