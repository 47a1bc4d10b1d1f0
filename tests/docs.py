"""The tables of docs/results.md that the declarations of metrics say, written into the page.

python -m tests.docs        # after a metric was added, or its declaration changed
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from simulator.metrics import excess, judged
from simulator.metrics.registry import COLLECTED
from simulator.model.metric import PARTS, Metric
from tests.helpers import ROOT

__all__ = ["PAGE", "columns_of_arrow", "page", "tables"]

PAGE = ROOT / "docs" / "results.md"
START = "<!-- what follows `python -m tests.docs` writes, from the declarations in simulator/metrics -->"
END = "<!-- up to here -->"


def tables() -> Iterator[str]:
    """Per file of metrics its first line and a table of what it declares."""
    for module in (*COLLECTED, excess, judged):
        first = (module.__doc__ or "").splitlines()[0].removesuffix(".")
        yield f"**{first}**"
        yield "\n".join(["| key | unit | definition |", "|---|---|---|", *map(_row, module.METRICS)])


def _row(metric: Metric) -> str:
    return f"| `{metric.form}` | {metric.unit} | {metric.about} |"


def columns_of_arrow() -> str:
    """The parts of a key, as columns of `Results.to_arrow()`."""
    return ", ".join(f"`{part}`" for part in (*PARTS, "word"))


def page(text: str) -> str:
    """The page with its tables as they should be."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n\n" + "\n\n".join(tables()) + f"\n\n{END}{after}"


def main(path: Path = PAGE) -> None:
    """Write the page anew."""
    path.write_text(page(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
