"""Sliders: trials that were played, packed for a browser to weigh as if hazards had other sizes.

What is packed is what `what_ifs.weights.Pool` weighs: of each trial the crossings of every component and the
hazard it used up, in steps of 16 bits, beside what came of the trial.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.errors import ScenarioError
from simulator.loading.nodes import path_text
from simulator.loading.paths import find
from simulator.loading.source import Source, source_of
from simulator.metrics.risks import CROSSINGS, RISK
from simulator.model.metric import Key
from simulator.model.truth import Truth
from simulator.reporting.document.background import SERVES
from simulator.reporting.document.material import STOP, Material
from simulator.reporting.document.pieces import Sliders
from simulator.reporting.estimates import seen
from simulator.reporting.nature import component_words
from simulator.study.results import Cell
from simulator.what_ifs.weights.arrivals import ARRIVALS
from simulator.what_ifs.weights.asked import LEAST
from simulator.what_ifs.weights.pool import Names
from simulator.what_ifs.weights.scales import apart

__all__ = ["no_sliders", "sliders"]

MOST_TRUTHS = MOST_VARIANTS = 4
STEPS = 65_535
MOST_BYTES = 750_000  # of the packed trials, in base64


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What is shown of a trial."""

    key: Key
    name: str
    share: bool = False


@dataclass(frozen=True, slots=True)
class _Hazards:
    """Of a truth under a design: shape: what truths of one family have in common; sizes by component."""

    shape: str
    sizes: Mapping[Names, float]


@dataclass(slots=True)
class _Packed:
    """Arrays one after another, those that are alike once."""

    body: bytearray = field(default_factory=bytearray)
    listed: list[dict[str, object]] = field(default_factory=list)
    _known: dict[tuple[str, bytes], int] = field(default_factory=dict)

    def add(self, values: NDArray[np.float64]) -> int:
        """Its place in the list."""
        kind = "u8" if values.max(initial=0.0) < 256 else "u16"
        data = values.astype("<u1" if kind == "u8" else "<u2").tobytes()
        if (kind, data) not in self._known:
            self._known[kind, data] = len(self.listed)
            self.listed.append({"type": kind, "start": len(self.body), "bytes": len(data)})
            self.body += data
        return self._known[kind, data]


def no_sliders(material: Material) -> str:
    """Why there are none, in words; "" where there are."""
    if not material.acts:
        return "no rule of this scenario stops a trial"
    variants = _variants(material)
    if not any(_slides(material, variants, truth) for truth in _truths(material, variants)):
        return "the truths of this scenario have no hazard whose size could be another"
    trials = material.played.run.trials
    if trials < LEAST:
        return f"they need {LEAST} trials of each design under each truth, and {trials} were played"
    return ""


def sliders(material: Material) -> Sliders:
    """The trials of at most four designs under at most four truths; to be asked where `no_sliders` is ""."""
    variants = _variants(material)
    outcomes = _outcomes(material)
    truths = _truths(material, variants)
    trials = material.played.run.trials
    while True:
        made = _packed(material, variants, truths, outcomes, trials)
        if len(made.data) <= MOST_BYTES or trials < 2 * LEAST:
            return made
        trials //= 2


def _variants(material: Material) -> list[list[str]]:
    """Designs with those of which every truth tells the same: the benchmark's first, then what differs
    most."""
    results = material.results

    def told(variant: str) -> tuple[object, ...]:
        cells = (results.cell(variant, truth) for truth in results.truths)
        return tuple(seen(cell.metrics.get(outcome.key)) for cell in cells for outcome in _outcomes(material))

    groups: dict[object, list[str]] = {}
    for variant in sorted(results.variants, key=lambda name: name != material.benchmark):
        if results.cell(variant, results.truths[0]).facts.acts:
            groups.setdefault(told(variant), []).append(variant)
    chosen, others = [next(iter(groups.values()))], list(groups.values())[1:]
    while others and len(chosen) < MOST_VARIANTS:
        chosen.append(max(others, key=lambda names: min(_apart(material, names, one) for one in chosen)))
        others.remove(chosen[-1])
    return chosen


