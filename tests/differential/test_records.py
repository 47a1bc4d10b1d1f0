"""Records of the kernels' memory: what a kernel reads and writes by name is what a view in Python has there.

Differential: what `described` describes has two readers, typed places for Numba and views for plain Python.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from typing import Annotated, Any

import numpy as np
import pytest

from simulator.engines.compiled import described, jit
from simulator.engines.compiled.chains import append
from simulator.engines.compiled.described import (
    NONE,
    Inside,
    Ints,
    Kind,
    Memory,
    Record,
    plain_place,
    settle,
)
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.places import numbers_of, place_of
from simulator.engines.compiled.records.course import Occurrence, Patient, patient_at
from simulator.engines.compiled.records.trial import Trial, trial_of
from simulator.model.records import Records, dtypes
from tests.helpers import ROOT

ROOMS = ("course", "program", "rows", "rules", "trial")
RECORDS: list[type[Record]] = [
    found
    for room in ROOMS
    for found in vars(import_module(f"simulator.engines.compiled.records.{room}")).values()
    if isinstance(found, type) and issubclass(found, Record) and found.__module__.endswith(f".{room}")
]
PLACES = 400
PATIENTS, PATIENT_SIZE, OCCURRENCES, OCCURRENCE_SIZE = 200, 60, 340, 16


def memory() -> tuple[Any, Memory]:
    """A memory with a head, two patients of 2 drugs, 3 clocks and 1 event, and three occurrences."""
    array: Any = np.zeros(PLACES, np.int64)
    views: Memory = (array, array.view(np.float64), array.view(np.uint64))
    if not jit.COMPILING:
        views = ([0] * PLACES, [0.0] * PLACES, [0] * PLACES)
    head: Any = Trial(views, 0)
    head.places = PLACES
    head.patients, head.patient_size = PATIENTS, PATIENT_SIZE
    head.patient_clocks = Patient.size + 2
    head.occurrences, head.occurrence_size = OCCURRENCES, OCCURRENCE_SIZE
    return array, views


@kernel
def write(ints: object, floats: object, words: object) -> None:
    """One field of every kind, and everything that can be done with a place."""
    trial = trial_of(ints, floats, words)
    trial.seed = trial.gap_stream
    trial.now = 0.1
    trial.treated += 2
    patient = trial.patients[1]
    patient.number = 7
    patient.clocks[2].used_up = 1.5
    patient.clocks[2].used_up += 0.25
    patient.last_dose[1] = trial.now
    patient.undetected.first = NONE
    patient.occurrences.first = NONE
    for i in range(3):
        trial.occurrences[i].patient = patient
        append(patient.occurrences, trial.occurrences[i])
    append(patient.undetected, trial.occurrences[2])
    append(patient.undetected, trial.occurrences[0])
    trial.entries = numbers_of(patient)
    trial.subject = place_of(patient)
    nobody = patient_at(trial, NONE)
    trial.lost = 100 if not nobody else 0
    trial.lost += 10 if patient else 0
    trial.lost += 1 if trial.occurrences[1].patient == patient and patient != trial.patients[0] else 0


def test_kernels_write_what_views_read() -> None:
    _, views = memory()
    head: Any = Trial(views, 0)
    head.gap_stream = np.uint64(2**64 - 3) if jit.COMPILING else 2**64 - 3
    write(*views)
    patient = head.patients[1]
    assert int(head.seed) == 2**64 - 3
    assert (head.now, head.treated, head.lost) == (0.1, 2, 111)
    assert patient.place == head.subject == PATIENTS + PATIENT_SIZE
    assert patient.number == head.entries[0] == 7
    assert patient.clocks[2].used_up == 1.75
    assert patient.last_dose[1] == 0.1
    assert chained(patient.occurrences.first, "next") == [0, 1, 2]
    assert chained(patient.undetected.first, "next_undetected") == [2, 0]
    assert plain_place(patient.occurrences.last) == OCCURRENCES + 2 * OCCURRENCE_SIZE


def chained(item: Any, link: str) -> list[int]:
    """Which occurrences a chain has, in its order."""
    found = []
    while item:
        found.append((item.place - OCCURRENCES) // OCCURRENCE_SIZE)
        item = getattr(item, link)
    return found


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_fields_of_a_record_do_not_overlap(record: type[Record]) -> None:
    """No two fields share a place, and all lie within the record's length."""
    sizes = {Kind.CHAIN: 2}
    taken: list[int] = []
    for field in record.fields.values():
        if not field.inside:
            taken += range(field.distance, field.distance + sizes.get(field.kind, 1))
        elif not field.at and field.kind is Kind.RECORD:
            assert field.of is not None
            taken += range(field.distance, field.distance + field.of.size)
        elif not field.at:
            assert field.distance >= len(taken) or record is Trial
    assert len(taken) == len(set(taken))
    assert max(taken, default=0) <= record.size


def test_distances_that_the_head_holds_are_fields_of_it() -> None:
    for record in RECORDS:
        named = [record.size_at, *(field.at for field in record.fields.values())]
        assert all(Trial.fields[name].kind is Kind.INT for name in named if name)


def test_rows_have_the_columns_of_the_records_tables() -> None:
    module = import_module("simulator.engines.compiled.records.rows")
    tables = dtypes(1, 1, two_clocks=True, corrects=True)
    for table, name in zip(
        tables,
        ("Trial", "Patient", "State", "Event", "Look", "Firing", "Decision", "Screening", "Hold", "Risk"),
        strict=True,
    ):
        assert list(getattr(module, f"{name}Row").fields) == list(np.dtype(tables[table]).names or ())
    assert list(dtypes(1, 1)) == list(Records.__dataclass_fields__)


CHECKED = """
import numpy as np
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.records.trial import Trial, trial_of

@kernel
def far(ints, i):
    return trial_of(ints, ints, ints).patients[i].number

@kernel
def stage(ints):
    return trial_of(ints, ints, ints).dosing.stage

memory = np.zeros(300, np.int64)
head = Trial((memory,) * 3, 0)
head.places, head.patients, head.patient_size = len(memory), 200, 60
assert far(memory, 1) == 0
for i in (2, -5):
    try:
        far(memory, i)
    except IndexError:
        print("found")
head.dosing = 250
assert stage(memory) == 0
head.dosing = -1
try:
    stage(memory)
except IndexError:
    print("nowhere")
"""


@pytest.mark.skipif(not jit.COMPILING, reason="this is the run without compiling")
def test_a_place_beyond_the_memory_is_found_when_asked() -> None:
    found = subprocess.run(
        [sys.executable, "-c", CHECKED],
        env=os.environ | {"NUMBA_BOUNDSCHECK": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout == "found\nfound\nnowhere\n", found.stderr


def test_a_field_behind_one_without_end_is_refused() -> None:
    class Wrong(Record):
        numbers: Annotated[Ints, Inside()]
        more: int

    Wrong.__module__ = described.__name__  # whose names its annotations are
    with pytest.raises(TypeError, match=r"Wrong\.more stands in numbers, whose length is not fixed"):
        settle()
    described._unsettled.remove(Wrong)


def test_an_occurrence_is_as_long_as_its_drugs_need() -> None:
    assert Occurrence.fields["since"].distance == Occurrence.size
