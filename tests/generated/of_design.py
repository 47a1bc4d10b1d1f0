"""Makers of a design's keys: phases, events and what is done about them, dose finding."""

from __future__ import annotations

from random import Random

from simulator.model.dose_finding import DoseFinding, Expansion
from simulator.model.event import Event
from simulator.model.phase import Phase, Step, Transition, Visits
from simulator.units import parse_duration
from tests.generated.author import SKIP, Author, Maker, Tree
from tests.generated.world import PHASES

__all__ = ["KEPT", "MAKERS", "actions", "gives", "ladder", "responses", "start", "steps"]

KEPT = {
    "AccrualLimit.while_held": 0.6,
    "Phase.gives": 0.85,
    "Phase.steps": 0.4,
    "Phase.visits": 1.0,
    "Phase.course": 1.0,
    "Phase.next": 1.0,
    "Visits.to": 0.0,
    "Step.unless": 0.25,
    "Step.only_if": 0.25,
    "Event.marks": 1.0,
    "Event.grade": 0.1,
    "Event.repeats": 1.0,
    "Event.detected": 1.0,
    "Event.when_detected": 0.55,
    "Event.window": 1.0,
    "Event.absence_of": 1.0,
    "Event.by": 1.0,
    "Event.ruled_out_by": 0.2,
    "DoseFinding.start": 0.5,
    "DoseFinding.ladder": 0.4,
    "DoseFinding.decide": 0.75,
    "DoseFinding.not_evaluable": 0.6,
    "DoseFinding.death_in_window": 0.7,
}
ACCELERATED, MILDER = 0.3, 0.75  # of dose findings begin so; of these with a milder event


def _until(author: Author) -> object:
    """So many patients (those who refuse are not `treated`), and perhaps not after something else."""
    world = author.world
    found = [f"{world.patients} {'randomised' if world.arms else 'treated'}"]
    if world.screening and world.chance(0.5):
        found.append(f"{author.random.randint(2, 3 * world.patients)} registered")
    if author.world.chance(0.35):
        found.append(author.world.duration(60, 300))
        author.at["last day"] = True
        author.random.shuffle(found)
    author.at["until"] = found
    return found[0] if len(found) == 1 else found


# ---------------------------------------------------------------- phases


def _phases(author: Author) -> object:
    found: Tree = {}
    for name, plan in author.world.phases.items():
        author.at["phase"] = name
        found[name] = author.body(
            Phase,
            lasts=plan.lasts,
            visits=_visits(author) if plan.visits else SKIP,
            course=author.world.duration(7, 28) if plan.courses else SKIP,
            next=_next(author),
        )
    drug = author.world.dose_drug
    if drug and all(drug not in body.get("gives", {drug: 0}) for body in found.values()):
        found[next(iter(found))]["gives"][drug] = "assigned"
    return SKIP if author.world.bare else found


def gives(author: Author) -> Tree:
    world, found = author.world, {}
    first = author.at["phase"] == next(iter(world.phases))
    for drug, levels in world.drugs.items():
        if drug == world.dose_drug:
            ways = ["assigned"] * (9 if first else 3) + ([] if first else ["as before", None])
        else:
            apart = any(drug in plan.gives for plan in world.arms.values())  # then from the start
            ways = [*levels, *([] if first and apart else [None]), *([] if first else ["as before"])]
        level = author.random.choice(ways)
        if level is not None:
            found[drug] = level
    return found


def _visits(author: Author) -> object:
    kinds = author.world.phases[author.at["phase"]].visits
    found = {kind: _stretches(author) for kind in kinds}
    return found["visits"] if kinds == ("visits",) and author.world.chance(0.5) else found


def _stretches(author: Author) -> object:
    days = author.world.phases[author.at["phase"]].days
    every = [author.body(Visits, every=author.world.duration(3, min(28, days))) for _ in range(2)]
    if author.world.chance(0.7):
        return every[0]
    every[0]["to"] = author.world.duration(days / 4, days / 2)
    if author.world.chance(0.3):
        every[1]["to"] = f"{int(days)} days"
    return every


def steps(author: Author) -> list[Tree]:
    return [author.body(Step) for _ in range(author.random.choice((1, 1, 2)))]


