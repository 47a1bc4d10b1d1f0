"""A decision table that a scenario keeps in a CSV file beside it: read into the tree, as if it stood there.

n,dlt,decision
3,0,E
3,1,S
3,2,D
3,3,DU
"""

from __future__ import annotations

from simulator.dose_finding.user_table import DECISIONS
from simulator.errors import Problem, show
from simulator.loading import beside
from simulator.loading.beside import Listed, problem, rows_of
from simulator.loading.nodes import Mapping, Scalar

__all__ = ["put_in"]

HEADER = ["n", "dlt", "decision"]
ROW = "3,1,S"
MOST_STOOD_IN = 200  # rows of a table that stands in


def put_in(root: Mapping, problems: list[Problem]) -> list[bytes]:
    """Replace `csv` of every design of kind `user_table` by what the file says; the files' contents."""
    return beside.put_in(root, "user_table", _table, _stand_in, problems)


def _stand_in(file: str, line: int | None) -> dict[str, Listed]:
    """A table in the place of one that could not be read, so that the rest can be checked."""
    numbers = [str(n) for n in range(1, MOST_STOOD_IN)]
    rows = {n: Scalar("S " * (int(n) + 1), False, file, line) for n in numbers}
    return {"table": Listed({**rows}, dict.fromkeys(numbers, line), file, line)}


def _table(data: bytes, file: str, problems: list[Problem]) -> dict[str, Listed]:
    """`{table: {3: E S D DU}}` with the lines of the CSV file; what is wrong with it is noted."""
    rows = rows_of(data)
    line, header = rows[0] if rows else (1, [])
    if header != HEADER or len(rows) == 1:
        allowed = f"a first row {','.join(HEADER)}, and rows such as {ROW}"
        problems.append(problem((file, line), (), show(",".join(header)), allowed))
        return {}
    said: dict[int, dict[int, tuple[str, int]]] = {}
    for line, row in rows[1:]:
        whole = len(row) == len(HEADER) and all(cell.isdecimal() and len(cell) < 6 for cell in row[:2])
        if not whole or int(row[1]) > int(row[0]) or row[2] not in DECISIONS:
            allowed = f"n, dlt of 0 to n and one of {', '.join(DECISIONS)}, such as {ROW}"
            problems.append(problem((file, line), (), show(",".join(row)), allowed))
            return {}
        n, dlt = int(row[0]), int(row[1])
        if dlt in said.setdefault(n, {}):
            first = said[n][dlt]
            found = f"{row[2]} for {dlt} of {n}, which line {first[1]} says is {first[0]}"
            problems.append(problem((file, line), (), found, "one decision for each n and dlt"))
            return {}
        said[n][dlt] = row[2], line
    top = rows[0][0]
    held = Listed({}, {}, file, top)
    for n, decisions in said.items():
        line = next(iter(decisions.values()))[1]
        if missing := [dlt for dlt in range(n + 1) if dlt not in decisions]:
            found = f"no decision for {missing[0]} of {n}"
            problems.append(problem((file, line), (), found, f"one for 0 to {n} DLTs of {n}"))
            return {}
        text = " ".join(decisions[dlt][0] for dlt in range(n + 1))
        held.items[str(n)], held.key_lines[str(n)] = Scalar(text, False, file, line), line
    return {"table": held}
