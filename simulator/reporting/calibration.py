"""The table of a calibration: boundaries that were tried, the one chosen in words, and what it does."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.metrics.registry import metric_of
from simulator.model.estimate import Estimate
from simulator.model.metric import Key, Kind
from simulator.reporting.answer import GROUPS
from simulator.reporting.boundaries import told
from simulator.reporting.estimates import label
from simulator.reporting.grid import grid, head_lines
from simulator.reporting.text import counted, heading, listed, number, paragraph
from simulator.reporting.what_if_text import Shown, head, made
from simulator.units import format_share
from simulator.what_ifs.bounds import Group
from simulator.what_ifs.calibrated import Calibrated, Level, Tried
from simulator.what_ifs.cells import Place
from simulator.what_ifs.findings import Findings

__all__ = ["LINE", "aim_in_words", "render_calibration", "settings_in_words"]

LINE = 100  # characters, where nothing else is asked for
NEAR = 3  # boundaries on either side of the one chosen that a screen shows
STOP = Key("p_stop")


def render_calibration(findings: Findings[Calibrated], *, full: bool = False, width: int = LINE) -> str:
    """How it was made, what was tried, and last the boundary with what it achieves.

    full: every boundary that was tried, and the versions.
    """
    parts = [
        head(findings, width),
        made(findings, width, full=full),
        _asked(findings, width),
        _tried(findings, width, full=full),
        _boundary(findings, width),
        _rates(findings, width),
        _level(findings, width),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def aim_in_words(found: Calibrated) -> str:
    """`P(stop) at most 5% under planned`."""
    target = found.target
    text = target.text().partition(target.sign)[2].partition(" under ")[0]
    word = "at most" if target.sign == "<=" else "at least"
    named = metric_of(target.key).labelled(target.key)
    return f"{named} {word} {text} under {listed(found.aimed)}"


def settings_in_words(group: Group) -> str:
    """`more than 94.5%`, `more than 94.5% to more than 94.9%`."""
    values = group.values
    return values[0] if len(values) == 1 else f"{values[0]} to {values[-1]}"


def _asked(findings: Findings[Calibrated], width: int) -> list[str]:
    found, (vary,) = findings.found, findings.vary
    many = f"{counted(len(vary.values), 'setting')}, {counted(len(found.tried), 'boundary', 'boundaries')}"
    texts = [
        f"rule: {found.rule} of {found.variant}",
        f"varied: {vary.path}, {many}",
        f"target: {aim_in_words(found)}"
        + (", with its one-sided 95 % limit (Clopper-Pearson)" if found.sure else ""),
    ]
    return [line for text in texts for line in paragraph(text, 0, 2, width=width)]


def _tried(findings: Findings[Calibrated], width: int, *, full: bool) -> list[str]:
    """A row per boundary that was asked, from the least strict one on."""
    found = findings.found
    asked = [(i, each) for i, each in enumerate(found.tried) if each.level is not None]
    place = next(k for k, (i, _) in enumerate(asked) if i == found.chosen)
    rows = asked if full else asked[max(place - NEAR, 0) : place + NEAR + 1]
    shown = Shown(found.target.key, (_of(each).estimate for _, each in asked))
    exact = all(_of(each).estimate.exact is not None for _, each in asked)
    heads = [["setting"], ["level"]]
    heads += [] if exact else [["95 %", "interval"]]
    heads += [["one-sided", "limit"]] * (found.sure and not exact)
    heads += [[]]
    table = [_row(found, shown, i, each, exact=exact) for i, each in rows]
    order = "the least strict first" if found.nested else "boundaries cross, in no order of strictness"
    title = f"Boundaries tried, {order}: {label(found.target.key)}"
    left = len(asked) - len(rows)
    more = [f"and {left} further from the one chosen (table.txt has them)"] if left else []
    return [*heading(title, width=width), *grid(heads, table, width), *more]


def _row(found: Calibrated, shown: Shown, i: int, each: Tried, *, exact: bool) -> list[str]:
    level = _of(each)
    cells = [settings_in_words(each.group), shown.text(level.estimate)]
    cells += [] if exact else [_interval(shown, level.estimate)]
    cells += [_limit(level)] * (found.sure and not exact)
    return [*cells, "chosen" if i == found.chosen else "meets" if each.meets else "misses"]


def _of(tried: Tried) -> Level:
    assert tried.level is not None
    return tried.level


def _interval(shown: Shown, e: Estimate) -> str:
    """Ends of the 95 % interval."""
    if e.exact is not None or e.low is None or e.high is None:
        return ""
    if shown.kind is Kind.SHARE:
        return f"{format_share(e.low, 2)} to {format_share(e.high, 2)}"
    return " to ".join(number(end * shown.factor, shown.decimals + 1) for end in (e.low, e.high))


def _limit(level: Level) -> str:
    return "" if level.limit is None else format_share(level.limit, 2)


def _boundary(findings: Findings[Calibrated], width: int) -> list[str]:
    """The setting, and the boundary as a protocol has it."""
    found, (vary,) = findings.found, findings.vary
    lines = [
        *heading(f"Set {vary.path} to {settings_in_words(found.group)}", width=width),
    ]
    if len(found.group.values) > 1:
        same = f"The boundary is the same at these {len(found.group.values)} settings."
        lines += paragraph(same, width=width)
    for bounds in found.group.bounds:
        lines += paragraph(told(bounds), 0, 2, width=width)
    return lines


def _rates(findings: Findings[Calibrated], width: int) -> list[str]:
    """What it does under every truth; P(stop) last."""
    keys = sorted(findings.metrics, key=lambda key: key == STOP)
    cells = {key: _cells(findings, key) for key in keys}
    shown = {key: Shown(key, cells[key].values()) for key in keys}
    exact = {key: all(e is None or e.exact is not None for e in cells[key].values()) for key in keys}
    rows: list[list[str]] = []
    for says, headline in GROUPS:
        truths = [truth for truth, meant in findings.acceptable.items() if meant == says]
        rows += [[headline]] if truths else []
        for truth in truths:
            row = [f"  {truth}"]
            for key in keys:
                e = cells[key][truth]
                row += [
                    shown[key].text(e),
                    *([] if exact[key] else ["" if e is None else _interval(shown[key], e)]),
                ]
            rows.append(row)
    heads: list[list[str]] = [[]]
    for key in keys:
        heads += [head_lines(label(key)), *([] if exact[key] else [["95 %", "interval"]])]
    where = ", in trials that did not choose it" if findings.found.first else ""
    return [*heading(f"What it does{where}", width=width), *grid(heads, rows, width)]


def _cells(findings: Findings[Calibrated], key: Key) -> dict[str, Estimate | None]:
    """Truth -> what the boundary chosen comes to, in trials that did not choose it."""
    found, (vary,) = findings.found, findings.vary
    change = vary.change(found.group.values[0])
    places = {truth: Place((change,), found.variant, truth, found.first) for truth in findings.acceptable}
    return {truth: findings.answer(place).estimate(key) for truth, place in places.items()}


def _level(findings: Findings[Calibrated], width: int) -> list[str]:
    """What was aimed at, and what came of it: the answer."""
    found = findings.found
    achieved, chose = found.achieved, _of(found.tried[found.chosen])
    shown = Shown(found.target.key, [achieved.estimate, chose.estimate])
    unit = {Kind.SHARE: " %", Kind.TIME: " months"}.get(shown.kind, "")
    where = f" under {achieved.truth}" if len(found.aimed) > 1 else ""
    text = f"Target: {aim_in_words(found)}. Achieved{where}: {shown.text(achieved.estimate)}{unit}"
    if achieved.estimate.exact is not None:
        text += ", exactly."
    else:
        text += f" (95 % interval {_interval(shown, achieved.estimate)}"
        if achieved.limit is not None:
            text += f", one-sided 95 % limit {_limit(achieved)}"
        text += f"), in {counted(achieved.estimate.n, 'trial')} that did not choose it; "
        text += f"{shown.text(chose.estimate)}{unit} in those that did."
    lines = paragraph(text, width=width)
    for remark in _remarks(found):
        lines += paragraph(remark, width=width)
    return [*heading("Level achieved", width=width), *lines]


def _remarks(found: Calibrated) -> Iterator[str]:
    """What a reader should not overlook."""
    if not found.target.met(found.achieved.value):
        yield (
            "These trials miss the target: by chance, and because those that choose a boundary flatter it. "
            "More of them (--trials), or --sure, guard against it."
        )
    furthest = 0 if found.target.sign == "<=" else len(found.tried) - 1
    if found.nested and found.target.key == STOP and found.chosen == furthest:
        more = "less strict" if found.target.sign == "<=" else "stricter"
        yield (
            f"No setting {more} than {found.group.values[0]} was asked; one may be nearer to the target and "
            "meet it too."
        )
