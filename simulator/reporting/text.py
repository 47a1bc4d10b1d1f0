"""Plain text in columns: what every table and report on the screen is set with."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from math import floor, isfinite, log10

__all__ = [
    "GAP", "WIDTH", "bullet", "capital", "columns", "counted", "decimals_for", "heading", "listed", "number",
    "paragraph", "plus_minus", "question", "split_name",
]  # fmt: skip

WIDTH = 110  # characters of a line
MOST_DECIMALS = 4
GAP = 2


def heading(text: str, rule: str = "-", *, width: int = WIDTH) -> list[str]:
    """Text, underlined."""
    lines = paragraph(text, width=width)
    return [*lines, rule * max(map(len, lines))]


def paragraph(text: str, indent: int = 0, hanging: int = 0, *, width: int = WIDTH) -> list[str]:
    """Text broken into lines, the second and later ones indented by `hanging` more."""
    first, later = " " * indent, " " * (indent + hanging)
    wrapped = textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return wrapped or [""]


def question(text: str, *, width: int = WIDTH) -> list[str]:
    """What a scenario asks, below its title; nothing of one that asks nothing."""
    return paragraph(text, width=width) if text else []


def bullet(text: str, indent: int = 2) -> list[str]:
    """An item of a list."""
    return paragraph(f"- {text}", indent, 2)


def capital(text: str) -> str:
    """With a capital at its beginning, otherwise as it is."""
    return text[:1].upper() + text[1:]


def listed(words: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    items = list(words)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def counted(count: float, noun: str, plural: str = "") -> str:
    """`1 patient`, `2 patients`."""
    word = noun if count == 1 else plural or f"{noun}s"
    return f"{count:,} {word}" if isinstance(count, int) else f"{count:,g} {word}"


def decimals_for(errors: Iterable[float | None], *, smallest: bool = False) -> int:
    """Decimals that show two digits of the largest error; none where nothing varies.

    smallest : one digit of the smallest too
    """
    some = [e for e in errors if e is not None and isfinite(e) and e > 0.0]
    if not some:
        return 0
    wanted = 1 - floor(log10(max(some)))
    if smallest:
        wanted = max(wanted, -floor(log10(min(some))))
    return min(max(wanted, 0), MOST_DECIMALS)


def number(value: float, decimals: int) -> str:
    """With thousands apart and never a negative zero."""
    text = f"{value:,.{decimals}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text


def plus_minus(value: float | None, error: float | None, decimals: int) -> str:
    """`19.95 ± 0.01`, `2.07 ± <0.01`; `-` when nothing can be said, `± ?` for the mean of one value.

    `2.00 ± 0` with nothing behind the 0 where all values were the same; its points stand below the others'.
    """
    if value is None:
        return "-"
    if error is None:
        shown = "?"
    elif error == 0.0:
        shown = "0".ljust(len(number(0.0, decimals)))
    else:
        shown = number(error, decimals)
        if float(shown.replace(",", "")) == 0.0:
            shown = f"<{10.0**-decimals:.{decimals}f}"
    return f"{number(value, decimals)} ± {shown}"


class Broken(str):
    """A line of a name that goes on in the next line."""

    __slots__ = ()


def split_name(name: str, width: int) -> list[str]:
    """A name in lines of at most `width` characters, broken after underscores, hyphens and points."""
    lines, rest = [], name
    while len(rest) > width:
        cut = max(rest.rfind(sign, 0, width) for sign in "_-.") + 1 or width
        lines.append(Broken(rest[:cut]))
        rest = rest[cut:]
    return [*lines, rest]


def columns(head: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows under a head of one or several lines, the first column to the left, the others to the right.

    A row of one cell is a heading between rows.
    """
    full = [row for row in (*head, *rows) if len(row) > 1]
    widths = [max(len(row[i]) for row in full) for i in range(len(full[0]))]

    def line(row: Sequence[str]) -> str:
        if len(row) == 1:
            return row[0]
        cells = [row[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)]
        return (" " * GAP).join(cells).rstrip()

    rule = "-" * (sum(widths) + GAP * (len(widths) - 1))
    return [*(line(row) for row in head), rule, *(line(row) for row in rows)]
