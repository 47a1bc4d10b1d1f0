"""The setting of a rule that reaches a target under the protocol's real conduct.

Settings with the same boundary are one. Of nested boundaries the less strict one stops every trial that the
stricter one stops, so that P(stop) is found by bisection, on the same trials; otherwise all are played. What
the chosen boundary achieves is told by other trials, since those that chose it flatter it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from simulator.contracts import ComparingRule
from simulator.errors import QuantityError, TrialstopError, UnattainableError
from simulator.loading.paths import parse_path
from simulator.loading.source import Source
from simulator.metrics.registry import metric_of
from simulator.metrics.text import text_of
from simulator.model.estimate import Estimate
from simulator.model.metric import Key, Kind
from simulator.model.scenario import Scenario
from simulator.stats.intervals import clopper_pearson
from simulator.study.settings import Settings
from simulator.what_ifs.assumed import assumed_range
from simulator.what_ifs.bounds import Bounds, Group, bounds_of, grouped, nested
from simulator.what_ifs.calibrated import Calibrated, Level, Tried
from simulator.what_ifs.cells import Cells, Place
from simulator.what_ifs.inquiry import Inquiry, begin, overridden
from simulator.what_ifs.planner import Planner
from simulator.what_ifs.sweeping import refuse_what_cannot_be
from simulator.what_ifs.targets import Target, parse_target
from simulator.what_ifs.vary import Range, Vary, parse_vary

__all__ = ["Calibrating", "prepare_calibration"]

STOP = Key("p_stop")
STEPS = 201  # settings of a range that the file assumes
ALL_EXACT = 200  # boundaries that are calculated one and all
SHOWN = 8  # attainable levels that an error names


@dataclass(frozen=True, kw_only=True)
class Calibrating(Inquiry[Calibrated]):
    """A calibration ready to be played. in_order: whether a stricter boundary has no higher level."""

    rule: str
    target: Target
    aimed: tuple[str, ...]
    sure: bool
    groups: tuple[Group, ...]
    nested: bool
    in_order: bool

    @property
    def variant(self) -> str:
        """The only one that is played."""
        return self.settings.variants[0]

    def ask(self, planner: Planner) -> tuple[Calibrated, Sequence[Place], Sequence[str]]:
        """Choose a boundary; then ask it, in other trials where it is played, under every truth."""
        tried: dict[int, Tried] = {}

        def ask(numbers: Sequence[int]) -> list[bool]:
            planner.answers([place for i in numbers for place in self._places(i)])
            tried.update({i: self._tried(planner, i) for i in numbers})
            return [tried[i].meets for i in numbers]

        everything = range(len(self.groups))
        if self.in_order and not (self.begun.exact and len(self.groups) <= ALL_EXACT):
            chosen = _last_that_meets(list(self._from_safest()), lambda i: ask([i])[0])
        else:
            ask(everything)
            chosen = self._nearest(tried)
        if chosen is None:
            raise self._out_of_reach(tried)
        exact = self.begun.exact and _of(tried[chosen]).estimate.exact is not None
        first = 0 if exact else self.settings.most
        final = self._places(chosen, self.settings.truths, first)
        planner.answers(final)
        achieved = self._level(planner, final)
        if achieved is None:
            raise TrialstopError(
                f"--target {self.target.text()}: as many other trials say nothing of it; play more (--trials)"
            )
        found = Calibrated(
            rule=self.rule,
            variant=self.variant,
            target=self.target,
            aimed=self.aimed,
            sure=self.sure,
            nested=self.nested,
            tried=tuple(tried.get(i, Tried(self.groups[i])) for i in everything),
            chosen=chosen,
            first=first,
            achieved=achieved,
        )
        places = [place for i in sorted(tried) for place in self._places(i)] + final
        return found, list(dict.fromkeys(places)), ()

    def read_found(self, data: Mapping[str, Any]) -> Calibrated:
        """From results.json."""
        return Calibrated.from_json(data)

    def _places(self, number: int, truths: Sequence[str] = (), first: int = 0) -> list[Place]:
        """Cells of a boundary, under the truths of the target if none is named."""
        change = self.vary[0].change(self.groups[number].values[0])
        return [Place((change,), self.variant, truth, first) for truth in truths or self.aimed]

    def _tried(self, planner: Planner, number: int) -> Tried:
        found = self._level(planner, self._places(number))
        if found is None:
            return Tried(self.groups[number])
        return Tried(self.groups[number], found, self.target.met(self._judged(found)))

    def _level(self, planner: Planner, places: Sequence[Place]) -> Level | None:
        """Of the truths of the target the one furthest out; None where nothing can be said of one."""
        found = []
        for place in places:
            if place.truth in self.aimed:
                estimate = planner.answer(place).estimate(self.target.key)
                if estimate is None:
                    return None
                found.append(Level(place.truth, estimate, _limit(self.target, estimate)))
        furthest = max if self.target.sign == "<=" else min
        return furthest(found, key=self._judged)

    def _judged(self, level: Level) -> float:
        """What is held against the target."""
        return level.limit if self.sure and level.limit is not None else level.value

    def _from_safest(self) -> Sequence[int]:
        """Boundaries, those first that are surest to meet the target."""
        order = range(len(self.groups))
        return order[::-1] if self.target.sign == "<=" else order

    def _nearest(self, tried: Mapping[int, Tried]) -> int | None:
        """The boundary that meets the target and is nearest to it; of equals the one furthest from safe."""
        there = [i for i in self._from_safest() if tried[i].meets]
        return min(reversed(there), key=lambda i: self._away(tried[i]), default=None)

    def _away(self, tried: Tried) -> float:
        """How far from the target."""
        return abs(_of(tried).value - self.target.value)

    def _out_of_reach(self, tried: Mapping[int, Tried]) -> UnattainableError:
        """No boundary meets the target: which levels there are, the nearest ones first."""
        there = [i for i in self._from_safest() if i in tried and tried[i].level is not None]
        there.sort(key=lambda i: self._away(tried[i]))
        exact = all(_of(tried[i]).estimate.exact is not None for i in there)
        levels = [
            f"{_told(self.target.key, _of(tried[i]), sure=self.sure)} at {_ends(self.groups[i].values)}"
            for i in there[:SHOWN]
        ]
        more = f"; and {len(there) - SHOWN} more, further away" if len(there) > SHOWN else ""
        by = " with its one-sided 95 % limit" if self.sure else ""
        how = "exact" if exact else f"{self.settings.most:,} trials"
        said = f"attainable ({how}): {'; '.join(levels)}{more}" if levels else "nothing can be said of any"
        return UnattainableError(
            f"--target {self.target.text()}: no setting of {self.vary[0].path} meets it{by} under "
            f"{', '.join(self.aimed)}; {said}"
        )


def _last_that_meets(order: Sequence[int], meets: Callable[[int], bool]) -> int | None:
    """Of boundaries of which the first ones meet the target, the last that does."""
    met, failed = -1, len(order)
    while failed - met > 1:
        middle = (met + failed) // 2
        met, failed = (middle, failed) if meets(order[middle]) else (met, middle)
    return None if met < 0 else order[met]


def _of(tried: Tried) -> Level:
    assert tried.level is not None
    return tried.level


def _limit(target: Target, estimate: Estimate) -> float | None:
    """On the side of the target; of an exact value itself, of a mean there is none."""
    if estimate.exact is not None:
        return estimate.exact
    if metric_of(target.key).kind is not Kind.SHARE or estimate.value is None:
        return None
    low, high = clopper_pearson(round(estimate.value * estimate.n), estimate.n)
    return high if target.sign == "<=" else low


def _told(key: Key, level: Level, *, sure: bool) -> str:
    if metric_of(key).kind is not Kind.SHARE:
        return f"{level.value:.6g}"
    if level.estimate.exact is not None:
        return f"{100 * level.value:.4f}%"
    limit = f" (limit {100 * level.limit:.2f}%)" if sure and level.limit is not None else ""
    return f"{100 * level.value:.2f}%{limit}"


def _ends(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else f"{values[0]} to {values[-1]}"


# ---------------------------------------------------------------- what is asked


def prepare_calibration(
    source: Source,
    rule: str,
    vary: str,
    target: str,
    settings: Settings | None = None,
    *,
    sure: bool = False,
) -> Calibrating:
    """A calibration ready to be played, or kept in a folder (`runner.stored_or_played`).

    rule: its name. vary: a value of it, as for a sweep; a path alone: the range that the file assumes.
    target: `p_stop<=5% under planned`; under no truth, at most: the largest level of the truths that are
    acceptable, at least: the smallest of those that are not. Of the boundaries that meet it the one nearest
    to it is chosen. sure: not the estimate, but its one-sided 95 % limit is to meet it. The settings name one
    variant, or none: the benchmark. TrialstopError for names that are not there, a path that is of anything
    but the rule, settings that the file cannot have, a target that is none.
    """
    scenario, settings = source.scenario, settings or Settings()
    aim = parse_target(target)
    if sure and metric_of(aim.key).kind is not Kind.SHARE:
        raise TrialstopError(f"--sure is of shares of trials, and {text_of(aim.key)} is none")
    variant, notes = _variant(scenario, rule, settings.variants)
    if isinstance(scenario.designs[variant].monitoring[rule].rule, ComparingRule):
        raise TrialstopError(
            f"--rule {rule} compares two arms, and its boundary is no list of counts by n; `sweep --vary` "
            "plays each of its settings"
        )
    aimed, truths = _truths(scenario, aim, settings.truths)
    varied = _varied(source, vary)
    begun = begin(source, replace(settings, variants=(variant,), truths=truths), [aim.key, STOP])
    refuse_what_cannot_be(begun.cells, [(varied.change(value),) for value in varied.values])
    groups = grouped(_lowered(begun.cells, variant, rule, varied))
    design = scenario.designs[variant]
    acting = [name for name, each in design.monitoring.items() if each.stops]
    if aim.key.metric == STOP.metric and rule not in acting and not design.conducted:
        raise TrialstopError(
            f"--rule {rule}: the rule does nothing (it has no `then`), so that P(stop) does not depend on "
            f"it; aim at p_fired.{rule}"
        )
    in_order, by_order = nested(groups), aim.key == STOP or (aim.key, [rule]) == (_by(rule), acting)
    if by_order and (design.conducted or not in_order):
        why = "rules concern each other" if design.conducted else "boundaries of these settings cross"
        notes.append(f"{why}, so that each is played")
    if others := [name for name in acting if name != rule]:
        notes.append(f"{', '.join(others)} may stop trials too; P(stop) is of any rule")
    asks = ["calibrate", f"--rule={rule}", f"--vary={vary}", f"--target={aim.text()}", *["--sure"] * sure]
    return Calibrating(
        begun=begun,
        asks=tuple(asks),
        vary=(varied,),
        notes=tuple(notes),
        rule=rule,
        target=aim,
        aimed=aimed,
        sure=sure,
        groups=tuple(groups),
        nested=in_order,
        in_order=in_order and by_order and not design.conducted,
    )


def _by(rule: str) -> Key:
    return Key("p_stop", rule=rule)


def _variant(scenario: Scenario, rule: str, asked: Sequence[str]) -> tuple[str, list[str]]:
    """The variant whose rule is set, and what is to be said of the choice."""
    scenario.named("variant", asked)
    if len(asked) > 1:
        raise TrialstopError(f"--variant is named {len(asked)} times, allowed once: a rule is set in one")
    having = [name for name, design in scenario.designs.items() if rule in design.monitoring]
    if not having:
        known = dict.fromkeys(name for design in scenario.designs.values() for name in design.monitoring)
        there = f"it has: {', '.join(known)}" if known else "it has none"
        raise TrialstopError(f"--rule {rule}: no rule of that name in this scenario; {there}")
    if asked:
        if asked[0] not in having:
            raise TrialstopError(
                f"--rule {rule}: variant {asked[0]} has no such rule, allowed {', '.join(having)}"
            )
        return asked[0], []
    if len(having) == 1:
        return having[0], []
    if scenario.benchmark not in having:
        raise TrialstopError(f"--rule {rule}: which variant? say --variant with one of: {', '.join(having)}")
    others = ", ".join(name for name in having if name != scenario.benchmark)
    return scenario.benchmark, [
        f"set in the benchmark, {scenario.benchmark}; other variants with the rule (--variant): {others}"
    ]


def _truths(scenario: Scenario, aim: Target, asked: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Truths that the target is about, and all that are played."""
    played = scenario.named("truth", asked)
    if aim.truth is not None:
        scenario.named("truth", [aim.truth])
        return (aim.truth,), scenario.named("truth", [*played, aim.truth])
    wanted = aim.sign == "<="
    found = tuple(name for name in played if scenario.truths[name].acceptable is wanted)
    if not found:
        said = "true" if wanted else "false"
        raise TrialstopError(
            f"--target {aim.text()}: no truth that is played says acceptable: {said}; name one, "
            f"{aim.text()} under TRUTH: {', '.join(played)}"
        )
    return found, played


