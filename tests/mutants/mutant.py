"""One mistake that the tests must find."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ENGINES", "GENERATED", "Mutant"]

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
