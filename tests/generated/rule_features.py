"""What of monitoring and dose finding a played scenario has met."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.contracts import DoseDesign
from simulator.dose_finding._one_a_dose import Accelerated
from simulator.metrics.outcomes import with_moderate
from simulator.model.design import Design
from simulator.model.records import HoldEnd, Records
from simulator.program.rule_tables import CounterTable, MonitorTable
from simulator.program.tables import Program
from simulator.program.words import Wait

__all__ = ["FIRST_STAGE", "HELD", "REASONS", "of_amendments", "of_dose_finding", "of_rules"]

HELD = tuple(f"hold: {how.name.lower()}" for how in HoldEnd)
REASONS = {  # of 3+3 and A+B; of designs that read a table of n and DLTs, BOIN's titration last
    "3+3": ("up", "stay", "down", "over: the highest dose", "over: the lowest dose"),
    "table": ("up", "stay", "down", "over: all treated", "over: the lowest dose", "over: enough",
              "titrated up", "titration over"),
}  # fmt: skip
FIRST_STAGE = ("first stage: up", "first stage: filled", "first stage: not judged")
OF_CRM = (
    "up",
    "stay",
    "down",
    "stay",
    "over: all treated",
    "over: the lowest dose",
    "over: enough",
    "over: enough",
)
"""Its reasons in words of a table: held by coherence it stays, known well enough is enough."""


def of_rules(program: Program, records: Records, design: Design) -> Iterator[str]:
    """Looks, denominators, scopes, firings and what they did."""
    for i, table in enumerate(program.monitors):
        looks = records.looks[records.looks["monitor"] == i]
        fired = records.firings[records.firings["monitor"] == i]
        if len(looks):
            yield from _looks(program, records, table, looks)
        if len(fired):
            rule = design.monitoring[table.name.partition("_")[0]]  # also after an amendment
            yield f"rule: {rule.rule.kind}"
            yield from (f"action: {action.verb}" for action in rule.then)
            if len(np.unique(fired["trial"])) < len(fired):
                yield "rule: fired again"
            yield from _fired(table, fired, records)
    yield from (f"hold: {HoldEnd(how).name.lower()}" for how in np.unique(records.holds["how"]))
    yield from _together(records)


def _looks(program: Program, records: Records, table: MonitorTable, looks: np.ndarray) -> Iterator[str]:
    for milestone in table.look.milestones:
        yield f"look: {table.look.kind.word} {milestone.unit.word}"
    if table.look.skipped:
        yield "look: from a multiple on"
    if table.look.milestones and table.look.closing:
        yield "look: milestones, and at the end"
    if not table.look.milestones:
        yield f"look: {table.look.kind.word}"
    if table.wait is not Wait.NONE:
        yield f"wait: {table.wait.word}"
    if table.data_cut > 0:
        yield "rule: data_cut"
    for endpoint in table.used:
        counter = table.counters[endpoint]
        n, x = looks["n"][:, endpoint], looks["x"][:, endpoint]
        if np.any(n > 0):
            yield f"among: {counter.among.word}"
        if np.any(x > 0):
            yield f"unit: {counter.unit.word}"
            yield from _scope(program, records, counter)
        if np.any(n != np.floor(n)):
            yield "among: a share of a window"


def _scope(program: Program, records: Records, counter: CounterTable) -> Iterator[str]:
    """Restrictions of a counter that counted something."""
    scope = counter.scope
    yield from (
        f"scope: {name}"
        for name, there in (
            ("phases", scope.phases is not None),
            ("marks", scope.marks is not None),
            ("doses", bool(scope.levels)),
            ("mtd", scope.at_mtd),
        )
        if there
    )
    if scope.phases is None or scope.within_drug < 0:
        return
    for row in records.events[records.events["event"] == counter.event]:
        outside = program.states[row["state"]].phase not in scope.phases
        if outside and row["since"][scope.within_drug] <= scope.within_days:
            yield "scope: or_within"
            return


def _fired(table: MonitorTable, fired: np.ndarray, records: Records) -> Iterator[str]:
    ends = records.trials["end"][np.searchsorted(records.trials["trial"], fired["trial"])]
    if np.any(fired["effective"] > fired["decided"]):
        yield "rule: decision_lag"
    if np.any(fired["effective"] < ends):
        yield "rule: an effect in mid trial"
    if np.any(fired["last"] & (fired["decided"] >= ends)):
        yield "rule: fired at the closing look"
    if np.any(fired["outcome"] > 1):
        yield "rule: a second outcome"
    if not table.acts:
        yield "rule: nothing done"
    for row in fired:
        mine = records.events[records.events["trial"] == row["trial"]]
        if np.any(mine["occurred"] > row["effective"]):
            yield "rule: events after the effect"
            return


def _together(records: Records) -> Iterator[str]:
    fired = records.firings
    if len(np.unique(fired["trial"])) < len(fired):
        yield "rule: two fired in one trial"
    if len(np.unique(fired[["trial", "effective"]])) < len(fired):
        yield "rule: two fired at one instant"


def of_dose_finding(program: Program, records: Records, design: Design) -> Iterator[str]:
    """Decisions, their reasons, who could not be evaluated, amendments, expansion."""
    dosing, plan = program.dosing, design.dose_finding
    if dosing is None or plan is None:
        return
    yield from ["dosing: milder event"] * bool(with_moderate(dosing, records).any())
    decisions, patients = records.decisions, records.patients
    for version in np.unique(decisions["version"]):
        yield f"decide: {dosing.versions[version].decide.word}"
        yield from _reasons(dosing.versions[version].method, decisions[decisions["version"] == version])
    for version in np.unique(patients["version"][patients["outcome"] == 2]):
        yield f"dosing: not evaluable, {'replace' if dosing.versions[version].replaces else 'leave'}"
    dlts = records.events[records.events["event"] == dosing.event]
    if program.events[dosing.event].absence_of < 0 and np.any(dlts["component"] < 0):
        yield "dosing: death as DLT"
    if np.any(patients["cohort"] < 0):
        yield "dosing: expansion"
    over = decisions[(decisions["next"] == 0) & (decisions["amendment"] < 0)]
    if np.any(over["selected"] == 0):
        yield "dosing: nobody selected"
    if _late(records, dlts):
        yield "dosing: late DLT"
    for number in np.unique(records.decided["amendment"]):
        if number < 0:
            continue
        table, body = program.amendments[number], list(design.amendments.values())[number]
        yield from (f"amendment: {trigger.unit.word}" for trigger in table.triggers)
        yield f"amendment: {body.counts}"
        yield f"amendment: {body.applies_to}"
        if table.every and len(table.triggers) > 1:
            yield "amendment: all of a list"
        if number > 0:
            yield "amendment: a second one"


def _reasons(method: DoseDesign, decisions: np.ndarray) -> Iterator[str]:
    """In words of its family, or of a first stage before it."""
    family = "3+3" if method.kind in ("three_plus_three", "a_plus_b") else "table"
    words = OF_CRM if method.kind == "crm" else REASONS[family]
    own = len(method.then.reasons) if isinstance(method, Accelerated) else len(method.reasons)
    for reason in np.unique(decisions["reason"]).tolist():
        if reason >= own:
            yield FIRST_STAGE[reason - own]
        elif reason >= 0:
            yield f"reason of {family}: {words[reason]}"


def of_amendments(program: Program, records: Records, design: Design) -> Iterator[str]:
    """Amendments that came into force and leave dose finding as it is, and what they did."""
    if program.dosing is not None and len(records.amended):
        yield "amended: beside dose finding"
    for number in np.unique(records.decided["amendment"]):
        paths = list(design.amendments.values())[number].change if number >= 0 else ()
        if not all(path.startswith("design.dose_finding") for path in paths):
            yield "amended: dose finding and more"
    for number in np.unique(records.amended["amendment"]):
        table, body = program.amendments[number], list(design.amendments.values())[number]
        yield from (f"amended: {trigger.unit.word}" for trigger in table.triggers)
        yield f"amended: {body.counts}"
        yield f"amended: {body.applies_to}"
        if number > 0:
            yield "amended: a second time"
        old, new = (program.last_day(version) for version in (number, number + 1))
        if np.any(records.patients["entry"][records.patients["version"] > number] > old):
            yield "amended: entries after the old last day"
        if new < old:
            yield "amended: an earlier last day"
        yield from _of_arms(program, number)
        if any(key.startswith("design.drugs.") for key in body.change):
            yield "amended: other levels"
        if program.screened(number) != program.screened(number + 1):
            yield "amended: other screening"
    for i, monitor in enumerate(program.monitors):
        if monitor.since and np.any(records.firings["monitor"] == i):
            yield "amended: a rule that fired afterwards"


def _of_arms(program: Program, number: int) -> Iterator[str]:
    """How arms are filled after an amendment, by its number."""
    old, new = (program.allocation(version) for version in (number, number + 1))
    if old is None or new is None or old == new:
        return
    yield "amended: other shares"
    for before, after in zip(old.shares, new.shares, strict=True):
        if not after and before:
            yield "amended: an arm that closes"
        if after and not before:
            yield "amended: an arm that is added"


def _late(records: Records, dlts: np.ndarray) -> bool:
    """Whether a DLT was reported after the dose finding had ended."""
    decisions = records.decisions
    for row in decisions[(decisions["next"] == 0) & (decisions["amendment"] < 0)]:
        mine = dlts[dlts["trial"] == row["trial"]]
        late = np.isfinite(mine["reported"]) & (mine["reported"] > row["time"])
        if np.any(late & (mine["occurred"] <= row["time"])):
            return True
    return False
