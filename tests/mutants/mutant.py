"""One mistake that the tests must find."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["COMPILED", "ENGINES", "GENERATED", "REFERENCE", "Mutant", "in_engines"]

COMPILED, REFERENCE = "simulator/engines/compiled/", "simulator/engines/reference/"
ENGINES, GENERATED = "tests/differential/test_engines.py", "tests/differential/test_generated.py"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake. tests: files; select: `-k` in them. plain: not compiled, which would take longer."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    select: str = ""
    plain: bool = False


def in_engines(
    subject: str, *, simpy: Iterable[tuple[str, ...]], compiled: Iterable[tuple[str, ...]]
) -> tuple[Mutant, ...]:
    """Mistakes in each engine that one file of tests finds: (name, file, old, new, tests, select)."""
    return tuple(
        Mutant(f"{engine} {subject}: {name}", folder + file, old, new, (tests,), select, plain=True)
        for engine, folder, mistakes in (("simpy", REFERENCE, simpy), ("compiled", COMPILED, compiled))
        for name, file, old, new, tests, select in mistakes
    )
