"""Boundaries of a rule as a protocol prints them: collapsed over the denominator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.contracts import Boundary, CountTable, ExposureBoundary, ExposureTable, Rule
from simulator.exact.over_rates import looks_of
from simulator.model.design import Design
from simulator.model.monitoring import Monitor
from simulator.program.monitors import by_endpoint, largest_n
from simulator.reporting.text import columns, paragraph

__all__ = ["Segment", "boundary_table", "collapsed", "in_words", "lowered", "max_treated", "source_lines"]

Table = CountTable | ExposureTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """n = first ... last share one bound; None: the outcome cannot hold there."""

    first: int
    last: int
    bound: int | None

    def n_text(self) -> str:
        """`7` or `2-5`."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def max_treated(design: Design) -> int:
    """Patients that the design takes at most."""
    return int(min((m.amount for m in design.accrual.until if m.unit == "treated"), default=0))


def lowered(design: Design, monitor: Monitor) -> Table:
    """The rule as the engines read it."""
    most = largest_n(design, monitor, max_treated(design))
    weighted = any((counts.among or monitor.among) == "weight" for counts in monitor.counts.values())
    return monitor.rule.lower_exposure(most) if weighted else monitor.rule.lower(most)


def collapsed(boundary: Boundary, *, per_patient: bool, looks: Sequence[int] = ()) -> list[Segment]:
    """Runs of equal bounds, at these looks only, if named. A bound above n patients is out of reach: None."""
    found: list[Segment] = []
    for n in looks or range(1, len(boundary.bound)):
        bound = boundary.bound[n]
        reach = None if bound is not None and per_patient and _unreachable(boundary, n, bound) else bound
        if found and found[-1].bound == reach and found[-1].last == n - 1:
            found[-1] = Segment(first=found[-1].first, last=n, bound=reach)
        else:
            found.append(Segment(first=n, last=n, bound=reach))
    return found


def _unreachable(boundary: Boundary, n: int, bound: int) -> bool:
    return boundary.direction == "at_least" and bound > n


def in_words(table: Table, monitor: Monitor) -> list[str]:
    """One line per outcome: `stop: n 2-20: 2 or more; not possible at n 1`."""
    if isinstance(table, ExposureTable):
        return [f"{b.outcome}: {'; '.join(_exposure_words(b)) or 'never'}" for b in table.boundaries]
    lines = []
    for boundary in table.boundaries:
        segments = collapsed(boundary, per_patient=_per_patient(monitor, boundary))
        can = [f"n {s.n_text()}: {_bound_text(boundary, s.bound)}" for s in segments if s.bound is not None]
        never = [s.n_text() for s in segments if s.bound is None]
        text = "; ".join(can) or "never"
        if can and never:
            text += f"; not possible at n {', '.join(never)}"
        lines.append(f"{boundary.outcome}: {text}")
    return lines


def _per_patient(monitor: Monitor, boundary: Boundary) -> bool:
    """Whether x cannot exceed n for the boundary's endpoint."""
    counts = by_endpoint(monitor).get(monitor.rule.endpoints[boundary.endpoint])
    return counts is None or counts.unit != "events"


def _bound_text(boundary: Boundary, bound: int | None) -> str:
    if bound is None:
        return "-"
    if boundary.direction == "at_least":
        return f"{bound} or more"
    return f"{bound} or fewer" if bound else "0"


def _exposure_words(boundary: ExposureBoundary) -> Iterator[str]:
    """`3 events: up to n 8.42`, one per number of events that can bring the outcome about."""
    word = "from" if boundary.direction == "at_least" else "up to"
    for x, bound in enumerate(boundary.bound):
        if bound is not None:
            yield f"{x} events: {word} n {bound:.2f}"


def boundary_table(design: Design, monitor: Monitor) -> list[str]:
    """Protocol-ready: n, the count that gives the outcome, and the posterior at it and one short of it."""
    table, lines = lowered(design, monitor), []
    if isinstance(table, ExposureTable):
        for line in in_words(table, monitor):
            lines += paragraph(line, 0, 2)
        return lines
    posterior = getattr(monitor.rule, "posterior", None)
    for boundary in table.boundaries:
        looks = looks_of(monitor.look, len(boundary.bound) - 1, monitor.among, monitor.wait)
        segments = collapsed(boundary, per_patient=_per_patient(monitor, boundary), looks=looks)
        head = [["n", boundary.outcome + " at"]]
        if posterior is not None:
            head[0] += ["posterior at the bound", "one short of it"]
        rows = [
            [s.n_text(), _bound_text(boundary, s.bound), *_posteriors(posterior, boundary, s)]
            for s in segments
        ]
        lines += [*columns(head, rows), ""]
    return lines[:-1]


def _posteriors(posterior: Any, boundary: Boundary, segment: Segment) -> Iterator[str]:
    """The posterior over the run of n, smallest and largest, at the bound and on the near side of it."""
    if posterior is None:
        return
    if segment.bound is None:
        yield from ("-", "-")
        return
    step = -1 if boundary.direction == "at_least" else 1
    for x in (segment.bound, segment.bound + step):
        values = [
            value
            for n in range(segment.first, segment.last + 1)
            if x <= n and (value := posterior(n, x, boundary.outcome)) is not None
        ]
        texts = (
            dict.fromkeys(f"{value:.4f}" for value in (min(values), max(values))) if values else {"-": None}
        )
        yield " to ".join(texts)


def source_lines(rule: Rule) -> list[str]:
    """The papers behind a rule."""
    from simulator.bibliography import cite

    return [line for key in rule.sources for line in paragraph(f"source: {cite(key)}", 0, 2)]
