"""Weights of truths: each names a truth, some weigh more than nothing, and a stop is judged under each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from simulator.errors import Problem
from simulator.loading.nodes import Mapping as Node
from simulator.loading.nodes import path_text
from simulator.loading.paths import locate
from simulator.model.truth import Truth
from simulator.repairs import close_match

__all__ = ["check", "shares"]


def check(
    root: Node, weights: Mapping[str, float], truths: Mapping[str, Truth], *, stops: bool
) -> Iterator[Problem]:
    """weights: those that could be read. truths: those read whole. stops: whether a rule can stop a trial."""
    node, there = root.items.get("weights"), root.items.get("truths")
    if not isinstance(node, Node):
        return
    known = list(there.items) if isinstance(there, Node) else []
    for name, weight in weights.items():
        if name not in known and known:
            allowed = f"one of the truths: {', '.join(known)}"
            yield _problem(root, name, f"the truth {name}", allowed, close_match(name, known))
        elif stops and weight > 0.0 and name in truths and truths[name].acceptable is None:
            allowed = "truths that say whether a stop is wanted, which an average over them needs"
            hint = f"add `acceptable: true`, `false` or `borderline` to truths.{name}"
            yield _problem(root, name, f"the truth {name}, which has no `acceptable`", allowed, hint)
    if len(weights) == len(node.items) and not any(weights.values()):
        found = "no weight above 0" if weights else "nothing in it"
        yield _problem(
            root, "", found, "a weight above 0 for at least one truth", "without weights leave it out"
        )


def shares(weights: Mapping[str, float], truths: Iterable[str]) -> dict[str, float]:
    """Of each truth that weighs something, in the file's order, its share of all weights."""
    total = sum(weights.values())
    return {name: weights[name] / total for name in truths if weights.get(name)}


def _problem(root: Node, name: str, found: str, allowed: str, hint: str) -> Problem:
    path = ("weights", name) if name else ("weights",)
    file, line = locate(root, path)
    return Problem(file=file, line=line, path=path_text(path), found=found, allowed=allowed, hint=hint)
