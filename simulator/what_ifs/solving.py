"""The value at which a metric reaches a target, of every variant under every truth.

Exact metrics are solved for as functions. Simulated ones are, on trials that all values share, a curve of
those trials: it is asked at places that close in on where it, and its 95 % interval, meet the target.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from simulator.errors import QuantityError, ScenarioError, TrialstopError
from simulator.loading.nodes import Path, path_text
from simulator.loading.paths import parse_path
from simulator.loading.source import Source
from simulator.study.settings import Settings
from simulator.what_ifs.assumed import assumed_range
from simulator.what_ifs.cells import Cells, Place
from simulator.what_ifs.inquiry import Inquiry, begin, overridden
from simulator.what_ifs.planner import Planner
from simulator.what_ifs.searching import searched
from simulator.what_ifs.solved import Solution, Solved
from simulator.what_ifs.sweeping import refuse_what_cannot_be
from simulator.what_ifs.targets import Target, parse_target, written
from simulator.what_ifs.vary import Range, Vary, parse_vary
from simulator.what_ifs.weights.asked import Weighing

__all__ = ["Solve", "prepare_solve"]


@dataclass(frozen=True, kw_only=True)
class Solve(Inquiry[Solved]):
    """A search ready to be played. whole: whether the file takes whole numbers only."""

    target: Target
    within: Range
    whole: bool

    def ask(self, planner: Planner) -> tuple[Solved, Sequence[Place], Sequence[str]]:
        """All searches in step, so that the cells that they ask for are played together."""
        names = [(v, t) for v in self.settings.variants for t in self.settings.truths]
        told = partial(written, self.target.key, digits=4)
        searches = {
            name: searched(self.within, self.target.value, whole=self.whole, written=told) for name in names
        }
        waiting = {name: next(search) for name, search in searches.items()}
        asked: dict[tuple[str, str], dict[float, Place]] = {name: {} for name in names}
        found: dict[tuple[str, str], Solution] = {}
        while waiting:
            for name, numbers in waiting.items():
                asked[name] |= {x: self._place(*name, x) for x in numbers}
            planner.answers([asked[name][x] for name, numbers in waiting.items() for x in numbers])
            levels = {
                name: {x: planner.answer(asked[name][x]).estimate(self.target.key) for x in numbers}
                for name, numbers in waiting.items()
            }
            waiting = {}
            for name, values in levels.items():
                try:
                    waiting[name] = searches[name].send(values)
                except StopIteration as end:
                    found[name] = Solution(*name, **end.value)
        places = [asked[name][x] for name in names for x in sorted(asked[name])]
        solved = Solved(self.target.text(), self.vary[0].path, tuple(found[name] for name in names))
        return solved, places, ()

    def read_found(self, data: Mapping[str, Any]) -> Solved:
        """From results.json."""
        return Solved.from_json(data)

    def _place(self, variant: str, truth: str, number: float) -> Place:
        return Place((self.vary[0].change(self.within.scale.text(number)),), variant, truth)


def prepare_solve(
    source: Source,
    vary: str,
    target: str,
    settings: Settings | None = None,
    *,
    weighing: Weighing = Weighing(),  # noqa: B008 - frozen
) -> Solve:
    """A search ready to be played, or kept in a folder (`runner.stored_or_played`).

    vary: `PATH=FROM:TO:N` or `PATH=FROM,TO`, the range that is searched; a PATH alone has that of the
    assumption there. target: `p_stop=50%`. TrialstopError for a range that is none, or that the file cannot
    have; and as `begin`.
    """
    aim = parse_target(target, option="--solve", signs=("=",))
    settings = settings or Settings()
    if aim.truth is not None:
        settings = replace(settings, truths=(aim.truth,))
    begun = begin(source, settings, [aim.key], numbers_only=True)
    within, path = _range(source, vary)
    varied = Vary(path, (within.scale.text(within.low), within.scale.text(within.high)))
    refuse_what_cannot_be(begun.cells, [(varied.change(value),) for value in varied.values])
    return Solve(
        begun=begun,
        asks=("sweep", f"--vary={vary}", f"--solve={target}", *weighing.asks),
        weighing=weighing,
        vary=(varied,),
        notes=tuple(overridden(source, path, begun.settings.variants)),
        target=aim,
        within=within,
        whole=_takes_whole(begun.cells, varied, within),
    )


def _range(source: Source, vary: str) -> tuple[Range, str]:
    """What is searched, and the place."""
    if "=" not in vary:
        path, found = assumed_range(source, path_text(_path(vary)))
        return found, path
    varied = parse_vary(vary)
    between = Vary(varied.path, (varied.values[0], varied.values[-1])).range
    if between is None or between.low == between.high:
        raise TrialstopError(f"--vary {vary}: found no range to search, allowed PATH=FROM:TO:N, two numbers")
    return between, varied.path


def _path(text: str) -> Path:
    try:
        return parse_path(text)
    except QuantityError as error:
        raise TrialstopError(f"--vary {text}: found {error.found}, allowed {error.allowed}") from None


def _takes_whole(cells: Cells, varied: Vary, within: Range) -> bool:
    """Whether the file takes whole numbers only: it refuses what lies between two of them."""
    if not within.scale.whole:
        return False
    try:
        cells.scenario((varied.change(within.scale.text(within.low + 0.5)),))
    except ScenarioError:
        return True
    return False
