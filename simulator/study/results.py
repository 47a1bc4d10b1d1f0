"""Results of a run: one cell per variant and truth, with everything needed to repeat it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from simulator.errors import TrialstopError
from simulator.study.cell import Cell
from simulator.study.pairs import PairCell
from simulator.study.used_up import Weighed, weigh
from simulator.study.weighted import WeightedCell

if TYPE_CHECKING:
    import pyarrow

__all__ = ["FORMAT", "Cell", "Results", "RunInfo"]

FORMAT = "trialstop/results/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInfo:
    """How the numbers were made.

    seconds: playing time, without start-up and drawing. engine_note: why it is not the compiled
    engine. precision: the half-width that was asked for.
    """

    trials: int
    seed: int
    engine: str
    versions: Mapping[str, str]
    command: str
    seconds: float
    engine_note: str = ""
    precision: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """All cells of a run, in the order variants, then truths, of the file.

    compared: trials that were also played on the SimPy engine, every field of their records the same.
    pairs: variants compared trial by trial, pair by pair and truth by truth; none of a plain run.
    weights: truth -> its share of the scenario's weights. weighted: each variant averaged over these truths;
    none where one of them was not run. notes: what a reader must know.
    """

    title: str
    question: str
    file: str
    sha256: str
    benchmark: str
    run: RunInfo
    cells: tuple[Cell, ...]
    assumptions: tuple[Mapping[str, str | None], ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    compared: int = 0
    pairs: tuple[PairCell, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    weighted: tuple[WeightedCell, ...] = ()

    @property
    def variants(self) -> tuple[str, ...]:
        """Variants that were run, in order."""
        return tuple(dict.fromkeys(cell.variant for cell in self.cells))

    @property
    def truths(self) -> tuple[str, ...]:
        """Truths that were run, in order."""
        return tuple(dict.fromkeys(cell.truth for cell in self.cells))

    @property
    def only_votes(self) -> bool:
        """Whether there are rules, and none of them acts in any cell."""
        rules = [rule for cell in self.cells for rule in cell.facts.rules]
        return bool(rules) and not any(rule.acts for rule in rules)

    def cell(self, variant: str, truth: str) -> Cell:
        """One cell by name; TrialstopError if it was not run."""
        for cell in self.cells:
            if (cell.variant, cell.truth) == (variant, truth):
                return cell
        ran = f"variants {', '.join(self.variants)}; truths {', '.join(self.truths)}"
        raise TrialstopError(f"no cell of variant {variant!r} and truth {truth!r} was run; there are {ran}")

    def hazards(self) -> Weighed | None:
        """Events of every component against the hazard that it used up; None where that was not counted."""
        return weigh(self.cells)

    def self_check(self) -> dict[str, Any]:
        """Trials replayed on the second engine, simulated against exact, and hazards against events."""
        zs = [abs(z) for cell in self.cells for z in cell.differences().values()]
        hazards = self.hazards()
        return {
            "compared": self.compared,
            "mismatches": 0,
            "exact_compared": len(zs),
            "largest_difference_in_se": max(zs, default=None),
            "components": hazards.components if hazards else 0,
            "largest_log_e": hazards.worst.log_e if hazards else None,
            "allowed_log_e": hazards.allowed if hazards else None,
        }

    def as_json(self) -> dict[str, Any]:
        """The stable contract, docs/results.md."""
        return {
            "format": FORMAT,
            "scenario": {
                "title": self.title,
                "question": self.question,
                "file": self.file,
                "sha256": self.sha256,
                "benchmark": self.benchmark,
            },
            "run": asdict(self.run),
            "cells": [cell.as_json() for cell in self.cells],
            **({"pairs": [pair.as_json() for pair in self.pairs]} if self.pairs else {}),
            **(self._weighted_as_json() if self.weights else {}),
            "self_check": self.self_check(),
            "assumptions": [dict(a) for a in self.assumptions],
            "warnings": list(self.warnings),
            **({"notes": list(self.notes)} if self.notes else {}),
        }

    def _weighted_as_json(self) -> dict[str, Any]:
        return {"weights": dict(self.weights), "weighted": [each.as_json() for each in self.weighted]}

    def to_arrow(self) -> pyarrow.Table:
        """Every number as one row of an Arrow table, each part of its key a column (docs/results.md)."""
        from simulator.study.tidy import tidy

        return tidy(self.cells, self.weighted)

    def _repr_html_(self) -> str:
        """A table of the headlines, for notebooks."""
        from simulator.study.html import html_table

        return html_table(f"{self.title}: {self.run.trials:,} trials per row", self.cells, self.weighted)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Results:
        """Results read back, without the trials (trials.parquet). TrialstopError for another format."""
        if data.get("format") != FORMAT:
            raise TrialstopError(f"the format of these results is {data.get('format')}, allowed {FORMAT}")
        return cls(
            **data["scenario"],
            run=RunInfo(**data["run"]),
            cells=tuple(Cell.from_json(cell) for cell in data["cells"]),
            assumptions=tuple(data["assumptions"]),
            warnings=tuple(data["warnings"]),
            notes=tuple(data.get("notes", ())),
            compared=data["self_check"]["compared"],
            pairs=tuple(PairCell.from_json(pair) for pair in data.get("pairs", ())),
            weights=data.get("weights", {}),
            weighted=tuple(WeightedCell.from_json(each) for each in data.get("weighted", ())),
        )
