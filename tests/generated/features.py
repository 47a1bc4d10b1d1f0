"""What of the language a played scenario has really met, read from its records.

Not what is written in a file, but what came about: a component that crossed, a response to an event that was
detected, a denominator that was read at a look, a decision for a reason. Names are `what: which`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import pairwise
from math import inf
from typing import Any, get_args

import numpy as np

from simulator import registry
from simulator.metrics.limits import limits_of
from simulator.model.design import Design, WhileHeld
from simulator.model.dose_finding import Decide
from simulator.model.monitoring import AMONG, UNITS, WAITS
from simulator.model.records import Records
from simulator.model.truth import Component, Truth
from simulator.program.interruptions import interrupted
from simulator.program.tables import Program
from simulator.program.words import NONE, Arrivals, ClockKind
from tests.generated.arm_features import EXPECTED_OF_ARMS, of_arms
from tests.generated.rule_features import FIRST_STAGE, HELD, REASONS, of_amendments, of_dose_finding, of_rules

__all__ = ["EXPECTED", "Played", "met"]


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario with what happened in its trials."""

    design: Design
    truth: Truth
    program: Program
    records: Records


def met(played: Played) -> set[str]:
    """Every feature that came about."""
    parts = (
        *(_of_components, _of_traits, _of_delays),
        *(_of_courses, _of_stops, _of_responses, _of_accrual),
    )
    found = {name for part in parts for name in part(played)}
    return (
        found
        | set(of_arms(played.program, played.records))
        | set(of_rules(played.program, played.records, played.design))
        | set(of_dose_finding(played.program, played.records, played.design))
        | set(of_amendments(played.program, played.records, played.design))
    )


# ---------------------------------------------------------------- truths


def _of_components(played: Played) -> Iterator[str]:
    program, events = played.program, played.records.events
    crossed = np.unique(events["component"])
    for c in (int(c) for c in crossed if c >= 0):
        table = program.components[c]
        part = played.truth.events[program.events[table.event].name].components[table.name]
        family: Any = part.family
        yield f"family: {_key(family, registry.FAMILIES)}"
        yield f"clock: {table.clock.name.lower()}" if part.clock else "clock: none"
        if family.doses is not None:
            yield f"by dose: {_key(family, registry.FAMILIES)}"
        if hasattr(family, "onset") and hasattr(family.onset, "at"):
            yield from (f"onset: {law}" for law in ONSETS if getattr(family.onset, law) is not None)
        if hasattr(family, "probability"):
            yield f"probability: {'at once' if family.probability.days is None else family.onset}"
        for condition in CONDITIONS:
            if getattr(part, condition) != DEFAULTS[condition]:
                yield f"component: {condition}"
        if table.asks:
            yield "component: asks for an event"
        if len(program.components_of(table.event)) > 1:
            yield "component: one of several"
    yield from _of_repeats(played)


def _of_repeats(played: Played) -> Iterator[str]:
    rows = played.records.events
    rows = rows[rows["component"] >= 0]
    keys = np.stack([rows["trial"], rows["candidate"], rows["component"]], axis=1)
    same, times = np.unique(keys, axis=0, return_counts=True) if len(keys) else (keys, np.zeros(0))
    for c in {int(key[2]) for key, count in zip(same, times, strict=True) if count > 1}:
        yield "repeats: the same component again"
        if played.program.components[c].once:
            yield "repeats: after the clock restarted"
    when = rows[["trial", "candidate", "occurred"]]
    if len(np.unique(when)) < len(when):
        yield "tie: two events of one patient"
    days = rows[["trial", "occurred"]]
    if len(np.unique(days)) < len(np.unique(rows[["trial", "candidate", "occurred"]])):
        yield "tie: events of two patients"


def _key(family: object, table: dict[str, str]) -> str:
    name = type(family).__name__
    return next(key for key, spec in table.items() if spec.endswith(f":{name}"))


def _of_traits(played: Played) -> Iterator[str]:
    if len(played.records.patients):
        for trait in played.truth.traits.values():
            yield "trait: beta" if trait.beta else "trait: yes or no"
        for association in played.truth.associations:
            ratio = association.odds_ratio
            yield f"association: {'a bound' if ratio in (0.0, inf) else 'odds ratio'}"


