"""Looks after each of 10,000 patients at all their courses (file 33482, as it was), 14 of each."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from simulator.contracts import Observed
from simulator.engines.reference import denominator
from simulator.engines.reference.denominator import Ledger, Past
from tests.differential.engines import (
    GRID_TRUTH,
    cells,
    difference,
    grid_design,
    merged,
    of_tree,
)
from tests.helpers import ROOT, draws

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
    records = draws(program, 1)
    looks, patients = records.looks["time"], records.patients
    assert len(looks) >= PATIENTS
    under_way = sum(int(((patients["entry"] <= day) & (patients["exit"] > day)).sum()) for day in looks)
    assert read < 3 * under_way / 4


@pytest.mark.parametrize("look", ["every report", "every 1 day"])
@pytest.mark.parametrize("phases", [["one", "two"], ["two"]])
@pytest.mark.parametrize("data_cut", ["0 days", "10 days"])
@pytest.mark.parametrize("among", ["treated", "completed"])
def test_what_looks_have_counted_stays_counted(
    among: str, data_cut: str, phases: list[str], look: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Differential: each look against one that knows of none before, on days on which courses end."""
    rule = {
        "counts": {"event": "a", "unit": "courses", "window": "35 days"},
        "scope": {"phases": phases},
        "rule.count": 999,
        "among": among,
        "data_cut": data_cut,
        "look": look,
    }
    changes = {f"monitoring.rule.{key}": value for key, value in rule.items()}
    seen, once = [], denominator._observe_courses

    def both(trial: Any, counter: Any, ledger: Ledger, cut: float) -> Observed:
        seen.append(once(trial, counter, ledger, cut))
        assert seen[-1] == once(trial, counter, replace(ledger, past=Past()), cut)
        return seen[-1]

    monkeypatch.setattr(denominator, "_observe_courses", both)
    draws(of_tree(merged(grid_design(), changes), GRID_TRUTH), 20)
    assert len({observed.n for observed in seen}) > 5
