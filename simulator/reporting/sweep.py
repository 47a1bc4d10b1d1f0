"""Values moved, and values found, from Python: what `trialstop sweep` prints, and every number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from simulator.errors import refuse_unless_text
from simulator.loading.source import source_of
from simulator.model.scenario import Scenario
from simulator.reporting.figures import what_if_figures
from simulator.reporting.solve_tables import render_solve
from simulator.reporting.sweep_tables import LINE, render_sweep
from simulator.study.settings import Asked, Settings
from simulator.study.underway import Progress, silent
from simulator.what_ifs.answers import Answer
from simulator.what_ifs.cells import Place
from simulator.what_ifs.findings import Findings
from simulator.what_ifs.solved import Solution, Solved
from simulator.what_ifs.solving import prepare_solve
from simulator.what_ifs.sweeping import Swept, prepare_sweep
from simulator.what_ifs.weights.asked import Weighing

if TYPE_CHECKING:
    import pyarrow
    from matplotlib.figure import Figure

__all__ = ["SolveResult", "SweepResult", "solve", "sweep"]


@dataclass(frozen=True, slots=True)
class SweepResult:
    """A sweep. findings: the answer of every setting, variant and truth."""

    findings: Findings[Swept]

    def answer(self, variant: str, truth: str, *values: str) -> Answer:
        """Of one setting, its values in the order of what is varied; TrialstopError if it was not asked."""
        vary = self.findings.vary
        changes = tuple(each.change(value) for each, value in zip(vary, values, strict=True))
        return self.findings.answer(Place(changes, variant, truth))

    def table(self, *, width: int = LINE) -> str:
        """A table per metric and variant, as text."""
        return render_sweep(self.findings, width=width)

    def figures(self) -> dict[str, Figure]:
        """Curves or heat maps of each metric, and true against false stops, by name."""
        return what_if_figures(self.findings)

    def figure(self) -> Figure:
        """The first of them."""
        return next(iter(self.figures().values()))

    def to_arrow(self) -> pyarrow.Table:
        """Every setting and metric as one row of an Arrow table (docs/results.md)."""
        from simulator.what_ifs.tidy_cells import tidy_cells

        return tidy_cells(self.findings)


@dataclass(frozen=True, slots=True)
class SolveResult:
    """A search. findings: every value that was asked; `findings.found` has what was found."""

    findings: Findings[Solved]

    @property
    def solutions(self) -> tuple[Solution, ...]:
        """Of every variant under every truth."""
        return self.findings.found.solutions

    def table(self, *, width: int = LINE) -> str:
        """The values found, as text."""
        return render_solve(self.findings, width=width)

    def figure(self) -> Figure:
        """The curve that was asked, and where it reaches the target; the first page."""
        return next(iter(what_if_figures(self.findings).values()))

    def to_arrow(self) -> pyarrow.Table:
        """Every value that was asked as one row of an Arrow table (docs/results.md)."""
        from simulator.what_ifs.tidy_cells import tidy_cells

        return tidy_cells(self.findings)


def _texts(name: str, given: object) -> list[str]:
    """One text or several. TrialstopError for anything else."""
    texts: list[Any] = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    for each in texts:
        refuse_unless_text(**{name: each})
    return texts


def sweep(
    scenario: Scenario | str | PathLike[str],
    vary: str | Sequence[str],
    metrics: str | Sequence[str] = (),
    settings: Settings | None = None,
    *,
    against: bool = False,
    weighing: Weighing = Weighing(),  # noqa: B008 - frozen
    progress: Progress = silent,
    journal: Path | None = None,
    **asked: Unpack[Asked],
) -> SweepResult:
    """Operating characteristics at every setting of one or two values, on the same candidates.

    scenario : a scenario as it was loaded, or the path of its file
    vary     : `PATH=v1,v2` or `PATH=FROM:TO:HOW_MANY[:log]`, one or two
    metrics  : texts of keys (docs/results.md); P(stop) if none is named, or the doses selected
               where no rule can stop a trial
    against  : true stops and their cost are set against false stops
    weighing : from how many effective trials cells are answered by weights, or `Weighing(play=True)`
    settings, asked, journal : as for `run`, without precision and records
    progress : called with (cells answered, cells asked for so far)

    TrialstopError for what cannot be read or is not allowed.
    """
    varied, wanted = _texts("vary", vary), _texts("metrics", metrics)
    prepared = prepare_sweep(
        source_of(scenario),
        varied,
        wanted,
        (settings or Settings()).changed(asked),
        against=against,
        weighing=weighing,
    )
    return SweepResult(prepared.play(progress=progress, journal=journal))


def solve(
    scenario: Scenario | str | PathLike[str],
    vary: str,
    target: str,
    settings: Settings | None = None,
    *,
    weighing: Weighing = Weighing(),  # noqa: B008 - frozen
    progress: Progress = silent,
    journal: Path | None = None,
    **asked: Unpack[Asked],
) -> SolveResult:
    """The value at which a metric is what is asked, such as `p_stop=50%`, with its interval.

    vary : `PATH=FROM:TO:N`, the range that is searched; a PATH alone has that of the assumption there
    scenario, settings, asked, weighing, progress, journal : as for `sweep`

    Where there is no such value, `solutions` say why. TrialstopError for what is not allowed.
    """
    refuse_unless_text(vary=vary, target=target)
    prepared = prepare_solve(
        source_of(scenario),
        vary,
        target,
        (settings or Settings()).changed(asked),
        weighing=weighing,
    )
    return SolveResult(prepared.play(progress=progress, journal=journal))
