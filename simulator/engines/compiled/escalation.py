"""Dose finding in calendar time: `reference.escalation` as kernels.

Where a standing has no answer yet the kernels return early, and the trial is given up (see `answers`).
"""

from __future__ import annotations

from simulator.engines.compiled import layout as at
from simulator.engines.compiled import queue
from simulator.engines.compiled.accrual import hold, lift
from simulator.engines.compiled.answers import find
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.layout import Floats, Ints, Words
from simulator.engines.compiled.monitor import on_progress
from simulator.engines.compiled.outcome import DLT, NONE, NOT_EVALUABLE, PENDING, ask, outcome
from simulator.engines.compiled.patient import direct_all
from simulator.engines.compiled.rows import new_row

__all__ = ["enrolled", "gate", "reported", "start", "version_in_force"]


@kernel
def start(ints: Ints, dosing: int) -> None:
    """Before the first patient."""
    ints[dosing + at.STAGE] = at.ESCALATION
    ints[dosing + at.VERSION] = 0
    version = version_in_force(ints, dosing)
    ints[dosing + at.DOSE] = ints[version + at.START]
    ints[dosing + at.WANTED] = ints[version + at.COHORT_SIZE]
    ints[dosing + at.COHORT_LENGTH] = 0
    ints[dosing + at.DECISIONS] = 0
    ints[dosing + at.GATE_ASKED] = 0
    ints[dosing + at.MTD] = 0


@kernel
def version_in_force(ints: Ints, dosing: int) -> int:
    """The record of the version in force."""
    return ints[dosing + at.VERSIONS] + ints[dosing + at.VERSION] * at.VERSION_SIZE


@kernel
def enrolled(ints: Ints, floats: Floats, patient: int) -> None:
    """A patient has entered at the level in force; no more do when the cohort is complete."""
    dosing = ints[at.DOSING]
    expanding = ints[dosing + at.STAGE] == at.EXPANDING
    ints[patient + at.GIVEN_IN_VERSION] = ints[dosing + at.VERSION]
    ints[patient + at.COHORT] = -1 if expanding else ints[dosing + at.DECISIONS]
    ints[ints[at.COHORT_MEMBERS] + ints[dosing + at.COHORT_LENGTH]] = patient
    ints[dosing + at.COHORT_LENGTH] += 1
    _places(ints, floats, dosing)
    if not expanding:
        order = queue.pack(queue.WINDOW, ints[patient + at.NUMBER], ints[dosing + at.DLT])
        queue.schedule(ints, floats, floats[patient + at.DLT_UNTIL], order, at.COHORT_WINDOW_OVER, 0)


@kernel
def reported(ints: Ints, floats: Floats, occurrence: int) -> None:
    """A report arrived."""
    dosing, event = ints[at.DOSING], ints[occurrence + at.OF_EVENT]
    settles = ints[ints[dosing + at.SETTLES] + event] != 0
    if event != ints[dosing + at.DLT] and not settles:
        return
    patient, day = ints[occurrence + at.OF_PATIENT], floats[occurrence + at.REPORTED]
    if floats[occurrence + at.OCCURRED] <= floats[patient + at.DLT_UNTIL]:
        if event == ints[dosing + at.DLT]:
            floats[patient + at.DLT_KNOWN] = min(floats[patient + at.DLT_KNOWN], day)
        else:
            floats[patient + at.SETTLED_KNOWN] = min(floats[patient + at.SETTLED_KNOWN], day)
    ask(ints, floats)


@kernel
def _places(ints: Ints, floats: Floats, dosing: int) -> int:
    """Places still to fill in the cohort; accrual is held when there are none."""
    free, stage = ints[dosing + at.WANTED] - ints[dosing + at.COHORT_LENGTH], ints[dosing + at.STAGE]
    if stage == at.ESCALATION and ints[version_in_force(ints, dosing) + at.REPLACES] != 0:
        free += _members(ints, floats, dosing, NOT_EVALUABLE)
    if free > 0:
        lift(ints, floats, ints[at.COHORT_HOLD])
        return free
    if stage == at.EXPANDING:
        ints[at.OPEN] = 0
    else:
        hold(ints, ints[at.COHORT_HOLD])
    return 0


