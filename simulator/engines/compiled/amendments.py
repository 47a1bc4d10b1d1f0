"""Amendments of a protocol: `reference.amendments` as kernels."""

from __future__ import annotations

from simulator.engines.compiled import codes, queue
from simulator.engines.compiled.accrual import closed, limited
from simulator.engines.compiled.answers import find
from simulator.engines.compiled.directives import demand, draw_up
from simulator.engines.compiled.holds import limit_holds
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.patient import direct_all
from simulator.engines.compiled.places import place_of
from simulator.engines.compiled.records.course import Directive
from simulator.engines.compiled.records.rows import decision_row_at
from simulator.engines.compiled.records.rules import Amendment, Monitor, Trigger
from simulator.engines.compiled.records.trial import Trial
from simulator.engines.compiled.rows import new_row
from simulator.engines.compiled.tables import quantise

__all__ = ["amend", "ask_to_amend", "await_days", "bring", "come_with_dose", "due_with_dose", "rule_fired"]


@kernel
def ask_to_amend(trial: Trial, day: float) -> None:
    """See on a day, today or later, whether the next amendment comes."""
    if _awaited(trial):
        queue.schedule(trial, day, queue.pack(queue.EFFECT, 3, 0), codes.AMENDING, 0)


@kernel
def rule_fired(trial: Trial, monitor: Monitor, effective: float) -> None:
    """A rule has fired; what it decides takes effect on a day."""
    if monitor.awaited != 0:
        order = queue.pack(queue.EFFECT, 2, monitor.number)
        queue.schedule(trial, effective, order, codes.FIRED, place_of(monitor))


@kernel
def await_days(trial: Trial) -> None:
    """The next amendment may come on a day."""
    if not _awaited(trial):
        return
    amendment = trial.amendments[trial.version]
    for i in range(amendment.n_triggers):
        trigger = amendment.triggers[i]
        if trigger.unit == codes.WHEN_DAYS and quantise(trigger.amount) > trial.now:
            ask_to_amend(trial, quantise(trigger.amount))


@kernel
def amend(trial: Trial) -> None:
    """Every amendment that is due comes, and reaches patients together with others of the instant."""
    if not _awaited(trial):  # what else was asked for on this day
        return
    directive = draw_up(trial)
    while _awaited(trial) and _due(trial, trial.amendments[trial.version]):
        _come(trial, directive)
    if directive.n > 0:
        direct_all(trial)


@kernel
def due_with_dose(trial: Trial) -> bool:
    """Whether the next one comes now that a dose is due to be chosen; what is asked of it stands ready."""
    if trial.version == trial.n_amendments or trial.amendments[trial.version].waits == 0:
        return False
    return _held(trial, trial.amendments[trial.version]) and trial.status == codes.FINE


@kernel
def come_with_dose(trial: Trial) -> None:
    """The next one comes, which leaves the dose finding as it is."""
    directive = draw_up(trial)
    _come(trial, directive)
    if directive.n > 0:
        direct_all(trial)
    ask_to_amend(trial, trial.now)


@kernel
def bring(trial: Trial) -> None:
    """The next one is in force."""
    no_more = closed(trial, trial.now)
    trial.version += 1
    if trial.dosing:
        trial.dosing.version = trial.version
    _limit(trial, no_more)
    await_days(trial)


@kernel
def _awaited(trial: Trial) -> bool:
    """Whether the next one comes as soon as its triggers hold."""
    return trial.version < trial.n_amendments and trial.amendments[trial.version].waits == 0


@kernel
def _come(trial: Trial, directive: Directive) -> None:
    """The next one is in force, in the records, and in what patients on study are directed to."""
    number = trial.version
    row = decision_row_at(trial, new_row(trial, codes.DECISIONS))
    row.trial = trial.number
    row.number = row.amendment = number
    row.time = trial.now
    row.version = number + 1
    row.level = row.next = row.patients = row.selected = 0
    row.reason = -1
    demand(trial, directive, trial.amendments[number].operations)
    bring(trial)


@kernel
def _limit(trial: Trial, no_more: bool) -> None:
    """Accrual has other limits from now on; where it has closed nothing opens it again."""
    if no_more:
        trial.awaited = 0
    else:
        limited(trial)
        limit_holds(trial)


@kernel
def _due(trial: Trial, amendment: Amendment) -> bool:
    """Whether its triggers hold, and there is somebody whom it may reach."""
    if not _held(trial, amendment):
        return False
    return trial.open != 0 or (amendment.operations.length > 0 and _any_on_study(trial))


@kernel
def _held(trial: Trial, amendment: Amendment) -> bool:
    """Whether its triggers hold."""
    held = 0
    for i in range(amendment.n_triggers):
        if _holds(trial, amendment.triggers[i]):
            held += 1
    return held > 0 and (amendment.every == 0 or held == amendment.n_triggers)


@kernel
def _any_on_study(trial: Trial) -> bool:
    last = 0.0
    for i in range(trial.treated):
        last = max(last, trial.patients[i].exit)
    return last > trial.now


@kernel
def _holds(trial: Trial, trigger: Trigger) -> bool:
    if trigger.unit == codes.WHEN_FIRED:
        return trial.monitors[trigger.rule].fired != 0
    if trigger.unit == codes.WHEN_TREATED:
        return trial.treated >= trigger.amount
    if trigger.unit == codes.WHEN_DAYS:
        return trial.now >= quantise(trigger.amount)
    trial.asked.kind = codes.ASK_TOXIC
    answer = find(trial)
    trial.asked.kind = codes.ASK_CHOICE
    return bool(answer) and (answer.dose >> trigger.dose) & 1 == 1
