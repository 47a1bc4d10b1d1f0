"""Looks after each of 10,000 patients at all their courses (file 33482, as it was), 14 of each."""

from collections.abc import Iterator
from typing import Any

import pytest

from simulator.engines.reference import denominator
from tests.differential.engines import cells, difference, reference
from tests.helpers import ROOT

PATIENTS = 300


def test_looks_read_the_courses_under_way_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Differential, and courses counted: a course and the one before it of each patient under way."""
    sets = (f"design.accrual.until={PATIENTS} treated",)
    program = cells(ROOT / "scenarios/ferrajoli.yaml", *sets)["toxicity_per_course", "as_reported_nonhaem"]
    assert difference(program, 2) == ""
    read, every = 0, denominator._courses

    def counted(*given: Any) -> Iterator[Any]:
        nonlocal read
        for course in every(*given):
            read += 1
            yield course

    monkeypatch.setattr(denominator, "_courses", counted)
    records = reference(program, 1)
    looks, patients = records.looks["time"], records.patients
    assert len(looks) >= PATIENTS
    under_way = sum(int(((patients["entry"] <= day) & (patients["exit"] > day)).sum()) for day in looks)
    assert read < 2 * under_way
