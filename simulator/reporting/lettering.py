"""Text of figures, measured from the font itself: how wide it is, where it breaks, how it is cut.

Nothing here draws. All text that a scenario brings (names, titles, doses) goes through `wrap` or a `Labels`,
so that no figure has to hope that it fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache

from simulator.reporting.text import split_name

__all__ = [
    "BODY", "FAMILY", "SMALL", "TITLE", "Labels", "height", "printable", "widest", "width",
    "wrap",
]  # fmt: skip

FAMILY = "DejaVu Sans"  # comes with matplotlib
TITLE, BODY, SMALL = 10.0, 8.0, 7.0  # points
LEADING = 1.3  # of a line, in sizes
HINTED = 1.03  # pixels of a screen make text this much wider than its outlines
ELLIPSIS = "\u2026"
UNKNOWN = "\u25a1"  # for a character that the font has not


@cache
def _characters() -> frozenset[int]:
    """What the font can show, in normal and in bold."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    found = [
        frozenset(get_font(findfont(FontProperties(family=FAMILY, weight=weight))).get_charmap())
        for weight in ("normal", "bold")
    ]
    return found[0] & found[1]


def printable(text: str) -> str:
    """On one line, a box for every character that the font lacks (matplotlib would warn of each)."""
    known = _characters()
    line = re.sub(r"[ \t\r\n]+", " ", text).strip(" ")
    return "".join(c if ord(c) in known else UNKNOWN for c in line)


@lru_cache(maxsize=50_000)
def width(text: str, size: float, *, bold: bool = False) -> float:
    """Inches of a printable line."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family=FAMILY, size=size, weight="bold" if bold else "normal")
    points, _, _ = text_to_path.get_text_width_height_descent(text, font, False)
    return HINTED * float(points) / 72.0


def height(lines: int, size: float) -> float:
    """Inches of some lines."""
    return lines * LEADING * size / 72.0


def wrap(text: str, inches: float, size: float, *, bold: bool = False, most: int = 0) -> list[str]:
    """Lines no wider than `inches`, broken at spaces, within long words after _ and -, or anywhere.

    most: lines at most, an ellipsis where the rest was; all if 0.
    """
    lines, line = [], ""
    for word in printable(text).split(" "):
        joined = f"{line} {word}" if line else word
        if width(joined, size, bold=bold) <= inches:
            line = joined
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, inches, size, bold)
        lines += full
    lines.append(line)
    if most and len(lines) > most:
        last = lines[most - 1]
        while last and width(last + ELLIPSIS, size, bold=bold) > inches:
            last = last[:-1]
        lines = [*lines[: most - 1], last + ELLIPSIS]
    return lines


def _pieces(word: str, inches: float, size: float, bold: bool) -> list[str]:
    """A word in pieces that fit."""
    if width(word, size, bold=bold) <= inches:
        return [word]
    pieces = split_name(word, _letters(word, inches, size, bold))
    return [part for piece in pieces for part in _pieces(piece, inches, size, bold)]


def _letters(word: str, inches: float, size: float, bold: bool) -> int:
    """How many letters of a word fit from its start, at least one."""
    low, high = 1, len(word)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(word[:middle], size, bold=bold) <= inches else (low, middle - 1)
    return low


class Labels:
    """Names as they stand in one figure, each the same everywhere; those cut are told at its foot."""

    def __init__(self) -> None:
        self._cut: dict[str, str] = {}  # as it stands -> the name

    def fit(self, name: str, inches: float, *, size: float = BODY, lines: int = 2, bold: bool = False) -> str:
        """A name in some lines, or cut in the middle so that it fits one, and unlike any other name."""
        broken = wrap(name, inches, size, bold=bold)
        if len(broken) <= lines:
            return "\n".join(broken)
        whole, kept = printable(name), len(name)
        for number in range(1, 1000):
            mark = f"{ELLIPSIS}({number}){ELLIPSIS}" if number > 1 else ELLIPSIS
            while kept > 2 and width(_cut(whole, kept, mark), size, bold=bold) > inches:
                kept -= 1
            cut = _cut(whole, kept, mark)
            if self._cut.setdefault(cut, name) == name:
                return cut
        raise AssertionError("a thousand names that are alike at both ends")

    def fitted(self, names: Iterable[str], inches: float, *, size: float = BODY) -> Mapping[str, str]:
        """name -> how it stands."""
        return {name: self.fit(name, inches, size=size) for name in names}

    def told(self) -> Iterator[str]:
        """`abc…xyz = the whole name` of everything cut."""
        for cut, name in self._cut.items():
            yield f"{cut} = {name}"


def _cut(text: str, kept: int, mark: str) -> str:
    start = (kept + 1) // 2
    return f"{text[:start]}{mark}{text[len(text) - (kept - start) :]}"


def widest(labels: Iterable[str], size: float = BODY) -> float:
    """Inches of the widest line of some labels."""
    return max((width(line, size) for label in labels for line in label.split("\n")), default=0.0)
