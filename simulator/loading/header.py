"""The top level of a scenario file beside design, variants and truths; and its provenance."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated

from simulator.errors import Problem, QuantityError, show
from simulator.loading.nodes import Mapping, Scalar
from simulator.loading.paths import close_match, find, parse_path
from simulator.model.base import Strict
from simulator.model.scenario import Provenance
from simulator.units import Name, Parsed, Text

__all__ = ["OTHER_KEYS", "Header", "read_provenance"]

OTHER_KEYS = ("design", "variants", "truths")
_ASSUMPTION = re.compile(r"assumption \((?P<low>.+?) to (?P<high>.+?)\): *(?P<why>.+)", re.DOTALL)
_PROVENANCE = "a key of `references`, `KEY: remark`, or `assumption (LOW to HIGH): why`"


def _version(value: object) -> int:
    if str(value).strip() != "1":
        raise QuantityError(show(value), "1, the version of the scenario language")
    return 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Header(Strict):
    """trialstop: version of the language. references: key -> the source in words."""

    trialstop: Annotated[int, Parsed(_version, "integer")]
    title: Text
    question: Text = ""
    references: dict[Name, Text] = field(default_factory=dict)
    benchmark: Name | None = None
    provenance: dict[Text, Text] = field(default_factory=dict)


def read_provenance(root: Mapping, references: list[str]) -> tuple[tuple[Provenance, ...], list[Problem]]:
    """Every entry of `provenance`; problems for paths that lead nowhere and sources not listed."""
    node = root.items.get("provenance")
    if not isinstance(node, Mapping):
        return (), []
    entries, problems = [], []
    for path, value in node.items.items():
        line = node.key_lines[path]
        for found, allowed, hint in _path_problems(root, path):
            problems.append(_at(root, line, path, found, allowed, hint))
        text = value.text if isinstance(value, Scalar) else ""
        entry = _entry(path, text)
        if entry is None or (entry.source is not None and entry.source not in references):
            key = text.partition(":")[0].strip()
            problems.append(_at(root, line, path, show(text), _PROVENANCE, close_match(key, references)))
        else:
            entries.append(entry)
    return tuple(entries), problems


def _at(root: Mapping, line: int | None, path: str, found: str, allowed: str, hint: str) -> Problem:
    return Problem(
        file=root.file, line=line, path=f'provenance."{path}"', found=found, allowed=allowed, hint=hint
    )


def _path_problems(root: Mapping, path: str) -> Iterator[tuple[str, str, str]]:
    try:
        parsed = parse_path(path)
    except QuantityError as error:
        yield error.found, error.allowed, error.hint
        return
    for depth in range(1, len(parsed) + 1):
        if find(root, parsed[:depth]) is None:
            parent = find(root, parsed[: depth - 1])
            known = list(parent.items) if isinstance(parent, Mapping) else []
            yield f"`{parsed[depth - 1]}`, which is not there", "a path of this file", close_match(
                str(parsed[depth - 1]), known
            )
            return


def _entry(path: str, text: str) -> Provenance | None:
    """One entry; None when it is neither a source nor an assumption with its range."""
    if text.startswith("assumption"):
        match = _ASSUMPTION.fullmatch(text.strip())
        if match is None:
            return None
        return Provenance(path=path, text=text, low=match["low"], high=match["high"], why=match["why"])
    source, _, remark = text.partition(":")
    return Provenance(path=path, text=text, source=source.strip(), why=remark.strip())
