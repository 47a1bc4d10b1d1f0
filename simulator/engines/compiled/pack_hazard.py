"""A hazard table -> its record in the memory of kernels, with guides where a search would be long."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from simulator.contracts import HazardTable
from simulator.engines.compiled.described import NONE
from simulator.engines.compiled.records.program import CELLS, Guide, Table
from simulator.engines.compiled.writing import Writer

__all__ = ["pack_hazard"]

GUIDED_FROM = 24  # knots
HIGHEST_LEVEL = 8.0  # of the cells; beyond lies one threshold in 3,000 of a hazard with multiplier 1
LATEST_AGE = 4_000.0  # days
MOST_KEPT = 256  # tables whose numbers are kept, 20 MB if all are long ones


@dataclass(frozen=True, slots=True)
class _Cells:
    """What a guide holds."""

    per_unit: float
    starts: array[int]


@dataclass(frozen=True, slots=True)
class _Numbers:
    """What a table is in any memory. Guides: None where a search is short, or the values have no range."""

    values: array[float]
    age_guide: _Cells | None
    level_guide: _Cells | None


_kept: dict[tuple[int, int], tuple[HazardTable, _Numbers]] = {}
_lock = Lock()


def pack_hazard(writer: Writer, given: HazardTable, guided_from: int = GUIDED_FROM) -> Table:
    """The record of a table; one of `guided_from` knots or more gets guides."""
    numbers = _numbers(given, guided_from)
    table = writer.one(Table)
    table.values = writer.floating(numbers.values)
    table.n = len(given.knots)
    table.tail = given.tail
    table.age_guide = _guide(writer, numbers.age_guide)
    table.level_guide = _guide(writer, numbers.level_guide)
    return table


def _numbers(given: HazardTable, guided_from: int) -> _Numbers:
    """Made once per table: Programs of a scenario share most. Told apart by identity, for they are long."""
    with _lock:
        held = _kept.get((id(given), guided_from))
        if held is None or held[0] is not given:
            held = given, _made(given, long=len(given.knots) >= guided_from)
            while len(_kept) >= MOST_KEPT:
                del _kept[next(iter(_kept))]
            _kept[id(given), guided_from] = held
        return held[1]


def _made(given: HazardTable, *, long: bool) -> _Numbers:
    values = array("d", given.knots) + array("d", given.cumulative)
    if not long:
        return _Numbers(values, None, None)
    knots, cumulative = np.split(np.frombuffer(values), 2)
    return _Numbers(values, _cells(knots, LATEST_AGE), _cells(cumulative, HIGHEST_LEVEL))


def _cells(values: NDArray[np.float64], highest: float) -> _Cells | None:
    """For each of CELLS cells how many values lie in earlier cells; the last cell takes all beyond `highest`.

    The cell of a value never falls as the value grows, so those in earlier cells are smaller and those in
    later cells larger than any value of a cell, whatever the rounding of the cell's edges.
    """
    highest = min(highest, float(values[-1]))
    per_unit = CELLS / highest if highest > 0.0 else np.inf
    if per_unit == np.inf:
        return None
    cells = np.minimum(values * per_unit, CELLS - 1.0).astype(np.int64)
    starts = np.searchsorted(cells, np.arange(CELLS + 1)).astype(np.int64)
    return _Cells(float(per_unit), array("q", starts.tobytes()))


def _guide(writer: Writer, cells: _Cells | None) -> Guide:
    if cells is None:
        return NONE  # type: ignore[no-any-return]
    guide = writer.one(Guide)
    guide.cells_per_unit = cells.per_unit
    writer.run(cells.starts)  # its `starts`
    return guide
