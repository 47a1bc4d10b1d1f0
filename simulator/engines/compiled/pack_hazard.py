"""A hazard table -> its record in the memory of kernels, with guides where a search would be long."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.contracts import HazardTable
from simulator.engines.compiled.described import NONE
from simulator.engines.compiled.records.program import CELLS, Guide, Table
from simulator.engines.compiled.writing import Writer

__all__ = ["pack_hazard"]

GUIDED_FROM = 24  # knots
HIGHEST_LEVEL = 8.0  # of the cells; beyond lies one threshold in 3,000 of a hazard with multiplier 1
LATEST_AGE = 4_000.0  # days


def pack_hazard(writer: Writer, given: HazardTable, guided_from: int = GUIDED_FROM) -> Table:
    """The record of a table; one of `guided_from` knots or more gets guides."""
    table = writer.one(Table)
    table.values = writer.floating((*given.knots, *given.cumulative))
    table.n = len(given.knots)
    table.tail = float(given.tail)
    long = table.n >= guided_from
    table.age_guide = _guide(writer, given.knots, LATEST_AGE) if long else NONE
    table.level_guide = _guide(writer, given.cumulative, HIGHEST_LEVEL) if long else NONE
    return table


def _guide(writer: Writer, values: Sequence[float], highest: float) -> Guide:
    """For each of CELLS cells how many values lie in earlier cells; the last cell takes all beyond `highest`.

    The cell of a value never falls as the value grows, so those in earlier cells are smaller and those in
    later cells larger than any value of a cell, whatever the rounding of the cell's edges.
    """
    highest = min(highest, values[-1])
    per_unit = CELLS / highest if highest > 0.0 else np.inf
    if per_unit == np.inf:
        return NONE  # type: ignore[no-any-return]
    cells = np.minimum(np.asarray(values, dtype=np.float64) * per_unit, CELLS - 1.0).astype(np.int64)
    guide = writer.one(Guide)
    guide.cells_per_unit = float(per_unit)
    writer.run([int(i) for i in np.searchsorted(cells, np.arange(CELLS + 1))])  # its `starts`
    return guide
