"""The answer of a run, for one screen: how often it stops where that is a mistake, and where it is wanted.

Truths and variants stand as rows or as columns, whichever takes fewer lines; variants of which the same would
be shown are named together. What dose finding selects: selection_tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.model.estimate import Estimate
from simulator.model.metric import Key
from simulator.reporting.adjusted import Shown
from simulator.reporting.blocks import Block, Grid, Paragraph, has_bounds, lines_of
from simulator.reporting.doses import Doses, doses_of, with_dose_finding
from simulator.reporting.estimates import BOUNDS, NOTHING, seen, share_rows
from simulator.reporting.grid import HEAD_WIDTH, alike, named
from simulator.reporting.long_tables import keys_of
from simulator.reporting.selection_tables import selection_parts
from simulator.reporting.text import split_name
from simulator.reporting.weighted import weighted_headlines
from simulator.study.results import Results

__all__ = ["GROUPS", "answer", "groups"]

GROUPS: tuple[tuple[bool | str | None, str], ...] = (
    (True, "FALSE STOP: the drug is acceptable, a stop is a mistake"),
    ("borderline", "BORDERLINE: exactly at the limits, a stop is neither a mistake nor wanted"),
    (False, "TRUE STOP: the drug is not acceptable, a stop is wanted"),
    (None, "NEITHER: the scenario does not say whether a stop is wanted"),
)


def answer(results: Results, doses: Doses, width: int) -> Iterator[Block]:
    """doses: true DLT rates, where they are to be shown. width: of the screen, by which truths stand down or
    across."""
    if with_dose_finding(results):
        yield from selection_parts(results, doses, width)
    plain = not with_dose_finding(results)
    says = any(not doses_of(cell) or cell.acceptable is not None for cell in results.cells)
    acts = any(cell.facts.acts for cell in results.cells)
    if plain and not acts and (votes := _votes(results)):
        yield votes
    elif plain or (says and acts):
        yield _stops(results, width)
    if results.weighted:
        yield weighted_headlines(results)


def groups(results: Results) -> Iterator[tuple[str, list[str]]]:
    """Headline and truths: acceptable ones, borderline, unacceptable ones, and those that do not say."""
    says = {cell.truth: cell.acceptable for cell in results.cells}
    for value, headline in GROUPS:
        if truths := [truth for truth in results.truths if says[truth] == value]:
            yield headline, truths


def _stops(results: Results, width: int) -> Block:
    """P(stop) of every truth and variant."""
    together = alike(
        results.variants,
        lambda variant: tuple(seen(_p_stop(results, variant, truth)) for truth in results.truths),
    )
    both = _truths_down(results, together), _truths_across(results, together)
    shown = min(both, key=lambda block: len(lines_of(block, width)))
    adjusted = any(
        isinstance(_p_stop(results, v, t), Shown) for v in results.variants for t in results.truths
    )
    text = "P(stop), in % of trials"
    text += ", adjusted for events against hazards used up, which divides the variance" if adjusted else ""
    reviewed = ", or a review did not resume accrual" * any(k.metric == "n_resumed" for k in keys_of(results))
    text += (
        f": a rule that acts fired{reviewed}, the final look included. ± is one Monte Carlo standard error"
    )
    text += (BOUNDS if has_bounds([shown]) else "") + "."
    return [Paragraph(text), *shown]


def _votes(results: Results) -> Block:
    """How often each rule fires where none acts; nothing without rules."""
    keys = [key for key in keys_of(results) if key.metric == "p_fired"]
    if not keys:
        return []
    holds = any(key.metric == "n_holds" for key in keys_of(results))
    none = "Rules hold accrual, and none stops a trial." if holds else "No rule acts, so no trial is stopped."
    text = f"{none} How often each fires at any time, in % of trials:"
    found, rows = list(groups(results)), list[list[str]]()
    for key in keys:
        rows.append([key.rule or ""])
        each = {variant: _fired(results, variant, key) for variant in results.variants}
        for variants in alike(results.variants, lambda variant, each=each: tuple(map(seen, each[variant]))):  # type: ignore[misc]
            rows += share_rows(f"  {', '.join(variants)}", each[variants[0]])
    return [Paragraph(text), Grid([[], *_truth_heads(found)], rows), *_legend(found)]


def _fired(results: Results, variant: str, key: Key) -> list[Estimate]:
    """How often a rule fires under each truth, in the order of headlines; nothing where it is not."""
    truths = (truth for _, some in groups(results) for truth in some)
    return [results.cell(variant, truth).metrics.get(key, NOTHING) for truth in truths]


def _p_stop(results: Results, variant: str, truth: str) -> Estimate:
    """P(stop) of a cell; beside dose finding nothing where there is no rule."""
    cell = results.cell(variant, truth)
    return cell.metrics[Key("p_stop")] if cell.facts.acts or not with_dose_finding(results) else NOTHING


def _truths_down(results: Results, together: Sequence[Sequence[str]]) -> Block:
    rows: list[list[str]] = []
    for headline, truths in groups(results):
        rows.append([headline])
        for truth in truths:
            rows += share_rows(f"  {truth}", [_p_stop(results, names[0], truth) for names in together])
    return [Grid([[], *map(named, together)], rows)]


def _truths_across(results: Results, together: Sequence[Sequence[str]]) -> Block:
    found, rows = list(groups(results)), list[list[str]]()
    for variants in together:
        estimates = [_p_stop(results, variants[0], truth) for _, truths in found for truth in truths]
        rows += share_rows(", ".join(variants), estimates)
    return [Grid([[], *_truth_heads(found)], rows), *_legend(found)]


def _legend(found: Sequence[tuple[str, Sequence[str]]]) -> list[Paragraph]:
    """What a stop means under the truths of each column."""
    return [Paragraph(headline, hanging=2) for headline, _ in found]


def _truth_heads(found: Sequence[tuple[str, Sequence[str]]]) -> list[list[str]]:
    """Heads of columns: each truth under what a stop means in it."""
    names = [(headline.partition(":")[0], split_name(t, HEAD_WIDTH)) for headline, ts in found for t in ts]
    deepest = max(len(lines) for _, lines in names)
    return [[word, *[""] * (deepest - len(lines)), *lines] for word, lines in names]
