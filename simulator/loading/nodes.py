"""YAML text to a tree of nodes that know their file and line; scalars stay the text that was written.

Read from the parser's events, one step before composing: aliases are refused where they stand (nothing is
ever expanded), and all problems of a file are collected instead of stopping at the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from simulator.errors import Problem, ScenarioError, TrialstopError, show
from simulator.repairs import file_hint
from simulator.visible import visible

__all__ = [
    "Mapping",
    "Node",
    "Path",
    "Scalar",
    "Sequence",
    "path_text",
    "plain",
    "read_file",
    "read_text",
    "read_value",
]

MAX_FILE_BYTES = 2_000_000  # the largest plausible scenario is about 100 kB
MAX_DEPTH = 40  # real scenarios nest about 12 deep
MAX_PROBLEMS = 200  # a file with more is not worth reading further

Path = tuple[str | int, ...]
"""Where in a tree: keys (str) and list positions (int, from 0)."""


@dataclass(slots=True)
class Scalar:
    """One value as written. `quoted`: in quotes or a block, so that "null" is a word."""

    text: str
    quoted: bool
    file: str
    line: int | None

    @property
    def is_null(self) -> bool:
        """Plain `null` or `~`: in a change it removes what is there."""
        return not self.quoted and self.text in ("null", "~")

    def copy(self) -> Scalar:
        return Scalar(self.text, self.quoted, self.file, self.line)


@dataclass(slots=True)
class Sequence:
    """A list. `line` is that of its first character."""

    items: list[Node]
    file: str
    line: int | None

    def copy(self) -> Sequence:
        return Sequence([item.copy() for item in self.items], self.file, self.line)


@dataclass(slots=True)
class Mapping:
    """Key to node, in file order; `key_lines` has the line of every key (None: no file, as for --set)."""

    items: dict[str, Node]
    key_lines: dict[str, int | None]
    file: str
    line: int | None

    def copy(self) -> Mapping:
        items = {key: node.copy() for key, node in self.items.items()}
        return type(self)(items, dict(self.key_lines), self.file, self.line)


Node = Mapping | Sequence | Scalar


def path_text(path: Iterable[str | int]) -> str:
    """`a.b[0]."5 mg"`: the text that `paths.parse_path` reads back."""
    text = ""
    for segment in path:
        if isinstance(segment, int):
            text += f"[{segment}]"
        else:
            text += ("." if text else "") + (
                segment if re.fullmatch(r"[\w%+*/?-]+", segment) else f'"{segment}"'
            )
    return text


def plain(node: Node) -> object:
    """The tree as dict, list and str for validation: every scalar its raw text, `null` None."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.items.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return None if node.is_null else node.text


