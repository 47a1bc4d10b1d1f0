"""What a swimmer plot shows of dose finding: doses and outcomes of patients, decisions on cohorts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from simulator.model.records import DltOutcome
from simulator.reporting.cohorts import dose_of, short_decision
from simulator.reporting.style import GREY, INK
from simulator.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

    from simulator.reporting.narrative import Trace

__all__ = ["EVENT_LOOKS", "draw", "lane_name", "legend"]

EVENT_LOOKS = (
    ("D", "#D55E00", 6.5),
    ("o", "#ffffff", 5),
    ("v", "#222222", 6.5),
    ("s", "#ffffff", 5),
    ("P", "#ffffff", 6),
)
"""Of the DLT, of what rules it out, and of the others; no X, which is the letter of who is not evaluable."""
OUTCOMES: dict[int, tuple[str, str]] = {
    DltOutcome.DLT: ("DLT", "#B34700"),
    DltOutcome.NOT_EVALUABLE: ("X", INK),
    DltOutcome.PENDING: ("?", INK),
}
BAND = "#eeeeee"


def draw(axis: Axes, told: Trace, lanes: dict[int, int], row: float, end: float) -> None:
    """lanes: lane of each candidate. row: where decisions are marked. end: last month."""
    for patient in told.records.patients:
        _outcome(axis, patient, lanes[int(patient["candidate"])], end)
    words: list[tuple[float, str]] = []
    for decision in told.records.decisions:
        month = float(decision["time"]) / DAYS_PER_MONTH
        cohort = told.records.patients[told.records.patients["cohort"] == decision["number"]]
        if len(cohort):
            _band(axis, cohort, lanes, month, row)
        mark = short_decision(told.program, decision)
        if len(mark) <= 2:
            axis.text(month, row, mark, ha="center", va="center", fontsize=10, fontweight="bold", zorder=6)
        else:
            axis.plot(month, row, "*", color=INK, ms=9, zorder=6)
            words.append((month, mark))
    for month, word in words:
        side = "left" if month < 0.12 * end else "right" if month > 0.88 * end else "center"
        axis.text(month, row + 0.95, word, ha=side, va="center", fontsize=9, fontweight="bold")


def lane_name(told: Trace, patient: np.void) -> str:
    """Dose and number of a patient."""
    return f"{dose_of(told.program, int(patient['level']))}    {int(patient['candidate']) + 1}"


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
        xytext=(6 if right else -6, 0),
        textcoords="offset points",
        ha="left" if right else "right",
        va="center",
        fontsize=8,
        fontweight="bold",
        color=colour,
        zorder=7,
        bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.9},
    )


def _band(axis: Axes, cohort: np.ndarray, lanes: dict[int, int], month: float, row: float) -> None:
    """A shade behind the cohort from its first entry to the decision, and a line down to its mark."""
    rows = [lanes[int(candidate)] for candidate in cohort["candidate"]]
    start = float(cohort["entry"].min()) / DAYS_PER_MONTH
    top, bottom = min(rows) - 0.47, max(rows) + 0.47
    axis.fill_between([start, month], top, bottom, color=BAND, lw=0, zorder=0)
    axis.plot([month, month], [top, row - 0.45], color=GREY, lw=0.7, ls=(0, (2, 2)), zorder=1)
    axis.plot([month, month], [top, bottom], color=INK, lw=1.1, zorder=3)


def legend() -> Iterator[Any]:
    """Bands, decision marks and letters."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    yield Patch(facecolor=BAND, label="cohort, to the decision")
    for mark, words in (("$\u2191$", "go up"), ("$+3$", "so many more"), ("$\u2193$", "go down")):
        yield Line2D([], [], ls="", marker=mark, mfc=INK, mec=INK, mew=0.3, ms=9, label=words)
    yield Line2D([], [], ls="", marker="*", color=INK, ms=9, label="amended, or the end")
    yield Line2D([], [], ls="", marker="$X$", color=INK, ms=7, label="not evaluable")
