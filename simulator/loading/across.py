"""The checks of a design with the truths, as far as both could be read."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Named
from dataclasses import dataclass, replace

from simulator.errors import Problem
from simulator.loading.amend import told_apart
from simulator.loading.checks import (
    DAMAGED,
    WHOLE,
    Checked,
    amendments,
    arms,
    dosing,
    fires,
    planned,
    stages,
    states,
    unread,
)
from simulator.loading.nodes import Mapping
from simulator.loading.parts import Designs, Part, Truths, amended_designs, values
from simulator.loading.report import Report
from simulator.loading.written import Written
from simulator.model.design import Design
from simulator.model.truth import Truth
from simulator.program.alignment import alike, in_any_arms
from simulator.program.versions import doses_alone

__all__ = ["Across", "check_all"]

LAST = (planned.check, stages.check, fires.check, unread.check)  # of a design without errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Across:
    """What designs are checked with. designs: those of all variants, which truths may speak of."""

    root: Mapping
    written: Written
    designs: Designs
    truths: Truths

    def check(self, part: Part[Design]) -> list[Problem]:
        """The problems of one variant's design under all truths, errors and warnings."""
        design = part.reading.value
        if design is None:
            return []
        checked = self._checked(part, design)
        if not design.phases and part.reading.whole:
            hint = "without phases, give an event a `window: DURATION`: the treatment phase lasts that long"
            return [checked.problem(("design",), "no phases", "`phases`, or an event with a window", hint)]
        checks = (*DAMAGED, *WHOLE) if part.reading.whole else DAMAGED
        found = [problem for one in checks for problem in one(checked)]
        errors = [problem for problem in found if problem.severity == "error"]
        if part.reading.whole and not any(problem.path.startswith("design") for problem in errors):
            for one in (*LAST, states.check):  # whatever is wrong with truths; states over all amendments
                found += one(checked)
        if errors or not part.amended:
            return found
        return [*found, *self._amended(checked, part, {(p.path, p.found) for p in found})]

    def _amended(self, first: Checked, part: Part[Design], said: set[tuple[str, str]]) -> Iterator[Problem]:
        """What is wrong with the design after each amendment, and has not been said before."""
        for number, (name, version) in enumerate(zip(first.design.amendments, part.amended, strict=False)):
            found = self._after(first, number, name, version)
            yield from told_apart(found, said, part.tree, name)

    def _after(self, first: Checked, number: int, name: str, version: Part[Design]) -> list[Problem]:
        """The problems of a design after an amendment."""
        design = version.reading.value
        if design is None or not version.reading.whole:
            return []
        earlier = (first.design, *first.amended)[: number + 1]
        fresh = first.design.amendments[name].counts == "start again"
        checked = replace(
            first, design=design, tree=self._tree(version), earlier=earlier, counted=() if fresh else earlier
        )
        if doses_alone(first.design.amendments[name], earlier[-1], design):
            return [*dosing.check(checked)]
        mixed = not fresh and not all(alike(design, before) for before in earlier)
        counting = replace(checked, design=in_any_arms(design)) if mixed else checked
        found = [
            problem
            for one in (*DAMAGED, *WHOLE)
            if one is not amendments.check
            for problem in one(checked if one is arms.check else counting)
        ]
        if not any(problem.severity == "error" for problem in found):
            last = (one for one in LAST if not fresh or one is not unread.check)  # who counts is chance
            found += [problem for one in last for problem in one(counting)]
        return found

    def _checked(self, part: Part[Design], design: Design) -> Checked:
        known: Named[str, Truth] = values(self.truths)
        return Checked(
            design=design,
            designs=tuple(values(self.designs).values()) or (design,),
            amended=amended_designs(part),
            truths=known,
            left_out=frozenset(
                part.reading.left_out.union(*(self.truths[name].reading.left_out for name in known))
            ),
            tree=self._tree(part),
            written=self.written,
        )

    def _tree(self, part: Part[Design]) -> Mapping:
        """A root with a design and the worked-out truths, for finding lines."""
        node = self.root.items.get("truths")
        lines = dict(node.key_lines) if isinstance(node, Mapping) else {}
        bodies = Mapping({name: each.tree for name, each in self.truths.items()}, lines, self.root.file, None)
        keys = {key: self.root.key_lines.get(key) for key in ("design", "truths")}
        return Mapping({"design": part.tree, "truths": bodies}, keys, self.root.file, self.root.line)


def check_all(across: Across, base: Part[Design], report: Report) -> None:
    """Check every variant's design; what the design as written has too is said once."""
    found = {name: across.check(part) for name, part in across.designs.items()}
    variants = across.root.items.get("variants")
    if isinstance(variants, Mapping) and variants.items:
        report.add_variants(across.check(base), found, variants)
    else:
        for problems in found.values():
            report.add(problems)
