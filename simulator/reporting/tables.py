"""The tables of a run, as plain text: how often it stops, at what cost, when and by which rule.

No number stands without its error. ± is one Monte Carlo standard error; a share of no trial at all,
or of every trial, shows the end of its 95 % Wilson interval instead, because its ± would read 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from simulator.errors import TrialstopError
from simulator.metrics.registry import is_headline, metric_of
from simulator.metrics.text import names_of
from simulator.model.estimate import Estimate, percent
from simulator.model.metric import Key, Kind
from simulator.reporting.dose_tables import dose_finding_parts
from simulator.reporting.doses import dose_truths, doses_of, with_dose_finding
from simulator.reporting.estimates import NOTHING, exact_percent, shower
from simulator.reporting.text import WIDTH, columns, counted, heading, paragraph, split_name
from simulator.study.results import Results
from simulator.units import DAYS_PER_MONTH

__all__ = ["counted_events", "groups", "render"]

NAME_WIDTH = 13
GROUPS: tuple[tuple[bool | None, str], ...] = (
    (True, "FALSE STOP: the drug is acceptable, a stop is a mistake"),
    (False, "TRUE STOP: the drug is not acceptable, a stop is wanted"),
    (None, "NEITHER: the scenario does not say whether a stop is wanted"),
)
Column = tuple[str, Key, float]  # heading, key, factor on the value
SIGNS = (  # in the tables, and what the foot then says of them
    (
        re.compile(r"(?:^|\s)-(?:\s|$)"),
        "-: not defined, or not asked of this variant; means over trials that stop need one that does",
    ),
    (
        re.compile(r"± 0(?![.\d])"),
        "± 0: the same in every trial played; what has not been seen may still come",
    ),
)


def render(
    results: Results, *, events: Sequence[str] = (), full: bool = False, true_rates: bool = False
) -> str:
    """All tables as text.

    events     : those whose patients are counted in the cost table; all if none is named
    full       : also when trials stop and how long they last, and each dose of every variant
    true_rates : dose finding shows the true DLT rates too, where the results know them
    """
    parts = [_title(results)]
    if with_dose_finding(results):
        doses = dose_truths(results) if true_rates else {}
        parts += dose_finding_parts(results, doses, full=full)
    parts += _stopping(results, counted_events(results, events), full)
    shown = [line for part in parts[1:] for line in part]  # the title says what its author likes
    parts.append(_foot(results, [note for sign, note in SIGNS if any(map(sign.search, shown))]))
    return "\n\n".join("\n".join(part) for part in parts if part)


def _stopping(results: Results, events: Sequence[str], full: bool) -> Iterator[list[str]]:
    """How often trials stop, at what cost, and when.

    Beside dose finding, whose tables have most of it, only what they leave open; nothing without a rule.
    """
    plain = not with_dose_finding(results)
    if not (plain or any(cell.facts.acts for cell in results.cells)):
        return
    if plain or any(not doses_of(cell) or cell.acceptable is not None for cell in results.cells):
        yield _stops(results)
    yield from _rules(results)
    if plain or full:
        yield from _costs(results, events)
    if full:
        yield _times(results)


def groups(results: Results) -> Iterator[tuple[str, list[str]]]:
    """Headline and truths: acceptable ones, unacceptable ones, and those that do not say."""
    says = {cell.truth: cell.acceptable for cell in results.cells}
    for value, headline in GROUPS:
        if truths := [truth for truth in results.truths if says[truth] is value]:
            yield headline, truths


def counted_events(results: Results, named: Sequence[str] = ()) -> list[str]:
    """Those named, else all that results have counts of; TrialstopError for a name that is none of theirs."""
    there = dict.fromkeys(event for cell in results.cells for event in cell.facts.events)
    for event in named:
        if event not in there:
            raise TrialstopError(f"no event {event!r} in these results; they have: {', '.join(there)}")
    return list(named or there)


# ---------------------------------------------------------------- how often


def _title(results: Results) -> list[str]:
    return [*heading(results.title, "="), *paragraph(results.question)]


def _stops(results: Results) -> list[str]:
    """P(stop) with truths as rows and variants as columns, in as many blocks as the width needs."""
    lines = paragraph(
        "P(stop), in % of trials: a rule that acts fired, the final look included. ± is one Monte Carlo "
        "standard error; (<) and (>) give the end of the 95 % interval where no trial or every trial stopped."
    )
    for variants in _blocks(results.variants):
        heads = [split_name(variant, NAME_WIDTH) for variant in variants]
        depth = max(map(len, heads))
        padded = [[""] * (depth - len(head)) + head for head in heads]
        head = [["", *(column[i] for column in padded)] for i in range(depth)]
        rows: list[list[str]] = []
        for headline, truths in groups(results):
            rows.append([headline])
            for truth in truths:
                rows += _stop_rows(truth, [_p_stop(results, variant, truth) for variant in variants])
        lines += ["", *columns(head, rows)]
    return lines


def _p_stop(results: Results, variant: str, truth: str) -> Estimate:
    """P(stop) of a cell; beside dose finding nothing where there is no rule."""
    cell = results.cell(variant, truth)
    return cell.metrics[Key("p_stop")] if cell.facts.acts or not with_dose_finding(results) else NOTHING


def _stop_rows(truth: str, estimates: Sequence[Estimate]) -> list[list[str]]:
    rows = [[f"  {truth}", *map(percent, estimates)]]
    if any(estimate.exact is not None for estimate in estimates):
        exact = [exact_percent(e) or "-" for e in estimates]
        rows.append(["    exact", *exact])
    return rows


def _blocks(variants: Sequence[str]) -> Iterator[Sequence[str]]:
    """Variants that fit beside each other."""
    most = max((WIDTH - 18) // (NAME_WIDTH + 2), 1)
    for first in range(0, len(variants), most):
        yield variants[first : first + most]


# ---------------------------------------------------------------- by which rule, at what cost, when


def _rules(results: Results) -> list[list[str]]:
    """P(stop) by rule and outcome, where there is more than one."""
    words = {"p_stop": "", "p_fired": "fired: ", "p_conclude": "concludes "}
    keys = [key for key in _keys(results) if key.metric in words and key != Key("p_stop")]
    rules = {key.rule for key in keys if key.metric == "p_stop" and key.rule is not None}
    if len(rules) == 1:  # then P(stop) says it already
        keys.remove(Key("p_stop", rule=rules.pop()))
    if not keys:
        return []
    specs = [(words[key.metric] + names_of(key), key, 1.0) for key in keys]
    text = "By which rule, in % of trials: the first to take effect. Fired: at any time, also after others."
    return [[*paragraph(text), "", *_long(results, specs)]]


def _costs(results: Results, events: Sequence[str]) -> list[list[str]]:
    """Patients, patients with each event, and months until nobody is exposed any more."""
    specs: list[Column] = [("patients|enrolled", Key("n_enrolled"), 1.0)]
    text = "Cost, as means over trials. "
    if events:
        specs += _event_columns(events[0])
        text += (
            f"Patients with {events[0]}: before, up to the occurrence that crossed the rule, or all where a "
            "trial does not stop; overrun, from there to the effect of the stop; after, later, also what no "
            "stop can prevent. "
        )
    text += "Months: first entry to the effect of the stop, else to the last planned dose. "
    specs.append(("months to|stop or end", Key("days_to_stop_or_last_dose"), 1 / DAYS_PER_MONTH))
    if any(metric_of(key).kind is Kind.DIFFERENCE for key in _keys(results)):
        text += f"Excess: over {results.benchmark}, on the same candidates. "
    parts = [[*paragraph(text.strip()), "", *_long(results, specs)]]
    for event in events[1:]:
        parts.append([f"Patients with {event}", "", *_long(results, _event_columns(event))])
    return parts


def _event_columns(event: str) -> list[Column]:
    parts = [(word, Key("patients_with", event=event, word=word)) for word in ("before", "overrun", "after")]
    parts.append(("in all", Key("patients_with", event=event)))
    parts.append(("excess", Key("excess", event=event, word="patients_with")))
    return [(f"{event if i == 0 else ''}|{label}", key, 1.0) for i, (label, key) in enumerate(parts)]


def _times(results: Results) -> list[str]:
    """When trials stop, what is still going on then, and how long they last."""
    month = 1 / DAYS_PER_MONTH
    specs: list[Column] = [
        ("median month|of stopping", Key("days_to_stop_given_stop", word="median"), month),
        ("10 % stopped|by month", Key("days_to_stop_given_stop", word="q10"), month),
        ("90 % stopped|by month", Key("days_to_stop_given_stop", word="q90"), month),
        ("days crossing|to report", Key("days_crossing_to_report"), 1.0),
        ("days report|to effect", Key("days_report_to_effect"), 1.0),
        ("duration,|months", Key("duration_days"), month),
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
    return [*paragraph(text), "", *_long(results, specs), "", *_long(results, shares)]


def _long(results: Results, specs: Sequence[Column]) -> list[str]:
    """One row per truth and variant, one column per key; columns that no cell has are left out.

    Where an exact value is known it stands in a row of its own below the simulated one.
    """
    there = [spec for spec in specs if any(spec[1] in cell.metrics for cell in results.cells)]
    show = [shower(results.cells, key, factor) for _, key, factor in there]
    labels = [label.split("|") if "|" in label else ["", label] for label, _, _ in there]
    rows: list[list[str]] = []
    for truth in results.truths:
        rows.append([truth])
        for variant in results.variants:
            cells = [shown(results.cell(variant, truth)) for shown in show]
            rows.append([f"  {variant}", *(simulated for simulated, _ in cells)])
            if any(exact for _, exact in cells):
                rows.append(["    exact", *(exact or "-" for _, exact in cells)])
    head = [["", *(label[i] for label in labels)] for i in (0, 1)]
    return columns([line for line in head if any(line)], rows)


def _keys(results: Results) -> list[Key]:
    return list(dict.fromkeys(key for cell in results.cells for key in cell.metrics))


# ---------------------------------------------------------------- the foot


def _speed(results: Results) -> str:
    """Trials played per second in one process."""
    played = results.run.trials * len(results.cells)
    return f"{played / results.run.seconds:,.0f}" if results.run.seconds else "-"


def _foot(results: Results, notes: Sequence[str]) -> list[str]:
    """What is needed to judge the numbers and to make them again."""
    run = results.run
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    lines = [
        f"{counted(run.trials, 'trial')} per cell, the same candidates in every cell; seed {run.seed}; "
        f"engine {run.engine}, {_speed(results)} trials a second and {_worker(run.engine)}",
        _self_check(results),
        f"made with {versions}",
        f"repeat with: {run.command or 'simulator.run(...), see run in results.json'}",
        _agreement(results),
    ]
    lines += notes
    if assumptions := len(results.assumptions):
        lines.append(
            f"{counted(assumptions, 'assumption')} behind these numbers; list with their ranges: "
            f"trialstop explain {results.file}"
        )
    if run.precision is not None:
        lines.insert(1, _reached(results, run.precision))
    return [line for text in lines if text for line in paragraph(text, 0, 2)]


def _worker(engine: str) -> str:
    return "thread" if engine == "compiled" else "process"


def _self_check(results: Results) -> str:
    """What the second engine says of a sample of these trials."""
    if results.run.engine != "compiled":
        return f"not the compiled engine: {results.run.engine_note}" if results.run.engine_note else ""
    if not results.compared:
        return "self-check: none asked for"
    return (
        f"self-check: {counted(results.compared, 'trial')} of these also played on the SimPy engine, "
        "every field of every record the same"
    )


def _reached(results: Results, precision: float) -> str:
    """Whether the precision asked for was reached."""
    widths = [
        (e.high - e.low) / 2.0
        for cell in results.cells
        for key, e in cell.metrics.items()
        if is_headline(key, acts=cell.facts.acts) and e.high is not None and e.low is not None
    ]
    widest = max(widths, default=0.0)
    said = "reached" if widest <= precision else "not reached"
    return f"precision asked for: ±{precision:.2%} (95 %), {said}: the widest headline is ±{widest:.2%}"


def _agreement(results: Results) -> str:
    """Simulated against exact, or why there is nothing to compare."""
    check: Mapping[str, object] = results.self_check()
    if compared := check["exact_compared"]:
        largest = check["largest_difference_in_se"]
        missing = sum(bool(cell.no_exact) for cell in results.cells)
        rest = f"; no exact values in {counted(missing, 'cell')}" if missing else ""
        return (
            f"exact vs simulated: {compared} compared, largest difference {largest:.1f} standard errors{rest}"
        )
    reasons = list(dict.fromkeys(cell.no_exact for cell in results.cells if cell.no_exact))
    return f"exact vs simulated: none compared; {'; '.join(reasons) or 'no exact values'}"
