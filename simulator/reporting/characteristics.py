"""Exact operating characteristics of a rule over true rates, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf

from simulator.contracts import Rule
from simulator.exact.over_rates import (
    EndpointCurve,
    is_joint,
    joint_over_association,
    over_rates,
    without_textbook,
)
from simulator.program.monitors import looks_of
from simulator.program.tables import MonitorTable
from simulator.reporting.text import columns, paragraph
from simulator.units import format_probability, format_share

__all__ = ["characteristics"]

ODDS_RATIOS = (0.0, 0.25, 1.0, 4.0, inf)


def characteristics(
    table: MonitorTable, rule: Rule, max_n: int, rates: Sequence[float], joint: Sequence[tuple[float, float]]
) -> list[str]:
    """P(stop), E[n] and E[events] at each rate, per endpoint; then both endpoints over their association."""
    if reason := without_textbook(table):
        return paragraph(f"No exact operating characteristics: {reason}.")
    curves = over_rates(table, max_n, rates)
    if not curves:
        return paragraph("No exact operating characteristics: no look is reached.")
    alike = "Exact operating characteristics, patients alike, each assessed before the next look"
    lines = paragraph(f"{alike} ({_looks(table, max_n)}):")
    for curve in curves:
        lines += ["", *_curve(curve, alone=len(curves) > 1)]
    if is_joint(table.table):
        for response, toxicity in joint or _standards(rule):
            lines += ["", *_joint(table, max_n, response, toxicity)]
    return lines


def _looks(table: MonitorTable, max_n: int) -> str:
    looks = looks_of(table.look, max_n, table.counters[table.used[0]].among, table.wait)
    if looks == tuple(range(1, max_n + 1)):
        return f"a look after every patient up to {max_n}"
    return "looks at n = " + ", ".join(str(n) for n in looks)


def _curve(curve: EndpointCurve, *, alone: bool) -> list[str]:
    what = f"{curve.endpoint} alone, " if alone else ""
    head = [[f"{what}true rate", "P(stop)", "before the last look", "E[n]", "E[events]"]]
    rows = [
        [
            format_probability(rate),
            _share(r.p_stop),
            _share(r.p_stop_before_last),
            f"{r.expected_n:.4f}",
            f"{r.expected_events:.4f}",
        ]
        for rate, r in zip(curve.rates, curve.results, strict=True)
    ]
    return columns(head, rows)


def _share(p: float) -> str:
    return format_share(p, 6, whole=1.0)


def _standards(rule: Rule) -> Iterator[tuple[float, float]]:
    """The known standards of a rule with toxicity and response, (response, toxicity)."""
    rates = rule.known_rates()
    if {"response", "toxicity"} <= rates.keys():
        yield rates["response"], rates["toxicity"]


def _joint(table: MonitorTable, max_n: int, response: float, toxicity: float) -> list[str]:
    at = f"response {format_probability(response)}, toxicity {format_probability(toxicity)}"
    head = [[f"odds ratio at {at}", "P(stop)", "toxicity", "futility", "both at one look", "E[n]"]]
    names = {0.0: "0 (most negative)", 1.0: "1 (independent)", inf: "inf (most positive)"}
    results = joint_over_association(table, max_n, response, toxicity, ODDS_RATIOS)
    rows = [
        [
            names.get(ratio, f"{ratio:g}"),
            _share(r.p_stop),
            _share(r.p_toxicity_only),
            _share(r.p_response_only),
            _share(r.p_both),
            f"{r.expected_n:.4f}",
        ]
        for ratio, r in zip(ODDS_RATIOS, results, strict=True)
    ]
    return columns(head, rows)
