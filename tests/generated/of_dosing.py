"""Dose-finding designs by counts, with keys that go together."""

from __future__ import annotations

from tests.generated.author import Author, Tree

__all__ = ["KEPT", "MAKERS"]

KEPT = {"DoseFinding.method.three_plus_three": 3.0, "DoseFinding.method.boin": 2.6}


def _model_assisted(author: Author) -> Tree:
    """What all that read a table of n and DLTs share; now and then an interval without the target."""
    world, random = author.world, author.random
    target = random.choice((20, 25, 30, 33))
    cohort = random.choice((1, 2, 3, 3, 3))
    n_max = random.randint(cohort, max(world.patients, cohort))
    found: Tree = {"target": f"{target}%", "n_max": n_max, "cohort": cohort}
    if world.chance(0.3):
        found |= {"p1": f"{random.randint(10, target)}%", "p2": f"{random.randint(target + 1, 60)}%"}
    if world.chance(0.3):
        found["eliminate"] = random.choice(("80%", "90%", "97.5%"))
    if world.chance(0.4):
        found["enough"] = random.randint(1, n_max)
        if world.chance(0.5):
            found["enough_when"] = random.choice(("staying", "always"))
    return found


def _boin(author: Author) -> Tree:
    found = _model_assisted(author)
    if author.world.chance(0.3):
        found["extra_safe"] = author.random.choice(("60%", "75%"))
    if found["cohort"] > 1 and author.world.chance(0.85):
        found["titration"] = True
    if author.world.chance(0.4):
        found["bounded_mtd"] = author.world.chance(0.7)
    return found


def _user_table(author: Author) -> Tree:
    """A row for every cohort: up, stay, down, down for good, with as many DLTs as it comes."""
    found = _model_assisted(author)
    found = {key: found[key] for key in found if key not in ("p1", "p2", "eliminate")}
    table = {}
    for n in range(found["cohort"], max(found["n_max"], found["cohort"] + 1), found["cohort"]):
        ends = sorted(author.random.randint(0, n + 1) for _ in range(3))
        table[str(n)] = " ".join(("E", "S", "D", "DU")[sum(y >= end for end in ends)] for y in range(n + 1))
    return found | {"table": table}


def _a_plus_b(author: Author) -> Tree:
    """Numbers of DLTs that do not fall and can be."""
    random = author.random
    a, b = random.randint(1, 4), random.randint(1, 4)
    c = random.randint(1, a)
    d = random.randint(c, a)
    found: Tree = {"a": a, "b": b, "c": c, "d": d, "e": random.randint(d, a + b - 1)}
    if author.world.chance(0.6):
        found["de_escalation"] = author.world.chance(0.8)
    return found


def _crm(author: Author) -> Tree:
    """On any ladder, since an amendment may have another: the lowest dose is expected to have the target."""
    random, world = author.random, author.world
    cohort = random.choice((1, 2, 3, 3))
    found: Tree = {
        "target": f"{random.choice((20, 25, 30))}%",
        "n_max": random.randint(cohort, max(world.patients, cohort)),
        "cohort": cohort,
        "skeleton": {"half_width": f"{random.randint(3, 8)}%", "prior_mtd": 1},
        "model": random.choice(("empiric", "logistic")),
        "estimate": random.choice(("bayes", "bayes", "mle")),
    }
    if found["model"] == "logistic" and world.chance(0.4):
        found["intercept"] = random.choice((2, 3.5))
    if found["estimate"] == "bayes":
        ways = {
            "prior_variance": random.choice((0.5, 2)),
            "stop_toxic": random.choice(("60%", "90%")),
            "precision": random.choice(("30%", "60%")),
        }
        found |= {key: ways[key] for key in ways if world.chance(0.4)}
    if world.chance(0.4):
        found["enough"] = random.randint(1, found["n_max"])
    found |= {key: False for key in ("no_skip", "coherence") if world.chance(0.3)}
    return found | {"select": random.choice(("any", "treated"))}


def _blrm(author: Author) -> Tree:
    """Amounts for the longest ladder; `of_design` leaves as many as it has doses."""
    random, world = author.random, author.world
    cohort = random.choice((1, 2, 3, 3))
    found: Tree = {
        "n_max": random.randint(cohort, max(world.patients, cohort)),
        "cohort": cohort,
        "amounts": [1, 2, 4, 8, 16, 32],
        "reference": random.choice((1, 4)),
        "prior_mean": [random.choice((-1.5, -0.85)), 0],
        "prior_sd": [random.choice((1, 2)), 1],
        "choose": random.choice(("target", "highest")),
    }
    if world.chance(0.4):
        found["prior_correlation"] = random.choice((-0.5, 0.2))
    if world.chance(0.4):
        found |= {"p1": "20%", "p2": "35%", "overdose": random.choice(("30%", "60%"))}
    if world.chance(0.4):
        found["enough"] = random.randint(1, found["n_max"])
    return found | ({"no_skip": False} if world.chance(0.3) else {})


def _ewoc(author: Author) -> Tree:
    """As of the BLRM."""
    random, world = author.random, author.world
    cohort = random.choice((1, 2, 3, 3))
    found: Tree = {
        "target": random.choice(("20%", "33%")),
        "n_max": random.randint(cohort, max(world.patients, cohort)),
        "cohort": cohort,
        "amounts": [1, 2, 4, 8, 16, 32],
        "largest_mtd": random.choice((32, 48)),
        "select": random.choice(("any", "treated")),
    }
    for key, choices in {"overdose": ("30%", "60%"), "stop_toxic": ("80%", "95%")}.items():
        if world.chance(0.4):
            found[key] = random.choice(choices)
    if world.chance(0.4):
        found["enough"] = random.randint(1, found["n_max"])
    return found | ({"no_skip": False} if world.chance(0.3) else {})


MAKERS = {
    "Blrm": _blrm,
    "Ewoc": _ewoc,
    "Crm": _crm,
    "APlusB": _a_plus_b,
    "UserTable": _user_table,
    "Boin": _boin,
    "Mtpi": _model_assisted,
    "Mtpi2": _model_assisted,
    "I3Plus3": _model_assisted,
}
