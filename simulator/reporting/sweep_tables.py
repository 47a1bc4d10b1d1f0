"""The tables of a sweep: a row per value, a column per truth; of two values one in rows, one in columns."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from simulator.model.metric import Key
from simulator.reporting.estimates import label
from simulator.reporting.grid import grid, head_lines, named
from simulator.reporting.text import heading, paragraph, split_name
from simulator.reporting.what_if_text import EXACT, Shown, head, made
from simulator.what_ifs.answers import Answer
from simulator.what_ifs.cells import Place
from simulator.what_ifs.findings import Findings
from simulator.what_ifs.sweeping import Swept

__all__ = ["LINE", "meant", "render_sweep", "short"]

LINE = 100  # characters, where nothing else is asked for
MEANT = {True: "false stop", False: "true stop", "borderline": "borderline"}
STOP = Key("p_stop")
WEIGHTED = " w"


def render_sweep(findings: Findings[Swept], *, full: bool = False, width: int = LINE) -> str:
    """How it was made, then a table per metric and variant, P(stop) last. full: with the versions."""
    keys = sorted(findings.metrics, key=lambda key: key == STOP)
    parts = [head(findings, width), made(findings, width, full=full), _varied(findings, width)]
    if len(findings.vary) == 1 and len(findings.variants) == len(findings.truths) == 1:
        parts.append(_alone(findings, keys, width))
    else:
        for key in keys:
            parts += _tables(findings, key, width)
    return "\n\n".join("\n".join(part) for part in parts if part)


def short(path: str) -> str:
    """The end of a path that says what is varied: `rule.count`."""
    pieces = path.rsplit(".", 2)
    return path if len(pieces) < 3 else ".".join(pieces[1:])


def meant(findings: Findings[Swept], key: Key, truth: str) -> list[str]:
    """What a stop under a truth is, above its column; nothing of other metrics, nor where nothing is said."""
    says = findings.acceptable.get(truth)
    return [MEANT[says]] if key == STOP and says in MEANT else []


def _varied(findings: Findings[Swept], width: int) -> list[str]:
    texts = [f"varied: {each.path}, {len(each.values)} values" for each in findings.vary]
    exact = any(answer.how == "exact" for answer in findings.answers)
    played = any(answer.how != "exact" for answer in findings.answers)
    note = [EXACT] if exact and played else ["All numbers are exact."] if exact else []
    note += ["± is one Monte Carlo standard error."] if played else []
    note += [f"{WEIGHTED.strip()}: weighted, the others played."] if _mixed(findings) else []
    note += [_unsaid(findings)]
    return [
        line for text in [*texts, " ".join(filter(None, note))] for line in paragraph(text, 0, 2, width=width)
    ]


def _unsaid(findings: Findings[Swept]) -> str:
    """What `-` and `?` mean, where they stand in the tables."""
    found = [answer.metrics.get(key) for answer in findings.answers for key in findings.metrics]
    empty = any(e is None or e.level is None for e in found)
    unsure = any(e is not None and e.level is not None and e.exact is None and e.mcse is None for e in found)
    return " ".join(
        ["-: not defined, or in no trial that was played."] * empty
        + ["± ?: too few trials have it to tell its error."] * unsure
    )


def _tables(findings: Findings[Swept], key: Key, width: int) -> Iterator[list[str]]:
    if len(findings.vary) == 1 and len(findings.truths) == 1:
        (truth,) = findings.truths
        title = f"{label(key)}: {' '.join(meant(findings, key, truth))} under {truth}".replace(":  ", ": ")
        yield [*heading(title, width=width), *_by_variant(findings, key, truth, width)]
        return
    for variant in findings.variants:
        if len(findings.vary) == 1:
            title = f"{label(key)}: {variant}"
            yield [*heading(title, width=width), *_by_truth(findings, key, variant, width)]
            continue
        for truth in findings.truths:
            title = f"{label(key)}: {variant} under {truth}"
            yield [*heading(title, width=width), *_crossed(findings, key, variant, truth, width)]


def _alone(findings: Findings[Swept], keys: Sequence[Key], width: int) -> list[str]:
    """Of one variant and one truth: a row per value, a column per metric."""
    (vary,), (variant,), (truth,) = findings.vary, findings.variants, findings.truths

    answers = [findings.answer(Place((vary.change(value),), variant, truth)) for value in vary.values]
    columns = [_texts(findings, key, answers) for key in keys]
    rows = [list(row) for row in zip(vary.values, *columns, strict=True)]
    heads = [[*meant(findings, key, truth), *head_lines(label(key))] for key in keys]
    title = heading(f"{variant} under {truth}", width=width)
    return [*title, *grid([split_name(short(vary.path), 24), *heads], rows, width)]


def _by_variant(findings: Findings[Swept], key: Key, truth: str, width: int) -> list[str]:
    """A row per value, a column per variant."""
    (vary,) = findings.vary

    def found(value: str, variant: str) -> Answer:
        return findings.answer(Place((vary.change(value),), variant, truth))

    heads = [named([variant]) for variant in findings.variants]
    return _grid(findings, key, short(vary.path), vary.values, findings.variants, heads, found, width)


def _by_truth(findings: Findings[Swept], key: Key, variant: str, width: int) -> list[str]:
    """A row per value, a column per truth."""
    (vary,) = findings.vary

    def found(value: str, truth: str) -> Answer:
        return findings.answer(Place((vary.change(value),), variant, truth))

    heads = [[*meant(findings, key, truth), *named([truth])] for truth in findings.truths]
    return _grid(findings, key, short(vary.path), vary.values, findings.truths, heads, found, width)


def _crossed(findings: Findings[Swept], key: Key, variant: str, truth: str, width: int) -> list[str]:
    """The first value varied in rows, the second in columns."""
    rows, columns = findings.vary

    def found(value: str, other: str) -> Answer:
        changes = (rows.change(value), columns.change(other))
        return findings.answer(Place(changes, variant, truth))

    heads = [_words(value) for value in columns.values]
    told = [f"columns: {columns.path}"]
    return [*told, *_grid(findings, key, short(rows.path), rows.values, columns.values, heads, found, width)]


def _words(value: str) -> list[str]:
    """A value above its column: broken between words, within one only where it is very long."""
    lines = textwrap.wrap(value, 14, break_long_words=False, break_on_hyphens=False)
    return [piece for line in lines for piece in split_name(line, 24)]


def _grid(
    findings: Findings[Swept],
    key: Key,
    corner: str,
    rows: Sequence[str],
    columns: Sequence[str],
    heads: Sequence[Sequence[str]],
    found: Callable[[str, str], Answer],
    width: int,
) -> list[str]:
    texts = iter(_texts(findings, key, [found(row, column) for row in rows for column in columns]))
    table = [[row, *islice(texts, len(columns))] for row in rows]
    return grid([split_name(corner, 24), *heads], table, width)


def _texts(findings: Findings[Swept], key: Key, answers: Sequence[Answer]) -> list[str]:
    """Of each cell its value; of one that was weighted with a sign, where others were played."""
    shown = Shown(key, (answer.metrics.get(key) for answer in answers))
    sign = WEIGHTED if _mixed(findings) else ""
    return [shown.text(a.metrics.get(key)) + sign * (a.how == "weighted") for a in answers]


def _mixed(findings: Findings[Swept]) -> bool:
    """Whether some cells were played and some weighted."""
    return {"played", "weighted"} <= {answer.how for answer in findings.answers}
