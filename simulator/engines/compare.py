"""Two engines' records of the same trials, compared field by field."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from simulator.model.records import Records

__all__ = ["first_difference"]


def first_difference(mine: Records, reference: Records) -> str:
    """The first field that differs, as `trial 17: events row 3, occurred 12.5, not 13.0`; "" if none does.

    Tables are looked at in the order of Records, every bit of every field counts (nan equals nan).
    """
    for name in (field.name for field in fields(Records)):
        found = _in_table(name, getattr(mine, name), getattr(reference, name))
        if found:
            return found
    return ""


def _in_table(name: str, mine: NDArray[np.void], reference: NDArray[np.void]) -> str:
    size = min(len(mine), len(reference))
    first, where = size, ""
    for column in mine.dtype.names or ():
        a, b = mine[column][:size], reference[column][:size]
        differs = ~((a == b) | ((a != a) & (b != b)))  # noqa: PLR0124 - nan is the only value unlike itself
        rows = np.flatnonzero(differs.reshape(size, -1).any(axis=1)) if size else np.zeros(0, dtype=int)
        if len(rows) and rows[0] < first:
            first = int(rows[0])
            where = f"{name} row {first}, {column} {a[first].tolist()}, not {b[first].tolist()}"
    if not where and len(mine) != len(reference):
        longer = mine if len(mine) > size else reference
        return f"trial {int(longer['trial'][size])}: {len(mine)} rows of {name}, not {len(reference)}"
    return f"trial {int(reference['trial'][first])}: {where}" if where else ""
