"""Figures of a report: SVG that can stand inside a page, each with what it shows and its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from simulator.contracts import BoardRule, ComparingRule, EntriesRule
from simulator.metrics.text import Keyed
from simulator.model.metric import Key
from simulator.reporting.boards import BoardSheet
from simulator.reporting.comparing import ComparingSheet
from simulator.reporting.decision_maps import DecisionMap, map_table
from simulator.reporting.document.material import Material
from simulator.reporting.document.pieces import Picture, Table, of_grid
from simulator.reporting.figures import decision_figures, figures, plots, rule_figures, trace_figures
from simulator.reporting.long_tables import MONTH, Column, long_table
from simulator.reporting.narrative import Trace
from simulator.reporting.rule_sheets import RATES, RuleSheet
from simulator.reporting.text import capital, listed
from simulator.study.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["decision_pictures", "rule_pictures", "run_pictures", "trial_pictures"]

STOPS: tuple[Column, ...] = (("trials stopped, %", Key("p_stop"), 1.0),)
TIMES: tuple[Column, ...] = (
    ("trials stopped, %", Key("p_stop"), 1.0),
    ("10 % of these by month", Key("days_to_stop_given_stop", word="q10"), MONTH),
    ("half by month", Key("days_to_stop_given_stop", word="median"), MONTH),
    ("90 % by month", Key("days_to_stop_given_stop", word="q90"), MONTH),
)
ENROLLED: tuple[Column, ...] = (("patients enrolled", Key("n_enrolled"), 1.0), *STOPS)
DURATION: tuple[Column, ...] = (
    ("months in all", Key("duration_days"), MONTH),
    ("months to the MTD, or to none", Key("days_to_mtd"), MONTH),
)


def run_pictures(material: Material) -> Iterator[Picture]:
    """Every figure of the run; those of single trials' times are of the trials played for the report."""
    results, played = material.results, material.played
    without = replace(
        results, cells=tuple(replace(c, distributions=Keyed(), columns=Keyed()) for c in results.cells)
    )
    events = material.events
    both = figures(without, events=events, true_rates=True)
    of_trials = figures(played, events=events, true_rates=True, but=both)
    order = list(plots("run", "event"))
    for name in sorted([*both, *of_trials], key=lambda name: _place(order, name)):
        source, figure = (results, both[name]) if name in both else (played, of_trials[name])
        yield _picture(name, figure, _numbers(material, source, name))


def _place(order: Sequence[str], name: str) -> int:
    """Where a figure stands among the registered ones: `patients_harmed_EVENT.2` as `patients_harmed`."""
    of = name.partition(".")[0]
    mine = [plot for plot in order if of == plot or of.startswith(f"{plot}_")]
    return order.index(max(mine, key=len))


def _numbers(material: Material, results: Results, name: str) -> Table | None:
    """The numbers that a figure is drawn from; of doses they stand in the tables beside it."""
    columns = _columns(material, name.partition(".")[0])
    there = [c for c in columns if any(c[1] in cell.metrics for cell in results.cells)]
    if not there:
        return None
    return of_grid(long_table(results, there), "The numbers of this figure.", f"figure_{name}")


def _columns(material: Material, name: str) -> Sequence[Column]:
    if name in ("p_stop", "false_and_true_stop"):
        return STOPS
    if name in ("stopping_by_time", "stopping_by_patients"):
        return TIMES
    if name == "sample_size":
        return ENROLLED
    if name == "duration":
        return DURATION
    if name.startswith("patients_harmed"):
        event = name.removeprefix("patients_harmed").removeprefix("_") or next(iter(material.events), "")
        parts = ("before", "overrun", "after")
        return [(f"{event} {word}", Key("patients_with", event=event, word=word), 1.0) for word in parts]
    if name == "p_fired":
        keys = dict.fromkeys(k for c in material.results.cells for k in c.metrics if k.metric == "p_fired")
        return [(f"{key.rule} fired, %", key, 1.0) for key in keys if key.outcome is None]
    return ()


def rule_pictures(sheet: RuleSheet | ComparingSheet | BoardSheet) -> Iterator[Picture]:
    """The boundary of a rule, and its exact curves."""
    if isinstance(sheet, BoardSheet) or isinstance(sheet.rule, EntriesRule) or sheet.program is None:
        return
    most = sheet.most if isinstance(sheet, RuleSheet) else sheet.program.max_treated
    drawn = rule_figures(sheet.variants, sheet.program, sheet.number, sheet.rule.formula(), RATES, most)
    for name, figure in drawn.items():
        yield _picture(name, figure, None)


def decision_pictures(maps: Sequence[DecisionMap]) -> Iterator[Picture]:
    """What follows at a dose, a map for each design; all numbers stand with the first page."""
    numbers = of_grid(map_table(maps), "The numbers of this figure.", "figure_decisions") if maps else None
    for page, (name, figure) in enumerate(decision_figures(maps).items()):
        yield _picture(name, figure, None if page else numbers)


def trial_pictures(told: Trace) -> Iterator[Picture]:
    """One trial, whose numbers are its story; then its path over the boundary of each rule that has one."""
    which = f"{told.variant}_{told.truth}_{told.trial}"
    for name, figure in trace_figures(told).items():
        yield replace(_picture(f"{name}_{which}", figure, None), caption=f"{capital(told.name())}.")
    for number, (name, monitor) in enumerate(told.rules.items()):
        if not monitor.then or isinstance(monitor.rule, ComparingRule | BoardRule | EntriesRule):
            continue
        program = told.program.limited(told.program.monitors[number].since)
        drawn = rule_figures(
            [told.variant],
            program,
            number,
            monitor.rule.formula(),
            RATES,
            program.max_treated,
            paths := _paths(told, number),
            "boundary",
        )
        for page, figure in enumerate(drawn.values(), start=1):
            caption = f"{capital(told.name())}: what {name} read at its looks, over its boundary."
            picture = _picture(f"path_{which}_{name}{f'.{page}' * (page > 1)}", figure, None)
            yield replace(picture, caption=caption, says=f"{caption} {picture.says} {_steps(paths)}".strip())


def _steps(paths: Mapping[str, Sequence[int]]) -> str:
    """Where the counts of a trial rise, for who cannot see it."""
    found = []
    for endpoint, path in paths.items():
        rises = [
            f"{x} at n = {n}" for n, (before, x) in enumerate(pairwise([0, *path]), start=1) if x != before
        ]
        of = f" of {endpoint}" if len(paths) > 1 else ""
        if path:
            found.append(f"Read{of}: {listed(rises) if rises else 'none'}, up to n = {len(path)}.")
    return " ".join(found)


def _paths(told: Trace, number: int) -> dict[str, list[int]]:
    """Per endpoint the events that a rule had read at its last look up to each number of patients."""
    looks = told.records.looks[told.records.looks["monitor"] == number]
    found: dict[str, list[int]] = {}
    for endpoint, name in enumerate(told.program.monitors[number].endpoints):
        path: list[int] = []
        for look in looks:
            n, x = (int(np.atleast_1d(look[field])[endpoint]) for field in ("n", "x"))
            path += [path[-1] if path else 0] * (n - len(path))
            if n > 0:  # else it was not read
                path[n - 1] = x
        found[name] = path
    return found


def _picture(name: str, figure: Figure, numbers: Table | None) -> Picture:
    heading = figure.get_suptitle().replace("\n", " ")
    about = next((text.get_text() for text in figure.texts if text.get_gid() == "about"), "")
    says = " ".join(f"{heading}. {about}".split())
    return Picture(name=name, caption=f"{heading}.", figure=figure, says=says, numbers=numbers)
