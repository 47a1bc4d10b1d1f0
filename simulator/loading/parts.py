"""The parts of a file that are played: the design of every variant, and every truth, read from its tree."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Named
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Generic, TypeVar

from simulator.errors import Problem, QuantityError, ScenarioError, show
from simulator.loading.amend import amended_trees, told_apart
from simulator.loading.checks.cases import APART, twins
from simulator.loading.merge import apply_variant, extend
from simulator.loading.nodes import Mapping, Node, Scalar, path_text
from simulator.loading.paths import find, locate, parse_path
from simulator.loading.report import Report
from simulator.loading.structure import Reading, read
from simulator.loading.written import Written
from simulator.model.design import Design
from simulator.model.phase import Phase
from simulator.model.truth import Truth
from simulator.program.dosing import dose_ladder
from simulator.units import parse_name

__all__ = [
    "AS_WRITTEN",
    "Designs",
    "Part",
    "Truths",
    "amended_designs",
    "read_base",
    "read_designs",
    "read_truths",
    "read_variant",
    "values",
]

AS_WRITTEN = "as_written"  # the only variant of a file that names none

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """A variant's design, or a truth: its tree, what was read from it, and a design's amended versions."""

    tree: Node
    reading: Reading[T]
    amended: tuple[Part[T], ...] = ()


Designs = dict[str, Part[Design]]
Truths = dict[str, Part[Truth]]


def values(parts: Named[str, Part[T]]) -> dict[str, T]:
    """What could be read."""
    return {name: part.reading.value for name, part in parts.items() if part.reading.value is not None}


def amended_designs(part: Part[Design]) -> tuple[Design, ...]:
    """A design after each of its amendments, up to the first that could not be read in full."""
    whole = takewhile(lambda version: version.reading.whole, part.amended)
    return tuple(version.reading.value for version in whole if version.reading.value is not None)


# -- designs --------------------------------------------------------------------------------------


def read_designs(root: Mapping, written: Written, report: Report) -> tuple[Part[Design] | None, Designs]:
    """(the design as written, per variant the design); (None, {}) without a design."""
    node = root.items.get("design")
    if node is None:
        return None, {}
    base = _design(root, node, written)
    report.add(base.reading.problems, base.reading.misspelt)
    variants = root.items.get("variants")
    if variants is not None and not isinstance(variants, Mapping):
        report.add(
            [_no_mapping(root, ("variants",), variants, "names with changes, {VARIANT: {PATH: VALUE}}")]
        )
        return base, {}
    if not variants or not variants.items:
        return base, {AS_WRITTEN: base}
    if not isinstance(node, Mapping):
        return base, {}
    designs: Designs = {}
    problems: dict[str, list[Problem]] = {}
    report.add(_alike(root, variants))
    for name in variants.items:
        report.add(_bad_name(root, ("variants", name)))
        try:
            designs[name] = _design(root, apply_variant(root, name), written)
        except ScenarioError as error:
            problems[name] = [p for p in error.problems if not _follows(p, root, report)]
        else:
            problems[name] = designs[name].reading.problems
    report.add_variants(base.reading.problems, problems, variants)
    return base, designs


def read_base(root: Mapping, written: Written) -> Part[Design]:
    """The design as it is written, which variants change."""
    return _design(root, root.items["design"], written)


def read_variant(root: Mapping, name: str, written: Written) -> Part[Design]:
    """The design of one variant. ScenarioError if its changes cannot be made."""
    if name == AS_WRITTEN and "variants" not in root.items:
        return read_base(root, written)
    return _design(root, apply_variant(root, name), written)


def _design(root: Mapping, node: Node, written: Written) -> Part[Design]:
    tree = Mapping({"design": node}, {"design": root.key_lines.get("design")}, root.file, root.line)
    reading = _read_design(tree, written)
    trees, problems = amended_trees(tree)
    parts, before = [], reading.value
    said = {(p.path, p.found) for p in reading.problems}
    for name, after in trees.items():
        version = _read_design(after, written)
        if version.value is not None:
            before = version.value = _on_ladder(version.value, name, before)
        problems += told_apart(version.problems, said, node, name)
        parts.append(Part(after.items["design"], version))
    reading.problems += problems
    return Part(node, reading, tuple(parts))


def _read_design(tree: Mapping, written: Written) -> Reading[Design]:
    reading = read(Design, tree, ("design",), written)
    if reading.value is not None:
        reading.value = _complete(reading.value)
    return reading


def _follows(problem: Problem, root: Mapping, report: Report) -> bool:
    """Whether a variant's path leads nowhere only because the design has a misspelt name."""
    if not problem.path.startswith("design."):
        return False
    path = parse_path(problem.path)
    depth = next((d for d in range(1, len(path) + 1) if find(root, path[:d]) is None), None)
    return depth is not None and report.explains(path[: depth - 1], path[depth - 1])


