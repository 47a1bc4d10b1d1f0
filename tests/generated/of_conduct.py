"""Makers of conduct: holds of accrual, reviews and releases, boards, rules that are called or fire again."""

from __future__ import annotations

from typing import Any

from tests.generated.author import Author, Tree

__all__ = ["KEPT", "conduct"]

KEPT = {f"Monitor.rule.{kind}": 0.0 for kind in ("votes", "any_of", "all_of")}  # written here alone
BOARD = "committee"
HARMLESS = ("close_accrual", "conclude")  # what a rule may do that fires again


def conduct(author: Author, rules: Tree) -> None:
    """Change some of the rules of a design, and add a board that reads them."""
    world = author.world
    names = list(rules)
    what = world.choice("conduct", {"nothing": 0.35, "hold": 0.35, "review": 0.15, "board": 0.15})
    if not names or what == "nothing":
        return
    if what != "board" or world.chance(0.4):
        rules[names[0]]["then"] = [_hold(author, what)]
        if len(names) > 1 and world.chance(0.6):
            rules[names[1]]["then"] = [{"release": names[0]}]
    for name in names[1:]:
        if world.chance(0.15) and "wait" not in rules[name]:
            rules[name]["look"] = {"when": names[0]}
        if world.chance(0.2) and all(_verb(a) in HARMLESS for a in rules[name].get("then", [])):
            rules[name]["fires"] = author.random.choice(("once", "again", "again"))
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
    released = author.at.get("last day") and world.chance(0.6)
    return {"hold_accrual": "until released" if released else world.duration(3, 60)}


def _board(author: Author, members: list[str]) -> Tree:
    world, kind = author.world, author.random.choice(("votes", "votes", "any_of", "all_of"))
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