def _of_delays(played: Played) -> Iterator[str]:
    rows, program = played.records.events, played.program
    for i in np.unique(rows["event"]):
        mine, name = rows[rows["event"] == i], program.events[i].name
        delays = played.truth.delays.get(name)
        for which, before, after in (
            ("detection", "occurred", "detected"),
            ("report", "detected", "reported"),
        ):
            law = getattr(delays, which, None)
            with np.errstate(invalid="ignore"):
                took = mine[after] - mine[before]
            if law is not None and np.any((took > 0) & np.isfinite(mine[after])):
                yield f"{which} delay: {_key(law, registry.DELAYS)}"
        if program.events[i].never > 0.0 and np.any(
            np.isfinite(mine["detected"]) & np.isinf(mine["reported"])
        ):
            yield "report: never"
        if program.events[i].as_adjudged and np.any(mine["component"] < 0):
            yield "report: adjudicated"
        if program.events[i].visit >= 0 and np.any(np.isfinite(mine["detected"])):
            yield "visits: an event found"
        if program.events[i].visit >= 0 and np.any(np.isinf(mine["detected"])):
            yield "visits: never found"
        if np.any(mine["mark"] > 0):
            yield "marks: a later one"
        if program.events[i].absence_of >= 0 and np.any(mine["component"] < 0):
            yield "absence: it happened"
    kinds = {event.visit for event in program.events if event.visit >= 0}
    if len(kinds) > 1:
        yield "visits: of two kinds"
    if program.corrects:
        yield from _of_corrections(rows, dlts=program.dosing is not None)


def _of_corrections(rows: np.ndarray, *, dlts: bool) -> Iterator[str]:
    if np.any(np.isfinite(rows["withdrawn"])):
        yield "report: a DLT, withdrawn" if dlts else "report: withdrawn"
    if np.any(rows["upgraded"] < rows["withdrawn"]):
        yield "report: upgraded"


# ---------------------------------------------------------------- patients


def _of_courses(played: Played) -> Iterator[str]:
    program, states = played.program, played.records.states
    whose = states["trial"] * 2**20 + states["candidate"]
    begun: dict[int, float] = {}
    for i in range(len(states)):
        who, now, new = int(whose[i]), float(states["time"][i]), program.states[states["state"][i]]
        if who not in begun:
            begun[who] = now
            continue
        old = program.states[states["state"][i - 1]]
        phase = program.phases[old.phase]
        ended = abs(now - begun[who] - phase.days) < 1e-5
        if ended:
            yield from _transition(program, old.phase, new.phase)
            begun[who] = now
        elif new.phase != old.phase:
            yield "phase: left by a go_to"
            begun[who] = now
        else:
            yield from _step(phase, now - begun[who])
    if program.phases and any(phase.course_days < inf for phase in program.phases):
        yield "courses"


def _of_stops(played: Played) -> Iterator[str]:
    """How a stop for a time ended: the drug was given again, or another directive came."""
    program, states = played.program, played.records.states
    whose = (states["trial"] * 2**20 + states["candidate"]).tolist()
    found = [(who, program.states[state]) for who, state in zip(whose, states["state"].tolist(), strict=True)]
    for (who, old), (after, new) in pairwise(found):
        over = set(interrupted(old)) - set(interrupted(new)) if who == after else set()
        for drug in over:
            if new.levels[drug] and new.held[drug] == old.held[drug]:
                yield "stop for a time: given again"
            if new.held[drug] != old.held[drug]:
                yield "stop for a time: void"


def _transition(program: Program, old: int, new: int) -> Iterator[str]:
    listed = program.phases[old].next
    taken = [i for i, t in enumerate(listed) if program.enters[t.operation] == new]
    for i in taken[:1]:
        chosen = listed[i]
        yield "transition: the first" if i == 0 else "transition: a later one"
        yield from (
            f"transition: {name}"
            for name, held in (
                ("unless", chosen.unless),
                ("only_if", chosen.only_if),
                ("at_most", chosen.at_most),
                ("a trait", max(chosen.unless_trait, chosen.only_if_trait)),
            )
            if held != NONE
        )
        if new <= old:
            yield "transition: back"


def _step(phase: Any, since: float) -> Iterator[str]:
    for step in phase.steps:
        if abs(step.after - since) < 1e-5:
            yield "step: taken"
            if step.unless != NONE or step.only_if != NONE:
                yield "step: taken on a condition"
            if step.unless_trait != NONE or step.only_if_trait != NONE:
                yield "step: taken for a trait"


def _of_responses(played: Played) -> Iterator[str]:
    rows, program = played.records.events, played.program
    for i in np.unique(rows["event"]):
        seen = rows[(rows["event"] == i) & np.isfinite(rows["detected"])]
        if len(seen):
            event = played.design.events[program.events[i].name]
            yield from (f"response: {action.verb}" for action in event.when_detected)
            if event.ruled_out_by:
                yield "ruled_out_by: an event that others rule out"
            if any(program.events[i].name in other.ruled_out_by for other in played.design.events.values()):
                yield "ruled_out_by: what rules out"


def _of_accrual(played: Played) -> Iterator[str]:
    trials, program = played.records.trials, played.program
    if np.any(trials["lost"] > 0):
        yield "accrual: somebody was lost"
    if len(played.records.patients):
        yield f"while_held: {program.while_held.word}"
        law = played.truth.accrual
        yield "accrual: one by one" if law.one_by_one else f"accrual: {program.accrual.kind.word}"
        if program.stagger and np.any(trials["enrolled"] > 1):
            yield "accrual: a stagger"
    if not program.drugs:
        yield "drugs: none"
    if program.accrual_days < inf and np.any(trials["enrolled"] < limits_of(program, played.records)):
        yield "accrual: closed by the calendar or a rule"


