"""Keys as text, `p_stop.tse.toxicity`, in files and where a person names a metric; and back.

A name stands as it is, dots included (`p_select.2.5 mg`), unless it is a word of ours in that metric or the
text would be read as another key: then it is quoted as in paths, `p_stop."joint"`, a quote in it doubled.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Any, TypeVar, overload

from simulator.errors import TrialstopError
from simulator.metrics.registry import DECLARED, REMEMBERED, metric_of
from simulator.model.metric import Key, Metric

__all__ = ["Keyed", "key_of", "names_of", "text_of"]

T = TypeVar("T")
V = TypeVar("V")

NAME = r'("(?:[^"]|"")*"|[^"].*?)'  # quoted, or anything that does not begin with a quote


class Keyed(dict[Key, V]):
    """Key -> value; may be asked by a key or by its text."""

    __slots__ = ()

    def __getitem__(self, key: Key | str, /) -> V:
        """The value; KeyError if it is not there, TrialstopError if no metric is called so."""
        return super().__getitem__(key_of(key) if isinstance(key, str) else key)

    def __contains__(self, key: object, /) -> bool:
        """Whether a key, or one with this text, is there."""
        return super().__contains__(_find(key) if isinstance(key, str) else key)

    @overload
    def get(self, key: Key | str, default: None = None, /) -> V | None: ...
    @overload
    def get(self, key: Key | str, default: V, /) -> V: ...
    @overload
    def get(self, key: Key | str, default: T, /) -> V | T: ...
    def get(self, key: Key | str, default: Any = None, /) -> Any:
        """The value, or `default`."""
        found = _find(key) if isinstance(key, str) else key
        return default if found is None else super().get(found, default)


@lru_cache(REMEMBERED)
def text_of(key: Key) -> str:
    """The text of a key, from which `key_of` makes the same key again."""
    metric = metric_of(key)
    names, ours = metric.names(key), _words()[metric.name]
    for quoted in (
        [name in ours for name in names],
        [name in ours or "." in name for name in names],
        [True] * len(names),
    ):
        text = _written(metric, names, quoted)
        if _find(text) == key:
            break
    return text


def names_of(key: Key) -> str:
    """The text of a key without its metric: `tse.toxicity`, `joint`; "" if nothing follows."""
    return text_of(key)[len(key.metric) + 1 :]


def key_of(text: str) -> Key:
    """The key that a text means. Raises TrialstopError if no metric is called so."""
    key = _find(text)
    if key is None:
        forms = [metric.form for metric in DECLARED]
        near = get_close_matches(text, forms, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise TrialstopError(f"no metric is called {text!r}; docs/results.md lists them{hint}")
    return key


@lru_cache(REMEMBERED)
def _find(text: str) -> Key | None:
    """The key; where several forms fit, that of the form with most pieces, then with most words of ours."""
    for pattern, metric in _patterns().get(text.partition(".")[0], ()):
        if found := pattern.fullmatch(text):
            return metric(*map(_bare, found.groups()))
    return None


def _written(metric: Metric, names: Sequence[str], quoted: Sequence[bool]) -> str:
    shown = iter(_quoted(name) if quote else name for name, quote in zip(names, quoted, strict=True))
    return ".".join(next(shown) if segment.isupper() else segment for segment in metric.segments)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _bare(name: str) -> str:
    return name[1:-1].replace('""', '"') if name[0] == '"' else name


@cache
def _patterns() -> dict[str, list[tuple[re.Pattern[str], Metric]]]:
    """Metric -> its forms as patterns, in the order in which they are tried."""
    found: dict[str, list[tuple[re.Pattern[str], Metric]]] = defaultdict(list)
    for metric in sorted(DECLARED, key=lambda m: (-len(m.segments), len(m.parts))):
        pieces = (NAME if segment.isupper() else re.escape(segment) for segment in metric.segments)
        found[metric.name].append((re.compile(r"\.".join(pieces), re.DOTALL), metric))
    return found


@cache
def _words() -> dict[str, set[str]]:
    """Metric -> words of ours that may follow it."""
    found: dict[str, set[str]] = defaultdict(set)
    for metric in DECLARED:
        if metric.word is not None:
            found[metric.name].add(metric.word)
    return found
