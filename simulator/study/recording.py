"""Every trial, patient, look and decision of a run, as Parquet, written unit by unit while it is played."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.errors import TrialstopError
from simulator.metrics.block import Floats
from simulator.metrics.outcomes import outcome_strings
from simulator.model.arms import UNTREATED
from simulator.model.metric import Key
from simulator.model.records import DltOutcome, HoldEnd, Records, Screened
from simulator.program.decisions import reason_words
from simulator.program.tables import Program
from simulator.program.words import NONE
from simulator.study.ledger import LIST, Ledger, Mark, changed, named, remove
from simulator.study.trials import trial_table

__all__ = ["FILES", "TABLES", "Recorder"]

FILES = ("trials.parquet", "patients.parquet", "looks.parquet")
IF_ANY = ("decisions", "screenings", "holds", "amendments")
TABLES = ("trials", "patients", "looks", *IF_ANY)
PARTS = "parts"
AHEAD = 64  # units whose parts are listed at once
WORDS = {
    DltOutcome.NONE: "no DLT",
    DltOutcome.DLT: "DLT",
    DltOutcome.NOT_EVALUABLE: "not evaluable",
    DltOutcome.PENDING: "never known",
}
SCREENED = {
    Screened.ENTERED: "entered",
    Screened.INELIGIBLE: "not eligible",
    Screened.LOST: "accrual held, lost",
    Screened.CLOSED: "accrual closed",
    Screened.WAITING: "accrual held, then closed",
}
HELD = {
    HoldEnd.TIME: "its time was over",
    HoldEnd.RESUMED: "review, resumed",
    HoldEnd.NOT_RESUMED: "review, closed",
    HoldEnd.RELEASED: "released",
    HoldEnd.CLOSED: "accrual closed",
}


class Recorder:
    """Writes trials.parquet, patients.parquet, looks.parquet and, with dose finding, decisions.parquet; with
    screening screenings.parquet; with rules that hold accrual holds.parquet; with amendments of the protocol
    amendments.parquet.

    Use it as a context and as the `keep` of a run. Every row has variant, truth and trial; days count from
    the opening of the trial; null: none, not yet, or not in this variant.
    trials: one row per trial, one column per metric (study/trials.py). patients: patient (arrival number),
    entry_day, exit_day, per event `n.EVENT` and `first_day.EVENT`; with dose finding dose, cohort
    (from 0; null in the expansion) and dlt in words; with arms arm (as drawn), arm_received and stratum, with
    screening registered_day. looks: one row per look and endpoint that it read (arm, of a rule that compares
    two), with rule, look, day, endpoint, n, x, and the outcome (null: go on); of a board one of `votes`
    (n members read, x the weight of their votes) and one of each member (n: read, x: a vote). screenings:
    patient, registered_day, over_day (of the screening) and outcome in words. holds: rule, began_day,
    ended_day and how it ended in words. amendments: amendment and day; patients then have the version in
    which they entered. decisions: decision (from 0), day, from_dose, to_dose (null: over),
    patients to add, selected, reason, and beside the last of each trial `outcomes`, its line of cohorts.

    Units are written one by one as parts, so that a run can be interrupted and go on; on leaving the
    context without an error they become the files. out: the folder of these, below `folder`; parts stay
    then, for whoever keeps the list of files (`ledger`) to remove when the run is in its place.
    """

    def __init__(self, folder: Path, out: str = "", ledger: Ledger | None = None) -> None:
        self.folder = folder
        self.out = out
        self.parts: dict[int, tuple[Mark, ...]] = {}
        self.files: tuple[Mark, ...] = ()
        self.taken: dict[str, list[Any]] = {}
        self._alone = ledger is None
        self._ledger = ledger
        self._announced = 0

    @property
    def ledger(self) -> Ledger:
        """The list of files, kept in the folder."""
        self._ledger = self._ledger or Ledger(self.folder)
        return self._ledger

    def __enter__(self) -> Recorder:
        (self.folder / PARTS).mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._merge()

    def restore(self, kept: Sequence[tuple[Mark, ...]]) -> list[int]:
        """The run goes on after units that have these parts; returns those of which a part is lost."""
        self.parts = {
            number: parts for number, parts in enumerate(kept) if parts and not changed(self.folder, parts)
        }
        return [number for number in range(len(kept)) if number not in self.parts]

    def take(self, program: Program, records: Records, columns: Mapping[Key, Floats]) -> None:
        """Keep a block of one cell until its unit is whole."""
        found = {"trials": trial_table(program.variant, program.truth, records.trials["trial"], columns)}
        patients = _patients(program, records)
        if program.dosing is not None:
            patients |= _dosed(program, records)
            found["decisions"] = _table(program, _decisions(program, records))
        if any(not amendment.restarts for amendment in program.amendments):
            patients["version"] = records.patients["version"]
            found["amendments"] = _table(program, _amendments(program, records))
        if program.screening is not None:
            found["screenings"] = _table(program, _screenings(records))
        if any(monitor.hold is not None for monitor in program.monitors):
            found["holds"] = _table(program, _holds(program, records))
        found["patients"] = _table(program, patients | _allocated(program, records))
        found["looks"] = _table(program, _looks(program, records))
        for name, table in found.items():
            self.taken.setdefault(name, []).append(table)

    def commit(self, number: int) -> tuple[Mark, ...]:
        """Write what was taken as the parts of unit `number`; returns their marks."""
        import pyarrow as pa
        from pyarrow import parquet

        self._announce(number)
        names = {_part(table, number): tables for table, tables in self.taken.items()}
        for name, tables in names.items():
            with named(self.folder / name):
                parquet.write_table(pa.concat_tables(tables, promote_options="default"), self.folder / name)
        self.taken = {}
        self.parts[number] = self.ledger.whole(names)
        return self.parts[number]

    def _announce(self, number: int) -> None:
        """List the parts of many units before they are begun, since each time waits for the disk."""
        if not number < self._announced:
            self._announced = number + AHEAD
            names = [_part(table, n) for n in range(number, self._announced) for table in TABLES]
            self.ledger.begin(names, through=True)

    def _merge(self) -> None:
        """Parts -> files, one part in memory at a time; columns that a part does not have are null."""
        import pyarrow as pa
        from pyarrow import parquet

        tables = {table: list[Mark]() for table in TABLES}
        for number in sorted(self.parts):
            for part in self.parts[number]:
                tables[Path(part.name).name.split(".")[0]].append(part)
        names = [(Path(self.out) / f"{table}.parquet").as_posix() for table in tables if tables[table]]
        (self.folder / self.out).mkdir(exist_ok=True)
        self.ledger.begin(names)
        for name, mine in zip(names, filter(None, tables.values()), strict=True):
            schemas = [self._schema(part) for part in mine]
            schema = pa.unify_schemas(schemas).with_metadata(schemas[0].metadata)
            with named(self.folder / name), parquet.ParquetWriter(self.folder / name, schema) as writer:
                for part in mine:
                    table = parquet.read_table(pa.BufferReader(self._read(part)))
                    writer.write_table(_filled(pa, table, schema))
        self.files = self.ledger.whole(names)
        if self._alone:
            listed = {part.name: part for parts in self.parts.values() for part in parts}
            remove(self.folder, listed | {LIST: None}, self.folder / "kept")

    def _schema(self, part: Mark) -> Any:
        import pyarrow as pa
        from pyarrow import parquet

        try:
            return parquet.read_schema(self.folder / part.name)
        except (OSError, pa.ArrowInvalid):
            raise self._lost(part) from None

    def _read(self, part: Mark) -> bytes:
        """A part as it was written."""
        path = self.folder / part.name
        data = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(data).hexdigest() != part.sha256:
            raise self._lost(part)
        return data

    def _lost(self, part: Mark) -> TrialstopError:
        path = self.folder / part.name
        return TrialstopError(f"{path} was damaged or removed meanwhile; the same command plays it again")


def _part(table: str, number: int) -> str:
    return f"{PARTS}/{table}.{number:08d}.part"


def _filled(pa: Any, table: Any, schema: Any) -> Any:
    """A table with every column of a schema, in its order."""
    there = set(table.column_names)
    columns = [
        table.column(field.name) if field.name in there else pa.nulls(len(table), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _table(program: Program, columns: dict[str, Any]) -> Any:
    """Columns of one cell as an Arrow table."""
    import pyarrow as pa

    rows = len(columns["trial"])
    cell = {
        "variant": pa.array([program.variant] * rows, pa.string()).dictionary_encode(),
        "truth": pa.array([program.truth] * rows, pa.string()).dictionary_encode(),
    }
    return pa.table(cell | {key: _array(pa, value) for key, value in columns.items()})


def _array(pa: Any, values: Any) -> Any:
    """Days that are inf (never) become null; names are dictionary-encoded."""
    if isinstance(values, list):
        return pa.array(values, pa.string()).dictionary_encode()
    if isinstance(values, np.ma.MaskedArray):
        return pa.array(values.filled(0), mask=np.ma.getmaskarray(values))
    if values.dtype.kind == "f":
        return pa.array(values, mask=~np.isfinite(values))
    return pa.array(values)


def _patients(program: Program, records: Records) -> dict[str, Any]:
    patients, events = records.patients, records.events
    out: dict[str, Any] = {
        "trial": patients["trial"],
        "patient": patients["candidate"],
        "entry_day": patients["entry"],
        "exit_day": patients["exit"],
    }
    rows = records.patient_of(events)
    for number, event in enumerate(program.events):
        mine: NDArray[np.bool_] = events["event"] == number
        first = np.full(len(patients), np.inf)
        np.minimum.at(first, rows[mine], events["occurred"][mine])
        out[f"n.{event.name}"] = np.bincount(rows[mine], minlength=len(patients))
        out[f"first_day.{event.name}"] = first
    return out


def _allocated(program: Program, records: Records) -> dict[str, Any]:
    """Registration, arm as drawn and as received, and stratum of each patient, where there are such."""
    patients, arms = records.patients, program.arms
    out: dict[str, Any] = {"registered_day": patients["registered"]} if program.screening is not None else {}
    if arms is not None:
        names = [*arms.names, UNTREATED]
        out |= {
            "arm": [names[arm] for arm in patients["arm"].tolist()],
            "arm_received": [names[arm] for arm in patients["received"].tolist()],
        }
    if arms is not None and arms.stratum != NONE:
        trait = program.traits[arms.stratum].name
        words = [f"without {trait}", f"with {trait}"]
        out["stratum"] = [words[stratum] for stratum in patients["stratum"].tolist()]
    return out


def _screenings(records: Records) -> dict[str, Any]:
    rows = records.screenings
    return {
        "trial": rows["trial"],
        "patient": rows["candidate"],
        "registered_day": rows["registered"],
        "over_day": rows["over"],
        "outcome": [SCREENED[outcome] for outcome in rows["outcome"].tolist()],
    }


def _holds(program: Program, records: Records) -> dict[str, Any]:
    rows = records.holds
    return {
        "trial": rows["trial"],
        "rule": [program.monitors[number].name for number in rows["monitor"].tolist()],
        "began_day": rows["began"],
        "ended_day": rows["ended"],
        "how": [HELD[how] for how in rows["how"].tolist()],
    }


def _dosed(program: Program, records: Records) -> dict[str, Any]:
    """Dose, cohort and DLT of each patient; null without dose finding."""
    patients, levels = records.patients, _levels(program)
    cohort = patients["cohort"]
    return {
        "dose": [levels[level] for level in patients["level"].tolist()],
        "cohort": np.ma.array(cohort, mask=(cohort < 0) | (program.dosing is None)),
        "dlt": [WORDS.get(outcome) for outcome in patients["outcome"].tolist()],
    }


def _amendments(program: Program, records: Records) -> dict[str, Any]:
    """When each amendment of the protocol came into force."""
    came = records.amended
    return {
        "trial": came["trial"],
        "amendment": [program.amendments[number].name for number in came["amendment"].tolist()],
        "day": came["time"],
    }


def _levels(program: Program) -> list[str | None]:
    """Level -> its name, None for 0."""
    return [None, *(program.levels[program.dosing.drug] if program.dosing is not None else ())]


def _decisions(program: Program, records: Records) -> dict[str, Any]:
    decisions, levels, dosing = records.decided, _levels(program), program.dosing
    names = [amendment.name for amendment in program.amendments]
    rows = zip(*(decisions[name].tolist() for name in ("version", "reason", "amendment")), strict=True)
    why = [
        f"amendment {names[amendment]}"
        if amendment >= 0
        else reason_words(dosing.versions[version].method, reason)
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
        read = {i: monitor.endpoints[i] for i in monitor.used}
        if monitor.votes is not None:
            members = (program.monitors[member].name for member in monitor.votes.members)
            read = dict(enumerate((*monitor.endpoints, *members)))
        parts += [(mine[mine["n"][:, i] >= 0], monitor.name, name, i) for i, name in read.items()]
    rules = [name for part, name, _, _ in parts for _ in range(len(part))]
    endpoints = [endpoint for part, _, endpoint, _ in parts for _ in range(len(part))]
    outcomes: list[str | None] = []
    for part, name, _, _ in parts:
        monitor = next(m for m in program.monitors if m.name == name)
        outcomes += [monitor.outcome(code) for code in part["outcome"].tolist()]

    def column(name: str) -> NDArray[Any]:
        return np.concatenate([part[name] for part, *_ in parts]) if parts else looks[name][:0]

    def count(name: str) -> NDArray[Any]:
        return (
            np.concatenate([part[name][:, i] for part, _, _, i in parts])
            if parts
            else looks[name].ravel()[:0]
        )

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
