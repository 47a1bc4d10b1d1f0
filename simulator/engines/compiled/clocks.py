"""The hazard clocks of one patient: `reference.hazards` as kernels, operation by operation.

`clock` is the place of one component's clock in the patient's record, `hazard` the place of what it has
in a state: its table and its multiplier.  What can never act again (RETIRED) is left alone.
"""

from __future__ import annotations

import math

from simulator.engines.compiled import layout as at
from simulator.engines.compiled import philox
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.layout import Floats, Ints, Words
from simulator.engines.compiled.tables import hazard_age_at, hazard_at, quantise

__all__ = ["change_state", "crossed", "happened", "reset", "take_traits"]

LARGEST_RISK = 1.0 - 2.0**-53  # as in program.traits


@kernel
def take_traits(ints: Ints, floats: Floats, patient: int) -> None:
    """The factors of a candidate whose traits are the values of the table TRAIT."""
    own = patient + ints[at.IN_PATIENT_CLOCKS] + at.OWN
    for c in range(ints[at.COMPONENTS]):
        floats[own] = _own_factor(ints, floats, ints[at.COMPONENT] + c * at.COMPONENT_SIZE)
        own += at.CLOCK_SIZE


@kernel
def reset(ints: Ints, floats: Floats, patient: int, now: float) -> None:
    """The clocks as they are at entry."""
    clock = patient + ints[at.IN_PATIENT_CLOCKS]
    for _ in range(ints[at.COMPONENTS]):
        floats[clock + at.ANCHOR] = at.NEVER_YET
        floats[clock + at.LEVEL] = 0.0
        floats[clock + at.SETTLED] = now
        floats[clock + at.USED_UP] = 0.0
        floats[clock + at.THRESHOLD] = at.NEVER_YET
        floats[clock + at.CROSSING] = math.inf
        ints[clock + at.TIMES] = 0
        ints[clock + at.SPENT] = 0
        ints[clock + at.RETIRED] = 1 if floats[clock + at.OWN] == 0.0 else 0
        clock += at.CLOCK_SIZE


@kernel
def _own_factor(ints: Ints, floats: Floats, component: int) -> float:
    """`program.traits.own_factor`: the patient's factor on a component's hazard."""
    only_if, unless = ints[component + at.ONLY_IF], ints[component + at.UNLESS]
    if only_if >= 0 and floats[ints[at.TRAIT] + only_if * at.TRAIT_SIZE + at.TRAIT_VALUE] == 0.0:
        return 0.0
    if unless >= 0 and floats[ints[at.TRAIT] + unless * at.TRAIT_SIZE + at.TRAIT_VALUE] != 0.0:
        return 0.0
    risk = ints[component + at.RISK]
    if risk < 0:
        return 1.0
    return -math.log(1.0 - min(floats[ints[at.TRAIT] + risk * at.TRAIT_SIZE + at.TRAIT_VALUE], LARGEST_RISK))


@kernel
def change_state(
    ints: Ints, floats: Floats, words: Words, patient: int, old: int, new: int, touched: int, now: float
) -> None:
    """From `now` the patient is in state `new`, before in `old` (NONE: entry); what the list `touched` holds
    changes: twice a component, plus 1 if its clock begins."""
    first, inside = patient + ints[at.IN_PATIENT_CLOCKS], ints[at.IN_STATE_COMPONENTS]
    for i in range(touched + 1, touched + 1 + ints[touched]):
        c, starts = ints[i] >> 1, ints[i] & 1
        clock, hazard = first + c * at.CLOCK_SIZE, inside + c * at.STATE_COMPONENT_SIZE
        if ints[clock + at.RETIRED] == 0:
            before = old >= 0 and floats[old + hazard + at.MULTIPLIER] > 0.0
            after = floats[new + hazard + at.MULTIPLIER] > 0.0
            if before:
                _settle(ints, floats, clock, old + hazard, now)
            if after:
                _change_table(ints, floats, clock, new + hazard, c)
            if starts != 0:
                _start(ints, floats, clock, c, now)
            if after and not before:
                _wake(ints, floats, clock, new + hazard, c, now)
            if after or before:
                _recompute(ints, floats, words, patient, clock, new + hazard, c, now)


@kernel
def crossed(ints: Ints, floats: Floats, words: Words, patient: int, component: int, now: float) -> None:
    """The component's event happens now."""
    first = patient + ints[at.IN_PATIENT_CLOCKS]
    clock = first + component * at.CLOCK_SIZE
    record = ints[at.COMPONENT] + component * at.COMPONENT_SIZE
    number = ints[record + at.COMPONENT_EVENT]
    event = ints[at.EVENT] + number * at.EVENT_SIZE
    ints[clock + at.TIMES] += 1
    if ints[event + at.REPEATS] != 0:  # the next threshold
        hazard = _hazard(ints, patient, component)
        floats[clock + at.USED_UP] = 0.0
        ints[clock + at.SPENT] = ints[record + at.ONCE]
        if floats[clock + at.ANCHOR] >= 0.0:
            floats[clock + at.LEVEL] = _at(ints, floats, hazard, now - floats[clock + at.ANCHOR])
        floats[clock + at.SETTLED] = now
        floats[clock + at.THRESHOLD] = at.NEVER_YET
        _recompute(ints, floats, words, patient, clock, hazard, component, now)
    else:
        own = ints[event + at.OWN_COMPONENTS]
        for i in range(own + 1, own + 1 + ints[own]):
            ints[first + ints[i] * at.CLOCK_SIZE + at.RETIRED] = 1
            floats[first + ints[i] * at.CLOCK_SIZE + at.CROSSING] = math.inf
    happened(ints, floats, words, patient, number, now)


