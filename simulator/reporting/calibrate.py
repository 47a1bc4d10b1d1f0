"""Calibrating a rule in Python: what was found, its table, its figure, its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from simulator.errors import refuse_unless_text
from simulator.loading.source import source_of
from simulator.model.scenario import Scenario
from simulator.reporting.calibration import LINE, render_calibration
from simulator.reporting.figures import what_if_figures
from simulator.study.settings import Asked, Settings
from simulator.study.underway import Progress, silent
from simulator.what_ifs.calibrated import Calibrated
from simulator.what_ifs.calibrating import prepare_calibration
from simulator.what_ifs.findings import Findings

if TYPE_CHECKING:
    import pyarrow
    from matplotlib.figure import Figure

__all__ = ["Calibration", "calibrate"]


@dataclass(frozen=True, slots=True)
class Calibration:
    """A rule that was calibrated. findings: every cell that was asked, and what was found in them."""

    findings: Findings[Calibrated]

    @property
    def settings(self) -> tuple[str, ...]:
        """Values of what was varied that have the boundary chosen, as they would stand in the file."""
        return self.findings.found.group.values

    @property
    def achieved(self) -> float:
        """The level of the boundary chosen: exact, or in trials that did not choose it."""
        return self.findings.found.achieved.value

    def table(self, *, full: bool = False, width: int = LINE) -> str:
        """What was tried, the boundary chosen and what it does, as text. full: all that was tried."""
        return render_calibration(self.findings, full=full, width=width)

    def figure(self) -> Figure:
        """The level of each boundary that was tried, the target, and what is achieved."""
        return next(iter(what_if_figures(self.findings).values()))

    def to_arrow(self) -> pyarrow.Table:
        """Every cell that was asked as rows of an Arrow table (docs/results.md)."""
        from simulator.what_ifs.tidy_cells import tidy_cells

        return tidy_cells(self.findings)


def calibrate(
    scenario: Scenario | str | PathLike[str],
    rule: str,
    vary: str,
    target: str,
    settings: Settings | None = None,
    *,
    sure: bool = False,
    progress: Progress = silent,
    journal: Path | None = None,
    **asked: Unpack[Asked],
) -> Calibration:
    """The setting of a rule with which trials, played as they are run, meet a target.

    scenario : a scenario as its file has it, or the path of one
    rule     : its name, of the variant that the settings name, or of the benchmark
    vary     : a value of it, `PATH=v1,v2` or `PATH=FROM:TO:HOW_MANY[:log]`; `PATH`: the range assumed of it
    target   : `p_stop<=5% under planned`, or `>=`; without a truth, those acceptable, or those that are not
    sure     : the one-sided 95 % limit of the estimate is to meet it, not the estimate
    settings, asked, journal : as for `run`; without precision and records
    progress : called with (cells answered, cells asked for so far)

    TrialstopError where no setting meets the target, with the levels there are; and for what is not allowed.
    """
    refuse_unless_text(rule=rule, vary=vary, target=target)
    prepared = prepare_calibration(
        source_of(scenario), rule, vary, target, (settings or Settings()).changed(asked), sure=sure
    )
    return Calibration(prepared.play(progress=progress, journal=journal))
