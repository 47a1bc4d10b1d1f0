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

__all__ = ["DltOutcome", "RecordLists", "Records", "dtypes"]


class DltOutcome(IntEnum):
    """What is known of a patient's DLT; of a trial that is over PENDING was never known."""

    NONE = 0
    DLT = 1
    NOT_EVALUABLE = 2
    PENDING = 3


def dtypes(drugs: int, readings: int) -> dict[str, list[tuple[Any, ...]]]:
    """Columns of each table.

    n, x: what was read, per endpoint of the widest rule; 0 beyond the endpoints of the rule at hand.
    course: the day the course began. since: per drug, days since its last dose (0 while on it).
    last: whether the rule's schedule had no look after this one. lost: candidates who came while
    accrual was held and were lost. Of dose finding: level, version, cohort (how many decisions came before;
    -1 in the expansion) and outcome (a DltOutcome; -1 without dose finding) of each patient; decisions,
    from a level to the `next` (0: over), with the level `selected` (0: none) and the design's reason, or
    -1 and the number of the amendment that took its place.
    """
    key: list[tuple[Any, ...]] = [("trial", "i8")]
    counts: list[tuple[Any, ...]] = [("n", "f8", (readings,)), ("x", "i8", (readings,))]
    return {
        "trials": [*key, ("enrolled", "i8"), ("end", "f8"), ("lost", "i8")],
        "patients": [
            *key,
            ("candidate", "i8"),
            ("entry", "f8"),
            ("exit", "f8"),
            ("level", "i8"),
            ("version", "i8"),
            ("cohort", "i8"),
            ("outcome", "i8"),
        ],
        "states": [*key, ("candidate", "i8"), ("time", "f8"), ("state", "i8")],
        "events": [
            *key,
            ("candidate", "i8"),
            ("event", "i8"),
            ("component", "i8"),
            ("occurred", "f8"),
            ("detected", "f8"),
            ("reported", "f8"),
            ("state", "i8"),
            ("mark", "i8"),
            ("course", "f8"),
            ("since", "f8", (drugs,)),
        ],
        "looks": [*key, ("monitor", "i8"), ("look", "i8"), ("time", "f8"), ("outcome", "i8"), *counts],
        "firings": [
            *key,
            ("monitor", "i8"),
            ("look", "i8"),
            ("outcome", "i8"),
            ("last", "?"),
            ("reported", "f8"),
            ("cut", "f8"),
            ("decided", "f8"),
            ("effective", "f8"),
            *counts,
        ],
        "decisions": [
            *key,
            ("number", "i8"),
            ("time", "f8"),
            ("version", "i8"),
            ("level", "i8"),
            ("next", "i8"),
            ("patients", "i8"),
            ("selected", "i8"),
            ("reason", "i8"),
            ("amendment", "i8"),
        ],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The tables of a block, as NumPy structured arrays sorted by trial, then as they happened.

    Patients stand in the order of entry, which is that of their numbers; states and events patient by
    patient, then as they happened.
    """

    trials: NDArray[np.void]
    patients: NDArray[np.void]
    states: NDArray[np.void]
    events: NDArray[np.void]
    looks: NDArray[np.void]
    firings: NDArray[np.void]
    decisions: NDArray[np.void]

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

    @classmethod
    def empty(cls) -> RecordLists:
        """No rows yet."""
        return cls([], [], [], [], [], [], [])

    def finish(self, drugs: int, readings: int) -> Records:
        """The rows as arrays."""
        import numpy as np

        columns = dtypes(drugs, readings)
        tables = {name: np.array(getattr(self, name), dtype=types) for name, types in columns.items()}
        for name in ("states", "events"):
            table = tables[name]
            tables[name] = table[np.lexsort((table["candidate"], table["trial"]))]  # stable
        return Records(**tables)
