"""Changes to the node tree before validation: one merge for `extends`, `variants`, `--set` and `--vary`.

Mappings merge key by key, down to named items. Replaced whole, with all that is in them: what stands under
`rule`, `scope`, `gives`, `look`, `then` or `when_detected`, and each named item under `components` or
`delays`; lists and scalars too. `null` removes what is there.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from simulator.errors import Problem, QuantityError, ScenarioError, show
from simulator.loading.nodes import Mapping, Node, Path, Scalar, Sequence, path_text
from simulator.loading.paths import Place, parse_path, set_at
from simulator.model.truth import Component
from simulator.repairs import close_match

__all__ = [
    "Extended",
    "apply_change",
    "apply_variant",
    "extend",
    "merge",
    "normalise_events",
    "resolve_extends",
]

REPLACED_WHOLE = frozenset({"rule", "scope", "gives", "look", "takes", "then", "when_detected"})
NAMED_ITEMS = frozenset({"components", "delays"})  # each item directly below is replaced whole
NAME_LEVELS = frozenset({"arms", "drugs", "events", "monitoring", "phases", "traits", "truths", "variants"})
"""Directly below these a key is a free name, even where it looks like a language word."""

NOT_INHERITED = ("acceptable", "extends")
BESIDE_COMPONENTS = ("components", "marks")  # keys of an event itself, not of its components
OF_COMPONENT = frozenset(field.name for field in fields(Component))  # `arms` is no misspelt `marks`


def merge(base: Node, over: Node, path: Path = ()) -> Node:
    """`over` laid upon `base`, as a new tree; `path` is where they stand, as far as it is known.

    Keeps files and lines: a replaced value brings its own, a merged mapping keeps that of `base`.
    Raises ScenarioError when a null finds nothing to remove.
    """
    problems: list[Problem] = []
    merged = _merge(base, over, path, problems)
    if problems:
        raise ScenarioError(problems)
    return merged


def apply_change(root: Mapping, path: Path, value: Node, place: Place | None = None) -> list[Problem]:
    """One `path: value` change to `root`, in place; the problems met ([] = done). See `paths.set_at`."""
    return set_at(root, path, value, merge=_merge, place=place)


def apply_variant(root: Mapping, name: str) -> Mapping:
    """A copy of `root.design` with the changes of `variants.NAME`; raises ScenarioError with all problems."""
    design, variants = root.items.get("design"), root.items.get("variants")
    if not isinstance(design, Mapping):
        raise _error((root.file, root.line), ("design",), "no design to vary", "a mapping design: ...")
    changes = variants.items.get(name) if isinstance(variants, Mapping) else None
    if not isinstance(variants, Mapping) or changes is None:
        known = list(variants.items) if isinstance(variants, Mapping) else []
        place = (root.file, variants.line if variants else None)
        allowed = f"one of {', '.join(known)}" if known else "none, for there are no variants"
        raise _error(place, ("variants",), f"no variant {show(name)}", allowed, close_match(name, known))
    here: Path = ("variants", name)
    if not isinstance(changes, Mapping):
        found = "a list" if isinstance(changes, Sequence) else show(changes.text)
        raise _error(
            (changes.file, variants.key_lines[name]), here, found, "changes, such as {} or {design.x: 3}"
        )
    varied = Mapping({"design": design.copy()}, {"design": root.key_lines["design"]}, root.file, root.line)
    problems: list[Problem] = []
    for key, value in changes.items.items():
        place = (value.file, changes.key_lines[key])
        try:
            path = parse_path(key)
        except QuantityError as error:
            problems.append(_problem(place, here, error.found, error.allowed, error.hint))
            continue
        if path[0] != "design" or len(path) == 1:
            hint = "a variant changes the design only; other truths go under truths"
            if path == ("design",):
                hint = "write the whole path as the key, such as design.accrual.until: 30 treated"
            problems.append(_problem(place, here, show(key), "a path that begins with design.", hint))
            continue
        problems += apply_change(varied, path, value, place)
    if problems:
        raise ScenarioError(problems)
    result = varied.items["design"]
    assert isinstance(result, Mapping)  # changes go below design, never to design itself
    return result


def normalise_events(truth: Mapping, path: Path = ()) -> Mapping:
    """A copy of a truth in which each short event body `E: {hazard: ...}` reads `E: {components: {E: ...}}`.

    `marks` stay with the event. The new keys have the line of the event. Raises ScenarioError
    for bodies that mix both forms; `path` is the truth's place, for the message.
    """
    problems: list[Problem] = []
    normal = _normalise_events(truth, path, problems)
    if problems:
        raise ScenarioError(problems)
    return normal


@dataclass(frozen=True, slots=True)
class Extended:
    """Truths worked out. own: bodies with events in the long form, nothing inherited. parents: what each
    extends. resolved: everything merged in, in file order; without the truths that could not be.
    """

    own: dict[str, Mapping]
    parents: dict[str, str | None]
    resolved: dict[str, Mapping]
    problems: list[Problem]


def resolve_extends(truths: Mapping) -> dict[str, Mapping]:
    """Every truth with its events normalised and what it `extends` merged in, in file order.

    Chains are followed; `acceptable` and `extends` are a truth's own. Raises ScenarioError with all problems:
    circles, unknown parents, bodies that are no mapping, mixed event forms, nulls that remove nothing.
    """
    extended = extend(truths)
    if extended.problems:
        raise ScenarioError(extended.problems)
    return extended.resolved


def extend(truths: Mapping) -> Extended:
    """As `resolve_extends`, with the problems beside what could be resolved."""
    problems: list[Problem] = []
    own: dict[str, Mapping] = {}
    for name, body in truths.items.items():
        if isinstance(body, Mapping):
            own[name] = _normalise_events(body, ("truths", name), problems)
        else:
            found = "a list" if isinstance(body, Sequence) else show(body.text)
            place = (body.file, truths.key_lines[name])
            problems.append(_problem(place, ("truths", name), found, "a mapping with events"))
    parents = {name: _parent(name, own[name], truths, problems) for name in own}
    circular = _circles(parents, own, problems)
    resolved: dict[str, Mapping] = {}
    for name in own:
        chain: list[str] = []
        step: str | None = name
        while step is not None and step in own and step not in resolved and step not in circular:
            chain.append(step)
            step = parents[step]
        if step is not None and step not in resolved:
            continue  # extends what is circular or no mapping
        for link in reversed(chain):  # oldest first
            parent = resolved.get(parents[link] or "")
            resolved[link] = (
                own[link].copy() if parent is None else _inherit(parent, own[link], link, problems)
            )
    in_order = {name: resolved[name] for name in truths.items if name in resolved}
    return Extended(own, parents, in_order, problems)


# ---------------------------------------------------------------- merging


def _merge(base: Node, over: Node, path: Path, problems: list[Problem]) -> Node:
    if not (isinstance(base, Mapping) and isinstance(over, Mapping)) or _whole(path):
        return over.copy()
    merged = base.copy()
    if _is_event(path) and any(key not in BESIDE_COMPONENTS for key in over.items):
        for key in [key for key in merged.items if key == "components" or key not in BESIDE_COMPONENTS]:
            del merged.items[key], merged.key_lines[key]  # the one unnamed component is replaced whole
    for key, value in over.items.items():
        there = merged.items.get(key)
        if isinstance(value, Scalar) and value.is_null:
            if there is None:
                place = (value.file, over.key_lines[key])
                found = f"null, with no {show(key)} there to remove"
                allowed = f"null for one of {', '.join(merged.items)}" if merged.items else "no null"
                problems.append(_problem(place, (*path, key), found, allowed, close_match(key, merged.items)))
            else:
                del merged.items[key], merged.key_lines[key]
            continue
        new = value.copy() if there is None else _merge(there, value, (*path, key), problems)
        if there is None or (new.file, new.line) != (there.file, there.line):
            merged.key_lines[key] = over.key_lines[key]
        merged.items[key] = new
    return merged


def _is_event(path: Path) -> bool:
    """Whether a truth's event stands at `path`, in long or short form."""
    return len(path) == 4 and (path[0], path[2]) == ("truths", "events")


