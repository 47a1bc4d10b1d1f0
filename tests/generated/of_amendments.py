"""Makers of amendments: of the dose finding, of phases and rules, or of both."""

from __future__ import annotations

from simulator.model.amendment import Amendment
from simulator.model.arms import least_block
from simulator.model.registered import Registered
from tests.generated.author import SKIP, Author, Maker, Tree
from tests.generated.of_design import gives, ladder, responses, start, steps

__all__ = ["KEPT", "MAKERS"]

KEPT = {"Amendment.counts": 0.6, "Amendment.applies_to": 0.7}
WAYS = ("ladder", "start", "cohort", "variant", "decide", "not_evaluable")
COUNTED_ANEW = ("courses", "exposure")  # what cannot be kept where phases change
LIMITS = ("randomised", "treated")
COUNTED = (*LIMITS, "registered")
OF_FINDING = ("dlt", "death")  # events that stay as dose finding knows them
SHARE = 0.5  # of scenarios without dose finding that may be amended


def _amendments(author: Author) -> object:
    finding = author.world.dose_drug is not None
    if not finding and (author.world.bare or not author.world.chance(SHARE)):
        return SKIP
    found = {}
    for name in ("first", "second")[: author.random.choice((1, 2, 2))]:
        restarts = finding and (author.world.bare or author.world.chance(0.6))
        waits = restarts or (finding and author.world.chance(0.4))
        when = _triggers(author) if waits else _of_trial(author)  # speaks of the ladder before the change
        change = _of_finding(author) if restarts else {}
        if not restarts or (not author.world.bare and author.world.chance(0.3)):
            change |= _of_protocol(author)
        found[name] = author.body(Amendment, when=when, change=change)
        if not restarts:
            if any("fired" in trigger for trigger in _listed(found[name]["when"])):  # by a rule that may stop
                found[name]["applies_to"] = "on_study"
            if 0 in author.at.get("shares", {}).values():
                found[name]["counts"] = "keep"  # by rules of an arm that has closed
            if any(word in repr(author.at.get("rules")) for word in COUNTED_ANEW):
                found[name]["counts"] = "start again"
    return found


def _of_finding(author: Author) -> Tree:
    found: Tree = {}
    whole = ("variant", "cohort")
    apart = {"three_plus_three": (), "user_table": whole, "a_plus_b": whole}  # which settle the cohort
    apart["blrm"] = apart["ewoc"] = ("variant", "ladder")  # for which they have amounts
    without = apart.get(author.at["kind"], ("variant",))
    for way in author.world.some([way for way in WAYS if way not in without]):
        value: object = {
            "cohort": author.random.randint(1, min(author.at["n_max"], 6)),
            "variant": author.random.choice("ABC"),
            "decide": author.random.choice(("when_window_complete", "when_known", "when_decided")),
            "not_evaluable": author.random.choice(("replace", "leave")),
        }.get(way)
        if way == "ladder":
            value = ladder(author)
            found["design.dose_finding.start"] = start(author)
        elif way == "start":
            value = start(author)
        found[f"design.dose_finding.{way}"] = value
    return found


def _triggers(author: Author) -> object:
    levels = author.at.get("ladder") or list(author.world.drugs[str(author.world.dose_drug)])
    ways = [
        f"{author.random.choice(levels)} toxic",
        f"{author.random.randint(1, max(author.world.patients // 2, 1))} treated",
        author.world.duration(10, 150),
    ]
    chosen = author.random.sample(ways, author.random.choice((1, 2, 2)))
    if len(chosen) == 1:
        return chosen[0]
    return chosen if author.world.chance(0.4) else {"all": chosen}


# ---------------------------------------------------------------- of all but the dose finding