def _apart(material: Material, some: Sequence[str], others: Sequence[str]) -> float:
    """By how much two designs differ in P(stop), over all truths."""
    return sum(
        abs((a.metrics[STOP].value or 0.0) - (b.metrics[STOP].value or 0.0))
        for truth in material.results.truths
        for a, b in [(material.results.cell(some[0], truth), material.results.cell(others[0], truth))]
    )


def _outcomes(material: Material) -> list[_Outcome]:
    found = [_Outcome(STOP, "P(stop), %", share=True), _Outcome(Key("n_enrolled"), "patients enrolled")]
    for event in material.events[:1]:
        found += [
            _Outcome(Key("patients_with", event=event, word=word), f"{event} {word}")
            for word in ("before", "overrun", "after")
        ]
    return [each for each in found if all(each.key in cell.metrics for cell in material.results.cells)]


def _hazards(material: Material, variant: str, truth: str) -> _Hazards:
    """What truths must share for their trials to tell of each other, and what may differ."""
    design = material.scenario.designs[variant]
    neutral = replace(material.scenario.truths[truth], acceptable=None, about=None)
    one, sizes = apart(neutral, design)
    rate = sizes.pop(ARRIVALS, None)
    none = sorted(name for name, size in sizes.items() if size == 0.0)
    return _Hazards(f"{one!r} {rate} {none}", {n: s for n, s in sizes.items() if s > 0.0})


def _truths(material: Material, variants: Sequence[Sequence[str]]) -> list[str]:
    """An acceptable one first, then one of each family, then others in their order; at most four."""
    results = material.results
    benchmark = variants[0][0]
    order = [*material.judged(True)[:1], *results.truths]
    shape = {truth: _hazards(material, benchmark, truth).shape for truth in results.truths}
    firsts = dict.fromkeys(next(t for t in order if shape[t] == one) for one in dict.fromkeys(shape.values()))
    chosen = list(dict.fromkeys([order[0], *firsts, *order]))[:MOST_TRUTHS]
    return [truth for truth in results.truths if truth in chosen]


def _slides(material: Material, variants: Sequence[Sequence[str]], truth: str) -> list[Names]:
    """Hazards with a slider: those that every design has."""
    every = [_hazards(material, names[0], truth).sizes for names in variants]
    return [name for name in every[0] if all(name in sizes for sizes in every)]


def _packed(
    material: Material,
    variants: Sequence[Sequence[str]],
    truths: Sequence[str],
    outcomes: Sequence[_Outcome],
    trials: int,
) -> Sliders:
    packed, pools, told = _Packed(), list[dict[str, Any]](), list[dict[str, Any]]()
    places: dict[tuple[int, str], int] = {}
    for v, names in enumerate(variants):
        families: dict[tuple[str, tuple[Names, ...]], list[str]] = {}
        for truth in truths:
            family = _hazards(material, names[0], truth).shape, tuple(_slides(material, variants, truth))
            families.setdefault(family, []).append(truth)
        for (_, components), members in families.items():
            places |= {(v, truth): len(pools) for truth in members}
            cells = [material.played.cell(names[0], truth) for truth in members]
            anchors = [_anchor(material, packed, cell, components, outcomes, trials) for cell in cells]
            pools.append({"components": [_name(name) for name in components], "anchors": anchors})
    source = source_of(material.scenario)
    for truth in truths:
        hazards = list(_told(material, source, truth, _slides(material, variants, truth)))
        acceptable = material.scenario.truths[truth].acceptable
        label = truth if acceptable is None else f"{truth} ({SERVES[acceptable]})"
        at = [places[v, truth] for v in range(len(variants))]
        told.append({"name": truth, "label": label, "hazards": hazards, "pools": at})
    run = material.results.run
    about = {
        "trials": trials,
        "least": LEAST,
        "command": material.command("run", "--trials", str(run.trials), "--seed", str(run.seed)),
        "variants": [", ".join(names) for names in variants],
        "outcomes": [{"name": each.name, "share": each.share} for each in outcomes],
        "truths": told,
        "pools": pools,
        "arrays": packed.listed,
    }
    data = gzip.compress(bytes(packed.body), compresslevel=9, mtime=0)
    return Sliders(about=about, data=base64.b64encode(data).decode("ascii"))


