"""Rules and dose finding of a Program -> memory."""

from __future__ import annotations

from math import inf, nan

from simulator import streams
from simulator.contracts import Boundary, DoseDesign, Quantity
from simulator.engines.compiled import layout as at
from simulator.engines.compiled.tape import Tape
from simulator.model.milestone import Milestone
from simulator.program.dosing import AmendmentTable, DoseVersion
from simulator.program.tables import CounterTable, MonitorTable, Program

__all__ = ["pack_counters", "pack_dosing", "pack_monitors"]

UNITS = {"patients": at.BY_PATIENTS, "events": at.BY_EVENTS, "courses": at.BY_COURSES}
AMONG = {
    "treated": at.TREATED_AMONG,
    "completed": at.COMPLETED_AMONG,
    "known": at.KNOWN_AMONG,
    "weight": at.WEIGHT_AMONG,
    "fail": at.FAIL_AMONG,
}
SCHEDULES = {"report": at.EVERY_REPORT, "end": at.AT_END, "every": at.EVERY, "at": at.AT}
MILESTONES = {
    "treated": at.TREATED_UNIT,
    "completed": at.COMPLETED_UNIT,
    "known": at.KNOWN_UNIT,
    "events": at.EVENTS_UNIT,
    "days": at.DAYS_UNIT,
}
WAITS = {None: at.NO_WAIT, "look": at.WAIT_LOOK, "accrual": at.WAIT_ACCRUAL}
DECIDE = {
    "when_window_complete": at.WINDOW_COMPLETE,
    "when_known": at.WHEN_KNOWN,
    "when_decided": at.WHEN_DECIDED,
}
TRIGGERS = {"toxic": at.TOXIC_TRIGGER, "treated": at.TREATED_TRIGGER, "days": at.DAYS_TRIGGER}


def pack_counters(tape: Tape, program: Program) -> list[int]:
    """Records of the endpoints of all rules, one behind the other."""
    counters = [(i, c) for monitor in program.monitors for i, c in enumerate(monitor.counters)]
    first = tape.room(at.COUNTER_SIZE * len(counters))
    by_courses = any(c.unit == "courses" for _, c in counters)
    tape.fill(0, COUNTERS=first, COUNTERS_LENGTH=len(counters), KEEPS_STAYS=by_courses)
    places = [first + i * at.COUNTER_SIZE for i in range(len(counters))]
    for here, (endpoint, counter) in zip(places, counters, strict=True):
        _pack_counter(tape, here, endpoint, counter, program)
    return places


def _pack_counter(tape: Tape, here: int, endpoint: int, counter: CounterTable, program: Program) -> None:
    scope, phases = counter.scope, range(len(program.phases))
    marks = len(program.events[counter.event].marks)
    tape.fill(
        here,
        COUNTER_EVENT=counter.event,
        ENDPOINT=endpoint,
        UNIT=UNITS[counter.unit],
        AMONG=AMONG[counter.among],
        WINDOW=float(counter.window),
        HARMFUL=counter.harmful,
        JUDGED=counter.judged,
        AT_MTD=scope.at_mtd,
        WITHIN_DAYS=float(scope.within_days),
        WITHIN_DRUG=scope.within_drug,
        MARKS_ALLOWED=None
        if scope.marks is None
        else tape.flags(1 + marks, (m + 1 for m in scope.marks)) + 1,
        PHASES_ALLOWED=tape.flags(len(phases), phases if scope.phases is None else scope.phases),
        RULES_OUT=tape.flags(len(program.events), counter.ruled_out_by),
    )


def pack_monitors(tape: Tape, program: Program, counters: list[int]) -> None:
    """Records of the rules; each holds accrual under a name of its own, and so does dose finding."""
    records, before = [], 0
    for number, monitor in enumerate(program.monitors):
        mine = counters[before : before + len(monitor.counters)]
        before += len(mine)
        records.append(_pack_monitor(tape, number, monitor, mine, program))
    tape.fill(0, MONITOR=tape.run(records), NAMES=len(records) + 1, COHORT_HOLD=len(records))


def _pack_monitor(
    tape: Tape, number: int, monitor: MonitorTable, counters: list[int], program: Program
) -> int:
    here, look = tape.room(at.MONITOR_SIZE), monitor.look
    boundaries = tape.room(at.BOUNDARY_SIZE * len(monitor.table.boundaries))
    for i in range(len(monitor.table.boundaries)):
        _pack_boundary(tape, boundaries + i * at.BOUNDARY_SIZE, monitor.table.boundaries[i])
    milestone_size = at.PASSED + program.readings
    milestones = tape.room(milestone_size * len(look.milestones))
    for i, milestone in enumerate(look.milestones):
        _pack_milestone(tape, milestones + i * milestone_size, milestone, program)
    used = [monitor.counters[i] for i in monitor.used]
    windows = {counter.window for counter in used if counter.window < inf}
    watched = sorted(windows) if {m.unit for m in look.milestones} & {"completed", "known"} else []
    tape.fill(
        here,
        MONITOR_NUMBER=number,
        BOUNDARIES=boundaries,
        BOUNDARIES_END=boundaries + at.BOUNDARY_SIZE * len(monitor.table.boundaries),
        FIRST_COUNTER=counters[0],
        USED=tape.listed(counters[i] for i in monitor.used),
        SCHEDULE=SCHEDULES[look.kind],
        MILESTONES=milestones,
        MILESTONES_END=milestones + milestone_size * len(look.milestones),
        WAIT=WAITS[monitor.wait],
        DATA_CUT=float(monitor.data_cut),
        DECISION_LAG=float(monitor.decision_lag),
        CLOSES=monitor.closes_accrual,
        ENDS=monitor.ends_trial,
        DIRECTIVES=tape.listed(monitor.operations),
        LASTING=tape.listed(o for o in monitor.operations if program.enters[o] < 0),
        MONITOR_WINDOW=float(monitor.window),
        WAITS_AT_END=any(counter.among != "treated" for counter in used),
        WINDOWS=tape.run([len(watched), *(float(window) for window in watched)]),
        ON_REPORTS=any(m.unit in {"events", "known"} for m in look.milestones),
        HOLD=number,
    )
    return here


