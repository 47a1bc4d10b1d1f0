"""A bound over a box of hazards from Python: what `trialstop bound` prints, and every number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Unpack

from simulator.errors import TrialstopError, refuse_unless_text, show
from simulator.loading.source import source_of
from simulator.model.scenario import Scenario
from simulator.reporting.bound_tables import LINE, render_bound
from simulator.study.settings import Asked, Settings
from simulator.study.underway import Progress, silent
from simulator.what_ifs.bounded import Bounded, Bounds
from simulator.what_ifs.bounding import prepare_bound
from simulator.what_ifs.findings import Findings

__all__ = ["BoundResult", "bound"]


@dataclass(frozen=True, slots=True)
class BoundResult:
    """What was found. findings: every cell with its estimates, and the bounds (`findings.found`)."""

    findings: Findings[Bounds]

    @property
    def bounds(self) -> tuple[Bounded, ...]:
        """One per variant and truth: its `bound`, `confidence`, `method`, `conditions`, `guards`."""
        return self.findings.found.bounds

    @property
    def bound(self) -> float:
        """The only one; TrialstopError where there are several."""
        if len(self.bounds) > 1:
            raise TrialstopError(
                f"there are {len(self.bounds)} bounds, one per variant and truth: see `bounds`"
            )
        return self.bounds[0].bound

    def table(self, *, width: int = LINE) -> str:
        """What the command prints."""
        return render_bound(self.findings, width=width)


def bound(
    scenario: Scenario | str | PathLike[str],
    over: str | Sequence[str],
    metric: str = "p_stop",
    confidence: float | str = 0.99,
    settings: Settings | None = None,
    *,
    progress: Progress = silent,
    journal: Path | None = None,
    **asked: Unpack[Asked],
) -> BoundResult:
    """An upper bound on a share of all trials, for every truth of a box of hazards at once.

    scenario        : a scenario as it was loaded, or the path of a file
    over            : `PATH = x1..x1.3` or `PATH = LOW..HIGH`, one or several
    metric          : the text of a key (docs/results.md), a share of all trials
    confidence      : of the bound, above 0 and below 1, or `99%`
    settings, asked : as for `run`; the benchmark variant and the truths of the paths, if none is named
    progress        : called with (cells answered, cells in all)
    journal         : as for `run`

    TrialstopError for what cannot be read, a path that is no hazard, a range that is none, a metric that is
    no such share, and where nothing gives a bound.
    """
    if not isinstance(over, Iterable):
        raise TrialstopError(f"over is {show(over)}, allowed a text such as 'PATH = x1..x1.3', or several")
    over = [over] if isinstance(over, str) else list(over)
    refuse_unless_text(metric=metric, **{f"over[{i}]": text for i, text in enumerate(over)})
    prepared = prepare_bound(
        source_of(scenario), over, metric, confidence, (settings or Settings()).changed(asked)
    )
    return BoundResult(prepared.play(progress=progress, journal=journal))
