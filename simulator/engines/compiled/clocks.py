"""The hazard clocks of one patient: `reference.hazards` as kernels, operation by operation.

`hazard` is what a component has in a state: its table and its multiplier.  What can never act again (retired)
is left alone.
"""

from __future__ import annotations

import math

from simulator.engines.compiled import philox
from simulator.engines.compiled.described import NEVER_YET, NONE, Items
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.records.course import Clock, Patient
from simulator.engines.compiled.records.program import Component, Hazard, State
from simulator.engines.compiled.records.trial import Trial
from simulator.engines.compiled.tables import hazard_age_at, hazard_at, jump_at, quantise

__all__ = ["change_state", "close", "crossed", "happened", "look", "reset", "take_traits"]

LARGEST_RISK = 1.0 - 2.0**-53  # as in program.traits


@kernel
def take_traits(trial: Trial, patient: Patient) -> None:
    """The factors of a candidate whose traits have their values now, and those that the course asks for."""
    for c in range(trial.n_components):
        patient.clocks[c].own = _own_factor(trial, trial.components[c])
    for i in range(trial.n_course_traits):
        patient.traits[i] = 0 if trial.traits[i].value == 0.0 else 1


@kernel
def reset(trial: Trial, patient: Patient, now: float) -> None:
    """The clocks as they are at entry."""
    patient.acts = 0
    look(trial, patient)
    for c in range(trial.n_components):
        clock = patient.clocks[c]
        clock.anchor = NEVER_YET
        clock.level = 0.0
        clock.settled = now
        clock.used_up = 0.0
        clock.threshold = NEVER_YET
        clock.crossing = math.inf
        clock.times = 0
        clock.spent = 0
        clock.risk = clock.missed = 0.0
        clock.begun = NONE
        clock.retired = 1 if clock.own == 0.0 else 0
    if trial.screening:
        _go_since_registration(trial, patient, now)


@kernel
def _go_since_registration(trial: Trial, patient: Patient, now: float) -> None:
    """Clocks that began then, before those of the first state; hazard from before entry is passed over."""
    for c in range(trial.n_components):
        if trial.components[c].since_registration != 0:
            clock, age = patient.clocks[c], now - patient.registered
            clock.anchor = patient.registered
            clock.begun = patient.acts
            if age > 0.0:
                clock.level = hazard_at(patient.state.hazards[c].table, age)


@kernel
def look(trial: Trial, patient: Patient) -> None:
    """The next crossing was looked for: every component had its chance by now."""
    patient.acts += 1
    patient.looked = trial.n_components


@kernel
def _own_factor(trial: Trial, component: Component) -> float:
    """`program.traits.own_factor`: the patient's factor on a component's hazard."""
    if component.only_if >= 0 and trial.traits[component.only_if].value == 0.0:
        return 0.0
    if component.unless >= 0 and trial.traits[component.unless].value != 0.0:
        return 0.0
    if component.risk < 0:
        return 1.0
    return -math.log(1.0 - min(trial.traits[component.risk].value, LARGEST_RISK))


@kernel
def change_state(trial: Trial, patient: Patient, old: State, new: State, touched: Items, now: float) -> None:
    """From `now` the patient is in state `new`, before in `old` (none at entry); `touched` is what changes:
    twice a component, plus 1 if its clock begins."""
    for i in range(touched.length):
        c, starts = touched[i] >> 1, touched[i] & 1
        clock, hazard, component = patient.clocks[c], new.hazards[c], trial.components[c]
        if clock.retired == 0:
            before = bool(old) and old.hazards[c].multiplier > 0.0
            after = hazard.multiplier > 0.0
            if before:
                _settle(patient, clock, c, old.hazards[c], now)
            if after:
                _change_table(clock, hazard, component)
            if starts != 0:
                _start(patient, clock, component, now)
            if after and not before:
                _wake(clock, hazard, component, now)
            if after or before:
                _recompute(trial, patient, clock, hazard, component, now)


