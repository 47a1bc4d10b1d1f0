"""The sources behind rules and numbers, from refs.bib: `cite("geller2003")`.

A small parser of the BibTeX that file uses: `@type{key, field = {text}, ...}`, braces nested, each
entry at the start of a line. Other lines are notes; quoted text, `#` and `@string` are refused.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

__all__ = ["cite", "entries", "keys", "parse"]

REFS = Path(__file__).with_name("refs.bib")


def cite(key: str) -> str:
    """One line: `Thall and Simon (1994), Practical Bayesian ..., Biometrics 50(2):337-349`.

    A source in words (with a space, which no key has) stands for itself: what other distributions bring has
    no entry in refs.bib. ValueError naming the known keys if there is no such entry.
    """
    if " " in key:
        return key
    known = entries()
    if key not in known:
        raise ValueError(f"no source {key!r} in refs.bib; known keys: {', '.join(sorted(known))}")
    entry = known[key]
    year = f" ({entry['year']})" if "year" in entry else ""
    who = _people(entry.get("author", "")) or entry.get("institution", "")
    return ", ".join(part for part in (f"{who}{year}".strip(), entry.get("title", ""), _where(entry)) if part)


def keys() -> tuple[str, ...]:
    """Every key of refs.bib, in its order."""
    return tuple(entries())


@cache
def entries() -> dict[str, dict[str, str]]:
    """refs.bib by key: field name (lower case) -> plain text."""
    return parse(REFS.read_text(encoding="utf-8"))


def parse(text: str) -> dict[str, dict[str, str]]:
    """Entries by key; ValueError with the line for what is not `@type{key, field = {text}, ...}`."""
    found: dict[str, dict[str, str]] = {}
    position = 0
    while at := re.compile(r"^@", re.MULTILINE).search(text, position):
        start = at.start()
        head = re.compile(r"@[A-Za-z]+\s*\{\s*([^\s,{}]+)\s*,").match(text, start)
        if head is None:
            raise ValueError(f"refs.bib:{_line(text, start)}: allowed @type{{key, field = {{text}}, ...}}")
        if head[1] in found:
            raise ValueError(f"refs.bib:{_line(text, start)}: the key {head[1]} is there already")
        found[head[1]], position = _fields(text, head.end())
    return found


def _fields(text: str, position: int) -> tuple[dict[str, str], int]:
    """The fields of one entry from after its key, and the position after its closing brace."""
    fields: dict[str, str] = {}
    while True:
        end = re.compile(r"[\s,]*\}").match(text, position)
        if end:
            return fields, end.end()
        field = re.compile(r"[\s,]*([A-Za-z]+)\s*=\s*(?:(\d+)|(\{))").match(text, position)
        if field is None:
            raise ValueError(f"refs.bib:{_line(text, position)}: allowed field = {{text}} or field = number")
        position = field.end()
        value = field[2]
        if field[3]:
            start, position = position, _closing(text, position)
            value = text[start : position - 1]
        fields[field[1].lower()] = _plain(value)


def _closing(text: str, position: int) -> int:
    """Position after the brace that closes the one before `position`."""
    start, depth = position, 1
    while depth:
        if position == len(text):
            raise ValueError(f"refs.bib:{_line(text, start)}: this brace is never closed")
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        position += 1
    return position


def _plain(value: str) -> str:
    """Without braces and line breaks, `--` as a hyphen and `\\&` as an ampersand."""
    text = re.sub(r"[{}]", "", value).replace("--", "-").replace("\\&", "&").replace("~", " ")
    return " ".join(text.split())


def _people(author: str) -> str:
    """`Thall`, `Thall and Simon`, `Geller et al.`; names are `Family, Given` or `Given Family`."""
    names = [name.strip() for name in author.split(" and ") if name.strip()]
    families = [name.split(",")[0] if "," in name else name.split()[-1] for name in names]
    if len(families) > 2 or families[1:] == ["others"]:
        return f"{families[0]} et al."
    return " and ".join(families)


def _where(entry: dict[str, str]) -> str:
    """`Biometrics 50(2):337-349`, `Wiley, New York`, or the note."""
    journal = entry.get("journal") or entry.get("booktitle")
    if not journal:
        parts = (entry.get("publisher", ""), entry.get("address", ""), entry.get("note", ""))
        return ", ".join(part for part in parts if part)
    number = f"({entry['number']})" if "number" in entry else ""
    volume = f" {entry['volume']}{number}" if "volume" in entry else ""
    pages = f":{entry['pages']}" if volume and "pages" in entry else ""
    pages = pages or (f", pages {entry['pages']}" if "pages" in entry else "")
    return f"{journal}{volume}{pages}"


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