def _within(author: Author) -> str:
    """A time before the phase ends."""
    days = author.world.phases[author.at["phase"]].days
    return author.world.duration(2, days * 0.7)


def _dose(author: Author) -> Tree:
    drug = author.random.choice(list(author.world.drugs))
    return {drug: author.random.choice(author.world.drugs[drug])}


def _next(author: Author) -> object:
    """Onwards, some with conditions and some back, these at most so often."""
    world, here = author.world, author.at["phase"]
    order = list(world.phases)
    following = order[order.index(here) + 1 :]
    found: list[object] = []
    if world.chance(0.35):
        back = author.random.choice(order[: order.index(here) + 1])
        found.append(author.body(Transition, to=back, at_most=author.random.randint(1, 2)))
    if len(following) > 1 and world.chance(0.4):
        found.append(author.body(Transition, to=author.random.choice(following[1:])))
    if following:
        whole = world.chance(0.75)
        found.append(following[0] if whole else author.body(Transition, to=following[0]))
    elif not found:
        return SKIP
    return found[0] if len(found) == 1 and world.chance(0.7) else found


def _condition(author: Author) -> str:
    """An event or a yes-or-no trait, of which a truth has all."""
    traits = [name for name, kind in author.world.traits.items() if kind == "probability"]
    return author.random.choice([*author.world.events, *traits])


# ---------------------------------------------------------------- events


def _events(author: Author) -> Tree:
    found: Tree = {}
    for name, plan in author.world.events.items():
        author.at["event"] = name
        absent = plan.absence_of is not None
        window = _window(author) if plan.window is not None else None
        if window is not None:
            plan.window = parse_duration(window)
        found[name] = author.body(
            Event,
            marks=list(plan.marks) or SKIP,
            repeats=True if plan.repeats else SKIP,
            detected=_detected(plan.detected),
            window=window if window and not absent else SKIP,
            absence_of=plan.absence_of or SKIP,
            by=window if absent else SKIP,
        )
        if plan.leaves:
            found[name]["when_detected"] = "leave" if author.world.chance(0.5) else ["leave"]
    return found


def _detected(kind: str | None) -> object:
    return SKIP if kind is None else f"at {kind}"


def _window(author: Author) -> str:
    """Longer than the first phase's visits are apart, shorter than the course."""
    world = author.world
    return world.duration(28, max(28.0, min(world.course_days(), 120.0)))


def actions(author: Author, verbs: dict[str, float], most: int) -> list[object]:
    """A few actions, by weight."""
    verbs = (
        verbs if author.world.drugs else {v: w for v, w in verbs.items() if not v.endswith(("drug", "dose"))}
    )
    count = author.random.choice((1, 1, 2, most))
    chosen = author.random.choices(list(verbs), list(verbs.values()), k=count)
    return [_action(author, verb) for verb in dict.fromkeys(chosen)]


def _action(author: Author, verb: str) -> object:
    if verb in ("close_accrual", "end_trial", "leave"):
        return verb
    if verb == "go_to":
        return {verb: author.at.get("go_to") or author.random.choice(list(author.world.phases))}
    if verb == "conclude":
        return {verb: author.random.choice(("promising", "futile"))}
    if verb == "set_dose" or (verb == "give_drug" and author.world.chance(0.5)):
        return {verb: _dose(author)}
    drug = {verb: author.random.choice(list(author.world.drugs))}
    timed = verb == "stop_drug" and author.world.chance(0.45)
    return drug | ({"for": author.world.duration(2, 40)} if timed else {})


RESPONSES = {
    "stop_drug": 2.0,
    "give_drug": 1.0,
    "set_dose": 1.0,
    "raise_dose": 1.0,
    "lower_dose": 2.0,
    "go_to": 1.5,
    "leave": 0.4,
}


def responses(author: Author) -> list[object]:
    """What is done about an event; one that repeats only leads to a phase that nothing leaves."""
    plan = author.world.events[author.at["event"]]
    verbs = dict(RESPONSES)
    if plan.repeats:
        closed = [name for name, phase in author.world.phases.items() if not phase.open_end]
        author.at["go_to"] = closed[-1]
    found = actions(author, verbs, 2)
    author.at.pop("go_to", None)
    author.world.answered.add(author.at["event"])
    return found


