"""Text of users as people may see it: what cannot be seen, or rules the screen, is written out.

A terminal obeys control characters; overrides of direction show a line in another order than it has;
characters without width make two texts look the same; half a surrogate pair cannot be written to any file.
"""

from __future__ import annotations

import unicodedata

__all__ = ["unseen", "visible"]

# Controls (C0, DEL, C1), formats (direction, zero width, tags), surrogates, and Unicode's own line breaks.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def visible(text: str) -> str:
    r"""The text with every unseen character as `\x1b`, `\u202e` or `\U000e0041`; a line break stays one."""
    if text.isprintable():
        return text
    lines = text.split("\n")
    return "\n".join(
        line if line.isprintable() else "".join(_escaped(c) if _is_unseen(c) else c for c in line)
        for line in lines
    )


def unseen(text: str) -> list[str]:
    """The unseen characters of a text, each once and written out; a line break is one of them."""
    return [] if text.isprintable() else [_escaped(c) for c in dict.fromkeys(text) if _is_unseen(c)]


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
