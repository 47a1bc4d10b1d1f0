"""What dose finding asks its design about: counts as known, and those that may come.

Parts of `reference.escalation` (`_standing`, `_completed`) as kernels.
"""

from __future__ import annotations

from simulator.engines.compiled import codes, described
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.outcome import DLT, NONE, PENDING, outcome
from simulator.engines.compiled.records.course import Patient
from simulator.engines.compiled.records.rules import Dosing, Question, Version
from simulator.engines.compiled.records.trial import Trial

__all__ = ["expect", "members", "next_way", "stand", "version_in_force"]

NOWHERE: int = described.NONE
BEFORE_COUNTS = Question.fields["counts"].distance  # numbers of a question


@kernel
def version_in_force(dosing: Dosing) -> Version:
    """The version in force."""
    return dosing.versions[dosing.version]


@kernel
def members(trial: Trial, dosing: Dosing, wanted: int) -> int:
    """How many of the cohort have an outcome now."""
    n = 0
    for i in range(dosing.n_cohort):
        if outcome(trial, trial.patients[trial.cohort[i]], trial.now) == wanted:
            n += 1
    return n


@kernel
def stand(trial: Trial, dosing: Dosing) -> None:
    """Evaluable patients and DLTs at each dose of the version in force, as known now: what is asked."""
    version, asked = version_in_force(dosing), trial.asked
    doses = version.n_doses
    asked.kind = codes.ASK_CHOICE
    asked.version = dosing.version
    asked.dose = dosing.dose
    for i in range(trial.key_length - BEFORE_COUNTS):
        asked.counts[i] = 0
    for i in range(doses):
        trial.ways[i].moderate = 0
    for i in range(trial.treated):
        patient = trial.patients[i]
        dose = _dose_counted(dosing, patient)
        if dose >= 0:
            found = outcome(trial, patient, trial.now)
            if found in (NONE, DLT):
                asked.counts[dose] += 1
                if found == DLT:
                    asked.counts[doses + dose] += 1
                elif patient.moderate_known <= trial.now:
                    trial.ways[dose].moderate += 1
    if version.remembers != 0:
        with_dlt = members(trial, dosing, DLT)
        asked.counts[2 * doses] = members(trial, dosing, NONE) + with_dlt
        asked.counts[2 * doses + 1] = with_dlt
    _tell_moderate(trial, dosing)


@kernel
def _tell_moderate(trial: Trial, dosing: Dosing) -> None:
    """Milder events per dose, none once a dose has two patients, where the design counts them."""
    version, counts = version_in_force(dosing), trial.asked.counts
    if version.moderate == 0:
        return
    told = 1
    for dose in range(version.n_doses):
        if counts[dose] > 1:
            told = 0
    for dose in range(version.n_doses):
        counts[2 * (version.n_doses + version.remembers) + dose] = told * trial.ways[dose].moderate


@kernel
def _dose_counted(dosing: Dosing, patient: Patient) -> int:
    """The dose at which a patient counts in the version in force; NOWHERE if not."""
    version = version_in_force(dosing)
    if patient.version < version.since:
        return NOWHERE
    return version.on_ladder[patient.level_given]


@kernel
def expect(trial: Trial, dosing: Dosing, free: int) -> None:
    """Per dose, who will be evaluable and who may be; with all of them, none with a DLT, it is asked.

    The cohort is counted apart from others at its dose where it is remembered.
    """
    version, ways = version_in_force(dosing), trial.ways
    own = version.n_doses if version.remembers != 0 else dosing.dose
    for i in range(_ways(dosing)):
        ways[i].sure = ways[i].unsure = ways[i].more = ways[i].more_dlts = ways[i].more_moderate = 0
    for i in range(trial.treated):
        patient = trial.patients[i]
        dose = _dose_counted(dosing, patient)
        if dose >= 0 and outcome(trial, patient, trial.now) == PENDING:
            if not _in_cohort(trial, dosing, patient):
                ways[dose].unsure += 1
            elif version.replaces != 0:
                ways[own].sure += 1
            else:
                ways[own].unsure += 1
    if version.replaces != 0:
        ways[own].sure += free
    else:
        ways[own].unsure += free
    for i in range(_ways(dosing)):
        ways[i].more = ways[i].sure + ways[i].unsure
        _add(trial, dosing, i, ways[i].more, 0, 0)
    _tell_moderate(trial, dosing)


@kernel
def _ways(dosing: Dosing) -> int:
    """Where patients may be added: at each dose, and to the cohort."""
    version = version_in_force(dosing)
    return version.n_doses + version.remembers


@kernel
def _add(trial: Trial, dosing: Dosing, way: int, patients: int, dlts: int, moderate: int) -> None:
    """So many more are asked about at a dose, or of the cohort, which is at its own."""
    doses, counts = version_in_force(dosing).n_doses, trial.asked.counts
    dose = way
    if way == doses:
        dose = dosing.dose
        counts[2 * doses] += patients
        counts[2 * doses + 1] += dlts
    counts[dose] += patients
    counts[doses + dose] += dlts
    trial.ways[dose].moderate += moderate


@kernel
def _in_cohort(trial: Trial, dosing: Dosing, patient: Patient) -> bool:
    for i in range(dosing.n_cohort):  # noqa: SIM110 - no generators in kernels
        if trial.cohort[i] == patient.rank:
            return True
    return False


@kernel
def next_way(trial: Trial, dosing: Dosing) -> bool:
    """Another standing that may come is asked, if there is one."""
    for i in range(_ways(dosing)):
        if _turned(trial, dosing, i):
            _tell_moderate(trial, dosing)
            return True
    return False


@kernel
def _turned(trial: Trial, dosing: Dosing, i: int) -> bool:
    """One milder event more at a dose, or one DLT, or one patient fewer; False where that begins again."""
    way = trial.ways[i]
    if version_in_force(dosing).moderate != 0 and way.more_moderate < way.more - way.more_dlts:
        way.more_moderate += 1
        _add(trial, dosing, i, 0, 0, 1)
        return True
    _add(trial, dosing, i, 0, 0, -way.more_moderate)
    way.more_moderate = 0
    if way.more_dlts < way.more:
        way.more_dlts += 1
        _add(trial, dosing, i, 0, 1, 0)
        return True
    _add(trial, dosing, i, 0, -way.more_dlts, 0)
    way.more_dlts = 0
    if way.more > way.sure:
        way.more -= 1
        _add(trial, dosing, i, -1, 0, 0)
        return True
    _add(trial, dosing, i, way.unsure, 0, 0)
    way.more = way.sure + way.unsure
    return False
