"""`report`: everything that a board reads and a regulator files, as one document."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from os import PathLike
from typing import TYPE_CHECKING, Unpack

from simulator.loading.load import scenario_of
from simulator.model.scenario import Scenario
from simulator.reporting.document.background import background
from simulator.reporting.document.findings import findings
from simulator.reporting.document.html import as_html
from simulator.reporting.document.lifted import as_csv_files, as_markdown
from simulator.reporting.document.material import Material, gather
from simulator.reporting.document.opening import opening
from simulator.reporting.document.pieces import Document, Note, Picture, Piece, Prose, Section
from simulator.reporting.document.playable import no_sliders, sliders
from simulator.reporting.document.word import as_docx
from simulator.study.results import Results
from simulator.study.run import Prepared, prepare
from simulator.study.settings import Asked, Settings
from simulator.study.underway import Progress, silent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Report", "document_of", "report", "report_of"]


@dataclass(frozen=True, slots=True)
class Report:
    """A report, to be written as any of its forms."""

    document: Document

    def html(self) -> str:
        """One file that asks for nothing from anywhere."""
        with _uncollected():
            return as_html(self.document)

    def docx(self) -> bytes:
        """A Word file; TrialstopError where python-docx is missing."""
        return as_docx(self.document)

    def markdown(self) -> str:
        """Without pictures and sliders."""
        return as_markdown(self.document)

    def csv_files(self) -> dict[str, str]:
        """Every table by the name of its file."""
        return as_csv_files(self.document)

    def figures(self) -> dict[str, Figure]:
        """Every picture, by name."""
        return {piece.name: piece.figure for piece in self.document.pieces() if isinstance(piece, Picture)}

    def _repr_html_(self) -> str:
        return self.html()


def report(
    scenario: Scenario | str | PathLike[str],
    results: Results | None = None,
    *,
    made: str = "",
    progress: Progress = silent,
    **asked: Unpack[Asked],
) -> Report:
    """The report of a scenario, or of its file.

    results: of a run of the same scenario; without them it is played as `run` would, with the same keywords.
    made: when, by whom or for what it was made, told in one place; without it the same input gives the same
    bytes.
    """
    scenario, settings = scenario_of(scenario), Settings().changed(asked)
    if results is not None:
        settings = replace(settings, variants=results.variants, truths=results.truths)
    prepared = prepare(scenario, settings)
    return report_of(prepared, results or prepared.play(progress=progress), made=made, progress=progress)


def report_of(prepared: Prepared, results: Results, *, made: str = "", progress: Progress = silent) -> Report:
    """As `report`, of a run that is prepared, and its results."""
    material = gather(
        prepared.scenario, results, cells=prepared.cells, jobs=prepared.settings.jobs, progress=progress
    )
    with _uncollected():
        return Report(document_of(material, made))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looks for garbage in cycles: figures are many objects that all stay, and looking through them
    again and again takes a fifth of the time."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def document_of(material: Material, made: str = "") -> Document:
    """The document of what was gathered."""
    why = no_sliders(material)
    return Document(
        title=material.results.title,
        question=material.results.question,
        sections=(
            Section(ident="answer", title="The answer", pieces=tuple(opening(material))),
            Section(ident="sliders", title="What if hazards were others", pieces=tuple(_play(material, why))),
            *background(material),
            *findings(material, slides=not why),
        ),
        made=made,
    )


def _play(material: Material, why: str) -> Iterator[Piece]:
    """why: there are no sliders, in words; "" where there are."""
    if why:
        yield Note("no sliders", f"They are left out: {why}.")
        return
    yield Prose(
        "Move a hazard: the trials that were played are weighed as if it had that size. Where they tell too "
        "little of a setting, it is grey, and the command below plays it."
    )
    yield sliders(material)
