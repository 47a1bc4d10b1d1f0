"""Makers of monitoring: what is counted, among whom, when it is read, and what follows."""

from __future__ import annotations

from dataclasses import MISSING

from pydantic import TypeAdapter, ValidationError

from simulator import registry
from simulator.model.monitoring import Counts, Monitor, OrWithin, Scope
from tests.generated import of_arms, of_calibrated, of_conduct, of_counting
from tests.generated.author import SKIP, Author, Maker, Tree
from tests.generated.leaves import comparison
from tests.generated.of_design import actions

__all__ = ["KEPT", "MAKERS"]

SELDOM = {  # kind -> weight: what fires seldom is written more often
    "spending": 2.5,
    "pocock": 2.0,
    "obrien_fleming": 2.0,
    "wang_tsiatis": 2.0,
    "max_sprt": 2.0,
    "chen_chaloner": 1.8,
    "power_family": 1.8,
    "binomial_test": 1.5,
    "fisher_exact": 6.0,
    "haybittle_peto": 6.0,
    "table_2d": 5.5,
    "event_split": 7.0,
}
KEPT = {
    "Monitor.scope": 0.45,
    "Monitor.among": 1.0,
    "Monitor.look": 0.9,
    "Monitor.data_cut": 0.3,
    "Monitor.decision_lag": 0.4,
    "Monitor.then": 0.9,
    "Counts.unit": 1.0,
    "Counts.window": 0.15,
    "Counts.scope": 0.1,
    "Scope.phases": 0.6,
    "Scope.marks": 1.0,
    "Scope.doses": 0.35,
    "Scope.dose": 1.0,
    "AtLeast.minimum_n": 0.3,
    "BinomialTest.minimum_n": 0.5,
    "ThallSimon.minimum_n": 0.5,
    "ThallSimonEstey.minimum_n": 0.4,
    "ThallSimon.promising": 0.75,
    "ThallSimon.not_promising": 0.75,
    "ThallSimonEstey.toxicity": 0.75,
    "ThallSimonEstey.response": 0.75,
    "Monitor.rule.at_least": 2.6,
    "Monitor.rule.at_most": 0.8,
    **{f"Monitor.rule.{kind}": 3.5 for kind in registry.COMPARING},  # of trials with arms
    **{f"Monitor.rule.{kind}": weight for kind, weight in SELDOM.items()},
    **of_conduct.KEPT,
    "Monitor.fires": 0.0,
}
TOGETHER = ("look", "decision_lag")  # what two rules may share, to act at one instant
WINDOWED = ("completed", "known", "weight", "fail")
DIRECTIVES = {
    "close_accrual": 3.0,
    "end_trial": 1.2,
    "stop_drug": 1.2,
    "give_drug": 1.0,
    "set_dose": 1.0,
    "raise_dose": 0.7,
    "lower_dose": 0.8,
    "go_to": 0.9,
    "conclude": 0.9,
}


def _monitoring(author: Author) -> object:
    """One after another: two rules that go to a phase go to the same, and may look at the same times."""
    found: Tree = {}
    author.at["go_to"] = author.random.choice(list(author.world.phases))
    windows = False
    for name in author.world.rules:
        before, had = next(reversed(found.values()), None), windows
        found[name], windows = _monitor(author), author.at["windows"]
        if before is not None and windows >= had and author.world.chance(0.75):
            found[name] |= {key: before[key] for key in TOGETHER if key in before}
    of_conduct.conduct(author, found)
    author.at["rules"] = found
    return found or SKIP


