"""A comparison of designs that err alike: each is first set to the value nearest below a level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from simulator.errors import TrialstopError
from simulator.loading.paths import parse_path
from simulator.loading.source import Source
from simulator.metrics.registry import metric_of
from simulator.model.estimate import Estimate, percent
from simulator.model.metric import Kind
from simulator.study.comparing import prepare_comparison
from simulator.study.run import Prepared
from simulator.study.settings import Settings
from simulator.units import format_share
from simulator.what_ifs.cells import Cells, Place
from simulator.what_ifs.inquiry import begin
from simulator.what_ifs.planner import Planner
from simulator.what_ifs.sweeping import refuse_what_cannot_be
from simulator.what_ifs.targets import Target, parse_target, written
from simulator.what_ifs.vary import Vary, parse_vary

__all__ = ["prepare_matched"]


@dataclass(frozen=True, slots=True)
class _Tried:
    """A value, and the largest level of the truths that are aimed at."""

    value: str
    estimate: Estimate

    @property
    def level(self) -> float:
        """Exact, or estimated."""
        found = self.estimate.level
        assert found is not None
        return found

    def told(self, target: Target) -> str:
        """The level as tables have it: with its error where it is estimated, in % if it is a share."""
        exact, share = self.estimate.exact, metric_of(target.key).kind is Kind.SHARE
        if exact is None:
            error = f" ± {self.estimate.mcse or 0.0:.2g}"
            return f"{percent(self.estimate)} %" if share else f"{written(target.key, self.level, 4)}{error}"
        return f"{format_share(exact, 4)} %" if share else written(target.key, exact, 6)


def prepare_matched(source: Source, match: str, vary: str, settings: Settings) -> Prepared:
    """A comparison of variants, each with the value whose level is nearest below (above, for >=) a target.

    match: `p_stop<=5% under planned`; without a truth, the largest level of those that are acceptable. vary:
    `PATH=v1,v2,...`, a value of the design. Levels are exact where they can be, else of the settings' trials.
    TrialstopError where no value of a variant meets it, with the levels there are, or none moves a design;
    and as `begin` and `prepare_comparison`.
    """
    target, varied = parse_target(match, option="--match"), parse_vary(vary)
    if (part := parse_path(varied.path)[0]) not in ("design", "variants"):
        raise TrialstopError(f"--vary {varied.path}: found a value of {part}, allowed one of the design")
    whole = prepare_comparison(source.scenario, None, settings)  # refuses what is no comparison
    truths = _aimed(source, target)
    begun = begin(source, replace(settings, variants=whole.settings.variants, truths=truths), [target.key])
    refuse_what_cannot_be(begun.cells, [(varied.change(value),) for value in varied.values])
    planner = Planner(
        cells=begun.cells,
        settings=begun.settings,
        engine=begun.engine,
        metrics=begun.metrics,
    )
    scenario, notes = source.scenario, []
    moved = _moved(begun.cells, varied, whole.settings.variants)
    for variant in whole.settings.variants:
        chosen = _nearest(target, varied, variant, _tried(planner, target, varied, variant, truths))
        changed = begun.cells.scenario((varied.change(chosen.value),))
        scenario = replace(
            scenario,
            designs={**scenario.designs, variant: changed.designs[variant]},
            amended={**scenario.amended, variant: changed.amended.get(variant, ())},
        )
        at = f"{varied.path}={chosen.value}" if variant in moved else f"every value of {varied.path}"
        notes.append(f"{variant} at {at}: {chosen.told(target)}")
    told = f"matched on {target.text()}" + ("" if target.truth else f" under {', '.join(truths)}")
    prepared = prepare_comparison(scenario, None, settings)
    return replace(
        prepared,
        asks=("compare", f"--match={match}", f"--vary={vary}"),
        notes=(f"{told}: {'; '.join(notes)}",),
    )


def _moved(cells: Cells, varied: Vary, variants: Sequence[str]) -> list[str]:
    """The variants whose design is not as written at one of the values. TrialstopError if there is none."""
    scenarios = [cells.scenario((varied.change(value),)) for value in varied.values]
    parts = {v: [(each.designs[v], each.amended.get(v, ())) for each in scenarios] for v in variants}
    now = cells.scenario(())
    moved = [
        v for v in variants if any(part != (now.designs[v], now.amended.get(v, ())) for part in parts[v])
    ]
    if not moved:
        raise TrialstopError(
            f"--vary {varied.path}: found a value that changes no design of {', '.join(variants)}, allowed "
            "one that does"
        )
    return moved


def _aimed(source: Source, target: Target) -> tuple[str, ...]:
    """The truth that is named, or all that are acceptable."""
    scenario = source.scenario
    if target.truth is not None:
        return scenario.named("truth", [target.truth])
    found = tuple(name for name, truth in scenario.truths.items() if truth.acceptable is True)
    if not found:
        raise TrialstopError(f"--match {target.text()}: no truth is acceptable; say `under TRUTH`")
    return found


def _tried(
    planner: Planner, target: Target, varied: Vary, variant: str, truths: Sequence[str]
) -> list[_Tried]:
    """The level of every value of which anything can be said."""
    found = []
    furthest = max if target.sign == "<=" else min
    places = {value: [Place((varied.change(value),), variant, t) for t in truths] for value in varied.values}
    planner.answers([place for some in places.values() for place in some])
    for value, some in places.items():
        estimates = [planner.answer(place).estimate(target.key) for place in some]
        known = [e for e in estimates if e is not None]
        if len(known) == len(estimates):
            found.append(_Tried(value, furthest(known, key=lambda e: e.level or 0.0)))
    return found


def _nearest(target: Target, varied: Vary, variant: str, tried: Sequence[_Tried]) -> _Tried:
    """The value whose level is nearest to the target, of those that meet it."""
    meet = [each for each in tried if target.met(each.level)]
    if not meet:
        levels = "; ".join(f"{each.told(target)} at {each.value}" for each in tried) or "none"
        raise TrialstopError(
            f"--match {target.text()}: no value of {varied.path} meets it in variant {variant}; "
            f"attainable: {levels}"
        )
    return min(meet, key=lambda each: abs(each.level - target.value))
