"""All sheets of a scenario in one piece: as text, Markdown, CSV or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from simulator.reporting.listing import Sheet, Value, as_csv, as_markdown, note

__all__ = ["printed"]


def printed(
    rules: Sequence[Sheet], together: Sequence[Sheet], form: str, *, doses: Sequence[Sheet] = ()
) -> str:
    """form: `text`, `markdown`, `csv` or `json`; the last two have the numbers unrounded.

    doses: decisions of dose finding, told first.
    """
    sheets = [*doses, *rules, *together]
    if form == "markdown":
        return "\n".join(line for sheet in sheets for line in _markdown(sheet)).rstrip()
    if form == "csv":
        whose = ({"rule": sheet.name, "variants": ", ".join(sheet.variants)} for sheet in sheets)
        return as_csv([(by, sheet.tables) for by, sheet in zip(whose, sheets, strict=True)])
    if form == "json":
        whole = {"rules": [*map(_tree, rules)], "together": [*map(_tree, together)]}
        whole |= {"dose_finding": [*map(_tree, doses)]} if doses else {}
        return json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False)
    return "\n\n".join(map(str, sheets))


def _markdown(sheet: Sheet) -> Iterator[str]:
    yield from (f"## {', '.join(sheet.variants)}: {sheet.name}", "")
    for text in sheet.head:
        yield from as_markdown([note("head", text)])
    yield from as_markdown(sheet.tables)


def _tree(sheet: Sheet) -> dict[str, object]:
    """Tables by name, those of one name in one list of records."""
    tables: dict[str, list[dict[str, Value]]] = {}
    for table in sheet.tables:
        if table.records:
            tables.setdefault(table.name, []).extend(map(dict, table.records))
    return {"name": sheet.name, "variants": sheet.variants, "about": sheet.head, "tables": tables}
