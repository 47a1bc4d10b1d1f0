"""Amendments: triggers that can hold, changes with a meaning, truths that know every version's doses."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import Problem
from simulator.loading.checks.checked import Checked, Path
from simulator.model.action import DOSE_VERBS, TIMED
from simulator.model.amendment import Amendment, Trigger
from simulator.model.design import Design
from simulator.program.alignment import merged
from simulator.program.dosing import dose_drug, dose_ladder
from simulator.program.versions import doses_alone

__all__ = ["check"]

CHANGED = ("phases", "monitoring", "events", "accrual", "arms", "randomisation", "screening", "drugs")
OF_PATIENTS = {"treated", "randomised", "completed", "known"}
CLOSES = {"close_accrual", "end_trial"}
NO_DOSES = "without dose finding no dose is found too toxic"


def check(checked: Checked) -> Iterator[Problem]:
    """Triggers name doses or rules of the version before; hazards by dose have every dose a patient can be
    given.
    """
    versions = (checked.design, *checked.amended)
    for i, (name, amendment) in enumerate(checked.design.amendments.items()):
        path, before = ("design", "amendments", name), versions[min(i, len(versions) - 1)]
        after = versions[i + 1] if i + 1 < len(versions) else None  # else it could not be read
        for trigger in amendment.when.triggers:
            yield from _trigger(checked, (*path, "when"), trigger, amendment, before)
        if after is not None and not doses_alone(amendment, before, after):
            yield from _change(checked, path, amendment, before, after)
            yield from _doses(checked, path, before, after)
    yield from _names(checked, versions)
    yield from _levels(checked, versions)
    yield from _hazards(checked, versions)


def _trigger(
    checked: Checked, path: Path, trigger: Trigger, amendment: Amendment, before: Design
) -> Iterator[Problem]:
    finding, most, waits = before.dose_finding is not None, before.cap, amendment.waits
    if trigger.dose is not None and not finding and not checked.lost(("design", "dose_finding")):
        yield checked.problem(
            path, trigger.text(), "a rule that fired, a number treated, or a time", NO_DOSES
        )
    if trigger.dose is not None and (ladder := dose_ladder(before)):
        yield from checked.unknown(path, "dose", trigger.dose, ladder, "the ladder it amends")
    if trigger.rule is not None and not checked.lost(("design", "monitoring")):
        whose, hint = "the version it amends", _as_it_is_by_then(checked, trigger.rule, before)
        yield from checked.unknown(path, "rule", trigger.rule, before.monitoring, whose, hint)
        rule = before.monitoring.get(trigger.rule)
        for_new = amendment.applies_to == "new" or waits
        if rule is not None and for_new and CLOSES & {a.verb for a in rule.then}:
            allowed = "a rule after which patients still enter" + ", or `applies_to: on_study`" * (not waits)
            hint = "no dose is chosen after that" if waits else ""
            yield checked.problem(path, f"{trigger.text()}, which closes accrual", allowed, hint)
    on_study = waits or amendment.applies_to == "on_study"
    if trigger.unit == "treated" and trigger.amount > most - (not on_study):
        allowed = f"at most the {most:g} patients of the trial"
        if not on_study:
            allowed = f"at most {most - 1:g}: nobody enters after the {most:g} of the trial"
        yield checked.problem(path, trigger.text(), allowed)
    last = before.accrual.limit("days")
    if trigger.unit == "days" and trigger.amount > last and not on_study:
        allowed = f"at most {last:g} days, when accrual closes: nothing opens it again"
        yield checked.problem(path, trigger.text(), allowed, severity="warning")


def _as_it_is_by_then(checked: Checked, rule: str, before: Design) -> str:
    """What to say in the place of RULE_AMENDMENT; "" for other names."""
    ends = [f"_{name}" for name in checked.design.amendments if rule.endswith(f"_{name}")]
    meant = [rule.removesuffix(end) for end in ends if rule.removesuffix(end) in before.monitoring]
    return f"say {meant[0]}: that is the rule as it is by then" if meant else ""


def _names(checked: Checked, versions: tuple[Design, ...]) -> Iterator[Problem]:
    """Rules of one name, or of names that differ by capitals only, once amendments have given theirs."""
    taken = {rule.casefold(): rule for version in versions for rule in version.monitoring}
    for (name, amendment), before, after in zip(
        checked.design.amendments.items(), versions, versions[1:], strict=False
    ):
        if doses_alone(amendment, before, after):
            continue
        called = {f"{rule}_{name}".casefold(): rule for rule in after.monitoring}
        if twice := next((new for new in called if new in taken), ""):
            found = f"the rule {taken[twice]}, which is what {called[twice]} is called after this amendment"
            allowed = "an amendment, or a rule, with another name"
            yield checked.problem(("design", "amendments", name), found, allowed)
        taken |= {new: f"{rule}_{name}" for new, rule in called.items()}


def _levels(checked: Checked, versions: tuple[Design, ...]) -> Iterator[Problem]:
    """The drugs are those of the start, and levels that are listed again stand in the same order."""
    listed = dict(versions[0].drugs)
    for name, after in zip(checked.design.amendments, versions[1:], strict=False):
        path = ("design", "amendments", name, "change")
        for drug, levels in after.drugs.items():
            if drug not in listed:
                yield checked.problem(
                    path, f"the drug {drug}, which is new", "drugs that are there from the start"
                )
                continue
            before, listed[drug] = listed[drug], merged(listed[drug], levels)
            if sorted(levels, key=listed[drug].index) != list(levels):
                found = f"{drug} in the order {', '.join(levels)}"
                yield checked.problem(path, found, f"levels in the order {', '.join(before)}, others between")


def _change(
    checked: Checked, path: Path, amendment: Amendment, before: Design, after: Design
) -> Iterator[Problem]:
    """What counts, and what patients on study come to, where phases are others."""
    fresh = amendment.counts == "start again"
    same = all(getattr(before, part) == getattr(after, part) for part in CHANGED)
    if same and not fresh and not checked.lost(("design", "amendments")):
        found, allowed = "nothing that is another than before", "a change, or `counts: start again`"
        yield checked.problem((*path, "change"), found, allowed, severity="warning")
    if before.accrual.limit("registered") != after.accrual.limit("registered") and after.accrual.until:
        found, allowed = "another number of candidates", "another number of patients, or another last day"
        yield checked.problem((*path, "change"), found, allowed)
    yield from _arms(checked, path, before, after, fresh=fresh)
    yield from _never_reached(checked, path, amendment, after) if fresh else ()
    if before.phases == after.phases:
        return
    for rule, monitor in after.monitoring.items() if not fresh else ():
        if monitor.rule.by_exposure or any(c.unit == "courses" for c in monitor.counts.values()):
            what = "follow-up" if monitor.rule.by_exposure else "courses"
            found = f"the rule {rule}, which counts {what}, beside phases that are changed"
            yield checked.problem((*path, "counts"), found, "`counts: start again`")
    for phase, body in after.phases.items() if amendment.applies_to == "on_study" else ():
        if phase in before.phases and before.phases[phase].course != body.course:
            found = f"courses of {phase} that are changed for patients on study"
            yield checked.problem((*path, "applies_to"), found, "`new`: a patient's courses stay as they are")


def _doses(checked: Checked, path: Path, before: Design, after: Design) -> Iterator[Problem]:
    """The window in which DLTs count, and the drug whose dose is found, are the same in every version."""
    finding = before.dose_finding
    dlt = before.events.get(finding.event) if finding is not None else None
    if finding is None or dlt is None:
        return
    if after.events[finding.event].window != dlt.window:
        found, allowed = f"another window of {finding.event}", "the window of an event that is no DLT"
        yield checked.problem((*path, "change"), found, allowed)
    if dose_drug(after) != dose_drug(before):
        found, allowed = f"the dose of {dose_drug(after)}, not of {dose_drug(before)}", "one drug throughout"
        hint = f"say `drug: {dose_drug(before)}` under design.dose_finding"
        yield checked.problem((*path, "change"), found, allowed, hint)


def _arms(checked: Checked, path: Path, before: Design, after: Design, *, fresh: bool) -> Iterator[Problem]:
    """Arms where there are some; rules that read somebody, or the shares that there were throughout."""
    if after.arms and not before.arms:
        yield checked.problem((*path, "change"), "arms in a trial that began without", "arms from the start")
    for rule, monitor in after.monitoring.items():
        read = [arm for arm in monitor.compare or monitor.arms or () if arm in after.arms]
        closed = [arm for arm in read if not after.arms[arm].share]
        if fresh and closed and (monitor.compare is not None or closed == read):
            found = f"the rule {rule}, of whose arms {' and '.join(closed)} takes nobody any more"
            allowed = f"`counts: keep`, or design.monitoring.{rule}: null"
            yield checked.problem((*path, "counts"), found, allowed, missing=True)
        shares = [
            [design.arms[arm].share for arm in read if arm in design.arms] for design in (before, after)
        ]
        if not fresh and monitor.compare is not None and monitor.rule.uses_plan and shares[0] != shares[1]:
            found = f"the rule {rule}, which goes by the shares allocated, beside shares that are changed"
            yield checked.problem((*path, "counts"), found, "`counts: start again`")


def _never_reached(checked: Checked, path: Path, amendment: Amendment, after: Design) -> Iterator[Problem]:
    """Rules that would look at more patients than can enter once their counts have started again."""
    entered = [{"treated": t.amount, "fired": 1.0}.get(t.unit, 0.0) for t in amendment.when.triggers]
    most = max(after.cap - (max(entered) if amendment.when.every else min(entered)), 0.0)
    for rule, monitor in after.monitoring.items():
        first = monitor.look.first
        beyond = all(m.unit in OF_PATIENTS and m.amount > most for m in first)
        if first and beyond and not monitor.look.at_end:
            looks = f"the rule {rule}, which looks first at {first[0].text()}"
            allowed = "looks that are reached, or `counts: keep`: it can never fire again"
            found = f"{looks}, of at most {most:g} who enter afterwards"
            yield checked.problem((*path, "counts"), found, allowed, severity="warning", missing=True)


def _given(design: Design, drug: str) -> Iterator[str | None]:
    """The levels of dose finding's drug that patients may be given: raised or lowered, any that is listed."""
    listed = design.drugs.get(drug, ())
    yield from dose_ladder(design)
    for phase in design.phases.values():
        yield (phase.gives or {}).get(drug)
        for step in phase.steps:
            yield step.set.get(drug)
            yield from listed if step.raise_dose == drug else ()
    responses = [action for event in design.events.values() for action in event.when_detected]
    for action in (
        *responses,
        *(action for monitor in design.monitoring.values() for action in monitor.then),
    ):
        if action.name == drug and action.verb in DOSE_VERBS - {TIMED}:
            first = listed[:1] if action.verb == "give_drug" else listed
            yield from first if action.dose is None else (action.dose,)


def _hazards(checked: Checked, versions: tuple[Design, ...]) -> Iterator[Problem]:
    found = dose_drug(checked.design) or ""
    given = {level for version in versions for level in _given(version, found)}
    for name, truth in checked.truths.items():
        for event, body in truth.events.items():
            for component, part in body.components.items():
                if part.family.doses is None or event not in checked.design.events:
                    continue
                drug, levels = part.family.doses
                path = ("truths", name, "events", event, "components", component)
                yield from checked.drug(path, drug)
                listed = checked.levels(drug)
                for level in levels:
                    yield from checked.unknown(path, "dose", level, listed, drug) if listed else ()
                missing = [
                    level for level in listed if level not in levels and (drug != found or level in given)
                ]
                if missing:
                    allowed = "one for every dose that patients can be given"
                    yield checked.problem(path, f"no probability at {', '.join(missing)}", allowed)
