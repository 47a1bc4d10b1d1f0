"""What is tested for conformance: examples of each class, and of hazards and delays parameters drawn."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields

import pytest
from pydantic import TypeAdapter, ValidationError

from simulator import registry
from tests.generated import of_design, of_rules, of_truth
from tests.generated.author import Author
from tests.generated.world import World, draw_world

__all__ = ["DRAWN", "cases", "changed", "examples_of", "first_read", "read"]

DRAWN = 4  # of each class


def read(cls: type, body: object):
    """The value of a body as a file has it; a bare text is what a delay's only field holds."""
    return TypeAdapter(cls).validate_python(body if isinstance(body, dict) else {fields(cls)[0].name: body})


def cases(classes: Mapping[str, type]):
    """Each class's own examples, as parameters of a test."""
    return [
        pytest.param(TypeAdapter(cls).validate_python(example), id=f"{kind}-{i}")
        for kind, cls in classes.items()
        for i, example in enumerate(cls.examples)  # type: ignore[attr-defined]
    ]


def examples_of(what: registry.Choice, key: str, cls: type) -> list[object]:
    """Bodies as in YAML: the class's own, and some that the generator of scenarios writes."""
    makers = of_design.MAKERS | of_rules.MAKERS | of_truth.MAKERS
    worlds = (draw_world(seed) for seed in range(10_000))
    able = (world for world in worlds if _able(world))
    drawn = [
        Author(next(able), makers, dict(of_truth.KEPT)).of_registry(what, key, cls) for _ in range(DRAWN)
    ]
    return [*cls.examples, *drawn]


def changed(body: object) -> Iterator[tuple[object, ...]]:
    """For each number of the body above 0: the body with other numbers in its place; names of doses stay."""
    if isinstance(body, dict):
        for key, value in body.items():
            yield from (tuple({**body, key: other} for other in others) for others in changed(value))
    elif isinstance(body, list):
        for i, value in enumerate(body):
            yield from (tuple([*body[:i], other, *body[i + 1 :]] for other in o) for o in changed(value))
    elif isinstance(body, str):
        for at in re.finditer(r"\d+(\.\d+)?", body):
            if (number := float(at[0])) > 0.0:
                others = (1.5 * number, 0.5 * number, number + 1.0, number - 1.0)
                yield tuple(f"{body[: at.start()]}{other:g}{body[at.end() :]}" for other in others)
    elif body:
        yield 1.5 * body, 0.5 * body, body + 1, body - 1  # type: ignore[operator]


def first_read(cls: type, bodies: Sequence[object]):
    """The first of the bodies that the class takes; None if it takes none of them."""
    for body in bodies:
        with suppress(ValidationError, ValueError):
            return read(cls, body)
    return None


def _able(world: World) -> bool:
    """Whether every family can be written: a drug with several doses, and a trait with a Beta law."""
    several = any(len(levels) > 1 for levels in world.drugs.values())
    return several and "beta" in world.traits.values() and not world.pure