@kernel
def happened(ints: Ints, floats: Floats, words: Words, patient: int, event: int, now: float) -> None:
    """An event has happened: the clocks that it starts begin."""
    first = patient + ints[at.IN_PATIENT_CLOCKS]
    started = ints[ints[at.EVENT] + event * at.EVENT_SIZE + at.STARTED_CLOCKS]
    for i in range(started + 1, started + 1 + ints[started]):
        c = ints[i]
        clock, hazard = first + c * at.CLOCK_SIZE, _hazard(ints, patient, c)
        if ints[clock + at.RETIRED] == 0:
            if floats[hazard + at.MULTIPLIER] > 0.0:
                _settle(ints, floats, clock, hazard, now)
            _start(ints, floats, clock, c, now)
            _recompute(ints, floats, words, patient, clock, hazard, c, now)


@kernel
def _hazard(ints: Ints, patient: int, component: int) -> int:
    inside = ints[at.IN_STATE_COMPONENTS] + component * at.STATE_COMPONENT_SIZE
    return ints[patient + at.STATE] + inside


@kernel
def _at(ints: Ints, floats: Floats, hazard: int, age: float) -> float:
    return hazard_at(ints, floats, ints[hazard + at.HAZARD], age)


@kernel
def _start(ints: Ints, floats: Floats, clock: int, component: int, now: float) -> None:
    """Anchor a clock; it keeps its first anchor unless it restarts."""
    restarts = ints[ints[at.COMPONENT] + component * at.COMPONENT_SIZE + at.RESTARTS]
    if floats[clock + at.ANCHOR] < 0.0 or restarts != 0:
        floats[clock + at.ANCHOR] = now
        floats[clock + at.LEVEL] = 0.0
        floats[clock + at.SETTLED] = now
        ints[clock + at.SPENT] = 0


@kernel
def _change_table(ints: Ints, floats: Floats, clock: int, hazard: int, component: int) -> None:
    """Where doses have hazards of their own, go on at the same age in the one now in force."""
    if ints[ints[at.COMPONENT] + component * at.COMPONENT_SIZE + at.BY_DOSE] != 0:
        anchor, settled = floats[clock + at.ANCHOR], floats[clock + at.SETTLED]
        if anchor >= 0.0 and settled > anchor:
            floats[clock + at.LEVEL] = _at(ints, floats, hazard, settled - anchor)


@kernel
def _settle(ints: Ints, floats: Floats, clock: int, hazard: int, now: float) -> None:
    """Use up hazard until `now`, of a component that acts."""
    anchor = floats[clock + at.ANCHOR]
    if anchor >= 0.0:
        level = _at(ints, floats, hazard, now - anchor)
        if ints[clock + at.SPENT] == 0:
            factor = floats[hazard + at.MULTIPLIER] * floats[clock + at.OWN]
            floats[clock + at.USED_UP] += factor * (level - floats[clock + at.LEVEL])
        floats[clock + at.LEVEL] = level
        floats[clock + at.SETTLED] = now


@kernel
def _wake(ints: Ints, floats: Floats, clock: int, hazard: int, component: int, now: float) -> None:
    """The component acts again: pass over the hazard gone by, or set a paused clock back."""
    anchor = floats[clock + at.ANCHOR]
    if anchor < 0.0 or floats[clock + at.SETTLED] == now:
        return
    if ints[ints[at.COMPONENT] + component * at.COMPONENT_SIZE + at.PAUSES] != 0:
        floats[clock + at.ANCHOR] = anchor + (now - floats[clock + at.SETTLED])
    else:
        floats[clock + at.LEVEL] = _at(ints, floats, hazard, now - anchor)
    floats[clock + at.SETTLED] = now


@kernel
def _recompute(
    ints: Ints,
    floats: Floats,
    words: Words,
    patient: int,
    clock: int,
    hazard: int,
    component: int,
    now: float,
) -> None:
    """When the component crosses if the state stays as it is; its threshold is drawn when first needed."""
    anchor = floats[clock + at.ANCHOR]
    factor = floats[hazard + at.MULTIPLIER] * floats[clock + at.OWN]
    if anchor < 0.0 or factor == 0.0 or ints[clock + at.SPENT] != 0:
        floats[clock + at.CROSSING] = math.inf
        return
    threshold = floats[clock + at.THRESHOLD]
    if threshold < 0.0:
        stream = words[ints[at.COMPONENT] + component * at.COMPONENT_SIZE + at.THRESHOLD_STREAM]
        trial, candidate = ints[at.TRIAL], ints[patient + at.NUMBER]
        threshold = philox.threshold(words[at.SEED], stream, trial, candidate, ints[clock + at.TIMES])
        floats[clock + at.THRESHOLD] = threshold
    left = threshold - floats[clock + at.USED_UP]
    if factor != 1.0:  # most are; a division takes longer than all else here
        left /= factor
    level = floats[clock + at.LEVEL] + left
    age = hazard_age_at(ints, floats, ints[hazard + at.HAZARD], level)
    floats[clock + at.CROSSING] = max(quantise(anchor + age), now)
