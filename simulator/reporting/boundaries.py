"""Boundaries of a rule as a protocol prints them: collapsed over the denominator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from math import isfinite

from simulator.contracts import BoardRule, Boundary, EntriesRule, Plan, Quantity, Rule, RuleTable
from simulator.model.design import Design
from simulator.model.monitoring import Monitor
from simulator.program.monitors import by_endpoint, plan_of
from simulator.program.readable import max_treated
from simulator.reporting.listing import Table, Value
from simulator.reporting.text import counted, paragraph
from simulator.units import format_share
from simulator.what_ifs.bounds import Bounds

__all__ = [
    "Segment",
    "bound_text",
    "boundary_tables",
    "collapsed",
    "in_words",
    "lowered",
    "particulars",
    "source_lines",
    "sources",
    "told",
]

Span = tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """n = first ... last share one bound; None: the outcome cannot hold there."""

    first: int
    last: int
    bound: float | None

    def n_text(self) -> str:
        """`7` or `2-5`."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def lowered(design: Design, monitor: Monitor) -> RuleTable:
    """The rule as the engines read it."""
    return monitor.rule.lower(plan_of(design, monitor, max_treated(design)))


def collapsed(boundary: Boundary, *, per_patient: bool, at: Sequence[int] | None = None) -> list[Segment]:
    """Runs of equal bounds, at these n only, if named. A bound above n patients is out of reach: None."""
    places = range(1, len(boundary.bound)) if at is None else at
    bounds = (boundary.bound[n] if n >= boundary.minimum_n else None for n in places)
    return _runs(
        (n, None if bound is not None and per_patient and _unreachable(boundary, n, bound) else bound)
        for n, bound in zip(places, bounds, strict=True)
    )


def _runs(bounds: Iterable[tuple[int, float | None]]) -> list[Segment]:
    """Of n in rising order; those that are left out end a run."""
    found = []
    # The n of a run rise with their place, and have one bound.
    runs = groupby(enumerate(bounds), key=lambda each: (each[1][1], each[1][0] - each[0]))
    for (bound, _), run in runs:
        of = [n for _, (n, _) in run]
        found.append(Segment(first=of[0], last=of[-1], bound=bound))
    return found


def _unreachable(boundary: Boundary, n: int, bound: float) -> bool:
    return boundary.for_many and bound > n


def in_words(table: RuleTable, monitor: Monitor, read: Sequence[Sequence[int]]) -> list[str]:
    """One line per outcome: `stop: n 2-20: 2 or more; not possible at n 1`. read: as `read_at` gives it."""
    return [f"{b.outcome}: {_in_words(b, monitor, read[b.reading])}" for b in table.boundaries]


def told(bounds: Bounds) -> str:
    """The same of one outcome of a rule as a what-if keeps it."""
    by = zip(bounds.at, bounds.bound, strict=True)
    if bounds.by_n:
        of = {EntriesRule.endpoints: "day", BoardRule.endpoints: "members read"}.get((bounds.endpoint,), "n")
        return f"{bounds.outcome}: {_by_n(_runs(by), for_many=bounds.for_many, of=of)}"
    return f"{bounds.outcome}: {'; '.join(_by_count(by, from_it=not bounds.for_many)) or 'never'}"


def _in_words(boundary: Boundary, monitor: Monitor, read: Sequence[int]) -> str:
    if boundary.along is Quantity.COUNT:
        most, from_it = max(read, default=0), boundary.direction == "at_least"
        counts = by_endpoint(monitor).get(monitor.rule.endpoints[boundary.reading])
        days = counts is not None and (counts.among or monitor.among) == "exposure"
        by = _by_count(enumerate(boundary.bound[: most + 1]), from_it=from_it, days=days)
        return "; ".join(by) or "never"
    segments = collapsed(boundary, per_patient=_per_patient(monitor, boundary), at=read)
    return _by_n(segments, for_many=boundary.for_many)


def _by_n(segments: Sequence[Segment], *, for_many: bool, of: str = "n") -> str:
    can = [f"{of} {s.n_text()}: {bound_text(s.bound, for_many)}" for s in segments if s.bound is not None]
    never = [s.n_text() for s in segments if s.bound is None]
    text = "; ".join(can) or "never"
    return text + f"; not possible at {of} {', '.join(never)}" if can and never else text


def _per_patient(monitor: Monitor, boundary: Boundary) -> bool:
    """Whether x cannot exceed n for the boundary's endpoint."""
    counts = by_endpoint(monitor).get(monitor.rule.endpoints[boundary.reading])
    return counts is None or counts.unit != "events"


def bound_text(bound: float | None, for_many: bool) -> str:
    """`4 or more`, `2 or fewer`, `0`; `-` for none."""
    if bound is None:
        return "-"
    if for_many:
        return f"{bound} or more"
    return f"{bound} or fewer" if bound else "0"


