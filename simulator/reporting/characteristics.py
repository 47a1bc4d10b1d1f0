"""Exact operating characteristics of a rule over true rates, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf, isnan

import numpy as np

from simulator.contracts import Rule
from simulator.exact.over_rates import (
    EndpointCurve,
    is_joint,
    joint_over_association,
    over_rates,
)
from simulator.program.monitors import looks_of, read_apart
from simulator.program.rule_tables import MonitorTable
from simulator.program.textbook import without_textbook
from simulator.reporting.after_stop import after_tables
from simulator.reporting.asked import Asked
from simulator.reporting.listing import Table, Value, note
from simulator.reporting.on_the_way import later_table, observed_note
from simulator.stats.binomial import MonitoredBinomial
from simulator.stats.group_sequential import rate_at
from simulator.units import format_probability, format_share

__all__ = ["characteristics", "looks_in_words"]

ODDS_RATIOS = (0.0, 0.25, 1.0, 4.0, inf)
REACHED = (0.1, 0.5, 0.8, 0.9)  # P(outcome) whose rates are told
QUANTILES = (0.1, 0.5, 0.9)  # of the number of patients


def characteristics(
    table: MonitorTable,
    rule: Rule,
    max_n: int,
    asked: Asked,
    own: Mapping[str, Mapping[float, str]] | None = None,
) -> list[Table]:
    """Per endpoint the course at each rate and the rates of given chances; then both over their association.

    Then what is asked of a trial on its way, and after its stop.
    own: per endpoint further rates, each with the name of what has it.
    """
    if reason := without_textbook(table):
        return [note("characteristics", f"No exact operating characteristics: {reason}.")]
    own = own or {}
    curves = over_rates(table, max_n, asked.rates, {endpoint: list(named) for endpoint, named in own.items()})
    if not curves:
        return [note("characteristics", "No exact operating characteristics: no look is reached.")]
    alike = "Exact operating characteristics, patients alike, each assessed before the next look"
    about = [f"{alike} ({looks_in_words(table, max_n)}):"]
    found: list[Table] = []
    for curve in curves:
        alone = len(curves) > 1
        found.append(_curve(curve, own.get(curve.endpoint, {}), about, alone=alone))
        found.append(_reached(curve))
        about = []
    if is_joint(table.table):
        found += [note("joint", TOGETHER)] * read_apart(table)
        for response, toxicity in asked.joint or _standards(rule):
            found.append(_joint(table, max_n, response, toxicity))
    for curve in curves:
        found += _asked(curve, rule, asked, f" with {curve.endpoint}" if len(curves) > 1 else "")
    return found


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


def _curve(curve: EndpointCurve, own: Mapping[float, str], about: list[str], *, alone: bool) -> Table:
    rows, records = [], []
    both = [curve.many, curve.few] if curve.many and curve.few else []
    for rate, r in zip(curve.rates, curve.results, strict=True):
        quantiles = [r.n_quantile(q) for q in QUANTILES]
        shares = [_share(p) for p in (r.p_upper, r.p_lower)] if both else []
        rows.append(
            [
                format_probability(rate),
                _share(r.p_stop),
                *shares,
                _share(r.p_stop_before_last),
                f"{r.expected_n:.4f}",
                f"{r.sd_n:.4f}",
                ", ".join(map(str, quantiles)),
                f"{r.expected_events:.4f}",
                own.get(rate, ""),
            ]
        )
        records.append(
            {"endpoint": curve.endpoint, "rate": rate, **_record(curve, r), "truth": own.get(rate)}
        )
    what = f"{curve.endpoint} alone," if alone else ""
    return Table(
        name="characteristics",
        about=about,
        head=[
            [what, "any outcome" if both else "", *([""] * len(both)), "before the", "", "", "n at", "", ""],
            [
                "true rate",
                "P(stop)",
                *(f"P({outcome})" if outcome != "stop" else "of it stop" for outcome in both),
                "last look",
                "E[n]",
                "SD[n]",
                "10, 50, 90%",
                "E[events]",
                "of the truth",
            ],
        ],
        rows=rows,
        words=True,
        records=records,
    )


def _record(curve: EndpointCurve, r: MonitoredBinomial) -> dict[str, Value]:
    by = {curve.many: r.p_upper, curve.few: r.p_lower}
    return {
        "p_stop": r.p_stop,
        "p_stop_before_last_look": r.p_stop_before_last,
        **{f"p.{outcome}": p for outcome, p in by.items() if outcome},
        "expected_n": r.expected_n,
        "sd_n": r.sd_n,
        **{f"n_q{round(100 * q)}": r.n_quantile(q) for q in QUANTILES},
        "expected_events": r.expected_events,
    }


def _reached(curve: EndpointCurve) -> Table:
    """The rates at which each outcome comes about with given probabilities."""
    try:
        ends = curve.ends()
    except ValueError as error:
        return note("rates", f"No rates of given P(stop): {error}.", endpoint=curve.endpoint)
    rows, records = [], []
    for outcome, among, wanted in (
        (curve.many, ends.way == 1, np.array(REACHED)),
        (curve.few, ends.way >= 0, 1.0 - np.array(REACHED)),  # what does not stop for few rises with the rate
    ):
        if outcome:
            found = rate_at(ends, np.tile(among, (len(REACHED), 1)), wanted).tolist()
            there = [None if isnan(rate) else rate for rate in found]
            rows.append([f"{outcome} at a true rate of", *map(_rate, there)])
            for chance, rate in zip(REACHED, there, strict=True):
                records.append(
                    {"endpoint": curve.endpoint, "outcome": outcome, "p_outcome": chance, "rate": rate}
                )
    head = [["P(outcome)", *map(format_probability, REACHED)]]
    return Table(name="rates", head=head, rows=rows, records=records)


def _rate(rate: float | None) -> str:
    return "-" if rate is None else format_probability(rate)


def _share(p: float) -> str:
    return format_share(p, 6, whole=1.0)


def _asked(curve: EndpointCurve, rule: Rule, asked: Asked, what: str) -> Iterator[Table]:
    """Of a trial on its way, and after its stop."""
    name = curve.endpoint
    if (observed := asked.of(asked.observed, name)) is not None:
        yield observed_note(curve, observed, what)
    if (here := asked.of(asked.here, name)) is not None:
        yield later_table(curve, here, asked.rates, rule.prior_of(name), what)
    if (after := asked.of(asked.after, name)) is not None:
        yield from after_tables(curve, after, asked.rates, what)


def _standards(rule: Rule) -> Iterator[tuple[float, float]]:
    """The known standards of a rule with toxicity and response, (response, toxicity)."""
    rates = rule.known_rates()
    if {"response", "toxicity"} <= rates.keys():
        yield rates["response"], rates["toxicity"]


def _joint(table: MonitorTable, max_n: int, response: float, toxicity: float) -> Table:
    at = f"response {format_probability(response)}, toxicity {format_probability(toxicity)}"
    head = [[f"odds ratio at {at}", "P(stop)", "toxicity", "futility", "both at one look", "E[n]"]]
    names = {0.0: "0 (most negative)", 1.0: "1 (independent)", inf: "inf (most positive)"}
    try:
        results = joint_over_association(table, max_n, response, toxicity, ODDS_RATIOS)
    except ValueError as error:
        return note("joint", f"No exact characteristics of both endpoints at {at}: {error}.")
    rows, records = [], []
    for ratio, r in zip(ODDS_RATIOS, results, strict=True):
        chances = (r.p_stop, r.p_toxicity_only, r.p_response_only, r.p_both)
        rows.append([names.get(ratio, f"{ratio:g}"), *map(_share, chances), f"{r.expected_n:.4f}"])
        records.append(
            {
                "response_rate": response,
                "toxicity_rate": toxicity,
                "odds_ratio": ratio if ratio < inf else "inf",
                **dict(
                    zip(("p_stop", "p_toxicity_alone", "p_futility_alone", "p_both"), chances, strict=True)
                ),
                "expected_n": r.expected_n,
            }
        )
    return Table(name="joint", head=head, rows=rows, records=records)
