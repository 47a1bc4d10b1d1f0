"""The first page: the question, the answer in three sentences, the rule, and how it was checked."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.reporting.answer import answer
from simulator.reporting.document.findings import checks, matters_most
from simulator.reporting.document.material import Material
from simulator.reporting.document.pieces import Items, Note, Piece, Prose, Subheading, of_blocks
from simulator.reporting.document.sentences import sentences
from simulator.reporting.document.words import paragraphs_of
from simulator.reporting.doses import dose_truths
from simulator.reporting.dosing import FINDING
from simulator.reporting.explain import protocol_parts
from simulator.reporting.tables import LINE
from simulator.reporting.text import counted

__all__ = ["opening"]

RULES = "Monitoring", FINDING


def opening(material: Material) -> Iterator[Piece]:
    """Everything that stands before the first section."""
    results = material.results
    yield Items(tuple((0, text) for text in sentences(material)))
    yield Subheading("The rule")
    rule = [
        item
        for (section, _), lines in protocol_parts(material.scenario, material.benchmark).items()
        if section in RULES
        for item in paragraphs_of(lines)
    ]
    yield Prose(f"In protocol words, as {material.benchmark} has it; the other designs are in part 2.")
    yield Items(tuple(rule)) if rule else Prose("There is none.")
    yield Subheading(
        "How often trials stop" if material.acts or not material.finds else "Which dose is selected"
    )
    yield from of_blocks(answer(results, dose_truths(results), LINE), "first")
    word, text = matters_most(material)
    number = len(results.assumptions)
    are = f"{'is' if number == 1 else 'are'} {counted(number, 'assumption') if number else 'no assumption'}"
    yield Subheading("What matters most")
    yield Note(word, f"{text} There {are} in all{', listed with ranges in part 4' * bool(number)}.".strip())
    yield Subheading("How it was checked")
    yield Items(tuple((0, text) for text in checks(material)))
