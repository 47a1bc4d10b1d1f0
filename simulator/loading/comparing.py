"""A rule that compares two arms, without a trial around it: the rule, and the patients at its looks."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from simulator import registry
from simulator.contracts import ComparingRule, Plan
from simulator.errors import Problem, QuantityError, ScenarioError
from simulator.limits import MOST_LOOKS
from simulator.loading.alone import in_the_rule, of_rule, parents_of
from simulator.loading.merge import apply_change
from simulator.loading.nodes import read_text
from simulator.loading.paths import parse_assignment
from simulator.loading.structure import read
from simulator.loading.written import Written
from simulator.model.monitoring import Monitor
from simulator.scalars import words

__all__ = ["ComparingAlone", "comparing_alone", "is_comparing"]

Pair = tuple[int, int]

EVERY = re.compile(r"every ([0-9]{1,9})")
LOOK = re.compile(r"([0-9]{1,9})(?: ?/ ?([0-9]{1,9}))?")
LOOKS = (
    "`every 5`, `5, 10, 20` or `5, 10 ... 45` patients of each arm, or `8/9, 16/18` of the first and the "
    "second, from 1, that rise"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparingAlone:
    """A rule, its looks (n1, n2), the patients of each arm of a trial that does not stop, and its plan."""

    rule: ComparingRule
    looks: tuple[Pair, ...]
    most: Pair
    plan: Plan


def is_comparing(kind: str) -> bool:
    """Whether a rule of this kind compares two arms."""
    spec = registry.table("rule").get(kind)
    return spec is not None and issubclass(registry.load(spec), ComparingRule)


def comparing_alone(
    kind: str, max_n: int | None, looks: str | None = None, sets: Sequence[str] = ()
) -> ComparingAlone:
    """The rule with the keys that `sets` give it ("KEY=VALUE"), read at looks in words.

    max_n: patients of each arm; None: those of the last look. looks: as `LOOKS` says; None: after every one.
    ScenarioError with every problem, its path that of the rule's key, or the option.
    """
    problems: list[Problem] = []
    found: tuple[Pair, ...] = ()
    try:
        found = parse_looks("every 1" if looks is None else looks, max_n)
    except QuantityError as error:
        place = Problem(file="--looks", line=None, path="", found=error.found, allowed=error.allowed)
        problems.append(place)
    rule = _rule(kind, sets, problems)
    if problems or rule is None:
        raise ScenarioError(dict.fromkeys(problems))
    most = (max_n, max_n) if max_n is not None else found[-1]
    alike = all(n1 == n2 for n1, n2 in found)
    plan = Plan(max_n=max(most), looks=tuple(n1 for n1, _ in found) if alike else None)
    return ComparingAlone(rule=rule, looks=found, most=most, plan=plan)


def _rule(kind: str, sets: Sequence[str], problems: list[Problem]) -> ComparingRule | None:
    """The rule, every problem with its keys added to `problems`."""
    body = {"counts": {"first": {"event": "it"}, "second": {"event": "it"}}}
    monitor = body | {"rule": {"kind": kind, **parents_of(sets)}}
    root = read_text(json.dumps({"design": {"monitoring": {kind: monitor}}}), f"--rule {kind}")
    wrong: list[Problem] = []
    for each in sets:
        try:
            where, value = parse_assignment(f"{in_the_rule(kind)}{each.strip()}")
        except ScenarioError as error:
            wrong += error.problems
        else:
            wrong += apply_change(root, where, value)
    reading = read(Monitor, root, ("design", "monitoring", kind), Written(root, {}, {}))
    problems += [of_rule(problem, kind) for problem in (*wrong, *reading.problems)]
    rule = None if reading.value is None else reading.value.rule
    return rule if isinstance(rule, ComparingRule) else None


def parse_looks(text: str, max_n: int | None) -> tuple[Pair, ...]:
    """`5, 10 ... 20`, `every 5`, `8/9` -> (n1, n2) of each look; QuantityError for what is none."""
    said = words(text)
    if every := EVERY.fullmatch(said):
        step = int(every[1])
        if max_n is None:
            allowed = "--max-n N, the patients of each arm, or looks as a list"
            raise QuantityError(f"{said} without --max-n", allowed)
        if not 1 <= step <= max_n:
            raise QuantityError(said, f"every 1 to every {max_n}, the patients of each arm")
        return _checked([(n, n) for n in range(step, max_n + 1, step)], said, max_n)
    head, dots, end = said.partition(" ... ")
    found = [_look(part) for part in head.split(",")]
    if dots:
        last = _look(end)
        (m1, m2), (n1, n2) = found[-2:] if len(found) > 1 else (last, last)
        steps, rest = divmod(last[0] - n1, n1 - m1) if n1 > m1 else (0, 1)
        if rest or not 1 <= steps <= MOST_LOOKS or n2 + steps * (n2 - m2) != last[1]:
            raise QuantityError(said, LOOKS)
        found += [(n1 + k * (n1 - m1), n2 + k * (n2 - m2)) for k in range(1, steps + 1)]
    return _checked(found, said, max_n)


def _look(text: str) -> Pair:
    match = LOOK.fullmatch(text.strip())
    if match is None:
        raise QuantityError(f'"{text.strip()}"', LOOKS)
    return int(match[1]), int(match[2] or match[1])


def _checked(looks: Sequence[Pair], said: str, max_n: int | None) -> tuple[Pair, ...]:
    """Looks that rise, none beyond what exact calculation and the trial have."""
    from simulator.stats.two_arm import MOST_IN_AN_ARM

    rises = all(m1 <= n1 and m2 <= n2 and (m1, m2) != (n1, n2) for (m1, m2), (n1, n2) in pairwise(looks))
    if not rises or min(map(min, looks)) < 1:
        raise QuantityError(said, LOOKS)
    largest = max(map(max, looks))
    most = MOST_IN_AN_ARM if max_n is None else min(max_n, MOST_IN_AN_ARM)
    if largest > most:
        raise QuantityError(f"{largest} patients in an arm", f"at most {most}")
    return tuple(looks)
