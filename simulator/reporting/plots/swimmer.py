"""The swimmer plot of one trial: a bar per patient, and the stop with its five dates."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from simulator.reporting.narrative import Trace, five_dates
from simulator.reporting.plots import _cohorts
from simulator.reporting.style import GREY, INK, LIGHT, PHASES, headline
from simulator.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["OF", "draw", "needs"]

OF: Final = "trial"

BAR = 0.66
EVENT_LOOKS = (
    ("X", "#D55E00", 9),
    ("o", "#ffffff", 5.5),
    ("v", "#ffffff", 6),
    ("s", "#ffffff", 5),
    ("D", "#ffffff", 5),
)
WIDTH = 11.0
LINE_WIDTHS = (1.2, 2.6, 4.0)


def needs(told: Trace) -> str:
    """Nothing: every trial can be drawn."""
    del told
    return ""


def draw(told: Trace) -> Figure:
    """One bar per patient over the calendar of the trial."""
    from matplotlib.figure import Figure

    patients = len(told.records.patients)
    dosing = told.program.dosing is not None
    below = [(patients, "looks")] if told.program.monitors or not dosing else []
    below += [(patients + len(below), "decisions")] if dosing else []
    rows = below[-1][0] + int(dosing)  # words below the decisions
    figure = Figure(figsize=(WIDTH, 2.9 + 0.27 * rows))
    axis = figure.add_subplot()
    for row, patient in enumerate(told.records.patients):
        _course(axis, told, int(patient["candidate"]), row, float(patient["exit"]))
        _marks(axis, told, int(patient["candidate"]), row)
    if told.program.monitors or not dosing:
        _looks(axis, told, patients)
    end = max((float(p["exit"]) for p in told.records.patients), default=365.25) / DAYS_PER_MONTH
    _stops(axis, told, patients, end)
    lanes = {int(p["candidate"]): row for row, p in enumerate(told.records.patients)}
    if dosing:
        _cohorts.draw(axis, told, lanes, below[-1][0], end)
    axis.set(
        xlim=(0, end * 1.02),
        ylim=(rows + 0.7, -0.9),
        xlabel="months since the trial opened",
        ylabel=f"{'dose and ' if dosing else ''}patient, by order of arrival",
    )
    axis.set_yticks(
        [*range(patients), *(row for row, _ in below)],
        [*(_lane_name(told, p) for p in told.records.patients), *(name for _, name in below)],
    )
    axis.tick_params(axis="y", length=0)
    axis.grid(axis="x", color=LIGHT, lw=0.6)
    figure.legend(
        handles=list(_legend(told)), loc="outside lower left", ncols=4, fontsize=8.5, handlelength=2.6
    )
    headline(figure, told.title, told.name())
    return figure


def _lane_name(told: Trace, patient: np.void) -> str:
    return (
        str(int(patient["candidate"]) + 1)
        if told.program.dosing is None
        else _cohorts.lane_name(told, patient)
    )


def _course(axis: Axes, told: Trace, candidate: int, row: int, end: float) -> None:
    """The patient's phases as shaded stretches, and each drug as a line within, the thicker the higher."""
    states = told.records.states
    mine = states[states["candidate"] == candidate]
    rows = [(float(r["time"]), told.program.states[r["state"]]) for r in mine]
    spans = [
        (start, stop, state)
        for (start, state), stop in zip(rows, [*(time for time, _ in rows[1:]), end], strict=True)
        if stop > start
    ]
    for phase, group in groupby(spans, key=lambda span: span[2].phase):
        stretch = list(group)
        start, stop = stretch[0][0] / DAYS_PER_MONTH, stretch[-1][1] / DAYS_PER_MONTH
        colour, hatch = PHASES[phase % len(PHASES)]
        axis.barh(
            row, stop - start, left=start, height=BAR, color=colour, hatch=hatch, edgecolor="white", lw=0
        )
        axis.barh(row, stop - start, left=start, height=BAR, color="none", edgecolor=GREY, lw=0.5)
    for i, place in enumerate(_drug_places(len(told.program.drugs))):
        for start, stop, state in spans:
            if state.levels[i]:
                ends = [start / DAYS_PER_MONTH, stop / DAYS_PER_MONTH]
                width = _line_width(told, i, state.levels[i])
                axis.plot(ends, [row + place] * 2, color=INK, lw=width, ls=_line(i), solid_capstyle="butt")


def _drug_places(drugs: int) -> list[float]:
    """Where each drug's line lies within the bar."""
    return [BAR * ((i + 1) / (drugs + 1) - 0.5) for i in range(drugs)]


def _line(drug: int) -> Any:
    return ("-", (0, (3, 1.2)), (0, (1, 1)))[drug % 3]


def _line_width(told: Trace, drug: int, level: int) -> float:
    """The thicker the higher; alike where doses are found, whose names stand beside the bars."""
    if told.program.dosing is not None and drug == told.program.dosing.drug:
        return LINE_WIDTHS[1]
    return LINE_WIDTHS[min(level, len(LINE_WIDTHS)) - 1]