def _pack_boundary(tape: Tape, here: int, boundary: Boundary) -> None:
    tape.fill(
        here,
        BOUNDARY_ENDPOINT=boundary.reading,
        AT_LEAST=boundary.direction == "at_least",
        BY_N=boundary.statistic is Quantity.COUNT,
        BOUNDS=tape.run([nan if bound is None else float(bound) for bound in boundary.bound]),
        BOUNDS_LENGTH=len(boundary.bound),
        MINIMUM_N=float(boundary.minimum_n),
    )


def _pack_milestone(tape: Tape, here: int, milestone: Milestone, program: Program) -> None:
    event = next((i for i, e in enumerate(program.events) if e.name == milestone.event), at.NONE)
    days = milestone.unit == "days"
    tape.fill(
        here,
        MILESTONE_UNIT=MILESTONES[milestone.unit],
        AMOUNT=0 if days else int(milestone.amount),
        AMOUNT_DAYS=float(milestone.amount),
        MILESTONE_EVENT=event,
    )


def pack_dosing(
    tape: Tape, program: Program, names: streams.StreamNames
) -> tuple[tuple[DoseDesign, ...], tuple[int, ...]]:
    """The record of dose finding; per version its design, and how many doses its ladder has."""
    dosing = program.dosing
    if dosing is None:
        tape.fill(0, DOSING=None)
        return (), ()
    here, highest = tape.room(at.DOSING_SIZE), len(program.levels[dosing.drug])
    versions = tape.room(at.VERSION_SIZE * len(dosing.versions))
    for i, version in enumerate(dosing.versions):
        _pack_version(tape, versions + i * at.VERSION_SIZE, version, highest)
    amendments = tape.room(at.AMENDMENT_SIZE * len(dosing.amendments))
    for i, amendment in enumerate(dosing.amendments):
        _pack_amendment(tape, amendments + i * at.AMENDMENT_SIZE, amendment)
    tape.fill(
        here,
        DLT=dosing.event,
        DLT_WINDOW=float(dosing.window),
        SETTLES=tape.flags(len(program.events), dosing.ruled_out_by),
        DLT_IS_ABSENCE=program.events[dosing.event].absence_of >= 0,
        DEATH=dosing.death,
        DEATH_AS_DLT=float(dosing.death_as_dlt),
        NOT_EVALUABLE_SHARE=float(dosing.not_evaluable),
        VERSIONS=versions,
        AMENDMENTS=amendments,
        AMENDMENTS_LENGTH=len(dosing.amendments),
        EXPANSION=dosing.expansion,
    )
    tape.words[here + at.DEATH_STREAM] = names.register(dosing.death_stream)
    tape.words[here + at.EVALUABLE_STREAM] = names.register(dosing.evaluable_stream)
    tape.fill(0, DOSING=here)
    return (
        tuple(version.method for version in dosing.versions),
        tuple(len(version.ladder) for version in dosing.versions),
    )


def _pack_version(tape: Tape, here: int, version: DoseVersion, highest: int) -> None:
    on_ladder = [version.ladder.index(k) if k in version.ladder else at.NONE for k in range(highest + 1)]
    tape.fill(
        here,
        LADDER=tape.run(version.ladder),
        LADDER_LENGTH=len(version.ladder),
        ON_LADDER=tape.run(on_ladder),
        START=version.start,
        DECIDE=DECIDE[version.decide],
        REPLACES=version.replaces,
        BEFORE=version.before,
        COHORT_SIZE=version.method.cohort,
    )


def _pack_amendment(tape: Tape, here: int, amendment: AmendmentTable) -> None:
    triggers = tape.room(at.TRIGGER_SIZE * len(amendment.triggers))
    for i, trigger in enumerate(amendment.triggers):
        tape.fill(
            triggers + i * at.TRIGGER_SIZE,
            TRIGGER_UNIT=TRIGGERS[trigger.unit],
            TRIGGER_DOSE=trigger.dose,
            TRIGGER_AMOUNT=float(trigger.amount),
        )
    tape.fill(
        here,
        TRIGGERS=triggers,
        TRIGGERS_END=triggers + at.TRIGGER_SIZE * len(amendment.triggers),
        ALL_TRIGGERS=amendment.every,
        AMENDMENT_OPERATIONS=tape.listed(amendment.operations),
    )
