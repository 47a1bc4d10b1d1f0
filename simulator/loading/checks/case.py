"""What a check looks at: one variant's design and the truths, with their places in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from simulator.errors import Problem, show
from simulator.loading import nodes
from simulator.loading.nodes import path_text
from simulator.loading.paths import close_match, locate
from simulator.model.action import Action
from simulator.model.design import Design
from simulator.model.truth import Truth

__all__ = ["Case"]

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """tree: a root with this variant's design and the resolved truths, for finding lines."""

    variant: str
    design: Design
    truths: Mapping[str, Truth]
    tree: nodes.Mapping

    def problem(
        self,
        path: Path,
        found: str,
        allowed: str,
        hint: str = "",
        severity: Literal["error", "warning"] = "error",
    ) -> Problem:
        """A problem at a path of the tree."""
        file, line = locate(self.tree, path)
        return Problem(
            file=file, line=line, path=path_text(path), found=found, allowed=allowed, hint=hint, severity=severity
        )

    def unknown(self, path: Path, what: str, name: str, known: Iterator[str] | list[str]) -> Iterator[Problem]:
        """A problem when `name` is not among the known ones."""
        names = list(known)
        if name not in names:
            allowed = f"one of {', '.join(names)}" if names else f"none: there is no {what} in this design"
            yield self.problem(path, f"the {what} {show(name)}", allowed, close_match(name, names))

    def level(self, path: Path, drug: str, level: str) -> Iterator[Problem]:
        """Problems of a drug and its level."""
        yield from self.unknown(path, "drug", drug, list(self.design.drugs))
        if drug in self.design.drugs:
            yield from self.unknown(path, f"dose of {drug}", level, list(self.design.drugs[drug]))

    def actions(self) -> Iterator[tuple[Path, Action, bool]]:
        """Every action of the design: (path, action, whether it is a patient-level response)."""
        for name, event in self.design.events.items():
            for action in event.when_detected:
                yield ("design", "events", name, "when_detected"), action, True
        for name, monitor in self.design.monitoring.items():
            for action in monitor.then:
                yield ("design", "monitoring", name, "then"), action, False
