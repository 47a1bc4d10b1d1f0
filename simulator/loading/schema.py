"""The scenario language as a JSON Schema (draft 2020-12), from the dataclasses that files are read into.

It knows the keys, which of them are needed, the kinds of rules, hazards, delays and designs, the short forms,
and how values are written. What it cannot tell `check` does: names that are not there, paths that lead
nowhere, what must hold between values.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from simulator import plugins, registry
from simulator.loading.beside import KEPT_BESIDE
from simulator.loading.header import Header
from simulator.loading.schema_values import Json, form_of, mapping_of
from simulator.loading.schema_words import first_paragraph, told_of
from simulator.loading.structure import admit_all
from simulator.model.design import Design
from simulator.model.registered import Registered
from simulator.model.truth import Component, EventDelays, Trait, Truth, TruthEvent
from simulator.scalars import Parsed, Shorthand
from simulator.units import DelayDays, Name

__all__ = ["schema"]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
MERGED = (Truth, TruthEvent, Trait, EventDelays)
"""In a truth that extends another these are laid upon what it inherits, and null removes a key of them."""

IN_DESIGN = r'^\s*"?design\b'
ENTRY = r"^\s*(?:assumption \([\s\S]+? to [\s\S]+?\):\s*\S|(?!assumption)\S)"


def schema() -> dict[str, Any]:
    """The JSON Schema of a scenario file, with the kinds that installed plug-ins bring; a new one each time.

    TrialstopError for a plug-in that cannot be used.
    """
    admit_all()
    maker = _Maker()
    name, truth = maker.of(Name), maker.of(Truth)
    extending = maker.of(Truth, extending=True)
    parts: dict[str, Json] = {
        "design": {**maker.of(Design), "description": "What people do: the protocol."},
        "variants": {
            **_named(name, {"type": "object", "propertyNames": {"pattern": IN_DESIGN}}),
            "description": "The design with changes: under each name, paths in the design and what is there "
            "instead; null removes. Without variants there is one, as written.",
        },
        "truths": {
            **_named(name, {"if": {"required": ["extends"]}, "then": extending, "else": truth}),
            "minProperties": 1,
            "description": "What nature may do. A truth that `extends` another says what differs from it.",
        },
        "provenance": {
            **_named({}, {"type": "string", "pattern": ENTRY}),
            "description": "Where numbers come from. Under the path of a value: a key of `references`, "
            "`KEY: remark`, or `assumption (LOW to HIGH): why`.",
        },
    }
    about, _ = told_of(Header)
    whole = mapping_of(maker.properties(Header) | parts, [*_needed(Header), "design", "truths"])
    definitions = dict(sorted(maker.definitions.items()))
    return {"$schema": DRAFT, "title": "A trialstop scenario", "description": about, **whole} | {
        "$defs": definitions
    }


@dataclass(slots=True)
class _Maker:
    """Turns annotations into schemas. definitions: the classes and quantities met; owners: whose they are."""

    definitions: dict[str, Json] = field(default_factory=dict)
    owners: dict[str, object] = field(default_factory=dict)

    def of(self, kind: object, *, extending: bool = False) -> Json:
        """What may stand where the model has this annotation; `extending`: in a truth that extends one."""
        kind, *markers = _apart(kind)
        if markers:
            return self.marked(kind, markers, extending)
        if isinstance(kind, type) and is_dataclass(kind):
            return self.named(kind, extending and kind in MERGED)
        origin, inner = get_origin(kind), get_args(kind)
        if origin is dict:
            return _named(self.of(inner[0]), _removable(self.of(inner[1], extending=extending), extending))
        if origin is tuple and inner[-1] is Ellipsis:
            return {"type": "array", "items": self.of(inner[0])}
        if origin is tuple:
            first = [self.of(each) for each in inner]
            return {"type": "array", "prefixItems": first, "items": False, "minItems": len(first)}
        if _options(kind) != [kind]:
            return _any_of(self.of(each, extending=extending) for each in _options(kind))
        return {}  # anything

    def marked(self, kind: object, markers: list[object], extending: bool) -> Json:
        """An annotation with markers, of which the last is asked first."""
        *rest, marker = markers
        if isinstance(marker, Parsed):
            return self.single(kind, marker)
        if isinstance(marker, Registered):
            return self.registered(marker)
        below = Annotated[(kind, *rest)] if rest else kind
        long = self.of(below, extending=extending)
        if not isinstance(marker, Shorthand):
            return long
        lists = [each for each in _options(kind) if get_origin(each) is tuple]
        short = marker.also or (get_args(lists[0])[0] if lists else None)
        return long if short is None else _any_of([self.of(short), long])

    def single(self, kind: object, parsed: Parsed) -> Json:
        """One value: one of a few words, or whatever its reader takes."""
        if all(get_origin(each) is Literal for each in _options(kind)):
            return {"enum": [word for each in _options(kind) for word in get_args(each)]}
        about, name = first_paragraph(parsed.parse), parsed.parse.__name__
        form = _about(about) | form_of(parsed)
        if not name.startswith("parse_"):
            return form
        return self.define(name.removeprefix("parse_"), parsed.parse, lambda: form)

    def registered(self, marker: Registered) -> Json:
        """One of a registry's classes: by its `kind`, or by its keys."""
        if marker.what == "delay":
            return _any_of([self.of(DelayDays), *(self.named(cls) for _, cls in _classes(marker))])
        choices = [
            self.define(cls.__name__, cls, lambda name=name, cls=cls: self.chosen(name, cls))  # type: ignore[misc]
            for name, cls in _classes(marker)
        ]
        about = _about(f"A {plugins.WORDS[marker.what]}, chosen by its `kind`.")
        return self.define(marker.what, marker.what, lambda: about | _any_of(choices))

    def chosen(self, kind: str, cls: type) -> Json:
        """A rule that is named by `kind`."""
        more: dict[str, Json] = {"kind": {"const": kind}}
        if kind in KEPT_BESIDE:
            more["csv"] = {"type": "string", "description": f"A CSV file that lists {KEPT_BESIDE[kind]}."}
        return self.mapping(cls, more=more, needed=["kind"])

    def named(self, cls: type, extending: bool = False) -> Json:
        """A class, by reference."""
        name = f"Extending{cls.__name__}" if extending else cls.__name__
        owner = (cls, extending)
        if cls is TruthEvent:
            return self.define(name, owner, lambda: self.event(extending))
        more: dict[str, Json] = {"extends": self.of(Name)} if cls is Truth and extending else {}
        return self.define(name, owner, lambda: self.mapping(cls, extending, more))

    def event(self, extending: bool) -> Json:
        """How an event comes about: its components by name, or the keys of its only one."""
        marks = {"marks": self.properties(TruthEvent, extending)["marks"]}
        forms = [self.mapping(TruthEvent, extending), self.mapping(Component, more=marks)]
        return _about(told_of(TruthEvent)[0]) | _any_of(forms)

    def mapping(
        self,
        cls: type,
        extending: bool = False,
        more: dict[str, Json] | None = None,
        needed: Iterable[str] = (),
    ) -> Json:
        """A class's keys; those of the field `beside` stand beside the others, or written out under it."""
        about = _about(told_of(cls)[0])
        required = [*needed, *(() if extending else _needed(cls))]
        beside = getattr(cls, "beside", None)
        own = {**(more or {}), **self.properties(cls, extending, without=beside)}
        if beside is None:
            return about | mapping_of(own, required)
        kind, *markers = _apart(_hints(cls)[beside])
        long = (
            [] if cls is Component else [mapping_of(own | {beside: self.of(_hints(cls)[beside])}, required)]
        )
        required = [key for key in required if key != beside]
        if markers and isinstance(markers[-1], Registered):
            return about | _any_of([*self.together(own, required, markers[-1]), *long])
        return about | _any_of([mapping_of(own, required) | self.of(kind), *long])

    def together(self, own: dict[str, Json], needed: list[str], marker: Registered) -> Iterator[Json]:
        """The keys `own` with those of each class that may be chosen."""
        for name, cls in _classes(marker):
            kind: dict[str, Json] = {} if marker.what == "family" else {"kind": {"const": name}}
            found = mapping_of({**kind, **self.properties(cls), **own}, [*kind, *_needed(cls), *needed])
            yield _about(told_of(cls)[0]) | found

    def properties(self, cls: type, extending: bool = False, without: str | None = None) -> dict[str, Json]:
        """Key -> what may stand there, with what docstrings say of it: that of `cls`, or of what it holds."""
        told, hints = told_of(cls)[1], _hints(cls)
        found = {}
        for name in (each.name for each in fields(cls) if each.name != without):
            value = _removable(self.of(hints[name], extending=extending), extending)
            held = _held(hints[name])
            about = told.get(name) or (told_of(held)[0] if held is not None else "")
            found[name] = value | _about(about)
        return found

    def define(self, name: str, owner: object, make: Callable[[], Json]) -> Json:
        """A reference to what `make` gives, made once for each owner; the module tells names apart."""
        if self.owners.get(name, owner) != owner:
            cls = owner[0] if isinstance(owner, tuple) else owner
            name = f"{cls.__module__.rpartition('.')[2]}.{name}"
        if name not in self.owners:
            self.owners[name] = owner
            self.definitions[name] = make()
        return {"$ref": f"#/$defs/{name}"}


