"""A file that was read once, and what it would say with values changed, without reading it again."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from collections.abc import Mapping as Named
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path as FilePath

from simulator.errors import Problem, ScenarioError, TrialstopError, show
from simulator.loading import listed_bounds, listed_decisions
from simulator.loading.across import Across, check_all
from simulator.loading.checks import weights
from simulator.loading.header import read_header
from simulator.loading.merge import apply_change
from simulator.loading.nodes import Mapping, Path, path_text, read_file, read_text
from simulator.loading.parts import (
    AS_WRITTEN,
    Designs,
    Truths,
    amended_designs,
    read_base,
    read_designs,
    read_truths,
    read_variant,
    values,
)
from simulator.loading.paths import locate, parse_assignment
from simulator.loading.provenance import read_provenance, uncovered
from simulator.loading.report import Report
from simulator.loading.written import Written
from simulator.model.scenario import Scenario
from simulator.repairs import close_match
from simulator.visible import visible

__all__ = ["Source", "read_source", "source_from", "source_of"]

SET = "--set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file that could be read, and all that was made of it.

    root: its tree with --set worked in; in_file: without. designs, truths: their trees and readings.
    """

    root: Mapping
    in_file: Mapping
    written: Written
    scenario: Scenario
    designs: Designs
    truths: Truths

    def changed(
        self,
        changes: Sequence[str],
        variants: Collection[str] = (),
        truths: Collection[str] = (),
        origin: str = SET,
    ) -> Scenario:
        """The scenario that further changes ("PATH=VALUE") give, of these variants and truths alone.

        None named: all of this source, none that a change adds.
        Only what the changes reach is read and checked anew. ScenarioError with every problem, as `load` has
        them with the same --set; `origin` is what they name in its place.
        """
        root = self.root.copy()
        paths, problems = _change(root, changes, origin)
        beside = _put_in(root, problems) if any("csv" in change for change in changes) else []
        asked = _Asked(frozenset(variants or self.designs), frozenset(truths or self.truths))
        found = None if problems else self._reached(root, _Reach.of(paths), asked)
        if found is None:
            found = _assembled(root, self.in_file, self.scenario, problems).scenario
        sha256 = _with_beside(self.scenario.sha256, beside)
        return replace(asked.of(found), sets=(*self.scenario.sets, *map(visible, changes)), sha256=sha256)

    def _reached(self, root: Mapping, reach: _Reach, asked: _Asked) -> Scenario | None:
        """The scenario, if nothing new is wrong with it and the changes reach variants and truths alone."""
        if reach.more:
            return None
        report, anew, written = Report(), Truths(), self.written
        if reach.truths:
            anew, written = read_truths(
                root,
                report,
                lambda name, now: name in asked.truths and not reach.truths.isdisjoint(now.chain(name)),
            )
        try:
            designs = {
                name: read_variant(root, name, written) for name in reach.among(self.designs, asked.variants)
            }
        except ScenarioError:
            return None
        parts = [*designs.values(), *([read_base(root, written)] if reach.design else ())]
        problems = report.problems + [p for part in parts for p in part.reading.problems]
        if problems:
            return None
        all_designs, all_truths = self.designs | designs, self.truths | anew
        under = {name: all_truths[name] for name in self.truths if name in asked.truths}
        for name in asked.variants:
            truths = under if name in designs else anew
            across = Across(root=root, written=written, designs=all_designs, truths=truths)
            problems += across.check(all_designs[name]) if truths else ()
        problems += _weighted(root, self.scenario.weights, all_designs, all_truths)
        before = {(each.path.partition(" (")[0], each.found) for each in self.scenario.warnings}
        if any((each.path, each.found) not in before for each in problems):
            return None
        return _with(self.scenario, all_designs, all_truths)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Variants and truths that are wanted."""

    variants: frozenset[str]
    truths: frozenset[str]

    def of(self, scenario: Scenario) -> Scenario:
        """The scenario with no others."""
        designs = {name: each for name, each in scenario.designs.items() if name in self.variants}
        return replace(
            scenario,
            designs=designs,
            amended={name: each for name, each in scenario.amended.items() if name in designs},
            truths={name: each for name, each in scenario.truths.items() if name in self.truths},
        )


@dataclass(frozen=True, slots=True)
class _Reach:
    """What changes may alter: every design, variants, truths; `more`: whatever else."""

    design: bool
    variants: frozenset[str]
    truths: frozenset[str]
    more: bool

    @classmethod
    def of(cls, paths: Sequence[Path]) -> _Reach:
        """Of changes at these places of a file."""
        inside = [path for path in paths if path[0] in ("variants", "truths") and len(path) > 2]
        design = [path for path in paths if path[0] == "design" and len(path) > 1]
        return cls(
            design=bool(design),
            variants=frozenset(str(path[1]) for path in inside if path[0] == "variants"),
            truths=frozenset(str(path[1]) for path in inside if path[0] == "truths"),
            more=len(inside) + len(design) < len(paths) or any(path[2] == "extends" for path in inside),
        )

    def among(self, designs: Designs, asked: Collection[str]) -> list[str]:
        """The variants of those asked for whose design may be another."""
        return [name for name in designs if name in asked and (self.design or name in self.variants)]


def read_source(path: str, sets: Sequence[str] = ()) -> Source:
    """Read, change by `sets` ("PATH=VALUE"), merge, validate and cross-check a scenario file.

    Raises ScenarioError with all problems in file order, TrialstopError for a file that cannot be read.
    """
    tree = read_file(path)
    data = FilePath(path).read_bytes()
    return _source(tree, data.decode("utf-8-sig"), hashlib.sha256(data).hexdigest(), visible(path), sets)


def source_of(given: Scenario | str | PathLike[str]) -> Source:
    """The file at a path, or that of a scenario as it was read.

    TrialstopError if the scenario was changed in Python since; else as `read_source`.
    """
    if not isinstance(given, Scenario):
        return read_source(str(given))
    scenario = given
    tree = read_text(scenario.text, scenario.file)
    source = _source(tree, scenario.text, scenario.sha256, scenario.file, scenario.sets)
    # the digest is that of the text and of the files beside it already
    source = replace(source, scenario=replace(source.scenario, sha256=scenario.sha256))
    if source.scenario != scenario:
        raise TrialstopError(
            f"the scenario of {scenario.file} is not what its file says, so no value of the file can be "
            "changed in it; load it, and leave it as it is, or change the file"
        )
    return source


def source_from(text: str, name: str, sets: Sequence[str] = ()) -> Source:
    """A scenario's text that is in no file, under a name for messages; as `read_source`."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return _source(read_text(text, name), text, sha256, name, sets)


