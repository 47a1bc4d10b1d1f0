"""Traits that are named, and events in their place, exist and are of the kind that is needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked, Path
from simulator.model.truth import Truth

__all__ = ["check"]

YES_OR_NO, BETA = "`probability: ...`", "`beta: [a, b]`"


def check(checked: Checked) -> Iterator[Problem]:
    """Conditions and associations need yes-or-no traits, `trait_probability` one with a Beta law."""
    known = checked.known("events")
    everywhere = [*known, *(event for design in checked.designs for event in design.events)]
    for name, truth in checked.truths.items():
        path = ("truths", name)
        for event, body in truth.events.items():
            events = known if event in checked.design.events else everywhere
            for component, part in body.components.items():
                here = (*path, "events", event, "components", component)
                for key, trait in (("only_if", part.only_if), ("unless", part.unless)):
                    if trait is not None:
                        yield from _condition(checked, truth, (*here, key), trait, events)
                if part.family.trait is not None:
                    own = (*here, "trait_probability", "trait")
                    yield from _trait(checked, truth, own, part.family.trait, yes_or_no=False)
        yield from _associations(checked, truth, (*path, "associations"))


def _condition(
    checked: Checked, truth: Truth, path: Path, name: str, events: Sequence[str]
) -> Iterator[Problem]:
    """A yes-or-no trait of the truth, or an event of the design."""
    if name in events and name in truth.traits:
        yield checked.both(path, name)
    elif name in truth.traits:
        yield from _trait(checked, truth, path, name, yes_or_no=True)
    elif ("design", "events") not in checked.left_out and not checked.lost((*path[:2], "traits")):
        yield from checked.unknown(path, "trait or event", name, [*truth.traits, *events])


def _trait(checked: Checked, truth: Truth, path: Path, trait: str, *, yes_or_no: bool) -> Iterator[Problem]:
    if checked.lost((*path[:2], "traits")):
        return
    yield from checked.unknown(path, "trait", trait, truth.traits, "this truth")
    if trait in truth.traits and (truth.traits[trait].beta is None) is not yes_or_no:
        kind, other = (YES_OR_NO, BETA) if yes_or_no else (BETA, YES_OR_NO)
        yield checked.problem(path, f"the trait {trait}, which has {other}", f"a trait with {kind}")


def _associations(checked: Checked, truth: Truth, path: Path) -> Iterator[Problem]:
    order = list(truth.traits)
    later: list[str] = []
    for i, association in enumerate(truth.associations):
        here = (*path, i, "between")
        for trait in association.between:
            yield from _trait(checked, truth, here, trait, yes_or_no=True)
        if association.between[0] == association.between[1]:
            yield checked.problem(here, "a trait with itself", "two traits")
        elif all(trait in order for trait in association.between):
            second = max(association.between, key=order.index)
            if second in later:
                yield checked.problem(
                    here,
                    f"a second association of {second} with traits before it",
                    "one association of each trait with those before it",
                )
            later.append(second)