def _anchor(
    material: Material,
    packed: _Packed,
    cell: Cell,
    components: Sequence[Names],
    outcomes: Sequence[_Outcome],
    trials: int,
) -> dict[str, Any]:
    """The trials of one cell."""
    sizes = _hazards(material, cell.variant, cell.truth).sizes
    used = [cell.columns[RISK(*name)][:trials] / sizes[name] for name in components]
    steps = [float(each.max(initial=0.0)) / STEPS for each in used]
    return {
        "sizes": [sizes[name] for name in components],
        "step": steps,
        "count": [packed.add(cell.columns[CROSSINGS(*name)][:trials]) for name in components],
        "used": [
            packed.add(np.rint(each / step) if step else each) for each, step in zip(used, steps, strict=True)
        ],
        "outcome": [packed.add(cell.columns[each.key][:trials]) for each in outcomes],
    }


def _name(names: Names) -> str:
    event, component = names
    return event if event == component else f"{event} by {component}"


def _told(
    material: Material, source: Source, truth: str, components: Sequence[Names]
) -> Iterator[dict[str, Any]]:
    """Sliders of one truth. path: where a ratio of the hazard is set, for this truth when it alone is
    played."""
    body: Truth = material.scenario.truths[truth]
    variant = material.benchmark
    sizes = _hazards(material, variant, truth).sizes
    for (event, name), path in _paths(source, truth, components).items():
        component = body.events[event].components[name]
        if path is not None:
            yield {
                "name": _name((event, name)),
                "words": component_words(component, body.traits),
                "size": sizes[event, name],
                "ratio": component.ratio,
                "path": path,
            }


def _paths(source: Source, truth: str, components: Sequence[Names]) -> dict[Names, str | None]:
    """Where the ratio of each hazard is written: in this truth, or in one that it extends.

    The file is read anew once, with the first place of each; one by one only where that does not give what
    was set."""
    found = {names: list(_places(source, truth, names)) for names in components}
    first = {names: places[0] for names, places in found.items() if places}
    if _sets(source, truth, first):
        return {names: first.get(names) for names in components}
    return {
        names: next((path for path in places if _sets(source, truth, {names: path})), None)
        for names, places in found.items()
    }


def _places(source: Source, truth: str, names: Names) -> Iterator[str]:
    """Places of the file where a ratio of the hazard may stand, those of its own truth first."""
    event, name = names
    others = [other for other in source.scenario.truths if other != truth]
    for owner in (truth, *others):
        body = ("truths", owner, "events", event)
        alone = find(source.root, (*body, "components")) is None  # the event's only one, without a name
        place = body if alone else (*body, "components", name)
        if find(source.root, place) is not None:
            yield path_text((*place, "ratio"))


def _sets(source: Source, truth: str, paths: Mapping[Names, str]) -> bool:
    """Whether each of these paths sets the ratio of its hazard, and of no other."""
    if not paths:
        return True
    events = source.scenario.truths[truth].events
    wanted = {
        (event, name): (1.25 + i / 64.0) * events[event].components[name].ratio  # each another's
        for i, (event, name) in enumerate(paths)
    }
    try:
        changed = source.changed([f"{path}={wanted[names]!r}" for names, path in paths.items()])
    except ScenarioError:
        return False
    now = changed.truths[truth].events
    there = {names: now[names[0]].components.get(names[1]) for names in paths}
    return all(
        part is not None and abs(part.ratio - wanted[names]) <= 1e-12 * wanted[names]
        for names, part in there.items()
    )
