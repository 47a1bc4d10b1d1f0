"""Every patient and every look of a run, as Parquet, written block by block while it is played."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.metrics.outcomes import outcome_strings
from simulator.model.records import Records
from simulator.program.tables import Program

__all__ = ["DECISIONS", "FILES", "Recorder"]

FILES = ("patients.parquet", "looks.parquet")
DECISIONS = "decisions.parquet"  # with dose finding
WORDS = {0: "no DLT", 1: "DLT", 2: "not evaluable", 3: "never known"}


class Recorder:
    """Writes patients.parquet, looks.parquet and, with dose finding, decisions.parquet into a folder.

    Use it as a context and call it per block. Every row has variant, truth and trial; days count from
    the opening of the trial; null: none, not yet, or not in this variant.
    patients: patient (arrival number), entry_day, exit_day, per event `n.EVENT` and `first_day.EVENT`
    (events: those of all variants, if they differ); with dose finding dose, cohort (from 0; null in the
    expansion) and dlt in words. looks: one row per look and endpoint with rule, look, day, endpoint, n,
    x, and the outcome (null: go on). decisions: decision (from 0), day, from_dose, to_dose (null: over),
    patients to add, selected, reason, and beside the last of each trial `outcomes`, its line of cohorts.
    """

    def __init__(self, folder: Path, events: Sequence[str] = (), *, dose_finding: bool = False) -> None:
        self.folder = folder
        self.events = events
        self.dose_finding = dose_finding
        self.writers: dict[str, Any] = {}

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        for writer in self.writers.values():
            writer.close()

    def __call__(self, program: Program, records: Records) -> None:
        """Append one block of one cell."""
        patients = _patients(program, records, self.events)
        if self.dose_finding:
            patients |= _dosed(program, records)
            self._append(DECISIONS, program, _decisions(program, records))
        self._append("patients.parquet", program, patients)
        self._append("looks.parquet", program, _looks(program, records))

    def _append(self, name: str, program: Program, columns: dict[str, Any]) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        rows = len(columns["trial"])
        cell = {
            "variant": pa.array([program.variant] * rows, pa.string()).dictionary_encode(),
            "truth": pa.array([program.truth] * rows, pa.string()).dictionary_encode(),
        }
        table = pa.table(cell | {key: _array(pa, value) for key, value in columns.items()})
        if name not in self.writers:
            self.writers[name] = parquet.ParquetWriter(self.folder / name, table.schema)
        self.writers[name].write_table(table)


def _array(pa: Any, values: Any) -> Any:
    """Days that are inf (never) become null; names are dictionary-encoded."""
    if isinstance(values, list):
        return pa.array(values, pa.string()).dictionary_encode()
    if isinstance(values, np.ma.MaskedArray):
        return pa.array(values.filled(0), mask=np.ma.getmaskarray(values))
    if values.dtype.kind == "f":
        return pa.array(values, mask=~np.isfinite(values))
    return pa.array(values)


def _patients(program: Program, records: Records, names: Sequence[str]) -> dict[str, Any]:
    patients, events = records.patients, records.events
    out: dict[str, Any] = {
        "trial": patients["trial"],
        "patient": patients["candidate"],
        "entry_day": patients["entry"],
        "exit_day": patients["exit"],
    }
    place = {
        key: i
        for i, key in enumerate(zip(patients["trial"].tolist(), patients["candidate"].tolist(), strict=True))
    }
    rows = np.array(
        [place[key] for key in zip(events["trial"].tolist(), events["candidate"].tolist(), strict=True)],
        dtype=np.int64,
    )
    numbers = {event.name: number for number, event in enumerate(program.events)}
    for name in names or numbers:
        if name not in numbers:  # an event of another variant
            out[f"n.{name}"] = np.ma.array(np.zeros(len(patients), np.int64), mask=True)
            out[f"first_day.{name}"] = np.full(len(patients), np.inf)
            continue
        mine: NDArray[np.bool_] = events["event"] == numbers[name]
        first = np.full(len(patients), np.inf)
        np.minimum.at(first, rows[mine], events["occurred"][mine])
        out[f"n.{name}"] = np.bincount(rows[mine], minlength=len(patients))
        out[f"first_day.{name}"] = first
    return out


def _dosed(program: Program, records: Records) -> dict[str, Any]:
    """Dose, cohort and DLT of each patient; null without dose finding."""
    patients, levels = records.patients, _levels(program)
    cohort = patients["cohort"]
    return {
        "dose": [levels[level] for level in patients["level"].tolist()],
        "cohort": np.ma.array(cohort, mask=(cohort < 0) | (program.dosing is None)),
        "dlt": [WORDS.get(outcome) for outcome in patients["outcome"].tolist()],
    }


def _levels(program: Program) -> list[str | None]:
    """Level -> its name, None for 0."""
    return [None, *(program.levels[program.dosing.drug] if program.dosing is not None else ())]


def _decisions(program: Program, records: Records) -> dict[str, Any]:
    decisions, levels, dosing = records.decisions, _levels(program), program.dosing
    names = [amendment.name for amendment in dosing.amendments] if dosing else []
    rows = zip(*(decisions[name].tolist() for name in ("version", "reason", "amendment")), strict=True)
    why = [
        f"amendment {names[amendment]}" if amendment >= 0 else dosing.versions[version].method.reasons[reason]
        for version, reason, amendment in rows
        if dosing is not None
    ]
    last = np.ones(len(decisions), dtype=bool)
    last[:-1] = decisions["trial"][1:] != decisions["trial"][:-1]
    lines, first = outcome_strings(program, records), int(records.trials["trial"][0])
    return {
        "trial": decisions["trial"],
        "decision": decisions["number"],
        "day": decisions["time"],
        "from_dose": [levels[level] for level in decisions["level"].tolist()],
        "to_dose": [levels[level] for level in decisions["next"].tolist()],
        "patients": decisions["patients"],
        "selected": [levels[level] for level in decisions["selected"].tolist()],
        "reason": why,
        "outcomes": [
            lines[trial - first] if final else None
            for trial, final in zip(decisions["trial"].tolist(), last.tolist(), strict=True)
        ],
    }


def _looks(program: Program, records: Records) -> dict[str, Any]:
    looks = records.looks
    parts: list[tuple[NDArray[np.void], str, str, int]] = []
    for number, monitor in enumerate(program.monitors):
        mine = looks[looks["monitor"] == number]
        parts += [(mine, monitor.name, monitor.endpoints[i], i) for i in monitor.used]
    rules = [name for part, name, _, _ in parts for _ in range(len(part))]
    endpoints = [endpoint for part, _, endpoint, _ in parts for _ in range(len(part))]
    outcomes: list[str | None] = []
    for part, name, _, _ in parts:
        table = next(m.table for m in program.monitors if m.name == name)
        outcomes += [table.outcome(code) for code in part["outcome"].tolist()]

    def column(name: str) -> NDArray[Any]:
        return np.concatenate([part[name] for part, *_ in parts]) if parts else looks[name][:0]

    def count(name: str) -> NDArray[Any]:
        return np.concatenate([part[name][:, i] for part, _, _, i in parts]) if parts else looks[name][:0, 0]

    return {
        "trial": column("trial"),
        "rule": rules,
        "look": column("look"),
        "day": column("time"),
        "endpoint": endpoints,
        "n": count("n"),
        "x": count("x"),
        "outcome": outcomes,
    }
