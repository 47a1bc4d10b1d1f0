"""What an engine leaves behind: the records of a block of trials, as flat tables.

Engines record times and integers; everything else is computed from these, in one place, so two
engines agree exactly when their records do. Times are days since the trial opened; inf is never.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["DltOutcome", "HoldEnd", "RecordLists", "Records", "Screened", "dtypes"]


class Screened(IntEnum):
    """What has become of a candidate who was registered. LOST: accrual was held when screening was over;
    CLOSED: it was closed; WAITING: held, and closed before the candidate's turn came.
    """

    ENTERED = 0
    INELIGIBLE = 1
    LOST = 2
    CLOSED = 3
    WAITING = 4


class HoldEnd(IntEnum):
    """How a rule's hold of accrual ended. TIME: as long as it was to last; RESUMED, NOT_RESUMED: a review was
    over; RELEASED: another rule ended it; CLOSED: it lasted until accrual closed.
    """

    TIME = 0
    RESUMED = 1
    NOT_RESUMED = 2
    RELEASED = 3
    CLOSED = 4


class DltOutcome(IntEnum):
    """What is known of a patient's DLT; of a trial that is over PENDING was never known."""

    NONE = 0
    DLT = 1
    NOT_EVALUABLE = 2
    PENDING = 3


Columns = list[tuple[Any, ...]]


def dtypes(drugs: int, readings: int, two_clocks: bool = False, corrects: bool = False) -> dict[str, Columns]:
    """Columns of each table. two_clocks: of patients also the day of registration, the arm as drawn and as
    received (of who receives none one more than the last), and the stratum. corrects: of events also the days
    on which the report is withdrawn and is upgraded, and the mark that it then has.

    n, x: what was read, per endpoint of the widest rule; -1 of an endpoint that this look did not read, 0
    of one that the rule does not count, or does not have.
    course: the day the course began. since: per drug, days since its last dose (0 while on it).
    last: whether the rule's schedule had no look after this one. lost: candidates who came while
    accrual was held and were lost. Of dose finding: level, version, cohort (how many decisions came before;
    -1 in the expansion) and outcome (a DltOutcome; -1 without dose finding) of each patient; decisions,
    from a level to the `next` (0: over), with the level `selected` (0: none) and the design's reason, or
    -1 and the number of the amendment that took its place; an amendment that leaves dose finding as it is, or
    has none to change, is from level 0. screenings: who was registered, when screening is
    over, and what has come of it (a Screened). risks: per component the crossings n of all
    patients, and the hazard a that they have used up, in units of which a threshold has 1 on average.
    """
    counts: Columns = [("n", "f8", (readings,)), ("x", "i8", (readings,))]
    decided = _times("reported", "cut", "decided", "effective")
    return {
        "trials": [*_whole("trial", "enrolled"), *_times("end"), *_whole("lost")],
        "patients": [
            *_whole("trial", "candidate"),
            *_times("entry", "exit"),
            *_whole("level", "version", "cohort", "outcome"),
            *((*_times("registered"), *_whole("arm", "received", "stratum")) if two_clocks else ()),
        ],
        "states": [*_whole("trial", "candidate"), *_times("time"), *_whole("state")],
        "events": [
            *_whole("trial", "candidate", "event", "component"),
            *_times("occurred", "detected", "reported"),
            *_whole("state", "mark"),
            *_times("course"),
            ("since", "f8", (drugs,)),
            *((*_times("withdrawn", "upgraded"), *_whole("later")) if corrects else ()),
        ],
        "looks": [*_whole("trial", "monitor", "look"), *_times("time"), *_whole("outcome"), *counts],
        "firings": [*_whole("trial", "monitor", "look", "outcome"), ("last", "?"), *decided, *counts],
        "decisions": [
            *_whole("trial", "number"),
            *_times("time"),
            *_whole("version", "level", "next", "patients", "selected", "reason", "amendment"),
        ],
        "screenings": [
            *_whole("trial", "candidate"),
            *_times("registered", "over"),
            *_whole("outcome"),
        ],
        "holds": [*_whole("trial", "monitor"), *_times("began", "ended"), *_whole("how")],
        "risks": [*_whole("trial", "component", "n"), *_times("a")],
    }


