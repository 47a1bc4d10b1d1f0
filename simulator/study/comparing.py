"""What a comparison plays: two or more variants of one scenario, or the variants of two scenarios.

Of two scenarios one is made whose variants are the cells of both, so that everything that plays, keeps and
takes up a run does so here too. Trials share their draws by the names of streams, whichever file they are of.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from simulator.errors import TrialstopError
from simulator.metrics.collect import collect
from simulator.metrics.paired import compared
from simulator.metrics.text import key_of, text_of
from simulator.model.metric import Key
from simulator.model.scenario import Scenario
from simulator.program.tables import Program
from simulator.study.recount import Nature, natures
from simulator.study.run import Prepared, prepare, programs
from simulator.study.settings import Settings
from simulator.study.units import CellKey, Names, simpy_player

__all__ = ["chosen", "metrics_of", "prepare_comparison"]

SHOWN = 12  # metrics that an error lists


def prepare_comparison(
    scenario: Scenario, other: Scenario | None = None, settings: Settings | None = None
) -> Prepared:
    """A comparison ready to be played, or kept in a folder (`runner.stored_or_played`).

    Of one scenario the first variant that the settings name minus each other, all of the file where none is
    named. With another scenario, every variant that both have minus the other's, or the only one of each;
    variants that are named must be in both, unless that leaves one of each; under the truths of both.
    TrialstopError for names that are not there, a single variant, no common truth.
    """
    settings = settings or Settings()
    if other is not None:
        return _of_two(scenario, other, settings)
    scenario.named("variant", settings.variants)
    names = tuple(settings.variants) or tuple(scenario.designs)
    if len(names) < 2:
        there = ", ".join(scenario.designs)
        raise TrialstopError(
            f"one variant, {names[0]}, has nothing to be compared with; name two or more of: {there}; "
            "or another file"
        )
    pairs = tuple(dict.fromkeys((names[0], name) for name in names[1:]))
    prepared = prepare(scenario, settings, asks=("compare",), pairs=pairs)
    return replace(prepared, settings=replace(prepared.settings, variants=names))  # in the order asked for


def metrics_of(prepared: Prepared, names: Sequence[str]) -> tuple[Key, ...]:
    """The metrics of these texts; TrialstopError for one that is none, is not compared, or that no pair has.

    Which there are, one trial of each cell tells.
    """
    return chosen(names, _there(prepared)) if names else ()


def chosen(names: Sequence[str], there: Collection[Key]) -> tuple[Key, ...]:
    """The same, where it is known which metrics there are."""
    keys = [key_of(name) for name in names]
    for key in keys:
        if not compared(key):
            raise TrialstopError(
                f"{text_of(key)} is not compared: it is told by quantiles, or is a difference already"
            )
    for key in keys:
        if key not in there:
            known = sorted(text_of(each) for each in there if each.metric == key.metric)
            known = known or sorted({each.metric for each in there})
            raise TrialstopError(
                f"no metric {text_of(key)} in what is compared; there are: {', '.join(known[:SHOWN])}"
                + (", ..." if len(known) > SHOWN else "")
            )
    return tuple(dict.fromkeys(keys))


def _there(prepared: Prepared) -> set[Key]:
    """Metrics that both of any pair have."""
    found: set[Key] = set()
    for first, other in prepared.pairs:
        for truth in prepared.settings.truths:
            mine, theirs = (_keys(prepared.cells[name, truth]) for name in (first, other))
            found |= mine & theirs
    return {key for key in found if compared(key)}


def _keys(program: Program) -> set[Key]:
    return set(collect(program, simpy_player(0)(program, 0, 1)))


# ---------------------------------------------------------------- two files


def _of_two(scenario: Scenario, other: Scenario, settings: Settings) -> Prepared:
    truths = _common_truths(scenario, other, settings.truths)
    pairs = _common_variants(scenario, other, settings.variants)
    labels = _labels(scenario, other, pairs)
    cells: dict[CellKey, Program] = {}
    made_of: dict[CellKey, Nature] = {}  # each of its own file: truths of one name may differ
    for side, of in enumerate((scenario, other)):
        found = programs(of, [names[side] for names in pairs], truths)
        theirs = natures(of, found)
        for names, label in zip(pairs, labels, strict=True):
            for truth in truths:
                cells[label[side], truth] = replace(found[names[side], truth], variant=label[side])
                made_of[label[side], truth] = theirs[names[side], truth]
    both = _joined(scenario, other, pairs, labels)
    asks = ("compare", other.file, *(f"--variant={name}" for name in settings.variants))
    changed = replace(settings, variants=tuple(both.designs), truths=truths)
    prepared = prepare(both, changed, cells=cells, asks=asks, pairs=labels)
    return replace(prepared, also=other, natures=made_of)


def _common_truths(scenario: Scenario, other: Scenario, asked: Sequence[str]) -> tuple[str, ...]:
    common = [truth for truth in scenario.truths if truth in other.truths]
    if not common:
        raise TrialstopError(
            f"{scenario.file} and {other.file} have no truth in common, allowed truths of the same name; "
            f"the first has: {', '.join(scenario.truths)}; the other: {', '.join(other.truths)}"
        )
    for truth in asked:
        if truth not in common:
            raise TrialstopError(f"no truth {truth!r} in both files; they share: {', '.join(common)}")
    return tuple(truth for truth in common if truth in asked) if asked else tuple(common)


def _common_variants(scenario: Scenario, other: Scenario, asked: Sequence[str]) -> tuple[Names, ...]:
    """Variants of the two files that are compared."""
    mine, theirs = list(scenario.designs), list(other.designs)
    for name in asked:
        if name not in mine and name not in theirs:
            raise TrialstopError(f"no variant {name!r} in either file; they have: {_listed(mine, theirs)}")
    if asked:
        mine, theirs = ([name for name in names if name in asked] for names in (mine, theirs))
    if len(mine) == len(theirs) == 1:
        return ((mine[0], theirs[0]),)
    common = [name for name in mine if name in theirs]
    if not common or (asked and len(common) < len(set(asked))):
        raise TrialstopError(
            f"{scenario.file} and {other.file} do not both have the variants to compare, allowed names of "
            f"both, or one of each; they have: {_listed(scenario.designs, other.designs)}"
        )
    return tuple((name, name) for name in common)


def _listed(mine: Sequence[str] | Mapping[str, object], theirs: Sequence[str] | Mapping[str, object]) -> str:
    return f"{', '.join(mine)}; and {', '.join(theirs)}"


def _labels(scenario: Scenario, other: Scenario, pairs: Sequence[Names]) -> tuple[Names, ...]:
    """What the variants of two files are called side by side: the file, and its variant if it has several."""
    names = _told_apart(Path(scenario.file), Path(other.file))
    several = len(pairs) > 1 or pairs[0][0] != pairs[0][1]

    def label(side: int, variant: str) -> str:
        return f"{names[side]} {variant}" if several else names[side]

    return tuple((label(0, first), label(1, second)) for first, second in pairs)


def _told_apart(first: Path, other: Path) -> tuple[str, str]:
    """As much of two paths, from their ends, as tells one from the other; numbered where nothing does."""
    for parts in range(1, max(len(first.parts), len(other.parts)) + 1):
        names = ["/".join(path.parts[-parts:]) for path in (first, other)]
        if names[0] != names[1]:
            return names[0], names[1]
    return f"{first.name} (1)", f"{other.name} (2)"


def _joined(scenario: Scenario, other: Scenario, pairs: Sequence[Names], labels: Sequence[Names]) -> Scenario:
    """One scenario for both: its variants are theirs, the text of both tells it from any other. Assumptions
    are those of the first, as its `explain` lists them."""
    designs = {}
    for names, label in zip(pairs, labels, strict=True):
        designs[label[0]] = scenario.designs[names[0]]
        designs[label[1]] = other.designs[names[1]]
    truths = {
        name: truth
        if name not in other.truths or truth.acceptable == other.truths[name].acceptable
        else replace(truth, acceptable=None)  # the files do not agree whether a stop is wanted
        for name, truth in scenario.truths.items()
    }
    return replace(
        scenario,
        title=scenario.title if scenario.title == other.title else f"{scenario.title}; and {other.title}",
        text=scenario.text + other.text,
        sha256=sha256(f"{scenario.sha256} {other.sha256}".encode()).hexdigest(),
        benchmark="",
        designs=designs,
        amended={},
        truths=truths,
        warnings=(*scenario.warnings, *other.warnings),
    )