def _about(text: str) -> Json:
    return {"description": text} if text else {}


def _named(name: Json, value: Json) -> Json:
    """A mapping with names for keys."""
    return {"type": "object", "propertyNames": name, "additionalProperties": value}


def _removable(form: Json, extending: bool) -> Json:
    return _any_of([form, {"type": "null"}]) if extending else form


def _any_of(forms: Iterable[Json]) -> Json:
    found = list(forms)
    return found[0] if len(found) == 1 else {"anyOf": found}


def _apart(kind: object) -> list[object]:
    """An annotation, then its markers."""
    return list(get_args(kind)) if get_origin(kind) is Annotated else [kind]


def _options(kind: object) -> list[object]:
    """The parts of a union other than None; of anything else that alone."""
    if get_origin(kind) not in (Union, types.UnionType):
        return [kind]
    return [each for each in get_args(kind) if each is not type(None)]


def _held(kind: object) -> type | None:
    """The class of which there are several, by name or in a list."""
    kind, *_ = _apart(_options(kind)[0])
    if get_origin(kind) in (dict, tuple):
        return _held(get_args(kind)[1 if get_origin(kind) is dict else 0])
    return kind if isinstance(kind, type) and is_dataclass(kind) else None


def _classes(marker: Registered) -> Iterator[tuple[str, type]]:
    return ((name, registry.load(spec)) for name, spec in marker.table().items())


def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls, include_extras=True)


def _needed(cls: type) -> list[str]:
    """Keys that a class cannot do without."""
    return [f.name for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING]