def _by_count(
    bounds: Iterable[tuple[int, float | None]], *, from_it: bool, days: bool = False
) -> Iterator[str]:
    """`3 events: up to n 8.42`, one per number of events that can bring the outcome about.

    days: n are days of follow-up, `3 events: up to 841.97 days of follow-up`.
    """
    word = "from" if from_it else "up to"
    for x, bound in bounds:
        if bound is not None:
            n = f"{bound:.2f} days of follow-up" if days else f"n {bound:.2f}"
            yield f"{counted(x, 'event')}: {word} {n}"


def boundary_tables(design: Design, monitor: Monitor, read: Sequence[Sequence[int]]) -> list[Table]:
    """Protocol-ready: n, the count that gives the outcome, and the evidence at it and one short of it.

    read: per endpoint the n that looks may read (`read_at`).
    """
    rule, plan = monitor.rule, plan_of(design, monitor, max_treated(design))
    table = rule.lower(plan)
    if not table.by_n:
        about = in_words(table, monitor, read)
        return [Table(name="boundary", about=about, hanging=2, records=[*_records(table, monitor, read)])]
    found = []
    for boundary in table.boundaries:
        per_patient = _per_patient(monitor, boundary)
        segments = collapsed(boundary, per_patient=per_patient, at=read[boundary.reading])
        head = [["n", boundary.outcome + " at"]]
        if rule.evidence_word:
            head[0] += [f"{rule.evidence_word} at the bound", "one short of it"]
        rows, records = [], []
        for s, spans in zip(segments, _evidence(rule, plan, boundary, segments), strict=True):
            rows.append([s.n_text(), bound_text(s.bound, boundary.for_many), *_both(spans)])
            sides = (f"{rule.evidence_word}_{side}" for side in ("at_the_bound", "one_short"))
            lowest = {
                f"{name}_{end}": value
                for name, span in zip(sides, spans, strict=False)
                for end, value in zip(("from", "to"), span or (None, None), strict=True)
            }
            at = {"n_from": s.first, "n_to": s.last, "bound": s.bound}
            records.append({"outcome": boundary.outcome, "direction": boundary.direction, **at, **lowest})
        found.append(Table(name="boundary", head=head, rows=rows, records=records))
    return found


def _records(table: RuleTable, monitor: Monitor, read: Sequence[Sequence[int]]) -> Iterator[dict[str, Value]]:
    """Bounds of a rule with weighted follow-up: of n by the events counted, or of events by n."""
    for boundary in table.boundaries:
        whose: dict[str, Value] = {"outcome": boundary.outcome, "direction": boundary.direction}
        if boundary.along is Quantity.COUNT:
            most = max(read[boundary.reading], default=0)
            for x, bound in enumerate(boundary.bound[: most + 1]):
                if bound is not None:
                    yield {**whose, "events": x, "bound_n": bound if isfinite(bound) else str(bound)}
            continue
        per_patient = _per_patient(monitor, boundary)
        for s in collapsed(boundary, per_patient=per_patient, at=read[boundary.reading]):
            yield {**whose, "n_from": s.first, "n_to": s.last, "bound": s.bound}


def _evidence(
    rule: Rule, plan: Plan, boundary: Boundary, segments: Sequence[Segment]
) -> list[tuple[Span, ...]]:
    """Per run of n the evidence at the bound and on the near side of it, smallest and largest."""
    if not rule.evidence_word:
        return [()] * len(segments)
    step = -1 if boundary.for_many else 1
    sides = [
        [] if s.bound is None else [_cells(s, int(s.bound)), _cells(s, int(s.bound) + step)] for s in segments
    ]
    asked = [cell for both in sides for cells in both for cell in cells]
    n, x = [of for of, _ in asked], [had for _, had in asked]
    values = iter(rule.evidence_each(n, x, plan, boundary.outcome))
    return [
        tuple(_span([v for v in islice(values, len(cells)) if v is not None]) for cells in both)
        if both
        else (None, None)
        for both in sides
    ]


def _cells(segment: Segment, x: int) -> list[tuple[int, int]]:
    """(n, x) over a run of n, where so many can have the event."""
    return [(n, x) for n in range(max(segment.first, x), segment.last + 1)]


def _span(values: Sequence[float]) -> Span:
    return (min(values), max(values)) if values else None


def _both(spans: Sequence[Span]) -> list[str]:
    """Both sides with as many digits as tell them apart."""
    texts: list[str] = []
    for decimals in range(4, 17):
        texts = [
            " to ".join(dict.fromkeys(format_share(v, decimals, 1.0) for v in span or ())) or "-"
            for span in spans
        ]
        if len(set(texts)) > 1:
            break
    return texts


def sources(rule: Rule) -> list[str]:
    """The papers behind a rule, a paragraph each."""
    from simulator.bibliography import cite

    return [f"source: {cite(key)}" for key in rule.sources]


def particulars(design: Design, monitor: Monitor) -> list[str]:
    """What the rule comes to under the design's plan: cut-offs that were found, and their levels."""
    plan = plan_of(design, monitor, max_treated(design))
    return [line for text in monitor.rule.particulars(plan) for line in paragraph(text, 0, 2)]


def source_lines(rule: Rule) -> list[str]:
    """The same in lines."""
    return [line for text in sources(rule) for line in paragraph(text, 0, 2)]
