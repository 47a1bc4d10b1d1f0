"""Warnings of rules that can never fire: neither silent nor a false alarm, for every kind of rule and look.

Evidence: exact. What a rule says of every reading that a look of the design can have is asked of `assess`,
not of the boundaries that the warning goes by.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from simulator.contracts import Observed
from simulator.model.scenario import Scenario
from simulator.program.monitors import plan_of
from simulator.program.readable import Readable, reached
from simulator.rules._shared import CriterionRule
from tests.helpers import scenario

CAP = 15
PRIOR = {"events": 1, "others": 1}
FIRM = {"events": 1, "others": 1000}


def of(rule, *, look="every report", unit="patients", repeats=False, accrual=None, **monitor) -> Scenario:
    """A scenario with one rule, on an event with a window or on one for each of its endpoints."""
    endpoints = [key for key in ("toxicity", "response") if key in rule]
    events = endpoints or ["dlt"]
    counts = {e: {"event": e} for e in endpoints} or {"event": "dlt", "unit": unit}
    design = {
        "accrual": {"until": f"{CAP} treated", **(accrual or {})},
        "phases": {"treatment": {"lasts": "84 days", "course": "28 days"}},
        "events": {event: {"window": "28 days", "repeats": repeats} for event in events},
        "monitoring": {
            "rule": {"counts": counts, "rule": rule, "look": look, "then": "close_accrual", **monitor}
        },
    }
    truth = {"accrual": "2 per month", "events": {event: {"hazard": "0.1 per month"} for event in events}}
    return scenario(design, {"truth": truth})


def monitor_of(found: Scenario):
    """The monitoring entry, and what its rule knows of the trial."""
    (design,) = found.designs.values()
    monitor = design.monitoring["rule"]
    return monitor.rule, plan_of(design, monitor, CAP)


def warned(found: Scenario) -> list[str]:
    """`KEYS: found ..., allowed ...` of the warnings about firing, without the rule's own path."""
    texts = [warning.text().split("warning: design.monitoring.rule.")[-1] for warning in found.warnings]
    return [text for text in texts if "can never" in text]


def outcomes_of(found: Scenario, looks=range(CAP + 1)) -> dict[str, bool]:
    """Per outcome whether `assess` has it at any reading, n of the looks and x from 0 to n."""
    rule, plan = monitor_of(found)
    comes = {boundary.outcome: False for boundary in rule.lower(plan).boundaries}
    for i, n in product(range(len(rule.endpoints)), looks):
        for x in range(n + 1):
            observed = [Observed(0, 0)] * len(rule.endpoints)
            observed[i] = Observed(n, x)
            if (outcome := rule.assess(observed, plan).outcome) is not None:
                comes[outcome] = True
    return comes


def ends(found: Scenario) -> list[str]:
    """What the warnings come to; two endpoints may have a reason each."""
    return list(dict.fromkeys(text.split(": ")[-1] for text in warned(found)))


def expected(comes: dict[str, bool]) -> list[str]:
    """What warnings have to come to."""
    if not any(comes.values()):
        return ["this rule can never fire"]
    return [f"the outcome `{outcome}` can never come" for outcome, ever in comes.items() if not ever]


def tse(toxicity, response, **more):
    limits = {"toxicity": toxicity, "response": response}
    return {"kind": "thall_simon_estey", **{k: v for k, v in limits.items() if v is not None}, **more}


def limit(standard, certainty="more than 95%", prior=PRIOR, margin="0%"):
    return {"standard": standard, "prior": prior, "certainty": certainty, "margin": margin}


def posterior(rate, certainty, prior=PRIOR, **more):
    return {"kind": "beta_binomial", "prior": prior, "rate": rate, "certainty": certainty, **more}


def against(standard, **more):
    return {"kind": "thall_simon", "standard": standard, "prior": PRIOR, **more}


HISTORY = {"events": 200, "others": 800}
RULES = {
    "count in reach": {"kind": "at_least", "count": 15},
    "count beyond": {"kind": "at_least", "count": 16},
    "few, whatever the count": {"kind": "at_most", "count": 9000},
    "few, from the last": {"kind": "at_most", "count": 0, "minimum_n": 15},
    "few, beyond": {"kind": "at_most", "count": 0, "minimum_n": 16},
    "begins beyond": {"kind": "at_least", "count": 3, "minimum_n": 16},
    "firm prior": posterior("more than 50%", "more than 90%", FIRM),
    "firm prior, few": posterior("less than 50%", "more than 90%", FIRM),
    "few in reach": posterior("less than 20%", "more than 95%"),
    "few just short": posterior("less than 10%", "more than 82%"),  # P(p < .1 | 0 of 15) = 1 - .9^16 = .8147
    "few just there": posterior("less than 10%", "more than 81%"),
    "many, a tie": posterior("more than 50%", "more than 99.9984741210938%"),  # 1 - 2^-16, not beyond it
    "posterior begins beyond": posterior("more than 20%", "more than 95%", minimum_n=16),
    "certain": posterior("more than 1%", "more than 99.99999999%"),
    "both ways": against("20%", promising="at least 95%", not_promising="at most 5%"),
    "not promising never": against("20%", promising="at least 95%", not_promising="at most 1%"),
    "not promising hidden": against("20%", promising="more than 0.1%", not_promising="at most 3%"),
    "uncertain standard": against(HISTORY, promising="at least 95%", not_promising="at most 10%"),
    "uncertain, never": against(HISTORY, promising="at least 95%", not_promising="at most 1%"),
    "two endpoints": tse(limit("30%"), limit("20%")),
    "toxicity never": tse(limit("95%", "more than 99%"), limit("20%")),
    "futility never": tse(limit("30%"), limit("10%")),
    "neither": tse(limit("95%", "more than 99%"), limit("10%")),
    "both histories": tse(limit(HISTORY), limit(HISTORY, margin="5%")),
    "a margin too wide": tse(limit(HISTORY, margin="80%"), None),
    "two begin beyond": tse(limit("30%"), limit("20%"), minimum_n=16),
}  # fmt: skip


