"""What the shipped scenarios give, to the last bit: a change that moves no number must leave it as it is.

`shipped.json` holds, per scenario, the hash of the printed table and, per cell of 200 trials, a hash of every
column of every records table and every metric as `repr`. Both engines must give it. It is written anew, for
the scenarios named, only where an issue says that numbers change (CHANGELOG.md, "Numbers changed"):

    python -m tests.golden.shipped [SCENARIO]...        # e.g. checks/leni; all without a name
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from simulator.loading.load import load
from simulator.model.estimate import Estimate
from simulator.model.records import Records
from simulator.program.tables import Program
from simulator.reporting.tables import render
from simulator.study.run import run
from simulator.study.units import EngineName
from tests.helpers import ROOT, SHIPPED

__all__ = ["FILE", "stored", "today"]

FILE = Path(__file__).with_name("shipped.json")
TRIALS, SEED = 200, 1
PER_ENDPOINT = ("n", "x")  # columns with a place for every endpoint a rule may have
DIGITS = 8  # of a hash in hexadecimal: a change goes unseen once in 4 thousand million


@dataclass(slots=True)
class _Columns:
    """A keeper that hashes what is played."""

    found: dict[str, dict[str, str]] = field(default_factory=dict)

    def restore(self, kept: Sequence[Any]) -> list[int]:
        assert not kept
        return []

    def take(self, program: Program, records: Records, columns: Mapping[str, Any]) -> None:
        self.found[_cell(program.variant, program.truth)] = dict(_hashes(program, records))

    def commit(self, number: int) -> tuple[()]:
        return ()


def today(name: str, engine: EngineName) -> dict[str, Any]:
    """What a shipped scenario gives now."""
    columns = _Columns()
    results = run(
        load(ROOT / f"scenarios/{name}.yaml"),
        trials=TRIALS,
        seed=SEED,
        engine=engine,
        self_check=0,
        keep=columns,
        jobs=2 if engine == "simpy" else 1,
    )
    about = replace(results.run, seconds=0.0, versions={}, command="", engine="")
    shown = replace(results, run=about, file=f"{name}.yaml")  # wherever it is
    cells = {_cell(c["variant"], c["truth"]): c for c in results.as_json()["cells"]}
    return {
        "table": _hash(render(shown, full=True).encode()),
        "cells": {
            key: {
                "no_exact": cell["no_exact"],
                "records": columns.found[key],
                "metrics": {name: _estimate(e) for name, e in cell["metrics"].items()},
            }
            for key, cell in cells.items()
        },
    }


def stored() -> dict[str, Any]:
    """What they gave when numbers last changed, by scenario."""
    found: dict[str, Any] = json.loads(FILE.read_text())
    return found


def _cell(variant: str, truth: str) -> str:
    return f"{variant} | {truth}"


def _estimate(e: Mapping[str, Any]) -> str:
    """Value, exact value, and the hash of all fields."""
    every = " ".join(repr(e[f.name]) for f in fields(Estimate))
    return f"{e['value']!r} {e['exact']!r} {_hash(every.encode())}"


def _hashes(program: Program, records: Records) -> Iterator[tuple[str, str]]:
    """`table.column` -> hash; of a column per endpoint, what each row's rule has endpoints for."""
    for table in fields(records):
        rows = getattr(records, table.name)
        for column in rows.dtype.names:
            values = rows[column]
            if column in PER_ENDPOINT and values.ndim > 1:
                used = np.array([len(m.counters) for m in program.monitors], dtype=int)
                values = values[np.arange(values.shape[1]) < used[rows["monitor"]][:, None]]
            yield f"{table.name}.{column}", _hash(np.ascontiguousarray(values).tobytes() + b"%d" % len(rows))


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()[:DIGITS]


def main(names: list[str]) -> None:
    """Write the file anew for some scenarios, or all."""
    found = stored() if FILE.exists() else {}
    for name in names or SHIPPED:
        found[name] = today(name, "compiled")
    FILE.write_text(json.dumps(found, indent=0) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
