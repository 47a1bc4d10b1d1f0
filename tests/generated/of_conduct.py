"""Makers of conduct: holds of accrual, reviews and releases, boards, rules that are called or fire again."""

from __future__ import annotations

from typing import Any

from simulator import registry
from tests.generated.author import Author, Tree

__all__ = ["KEPT", "conduct"]

KEPT = {f"Monitor.rule.{kind}": 0.0 for kind in (*registry.BOARDS, *registry.ENTRIES)}  # written here alone
BOARD, PACE = "committee", "pace"
HARMLESS = ("close_accrual", "conclude")  # what a rule may do that fires again


def conduct(author: Author, rules: Tree) -> None:
    """Change some of the rules of a design, and add a board that reads them."""
    world = author.world
    names = list(rules)
    what = world.choice("conduct", {"nothing": 0.3, "hold": 0.33, "review": 0.14, "board": 0.23})
    if not names or what == "nothing":
        return
    if what != "board" or world.chance(0.4):
        rules[names[0]]["then"] = [_hold(author, what)]
        if len(names) > 1 and world.chance(0.95):
            rules[names[1]]["then"] = [{"release": names[0]}]
            if world.chance(0.5):
                rules[names[1]]["look"] = f"every {world.duration(10, 40)}"
    for name in names[1:]:
        if world.chance(0.15) and "wait" not in rules[name]:
            rules[name]["look"] = {"when": names[0]}
        if world.chance(0.2) and all(_verb(a) in HARMLESS for a in rules[name].get("then", [])):
            rules[name]["fires"] = author.random.choice(("once", "again", "again"))
    if world.chance(0.35):
        rules[PACE] = _pace(author)
        names.append(PACE)
    if what == "board" or world.chance(0.3):
        rules[BOARD] = _board(author, names)


def _verb(action: object) -> str:
    return next(iter(action)) if isinstance(action, dict) else str(action)


def _hold(author: Author, what: str) -> object:
    world = author.world
    if what == "review":
        takes: Any = world.duration(1, 60)
        if world.chance(0.4):
            takes = {"uniform": ["2 days", "40 days"]}
        return {"review": {"takes": takes, "resumes": author.random.choice(("0%", "40%", "80%", "100%"))}}
    released = author.at.get("last day") and world.chance(0.8)
    return {"hold_accrual": "until released" if released else world.duration(5, 120)}


def _board(author: Author, members: list[str]) -> Tree:
    world, kind = author.world, author.random.choice(("votes", "any_of", "all_of", "all_of"))
    of: Any = list(members)
    if world.chance(0.4):
        of = {name: {"weight": author.random.randint(1, 2)} for name in members}
    rule: Tree = {"kind": kind, "of": of}
    if kind == "votes":
        rule["at_least"] = author.random.randint(1, len(members))
        if world.chance(0.4):
            rule["quorum"] = author.random.randint(1, len(members))
    if world.chance(0.3):
        rule["valid"] = world.duration(10, 200)
    look = author.random.choice(
        (None, None, f"every {world.duration(20, 90)}", "every 2 treated", "at the end")
    )
    then = author.random.choice(
        (["close_accrual"], ["close_accrual"], ["end_trial"], [], [_hold(author, "review")])
    )
    return {"rule": rule, **({} if look is None else {"look": look}), "then": then}


def _pace(author: Author) -> Tree:
    """A rule that reads accrual; it asks for no more than may enter."""
    world, most = author.world, author.world.patients
    by = world.duration(30, 200)
    ways: list[Tree] = [
        {"at_most": f"{author.random.randint(0, most - 1)} by {by}"},
        {"target": f"{author.random.randint(1, most)} within {by}"},
        {
            "target": f"{author.random.randint(1, most)} within {by}",
            "certainty": author.random.choice(("less than 30%", "at most 60%")),
            "prior": "40%",
        },
    ]
    look = f"every {world.duration(20, 90)}" if world.chance(0.7) else f"at {by}"
    then = author.random.choice((["close_accrual"], ["close_accrual"], [], [_hold(author, "review")]))
    return {"rule": {"kind": "slow_accrual", **author.random.choice(ways)}, "look": look, "then": then}
