"""A truth in words: how events come about, when they are known, and what the plan's risks are."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from simulator.model.truth import Component, Truth, TruthEvent
from simulator.program.risks import EventRisk, above_target
from simulator.reporting.arms import arms_named
from simulator.reporting.doses import limit_text
from simulator.reporting.text import capital, columns, listed, paragraph
from simulator.study.facts import DoseFacts
from simulator.units import format_days, format_probability

__all__ = ["component_words", "dose_lines", "not_counted", "risk_rows", "risk_table", "truth_parts"]

_SERVES = {
    True: "acceptable: a stop is a false stop",
    False: "not acceptable: a stop is a true stop",
    "borderline": "borderline: at the limits, a stop is neither a mistake nor wanted",
    None: "the scenario does not say whether a stop is wanted",
}


def truth_parts(truth: Truth) -> dict[str, list[str]]:
    """Name of a part -> lines: `truth`, `accrual`, and each event."""
    about = f" {capital(truth.about)}." if truth.about else ""
    parts = {
        "truth": paragraph(f"{_SERVES[truth.acceptable].capitalize()}.{about}", 2),
        "accrual": paragraph(f"accrual: {truth.accrual.text()}", 2, 2),
    }
    if truth.not_evaluable:
        share = format_probability(truth.not_evaluable)
        text = f"not evaluable: {share} of patients, found out at the end of their window or when they leave"
        parts["not evaluable"] = paragraph(text, 2, 2)
    if truth.traits:
        parts["traits"] = [line for text in _traits(truth) for line in paragraph(text, 2, 2)]
    for name, event in truth.events.items():
        parts[name] = _event_lines(truth, name, event) + _delay_lines(truth, name)
    return parts


def _traits(truth: Truth) -> Iterator[str]:
    """What patients are from the start, and which traits go together."""
    for name, trait in truth.traits.items():
        if trait.beta is not None:
            a, b = trait.beta
            yield f"trait {name}: each patient has a probability of his or her own, Beta({a:g}, {b:g})"
        else:
            yield f"trait {name}: {format_probability(trait.probability or 0.0)} of patients have it"
    for association in truth.associations:
        first, second = association.between
        yield f"{first} and {second} go together, odds ratio {association.odds_ratio:g}"


def _event_lines(truth: Truth, name: str, event: TruthEvent) -> list[str]:
    lines = []
    for part, component in event.components.items():
        label = name if list(event.components) == [name] else f"{name}, {part}"
        lines += paragraph(f"{label}: {component_words(component, truth.traits)}", 2, 2)
    if event.marks:
        shares = listed(f"{format_probability(share)} {mark}" for mark, share in event.marks.items())
        lines += paragraph(f"{name} is {shares}", 2, 2)
    return lines


def component_words(component: Component, traits: Container[str]) -> str:
    """`hazard 0.0146 per year, while on lenalidomide; from the stop of imatinib`."""
    text = component.family.describe(clocked=component.clock is not None)
    if component.clock is not None:
        text += (
            f"; time counts from {'the ' if ' of ' in component.clock.text() else ''}{component.clock.text()}"
        )
        text += ", anew each time" if component.restarts else ""
    conditions = []
    if component.while_in is not None:
        conditions.append(f"in {listed(component.while_in, 'or')}")
    conditions += [f"on {drug}" for drug in component.while_on]
    conditions += [f"off {drug}" for drug in component.while_off]
    if conditions:
        text += f"; only while {listed(conditions)}"
        text += ", the clock stands still otherwise" if component.pauses else ""
    for name, has, when in (
        (component.only_if, "with", "from the day on which"),
        (component.unless, "without", "until the day on which"),
    ):
        if name:
            text += f"; in patients {has} trait {name}" if name in traits else f"; {when} {name} has happened"
    if component.ratio != 1.0:
        text += f"; times {component.ratio:g}"
    if component.arms is not None:
        text += f"; only in {arms_named(component.arms, 'or')}"
    if component.arm_ratio:
        times = (f"{factor:g} in {arms_named([arm])}" for arm, factor in component.arm_ratio.items())
        text += f"; times {listed(times)}"
    for drug, ratios in component.dose_ratio.items():
        text += "; times " + listed(f"{factor:g} at {drug} {level}" for level, factor in ratios.items())
    return text


def _delay_lines(truth: Truth, name: str) -> list[str]:
    delays, decided = truth.delays.get(name), truth.adjudication.get(name)
    words = []
    if delays is not None and delays.detection is not None:
        words.append(f"detection {delays.detection.describe()} after occurrence")
    if delays is not None and delays.report is not None:
        words.append(f"report {delays.report.describe()} after detection")
    if delays is not None and delays.never > 0.0:
        words.append(f"{format_probability(delays.never)} of them never reported")
    if delays is not None and (taken_back := delays.withdrawn) is not None:
        share = format_probability(taken_back.probability)
        words.append(f"{share} of reports withdrawn, {taken_back.takes.describe()} after they arrive")
    for mark, body in delays.upgraded.items() if delays is not None else ():
        share = format_probability(body.probability)
        words.append(f"{share} of {mark} upgraded to {body.to}, {body.takes.describe()} after the report")
    lines = paragraph(f"{name}: {listed(words)}", 2, 2) if words else []
    if decided is not None:
        takes = "at once" if decided.takes is None else f"{decided.takes.describe()} after the report"
        share = format_probability(decided.probability)
        text = f"{name}, adjudication: {takes}, {share} of those reported count as {decided.counts_as} too"
        lines += paragraph(text, 2, 2)
    return lines


def dose_lines(doses: DoseFacts | None, where: str = "") -> list[str]:
    """The true DLT rate of every dose against the target; nothing without dose finding. where: ` in ...`."""
    if doses is None:
        return []
    of = f", target {limit_text(doses)}" if doses.target is not None else ", no target is given"
    within = f"within {format_days(doses.window)} of entry, death and other exits set aside"
    text = f"True DLT rate{where} {within}{of}:"
    width = max(map(len, doses.rates))
    lines = ["", *paragraph(text, 2, 2)]
    for number, ladder in enumerate(doses.ladders):
        lines += [""] * bool(number)
        for dose in ladder:
            rate = doses.rates[dose]
            words = _against(rate, doses)
            words += ", the nearest of its ladder" if dose in doses.best else ""
            lines.append(f"    {dose.ljust(width)}  {_percent(rate).rjust(6)}  {words}".rstrip())
    return lines


def _against(rate: float, doses: DoseFacts) -> str:
    """Where a rate stands; "" without a target."""
    if doses.target is None:
        return ""
    if above_target(rate, doses.target, doses.tolerance):
        return "above"
    return "above, within the tolerance" if above_target(rate, doses.target) else "at or below"


def risk_table(groups: Mapping[str, tuple[EventRisk, ...]]) -> list[str]:
    """Risk per phase and in all of a patient on the planned course, per event.

    groups: name -> risks of its patients; of a single one the name is not told. Phases are the same in all.
    """
    head, rows = risk_rows(groups)
    if not rows:
        return []
    lines = columns(head, rows)
    if without := not_counted(groups):
        lines += paragraph(without)
    return ["  " + line for line in lines]


def not_counted(groups: Mapping[str, tuple[EventRisk, ...]]) -> str:
    """Which parts of hazards these risks are without; "" if none."""
    left_out = dict.fromkeys(
        f"{risk.event}, {part}" for group in groups.values() for risk in group for part in risk.left_out
    )
    return f"without what only another event starts: {listed(left_out)}" if left_out else ""


def risk_rows(groups: Mapping[str, tuple[EventRisk, ...]]) -> tuple[list[list[str]], list[list[str]]]:
    """Lines of the head, and rows, of the same; none of either where there is no event or no phase."""
    risks = next(iter(groups.values()))
    if not risks or not risks[0].phases:
        return [], []
    names = ["", *(phase.phase for phase in risks[0].phases), "in all"]
    ends = ["risk on the planned course", *(f"to {format_days(p.end)}" for p in risks[0].phases), ""]
    rows = []
    for name, group in groups.items():
        rows += [[name]] if len(groups) > 1 else []
        rows += [
            [f"  {risk.event}", *(_percent(phase.risk) for phase in risk.phases), _percent(risk.risk)]
            for risk in group
        ]
    return [names, ends], rows


def _percent(risk: float) -> str:
    """Four digits, so that small risks can be checked by hand."""
    return format_probability(float(f"{risk:.4g}"))
