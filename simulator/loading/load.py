"""A scenario file -> a checked `Scenario`, or every problem in it at once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path as FilePath
from typing import Generic, TypeVar

from simulator.errors import Problem, QuantityError, ScenarioError, show
from simulator.loading.amend import amended_trees
from simulator.loading.checks import DAMAGED, WHOLE, Checked, dosing, fires, weights
from simulator.loading.checks.cases import APART, twins
from simulator.loading.header import Header, read_header
from simulator.loading.merge import apply_change, apply_variant, extend
from simulator.loading.nodes import Mapping, Node, Scalar, path_text, read_file
from simulator.loading.paths import find, locate, parse_assignment, parse_path
from simulator.loading.provenance import read_provenance, uncovered
from simulator.loading.report import Report
from simulator.loading.structure import Reading, read
from simulator.loading.written import Written
from simulator.model.design import Design
from simulator.model.phase import Phase
from simulator.model.scenario import Scenario
from simulator.model.truth import Truth
from simulator.repairs import close_match
from simulator.units import parse_name
from simulator.visible import visible

__all__ = ["AS_WRITTEN", "check", "load", "scenario_of"]

AS_WRITTEN = "as_written"  # the only variant of a file that names none


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Part(Generic[T]):
    """A variant's design, or a truth: its tree, what was read from it, and a design's amended versions."""

    tree: Node
    reading: Reading[T]
    amended: tuple[_Part[T], ...] = ()


Designs = dict[str, _Part[Design]]
Truths = dict[str, _Part[Truth]]


def load(path: str | PathLike[str], sets: Sequence[str] = ()) -> Scenario:
    """Read, change by `sets` ("PATH=VALUE"), merge, validate and cross-check a scenario file.

    Raises ScenarioError with all problems in file order, TrialstopError for a file that cannot be
    read. Warnings stay with the scenario.
    """
    root = read_file(str(path))
    in_file = root.copy()
    report = Report()
    report.add(_apply_sets(root, sets))
    truths, written = _truths(root, report)
    header = _header(root, written, report)
    base, designs = _designs(root, written, report)
    if base is not None:
        _cross_checks(root, written, base, designs, truths, report)
    if header is not None:
        whole = {name: part for name, part in truths.items() if part.reading.whole}
        stops = any(rule.then for each in _values(designs).values() for rule in each.monitoring.values())
        report.add(weights.check(root, header.weights, _values(whole), stops=stops))
    variants = root.items.get("variants")
    named = list(variants.items) if isinstance(variants, Mapping) else []
    if header and header.benchmark and designs and header.benchmark not in (named or [AS_WRITTEN]):
        report.add([_unknown_benchmark(root, header.benchmark, named)])
    provenance = read_provenance(root, in_file, report)
    found = report.once()
    if header is None or not designs or not truths or any(p.severity == "error" for p in found):
        raise ScenarioError(found)
    found += uncovered(root)
    data = FilePath(path).read_bytes()
    return Scenario(
        title=header.title,
        question=header.question,
        file=visible(str(path)),
        text=data.decode("utf-8-sig"),
        sha256=hashlib.sha256(data).hexdigest(),
        references=header.references,
        benchmark=header.benchmark or next(iter(designs)),
        designs=_values(designs),
        amended={name: _amended(part) for name, part in designs.items()},
        truths=_values(truths),
        provenance=provenance,
        sets=tuple(map(visible, sets)),
        weights=weights.shares(header.weights, truths),
        warnings=tuple(found),
    )


def check(path: str | PathLike[str], sets: Sequence[str] = ()) -> list[Problem]:
    """Everything that is wrong with a scenario file, warnings too, in file order; empty when all is right.

    A problem has file, line, path, found, allowed, hint and severity ("error" or "warning"); `text()` is the
    line that `trialstop check` prints. Without an error the scenario can be played. TrialstopError for a
    file that cannot be read at all.
    """
    try:
        return list(load(path, sets).warnings)
    except ScenarioError as error:
        return list(error.problems)


def scenario_of(given: Scenario | str | PathLike[str]) -> Scenario:
    """A scenario as it is, or read from its file as `load` does."""
    return given if isinstance(given, Scenario) else load(given)


def _apply_sets(root: Mapping, sets: Sequence[str]) -> list[Problem]:
    """Change the tree; the problems of all assignments."""
    problems: list[Problem] = []
    for assignment in sets:
        try:
            where, value = parse_assignment(assignment)
        except ScenarioError as error:
            problems += error.problems
            continue
        problems += apply_change(root, where, value)
    return problems


def _header(root: Mapping, written: Written, report: Report) -> Header | None:
    reading = read_header(root, written)
    report.add(reading.problems, reading.misspelt)
    return reading.value


def _amended(part: _Part[Design]) -> tuple[Design, ...]:
    return tuple(version.reading.value for version in part.amended if version.reading.value is not None)


def _values(parts: dict[str, _Part[T]]) -> dict[str, T]:
    """What could be read."""
    return {name: part.reading.value for name, part in parts.items() if part.reading.value is not None}


# -- designs --------------------------------------------------------------------------------------


def _designs(root: Mapping, written: Written, report: Report) -> tuple[_Part[Design] | None, Designs]:
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


def _design(root: Mapping, node: Node, written: Written) -> _Part[Design]:
    tree = Mapping({"design": node}, {"design": root.key_lines.get("design")}, root.file, root.line)
    reading = _read_design(tree, written)
    trees, problems = amended_trees(tree)
    parts = []
    for after in trees:
        version = _read_design(after, written)
        known = {(p.path, p.found) for p in reading.problems}
        problems += [p for p in version.problems if (p.path, p.found) not in known]
        parts.append(_Part(after.items["design"], version))
    reading.problems += problems
    return _Part(node, reading, tuple(parts))


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


# -- truths ---------------------------------------------------------------------------------------


def _truths(root: Mapping, report: Report) -> tuple[Truths, Written]:
    """Per truth what it is with all that it inherits; and where things are in the file."""
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
        truths[name] = _Part(body, reading)
    return truths, written


# -- all together ---------------------------------------------------------------------------------


def _cross_checks(
    root: Mapping, written: Written, base: _Part[Design], designs: Designs, truths: Truths, report: Report
) -> None:
    """Run the checks on every variant's design with all truths, as far as they could be read."""
    node = root.items.get("truths")
    lines = dict(node.key_lines) if isinstance(node, Mapping) else {}
    bodies = Mapping({name: part.tree for name, part in truths.items()}, lines, root.file, None)
    known = _values(truths)

    def check(part: _Part[Design]) -> list[Problem]:
        design = part.reading.value
        if design is None:
            return []
        keys = {key: root.key_lines.get(key) for key in ("design", "truths")}
        checked = Checked(
            design=design,
            designs=tuple(_values(designs).values()) or (design,),
            amended=_amended(part),
            truths=known,
            left_out=frozenset(
                part.reading.left_out.union(*(truths[name].reading.left_out for name in known))
            ),
            tree=Mapping({"design": part.tree, "truths": bodies}, keys, root.file, root.line),
            written=written,
        )
        if not design.phases and part.reading.whole:
            hint = "without phases, give an event a `window: DURATION`: the treatment phase lasts that long"
            return [checked.problem(("design",), "no phases", "`phases`, or an event with a window", hint)]
        checks = (*DAMAGED, *WHOLE) if part.reading.whole else DAMAGED
        found = [problem for one in checks for problem in one(checked)]
        errors = [problem for problem in found if problem.severity == "error"]
        if part.reading.whole and not any(problem.path.startswith("design") for problem in errors):
            found += fires.check(checked)  # whatever is wrong with truths
        for version in part.amended if not errors else ():
            if version.reading.value is not None and version.reading.whole:
                tree = Mapping({"design": version.tree, "truths": bodies}, keys, root.file, root.line)
                found += dosing.check(replace(checked, design=version.reading.value, tree=tree))
        return found

    found = {name: check(part) for name, part in designs.items()}
    variants = root.items.get("variants")
    if isinstance(variants, Mapping) and variants.items:
        report.add_variants(check(base), found, variants)
    else:
        for problems in found.values():
            report.add(problems)


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


def _unknown_benchmark(root: Mapping, name: str, known: list[str]) -> Problem:
    file, line = locate(root, ("benchmark",))
    if not known:
        allowed, hint = "no benchmark, for there are no variants", ""
    else:
        allowed, hint = f"one of the variants: {', '.join(known)}", close_match(name, known)
    found = f"the variant {show(name)}"
    return Problem(file=file, line=line, path="benchmark", found=found, allowed=allowed, hint=hint)
