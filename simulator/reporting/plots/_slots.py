"""Panels of dose finding: one per truth, a row per variant, and beside each other a slot per dose.

Every slot has its own scale from 0 to `top`; the highest dose at or below the target is shaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.reporting.doses import Doses, doses_of
from simulator.reporting.plots._truths import order, title
from simulator.reporting.style import GREY, INK, LIGHT, panels
from simulator.units import format_probability

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.study.results import Results

__all__ = ["Slots", "reading", "slots"]

ROW = 0.3  # inches
SLOT = 0.86  # inches
BESIDE = 1.6  # inches, for the names of variants
GAP = 0.16  # of a slot's width between two
WIDEST = 11.0  # inches of a panel above which panels stand below each other
SHADE = "#fff3c9"

READ = " Shaded: the highest dose of its ladder whose true DLT rate is at or below the target."

EMPTY = " Nothing drawn: the variant has no such dose."


def reading(results: Results, doses: Doses) -> str:
    """How shades and places left empty are read, where there are any."""
    ladders = {tuple(doses_of(cell)) for cell in results.cells if doses_of(cell)}
    best = any(truth.best for truth in doses.values())
    return (READ if best else "") + (EMPTY if len(ladders) > 1 else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """A figure of such panels. names: what each slot is called; doses: the dose it is of, None if of none.

    variants: the rows that have dose finding.
    """

    figure: Figure
    panels: dict[str, Axes]
    names: Sequence[str]
    doses: Sequence[str | None]
    variants: Sequence[str]
    top: float

    def place(self, slot: int, value: float) -> float:
        """Where a value lies in a slot."""
        return slot + (1.0 - GAP) * value / self.top


def slots(
    results: Results, doses: Doses, of: Sequence[tuple[str, str | None]], ticks: Sequence[float], unit: str
) -> Slots:
    """Panels with axes, frames and names, nothing drawn yet.

    of: (name, dose or None) of each slot. ticks: of every slot, the last one its top.
    """
    truths = [t for t in order(results) if any(c.truth == t and doses_of(c) for c in results.cells)]
    variants = [v for v in results.variants if any(c.variant == v and doses_of(c) for c in results.cells)]
    width = BESIDE + SLOT * len(of)
    across = 1 if 2 * width > WIDEST else 2
    figure, axes = panels(len(truths), width=width, height=1.25 + ROW * len(variants), across=across)
    made = Slots(
        figure=figure,
        panels=dict(zip(truths, axes, strict=True)),
        names=[name for name, _ in of],
        doses=[dose for _, dose in of],
        variants=variants,
        top=max(ticks),
    )
    for truth, axis in made.panels.items():
        _axis(axis, made, ticks, unit)
        _frames(axis, made, doses, truth)
        centres = [slot + (1 - GAP) / 2 for slot in range(len(of))]
        axis.set_xticks(centres, _named(made, doses, truth))
        title(axis, results, truth)
        _target(axis, doses, truth)
    return made


def _axis(axis: Axes, made: Slots, ticks: Sequence[float], unit: str) -> None:
    """Names of slots above, their scales below."""
    count, rows = len(made.names), len(made.variants)
    axis.set(xlim=(-0.04, count - GAP + 0.1), ylim=(rows - 0.45, -0.55))
    axis.set_yticks(range(rows), made.variants)
    axis.tick_params(axis="y", length=0, pad=8)
    axis.spines[["left", "bottom"]].set_visible(False)
    axis.tick_params(axis="x", length=0, labelsize=8, pad=1, top=True, labeltop=True)
    axis.tick_params(axis="x", bottom=False, labelbottom=False)
    scale = axis.secondary_xaxis("bottom")
    at = [made.place(slot, tick) for slot in range(count) for tick in ticks]
    last = count - 1  # the top is named once, for its number would meet the 0 of the next slot
    said = [f"{t:g}" if t < made.top or slot == last else "" for slot in range(count) for t in ticks]
    scale.set_xticks(at, said)
    scale.tick_params(labelsize=7, length=2.5, color=GREY)
    scale.spines["bottom"].set_visible(False)
    scale.set_xlabel(unit)
    for slot in range(count):
        for tick in ticks:
            x, colour = made.place(slot, tick), GREY if tick in {0, made.top} else LIGHT
            axis.plot([x, x], [-0.5, rows - 0.5], color=colour, lw=0.6, zorder=0.5)


def _frames(axis: Axes, made: Slots, doses: Doses, truth: str) -> None:
    for row, variant in enumerate(made.variants):
        found = doses.get((variant, truth))
        for dose in found.best if found is not None else ():
            if dose in made.doses:
                slot, ends = made.doses.index(dose), [row - 0.47, row + 0.47]
                axis.fill_between([slot, slot + 1 - GAP], ends[0], ends[1], color=SHADE, lw=0, zorder=0)
                axis.plot([slot] * 2, ends, color=INK, lw=2.2, zorder=2, solid_capstyle="butt")


def _named(made: Slots, doses: Doses, truth: str) -> list[str]:
    """`10 mg d1-14` over `33%`, the true rate; the range where variants count otherwise."""
    names = []
    here = [found.rates for (_, of), found in doses.items() if of == truth]
    for name, dose in zip(made.names, made.doses, strict=True):
        rates = [rates[dose] for rates in here if dose is not None and dose in rates]
        ends = dict.fromkeys(f"{100 * rate:.0f}" for rate in (min(rates), max(rates))) if rates else {}
        names.append(f"{name}\n{'-'.join(ends)} %" if ends else f"{name}\n")
    return names


def _target(axis: Axes, doses: Doses, truth: str) -> None:
    target = next((d.target for (_, name), d in doses.items() if name == truth), None)
    if target is not None:
        text = f"true DLT rates above; target {format_probability(target)}"
        axis.set_title(text, loc="right", fontsize=9, fontweight="normal", color=GREY)
