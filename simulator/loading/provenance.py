"""Where the numbers of a file come from: the entries of `provenance`, and the numbers that none covers."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from simulator.errors import Problem, QuantityError
from simulator.loading.nodes import Mapping, Node, Path, Scalar, path_text, plain
from simulator.loading.paths import find, parse_path, resolve
from simulator.loading.report import Report
from simulator.loading.written import as_written
from simulator.model.scenario import Provenance
from simulator.repairs import close_match
from simulator.visible import visible

__all__ = ["read_provenance", "uncovered"]

_ASSUMPTION = re.compile(r"assumption \((?P<low>.+?) to (?P<high>.+?)\): *(?P<why>.+)", re.DOTALL)
_ALLOWED = "a key of `references`, `KEY: remark`, or `assumption (LOW to HIGH): why`"
_NUMBER = re.compile(r"(?<![A-Za-z0-9_])[0-9]")  # a digit that is not part of a name such as mr45_loss
PARTS = ("design", "variants", "truths", "weights")
PROSE = ("about",)  # keys whose text may speak of numbers
NAMED = 3  # how many of the numbers without a source a warning names


def read_provenance(root: Mapping, in_file: Mapping, report: Report) -> tuple[Provenance, ...]:
    """Every entry of `provenance`; paths that lead nowhere and sources not listed are reported.

    in_file: the tree before --set, whose removals are no mistake; entries for what they remove are dropped.
    """
    node = root.items.get("provenance")
    if node is None:
        return ()
    if not isinstance(node, Mapping):
        found = as_written(node.text) if isinstance(node, Scalar) else "a list"
        place = root.key_lines["provenance"]
        report.add(
            [_problem(root, place, "provenance", found, "PATH: SOURCE on lines of their own, indented")]
        )
        return ()
    listed = root.items.get("references")
    references = list(listed.items) if isinstance(listed, Mapping) else []
    known = isinstance(listed, Mapping) or (listed is None and () not in report.misspelt)
    entries, nowhere, unlisted = [], _Repeated(root), _Repeated(root)
    for path, value in node.items.items():
        line, here = node.key_lines[path], path_text(("provenance", path))
        for words in _path_problems(in_file, path, report):
            nowhere.add(words[:2], line, here, words)
        text = visible(value.text.strip()) if isinstance(value, Scalar) and not value.is_null else ""
        entry = _entry(path, text)
        if entry is None or (known and entry.source is not None and entry.source not in references):
            source = (text if entry is None else entry.source, type(value))
            unlisted.add(source, line, here, _source_words(value, text, references))
        elif _leads_somewhere(root, path):
            entries.append(entry)
    report.add([*nowhere.problems(), *unlisted.problems()])
    return tuple(entries)


@dataclass(slots=True)
class _Repeated:
    """Problems of entries: one mistake that several of them have is said once, with all their lines."""

    root: Mapping
    first: dict[Hashable, tuple[int | None, str, tuple[str, str, str]]] = field(default_factory=dict)
    again: dict[Hashable, list[int | None]] = field(default_factory=dict)

    def add(self, mistake: Hashable, line: int | None, path: str, words: tuple[str, str, str]) -> None:
        """Note that the entry `path` has this mistake."""
        if self.first.setdefault(mistake, (line, path, words)) != (line, path, words):
            self.again.setdefault(mistake, []).append(line)

    def problems(self) -> Iterator[Problem]:
        """One for each mistake."""
        for mistake, (line, path, (found, allowed, hint)) in self.first.items():
            lines = [str(other) for other in self.again.get(mistake, ())]
            also = f" (also on line{'s' if len(lines) > 1 else ''} {', '.join(lines)})" if lines else ""
            yield _problem(self.root, line, path, found + also, allowed, hint)


def uncovered(root: Mapping) -> Iterator[Problem]:
    """One warning for all numbers that no entry of `provenance` speaks of.

    An entry covers what stands at its path and below. What a variant changes is covered by the entry of the
    variant, or of the place in the design. What --set changed needs none.
    """
    node = root.items.get("provenance")
    covered = set()
    for path in node.items if isinstance(node, Mapping) else ():
        there = resolve(root, parse_path(path))
        if there is not None:
            covered.add(there)
    bare = []
    for part in PARTS:
        for place, leaf in _numbers(root.items.get(part), (part,)):
            above = {place[:depth] for depth in range(1, len(place) + 1)}
            if not covered & above and not covered & set(_changed(root, place)):
                bare.append((place, leaf))
    if not bare:
        return
    named = ", ".join(f"{path_text(place)} (line {leaf.line})" for place, leaf in bare[:NAMED])
    count = "1 number" if len(bare) == 1 else f"{len(bare)} numbers"
    more = f" and {len(bare) - NAMED} more" if len(bare) > NAMED else ""
    yield Problem(
        file=root.file,
        line=root.key_lines.get("provenance"),
        path="provenance",
        found=f"{count} without a source: {named}{more}",
        allowed="an entry for every number, or for what it is part of",
        hint="name a reference, or say `assumption (LOW to HIGH): why`",
        severity="warning",
    )


def _numbers(node: Node | None, path: Path) -> Iterator[tuple[Path, Scalar]]:
    """Every value of the file with a number in it: (path, value)."""
    if isinstance(node, Scalar):
        if node.line is not None and _NUMBER.search(node.text) and path[-1] not in PROSE:
            yield path, node
    elif node is not None:
        items = node.items.items() if isinstance(node, Mapping) else enumerate(node.items)
        for key, item in items:
            yield from _numbers(item, (*path, key))


def _changed(root: Mapping, path: Path) -> Iterator[Path]:
    """The places in the design that a variant's value stands for, from the top."""
    if path[0] != "variants" or len(path) < 3:
        return
    try:
        changed = parse_path(str(path[2]))
    except QuantityError:
        return
    changed = (resolve(root, changed) or changed) + path[3:]
    yield from (changed[:depth] for depth in range(1, len(changed) + 1))


