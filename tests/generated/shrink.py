"""A small counterexample from a large one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from tests.generated.author import Tree

__all__ = ["shrink"]

Path = tuple[Any, ...]


def shrink(tree: Tree, fails: Callable[[Tree], bool], most: int = 1500) -> Tree:
    """The tree with every key and item left out without which it still fails; large ones are tried first.

    fails: whether a tree still loads and still fails. It is asked at most `most` times.
    """
    asked, progress = 0, True
    while progress:
        progress = False
        for way in _ways(tree):
            smaller = _nameless(tree, way) if isinstance(way, str) else _without(tree, way)
            if smaller is None or smaller == tree:
                continue
            if asked >= most:
                return tree
            asked += 1
            if fails(smaller):
                tree, progress = smaller, True
    return tree


def _ways(tree: Tree) -> list[Any]:
    """What may go: a name wherever it stands, then one key or item, large ones first."""
    names: list[Any] = []
    for holder in (tree.get("design"), *_mapping(tree.get("truths")).values()):
        for part in ("events", "drugs", "phases", "traits"):
            names += _mapping(_mapping(holder).get(part))
    return [*dict.fromkeys(names), *sorted(_paths(tree), key=len)]


def _mapping(node: Any) -> Tree:
    return node if isinstance(node, dict) else {}


def _nameless(node: Any, name: str) -> Any:
    """The tree without the keys and items that are a name."""
    if isinstance(node, dict):
        return {key: _nameless(item, name) for key, item in node.items() if name not in (key, item)}
    if isinstance(node, list):
        return [_nameless(item, name) for item in node if item != name]
    return node


def _paths(node: object, here: Path = ()) -> Iterator[Path]:
    """Every key and item below a node, the last of a list first."""
    if isinstance(node, dict):
        for key, item in node.items():
            yield (*here, key)
            yield from _paths(item, (*here, key))
    elif isinstance(node, list):
        for i in reversed(range(len(node))):
            yield (*here, i)
            yield from _paths(node[i], (*here, i))


def _without(tree: Tree, path: Path) -> Tree | None:
    """The tree without what is at a path; None if that is gone already."""
    tree = deepcopy(tree)
    holder: Any = tree
    try:
        for part in path[:-1]:
            holder = holder[part]
        del holder[path[-1]]
    except (KeyError, IndexError, TypeError):
        return None
    return tree