@pytest.mark.parametrize("among", ["treated", "completed", "known", "fail"])
@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_warned_of_exactly_if_no_reading_fires_it(name, among):
    found = of(RULES[name], among=among)
    assert ends(found) == expected(outcomes_of(found))


@pytest.mark.parametrize("name", RULES)
def test_looks_that_come_too_early_are_seen(name):
    """At 5 and at 9 patients treated, each entering alone: no look reads another n."""
    found = of(RULES[name], look={"at": ["5 treated", "9 treated"]})
    assert ends(found) == expected(outcomes_of(found, (5, 9)))


NEVER = {
    "count beyond", "few, beyond", "begins beyond", "firm prior", "few just short", "many, a tie",
    "posterior begins beyond", "not promising never", "not promising hidden", "uncertain, never",
    "toxicity never", "futility never", "neither", "a margin too wide", "two begin beyond",
}  # fmt: skip


def test_the_rules_that_never_fire_are_those_that_were_made_so():
    """By their numbers, so that what `assess` and the boundaries have in common is not all there is."""
    assert {name for name, rule in RULES.items() if warned(of(rule))} == NEVER


MESSAGES = [
    (of({"kind": "at_least", "count": 3}, look="at 50 dlt events"),
     "look: found a look at 50 dlt events, beyond the cap, allowed at most 15 dlt events"),
    (of({"kind": "at_least", "count": 3}, look="every 16 completed"),
     "look: found a look at 16 completed, beyond the cap, allowed at most 15 completed"),
    (of({"kind": "at_least", "count": 3}, look={"every": "5 completed", "from": 16}),
     "look: found a look at 20 completed, beyond the cap, allowed at most 15 completed"),
    (of({"kind": "at_least", "count": 15}, look={"every": "7 treated", "from": 8}),
     "rule.count: found 15 patients, but a look reads at most 14, allowed at most 14"),
    (of(RULES["count beyond"]),
     "rule.count: found 16 patients, above the cap of 15 treated, allowed at most 15"),
    (of({"kind": "at_least", "count": 6}, look="at 5 treated"),
     "rule.count: found 6 patients, but a look reads at most 5, allowed at most 5"),
    (of(RULES["begins beyond"]),
     "rule.minimum_n: found no verdict before 16 patients, above the cap of 15 treated, allowed at most 15"),
    (of({"kind": "at_least", "count": 37}, unit="courses", accrual={"until": "12 treated"}),
     "rule.count: found 37 courses, but a look reads at most 36, allowed at most 36"),
    (of(RULES["firm prior"]),
     "rule: found a posterior of 2.491e-273 at 15 of 15, as far as it goes, and that is not `stop`, "
     "allowed a boundary that some count reaches first"),
]  # fmt: skip


@pytest.mark.parametrize(("found", "text"), MESSAGES, ids=[text for _, text in MESSAGES])
def test_a_rule_that_can_never_fire_is_told_with_its_reason(found, text):
    assert warned(found) == [f"{text}: this rule can never fire"]


SILENT = {
    "events may come again": of({"kind": "at_least", "count": 60}, unit="events", repeats=True),
    "looks at events that come again": of(
        {"kind": "at_least", "count": 3}, look="at 50 dlt events", unit="events", repeats=True
    ),
    "three courses each": of({"kind": "at_least", "count": 45}, unit="courses"),
    "looks by the calendar": of({"kind": "at_least", "count": 15}, look="every 3 months"),
    "others may enter during a wait": of({"kind": "at_least", "count": 6}, look="at 5 treated", wait="look"),
    "a queue enters at once": of(
        {"kind": "at_least", "count": 6}, look="at 5 treated", accrual={"while_held": "queued"}
    ),
    "looks at five completed see more treated": of({"kind": "at_least", "count": 6}, look="at 5 completed"),
    "the closing look reads everyone": of(
        {"kind": "at_least", "count": 15}, look={"at": "5 treated", "and": "at the end"}
    ),
    "the closing look reads who there is": of(
        {"kind": "at_least", "count": 3}, look={"every": "16 completed", "and": "at the end"}
    ),
    "the last of three looks": of(
        {"kind": "at_least", "count": 15}, look={"at": ["5 treated", "10 treated", "15 treated"]}
    ),
}


