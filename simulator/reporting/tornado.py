"""A tornado from Python: what `trialstop tornado` prints, and every number."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from simulator.errors import TrialstopError, refuse_unless_text
from simulator.loading.source import source_of
from simulator.model.scenario import Scenario
from simulator.reporting.figures import what_if_figures
from simulator.reporting.tornado_tables import LINE, render_tornado
from simulator.study.settings import Asked, Settings
from simulator.study.tidy import OF_KEY, of_key, table
from simulator.study.underway import Progress, silent
from simulator.what_ifs.findings import Findings
from simulator.what_ifs.tornado import ENDS, Bar, Bars, prepare_tornado

if TYPE_CHECKING:
    import pyarrow
    from matplotlib.figure import Figure

__all__ = ["TornadoResult", "tornado"]

NAMES = (
    "variant", "truth", "path", "value_path", "low_text", "written_text", "high_text", "largest", "smallest",
)  # fmt: skip
NUMBERS = ("mcse", "interval_low", "interval_high")


@dataclass(frozen=True, slots=True)
class TornadoResult:
    """What was found. findings: every cell with its estimates, and the bars (`findings.found`)."""

    findings: Findings[Bars]

    @property
    def bars(self) -> tuple[Bar, ...]:
        """Variant by variant, truth by truth, the largest difference first."""
        return self.findings.found.bars

    def table(self, *, width: int = LINE) -> str:
        """What the command prints."""
        return render_tornado(self.findings, width=width)

    def figure(self) -> Figure:
        """A bar per assumption that makes a difference; the first page. TrialstopError if none does."""
        found = what_if_figures(self.findings)
        if not found:
            raise TrialstopError("no assumption makes a difference, so there is nothing to draw")
        return next(iter(found.values()))

    def to_arrow(self) -> pyarrow.Table:
        """A row per bar (docs/results.md)."""
        return _arrow(self.findings)


def tornado(
    scenario: Scenario | str | PathLike[str],
    metric: str = "p_stop",
    settings: Settings | None = None,
    *,
    progress: Progress = silent,
    journal: Path | None = None,
    **asked: Unpack[Asked],
) -> TornadoResult:
    """Every assumption with a range at both of its ends, the others as written, by what it does to a metric.

    scenario        : a scenario as it was loaded, or the path of a file
    metric          : the text of a key (docs/results.md), a mean or a share
    settings, asked : as for `run`; the benchmark variant, if none is named
    progress        : called with (cells answered, cells in all)
    journal         : as for `run`

    TrialstopError for what cannot be read, an unknown metric, a quantile, no range that can be varied.
    """
    refuse_unless_text(metric=metric)
    prepared = prepare_tornado(source_of(scenario), metric, (settings or Settings()).changed(asked))
    return TornadoResult(prepared.play(progress=progress, journal=journal))


def _arrow(findings: Findings[Bars]) -> pyarrow.Table:
    """Columns of text and numbers; null: not defined, or exact."""
    (key,) = findings.metrics
    rows = [
        {
            "variant": bar.variant,
            "truth": bar.truth,
            "path": bar.path,
            "value_path": bar.lever.path,
            **{f"{end}_text": bar.text(end) for end in ENDS},
            "largest": bar.largest,
            "smallest": bar.smallest,
            **of_key(key),
            **dict(zip(ENDS, bar.values, strict=True)),
            "apart": bar.apart,
            "mcse": bar.difference.mcse,
            "interval_low": bar.difference.low,
            "interval_high": bar.difference.high,
            "n": bar.difference.n,
        }
        for bar in findings.found.bars
    ]
    return table(rows, (*NAMES, *OF_KEY), (*ENDS, "apart", *NUMBERS), ("n",), "trialstop/bars/1")
