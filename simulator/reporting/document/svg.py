"""Figures as SVG that stands inside a page: small, the same again, and with letters that are letters."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from simulator.reporting.style import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["font_faces", "svg_of"]

SALT = "trialstop"  # of the names that matplotlib gives to shapes, so that they are the same again
NAMED = re.compile(r'(\bid="|xlink:href="#|url\(#)([^")]+)')
LONG = re.compile(r"-?\d+\.\d{3,}")
DOTS = re.compile(
    r'<path d="(M [^"]*z\s*)" style="fill: (#\w+); stroke: #\w+; stroke-width: ([\d.]+)[^"]*"/>'
)
DOT = re.compile(r"M (-?[\d.]+) (-?[\d.]+)[^Mz]*z")
MANY = 50  # dots of a hatch, beyond which each is told by its place alone
FINE = 10.0  # points, below which a hundredth of one is told: shapes of marks
LAYOUT = {"GDEF", "GPOS", "GSUB", "MATH"}  # tables of a font, of which figures use nothing
RADIUS = 0.3  # of such a dot, in points


def svg_of(figure: Figure, name: str) -> str:
    """The figure as an `svg` element: names of its shapes begin with its own; no date, no reference
    outside."""
    import matplotlib as mpl

    text = io.StringIO()
    with style(), mpl.rc_context({"svg.hashsalt": SALT, "svg.fonttype": "none"}):
        figure.savefig(text, format="svg", facecolor="white", metadata={"Date": None, "Creator": None})
    body = text.getvalue()
    body = body[body.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = DOTS.sub(_dots, body)
    body = LONG.sub(lambda found: _short(found[0]), body)
    body = " ".join(filter(None, map(str.strip, body.split("\n")))).replace("> <", "><")
    meant = set(re.findall(r"#([\w-]+)", body))
    body = re.sub(r' id="([^"]*)"', lambda found: found[0] if found[1] in meant else "", body)
    prefix = re.sub(r"[^A-Za-z0-9]", "-", name)
    return NAMED.sub(lambda found: f"{found[1]}{prefix}-{found[2]}", body).strip()


@lru_cache(maxsize=50_000)
def _short(length: str) -> str:
    """A length in points, as exact as any screen or printer shows it."""
    value = float(length)
    text = f"{value:.{1 if abs(value) >= FINE else 2}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _dots(found: re.Match[str]) -> str:
    """A hatch of dots, each a circle of curves, as points with round ends."""
    path, colour, width = found.groups()
    places = [(float(x), float(y) - RADIUS) for x, y in DOT.findall(path)]
    if len(places) < MANY:
        return found[0]
    points = "".join(f"M{x:.4g} {y:.4g}h0" for x, y in places)
    size = 2 * RADIUS + float(width)
    return f'<path d="{points}" style="stroke: {colour}; stroke-width: {size:g}; stroke-linecap: round"/>'


def font_faces(pictures: Iterable[str]) -> str:
    """The letters of these figures, for a style sheet: their widths are what the figures were measured by."""
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from matplotlib.font_manager import FontProperties, findfont

    from simulator.reporting.lettering import FAMILY

    letters = sorted({letter for svg in pictures for letter in re.sub(r"<[^>]*>", "", svg)})
    faces = []
    for weight in ("normal", "bold"):
        font = TTFont(findfont(FontProperties(family=FAMILY, weight=weight)), recalcTimestamp=False)
        for table in LAYOUT & {*font.keys()}:
            del font[table]  # else all of it is read before it is dropped, which takes two thirds of the time
        options = subset.Options(layout_features=[], hinting=False, notdef_outline=True)
        options.drop_tables += ["FFTM"]
        made = subset.Subsetter(options)
        made.populate(text="".join(letters) + "&<>\"'")
        made.subset(font)
        file = io.BytesIO()
        font.flavor = "woff"
        font.save(file)
        data = base64.b64encode(file.getvalue()).decode("ascii")
        faces.append(
            f'@font-face {{ font-family: "{FAMILY}"; font-weight: {weight}; '
            f'src: url(data:font/woff;base64,{data}) format("woff"); }}'
        )
    return "\n".join(faces)
