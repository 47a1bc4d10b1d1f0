"""Makers of a truth's keys: components with their clocks and conditions, traits, delays."""

from __future__ import annotations

from simulator import registry
from simulator.model.registered import Registered
from simulator.model.truth import Component, EventDelays, Trait, TruthEvent, Upgrade, Withdrawal
from tests.generated.author import SKIP, Author, Maker, Tree
from tests.generated.leaves import SHARES, probability, shares

__all__ = ["KEPT", "MAKERS"]

KEPT = {
    "Truth.acceptable": 0.4,
    "Truth.traits": 1.0,
    "Truth.associations": 0.7,
    "Truth.events": 1.0,
    "Truth.delays": 0.75,
    "Truth.adjudication": 0.25,
    "EventDelays.never": 0.15,
    "EventDelays.withdrawn": 0.3,
    "EventDelays.upgraded": 0.25,
    "Truth.not_evaluable": 0.5,
    "Truth.tolerance": 0.25,
    "TruthEvent.marks": 1.0,
    "EventDelays.detection": 0.6,
    "EventDelays.report": 0.7,
    "Component.ratio": 0.2,
    "ProbabilityWithin.onset": 0.5,
    "Component.dose_ratio": 0.35,
    "Component.while_in": 0.2,
    "Component.while_on": 0.2,
    "Component.while_off": 0.15,
    "Component.only_if": 0.3,
    "Component.unless": 0.2,
    "Component.restarts": 0.7,
    "Component.pauses": 0.4,
}
ON_GRIDS = {"incidence": 7.0, "probability": 4.0, "hazard": 2.0, "piecewise": 1.5}
OFF_GRIDS = {"incidence": 3.0}
ON_DAYS = ("incidence", "probability")  # with fixed ages, and at once
NAMES = ("early", "late", "flare")


def _events(author: Author) -> Tree:
    found: Tree = {}
    for name, plan in author.world.events.items():
        if plan.absence_of is not None:
            continue
        author.at["event"] = name
        count = author.random.choice((1, 1, 1, 2, 3))
        bodies = {part: component(author) for part in NAMES[:count]}
        if count == 1 and not plan.marks and author.world.chance(0.5):
            found[name] = bodies["early"]
        else:
            found[name] = author.body(TruthEvent, components=bodies)
    return found


def component(author: Author) -> Tree:
    """One component, its family's keys beside its own."""
    mark = Registered("family")
    table = dict(mark.table())
    if "beta" not in author.world.traits.values():
        del table["trait_probability"]
    if not author.world.drugs:
        del table["probability_by_dose"]
    if author.world.pure:
        table = {key: spec for key, spec in table.items() if key in ON_DAYS}
    weights = [(ON_GRIDS.get(key, 0.6) if author.world.grid else OFF_GRIDS.get(key, 1.0)) for key in table]
    key = author.random.choices(list(table), weights)[0]
    family = author.of_registry("family", key, cls := registry.load(table[key]))
    assert isinstance(family, dict)
    needed = cls.needs_clock is True  # type: ignore[attr-defined]
    clock = _clock(author) if needed or author.world.chance(0.5) else SKIP
    runs: Tree = {} if clock is not SKIP else {"restarts": SKIP, "pauses": SKIP}
    if clock is not SKIP and author.world.events[author.at["event"]].repeats and author.world.chance(0.8):
        runs = {"restarts": True}
    if author.at["event"] in author.world.counted and author.world.chance(0.5):
        runs |= {"ratio": author.random.choice((2, 3, 5))}  # or hardly a rule would fire
    return family | author.body(Component, family=SKIP, clock=clock, **runs)


def _clock(author: Author) -> str:
    world = author.world
    phase, event = author.random.choice(list(world.phases)), author.random.choice(list(world.events))
    clocks = ["enrolment", "randomisation", "registration", f"entry to {phase}", event]
    for drug in author.random.sample(list(world.drugs), min(len(world.drugs), 1)):
        clocks += [f"start of {drug}", f"stop of {drug}", f"dose step of {drug}"]
    return author.random.choice(clocks)


def _by_dose(author: Author) -> Tree:
    """A probability for every dose of a drug, most often rising."""
    drug = author.world.dose_drug or author.random.choice(list(author.world.drugs))
    levels = author.world.drugs[drug]
    values = sorted(author.random.sample(range(3, 85), len(levels)))
    if author.world.chance(0.15):
        author.random.shuffle(values)
    return {drug: {level: f"{value}%" for level, value in zip(levels, values, strict=True)}}


def _at(author: Author) -> Tree:
    days = sorted(
        {
            author.world.duration(5, author.random.choice((30, 60, 150)))
            for _ in range(author.random.randint(1, 3))
        }
    )
    return dict(zip(days, shares(author.world, len(days)), strict=True))


def _uniform(author: Author) -> list[str]:
    first = author.random.randint(0, 10)
    return [f"{first} days" if first else "0", f"{first + author.random.randint(5, 80)} days"]


def _pieces(author: Author) -> list[Tree]:
    from simulator.units import parse_duration

    ends = {author.world.duration(5, 120) for _ in range(author.random.randint(1, 3))}
    found: list[Tree] = []
    for end in sorted(ends, key=parse_duration):
        rate = f"{author.random.choice((0, 0.005, 0.02, 0.1))} per day"
        found.append({"to": end, "hazard": rate if rate[:2] != "0 " else "0"})
    if author.world.chance(0.4):
        found.append({"hazard": "0.01 per day"})
    return found


def _drugs(author: Author) -> list[str]:
    return author.world.some(list(author.world.drugs), most=1)


