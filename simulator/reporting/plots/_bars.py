"""Panels of bars, one per variant and truth: a row per bar with its name, and what it says at the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from simulator.reporting.lettering import Labels, height, widest, wrap
from simulator.reporting.pages import Space, across
from simulator.reporting.plots._truths import ABOVE, HEAD, NAME, PAD, Panel, beside
from simulator.reporting.style import GREY, INK

__all__ = ["THICK", "UNCLEAR", "Bar", "Group", "look", "panels"]

NAMES = 2.7  # inches for the names of bars
FULL, EMPTY = "#8fbfdf", "#f4f4f4"  # bars that are told from none, and those that are not
UNCLEAR = "within 2 errors of none"
THICK = 0.5  # of a row
MOST = 7.5  # inches of rows in a panel


class Bar(Protocol):
    """One bar. lines: its name. told: what it says, in words."""

    @property
    def lines(self) -> Sequence[str]:
        """Of its name."""
        ...

    @property
    def told(self) -> str:
        """At the right."""
        ...


B = TypeVar("B", bound=Bar)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Generic[B]):
    """The bars of one variant under one truth, the longest first."""

    name: str
    bars: Sequence[B]


def look(*, clear: bool) -> dict[str, Any]:
    """Of a bar that is told from none, or that is not."""
    return {"fc": FULL, "ec": INK} if clear else {"fc": EMPTY, "ec": GREY, "hatch": "////"}


def panels(groups: Sequence[Group[B]], labels: Labels) -> list[tuple[tuple[Panel, Sequence[B]], Space]]:
    """One per group, or as many as pages take; the data of all begin and end below each other."""
    named = [
        ["\n".join(labels.fit(text, NAMES, size=NAME) for text in bar.lines) for bar in group.bars]
        for group in groups
    ]
    every = [name for names in named for name in names]
    row = height(max(name.count("\n") + 1 for name in every), NAME) + 0.08
    left = widest(every, NAME) + PAD
    right = beside(bar.told for group in groups for bar in group.bars)
    most, found = max(int(MOST / row), 1), []
    for group, names in zip(groups, named, strict=True):
        for first in range(0, len(names), most):
            bars = group.bars[first : first + most]
            of = f" (bars {first + 1} to {first + len(bars)})" if most < len(names) else ""
            panel = Panel(
                truth=group.name,
                variants=[str(i) for i in range(first, first + len(bars))],
                names={str(i): name for i, name in enumerate(names)},
                title=wrap(f"{group.name}{of}", across(1) - 0.1, HEAD, bold=True, most=3),
                note="",
                left=left,
                right=right,
                above=0.0,
            )
            top = ABOVE + height(len(panel.title), HEAD) + 0.05
            found.append(((panel, bars), Space(body=row * len(bars), left=left, right=right, top=top)))
    return found
