"""Exact operating characteristics of a rule over true rates, as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from math import inf

from simulator.contracts import Rule
from simulator.exact.over_rates import (
    EndpointCurve,
    is_joint,
    joint_over_association,
    over_rates,
    without_textbook,
)
from simulator.program.monitors import looks_of, read_apart
from simulator.program.tables import MonitorTable
from simulator.reporting.text import columns, paragraph
from simulator.units import format_probability, format_share

__all__ = ["characteristics", "looks_in_words"]

LABEL_WIDTH = 28  # of the truths that have a rate
ODDS_RATIOS = (0.0, 0.25, 1.0, 4.0, inf)


def characteristics(
    table: MonitorTable,
    rule: Rule,
    max_n: int,
    rates: Sequence[float],
    joint: Sequence[tuple[float, float]],
    own: Mapping[str, Mapping[float, str]] | None = None,
) -> list[str]:
    """P(stop), E[n] and E[events] at each rate, per endpoint; then both endpoints over their association.

    own: per endpoint further rates, each with the name of what has it.
    """
    if reason := without_textbook(table):
        return paragraph(f"No exact operating characteristics: {reason}.")
    own = own or {}
    curves = over_rates(table, max_n, rates, {endpoint: list(named) for endpoint, named in own.items()})
    if not curves:
        return paragraph("No exact operating characteristics: no look is reached.")
    alike = "Exact operating characteristics, patients alike, each assessed before the next look"
    lines = paragraph(f"{alike} ({looks_in_words(table, max_n)}):")
    for curve in curves:
        lines += ["", *_curve(curve, own.get(curve.endpoint, {}), alone=len(curves) > 1)]
    if is_joint(table.table):
        if read_apart(table):
            lines += ["", *paragraph(TOGETHER)]
        for response, toxicity in joint or _standards(rule):
            lines += ["", *_joint(table, max_n, response, toxicity)]
    return lines


TOGETHER = (
    "As if both endpoints were assessed together: this rule reads each at looks of its own. P(stop) is the "
    "same for it; which endpoint stops it, and E[n], are not."
)


def looks_in_words(table: MonitorTable, max_n: int) -> str:
    """`a look after every patient up to 20`, `looks at n = 5, 10`."""
    looks = looks_of(table.look, max_n, table.counters[table.used[0]].among, table.wait)
    if looks == tuple(range(1, max_n + 1)):
        return f"a look after every patient up to {max_n}"
    return "looks at n = " + ", ".join(str(n) for n in looks)


def _curve(curve: EndpointCurve, own: Mapping[float, str], *, alone: bool) -> list[str]:
    what = f"{curve.endpoint} alone, " if alone else ""
    head = [[f"{what}true rate", "P(stop)", "before the last look", "E[n]", "E[events]"]]
    rows, labels = [], []
    for rate, r in zip(curve.rates, curve.results, strict=True):
        numbers = [
            format_probability(rate),
            _share(r.p_stop),
            _share(r.p_stop_before_last),
            f"{r.expected_n:.4f}",
            f"{r.expected_events:.4f}",
        ]
        first, *more = textwrap.wrap(own.get(rate, ""), LABEL_WIDTH) or [""]
        rows += [numbers, *([""] * len(numbers) for _ in more)]
        labels += [first, *more]
    title, rule, *table = columns(head, rows)
    lines = [title + "  of the truth" * bool(own), rule + "-" * (2 + LABEL_WIDTH) * bool(own)]
    named = zip(table, labels, strict=True)
    return lines + [f"{line.ljust(len(rule))}  {label}".rstrip() for line, label in named]


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
    try:
        results = joint_over_association(table, max_n, response, toxicity, ODDS_RATIOS)
    except ValueError as error:
        return paragraph(f"No exact characteristics of both endpoints at {at}: {error}.")
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
