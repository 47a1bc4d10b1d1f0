"""Two designs on the same trials, from Python: what `trialstop compare` prints, and every number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from simulator.errors import TrialstopError, refuse_unless_text
from simulator.loading.load import scenario_of
from simulator.loading.source import source_of
from simulator.model.scenario import Scenario
from simulator.reporting.comparison import LINE, render_comparison
from simulator.reporting.plots import difference
from simulator.reporting.plots._shown import OfRun
from simulator.reporting.style import style
from simulator.reporting.tables import counted_events
from simulator.study.comparing import chosen, prepare_comparison
from simulator.study.pairs import PairCell
from simulator.study.results import Results
from simulator.study.settings import Asked, Settings
from simulator.study.underway import Progress, silent
from simulator.what_ifs.matching import prepare_matched

if TYPE_CHECKING:
    import pyarrow
    from matplotlib.figure import Figure

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was compared. results: those of every cell, with the pairs."""

    results: Results

    @property
    def pairs(self) -> tuple[PairCell, ...]:
        """Pair by pair, truth by truth."""
        return self.results.pairs

    def pair(self, first: str, other: str, truth: str) -> PairCell:
        """One pair by name; TrialstopError if it was not compared."""
        for pair in self.pairs:
            if (pair.first, pair.other, pair.truth) == (first, other, truth):
                return pair
        there = dict.fromkeys(f"{pair.first} minus {pair.other}" for pair in self.pairs)
        raise TrialstopError(
            f"{first!r} minus {other!r} under {truth!r} was not compared; there are: {', '.join(there)}; "
            f"truths {', '.join(self.results.truths)}"
        )

    def table(
        self,
        metrics: Sequence[str] = (),
        *,
        events: Sequence[str] = (),
        full: bool = False,
        width: int = LINE,
    ) -> str:
        """The cost, and last how often trials stop, as text.

        metrics: those beside P(stop), such as `n_enrolled`; if none is named, patients enrolled, those with
        each of `events` (all if none is named), and the duration. full: every metric. TrialstopError for a
        metric that was not compared, and for an event that is not there.
        """
        keys = chosen(metrics, {key for pair in self.pairs for key in pair.metrics})
        events = counted_events(self.results, events)
        return render_comparison(self.results, metrics=keys, events=events, full=full, width=width)

    def figure(self) -> Figure:
        """P(stop) under the first minus the other, with its interval, by truth; the first page."""
        with style():
            return difference.draw(OfRun(results=self.results))[0]

    def to_arrow(self) -> pyarrow.Table:
        """Every difference as one row of an Arrow table (docs/results.md)."""
        from simulator.study.tidy import tidy_pairs

        return tidy_pairs(self.pairs)


def compare(
    scenario: Scenario | str | PathLike[str],
    other: Scenario | str | PathLike[str] | None = None,
    settings: Settings | None = None,
    *,
    matching: tuple[str, str] | None = None,
    progress: Progress = silent,
    journal: Path | None = None,
    **asked: Unpack[Asked],
) -> Comparison:
    """Variants of a scenario on the same trials, the first that is named minus each other; or two scenarios.

    scenario, other : scenarios, or paths of files
    settings, asked : as for `run`; variants in the order in which they are compared
    matching : a target and what is varied, ("p_stop<=5% under planned", "design...count=1,2,3"): each variant
               is first set to the value whose level is nearest to the target, of those that meet it
    progress, journal : as for `run`

    TrialstopError for what cannot be read, a single variant, two scenarios without a truth in common, and
    where no value meets the target.
    """
    settings = (settings or Settings()).changed(asked)
    if matching is not None:
        if other is not None:
            raise TrialstopError("variants of one scenario can be matched, not two scenarios")
        pair: object = matching
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TrialstopError("matching takes two texts, (target, vary)")
        refuse_unless_text(target=pair[0], vary=pair[1])
        prepared = prepare_matched(source_of(scenario), *matching, settings)
    else:
        against = None if other is None else scenario_of(other)
        prepared = prepare_comparison(scenario_of(scenario), against, settings)
    return Comparison(prepared.play(progress=progress, journal=journal))
