"""The tables of a run, as plain text: the answer in brief, and in full what else is known of it.

No number stands without its error. ± is one Monte Carlo standard error; a share of no trial at all,
or of every trial, shows the end of its 95 % Wilson interval instead, because its ± would read 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from simulator.errors import TrialstopError
from simulator.reporting.adjusted import note, with_adjusted
from simulator.reporting.answer import answer
from simulator.reporting.arm_tables import arm_tables
from simulator.reporting.blocks import Block, lines_of
from simulator.reporting.conduct_tables import conduct_tables
from simulator.reporting.dose_tables import dose_finding_parts
from simulator.reporting.doses import Doses, dose_truths, with_dose_finding
from simulator.reporting.foot import foot
from simulator.reporting.long_tables import long_tables
from simulator.reporting.text import heading, question
from simulator.reporting.weighted import weighted_costs
from simulator.study.results import Results

__all__ = ["LINE", "beyond_the_answer", "counted_events", "headline", "render"]

LINE = 100  # characters, where nothing else is asked for


def render(
    results: Results,
    *,
    events: Sequence[str] = (),
    full: bool = False,
    true_rates: bool = False,
    adjust: bool = False,
    width: int = LINE,
) -> str:
    """The answer, below what is needed to judge it; or every table.

    events     : those whose patients are counted in the cost table; all if none is named
    full       : first the answer, then by which rule trials stop, the cost, when, and each dose
    true_rates : dose finding shows the true DLT rates too, where the results know them
    adjust     : estimates are adjusted for events against hazards used up (docs/likelihood.md);
                 TrialstopError where a cell has too many numbers for that
    width      : characters of a line; tables that need more are set in blocks
    """
    events, doses = counted_events(results, events), _doses(results, true_rates)
    title = [*heading(results.title, "=", width=width), *question(results.question, width=width)]
    given = with_adjusted(results) if adjust else results
    blocks = list(answer(given, doses, width))
    if full:
        blocks += beyond_the_answer(given, doses, events)
    found = [lines_of(block, width) for block in blocks]
    shown = [line for part in found for line in part]
    if adjust:
        run = replace(results.run, command=f"{results.run.command} --adjust" * bool(results.run.command))
        results = replace(results, notes=(*results.notes, note(shown)), run=run)
    below = foot(results, shown, full=full, width=width)
    return _text([title, *found, below] if full else [title, below, *found])


def headline(results: Results, *, true_rates: bool = False, adjust: bool = False, width: int = LINE) -> str:
    """The answer alone."""
    given = with_adjusted(results) if adjust else results
    return _text([lines_of(block, width) for block in answer(given, _doses(results, true_rates), width)])


def _doses(results: Results, true_rates: bool) -> Doses:
    return dose_truths(results) if true_rates else {}


def beyond_the_answer(results: Results, doses: Doses, events: Sequence[str]) -> Iterator[Block]:
    """What is beyond the answer; of stopping nothing where doses are found without a rule."""
    finds = with_dose_finding(results)
    if finds:
        yield from dose_finding_parts(results, doses)
    if not finds or any(cell.facts.acts for cell in results.cells):
        yield from long_tables(results, events)
    yield from conduct_tables(results)
    yield from arm_tables(results, events)
    if results.weighted:
        yield weighted_costs(results, events)


def _text(parts: Sequence[list[str]]) -> str:
    return "\n\n".join("\n".join(part) for part in parts if part)


def counted_events(results: Results, named: Sequence[str] = ()) -> list[str]:
    """Those named, else all that results have counts of; TrialstopError for a name that is none of theirs."""
    there = dict.fromkeys(event for cell in results.cells for event in cell.facts.events)
    for event in named:
        if event not in there:
            raise TrialstopError(f"no event {event!r} in these results; they have: {', '.join(there)}")
    return list(named or there)
