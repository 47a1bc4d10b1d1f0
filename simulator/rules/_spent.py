"""Functions by which a level is spent as the information grows (lan1983, kim1987, hwang1990)."""

from __future__ import annotations

from math import exp, expm1, log, sqrt
from typing import Annotated, Literal

from simulator.rules import _shared
from simulator.scalars import one_word
from simulator.units import format_probability

__all__ = ["Function", "check_shape", "spent", "spent_in_words"]

FUNCTIONS: tuple[str, ...] = ("obrien_fleming", "pocock", "kim_demets", "hwang_shih_decani")
SHAPED = ("kim_demets", "hwang_shih_decani")
MOST_SHAPE = 40.0

Function = Annotated[
    Literal["obrien_fleming", "pocock", "kim_demets", "hwang_shih_decani"], one_word(*FUNCTIONS)
]


def check_shape(function: str, shape: float | None) -> None:
    """Refuse a shape that the function does not have, or lacks, or of which nothing is left to spend."""
    if (function in SHAPED) is not (shape is not None):
        found = f"function: {function} {'without' if shape is None else 'with'} shape"
        _shared.refuse(found, f"shape with {' and '.join(SHAPED)}, and with no other")
    least = 0.0 if function == "kim_demets" else -MOST_SHAPE
    if shape is not None and not least < shape <= MOST_SHAPE:
        _shared.refuse(f"shape: {shape:g}", f"a number above {least:g}, at most {MOST_SHAPE:g}")


def spent(function: str, shape: float | None, level: float, t: float) -> float:
    """a(t), what of the level may be spent when the part t of all information is in; t in [0, 1]."""
    if t <= 0:
        return 0.0
    if function == "obrien_fleming":
        from scipy.special import ndtr, ndtri

        return float(2.0 * ndtr(ndtri(level / 2.0) / sqrt(t)))
    if function == "pocock":
        return level * log(1.0 + (exp(1.0) - 1.0) * t)
    if function == "kim_demets":
        return float(level * t ** (shape or 0.0))
    return float(level * (expm1(-shape * t) / expm1(-shape) if shape else t))


def spent_in_words(function: str, shape: float | None, level: float, part: str) -> str:
    """a(t) as a formula, t written as `part`, such as `n / N`."""
    a = format_probability(level)
    if function == "obrien_fleming":
        return f"2 - 2 Phi(z / sqrt({part})), z the normal quantile of 1 - {a} / 2"
    if function == "pocock":
        return f"{a} log(1 + (e - 1) {part})"
    if function == "kim_demets":
        return f"{a} ({part})^{shape}"
    return f"{a} (1 - exp(-c {part})) / (1 - exp(-c)), c = {shape}" if shape else f"{a} {part}"
