"""Makers of arms, randomisation, refusal and screening, and of rules that compare two arms."""

from __future__ import annotations

from simulator.model.arms import METHODS, Screening, least_block
from simulator.model.registered import Registered
from simulator.rules._spent import FUNCTIONS, SHAPED
from tests.generated.author import SKIP, Author, Maker, Tree
from tests.generated.leaves import comparison

__all__ = ["KEPT", "MAKERS", "milestones", "some_arms"]

KEPT = {
    "Design.screening": 1.0,
    "Design.arms": 1.0,
    "Design.randomisation": 0.8,
    "Design.refusal": 0.6,
    "Component.arms": 0.3,
    "Component.arm_ratio": 0.3,
    "Monitor.arms": 0.7,
    "Monitor.population": 0.7,
    "PosteriorDifference.minimum_n": 0.2,
    "FisherExact.minimum_n": 0.2,
    "HaybittlePeto.minimum_n": 0.2,
    "HaybittlePeto.bound": 0.9,
    "Table2d.minimum_n": 0.2,
}
POPULATIONS = ("randomised", "treated_as_randomised", "as_treated")
CERTAIN = ("more than", "at least")


def _arms(author: Author) -> object:
    found: Tree = {}
    for name, plan in author.world.arms.items():
        found[name] = {} if plan.share == 1 and author.world.chance(0.5) else {"share": plan.share}
        if plan.gives or author.world.chance(0.2):
            found[name]["gives"] = dict(plan.gives)
    return found or SKIP


def _traits(author: Author) -> list[str]:
    """Yes-or-no traits."""
    return [name for name, kind in author.world.traits.items() if kind == "probability"]


def _randomisation(author: Author) -> object:
    world = author.world
    if not world.arms:
        return SKIP
    found: Tree = {"method": author.random.choice((*METHODS, METHODS[-1]))}
    block = least_block(tuple(plan.share for plan in world.arms.values()))
    if found["method"] != "simple" and world.chance(0.8):
        sizes = sorted(author.random.sample(range(1, 4), author.random.randint(1, 3)))
        found["sizes"] = [block * k for k in sizes]
    if found["method"] != "simple" and _traits(author) and world.chance(0.6):
        found["stratum"] = author.random.choice(_traits(author))
    author.at["sizes"] = found.get("sizes")
    return found


def _refusal(author: Author) -> object:
    world, names = author.world, list(author.world.arms)
    if not names:
        return SKIP
    refused = world.some(names, most=len(names) - 1)
    others = [name for name in names if name not in refused]
    found: Tree = {name: author.random.choice(("20%", "1 of 3", "50%", "90%")) for name in refused}
    found["then"] = author.random.choice(["untreated", *others])
    if _traits(author) and world.chance(0.4):
        found["only_if"] = author.random.choice(_traits(author))
    return found


def _screening(author: Author) -> object:
    if not author.world.screening:
        return SKIP
    if author.world.grid:
        author.kept["Screening.takes.fixed"] = 1e9 if author.world.pure else 8.0
    return author.body(
        Screening,
        takes=author.registered(Registered("delay"), "Screening.takes"),
        eligible=SKIP if author.world.chance(0.3) else author.random.choice(("30%", "17 of 38", "80%")),
    )


def some_arms(author: Author) -> object:
    """Of a rule or a hazard: one, or a list."""
    chosen = author.world.some(list(author.world.arms), most=3)
    return chosen[0] if len(chosen) == 1 and author.world.chance(0.6) else chosen


def _ratios(author: Author) -> object:
    names = author.world.some(list(author.world.arms), most=2) if author.world.arms else []
    return {name: author.random.choice((0.1, 0.5, 2, 4)) for name in names} or SKIP


def milestones(author: Author, number: int) -> dict[str, float]:
    """What a look may wait for in a trial with arms, or with screening, by weight."""
    world = author.world
    found = {f"{2 * number} registered": 6.0} if world.screening else {}
    if world.arms:
        units = {"treated": 1.0, "randomised": 0.5}
        units |= {"completed": 2.5, "known": 2.5} if author.at["windows"] else {}
        few = max(number // len(world.arms), 1)
        found |= {f"{number} randomised": 1.0}
        for unit, weight in units.items():
            arm = author.random.choice(list(world.arms))
            found |= {f"{few} {unit} in each arm": weight, f"{few} {unit} in {arm}": weight}
    return found


# ---------------------------------------------------------------- rules that compare


def _event_split(author: Author) -> Tree:
    share = {"share": author.random.choice(("1/2", "2/3", "1/3"))} if author.world.chance(0.4) else {}
    function = author.random.choice(FUNCTIONS)
    shape = {"shape": author.random.choice((0.5, 1, 2))} if function in SHAPED else {}
    versions: tuple[Tree, ...] = (
        {"level": comparison(author.random.choice(("at most", "less than")), 20, 49)(author.world)},
        {
            "certainty": comparison(author.random.choice(CERTAIN), 50, 80)(author.world),
            "prior": {"events": author.random.choice((0.5, 1)), "others": 1},
        },
        {"spend": {"level": "30%", "function": function, "events": author.random.randint(4, 12), **shape}},
    )
    version = author.random.choice(versions)
    if "spend" not in version and author.world.chance(0.8):
        return version | {"by": "person_time"}
    return version | share


def _table_2d(author: Author) -> Tree:
    first, split = author.random.randint(1, 2), author.random.randint(3, 6)
    low = [author.random.randint(1, first), 2][: author.random.randint(1, min(2, first + 1))]
    rows: Tree = {f"{first}-{split}/{first}-{split}": low}
    rows[f"{split + 1}-60/1-60"] = author.random.choice(([2], [2, 3], "2, 4", [3, "never"]))
    return {"rows": rows} | ({"minimum_n": author.random.randint(1, 3)} if author.world.chance(0.3) else {})


MAKERS: dict[str, Maker] = {
    "Design.arms": _arms,
    "Design.randomisation": _randomisation,
    "Design.refusal": _refusal,
    "Design.screening": _screening,
    "Component.arms": lambda a: some_arms(a) if a.world.arms else SKIP,
    "Component.arm_ratio": _ratios,
    "Monitor.arms": lambda a: (
        SKIP if not a.world.arms else "pooled" if a.world.chance(0.15) else some_arms(a)
    ),
    "Monitor.compare": lambda a: SKIP,
    "Monitor.population": lambda a: a.random.choice(POPULATIONS) if a.world.arms else SKIP,
    "PosteriorDifference.prior": lambda a: (
        {"events": 0.5, "others": 0.5}
        if a.world.chance(0.6)
        else {"first": {"events": 1, "others": 1}, "second": {"events": 1, "others": 4}}
    ),
    "PosteriorDifference.margin": lambda a: f"{a.random.choice((5, 10, 20))}%",
    "PosteriorDifference.certainty": lambda a: comparison(a.random.choice(CERTAIN), 60, 93)(a.world),
    "FisherExact.level": lambda a: comparison(a.random.choice(("at most", "less than")), 5, 45)(a.world),
    "HaybittlePeto.bound": lambda a: a.random.choice((0.1, 0.3, 0.6, 1.5)),
    "EventSplit": _event_split,
    "Table2d": _table_2d,
}
