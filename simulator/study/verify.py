"""Do the engines agree with each other, and with exact calculation where there is one?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from statistics import NormalDist

from simulator.engines.compare import first_difference
from simulator.loading.load import scenario_of
from simulator.metrics.text import text_of
from simulator.model import metric
from simulator.model.scenario import Scenario
from simulator.study.recount import natures, recounted
from simulator.study.run import prepare
from simulator.study.runner import Listener, compile_engine
from simulator.study.settings import DEFAULT_SEED, Settings, whole
from simulator.study.units import CellKey, EngineName, Work, player

__all__ = ["BEYOND_CHANCE", "Findings", "Verdict", "limit_of", "verify"]

BEYOND_CHANCE = 1e-4  # of a false alarm over all comparisons
PIECE = 100  # trials replayed at once
ENGINES: tuple[EngineName, EngineName] = ("compiled", "simpy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One cell. differences: metric -> simulated minus exact in standard errors; mismatch: "" if none."""

    variant: str
    truth: str
    replayed: int
    not_replayed: str
    mismatch: str
    differences: dict[metric.Key, float]
    no_exact: str

    @property
    def worst(self) -> str:
        """The metric that is furthest from its exact value, as text; "" without one."""
        return text_of(self._worst) if self._worst is not None else ""

    @property
    def largest(self) -> float:
        """How far that is."""
        return abs(self.differences[self._worst]) if self._worst is not None else 0.0

    @property
    def _worst(self) -> metric.Key | None:
        return max(self.differences, key=lambda key: abs(self.differences[key]), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What `verify` found, cell by cell."""

    verdicts: tuple[Verdict, ...]

    @property
    def compared(self) -> int:
        """How many estimates were compared with exact values."""
        return sum(len(verdict.differences) for verdict in self.verdicts)

    @property
    def limit(self) -> float:
        """Standard errors beyond which one of them is not chance."""
        return limit_of(self.compared)

    @property
    def wrong(self) -> tuple[Verdict, ...]:
        """Cells whose engines differ, or that are further from an exact value than the limit."""
        return tuple(v for v in self.verdicts if v.mismatch or v.largest > self.limit)


def limit_of(comparisons: int) -> float:
    """Standard errors that the largest of so many differences exceeds by chance with BEYOND_CHANCE."""
    return NormalDist().inv_cdf(1.0 - BEYOND_CHANCE / 2.0 / max(comparisons, 1))


def verify(
    scenario: Scenario | str | PathLike[str],
    *,
    variants: Sequence[str] = (),
    truths: Sequence[str] = (),
    trials: int = 10_000,
    replay: int = 200,
    seed: int = DEFAULT_SEED,
    listener: Listener | None = None,
) -> Findings:
    """Every cell: `replay` trials on both engines, field by field, and their used-up hazards counted once
    more from closed forms; `trials` against exact values.

    scenario: a scenario, or the path of its file. listener: is told of compiling, and of trials played on
    both engines. TrialstopError for what cannot be read or is not there, and for numbers that are none of
    trials or a seed.
    """
    scenario, replay = scenario_of(scenario), whole("replay", replay, 0)
    prepared = prepare(
        scenario,
        Settings(variants=variants, truths=truths, trials=trials, seed=seed, self_check=0),
        compare=True,
    )
    cells, engine, why = prepared.cells, prepared.engine, prepared.engine_note
    mismatches: dict[CellKey, str] = {}
    if engine == "compiled":
        listener = listener or Listener()
        compile_engine(next(iter(cells.values())), listener)
        work = Work(
            cells=cells,
            natures=natures(scenario, cells),
            benchmark=scenario.benchmark,
            seed=seed,
            engine=engine,
        )
        mismatches = _mismatches(work, replay, listener)
    return Findings(
        verdicts=tuple(
            Verdict(
                variant=cell.variant,
                truth=cell.truth,
                replayed=replay if engine == "compiled" else 0,
                not_replayed=why or "not asked for",
                mismatch=mismatches.get((cell.variant, cell.truth), ""),
                differences=cell.differences(),
                no_exact=cell.no_exact,
            )
            for cell in prepared.play().cells
        )
    )


def _mismatches(work: Work, replay: int, listener: Listener) -> dict[CellKey, str]:
    """What is wrong first in each cell's first `replay` trials, "" if nothing: a difference between the
    engines, or a hazard that is not used up as the scenario says."""
    found: dict[CellKey, str] = {}
    with listener.progress() as told:
        for number, (key, program) in enumerate(work.cells.items()):
            for first in range(0, replay, PIECE):
                size = min(PIECE, replay - first)
                mine, reference = (player(engine, work.seed)(program, first, size) for engine in ENGINES)
                found[key] = (
                    found.get(key, "")
                    or first_difference(mine, reference)
                    or recounted(work.natures[key], program, mine, work.seed)
                )
                told(number * replay + first + size, replay * len(work.cells))
    return found