def _dose_ratio(author: Author) -> Tree:
    drug = author.random.choice(list(author.world.drugs))
    levels = author.world.some(list(author.world.drugs[drug]))
    return {drug: {level: author.random.choice((0.2, 0.5, 2, 3)) for level in levels}}


def _condition(author: Author) -> object:
    """A yes-or-no trait, or an event."""
    traits = [name for name, kind in author.world.traits.items() if kind == "probability"]
    return author.random.choice([*traits, *traits, *author.world.events])


def _traits(author: Author) -> object:
    found = {
        name: author.body(
            Trait,
            **({"beta": SKIP} if kind == "probability" else {"probability": SKIP, "beta": _beta(author)}),
        )
        | ({"probability": author.random.choice(SHARES)} if kind == "probability" else {})
        for name, kind in author.world.traits.items()
    }
    return found or SKIP


def _beta(author: Author) -> list[object]:
    return [author.random.choice((0.5, 1)), author.random.choice((2, 4.5))]


def _associations(author: Author) -> object:
    """Each trait with an earlier one, once."""
    known = [name for name, kind in author.world.traits.items() if kind == "probability"]
    if len(known) < 2:
        return SKIP
    found = []
    for i in range(1, len(known) if author.world.chance(0.3) else 2):
        pair = [known[author.random.randrange(i)], known[i]]
        ratio = author.random.choice([3, 0.2, 1, 0, "most negative", "most positive"])
        found.append({"between": pair if author.world.chance(0.5) else pair[::-1], "odds_ratio": ratio})
    return found[0] if len(found) == 1 and author.world.chance(0.3) else found


def _adjudication(author: Author) -> object:
    """Of one event as another that nothing is done about at once."""
    world = author.world
    answered = {name for name, plan in world.events.items() if plan.leaves} | world.answered
    others = [n for n, plan in world.events.items() if plan.absence_of is None and n not in answered]
    if not others or len(world.events) < 2 or world.dose_drug:
        return SKIP
    other = author.random.choice(others)
    event = author.random.choice([name for name in world.events if name != other])
    body = {"counts_as": other, "probability": author.random.choice(("50%", "80%", "100%"))}
    if world.chance(0.7):
        body["takes"] = world.duration(1, 40)
    return {event: body}


def _delays(author: Author) -> object:
    names = [name for name in author.world.events if author.world.chance(0.6)]
    if author.world.grid:
        fixed = 1e9 if author.world.pure else 8.0
        author.kept |= {f"EventDelays.{which}.fixed": fixed for which in ("detection", "report")}
    found = {}
    for name in names:
        author.at["event"] = name
        found[name] = author.body(EventDelays)
    return found or SKIP


def _upgraded(author: Author) -> object:
    """Of one mark as another, or of both as each other."""
    marks = author.world.events[author.at["event"]].marks
    if len(marks) < 2:
        return SKIP
    pairs = [author.random.sample(marks, 2)]
    if author.world.chance(0.3):
        pairs.append(pairs[0][::-1])
    return {mark: author.body(Upgrade, to=to, probability=_share(author)) for mark, to in pairs}


def _withdrawn(author: Author) -> object:
    """Of what dose finding reads the DLT alone, which happens and does so once."""
    plan = author.world.events[author.at["event"]]
    final = author.at["event"] != "dlt" or plan.repeats or plan.absence_of is not None
    if final if author.world.dose_drug else not author.world.chance(0.4):
        return SKIP
    return author.body(Withdrawal, probability=_share(author))


def _share(author: Author) -> str:
    return author.random.choice(("30%", "60%", "100%"))


def _marks(author: Author) -> object:
    marks = author.world.events[author.at["event"]].marks
    return dict(zip(marks, shares(author.world, len(marks)), strict=True)) if marks else SKIP


def _target_rate(author: Author) -> object:
    """Only then may there be a tolerance."""
    author.at["target_rate"] = author.world.dose_drug is not None
    return probability(author.world) if author.world.dose_drug else SKIP


MAKERS: dict[str, Maker] = {
    "Truth.target_rate": _target_rate,
    "Truth.tolerance": lambda a: "2%" if a.at.get("target_rate") else SKIP,
    "Truth.not_evaluable": lambda a: f"{a.random.choice((5, 15, 40))}%" if a.world.dose_drug else SKIP,
    "Truth.about": lambda a: "as generated",
    "Truth.traits": _traits,
    "Truth.associations": _associations,
    "Truth.events": _events,
    "Truth.delays": _delays,
    "Truth.adjudication": _adjudication,
    "EventDelays.never": lambda a: SKIP if a.world.dose_drug else "25%",
    "EventDelays.withdrawn": _withdrawn,
    "EventDelays.upgraded": _upgraded,
    "TruthEvent.marks": _marks,
    "Component.while_in": lambda a: a.world.some(list(a.world.phases)),
    "Component.while_on": _drugs,
    "Component.while_off": _drugs,
    "Component.only_if": _condition,
    "Component.unless": _condition,
    "Component.dose_ratio": _dose_ratio,
    "ProbabilityByDose.probability_by_dose": _by_dose,
    "Late.probability_by_dose": _by_dose,
    "OnsetLaw.at": _at,
    "OnsetLaw.uniform": _uniform,
    "UniformDelay.uniform": _uniform,
    "PiecewiseHazard.piecewise": _pieces,
    "Weibull.shape": lambda a: a.random.choice((0.5, 0.71, 1, 1.5)),
    "Weibull.scale": lambda a: a.world.duration(20, 120),
    "TraitWithin.within": lambda a: a.world.duration(20, 90),
    "TraitWithin.trait": lambda a: a.random.choice([n for n, k in a.world.traits.items() if k == "beta"]),
    "IncidenceWithOnset.incidence": lambda a: "100%" if a.world.chance(0.15) else probability(a.world),
}
