"""Arms in words: what each gives, randomisation, screening, refusal, and whose patients a rule reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import ceil, floor

from simulator.contracts import ComparingRule, ShareTable
from simulator.model.arms import UNTREATED, Refusal
from simulator.model.design import Design
from simulator.model.dose_finding import ASSIGNED
from simulator.model.milestone import Milestone
from simulator.model.monitoring import Monitor
from simulator.model.phase import AS_BEFORE, Phase
from simulator.program.arms import allocated, lower_arms
from simulator.program.looks import LookTable
from simulator.program.monitors import look_of, plan_of
from simulator.program.readable import max_treated
from simulator.program.rule_tables import CounterTable
from simulator.program.tables import Program
from simulator.program.textbook import as_allocated
from simulator.reporting.text import listed, paragraph
from simulator.units import format_probability

__all__ = [
    "arm_parts",
    "arms_named",
    "as_allocated_at",
    "given_by_arm",
    "in_arms",
    "least_in_words",
    "read_in_words",
    "screening_lines",
    "sizes_told",
    "whose",
]

ARMS = "Arms"
MOST_TOLD = 12  # looks of a comparing rule whose bounds are told in a line each
LARGEST = 200  # patients of an arm up to which a comparing rule is told: rows of more take their time
EVENTS_TOLD = (2, 4, 8)  # of both arms, of which a rule by person-time is told
EXAMPLES = (0.25, 0.5, 1.0)  # of the patients of both: sizes of arms that are told where looks are not known

_METHODS = {
    "simple": "Each patient is allocated alone, by the shares, whatever the arms' sizes so far.",
    "permuted_blocks": (
        "Patients are allocated in permuted blocks of {sizes}: in a block every arm comes as often as its "
        "share says, in an order drawn anew.{several}{stratum}"
    ),
}
_SEVERAL = " Each block's size is drawn, all as likely."
_STRATUM = " Patients with the trait {0} and those without it have blocks of their own."
_PLACES = (
    " What is drawn belongs to places of the list and not to candidates, so that more patients change no "
    "earlier place; where two designs enter candidates in another order, a candidate's arm may differ."
)
_POPULATIONS = {
    "randomised": (
        "everyone by the arm that was drawn, whatever was received (`randomised`: the population that "
        "randomisation protects)"
    ),
    "treated_as_randomised": (
        "those who took what the arm drawn gives; refusers are in no arm (`treated_as_randomised`; "
        "randomisation does not protect it)"
    ),
    "as_treated": (
        "everyone by the arm whose treatment was received; {0} (`as_treated`; randomisation does not "
        "protect it)"
    ),
}
_WINDOWS = "; windows run from entry all the same"


# ---------------------------------------------------------------- the design


def screening_lines(design: Design) -> list[str]:
    """From registration to entry, in a paragraph; nothing without."""
    screening = design.screening
    if screening is None:
        return []
    constant = screening.takes.lower().constant is not None
    order = "in the same order" if constant else "not always in the order in which they came"
    takes = f"{'' if constant else 'a time drawn, '}{screening.takes.describe()}"
    text = f"A candidate is registered on arrival; screening takes {takes}. "
    if screening.eligible < 1.0:
        text += f"Then {format_probability(screening.eligible)} are found eligible and enter"
    else:
        text += "Then every candidate enters"
    text += (
        ", if accrual is open on that day. So candidates are registered before they are patients, and enter "
    )
    return paragraph(f"{text}{order}.", 2, 2)


def arm_parts(design: Design) -> dict[tuple[str, str], list[str]]:
    """Arms, randomisation and refusal, as parts of a protocol; none without arms."""
    how = design.randomisation
    traits = [trait for trait in (how.stratum, design.refusal and design.refusal.only_if) if trait]
    table = lower_arms(design, {trait: i for i, trait in enumerate(traits)})
    if table is None:
        return {}
    parts: dict[tuple[str, str], list[str]] = {}
    for name, arm in design.arms.items():
        share = f"{arm.share} of {sum(table.shares)} patients"
        gives = listed(f"{drug} {level}" for drug, level in arm.gives.items())
        others = {drug for body in design.arms.values() for drug in body.gives} - set(arm.gives)
        without = f"no {listed(sorted(others), 'or')}" if others else ""
        text = f"{name}, {share}: {listed(filter(None, (gives, without))) or 'what every arm is given'}."
        parts[ARMS, name] = paragraph(text, 2, 2)
    text = _METHODS[how.method].format(
        sizes=listed((str(size) for size in table.sizes), "or"),
        several=_SEVERAL if len(table.sizes) > 1 else "",
        stratum=_STRATUM.format(how.stratum) if how.stratum else "",
    )
    parts[ARMS, "randomisation"] = paragraph(text + _PLACES, 2, 2)
    if design.refusal is not None:
        parts[ARMS, "refusal"] = paragraph(_refusal(design.refusal), 2, 2)
    return parts


def _refusal(refusal: Refusal) -> str:
    """Who refuses, what is received instead, and what is assumed."""
    trait = refusal.only_if
    of = f" with the trait {trait}" if trait else ""
    shares = listed(
        f"{format_probability(share)} of those in {arms_named([arm])}{of}"
        for arm, share in refusal.of.items()
    )
    then = (
        "receive nothing: they are untreated"
        if refusal.then == UNTREATED
        else f"receive what {refusal.then} gives"
    )
    end = (
        f"Refusal is informative: it goes with the trait {trait} and with all that {trait} goes with."
        if trait
        else "Who refuses does not depend on what would happen to the patient, which is an assumption."
    )
    return f"{shares} refuse what it gives and {then}. {end}"


def given_by_arm(design: Design, phase: Phase, drug: str) -> str:
    """`lenalidomide 5 mg in the arm low, 10 mg in the arm high`: what a phase gives of a drug that arms name.

    "" where every arm is given the same, as the phase says, or none is.
    """
    levels = {name: arm.gives.get(drug) for name, arm in design.arms.items()}
    given = ASSIGNED if phase.gives is None else phase.gives.get(drug)
    if given in {None, AS_BEFORE} or not any(levels.values()):
        return ""
    by_level: dict[str, list[str]] = {}
    for name, level in levels.items():
        if level is not None:
            by_level.setdefault(level if given == ASSIGNED else str(given), []).append(name)
    return f"{drug} " + ", ".join(f"{level} in {arms_named(names)}" for level, names in by_level.items())


def arms_named(names: Sequence[str], last: str = "and") -> str:
    """`the arm low`, `the arms low and high`."""
    return f"the arm{'s' * (len(names) > 1)} {listed(names, last)}"


# ---------------------------------------------------------------- rules


def in_arms(milestone: Milestone) -> str:
    """` in each arm`, ` in ARM`; nothing where all arms are counted together."""
    return f" in {milestone.arm}" if milestone.arm is not None else ""


def whose(design: Design, name: str, monitor: Monitor) -> str:
    """A sentence: which arms a rule reads or compares, and which patients are an arm's."""
    population = monitor.population
    then = design.refusal.then if design.refusal is not None else UNTREATED
    refuser = "an untreated refuser is in none" if then == UNTREATED else f"who refuses is in {then}"
    told = _POPULATIONS[population].format(refuser)
    if population != "randomised":
        told += _WINDOWS
    if monitor.compare is not None:
        first, second = monitor.compare
        return f"{name} compares the arm {first}, for more events there, with the arm {second}: {told}."
    if monitor.arms is not None:
        return f"{name} reads {arms_named(monitor.arms)} alone: {told}."
    pooled = f"{name} reads all arms together (pooled), as a blinded board sees them"
    return f"{pooled}." if population == "randomised" else f"{pooled}: {told}."


