"""Parts 1 to 6: what is asked, of which designs and truths, on what evidence, and how trials are made."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from simulator.contracts import EntriesRule
from simulator.metrics.registry import DECLARED, metric_of
from simulator.model.metric import Key, Kind, Metric
from simulator.model.scenario import Provenance
from simulator.reporting.decision_maps import decision_maps
from simulator.reporting.decision_tables import decision_sheets
from simulator.reporting.document.material import STOP, Material
from simulator.reporting.document.pictures import decision_pictures, rule_pictures
from simulator.reporting.document.pieces import (
    Items,
    Note,
    Piece,
    Prose,
    Section,
    Subheading,
    Table,
    numbered,
    of_sheet,
)
from simulator.reporting.document.words import paragraphs_of, without_decisions
from simulator.reporting.explain import RISKS, difference, protocol_parts, risks_of
from simulator.reporting.nature import dose_lines, not_counted, risk_rows, truth_parts
from simulator.reporting.rule_sheets import boundaries
from simulator.reporting.text import capital, counted, listed
from simulator.reporting.together import rules_together
from simulator.study.facts import dose_facts
from simulator.units import DAYS_PER_MONTH, format_share

__all__ = ["SERVES", "background"]

SERVES = {
    True: "acceptable: a stop is a mistake",
    False: "not acceptable: a stop is wanted",
    "borderline": "borderline: at the limits",
    None: "not said",
}
UNITS = {Kind.SHARE: "share of trials", Kind.TIME: "days"}


def background(material: Material) -> Iterator[Section]:
    """Six sections."""
    parts = (
        ("aims", "Aims", _aims(material)),
        ("designs", "Designs compared, and the benchmark", _designs(material)),
        ("characteristics", "Operating characteristics and what they mean", _characteristics(material)),
        ("evidence", "Evidence behind the assumptions", _evidence(material)),
        ("truths", "The truths that are tried, and why", _truths(material)),
        ("process", "How trials are made, and how many", _process(material)),
    )
    return numbered(parts, first=1)


# ---------------------------------------------------------------- 1


def _aims(material: Material) -> Iterator[Piece]:
    results = material.results
    if results.question:
        yield Prose(results.question)
    variants, truths = len(results.variants), len(results.truths)
    yield Prose(
        f"To answer this, {counted(variants, 'design')} {'is' if variants == 1 else 'are'} played under "
        f"{counted(truths, 'truth')}, that is, {'one state' if truths == 1 else 'states'} of nature in "
        "which it is known what should happen. A false stop ends a trial of an acceptable drug; a true "
        "stop ends one of a drug that is not acceptable. The report says how often each comes, when, "
        "through which rule, and at what cost in patients."
    )
    if material.finds:
        yield Prose(
            "Of dose finding it says which dose is selected, how often one that is too toxic, and how many "
            "patients are treated at each."
        )


# ---------------------------------------------------------------- 2


def _designs(material: Material) -> Iterator[Piece]:
    """The benchmark in full, the others by what differs, then each rule as a protocol prints it."""
    scenario, results = material.scenario, material.results
    told = without_decisions(protocol_parts(scenario, material.benchmark))
    alone = len(results.variants) == 1
    yield Prose(
        f"The benchmark is {material.benchmark}: differences and excesses are taken against it."
        if not alone
        else f"There is one design, {material.benchmark}, and no other to compare it with."
    )
    yield Subheading(f"{material.benchmark}, in full")
    for section, group in groupby(told.items(), key=lambda part: part[0][0]):
        yield Subheading(section, 2)
        yield Items(tuple(item for _, lines in group for item in paragraphs_of(lines)))
    for variant in results.variants:
        if variant != material.benchmark:
            other = without_decisions(protocol_parts(scenario, variant))
            first, *rest = difference(material.benchmark, told, other)
            yield Subheading(variant)
            yield Prose(first)
            yield Items(paragraphs_of(rest))
    yield from _rules(material)


def _rules(material: Material) -> Iterator[Piece]:
    variants = material.results.variants
    for number, decisions in enumerate(decision_sheets(material.scenario, variants=variants), start=1):
        yield Subheading(f"{capital(decisions.name)} in {listed(decisions.variants)}")
        yield from of_sheet(decisions, f"decisions_{number}")
    yield from decision_pictures(decision_maps(material.scenario, variants=variants))
    sheets = boundaries(material.scenario, variants=variants)
    for number, sheet in enumerate(sheets, start=1):
        yield Subheading(f"{sheet.name} in {listed(sheet.variants)}: its table")
        yield from of_sheet(sheet, f"rule_{number}_{sheet.name}")
        if not isinstance(getattr(sheet, "rule", None), EntriesRule):
            yield from rule_pictures(sheet)
    for number, together in enumerate(rules_together(material.scenario, variants=variants), start=1):
        yield Subheading(f"{together.name} in {listed(together.variants)}")
        yield from of_sheet(together, f"together_{number}")


# ---------------------------------------------------------------- 3


def _characteristics(material: Material) -> Iterator[Piece]:
    """Every metric that the results have, once for all its names."""
    found: dict[Metric, None] = {}
    for cell in material.results.cells:
        found |= dict.fromkeys(map(metric_of, cell.metrics))
    rows = tuple(
        (metric.form, f"{capital(metric.about)}.{_where(metric)}", UNITS.get(metric.kind, metric.unit))
        for metric in DECLARED
        if metric in found
    )
    yield Prose(
        "Each is calculated in every trial; a share is the proportion of trials in which it is so, a mean "
        "is over trials. Capitals stand for names of the scenario. The names are those of results.json."
    )
    yield Table(
        name="definitions",
        caption="Operating characteristics and their definitions.",
        head=("name", "what it is", "unit"),
        rows=rows,
        words=frozenset({1, 2}),
    )


def _where(metric: Metric) -> str:
    return f" Not defined: {metric.undefined}." if metric.undefined else ""


# ---------------------------------------------------------------- 4


def _evidence(material: Material) -> Iterator[Piece]:
    """Where each value comes from: a source, or the word assumption with its range."""
    scenario = material.scenario
    if not scenario.provenance:
        yield Note("assumption", "The scenario names no source: every one of its values is an assumption.")
        return
    yield Prose(
        "Every value that no source gives bears the word assumption, with the range that is thought "
        "possible. What is not listed follows from what is, or is how the trial is written."
        if not material.unsourced
        else "Values that no source gives bear the word assumption, with the range that is thought possible, "
        "where the file states one."
    )
    if material.unsourced:
        yield Note("assumption", f"The file has {material.unsourced}. Each of these is an assumption.")
    yield Table(
        name="evidence",
        caption="Values and where they come from.",
        head=("value", "from", "range", "what is known"),
        rows=tuple(_row(each) for each in scenario.provenance),
        words=frozenset({1, 2, 3}),
    )
    used = dict.fromkeys(each.source for each in scenario.provenance if each.source is not None)
    if cited := {key: text for key, text in scenario.references.items() if key in used}:
        yield Subheading("Sources")
        yield Items(tuple((0, f"{key}: {text}") for key, text in cited.items()))
    if unused := [text for key, text in scenario.references.items() if key not in used]:
        yield Subheading("Further reading named by the scenario")
        yield Items(tuple((0, text) for text in unused))


def _row(each: Provenance) -> tuple[str, ...]:
    span = f"{each.low} to {each.high}" if each.low is not None and each.high is not None else ""
    return each.path, "assumption" if each.assumption else str(each.source), span, each.why


# ---------------------------------------------------------------- 5


def _truths(material: Material) -> Iterator[Piece]:
    scenario, results = material.scenario, material.results
    weighted = bool(results.weights)
    rows = []
    for name in results.truths:
        truth = scenario.truths[name]
        weight = f"{format_share(results.weights[name], 1)} %" if name in results.weights else "-"
        rows.append((name, SERVES[truth.acceptable], truth.about or "", *([weight] * weighted)))
    yield Table(
        name="truths",
        caption="Truths: what nature may do, what a stop means there, and why it is tried.",
        head=("truth", "the drug is", "why it is tried", *(["weight"] * weighted)),
        rows=tuple(rows),
        words=frozenset({1, 2}),
    )
    yield Prose(RISKS)
    for name in results.truths:
        program = material.programs[material.benchmark, name]
        for when, groups in risks_of(program):
            head, body = risk_rows(groups)
            if body:
                of = ", ".join(filter(None, (when, not_counted(groups))))
                yield Table(
                    name="_".join(f"risks {name} {when}".split()),
                    caption=f"{name}: risks on the planned course{f', {of}' if of else ''}.",
                    head=tuple(" ".join(filter(None, column)) for column in zip(*head, strict=True)),
                    rows=tuple(tuple(row) for row in body),
                )
        finder = next(
            (v for v in results.variants if scenario.designs[v].dose_finding is not None), material.benchmark
        )
        if doses := dose_lines(dose_facts(material.programs[finder, name])):
            first, *rest = paragraphs_of(doses)
            yield Prose(f"{name}: {first[1]}")
            yield Items(tuple((0, text) for _, text in rest))


# ---------------------------------------------------------------- 6


def _process(material: Material) -> Iterator[Piece]:
    scenario, results = material.scenario, material.results
    yield Prose(
        "A trial is played day by day: candidates turn up, enter, pass through the phases, and have events "
        "when the hazard that they have used up reaches a threshold drawn for them, exponential with mean "
        "1. Every draw belongs to a trial, a patient and a purpose, so that all designs meet the same "
        "candidates, and a changed rule moves no other draw."
    )
    seen: dict[tuple[str, tuple[tuple[int, str], ...]], str] = {}
    for name in results.truths:
        yield Subheading(f"Under {name}")
        items: list[tuple[int, str]] = []
        same: dict[str, list[str]] = {}
        for part, lines in truth_parts(scenario.truths[name]).items():
            words = paragraphs_of(lines, hanging=part != "truth")
            before = seen.setdefault((part, words), name)
            if before == name or part == "truth":
                items += words
            else:
                same.setdefault(before, []).append(part)
        items += [(0, f"as under {before}: {listed(parts)}") for before, parts in same.items()]
        yield Items(tuple(items))
    yield Subheading("How many trials, and why")
    yield Prose(_how_many(material))


def _how_many(material: Material) -> str:
    """The precision that the number of trials gives."""
    results = material.results
    trials = results.run.trials
    worst = max((cell.metrics[STOP].mcse or 0.0 for cell in results.cells), default=0.0)
    most = 50.0 / trials**0.5
    text = (
        f"{counted(trials, 'trial')} of each design under each truth. The Monte Carlo standard error of a "
        f"share is then at most {most:.2g} points, and its 95 % interval at most {1.96 * most:.2g} points "
        "to either side"
    )
    if worst:
        text += f"; of the shares of trials stopped, the largest here is {100 * worst:.2g} points"
    if results.run.precision is not None:
        text += (
            f". Trials were added until every headline was known to {100 * results.run.precision:.3g} points"
        )
    longest = max((cell.metrics[Key("duration_days")].value or 0.0 for cell in results.cells), default=0.0)
    text += f". A trial lasts {longest / DAYS_PER_MONTH:.0f} months on average at most."
    return f"{text} Numbers marked exact are calculated, without simulation, and have no such error."
