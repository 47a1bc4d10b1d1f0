"""trials.parquet: one row per variant, truth and trial, one column per metric, units in the fields."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import TrialstopError
from simulator.metrics.registry import metric_of
from simulator.metrics.text import text_of
from simulator.model.metric import Key, Kind
from simulator.study.results import Results

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["trial_table", "unit_of", "write_trials"]


def unit_of(key: Key) -> str:
    """Unit of a metric's value in one trial."""
    metric = metric_of(key)
    return "1 if so, else 0" if metric.kind is Kind.SHARE else metric.unit


def trial_table(
    variant: str, truth: str, trials: NDArray[np.int64], columns: Mapping[Key, NDArray[np.float64]]
) -> Any:
    """An Arrow table of one cell's trials; a value that is not defined in a trial is null."""
    import numpy as np
    import pyarrow as pa

    size = len(trials)
    fields = [pa.field(name, pa.dictionary(pa.int32(), pa.string())) for name in ("variant", "truth")]
    fields += [pa.field("trial", pa.int64())]
    fields += [pa.field(text_of(key), pa.float64(), metadata=_about(key)) for key in columns]
    data = [
        pa.DictionaryArray.from_arrays(np.zeros(size, dtype=np.int32), [name]) for name in (variant, truth)
    ]
    data += [pa.array(trials)]
    data += [pa.array(values, mask=~np.isfinite(values)) for values in columns.values()]
    return pa.table(data, schema=pa.schema(fields, metadata={"format": "trialstop/trials/1"}))


def write_trials(path: Path, results: Results) -> None:
    """Write the trials of results that have them."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not all(cell.columns for cell in results.cells):
        raise TrialstopError(
            "these results do not have their trials; play them with `trialstop run --records`"
        )
    trials = np.arange(results.run.trials)
    tables = [trial_table(cell.variant, cell.truth, trials, cell.columns) for cell in results.cells]
    pq.write_table(pa.concat_tables(tables, promote_options="default"), path)


def _about(key: Key) -> dict[str, str]:
    """Null also stands in the rows of variants that do not have the metric."""
    return {"unit": unit_of(key), "null": metric_of(key).undefined or "not of this variant"}
