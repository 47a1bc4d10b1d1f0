"""Results as a small HTML table, for notebooks: what the scenario is about, per variant and truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from simulator.metrics.registry import is_headline, metric_of
from simulator.model.estimate import Estimate, percent
from simulator.model.metric import Key, Kind
from simulator.study.cell import Cell
from simulator.study.weighted import AVERAGE, WeightedCell

__all__ = ["html_table"]

BESIDE = (Key("n_enrolled"), Key("duration_days"))  # the cost, beside the headlines


def html_table(caption: str, cells: Sequence[Cell], weighted: Sequence[WeightedCell] = ()) -> str:
    """A row per variant and truth: headlines in %, patients and days; each with its standard error.

    Last a row per variant averaged over weighted truths.
    """
    keys = list(dict.fromkeys((*_headlines(cells), *BESIDE)))
    lines = [f"<caption>{escape(caption)}</caption>"]
    lines.append(_row("th", ["variant", "truth", *map(_head, keys)]))
    told = [(cell.variant, cell.truth, cell.metrics) for cell in cells]
    for variant, truth, metrics in [*told, *((each.variant, AVERAGE, each.metrics) for each in weighted)]:
        shown = [_shown(key, metrics[key]) if key in metrics else "" for key in keys]
        lines.append(_row("td", [variant, truth, *shown]))
    return "\n".join(["<table>", *lines, "</table>"])


def _headlines(cells: Sequence[Cell]) -> Iterator[Key]:
    for cell in cells:
        for key in cell.metrics:
            if is_headline(key, acts=cell.facts.acts):
                yield key


def _head(key: Key) -> str:
    metric = metric_of(key)
    return f"{metric.labelled(key)}, %" if metric.kind is Kind.SHARE else metric.labelled(key)


def _shown(key: Key, e: Estimate) -> str:
    """`62.2 ± 1.5`; a share as in every table."""
    if e.value is None:
        return "-"
    if metric_of(key).kind is Kind.SHARE:
        return percent(e)
    return f"{e.value:,.1f}" + (f" ± {e.mcse:,.1f}" if e.mcse is not None else "")


def _row(tag: str, texts: list[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(text)}</{tag}>" for text in texts) + "</tr>"
