"""One look for every figure: legible in print and in greyscale, colour-blind safe, units on the axes.

Colours are those of Okabe and Ito; whatever a colour tells, a marker, a dash or a hatch tells too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.reporting.lettering import BODY, FAMILY, SMALL

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "GREY", "INK", "LIGHT", "PARTS", "PHASES", "Look", "look", "save", "spread", "style",
]  # fmt: skip

INK = "#222222"
GREY = "#666666"
LIGHT = "#dddddd"
PARTS = (("#0072B2", ""), ("#F0944D", "////"), ("#f2f2f2", "...."))  # before, overrun, after
PHASES = (
    ("#a9d5ef", ""),
    ("#f6d38c", "////"),
    ("#e8e8e8", ""),
    ("#9bd3bf", "...."),
    ("#e6c3d8", "xxxx"),
    ("#fbf3a6", "\\\\\\\\"),
)

_COLOURS = ("#000000", "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_DASHES: tuple[Any, ...] = (
    "-",
    (0, (6, 2)),
    (0, (2, 1.5)),
    (0, (6, 2, 1, 2)),
    (0, (1, 1)),
    (0, (9, 2)),
    "-.",
)
DPI = 200

_RC: dict[Any, Any] = {
    "font.family": FAMILY,
    "font.size": BODY,
    "text.parse_math": False,  # a dollar in a name is a dollar
    "axes.titlesize": BODY + 0.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": BODY,
    "xtick.labelsize": SMALL + 0.5,
    "ytick.labelsize": SMALL + 0.5,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
}


@dataclass(frozen=True, slots=True)
class Look:
    """How one variant is drawn, in every figure."""

    colour: str
    marker: str
    dash: Any


def look(number: int) -> Look:
    """The look of the variant with this number; after seven the markers go on in another order."""
    turn = number // len(_COLOURS)
    return Look(
        _COLOURS[number % len(_COLOURS)],
        _MARKERS[(number + turn) % len(_MARKERS)],
        _DASHES[(number + turn) % len(_DASHES)],
    )


@contextmanager
def style() -> Iterator[None]:
    """The settings within which every figure is drawn and saved."""
    import matplotlib as mpl

    with mpl.rc_context(_RC):
        yield


def save(figure: Figure, path: Any) -> None:
    """Write a PNG."""
    figure.savefig(path, dpi=DPI, facecolor="white")


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places as near as can be to those wanted, at least `gap` apart and within [low, high].

    Neighbours that are too close form a cluster, which is centred on the mean of what it wants; of
    equals the first is put highest.
    """
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], -i))
    gap = min(gap, (high - low) / max(len(wanted) - 1, 1))
    clusters: list[tuple[list[int], float]] = []
    for i in order:
        members, start = [i], min(max(wanted[i], low), high)
        while clusters and clusters[-1][1] + gap * len(clusters[-1][0]) > start:
            before, _ = clusters.pop()
            members = before + members
            centre = sum(wanted[j] for j in members) / len(members)
            start = min(max(centre - gap * (len(members) - 1) / 2, low), high - gap * (len(members) - 1))
        clusters.append((members, start))
    places = [0.0] * len(wanted)
    for members, start in clusters:
        for k, i in enumerate(members):
            places[i] = start + gap * k
    return places
