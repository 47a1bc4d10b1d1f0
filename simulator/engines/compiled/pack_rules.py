"""Rules and dose finding of a Program -> memory."""

from __future__ import annotations

import itertools
from math import inf, nan

from simulator import streams
from simulator.contracts import Boundary as BoundaryTable
from simulator.contracts import DoseDesign, Quantity
from simulator.engines.compiled.described import NONE, Ints
from simulator.engines.compiled.pack_delay import pack_delay
from simulator.engines.compiled.records.rows import FiringRow, LookRow
from simulator.engines.compiled.records.rules import (
    Amendment,
    ArmGroup,
    Boundary,
    Counter,
    Dosing,
    Milestone,
    Monitor,
    Seat,
    Trigger,
    Version,
)
from simulator.engines.compiled.writing import Writer
from simulator.program.course import Assignment
from simulator.program.dosing import DoseVersion
from simulator.program.rule_tables import CounterTable, MonitorTable
from simulator.program.tables import Program
from simulator.program.triggers import AmendmentTable
from simulator.program.words import MilestoneUnit, Unit

__all__ = ["pack_amendments", "pack_counters", "pack_dosing", "pack_monitors"]


def pack_counters(writer: Writer, program: Program) -> None:
    """The endpoints of all rules, one behind the other."""
    head = writer.head
    given = [(i, c) for monitor in program.monitors for i, c in enumerate(monitor.counters)]
    head.n_readings = program.readings
    head.looks_x = LookRow.size + head.n_readings
    head.firings_x = FiringRow.size + head.n_readings
    head.n_counters = len(given)
    head.keeps_stays = any(c.unit is Unit.COURSES for _, c in given)
    head.counters = writer.rows(Counter, len(given))
    for number, (endpoint, of) in enumerate(given):
        counter = head.counters[number]
        counter.number = number
        counter.endpoint = endpoint
        _pack_counter(writer, counter, of, program)


def _pack_counter(writer: Writer, counter: Counter, of: CounterTable, program: Program) -> None:
    scope, phases, events = of.scope, range(len(program.phases)), len(program.events)
    counter.event = of.event
    counter.unit = of.unit
    counter.among = of.among
    counter.window = float(of.window)
    counter.harmful = of.harmful
    counter.judged = of.judged
    counter.at_mtd = scope.at_mtd
    counter.once = of.once
    counter.corrected = any(program.events[i].corrected for i in (of.event, *of.ruled_out_by))
    counter.within_days = float(scope.within_days)
    counter.within_drug = scope.within_drug
    counter.marks_allowed = NONE
    if scope.marks is not None:
        marks = writer.flags(1 + len(program.events[of.event].marks), (m + 1 for m in scope.marks))
        counter.marks_allowed = Ints(marks.memory, marks.place + 1)
    counter.phases_allowed = writer.flags(len(phases), phases if scope.phases is None else scope.phases)
    counter.rules_out = writer.flags(events, of.ruled_out_by)
    counter.members = _members(writer, of, program) if of.of_members else NONE


def _members(writer: Writer, of: CounterTable, program: Program) -> Ints:
    """Of each group of patients, by version and arm as drawn and received, whether the count reads them."""
    drawn, received = range(max(of.n_arms, 1)), range(of.n_arms + 1)
    given = itertools.product(range(len(program.entries)), drawn, received if of.n_arms else [0])
    return writer.run([int(of.reads(Assignment(version=v, arm=a, received=r))) for v, a, r in given])


