"""Bounds that a scenario keeps in a CSV file beside it: read into the tree, as if they stood there.

n,too_toxic at_least,cleared at_most
1-3,,
4-14,4,
15-29,5,0
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath

from simulator.errors import Problem, show
from simulator.limits import MOST_COUNT
from simulator.loading.nodes import MAX_FILE_BYTES, Mapping, Node, Path, Scalar, path_text
from simulator.visible import visible

__all__ = ["LISTED", "put_in"]

LISTED = "bounds"  # the kind of rule whose bounds may be in a file

HEADER = "a first row of n and one column for each outcome, such as n,too_toxic at_least,cleared at_most"
COLUMN = re.compile(r"(?P<name>\S+) (?P<way>at_least|at_most)")
ROW = re.compile(r"([0-9]{1,9})(?: ?- ?([0-9]{1,9}))?")


@dataclass(slots=True)
class _Listed(Mapping):
    """An outcome as a CSV file has it."""


def put_in(root: Mapping, problems: list[Problem]) -> list[bytes]:
    """Replace `csv` of every rule of kind `bounds` by what the file says; the files' contents.

    A path is meant from the folder of the scenario; from the one worked in where `--set` gives it.
    """
    contents = []
    for rule, path in _rules(root, ()):
        data = _read(rule, root.file, (*path, "csv"), problems)
        outcomes = None
        if data is not None:
            contents.append(data[1])
            outcomes = _outcomes(data[1], data[0], problems)
        for earlier in [key for key, node in rule.items.items() if isinstance(node, _Listed)]:
            del rule.items[earlier], rule.key_lines[earlier]  # of the file that stood there before a change
        line = rule.key_lines.pop("csv")
        given = rule.items.pop("csv")
        for outcome, node in (outcomes or _stand_in(given.file, line)).items():
            rule.items[outcome], rule.key_lines[outcome] = node, node.line
    return contents


def _read(rule: Mapping, scenario: str, where: Path, problems: list[Problem]) -> tuple[str, bytes] | None:
    """The file's name and content; None with a problem noted."""
    given = rule.items["csv"]
    place = (given.file, rule.key_lines["csv"])
    if not isinstance(given, Scalar) or given.is_null:
        problems.append(_problem(place, where, "no file name", "the name of a CSV file"))
        return None
    name = FilePath(scenario).parent / given.text if given.file == scenario else FilePath(given.text)
    try:
        data = name.read_bytes()
        data.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is not UTF-8"
        found = f"{show(given.text)}: {reason}"
        problems.append(_problem(place, where, found, "a CSV file that can be read"))
        return None
    if len(data) > MAX_FILE_BYTES:
        found = f"{show(given.text)} of {len(data):,} bytes"
        problems.append(_problem(place, where, found, f"at most {MAX_FILE_BYTES:,} bytes"))
        return None
    return visible(str(name)), data


def _stand_in(file: str, line: int | None) -> dict[str, Mapping]:
    """An outcome in the place of those that could not be read, so that the rest can be checked."""
    every = f"1-{MOST_COUNT}"
    ranges = Mapping({every: Scalar("1", False, file, line)}, {every: line}, file, line)
    return {"stop": Mapping({"at_least": ranges}, {"at_least": line}, file, line)}


def _rules(node: Node, path: Path) -> Iterator[tuple[Mapping, Path]]:
    """Every mapping with `kind: bounds` and `csv`."""
    if isinstance(node, Scalar):
        return
    items: list[tuple[str | int, Node]]
    items = [*node.items.items()] if isinstance(node, Mapping) else [*enumerate(node.items)]
    for key, item in items:
        yield from _rules(item, (*path, key))
    if isinstance(node, Mapping) and "csv" in node.items:
        kind = node.items.get("kind")
        if isinstance(kind, Scalar) and kind.text == LISTED:
            yield node, path


def _outcomes(data: bytes, file: str, problems: list[Problem]) -> dict[str, Mapping]:
    """Outcome -> `{at_least: {4-14: 4}}` with the lines of the CSV file; what is wrong with it is noted."""
    rows = [
        row
        for row in enumerate(
            csv.reader(io.StringIO(data.decode("utf-8-sig")), skipinitialspace=True), start=1
        )
        if any(row[1])
    ]
    line, header = rows[0] if rows else (1, [])
    columns = [COLUMN.fullmatch(" ".join(cell.split())) for cell in header[1:]]
    if not header or header[0].strip() != "n" or not columns or None in columns:
        problems.append(_problem((file, line), (), show(",".join(header)), HEADER))
        return {}
    names = [column["name"] for column in columns if column is not None]
    if twice := {name for name in names if names.count(name) > 1}:
        problems.append(_problem((file, line), (), f"{sorted(twice)[0]} twice", "each outcome in one column"))
        return {}
    ranges = [Mapping({}, {}, file, line) for _ in columns]
    before = None
    for line, row in rows[1:]:
        match = ROW.fullmatch(row[0].strip())
        if match is None or len(row) != len(header):
            allowed = f"n or FIRST-LAST, then {len(columns)} counts, each of which may be empty"
            problems.append(_problem((file, line), (), show(",".join(row)), allowed))
            return {}
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or (before is not None and first != before + 1):
            allowed = f"n = {before + 1} next" if before is not None else "FIRST-LAST, rising"
            hint = "every n needs a row; where nothing can happen the counts stay empty"
            problems.append(_problem((file, line), (), f"n = {row[0].strip()}", allowed, hint))
            return {}
        before = last
        for held, cell in zip(ranges, row[1:], strict=True):
            if cell.strip():
                key = f"{first}-{last}"
                held.items[key], held.key_lines[key] = Scalar(cell.strip(), False, file, line), line
    found: dict[str, Mapping] = {}
    for column, held in zip(columns, ranges, strict=True):
        assert column is not None
        top = rows[0][0]
        found[column["name"]] = _Listed({column["way"]: held}, {column["way"]: top}, file, top)
    return found


def _problem(place: tuple[str, int | None], path: Path, found: str, allowed: str, hint: str = "") -> Problem:
    return Problem(
        file=place[0], line=place[1], path=path_text(path), found=found, allowed=allowed, hint=hint
    )