@pytest.mark.parametrize("why", SILENT)
def test_a_rule_that_may_fire_is_not_warned_of(why):
    assert not warned(SILENT[why])


@pytest.mark.parametrize("beyond", ["at 16 treated", "at 16 known"])
def test_a_look_beyond_the_cap_among_others_leaves_the_others(beyond):
    (warning,) = (
        w.text()
        for w in of(RULES["count in reach"], look={"at": ["5 treated", beyond[3:]]}).warnings
        if "look" in w.path
    )
    assert "beyond the cap" in warning
    assert "never" not in warning


def test_data_cut_before_the_look_may_leave_fewer():
    """At 5 treated, data of three days before: at most four patients are certain to be read, five may be."""
    assert not warned(of({"kind": "at_least", "count": 5}, look="at 5 treated", data_cut="3 days"))
    assert warned(of({"kind": "at_least", "count": 6}, look="at 5 treated", data_cut="3 days"))


@pytest.mark.parametrize("name", RULES)
def test_with_weighted_follow_up_the_same_outcomes_come(name):
    """Whole patients are among what looks read, and the most telling: everyone with the event, or nobody."""
    found = of(RULES[name], among="weight")
    comes = outcomes_of(found)
    assert ends(found) == expected(comes)
    rule, plan = monitor_of(found)
    table = rule.lower(plan)
    readings = [Readable(n=range(CAP + 1))] * len(rule.endpoints)
    assert dict(zip(comes, reached(table, readings), strict=True)) == comes


@pytest.mark.parametrize("name", RULES)
def test_what_is_plain_without_calculation_is_so(name):
    """Cantelli's bounds hold: where they decide, the posterior does the same."""
    rule, plan = monitor_of(of(RULES[name]))
    if not isinstance(rule, CriterionRule):
        return
    for c in rule.criteria(plan):
        for n in range(1, CAP + 1):
            held = c.holds(np.full(n + 1, n), np.arange(n + 1))
            plain = [c.plain(n, x) for x in range(n + 1)]
            assert all(p in (None, h) for p, h in zip(plain, held.tolist(), strict=True))


def test_plain_rules_are_told_without_a_calculation():
    half = against("50%", promising="at least 95%", not_promising="at most 5%")
    rules = [monitor_of(of(rule)) for rule in (tse(limit("30%"), limit("50%")), half)]
    assert [rule.plainly_reached([CAP] * len(rule.endpoints), plan) for rule, plan in rules] == [True, True]


# ---------------------------------------------------------------- patients whom no look reads


def unread(**more) -> list[str]:
    """The warnings of patients never read, of a rule in reach."""
    texts = [warning.text() for warning in of(RULES["few in reach"], **more).warnings]
    return [text.split("design.monitoring.rule.")[-1] for text in texts if "never read" in text]


NEVER_READ = (
    "look: found looks up to {last} {unit} of 15: {who} never read, allowed `and: at the end` beside "
    "`every`, or a cap that is a multiple of {step}\n"
    "    hint: did you mean {{every: {step} {unit}{start}, and: at the end}}?"
)


def test_the_last_patients_are_never_read_where_the_cap_is_no_multiple():
    def told(step, last, who, unit="completed", start=""):
        return [NEVER_READ.format(step=step, last=last, who=who, unit=unit, start=start)]

    assert unread(look="every 4 completed", among="completed") == told(4, 12, "patients 13 to 15 are")
    assert unread(look="every 7 treated") == told(7, 14, "patient 15 is", "treated")
    from_12 = {"every": "6 completed", "from": 12}
    assert unread(look=from_12, among="completed") == told(
        6, 12, "patients 13 to 15 are", start=", from: 12 completed"
    )
    waits = {"look": "every 4 treated", "among": "completed", "wait": "look"}
    assert unread(**waits) == told(4, 12, "patients 13 to 15 are", "treated")


ALL_READ = {
    "a multiple": {"look": "every 5 completed", "among": "completed"},
    "at the end": {"look": {"every": "4 completed", "and": "at the end"}, "among": "completed"},
    "those treated since": {"look": "every 4 completed", "among": "treated"},
    "those who came while it waited": {"look": "every 4 treated", "among": "treated", "wait": "look"},
    "a queue that entered at once": {"look": "every 4 treated", "accrual": {"while_held": "queued"}},
    "by the calendar": {"look": "every 4 months"},
    "by events": {"look": "every 4 dlt events"},
    "interim looks that are listed": {"look": "at 4, 8 completed", "among": "completed"},
    "none in reach": {"look": "every 16 completed", "among": "completed"},
}


@pytest.mark.parametrize("why", ALL_READ)
def test_where_all_may_be_read_nothing_is_said(why):
    assert not unread(**ALL_READ[why])