def _source(tree: Mapping, text: str, sha256: str, file: str, sets: Sequence[str]) -> Source:
    problems: list[Problem] = []
    beside = _put_in(tree, problems)
    root = tree.copy()
    _, wrong = _change(root, sets, SET)
    problems += wrong
    beside += _put_in(root, problems)
    blank = Scenario(
        title="",
        question="",
        file=file,
        text=text,
        sha256=_with_beside(sha256, beside),
        references={},
        benchmark="",
        designs={},
        truths={},
        sets=tuple(map(visible, sets)),
    )
    return _assembled(root, tree, blank, problems)


def _put_in(root: Mapping, problems: list[Problem]) -> list[bytes]:
    """What CSV files beside the scenario say, in the place of their names; the files' contents."""
    return [*listed_bounds.put_in(root, problems), *listed_decisions.put_in(root, problems)]


def _with_beside(sha256: str, beside: Sequence[bytes]) -> str:
    """The digest of what has this one, and of files beside it, if there are any."""
    return hashlib.sha256(b"".join([sha256.encode(), *beside])).hexdigest() if beside else sha256


def _change(root: Mapping, changes: Sequence[str], origin: str) -> tuple[list[Path], list[Problem]]:
    """Change the tree; where, and the problems of all changes."""
    paths: list[Path] = []
    problems: list[Problem] = []
    for assignment in changes:
        try:
            where, value = parse_assignment(assignment, origin)
        except ScenarioError as error:
            problems += error.problems
            continue
        paths.append(where)
        problems += apply_change(root, where, value)
    return paths, problems


def _assembled(root: Mapping, in_file: Mapping, about: Scenario, problems: Sequence[Problem] = ()) -> Source:
    """All that a tree says; file, text and --set are those of `about`."""
    report = Report()
    report.add(problems)
    truths, written = read_truths(root, report)
    reading = read_header(root, written)
    report.add(reading.problems, reading.misspelt)
    header = reading.value
    base, designs = read_designs(root, written, report)
    if base is not None:
        check_all(Across(root=root, written=written, designs=designs, truths=truths), base, report)
    if header is not None:
        report.add(_weighted(root, header.weights, designs, truths))
    variants = root.items.get("variants")
    named = list(variants.items) if isinstance(variants, Mapping) else []
    if header and header.benchmark and designs and header.benchmark not in (named or [AS_WRITTEN]):
        report.add([_unknown_benchmark(root, header.benchmark, named)])
    provenance = read_provenance(root, in_file, report)
    found = report.once()
    if header is None or not designs or not truths or any(p.severity == "error" for p in found):
        raise ScenarioError(found)
    found += uncovered(root)
    scenario = replace(
        about,
        title=header.title,
        question=header.question,
        references=header.references,
        benchmark=header.benchmark or next(iter(designs)),
        weights=weights.shares(header.weights, truths),
        provenance=provenance,
        warnings=tuple(found),
    )
    return Source(
        root=root,
        in_file=in_file,
        written=written,
        scenario=_with(scenario, designs, truths),
        designs=designs,
        truths=truths,
    )


def _with(scenario: Scenario, designs: Designs, truths: Truths) -> Scenario:
    return replace(
        scenario,
        designs=values(designs),
        amended={name: amended_designs(part) for name, part in designs.items()},
        truths=values(truths),
    )


def _weighted(root: Mapping, given: Named[str, float], designs: Designs, truths: Truths) -> Iterator[Problem]:
    """What is wrong with weights; nothing of truths that could not be read whole."""
    whole = {name: part for name, part in truths.items() if part.reading.whole}
    stops = any(rule.then for design in values(designs).values() for rule in design.monitoring.values())
    return weights.check(root, given, values(whole), stops=stops)


def _unknown_benchmark(root: Mapping, name: str, known: list[str]) -> Problem:
    file, line = locate(root, ("benchmark",))
    if not known:
        allowed, hint = "no benchmark, for there are no variants", ""
    else:
        allowed, hint = f"one of the variants: {', '.join(known)}", close_match(name, known)
    found = f"the variant {show(name)}"
    where = path_text(("benchmark",))
    return Problem(file=file, line=line, path=where, found=found, allowed=allowed, hint=hint)