def _whole(*names: str) -> Columns:
    return [(name, "i8") for name in names]


def _times(*names: str) -> Columns:
    return [(name, "f8") for name in names]


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The tables of a block, as NumPy structured arrays sorted by trial, then as they happened.

    Patients stand in the order of entry, those of one day as they entered: where there is no screening and
    nobody waits, that is the order of their numbers. States and events: patient by patient in that order,
    then as they happened. Screenings: in the order of registration; holds: in that of their beginning.
    """

    trials: NDArray[np.void]
    patients: NDArray[np.void]
    states: NDArray[np.void]
    events: NDArray[np.void]
    looks: NDArray[np.void]
    firings: NDArray[np.void]
    decisions: NDArray[np.void]
    screenings: NDArray[np.void]
    holds: NDArray[np.void]
    risks: NDArray[np.void]

    @property
    def decided(self) -> NDArray[np.void]:
        """Decisions of dose finding, and amendments that took their place."""
        found: NDArray[np.void] = self.decisions[self.decisions["level"] > 0]
        return found

    @property
    def amended(self) -> NDArray[np.void]:
        """Every other amendment that came into force."""
        found: NDArray[np.void] = self.decisions[self.decisions["level"] == 0]
        return found

    def patient_of(self, table: NDArray[np.void]) -> NDArray[np.int64]:
        """Row in `patients` of the patient of each row of another table. (rows,) -> (rows,)."""
        import numpy as np

        key, wanted = ((part["trial"] << 32) + part["candidate"] for part in (self.patients, table))
        if np.all(key[1:] > key[:-1]):
            found: NDArray[np.int64] = np.searchsorted(key, wanted)
            return found
        order = np.argsort(key)
        found = order[np.searchsorted(key, wanted, sorter=order)]
        return found

    def only(self, trial: int) -> Records:
        """The records of one trial."""
        import numpy as np

        def rows(table: NDArray[np.void]) -> NDArray[np.void]:
            low, high = np.searchsorted(table["trial"], [trial, trial + 1])
            return table[low:high]

        return Records(**{field.name: rows(getattr(self, field.name)) for field in fields(self)})

    @classmethod
    def join(cls, parts: Sequence[Records]) -> Records:
        """Records of consecutive trials as one."""
        import numpy as np

        names = [field.name for field in fields(cls)]
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


@dataclass(slots=True)
class RecordLists:
    """Rows as an engine appends them; `finish` turns them into `Records`."""

    trials: list[tuple[Any, ...]]
    patients: list[tuple[Any, ...]]
    states: list[tuple[Any, ...]]
    events: list[tuple[Any, ...]]
    looks: list[tuple[Any, ...]]
    firings: list[tuple[Any, ...]]
    decisions: list[tuple[Any, ...]]
    screenings: list[tuple[Any, ...]]
    holds: list[tuple[Any, ...]]
    risks: list[tuple[Any, ...]]

    @classmethod
    def empty(cls) -> RecordLists:
        """No rows yet."""
        return cls([], [], [], [], [], [], [], [], [], [])

    def finish(self, drugs: int, readings: int, two_clocks: bool = False, corrects: bool = False) -> Records:
        """The rows as arrays."""
        import numpy as np

        columns = dtypes(drugs, readings, two_clocks, corrects)
        tables = {name: np.array(getattr(self, name), dtype=types) for name, types in columns.items()}
        found = Records(**tables)
        for name in ("states", "events"):
            tables[name] = tables[name][np.argsort(found.patient_of(tables[name]), kind="stable")]
        return Records(**tables)
