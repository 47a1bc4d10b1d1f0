"""Traits and what goes together -> a table that gives each trait in turn; what they do to hazards."""

from __future__ import annotations

from math import log

from simulator.model.truth import Truth
from simulator.program.tables import ComponentTable, Program, TraitTable
from simulator.program.words import NONE

__all__ = ["lower_traits", "own_factor", "trait_mixture"]

LARGEST_RISK = 1.0 - 2.0**-53  # a risk of one would be an infinite hazard


def lower_traits(truth: Truth) -> tuple[TraitTable, ...]:
    """Traits in the file's order; the second of an associated pair depends on the first."""
    names = list(truth.traits)
    pairs = {}
    for association in truth.associations:
        first, second = sorted(names.index(name) for name in association.between)
        pairs[second] = (first, association.odds_ratio)
    tables = []
    for i, (name, trait) in enumerate(truth.traits.items()):
        no = yes = trait.probability or 0.0
        after = NONE
        if i in pairs:
            after, odds_ratio = pairs[i]
            no, yes = _conditional(truth.traits[names[after]].probability or 0.0, yes, odds_ratio)
        tables.append(
            TraitTable(
                name=name, stream=f"trait:{name}", probability=no, if_so=yes, after=after, beta=trait.beta
            )
        )
    return tuple(tables)


def own_factor(component: ComponentTable, traits: tuple[float, ...]) -> float:
    """The patient's factor on a component's hazard: 0 where a trait rules it out."""
    if component.only_if >= 0 and not traits[component.only_if]:
        return 0.0
    if component.unless >= 0 and traits[component.unless]:
        return 0.0
    return -log(1.0 - min(traits[component.risk], LARGEST_RISK)) if component.risk >= 0 else 1.0


def trait_mixture(program: Program) -> list[tuple[float, tuple[float, ...]]]:
    """(probability, traits) of every combination of yes-or-no traits; a Beta trait stands as 0."""
    mixture: list[tuple[float, tuple[float, ...]]] = [(1.0, ())]
    for trait in program.traits:
        if trait.beta is not None:
            mixture = [(weight, (*traits, 0.0)) for weight, traits in mixture]
            continue
        grown = []
        for weight, traits in mixture:
            p = trait.if_so if trait.after >= 0 and traits[trait.after] else trait.probability
            grown += [(weight * p, (*traits, 1.0)), (weight * (1.0 - p), (*traits, 0.0))]
        mixture = grown
    return mixture


def _conditional(first: float, second: float, odds_ratio: float) -> tuple[float, float]:
    """P(second | first is no), P(second | first is yes), margins unchanged."""
    from simulator.stats.joint import four_cells

    both = four_cells(second, first, odds_ratio).both
    return (second - both) / (1.0 - first) if first < 1.0 else second, both / first if first > 0.0 else second
