"""CSV files beside a scenario, named by `csv`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path as FilePath

from simulator.errors import Problem, show
from simulator.loading.nodes import MAX_FILE_BYTES, Mapping, Node, Path, Scalar, path_text
from simulator.visible import visible

__all__ = ["KEPT_BESIDE", "problem", "read_beside", "rows_of", "with_csv"]

KEPT_BESIDE = {"bounds": "the bounds", "user_table": "the decisions"}
"""The kind of a rule or a design that may have `csv` -> what the file lists."""


def with_csv(node: Node, kind: str, path: Path = ()) -> Iterator[tuple[Mapping, Path]]:
    """Every mapping of this `kind` with `csv`."""
    if isinstance(node, Scalar):
        return
    items: list[tuple[str | int, Node]]
    items = [*node.items.items()] if isinstance(node, Mapping) else [*enumerate(node.items)]
    for key, item in items:
        yield from with_csv(item, kind, (*path, key))
    if isinstance(node, Mapping) and "csv" in node.items:
        named = node.items.get("kind")
        if isinstance(named, Scalar) and named.text == kind:
            yield node, path


def read_beside(
    holder: Mapping, scenario: str, where: Path, problems: list[Problem]
) -> tuple[str, bytes] | None:
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
