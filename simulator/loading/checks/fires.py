"""Rules that can never fire, and outcomes that can never come, whatever happens to patients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from simulator.contracts import Boundary, ComparingRule, ComparingTable, Plan, Rule, TwoArmTable
from simulator.errors import Problem
from simulator.loading.checks.checked import Checked
from simulator.loading.paths import find
from simulator.plugins import PluginError
from simulator.program.monitors import by_endpoint, plan_of
from simulator.program.readable import Readable, reached, readable

__all__ = ["check"]

MOST_SPLITS = 16  # of the patients over two arms that are tried
REACHED = "a boundary that some count reaches first"


def check(checked: Checked) -> Iterator[Problem]:
    """Warnings, from a rule's boundaries and what its looks can read. For a design without an error."""
    cap = int(checked.design.cap)
    for name, monitor in checked.design.monitoring.items():
        rule, here = monitor.rule, ("design", "monitoring", name, "rule")
        readings = readable(checked.design, monitor, cap)
        plan = replace(plan_of(checked.design, monitor, cap), among=())  # whole patients are the most telling
        no_looks = any(not seen.n for seen in readings)  # `accrual` says so
        if no_looks or rule.plainly_reached([seen.most for seen in readings], plan):
            continue
        if isinstance(rule, ComparingRule):
            if not _ever(rule.lower(plan), cap):
                found, allowed = (
                    f"no difference within reach of {cap} patients in all",
                    "one that some count reaches",
                )
                yield checked.problem(here, found, f"{allowed}: this rule can never fire", severity="warning")
            continue
        try:
            table = rule.lower(plan)
        except PluginError as error:
            raise PluginError(f"{checked.place(here)}: {error}") from error
        comes, alone = reached(table, readings), reached(table, readings, alone=True)
        never = "" if any(comes) else "this rule can never fire"
        units = {endpoint: counts.unit for endpoint, counts in by_endpoint(monitor).items()}
        for boundary, first, ever in zip(table.boundaries, comes, alone, strict=True):
            if first:
                continue
            if ever:
                key, found, allowed = _hidden(boundary)
            elif monitor.entries is not None:
                key, found, allowed = "", "no number of entries that is too few", "one at some look"
            else:
                unit = units[rule.endpoints[boundary.reading]]
                key, found, allowed = _unreached(rule, plan, boundary, readings[boundary.reading], unit, cap)
            path = (*here, key) if key and find(checked.tree, (*here, key)) is not None else here
            what = never or f"the outcome `{boundary.outcome}` can never come"
            yield checked.problem(path, found, f"{allowed}: {what}", severity="warning")


def _ever(table: ComparingTable, cap: int) -> bool:
    """Whether it fires if everyone in the first arm has the event and nobody in the second, at some split.

    By follow-up it always does, if that of the first arm is short enough.
    """
    if not isinstance(table, TwoArmTable):
        return True
    splits = [(n1, cap - n1) for n1 in range(1, cap, max(cap // MOST_SPLITS, 1))]
    return any(table.least(n1, n2, 0) <= n1 for n1, n2 in splits)


def _hidden(boundary: Boundary) -> tuple[str, str, str]:
    """The same as `_unreached` where a boundary that is asked first takes all that there is."""
    return "", f"`{boundary.outcome}` only where an outcome before it holds too", REACHED


def _unreached(
    rule: Rule, plan: Plan, boundary: Boundary, seen: Readable, unit: str, cap: int
) -> tuple[str, str, str]:
    """The key to blame, or none; what is found, and what is allowed."""
    most = seen.most
    beyond = f"above the cap of {cap} treated" if most == cap else f"but a look reads at most {most}"
    least = rule.least_to_fire()
    if least is not None and least[1] > most and not seen.repeats:
        return least[0], f"{least[1]} {unit}, {beyond}", f"at most {most}"
    if boundary.minimum_n > most:
        of = "courses" if unit == "courses" else "patients"
        return "minimum_n", f"no verdict before {boundary.minimum_n:g} {of}, {beyond}", f"at most {most}"
    x = most if boundary.for_many else 0
    value = rule.evidence(most, x, plan, boundary.outcome)
    if value is None:
        return "", f"no bound within reach, {most} {unit} at most", REACHED
    found = f"a {rule.evidence_word} of {value:.4g} at {x} of {most}, as far as it goes"
    return "", f"{found}, and that is not `{boundary.outcome}`", REACHED
