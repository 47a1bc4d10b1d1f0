"""Events found at visits can be found, and stretches of visits follow each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked
from simulator.model.phase import PLAIN
from simulator.repairs import close_match

__all__ = ["check"]


def check(checked: Checked) -> Iterator[Problem]:
    """`detected: at visits` (or `at NAME`) needs a phase with visits of that name; `to` rises."""
    known = list(dict.fromkeys(kind for phase in checked.design.phases.values() for kind in phase.visits))
    for name, event in checked.design.events.items():
        if event.detected is None or event.detected in known:
            continue
        named = [f"`at {kind}`" for kind in known]
        allowed = f"one of `at once`, {', '.join(named)}" if named else "`at once`, or visits in a phase"
        hint = close_match(f"at {event.detected}", [f"at {kind}" for kind in known])
        hint = hint or ("say `visits: {every: ...}` in a phase" if event.detected == PLAIN else "")
        found = f"`at {event.detected}`, but no phase has such visits"
        yield checked.problem(("design", "events", name, "detected"), found, allowed, hint)
    for name, phase in checked.design.phases.items():
        for kind, stretches in phase.visits.items():
            ends = [stretch.to for stretch in stretches]
            path = ("design", "phases", name, "visits", kind)
            if None in ends[:-1]:
                yield checked.problem(
                    path, "a stretch without `to` before the last", "`to` in every one but the last"
                )
            elif any(a >= b for a, b in pairwise(end for end in ends if end is not None)):
                yield checked.problem(
                    path, "stretches whose `to` does not rise", "stretches in order of time"
                )
