"""The problems of a file: each once, with the variant that brings it about; no consequences of others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from simulator.errors import Problem, QuantityError
from simulator.loading import nodes
from simulator.loading.nodes import Node, Path, path_text
from simulator.loading.paths import parse_path
from simulator.scalars import did_you_mean
from simulator.units import NAMES_ALLOWED

__all__ = ["Report"]

Key = tuple[str, int | None, str, str, str]
NAMING = (
    ("truths",), ("variants",), ("references",), ("design", "drugs"), ("design", "phases"),
    ("design", "events"), ("design", "monitoring"), ("design", "amendments"),
)  # fmt: skip
"""Where names are given that other places of the file use."""


@dataclass(slots=True)
class Report:
    """Collects problems while a file is read."""

    problems: list[Problem] = field(default_factory=list)
    misspelt: set[Path] = field(default_factory=set)

    def add(self, problems: Iterable[Problem], misspelt: Iterable[Path] = ()) -> None:
        """Note problems, and the places that have a key nobody knows."""
        self.problems += problems
        self.misspelt |= set(misspelt)

    def add_variants(
        self, base: Sequence[Problem], of_each: Mapping[str, Sequence[Problem]], places: nodes.Mapping
    ) -> None:
        """Note the problems of variants; what is not in the design they change names the variant.

        places: the mapping `variants` of the file, which has the variants' lines.
        """
        known = {_key(problem) for problem in base}
        by_key: dict[Key, list[str]] = {}
        first: dict[Key, Problem] = {}
        for name, problems in of_each.items():
            for problem in problems:
                names = by_key.setdefault(_key(problem), [])
                names += [name] if name not in names else []
                first.setdefault(_key(problem), problem)
        for key, names in by_key.items():
            problem = first[key]
            if (
                key not in known
                and not problem.path.startswith("variants.")
                and len(names) < max(len(of_each), 2)
            ):
                problem = replace(problem, path=_with_variants(problem, names, places))
            self.problems.append(problem)

    def explains(self, parent: Path, key: str | int) -> bool:
        """Whether a noted problem is the reason why `key` is not in `parent`."""
        blamed = {problem.path for problem in self.problems}
        here = path_text(parent)
        if parent in self.misspelt or here in blamed or path_text((*parent, key)) in blamed:
            return True
        meant = f"did you mean {key}?"
        return any(p.hint.endswith(meant) and p.path.startswith(f"{here}.") for p in self.problems)

    def once(self) -> list[Problem]:
        """Each problem once; a warning gives way to an error in the same place.

        What is no name is said where it is given; wherever it is used follows from that.
        """
        single = list({_key(problem): problem for problem in reversed(self.problems)}.values())[::-1]
        single = list(_without_uses(single))
        errors = {(p.file, p.line, p.path.partition(" (")[0]) for p in single if p.severity == "error"}
        return [
            p
            for p in single
            if p.severity == "error" or (p.file, p.line, p.path.partition(" (")[0]) not in errors
        ]


def _key(problem: Problem) -> Key:
    return problem.file, problem.line, problem.path, problem.found, problem.severity


def _without_uses(problems: Sequence[Problem]) -> Iterator[Problem]:
    """The problems but those of the uses of what is no name and is refused where it is given.

    A use repeats it, or is so near to it that it is what was meant. A use of what is given nowhere
    counts once in a line.
    """
    refused = [problem for problem in problems if problem.allowed in NAMES_ALLOWED]
    given = {problem.found for problem in refused if _gives_name(problem)}
    near = tuple(did_you_mean(name.strip('"')) for name in given)
    seen = set()
    for problem in problems:
        if problem.allowed in NAMES_ALLOWED:
            where = (problem.file, problem.line, problem.found)
            if (problem.found in given and not _gives_name(problem)) or where in seen:
                continue
            seen.add(where)
        elif problem.hint.endswith(near):
            continue
        yield problem


def _gives_name(problem: Problem) -> bool:
    """Whether a name is given at the problem's place, such as `truths.NAME`."""
    try:
        path = parse_path(problem.path.partition(" (")[0])
    except QuantityError:
        return False
    return path[:-1] in NAMING or (path[:1] == ("truths",) and path[2:-1] == ("traits",))


def _with_variants(problem: Problem, names: list[str], places: nodes.Mapping) -> str:
    """The path with `(variant V)`, and the variant's line where the problem's own is elsewhere."""
    if len(names) > 1:
        return f"{problem.path} (variants {', '.join(names)})"
    (name,) = names
    body, line = places.items.get(name), places.key_lines.get(name)
    inside = body is not None and (problem.file, problem.line) in set(_lines(body))
    where = "" if inside or problem.line == line else f" on line {line}"
    return f"{problem.path} (variant {name}{where})"


def _lines(node: Node) -> Iterable[tuple[str, int | None]]:
    yield node.file, node.line
    if isinstance(node, nodes.Mapping):
        yield from ((node.file, line) for line in node.key_lines.values())
        for item in node.items.values():
            yield from _lines(item)
    elif isinstance(node, nodes.Sequence):
        for item in node.items:
            yield from _lines(item)
