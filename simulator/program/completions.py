"""What a standing may yet become: everyone of whom nothing is known turns out in every way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from simulator.contracts import DoseDesign
from simulator.program.decisions import Standing, single

__all__ = ["Way", "completed", "ways_of"]


class Way(NamedTuple):
    """So many more who are evaluable, and those of them with a DLT, and with a milder event and no DLT."""

    n: int
    dlt: int
    moderate: int


def ways_of(design: DoseDesign, unsure: Sequence[int], cohort: tuple[int, int]) -> list[list[Way]]:
    """Per dose, and last for the cohort, how those not known may turn out, none with a DLT first.

    unsure: per dose, the cohort aside, who may prove evaluable. cohort: who of it will, and who may.
    """
    sure, may = cohort
    amounts = [*(range(most, -1, -1) for most in unsure), range(sure + may, sure - 1, -1)]

    def moderate(n: int, dlt: int) -> range:
        return range(n - dlt + 1 if design.counts_moderate else 1)

    return [
        [Way(n, dlt, m) for n in numbers for dlt in range(n + 1) for m in moderate(n, dlt)]
        for numbers in amounts
    ]


def completed(design: DoseDesign, standing: Standing, ways: Sequence[Sequence[Way]]) -> Iterator[Standing]:
    """Every standing that these ways lead to; the cohort is at the dose last given."""
    for *more, own in product(*ways):
        at, here = list(more), standing.current
        at[here] = Way(*(one + other for one, other in zip(at[here], own, strict=True)))
        n = tuple(had + way.n for had, way in zip(standing.n, at, strict=True))
        last = own if design.remembers_last_cohort else Way(0, 0, 0)
        told = zip(standing.moderate, at, strict=False)  # nothing is told to a design that does not count
        moderate = tuple(had + way.moderate for had, way in told)
        yield Standing(
            n,
            tuple(had + way.dlt for had, way in zip(standing.dlt, at, strict=True)),
            here,
            standing.last_n + last.n,
            standing.last_dlt + last.dlt,
            single(n, moderate) if moderate else (),
        )
