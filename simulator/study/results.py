"""Results of a run: one cell per variant and truth, with everything needed to repeat it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from simulator.errors import TrialstopError
from simulator.model.estimate import Estimate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["FORMAT", "Cell", "Results", "RunInfo"]

FORMAT = "trialstop/results/1"
FEW = 10  # cases expected, below which a comparison with the exact value says nothing


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
class Cell:
    """One variant under one truth.

    metrics: key -> estimate, with the exact value where there is one. no_exact: why there is none.
    distributions: of a few times (metrics.tally) every finite value. columns: key -> one value per trial.
    Both are empty when read back from results.json, and columns of large runs.
    """

    variant: str
    truth: str
    acceptable: bool | None
    metrics: Mapping[str, Estimate]
    no_exact: str = ""
    distributions: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    columns: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def differences(self) -> dict[str, float]:
        """Metric -> simulated minus exact in standard errors, wherever that can be judged.

        A share that is nearly 0 or 1 is compared only if the simulation can be expected to meet both
        cases FEW times, and so are means of a cell that hardly ever, or nearly always, stops; means at a
        dose only if it is reached so often.
        """
        out = {}
        for key, e in self.metrics.items():
            z = e.z(share=key.startswith("p_"))
            if z is not None and self._can_be_judged(key, e):
                out[key] = z
        return out

    def _can_be_judged(self, key: str, e: Estimate) -> bool:
        reached = self.metrics.get(f"p_reach.{key.partition('.')[2]}")
        if not key.startswith("p_") and reached is not None and reached.exact is not None:
            return e.n * reached.exact >= FEW
        p = e.exact if key.startswith("p_") else self.metrics.get("p_stop", Estimate(value=None)).exact
        return p is None or e.n * min(p, 1.0 - p) >= FEW

    def as_json(self) -> dict[str, Any]:
        """The cell as the results contract has it; a value that is not defined is null."""
        metrics = {
            key: {name: value for name, value in asdict(e).items() if name != "sd"} | {"sd": e.sd}
            for key, e in self.metrics.items()
        }
        return {
            "variant": self.variant,
            "truth": self.truth,
            "acceptable": self.acceptable,
            "no_exact": self.no_exact,
            "metrics": metrics,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """All cells of a run, in the order variants, then truths, of the file.

    compared: trials that were also played on the SimPy engine, every field of their records the same.
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
    compared: int = 0

    @property
    def variants(self) -> tuple[str, ...]:
        """Variants that were run, in order."""
        return tuple(dict.fromkeys(cell.variant for cell in self.cells))

    @property
    def truths(self) -> tuple[str, ...]:
        """Truths that were run, in order."""
        return tuple(dict.fromkeys(cell.truth for cell in self.cells))

    def cell(self, variant: str, truth: str) -> Cell:
        """One cell by name; TrialstopError if it was not run."""
        for cell in self.cells:
            if (cell.variant, cell.truth) == (variant, truth):
                return cell
        ran = f"variants {', '.join(self.variants)}; truths {', '.join(self.truths)}"
        raise TrialstopError(f"no cell of variant {variant!r} and truth {truth!r} was run; there are {ran}")

    def self_check(self) -> dict[str, Any]:
        """Trials replayed on the second engine, and simulated against exact in standard errors."""
        zs = [abs(z) for cell in self.cells for z in cell.differences().values()]
        return {
            "compared": self.compared,
            "mismatches": 0,
            "exact_compared": len(zs),
            "largest_difference_in_se": max(zs, default=None),
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
            "self_check": self.self_check(),
            "assumptions": [dict(a) for a in self.assumptions],
            "warnings": list(self.warnings),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Results:
        """Results read back; the trials themselves are in trials.parquet."""
        scenario = data["scenario"]
        cells = tuple(
            Cell(
                variant=c["variant"],
                truth=c["truth"],
                acceptable=c["acceptable"],
                no_exact=c["no_exact"],
                metrics={key: Estimate(**e) for key, e in c["metrics"].items()},
            )
            for c in data["cells"]
        )
        return cls(
            **scenario,
            run=RunInfo(**data["run"]),
            cells=cells,
            assumptions=tuple(data["assumptions"]),
            warnings=tuple(data["warnings"]),
            compared=data["self_check"]["compared"],
        )
