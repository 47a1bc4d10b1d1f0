"""trials.parquet: one row per variant, truth and trial, one column per metric, units in the fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.study.results import Cell, Results

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["read_columns", "unit_of", "write_trials"]

KEYS = ("variant", "truth", "trial")
NEVER = "days_to_stop"  # the one column in which a missing value means never (inf)


def unit_of(key: str) -> str:
    """Unit of a metric's value in one trial."""
    if key.startswith("p_"):
        return "1 if so, else 0"
    if key.startswith(("n_read.", "x_read.")):
        return "as the rule counts"
    if key.startswith(("n_", "patients_with.", "excess.patients_with.")):
        return "patients"
    if key.startswith("events."):
        return "events"
    if key.startswith("person_days"):
        return "person-days"
    return "days" if "days" in key else "number"


def write_trials(path: Path, results: Results) -> None:
    """Write the columns of every cell; a value that is not defined in a trial is null."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = list(dict.fromkeys(name for cell in results.cells for name in cell.columns))
    fields = [pa.field("variant", pa.dictionary(pa.int32(), pa.string()), nullable=False)]
    fields += [pa.field("truth", pa.dictionary(pa.int32(), pa.string()), nullable=False)]
    fields += [pa.field("trial", pa.int64(), nullable=False)]
    fields += [pa.field(name, pa.float64(), metadata=_about(name)) for name in names]
    schema = pa.schema(fields, metadata={"format": "trialstop/trials/1", "command": results.run.command})
    with pq.ParquetWriter(path, schema) as writer:
        for cell in results.cells:
            writer.write_table(
                pa.Table.from_pydict(dict(_columns(cell, names, results.run.trials)), schema=schema)
            )


def _about(name: str) -> dict[str, str]:
    null = "the trial was not stopped" if name == NEVER else "not defined in this trial"
    return {"unit": unit_of(name), "null": null}


def _columns(cell: Cell, names: list[str], trials: int) -> Iterator[tuple[str, Any]]:
    import numpy as np
    import pyarrow as pa

    for key, value in (("variant", cell.variant), ("truth", cell.truth)):
        yield key, pa.DictionaryArray.from_arrays(np.zeros(trials, dtype=np.int32), [value])
    yield "trial", np.arange(trials)
    for name in names:
        values = cell.columns.get(name)
        if values is None:
            yield name, pa.nulls(trials, pa.float64())
        else:
            yield name, pa.array(values, mask=~np.isfinite(values))


def read_columns(path: Path, results: Results) -> Results:
    """Results read from results.json, with their trials again."""
    import numpy as np
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    names = [name for name in table.column_names if name not in KEYS]
    cells, size = [], results.run.trials
    for number, cell in enumerate(results.cells):
        rows = table.slice(number * size, size)
        columns: dict[str, NDArray[np.float64]] = {}
        for name in names:
            if rows.column(name).null_count == size and not _defined(cell, name):
                continue
            missing = np.inf if name == NEVER else np.nan
            columns[name] = rows.column(name).fill_null(missing).to_numpy()
        cells.append(replace(cell, columns=columns))
    return replace(results, cells=tuple(cells))


def _defined(cell: Cell, name: str) -> bool:
    """Whether the cell has this metric, though perhaps in none of its trials."""
    return name in cell.metrics or name == NEVER
