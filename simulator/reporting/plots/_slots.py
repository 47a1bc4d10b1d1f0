"""Panels of dose finding: one per truth, a row per variant, and beside each other a slot per dose.

Every slot has its own scale from 0 to `top`; that of the best dose, its true rate nearest to the target, is
shaded. Above stand the doses and their true DLT rates, of single variants where not the same for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.reporting.doses import Doses, doses_of, limit_text
from simulator.reporting.lettering import SMALL, Labels, height, widest, wrap
from simulator.reporting.pages import Head, Page, Space, across, pages
from simulator.reporting.plots._truths import NAME, NAMES, PAD, Panel, Sizes, by_truth, title
from simulator.reporting.style import GREY, INK, LIGHT
from simulator.units import format_share

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.study.results import Results

__all__ = ["Slots", "reading", "slots"]

SLOT = 0.58  # inches at least
ROW = 0.175  # inches
GAP = 0.16  # of a slot's width between two
SHADE = "#fff3c9"
RATE = "true DLT rate, %"
OTHERS = "all others"

READ = (
    " Shaded: the dose of its ladder whose true DLT rate is nearest to the target, unless all are above it."
)

EMPTY = " Nothing drawn: the variant has no such dose."


def reading(results: Results, doses: Doses) -> str:
    """How shades and places left empty are read, where there are any."""
    ladders = {tuple(doses_of(cell)) for cell in results.cells if doses_of(cell)}
    best = any(truth.best for truth in doses.values())
    return (READ if best else "") + (EMPTY if len(ladders) > 1 else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """A panel with some slots. names: of each, in lines; doses: the dose each is of, None if of none.

    rates: (whose, their true rates) as they stand above the slots.
    """

    panel: Panel
    first: int
    names: Sequence[str]
    doses: Sequence[str | None]
    rates: Sequence[tuple[str, Mapping[str, float]]]
    top: float

    def place(self, slot: int, value: float) -> float:
        """Where a value lies in a slot."""
        return slot + (1.0 - GAP) * value / self.top


def slots(
    results: Results,
    doses: Doses,
    of: Sequence[tuple[str, str | None]],
    top: float,
    unit: str,
    head: Head,
    draw: Callable[[Axes, Slots], None],
) -> list[Figure]:
    """Pages with panels, in each of which `draw` has drawn.

    of: (name, dose or None) of each slot. top: of every slot's scale.
    """
    sheets = _sheets(results, doses, of, top, head)
    for page in sheets:
        for made, axis in page.panels:
            _axis(axis, made, unit)
            _frames(axis, made, doses)
            _above(axis, made)
            title(axis, made.panel)
            draw(axis, made)
    return [page.figure for page in sheets]


def _sheets(
    results: Results, doses: Doses, of: Sequence[tuple[str, str | None]], top: float, head: Head
) -> list[Page[Slots]]:
    rates = {truth: _rates(results, doses, truth, head.labels) for truth in results.truths}
    names = head.labels.fitted(results.variants, NAMES, size=NAME).values()
    whose = [name for found in rates.values() for name, _ in found]
    left = max(widest(names, NAME), widest([*whose, RATE], SMALL)) + PAD
    room = across(2) - left - 0.1
    beside = 2 if room / len(of) >= SLOT else 1
    most = max(int((across(beside) - left - 0.1) / SLOT), 1)
    wide = (across(beside) - left - 0.1) / min(most, len(of))
    called = _called([name for name, _ in of], head.labels, wide - 0.05)
    lines = max(name.count("\n") + 1 for name in called)
    above = {truth: height(lines + len(found), SMALL) + 0.06 for truth, found in rates.items()}
    limits = {truth: limit_text(found) for (_, truth), found in doses.items() if found.target is not None}
    note = {truth: f"target {limit}" for truth, limit in limits.items()}
    found: list[tuple[Slots, Space]] = []
    sizes = Sizes(row=ROW, left=left, above=above, in_a_row=beside)
    for panel, space in by_truth(results, head.labels, sizes, note=note, finds_dose=True):
        for first in range(0, len(of), most):
            some = slice(first, first + most)
            made = Slots(
                panel=panel,
                first=first,
                names=called[some],
                doses=[dose for _, dose in of[some]],
                rates=rates[panel.truth],
                top=top,
            )
            found.append((made, space))
    return pages(found, head, beside=beside)


def _called(names: Sequence[str], labels: Labels, room: float) -> list[str]:
    """Names of slots; where one must be broken the others are broken too."""
    called = [labels.fit(name, room, size=SMALL) for name in names]
    tight = widest([name for name in called if "\n" in name], SMALL)
    return [
        "\n".join(lines) if tight and len(lines := wrap(name, tight, SMALL)) == 2 else fitted
        for name, fitted in zip(names, called, strict=True)
    ]


def _rates(
    results: Results, doses: Doses, truth: str, labels: Labels
) -> list[tuple[str, Mapping[str, float]]]:
    """Lines of true rates: those that most variants share, then those of single variants that differ."""
    groups: list[tuple[list[str], dict[str, float]]] = []
    for variant in results.variants:
        found = doses.get((variant, truth))
        if found is None:
            continue
        for members, rates in groups:
            if all(rates.get(dose, rate) == rate for dose, rate in found.rates.items()):
                members.append(variant)
                rates.update(found.rates)
                break
        else:
            groups.append(([variant], dict(found.rates)))
    if len(groups) < 2:
        return [(RATE, rates) for _, rates in groups]
    common = max(groups, key=lambda group: len(group[0]))
    lines: list[tuple[str, Mapping[str, float]]] = [(RATE, {})]
    if len(common[0]) > 1:
        lines.append((OTHERS, common[1]))
    singles = [(name, rates) for members, rates in groups for name in members]
    order = results.variants.index
    for name, rates in sorted(singles, key=lambda single: order(single[0])):
        if len(common[0]) == 1 or rates is not common[1]:
            lines.append((labels.fit(name, NAMES, size=SMALL, lines=1), rates))
    return lines


def _axis(axis: Axes, made: Slots, unit: str) -> None:
    """Names of variants, and the scale of each slot below."""
    count, rows, ticks = len(made.names), len(made.panel.variants), (0.0, made.top / 2, made.top)
    axis.set(xlim=(0, count - GAP), ylim=(rows - 0.5, -0.5), xlabel=unit)
    axis.set_yticks(range(rows), [made.panel.names[name] for name in made.panel.variants])
    axis.tick_params(axis="y", length=0, pad=72 * PAD - 3, labelsize=NAME)
    axis.spines[["left", "bottom"]].set_visible(False)
    at = [made.place(slot, tick) for slot in range(count) for tick in ticks]
    last = count - 1  # the top is named once, for its number would meet the 0 of the next slot
    said = [f"{t:g}" if t < made.top or slot == last else "" for slot in range(count) for t in ticks]
    axis.set_xticks(at, said)
    axis.tick_params(axis="x", labelsize=SMALL - 0.5, length=2.5, color=GREY)
    for slot in range(count):
        for tick in ticks:
            x, colour = made.place(slot, tick), LIGHT if tick == made.top / 2 else GREY
            axis.plot([x, x], [-0.5, rows - 0.5], color=colour, lw=0.5, zorder=0.5, clip_on=False)


def _frames(axis: Axes, made: Slots, doses: Doses) -> None:
    """A shade, and a thick line, at the best doses of each row."""
    for row, variant in enumerate(made.panel.variants):
        found = doses.get((variant, made.panel.truth))
        for dose in found.best if found is not None else ():
            if dose in made.doses:
                slot, ends = made.doses.index(dose), [row - 0.47, row + 0.47]
                axis.fill_between([slot, slot + 1 - GAP], ends[0], ends[1], color=SHADE, lw=0, zorder=0)
                axis.plot([slot] * 2, ends, color=INK, lw=2.2, zorder=2, solid_capstyle="butt")


def _above(axis: Axes, made: Slots) -> None:
    """Doses, and under them lines of true rates, each line named at the left."""
    place: dict[str, Any] = {"textcoords": "offset points", "va": "bottom", "fontsize": SMALL}
    line = 72 * height(1, SMALL)
    for up, (whose, rates) in enumerate(reversed(made.rates)):
        low = 2 + up * line
        at: dict[str, Any] = {"xycoords": "axes fraction", "color": GREY}
        axis.annotate(whose, (0, 1), xytext=(3 - 72 * PAD, low), ha="right", **at, **place)
        for slot, dose in enumerate(made.doses):
            if dose is not None and dose in rates:
                text = format_share(rates[dose], 1).removesuffix(".0")
                centre, data = slot + (1 - GAP) / 2, ("data", "axes fraction")
                axis.annotate(text, (centre, 1), xycoords=data, xytext=(0, low), ha="center", **place)
    for slot, name in enumerate(made.names):
        axis.annotate(
            name,
            (slot + (1 - GAP) / 2, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3 + len(made.rates) * line),
            ha="center",
            fontweight="bold",
            linespacing=1.15,
            **place,
        )
