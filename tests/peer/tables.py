"""Values of other programs, as they stand in data/: below two lines on what made them, a CSV table."""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cache
from pathlib import Path

__all__ = ["grouped", "rows", "whole"]

DATA = Path(__file__).parent / "data"


@cache
def rows(name: str) -> list[dict[str, str]]:
    """Every row of a file."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def grouped(name: str) -> dict[str, list[dict[str, str]]]:
    """Design -> its rows."""
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows(name):
        found[row["design_id"]].append(row)
    return found


def whole(text: str) -> int | None:
    """A count; None for none."""
    return int(float(text)) if text not in {"", "NA"} else None
