"""Results as one long Arrow table: a row per variant, truth and metric, a column per part of the key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from simulator.metrics.registry import metric_of
from simulator.metrics.text import text_of
from simulator.model.metric import PARTS
from simulator.study.cell import Cell

if TYPE_CHECKING:
    import pyarrow

__all__ = ["tidy"]

NAMES = ("variant", "truth", "key", "metric", *PARTS, "word", "unit")
NUMBERS = ("value", "mcse", "low", "high", "sd", "exact")


def tidy(cells: Sequence[Cell]) -> pyarrow.Table:
    """Columns NAMES (text, null where a metric has no such part), NUMBERS (null: not defined) and n."""
    import pyarrow as pa

    names = [(name, pa.dictionary(pa.int32(), pa.string())) for name in NAMES]
    numbers = [(name, pa.float64()) for name in NUMBERS]
    schema = pa.schema([*names, *numbers, ("n", pa.int64())], metadata={"format": "trialstop/estimates/1"})
    rows = list(_rows(cells))
    columns = {field.name: [row[field.name] for row in rows] for field in schema}
    return pa.table(
        {
            field.name: pa.array(columns[field.name], pa.string()).dictionary_encode()
            if field.name in NAMES
            else pa.array(columns[field.name], field.type)
            for field in schema
        },
        schema=schema,
    )


def _rows(cells: Sequence[Cell]) -> Iterator[dict[str, Any]]:
    for cell in cells:
        for key, e in cell.metrics.items():
            yield {
                "variant": cell.variant,
                "truth": cell.truth,
                "key": text_of(key),
                "metric": key.metric,
                **{part: getattr(key, part) for part in (*PARTS, "word")},
                "unit": metric_of(key).unit,
                **{name: getattr(e, name) for name in (*NUMBERS, "n")},
            }
