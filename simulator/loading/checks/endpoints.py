"""A rule counts what it needs, under the names of its endpoints."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.contracts import ComparingRule
from simulator.errors import Problem
from simulator.loading.checks.checked import Checked, Path
from simulator.model.monitoring import ONE, Monitor

__all__ = ["check"]


def check(checked: Checked) -> Iterator[Problem]:
    """One endpoint needs no name; of several each that the rule uses is counted, and no other."""
    for name, monitor in checked.design.monitoring.items():
        path = ("design", "monitoring", name, "counts")
        rule = monitor.rule
        if monitor.counts_nothing:
            continue
        yield from _units(checked, path, monitor)
        yield from _whole(checked, path[:-1], monitor)
        yield from _exposure(checked, path[:-1], monitor)
        yield from _followed(checked, path, monitor)
        if checked.lost(path) or checked.lost((*path[:-1], "rule")):
            continue  # which endpoints the rule uses, or which are counted, is not known
        known = list(rule.endpoints)
        used = list(rule.used_endpoints)
        if list(monitor.counts) == [ONE] and (len(used) == 1 or isinstance(rule, ComparingRule)):
            continue
        shown = "{" + ", ".join(f"{endpoint}: {{event: ...}}" for endpoint in used) + "}"
        if ONE in monitor.counts and ONE not in known:
            yield checked.problem(
                path, "one event", shown, f"the rule {rule.kind} counts {' and '.join(used)}"
            )
            continue
        strange = [endpoint for endpoint in monitor.counts if endpoint not in used]
        for endpoint in strange:
            yield from checked.unknown((*path, endpoint), "endpoint", endpoint, used, "this rule")
        for endpoint in used if not strange else ():
            if endpoint not in monitor.counts:
                hint = f"the rule {rule.kind} counts {' and '.join(used)}"
                yield checked.problem(
                    (*path, endpoint), "nothing", f"{endpoint}: {{event: ...}}", hint, missing=True
                )


def _units(checked: Checked, path: Path, monitor: Monitor) -> Iterator[Problem]:
    """A rule about shares needs no more events than there are patients or courses."""
    if not monitor.rule.of_shares or monitor.rule.by_exposure:
        return
    for endpoint, counts in monitor.counts.items():
        if counts.unit == "events":
            hint = f"the rule {monitor.rule.kind} is about the share of patients, or courses, with an event"
            yield checked.problem((*path, endpoint, "unit"), "`events`", "`patients` or `courses`", hint)


def _exposure(checked: Checked, path: Path, monitor: Monitor) -> Iterator[Problem]:
    """Follow-up is the denominator of rules that are about it, and of no others."""
    by_exposure = monitor.rule.by_exposure
    if checked.lost((*path, "rule")):
        return  # what it is about is not known
    for key, counts in monitor.counts.items():
        among = counts.among or monitor.among
        place = (*path, "counts", key, "among") if counts.among else (*path, "among")
        if by_exposure and among != "exposure":
            hint = f"the rule {monitor.rule.kind} is about a rate per person and time"
            yield checked.problem(place, f"`{among}`", "`exposure`", hint, missing=not checked.has(place))
        elif among == "exposure" and not by_exposure:
            hint = f"the rule {monitor.rule.kind} is about patients, not about their follow-up"
            yield checked.problem(
                place, "`exposure`", "`treated`, `completed`, `known`, `weight` or `fail`", hint
            )
        elif among == "exposure" and counts.unit == "courses":
            hint = "days are of patients, not of courses"
            yield checked.problem((*path, "counts", key, "unit"), "`courses`", "`patients` or `events`", hint)


def _whole(checked: Checked, path: Path, monitor: Monitor) -> Iterator[Problem]:
    """A rule about a whole number of patients needs a denominator that is one."""
    if not monitor.rule.whole_n:
        return
    hint = f"the rule {monitor.rule.kind} is about a whole number of patients"
    weighted = [key for key, counts in monitor.counts.items() if (counts.among or monitor.among) == "weight"]
    own = {key for key in weighted if monitor.counts[key].among}
    for place in dict.fromkeys(("counts", key, "among") if key in own else ("among",) for key in weighted):
        yield checked.problem((*path, *place), "`weight`", "`treated`, `completed`, `known` or `fail`", hint)


def _followed(checked: Checked, path: Path, monitor: Monitor) -> Iterator[Problem]:
    """Follow-up is of everyone treated, and of the whole course: it fits no other count."""
    if not (isinstance(monitor.rule, ComparingRule) and monitor.rule.by_time):
        return
    for endpoint, counts in monitor.counts.items():
        among = counts.among or monitor.among
        if among != "treated":
            place = (*path, endpoint, "among") if counts.among else (*path[:-1], "among")
            hint = "by person_time each patient counts for as long as he was followed, so nobody is left out"
            yield checked.problem(place, f"`{among}`", "`treated`", hint)
        if counts.unit == "courses":
            hint = "by person_time days are of patients, not of courses"
            yield checked.problem((*path, endpoint, "unit"), "`courses`", "`patients` or `events`", hint)
        scope = counts.scope or monitor.scope
        if scope.phases is not None or scope.doses is not None:
            place = (*path, endpoint, "scope") if counts.scope else (*path[:-1], "scope")
            hint = "person_time is of the whole course, though events count in a part of it"
            yield checked.problem(place, "a scope", "none, or a rule by allocation", hint, severity="warning")
