"""A trial on its way: what was observed of it, and how it may still stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulator.exact.over_rates import EndpointCurve
from simulator.exact.pending import Enrolled
from simulator.reporting.listing import Table, Value, note
from simulator.units import format_probability, format_share

__all__ = ["enrolled_table", "later_table", "observed_note"]

UNIFORM = (1.0, 1.0)


def later_table(
    curve: EndpointCurve,
    here: tuple[int, int],
    rates: Sequence[float],
    prior: tuple[float, float] | None,
    what: str,
) -> Table:
    """Chances of a later stop at each rate, and predicted: the rate is Beta before, updated by what there is.

    here: events, patients. prior: that of the rule; without one it is uniform. what: ` with toxicity`, or "".
    """
    x, n = here
    whose: dict[str, Value] = {"endpoint": curve.endpoint, "events": x, "n": n}
    try:
        ends = curve.ends((n, x))
    except ValueError as error:
        return note("from_here", f"From {x} of {n}: {error}.", **whose)
    a, b = prior or UNIFORM
    outcomes = {name: ends.way == way for name, way in ((curve.many, 1), (curve.few, -1)) if name}
    stops = ends.way != 0
    rows, records = [], []
    chances = [*((format_probability(rate), rate, p) for rate, p in zip(rates, ends.at(rates), strict=True))]
    updated = f"Beta({a + x:.6g}, {b + n - x:.6g})"
    for label, rate, chance in [*chances, (f"predicted, {updated}", None, ends.predictive(a, b))]:
        by = {name: float(chance @ at) for name, at in outcomes.items()}
        p_stop, patients, events = (float(chance @ of) for of in (stops, ends.n, ends.x))
        shown = [p_stop, *by.values()] if len(by) > 1 else [p_stop]
        rows.append([label, *(format_share(p, 6, 1.0) for p in shown), f"{patients:.4f}", f"{events:.4f}"])
        told: dict[str, Value] = {
            "rate": rate,
            "posterior": None if rate is not None else updated,
            "p_stop": p_stop,
        }
        told |= {f"p.{name}": p for name, p in by.items()}
        records.append({**whose, **told, "expected_n": patients, "expected_events": events})
    which = list(outcomes) if len(outcomes) > 1 else []
    before = "the rule's prior" if prior else "a uniform prior"
    about = (
        f"From here on: {x} of {n}{what}, and the trial goes on. Predicted with {before}, "
        f"Beta({a:.6g}, {b:.6g}), updated by them:"
    )
    head = [["true rate", "P(stop later)", *which, "E[n]", "E[events]"]]
    return Table(name="from_here", about=[about], head=head, rows=rows, records=records)


def enrolled_table(found: Mapping[Enrolled, str]) -> Table:
    """Patients assessed and enrolled, and the day, when the rule stops the trial. found: by who has it."""
    rows: list[list[str]] = []
    records: list[dict[str, Value]] = []
    for at, truth in found.items():
        numbers = {"expected_n": at.assessed, "expected_enrolled": at.enrolled, "expected_day": at.day}
        rows.append([format_probability(at.rate), *(f"{number:.4f}" for number in numbers.values()), truth])
        records.append({"rate": at.rate, **numbers, "truth": truth})
    head = [["true rate", "E[n]", "E[enrolled]", "E[day]", "of the truth"]]
    about = (
        "When the rule, as if alone, stops the trial, or its last patient is assessed: patients assessed, "
        "patients enrolled by then, some of them pending, and the day:"
    )
    return Table(name="enrolled", about=[about], head=head, rows=rows, words=True, records=records)


def observed_note(curve: EndpointCurve, observed: Sequence[int], what: str) -> Table:
    """Whether the events after each patient have stopped the trial, and where."""
    whose: dict[str, Value] = {"endpoint": curve.endpoint, "events": observed[-1], "n": len(observed)}
    if len(observed) > curve.max_n:
        return note("observed", f"Observed: {len(observed)} patients, allowed up to {curve.max_n}.", **whose)
    for n, up, down in zip(curve.looks, curve.upper, curve.lower, strict=True):
        if n > len(observed):
            break
        x = observed[n - 1]
        outcome = curve.many if up is not None and x >= up else curve.few
        if (up is not None and x >= up) or (down is not None and x <= down):
            text = f"Observed: `{outcome}` with {x} of {n}{what}, at the look after patient {n}."
            return note("observed", text, **whose, outcome=outcome, stopped_at=n)
    goes_on = "the trial goes on" if len(observed) < curve.max_n else "the trial ended without a stop"
    text = f"Observed: {observed[-1]} of {len(observed)}{what}; {goes_on}."
    return note("observed", text, **whose, outcome=None, stopped_at=None)