def read_in_words(program: Program, counter: CounterTable) -> list[str]:
    """Whose patients a rule of one count reads, and how many these are; nothing where it reads everyone."""
    if program.arms is None or not counter.of_members:
        return []
    names = program.arms.names if counter.arms is None else [program.arms.names[i] for i in counter.arms]
    who = f"{arms_named(sorted(names, key=program.arms.names.index))}; population: {counter.population.word}"
    patients = f"{as_allocated(program, counter)} of {program.max_treated}"
    return [
        f"n counts patients of {who}",
        f"Exact values are for {patients} patients, as allocated; how many there will be is left to chance",
    ]


def least_in_words(design: Design, monitor: Monitor) -> Iterator[str]:
    """Per look the least events in the first arm that stop, by events in the second.

    By person-time, for some numbers of events, the largest shares of the follow-up with which they stop.
    """
    rule, compare = monitor.rule, monitor.compare
    assert isinstance(rule, ComparingRule)
    assert compare is not None
    most = max_treated(design)
    plan = plan_of(design, monitor, most)
    table, (first, second) = rule.lower(plan), compare
    if isinstance(table, ShareTable):
        yield from (_shares_in_words(table, events, first) for events in EVENTS_TOLD)
        return
    schedule, names = look_of(design, monitor), list(design.arms)
    both = allocated(most, [arm.share for arm in design.arms.values()], map(names.index, compare))
    sizes, are_looks = sizes_told(schedule, both, plan.share, MOST_TOLD)
    begin = "stop, at" if are_looks else "stop, such as at"
    for (n1, n2), row in zip(sizes, table.row_each(sizes), strict=True):
        least = [str(x1) for x1 in row if x1 <= n1]
        events = "0, 1, 2, ... events" if len(least) > 1 else "0 events"
        told = f"{', '.join(least)} or more in {first} beside {events} in {second}"
        at = f"{n1} in each arm" if n1 == n2 else f"{n1} in {first} and {n2} in {second}"
        yield f"{begin} {at}: {told if least else 'not possible'}"


