"""Quantities as people write them: a writer for the reader of each kind of leaf."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log

from simulator import units
from simulator.model import accrual as accrual_model
from simulator.model import truth as truth_model
from tests.generated.world import World

__all__ = ["LEAVES", "Writer", "comparison", "probability", "shares"]

Writer = Callable[[World], object]

SHARES = ("25%", "1/3", "0.4", "50%", "3 of 8", "60%", "0.75")
FREQUENT, RARE = 1 / 12, 1 / 300  # hazards per day


def probability(world: World) -> str:
    """In (0, 1)."""
    u = world.random
    part, whole = u.randint(1, 9), u.randint(10, 30)
    return u.choice([f"{u.randint(2, 90)}%", f"0.{u.randint(1, 9)}", f"{part} of {whole}", f"{part}/{whole}"])


def shares(world: World, count: int) -> list[str]:
    """So many shares that add up to 1."""
    cuts = sorted(world.random.sample(range(5, 100, 5), count - 1))
    return [f"{b - a}%" for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]


def comparison(word: str, low: int, high: int) -> Writer:
    """`more than 70%`, with a percentage in a range."""
    return lambda world: f"{word} {world.random.randint(low, high)}%"


def _any_probability(world: World) -> str:
    return world.random.choice(["0", "0%"]) if world.chance(0.06) else probability(world)


def _hazard(world: World) -> str:
    if world.chance(0.03):
        return "0"
    per_day = exp(world.random.uniform(log(RARE), log(FREQUENT)))
    count = world.random.randint(1, 9)
    return world.random.choice(
        [
            f"{per_day:.4f} per day",
            f"{per_day * 30.4375:.3g} per month",
            f"{per_day * 365.25:.3g} per year",
            f"{count} per {count / per_day / 365.25:.4f} person-years",
        ]
    )


def _risk(world: World) -> str:
    if world.pure or world.chance(0.35 if world.grid else 0.2):
        return "100%" if world.chance(0.05) else _any_probability(world)
    return f"{probability(world)} in {world.duration(7, 120)}"


def _delay(world: World) -> str:
    return "0" if world.chance(0.15) else world.duration(1, 30)


def _accrual(world: World) -> object:
    if world.pure or world.chance(0.85 if world.grid else 0.25):
        return f"every {world.duration(1, 20)}"
    number = world.random.choice(("1", "2", "0.5", "3.5"))
    rate = f"{number} per week" if world.chance(0.6) else f"{world.random.randint(2, 12)} per month"
    if world.chance(0.4):
        return rate
    one_by_one = ["one after another"] * 3 if _assessed(world) else []
    return world.random.choice(
        [
            f"{world.random.randint(4, 40)} uniform over {world.duration(60, 300)}",
            *one_by_one,
            {"pieces": [{"to": world.duration(5, 40), "rate": rate}, {"rate": "1 per week"}]},
            {
                "pieces": [
                    {"to": world.duration(5, 20), "rate": rate},
                    {"to": world.duration(21, 60), "rate": "0"},
                    {"rate": rate},
                ]
            },
        ]
    )


def _assessed(world: World) -> bool:
    """Whether something is counted, and whatever is has a window: patients may come one after another."""
    windows = all(plan.window is not None for plan in world.events.values())
    return windows and bool(world.rules or world.dose_drug)


def _odds_ratio(world: World) -> object:
    return world.random.choice([3, 0.25, 1, 0, "most negative", "most positive"])


def _comparison(world: World) -> str:
    word = world.random.choice(units.COMPARISON_WORDS)
    return comparison(word, 10, 40)(world)


def _number(world: World) -> float:
    return world.random.choice((0.3, 0.5, 0.8, 1, 1.5, 2, 3))


LEAVES: dict[Callable[[object], object], Writer] = {
    units.parse_duration: lambda world: world.duration(5, 60),
    units.parse_delay: _delay,
    units.parse_hazard: _hazard,
    units.parse_probability: _any_probability,
    units.parse_open_probability: probability,
    units.parse_risk: _risk,
    units.parse_count: lambda world: world.random.randint(0, 4),
    units.parse_positive_count: lambda world: world.random.randint(1, 4),
    units.parse_positive_number: _number,
    units.parse_sigma: _number,
    units.parse_shape: _number,
    units.parse_acceptable: lambda world: world.random.choice((True, False, "borderline")),
    units.parse_flag: lambda world: world.chance(0.5),
    units.parse_comparison: _comparison,
    units.parse_cutoff: lambda world: comparison(world.random.choice(("more than", "at least")), 50, 93)(
        world
    ),
    accrual_model.parse_accrual: _accrual,
    truth_model._odds_ratio: _odds_ratio,
}