def _monitor(author: Author) -> Tree:
    """One rule; what its endpoints can be counted among follows from their windows."""
    world = author.world
    rule = author.value(_hint("rule"), "Monitor.rule")
    assert isinstance(rule, dict)
    cls = registry.load(registry.table("rule")[rule["kind"]])
    compares = rule["kind"] in registry.COMPARING
    used = ["event"] if compares else _used(cls, rule)
    events = [author.random.choice(list(world.events)) for _ in used]
    windows = all(world.events[event].window is not None for event in events)
    whole = ("weight",) if cls.whole_n else ()
    by_time = rule.get("by") == "person_time"
    allowed = [among for among in (*WINDOWED, "treated") if among not in whole]
    among = author.random.choice(allowed) if windows and not by_time else "treated"
    if " per " in str(rule.get("planned")):
        among, by_time = "exposure", True
    author.at |= {"windows": windows, "posterior": cls.of_shares and not by_time, "by_time": by_time}
    counts = []
    for event in events:
        author.at |= {"event": event, "counted": [event], "among": among}
        counts.append(author.body(Counts, event=event))
    one = used == ["event"] or (len(used) == 1 and world.chance(0.7))
    waits = windows and world.chance(0.35)
    author.at["counted"] = events
    world.counted |= set(events)
    return author.body(
        Monitor,
        counts=counts[0] if one else dict(zip(used, counts, strict=True)),
        rule=rule,
        among=among if among != "treated" or world.chance(0.3) else SKIP,
        wait=author.random.choice(("look", "accrual")) if waits else SKIP,
        scope=SKIP if any("scope" in each for each in counts) else MISSING,
        arms=SKIP if compares else MISSING,
        compare=author.random.sample(list(world.arms), 2) if compares else SKIP,
    )


def _used(cls: type, rule: Tree) -> list[str]:
    """The endpoints that a rule as written reads; those of its class where it is refused anyway."""
    body = {key: value for key, value in rule.items() if key != "kind"}
    try:
        return list(TypeAdapter(cls).validate_python(body).used_endpoints)
    except (ValidationError, ValueError):
        return list(cls.endpoints)  # type: ignore[attr-defined]


def _hint(name: str) -> object:
    from typing import get_type_hints

    return get_type_hints(Monitor, include_extras=True)[name]


def _unit(author: Author) -> object:
    """Patients, events or courses, as the denominator allows."""
    courses = any(plan.courses for plan in author.world.phases.values()) and not author.at["by_time"]
    if author.at["among"] not in ("treated", "completed") or "own_among" in author.at:
        return SKIP
    units = ["patients", "patients", "events", "events", "courses", "courses"]
    if author.at["posterior"]:
        units = [unit for unit in units if unit != "events"]
    unit = author.random.choice([unit for unit in units if courses or unit != "courses"])
    return SKIP if unit == "patients" and author.world.chance(0.5) else unit


def _window(author: Author) -> object:
    """Of its own; never of an event found at visits, whose first may come later."""
    found_late = author.world.events[author.at["event"]].detected is not None
    return SKIP if found_late else author.world.duration(5, 60)


def _own_among(author: Author) -> object:
    """An endpoint with a denominator of its own, among patients only."""
    if not author.at["windows"] or author.at["by_time"] or not author.world.chance(0.2):
        return SKIP
    return author.random.choice(("treated", "completed"))


def _body(author: Author) -> Tree:
    return author.body(Scope)


def _phases(author: Author) -> list[str]:
    return author.world.some(list(author.world.phases))


def _or_within(author: Author) -> object:
    """Widens `phases`, so only beside them."""
    drug = author.random.choice(list(author.world.drugs))
    return author.body(OrWithin, days=author.random.randint(0, 40), of_last=drug)


def _scope(author: Author) -> object:
    """Marks are those that every counted event has."""
    has = [author.world.events[event].marks for event in author.at["counted"]]
    marks = [mark for mark in has[0] if all(mark in others for others in has)]
    found = author.body(
        Scope,
        or_within=SKIP,
        marks=author.world.some(marks) if marks and author.world.chance(0.7) else SKIP,
        dose="mtd" if author.world.dose_drug and author.world.chance(0.8) else SKIP,
    )
    if "phases" in found and author.world.drugs and author.world.chance(0.7):
        found["or_within"] = _or_within(author)
    return found or SKIP


def _doses(author: Author) -> Tree:
    drug = author.random.choice(list(author.world.drugs))
    return {drug: author.world.some(list(author.world.drugs[drug]))}


