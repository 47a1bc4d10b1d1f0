"""CSV files beside a scenario, named by `csv`: read into the tree, as if what they list stood there."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath

from simulator.errors import Problem, show
from simulator.loading.nodes import MAX_FILE_BYTES, Mapping, Node, Path, Scalar, path_text
from simulator.visible import visible

__all__ = ["KEPT_BESIDE", "Listed", "problem", "put_in", "rows_of"]

KEPT_BESIDE = {"bounds": "the bounds", "user_table": "the decisions"}
"""The kind of a rule or a design that may have `csv` -> what the file lists."""


@dataclass(slots=True)
class Listed(Mapping):
    """What a CSV file has for a key."""


Reader = Callable[[bytes, str, list[Problem]], dict[str, Listed]]
StandIn = Callable[[str, int | None], dict[str, Listed]]


def put_in(root: Mapping, kind: str, read: Reader, stand_in: StandIn, problems: list[Problem]) -> list[bytes]:
    """Replace `csv` of every mapping of this `kind` by the keys that the file has; the files' contents.

    read: content, name, problems to add to -> key -> what it has; nothing with a problem.
    stand_in: file, line -> the same in its place then, so that the rest can be checked.
    A path is meant from the folder of the scenario; from the one worked in where `--set` gives it.
    """
    contents = []
    for holder, path in _with_csv(root, kind):
        data = _read(holder, root.file, (*path, "csv"), problems)
        found: dict[str, Listed] = {}
        if data is not None:
            contents.append(data[1])
            found = read(data[1], data[0], problems)
        # of the file that stood there before a change
        for earlier in [key for key, node in holder.items.items() if isinstance(node, Listed)]:
            del holder.items[earlier], holder.key_lines[earlier]
        given, line = holder.items.pop("csv"), holder.key_lines.pop("csv")
        for key, node in (found or stand_in(given.file, line)).items():
            if key not in holder.items:
                holder.items[key], holder.key_lines[key] = node, node.line
            elif found:
                problems.append(
                    problem((given.file, line), path, f"both `{key}` and `csv`", "one of the two")
                )
    return contents


def _with_csv(node: Node, kind: str, path: Path = ()) -> Iterator[tuple[Mapping, Path]]:
    """Every mapping of this `kind` with `csv`."""
    if isinstance(node, Scalar):
        return
    items: list[tuple[str | int, Node]]
    items = [*node.items.items()] if isinstance(node, Mapping) else [*enumerate(node.items)]
    for key, item in items:
        yield from _with_csv(item, kind, (*path, key))
    if isinstance(node, Mapping) and "csv" in node.items:
        named = node.items.get("kind")
        if isinstance(named, Scalar) and named.text == kind:
            yield node, path


def _read(holder: Mapping, scenario: str, where: Path, problems: list[Problem]) -> tuple[str, bytes] | None:
    """The file's name and content; None with a problem noted."""
    given = holder.items["csv"]
    place = (given.file, holder.key_lines["csv"])
    if not isinstance(given, Scalar) or given.is_null:
        problems.append(problem(place, where, "no file name", "the name of a CSV file"))
        return None
    name = FilePath(scenario).parent / given.text if given.file == scenario else FilePath(given.text)
    try:
        data = name.read_bytes()
        data.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is not UTF-8"
        found = f"{show(given.text)}: {reason}"
        problems.append(problem(place, where, found, "a CSV file that can be read"))
        return None
    if len(data) > MAX_FILE_BYTES:
        found = f"{show(given.text)} of {len(data):,} bytes"
        problems.append(problem(place, where, found, f"at most {MAX_FILE_BYTES:,} bytes"))
        return None
    return visible(str(name)), data


def rows_of(data: bytes) -> list[tuple[int, list[str]]]:
    """(line, cells) of a CSV file's rows that are not empty, the cells without spaces around them."""
    reader = csv.reader(io.StringIO(data.decode("utf-8-sig")), skipinitialspace=True)
    return [(line, [cell.strip() for cell in row]) for line, row in enumerate(reader, start=1) if any(row)]


def problem(place: tuple[str, int | None], path: Path, found: str, allowed: str, hint: str = "") -> Problem:
    """What is wrong at a line of a file."""
    return Problem(
        file=place[0], line=place[1], path=path_text(path), found=found, allowed=allowed, hint=hint
    )
