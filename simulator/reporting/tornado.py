"""A tornado as a table, as a figure, and from Python: what `trialstop tornado` prints, and every number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from simulator.errors import TrialstopError, refuse_unless_text
from simulator.loading.source import source_of
from simulator.metrics.registry import metric_of
from simulator.model.estimate import end_of
from simulator.model.metric import Kind
from simulator.model.scenario import Scenario
from simulator.reporting.estimates import label
from simulator.reporting.grid import grid
from simulator.reporting.plots import _tornado
from simulator.reporting.plots._tornado import Drawn, Group
from simulator.reporting.style import save, style
from simulator.reporting.text import decimals_for, heading, number, paragraph, plus_minus
from simulator.reporting.what_if_text import EXACT, Shown, head, made
from simulator.stats.intervals import wilson
from simulator.study.settings import Asked, Settings
from simulator.study.tidy import OF_KEY, of_key, table
from simulator.study.underway import Progress, silent
from simulator.units import DAYS_PER_MONTH, format_share
from simulator.what_ifs.cells import Place
from simulator.what_ifs.findings import Findings
from simulator.what_ifs.tornado import ENDS, Bar, Bars, End, prepare_tornado
from simulator.what_ifs.vary import Scale

if TYPE_CHECKING:
    import pyarrow
    from matplotlib.figure import Figure

__all__ = ["TornadoResult", "draw_tornado", "render_tornado", "tornado", "tornado_figures"]

LINE = 100  # characters, where nothing else is asked for
LEAST, MOST, EXACT_DECIMALS = 1, 4, 4  # of a share in %, and behind the point of what is exact
HEADS = [[], ["low", "end"], ["as", "written"], ["high", "end"], ["largest minus", "smallest"]]
NONE = "~0"
NAMES = (
    "variant", "truth", "path", "value_path", "low_text", "written_text", "high_text", "largest", "smallest",
)  # fmt: skip
NUMBERS = ("mcse", "interval_low", "interval_high")
ABOUT = (
    "Each assumption at the low end of its range, as written, and at the high end, all others as written; "
    "the largest of the three values minus the smallest."
)
PAIRED = (
    "±: its Monte Carlo standard error, from trials on the same candidates. ~0: within 2 errors of none, so "
    "that these trials do not tell it from none; where there is none, about 1 in 10 is beyond."
)
BARS = (
    "Bars: from the smallest to the largest of three values, at the low end of the range, as written, and at "
    "the high end, all other assumptions as written. Numbers: how far these are apart"
)
FEWER = "Differences are over the trials in which both have a value."


@dataclass(frozen=True, slots=True)
class TornadoResult:
    """What was found. findings: every cell with its estimates, and the bars (`findings.found`)."""

    findings: Findings[Bars]

    @property
    def bars(self) -> tuple[Bar, ...]:
        """Variant by variant, truth by truth, the largest difference first."""
        return self.findings.found.bars

    def table(self, *, width: int = LINE) -> str:
        """What the command prints."""
        return render_tornado(self.findings, width=width)

    def figure(self) -> Figure:
        """A bar per assumption that makes a difference; the first page. TrialstopError if none does."""
        with style():
            return tornado_figures(self.findings)[0]

    def to_arrow(self) -> pyarrow.Table:
        """A row per bar (docs/results.md)."""
        return _arrow(self.findings)


def tornado(
    scenario: Scenario | str | PathLike[str],
    metric: str = "p_stop",
    settings: Settings | None = None,
    *,
    progress: Progress = silent,
    journal: Path | None = None,
    **asked: Unpack[Asked],
) -> TornadoResult:
    """Every assumption with a range at both of its ends, the others as written, by what it does to a metric.

    scenario        : a scenario as it was loaded, or the path of a file
    metric          : the text of a key (docs/results.md), a mean or a share
    settings, asked : as for `run`; the benchmark variant, if none is named
    progress        : called with (cells answered, cells in all)
    journal         : as for `run`

    TrialstopError for what cannot be read, an unknown metric, a quantile, no range that can be varied.
    """
    refuse_unless_text(metric=metric)
    prepared = prepare_tornado(source_of(scenario), metric, (settings or Settings()).changed(asked))
    return TornadoResult(prepared.play(progress=progress, journal=journal))


class _Told:
    """Values of the metric as texts, with the same decimals everywhere."""

    def __init__(self, findings: Findings[Bars]) -> None:
        (self.key,) = findings.metrics
        kind = metric_of(self.key).kind
        self.findings, self.share = findings, kind is Kind.SHARE
        self.factor = {Kind.SHARE: 100.0, Kind.TIME: 1 / DAYS_PER_MONTH}.get(kind, 1.0)
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


def _differs(bar: Bar) -> bool:
    """Whether the values are not all the same, or some trial is not."""
    e = bar.difference
    return bar.clear if e.exact is not None else e.equal < e.n or not e.n or len(set(bar.values)) > 1


def render_tornado(findings: Findings[Bars], *, full: bool = False, width: int = LINE) -> str:
    """How it was made, what was not varied, the bars of each variant and truth. full: with the versions."""
    told = _Told(findings)
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


def _block(told: _Told, variant: str, truth: str, width: int) -> list[str]:
    """The bars of one variant and truth."""
    lines = heading(f"{label(told.key)}: {variant} under {truth}", width=width)
    bars = told.findings.found.of(variant, truth)
    rows = list[list[str]]()
    for bar in filter(_differs, bars):
        values = [told.value(bar, end) for end in ENDS]
        apart = f"{told.apart(bar)} {NONE}" if bar.apart is not None and not bar.clear else told.apart(bar)
        rows += [[bar.path], [f"  {told.ends(bar)}", *values, apart]]
    written = told.findings.answer(Place((), variant, truth)).estimate(told.key)
    lines += [f"as written: {told.shown.text(written)}"]
    lines += ["", *grid(HEADS, rows, width)] if rows else []
    same = [bar.path for bar in bars if not _differs(bar)]
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


def tornado_figures(findings: Findings[Bars]) -> Sequence[Figure]:
    """The figure page by page, within `style()`; TrialstopError where nothing differs."""
    told, groups, same = _Told(findings), list[Group](), list[str]()
    for variant in findings.variants:
        for truth in findings.truths:
            name = f"{variant} under {truth}"
            bars = [
                Drawn(
                    path=bar.path,
                    ends=told.ends(bar),
                    values=told.scaled(bar),
                    told=told.apart(bar),
                    clear=bar.clear,
                )
                for bar in findings.found.of(variant, truth)
                if _differs(bar) and bar.apart is not None
            ]
            if bars:
                groups.append(Group(name=name, bars=bars))
            else:
                same.append(name)
    if not groups:
        raise TrialstopError("no assumption makes a difference, so there is nothing to draw")
    played = any(bar.difference.exact is None for bar in findings.found.bars)
    error = f", ± paired Monte Carlo standard error ({findings.run.trials:,} trials)" if played else ", exact"
    about = BARS + error + (f". No assumption makes a difference in {', '.join(same)}." if same else ".")
    title = f"What the assumptions do to: {metric_of(told.key).labelled(told.key)}"
    return _tornado.draw(groups, title, about, label(told.key), share=told.share)


def _arrow(findings: Findings[Bars]) -> pyarrow.Table:
    """Columns of text and numbers; null: not defined, or exact."""
    (key,) = findings.metrics
    rows = [
        {
            "variant": bar.variant,
            "truth": bar.truth,
            "path": bar.path,
            "value_path": bar.lever.path,
            **{f"{end}_text": bar.text(end) for end in ENDS},
            "largest": bar.largest,
            "smallest": bar.smallest,
            **of_key(key),
            **dict(zip(ENDS, bar.values, strict=True)),
            "apart": bar.apart,
            "mcse": bar.difference.mcse,
            "interval_low": bar.difference.low,
            "interval_high": bar.difference.high,
            "n": bar.difference.n,
        }
        for bar in findings.found.bars
    ]
    return table(rows, (*NAMES, *OF_KEY), (*ENDS, "apart", *NUMBERS), ("n",), "trialstop/bars/1")


def draw_tornado(findings: Findings[Bars], folder: Path) -> list[Path]:
    """Write the figure as tornado.png, and further pages; returns the paths, none where nothing differs."""
    if not any(map(_differs, findings.found.bars)):
        return []
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with style():
        for page, figure in enumerate(tornado_figures(findings), start=1):
            paths.append(folder / (f"tornado.{page}.png" if page > 1 else "tornado.png"))
            save(figure, paths[-1])
    return paths
