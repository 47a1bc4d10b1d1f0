"""docs/language.md speaks of every key of the language, and its examples are right."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from simulator import registry
from simulator.loading.header import KEYS
from simulator.loading.load import load
from simulator.loading.nodes import read_text
from simulator.model.action import BARE, WITH_DOSE, WITH_NAME
from simulator.model.design import Design
from simulator.model.monitoring import AMONG, UNITS, WAITS
from simulator.model.truth import Truth

DOC = (Path(__file__).parents[2] / "docs/language.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", DOC, flags=re.DOTALL)
INSIDE = {"family", "method"}  # the model's own name for what a file says with one of several keys
VALUES = {
    "Milestone",
    "LookSchedule",
    "Action",
    "Clock",
    "AccrualLaw",
    "Risk",
    "Comparison",
    "Trigger",
    "TriggerList",
}  # written as text


def classes(kind, found):
    """Every class of the model that a file's mappings become, from `kind` down."""
    if is_dataclass(kind) and isinstance(kind, type):
        if kind in found or kind.__name__ in VALUES:
            return found
        found.append(kind)
        for inner in get_type_hints(kind, include_extras=False).values():
            classes(inner, found)
    for inner in get_args(kind):
        classes(inner, found)
    return found


def keys():
    chosen = {**registry.table("rule"), **registry.DESIGNS, **registry.FAMILIES, **registry.DELAYS}
    found = []
    for kind in (Design, Truth, *(registry.load(spec) for spec in chosen.values())):
        classes(kind, found)
    names = {field.name for kind in found for field in fields(kind)} - INSIDE
    return sorted(names | set(chosen) | set(KEYS) | {"kind", "extends"})


WORDS = sorted({*BARE, *WITH_NAME, *WITH_DOSE, *AMONG, *UNITS, *WAITS})


@pytest.mark.parametrize("key", keys())
def test_every_key_is_explained(key):
    assert re.search(rf"`[^`\n]*\b{key}\b[^`]*`", DOC), f"docs/language.md does not mention `{key}`"


@pytest.mark.parametrize("word", WORDS)
def test_every_word_is_explained(word):
    assert re.search(rf"`[^`\n]*\b{word}\b[^`]*`", DOC), f"docs/language.md does not mention `{word}`"


@pytest.mark.parametrize("number, truths", [(0, ["as_hoped", "too_toxic"]), (1, ["steep"])])
def test_the_complete_examples_load(tmp_path, number, truths):
    whole = [example for example in EXAMPLES if example.startswith("trialstop: 1")]
    assert len(whole) == 2
    path = tmp_path / "s.yaml"
    path.write_text(whole[number], encoding="utf-8")
    scenario = load(path)
    assert list(scenario.truths) == truths
    assert [warning.path for warning in scenario.warnings] == ["provenance"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_fragments_are_yaml(example):
    assert read_text(example, "language.md").items