def _look(author: Author) -> object:
    """One of every kind of schedule."""
    kind = author.world.choice("look", {"report": 1.0, "end": 0.6, "every": 2.4, "at": 2.0})
    if kind in ("report", "end"):
        return {"report": "every report", "end": "at the end"}[kind]
    found = _every(author) if kind == "every" else _at(author)
    if not isinstance(found, dict) and author.world.chance(0.5):
        return f"{kind} {found}"
    end = {"and": "at the end"} if author.world.chance(0.6) else {}
    return {**(found if isinstance(found, dict) else {kind: found}), **end}


def _every(author: Author) -> object:
    """A milestone, or one with the least of its multiples that counts."""
    every = _milestone(author, 4)
    if author.world.chance(0.5):
        return every
    days = every.endswith(("days", "weeks", "months", "years", "day", "week", "month", "year"))
    return {"every": every, "from": author.world.duration(30, 200) if days else author.random.randint(1, 10)}


def _at(author: Author) -> object:
    """One milestone, a list of any, or several of a kind as a list in words or a range."""
    most = author.world.patients
    number, _, unit = _milestone(author, most).partition(" ")
    if author.world.chance(0.3):
        return f"{number} {unit}"
    if author.world.chance(0.5):
        return {"at": [_milestone(author, most) for _ in range(author.random.randint(1, 3))]}
    start, step = author.random.randint(1, max(most // 2, 1)), author.random.randint(1, 4)
    counts = [start + i * step for i in range(author.random.randint(3, 6))]
    if author.world.chance(0.5):
        return f"{counts[0]}, {counts[1]} ... {counts[-1]} {unit}"
    return f"{', '.join(map(str, counts))} {unit}"


def _milestone(author: Author, most: int) -> str:
    number = author.random.randint(1, max(most, 1))
    event = author.random.choice(list(author.world.events))
    ways = [
        f"{number} treated",
        author.world.duration(14, 120),
        f"{author.random.randint(1, 4)} {event} events",
    ]
    if author.at["windows"]:
        ways += [f"{number} completed", f"{number} known"]
    return author.world.choice("milestone", dict.fromkeys(ways, 1.0) | of_arms.milestones(author, number))


def _standard(author: Author) -> object:
    """A known rate, or (rarely, and never with many courses: it lowers slowly) that of earlier patients."""
    courses = any(plan.courses for plan in author.world.phases.values())
    if courses or not author.world.chance(0.1):
        return f"{author.random.randint(10, 50)}%"
    return {"events": author.random.randint(4, 10), "others": author.random.randint(10, 30)}


def _planned(author: Author) -> str:
    """Of patients, or of their follow-up."""
    rate = f"{author.random.randint(1, 9)} per 20 person-years"
    return author.random.choice((f"{author.random.randint(3, 30)}%", rate))


MAKERS: dict[str, Maker] = {
    "Surprise.planned": _planned,
    "Surprise.probability": lambda a: comparison(a.random.choice(("less than", "at most")), 2, 30)(a.world),
    **of_calibrated.MAKERS,
    **of_counting.MAKERS,
    "ThallSimon.standard": _standard,
    "EndpointLimit.standard": _standard,
    "Design.monitoring": _monitoring,
    "Monitor.scope": _scope,
    "Monitor.look": _look,
    "Monitor.then": lambda a: actions(a, DIRECTIVES, 3),
    "Counts.event": lambda a: a.at["event"],
    "Counts.unit": _unit,
    "Counts.among": _own_among,
    "Counts.window": _window,
    "Counts.scope": _scope,
    "Scope.phases": _phases,
    "Scope.doses": _doses,
    "Scope.or_within": _or_within,
    "OrWithin.of_last": lambda a: a.random.choice(list(a.world.drugs)),
    "AtLeast.count": lambda a: a.random.randint(1, 4),
    "ThallSimon.not_promising": lambda a: comparison(a.random.choice(("less than", "at most")), 5, 40)(
        a.world
    ),
}