@kernel
def _members(ints: Ints, floats: Floats, dosing: int, wanted: int) -> int:
    """How many of the cohort have an outcome now."""
    n = 0
    for i in range(ints[dosing + at.COHORT_LENGTH]):
        if outcome(ints, floats, ints[ints[at.COHORT_MEMBERS] + i], floats[at.NOW]) == wanted:
            n += 1
    return n


@kernel
def _stand(ints: Ints, floats: Floats, dosing: int) -> None:
    """Evaluable patients and DLTs at each dose of the version in force, as known now: what is ASKED."""
    version, asked = version_in_force(ints, dosing), ints[at.ASKED]
    for i in range(ints[at.KEY_LENGTH]):
        ints[asked + i] = 0
    ints[asked + at.ASKED_VERSION] = ints[dosing + at.VERSION]
    ints[asked + at.ASKED_DOSE] = ints[dosing + at.DOSE]
    n = asked + at.ASKED_COUNTS
    for i in range(ints[at.TREATED]):
        patient = ints[at.PATIENTS] + i * ints[at.PATIENT_SIZE]
        dose = _dose_counted(ints, dosing, patient)
        if dose >= 0:
            found = outcome(ints, floats, patient, floats[at.NOW])
            if found in (NONE, DLT):
                ints[n + dose] += 1
                if found == DLT:
                    ints[n + ints[version + at.LADDER_LENGTH] + dose] += 1


@kernel
def _dose_counted(ints: Ints, dosing: int, patient: int) -> int:
    """The dose at which a patient counts in the version in force; NONE if not."""
    version = version_in_force(ints, dosing)
    earlier = ints[patient + at.GIVEN_IN_VERSION] != ints[dosing + at.VERSION]
    if earlier and ints[version + at.BEFORE] == 0:
        return at.NONE
    return ints[ints[version + at.ON_LADDER] + ints[patient + at.LEVEL_GIVEN]]


# ---------------------------------------------------------------- decisions


@kernel
def gate(ints: Ints, floats: Floats, words: Words) -> None:
    """Fill places that became free; choose the next dose if it can be chosen."""
    dosing = ints[at.DOSING]
    ints[dosing + at.GATE_ASKED] = 0
    if ints[dosing + at.STAGE] != at.ESCALATION:
        return
    free = _places(ints, floats, dosing)
    pending = _members(ints, floats, dosing, PENDING)
    decide, answer = ints[version_in_force(ints, dosing) + at.DECIDE], at.NONE
    if decide == at.WHEN_DECIDED:
        answer = _settled(ints, floats, dosing, free, pending)
        if answer < 0:
            return
    elif free > 0 or pending > 0:
        return
    elif decide == at.WINDOW_COMPLETE:
        for i in range(ints[dosing + at.COHORT_LENGTH]):
            patient = ints[ints[at.COHORT_MEMBERS] + i]
            judged = outcome(ints, floats, patient, floats[at.NOW]) != NOT_EVALUABLE
            if judged and floats[at.NOW] < floats[patient + at.DLT_UNTIL]:
                return
    _stand(ints, floats, dosing)
    number = ints[dosing + at.VERSION]
    amendment = ints[dosing + at.AMENDMENTS] + number * at.AMENDMENT_SIZE
    if number < ints[dosing + at.AMENDMENTS_LENGTH] and _due(ints, floats, amendment):
        _amend(ints, floats, words, dosing, amendment)
    elif ints[at.STATUS] == at.FINE:
        _follow(ints, floats, dosing, answer if answer >= 0 else find(ints))


@kernel
def _settled(ints: Ints, floats: Floats, dosing: int, free: int, pending: int) -> int:
    """The choice that is the same however everything pending turns out; NONE while there is none.

    A choice to stay is not made before the cohort is known.
    """
    _stand(ints, floats, dosing)
    _expect(ints, floats, dosing, free)
    first = find(ints)
    while _next_way(ints, dosing):
        answer = find(ints)
        if answer >= 0 and first >= 0:
            for value in range(at.CHOSEN_REASON):
                if ints[answer + value] != ints[first + value]:
                    return at.NONE
    if ints[at.STATUS] != at.FINE:
        return at.NONE
    stays = ints[first + at.CHOSEN_DOSE] == ints[dosing + at.DOSE]
    return at.NONE if stays and free + pending > 0 else first