def _others(author: Author) -> object:
    """Events that rule one out."""
    others = [name for name in author.world.events if name != author.at["event"]]
    found = author.world.some(others, most=1) if others else SKIP
    author.at[f"ruling out {author.at['event']}"] = found
    return found


# ---------------------------------------------------------------- dose finding


def _dose_finding(author: Author) -> object:
    world = author.world
    if world.dose_drug is None:
        return SKIP
    death = SKIP if "death" in world.events else 0.0
    plan = author.body(
        DoseFinding,
        method=SKIP,
        drug=world.dose_drug if world.chance(0.3) else SKIP,
        event=SKIP,
        death=SKIP,
        accelerated_until=SKIP,
        **({} if death is SKIP else {"death_in_window": SKIP}),
    )
    method = author.value(_method_hint(), "DoseFinding.method")
    assert isinstance(method, dict)
    plan |= _first_stage(author, method)
    if "amounts" in method:  # one for each dose
        method["amounts"] = method["amounts"][: len(plan.get("ladder") or world.drugs[world.dose_drug])]
    author.at |= {"kind": method["kind"], "n_max": method.get("n_max", 6)}
    return method | plan


def _first_stage(author: Author, method: Tree) -> Tree:
    """Now and then one patient a dose until a DLT, or a milder event; drawn apart from all else."""
    drawn = Random(repr((method, author.world.patients, *author.world.events)))
    if method.get("titration") or drawn.random() > ACCELERATED:
        return {}
    milder = [event for event in author.world.events if event not in ("dlt", "death", "recovery")]
    chosen = [event for event in milder if event not in author.at.get("ruling out dlt", ())]
    found: Tree = {"dlt": 1}
    if chosen and drawn.random() < MILDER:
        found[drawn.choice(chosen)] = drawn.choice((1, 1, 2))
    return {"accelerated_until": found}


def _method_hint() -> object:
    from typing import get_type_hints

    return get_type_hints(DoseFinding, include_extras=True)["method"]


def ladder(author: Author) -> list[str]:
    levels = list(author.world.drugs[str(author.world.dose_drug)])
    author.at["ladder"] = author.world.some(levels, most=len(levels))
    return list(author.at["ladder"])


def start(author: Author) -> str:
    levels = author.at.get("ladder") or list(author.world.drugs[str(author.world.dose_drug)])
    return author.random.choice(levels[:3])


def _death(author: Author) -> object:
    return author.random.choice(["not_evaluable", "dlt", {"dlt_if_related": "50%"}])


def _expansion(author: Author) -> object:
    if author.world.dose_drug is None:
        return SKIP
    return author.body(Expansion, patients=author.random.randint(1, 8))


MAKERS: dict[str, Maker] = {
    "AccrualLimit.until": _until,
    "AccrualLimit.while_held": lambda a: a.random.choice(
        ("lost", "queued", *(() if a.world.screening else ("on_demand",)))
    ),
    "Design.drugs": lambda a: (
        {d: list(v) for d, v in a.world.drugs.items()} if a.world.drugs and not a.world.bare else SKIP
    ),
    "Design.phases": _phases,
    "Design.events": _events,
    "Design.dose_finding": _dose_finding,
    "Design.expansion": _expansion,
    "Phase.gives": gives,
    "Phase.steps": steps,
    "Step.after": _within,
    "Step.every": _within,
    "Step.set": _dose,
    "Step.raise_dose": lambda a: a.random.choice(list(a.world.drugs)),
    "Step.unless": _condition,
    "Step.only_if": _condition,
    "Transition.unless": _condition,
    "Transition.only_if": _condition,
    "Transition.at_most": lambda a: a.random.randint(1, 2),
    "Transition.to": lambda a: a.random.choice(PHASES),
    "Event.grade": lambda a: "at least 3",
    "Event.when_detected": responses,
    "Event.ruled_out_by": _others,
    "DoseFinding.ladder": ladder,
    "DoseFinding.start": start,
    "DoseFinding.death_in_window": _death,
    "ThreePlusThree.cohort": lambda a: a.random.choice((1, 2, 3, 3, 3, 4, 6)),
}
