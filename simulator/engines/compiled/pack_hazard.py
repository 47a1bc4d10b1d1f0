"""A hazard table -> its place in the memory of kernels, with guides where a search would be long."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.contracts import HazardTable
from simulator.engines.compiled import layout as at
from simulator.engines.compiled.tape import Tape

__all__ = ["pack_hazard"]

GUIDED_FROM = 24  # knots
HIGHEST_LEVEL = 8.0  # of the cells; beyond lies one threshold in 3,000 of a hazard with multiplier 1
LATEST_AGE = 4_000.0  # days


def pack_hazard(tape: Tape, table: HazardTable, guided_from: int = GUIDED_FROM) -> int:
    """The record of a table; one of `guided_from` knots or more gets guides."""
    knots = tape.run([float(value) for value in (*table.knots, *table.cumulative)])
    here = tape.room(at.HAZARD_SIZE)
    tape.fill(here, KNOTS=knots, KNOTS_END=knots + len(table.knots), TAIL=float(table.tail))
    long = len(table.knots) >= guided_from
    tape.fill(here, AGE_GUIDE=_guide(tape, table.knots, LATEST_AGE) if long else None)
    tape.fill(here, LEVEL_GUIDE=_guide(tape, table.cumulative, HIGHEST_LEVEL) if long else None)
    return here


def _guide(tape: Tape, values: Sequence[float], highest: float) -> int | None:
    """For each of CELLS cells how many values lie in earlier cells; the last cell takes all beyond `highest`.

    The cell of a value never falls as the value grows, so those in earlier cells are smaller and those in
    later cells larger than any value of a cell, whatever the rounding of the cell's edges.
    """
    highest = min(highest, values[-1])
    per_unit = at.CELLS / highest if highest > 0.0 else np.inf
    if per_unit == np.inf:
        return None
    cells = np.minimum(np.asarray(values, dtype=np.float64) * per_unit, at.CELLS - 1.0).astype(np.int64)
    guide = tape.run([float(per_unit)])
    tape.run([int(i) for i in np.searchsorted(cells, np.arange(at.CELLS + 1))])
    return guide
