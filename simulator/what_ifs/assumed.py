"""The range that a file assumes of one of its values."""

from __future__ import annotations

from simulator.errors import TrialstopError
from simulator.loading.nodes import Scalar
from simulator.loading.paths import find, parse_path, path_text, resolve
from simulator.loading.source import Source
from simulator.what_ifs.vary import Range, Scale

__all__ = ["assumed_range"]


def assumed_range(source: Source, path: str) -> Range:
    """From the low to the high end of the assumption at this path, on the scale of the value written there.

    `more than 95%` with `assumption (90% to 97.5%)`: from `more than 90%` to `more than 97.5%`.
    TrialstopError where nothing, or no number, is assumed.
    """
    where = parse_path(path)
    named = path_text(where)
    instead = f"say what it is to be: --vary {named}=FROM:TO:HOW_MANY"
    node = find(source.root, where)
    if node is None:
        raise TrialstopError(f"--vary {named}: found a place that is not in the file, allowed one that is")
    here = resolve(source.root, where)
    entries = [
        each for each in source.scenario.assumptions if resolve(source.root, parse_path(each.path)) == here
    ]
    if not entries:
        raise TrialstopError(f"--vary {named}: found no assumption with a range in `provenance`; {instead}")
    low, high = entries[0].low or "", entries[0].high or ""
    scale = Scale.of([node.text]) if isinstance(node, Scalar) else None
    ends = None if scale is None else (_number(scale, low), _number(scale, high))
    if scale is None or ends is None or ends[0] is None or ends[1] is None or ends[0] == ends[1]:
        raise TrialstopError(
            f"--vary {named}: found the range {low} to {high}, allowed two numbers; {instead}"
        )
    return Range(scale, min(ends[0], ends[1]), max(ends[0], ends[1]))


def _number(scale: Scale, text: str) -> float | None:
    """As the value itself is written, or its number and unit alone."""
    found = scale.number(text)
    return Scale("", scale.after).number(text) if found is None else found
