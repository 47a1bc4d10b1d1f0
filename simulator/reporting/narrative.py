"""One trial told day by day, from its records alone.

Patients are called by their arrival, from 1; months are counted from the opening of the trial.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import isfinite
from os import PathLike
from typing import TYPE_CHECKING

from simulator.contracts import InstantOrder, Observed
from simulator.loading.load import scenario_of
from simulator.metrics.limits import limits_of
from simulator.model.monitoring import Monitor
from simulator.model.records import Records
from simulator.model.scenario import Scenario
from simulator.program.interruptions import interrupted
from simulator.program.rule_tables import CounterTable, MonitorTable
from simulator.program.tables import Program
from simulator.program.versions import rules_of
from simulator.reporting.amendments import amendment_lines, reached_on_study, version_on
from simulator.reporting.cohorts import cohort_of, decision_lines, ending_lines, report_words
from simulator.reporting.corrections import correction_lines
from simulator.reporting.enrolment import allocated, entry_day, not_read, screened
from simulator.reporting.held import hold_lines, holds_in_all, is_told, too_late, voters, what_is_done
from simulator.reporting.text import WIDTH, counted, heading, listed, paragraph
from simulator.units import DAYS_PER_MONTH, quantise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LAST_TRIAL", "Trace", "trace"]

Line = tuple[float, float, int, str]  # day, place within the instant, patient, text
NARROW = 83  # beside day and month in a terminal of 100 characters
LAST_TRIAL = 10**12  # that can be asked for
AFTER = 0.5  # a patient's answer comes after what caused it
RANKS = 10_000  # more than there are rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One trial, ready to be told (`text`) or drawn (plots.swimmer)."""

    title: str
    variant: str
    truth: str
    trial: int
    seed: int
    program: Program
    rules: Mapping[str, Monitor]
    records: Records

    def name(self) -> str:
        """The trial in words."""
        return f"trial {self.trial} of seed {self.seed}, variant {self.variant}, truth {self.truth}"

    def lines(self) -> list[Line]:
        """Everything that happened, in order."""
        found = [*screened(self.records), *_patients(self), *_events(self), *_looks(self), *_effects(self)]
        for more in (decision_lines, hold_lines, amendment_lines):
            found += more(self.program, self.records)
        return sorted(found, key=lambda line: line[:3])

    def ending(self) -> list[str]:
        """What came of it, a sentence or two each."""
        return _ending(self)

    def text(self) -> str:
        """The story, and what came of it."""
        out = [*heading(self.title, "="), f"{self.name()} (trials count from 0, patients from 1)", ""]
        for day, _, _, text in self.lines():
            start = f"{day:8.1f} {day / DAYS_PER_MONTH:6.1f}  "
            first, *rest = paragraph(text, 0, 2, width=WIDTH if self.program.dosing is None else NARROW)
            out += [start + first, *(" " * len(start) + line for line in rest)]
        ending = [line for text in self.ending() for line in paragraph(text, 0, 2)]
        return "\n".join([*out[:3], f"{'day':>8} {'month':>6}  what happens", *out[3:], "", *ending])


def trace(
    scenario: Scenario | str | PathLike[str], *, variant: str, truth: str, trial: int, seed: int = 1
) -> Trace:
    """Play trial `trial` again, alone: it is the same as in a run with this seed.

    scenario: a scenario, or the path of its file. TrialstopError for what cannot be read or is not there, and
    for numbers that are none of a trial or a seed.
    """
    from simulator.engines.reference.trial import play
    from simulator.model.latents import BlockLatents
    from simulator.study.run import programs
    from simulator.study.settings import Settings, whole

    scenario = scenario_of(scenario)
    trial, seed = whole("trial", trial, 0, LAST_TRIAL), Settings(seed=seed).seed
    program = programs(scenario, [variant], [truth])[variant, truth]
    rules = rules_of(scenario.designs[variant], scenario.amended.get(variant, ()))
    return Trace(
        title=scenario.title,
        variant=variant,
        truth=truth,
        trial=trial,
        seed=seed,
        program=program,
        rules={name: rule.monitor for name, rule in rules.items()},
        records=play(program, BlockLatents(seed, trial, 1, program.max_treated)),
    )


# ---------------------------------------------------------------- patients