@kernel
def crossed(trial: Trial, patient: Patient, c: int, now: float) -> None:
    """The event of a component (its index) happens now."""
    clock, component = patient.clocks[c], trial.components[c]
    event = trial.events[component.event]
    clock.times += 1
    clock.risk += clock.threshold
    patient.looked = c
    if event.repeats != 0:  # the next threshold
        hazard = patient.state.hazards[c]
        clock.used_up = clock.missed = 0.0
        clock.spent = component.once
        if clock.anchor >= 0.0:
            clock.level = hazard_at(hazard.table, now - clock.anchor)
        clock.settled = now
        clock.threshold = NEVER_YET
        _recompute(trial, patient, clock, hazard, component, now)
    else:
        own = event.own_components
        clock.retired = 1
        for i in range(own.length):
            _close(patient, own[i], now)
            patient.clocks[own[i]].crossing = math.inf
    happened(trial, patient, component.event, now)


@kernel
def close(trial: Trial, patient: Patient, now: float) -> None:
    """The course ends in this act, whatever it brings about else: nothing acts any more."""
    for c in range(trial.n_components):
        _close(patient, c, now)


@kernel
def _close(patient: Patient, c: int, now: float) -> None:
    """A component retires: what it has used of its threshold is settled."""
    clock = patient.clocks[c]
    if clock.retired == 0:
        hazard = patient.state.hazards[c]
        if hazard.multiplier > 0.0:
            _settle(patient, clock, c, hazard, now)
        clock.risk += clock.used_up - clock.missed
        clock.retired = 1


@kernel
def happened(trial: Trial, patient: Patient, event: int, now: float) -> None:
    """An event has happened: the clocks that it starts begin."""
    started = trial.events[event].started_clocks
    for i in range(started.length):
        c = started[i]
        clock, hazard, component = patient.clocks[c], patient.state.hazards[c], trial.components[c]
        if clock.retired == 0:
            if hazard.multiplier > 0.0:
                _settle(patient, clock, c, hazard, now)
            _start(patient, clock, component, now)
            _recompute(trial, patient, clock, hazard, component, now)


@kernel
def _start(patient: Patient, clock: Clock, component: Component, now: float) -> None:
    """Anchor a clock; it keeps its first anchor unless it restarts."""
    if clock.anchor < 0.0 or component.restarts != 0:
        clock.anchor = now
        clock.level = 0.0
        clock.settled = now
        clock.spent = 0
        clock.begun = patient.acts


@kernel
def _change_table(clock: Clock, hazard: Hazard, component: Component) -> None:
    """Where doses have hazards of their own, go on at the same age in the one now in force."""
    if component.by_dose != 0:
        anchor, settled = clock.anchor, clock.settled
        if anchor >= 0.0 and settled > anchor:
            clock.level = hazard_at(hazard.table, settled - anchor)


@kernel
def _settle(patient: Patient, clock: Clock, c: int, hazard: Hazard, now: float) -> None:
    """Use up hazard until `now`, of a component (its index) that acts."""
    anchor = clock.anchor
    if anchor >= 0.0:
        level = hazard_at(hazard.table, now - anchor)
        if clock.spent == 0:
            factor, more = hazard.multiplier * clock.own, level - clock.level
            clock.used_up += factor * more
            if c > patient.looked or clock.begun == patient.acts:
                clock.missed += factor * min(jump_at(hazard.table, now - anchor), more)
            else:
                clock.missed = 0.0
        clock.level = level
        clock.settled = now


@kernel
def _wake(clock: Clock, hazard: Hazard, component: Component, now: float) -> None:
    """The component acts again: pass over the hazard gone by, or set a paused clock back."""
    anchor = clock.anchor
    if anchor < 0.0 or clock.settled == now:
        return
    if component.pauses != 0:
        clock.anchor = anchor + (now - clock.settled)
    else:
        clock.level = hazard_at(hazard.table, now - anchor)
    clock.settled = now


@kernel
def _recompute(
    trial: Trial, patient: Patient, clock: Clock, hazard: Hazard, component: Component, now: float
) -> None:
    """When the component crosses if the state stays as it is; its threshold is drawn when first needed."""
    anchor = clock.anchor
    factor = hazard.multiplier * clock.own
    if anchor < 0.0 or factor == 0.0 or clock.spent != 0:
        clock.crossing = math.inf
        return
    threshold = clock.threshold
    if threshold < 0.0:
        stream = component.threshold_stream
        threshold = philox.threshold(trial.seed, stream, trial.number, patient.number, clock.times)
        clock.threshold = threshold
    left = threshold - clock.used_up
    if factor != 1.0:  # most are; a division takes longer than all else here
        left /= factor
    age = hazard_age_at(hazard.table, clock.level + left)
    clock.crossing = max(quantise(anchor + age), now)
