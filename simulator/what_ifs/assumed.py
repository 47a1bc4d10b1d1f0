"""The range that a file assumes of one of its values."""

from __future__ import annotations

from simulator.errors import TrialstopError
from simulator.loading.paths import find, parse_path, path_text, resolve
from simulator.loading.source import Source
from simulator.what_ifs.lever import Lever, lever_of
from simulator.what_ifs.vary import Range, Scale

__all__ = ["assumed_range"]


def assumed_range(source: Source, path: str) -> tuple[str, Range]:
    """The value that an assumption here is about, or about which there is one; from its low to its high end.

    `more than 95%` with `assumption (90% to 97.5%)`: from `more than 90%` to `more than 97.5%`. As a tornado
    reads it (what_ifs/lever.py). TrialstopError where nothing, or no number, is assumed.
    """
    where = parse_path(path)
    named = path_text(where)
    instead = f"say what it is to be: --vary {named}=FROM:TO:HOW_MANY"
    if find(source.root, where) is None:
        raise TrialstopError(f"--vary {named}: found a place that is not in the file, allowed one that is")
    here = resolve(source.root, where)
    for item in source.scenario.assumptions:
        lever = lever_of(source.root, item)
        places = [item.path, lever.path] if isinstance(lever, Lever) else [item.path]
        if here not in (resolve(source.root, parse_path(place)) for place in places):
            continue
        found = _range(lever) if isinstance(lever, Lever) else None
        if found is not None and isinstance(lever, Lever):
            return lever.path, found
        why = "" if isinstance(lever, Lever) else f" ({lever})"
        raise TrialstopError(
            f"--vary {named}: found the range {item.low} to {item.high}, allowed two numbers{why}; {instead}"
        )
    raise TrialstopError(f"--vary {named}: found no assumption with a range in `provenance`; {instead}")


def _range(lever: Lever) -> Range | None:
    """From the less to the more; None for words, and where both ends are one."""
    scale = Scale.of([lever.low, lever.written, lever.high])
    ends = [] if scale is None else [scale.number(text) for text in (lever.low, lever.high)]
    numbers = [number for number in ends if number is not None]
    if scale is None or min(numbers) == max(numbers):
        return None
    return Range(scale, min(numbers), max(numbers))
