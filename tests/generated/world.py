"""The names of a generated scenario, drawn first, so that everything written later refers to what is there.

What one part must know of another to be valid is drawn here too: how long phases last, which events have
windows, what is an absence, which drug dose finding assigns. Nothing here knows what follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from math import sqrt
from random import Random

from simulator.units import parse_duration

__all__ = ["ArmPlan", "EventPlan", "PhasePlan", "World", "draw_world"]

DRUGS = {"leni": ("5 mg", "10 mg", "15 mg", "25 mg"), "imatinib": ("usual",), "x": ("1", "2 mg", "4 mg")}
PHASES = ("induction", "treatment", "maintenance", "follow_up")
EVENTS = ("dlt", "death", "response", "rash", "relapse", "recovery")
FATAL = "death"
VISITS = ("visits", "blood_counts", "scans")
TRAITS = ("frail", "carrier", "old", "risk", "habit")
ARMS = ("drug", "control", "both")
RULES = ("safety", "futility", "board")
WEEK_GRIDS = (1, 5, 7, 14)
IN_TURN = {
    "trial": 2,
    "rule": 3,
    "look": 5,
    "milestone": 7,
    "design": 11,
    "conduct": 13,
}  # by the seed; a prime of its own
TRIALS = {"dose finding": 0.38, "arms": 0.44, "one arm": 0.18}


@dataclass(slots=True)
class PhasePlan:
    """lasts: as written; days: the same. visits: kinds. courses: whether it has a `course`."""

    lasts: str
    days: float
    visits: tuple[str, ...]
    courses: bool
    open_end: bool  # an unbounded transition leads on


@dataclass(slots=True)
class EventPlan:
    """window: days, None without. detected: the kind of visit. absence_of: then `window` is its `by`."""

    window: float | None
    repeats: bool
    marks: tuple[str, ...]
    detected: str | None
    absence_of: str | None
    leaves: bool = False


@dataclass(slots=True)
class ArmPlan:
    """share: of the allocation. gives: a level of each drug that only some arms have."""

    share: int
    gives: dict[str, str]


@dataclass(slots=True)
class World:
    """Names and plans of the scenario of a seed.

    grid: durations are whole days, most of them multiples of `step`. pure: hazards too fall on days only.
    """

    seed: int
    random: Random
    grid: bool
    step: int
    drugs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    phases: dict[str, PhasePlan] = field(default_factory=dict)
    events: dict[str, EventPlan] = field(default_factory=dict)
    traits: dict[str, str] = field(default_factory=dict)  # name -> probability or beta
    rules: tuple[str, ...] = ()
    pure: bool = False
    bare: bool = False  # neither drugs nor phases are written
    dose_drug: str | None = None
    patients: int = 0
    arms: dict[str, ArmPlan] = field(default_factory=dict)
    screening: bool = False
    counted: set[str] = field(default_factory=set)  # events that rules count
    answered: set[str] = field(default_factory=set)  # events that something is done about at once
    drawn: set[str] = field(default_factory=set)  # what of IN_TURN has been chosen

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return self.random.random() < share

    def choice(self, what: str, weights: Mapping[str, float]) -> str:
        """One by its weight; the first of a scenario in turn, so that few seeds meet all, however rare.

        Multiples of a square root, whole numbers apart, fill the interval evenly, and those of two primes the
        square.
        """
        turn = what in IN_TURN and what not in self.drawn
        u = self.seed * sqrt(IN_TURN[what]) % 1.0 if turn else self.random.random()
        self.drawn.add(what)
        sums = list(accumulate(weights.values()))
        return next(key for key, most in zip(weights, sums, strict=True) if u * sums[-1] < most)

    def some(self, items: tuple[str, ...] | list[str], most: int = 2) -> list[str]:
        """One or a few of the items, in their order."""
        chosen = self.random.sample(list(items), self.random.randint(1, min(most, len(items))))
        return [item for item in items if item in chosen]

    def duration(self, low: float, high: float) -> str:
        """A length of time of about `low` to `high` days, as people write it."""
        if self.grid:
            step = self.step if high >= self.step and self.chance(0.8) else 1
            days = step * self.random.randint(max(int(low // step), 1), max(int(high // step), 1))
            return f"{days // 7} weeks" if days % 7 == 0 and self.chance(0.3) else f"{days} days"
        days = self.random.uniform(max(low, 0.1), max(high, 0.2))
        return self.random.choice(
            [
                f"{days:.1f} days",
                f"{max(days / 7.0, 0.01):.2f} weeks",
                f"{max(days, 1.0) / 30.4375:.2f} months",
            ]
        )

    def course_days(self) -> float:
        """Days of the course from the first phase on, along the chain."""
        return sum(plan.days for plan in self.phases.values())


def draw_world(seed: int) -> World:
    """Names and plans of the scenario of a seed."""
    random = Random(seed)
    world = World(seed, random, grid=random.random() < 0.5, step=random.choice(WEEK_GRIDS))
    world.pure = world.grid and world.chance(0.5)
    trial = world.choice("trial", TRIALS)
    finding = trial == "dose finding"
    world.patients = random.randint(10, 30) if trial == "arms" else random.randint(3, 25)
    world.bare = world.chance(0.06)
    _draw_drugs(world, finding)
    _draw_phases(world)
    _draw_events(world, finding)
    for name in TRAITS[: random.choice((0, 0, 2, 4, 5))]:
        world.traits[name] = "probability" if name in TRAITS[:3] else "beta"
    world.rules = RULES[: random.choice((0, 1, 1, 2, 2, 3)) if finding else random.choice((1, 1, 2, 3))]
    if trial == "arms":
        _draw_arms(world)
    world.screening = world.chance(0.7 if world.arms else 0.1)
    return world


def _draw_arms(world: World) -> None:
    apart = [] if world.bare else [drug for drug in world.drugs if world.chance(0.6)]
    for name in ARMS[: world.random.choice((2, 2, 3))]:
        given = [drug for drug in apart if world.chance(0.6)]
        world.arms[name] = ArmPlan(
            share=world.random.choice((1, 1, 1, 2, 3)),
            gives={drug: world.random.choice(world.drugs[drug]) for drug in given},
        )


def _draw_drugs(world: World, finding: bool) -> None:
    if world.bare:
        world.drugs = {"study_drug": ("usual",)}
        return
    if not finding and world.chance(0.07):
        return  # phases, and nothing given in them
    for name in world.some(list(DRUGS), most=1 if finding and world.chance(0.6) else 2):
        levels = DRUGS[name]
        world.drugs[name] = levels[: world.random.randint(min(len(levels), 1 + finding), len(levels))]
    if finding:
        world.dose_drug = max(world.drugs, key=lambda drug: len(world.drugs[drug]))


def _draw_phases(world: World) -> None:
    count = 1 if world.bare else world.random.choice((1, 2, 2, 3, 4))
    for i, name in enumerate((PHASES[1:2] if count == 1 else PHASES)[:count]):
        lasts = world.duration(28, 330 // count + 28)
        kinds = tuple(world.some(list(VISITS))) if world.chance(0.6 if i else 0.75) else ()
        world.phases[name] = PhasePlan(
            lasts=lasts,
            days=parse_duration(lasts),
            visits=() if world.bare else kinds,
            courses=world.chance(0.4) and not world.bare,
            open_end=i + 1 < count,
        )


def _draw_events(world: World, finding: bool) -> None:
    first = next(iter(world.phases.values()))
    kinds = first.visits if first.days >= 28 else ()
    names = world.some(EVENTS, most=4)
    if finding:
        names = [
            name for name in EVENTS if name in names or name == "dlt" or (name == FATAL and world.chance(0.4))
        ]
    for name in names:
        windowed = name == "dlt" or world.chance(0.6)
        absence = name == "dlt" and "recovery" in names and world.chance(0.7)
        world.events[name] = EventPlan(
            window=0.0 if windowed else None,
            repeats=name not in ("dlt", FATAL) and not absence and world.chance(0.5),
            marks=("pe", "dvt", "other")[: world.random.randint(2, 3)] if world.chance(0.35) else (),
            detected=world.random.choice(kinds) if kinds and not absence and world.chance(0.45) else None,
            absence_of="recovery" if absence else None,
            leaves=name == FATAL or (name == "relapse" and world.chance(0.3)),
        )
        if absence:
            world.events[name].marks = ()
