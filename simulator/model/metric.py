"""What a number over trials is called, and what is declared of it: `Key` and `Metric`.

A `Key` has each part by itself (rule, dose, event ...), so that no name that a scenario gives can be
mistaken for a word of ours. Text such as `p_stop.tse` is for files and for people: metrics/text.py.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from enum import Enum

__all__ = ["PARTS", "Key", "Kind", "Metric"]

PARTS = (
    "rule",
    "member",
    "other",
    "outcome",
    "endpoint",
    "event",
    "component",
    "dose",
    "phase",
    "drug",
    "arm",
    "amendment",
    "conclusion",
)
"""What a key may name of a scenario."""

Shape = tuple[str, tuple[str, ...], str | None]  # metric, parts that are named, word


class Kind(Enum):
    """What a metric is over trials, which settles its error and how it is shown."""

    SHARE = "share"  # of trials in which it is so
    MEAN = "mean"
    TIME = "time"  # a mean of days
    DIFFERENCE = "difference"  # a mean of differences between variants or arms, small beside its neighbours


@dataclass(frozen=True, slots=True)
class Key:
    """One metric of one cell. metric: its name; word: one of ours, such as `joint`, `none`, `before`.

    The other parts are names of the scenario; None: the metric is not of one.
    """

    metric: str
    _: KW_ONLY
    rule: str | None = None
    member: str | None = None
    other: str | None = None
    outcome: str | None = None
    endpoint: str | None = None
    event: str | None = None
    component: str | None = None
    dose: str | None = None
    phase: str | None = None
    drug: str | None = None
    arm: str | None = None
    amendment: str | None = None
    conclusion: str | None = None
    word: str | None = None

    def __repr__(self) -> str:
        """The parts that are named."""
        named = [f"{p}={getattr(self, p)!r}" for p in (*PARTS, "word") if getattr(self, p) is not None]
        return f"Key({', '.join([repr(self.metric), *named])})"

    @property
    def shape(self) -> Shape:
        """What a declaration has in common with its keys: metric, the parts that are named, word."""
        return self.metric, tuple(part for part in PARTS if getattr(self, part) is not None), self.word


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric declared beside its formula; call it with the names of its parts for a `Key`.

    form: its text, names of the scenario as capitals (`p_stop.RULE.OUTCOME`), words of ours as they are.
    label: its name in a table, `{rule}` and the like filled in. about: what is counted, in full. unit: one
    word other than days, such as `patients`, is counted in whole numbers; anything else is measured.
    undefined: the trials in which it has no value (nan, or inf for what never comes); "" if it always has.
    kept: every finite value is kept, for figures (only without parts). quantiles: what is told of the
    distribution in place of a mean. headline: a share that the scenario is about.
    """

    form: str
    _: KW_ONLY
    kind: Kind
    unit: str
    label: str
    about: str
    undefined: str = ""
    kept: bool = False
    quantiles: tuple[tuple[Metric, float], ...] = ()
    headline: bool = False
    name: str = field(init=False)
    parts: tuple[str, ...] = field(init=False)
    word: str | None = field(init=False)
    _made: dict[tuple[str, ...], Key] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        name, *rest = self.segments
        words = [segment for segment in rest if not segment.isupper()]
        parts = tuple(segment.lower() for segment in rest if segment.isupper())
        if len(words) > 1 or not set(parts) <= set(PARTS):
            raise ValueError(f"form {self.form!r}: one word of ours at most, and parts among {PARTS}")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "word", words[0] if words else None)
        object.__setattr__(self, "_made", {})  # for every block asks for the same keys

    @property
    def segments(self) -> list[str]:
        """The form, piece by piece."""
        return self.form.split(".")

    @property
    def shape(self) -> Shape:
        """That of its keys."""
        return self.name, tuple(part for part in PARTS if part in self.parts), self.word

    def __call__(self, *names: str) -> Key:
        """The key with these names of parts, in the order of the form."""
        key = self._made.get(names)
        if key is None:
            key = Key(self.name, word=self.word, **dict(zip(self.parts, names, strict=True)))
            self._made[names] = key
        return key

    def names(self, key: Key) -> tuple[str, ...]:
        """Names of the parts of one of its keys, in the order of the form."""
        return tuple(getattr(key, part) for part in self.parts)

    def labelled(self, key: Key) -> str:
        """The label of one of its keys."""
        return self.label.format_map(dict(zip(self.parts, self.names(key), strict=True)))
