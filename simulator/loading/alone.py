"""A rule without a trial around it: a scenario of nothing but patients, a window and a look."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from simulator import registry
from simulator.contracts import BoardRule, EntriesRule, Rule
from simulator.errors import Problem, ScenarioError, TrialstopError
from simulator.loading.source import source_from
from simulator.model.monitoring import ONE
from simulator.model.scenario import Scenario
from simulator.repairs import close_match

__all__ = ["in_the_rule", "of_rule", "parents_of", "rule_alone"]

WINDOW = "28 days"
LOOKS = "`every 5`, `5, 10, 20` or `5, 10 ... 45`, whole numbers from 1 that rise"
ALONE = "single_arm"  # its only variant


def rule_alone(kind: str, max_n: int, looks: str = "every 1", sets: Sequence[str] = ()) -> Scenario:
    """A trial of `max_n` patients, each assessed before the next look, that one rule monitors.

    looks: `every 5`, or the patients at each: `5, 10, 20`, `5, 10 ... 45`. sets: "KEY=VALUE" of the rule's
    keys, "KEY.KEY=VALUE" of what is in them.
    ScenarioError with every problem, its path that of the rule's key; TrialstopError for a rule there is not.
    """
    kinds = registry.table("rule")
    if kind not in kinds:
        hint = close_match(kind, kinds)
        raise TrialstopError(f"--rule {kind}: allowed {', '.join(kinds)}" + (f" ({hint})" if hint else ""))
    cls = registry.load(kinds[kind])
    assert issubclass(cls, Rule)
    if issubclass(cls, BoardRule):
        raise TrialstopError(f"--rule {kind} reads other rules, and has none alone; a FILE tells its board")
    if issubclass(cls, EntriesRule):
        raise TrialstopError(
            f"--rule {kind} reads accrual by the calendar; a FILE tells its bounds at each look"
        )
    ways: list[Sequence[str]] = [cls.endpoints]
    if len(cls.endpoints) > 1:  # the rule as it is set up may read some of them only
        ways += [(endpoint,) for endpoint in cls.endpoints]
    errors = []
    for endpoints in ways:
        try:
            found = _scenario(kind, endpoints, max_n, looks, sets)
        except ScenarioError as error:
            errors.append(error)
        else:
            return replace(found, warnings=tuple(of_rule(each, kind) for each in found.warnings))
    fewest = min(errors, key=lambda error: len(error.problems))
    raise ScenarioError(of_rule(problem, kind) for problem in fewest.problems)


def _scenario(kind: str, endpoints: Sequence[str], max_n: int, looks: str, sets: Sequence[str]) -> Scenario:
    rate = {"components": {"it": {"probability": "30%"}}}
    every = looks.strip().startswith("every")
    tree = {
        "trialstop": 1,
        "title": f"{kind}, alone",
        "question": "Where are its bounds, and how often does it stop?",
        "design": {
            "accrual": {"until": f"{max_n} treated"},
            "events": {endpoint: {"window": WINDOW} for endpoint in endpoints},
            "monitoring": {
                kind: {
                    "counts": _counts(endpoints),
                    "among": "completed",
                    "look": f"{looks.strip()} completed" if every else {"at": f"{looks} completed"},
                    "rule": {"kind": kind, **parents_of(sets)},
                    "then": "close_accrual",
                }
            },
        },
        "variants": {ALONE: {}},
        "truths": {"any": {"accrual": "every 30 days", "events": dict.fromkeys(endpoints, rate)}},
    }
    origin = [f"{in_the_rule(kind)}{each.strip()}" for each in sets]
    return source_from(json.dumps(tree), f"--rule {kind}", origin).scenario


def parents_of(sets: Sequence[str]) -> dict[str, Any]:
    """Mappings for the keys below which something is set."""
    found: dict[str, Any] = {}
    for each in sets:
        *above, _ = each.partition("=")[0].strip().split(".")
        inside = found
        for key in above:
            inside = inside.setdefault(key, {})
    return found


def _counts(endpoints: Sequence[str]) -> dict[str, object]:
    """What each endpoint counts: an event of its own name; of the only endpoint in the short form."""
    if list(endpoints) == [ONE]:
        return {ONE: ONE}
    return {endpoint: {ONE: endpoint} for endpoint in endpoints}


def in_the_rule(kind: str) -> str:
    """The place of the rule in the scenario around it, up to a key."""
    return f"design.monitoring.{kind}.rule."


def of_rule(problem: Problem, kind: str) -> Problem:
    """The problem at the key of the rule, or at the option."""
    if problem.path.startswith(f"design.monitoring.{kind}.look"):
        allowed = LOOKS if problem.severity == "error" else problem.allowed
        return replace(problem, file="--looks", line=None, path="", allowed=allowed)
    if problem.path.startswith("design.accrual.until"):
        return replace(problem, file="--max-n", line=None, path="")
    if problem.path == f"design.monitoring.{kind}.among":  # which nobody wrote
        allowed = "one about patients, each assessed before the next look"
        hint = "a FILE has the follow-up"
        return replace(
            problem, line=None, path="", found="a rule about follow-up", allowed=allowed, hint=hint
        )
    line = None if problem.file.startswith("--rule") else problem.line
    return replace(
        problem, line=line, path=f"{problem.path}.".removeprefix(in_the_rule(kind)).removesuffix(".")
    )
