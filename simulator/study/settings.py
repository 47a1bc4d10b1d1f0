"""What is asked of a run: one `Settings` behind Python, the command and the manifest, checked here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from operator import index
from typing import Any, Literal, TypedDict, get_args

from simulator.errors import TrialstopError
from simulator.streams import MAX_WORD

__all__ = [
    "DEFAULT_CHECKED",
    "DEFAULT_SEED",
    "DEFAULT_TRIALS",
    "Asked",
    "EngineAsked",
    "Settings",
    "whole",
]

EngineAsked = Literal["auto", "compiled", "simpy"]

DEFAULT_TRIALS = 1_000
DEFAULT_SEED = 1
DEFAULT_CHECKED = 20
MOST_TRIALS = 10_000_000  # played for a precision that is not reached
WHOLE = (("trials", 1, None), ("seed", 0, MAX_WORD), ("self_check", 0, None), ("jobs", 0, None))
MAY_BE_NONE = ("trials", "self_check")
HOW_ONLY = ("jobs",)  # fields that no number depends on


class Asked(TypedDict, total=False):
    """The fields of `Settings`, as keyword arguments."""

    variants: Sequence[str]
    truths: Sequence[str]
    trials: int | None
    precision: float | None
    seed: int
    engine: EngineAsked
    self_check: int | None
    records: bool
    jobs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is asked of a run. TrialstopError for a value that is not allowed.

    variants, truths : those that are played; all if none is named
    trials     : of each variant under each truth; None: 1,000, or at most 10,000,000 with `precision`
    precision  : play until the 95 % half-width of every headline is at most this, above 0 and below 0.5
    seed       : which candidates turn up and what would happen to them, 0 to 2^64 - 1
    engine     : "auto" takes the compiled one where it can
    self_check : how many random trials are played on the SimPy engine too, and compared; None: all
    records    : whether every trial, patient and look is kept as Parquet, where a run has a folder
    jobs       : threads (of the SimPy engine: processes) that play; 0: as many as there are processors and
                 work for them. No number depends on it.
    """

    variants: Sequence[str] = ()
    truths: Sequence[str] = ()
    trials: int | None = None
    precision: float | None = None
    seed: int = DEFAULT_SEED
    engine: EngineAsked = "auto"
    self_check: int | None = DEFAULT_CHECKED
    records: bool = False
    jobs: int = 0

    def __post_init__(self) -> None:
        """Check every field; lists of names become tuples, whole numbers of other kinds int."""
        for name in ("variants", "truths"):
            object.__setattr__(self, name, _names(name, getattr(self, name)))
        for name, least, most in WHOLE:
            if getattr(self, name) is not None or name not in MAY_BE_NONE:
                object.__setattr__(self, name, whole(name, getattr(self, name), least, most))
        if self.precision is not None and not _is_half_width(self.precision):
            raise TrialstopError(f"precision is {self.precision}, allowed above 0 and below 0.5")
        if self.engine not in get_args(EngineAsked):
            raise TrialstopError(f"engine is {self.engine!r}, allowed {', '.join(get_args(EngineAsked))}")
        if not isinstance(self.records, bool):
            raise TrialstopError(f"records is {self.records!r}, allowed True or False")

    @property
    def most(self) -> int:
        """Trials of each cell that are played at most."""
        return self.trials or (DEFAULT_TRIALS if self.precision is None else MOST_TRIALS)

    def identity(self) -> dict[str, Any]:
        """What the results depend on, by name."""
        return {name: value for name, value in asdict(self).items() if name not in HOW_ONLY}

    def changed(self, asked: Asked) -> Settings:
        """These settings with some values asked for anew; TypeError for a name that is none of the fields."""
        known = [field.name for field in fields(self)]
        for name in asked:
            if name not in known:
                raise TypeError(f"no setting {name!r}; there are: {', '.join(known)}")
        return replace(self, **asked)


def _names(field: str, given: object) -> tuple[str, ...]:
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise TrialstopError(f"{field} is {given!r}, allowed a list of names")
    return tuple(given)


def whole(field: str, given: Any, least: int, most: int | None = None) -> int:
    """A whole number of any kind as an int; TrialstopError, which names the field, for anything else."""
    allowed = f"a whole number from {least}" + (f" to {most}" if most is not None else "")
    try:
        value = least - 1 if isinstance(given, bool) else index(given)
    except TypeError:
        value = least - 1
    if value < least or (most is not None and value > most):
        raise TrialstopError(f"{field} is {given}, allowed {allowed}")
    return value


def _is_half_width(given: Any) -> bool:
    return isinstance(given, float | int) and 0.0 < given < 0.5
