"""Makers of rules whose keys go together: predictive probability, BOP2 and two stages."""

from __future__ import annotations

from simulator.rules._posterior import BetaPrior
from simulator.rules.bop2 import NullRate
from tests.generated.author import Author, Maker, Tree
from tests.generated.leaves import comparison, probability

__all__ = ["MAKERS"]

PAIRS = (("futility", "effective"), ("cleared", "harm"))  # few events, many events
STAGES = ("0 of 2", "1 of 3", "0 of 4"), ("1 of 5", "2 of 6", "3 of 9")
ASKED = {"p0": "20%", "p1": "70%", "alpha": "20%", "beta": "20%"}
LEVELS = {"alpha_response": "25%", "alpha_toxicity": "25%", "beta": "25%"}
ENDPOINTS = {"response": {"p0": "20%", "p1": "80%"}, "toxicity": {"p0": "60%", "p1": "10%"}}


def _late(author: Author) -> Tree:
    return {"minimum_n": author.random.randint(1, 4)} if author.world.chance(0.4) else {}


def _predictive(author: Author) -> Tree:
    few, many = author.random.choice(PAIRS)
    cutoffs = {
        few: comparison(author.random.choice(("at most", "less than")), 10, 60)(author.world),
        many: comparison(author.random.choice(("at least", "more than")), 40, 90)(author.world),
    }
    return {
        "prior": author.body(BetaPrior),
        "rate": comparison("more than", 10, 50)(author.world),
        "certainty": comparison(author.random.choice(("at least", "more than")), 40, 80)(author.world),
        **{key: cutoffs[key] for key in author.world.some([few, many])},
        **_late(author),
    }


def _bop2(author: Author) -> Tree:
    found: Tree = {name: author.body(NullRate) for name in author.world.some(["toxicity", "response"])}
    word = author.random.choice(("at most", "less than"))
    found |= {"cutoff": comparison(word, 60, 95)(author.world), "gamma": author.random.choice((0, 0.5, 1))}
    if "toxicity" not in found and author.world.chance(0.6):
        power = {"effective": "power", "eta": author.random.choice((0.5, 1, 2))}
        found |= author.random.choice((power, {"effective": "obrien_fleming"}))
    return found | _late(author)


def _simon(author: Author) -> Tree:
    stage_1, final = (author.random.choice(stage) for stage in STAGES)
    admissible = {"design": "admissible", "weight": probability(author.world)}
    designs: list[Tree] = [{"design": "optimal"}, {"design": "minimax"}, admissible]
    if author.world.chance(0.6):
        return {"stage_1": stage_1, "final": final}
    return author.random.choice(designs) | ASKED


def _bryant_day(author: Author) -> Tree:
    if author.world.chance(0.4):
        return ENDPOINTS | LEVELS
    return {
        "stage_1": {"n": author.random.randint(2, 4), "responses": 1, "toxicities": 1},
        "final": {"n": author.random.randint(5, 9), "responses": 2, "toxicities": 3},
    }


MAKERS: dict[str, Maker] = {
    "PredictiveProbability": _predictive,
    "Bop2": _bop2,
    "SimonTwoStage": _simon,
    "BryantDay": _bryant_day,
    "BinomialTest.level": lambda a: comparison(a.random.choice(("at most", "less than")), 2, 30)(a.world),
}