def pack_monitors(writer: Writer, program: Program, names: streams.StreamNames) -> None:
    """The rules. Each holds accrual under its number while it waits, and under another one by its own action;
    dose finding and the stagger under those between.
    """
    head, first = writer.head, 0
    head.milestone_size = Milestone.size + head.n_readings
    head.cohort_hold = len(program.monitors)
    head.stagger_hold = head.cohort_hold + 1
    head.first_hold = head.stagger_hold + 1
    head.n_names = head.first_hold + len(program.monitors)
    head.look_order = writer.listed(program.look_order)
    head.monitors = writer.rows(Monitor, len(program.monitors))
    for number, of in enumerate(program.monitors):
        monitor = head.monitors[number]
        monitor.number = number
        monitor.first_counter = first
        _pack_monitor(writer, monitor, of)
        _pack_looks(writer, monitor, of, program)
        _pack_conduct(writer, monitor, of, names)
        first += len(of.counters)


def _pack_monitor(writer: Writer, monitor: Monitor, of: MonitorTable) -> None:
    monitor.compares = of.versus is not None
    monitor.by_time = of.by_time
    monitor.n_boundaries = len(of.table.boundaries)
    monitor.boundaries = writer.rows(Boundary, monitor.n_boundaries)
    for i in range(monitor.n_boundaries):
        _pack_boundary(writer, monitor.boundaries[i], of.table.boundaries[i])
    monitor.used = writer.listed(monitor.first_counter + i for i in of.used)
    monitor.data_cut = float(of.data_cut)
    monitor.decision_lag = float(of.decision_lag)
    monitor.closes = of.closes_accrual
    monitor.ends = of.ends_trial
    monitor.directives = writer.listed(of.operations)


def _pack_conduct(writer: Writer, monitor: Monitor, of: MonitorTable, names: streams.StreamNames) -> None:
    """What a rule is to other rules, and its hold of accrual."""
    votes, hold = of.votes, of.hold
    monitor.rank = of.rank
    monitor.entries = of.entries
    monitor.horizon = of.plan.max_n
    monitor.late = of.late
    monitor.until = float(of.until)
    monitor.since = of.since
    monitor.before = of.before
    monitor.again = of.again
    monitor.idle = of.idle
    monitor.heard_by = writer.listed(of.heard_by)
    monitor.calls = writer.listed(of.calls)
    monitor.releases = writer.listed(of.releases)
    monitor.n_seats = len(votes.members) if votes else 0
    monitor.seats = writer.rows(Seat, monitor.n_seats)
    if votes is not None:
        monitor.valid = float(votes.valid)
        for i, (member, outcome, weight) in enumerate(
            zip(votes.members, votes.outcomes, votes.weights, strict=True)
        ):
            seat = monitor.seats[i]
            seat.member, seat.outcome, seat.weight = member, outcome, weight
    monitor.holds = hold is not None
    if hold is not None:
        monitor.until_released = hold.takes is None
        monitor.takes = pack_delay(writer, hold.takes)
        monitor.takes_stream = names.register(hold.takes_stream)
        monitor.reviewed = hold.reviewed
        monitor.resumes = float(hold.resumes)
        monitor.review_stream = names.register(hold.resumes_stream)


def _pack_looks(writer: Writer, monitor: Monitor, of: MonitorTable, program: Program) -> None:
    look, used = of.look, [of.counters[i] for i in of.used]
    units = {milestone.unit for milestone in look.milestones}
    windows = sorted({counter.window for counter in used if counter.window < inf})
    watched = windows if units & {MilestoneUnit.COMPLETED, MilestoneUnit.KNOWN} else []
    monitor.schedule = look.kind
    monitor.skipped = look.skipped
    monitor.closing = look.closing
    monitor.n_milestones = len(look.milestones)
    monitor.milestones = writer.rows(Milestone, monitor.n_milestones)
    for i, given in enumerate(look.milestones):
        milestone = monitor.milestones[i]
        milestone.unit = given.unit
        milestone.amount = 0 if given.unit is MilestoneUnit.DAYS else int(given.amount)
        milestone.days = float(given.amount)
        milestone.event = given.event
        milestone.most = float(given.most)
        milestone.n_groups = len(given.groups)
        milestone.groups = writer.rows(ArmGroup, milestone.n_groups)
        for g, group in enumerate(given.groups):
            read = used[0].read_in(group, everyone=given.everyone)
            milestone.groups[g].members = _members(writer, read, program)
    monitor.wait = of.wait
    monitor.window = float(of.window)
    monitor.waits_at_end = any(counter.among.waits for counter in used)
    monitor.n_windows, monitor.windows = len(watched), writer.floating(watched)
    monitor.on_reports = bool(units & {MilestoneUnit.EVENTS, MilestoneUnit.KNOWN})