def _of_protocol(author: Author) -> Tree:
    """Phases, windows and responses that are others, and rules that decide later."""
    world, found = author.world, Tree()
    finding = world.dose_drug is not None
    fixed = OF_FINDING if finding else ()
    for name, plan in world.phases.items():
        author.at["phase"] = name
        if world.chance(0.5):
            found[f"design.phases.{name}.lasts"] = world.duration(
                plan.days * (1.0 if finding else 0.75), plan.days * 1.5
            )
        if world.drugs and world.chance(0.6):
            found[f"design.phases.{name}.gives"] = gives(author)
        if world.drugs and world.chance(0.3):
            found[f"design.phases.{name}.steps"] = steps(author)
    for name, event in world.events.items():
        if event.window is not None and event.absence_of is None and name not in fixed and world.chance(0.25):
            found[f"design.events.{name}.window"] = world.duration(event.window * 0.5, event.window * 1.5)
    for drug, levels in world.drugs.items():
        if drug != world.dose_drug and world.chance(0.2):
            place = author.random.randint(0, len(levels))
            found[f"design.drugs.{drug}"] = [*levels[:place], f"added {place}", *levels[place:]]
    found |= _of_entry(author)
    others = [n for n, e in world.events.items() if e.absence_of is None and n not in fixed]
    if others and world.drugs and world.chance(0.3):
        author.at["event"] = author.random.choice(others)
        found[f"design.events.{author.at['event']}.when_detected"] = responses(author)
    for rule in world.rules:
        if world.chance(0.3):
            found[f"design.monitoring.{rule}.decision_lag"] = world.duration(1, 20)
    first = next(iter(world.phases))
    return found or {f"design.phases.{first}.lasts": world.duration(20, 60)}


def _of_entry(author: Author) -> Tree:
    """Arms, screening and limits that are others."""
    world, found = author.world, Tree()
    if world.arms:
        found |= _of_arms(author)
    if world.screening and world.chance(0.8):
        found["design.screening.takes"] = author.registered(Registered("delay"), "Screening.takes")
        found["design.screening.eligible"] = author.random.choice(("40%", "90%"))
    if (until := _until(author)) != author.at["until"]:
        found["design.accrual.until"] = until
    return found


def _of_arms(author: Author) -> Tree:
    """Arms that are filled otherwise, that close or are added, or that give something else."""
    world, found = author.world, Tree()
    first = {name: plan.share for name, plan in world.arms.items()}
    shares = author.at.setdefault("shares", first)  # as amendments before have left them
    if world.chance(0.9):
        name = author.random.choice(list(first))
        others = any(share for other, share in shares.items() if other != name)  # patients are taken
        least = (0, 0, 0) if others else ()
        shares[name] = found[f"design.arms.{name}.share"] = author.random.choice((*least, 1, 2, 3))
    if world.chance(0.4):
        shares["added"] = author.random.choice((1, 2))
        gives = author.random.choice([plan.gives for plan in world.arms.values()])
        found["design.arms.added"] = {"share": shares["added"], "gives": dict(gives)}
    others = [name for name, plan in world.arms.items() if plan.gives]
    if others and world.chance(0.4):
        drug, level = author.random.choice(
            [
                (drug, level)
                for name in others
                for drug in world.arms[name].gives
                for level in world.drugs[drug]
            ]
        )
        found[f"design.arms.{author.random.choice(others)}.gives"] = {drug: level}
    if author.at.get("sizes"):
        block = least_block(tuple(shares.values()))
        found["design.randomisation.sizes"] = [block * k for k in range(1, author.random.randint(2, 3))]
    return found


def _until(author: Author) -> list[str]:
    """More or fewer patients, an earlier or later last day, a first one; perhaps none of these."""
    world, until = author.world, author.at["until"]
    if world.chance(0.25):
        most = author.random.randint(world.patients // 2 + 1, world.patients + 6)
        was, now = f"{world.patients} ", f"{most} "
        until = [one.replace(was, now, 1) if one.endswith(LIMITS) else one for one in until]
    if world.chance(0.9 if author.at.get("last day") else 0.3):
        until = [one for one in until if one.endswith(COUNTED)] + [world.duration(60, 600)]
    return until


def _of_trial(author: Author) -> object:
    """A number treated, a time, a rule; one of these, or all."""
    world = author.world
    ways = [f"{author.random.randint(1, max(world.patients // 2, 1))} treated", world.duration(10, 150)]
    ways += [f"{author.random.choice(world.rules)} fired"] * 2 if world.rules else []
    chosen = author.random.sample(ways, author.random.choice((1, 1, 2)))
    if len({*chosen}) == 1:
        return chosen[0]
    return chosen if world.chance(0.6) else {"all": chosen}


def _listed(when: object) -> list[str]:
    listed = when["all"] if isinstance(when, dict) else when
    return listed if isinstance(listed, list) else [str(listed)]


MAKERS: dict[str, Maker] = {"Design.amendments": _amendments}