def _varied(source: Source, text: str) -> Vary:
    """What is varied: as it is written, or at a path alone over the range that the file assumes."""
    try:
        parse_path(text)
    except QuantityError:
        return parse_vary(text)
    path, found = assumed_range(source, text)
    return Vary(path, tuple(_steps(found)))


def _steps(found: Range) -> Sequence[str]:
    """Every whole number, or many steps."""
    scale, low, high = found.scale, found.low, found.high
    if scale.whole and low == round(low) and high == round(high) and high - low < STEPS:
        return [scale.text(float(number)) for number in range(round(low), round(high) + 1)]
    return [scale.text(float(f"{low + (high - low) * i / (STEPS - 1):.12g}")) for i in range(STEPS)]


def _lowered(cells: Cells, variant: str, rule: str, varied: Vary) -> list[tuple[str, tuple[Bounds, ...]]]:
    """The rule at every setting. TrialstopError for a path that is not of it, or of more than it."""
    source, path, found = cells.source, varied.path, list[tuple[str, tuple[Bounds, ...]]]()
    written, rules = source.scenario.designs[variant], list[object]()
    truths = {name: source.scenario.truths[name] for name in cells.truths}
    for value in varied.values:
        scenario = cells.scenario([varied.change(value)])
        design = scenario.designs[variant]
        monitor = design.monitoring[rule]
        as_before = replace(monitor, rule=written.monitoring[rule].rule)
        if (
            replace(design, monitoring={**design.monitoring, rule: as_before}) != written
            or dict(scenario.truths) != truths
        ):
            raise TrialstopError(
                f"--vary {path}: found a value of more than the rule {rule}, allowed one below "
                f"design.monitoring.{rule}.rule"
            )
        rules.append(monitor.rule)
        versions = (design, *scenario.amended.get(variant, ()))
        found.append((value, bounds_of(versions, monitor, scenario.truths.values())))
    if all(each == written.monitoring[rule].rule for each in rules) and (
        len(varied.values) > 1 or f"monitoring.{rule}.rule" not in ".".join(map(str, parse_path(path)))
    ):
        why = "; ".join(overridden(source, path, (variant,)))
        there = "one where the variant sets it" if why else f"one below design.monitoring.{rule}.rule"
        raise TrialstopError(
            f"--vary {path}: found a value that does not change the rule {rule} of {variant}"
            f"{f' ({why})' if why else ''}, allowed {there}"
        )
    return found
