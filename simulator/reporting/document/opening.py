"""The first page: the question, the answer in three sentences, the rule, and how it was checked."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.reporting.answer import answer
from simulator.reporting.document.findings import checks, matters_most
from simulator.reporting.document.material import Material
from simulator.reporting.document.pieces import Items, Note, Piece, Prose, Subheading, of_blocks
from simulator.reporting.document.sentences import sentences
from simulator.reporting.document.words import paragraphs_of, without_decisions
from simulator.reporting.doses import dose_truths
from simulator.reporting.dosing import FINDING
from simulator.reporting.explain import protocol_parts
from simulator.reporting.tables import LINE
from simulator.reporting.text import counted, listed

__all__ = ["opening"]

RULES = "Monitoring", FINDING


def opening(material: Material) -> Iterator[Piece]:
    """Everything that stands before the first section."""
    results = material.results
    yield Items(tuple((0, text) for text in sentences(material)))
    yield Subheading("The rule")
    rule = [
        item
        for (section, _), lines in without_decisions(
            protocol_parts(material.scenario, material.benchmark)
        ).items()
        if section in RULES
        for item in paragraphs_of(lines)
    ]
    more = [
        *(["the other designs"] if len(results.variants) > 1 else []),
        *(["the decisions of dose finding as tables"] if material.finds else []),
    ]
    rest = f"; {listed(more)} are in part 2" if more else ""
    yield Prose(f"In protocol words, as {material.benchmark} has it{rest}.")
    yield Items(tuple(rule)) if rule else Prose("There is none.")
    yield Subheading("Which dose is selected" if material.finds else "How often trials stop")
    yield from of_blocks(answer(results, dose_truths(results), LINE), "first")
    word, text = matters_most(material)
    yield Subheading("What matters most")
    yield Note(word, f"{text} {_assumptions(material)}".strip())
    yield Subheading("How it was checked")
    yield Items(tuple((0, text) for text in checks(material)))


def _assumptions(material: Material) -> str:
    """How many there are in all, and that a number without a source is one too."""
    if not material.scenario.provenance:
        return "The scenario names no source: every one of its values is an assumption."
    number = len(material.results.assumptions)
    if material.unsourced:
        bare = material.unsourced.partition(":")[0]
        beside = f"{counted(number, 'assumption')} with ranges, and " if number else ""
        return f"The file has {beside}{bare}, which are assumptions too: part 4."
    if not number:
        return "There are no assumptions: every number has a source."
    is_ = "is" if number == 1 else "are"
    return f"There {is_} {counted(number, 'assumption')} in all, listed with ranges in part 4."
