"""Amendments of a design: the node tree after each, in order, before validation."""

from __future__ import annotations

from simulator.errors import Problem, QuantityError, show
from simulator.loading.merge import apply_change
from simulator.loading.nodes import Mapping, Path, Scalar, path_text
from simulator.loading.paths import parse_path

__all__ = ["amended_trees"]

CHANGES_BELOW = ("design", "dose_finding")
FOR_GOOD = ("drug", "event", "death", "death_in_window")  # the same in every version


def amended_trees(root: Mapping) -> tuple[list[Mapping], list[Problem]]:
    """`root` (whose `design` it is about) after each amendment, each upon the one before; problems met."""
    trees: list[Mapping] = []
    problems: list[Problem] = []
    design = root.items["design"]
    amendments = design.items.get("amendments") if isinstance(design, Mapping) else None
    for name, body in amendments.items.items() if isinstance(amendments, Mapping) else ():
        tree = (trees[-1] if trees else root).copy()
        here: Path = ("design", "amendments", name, "change")
        changes = body.items.get("change") if isinstance(body, Mapping) else None
        for key, value in changes.items.items() if isinstance(changes, Mapping) else ():
            assert isinstance(changes, Mapping)
            place = (value.file, changes.key_lines[key])
            try:
                path = parse_path(key)
            except QuantityError as error:
                found, allowed, hint = error.found, error.allowed, error.hint
            else:
                found, allowed = show(key), "a path that begins with design.dose_finding."
                hint = "an amendment changes dose finding; other changes of a design are variants"
                if path[:2] == CHANGES_BELOW and path[2:3] and path[2] in FOR_GOOD:
                    allowed = f"a key of dose finding other than {', '.join(FOR_GOOD)}"
                    hint = "these are the same in every version"
                elif path[:2] == CHANGES_BELOW and len(path) > 2 and not _removes(value):
                    problems += apply_change(tree, path, value, place)
                    continue
            problems.append(
                Problem(
                    file=place[0],
                    line=place[1],
                    path=path_text(here),
                    found=found,
                    allowed=allowed,
                    hint=hint,
                )
            )
        trees.append(tree)
    return trees, problems


def _removes(value: object) -> bool:
    return isinstance(value, Scalar) and value.is_null
