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
    """How the numbers were made. seconds: playing time, without start-up and drawing."""

    trials: int
    seed: int
    engine: str
    versions: Mapping[str, str]
    command: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One variant under one truth.

    metrics: key -> estimate, with the exact value where there is one. no_exact: why there is none.
    columns: key -> one value per trial (empty when read back from results.json).
    """

    variant: str
    truth: str
    acceptable: bool | None
    metrics: Mapping[str, Estimate]
    no_exact: str = ""
    columns: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def differences(self) -> list[float]:
        """Simulated minus exact in standard errors, wherever that can be judged.

        A share that is nearly 0 or 1 is compared only if the simulation can be expected to meet both
        cases FEW times, and so are means of a cell that hardly ever, or nearly always, stops.
        """
        p_stop = self.metrics.get("p_stop", Estimate(value=None)).exact
        out = []
        for key, e in self.metrics.items():
            p = e.exact if key.startswith("p_") else p_stop
            if p is None or e.n * min(p, 1.0 - p) < FEW:
                continue
            z = e.z(share=key.startswith("p_"))
            if z is not None:
                out.append(z)
        return out

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

    self_check: how the simulation fared against exact values and, with a second engine, replays.
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
        """Replays compared (none yet: one engine), and simulated against exact in standard errors."""
        zs = [abs(z) for cell in self.cells for z in cell.differences()]
        return {
            "compared": 0,
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
        )
