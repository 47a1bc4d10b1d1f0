"""P(stop) and the expected number of patients against the true rate, exact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simulator.exact.over_rates import EndpointCurve, over_rates
from simulator.program.textbook import without_textbook
from simulator.reporting.pages import Head, Space, pages
from simulator.reporting.plots._scale import share_end_told, share_ends, whole
from simulator.reporting.plots._shown import OfRule
from simulator.reporting.style import LIGHT, look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["OF", "draw", "needs"]

OF: Final = "rule"

BODY = 2.4  # inches


def needs(given: OfRule) -> str:
    """Whole patients, who are read one after another."""
    why = without_textbook(given.table)
    return given.uncounted or (f"patients read one after another ({why})" if why else "")


@dataclass(frozen=True, slots=True)
class _Line:
    """One line, in the style of a number. n: expected patients; not of one of several outcomes."""

    number: int
    name: str
    rates: Sequence[float]
    stops: Sequence[float]
    n: Sequence[float] = ()


def _lines(curve: EndpointCurve, number: int) -> Iterator[_Line]:
    """An endpoint's P(stop), then that of its outcomes where it has several."""
    r, both = curve.results, bool(curve.many and curve.few)
    name = "any outcome" if both else curve.endpoint
    yield _Line(number, name, curve.rates, [of.p_stop for of in r], [of.expected_n for of in r])
    if both:
        yield _Line(number + 1, curve.many, curve.rates, [of.p_upper for of in r])
        yield _Line(number + 2, curve.few, curve.rates, [of.p_lower for of in r])


def draw(given: OfRule) -> Sequence[Figure]:
    """Two panels: P(stop) in per cent, E[n] in patients; a curve per endpoint, each alone, or outcome."""
    from matplotlib.lines import Line2D

    curves = over_rates(given.table, given.max_n, given.rates)
    lines = [line for number, curve in enumerate(curves) for line in _lines(curve, number)]
    end = share_ends(p for line in lines for p in line.stops)
    key = []
    for line in lines:
        of = look(line.number)
        key.append((Line2D([], [], color=of.colour, ls=of.dash, marker=of.marker, ms=4), line.name))
    alone = "; each endpoint alone" if len(curves) > 1 else ""
    about = f"{given.told}. Exact, patients alike, each assessed before the next look{alone}."
    head = Head(
        title=f"Operating characteristics of {given.whose}",
        about=about + share_end_told(end).replace("Axes end", "P(stop) ends"),
        key=key if len(lines) > 1 else (),
    )
    space = Space(body=BODY, left=0.55, right=0.15)
    (page,) = pages([("P(stop), %", space), ("expected patients read, E[n]", space)], head)
    for name, axis in page.panels:
        for line in lines:
            values = [100 * p for p in line.stops] if name.startswith("P") else line.n
            if values:
                of, rates = look(line.number), [100 * rate for rate in line.rates]
                style = {"color": of.colour, "ls": of.dash, "ms": 3.5, "lw": 1.4}
                axis.plot(rates, values, of.marker, clip_on=False, zorder=3, **style)
        axis.set(ylabel=name, xlabel="true rate, % of patients")
        axis.set_xlim(left=0)
        axis.grid(color=LIGHT, lw=0.6)
    stop, size = (axis for _, axis in page.panels)
    stop.set_ylim(0, end)
    size.set_ylim(0, given.max_n * 1.04)
    whole(size.yaxis, given.max_n)
    return [page.figure]