def _patients(told: Trace) -> Iterator[Line]:
    """Entries, changes of phase and dose, exits."""
    states = told.records.states
    for patient in told.records.patients:
        candidate = int(patient["candidate"])
        mine = states[states["candidate"] == candidate]
        before: int | None = None
        for time, rows in groupby(mine, key=lambda row: float(row["time"])):
            state = [int(row["state"]) for row in rows][-1]
            if before is None:
                cohort = cohort_of(told.program, told.records, patient)
                arm = allocated(told.program, told.records, patient)
                text = f"patient {candidate + 1} {arm}enters {_phase(told, state)}, {_drugs(told, state)}"
                text += f" ({cohort})" if cohort else ""
                yield time, InstantOrder.ARRIVAL + int(patient["version"]), candidate, text
            else:
                place, cause = _cause(told, candidate, time)
                again = f"{_phase(told, state)} again" if before == state and not cause else ""
                if change := _change(told, before, state) or again:
                    yield time, place, candidate, f"patient {candidate + 1}: {change}{cause}"
            before = state
        place, cause = _cause(told, candidate, float(patient["exit"]))
        yield float(patient["exit"]), place, candidate, f"patient {candidate + 1}'s course ends{cause}"


def _cause(told: Trace, candidate: int, time: float) -> tuple[float, str]:
    """Why a patient changes: an event just detected, a rule's effect, or the plan."""
    events, firings = told.records.events, told.records.firings
    for event in events[(events["candidate"] == candidate) & (events["detected"] == time)]:
        table = told.program.events[event["event"]]
        if any(table.responses) or table.ends_course:
            return InstantOrder.DETECTION + AFTER, f", because of the {table.name}"
    for firing in firings[firings["effective"] == time]:
        monitor = told.program.monitors[firing["monitor"]]
        if monitor.operations or monitor.ends_trial:
            return InstantOrder.EFFECT + AFTER, f", as {monitor.name} demands"
    return reached_on_study(told.program, told.records, time) or (InstantOrder.TRANSITION, "")


def _phase(told: Trace, state: int) -> str:
    return told.program.phases[told.program.states[state].phase].name


def _drugs(told: Trace, state: int) -> str:
    """`on imatinib usual and lenalidomide 5 mg`, `on no drug`."""
    program = told.program
    levels = program.states[state].levels
    given = [
        f"{drug} {listed_levels[level - 1]}"
        for drug, listed_levels, level in zip(program.drugs, program.levels, levels, strict=True)
        if level
    ]
    return f"on {listed(given) or 'no drug'}"


def _change(told: Trace, before: int, after: int) -> str:
    """What is different: phase, then each drug; nothing when a drug that is stopped was not given."""
    program, parts = told.program, []
    held, was_held = (interrupted(program.states[state]) for state in (after, before))
    if program.states[before].phase != program.states[after].phase:
        parts.append(f"{_phase(told, before)} -> {_phase(told, after)}")
    for i, drug in enumerate(program.drugs):
        was, now = program.states[before].levels[i], program.states[after].levels[i]
        if was == now:
            continue
        if now == 0:
            parts.append(f"{drug} stopped{' for a time' if i in held else ''}")
        elif was == 0:
            same = program.states[before].held[i] == program.states[after].held[i]
            how = "resumed" if i in was_held and same else "given"
            parts.append(f"{drug} {how}, {program.levels[i][now - 1]}")
        else:
            parts.append(f"{drug} {program.levels[i][was - 1]} -> {program.levels[i][now - 1]}")
    return ", ".join(parts)


# ---------------------------------------------------------------- events


def _events(told: Trace) -> Iterator[Line]:
    """Occurrences, detections and reports, with what each rule makes of them."""
    for event in told.records.events:
        table = told.program.events[event["event"]]
        candidate, name = int(event["candidate"]), table.name
        mark = f" ({table.marks[event['mark']]})" if event["mark"] >= 0 else ""
        state, occurred, detected = int(event["state"]), float(event["occurred"]), float(event["detected"])
        seen = ", seen at once" if detected == occurred else ""
        seen = seen if isfinite(detected) else ", never detected"
        where = f"in {_phase(told, state)}, {_drugs(told, state)}"
        adjudged = table.as_adjudged and event["component"] < 0
        if adjudged:  # nothing happened to the patient; the report tells what was found
            mark = f", by adjudication of day {occurred:.1f}"
        else:
            text = f"patient {candidate + 1}: {name.upper()}{mark} {where}{seen}"
            yield occurred, InstantOrder.OCCURRENCE, candidate, text
        if isfinite(detected) and detected > occurred and not adjudged:
            text = f"patient {candidate + 1}: the {name} of day {occurred:.1f} is detected"
            yield detected, InstantOrder.DETECTION, candidate, text
        if isfinite(detected) and not isfinite(float(event["reported"])) and table.never > 0.0:
            yield (
                detected,
                InstantOrder.DETECTION,
                candidate,
                f"patient {candidate + 1}: the {name} is never reported",
            )
        if table.counted and isfinite(float(event["reported"])):
            said = _counting(told, event) or "no rule reads it"
            text = f"report of patient {candidate + 1}'s {name}{mark}: {said}"
            yield float(event["reported"]), InstantOrder.REPORT, candidate, text
            if told.program.corrects:
                yield from correction_lines(told.program, event, lambda known: _counting(told, known))


