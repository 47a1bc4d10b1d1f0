"""The tables of a tornado: what every assumption does to a metric, the largest difference first."""

from __future__ import annotations

from simulator.metrics.registry import metric_of
from simulator.model.estimate import end_of
from simulator.model.metric import Kind
from simulator.reporting.estimates import factor, label
from simulator.reporting.grid import grid
from simulator.reporting.text import decimals_for, heading, number, paragraph, plus_minus
from simulator.reporting.what_if_text import EXACT, Shown, head, made
from simulator.stats.intervals import wilson
from simulator.units import format_share
from simulator.what_ifs.cells import Place
from simulator.what_ifs.findings import Findings
from simulator.what_ifs.tornado import ENDS, Bar, Bars, End
from simulator.what_ifs.vary import Scale

__all__ = ["LINE", "Told", "differs", "render_tornado"]

LINE = 100  # characters, where nothing else is asked for
LEAST, MOST, EXACT_DECIMALS = 1, 4, 4  # of a share in %, and behind the point of what is exact
HEADS = [[], ["low", "end"], ["as", "written"], ["high", "end"], ["largest minus", "smallest"]]
NONE = "~0"
ABOUT = (
    "Each assumption at the low end of its range, as written, and at the high end, all others as written; "
    "the largest of the three values minus the smallest."
)
PAIRED = (
    "±: its Monte Carlo standard error, from trials on the same candidates. ~0: within 2 errors of none, so "
    "that these trials do not tell it from none; where there is none, about 1 in 10 is beyond."
)
FEWER = "Differences are over the trials in which both have a value."


class Told:
    """Values of the metric as texts, with the same decimals everywhere."""

    def __init__(self, findings: Findings[Bars]) -> None:
        (self.key,) = findings.metrics
        self.findings, self.share = findings, metric_of(self.key).kind is Kind.SHARE
        self.factor = factor(self.key)
        errors = [bar.difference.mcse for bar in findings.found.bars]
        decimals = decimals_for([self.factor * e for e in errors if e is not None], smallest=not self.share)
        self.decimals = min(max(decimals, LEAST), MOST) if self.share else decimals
        self.shown = Shown(self.key, [answer.estimate(self.key) for answer in findings.answers])

    def value(self, bar: Bar, end: End) -> str:
        """The value at an end; where none or every trial did, the end of its interval."""
        found = self.findings.answer(bar.place(end)).estimate(self.key)
        if found is None:
            return "-"
        if found.exact is None and found.value is not None:
            if self.share and found.value in {0.0, 1.0}:
                return end_of(found.value, *wilson(round(found.value * found.n), found.n))
            return self._number(found.value, self.decimals)
        return "-" if found.exact is None else self._number(found.exact, EXACT_DECIMALS)

    def _number(self, value: float, decimals: int) -> str:
        return format_share(value, decimals) if self.share else number(value * self.factor, decimals)

    def apart(self, bar: Bar) -> str:
        """The largest minus the smallest, with its error where there is one."""
        e = bar.difference
        if e.exact is not None:
            return self._number(e.exact, EXACT_DECIMALS)
        error = None if e.mcse is None else e.mcse * self.factor
        return plus_minus(None if e.value is None else e.value * self.factor, error, self.decimals)

    def ends(self, bar: Bar) -> str:
        """`0.25; 0.5; 1 per month`."""
        texts = [bar.text(end) for end in ENDS]
        scale = Scale.of(texts)
        if scale is None:
            return "; ".join(texts)
        numbers = [scale.number(text) for text in texts]
        return f"{scale.before}{'; '.join(f'{each:.12g}' for each in numbers)}{scale.after}"

    def scaled(self, bar: Bar) -> tuple[float | None, float | None, float | None]:
        """The three values as they are drawn."""
        low, written, high = (None if value is None else value * self.factor for value in bar.values)
        return low, written, high


def differs(bar: Bar) -> bool:
    """Whether the values are not all the same, or some trial is not."""
    e = bar.difference
    return bar.clear if e.exact is not None else e.equal < e.n or not e.n or len(set(bar.values)) > 1


def render_tornado(findings: Findings[Bars], *, full: bool = False, width: int = LINE) -> str:
    """How it was made, what was not varied, the bars of each variant and truth. full: with the versions."""
    told = Told(findings)
    parts = [head(findings, width), made(findings, width, full=full), _left_out(findings.found, width)]
    parts.append(_about(findings, width))
    for variant in findings.variants:
        parts += (_block(told, variant, truth, width) for truth in findings.truths)
    return "\n\n".join("\n".join(part) for part in parts if part)


def _about(findings: Findings[Bars], width: int) -> list[str]:
    """How the tables are read."""
    found = findings.found
    exact = {bar.difference.exact is not None for bar in found.bars}
    played = [bar for bar in found.bars if bar.difference.exact is None]
    notes = [
        ABOUT,
        PAIRED * bool(played),
        FEWER * any(bar.difference.n < findings.run.trials for bar in played),
    ]
    notes.append(("All numbers are exact." if exact == {True} else EXACT) * (True in exact))
    return paragraph(" ".join(note for note in notes if note), width=width)


def _block(told: Told, variant: str, truth: str, width: int) -> list[str]:
    """The bars of one variant and truth."""
    lines = heading(f"{label(told.key)}: {variant} under {truth}", width=width)
    bars = told.findings.found.of(variant, truth)
    rows = list[list[str]]()
    for bar in filter(differs, bars):
        values = [told.value(bar, end) for end in ENDS]
        apart = f"{told.apart(bar)} {NONE}" if bar.apart is not None and not bar.clear else told.apart(bar)
        rows += [[bar.path], [f"  {told.ends(bar)}", *values, apart]]
    written = told.findings.answer(Place((), variant, truth)).estimate(told.key)
    lines += [f"as written: {told.shown.text(written)}"]
    lines += ["", *grid(HEADS, rows, width)] if rows else []
    same = [bar.path for bar in bars if not differs(bar)]
    if same:
        played = any(bar.difference.exact is None for bar in bars)
        what = "No trial differs for" if played else "The same for"
        lines += ["", *paragraph(f"{what}: {', '.join(same)}", 0, 2, width=width)]
    return lines if bars else [*lines, "", "No range that can be varied bears on it."]


def _left_out(found: Bars, width: int) -> list[str]:
    """Assumptions that were not varied."""
    if not found.left_out:
        return []
    lines = ["Not varied"]
    for each in found.left_out:
        lines += paragraph(f"{each.path} ({each.low} to {each.high}): {each.reason}", 2, 2, width=width)
    return lines
