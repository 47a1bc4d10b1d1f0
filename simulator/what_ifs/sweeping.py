"""A sweep: every variant under every truth at every setting of one or two values."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.errors import ScenarioError, TrialstopError
from simulator.loading.source import Source
from simulator.metrics.text import text_of
from simulator.model.metric import Key
from simulator.study.settings import Settings
from simulator.what_ifs.cells import Cells, Place
from simulator.what_ifs.inquiry import Inquiry, begin, overridden
from simulator.what_ifs.planner import Planner
from simulator.what_ifs.vary import Vary, parse_vary
from simulator.what_ifs.weights.asked import Weighing

__all__ = ["Sweep", "Swept", "prepare_sweep", "refuse_what_cannot_be", "settings_of"]

MOST_VARIED = 2
SHOWN = 5  # problems that an error names
STOP, ENROLLED = Key("p_stop"), Key("n_enrolled")


@dataclass(frozen=True, slots=True)
class Swept:
    """against: whether stops that are wanted, and the cost, are set against those that are a mistake."""

    against: bool = False

    def as_json(self) -> dict[str, Any]:
        """Its part of results.json."""
        return {"against": self.against}


@dataclass(frozen=True, kw_only=True)
class Sweep(Inquiry[Swept]):
    """A sweep ready to be played."""

    against: bool = False

    def ask(self, planner: Planner) -> tuple[Swept, Sequence[Place], Sequence[str]]:
        """Every cell: played setting by setting, answered variant by variant, truth by truth."""
        settings = list(settings_of(self.vary))
        names = [(v, t) for v in self.settings.variants for t in self.settings.truths]
        planner.answers([Place(changes, *name) for changes in settings for name in names])
        places = {name: [Place(changes, *name) for changes in settings] for name in names}
        still = {name for name in names if len({*map(self.begun.cells.same, places[name])}) == 1}
        notes = _still(still, self.settings.variants, self.settings.truths)
        return Swept(self.against), [place for name in names for place in places[name]], notes

    def read_found(self, data: Mapping[str, Any]) -> Swept:
        """From results.json."""
        return Swept(**data)


def _still(still: Collection[tuple[str, str]], variants: Sequence[str], truths: Sequence[str]) -> list[str]:
    """A note of the cells (variant, truth) that are the same at every setting, if not all are others."""
    whole = [truth for truth in truths if all((variant, truth) in still for variant in variants)]
    rest = [truth for truth in truths if truth not in whole]
    every = [variant for variant in variants if rest and all((variant, truth) in still for truth in rest)]
    single = [f"{v} under {t}" for v, t in still if t not in whole and v not in every]
    named = [*(f"all under {truth}" for truth in whole), *every, *sorted(single)]
    return [f"the same at every setting: {', '.join(named)}"] if named else []


def settings_of(vary: Sequence[Vary]) -> Iterator[tuple[str, ...]]:
    """The changes of every setting, those of the last value varied next to each other."""
    return itertools.product(*([each.change(value) for value in each.values] for each in vary))


def prepare_sweep(
    source: Source,
    vary: Sequence[str],
    metrics: Sequence[str] = (),
    settings: Settings | None = None,
    *,
    against: bool = False,
    weighing: Weighing = Weighing(),  # noqa: B008 - frozen
) -> Sweep:
    """A sweep ready to be played, or kept in a folder (`runner.stored_or_played`).

    vary: one or two of `PATH=v1,v2` or `PATH=FROM:TO:HOW_MANY[:log]`. metrics: texts of keys, those of
    `begin` if none is named. against: P(stop), patients enrolled and those harmed are asked too.
    TrialstopError for settings that the file cannot have, all of them at once; and as `begin`.
    """
    varied = tuple(map(parse_vary, vary))
    if not 1 <= len(varied) <= MOST_VARIED:
        raise TrialstopError(f"{len(varied)} values are varied, allowed one or two (--vary)")
    if len({each.path for each in varied}) < len(varied):
        raise TrialstopError(
            f"{varied[0].path} is varied twice, allowed two places, or one with all its values"
        )
    wanted: list[str | Key] = list(metrics)
    if against:
        wanted += [STOP, ENROLLED, *(Key("patients_with", event=event) for event in _counted(source))]
        _refuse_one_sided(source, settings or Settings())
    begun = begin(source, settings or Settings(), wanted)
    refuse_what_cannot_be(begun.cells, list(settings_of(varied)))
    asks = ["sweep", *(f"--vary={each}" for each in vary)]
    asks += [f"--metric={text_of(key)}" for key in _named(begun.metrics, metrics)] + ["--against"] * against
    asks += weighing.asks
    asks += [f"--beside={sha256}" for sha256 in _beside(begun.cells, varied)]
    notes = [note for each in varied for note in overridden(source, each.path, begun.settings.variants)]
    return Sweep(
        begun=begun, asks=tuple(asks), vary=varied, notes=tuple(notes), against=against, weighing=weighing
    )


def _beside(cells: Cells, varied: Sequence[Vary]) -> list[str]:
    """Digests of what is in files that changes name: a stored sweep is of that, not of the names."""
    if not any("csv" in value for each in varied for value in (each.path, *each.values)):
        return []
    digests = {cells.scenario(changes).sha256 for changes in settings_of(varied)}
    return sorted(digests - {cells.source.scenario.sha256})


def _named(keys: Sequence[Key], metrics: Sequence[str]) -> Sequence[Key]:
    """Those that were named, as they are written."""
    return keys[: len(dict.fromkeys(metrics))]


def _counted(source: Source) -> list[str]:
    """Events that a rule of any variant counts."""
    rules = [rule for design in source.scenario.designs.values() for rule in design.monitoring.values()]
    return list(dict.fromkeys(event for rule in rules for event in rule.counted_events))


def _refuse_one_sided(source: Source, settings: Settings) -> None:
    """Stops that are wanted can be set against mistakes only where there are truths of both kinds."""
    scenario = source.scenario
    there = {scenario.truths[name].acceptable for name in scenario.named("truth", settings.truths)}
    if not {True, False} <= there:
        raise TrialstopError(
            "--against needs a truth that says acceptable: true and one that says acceptable: false, among "
            "those that are played"
        )


def refuse_what_cannot_be(cells: Cells, settings: Sequence[tuple[str, ...]]) -> None:
    """One error for all settings that the file cannot have, each with its problems."""
    problems: dict[str, list[str]] = {}
    refused = 0
    for changes in settings:
        try:
            cells.scenario(changes)
        except ScenarioError as error:
            refused += 1
            for problem in error.problems:
                if problem.severity == "error":
                    problems.setdefault(problem.text(), []).append(", ".join(changes))
    if not refused:
        return
    be = "is" if refused == 1 else "are"
    lines = [f"{refused} of {len(settings)} setting{'s' * (len(settings) > 1)} {be} not allowed:"]
    for text, found in list(problems.items())[:SHOWN]:
        more = f"; and {len(found) - 1} more setting{'s' * (len(found) > 2)}" if len(found) > 1 else ""
        lines += [text, f"  with {found[0]}{more}"]
    left = len(problems) - SHOWN
    lines += [f"and {left} more problem{'s' * (left > 1)}"] if len(problems) > SHOWN else []
    raise TrialstopError("\n".join(lines))