def _counting(told: Trace, event: np.void) -> str:
    """For which rules of that day an event counts, and where it fell if not."""
    program, parts = told.program, [report_words(told.program, told.records, event)]
    version = version_on(told.records, float(event["reported"]))
    for monitor in (monitor for monitor in program.monitors if monitor.in_force(version)):
        for number in monitor.used:
            counter = monitor.counters[number]
            if counter.event == event["event"]:
                parts.append(_for_rule(told, monitor, counter, event))
            elif event["event"] in counter.ruled_out_by and _is_read(told, counter, event):
                ruled_out = program.events[counter.event].name
                parts.append(f"{monitor.name} knows that no {ruled_out} will follow")
    return "; ".join(filter(None, dict.fromkeys(parts)))


def _is_read(told: Trace, counter: CounterTable, event: np.void) -> bool:
    """Whether the patient's arm and dose are those that count."""
    other = not_read(told.program, told.records, counter, int(event["candidate"]))
    return not other and _at_its_dose(told, counter, event)


def _for_rule(told: Trace, monitor: MonitorTable, counter: CounterTable, event: np.void) -> str:
    """Whether a rule counts an event, and why not; "" where another reading of it is the patient's."""
    who = int(event["candidate"])
    if other := not_read(told.program, told.records, counter, who):
        each = [not_read(told.program, told.records, monitor.counters[i], who) for i in monitor.used]
        return f"does not count for {monitor.name} ({other})" if all(each) else ""
    if not _at_its_dose(told, counter, event):
        return f"does not count for {monitor.name} (another dose)"
    if _counts(told, counter, event):
        return f"counts for {monitor.name}"
    return f"does not count for {monitor.name} ({_where(told, event)})"


def _at_its_dose(told: Trace, counter: CounterTable, event: np.void) -> bool:
    """Whether the patient was given the dose that counts: any, or the one selected in the end."""
    if not counter.scope.at_mtd:
        return True
    patients, decisions = told.records.patients, told.records.decisions
    level = patients["level"][patients["candidate"] == event["candidate"]][0]
    return bool(level in decisions["selected"][decisions["selected"] > 0])


def _counts(told: Trace, counter: CounterTable, event: np.void) -> bool:
    """Whether an event is in an endpoint's scope and window."""
    since = tuple(float(days) for days in event["since"])
    in_scope = counter.scope.counts(told.program.states[event["state"]], int(event["mark"]), since)
    return bool(in_scope and _days_on_study(told, event) <= counter.window)


def _days_on_study(told: Trace, event: np.void) -> float:
    return float(event["occurred"]) - entry_day(told.records, int(event["candidate"]))


def _where(told: Trace, event: np.void) -> str:
    """`it fell in follow_up, 400.1 days after entry, 56.0 days after the last lenalidomide`."""
    off = [f"{_days_on_study(told, event):.1f} days after entry"]
    off += [
        f"{float(days):.1f} days after the last {drug}"
        for drug, days in zip(told.program.drugs, event["since"], strict=True)
        if days > 0 and isfinite(float(days))
    ]
    return ", ".join([f"it fell in {_phase(told, int(event['state']))}", *off])


# ---------------------------------------------------------------- looks and effects


