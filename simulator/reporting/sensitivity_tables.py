"""The tables of sensitivities: what 10 % more of each hazard does to a metric, the largest first."""

from __future__ import annotations

from math import log

from simulator.metrics.registry import metric_of
from simulator.metrics.slopes import FEWEST
from simulator.model.metric import Key, Kind
from simulator.reporting.estimates import factor, label
from simulator.reporting.grid import grid
from simulator.reporting.text import counted, decimals_for, heading, number, paragraph
from simulator.reporting.what_if_text import Shown, head, made
from simulator.what_ifs.cells import Place
from simulator.what_ifs.findings import Findings
from simulator.what_ifs.sensitivity import MORE, OUTCOMES, Hazard, Hazards

__all__ = ["LINE", "Told", "few", "render_sensitivity", "signed"]

LINE = 100  # characters, where nothing else is asked for
MOST, EXACT = 4, 2  # decimals; and how many more of what is exact
NONE = "~0"
ABOUT = (
    "What 10 % more of each hazard does to the metric, all else as written: its derivative by the logarithm "
    "of the hazard, times log 1.1. All from the same trials, by events against the hazard used up "
    "(docs/likelihood.md)."
)
ERROR, UNCLEAR = "±: Monte Carlo standard error.", f"{NONE}: within 2 errors of none."
FEW = f"fewer than {FEWEST} events, or the same in every trial"
FEW_OUTCOMES = (
    f"fewer than {FEWEST} events, or fewer than {OUTCOMES} trials that have the outcome, or that lack it"
)


class Told:
    """Sensitivities as texts, with the same decimals everywhere. unit: of what is added, in words."""

    def __init__(self, findings: Findings[Hazards]) -> None:
        (self.key,) = findings.metrics
        self.findings = findings
        metric = metric_of(self.key)
        units = {Kind.SHARE: "points", Kind.TIME: "months"}
        self.unit, self.factor = units.get(metric.kind, metric.unit), factor(self.key) * log(MORE)
        errors = [each.mcse for each in findings.found.hazards]
        self.decimals = min(
            decimals_for([self.factor * e for e in errors if e is not None], smallest=True), MOST
        )
        self.shown = Shown(self.key, [answer.estimate(self.key) for answer in findings.answers])

    def more(self, hazard: Hazard) -> str:
        """`+1.9 ± 0.2 points`; `-` where trials cannot tell."""
        if hazard.value is None or hazard.mcse is None:
            return "-"
        error = number(hazard.mcse * self.factor, self.decimals)
        error = f"<{10.0**-self.decimals:.{self.decimals}f}" if not float(error) and hazard.mcse else error
        return f"{signed(hazard.value * self.factor, self.decimals)} ± {error} {self.unit}"

    def exact(self, hazard: Hazard) -> str:
        """`+1.912`."""
        if hazard.exact is None:
            return "-"
        return signed(hazard.exact * self.factor, self.decimals + EXACT)

    def scaled(self, value: float | None) -> float | None:
        """A derivative as what is added, as it is drawn."""
        return None if value is None else value * self.factor


def signed(value: float, decimals: int) -> str:
    """`+1.91`, `-0.20`, and `0.00` without a sign."""
    text = number(value, decimals)
    return text if text.startswith("-") or not any(digit in text for digit in "123456789") else f"+{text}"


def few(key: Key) -> str:
    """Where trials tell nothing of a metric."""
    return FEW_OUTCOMES if metric_of(key).kind is Kind.SHARE else FEW


def render_sensitivity(findings: Findings[Hazards], *, full: bool = False, width: int = LINE) -> str:
    """How it was made, then the hazards of each variant and truth. full: with the versions."""
    told = Told(findings)
    hazards = findings.found.hazards
    unclear = any(each.value is not None and not each.clear for each in hazards)
    notes = [
        ABOUT,
        ERROR,
        UNCLEAR * unclear,
        f"-: {few(told.key)}." * any(each.value is None for each in hazards),
    ]
    about = paragraph(" ".join(note for note in notes if note), width=width)
    parts = [head(findings, width), made(findings, width, full=full), about]
    for variant in findings.variants:
        parts += (_block(told, variant, truth, width) for truth in findings.truths)
    return "\n\n".join("\n".join(part) for part in parts if part)


def _block(told: Told, variant: str, truth: str, width: int) -> list[str]:
    """The hazards of one variant and truth."""
    lines = heading(f"{label(told.key)}: {variant} under {truth}", width=width)
    hazards = told.findings.found.of(variant, truth)
    written = told.findings.answer(Place((), variant, truth)).estimate(told.key)
    lines.append(f"as written: {told.shown.text(written)}")
    if not hazards:
        return [*lines, "", "No hazard that was asked about."]
    exact = any(each.exact is not None for each in hazards)
    rows = []
    for each in hazards:
        more = told.more(each) if each.value is None or each.clear else f"{told.more(each)} {NONE}"
        rows.append([each.name, counted(each.crossings, "event"), more, *[told.exact(each)] * exact])
    heads = [[], ["in all", "trials"], ["10 % more", "of this hazard"], *[["exact"]] * exact]
    return [*lines, "", *grid(heads, rows, width)]
