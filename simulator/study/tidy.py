"""Results as one long Arrow table: a row per variant or pair, truth and metric, a column per part of key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simulator.metrics.registry import metric_of
from simulator.metrics.text import Keyed, text_of
from simulator.model.adjusted import Adjusted
from simulator.model.metric import PARTS, Key
from simulator.study.cell import Cell
from simulator.study.pairs import PairCell
from simulator.study.weighted import AVERAGE, WeightedCell

if TYPE_CHECKING:
    import pyarrow

__all__ = ["NUMBERS", "OF_KEY", "of_key", "table", "tidy", "tidy_pairs"]

OF_KEY = ("key", "metric", *PARTS, "word", "unit")
NAMES = ("variant", "truth", *OF_KEY)
NUMBERS = ("value", "mcse", "low", "high", "sd", "exact")
ADJUSTED = {"adjusted": "value", "adjusted_mcse": "mcse", "adjusted_factor": "factor"}  # column -> number
PAIR_NAMES = ("first", "other", "truth", *OF_KEY)
PAIR_NUMBERS = (
    "first_value", "other_value", "value", "mcse", "low", "high", "unpaired", "factor", "exact",
)  # fmt: skip
COUNTS = ("n", "fewer", "equal", "more", "both", "neither")


def tidy(cells: Sequence[Cell], weighted: Sequence[WeightedCell] = ()) -> pyarrow.Table:
    """Columns NAMES (text, null where a metric has no such part), NUMBERS, ADJUSTED (null: not defined), n.

    Averages over weighted truths have the words AVERAGE for a truth, which no truth is called.
    """
    numbers = (*NUMBERS, *ADJUSTED)
    return table(list(_rows(cells, weighted)), NAMES, numbers, ("n",), "trialstop/estimates/1")


def tidy_pairs(pairs: Sequence[PairCell]) -> pyarrow.Table:
    """Columns PAIR_NAMES, PAIR_NUMBERS and COUNTS of trials; null as above."""
    return table(list(_pair_rows(pairs)), PAIR_NAMES, PAIR_NUMBERS, COUNTS, "trialstop/differences/1")


def table(
    rows: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    numbers: Sequence[str],
    counts: Sequence[str],
    of: str,
) -> pyarrow.Table:
    """Rows as an Arrow table: columns of text, of numbers, of counts. of: the format that it says it has."""
    import pyarrow as pa

    fields = [(name, pa.dictionary(pa.int32(), pa.string())) for name in names]
    fields += [(name, pa.float64()) for name in numbers]
    fields += [(name, pa.int64()) for name in counts]
    schema = pa.schema(fields, metadata={"format": of})
    columns = {field.name: [row[field.name] for row in rows] for field in schema}
    return pa.table(
        {
            field.name: pa.array(columns[field.name], pa.string()).dictionary_encode()
            if field.name in names
            else pa.array(columns[field.name], field.type)
            for field in schema
        },
        schema=schema,
    )


def _rows(cells: Sequence[Cell], weighted: Sequence[WeightedCell]) -> Iterator[dict[str, Any]]:
    none = Keyed[Adjusted]()
    told = [(cell.variant, cell.truth, cell.metrics, cell.adjusted) for cell in cells]
    told += [(each.variant, AVERAGE, each.metrics, none) for each in weighted]
    for variant, truth, metrics, adjusted in told:
        for key, e in metrics.items():
            yield {
                "variant": variant,
                "truth": truth,
                **of_key(key),
                **{name: getattr(e, name) for name in (*NUMBERS, "n")},
                **{name: getattr(adjusted.get(key), of, None) for name, of in ADJUSTED.items()},
            }


def _pair_rows(pairs: Sequence[PairCell]) -> Iterator[dict[str, Any]]:
    for pair in pairs:
        for key, e in pair.metrics.items():
            yield {
                "first": pair.first,
                "other": pair.other,
                "truth": pair.truth,
                **of_key(key),
                **{name: getattr(e, name) for name in (*PAIR_NUMBERS, *COUNTS)},
            }


def of_key(key: Key) -> dict[str, str | None]:
    """The columns OF_KEY."""
    return {
        "key": text_of(key),
        "metric": key.metric,
        **{part: getattr(key, part) for part in (*PARTS, "word")},
        "unit": metric_of(key).unit,
    }
