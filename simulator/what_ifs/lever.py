"""The range of an assumption as changes of the file: which value it is about, and what its ends make of it.

`truths.planned.accrual: assumption (0.25 to 1 per month)` is about the value there, `0.5 per month`;
`...after_imatinib: assumption (5% to 67%)` about the one value below that is a share, `25% in 6 months`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simulator.loading.nodes import Mapping, Node, Path, Scalar, path_text
from simulator.loading.paths import find, parse_path
from simulator.loading.provenance import PROSE
from simulator.model.scenario import Provenance
from simulator.what_ifs.vary import Scale

__all__ = ["Lever", "lever_of"]

Values = Sequence[tuple[Path, str]]  # where, and what stands there

SHOWN = 3  # values that a reason names
_NUMBER = r"(?<![\w.-])[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_TIME = r"(?:day|week|month|year)s?\b"
_QUANTITY = re.compile(
    rf"(?P<number>{_NUMBER})(?:(?P<share> ?%| of [0-9.]+)|(?P<rate> per (?:[0-9.]+ )?(?:person-)?{_TIME})"
    rf"|(?P<time> {_TIME}))?"
)
_KINDS = ("share", "rate", "time")
_READS = {"share": "is in %", "rate": "is a rate", "time": "is a duration", "": "reads like that"}


@dataclass(frozen=True, slots=True)
class Lever:
    """The value that an assumption is about. low, written, high: what stands at `path`, as in the file."""

    path: str
    low: str
    written: str
    high: str

    def change(self, text: str) -> str:
        """The assignment of a value."""
        return f"{self.path}={text}"


@dataclass(frozen=True, slots=True)
class _Quantity:
    """A number within a text. kind: share, rate, time, or "" where the file's words say what it counts."""

    before: str
    number: str
    unit: str
    after: str
    kind: str


@dataclass(frozen=True, slots=True)
class _Spot:
    """A quantity of a value of the file."""

    path: Path
    text: str
    quantity: _Quantity


def lever_of(root: Mapping, item: Provenance) -> Lever | str:
    """What is to be changed for an assumption with a range, or why nothing can be, in words."""
    path = parse_path(item.path)
    node = find(root, path)
    assert node is not None, "entries of what is not there were dropped"
    values = list(_values(node, path))
    low, high = item.low or "", item.high or ""
    ends = [list(_quantities(end)) for end in (low, high)]
    if not any(ends):
        return _of_words(path, values, low, high)
    if any(len(found) > 1 for found in ends):
        return "the range speaks of several numbers: each needs an entry of its own"
    if not all(ends):
        return "the range is from a word to a number"
    return _of_numbers(path, values, *ends[0], *ends[1])


def _of_words(at: Path, values: Values, low: str, high: str) -> Lever | str:
    """The one value that is a word of the range, where no other value speaks of it."""
    found = [(path, text) for path, text in values if text in (low, high)]
    if not found:
        return "the range is in words that are no value there"
    path, text = found[0]
    spoken = re.compile(rf"\b{re.escape(text)}\b")
    others = [value for value in values if value[0] != path and spoken.search(value[1])]
    if len(found) > 1 or others:
        return _several(at, [*found, *others])
    return Lever(path_text(path), low, text, high)


def _of_numbers(at: Path, values: Values, low: _Quantity, high: _Quantity) -> Lever | str:
    """The one value with a number of the range's kind."""
    if low.unit and low.kind != high.kind:
        return "the ends of the range are in different units"
    kind, unit = high.kind, low.unit or high.unit
    spots = [
        _Spot(path, text, quantity)
        for path, text in _named(values, low.before)
        for quantity in _quantities(text)
    ]
    said = "" if any(low.before.strip() == str(spot.path[-1]) for spot in spots) else low.before
    fits = [spot for spot in spots if _fits(spot, kind, low.after or high.after, said, high.unit)]
    if not fits and len(spots) == 1 and not kind and spots[0].quantity.kind != "share" and not said:
        fits = spots  # the range leaves the unit to the value
    if len(fits) != 1:
        found = [(spot.path, spot.text) for spot in fits]
        return _several(at, found) if found else f"no value there {_READS[kind]}"
    spot = fits[0]
    texts = [_replaced(spot, end, end.unit or unit) for end in (low, high)]
    return Lever(path_text(spot.path), texts[0], spot.text, texts[1])


def _named(values: Values, before: str) -> Values:
    """Of `certainty 80%` the values whose key is certainty; all where the word is no key."""
    named = [value for value in values if value[0][-1] == before.strip()]
    return named or values


def _fits(spot: _Spot, kind: str, words: str, said: str, unit: str) -> bool:
    """Whether a quantity is what a range is about: of its kind, with its words around the number."""
    quantity = spot.quantity
    if not quantity.before.endswith(said):
        return False
    if kind == "time" and not quantity.kind:
        return not quantity.after and str(spot.path[-1]) == unit.strip()  # days: 30
    if kind:
        return quantity.kind == kind
    named = str(spot.path[-1]) == words.strip()
    return not quantity.kind and (named or quantity.after.startswith(words))


def _replaced(spot: _Spot, end: _Quantity, unit: str) -> str:
    """The value with the number and the unit of an end."""
    quantity = spot.quantity
    if not quantity.kind:  # its words, or its key, say what it counts
        unit = ""
    elif not end.kind and not unit:
        unit = quantity.unit
    return Scale(quantity.before, f"{unit}{quantity.after}").text(float(end.number))


def _quantities(text: str) -> Iterator[_Quantity]:
    for found in _QUANTITY.finditer(text):
        kind = next((name for name in _KINDS if found[name]), "")
        unit = (found[kind] or "") if kind else ""
        yield _Quantity(text[: found.start()], found["number"], unit, text[found.end() :], kind)


def _values(node: Node, path: Path) -> Iterator[tuple[Path, str]]:
    """Every value at a place and below, without prose: (path, text)."""
    if isinstance(node, Scalar):
        if path[-1] not in PROSE:
            yield path, node.text
        return
    items = node.items.items() if isinstance(node, Mapping) else enumerate(node.items)
    for key, item in items:
        yield from _values(item, (*path, key))


def _several(at: Path, found: Values) -> str:
    """That it could be any of these, at or below a place."""
    texts = [f"{path_text(path[len(at) :][-2:] or path[-1:])}: {text}" for path, text in dict(found).items()]
    more = f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    which = f"{', '.join(texts[:SHOWN])}{more}"
    return f"the range fits several values ({which}); an entry for one of them says which"
