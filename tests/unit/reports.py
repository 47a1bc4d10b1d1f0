"""What tests of the report share: material of shipped scenarios and of small ones."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from simulator.reporting.document.material import Material, gather
from simulator.reporting.document.pieces import (
    Items,
    Note,
    Piece,
    Prose,
)
from simulator.study.run import run
from simulator.what_ifs.weights.asked import LEAST
from tests.helpers import ROOT, SEED, loaded, scenario

FEW = 40  # trials of each cell, and of LENI as many as sliders need


@lru_cache(maxsize=4)
def material(name: str) -> Material:
    """Of a shipped scenario: at most two variants, the benchmark among them, under at most three truths."""
    found = loaded(ROOT / f"scenarios/{name}.yaml")
    variants = list(dict.fromkeys([found.benchmark, *found.designs]))[:2]
    results = run(
        found,
        variants=variants,
        truths=[*found.truths][:3],
        trials=LEAST if name == "leni" else FEW,
        seed=SEED,
        self_check=0,
    )
    return gather(found, results)


def of(design: dict[str, Any], truths: dict[str, Any], trials: int = 200) -> Material:
    """Of a small scenario."""
    found = scenario({"accrual": {"until": "10 treated"}, **design}, truths)
    return gather(found, run(found, trials=trials, seed=SEED, self_check=0))


def truth(chance: str, **more: Any) -> dict[str, Any]:
    return {"accrual": "every 10 days", "events": {"harm": {"probability": chance}}, **more}


def rule(count: int = 2, **more: Any) -> dict[str, Any]:
    counted = {"counts": {"event": "harm", "unit": "patients"}, "rule": {"kind": "at_least", "count": count}}
    return {
        "events": {"harm": {"window": "5 days"}},
        "monitoring": {"stop_harm": {**counted, "look": "every report", "then": ["close_accrual"], **more}},
    }


def texts(pieces: Iterable[Piece]) -> list[str]:
    """Prose, notes and items."""
    found = [piece.text for piece in pieces if isinstance(piece, Prose | Note)]
    return found + [text for piece in pieces if isinstance(piece, Items) for _, text in piece.items]
