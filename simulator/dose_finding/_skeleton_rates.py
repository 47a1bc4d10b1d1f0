"""Skeletons as a file has them: rates dose by dose, or by an indifference interval (lee2009)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import exp

from simulator.dose_finding._one_parameter import by_indifference
from simulator.errors import QuantityError
from simulator.scalars import refuse
from simulator.units import format_probability, parse_open_probability, parse_positive_count

__all__ = ["Indifference", "Rates", "check_ladder", "check_target", "parse_skeleton", "rates_of"]

ALLOWED = "rates that rise from dose to dose, [5%, 12%, 25%], or {half_width: 5%, prior_mtd: 3}"
Rates = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Indifference:
    """Half the width of the interval of rates around the target; the dose, from 1, expected to have it."""

    half_width: float
    prior_mtd: int


def parse_skeleton(value: object) -> Rates | Indifference:
    """`[5%, 12%, 25%]` or `{half_width: 5%, prior_mtd: 3}`."""
    if isinstance(value, Indifference):
        return value
    if isinstance(value, Mapping):
        if set(value) != {"half_width", "prior_mtd"}:
            refuse(value, ALLOWED)
        return Indifference(
            half_width=parse_open_probability(value["half_width"]),
            prior_mtd=parse_positive_count(value["prior_mtd"]),
        )
    if not isinstance(value, list | tuple) or not value:
        refuse(value, ALLOWED)
    rates = tuple(parse_open_probability(rate) for rate in value)
    for low, high in pairwise(rates):
        if not low < high:
            raise QuantityError(f"{format_probability(high)} after {format_probability(low)}", ALLOWED)
    return rates


def highest(intercept: float | None) -> float:
    """What no rate of the curve reaches (`Curve`)."""
    return 1.0 if intercept is None else 1.0 / (1.0 + exp(-intercept))


def check_target(given: Rates | Indifference, target: float, intercept: float | None) -> None:
    """QuantityError unless the curve can have the target, and what the skeleton says of it."""
    most, half = highest(intercept), 0.0
    if isinstance(given, Indifference):
        half = given.half_width
        if not half < target:
            allowed = f"below the target of {format_probability(target)}"
            raise QuantityError(f"skeleton: a half_width of {format_probability(half)}", allowed)
    elif given[-1] >= most:
        allowed = f"below {format_probability(most)}, which the intercept allows"
        raise QuantityError(f"skeleton: {format_probability(given[-1])}", allowed)
    if target + half >= most:
        and_half = f" and a half_width of {format_probability(half)}" if half else ""
        found = f"target: {format_probability(target)}{and_half}"
        raise QuantityError(found, f"together below {format_probability(most)}")


def check_ladder(given: Rates | Indifference, target: float, intercept: float | None, doses: int) -> None:
    """QuantityError unless there are as many rates as doses, rising within what the curve can have."""
    if not isinstance(given, Indifference):
        if len(given) != doses:
            raise QuantityError(f"skeleton: {len(given)} rates", f"{doses}, one for each dose of the ladder")
        return
    if given.prior_mtd > doses:
        found = f"skeleton: the prior_mtd {given.prior_mtd}"
        raise QuantityError(found, f"1 to {doses}, the doses of the ladder")
    most = highest(intercept)
    rates = rates_of(given, target, intercept, doses)
    if not all(low < high for low, high in pairwise((0.0, *rates, most))):
        raise QuantityError(
            f"skeleton: a half_width of {format_probability(given.half_width)}",
            f"one with which {doses} rates rise within 0% to {format_probability(most)}",
            "make it smaller",
        )


def rates_of(given: Rates | Indifference, target: float, intercept: float | None, doses: int) -> Rates:
    """The rates of a ladder of so many doses."""
    if isinstance(given, Indifference):
        return by_indifference(target, given.half_width, given.prior_mtd, doses, intercept)
    return given