def read_file(path: str | FilePath) -> Mapping:
    """The tree of one YAML file.

    Raises TrialstopError (one line) when it cannot be opened, ScenarioError with every problem of its text.
    """
    file = str(path)
    try:
        with open(path, "rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        near = file_hint(file)
        raise TrialstopError(f"{file}: no such file" + (f"\n    hint: {near}" if near else "")) from None
    except IsADirectoryError:
        raise TrialstopError(f"{file}: a directory; name a scenario file inside it") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise TrialstopError(f"{file}: cannot be read ({reason})") from None
    if len(data) > MAX_FILE_BYTES:
        raise _only(file, None, f"more than {MAX_FILE_BYTES:,} bytes", "a scenario of at most 2 MB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{data[error.start]:02x}, which is not UTF-8"
        raise _only(
            file,
            line,
            found,
            "text in UTF-8",
            "save it again as plain text in UTF-8; a spreadsheet is no scenario",
        ) from None
    return read_text(text, file)


def read_text(text: str, file: str) -> Mapping:
    """The tree of YAML text whose root is a mapping; `file` names it in messages. Raises ScenarioError."""
    node, problems = _read(text, file, numbered=True)
    if node is not None and not isinstance(node, Mapping) and not problems:
        found = "a list" if isinstance(node, Sequence) else f"a single value {show(node.text)}"
        raise _only(file, node.line, f"{found} as the whole file", "keys with values, such as title: ...")
    if problems:
        raise ScenarioError(problems)
    if not isinstance(node, Mapping):
        raise _only(file, None, "an empty file", "a scenario, beginning with trialstop: 1")
    return node


def read_value(text: str, origin: str) -> Node:
    """The node of a YAML fragment without a file, such as a command-line value. Raises ScenarioError."""
    node, problems = _read(text, origin, numbered=False)
    if problems:
        raise ScenarioError(problems)
    if node is None:
        raise _only(origin, None, "no value", "a value", "null removes what is there")
    return node


def _only(file: str, line: int | None, found: str, allowed: str, hint: str = "") -> ScenarioError:
    return ScenarioError([Problem(file=file, line=line, path="", found=found, allowed=allowed, hint=hint)])


def _read(text: str, file: str, numbered: bool) -> tuple[Node | None, list[Problem]]:
    """(tree or None if there is none, problems); after a syntax error what stood before it is judged too."""
    reader = _Reader(file, numbered, _events(text))
    try:
        return reader.document(), reader.problems
    except _UnreadableError:
        return None, reader.problems
    except YAMLError as error:
        mark = error.problem_mark or error.context_mark if isinstance(error, MarkedYAMLError) else None
        line = mark.line + 1 if mark is not None else _line_of(text, getattr(error, "position", None))
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable text"
        if (character := getattr(error, "character", None)) is not None:
            reason = f"{reason}: {visible(chr(character))}"
    except (AssertionError, IndexError, OverflowError, TypeError, ValueError):
        # ruamel lets a few malformed inputs (an impossible \U escape, say) escape as bare errors
        line, reason = reader.line, "unreadable text"
    found = f"text that is not YAML ({' '.join(str(reason).split())})"
    reader.note(line, (), found, "YAML 1.2", _syntax_hint(str(reason)))
    return None, reader.problems


def _events(text: str) -> Iterator[Any]:
    return iter(YAML(typ="safe", pure=True).parse(text))


def _syntax_hint(reason: str) -> str:
    if "\\t" in reason or "tab" in reason:
        return "indent with spaces, not tabs"
    if "mapping values are not allowed" in reason or "expected <block end>" in reason:
        return 'check the indentation; text that contains ": " needs quotes'
    return ""


def _line_of(text: str, position: object) -> int | None:
    """The 1-based line of a character position, where an error has one."""
    return text.count("\n", 0, position) + 1 if isinstance(position, int) else None


class _UnreadableError(Exception):
    """Reading further would only bury the problems already noted."""


@dataclass(slots=True)
class _Reader:
    """Builds the tree from parser events, noting problems as it goes. `line`: that of the latest event."""

    file: str
    numbered: bool
    events: Iterator[Any]
    problems: list[Problem] = field(default_factory=list)
    line: int | None = None

    def document(self) -> Node | None:
        """The only document of the stream, or None if there is none."""
        root: Node | None = None
        documents = 0
        for event in self.events:
            if not isinstance(event, DocumentStartEvent):
                continue
            documents += 1
            if documents > 1:
                hint = "keep one scenario per file; remove the line ---"
                self.note(event.start_mark.line + 1, (), "a second document", "one document", hint)
                raise _UnreadableError
            first = self.advance()
            if _is_absent(first):
                continue  # nothing but a comment or `---`: an empty file
            root = self.node(first, ())
        return root

    def note(self, line: int | None, path: Path, found: str, allowed: str, hint: str = "") -> None:
        line = line if self.numbered else None
        self.problems.append(
            Problem(file=self.file, line=line, path=path_text(path), found=found, allowed=allowed, hint=hint)
        )
        if len(self.problems) >= MAX_PROBLEMS:
            found = f"{MAX_PROBLEMS} problems and read no further"
            self.problems.append(Problem(file=self.file, line=line, path="", found=found, allowed="none"))
            raise _UnreadableError

    def advance(self) -> Any:
        event = next(self.events)
        self.line = event.start_mark.line + 1 if self.numbered else None
        return event

    def node(self, event: Any, path: Path, key_line: int | None = None) -> Node:
        """The node that begins with `event`, read to its end; `key_line` is that of its key, if any."""
        line = self.line
        if isinstance(event, AliasEvent):
            self.note(line, path, f"the alias *{event.anchor}", "values written out", "repeat the value here")
            return Scalar("", True, self.file, line)
        self.refuse_anchor_and_tag(event, path)
        if len(path) > MAX_DEPTH:
            self.note(
                line, path[:3], f"nesting deeper than {MAX_DEPTH} levels", f"at most {MAX_DEPTH} levels"
            )
            raise _UnreadableError
        if isinstance(event, MappingStartEvent):
            return self.mapping(path, flow=event.flow_style)
        if isinstance(event, SequenceStartEvent):
            return self.sequence(path)
        if _is_absent(event):
            line = key_line or line  # the parser puts an absent value where the next token begins
            self.note(
                line, path, "no value", "a value", 'write a value, {} or [] for none of them, "" for no text'
            )
        return Scalar(self.whole(event.value, path), not _is_plain(event), self.file, line)

    def whole(self, text: str, path: Path) -> str:
        r"""The text, `\ud83d\ude00` of JSON being one character; half of such a pair is a problem."""
        if not re.search("[\ud800-\udfff]", text):
            return text
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        if half := re.search("[\ud800-\udfff]", text):
            found = f"{visible(half[0])}, half of a character"
            self.note(self.line, path, found, "whole characters", "write the character itself")
        return text

    def refuse_anchor_and_tag(self, event: Any, path: Path) -> None:
        if event.anchor is not None:
            self.note(self.line, path, f"the anchor &{event.anchor}", "values without anchors")
        if event.tag is not None:
            hint = "a value that begins with ! needs quotes"
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            self.note(self.line, path, f"the tag {show(tag)}", "values without tags", hint)

    def mapping(self, path: Path, *, flow: bool) -> Mapping:
        """A mapping; between braces, what stands behind `at` without values goes on with its list.

        `{at: 5, 12, 30 completed}` is for YAML a value of `at` and two keys with none.
        """
        mapping = Mapping({}, {}, self.file, self.line)
        while not isinstance(event := self.advance(), MappingEndEvent):
            line = self.line
            key = self.key(event, path)
            event = self.advance()
            if flow and key is not None and _is_absent(event) and (at := _listing(mapping)) is not None:
                at.text += f", {key}"
                continue
            value = self.node(event, (*path, "?" if key is None else key), line)
            if key is None:
                continue
            if key in mapping.items:
                first = mapping.key_lines[key]
                where = "" if first is None else f" (first on line {first})"
                self.note(line, (*path, key), f"the key {show(key)} again{where}", "each key once")
                continue
            mapping.items[key] = value
            mapping.key_lines[key] = line
        return mapping

    def key(self, event: Any, path: Path) -> str | None:
        """The key's text, or None (and a problem) when it is none."""
        line = self.line
        if isinstance(event, AliasEvent):
            self.node(event, (*path, "?"))
            return None
        if not isinstance(event, ScalarEvent):
            self.node(event, (*path, "?"))
            hint = "put quotes around a key that begins with [, { or *"
            self.note(line, path, "a key that is not a word", "a word as key", hint)
            return None
        self.refuse_anchor_and_tag(event, path)
        if event.value == "<<" and _is_plain(event):
            self.note(line, path, "the merge key <<", "keys written out", "a truth can say extends: OTHER")
            return None
        if event.value.strip() == "":
            self.note(line, path, "an empty key", "a word as key")
            return None
        return self.whole(event.value, path)

    def sequence(self, path: Path) -> Sequence:
        sequence = Sequence([], self.file, self.line)
        while not isinstance(event := self.advance(), SequenceEndEvent):
            sequence.items.append(self.node(event, (*path, len(sequence.items))))
        return sequence


def _is_plain(event: Any) -> bool:
    return event.style in (None, "")


def _is_absent(event: Any) -> bool:
    """Whether nothing was written where a value is due."""
    return isinstance(event, ScalarEvent) and event.value == "" and _is_plain(event)


def _listing(mapping: Mapping) -> Scalar | None:
    """The list in words that the latest key begins, if it is `at`."""
    key, value = next(reversed(mapping.items.items()), ("", None))
    return value if key == "at" and isinstance(value, Scalar) and not value.quoted else None
