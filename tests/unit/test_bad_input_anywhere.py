"""Whatever stands anywhere in a scenario: it loads and builds, or the report says what is wrong with it."""

from __future__ import annotations

import json
import random
from itertools import product

import pytest

from simulator.errors import ScenarioError
from simulator.loading.load import load
from simulator.loading.nodes import plain, read_file
from simulator.program.build import build
from tests.unit.test_bad_input import INTERNAL, LENI, NOT_WORDS, said_of

STRANGE = (None, "", "x", "5", "-1 day", [], {}, ["x"], {"x": "y"}, [[]], "as before", "design")
GONE = "(nothing at all)"
TRIED = 100  # of 3,600 places and values, another 100 when the file changes; all were tried once


def places(node, path=()):
    """Every place below the root."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def changed(path, value):
    """The tree of the LENI scenario with another value at one place."""
    tree = plain(read_file(LENI))
    parent = tree
    for key in path[:-1]:
        parent = parent[key]
    if value is GONE:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return tree


def cases():
    every = list(product(places(plain(read_file(LENI))), (*STRANGE, GONE)))
    return random.Random(len(every)).sample(every, TRIED)


@pytest.mark.parametrize("case", cases(), ids=str)
def test_anything_anywhere_is_read_or_refused_in_words(case, tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(json.dumps(changed(*case)), encoding="utf-8")
    try:
        scenario = load(path)
    except ScenarioError as error:
        for problem in error.problems:
            said = said_of(problem)
            assert not any(word in said for word in (*INTERNAL, *NOT_WORDS)), said
            assert problem.found
            assert problem.allowed
    else:
        for design in scenario.designs.values():
            for truth in scenario.truths.values():
                build(design, truth)