@kernel
def _expect(ints: Ints, floats: Floats, dosing: int, free: int) -> None:
    """Per dose, who will be evaluable and who may be; with all of them, none with a DLT, it is ASKED."""
    version, ways = version_in_force(ints, dosing), ints[at.WAYS]
    doses, replaces = ints[version + at.LADDER_LENGTH], ints[version + at.REPLACES] != 0
    for i in range(doses * at.WAY_SIZE):
        ints[ways + i] = 0
    for i in range(ints[at.TREATED]):
        patient = ints[at.PATIENTS] + i * ints[at.PATIENT_SIZE]
        dose = _dose_counted(ints, dosing, patient)
        if dose >= 0 and outcome(ints, floats, patient, floats[at.NOW]) == PENDING:
            unsure = 0 if replaces and _in_cohort(ints, dosing, patient) else 1
            ints[ways + dose * at.WAY_SIZE + unsure] += 1
    ints[ways + ints[dosing + at.DOSE] * at.WAY_SIZE + (0 if replaces else 1)] += free
    for dose in range(doses):
        way = ways + dose * at.WAY_SIZE
        ints[way + at.MORE] = ints[way + at.SURE] + ints[way + at.UNSURE]
        ints[ints[at.ASKED] + at.ASKED_COUNTS + dose] += ints[way + at.MORE]


@kernel
def _in_cohort(ints: Ints, dosing: int, patient: int) -> bool:
    members = ints[at.COHORT_MEMBERS]
    for i in range(ints[dosing + at.COHORT_LENGTH]):  # noqa: SIM110 - no generators in kernels
        if ints[members + i] == patient:
            return True
    return False


@kernel
def _next_way(ints: Ints, dosing: int) -> bool:
    """Another standing that may come is ASKED, if there is one: a DLT more at a dose, or a patient fewer."""
    doses = ints[version_in_force(ints, dosing) + at.LADDER_LENGTH]
    n = ints[at.ASKED] + at.ASKED_COUNTS
    for dose in range(doses):
        way, dlts = ints[at.WAYS] + dose * at.WAY_SIZE, n + doses + dose
        if ints[way + at.MORE_DLTS] < ints[way + at.MORE]:
            ints[way + at.MORE_DLTS] += 1
            ints[dlts] += 1
            return True
        ints[dlts] -= ints[way + at.MORE_DLTS]
        ints[way + at.MORE_DLTS] = 0
        if ints[way + at.MORE] > ints[way + at.SURE]:
            ints[way + at.MORE] -= 1
            ints[n + dose] -= 1
            return True
        ints[n + dose] += ints[way + at.UNSURE]
        ints[way + at.MORE] = ints[way + at.SURE] + ints[way + at.UNSURE]
    return False


@kernel
def _due(ints: Ints, floats: Floats, amendment: int) -> bool:
    """Whether the triggers of the next amendment hold."""
    every = ints[amendment + at.ALL_TRIGGERS] != 0
    due = every
    for trigger in range(ints[amendment + at.TRIGGERS], ints[amendment + at.TRIGGERS_END], at.TRIGGER_SIZE):
        holds = _holds(ints, floats, trigger)
        due = (due and holds) if every else (due or holds)
    return due and ints[at.STATUS] == at.FINE


@kernel
def _holds(ints: Ints, floats: Floats, trigger: int) -> bool:
    unit = ints[trigger + at.TRIGGER_UNIT]
    if unit == at.TREATED_TRIGGER:
        return ints[at.TREATED] >= floats[trigger + at.TRIGGER_AMOUNT]
    if unit == at.DAYS_TRIGGER:
        return floats[at.NOW] >= floats[trigger + at.TRIGGER_AMOUNT]
    question = ints[at.ASKED] + at.QUESTION
    ints[question] = at.TOXIC_QUESTION
    answer = find(ints)
    ints[question] = at.CHOICE_QUESTION
    return answer >= 0 and (ints[answer + at.TOXIC_BITS] >> ints[trigger + at.TRIGGER_DOSE]) & 1 == 1