def _shares_in_words(table: ShareTable, events: int, arm: str) -> str:
    """`stop, of 2 events, with 1 and 2 in drug if it has up to 1.2% and 15.8% of the follow-up`."""
    counts = range(1, events + 1)
    shares = listed(f"{floor(1000 * table.critical(events, x1)) / 10:.1f}%" for x1 in counts)
    told = f"with {listed(map(str, counts))} in {arm} if it has up to {shares} of the follow-up"
    return f"stop, of {events} events, {told}"


def sizes_told(
    schedule: LookTable, both: int, share: float, lines: int
) -> tuple[list[tuple[int, int]], bool]:
    """Patients of each of two arms at which a comparing rule is told, in so many lines at most.

    Those of all its looks, and True; else some of them, or sizes that its looks may find, and False.
    both: patients of both arms, share: the first one's part of them, as allocated.
    """
    every = _equal_looks(schedule, both, share)
    if looks := [n for n in every if n <= LARGEST]:
        places = {round(i * (len(looks) - 1) / (lines - 1)) for i in range(lines)}
        some = [looks[i] for i in sorted(places)]
        return [(n, n) for n in some], len(some) == len(every)
    return as_allocated_at((ceil(min(both, 2 * LARGEST) * part) for part in EXAMPLES), share), False


def as_allocated_at(patients: Iterable[int], share: float) -> list[tuple[int, int]]:
    """Sizes of two arms of so many patients together, each with somebody; share: the first one's part."""
    sizes = ((n1 := round(share * n), n - n1) for n in patients)
    return [*dict.fromkeys(pair for pair in sizes if min(pair) > 0)]


def _equal_looks(schedule: LookTable, both: int, share: float) -> Sequence[int]:
    """Patients of each of two arms at looks that count them arm by arm, so that both have as many.

    None where looks are set otherwise, or one arm grows faster. both, share: as of `sizes_told`.
    """
    by_arm = all(
        len(milestone.groups) == 2 and all(len(group) == 1 for group in milestone.groups)
        for milestone in schedule.milestones
    )
    if not schedule.milestones or not by_arm or share != 0.5:
        return ()
    return sorted(set(schedule.scheduled(both // 2)))
