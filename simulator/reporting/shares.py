"""A rule that goes by follow-up, as a table: least events in the first arm, by its share of the follow-up."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.contracts import ShareTable
from simulator.reporting.listing import Table, note

__all__ = ["share_tables"]

SHARES_SHOWN = (1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4)
MOST_EVENTS = 20  # of both arms, in the table
LEAST = (
    "Least events in the first arm that stop, by events in both (d) and by the first arm's share of the "
    "follow-up (-: no number does):"
)
NOT_EXACT = "No exact P(stop): the arms' follow-up at a look is left to chance."


def share_tables(table: ShareTable, most: int) -> Iterator[Table]:
    """Of up to `most` events; files have the largest share with which each count stops."""
    rows, records = [], []
    for events in range(1, min(most, MOST_EVENTS) + 1):
        critical = [table.critical(events, x1) for x1 in range(events + 1)]
        least = [next((x1 for x1, at in enumerate(critical) if share <= at), None) for share in SHARES_SHOWN]
        rows.append([str(events), *("-" if x1 is None else str(x1) for x1 in least)])
        records += [
            {"events": events, "events_first": x1, "largest_share": share}
            for x1, share in enumerate(critical)
            if x1
        ]
    head = [["d", *(f"{100 * share:.3g}%" for share in SHARES_SHOWN)]]
    yield Table(name="boundary", about=[LEAST], head=head, rows=rows, records=records)
    yield note("common", NOT_EXACT)
