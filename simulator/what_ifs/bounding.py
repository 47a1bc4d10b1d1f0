"""A bound on a probability that holds for every truth of a box of hazards at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from simulator.errors import QuantityError, TrialstopError
from simulator.loading.source import Source
from simulator.metrics.registry import metric_of
from simulator.metrics.text import text_of
from simulator.model.metric import Key, Kind
from simulator.stats.hoelder import bound as hoelder
from simulator.stats.intervals import clopper_pearson
from simulator.study.settings import Settings
from simulator.units import parse_open_probability
from simulator.what_ifs.answers import Answer
from simulator.what_ifs.bounded import Bounded, Bounds, Guard
from simulator.what_ifs.boxes import Box, Part, box_of
from simulator.what_ifs.cells import Place
from simulator.what_ifs.inquiry import Inquiry, begin, refuse_no_stops
from simulator.what_ifs.over import parse_over
from simulator.what_ifs.planner import Planner

__all__ = ["Bound", "prepare_bound"]


@dataclass(frozen=True, kw_only=True)
class Bound(Inquiry[Bounds]):
    """A bound ready to be played."""

    boxes: tuple[Box, ...]
    confidence: float

    def ask(self, planner: Planner) -> tuple[Bounds, Sequence[Place], Sequence[str]]:
        """Every guard; boxes that have one in common play it once."""
        places = [part.place for box in self.boxes for part in box.parts]
        planner.answers(places)
        return (
            Bounds(tuple(self._bounded(box, planner) for box in self.boxes)),
            list(dict.fromkeys(places)),
            (),
        )

    def read_found(self, data: Mapping[str, Any]) -> Bounds:
        """From results.json."""
        return Bounds(tuple(map(Bounded.from_json, data["bounds"])))

    def _bounded(self, box: Box, planner: Planner) -> Bounded:
        (key,) = self.begun.metrics
        answers = planner.answers([part.place for part in box.parts])
        played = sum(answer.metrics[key].exact is None for answer in answers)
        level = 1.0 - (1.0 - self.confidence) / max(played, 1)
        guards = [_guard(part, each, key, level) for part, each in zip(box.parts, answers, strict=True)]
        return Bounded(
            variant=box.variant,
            truth=box.truth,
            bound=max(guard.bound for guard in guards),
            confidence=self.confidence if played else None,
            method=box.method,
            conditions=box.conditions,
            box=box.hazards,
            guards=tuple(guards),
        )


def _guard(part: Part, answer: Answer, key: Key, level: float) -> Guard:
    """What a cell says, by its exact value or the upper limit of its trials."""
    estimate = answer.metrics[key]
    hits = None
    if estimate.exact is not None:
        p = min(max(estimate.exact, 0.0), 1.0)
    else:
        assert estimate.value is not None
        hits = round(estimate.value * estimate.n)
        p = clopper_pearson(hits, estimate.n, level)[1]
    apart = any((each.low, each.high) != (1.0, 1.0) for each in part.spreads)
    most, q = hoelder(p, part.spreads) if apart else (p, None)
    return Guard(
        changes=part.place.changes,
        parts=tuple((each.low, each.high) for each in part.spreads),
        hits=hits,
        trials=None if hits is None else estimate.n,
        level=None if hits is None else level,
        p=p,
        q=None if q == inf else q,
        bound=most,
    )


def prepare_bound(
    source: Source,
    over: Sequence[str],
    metric: str | Key = "p_stop",
    confidence: float | str = 0.99,
    settings: Settings | None = None,
) -> Bound:
    """A bound of a metric (a share of all trials) over a box, ready to be played, or kept in a folder.

    over: `PATH = x1..x1.3` or `PATH = LOW..HIGH`, one per hazard. Of the benchmark variant and of the truths
    that the paths name, unless `settings` names others. TrialstopError where a path is no hazard, a range no
    range, a confidence not between 0 and 1, or where neither the corner nor Hoelder's inequality gives a
    bound; and as `begin`.
    """
    confidence = _confidence(confidence)
    if not over:
        raise TrialstopError('no hazard is named, allowed one --over "PATH = x1..x1.3" for each')
    overs = tuple(parse_over(text, source) for text in over)
    settings = settings or Settings()
    settings = replace(
        settings,
        variants=settings.variants or (source.scenario.benchmark,),
        truths=settings.truths or tuple(dict.fromkeys(each.truth for each in overs)),
    )
    begun = begin(source, settings, [metric], origin="--over", numbers_only=True)
    refuse_no_stops(begun)
    (key,) = begun.metrics
    if metric_of(key).kind is not Kind.SHARE or metric_of(key).undefined:
        raise TrialstopError(f"{text_of(key)} is no share of all trials, allowed one such as p_stop")
    boxes = [
        box_of(begun.cells, overs, v, t, key) for v in begun.settings.variants for t in begun.settings.truths
    ]
    asks = ["bound", *(f"--over={each.text}" for each in overs)]
    return Bound(
        begun=begun,
        asks=(*asks, f"--metric={text_of(key)}", f"--confidence={confidence!r}"),
        boxes=tuple(boxes),
        confidence=confidence,
    )


def _confidence(given: float | str) -> float:
    try:
        return parse_open_probability(given)
    except QuantityError as error:
        raise TrialstopError(
            f"--confidence: found {error.found}, allowed above 0% and below 100%{_meant(given)}"
        ) from None


def _meant(given: float | str) -> str:
    """A hint, where a number is between 1 and 100."""
    try:
        return f"; did you mean {given}%?" if 1.0 < float(given) < 100.0 else ""
    except (TypeError, ValueError):
        return ""
