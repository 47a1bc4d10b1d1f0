"""Stops that are wanted, and what they cost, against stops that are a mistake: a dot per setting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from simulator.model.metric import Key
from simulator.reporting.lettering import SMALL, Labels, wrap
from simulator.reporting.pages import Head, Space, across, pages
from simulator.reporting.plots._axis import HEAD, Asked, high, over
from simulator.reporting.plots._shown import OfSweep
from simulator.reporting.style import GREY, LIGHT, look
from simulator.reporting.text import listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["OF", "draw", "needs"]

OF: Final = "sweep"

STOP, ENROLLED = Key("p_stop"), Key("n_enrolled")
BODY_HIGH = 2.2  # inches
LEFT, RIGHT, BOTTOM = 0.55, 0.2, 0.4


def needs(given: OfSweep) -> str:
    """A sweep that was asked for it."""
    return "" if given.findings.found.against else "--against"


def draw(given: OfSweep) -> Sequence[Figure]:
    """Panels of each variant: true stop, patients enrolled, those harmed; a line per truth that is not
    acceptable.
    """
    from matplotlib.lines import Line2D

    findings, labels = given.findings, Labels()
    wanted = [truth for truth in findings.truths if findings.acceptable[truth] is False]
    mistakes = [truth for truth in findings.truths if findings.acceptable[truth] is True]
    harmed = [key for key in findings.metrics if key.metric == "patients_with" and key.word is None]
    looks = [look(number) for number in range(len(wanted))]
    about = f"{given.about} A dot per setting of {' and '.join(each.path for each in findings.vary)}; the "
    about += "first and the last are named. False stop: "
    about += f"{'the largest ' if len(mistakes) > 1 else ''}P(stop) under {listed(mistakes, 'or')}."
    both = [(variant, key) for variant in findings.variants for key in (STOP, ENROLLED, *harmed)]
    room = across(min(2, len(both))) - RIGHT
    titles = {of: wrap(f"{of[0]}: {Asked(of[1]).name}", room, HEAD, bold=True, most=3) for of in both}
    sheets = pages(
        [
            (of, Space(body=BODY_HIGH, left=LEFT, right=RIGHT, bottom=BOTTOM, top=high(titles[of])))
            for of in both
        ],
        Head(
            title="True stop and its cost against false stop",
            about=about,
            key=[
                (Line2D([], [], color=of.colour, ls=of.dash, marker=of.marker, ms=4), labels.fit(truth, 2.2))
                for of, truth in zip(looks, wanted, strict=True)
            ],
            labels=labels,
        ),
    )
    for page in sheets:
        for (variant, key), axis in page.panels:
            _panel(axis, given, variant, key, (mistakes, wanted))
            over(axis, titles[variant, key], "", LEFT)
    return [page.figure for page in sheets]


def _panel(
    axis: Axes, given: OfSweep, variant: str, key: Key, truths: tuple[Sequence[str], Sequence[str]]
) -> None:
    mistakes, wanted = truths
    false = [
        max(((e.level or 0.0) if e is not None else 0.0) for e in at)
        for at in zip(*(given.estimates(variant, truth, STOP) for truth in mistakes), strict=True)
    ]
    asked = Asked(key)
    names = [" ".join(values) for values in _settings(given)]
    named: list[tuple[float, float, str]] = []
    for number, truth in enumerate(wanted):
        drawn = look(number)
        points = [
            (100 * x, asked.factor * value, name)
            for x, e, name in zip(false, given.estimates(variant, truth, key), names, strict=True)
            if e is not None and (value := e.level) is not None
        ]
        xs, ys = [x for x, _, _ in points], [y for _, y, _ in points]
        line = {"color": drawn.colour, "ls": drawn.dash, "ms": 4, "lw": 1.0}
        axis.plot(xs, ys, drawn.marker, clip_on=False, zorder=3, **line)
        if number == 0:
            named = [points[0], points[-1]] if points else []
    axis.set(xlabel="false stop, %", xlim=(0, None), ylim=(0, None))
    top = axis.get_ylim()[1]
    for x, y, name in named:  # below what stands high, so that it stays within
        away = (4, -9) if y > top / 2 else (4, 5)
        axis.annotate(name, (x, y), xytext=away, textcoords="offset points", fontsize=SMALL, color=GREY)
    axis.grid(color=LIGHT, lw=0.6)


def _settings(given: OfSweep) -> list[list[str]]:
    """The values of every setting."""
    from itertools import product

    return [list(values) for values in product(*(each.values for each in given.findings.vary))]
