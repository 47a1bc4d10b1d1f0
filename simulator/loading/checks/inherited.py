"""What a truth adds to what it extends, where its author may have meant to replace it."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked

__all__ = ["check"]


def check(checked: Checked) -> Iterator[Problem]:
    """A warning where named components stand beside the one hazard without a name that is inherited."""
    for name in checked.truths:
        for event in checked.truths[name].events:
            added = checked.added_to(name, event)
            if added:
                path = ("truths", name, "events", event, "components", added[0])
                found = f"{', '.join(added)} beside the hazard without a name that {event} inherits"
                hint = (
                    f"add `{event}: null` to these components to drop that hazard; to keep it, name it there"
                )
                yield checked.problem(path, found, "one of the two, for hazards add up", hint, "warning")