# ---------------------------------------------------------------- what there is

ONSETS = ("lognormal", "exponential", "uniform", "at")
CONDITIONS = (
    "while_in", "while_on", "while_off", "restarts", "pauses", "only_if", "unless", "ratio", "dose_ratio",
)  # fmt: skip
DEFAULTS = {field.name: field.default for field in fields(Component)} | {"dose_ratio": {}}
SCHEDULES = [
    "report", "end", "when", *(f"{kind} {unit}" for kind in ("every", "at") for unit in
    ("treated", "completed", "known", "events", "days", "registered")),
]  # fmt: skip
RESPONSE_VERBS = ("stop_drug", "give_drug", "set_dose", "raise_dose", "lower_dose", "go_to", "leave")
TRIAL_VERBS = (
    *RESPONSE_VERBS[:-1], "close_accrual", "end_trial", "conclude", "hold_accrual", "review", "release",
)  # fmt: skip
OTHERS = (
    "by dose: probability_by_dose", "by dose: incidence", "component: one of several",
    "repeats: the same component again", "repeats: after the clock restarted",
    "tie: two events of one patient",
    "tie: events of two patients", "trait: beta", "trait: yes or no", "association: a bound",
    "association: odds ratio", "visits: an event found", "visits: never found", "visits: of two kinds",
    "marks: a later one", "absence: it happened", "phase: left by a go_to", "transition: the first",
    "transition: a later one", "transition: unless", "transition: only_if", "transition: at_most",
    "transition: a trait", "step: taken for a trait", "component: asks for an event",
    "transition: back", "step: taken", "step: taken on a condition", "courses", "accrual: somebody was lost",
    *(f"accrual: {law.word}" for law in Arrivals), "accrual: one by one", "accrual: a stagger",
    "drugs: none", "accrual: closed by the calendar or a rule",
    "ruled_out_by: an event that others rule out", "ruled_out_by: what rules out", "probability: at once",
    "probability: constant hazard", "probability: uniform", "clock: none",
    "scope: phases", "scope: or_within", "scope: marks", "scope: doses", "scope: mtd", "rule: data_cut",
    "rule: decision_lag", "rule: two fired in one trial", "rule: two fired at one instant",
    "rule: an effect in mid trial", "rule: fired at the closing look", "rule: events after the effect",
    "rule: a second outcome", "rule: nothing done", "among: a share of a window",
    "dosing: not evaluable, replace", "dosing: not evaluable, leave", "dosing: death as DLT",
    "dosing: expansion", "dosing: nobody selected", "dosing: late DLT", "amendment: toxic",
    "amendment: treated", "amendment: days", "amendment: all of a list", "amendment: start again",
    "amendment: keep", "amendment: new", "amendment: on_study", "amendment: a second one",
    "amended: toxic",
    "amended: treated", "amended: days", "amended: fired", "amended: keep", "amended: start again",
    "amended: new", "amended: on_study", "amended: a second time", "amended: a rule that fired afterwards",
    "amended: entries after the old last day", "amended: an earlier last day", "amended: other shares",
    "amended: an arm that closes", "amended: an arm that is added", "amended: other screening",
    "amended: other levels", "amended: beside dose finding", "amended: dose finding and more",
    "stop for a time: given again", "stop for a time: void",
)  # fmt: skip
EXPECTED: tuple[str, ...] = (
    *(f"family: {key}" for key in registry.FAMILIES),
    *(f"clock: {kind.name.lower()}" for kind in ClockKind),
    *(f"onset: {law}" for law in ONSETS),
    *(f"component: {condition}" for condition in CONDITIONS),
    *(f"{which} delay: {key}" for which in ("detection", "report") for key in registry.DELAYS),
    *(f"response: {verb}" for verb in RESPONSE_VERBS),
    *(f"action: {verb}" for verb in TRIAL_VERBS),
    *(f"rule: {kind}" for kind in registry.table("rule")),
    *(f"among: {word}" for word in AMONG),
    *(f"unit: {word}" for word in UNITS),
    *(f"wait: {word}" for word in WAITS),
    *(f"look: {schedule}" for schedule in SCHEDULES),
    "look: from a multiple on",
    "look: milestones, and at the end",
    *(f"while_held: {word}" for word in get_args(WhileHeld)),
    *(f"decide: {word}" for word in get_args(Decide)),
    *(f"reason of {family}: {reason}" for family, reasons in REASONS.items() for reason in reasons),
    *FIRST_STAGE,
    "dosing: milder event",
    *HELD,
    "report: never",
    "report: adjudicated",
    "report: withdrawn",
    "report: a DLT, withdrawn",
    "report: upgraded",
    "rule: fired again",
    *OTHERS,
    *EXPECTED_OF_ARMS,
)
