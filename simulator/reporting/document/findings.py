"""Parts 7 to 11: how to make it again, results, example trials, sensitivity and limitations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log

from simulator.model.metric import Key
from simulator.model.scenario import Provenance
from simulator.reporting.answer import answer
from simulator.reporting.document.examples import examples
from simulator.reporting.document.limitations import limitations
from simulator.reporting.document.material import ABOVE, Material
from simulator.reporting.document.pictures import run_pictures
from simulator.reporting.document.pieces import (
    Command,
    Items,
    Piece,
    Prose,
    Section,
    Subheading,
    Table,
    numbered,
    of_blocks,
)
from simulator.reporting.doses import dose_truths
from simulator.reporting.estimates import factor, label
from simulator.reporting.foot import checks_of
from simulator.reporting.sensitivity_tables import few, signed
from simulator.reporting.tables import LINE, beyond_the_answer
from simulator.reporting.text import capital, counted, decimals_for, listed, number
from simulator.what_ifs.sensitivity import MORE, Hazard

__all__ = ["findings", "matters_most"]

ABOVE_TARGET = "the share of trials that select a dose above the target"


def findings(material: Material, *, slides: bool) -> Iterator[Section]:
    """Five sections. slides: there are sliders, to which some refer."""
    parts = (
        ("recreate", "Software, seed, and how to make this again", _recreate(material)),
        ("results", "Results", _results(material)),
        ("examples", "Example trials", examples(material)),
        ("sensitivity", "Sensitivity to the assumed hazards", _sensitivity(material, slides=slides)),
        ("limitations", "Limitations", _limitations(material, slides=slides)),
    )
    return numbered(parts, first=7)


# ---------------------------------------------------------------- 7


def _recreate(material: Material) -> Iterator[Piece]:
    results, scenario = material.results, material.scenario
    run = results.run
    yield Table(
        name="software",
        caption="What the numbers were made with.",
        head=("", ""),
        rows=(
            *((name, version) for name, version in run.versions.items()),
            ("engine", f"{run.engine}{f' ({run.engine_note})' if run.engine_note else ''}"),
            ("seed", str(run.seed)),
            ("trials of each design under each truth", f"{run.trials:,}"),
            ("scenario", scenario.file),
            ("SHA-256 of the scenario", results.sha256),
            *(("changed by --set", change) for change in scenario.sets),
        ),
        words=frozenset({1}),
    )
    yield Prose(
        "Random numbers are those of Philox 4x64, a counter-based generator: each draw is addressed by the "
        "seed, the trial, the patient and what it is for, and depends on nothing else; so the same numbers "
        "come out on any number of processors."
    )
    yield Subheading("Steps")
    yield Items(
        (
            (
                0,
                "Install the versions above and take the scenario file: its SHA-256 tells whether it is it.",
            ),
            (
                0,
                "Type the command below: its results.json holds every estimate of this report, unrounded.",
            ),
            (0, "The other commands print boundaries and the scenario in words, as they stand here."),
        )
    )
    more = map(material.command, ("explain", "boundaries"))
    yield Command((run.command or "simulator.run(...), see run in results.json", *more))
    yield Subheading("Checks")
    yield Items(tuple((0, text) for text in checks(material)))


def checks(material: Material) -> list[str]:
    """How the numbers were checked, a sentence each."""
    found = (capital(text).replace("`", "") for text in checks_of(material.results))
    return [*found, *material.results.notes]


# ---------------------------------------------------------------- 8


def _results(material: Material) -> Iterator[Piece]:
    results = material.results
    doses = dose_truths(results)
    yield Prose(
        "± is one Monte Carlo standard error. Designs of which everything is the same stand together. A "
        "dash: not defined, or not asked of this design. ± ?: too few trials have it to tell its error."
    )
    yield from of_blocks(answer(results, doses, LINE), "answer")
    yield from of_blocks(beyond_the_answer(results, doses, material.events), "table")
    yield Subheading("Figures")
    if material.played.run.trials < results.run.trials:
        yield Prose(
            f"Figures that show single trials are of the first {material.played.run.trials:,} of the "
            f"{results.run.trials:,} trials of each design under each truth."
        )
    yield from run_pictures(material)


# ---------------------------------------------------------------- 10


def _sensitivity(material: Material, *, slides: bool) -> Iterator[Piece]:
    """What 10 % more of each hazard does, in the benchmark."""
    key = material.moved
    if key is None:
        yield Prose(
            "No rule stops a trial and no dose is selected: there is nothing that hazards could move."
        )
        return
    name = _moved(key)
    yield Prose(
        f"What 10 % more of each hazard does to {name} of {listed(material.compared)}, all else as written: "
        f"its derivative by the logarithm of the hazard, times log 1.1, from {material.played.run.trials:,} "
        "trials of each truth as they are, by events against the hazard used up. ~0: within 2 standard "
        f"errors of none. -: {few(key)}."
    )
    for truth in material.results.truths:
        mine = {(h.event, h.component, h.variant): h for h in material.hazards if h.truth == truth}
        largest = dict.fromkeys(
            key[:2] for key, _ in sorted(mine.items(), key=lambda item: -abs(item[1].level or 0.0))
        )
        if mine:
            yield Table(
                name=f"sensitivity_{truth}",
                caption=f"Under {truth}: by how many points 10 % more of each hazard changes {name}.",
                head=("hazard", "its value is from", *material.compared),
                rows=tuple(
                    _hazard_row(material, [mine.get((*of, variant)) for variant in material.compared])
                    for of in largest
                ),
                words=frozenset({1}),
            )
    others = "; the sliders above move several hazards at once" * slides
    yield Prose(
        f"Designs and other numbers of the file are varied by trialstop tornado, sweep and bound{others}."
    )


def _moved(key: Key) -> str:
    """What hazards move, within a sentence."""
    return ABOVE_TARGET if key == ABOVE else label(key).removesuffix(", %")


def _hazard_row(material: Material, hazards: Sequence[Hazard | None]) -> tuple[str, ...]:
    """A hazard, and what it adds in each design that has it."""
    one = next(hazard for hazard in hazards if hazard is not None)
    found = source_of_hazard(material, one)
    source = "assumption" if found is None or found.assumption else str(found.source)
    return one.name, source, *("" if each is None else more_in_words(material, each) for each in hazards)


def more_in_words(material: Material, hazard: Hazard) -> str:
    """`+1.9 ± 0.2`, `~0`, or `-`."""
    if hazard.value is None or hazard.mcse is None or material.moved is None:
        return "-"
    times = factor(material.moved) * log(MORE)
    error = times * hazard.mcse
    decimals = decimals_for([error])
    text = f"{signed(times * hazard.value, decimals)} ± {number(error, decimals)}"
    return text if hazard.clear else f"{text} ~0"


def source_of_hazard(material: Material, hazard: Hazard) -> Provenance | None:
    """Where its value comes from: the most exact that the scenario says, of its truth or else of another one,
    which it extends or resembles."""
    whole = ("events", hazard.event, "components", hazard.component)
    found: list[tuple[bool, int, Provenance]] = []
    for each in material.scenario.provenance:
        top, *rest = each.path.split(".")
        if top != "truths":
            continue
        truth, below = (rest[0], tuple(rest[1:])) if rest else ("", ())
        shorter = min(len(below), len(whole))
        if below[:shorter] == whole[:shorter]:
            found.append((truth in ("", hazard.truth), len(below), each))
    return max(found, key=lambda one: one[:2])[2] if found else None


def matters_most(material: Material) -> tuple[str, str]:
    """`assumption` or `hazard`, and which moves the answer most; a text of "" where nothing is moved."""
    if material.moved is None:
        return "assumption", ""
    name, trials = _moved(material.moved), counted(material.played.run.trials, "trial")
    clear = [hazard for hazard in material.hazards if hazard.clear and hazard.value is not None]
    sources = {hazard: source_of_hazard(material, hazard) for hazard in clear}
    assumed = [h for h in clear if (found := sources[h]) is None or found.assumption]
    most = max(assumed or clear, key=lambda hazard: abs(hazard.value or 0.0), default=None)
    if most is None and all(hazard.value is None for hazard in material.hazards):
        return "hazard", f"Which hazard moves {name} most cannot be told from {trials} of each truth."
    if most is None:
        return "hazard", (
            f"No hazard, made 10 % larger, moves {name} by more than two standard errors, from {trials} of "
            "each truth."
        )
    source = sources[most]
    own = source is not None and source.low and source.path.split(".")[3:4] == [most.event]
    span = f", thought to be {source.low} to {source.high}," if source is not None and own else ""
    which = "Of the assumed hazards" if assumed else "Of the hazards, none of which is assumed,"
    text = (
        f"{which} that of {most.name} under {most.truth}{span} matters most: 10 % more of it changes {name} "
        f"by {more_in_words(material, most)} points with {most.variant}."
    )
    return ("assumption" if assumed else "hazard"), text


# ---------------------------------------------------------------- 11


def _limitations(material: Material, *, slides: bool) -> Iterator[Piece]:
    yield Prose("What the scenario leaves out, made from the scenario:")
    yield Items(tuple((0, text) for text in limitations(material, slides=slides)))
    if material.results.warnings:
        yield Prose("What the check of the file warns of:")
        yield Items(tuple((0, text) for text in material.results.warnings))
