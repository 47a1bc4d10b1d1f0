"""Where something stands as the file has it, before shorthands, `extends` and variants were worked in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from simulator.errors import show
from simulator.loading import nodes
from simulator.loading.nodes import Node, Path
from simulator.loading.paths import Place, locate

__all__ = ["Written", "align", "as_written"]

LONGEST = 70  # characters of a value repeated in a message


def as_written(value: object) -> str:
    """A value as one would write it on one line: `{uniform: [14 days, 1 day]}`; texts as `show` has them."""
    if value is None:
        return "null"
    if not isinstance(value, dict | list | tuple):
        return show(value)
    text = _flow(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return "null" if value is None else " ".join(str(value).split())


def align(node: Node | None, parts: Path) -> tuple[Path, bool]:
    """The longest way down `node` along `parts`, and whether it ends with the last of them.

    Parts that are not there are passed over: a shorthand left them out of the file.
    """
    if not parts:
        return (), node is not None
    ways = list(_ways(node, parts))
    return max(ways, key=lambda way: (len(way[0]), way[1])) if ways else ((), False)


def _ways(node: Node | None, parts: Path) -> Iterator[tuple[Path, bool]]:
    for i, part in enumerate(parts):
        child = _child(node, part)
        if child is not None:
            rest, whole = align(child, parts[i + 1 :])
            yield (part, *rest), whole


def _child(node: Node | None, part: str | int) -> Node | None:
    if isinstance(node, nodes.Mapping):
        return node.items.get(part) if isinstance(part, str) else None
    if isinstance(node, nodes.Sequence) and isinstance(part, int):
        return node.items[part] if part < len(node.items) else None
    return None


@dataclass(frozen=True, slots=True)
class Written:
    """The file's own tree, to say where things stand in it.

    own: body of each truth with its events in the long form, nothing inherited. parents: what each extends.
    """

    root: nodes.Mapping
    own: Mapping[str, nodes.Mapping]
    parents: Mapping[str, str | None]

    def path(self, path: Path, *, missing: bool = False) -> Path:
        """`path` of a worked-out truth as it is in the file; `missing`: its last part is not there.

        What a truth inherits stands where it was written; what a whole chain lacks is missing in the oldest.
        """
        if path[:1] != ("truths",) or len(path) < 2 or path[1] not in self.own:
            return path
        body = path[2:-1] if missing else path[2:]
        ways = [(name, *align(self.own[name], body)) for name in self.chain(str(path[1]))]
        best = max((len(kept), whole) for _, kept, whole in ways)
        same = [(name, kept) for name, kept, whole in ways if (len(kept), whole) == best]
        merged = missing and "components" not in body and not (body[:1] == ("delays",) and len(body) > 1)
        name, kept = same[-1] if merged else same[0]
        return ("truths", name, *self._short(name, kept), *(path[-1:] if missing else ()))

    def place(self, tree: nodes.Mapping, here: Path, shown: Path, *, missing: bool = False) -> Place:
        """File and line of `here` in `tree`, `shown` in the file; of what is missing, what it is in."""
        return locate(self.root if missing and shown[:1] == ("truths",) else tree, shown if missing else here)

    def orphan(self, name: str) -> bool:
        """Whether a truth extends, at whatever remove, one that is not there: what it lacks may be there."""
        oldest = self.chain(name)[-1]
        return "extends" in self.own[oldest].items

    def chain(self, name: str) -> list[str]:
        """The truth and what it extends, oldest last."""
        chain: list[str] = []
        step: str | None = name
        while step is not None and step in self.own and step not in chain:
            chain.append(step)
            step = self.parents.get(step)
        return chain

    def _short(self, name: str, path: Path) -> Path:
        """Without `components.EVENT` where the file has an event's only component without a name."""
        event = path[:2]
        if path[2:4] != ("components", *path[1:2]) or event[:1] != ("events",):
            return path
        _, there = align(self.root, ("truths", name, *event, "components"))
        return path if there else (*event, *path[4:])
