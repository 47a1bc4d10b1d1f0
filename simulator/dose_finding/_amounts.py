"""Amounts of a drug, one for each dose of the ladder, in which models speak of doses."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

from simulator.errors import QuantityError
from simulator.scalars import refuse
from simulator.units import Parsed, parse_positive_number

__all__ = ["Amounts", "amounts_text", "fit_amounts"]


def _amounts(value: object) -> tuple[float, ...]:
    if not isinstance(value, list | tuple) or not value:
        refuse(value, "an amount for each dose of the ladder, rising, such as [10, 20, 40]")
    found = tuple(parse_positive_number(amount) for amount in value)
    if not all(low < high for low, high in pairwise(found)):
        refuse(value, "amounts that rise from dose to dose")
    return found


Amounts = Annotated[tuple[float, ...], Parsed(_amounts, "array")]


def fit_amounts(amounts: Sequence[float], doses: int) -> None:
    """QuantityError unless there are as many as doses."""
    if len(amounts) != doses:
        raise QuantityError(f"amounts: {len(amounts)}", f"{doses}, one for each dose of the ladder")


def amounts_text(amounts: Sequence[float]) -> str:
    """Such as `10, 20, 40`."""
    return ", ".join(f"{amount:g}" for amount in amounts)
