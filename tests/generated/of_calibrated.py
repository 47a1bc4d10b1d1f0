"""Makers of rules whose cut-off is found, and of bounds as they are listed."""

from __future__ import annotations

from simulator.rules._posterior import BetaPrior
from simulator.rules._spent import FUNCTIONS, SHAPED
from tests.generated.author import Author, Maker, Tree
from tests.generated.leaves import comparison

__all__ = ["MAKERS"]

LEVELS = (20, 30, 45, 60)  # percent: of few patients no region may be within less
RATES = (20, 35, 50)
DELTAS = (0, 0.25, 0.5)


def _target(author: Author, word: str = "at most", rate: int | None = None) -> str:
    level, true = author.random.choice(LEVELS), rate or author.random.choice(RATES)
    return f"{word} {level}% at {true}%"


def _either(author: Author) -> str:
    return _target(author, author.random.choice(("at most", "at most", "at least")))


def _of_count(author: Author, **more: object) -> Tree:
    """The keys of a family that compares one count with a rate."""
    found: Tree = {"false_stop": _either(author), **more}
    if author.world.chance(0.3):
        found["stop_for"] = author.random.choice(("many", "few"))
    return found | _late(author)


def _late(author: Author) -> Tree:
    return {"minimum_n": author.random.randint(1, 3)} if author.world.chance(0.3) else {}


def _powered(author: Author) -> Tree:
    return _of_count(author, delta=author.random.choice(DELTAS))


def _sprt(author: Author) -> Tree:
    null, other = author.random.choice(((20, 50), (50, 20), (35, 60)))
    found: Tree = {"false_stop": _target(author, rate=null), "alternative": f"{other}%"}
    if author.world.chance(0.6):
        found["false_clear"] = f"at most {author.random.choice((20, 30))}% at {other}%"
        found |= author.random.choice(({}, {}, {"binding": True}))
    if author.world.chance(0.4) and "binding" not in found:
        found |= {"limits": "wald", "false_stop": f"at most 30% at {null}%"}
    return found | _late(author)


def _spending(author: Author) -> Tree:
    function = author.random.choice(FUNCTIONS)
    shape = {"shape": author.random.choice((0.5, 1, 2))} if function in SHAPED else {}
    return _of_count(author, function=function, **shape) | {"false_stop": _target(author)}


def _sure(author: Author, words: tuple[str, ...]) -> Tree:
    """A posterior with a cut-off as given, or found."""
    rate = comparison(author.random.choice(words), 15, 50)(author.world)
    found: Tree = {"prior": author.body(BetaPrior), "rate": rate}
    if author.world.chance(0.35):
        return found | {"certainty": "calibrated", "false_stop": _either(author)} | _late(author)
    cutoff = comparison(author.random.choice(("more than", "at least")), 50, 93)(author.world)
    return found | {"certainty": cutoff} | _late(author)


def _chen_chaloner(author: Author) -> Tree:
    also = {"rate": comparison("more than", 55, 70)(author.world), "certainty": "more than 30%"}
    return _sure(author, ("more than", "at least")) | {"also": also}


def _bounds(author: Author) -> Tree:
    least, most = author.random.randint(1, 3), author.random.randint(4, 8)
    found: Tree = {"harm": {"at_least": {f"1-{most}": least, f"{most + 1}-400": least + 2}}}
    if author.world.chance(0.5):
        found["cleared"] = {"at_most": {f"{most}-400": author.random.randint(0, 2)}}
    return found | _late(author)


MAKERS: dict[str, Maker] = {
    "Pocock": _of_count,
    "OBrienFleming": _of_count,
    "MaxSprt": _of_count,
    "WangTsiatis": _powered,
    "PowerFamily": _powered,
    "Sprt": _sprt,
    "Spending": _spending,
    "BetaBinomial": lambda author: _sure(author, ("more than", "at least", "less than")),
    "ChenChaloner": _chen_chaloner,
    "Bounds": _bounds,
}
