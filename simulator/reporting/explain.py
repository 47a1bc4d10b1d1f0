"""A whole scenario in words: protocol, variants, truths with their risks, assumptions, sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from os import PathLike

from simulator.loading.load import scenario_of
from simulator.model.arms import UNTREATED
from simulator.model.design import Design
from simulator.model.scenario import Provenance, Scenario
from simulator.program.build import build
from simulator.program.dosing import dose_ladder
from simulator.program.planned import in_arm, steering_traits
from simulator.program.risks import EventRisk, planned_risks
from simulator.program.tables import Program
from simulator.program.words import ClockKind
from simulator.reporting.arms import arms_named
from simulator.reporting.dosing import FINDING
from simulator.reporting.nature import dose_lines, risk_table, truth_parts
from simulator.reporting.protocol import Parts, design_parts
from simulator.reporting.text import bullet, heading, listed, paragraph, question
from simulator.study.facts import dose_facts
from simulator.units import format_days, format_probability

__all__ = ["RISKS", "difference", "explain", "protocol_parts", "risks_of"]

RISKS = (
    "Risks below are those of a patient on the planned course, to whom nothing happens that changes it; "
    "the risk in a phase is that of one who enters it free of the event."
)


def explain(
    scenario: Scenario | str | PathLike[str], *, variants: Sequence[str] = (), truths: Sequence[str] = ()
) -> str:
    """The scenario, or that of a file, in words.

    variants : the first is told in full (by default the benchmark), the others by what differs from it
    truths   : those to tell; all if none is named

    TrialstopError for a file that cannot be read and a name that is not there.
    """
    scenario = scenario_of(scenario)
    scenario.named("variant", variants)
    scenario.named("truth", truths)
    order = list(variants) or [scenario.benchmark, *(v for v in scenario.designs if v != scenario.benchmark)]
    lines = [*heading(scenario.title, "="), *question(scenario.question), ""]
    told = protocol_parts(scenario, order[0])
    lines += [*heading(f"PROTOCOL, variant {order[0]}"), *_design(told)]
    for variant in order[1:]:
        lines += [
            "",
            *heading(f"VARIANT {variant}"),
            *difference(order[0], told, protocol_parts(scenario, variant)),
        ]
    lines += _truths(scenario, order, list(truths) or list(scenario.truths))
    if scenario.weights:
        lines += ["", *heading("WEIGHTS of the truths, for averages over them"), *_weights(scenario.weights)]
    lines += ["", *heading("ASSUMPTIONS, with their ranges"), *_assumptions(scenario.assumptions)]
    lines += ["", *heading("SOURCES"), *_sources(scenario)]
    return "\n".join(lines)


def protocol_parts(scenario: Scenario, variant: str) -> Parts:
    """The protocol of a variant, part by part."""
    amended = scenario.amended.get(variant, ())
    return design_parts(scenario.designs[variant], amended, list(scenario.truths.values()))


def _design(parts: Parts) -> Iterator[str]:
    for section, group in groupby(parts.items(), key=lambda part: part[0][0]):
        yield f"{section}:"
        for _, lines in group:
            yield from lines


def difference(base: str, told: Parts, parts: Parts) -> Iterator[str]:
    """Lines of what a variant does otherwise than the one that is told in full."""
    yield f"As {base}, but:" if parts != told else f"As {base}."
    for key, lines in parts.items():
        if told.get(key) != lines:
            yield from lines
    sections = {section for section, _ in parts}
    if any(section == FINDING for section, _ in told) and FINDING not in sections:
        yield "  without dose finding"
    kept = {(section, name.partition(", ")[0]) for section, name in parts}
    gone: dict[str, None] = {}  # a rule has several parts, and goes with all of them
    for section, name in told:
        if (section, name) not in parts and (section != FINDING or FINDING in sections):
            whole = name.partition(", ")[0]
            gone[f"  without {name if (section, whole) in kept else whole} ({section.lower()})"] = None
    yield from gone


def _truths(scenario: Scenario, variants: Sequence[str], truths: Sequence[str]) -> Iterator[str]:
    """Each truth; a part that is told already is named, not repeated.

    Risks are those of the first variant, DLT rates those of the first that finds doses.
    """
    variant = variants[0]
    finder = next((v for v in variants if scenario.designs[v].dose_finding is not None), variant)
    yield ""
    programs = {name: _program(scenario, variant, name) for name in truths}
    first = programs[truths[0]]
    about = (RISKS, _first_dose(scenario.designs[variant]), _steered(first), _from_registration(first))
    yield from paragraph("".join(about))
    seen: list[tuple[str, dict[str, list[str]]]] = []
    for name in truths:
        truth = scenario.truths[name]
        parts = truth_parts(truth)
        yield from ("", *heading(f"TRUTH {name}"))
        same: dict[str, list[str]] = {}
        for part, lines in parts.items():
            before = next((other for other, told in seen if told.get(part) == lines), None)
            if before is None or part == "truth":  # whether a stop is wanted is each truth's own
                yield from lines
            else:
                same.setdefault(before, []).append(part)
        for before, names in same.items():
            yield f"  as under {before}: {listed(names)}"
        seen.append((name, parts))
        yield ""
        program = programs[name]
        for when, groups in risks_of(program):
            yield from [f"  {when}:"] * bool(when)
            yield from risk_table(groups)
        doses = dose_facts(program if finder == variant else _program(scenario, finder, name))
        yield from dose_lines(doses, "" if finder == variant else f" in variant {finder}")


def _program(scenario: Scenario, variant: str, truth: str) -> Program:
    design, amended = scenario.designs[variant], scenario.amended.get(variant, ())
    return build(design, scenario.truths[truth], amended=amended, variant=variant, truth_name=truth)


def risks_of(program: Program) -> Iterator[tuple[str, dict[str, tuple[EventRisk, ...]]]]:
    """Risks as the protocol begins, and after each amendment that has another course begin: (after which, of
    whom -> risks of every event that is no absence); by arm and of the untreated, where these differ.
    """
    yield "", _in_version(program, 0)
    entries = program.entries
    for version, amendment in enumerate(program.amendments, start=1):
        if entries[version] != entries[version - 1]:
            yield f"after {amendment.name}{_other_start(program, version)}", _in_version(program, version)


def _other_start(program: Program, version: int) -> str:
    """The dose of a course where doses are found and it is not the first of all; "" otherwise."""
    dosing = program.dosing
    if dosing is None or dosing.versions[version].first_level == dosing.versions[0].first_level:
        return ""
    return f", at {program.levels[dosing.drug][dosing.versions[version].first_level - 1]}"


def _in_version(program: Program, version: int) -> dict[str, tuple[EventRisk, ...]]:
    absent = {event.name for event in program.events if event.absence_of >= 0}

    def of(one: Program) -> tuple[EventRisk, ...]:
        return tuple(risk for risk in planned_risks(one) if risk.event not in absent)

    arms = program.allocation(version)
    if arms is None:
        return {"": of(in_arm(program, 0, version) if version else program)}
    found = {
        f"in {arms_named([name])}": of(in_arm(program, i, version))
        for i, name in enumerate(arms.names)
        if arms.shares[i]
    }
    if arms.refusal is not None and arms.refusal.then == arms.untreated:
        found[UNTREATED] = of(in_arm(program, arms.untreated, version))
    alike = len(set(found.values())) == 1
    return {"": next(iter(found.values()))} if alike else found


def _from_registration(program: Program) -> str:
    """Since when clocks of registration have run at entry."""
    clocks = {component.clock for component in program.components}
    if program.screening is None or ClockKind.REGISTRATION not in clocks:
        return ""
    each = program.screenings or (program.screening,)
    took = listed(dict.fromkeys(format_days(screening.median) for screening in each), "or")
    return f" A clock of registration has run for {took} at entry here, the median time that screening takes."


def _steered(program: Program) -> str:
    """Whose phases they are where traits lead patients apart."""
    names = [program.traits[trait].name for trait in steering_traits(program)]
    whose = f"the phases are those of a patient with none of the traits {listed(names)}"
    return f" They are means over all patients; {whose} on which the course depends." if names else ""


def _first_dose(design: Design) -> str:
    """At which dose the planned course is, where doses are found."""
    plan = design.dose_finding
    if plan is None:
        return ""
    first = plan.start or dose_ladder(design)[0]
    return f" They are those at the first dose given, {first}; the rates of {plan.event} by dose stand below."


def _weights(weights: Mapping[str, float]) -> Iterator[str]:
    for truth, share in weights.items():
        yield f"  {truth}: {format_probability(share)}"


def _assumptions(assumptions: Sequence[Provenance]) -> Iterator[str]:
    if not assumptions:
        yield "  none is declared"
    for item in assumptions:
        span = f" ({item.low} to {item.high})" if item.low is not None and item.high is not None else ""
        yield from bullet(f"{item.path}{span}: {item.why or item.text}")


def _sources(scenario: Scenario) -> Iterator[str]:
    """Each reference, and the values taken from it."""
    for key, text in scenario.references.items():
        paths = [item.path for item in scenario.provenance if item.source == key]
        used = f" Used for {listed(paths)}." if paths else ""
        yield from bullet(f"{key}: {text}.{used}")
    if not scenario.references:
        yield "  none is named"
