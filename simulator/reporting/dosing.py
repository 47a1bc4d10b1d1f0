"""Dose finding in words: design, ladder, how cohorts are conducted, what is decided, amendments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.bibliography import cite
from simulator.contracts import DoseDesign
from simulator.model.amendment import Amendment
from simulator.model.design import Design
from simulator.model.dose_finding import DoseFinding
from simulator.program.decisions import Choice, Standing, decisions_of
from simulator.program.dosing import dose_drug, dose_ladder, whole_design
from simulator.program.versions import doses_alone
from simulator.reporting.amendments import AT_CHOICE, ON_STUDY, change_lines, joined_triggers, protocol_words
from simulator.reporting.text import columns, counted, listed, paragraph
from simulator.units import format_days, format_probability

__all__ = [
    "FINDING",
    "amendment_words",
    "choice_word",
    "choices_key",
    "decision_cells",
    "decision_table",
    "dosing_parts",
]

FINDING = "Dose finding"  # the section of a protocol
Parts = dict[tuple[str, str], list[str]]
MOST_N, MOST_DLTS = 7, 3  # of the decision table: patients, and DLTs that have a column of their own

DECIDE = {
    "when_window_complete": "when the window of every patient of the cohort is over",
    "when_known": "as soon as every outcome of the cohort is known",
    "when_decided": "as soon as no outcome that is still open could change the choice",
}
HELD = {
    "lost": "a candidate who turns up meanwhile is lost",
    "queued": "a candidate who turns up meanwhile waits, and enters in turn when accrual opens again",
    "on_demand": "a candidate is at hand whenever a place is open, whatever the accrual",
}


def dosing_parts(design: Design, amended: Sequence[Design]) -> Parts:
    """Every part of a dose finding; none without it."""
    plan = design.dose_finding
    if plan is None:
        return {}
    window = design.events[plan.event].assessed_within
    parts: Parts = {
        (FINDING, "design"): _design(whole_design(plan)),
        (FINDING, "ladder"): _ladder(design, plan),
        (FINDING, "cohorts"): paragraph(_cohorts(design, plan, window), 2, 2),
        (FINDING, "not evaluable"): paragraph(_not_evaluable(design, plan), 2, 2),
        (FINDING, "decisions"): _decisions(design, plan),
    }
    before = design
    for (name, amendment), after in zip(design.amendments.items(), amended, strict=False):
        words = amendment_words if amendment.restarts else protocol_words
        parts["Amendments", name] = words(name, amendment, before, after)
        before = after
    if design.expansion is not None:
        text = (
            f"Then {counted(design.expansion.patients, 'more patient')} at the dose selected, entering "
            "without cohorts; none if no dose is selected."
        )
        parts["Expansion", "expansion"] = paragraph(text, 2, 2)
    return parts


def _design(method: DoseDesign) -> list[str]:
    lines = paragraph(" ".join(method.describe()), 2, 2)
    return lines + [line for key in method.sources for line in paragraph(f"source: {cite(key)}", 4, 2)]


def _ladder(design: Design, plan: DoseFinding) -> list[str]:
    doses = dose_ladder(design)
    text = (
        f"The ladder of {dose_drug(design)}, lowest first: {', '.join(doses)}. The first cohort is given "
        f"{plan.start or doses[0]}."
    )
    return paragraph(text, 2, 2)


# ---------------------------------------------------------------- how cohorts are conducted


def _cohorts(design: Design, plan: DoseFinding, window: float | None) -> str:
    within = f" within {format_days(window)} of entry" if window else ""
    if plan.moderate is not None:
        within += f"; in the same time {plan.moderate} counts for the first stage"
    text = (
        f"A dose-limiting toxicity is {plan.event}{within}. The next dose is chosen {DECIDE[plan.decide]}; "
    )
    held = HELD[design.accrual.while_held]
    return f"{text}until then nobody enters once the cohort is complete: {held}."


def _not_evaluable(design: Design, plan: DoseFinding) -> str:
    follows = {
        "replace": "is replaced by another at the same dose",
        "leave": "is not replaced; the cohort is that much smaller",
    }[plan.not_evaluable]
    text = f"A patient whose outcome cannot be judged {follows}."
    if plan.death not in design.events:
        return f"{text} So is one who leaves before it is known." if plan.not_evaluable == "replace" else text
    share = plan.death_in_window
    means = {0.0: "cannot be judged", 1.0: f"has a {plan.event}"}.get(
        share, f"has a {plan.event} in {format_probability(share)} of the deaths, and else cannot be judged"
    )
    text += f" One in whom {plan.death} comes within the window while the outcome is open {means}"
    return f"{text}; {plan.death} after the window is not seen by the dose finding."


# ---------------------------------------------------------------- what it decides


def _decisions(design: Design, plan: DoseFinding) -> list[str]:
    """Two grids at a dose in the middle: nothing known of the others; the next one found too toxic."""
    doses, method = dose_ladder(design), whole_design(plan)
    middle = (len(doses) - 1) // 2
    fresh = Standing((0,) * len(doses), (0,) * len(doses), 0)
    text = (
        f"What follows at {doses[middle]}, by evaluable patients n and DLTs, no other dose having been given"
    )
    lines = [*paragraph(f"{text}:", 2, 2), *_indented(decision_table(method, fresh, middle))]
    above = _too_toxic(method, fresh, middle + 1) if middle + 1 < len(doses) else None
    if above is not None:
        n, dlt = above.n[middle + 1], above.dlt[middle + 1]
        text = f"The same after {counted(dlt, 'DLT')} among {n} at {doses[middle + 1]}"
        lines += [*paragraph(f"{text}:", 2, 2), *_indented(decision_table(method, above, middle))]
    return lines + paragraph(choices_key(method), 4, 2)


def _indented(lines: Sequence[str]) -> list[str]:
    return ["    " + line for line in lines]


def _too_toxic(method: DoseDesign, others: Standing, dose: int) -> Standing | None:
    """The standing after a first cohort at a dose in which everyone had a DLT, if that makes it too toxic."""
    found = _with(others, dose, method.cohort, method.cohort)
    return found if decisions_of(method).toxic(found)[dose] else None


def _with(others: Standing, dose: int, n: int, dlt: int) -> Standing:
    def put(counts: tuple[int, ...], value: int) -> tuple[int, ...]:
        return (*counts[:dose], value, *counts[dose + 1 :])

    return Standing(put(others.n, n), put(others.dlt, dlt), dose)


def _after(method: DoseDesign, others: Standing, dose: int, n: int, dlt: int) -> Standing:
    """The standing with so many at a dose; the only cohort there was the last one, if it is remembered."""
    found = _with(others, dose, n, dlt)
    last = method.remembers_last_cohort and n <= method.cohort
    return found._replace(last_n=n, last_dlt=dlt) if last else found


def decision_table(method: DoseDesign, others: Standing, dose: int) -> list[str]:
    """n down, DLTs across, the last column for all higher counts where they mean the same."""
    return columns(*decision_cells(method, others, dose))


def choices_at(method: DoseDesign, others: Standing, dose: int, most: int) -> dict[tuple[int, int], Choice]:
    """(n, DLTs) at a dose -> what follows, for n = 1 ... most; others: what is known of the other doses."""
    standings = {(n, k): _after(method, others, dose, n, k) for n in range(1, most + 1) for k in range(n + 1)}
    answers = decisions_of(method)
    answers.ask(list(standings.values()))
    return {at: answers.of(standing) for at, standing in standings.items()}


def decision_cells(
    method: DoseDesign, others: Standing, dose: int
) -> tuple[list[list[str]], list[list[str]]]:
    """The head and the rows of that table."""
    words = {at: choice_word(found, dose) for at, found in choices_at(method, others, dose, MOST_N).items()}
    most = MOST_N
    while most > MOST_DLTS and all(words[n, most] == words[n, most - 1] for n in range(most, MOST_N + 1)):
        most -= 1
    last = f"{most} or more" if most < MOST_N else f"{most} DLTs"
    head = [["n", *(counted(k, "DLT") for k in range(most)), last]]
    return head, [[str(n), *(words.get((n, k), "") for k in range(most + 1))] for n in range(1, MOST_N + 1)]


def choices_key(method: DoseDesign) -> str:
    """What the words of the table mean."""
    key = "up: one dose higher; stay +k: k more here; down: a lower dose; over: the end, and with which dose."
    if method.remembers_last_cohort:
        key += f" With more than {method.cohort} patients the last cohort is taken to hold nothing back."
    return key


def choice_word(choice: Choice, dose: int) -> str:
    """`up`, `stay +3`, `down`, `over: this dose`."""
    if choice.dose < 0:
        if choice.selected < 0:
            return "over: none"
        where = "a lower" if choice.selected < dose else "a higher"
        return f"over: {'this' if choice.selected == dose else where}"
    if choice.dose == dose:
        return f"stay +{choice.patients}"
    return "up" if choice.dose > dose else "down"


# ---------------------------------------------------------------- amendments


def amendment_words(name: str, amendment: Amendment, before: Design, after: Design) -> list[str]:
    """When one that changes dose finding comes, and what is otherwise from then on."""
    changes = listed(_changes(before, after)).removesuffix(".")
    text = f"{name}, {AT_CHOICE}, before the rule is asked: once {joined_triggers(amendment)}, {changes}. "
    text += {
        "start again": "Counts start again: patients treated before do not count.",
        "keep": "Patients treated before still count, at doses that stay on the ladder.",
    }[amendment.counts]
    alone = doses_alone(amendment, before, after)
    text += {
        "new": " Patients on study stay as they are.",
        "on_study": f" Patients on study change to the new start{'' if alone else f', and {ON_STUDY}'}.",
    }[amendment.applies_to]
    more = [] if alone else change_lines(name, amendment, before, after)
    return [*paragraph(text, 2, 2), *more]


def _changes(before: Design, after: Design) -> Iterator[str]:
    """What an amendment changes in the dose finding."""
    old, new = before.dose_finding, after.dose_finding
    if old is None or new is None:
        return
    ladder = dose_ladder(after)
    if ladder != dose_ladder(before):
        yield f"the ladder is {', '.join(ladder)}"
    yield f"dose finding goes on at {new.start or ladder[0]}"
    if new.decide != old.decide:
        yield f"the next dose is chosen {DECIDE[new.decide]}"
    if new.not_evaluable != old.not_evaluable:
        done = "replaced" if new.not_evaluable == "replace" else "left out"
        yield f"patients who cannot be judged are {done}"
    if whole_design(new) != whole_design(old):
        yield f"the design is: {' '.join(whole_design(new).describe())}"
