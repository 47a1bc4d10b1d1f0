"""No two names are one file where capitals do not tell files apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked, Path

__all__ = ["APART", "check", "twins"]

APART = "names that differ by more than capitals"


def twins(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(name, an earlier one that is the same but for capitals)."""
    first: dict[str, str] = {}
    for name in names:
        earlier = first.setdefault(name.lower(), name)
        if earlier != name:
            yield name, earlier


def check(checked: Checked) -> Iterator[Problem]:
    """Names of events, rules and truths, which stand in names of figures."""
    named: dict[Path, Iterable[str]] = {
        ("design", "events"): checked.design.events,
        ("design", "monitoring"): checked.design.monitoring,
        ("truths",): checked.truths,
    }
    for path, names in named.items():
        for name, earlier in twins(names):
            yield checked.problem((*path, name), f"{name} beside {earlier}", APART)
