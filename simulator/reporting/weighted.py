"""Averages over weighted truths: the headlines and what a stop tells, then the cost, a row per variant."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.metrics.judged import METRICS
from simulator.metrics.registry import is_headline, metric_of
from simulator.model.estimate import Estimate, percent
from simulator.model.metric import Key, Kind
from simulator.reporting.blocks import Block, Grid, Paragraph
from simulator.reporting.estimates import NOTHING, exact_percent, mean, seen
from simulator.reporting.grid import alike, head_lines
from simulator.reporting.text import decimals_for, listed
from simulator.study.results import Results
from simulator.units import DAYS_PER_MONTH, format_share

__all__ = ["not_averaged", "weighted_costs", "weighted_headlines", "weights_in_words"]

MONTH = 1 / DAYS_PER_MONTH
JUDGED = tuple(metric() for metric in METRICS)
ABOUT = (
    "the share of each truth is the scenario's assumption. ± is one Monte Carlo standard error, from trials "
    "paired over truths; where it is 0, in brackets the 95 % interval."
)
ASSURANCE = " Assurance: P(conclude), averaged over the truths."
Column = tuple[str, Key, float]  # heading, key, factor on the value


def weights_in_words(results: Results) -> str:
    """`planned (75 %) and interaction_25 (25 %)`."""
    return listed(f"{truth} ({_share(share)} %)" for truth, share in results.weights.items())


def not_averaged(results: Results) -> str:
    """Why there is no average although truths have weights; "" otherwise."""
    missing = [truth for truth in results.weights if truth not in results.truths]
    if results.weighted or not missing:
        return ""
    which = listed(f"{truth} ({_share(results.weights[truth])} %)" for truth in missing)
    return f"no weighted average over truths: {which} not run"


def _share(share: float) -> str:
    return format_share(share, 1).removesuffix(".0")


def weighted_headlines(results: Results) -> Block:
    """What the scenario asks, and how far a stop or none tells whether the drug is acceptable."""
    there = dict.fromkeys(key for each in results.weighted for key in each.metrics)
    acts = any(cell.facts.acts for cell in results.cells)
    heads: list[Column] = [(_head(key), key, 1.0) for key in there if is_headline(key, acts=acts)]
    heads += [(_head(key), key, 1.0) for key in JUDGED if key in there]
    concluded = [key for key in there if key.metric == "p_conclude_first"]
    heads += [(f"assurance|{key.conclusion}, %", key, 1.0) for key in concluded]
    if not heads:
        return []
    text = f"Weighted average over {weights_in_words(results)}; {ABOUT}{ASSURANCE * bool(concluded)}"
    return [Paragraph(text), _table(results, heads)]


def weighted_costs(results: Results, events: Sequence[str]) -> Block:
    """Patients, those with each event, and months until nobody is exposed any more."""
    heads: list[Column] = [("patients enrolled", Key("n_enrolled"), 1.0)]
    heads += [(f"with|{event}", Key("patients_with", event=event), 1.0) for event in events]
    heads.append(("months to stop or end", Key("days_to_stop_or_last_dose"), MONTH))
    there = [head for head in heads if any(head[1] in each.metrics for each in results.weighted)]
    if not there:
        return []
    return [Paragraph("Cost, weighted average over truths"), _table(results, there)]


def _head(key: Key) -> str:
    words = {JUDGED[0]: "P(not acceptable|given a stop), %", JUDGED[1]: "P(acceptable|given no stop), %"}
    return words.get(key, f"{metric_of(key).labelled(key)}, %")


def _table(results: Results, heads: Sequence[Column]) -> Grid:
    """A row per variant, or several of which the same is shown; exact values in a row of their own."""
    of = {each.variant: each.metrics for each in results.weighted}
    keys = [key for _, key, _ in heads]
    decimals = [
        decimals_for(e.mcse * factor for found in of.values() if (e := found.get(key)) and e.mcse)
        for _, key, factor in heads
    ]
    rows: list[list[str]] = []
    for names in alike(list(of), lambda name: tuple(seen(of[name].get(key)) for key in keys)):
        shown = [
            _shown(key, of[names[0]].get(key, NOTHING), places, factor)
            for (_, key, factor), places in zip(heads, decimals, strict=True)
        ]
        rows.append([", ".join(names), *(simulated for simulated, _ in shown)])
        if any(exact for _, exact in shown):
            rows.append(["  exact", *(exact or "-" for _, exact in shown)])
    return Grid([[], *(head_lines(label) for label, _, _ in heads)], rows)


def _shown(key: Key, e: Estimate, decimals: int, factor: float) -> tuple[str, str]:
    """An average and its exact value; where no trial changes a share, its interval, for the error reads 0."""
    if metric_of(key).kind is not Kind.SHARE:
        return mean(e, decimals, factor)
    if e.mcse == 0.0 and e.value not in {None, 0.0, 1.0}:
        value, low, high = (100.0 * (end or 0.0) for end in (e.value, e.low, e.high))
        return f"{value:.1f} ({low:.1f} to {high:.1f})", exact_percent(e)
    return percent(e), exact_percent(e)
