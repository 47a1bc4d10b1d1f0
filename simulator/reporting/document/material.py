"""What every part of a report is made from: the scenario, its results, and trials played for the report."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from simulator.model.metric import Key
from simulator.model.scenario import Scenario
from simulator.program.tables import Program
from simulator.reporting.doses import with_dose_finding
from simulator.study.results import Results
from simulator.study.run import prepare
from simulator.study.settings import Settings
from simulator.study.underway import Progress, silent
from simulator.study.units import BLOCK, CellKey
from simulator.what_ifs.sensitivity import Hazard, hazards_of

__all__ = ["ABOVE", "NONE", "STOP", "Material", "gather", "most_played"]

MOST_PLAYED, LEAST_PLAYED = 5_000, 2_000  # trials of each cell for pictures, sliders and examples
MOST_IN_ALL = 100_000  # of all cells, if that leaves LEAST_PLAYED: a second or two
STOP = Key("p_stop")
ABOVE, NONE = Key("p_select", word="above_target"), Key("p_select", word="none")


@dataclass(frozen=True, kw_only=True)
class Material:
    """results: the numbers that are reported. played: the first trials of the same run, with every trial's
    values, for what a stored run has not kept. moved: the metric that hazards are asked to move, if any."""

    scenario: Scenario
    results: Results
    played: Results
    programs: Mapping[CellKey, Program]
    moved: Key | None

    @cached_property
    def events(self) -> list[str]:
        """Events that a rule of any variant counts."""
        return self.scenario.counted_events(self.results.variants)

    def command(self, name: str, *options: str) -> str:
        """A command on the scenario, as it is typed."""
        sets = (part for change in self.scenario.sets for part in ("--set", change))
        return shlex.join(["trialstop", name, self.scenario.file, *options, *sets])

    @property
    def unsourced(self) -> str:
        """`8 numbers without a source: ...`, as the check of the file has it; "" where each has one."""
        found = (warning.found for warning in self.scenario.warnings if warning.path == "provenance")
        return next(found, "")

    @property
    def acts(self) -> bool:
        """Whether any rule can stop a trial."""
        return any(cell.facts.acts for cell in self.results.cells)

    @property
    def finds(self) -> bool:
        """Whether any variant finds doses."""
        return with_dose_finding(self.results)

    @property
    def benchmark(self) -> str:
        """The benchmark, or the first variant where that was not run."""
        variants = self.results.variants
        return self.results.benchmark if self.results.benchmark in variants else variants[0]

    def judged(self, acceptable: object) -> list[str]:
        """Truths of which the scenario says so."""
        says = {cell.truth: cell.acceptable for cell in self.results.cells}
        return [truth for truth in self.results.truths if says[truth] is acceptable]

    @cached_property
    def compared(self) -> tuple[str, ...]:
        """The benchmark, and the design that stops most often where a stop is wanted, if that is another."""
        truths, benchmark = self.judged(False) or list(self.results.truths), self.benchmark

        def stops(variant: str) -> float:
            return sum(self.results.cell(variant, truth).metrics[STOP].level or 0.0 for truth in truths)

        most = max(self.results.variants, key=stops)
        return (benchmark,) if stops(most) <= stops(benchmark) else (benchmark, most)

    @cached_property
    def hazards(self) -> tuple[Hazard, ...]:
        """What each hazard does to `moved` in the designs compared, under each truth."""
        if self.moved is None:
            return ()
        return tuple(
            hazard
            for cell in self.played.cells
            if cell.variant in self.compared
            for hazard in hazards_of(cell, self.programs[cell.variant, cell.truth], self.moved)
        )


def gather(
    scenario: Scenario,
    results: Results,
    *,
    cells: Mapping[CellKey, Program] | None = None,
    jobs: int = 0,
    progress: Progress = silent,
) -> Material:
    """Play the first trials of a run again, as many as `most_played`, and ask what hazards do to it.

    cells: the Programs of the run, where they are at hand."""
    trials = max(min(results.run.trials, most_played(len(results.cells))), 1)
    settings = Settings(
        variants=results.variants,
        truths=results.truths,
        trials=trials,
        seed=results.run.seed,
        self_check=0,
        jobs=jobs,
        engine="simpy" if results.run.engine == "simpy" else "auto",
    )
    prepared = replace(prepare(scenario, settings, cells=cells), sensitive=_moved(results))
    return Material(
        scenario=scenario,
        results=results,
        played=prepared.play(progress=progress),
        programs=prepared.cells,
        moved=prepared.sensitive,
    )


def most_played(cells: int) -> int:
    """Of each cell where there are so many, in whole blocks."""
    shared = MOST_IN_ALL // cells // BLOCK * BLOCK
    return max(min(MOST_PLAYED, shared), LEAST_PLAYED)


def _moved(results: Results) -> Key | None:
    """How often a dose above the target is selected, where all find doses; else how often trials stop."""
    if all(ABOVE in cell.metrics and cell.metrics[ABOVE].value is not None for cell in results.cells):
        return ABOVE
    return STOP if any(cell.facts.acts for cell in results.cells) else None
