"""Rules, hazard families and dose-finding designs that other installed distributions bring.

A distribution names each in an entry-point group, `KIND = "package.module:Class"`, and keeps its code to
itself (docs/extending.md). They are looked for only when a scenario names a kind that is not built in, and
only the one that is named is imported, so that everything else starts as quickly as without them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, wraps
from inspect import getattr_static, isfunction
from typing import Any

from simulator import contracts, registry
from simulator.errors import TrialstopError
from simulator.registry import Choice

__all__ = ["GROUPS", "WORDS", "PluginError", "Private", "admit", "others", "versions_of"]

GROUPS: Mapping[Choice, str] = {
    "rule": "trialstop.rules",
    "family": "trialstop.hazards",
    "design": "trialstop.dose_finding",
}
_PROMISES: Mapping[Choice, type] = {
    "rule": contracts.Rule,
    "family": contracts.HazardFamily,
    "design": contracts.DoseDesign,
}
WORDS: Mapping[Choice, str] = {"rule": "rule", "family": "hazard", "design": "dose-finding design"}


class PluginError(TrialstopError):
    """What another distribution brings cannot be used."""


@dataclass(frozen=True, slots=True)
class Private:
    """One entry point. spec: "module:Class". distribution, version: what it was installed with."""

    what: Choice
    name: str
    spec: str
    distribution: str
    version: str

    def text(self) -> str:
        """Where it comes from: `acme-rules 1.2, entry point share = acme.rules:Share in trialstop.rules`."""
        point = f"{self.name} = {self.spec} in {GROUPS[self.what]}"
        return f"{self.distribution} {self.version}, entry point {point}"

    def refused(self, why: str) -> PluginError:
        """The error that says which plug-in it is, and why it cannot be used."""
        return PluginError(f"the {WORDS[self.what]} `{self.name}` ({self.text()}) cannot be used: {why}")


_ADMITTED: dict[type, Private] = {}  # classes in use in this process


def admit(what: Choice, name: str, read: Callable[[type], object]) -> bool:
    """Whether a distribution brings this kind and it was not known before; it is from now on.

    read: tried on its class, as one that must be possible for it (a reader of files, say). PluginError if
    the class cannot be imported, or is not what `simulator.contracts` promises.
    """
    private = _found(what).get(name)
    if private is None or name in registry.table(what):
        return False
    try:
        cls = registry.load(private.spec)
    except Exception as error:
        raise private.refused(f"{type(error).__name__}: {error}") from error
    if why := _breach(private, cls):
        raise private.refused(why)
    try:
        read(cls)
    except Exception as error:
        raise private.refused(f"{type(error).__name__}: {error}".splitlines()[0]) from error
    registry.add(what, name, private.spec)
    _ADMITTED[cls] = private
    _name_what_fails(cls, private)
    return True


def others(what: Choice) -> list[str]:
    """Names that distributions bring and that no scenario of this process has used."""
    return [name for name in _found(what) if name not in registry.table(what)]


def versions_of(scenario: object) -> dict[str, str]:
    """Distribution -> version of everything not built in that a scenario (a tree of dataclasses) uses."""
    used = {_ADMITTED[cls] for cls in _classes(scenario) if cls in _ADMITTED} if _ADMITTED else set()
    return dict(sorted((private.distribution, private.version) for private in used))


@cache
def _found(what: Choice) -> dict[str, Private]:
    """Every entry point of a group, by name; PluginError for a name that is taken."""
    from importlib.metadata import entry_points  # it takes as long as reading a small scenario

    found: dict[str, Private] = {}
    for point in entry_points(group=GROUPS[what]) if what in GROUPS else ():
        of, version = (point.dist.name, point.dist.version) if point.dist is not None else ("unknown", "")
        private = Private(what, point.name, point.value, of, version)
        if point.name in registry.table(what):
            raise private.refused("a built-in one has this name; the entry point needs another")
        if point.name in found:
            raise private.refused(f"{found[point.name].text()} has this name too; uninstall one")
        found[point.name] = private
    return found


def _breach(private: Private, cls: type) -> str:
    """How a class breaks what `simulator.contracts` promises; nothing if it does not."""
    promise = _PROMISES[private.what]
    if not issubclass(cls, promise):
        return f"{cls.__name__} does not subclass simulator.contracts.{promise.__name__}"
    left_out = [name for name in promise.__annotations__ if not hasattr(cls, name)]
    if missing := left_out + sorted(getattr(cls, "__abstractmethods__", ())):
        return f"{cls.__name__} has no {', '.join(missing)} (simulator.contracts.{promise.__name__})"
    if not is_dataclass(cls) or not cls.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        return f"{cls.__name__} is no frozen dataclass"
    if private.what == "family":
        return "" if private.name in {field.name for field in fields(cls)} else _other_name(cls, "field")
    return "" if getattr(cls, "kind", None) == private.name else _other_name(cls, "kind")


def _name_what_fails(cls: type, private: Private) -> None:
    """Have what a class raises, in anything that is asked of it, name the plug-in."""

    def told(name: str, ask: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(ask)
        def asked(*args: Any, **kwargs: Any) -> Any:
            try:
                return ask(*args, **kwargs)
            except TrialstopError:
                raise
            except Exception as error:
                why = f"{name}: {type(error).__name__}: {error}"
                raise private.refused(" ".join(why.split())) from error

        return asked

    for name in dir(_PROMISES[private.what]):
        found = getattr_static(cls, name)
        if name.startswith("_"):
            continue
        if isinstance(found, property) and found.fget is not None:
            setattr(cls, name, property(told(name, found.fget)))
        elif isfunction(found):
            setattr(cls, name, told(name, found))


def _other_name(cls: type, what: str) -> str:
    return f"{cls.__name__} has no {what} of the entry point's name"


def _classes(value: object) -> Iterator[type]:
    """The class of every dataclass in a tree of dataclasses, mappings and sequences."""
    if is_dataclass(value) and not isinstance(value, type):
        yield type(value)
        for field in fields(value):
            yield from _classes(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _classes(item)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for item in value:
            yield from _classes(item)