@kernel
def _amend(ints: Ints, floats: Floats, words: Words, dosing: int, amendment: int) -> None:
    """The next version is in force: its start, with a new cohort or what its own counts say."""
    number, before = ints[dosing + at.VERSION], _level(ints, dosing, ints[dosing + at.DOSE])
    ints[dosing + at.VERSION] = number + 1
    version = version_in_force(ints, dosing)
    ints[dosing + at.DOSE] = ints[version + at.START]
    ints[dosing + at.COHORT_LENGTH] = 0
    _stand(ints, floats, dosing)
    operations = ints[amendment + at.AMENDMENT_OPERATIONS]
    if ints[operations] > 0:
        direct_all(ints, floats, words, operations, False)
    fresh = ints[ints[at.ASKED] + at.ASKED_COUNTS + ints[dosing + at.DOSE]] == 0
    wanted = ints[version + at.COHORT_SIZE] if fresh else 0
    following = _level(ints, dosing, ints[dosing + at.DOSE])
    row = _record(ints, floats, dosing, before, following, wanted)
    ints[row + at.DECISION_SELECTED] = 0
    ints[row + at.DECISION_REASON] = -1
    ints[row + at.DECISION_AMENDMENT] = number
    if fresh:
        ints[dosing + at.WANTED] = wanted
        _places(ints, floats, dosing)
    else:
        _follow(ints, floats, dosing, find(ints))


@kernel
def _follow(ints: Ints, floats: Floats, dosing: int, answer: int) -> None:
    """What the design has answered (NONE: nothing yet)."""
    if answer < 0:
        return
    dose, patients = ints[answer + at.CHOSEN_DOSE], ints[answer + at.CHOSEN_PATIENTS]
    selected = ints[answer + at.CHOSEN_MTD]
    before = _level(ints, dosing, ints[dosing + at.DOSE])
    mtd = _level(ints, dosing, selected) if selected >= 0 else 0
    row = _record(ints, floats, dosing, before, _level(ints, dosing, dose) if dose >= 0 else 0, patients)
    ints[row + at.DECISION_SELECTED] = mtd
    ints[row + at.DECISION_REASON] = ints[answer + at.CHOSEN_REASON]
    ints[row + at.DECISION_AMENDMENT] = -1
    ints[dosing + at.COHORT_LENGTH] = 0
    if dose >= 0:
        ints[dosing + at.DOSE], ints[dosing + at.WANTED] = dose, patients
        _places(ints, floats, dosing)
        return
    ints[dosing + at.MTD] = mtd
    if mtd == 0 or ints[dosing + at.EXPANSION] == 0:
        ints[dosing + at.STAGE] = at.OVER
        ints[at.OPEN] = 0
    else:
        ints[dosing + at.STAGE], ints[dosing + at.WANTED] = at.EXPANDING, ints[dosing + at.EXPANSION]
        _places(ints, floats, dosing)
    for i in range(ints[at.MONITORS]):
        on_progress(ints, floats, ints[ints[at.MONITOR] + i])


@kernel
def _level(ints: Ints, dosing: int, dose: int) -> int:
    """The level of a dose on the ladder in force."""
    return ints[ints[version_in_force(ints, dosing) + at.LADDER] + dose]


@kernel
def _record(ints: Ints, floats: Floats, dosing: int, level: int, following: int, patients: int) -> int:
    """The row of a decision, in the order of its columns up to `patients`; the rest is the caller's."""
    row = new_row(ints, at.DECISION_ROWS)
    ints[row] = ints[at.TRIAL]
    ints[row + 1] = ints[dosing + at.DECISIONS]
    floats[row + 2] = floats[at.NOW]
    ints[row + 3] = ints[dosing + at.VERSION]
    ints[row + 4] = level
    ints[row + 5] = following
    ints[row + 6] = patients
    ints[dosing + at.DECISIONS] += 1
    return row