def _whole(path: Path) -> bool:
    """Whether what stands at `path` is replaced whole: it is, or lies within, such a thing."""
    if len(path) > 4 and _is_event(path[:4]) and path[4] not in BESIDE_COMPONENTS:
        return True  # within the one unnamed component of an event
    word: str | int | None = None  # the language word directly above; None below a free name
    for segment in path:
        named = word in NAME_LEVELS
        if word in NAMED_ITEMS or (segment in REPLACED_WHOLE and not named):
            return True
        word = None if named else segment
    return False


# ---------------------------------------------------------------- truths


def _normalise_events(truth: Mapping, path: Path, problems: list[Problem]) -> Mapping:
    normal = truth.copy()
    events = normal.items.get("events")
    if not isinstance(events, Mapping):
        return normal
    for name, body in events.items.items():
        if not isinstance(body, Mapping):
            continue
        loose = [key for key in body.items if key not in BESIDE_COMPONENTS]
        if not loose or any(key not in OF_COMPONENT and close_match(key, BESIDE_COMPONENTS) for key in loose):
            continue  # nothing to do; or a misspelt key, which validation names
        if "components" in body.items:
            place = (body.file, body.key_lines[loose[0]])
            found = f"{', '.join(loose)} beside components"
            hint = f"move {'it' if len(loose) == 1 else 'them'} into a named component"
            allowed = f"only {', '.join(BESIDE_COMPONENTS)} here, or one component without components:"
            problems.append(_problem(place, (*path, "events", name), found, allowed, hint))
            for key in loose:
                del body.items[key], body.key_lines[key]
            continue
        line = events.key_lines[name]
        items = {key: body.items.pop(key) for key in loose}
        lines = {key: body.key_lines.pop(key) for key in loose}
        component = Mapping(items, lines, body.file, body.line)
        body.items["components"] = Mapping({name: component}, {name: line}, body.file, body.line)
        body.key_lines["components"] = line
    return normal


