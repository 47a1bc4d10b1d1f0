"""A shipped scenario file with something wrong in it, the same for the same number.

Bytes are others; values and keys are anything; or values are near what they were, or from the same key of
another place, so that many files still play. Values are changed in the file or by `--set`.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

from simulator.loading.nodes import path_text, plain, read_text
from tests.helpers import ROOT

__all__ = ["FILES", "Damaged", "damaged", "one_set", "text_of", "tree_of"]

FILES = tuple(sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "scenarios").rglob("*.yaml")))
BYTES = 0.15  # share of files that are damaged byte by byte; in the others values and keys are
NEAR = 0.5  # share of files whose values only become others that may well be right
SETS = 0.3  # share of files that are changed by --set
LIKELY = 0.6  # share of values that are replaced by one of their own kind, where anything may happen
JUNK = 0.1  # share of --set that are no change of a value
SAME_KEY = 0.3  # share of near changes that take what another place has under the same key
OF_A_KIND = {  # what a value looks like -> others like it, at the ends of what is allowed and beyond
    r" per (day|week|month|year|person)": """0 per year|1e-300 per month|1 per year|1000 per day|1e6 per day
        |365 per day|1e300 per year|3 per 0 person-years|3 per 206 person-years|1e-9 per day|0.001 per day""",
    r"%|^\d+ of \d+": """0%|1e-20%|1e-9%|0.1%|5%|50%|95%|99.9%|99.9999999999%|100%|150%|-5%|0 of 0|1 of 3
        |3 of 2|2/3|1/0|50% in 1 day|0% in 6 months|100% in 6 months|99.99999% in 1 day|1e-20% in 1 day
        |50% in 200 years|more than 0%|more than 50%|at least 100%|more than 99.9999999999%|at most 50%
        |less than 1e-15""",
    r"(day|week|month|year)s?$": """0 days|1e-9 days|0.5 days|1 day|28 days|6 months|100 years|200 years
        |201 years|1e300 days|18446744073709551616 months|every 1 day|every 0 days|every 200 years""",
    r"treated|completed|known|report|at the end": """every report|every 1 treated|every 2 known|at the end
        |every 3 completed|at 3 treated|every 18446744073709551616 treated|1 treated|2 treated|3 treated
        |at 2, 4, 6 ... 20 completed|{at: 5, 12, 30 treated}|{every: 5 completed, from: 10, and: at the end}
        |{every: 3 months, from: 6 months}|{at: 5, 4 ... 1 known, and: at the end}|at 1, 2 ... 1000000 treated
        |0 treated|10000 treated|1000000 treated|-1 treated|every 1 day|every 200 years|at 1 day""",
    r"^-?[\d.]+(e-?\d+)?$": """0|1|2|3|0.5|-1|5|1e-9|1e-20|1e9|1e300|999999|18446744073709551616|nan|inf
        |1e999|010""",
    r"^(true|false)$": "true|false|yes|no|borderline|null",
    "": """close_accrual|end_trial|leave|lost|queued|on_demand|look|accrual|treated|completed|known|weight
        |fail|patients|events|courses|at_least|at_most|beta_binomial|thall_simon|thall_simon_estey|uniform
        |three_plus_three|enrolment|most positive|most negative|as before|assigned|mtd|at visits|A|B|C""",
}
NASTY = (
    "", " ", "null", "~", "[]", "{}", "0x10", "1_000", ".inf", "\u0661", "\u00bd", "a" * 300, "con", "..",
    "a/b", "\x00", "\ud800", "\u202e", "\x1b[31m", "\r\n", "# x", "&a", "*a", "!!python/object:os.system",
    "<<", "={}", "'", '"', "%", "|", "@",
)  # fmt: skip

Tree = Any
Way = tuple[Any, ...]
Change = Callable[[Tree, random.Random], None]


@dataclass(frozen=True, slots=True)
class Damaged:
    """A scenario to read: the file it was, what its bytes are, and what --set changes."""

    file: str
    data: bytes
    sets: tuple[str, ...] = ()


@cache
def tree_of(file: str) -> Tree:
    """A file as dicts, lists and the text of its values."""
    return plain(read_text((ROOT / file).read_text(), file))


def text_of(tree: Tree, *, escaped: bool = False) -> str:
    """A tree as a file again: JSON, which YAML is a superset of; `escaped`: in ASCII."""
    return json.dumps(tree, ensure_ascii=escaped, indent=1)


def damaged(number: int) -> Damaged:
    """The file of a number."""
    rng = random.Random(number)
    file = rng.choice(FILES)
    if rng.random() < BYTES:
        return Damaged(file, _bytes((ROOT / file).read_bytes(), rng))
    change = _near if rng.random() < NEAR else _change
    times = rng.choice((1, 1, 1, 2, 3))
    if rng.random() < SETS:
        return Damaged(file, (ROOT / file).read_bytes(), tuple(_set(file, change, rng) for _ in range(times)))
    tree = deepcopy(tree_of(file))
    for _ in range(times):
        change(tree, rng)
    return Damaged(file, text_of(tree, escaped=rng.random() < 0.5).encode("utf-8", "surrogatepass"))


def one_set(file: str, rng: random.Random) -> str:
    """A `--set` of one value of a file."""
    return _set(file, _near if rng.random() < NEAR else _change, rng)


def _set(file: str, change: Change, rng: random.Random) -> str:
    """A change of the file as a `--set` of the smallest place that holds it; now and then junk."""
    if rng.random() < JUNK:
        return rng.choice((f"{rng.choice(NASTY)}=1", f"title={rng.choice(NASTY)}", rng.choice(NASTY)))
    tree = deepcopy(tree_of(file))
    change(tree, rng)
    way, value = _difference(tree_of(file), tree)
    bare, escaped = rng.random() < 0.7, rng.random() < 0.5
    text = value if isinstance(value, str) and bare else json.dumps(value, ensure_ascii=escaped)
    return f"{path_text(way) or 'design'}={text}"


def _difference(old: Tree, new: Tree) -> tuple[Way, Tree]:
    """Where the one change of a tree is, and what stands there now; None for what is gone."""
    keys = list(old) if isinstance(old, dict) else list(range(len(old))) if isinstance(old, list) else []
    gone = [key for key in keys if key not in new] if isinstance(old, dict) and isinstance(new, dict) else []
    if len(gone) == 1 and {**new, gone[0]: old[gone[0]]} == old:
        return (gone[0],), None
    if type(old) is type(new) and len(old) == len(new) and keys:
        there = new if isinstance(new, dict) else keys
        apart = [key for key in keys if key not in there or old[key] != new[key]]
        if len(apart) == 1 and apart[0] in there:
            way, value = _difference(old[apart[0]], new[apart[0]])
            return (apart[0], *way), value
    return (), new


def _bytes(data: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.choice((1, 1, 2, 8))):
        at, how = rng.randrange(len(data) + 1), rng.randrange(6)
        size = rng.choice((1, 1, 2, 20, 400))
        piece = data[rng.randrange(len(data) + 1) :][:size]
        junk = bytes(rng.randrange(256) for _ in range(min(size, 4)))
        digit = bytes([rng.choice(b"0123456789")])
        data = {
            0: data[:at] + data[at + size :],
            1: data[:at] + junk + data[at:],
            2: data[:at] + piece + data[at:],
            3: data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :],
            4: data[: max(at, 1)],
            5: re.sub(rb"\d", digit, data, count=1) if at < 9 else data[:at] + digit + data[at + 1 :],
        }[how] or b"x"
    return data


def _near(tree: Tree, rng: random.Random) -> None:
    """One value is a bit more or less, or is what another place has under the same key."""
    ways = [way for way in _ways(tree) if way[0] not in ("references", "provenance", "title", "question")]
    way = rng.choice(ways)
    key = way[-1]
    others = values_of(key) if isinstance(key, str) else ()
    if others and rng.random() < SAME_KEY:
        _at(tree, way[:-1])[key] = deepcopy(rng.choice(others))
        return
    numbers = [way for way in ways if isinstance(_at(tree, way), str) and re.search("[0-9]", _at(tree, way))]
    if numbers:
        way = rng.choice(numbers)
        text, most = _at(tree, way), rng.choice((0, 1))
        near = re.sub(r"[0-9]+(\.[0-9]+)?", lambda found: _nearby(found[0], rng), text, count=most)
        _at(tree, way[:-1])[way[-1]] = near


def _nearby(number: str, rng: random.Random) -> str:
    """Another number of the same order of magnitude."""
    how = rng.choice(("one more", "one less", "half", "double", "tenth"))
    if how in ("one more", "one less") and number.isdigit():
        return str(max(int(number) + (1 if how == "one more" else -1), 0))
    value = float(number) * {"half": 0.5, "double": 2.0, "tenth": 0.1}.get(how, 1.1)
    return f"{value:.0f}" if number.isdigit() and value >= 1.0 else f"{value:.6f}".rstrip("0").rstrip(".")


@cache
def values_of(key: str) -> tuple[Tree, ...]:
    """What stands under a key anywhere in the shipped files, each once."""
    found = {
        json.dumps(value): value
        for file in FILES
        for way in _ways(tree_of(file))
        if way[-1] == key
        for value in [_at(tree_of(file), way)]
    }
    return tuple(found.values())


def _change(tree: Tree, rng: random.Random) -> None:
    """One value, key or branch of the tree is another, gone, doubled or somewhere else."""
    ways = [way for way in _ways(tree) if way[0] not in ("references", "provenance") or rng.random() < 0.05]
    leaves = [way for way in ways if isinstance(_at(tree, way), str)]
    if not leaves:
        return
    if rng.random() < LIKELY:
        way = rng.choice(leaves)
        _at(tree, way[:-1])[way[-1]] = _alike(_at(tree, way), rng)
        return
    way = rng.choice(ways)
    holder = _at(tree, way[:-1])
    key, value = way[-1], _at(tree, way)
    other = deepcopy(_at(tree, rng.choice(ways)))
    how = rng.randrange(5)
    if how == 0:
        holder[key] = rng.choice(NASTY)
    elif how == 1:
        holder[key] = other
    elif how == 2:
        del holder[key]
    elif how == 3 and isinstance(holder, dict):
        holder[rng.choice(NASTY) if rng.random() < 0.5 else str(rng.choice(ways)[-1])] = holder.pop(key)
    else:
        holder[key] = rng.choice(([value], {str(key): value}, [value, value], [], {}, [other, value]))


def _alike(text: str, rng: random.Random) -> str:
    """Another value of the kind that a text looks like, or the text with a number changed."""
    kinds = next(others for pattern, others in OF_A_KIND.items() if re.search(pattern, text))
    if rng.random() < 0.7:
        return rng.choice([other.strip() for other in kinds.split("|")])
    digits = "".join(rng.choice("0123456789") for _ in range(rng.choice((1, 1, 2, 3))))
    return re.sub(r"[0-9]+", digits, text, count=1)


def _ways(node: Tree, here: Way = ()) -> Iterator[Way]:
    keys = node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in list(keys):
        yield (*here, key)
        yield from _ways(node[key], (*here, key))


def _at(tree: Tree, way: Way) -> Tree:
    for key in way:
        tree = tree[key]
    return tree
