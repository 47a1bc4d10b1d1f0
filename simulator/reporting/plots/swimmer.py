"""The swimmer plot of one trial: a bar per patient, and the stop with its five dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle, groupby
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from simulator.model.records import HoldEnd
from simulator.reporting.corrections import corrections
from simulator.reporting.held import is_told, voters
from simulator.reporting.lettering import SMALL, Labels, height, printable, widest, width, wrap
from simulator.reporting.narrative import Trace, five_dates
from simulator.reporting.pages import WIDE, Head, Space, pages
from simulator.reporting.plots import _cohorts
from simulator.reporting.style import GREY, INK, LIGHT, PHASES
from simulator.reporting.text import capital, counted
from simulator.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["OF", "draw", "needs"]

OF: Final = "trial"

BAR = 0.66
EVENT_LOOKS = (
    ("X", "#D55E00", 7),
    ("o", "#ffffff", 4.5),
    ("v", "#ffffff", 5),
    ("s", "#ffffff", 4),
    ("D", "#ffffff", 4),
)
THINNEST, THICKEST, OF_A_DOSE = 0.8, 3.2, 1.9  # points of a drug's line at its lowest and highest level
ROOM = 8.4  # inches of lanes on a page
LANE, LOWEST = 0.25, 0.16  # inches of a lane, and at least
PAD = 0.1  # inches between names and lanes
NAMES = 1.2  # inches at most for a dose
FIGURE_SPACE = "\u2007"  # as wide as a digit
BESIDE, MOST_WORDS = 0.09, 1.6  # inches between an event and its mark in words, and at most of those
AMENDED = ((0, (6, 2)), (0, (1, 2)), (0, (6, 2, 1, 2)))  # lines of amendments, in turn
CORRECTED = {"withdrawn": ("x", "report withdrawn"), "upgraded": ("+", "report gets another mark")}
SCREENED = (0, (1, 1.5))  # dashes of the line from registration to entry
MOST_STOPS = 4  # decisions whose dates are told


def needs(told: Trace) -> str:
    """Nothing: every trial can be drawn."""
    del told
    return ""


def draw(told: Trace) -> Sequence[Figure]:
    """One bar per patient over the calendar of the trial, so many patients as fit on a page."""
    dosing = told.program.dosing is not None
    labels = Labels()
    holding = _holding(told)
    held = [labels.fit(f"hold: {told.program.monitors[i].name}", NAMES, size=SMALL, lines=1) for i in holding]
    below = held + ["looks"] * bool(told.program.monitors or not dosing) + ["decisions"] * dosing
    lanes = {int(p["candidate"]): _lane_name(told, p, labels) for p in _in_order(told)}
    words = len(below) + dosing  # a line of words below the decisions
    cut = len(list(labels.told()))  # names that stand in full at the foot
    room = ROOM - (height(cut, SMALL) + LANE if cut else 0.0)
    high = max(min(LANE, room / (len(lanes) + words)), LOWEST)
    most = max(int(room / high) - words, 1)
    candidates = list(lanes)
    shown = [candidates[i : i + most] for i in range(0, max(len(candidates), 1), most)]
    left = max(widest([*lanes.values(), *below], SMALL) + PAD, 0.4)
    head = Head(
        title=told.title,
        about=f"{capital(told.name())}. At the left {_at_the_left(told)}.{_stops_told(told)}",
        key=list(_key(told)),
        labels=labels,
    )
    end = _end(told) / DAYS_PER_MONTH
    panels = [(some, Space(body=high * (len(some) + words + 0.6), left=left, bottom=0.4)) for some in shown]
    sheets = pages(panels, head, beside=1)
    for page in sheets:
        for some, axis in page.panels:
            _panel(axis, told, some, below, end)
            names = [lanes[candidate] for candidate in some]
            axis.set_yticks(range(len(some) + len(below)), [*names, *below])
    return [page.figure for page in sheets]


def _panel(axis: Axes, told: Trace, some: Sequence[int], below: Sequence[str], end: float) -> None:
    """Some patients, and below them every look and decision of the trial."""
    lanes = {candidate: row for row, candidate in enumerate(some)}
    axis.set_xlim(0, end * 1.02)
    for patient in told.records.patients:
        candidate = int(patient["candidate"])
        if candidate in lanes:
            _screening(axis, told, patient, lanes[candidate])
            _course(axis, told, candidate, lanes[candidate], float(patient["exit"]))
            _marks(axis, told, candidate, lanes[candidate])
    holding = _holding(told)
    _holds(axis, told, holding, len(some))
    if "looks" in below:
        _looks(axis, told, len(some) + len(holding))
    _stops(axis, told, len(some) + len(holding))
    for month, dashes in zip(_came(told).values(), cycle(AMENDED), strict=False):
        axis.axvline(month, color=INK, lw=1, ls=dashes, zorder=7)  # also where it came by that decision
    last = len(some) + len(below)
    if "decisions" in below:
        _cohorts.draw(axis, told, lanes, last - 1, end)
        last += 1
    axis.set(ylim=(last - 0.4, -0.8), xlabel="months since the trial opened")
    axis.tick_params(axis="y", length=0, labelsize=SMALL)
    axis.grid(axis="x", color=LIGHT, lw=0.6)


def _end(told: Trace) -> float:
    """The last day that is drawn: of courses, looks with an outcome and holds; beside holds of any look."""
    records = told.records
    looks, held = records.looks, len(records.holds) > 0
    days = [*records.patients["exit"].tolist()] or [365.25]
    days += looks["time"][(looks["outcome"] > 0) | held].tolist()
    days += records.holds["ended"].tolist()
    return float(max(days))


def _came(told: Trace) -> dict[str, float]:
    """The month in which each amendment of the protocol came into force."""
    return {
        told.program.amendments[int(row["amendment"])].name: float(row["time"]) / DAYS_PER_MONTH
        for row in told.records.amended
    }


def _holding(told: Trace) -> list[int]:
    """Rules that held accrual in this trial."""
    holds = told.records.holds
    return sorted(set(holds["monitor"][holds["ended"] > holds["began"]].tolist()))


def _holds(axis: Axes, told: Trace, holding: Sequence[int], patients: int) -> None:
    """A grey band behind the patients while accrual is held, and a lane for each rule that holds it."""
    for hold in told.records.holds:
        start, stop = (float(hold[day]) / DAYS_PER_MONTH for day in ("began", "ended"))
        if stop > start:
            row = patients + holding.index(int(hold["monitor"]))
            axis.fill_between([start, stop], -0.8, patients - 0.5, color=LIGHT, lw=0, zorder=0)
            axis.barh(row, stop - start, left=start, height=BAR, color=GREY, lw=0, zorder=2)
            if hold["how"] == HoldEnd.NOT_RESUMED:
                axis.plot(stop, row, "s", color=INK, ms=5, clip_on=False, zorder=5)


def _in_order(told: Trace) -> Sequence[np.void]:
    """Patients as they entered, where there are arms arm by arm."""
    patients = list(told.records.patients)
    return patients if told.program.arms is None else sorted(patients, key=lambda p: int(p["arm"]))


def _at_the_left(told: Trace) -> str:
    if told.program.arms is not None:
        return "arm as drawn and number of each patient, by arm and order of entry"
    return f"{'dose and ' * (told.program.dosing is not None)}number of each patient, by order of arrival"


def _lane_name(told: Trace, patient: np.void, labels: Labels) -> str:
    number = str(int(patient["candidate"]) + 1)
    arms = told.program.arms
    if told.program.dosing is not None:
        name, more = _cohorts.dose_name(told, patient), ""
    elif arms is not None:
        refused = int(patient["received"]) != int(patient["arm"])
        name, more = arms.names[int(patient["arm"])], ", refused" * refused
    else:
        return number
    fitted = labels.fit(name, NAMES, size=SMALL, lines=1)
    return f"{fitted}{more}   {number.rjust(3, FIGURE_SPACE)}"


def _screening(axis: Axes, told: Trace, patient: np.void, row: int) -> None:
    """From the registration to the entry, where there is screening."""
    if told.program.screening is not None:
        start, end = (float(patient[day]) / DAYS_PER_MONTH for day in ("registered", "entry"))
        axis.plot([start, end], [row] * 2, color=GREY, lw=0.9, ls=SCREENED, zorder=2)
        axis.plot(start, row, "|", color=GREY, ms=7, mew=1.2, zorder=2, clip_on=False)


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
                thick = _line_width(told, i, state.levels[i])
                axis.plot(ends, [row + place] * 2, color=INK, lw=thick, ls=_line(i), solid_capstyle="butt")


def _drug_places(drugs: int) -> list[float]:
    """Where each drug's line lies within the bar."""
    return [BAR * ((i + 1) / (drugs + 1) - 0.5) for i in range(drugs)]


