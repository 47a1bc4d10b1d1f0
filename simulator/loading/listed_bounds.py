"""Bounds that a scenario keeps in a CSV file beside it: read into the tree, as if they stood there.

n,too_toxic at_least,cleared at_most
1-3,,
4-14,4,
15-29,5,0
"""

from __future__ import annotations

import re

from simulator.errors import Problem, show
from simulator.limits import MOST_COUNT
from simulator.loading import beside
from simulator.loading.beside import Listed, problem, rows_of
from simulator.loading.nodes import Mapping, Scalar

__all__ = ["put_in"]

HEADER = "a first row of n and one column for each outcome, such as n,too_toxic at_least,cleared at_most"
COLUMN = re.compile(r"(?P<name>\S+) (?P<way>at_least|at_most)")
ROW = re.compile(r"([0-9]{1,9})(?: ?- ?([0-9]{1,9}))?")


def put_in(root: Mapping, problems: list[Problem]) -> list[bytes]:
    """Replace `csv` of every rule of kind `bounds` by what the file says; the files' contents."""
    return beside.put_in(root, "bounds", _outcomes, _stand_in, problems)


def _stand_in(file: str, line: int | None) -> dict[str, Listed]:
    """An outcome in the place of those that could not be read, so that the rest can be checked."""
    every = f"1-{MOST_COUNT}"
    ranges = Mapping({every: Scalar("1", False, file, line)}, {every: line}, file, line)
    return {"stop": Listed({"at_least": ranges}, {"at_least": line}, file, line)}


def _outcomes(data: bytes, file: str, problems: list[Problem]) -> dict[str, Listed]:
    """Outcome -> `{at_least: {4-14: 4}}` with the lines of the CSV file; what is wrong with it is noted."""
    rows = rows_of(data)
    line, header = rows[0] if rows else (1, [])
    columns = [COLUMN.fullmatch(" ".join(cell.split())) for cell in header[1:]]
    if not header or header[0] != "n" or not columns or None in columns:
        problems.append(problem((file, line), (), show(",".join(header)), HEADER))
        return {}
    names = [column["name"] for column in columns if column is not None]
    if twice := {name for name in names if names.count(name) > 1}:
        problems.append(problem((file, line), (), f"{sorted(twice)[0]} twice", "each outcome in one column"))
        return {}
    ranges = [Mapping({}, {}, file, line) for _ in columns]
    before = None
    for line, row in rows[1:]:
        match = ROW.fullmatch(row[0])
        if match is None or len(row) != len(header):
            allowed = f"n or FIRST-LAST, then {len(columns)} counts, each of which may be empty"
            problems.append(problem((file, line), (), show(",".join(row)), allowed))
            return {}
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or (before is not None and first != before + 1):
            allowed = f"n = {before + 1} next" if before is not None else "FIRST-LAST, rising"
            hint = "every n needs a row; where nothing can happen the counts stay empty"
            problems.append(problem((file, line), (), f"n = {row[0]}", allowed, hint))
            return {}
        before = last
        for held, cell in zip(ranges, row[1:], strict=True):
            if cell:
                key = f"{first}-{last}"
                held.items[key], held.key_lines[key] = Scalar(cell, False, file, line), line
    found: dict[str, Listed] = {}
    for column, held in zip(columns, ranges, strict=True):
        assert column is not None
        top = rows[0][0]
        found[column["name"]] = Listed({column["way"]: held}, {column["way"]: top}, file, top)
    return found