def _leads_somewhere(root: Mapping, path: str) -> bool:
    try:
        return find(root, parse_path(path)) is not None
    except QuantityError:
        return False


def _path_problems(root: Mapping, path: str, report: Report) -> Iterator[tuple[str, str, str]]:
    try:
        parsed = parse_path(path)
    except QuantityError as error:
        yield error.found, error.allowed, error.hint
        return
    depth = next((d for d in range(1, len(parsed) + 1) if find(root, parsed[:d]) is None), None)
    if depth is None or report.explains(parsed[: depth - 1], parsed[depth - 1]):
        return
    parent, key = find(root, parsed[: depth - 1]), parsed[depth - 1]
    known = list(parent.items) if isinstance(parent, Mapping) else []
    where = f"what is in {path_text(parsed[: depth - 1])}" if depth > 1 else "a path from the top of the file"
    there = f": {', '.join(known)}" if 0 < len(known) <= 8 else ""
    hint = close_match(str(key), known) or _inherited(root, parsed)
    if depth == 1 and not hint:
        hint = "paths begin with design, variants, truths or weights"
    yield f"`{key}`, which is not there", where + there, hint


def _inherited(root: Mapping, path: Path) -> str:
    """Where the value stands when a truth inherits it."""
    seen: list[str] = []
    while path[0] == "truths" and len(path) > 2 and str(path[1]) not in seen:
        seen.append(str(path[1]))
        parent = find(root, ("truths", path[1], "extends"))
        if not isinstance(parent, Scalar):
            return ""
        path = ("truths", parent.text, *path[2:])
        if find(root, path) is not None:
            return f"{seen[0]} has it from {parent.text}: {path_text(path)}"
    return ""


def _source_words(value: Node, text: str, references: list[str]) -> tuple[str, str, str]:
    key = text.partition(":")[0].strip()
    found = as_written(text if isinstance(value, Scalar) and not value.is_null else plain(value))
    if text.startswith("assumption"):
        return (
            found,
            "`assumption (LOW to HIGH): why`",
            "give the range in brackets: assumption (1 to 3): why",
        )
    allowed = f"{_ALLOWED}; references: {', '.join(references)}" if references else _ALLOWED
    return found, allowed, close_match(key, references)


def _entry(path: str, text: str) -> Provenance | None:
    """One entry; None when it is neither a source nor an assumption with its range."""
    if text.startswith("assumption"):
        match = _ASSUMPTION.fullmatch(text)
        if match is None:
            return None
        return Provenance(path=path, text=text, low=match["low"], high=match["high"], why=match["why"])
    source, _, remark = text.partition(":")
    return Provenance(path=path, text=text, source=source.strip(), why=remark.strip()) if text else None


def _problem(root: Mapping, line: int | None, path: str, found: str, allowed: str, hint: str = "") -> Problem:
    return Problem(file=root.file, line=line, path=path, found=found, allowed=allowed, hint=hint)
