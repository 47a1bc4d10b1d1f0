"""What is said of the rate after the stop: every state in which a trial can end, and how estimates do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.exact.over_rates import EndpointCurve
from simulator.reporting.listing import Table, note
from simulator.stats.after_stop import after_stop, observed_rate
from simulator.units import format_probability, format_share

__all__ = ["after_tables"]

LEVEL = 0.95


def after_tables(curve: EndpointCurve, null: float, rates: Sequence[float], what: str) -> Iterator[Table]:
    """P-value, estimate and limits in every final state; then bias, error and coverage at each rate.

    null: the rate at which P(this state or a more extreme one) is the P-value. what: ` with toxicity`, or "".
    """
    try:
        ends = curve.ends()
    except ValueError as error:
        yield note("after_stop", f"No estimates after the stop: {error}.", endpoint=curve.endpoint)
        return
    after, names = after_stop(ends, LEVEL), {1: curve.many, -1: curve.few, 0: "no stop"}
    columns = (ends.n, ends.x, ends.way, after.p_value(null), after.estimate, after.low, after.high)
    rows, records = [], []
    for n, x, way, p, estimate, low, high in zip(*(column.tolist() for column in columns), strict=True):
        limits = f"{format_share(low, 4, 1.0)} to {format_share(high, 4, 1.0)}"
        shares = (format_share(value, 4, 1.0) for value in (x / n, estimate))
        rows.append([f"{x} of {n}", names[way], format_share(p, 6, 1.0), *shares, limits])
        whose = {"endpoint": curve.endpoint, "events": x, "n": n, "outcome": names[way] if way else None}
        told = {"null_rate": null, "p_value": p, "observed": x / n, "estimate": estimate}
        records.append({**whose, **told, "low": low, "high": high})
    about = (
        f"After the stop{what}: one-sided P-value at a rate of {format_probability(null)}, median-unbiased "
        f"estimate and exact {LEVEL:.0%} limits by stage-wise ordering, the most extreme end first:"
    )
    head = [["ended with", "outcome", "P-value", "x / n", "estimate", "limits"]]
    yield Table(name="after_stop", about=[about], head=head, rows=rows, records=records)
    found, covered = observed_rate(ends, rates), after.coverage(rates)
    rows, records = [], []
    for rate, bias, rmse, share in zip(rates, found.bias, found.rmse, covered, strict=True):
        rows.append([format_probability(rate), f"{bias:.6f}", f"{rmse:.6f}", format_share(share, 6, 1.0)])
        numbers = {"bias": float(bias), "rmse": float(rmse), "coverage": float(share)}
        records.append({"endpoint": curve.endpoint, "rate": rate, **numbers})
    head = [["true rate", "bias of x / n", "RMSE of x / n", "coverage of the limits"]]
    yield Table(name="observed_rate", head=head, rows=rows, records=records)