def _parent(name: str, body: Mapping, truths: Mapping, problems: list[Problem]) -> str | None:
    """The truth that `body` extends, or None (with a problem where what is written is no truth)."""
    node = body.items.get("extends")
    if node is None:
        return None
    parent = node.text if isinstance(node, Scalar) and not node.is_null else None
    if parent is not None and parent in truths.items:
        return parent
    found = "no single name" if parent is None else f"the unknown truth {show(parent)}"
    others = [other for other in truths.items if other != name]
    allowed = f"one of {', '.join(others)}" if others else "no extends, for there is no other truth"
    hint = close_match(parent or "", others)
    place = (node.file, body.key_lines["extends"])
    problems.append(_problem(place, ("truths", name, "extends"), found, allowed, hint))
    return None


def _circles(parents: dict[str, str | None], own: dict[str, Mapping], problems: list[Problem]) -> set[str]:
    """The truths that extend themselves, directly or through others; each circle is one problem."""
    circular: set[str] = set()
    done: set[str] = set()
    for name in parents:
        walk: dict[str, None] = {}
        step: str | None = name
        while step is not None and step not in done and step not in walk:
            walk[step] = None
            step = parents.get(step)
        done.update(walk)
        if step is None or step not in walk:
            continue
        steps = list(walk)
        circle = steps[steps.index(step) :]
        circular.update(circle)
        place = (own[step].file, own[step].key_lines["extends"])
        found = f"a circle: {' -> '.join([*circle, step])}"
        allowed = "a chain that ends in a truth without extends"
        problems.append(_problem(place, ("truths", step, "extends"), found, allowed))
    return circular


def _inherit(parent: Mapping, own: Mapping, name: str, problems: list[Problem]) -> Mapping:
    base = parent.copy()
    for key in NOT_INHERITED:
        base.items.pop(key, None)
        base.key_lines.pop(key, None)
    merged = _merge(base, own, ("truths", name), problems)
    assert isinstance(merged, Mapping)  # both are
    return merged


# ---------------------------------------------------------------- messages


def _problem(place: Place, path: Path, found: str, allowed: str, hint: str = "") -> Problem:
    return Problem(
        file=place[0], line=place[1], path=path_text(path), found=found, allowed=allowed, hint=hint
    )


def _error(place: Place, path: Path, found: str, allowed: str, hint: str = "") -> ScenarioError:
    return ScenarioError([_problem(place, path, found, allowed, hint)])