def _looks(told: Trace) -> Iterator[Line]:
    """Every look with its counts and the rule's sentence."""
    for look in told.records.looks:
        monitor = told.program.monitors[look["monitor"]]
        rule = told.rules[monitor.name].rule
        try:
            why = rule.assess(_observed(told, monitor, look), monitor.plan).why
        except ValueError as error:  # a rule that cannot put its counts into words
            why = str(error)
        outcome = monitor.outcome(int(look["outcome"]))
        says = outcome.upper() if outcome else "go on"
        arms = f", {' against '.join(monitor.endpoints)}" if monitor.versus else ""
        who = f" ({said})" if (said := voters(told.program, monitor, look)) else ""
        text = f"look {int(look['look'])} of {monitor.name}{arms}: {why}{who}: {says}"
        place = InstantOrder.LOOK + monitor.rank / RANKS
        yield float(look["time"]), place, int(look["monitor"]), text


def _observed(told: Trace, monitor: MonitorTable, look: np.void) -> list[Observed]:
    """What a look read of each endpoint; follow-up, which records do not hold, is worked out from them."""
    from simulator.metrics.follow_up import follow_up

    n = 1 if monitor.votes is not None else monitor.readings
    counts = zip(look["n"][:n], look["x"][:n], strict=True)
    observed = [Observed(n=int(n) if n == int(n) else float(n), x=int(x)) for n, x in counts]
    if monitor.by_time:
        cut = quantise(float(look["time"]) - monitor.data_cut)
        for i, counter in enumerate(monitor.counters):
            days = follow_up(told.program, told.records, counter, cut)
            observed[i] = replace(observed[i], days=float(days.sum()))
    return observed


def _effects(told: Trace) -> Iterator[Line]:
    """When a decision takes effect, and what is done."""
    for firing in told.records.firings:
        monitor = told.program.monitors[firing["monitor"]]
        if done := what_is_done(told.rules, told.program, told.records, firing):
            late = too_late(told.program, told.records, firing)
            text = f"decision of {monitor.name} takes effect: {done}{late}"
            yield float(firing["effective"]), InstantOrder.EFFECT, int(firing["monitor"]), text


def _ending(told: Trace) -> list[str]:
    """How many, and the five dates of every stop."""
    records, program = told.records, told.program
    (most,) = limits_of(program, records).tolist()
    found = len(records.patients)  # more than the most, when an amendment came that takes fewer
    whom = f"of at most {most} enrolled" if found <= most else f"enrolled, of at most {most} by then"
    out = [f"{counted(found, 'patient')} {whom}."]
    if program.screening is not None:
        out.insert(0, f"{counted(len(records.screenings), 'candidate')} registered.")
    if program.arms is not None:
        drawn = records.patients["arm"].tolist()
        out.append(
            f"Randomised: {listed(f'{drawn.count(i)} to {arm}' for i, arm in enumerate(program.arms.names))}."
        )
    for i, event in enumerate(program.events):
        rows = records.events[records.events["event"] == i]
        if len(rows):
            who = len(set(rows["candidate"].tolist()))
            out.append(f"{counted(len(rows), event.name + ' event')} in {counted(who, 'patient')}.")
    out += ending_lines(program, records)
    if not len(records.firings) and (program.monitors or program.dosing is None):
        out.append("No rule fired.")
    for number, monitor in enumerate(program.monitors):
        out += _firings(told, monitor, records.firings[records.firings["monitor"] == number])
    return [*out, *filter(None, [holds_in_all(program, records)])]


def _firings(told: Trace, monitor: MonitorTable, firings: NDArray[np.void]) -> Iterator[str]:
    """When a rule fired: the dates of those that are told, looks alone of the others."""
    others = []
    for firing in firings:
        look = int(firing["look"])
        if is_told(told.program, told.records, firing):
            dates = ", ".join(f"{name} {day:.1f}" for name, day in five_dates(told, firing))
            yield f"{monitor.name} fired at look {look}; days: {dates}."
        else:
            others.append(look)
    if others:
        yield f"{monitor.name} fired at {'look' if len(others) == 1 else 'looks'} {_numbers(others)}."


def _numbers(rising: Sequence[int]) -> str:
    """`1, 3 to 9 and 12`."""
    runs = ([n for _, n in run] for _, run in groupby(enumerate(rising), key=lambda each: each[1] - each[0]))
    return listed(
        text for run in runs for text in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else map(str, run))
    )


def five_dates(told: Trace, firing: np.void) -> list[tuple[str, float]]:
    """Crossed (in truth), reported, cut, decided, effective."""
    import numpy

    from simulator.metrics.crossing import crossed

    names = ("reported", "cut", "decided", "effective")
    (day,) = crossed(told.program, told.records, numpy.atleast_1d(firing)).tolist()
    return [("crossed", day), *((name, float(firing[name])) for name in names)]
