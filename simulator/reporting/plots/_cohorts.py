"""What a swimmer plot shows of dose finding: doses and outcomes of patients, decisions on cohorts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from simulator.model.records import DltOutcome
from simulator.reporting.cohorts import dose_of, short_decision
from simulator.reporting.lettering import BODY, FAMILY, SMALL, width, wrap
from simulator.reporting.pages import WIDE
from simulator.reporting.style import GREY, INK
from simulator.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.path import Path

    from simulator.reporting.narrative import Trace

__all__ = ["EVENT_LOOKS", "dose_name", "draw", "key"]

EVENT_LOOKS = (
    ("D", "#D55E00", 4.5),
    ("o", "#ffffff", 3.8),
    ("v", "#222222", 4.8),
    ("s", "#ffffff", 3.8),
    ("P", "#ffffff", 4.5),
)
"""Of the DLT, of what rules it out, and of the others; no X, which is the letter of who is not evaluable."""
OUTCOMES: dict[int, tuple[str, str]] = {
    DltOutcome.DLT: ("DLT", "#B34700"),
    DltOutcome.NOT_EVALUABLE: ("X", INK),
    DltOutcome.PENDING: ("?", INK),
}
BAND = "#eeeeee"
MOST_WORDS, APART = 1.8, 0.1  # inches of what is said of a decision at most, and between two


def draw(axis: Axes, told: Trace, lanes: dict[int, int], row: float, end: float) -> None:
    """lanes: lane of each candidate on this page. row: where decisions are marked. end: last month."""
    for patient in told.records.patients:
        if int(patient["candidate"]) in lanes:
            _outcome(axis, patient, lanes[int(patient["candidate"])], end)
    words: list[tuple[float, str]] = []
    for decision in told.records.decided:
        month = float(decision["time"]) / DAYS_PER_MONTH
        cohort = told.records.patients[told.records.patients["cohort"] == decision["number"]]
        if any(int(candidate) in lanes for candidate in cohort["candidate"]):
            _band(axis, cohort, lanes, month, row)
        mark = short_decision(told.program, decision)
        if len(mark) <= 2:
            axis.text(month, row, mark, ha="center", va="center", fontsize=BODY, fontweight="bold", zorder=6)
        else:
            axis.plot(month, row, "*", color=INK, ms=7, zorder=6)
            words.append((month, mark))
    inch = axis.get_xlim()[1] / (WIDE * axis.get_position().width)  # in months
    free = 0.0  # month up to which nothing is said yet
    for month, word in words:
        text = wrap(word, MOST_WORDS, SMALL, bold=True, most=1)[0]
        half = width(text, SMALL, bold=True) * inch / 2
        centre = max(min(month, end - half), free + half)
        free = centre + half + APART * inch
        axis.text(centre, row + 0.9, text, ha="center", va="center", fontsize=SMALL, fontweight="bold")


def dose_name(told: Trace, patient: np.void) -> str:
    """The dose of a patient."""
    return dose_of(told.program, int(patient["level"]))


def _outcome(axis: Axes, patient: np.void, lane: int, end: float) -> None:
    """What came of the patient after the bar, or before it near the right edge; nothing for no DLT."""
    mark = OUTCOMES.get(int(patient["outcome"]))
    if mark is None:
        return
    start, stop = (float(patient[name]) / DAYS_PER_MONTH for name in ("entry", "exit"))
    right = stop < 0.9 * end
    word, colour = mark
    axis.annotate(
        word,
        (stop if right else start, lane),
        xytext=(5 if right else -5, 0),
        textcoords="offset points",
        ha="left" if right else "right",
        va="center",
        fontsize=SMALL - 0.5,
        fontweight="bold",
        color=colour,
        zorder=7,
        bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.9},
    )


def _band(axis: Axes, cohort: np.ndarray, lanes: dict[int, int], month: float, row: float) -> None:
    """A shade behind the cohort from its first entry to the decision, and a line down to its mark."""
    rows = [lanes[int(candidate)] for candidate in cohort["candidate"] if int(candidate) in lanes]
    start = float(cohort["entry"].min()) / DAYS_PER_MONTH
    top, bottom = min(rows) - 0.47, max(rows) + 0.47
    axis.fill_between([start, month], top, bottom, color=BAND, lw=0, zorder=0)
    axis.plot([month, month], [top, row - 0.45], color=GREY, lw=0.7, ls=(0, (2, 2)), zorder=1)
    axis.plot([month, month], [top, bottom], color=INK, lw=1.1, zorder=3)


def key(told: Trace) -> Iterator[tuple[Any, str]]:
    """Samples and words of bands, decision marks and letters."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    yield Patch(facecolor=BAND), "cohort, to the decision"
    for mark, words in (("\u2191", "go up"), ("+3", "so many more"), ("\u2193", "go down")):
        size = 3 * len(mark) + 3
        yield Line2D([], [], ls="", marker=_letters(mark), color=INK, mew=0.3, ms=size), words
    yield Line2D([], [], ls="", marker="*", color=INK, ms=7), "amended, or the end"
    yield Line2D([], [], ls="", marker=_letters("X"), color=INK, mew=0.3, ms=5), "not evaluable"
    if (told.records.patients["outcome"] == DltOutcome.PENDING).any():
        yield Line2D([], [], ls="", marker=_letters("?"), color=INK, mew=0.3, ms=5), "outcome still open"


def _letters(text: str) -> Path:
    """The outline of a text around its centre, as a marker."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.path import Path
    from matplotlib.textpath import TextPath

    outline = TextPath((0, 0), text, prop=FontProperties(family=FAMILY, weight="bold"))
    box = outline.get_extents()
    return Path(outline.vertices - [(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2], outline.codes)