def _line(drug: int) -> Any:
    return ("-", (0, (3, 1.2)), (0, (1, 1)))[drug % 3]


def _line_width(told: Trace, drug: int, level: int) -> float:
    """The thicker the higher; alike where doses are found, whose names stand beside the bars."""
    if told.program.dosing is not None and drug == told.program.dosing.drug:
        return OF_A_DOSE
    steps = max(len(told.program.levels[drug]) - 1, 1)
    return THINNEST + (THICKEST - THINNEST) * (level - 1) / steps


def _marks(axis: Axes, told: Trace, candidate: int, row: int) -> None:
    """Events where they occur, with their mark, a tick where the report arrives, and what becomes of it."""
    events, words = told.records.events, []
    for event in events[events["candidate"] == candidate]:
        table = told.program.events[event["event"]]
        x, reported = float(event["occurred"]) / DAYS_PER_MONTH, float(event["reported"]) / DAYS_PER_MONTH
        marker, colour, size = _event_look(told, int(event["event"]))
        axis.plot(x, row, marker, mfc=colour, mec=INK, mew=0.8, ms=size, clip_on=False, zorder=5)
        if not table.counted:
            continue
        if isfinite(reported) and (reported > x or told.program.dosing is None):
            axis.plot([x, reported], [row - BAR / 2] * 2, color=INK, lw=0.8, zorder=4)
            axis.plot([reported] * 2, [row - BAR / 2 - 0.14, row + BAR / 2], color=INK, lw=1.3, zorder=4)
        for what, day in corrections(told.program, event).items():
            marker, _ = CORRECTED[what]
            axis.plot(day / DAYS_PER_MONTH, row - BAR / 2, marker, color=INK, ms=5, mew=1.3, zorder=5)
        if event["mark"] >= 0:
            words.append((x, table.marks[event["mark"]]))
    month = axis.get_xlim()[1] / (WIDE * axis.get_position().width)  # in an inch
    for x, last, text in _gathered(words, month):
        left = x - (width(text, SMALL) + BESIDE) * month > 0
        axis.annotate(
            text,
            (x if left else last, row),
            xytext=(72 * BESIDE * (-1 if left else 1), 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center_baseline",
            fontsize=SMALL,
            zorder=6,
            bbox={"boxstyle": "round,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.85},
        )


def _gathered(words: Sequence[tuple[float, str]], month: float) -> list[tuple[float, float, str]]:
    """(first, last, text): words left of where they belong; those that would meet stand together."""
    found: list[tuple[float, float, str]] = []
    for x, word in words:
        first, last, text = x, x, printable(word)
        while found and first - (width(text, SMALL) + 2 * BESIDE) * month < found[-1][1]:
            first, _, before = found.pop()
            text = f"{before}, {text}"
        text = wrap(text, MOST_WORDS, SMALL, most=1)[0]
        found.append((first, last, text))
    return found


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
    """A triangle per look that is within the picture, filled, and above others, where an outcome held."""
    last = axis.get_xlim()[1]
    for look in told.records.looks:
        fired = look["outcome"] > 0
        x = float(look["time"]) / DAYS_PER_MONTH
        if x > last:  # the calendar goes on when every course is over
            continue
        inside, above = (INK, 5.5) if fired else ("white", 5.0)
        axis.plot(x, row, "^", mfc=inside, mec=INK, ms=5, clip_on=False, zorder=above)


def _stops(axis: Axes, told: Trace, patients: int) -> None:
    """A line where each decision takes effect, a paler one where it was crossed."""
    for firing in _told(told):
        dates = five_dates(told, firing)
        crossed, effective = dates[0][1] / DAYS_PER_MONTH, dates[-1][1] / DAYS_PER_MONTH
        axis.plot([effective] * 2, [-0.75, patients + 0.5], color="#D55E00", lw=1.8, zorder=6)
        axis.plot([crossed] * 2, [-0.75, patients + 0.5], color="#D55E00", lw=1, ls=(0, (4, 3)), zorder=6)


def _told(told: Trace) -> list[np.void]:
    """Firings that are drawn with their dates."""
    return [firing for firing in told.records.firings if is_told(told.program, told.records, firing)]


def _stops_told(told: Trace) -> str:
    """The dates of every stop, in days."""
    text, firings = "", _told(told)
    for firing in firings[:MOST_STOPS]:
        monitor = told.program.monitors[firing["monitor"]]
        dates = ", ".join(f"{name} {day:.1f}" for name, day in five_dates(told, firing))
        who = f" ({said})" if (said := voters(told.program, monitor, firing)) else ""
        text += f" {monitor.name} fired{who}; days: {dates}."
    more = len(firings) - MOST_STOPS
    return text + (f" And {counted(more, 'more decision')}." if more > 0 else "")


def _key(told: Trace) -> Iterator[tuple[Any, str]]:
    """Phases, drugs at each level, events, report, look, stop."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    if told.program.screening is not None:
        yield Line2D([], [], color=GREY, lw=0.9, ls=SCREENED, marker="|", ms=7), "registered, in screening"
    reached = {told.program.states[s].phase for s in told.records.states["state"]}
    for i, phase in enumerate(told.program.phases):
        if i in reached:
            colour, hatch = PHASES[i % len(PHASES)]
            yield Patch(facecolor=colour, hatch=hatch, edgecolor=GREY, lw=0.5), phase.name
    for i, (drug, levels) in enumerate(zip(told.program.drugs, told.program.levels, strict=True)):
        found = told.program.dosing is not None and told.program.dosing.drug == i
        for level, name in enumerate(["(its dose at the left)"] if found else levels, start=1):
            thick = _line_width(told, i, level)
            yield Line2D([], [], color=INK, ls=_line(i), lw=thick), f"{drug} {name}"
    happened = set(told.records.events["event"].tolist())
    for i, event in enumerate(told.program.events):
        marker, colour, size = _event_look(told, i)
        if i in happened:
            yield Line2D([], [], ls="", marker=marker, mfc=colour, mec=INK, ms=size), event.name
    rows, dosing = told.records.events, told.program.dosing is not None
    if any(told.program.events[i].counted for i in happened) and not (
        dosing and (rows["reported"] <= rows["occurred"]).all()
    ):
        yield Line2D([], [], ls="", marker="|", mec=INK, mew=1.4, ms=7), "report arrives"
    yield from _key_of_corrections(told)
    if told.program.monitors or not dosing:
        yield Line2D([], [], ls="", marker="^", mfc="white", mec=INK, ms=5), "look (filled: outcome)"
    if dosing:
        yield from _cohorts.key(told)
    yield from _key_of_conduct(told)
    if _told(told):
        yield Line2D([], [], color="#D55E00", lw=1.8), "decision takes effect (dashed: crossed)"


def _key_of_corrections(told: Trace) -> Iterator[tuple[Any, str]]:
    """What became of reports of events that are counted."""
    from matplotlib.lines import Line2D

    counted_ones = [row for row in told.records.events if told.program.events[row["event"]].counted]
    found = {what for row in counted_ones for what in corrections(told.program, row)}
    for what, (marker, text) in CORRECTED.items():
        if what in found:
            yield Line2D([], [], ls="", marker=marker, mec=INK, mew=1.3, ms=5), text


def _key_of_conduct(told: Trace) -> Iterator[tuple[Any, str]]:
    """Accrual on hold, by whom, and a review after which it is closed; amendments."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    holds = told.records.holds
    if _holding(told):
        yield Patch(facecolor=LIGHT, lw=0), "accrual on hold"
        yield Patch(facecolor=GREY, lw=0), "by the rule at the left"
    if ((holds["how"] == HoldEnd.NOT_RESUMED) & (holds["ended"] > holds["began"])).any():
        yield Line2D([], [], ls="", marker="s", color=INK, ms=5), "a review closes accrual"
    months = _came(told)
    for (name, month), dashes in zip(months.items(), cycle(AMENDED), strict=False):
        when = f", day {month * DAYS_PER_MONTH:.1f}" if len(months) > len(AMENDED) else ""
        yield Line2D([], [], color=INK, lw=1, ls=dashes), f"amendment: {name}{when}"
