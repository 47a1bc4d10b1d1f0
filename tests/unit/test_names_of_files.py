"""Names that cannot stand in names of files are refused when a file is checked, before anything is played."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator import check
from simulator.errors import Problem
from simulator.limits import MOST_NAME
from tests.cli.conftest import SMALL

LONG = "n" * 300


def problems(tmp_path: Path, *changes: tuple[str, str]) -> list[Problem]:
    text = SMALL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "named.yaml").write_text(text, encoding="utf-8")
    return check(tmp_path / "named.yaml")


@pytest.mark.parametrize(
    ("old", "path"),
    [
        ("clots", "design.monitoring"),
        ("clot", "design.events"),
        ("narrow", "variants"),
        ("good", "truths"),
    ],
)
@pytest.mark.parametrize(
    ("name", "found", "allowed"),
    [
        (LONG, "nnnnnnnnnnnnnnnnnnnn...", f"a name of at most {MOST_NAME} letters"),
        ("nul", "nul", "a name that a file can have"),
        ("CON", "CON", "a name that a file can have"),
        ("lpt1", "lpt1", "a name that a file can have"),
    ],
)
def test_a_name_that_no_file_can_have_is_refused(
    tmp_path: Path, old: str, path: str, name: str, found: str, allowed: str
) -> None:
    here = [p for p in problems(tmp_path, (f"{old}:", f"{name}:")) if p.path == f"{path}.{name}"]
    assert [(p.found, p.allowed, p.severity) for p in here] == [(found, allowed, "error")]


@pytest.mark.parametrize("name", ["n" * MOST_NAME, "null", "con_", "control", "com", "lpt10"])
def test_other_names_are_allowed(tmp_path: Path, name: str) -> None:
    assert problems(tmp_path, ("narrow", name)) == []


CAPITALS: dict[str, tuple[str, str]] = {
    "variants": ("  wide: {", "  Narrow: {}\n  wide: {"),
    "design.events": ("    rash: {}\n", "    rash: {}\n    Clot: {}\n"),
    "truths": ("  bad:\n", "  Good: {extends: good}\n  bad:\n"),
    "design.monitoring": (
        "\nvariants:",
        "    Clots: {counts: {event: rash}, rule: {kind: at_least, count: 2}, then: []}\n\nvariants:",
    ),
}
TWINS: dict[str, Any] = {
    "variants": "Narrow beside narrow",
    "design.events": "Clot beside clot",
    "truths": "Good beside good",
    "design.monitoring": "Clots beside clots",
}


@pytest.mark.parametrize("path", list(CAPITALS))
def test_names_that_differ_by_capitals_only_are_refused(tmp_path: Path, path: str) -> None:
    found = [p for p in problems(tmp_path, CAPITALS[path]) if p.allowed.startswith("names that differ")]
    assert [(p.path, p.found) for p in found] == [(f"{path}.{TWINS[path].split()[0]}", TWINS[path])]
