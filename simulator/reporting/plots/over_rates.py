"""P(stop) and the expected number of patients against the true rate, exact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.exact.over_rates import over_rates, without_textbook
from simulator.reporting.plots._shown import OfRule
from simulator.reporting.style import LIGHT, headline, look, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["OF", "draw", "needs"]

OF: Final = "rule"


def needs(given: OfRule) -> str:
    """Whole patients, who are read one after another."""
    why = without_textbook(given.table)
    return given.uncounted or (f"patients read one after another ({why})" if why else "")


def draw(given: OfRule) -> Figure:
    """Two panels: P(stop) in per cent, E[n] in patients; one curve per endpoint, each alone."""
    curves = over_rates(given.table, given.max_n, given.rates)
    figure, axes = panels(2, width=5.2, height=3.6)
    for number, curve in enumerate(curves):
        drawn, rates = look(number), [100 * rate for rate in curve.rates]
        stops = [100 * r.p_stop for r in curve.results]
        sizes = [r.expected_n for r in curve.results]
        for axis, values in zip(axes, (stops, sizes), strict=True):
            axis.plot(rates, values, drawn.marker, color=drawn.colour, ls=drawn.dash, ms=4, lw=1.6)
        if len(curves) > 1:
            middle = min(range(len(stops)), key=lambda i: abs(stops[i] - (65 - 20 * number)))
            axes[0].annotate(
                curve.endpoint,
                (rates[middle], stops[middle]),
                xytext=(8, 0),
                textcoords="offset points",
                color=drawn.colour,
                fontweight="bold",
            )
    axes[0].set(ylim=(0, 101), ylabel="P(stop), %", xlabel="true rate, % of patients")
    axes[1].set(
        ylim=(0, given.max_n * 1.04), ylabel="expected patients read, E[n]", xlabel="true rate, % of patients"
    )
    for axis in axes:
        axis.grid(color=LIGHT, lw=0.6)
        axis.set_xlim(left=0)
    about = f"{given.formula}. Exact{'; each endpoint alone' if len(curves) > 1 else ''}."
    headline(figure, f"Operating characteristics of {given.name}", about)
    return figure