def _pack_boundary(writer: Writer, boundary: Boundary, of: BoundaryTable) -> None:
    boundary.reading = of.reading
    boundary.at_least = of.direction == "at_least"
    boundary.by_n = of.statistic is Quantity.COUNT
    boundary.bounds = writer.floating(nan if bound is None else bound for bound in of.bound)
    boundary.n_bounds = len(of.bound)
    boundary.minimum_n = float(of.minimum_n)


def pack_dosing(
    writer: Writer, program: Program, names: streams.StreamNames
) -> tuple[tuple[DoseDesign, ...], tuple[int, ...]]:
    """The record of dose finding; per version its design, and how many doses its ladder has."""
    of = program.dosing
    if of is None:
        writer.head.dosing = NONE
        return (), ()
    dosing = writer.head.dosing = writer.one(Dosing)
    dosing.dlt = of.event
    dosing.moderate = of.moderate
    dosing.dlt_window = float(of.window)
    dosing.settles = writer.flags(len(program.events), of.ruled_out_by)
    dosing.dlt_is_absence = program.events[of.event].absence_of >= 0
    dosing.death = of.death
    dosing.death_as_dlt = float(of.death_as_dlt)
    dosing.not_evaluable = float(of.not_evaluable)
    dosing.death_stream = names.register(of.death_stream)
    dosing.evaluable_stream = names.register(of.evaluable_stream)
    dosing.expansion = of.expansion
    dosing.versions = writer.rows(Version, len(of.versions))
    for i, version in enumerate(of.versions):
        _pack_version(writer, dosing.versions[i], version, len(program.levels[of.drug]))
    return (
        tuple(version.method for version in of.versions),
        tuple(len(version.ladder) for version in of.versions),
    )


def pack_amendments(writer: Writer, program: Program) -> None:
    """Amendments of the protocol, and the rules that they wait for; after `pack_monitors`."""
    head = writer.head
    head.n_amendments = len(program.amendments)
    head.amendments = writer.rows(Amendment, len(program.amendments))
    for i, amendment in enumerate(program.amendments):
        _pack_amendment(writer, head.amendments[i], amendment)
    for trigger in (trigger for amendment in program.amendments for trigger in amendment.triggers):
        if trigger.rule >= 0:
            head.monitors[trigger.rule].awaited = True


def _pack_version(writer: Writer, version: Version, of: DoseVersion, highest: int) -> None:
    on_ladder = [of.ladder.index(k) if k in of.ladder else NONE for k in range(highest + 1)]
    version.ladder = writer.run(of.ladder)
    version.n_doses = len(of.ladder)
    version.on_ladder = writer.run(on_ladder)
    version.start = of.start
    version.decide = of.decide
    version.replaces = of.replaces
    version.since = of.since
    version.cohort = of.method.first_cohort
    version.remembers = of.method.remembers_last_cohort
    version.moderate = of.method.counts_moderate
    version.recommends = of.method.recommends_unfinished


def _pack_amendment(writer: Writer, amendment: Amendment, of: AmendmentTable) -> None:
    amendment.n_triggers = len(of.triggers)
    amendment.triggers = writer.rows(Trigger, len(of.triggers))
    for i, given in enumerate(of.triggers):
        trigger = amendment.triggers[i]
        trigger.unit = given.unit
        trigger.dose = given.dose
        trigger.amount = float(given.amount)
        trigger.rule = given.rule
    amendment.every = of.every
    amendment.operations = writer.listed(of.operations)
    amendment.waits = of.waits
    amendment.restarts = of.restarts
