"""What a check looks at: one variant's design and the truths, with their places in the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Literal

from simulator.errors import Problem, show
from simulator.loading import nodes
from simulator.loading.nodes import Path, path_text
from simulator.loading.paths import find
from simulator.loading.written import Written, align
from simulator.model.action import Action
from simulator.model.design import Design
from simulator.model.truth import Truth
from simulator.program.alignment import merged
from simulator.repairs import close_match

__all__ = ["REPLACED", "Checked", "Path"]

REPLACED = "a component that a truth says again is replaced whole, its clock and conditions too"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """designs: those of all variants. amended: this one's after each amendment.

    earlier: of a design after an amendment, what it was before. counted: of these, whose patients count.

    left_out: places that could not be read, of design and truths.

    tree: a root with this variant's design and the worked-out truths, for finding lines.
    """

    design: Design
    designs: tuple[Design, ...]
    amended: tuple[Design, ...] = ()
    earlier: tuple[Design, ...] = ()
    counted: tuple[Design, ...] = ()
    truths: Mapping[str, Truth]
    left_out: frozenset[Path]
    tree: nodes.Mapping
    written: Written

    def problem(
        self,
        path: Path,
        found: str,
        allowed: str,
        hint: str = "",
        severity: Literal["error", "warning"] = "error",
        missing: bool = False,
    ) -> Problem:
        """A problem at a path of the tree; `missing`: the last part of the path is not there."""
        there, _ = align(self.tree, path[:-1] if missing else path)
        here = (*there, path[-1]) if missing else there
        as_written = self.written.path(here, missing=missing)
        file, line = self.written.place(self.tree, here, as_written, missing=missing)
        shown = path_text(as_written)
        return Problem(
            file=file, line=line, path=shown, found=found, allowed=allowed, hint=hint, severity=severity
        )

    def has(self, path: Path) -> bool:
        """Whether something is written at a place of the design, or of what it is a variant of."""
        return find(self.tree, path) is not None

    def place(self, path: Path) -> str:
        """`file:line  path` of something that is there, as in a problem's text."""
        return self.problem(path, "", "").text().partition(": found")[0]

    def lost(self, path: Path) -> bool:
        """Whether something at, above or below a place, or where a truth has it from, could not be read."""
        if not self.left_out:
            return False
        truth, inside = path[:1] == ("truths",) and len(path) > 1, path[2:]
        ways = [("truths", name, *inside) for name in self.written.chain(str(path[1]))] if truth else [path]
        return any(way[: len(place)] == place[: len(way)] for place in self.left_out for way in ways)

    def replaced_clock(self, truth: str, event: str, component: str) -> str:
        """The clock that a component without one had in the truth extended: `enrolment`; "" if none."""
        parent = self.truths.get(self.written.parents.get(truth) or "")
        now = self.truths[truth].events[event].components[component]
        if parent is None or event not in parent.events or now.clock is not None:
            return ""
        before = parent.events[event].components.get(component)
        return before.clock.text() if before is not None and before.clock is not None else ""

    def added_to(self, truth: str, event: str) -> tuple[str, ...]:
        """Named components that a truth adds to an inherited hazard without a name; mostly none."""
        parent = self.truths.get(self.written.parents.get(truth) or "")
        if parent is None or event not in parent.events or [*parent.events[event].components] != [event]:
            return ()
        now = [*self.truths[truth].events[event].components]
        return tuple(name for name in now if name != event) if event in now else ()

    def known(self, what: Literal["drugs", "phases", "events"]) -> list[str]:
        """Names of the design, those included that could not be read."""
        node = find(self.tree, ("design", what))
        written = list(node.items) if isinstance(node, nodes.Mapping) else []
        return list(dict.fromkeys([*written, *getattr(self.design, what)]))

    def unknown(
        self, path: Path, what: str, name: str, known: Iterable[str], of: str = "", hint: str = ""
    ) -> Iterator[Problem]:
        """A problem when `name` is not among the known ones; `of`: whose `what` it is.

        hint: what to do, if that is known; else the nearest of the known ones.
        """
        names = list(dict.fromkeys(known))
        if name not in names:
            allowed = f"one of {', '.join(names)}" if len(names) > 1 else f"only {', '.join(names)}"
            if not names:
                allowed = f"none: {of or 'this design'} has no {what}"
            whose = f" of {of}" if of and not of.startswith("this ") else ""
            yield self.problem(
                path, f"the {what} {show(name)}{whose}", allowed, hint or close_match(name, names)
            )

    def drug(self, path: Path, drug: str) -> Iterator[Problem]:
        """A problem when there is no such drug."""
        yield from self._named(path, "drugs", drug)

    def event(self, path: Path, event: str, hint: str = "") -> Iterator[Problem]:
        """A problem when there is no such event; `hint` as for `unknown`."""
        yield from self._named(path, "events", event, hint)

    def both(self, path: Path, name: str) -> Problem:
        """The problem of a condition on a name that stands for an event and for a trait."""
        return self.problem(
            path,
            f"{show(name)}, which is an event and a trait",
            "one of them",
            "give one of them another name",
        )

    def trait(self, path: Path, trait: str) -> Iterator[Problem]:
        """Problems of a design that asks for a trait: every truth has it, as a yes or a no."""
        for name, truth in self.truths.items():
            if trait not in truth.traits and not self.lost(("truths", name, "traits")):
                allowed = "a trait that every truth has"
                hint = f"add {{{trait}: {{probability: 0%}}}} to its traits where nobody has it"
                yield self.problem(path, f"the trait {trait}, which the truth {name} has not", allowed, hint)
            elif trait in truth.traits and truth.traits[trait].beta is not None:
                found = f"the trait {trait}, which has `beta: [a, b]` in the truth {name}"
                yield self.problem(path, found, "a trait with `probability: ...`")

    def phase(self, path: Path, phase: str) -> Iterator[Problem]:
        """A problem when there is no such phase."""
        yield from self._named(path, "phases", phase)

    def phase_ever(self, path: Path, phase: str) -> Iterator[Problem]:
        """The same of a truth, which knows the phases of every version of the protocol."""
        if ("design", "phases") not in self.left_out:
            later = (name for version in self.amended for name in version.phases)
            yield from self.unknown(path, "phase", phase, [*self.known("phases"), *later])

    def _named(
        self, path: Path, what: Literal["drugs", "phases", "events"], name: str, hint: str = ""
    ) -> Iterator[Problem]:
        if ("design", what) not in self.left_out:
            yield from self.unknown(path, what.removesuffix("s"), name, self.known(what), hint=hint)

    def course_days(self) -> float | None:
        """Days of the course along each phase's first transition; None: it goes round, or is not known."""
        if self.lost(("design", "phases")):
            return None
        phases, days, seen = self.design.phases, 0.0, set()
        name = next(iter(phases), None)
        while name in phases:
            if name in seen:
                return None
            seen.add(name)
            days += phases[name].lasts
            name = phases[name].next[0].to if phases[name].next else None
        return days if seen else None

    def level(self, path: Path, drug: str, level: str) -> Iterator[Problem]:
        """Problems of a drug and its level."""
        yield from self._level(path, drug, level, self.design.drugs.get(drug, ()))

    def ever(self, path: Path, drug: str, level: str) -> Iterator[Problem]:
        """The same of a truth, which knows the levels of every version of the protocol."""
        yield from self._level(path, drug, level, self.levels(drug))

    def _level(self, path: Path, drug: str, level: str, listed: Sequence[str]) -> Iterator[Problem]:
        yield from self.drug(path, drug)
        if listed:
            yield from self.unknown(path, "dose", level, listed, drug)

    def levels(self, drug: str) -> tuple[str, ...]:
        """The levels of a drug in all versions of the protocol."""
        versions = (*self.earlier, self.design, *self.amended)
        return reduce(merged, (version.drugs.get(drug, ()) for version in versions))

    def actions(self) -> Iterator[tuple[Path, Action, bool]]:
        """Every action of the design: (path, action, whether it is a patient-level response)."""
        for name, event in self.design.events.items():
            for i, action in enumerate(event.when_detected):
                yield ("design", "events", name, "when_detected", i), action, True
        for name, monitor in self.design.monitoring.items():
            for i, action in enumerate(monitor.then):
                yield ("design", "monitoring", name, "then", i), action, False
