"""P(stop) and the expected number of patients against the true rate, exact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from simulator.exact.over_rates import over_rates
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


def draw(given: OfRule) -> Sequence[Figure]:
    """Two panels: P(stop) in per cent, E[n] in patients; one curve per endpoint, each alone."""
    from matplotlib.lines import Line2D

    curves = over_rates(given.table, given.max_n, given.rates)
    end = share_ends(r.p_stop for curve in curves for r in curve.results)
    looks = [look(number) for number in range(len(curves))]
    key = [
        (Line2D([], [], color=of.colour, ls=of.dash, marker=of.marker, ms=4), curve.endpoint)
        for of, curve in zip(looks, curves, strict=True)
    ]
    alone = "; each endpoint alone" if len(curves) > 1 else ""
    about = f"{given.told}. Exact, patients alike, each assessed before the next look{alone}."
    head = Head(
        title=f"Operating characteristics of {given.whose}",
        about=about + share_end_told(end).replace("Axes end", "P(stop) ends"),
        key=key if len(curves) > 1 else (),
    )
    space = Space(body=BODY, left=0.55, right=0.15)
    (page,) = pages([("P(stop), %", space), ("expected patients read, E[n]", space)], head)
    for name, axis in page.panels:
        for of, curve in zip(looks, curves, strict=True):
            stops = name.startswith("P")
            values = [100 * r.p_stop if stops else r.expected_n for r in curve.results]
            rates = [100 * rate for rate in curve.rates]
            axis.plot(
                rates, values, of.marker, color=of.colour, ls=of.dash, ms=3.5, lw=1.4, clip_on=False, zorder=3
            )
        axis.set(ylabel=name, xlabel="true rate, % of patients")
        axis.set_xlim(left=0)
        axis.grid(color=LIGHT, lw=0.6)
    stop, size = (axis for _, axis in page.panels)
    stop.set_ylim(0, end)
    size.set_ylim(0, given.max_n * 1.04)
    whole(size.yaxis, given.max_n)
    return [page.figure]