def _complete(design: Design) -> Design:
    """The design with what a short one leaves out: one drug, one phase as long as the longest window."""
    if design.phases:
        return design
    lasts = max((event.assessed_within or 0.0 for event in design.events.values()), default=0.0)
    drugs = design.drugs or {"study_drug": ("usual",)}
    return replace(design, drugs=drugs, phases={"treatment": Phase(lasts=lasts)} if lasts else {})


def _on_ladder(design: Design, amendment: str, before: Design | None) -> Design:
    """The design after an amendment on the ladder of before, unless it changes the dose finding.

    It may list other levels of the drug, of which the ladder is all where none is written.
    """
    made, plan = design.amendments.get(amendment), design.dose_finding
    if before is None or before.dose_finding is None or made is None or made.restarts:
        return design
    ladder = dose_ladder(before)
    if plan is None or plan.ladder or ladder in {(), dose_ladder(design)}:
        return design
    return replace(design, dose_finding=replace(plan, ladder=ladder))


# -- truths ---------------------------------------------------------------------------------------


def read_truths(
    root: Mapping, report: Report, only: Callable[[str, Written], bool] | None = None
) -> tuple[Truths, Written]:
    """Per truth what it is with all that it inherits; and where things are in the file.

    only: of which truths, the others are not read.
    """
    node = root.items.get("truths")
    if not isinstance(node, Mapping) or not node.items:
        if node is not None:
            allowed = "at least one truth, {TRUTH: {accrual: ..., events: ...}}"
            report.add([_no_mapping(root, ("truths",), node, allowed)])
        return {}, Written(root, {}, {})
    extended = extend(node)
    written = Written(root, extended.own, extended.parents)
    report.add(extended.problems)
    truths: Truths = {}
    for name, body in extended.resolved.items():
        if only is not None and not only(name, written):
            continue
        report.add(_bad_name(root, ("truths", name)))
        body.items.pop("extends", None)
        body.key_lines.pop("extends", None)
        inside = Mapping({name: body}, {name: node.key_lines[name]}, root.file, root.line)
        tree = Mapping({"truths": inside}, {"truths": root.key_lines["truths"]}, root.file, root.line)
        reading = read(Truth, tree, ("truths", name), written)
        if written.orphan(name):
            reading.problems = [problem for problem in reading.problems if problem.found != "nothing"]
            reading.left_out.add(("truths", name))
        report.add(reading.problems, reading.misspelt)
        truths[name] = Part(body, reading)
    return truths, written


def _bad_name(root: Mapping, path: tuple[str, str]) -> list[Problem]:
    """The problem of a variant's or truth's name, if it is none."""
    try:
        parse_name(path[1])
    except QuantityError as error:
        file, line = locate(root, path)
        where = path_text(path)
        return [
            Problem(
                file=file, line=line, path=where, found=error.found, allowed=error.allowed, hint=error.hint
            )
        ]
    return []


def _alike(root: Mapping, variants: Mapping) -> list[Problem]:
    """The problems of variants that differ by capitals only: some disks take their files for one."""
    found = []
    for name, earlier in twins(variants.items):
        file, line = locate(root, ("variants", name))
        where = path_text(("variants", name))
        found.append(
            Problem(file=file, line=line, path=where, found=f"{name} beside {earlier}", allowed=APART)
        )
    return found


def _no_mapping(root: Mapping, path: tuple[str, ...], node: Node, allowed: str) -> Problem:
    file, line = locate(root, path)
    found = (
        show(node.text)
        if isinstance(node, Scalar)
        else "nothing in it"
        if isinstance(node, Mapping)
        else "a list"
    )
    return Problem(file=file, line=line, path=path_text(path), found=found, allowed=allowed)
