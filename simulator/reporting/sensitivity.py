"""Sensitivities from Python: what `trialstop sensitivity` prints, and every number."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from simulator.errors import TrialstopError, refuse_unless_text
from simulator.loading.source import source_of
from simulator.model.scenario import Scenario
from simulator.reporting.figures import what_if_figures
from simulator.reporting.sensitivity_tables import LINE, render_sensitivity
from simulator.study.settings import Asked, Settings
from simulator.study.tidy import OF_KEY, of_key, table
from simulator.study.underway import Progress, silent
from simulator.what_ifs.findings import Findings
from simulator.what_ifs.sensitivity import Hazard, Hazards, prepare_sensitivity

if TYPE_CHECKING:
    import pyarrow
    from matplotlib.figure import Figure

__all__ = ["SensitivityResult", "csv_of_hazards", "sensitivity"]

NAMES = ("variant", "truth", "hazard_event", "hazard_component", *OF_KEY)
NUMBERS = ("derivative", "mcse", "exact", "ten_percent_more")


@dataclass(frozen=True, slots=True)
class SensitivityResult:
    """What was found. findings: every cell with the metric's estimate, and the hazards (`findings.found`)."""

    findings: Findings[Hazards]

    @property
    def hazards(self) -> tuple[Hazard, ...]:
        """Variant by variant, truth by truth, the largest derivative first."""
        return self.findings.found.hazards

    def table(self, *, width: int = LINE) -> str:
        """What the command prints."""
        return render_sensitivity(self.findings, width=width)

    def figure(self) -> Figure:
        """A bar per hazard; the first page. TrialstopError if trials can tell of none."""
        found = what_if_figures(self.findings)
        if not found:
            raise TrialstopError("these trials tell of no hazard, so there is nothing to draw")
        return next(iter(found.values()))

    def to_arrow(self) -> pyarrow.Table:
        """A row per hazard (docs/results.md); null: not defined."""
        rows = list(_rows(self.findings))
        return table(rows, NAMES, NUMBERS, ("crossings", "trials"), "trialstop/hazards/1")


def sensitivity(
    scenario: Scenario | str | PathLike[str],
    metric: str = "p_stop",
    settings: Settings | None = None,
    *,
    hazards: Sequence[str] = (),
    progress: Progress = silent,
    journal: Path | None = None,
    **asked: Unpack[Asked],
) -> SensitivityResult:
    """How a metric moves with the size of each hazard, from the trials of the scenario as it is.

    scenario        : a scenario as it was loaded, or the path of a file
    metric          : the text of a key (docs/results.md), a mean or a share
    settings, asked : as for `run`; the benchmark variant, if none is named
    hazards         : `EVENT.COMPONENT`, or a component alone; every hazard if none is named
    progress        : called with (trials played, trials in all)
    journal         : as for `run`

    TrialstopError for what cannot be read, an unknown metric, a quantile, and what is no hazard.
    """
    refuse_unless_text(metric=metric)
    prepared = prepare_sensitivity(
        source_of(scenario), metric, hazards, (settings or Settings()).changed(asked)
    )
    return SensitivityResult(prepared.play(progress=progress, journal=journal))


def csv_of_hazards(findings: Findings[Hazards]) -> str:
    """A line per hazard, the metric's key whole."""
    out = io.StringIO()
    names = ("variant", "truth", "hazard_event", "hazard_component", "key", "unit")
    columns = (*names, *NUMBERS, "crossings", "trials")
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(_rows(findings))
    return out.getvalue()


def _rows(findings: Findings[Hazards]) -> Iterator[dict[str, Any]]:
    (key,) = findings.metrics
    for hazard in findings.found.hazards:
        yield {
            "variant": hazard.variant,
            "truth": hazard.truth,
            "hazard_event": hazard.event,
            "hazard_component": hazard.component,
            **of_key(key),
            "derivative": hazard.value,
            "mcse": hazard.mcse,
            "exact": hazard.exact,
            "ten_percent_more": hazard.more,
            "crossings": hazard.crossings,
            "trials": findings.run.trials,
        }
