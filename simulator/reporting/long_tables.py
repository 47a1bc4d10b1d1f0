"""The long tables of a run: by which rule it stops, at what cost, when, and how long it lasts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.metrics.text import names_of
from simulator.model.metric import Key
from simulator.reporting.adjusted import VARIANCE
from simulator.reporting.blocks import Block, Grid, Paragraph
from simulator.reporting.estimates import seen_in, shower
from simulator.reporting.grid import alike, head_lines
from simulator.study.results import Results
from simulator.units import DAYS_PER_MONTH

__all__ = ["Column", "keys_of", "long_table", "long_tables"]

MONTH = 1 / DAYS_PER_MONTH
Column = tuple[str, Key, float]  # heading, key, factor on the value


def long_tables(results: Results, events: Sequence[str]) -> Iterator[Block]:
    """events: those whose patients are counted."""
    yield from _rules(results)
    yield from _costs(results, events)
    yield _times(results)


def _rules(results: Results) -> list[Block]:
    """P(stop) by rule and outcome, where there is more than one."""
    words = {"p_stop": "", "p_fired": "fired: ", "p_conclude_first": "concludes "}
    keys = [key for key in keys_of(results) if key.metric in words and key != Key("p_stop")]
    rules = {key.rule for key in keys if key.metric == "p_stop" and key.rule is not None}
    if len(rules) == 1:  # then P(stop) says it already
        keys.remove(Key("p_stop", rule=rules.pop()))
    if not keys or results.only_votes:  # how often each fires is the answer
        return []
    specs = [(words[key.metric] + names_of(key), key, 1.0) for key in keys]
    text = "By which rule, in % of trials: the first to take effect."
    if any(key.metric == "p_fired" for key in keys):
        text += " Fired: at any time, also after others."
    if any(key.metric == "p_conclude_first" for key in keys):
        text += " Concludes: by the first rule to do so, unless another had closed the trial before."
    return [[Paragraph(text), long_table(results, specs)]]


def _costs(results: Results, events: Sequence[str]) -> list[Block]:
    """Patients, patients with each event, and months until nobody is exposed any more."""
    specs: list[Column] = [("patients enrolled", Key("n_enrolled"), 1.0)]
    text = "Cost, as means over trials. "
    if events:
        specs += _event_columns(events[0])
        text += (
            f"Patients with {events[0]}: before, up to the occurrence that crossed the rule, or all where a "
            "trial does not stop; overrun, from there to the effect of the stop; after, later, also what no "
            "stop can prevent. "
        )
    text += "Months: first entry to the effect of the stop, else to the last planned dose. "
    specs.append(("months to stop or end", Key("days_to_stop_or_last_dose"), MONTH))
    if any(key.metric == "excess" for key in keys_of(results)):
        text += f"Excess: over {results.benchmark}, on the same candidates. "
    parts: list[Block] = [[Paragraph(text.strip()), long_table(results, specs)]]
    for event in events[1:]:
        parts.append([Paragraph(f"Patients with {event}"), long_table(results, _event_columns(event))])
    return parts


def _event_columns(event: str) -> list[Column]:
    parts = [(word, Key("patients_with", event=event, word=word)) for word in ("before", "overrun", "after")]
    parts.append(("in all", Key("patients_with", event=event)))
    parts.append(("excess", Key("excess", event=event, word="patients_with")))
    return [(f"{event}|{label}", key, 1.0) for label, key in parts]


def _times(results: Results) -> Block:
    """When trials stop, what is still going on then, and how long they last."""
    duration: Column = ("duration,|months", Key("duration_days"), MONTH)
    if results.only_votes:
        text = "Months from the first entry to the end of the last patient's course, as means over trials."
        return [Paragraph(text), long_table(results, [duration])]
    specs: list[Column] = [
        ("median month|of stopping", Key("days_to_stop_given_stop", word="median"), MONTH),
        ("10 % stopped|by month", Key("days_to_stop_given_stop", word="q10"), MONTH),
        ("90 % stopped|by month", Key("days_to_stop_given_stop", word="q90"), MONTH),
        ("days crossing|to report", Key("days_crossing_to_report"), 1.0),
        ("days report|to effect", Key("days_report_to_effect"), 1.0),
        duration,
    ]
    text = (
        "When. The columns up to `report to effect` are over the trials that stop, so they say nothing of "
        "how many do. Months are counted from the first entry; the duration ends with the last patient's "
        "course."
    )
    shares: list[Column] = [
        ("stopped before|full accrual, %", Key("p_stop_before_full_accrual"), 1.0),
        ("before the|last look, %", Key("p_stop_before_last_look"), 1.0),
        ("while anybody could|still be treated, %", Key("p_stop_while_treated"), 1.0),
    ]
    return [Paragraph(text), long_table(results, specs), long_table(results, shares)]


def long_table(results: Results, specs: Sequence[Column]) -> Grid:
    """One row per truth and variant, one column per key; columns that no cell has are left out.

    Variants of which all columns are the same under a truth share a row. Where an exact value is known it
    stands in a row of its own below the simulated one.
    """
    there = [spec for spec in specs if any(spec[1] in cell.metrics for cell in results.cells)]
    show = [shower(results.cells, key, factor) for _, key, factor in there]
    rows: list[list[str]] = []
    for truth in results.truths:
        rows.append([truth])
        of = {variant: results.cell(variant, truth) for variant in results.variants}
        for names in alike(list(of), seen_in(of, [key for _, key, _ in there])):
            cells = [shown(of[names[0]]) for shown in show]
            rows.append([f"  {', '.join(names)}", *(simulated for simulated, _, _ in cells)])
            if any(divided for _, _, divided in cells):
                rows.append([f"    {VARIANCE}", *(divided for _, _, divided in cells)])
            if any(exact for _, exact, _ in cells):
                rows.append(["    exact", *(exact or "-" for _, exact, _ in cells)])
    return Grid([[], *(head_lines(label) for label, _, _ in there)], rows)


def keys_of(results: Results) -> list[Key]:
    return list(dict.fromkeys(key for cell in results.cells for key in cell.metrics))
