"""Traits that are named exist, and are of the kind that is needed."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import CONDITIONS, Checked, Path
from simulator.model.truth import Truth

__all__ = ["check"]

YES_OR_NO, BETA = "`probability: ...`", "`beta: [a, b]`"


def check(checked: Checked) -> Iterator[Problem]:
    """Conditions and associations need yes-or-no traits, `trait_probability` one with a Beta law."""
    for name, truth in checked.truths.items():
        path = ("truths", name)
        for event, body in truth.events.items():
            for component, part in body.components.items():
                here = (*path, "events", event, "components", component)
                for key, trait in (("only_if", part.only_if), ("unless", part.unless)):
                    if trait is not None:
                        yield from _trait(checked, truth, (*here, key), trait, yes_or_no=True)
                if part.family.trait is not None:
                    own = (*here, "trait_probability", "trait")
                    yield from _trait(checked, truth, own, part.family.trait, yes_or_no=False)
        yield from _associations(checked, truth, (*path, "associations"))


def _trait(checked: Checked, truth: Truth, path: Path, trait: str, *, yes_or_no: bool) -> Iterator[Problem]:
    if checked.lost((*path[:2], "traits")):
        return
    hint = ""
    if trait in checked.known("events") and path[-1] in ("only_if", "unless"):
        hint = f"{trait} is an event; {CONDITIONS}. What ends with an event is said by phases and `while_in`"
    yield from checked.unknown(path, "trait", trait, truth.traits, "this truth", hint)
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
