"""A field whose class is chosen by the file from a registry: rules, designs, hazard families, delays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator import registry

__all__ = ["TAG", "Registered"]

TAG = "registered:"  # marks the choice in an error's location; never a key of a file


@dataclass(frozen=True, slots=True)
class Registered:
    """Marks a field as one of a registry's classes; pydantic calls the hook, nothing else does.

    rule, design: the class is named by `kind`. family, delay: by the first key that a class is known by.
    """

    what: registry.Choice

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> dict[str, Any]:
        """Tagged union over the registry, as a core schema.

        A class is imported when a file first names it, which few do of most. The context of a validation is
        what reads a value as a class.
        """
        del source, handler
        specs = self.table()
        choices = {TAG + key: _prepared(_when_named(spec), self.what) for key, spec in specs.items()}
        return {"type": "tagged-union", "choices": choices, "discriminator": self._chooser(specs)}

    def table(self) -> Mapping[str, str]:
        """Names a file may use here -> class."""
        return registry.table(self.what)

    def asked(self, value: object) -> list[str]:
        """Names by which a value as written may choose its class: its `kind`, or each of its keys."""
        if not isinstance(value, dict):
            return []
        return [str(value["kind"])] if "kind" in value else [str(key) for key in value]

    def _chooser(self, specs: Mapping[str, str]) -> Callable[[object], str | None]:
        if self.what in {"rule", "design"}:

            def by_kind(value: object) -> str | None:
                kind = value.get("kind") if isinstance(value, dict) else None
                return TAG + str(kind) if kind is not None else None

            return by_kind

        def by_key(value: object) -> str | None:
            if isinstance(value, str) and self.what == "delay":
                return TAG + "fixed"
            if not isinstance(value, dict):
                return None
            return next((TAG + key for key in specs if key in value), None)

        return by_key


def _when_named(spec: str) -> dict[str, Any]:
    """The schema of a class that is not imported before."""

    def read(value: object, info: Any) -> object:
        return info.context(registry.load(spec), value)

    return {"type": "function-plain", "function": {"type": "with-info", "function": read}}


def _prepared(schema: dict[str, Any], what: str) -> dict[str, Any]:
    """The class's schema behind what turns the file's form into its fields."""

    def without_kind(value: object) -> object:
        return {k: v for k, v in value.items() if k != "kind"} if isinstance(value, dict) else value

    def fixed_from_text(value: object) -> object:
        return {"fixed": value} if isinstance(value, str) else value

    before = {"rule": without_kind, "design": without_kind, "delay": fixed_from_text}.get(what)
    if before is None:
        return schema
    return {"type": "function-before", "function": {"type": "no-info", "function": before}, "schema": schema}
