"""What the tables of all what-ifs share: a value with its error, how the numbers were made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, get_args

from simulator.metrics.registry import metric_of
from simulator.model.estimate import Estimate, percent
from simulator.model.metric import Key, Kind
from simulator.reporting.foot import self_check
from simulator.reporting.text import (
    counted,
    decimals_for,
    heading,
    listed,
    number,
    paragraph,
    plus_minus,
    question,
)
from simulator.units import DAYS_PER_MONTH, format_share
from simulator.what_ifs.answers import Answer, How
from simulator.what_ifs.findings import Findings

__all__ = ["EXACT", "Shown", "head", "made"]

EXACT = "Numbers without ± are exact."
EXACT_DECIMALS = 4  # of a share in %, and behind the point of a mean


class Shown:
    """How the values of one metric are written, all with the same decimals: shares in %, times in months."""

    def __init__(self, key: Key, estimates: Iterable[Estimate | None]) -> None:
        self.key = key
        self.kind = metric_of(key).kind
        self.factor = 1 / DAYS_PER_MONTH if self.kind is Kind.TIME else 1.0
        errors = [e.mcse * self.factor for e in estimates if e is not None and e.mcse is not None]
        self.decimals = decimals_for(errors)

    def text(self, estimate: Estimate | None) -> str:
        """`3.3 ± 0.2`; `3.3422` where it is exact; `-` where nothing can be said."""
        if estimate is None:
            return "-"
        if estimate.exact is not None:
            if self.kind is Kind.SHARE:
                return format_share(estimate.exact, EXACT_DECIMALS)
            return number(estimate.exact * self.factor, EXACT_DECIMALS)
        if self.kind is Kind.SHARE:
            return percent(estimate)
        value = None if estimate.value is None else estimate.value * self.factor
        return plus_minus(
            value, None if estimate.mcse is None else estimate.mcse * self.factor, self.decimals
        )


def head(findings: Findings[Any], width: int) -> list[str]:
    """Title and question."""
    return [
        *heading(findings.title, "=", width=width),
        *question(findings.question, width=width),
    ]


def made(findings: Findings[Any], width: int, *, full: bool = False) -> list[str]:
    """How the numbers were made, and can be made again; notes. full: with the versions."""
    run, cells = findings.run, {how: [a for a in findings.answers if a.how == how] for how in get_args(How)}
    played, weighted = cells["played"], cells["weighted"]
    by = f"seed {run.seed}; engine {run.engine}"
    lines = []
    if cells["exact"]:
        lines.append(f"{counted(len(cells['exact']), 'cell')} calculated exactly")
    if weighted:
        lines.append(f"{_weighed(weighted, findings.anchored)}; {by}")
    if played:
        lines.append(
            f"{counted(len(played), 'cell')} played, {counted(run.trials, 'trial')} each, "
            f"{_candidates(played)}; {by}"
        )
    if played or weighted:
        lines.append(self_check(run, findings.compared))
    if full:
        lines.append("made with " + ", ".join(f"{name} {version}" for name, version in run.versions.items()))
    lines.append(f"repeat with: {run.command or 'the same call; see run in as_json()'}")
    lines += findings.notes
    return [line for text in lines if text for line in paragraph(text, 0, 2, width=width)]


def _weighed(weighted: Sequence[Answer], anchored: int) -> str:
    """How many cells are answered by weights, and from what."""
    worth = [answer.trials for answer in weighted]
    return (
        f"{counted(len(weighted), 'cell')} answered by weights from {counted(anchored, 'trial')} played in "
        f"some of them; each cell is worth {min(worth):,} to {max(worth):,} trials of its own"
    )


def _candidates(played: Iterable[Answer]) -> str:
    """Which cells share their candidates."""
    first = sorted({answer.place.first for answer in played})
    if len(first) == 1:
        return "the same candidates in every cell"
    begins = listed((f"{number:,}" for number in first), "or")
    return f"the same candidates in all that begin at the same trial ({begins})"
