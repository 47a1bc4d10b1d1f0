"""What a calibration found: every boundary that was tried, the one chosen, and what that achieves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from simulator.model.estimate import Estimate
from simulator.what_ifs.bounds import Bounds, Group
from simulator.what_ifs.targets import Target, parse_target

__all__ = ["Calibrated", "Level", "Tried"]


@dataclass(frozen=True, slots=True)
class Level:
    """What a boundary comes to: the metric of the target under `truth`, of several the one furthest out.

    limit: of a share the one-sided 95 % Clopper-Pearson limit on the side of the target; an exact value is
    its own.
    """

    truth: str
    estimate: Estimate
    limit: float | None

    @property
    def value(self) -> float:
        """The exact value, or the estimate."""
        found = self.estimate.level
        assert found is not None  # there is no level without one
        return found

    def as_json(self) -> dict[str, Any]:
        """As results.json has it."""
        return {"truth": self.truth, "limit": self.limit, **asdict(self.estimate)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Level:
        """Read back."""
        of = dict(data)
        return cls(of.pop("truth"), limit=of.pop("limit"), estimate=Estimate(**of))


@dataclass(frozen=True, slots=True)
class Tried:
    """One boundary, its settings, and its level: None where it was not asked, or nothing can be said."""

    group: Group
    level: Level | None = None
    meets: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """What was found.

    aimed: truths that the target is about. tried: from the least strict boundary to the strictest, if they
    are nested. chosen: which of them. achieved: its level in the trials from `first` on, which did not choose
    it; exact values are what they are.
    """

    rule: str
    variant: str
    target: Target
    aimed: tuple[str, ...]
    sure: bool
    nested: bool
    tried: tuple[Tried, ...]
    chosen: int
    first: int
    achieved: Level

    @property
    def group(self) -> Group:
        """The boundary that was chosen, and its settings."""
        return self.tried[self.chosen].group

    def as_json(self) -> dict[str, Any]:
        """Its part of results.json."""
        return {
            "rule": self.rule,
            "variant": self.variant,
            "target": self.target.text(),
            "truths": list(self.aimed),
            "sure": self.sure,
            "nested": self.nested,
            "boundaries": [
                {
                    "settings": list(each.group.values),
                    "bounds": [bounds.as_json() for bounds in each.group.bounds],
                    "level": None if each.level is None else each.level.as_json(),
                    "meets": None if each.level is None else each.meets,
                }
                for each in self.tried
            ],
            "chosen": self.chosen,
            "first_trial": self.first,
            "achieved": self.achieved.as_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Calibrated:
        """Read back."""
        tried = tuple(
            Tried(
                Group(tuple(each["settings"]), tuple(map(Bounds.from_json, each["bounds"]))),
                None if each["level"] is None else Level.from_json(each["level"]),
                bool(each["meets"]),
            )
            for each in data["boundaries"]
        )
        return cls(
            **{name: data[name] for name in ("rule", "variant", "sure", "nested", "chosen")},
            target=parse_target(data["target"]),
            aimed=tuple(data["truths"]),
            tried=tried,
            first=data["first_trial"],
            achieved=Level.from_json(data["achieved"]),
        )
