"""Rows of whole numbers, equal ones once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["Distinct", "distinct"]

WORD = 1 << 62  # numbers that several columns may make together to be sorted as one


class Distinct(NamedTuple):
    """order: (M,) sorts the rows by their columns. starts: where in that order each other row begins."""

    order: Ints
    starts: Ints

    def first(self) -> Ints:
        """One row of each, in order."""
        found: Ints = self.order[self.starts]
        return found

    def which(self) -> Ints:
        """(M,) which of these each row is."""
        import numpy as np

        new = np.zeros(len(self.order), dtype=np.int64)
        new[self.starts] = 1
        found = np.empty_like(new)
        found[self.order] = np.cumsum(new) - 1
        return found


def distinct(rows: Ints) -> Distinct:
    """Of (M, K), M >= 1."""
    import numpy as np

    words = _words(rows)
    order = np.lexsort(words[::-1])
    new = np.zeros(len(order), dtype=bool)
    new[0] = True
    for word in words:
        in_order = word[order]
        new[1:] |= in_order[1:] != in_order[:-1]
    return Distinct(order, np.flatnonzero(new))


def _words(rows: Ints) -> list[Ints]:
    """Few columns that sort as all of them do: neighbours make one number where they fit."""
    import numpy as np

    columns = np.array(rows.T, order="C")  # each in one piece, which is several times as fast to go through
    least = columns.min(axis=1, keepdims=True)
    columns -= least
    widths = (columns.max(axis=1) + 1).tolist()
    words: list[Ints] = []
    span = WORD
    for column, width in zip(columns, widths, strict=True):
        if span * width >= WORD:
            words.append(column)
            span = width
        else:
            words[-1] *= width
            words[-1] += column
            span *= width
    return words
