"""Amendments of a design: the node tree after each, in order, before validation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from simulator.errors import Problem, QuantityError, show
from simulator.loading.merge import apply_change
from simulator.loading.nodes import Mapping, Node, Path, Scalar, path_text
from simulator.loading.paths import find, parse_path

__all__ = ["amended_trees", "told_apart"]

OF_FINDING, FIRST_STAGE, KIND = "dose_finding", "accelerated_until", "design.dose_finding.kind"
OF_PROTOCOL, OF_EVENTS = (
    ("phases", "monitoring", "arms", "screening", "drugs"),
    (("window",), ("when_detected",)),
)
LISTED = ("phases", "arms", "drugs")  # none of which goes
OF_ENTRY = (("design", "accrual", "until"), ("design", "randomisation", "sizes"))
FOR_GOOD = ("drug", "event", "death", "death_in_window")  # of dose finding the same in every version


def amended_trees(root: Mapping) -> tuple[dict[str, Mapping], list[Problem]]:
    """`root` (whose `design` it is about) after each amendment, each upon the one before; problems met."""
    trees, tree = dict[str, Mapping](), root
    problems: list[Problem] = []
    design = root.items["design"]
    amendments = design.items.get("amendments") if isinstance(design, Mapping) else None
    for name, body in amendments.items.items() if isinstance(amendments, Mapping) else ():
        tree = trees[name] = tree.copy()
        here: Path = ("design", "amendments", name, "change")
        changes = body.items.get("change") if isinstance(body, Mapping) else None
        for key, value in changes.items.items() if isinstance(changes, Mapping) else ():
            assert isinstance(changes, Mapping)
            place = (value.file, changes.key_lines[key])
            try:
                path = parse_path(key)
                _refuse(path, key, value, design, other_kind=KIND in changes.items)
            except QuantityError as error:
                problems.append(
                    Problem(
                        file=place[0],
                        line=place[1],
                        path=path_text(here),
                        found=error.found,
                        allowed=error.allowed,
                        hint=error.hint,
                    )
                )
            else:
                problems += apply_change(tree, path, value, place)
    return trees, problems


def _refuse(path: Path, key: str, value: Node, design: Node, *, other_kind: bool) -> None:
    """QuantityError for a place that an amendment cannot change."""
    below = path[1] if path[:1] == ("design",) and len(path) > 2 else None
    finding = isinstance(design, Mapping) and OF_FINDING in design.items
    if finding and below == OF_FINDING:
        _refuse_of_finding(path, key, value, other_kind=other_kind)
        return
    if below in OF_PROTOCOL and not (below in LISTED and len(path) == 3 and _removes(value)):
        return
    if path in OF_ENTRY and not (path[1] == "accrual" and _removes(value)):
        return
    if below == "events" and path[3:4] in OF_EVENTS and not (path[3] == "window" and _removes(value)):
        return
    allowed = (
        "a path below design.phases, design.drugs, design.arms, design.screening or design.monitoring, "
        "`window` or `when_detected` of an event, design.accrual.until, or design.randomisation.sizes"
    )
    if finding:
        allowed = allowed.replace("design.phases,", f"design.{OF_FINDING}, design.phases,")
    hint = "what else a design has is the same in every version; others are variants"
    if below == "phases":
        allowed, hint = "what is in a phase", "patients may be in it: lead no transition there instead"
    if below == "arms":
        allowed, hint = "what is in an arm", "patients may be in it: with `share: 0` it takes nobody any more"
    if below == "drugs":
        hint = "patients may be given it: leave it out of what phases give instead"
        allowed = "a list of levels"
    raise QuantityError(show(key), allowed, hint)


def _refuse_of_finding(path: Path, key: str, value: Node, *, other_kind: bool) -> None:
    """QuantityError for what is the same in every version of a dose finding, or goes with its kind alone."""
    if _removes(value) and not (path[2] == FIRST_STAGE or (other_kind and path[2] not in FOR_GOOD)):
        raise QuantityError(show(key), "a value", "what is not written there is as by default")
    if path[2] in FOR_GOOD:
        allowed = f"a key of dose finding other than {', '.join(FOR_GOOD)}"
        raise QuantityError(show(key), allowed, "these are the same in every version")


def _removes(value: Node) -> bool:
    return isinstance(value, Scalar) and value.is_null


def told_apart(
    problems: Iterable[Problem], said: set[tuple[str, str]], design: Node, amendment: str
) -> Iterator[Problem]:
    """Those of the design after an amendment that have not been `said`, which then have.

    Of what does not stand in an amendment itself it is told which one makes it wrong.
    """
    for problem in problems:
        if (problem.path, problem.found) not in said:
            there = problem.line in _lines(find(design, ("amendments",)))
            found = problem.found if there else f"{problem.found}, after the amendment {amendment}"
            yield replace(problem, found=found)
        said.add((problem.path, problem.found))


def _lines(node: Node | None) -> Iterator[int | None]:
    """The lines of everything in a part of the file."""
    if node is None:
        return
    yield node.line
    if isinstance(node, Mapping):
        yield from node.key_lines.values()
    if not isinstance(node, Scalar):
        for item in node.items.values() if isinstance(node, Mapping) else node.items:
            yield from _lines(item)