def _marks(axis: Axes, told: Trace, candidate: int, row: int) -> None:
    """Events where they occur, with their mark, and a tick where the report arrives."""
    events = told.records.events
    for event in events[events["candidate"] == candidate]:
        table = told.program.events[event["event"]]
        x, reported = float(event["occurred"]) / DAYS_PER_MONTH, float(event["reported"]) / DAYS_PER_MONTH
        marker, colour, size = _event_look(told, int(event["event"]))
        axis.plot(x, row, marker, mfc=colour, mec=INK, mew=0.9, ms=size, zorder=5)
        if not table.counted:
            continue
        if isfinite(reported) and (reported > x or told.program.dosing is None):
            axis.plot([x, reported], [row - BAR / 2] * 2, color=INK, lw=0.8, zorder=4)
            axis.plot([reported] * 2, [row - BAR / 2 - 0.14, row + BAR / 2], color=INK, lw=1.6, zorder=4)
        if event["mark"] >= 0:
            axis.annotate(
                table.marks[event["mark"]],
                (x, row),
                xytext=(-7, 0),
                textcoords="offset points",
                ha="right",
                va="center",
                fontsize=8,
                zorder=6,
                bbox={"boxstyle": "round,pad=0.12", "fc": "white", "ec": "none", "alpha": 0.85},
            )


def _event_look(told: Trace, event: int) -> tuple[str, str, float]:
    """The mark of an event; counted events come first, so that they get the mark that is seen first."""
    events, dosing = told.program.events, told.program.dosing
    if dosing is not None:
        first = (dosing.event, *dosing.ruled_out_by, dosing.death)
        order = sorted(range(len(events)), key=lambda i: (first.index(i) if i in first else len(first), i))
        return _cohorts.EVENT_LOOKS[order.index(event) % len(_cohorts.EVENT_LOOKS)]
    order = sorted(range(len(events)), key=lambda i: (not events[i].counted, i))
    return EVENT_LOOKS[order.index(event) % len(EVENT_LOOKS)]


def _looks(axis: Axes, told: Trace, row: int) -> None:
    """A triangle per look below the patients, filled where an outcome held."""
    for look in told.records.looks:
        fired = look["outcome"] > 0
        x = float(look["time"]) / DAYS_PER_MONTH
        axis.plot(x, row, "^", mfc=INK if fired else "white", mec=INK, ms=7, clip_on=False, zorder=5)


def _stops(axis: Axes, told: Trace, patients: int, end: float) -> None:
    """A line where each decision takes effect, a paler one where it was crossed; the dates in words."""
    for number, firing in enumerate(told.records.firings):
        monitor = told.program.monitors[firing["monitor"]]
        dates = five_dates(told, firing)
        crossed, effective = dates[0][1] / DAYS_PER_MONTH, dates[-1][1] / DAYS_PER_MONTH
        axis.plot([effective] * 2, [-0.8, patients + 0.5], color="#D55E00", lw=2, zorder=6)
        axis.plot([crossed] * 2, [-0.8, patients + 0.5], color="#D55E00", lw=1, ls=(0, (4, 3)), zorder=6)
        text = f"{monitor.name}, days: " + ", ".join(f"{name} {day:.1f}" for name, day in dates)
        left = effective < 0.5 * end
        axis.annotate(
            text,
            (effective, -0.9),
            xytext=(0, 6 + 13 * number),
            textcoords="offset points",
            ha="left" if left else "right",
            fontsize=8.5,
            color="#A04000",
            annotation_clip=False,
        )


def _legend(told: Trace) -> Iterator[Any]:
    """Phases, drugs at each level, events, report, look, stop."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    reached = {told.program.states[s].phase for s in told.records.states["state"]}
    for i, phase in enumerate(told.program.phases):
        if i in reached:
            colour, hatch = PHASES[i % len(PHASES)]
            yield Patch(facecolor=colour, hatch=hatch, edgecolor=GREY, label=phase.name)
    for i, (drug, levels) in enumerate(zip(told.program.drugs, told.program.levels, strict=True)):
        found = told.program.dosing is not None and told.program.dosing.drug == i
        for level, name in enumerate(["(its dose at the left)"] if found else levels, start=1):
            width = _line_width(told, i, level)
            yield Line2D([], [], color=INK, ls=_line(i), lw=width, label=f"{drug} {name}")
    happened = set(told.records.events["event"].tolist())
    for i, event in enumerate(told.program.events):
        marker, colour, size = _event_look(told, i)
        if i in happened:
            yield Line2D([], [], ls="", marker=marker, mfc=colour, mec=INK, ms=size, label=event.name)
    rows, dosing = told.records.events, told.program.dosing is not None
    if any(told.program.events[i].counted for i in happened) and not (
        dosing and (rows["reported"] <= rows["occurred"]).all()
    ):
        yield Line2D([], [], ls="", marker="|", mec=INK, mew=1.6, ms=9, label="report arrives")
    if told.program.monitors or not dosing:
        yield Line2D([], [], ls="", marker="^", mfc="white", mec=INK, ms=7, label="look (filled: outcome)")
    if dosing:
        yield from _cohorts.legend()
    if len(told.records.firings):
        yield Line2D([], [], color="#D55E00", lw=2, label="stop takes effect (dashed: crossed)")
