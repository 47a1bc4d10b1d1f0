"""A whole scenario from one integer: its tree, its text, and what the loader and the lowering make of it."""

from __future__ import annotations

import tempfile
from copy import deepcopy
from functools import lru_cache
from io import StringIO
from pathlib import Path
from random import Random

from ruamel.yaml import YAML

from simulator import registry
from simulator.loading.load import load
from simulator.model.design import Design
from simulator.model.scenario import Scenario
from simulator.model.truth import Truth
from simulator.program.build import build
from simulator.program.tables import Program
from tests.generated import of_amendments, of_arms, of_design, of_dosing, of_rules, of_truth
from tests.generated.author import Author, Tree
from tests.generated.world import World, draw_world

__all__ = ["damaged", "lower", "read", "text_of", "tree_of"]

DESIGN = {
    "Design.drugs": 1.0,
    "Design.phases": 1.0,
    "Design.events": 1.0,
    "Design.dose_finding": 1.0,
    "Design.expansion": 0.75,
    "Design.monitoring": 1.0,
    "Design.amendments": 0.6,
}
DRUGLESS = dict.fromkeys(
    ("Phase.gives", "Phase.steps", "Component.while_on", "Component.while_off", "Component.dose_ratio",
     "Scope.doses", "LogNormalOnset.late"), 0.0,
)  # fmt: skip
ARMLESS = {f"Monitor.rule.{kind}": 0.0 for kind in registry.COMPARING}
GRID, PURE = {"OnsetLaw.at": 8.0}, {"OnsetLaw.at": 1e9}
DAMAGED = 0.1  # of the trees have one thing wrong with them


def tree_of(seed: int) -> Tree:
    """The scenario of a seed: half of them on day grids, one in ten with something wrong in it."""
    world = draw_world(seed)
    tree = _write(world)
    return damaged(tree, world.random) if world.chance(DAMAGED) else tree


def _write(world: World) -> Tree:
    kept = (
        DESIGN
        | of_design.KEPT
        | of_dosing.KEPT
        | of_rules.KEPT
        | of_truth.KEPT
        | of_arms.KEPT
        | of_amendments.KEPT
        | (PURE if world.pure else GRID if world.grid else {})
    )
    kept |= {} if world.drugs else DRUGLESS
    kept |= {} if world.arms else ARMLESS
    parts = (of_design, of_dosing, of_rules, of_truth, of_arms, of_amendments)
    makers = {name: maker for part in parts for name, maker in part.MAKERS.items()}
    author = Author(world, makers, kept)
    design = author.body(Design)
    truth = author.body(Truth)
    return {"trialstop": 1, "title": "generated", "design": design, "truths": {"truth": truth}}


def damaged(tree: Tree, random: Random) -> Tree:
    """The tree with one leaf removed, misspelt, or in another's place: the loader says what is wrong."""
    tree = deepcopy(tree)
    places = list(_places(tree))
    holder, key = random.choice(places)
    other, there = random.choice(places)
    way = random.randrange(4)
    if way == 0:
        del holder[key]
    elif way == 1:
        holder[key] = random.choice(["banana", "-1 day", "", 0, [], {}, True, "120%", "1e400 days"])
    elif way == 2:
        holder[key] = deepcopy(other[there])
    elif isinstance(holder, dict):
        holder[f"{key}x"] = holder.pop(key)
    else:
        holder.append(deepcopy(holder[key]))
    return tree


def _places(node: object) -> list[tuple[Tree, str]]:
    """Every (holder, key) below a node."""
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    found: list[tuple[Tree, str]] = []
    for key, item in inside:
        found.append((node, key))  # type: ignore[arg-type]
        found += _places(item)
    return found


def text_of(tree: Tree) -> str:
    """The tree as a YAML file."""
    stream = StringIO()
    _yaml().dump(tree, stream)
    return stream.getvalue()


@lru_cache(maxsize=1)
def _yaml() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = None
    yaml.sort_base_mapping_type_on_output = False
    yaml.width = 100
    yaml.representer.ignore_aliases = lambda data: True
    return yaml


def read(tree: Tree) -> Scenario:
    """The tree through a file and the loader. Raises ScenarioError."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "generated.yaml"
        path.write_text(text_of(tree), encoding="utf-8")
        return load(path)


def lower(scenario: Scenario) -> Program:
    """The Program of its first variant under its first truth."""
    variant, truth = next(iter(scenario.designs)), next(iter(scenario.truths))
    return build(
        scenario.designs[variant],
        scenario.truths[truth],
        amended=scenario.amended[variant],
        variant=variant,
        truth_name=truth,
    )
