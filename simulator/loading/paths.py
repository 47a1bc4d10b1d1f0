"""One grammar for places in a scenario: `design.phases."5 mg".steps[0]`, from the file's root.

A segment is a key, quoted when it holds a space, dot, bracket or quote; an element of a list is addressed by
position (`steps[0]`, `steps.0`, from 0) or by name (the element whose `to` or `name` is the segment).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from simulator.errors import Problem, QuantityError, ScenarioError, show
from simulator.loading.nodes import Mapping, Node, Path, Scalar, Sequence, path_text, read_value
from simulator.repairs import close_match

__all__ = [
    "Merge",
    "Place",
    "find",
    "locate",
    "parse_assignment",
    "parse_path",
    "path_text",
    "resolve",
    "set_at",
]

Place = tuple[str, int | None]
"""File (or `--set`) and line that a problem is reported at."""

Merge = Callable[[Node, Node, Path, list[Problem]], Node]
"""What `set_at` does where something is there already: (there, new, path, problems to add to) -> result."""

NAMING_KEYS = ("to", "name")  # what a list element may be called by
_STEP = re.compile(r'(?P<dot>\.?)(?:"(?P<quoted>[^"]+)"|(?P<bare>[^."\[\]=\s]+))|\[(?P<index>[0-9]{1,6})\]')
_ALLOWED_PATH = 'keys joined by dots, such as design.phases."5 mg".steps[0]'
MAX_LISTED = 12  # names listed in a message


def parse_path(text: str) -> Path:
    """The segments of a path; positions in brackets are int, all else str. Raises QuantityError."""
    text = text.strip()
    path, end = _leading_path(text)
    if not path or end != len(text):
        raise QuantityError(show(text), _ALLOWED_PATH, _quoting_hint(text))
    return path


def find(root: Node, path: Path) -> Node | None:
    """The node at `path`, or None."""
    node = root
    for segment in path:
        step = _resolve(node, segment)
        if step is None:
            return None
        node = _child(node, step)
    return node


def resolve(root: Node, path: Path) -> Path | None:
    """`path` with list elements by position instead of name; None when it leads nowhere."""
    node = root
    steps: list[str | int] = []
    for segment in path:
        step = _resolve(node, segment)
        if step is None:
            return None
        node = _child(node, step)
        steps.append(step)
    return tuple(steps)


def locate(root: Node, path: Iterable[str | int]) -> Place:
    """File and line of the deepest existing node on `path`; a mapping's key counts, not its value's start.

    Segments that do not exist (a missing key, or the union tags in pydantic's locations) are passed over.
    """
    node = root
    place: Place = (root.file, root.line)
    for segment in path:
        key = _resolve(node, segment)
        if key is None:
            continue
        child = _child(node, key)
        line = node.key_lines.get(str(key), child.line) if isinstance(node, Mapping) else child.line
        node, place = child, (child.file, line)
    return place


def set_at(root: Node, path: Path, value: Node, *, merge: Merge, place: Place | None = None) -> list[Problem]:
    """Change `root` in place at `path`; returns what went wrong (nothing changed then), [] if all went well.

    Every segment but the last must exist. A null `value` removes, and then the last must exist too; otherwise
    `value` is merged into what is there, or becomes a new key. `place` is where problems are reported:
    by default that of `value`.
    """
    place = place or (value.file, value.line)
    if not path:
        return [_problem(place, path, "an empty path", _ALLOWED_PATH)]
    parent = root
    for depth, segment in enumerate(path[:-1]):
        step = _resolve(parent, segment)
        if step is None:
            return [_missing(parent, path, depth, place)]
        parent = _child(parent, step)
    last = _resolve(parent, path[-1])
    removing = isinstance(value, Scalar) and value.is_null
    if last is None and (removing or not isinstance(parent, Mapping) or isinstance(path[-1], int)):
        return [_missing(parent, path, len(path) - 1, place)]
    if removing and last is not None:
        _remove(parent, last)
        return []
    problems: list[Problem] = []
    new = value.copy() if last is None else merge(_child(parent, last), value, path, problems)
    if not problems:
        _put(parent, path[-1] if last is None else last, new, place[1])
    return problems


def parse_assignment(text: str, origin: str = "--set") -> tuple[Path, Node]:
    """`PATH=VALUE` of a command line: (path, node); VALUE is YAML. Raises ScenarioError naming `origin`."""
    text = text.strip()
    path, end = _leading_path(text)
    equals = re.compile(r"\s*=").match(text, end)
    if not path or equals is None:
        hint = (
            _quoting_hint(text.partition("=")[0].strip())
            or f"such as {origin} design.accrual.until='30 treated'"
        )
        raise ScenarioError([_problem((origin, None), (), show(text), "PATH=VALUE", hint)])
    try:
        return path, read_value(text[equals.end() :], origin)
    except ScenarioError as error:
        raise ScenarioError(replace(problem, path=path_text(path)) for problem in error.problems) from None


def _leading_path(text: str) -> tuple[Path, int]:
    """The path that `text` begins with, and the position where it ends."""
    path: list[str | int] = []
    end = 0
    while match := _STEP.match(text, end):
        if match["index"] is not None:
            if not path:
                break
            path.append(int(match["index"]))
        elif bool(match["dot"]) == bool(path):  # a dot before every key but the first
            path.append(match["quoted"] or match["bare"])
        else:
            break
        end = match.end()
    return tuple(path), end


def _quoting_hint(text: str) -> str:
    """What a path with spaces should look like; "" when spaces are not the trouble."""
    if " " not in text or '"' in text:
        return ""
    quoted = (f'"{segment}"' if " " in segment else segment for segment in text.split("."))
    return f"did you mean {'.'.join(quoted)}?"


def _resolve(node: Node, segment: str | int) -> str | int | None:
    """The key or position that `segment` means in `node`; None when there is none."""
    if isinstance(node, Mapping):
        return segment if isinstance(segment, str) and segment in node.items else None
    if isinstance(node, Scalar):
        return None
    if isinstance(segment, int) or re.fullmatch(r"[0-9]{1,6}", segment):
        return int(segment) if int(segment) < len(node.items) else None
    return next((index for index, item in enumerate(node.items) if segment in _names(item)), None)


def _names(item: Node) -> list[str]:
    """What a list element is called."""
    if not isinstance(item, Mapping):
        return []
    named = (item.items.get(key) for key in NAMING_KEYS)
    return [name.text for name in named if isinstance(name, Scalar)]


def _child(node: Node, key: str | int) -> Node:
    if isinstance(node, Mapping):
        return node.items[str(key)]
    if isinstance(node, Sequence):
        return node.items[int(key)]
    raise TypeError("a scalar has no children")


def _remove(parent: Node, key: str | int) -> None:
    if isinstance(parent, Mapping):
        del parent.items[str(key)], parent.key_lines[str(key)]
    elif isinstance(parent, Sequence):
        del parent.items[int(key)]


def _put(parent: Node, key: str | int, value: Node, line: int | None) -> None:
    """Put `value` in place; its key's line is that of the change, unless the node there was merged into."""
    if isinstance(parent, Sequence):
        parent.items[int(key)] = value
    elif isinstance(parent, Mapping):
        name = str(key)
        merged = name in parent.items and (value.file, value.line) == (
            parent.items[name].file,
            parent.items[name].line,
        )
        parent.items[name] = value
        if not merged:
            parent.key_lines[name] = line


def _problem(place: Place, path: Path, found: str, allowed: str, hint: str = "") -> Problem:
    return Problem(
        file=place[0], line=place[1], path=path_text(path), found=found, allowed=allowed, hint=hint
    )


def _missing(parent: Node, path: Path, depth: int, place: Place) -> Problem:
    """The problem that `path[depth]` is not in `parent`, which is at `path[:depth]`."""
    segment = path[depth]
    wanted = f"position {segment}" if isinstance(segment, int) else show(segment)
    where = path_text(path[:depth]) or "the file"
    if isinstance(parent, Scalar):
        return _problem(
            place, path, f"{wanted} below the single value {show(parent.text)}", f"{where} itself"
        )
    found = f"no {wanted} in {where}"
    if isinstance(parent, Mapping):
        there = list(parent.items)
    else:
        there = [name for item in parent.items for name in _names(item)]
        there += [f"[{index}]" for index in range(len(parent.items))]
    more = f" and {len(there) - MAX_LISTED} more" if len(there) > MAX_LISTED else ""
    allowed = f"what is there: {', '.join(there[:MAX_LISTED])}{more}" if there else "nothing: it is empty"
    return _problem(place, path, found, allowed, close_match(str(segment), there))
