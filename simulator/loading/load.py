"""A scenario file -> a checked `Scenario`, or every problem in it at once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path

from simulator.errors import Problem, ScenarioError, show
from simulator.loading.checks import CHECKS, Case
from simulator.loading.header import OTHER_KEYS, Header, read_provenance
from simulator.loading.merge import apply_change, apply_variant, resolve_extends
from simulator.loading.nodes import Mapping, Node, Scalar, path_text, read_file
from simulator.loading.paths import close_match, locate, parse_assignment
from simulator.loading.structure import validate
from simulator.model.design import Design
from simulator.model.phase import Phase
from simulator.model.scenario import Scenario
from simulator.model.truth import Truth

__all__ = ["AS_WRITTEN", "load"]

AS_WRITTEN = "as_written"  # the only variant of a file that names none


def load(path: str | PathLike[str], sets: Sequence[str] = ()) -> Scenario:
    """Read, change by `sets` ("PATH=VALUE"), merge, validate and cross-check a scenario file.

    Raises ScenarioError with all problems in file order, TrialstopError for a file that cannot be
    read. Warnings stay with the scenario.
    """
    root = read_file(str(path))
    for assignment in sets:
        where, value = parse_assignment(assignment)
        if problems := apply_change(root, where, value):
            raise ScenarioError(problems)
    found: list[Problem] = []
    header = _header(root, found)
    designs = _designs(root, found)
    truths = _truths(root, found)
    provenance, wrong = read_provenance(root, list(header.references) if header else [])
    found += wrong
    if designs and truths is not None:
        found += _cross_checks(root, designs, truths)
    if header and header.benchmark and designs and header.benchmark not in designs:
        found.append(_unknown_benchmark(root, header.benchmark, list(designs)))
    found = _once(found)
    if header is None or designs is None or truths is None or any(p.severity == "error" for p in found):
        raise ScenarioError(found)
    text = Path(path).read_text(encoding="utf-8")
    return Scenario(
        title=header.title,
        question=header.question,
        file=str(path),
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        references=header.references,
        benchmark=header.benchmark or next(iter(designs)),
        designs={name: design for name, (design, _) in designs.items()},
        truths={name: truth for name, (truth, _) in truths.items()},
        provenance=provenance,
        sets=tuple(sets),
        warnings=tuple(found),
    )


def _header(root: Mapping, found: list[Problem]) -> Header | None:
    rest = Mapping(
        {key: node for key, node in root.items.items() if key not in OTHER_KEYS},
        root.key_lines,
        root.file,
        root.line,
    )
    header, problems = validate(Header, rest, root, ())
    found += [
        replace(p, allowed=p.allowed + ", " + ", ".join(OTHER_KEYS)) if p.found.startswith("the key") else p
        for p in problems
    ]
    for key in ("design", "truths"):
        if key not in root.items:
            needed = f"the key `{key}`, which is needed here"
            found.append(Problem(file=root.file, line=root.line, path=key, found="nothing", allowed=needed))
    return header


def _designs(root: Mapping, found: list[Problem]) -> dict[str, tuple[Design, Mapping]] | None:
    """Per variant the design and its tree; None when one is not valid."""
    node = root.items.get("design")
    if not isinstance(node, Mapping):
        if node is not None:
            found.append(_no_mapping(root, ("design",), node))
        return None
    base, problems = validate(Design, node, _rooted(root, design=node), ("design",))
    found += problems
    variants = root.items.get("variants")
    if variants is not None and not isinstance(variants, Mapping):
        found.append(_no_mapping(root, ("variants",), variants))
        return None
    if not variants or not variants.items:
        return None if base is None else {AS_WRITTEN: (_complete(base), node)}
    designs: dict[str, tuple[Design, Mapping]] = {}
    for name in variants.items:
        try:
            tree = apply_variant(root, name)
        except ScenarioError as error:
            found += error.problems
            continue
        design, problems = validate(Design, tree, _rooted(root, design=tree), ("design",))
        found += problems
        if design is not None:
            designs[name] = (_complete(design), tree)
    return designs if base is not None and len(designs) == len(variants.items) else None


def _truths(root: Mapping, found: list[Problem]) -> dict[str, tuple[Truth, Mapping]] | None:
    """Per truth the truth and its resolved tree; None when one is not valid."""
    node = root.items.get("truths")
    if not isinstance(node, Mapping) or not node.items:
        if node is not None:
            found.append(_no_mapping(root, ("truths",), node))
        return None
    try:
        trees = resolve_extends(node)
    except ScenarioError as error:
        found += error.problems
        return None
    truths: dict[str, tuple[Truth, Mapping]] = {}
    for name, tree in trees.items():
        tree.items.pop("extends", None)
        where = Mapping({name: tree}, {name: node.key_lines[name]}, root.file, root.line)
        truth, problems = validate(Truth, tree, _rooted(root, truths=where), ("truths", name))
        found += problems
        if truth is not None:
            truths[name] = (truth, tree)
    return truths if len(truths) == len(trees) else None


def _complete(design: Design) -> Design:
    """The design with what a short one leaves out: one drug, one phase as long as the longest window."""
    if design.phases:
        return design
    lasts = max((event.window or 0.0 for event in design.events.values()), default=0.0)
    drugs = design.drugs or {"study_drug": ("usual",)}
    return replace(design, drugs=drugs, phases={"treatment": Phase(lasts=lasts)} if lasts else {})


def _cross_checks(
    root: Mapping, designs: dict[str, tuple[Design, Mapping]], truths: dict[str, tuple[Truth, Mapping]]
) -> list[Problem]:
    lines = {name: None for name in truths}
    where = Mapping({name: tree for name, (_, tree) in truths.items()}, lines, root.file, None)
    node = root.items["truths"]
    assert isinstance(node, Mapping)
    where.key_lines.update(node.key_lines)
    found: list[Problem] = []
    for variant, (design, tree) in designs.items():
        rooted = _rooted(root, design=tree, truths=where)
        case = Case(
            variant=variant, design=design, truths={name: truth for name, (truth, _) in truths.items()}, tree=rooted
        )
        if not design.phases:
            hint = "without phases, give an event a `window: DURATION`: the treatment phase lasts that long"
            found.append(case.problem(("design",), "no phases", "`phases`, or an event with a window", hint))
            continue
        for check in CHECKS:
            found += check(case)
    return found


def _rooted(root: Mapping, **parts: Mapping) -> Mapping:
    """A root with these parts, for finding lines by path."""
    return Mapping(dict(parts), {key: root.key_lines.get(key) for key in parts}, root.file, root.line)


def _no_mapping(root: Mapping, path: tuple[str, ...], node: Node) -> Problem:
    file, line = locate(root, path)
    found = show(node.text) if isinstance(node, Scalar) else "nothing in it" if isinstance(node, Mapping) else "a list"
    return Problem(file=file, line=line, path=path_text(path), found=found, allowed="a mapping (key: value)")


def _unknown_benchmark(root: Mapping, name: str, known: list[str]) -> Problem:
    file, line = locate(root, ("benchmark",))
    allowed = f"one of the variants: {', '.join(known)}"
    return Problem(
        file=file,
        line=line,
        path="benchmark",
        found=f"the variant {show(name)}",
        allowed=allowed,
        hint=close_match(name, known),
    )


def _once(problems: list[Problem]) -> list[Problem]:
    """Each problem once: variants share most of the file."""
    return list({(p.file, p.line, p.path, p.found): p for p in problems}.values())
