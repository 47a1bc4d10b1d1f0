"""The cells of a what-if as one long table, in Arrow and as CSV: a row per cell and metric."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from simulator.study.tidy import NUMBERS, OF_KEY, of_key, table
from simulator.what_ifs.findings import Findings

if TYPE_CHECKING:
    import pyarrow

__all__ = ["csv_of", "tidy_cells"]

CSV = ("variant", "truth", "acceptable", "key", "unit", "how", *NUMBERS, "n", "effective_trials")


def tidy_cells(findings: Findings[Any]) -> pyarrow.Table:
    """A column per value varied, under its path (text), then variant, truth, how, the parts of the metric's
    key, numbers as in `tidy`, n, and effective_trials (null: exact).
    """
    paths = _paths(findings)
    names = (*paths, "variant", "truth", "how", *OF_KEY)
    return table(list(_rows(findings, paths)), names, NUMBERS, ("n", "effective_trials"), "trialstop/cells/1")


def csv_of(findings: Findings[Any]) -> str:
    """The same as CSV, the metric's key whole; acceptable as the scenario has it of the truth."""
    paths, out = _paths(findings), io.StringIO()
    writer = csv.DictWriter(out, [*paths, *CSV], extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(_rows(findings, paths))
    return out.getvalue()


def _paths(findings: Findings[Any]) -> list[str]:
    changes = (change for answer in findings.answers for change in answer.place.changes)
    return list(dict.fromkeys(change.partition("=")[0] for change in changes))


def _rows(findings: Findings[Any], paths: Sequence[str]) -> Iterator[dict[str, Any]]:
    for answer in findings.answers:
        place = answer.place
        values = {path: value for path, _, value in (change.partition("=") for change in place.changes)}
        for key, e in answer.metrics.items():
            yield {
                **dict.fromkeys(paths),
                **values,
                "variant": place.variant,
                "truth": place.truth,
                "acceptable": findings.acceptable.get(place.truth),
                "how": answer.how,
                **of_key(key),
                **{name: getattr(e, name) for name in (*NUMBERS, "n")},
                "effective_trials": None if answer.how == "exact" else answer.trials,
            }
