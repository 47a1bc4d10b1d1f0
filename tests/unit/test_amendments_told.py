"""Amendments of a protocol in words and numbers: the story of a trial, explain, boundaries (hand-worked)."""

import numpy as np
import pytest

from simulator.metrics.block import Block
from simulator.reporting.explain import explain
from simulator.reporting.narrative import trace
from simulator.reporting.plots import swimmer
from simulator.reporting.rule_sheets import boundaries
from simulator.reporting.together import rules_together
from tests.engine.conduct import on_day, play
from tests.helpers import program, rule, scenario
from tests.pictures import words

GIVES = "design.phases.one.gives"
FIRST = {"when": "2 treated", "change": {GIVES: {"y": "1 mg"}}}
SECOND = {
    "when": "35 days",
    "counts": "keep",
    "applies_to": "on_study",
    "change": {GIVES: {"x": "1 mg"}, "design.monitoring.reads.rule.count": 4},
}
AMENDMENTS = {"first": FIRST, "second": SECOND}
TRUTH = {
    "accrual": "every 10 days",
    "events": {"a": {"clock": "enrolment", "while_on": "x", "probability": "40% in 20 days"}},
}


def design(amendments=AMENDMENTS, **more):
    """Patients of 10, 20, ... on `x` for 40 days; a rule at 3 patients with the event, at looks by n."""
    looks = {"among": "completed", "look": {"at": "2, 4, 6 completed"}}
    return {
        "accrual": {"until": "6 treated"},
        "drugs": {"x": ["1 mg"], "y": ["1 mg"]},
        "phases": {"one": {"lasts": "40 days", "gives": {"x": "1 mg"}}},
        "events": {"a": {"window": "20 days"}},
        "monitoring": {"reads": rule("a", 3, **looks)},
        "amendments": amendments,
        **more,
    }


@pytest.fixture(scope="module")
def told():
    return scenario(design(), {"truth": TRUTH})


def test_explain_names_the_amendments_of_a_rule(told):
    text = " ".join(explain(told).split())
    assert (
        "reads_first is reads after the amendment first, of patients who enter from then on, otherwise"
        in text
    )
    assert "reads_second is reads after the amendment second, of patients who enter after first:" in text


def test_a_sheet_has_the_rate_of_the_patients_whom_the_rule_reads(told):
    """Patients of the first amendment are not on `x`; of the second rule some are, and some are not."""
    sheets = {sheet.name: sheet.text for sheet in boundaries(told, rates=(0.2,))}
    named = {
        name: [row.split()[0] for row in text.splitlines() if row.endswith("truth")]
        for name, text in sheets.items()
    }
    assert named.pop("reads") == ["true", "40%", "true", "40%"]
    assert named == {"reads_first": ["true", "0%"], "reads_second": []}


def test_every_kind_of_sheet_says_after_which_amendment_its_rule_is():
    """A rule on one count, one that compares two arms, and a board of both."""
    arms = {"new": {"share": 1, "gives": {"x": "1 mg"}}, "old": {"share": 1}}
    compares = rule("a", 3, compare=["new", "old"], among="completed", look="every 2 completed")
    compares["rule"] = {
        "kind": "posterior_difference",
        "prior": {"events": 0.5, "others": 0.5},
        "certainty": "more than 90%",
    }
    board = {"rule": {"kind": "any_of", "of": ["reads", "compares"]}, "then": "close_accrual"}
    reads = rule("a", 3, among="completed", look="every 2 completed")
    of_arms = design(
        {"first": {"when": "2 treated", "change": {"design.phases.one.lasts": "50 days"}}},
        arms=arms,
        randomisation={"method": "permuted_blocks", "sizes": [2]},
        phases={"one": {"lasts": "40 days", "gives": {"x": "assigned"}}},
        monitoring={"reads": reads, "compares": compares, "board": board},
    )
    heads = {sheet.name: sheet.head for sheet in boundaries(scenario(of_arms, {"truth": TRUTH}))}
    for name in ("reads", "compares", "board"):
        assert "after the amendment" not in heads[name][1]
        said = f"{name}_first is {name} after the amendment first, of patients who enter from then on"
        assert heads[f"{name}_first"][1].startswith(said)


@pytest.mark.parametrize(("last", "told"), [("60 days", "up to day 60"), (None, "without a last day")])
def test_explain_tells_of_another_last_day(last, told):
    change = {"design.accrual.until": ["6 treated", *([last] if last else [])]}
    longer = {"longer": {"when": "2 treated", "change": change}}
    text = " ".join(
        explain(
            scenario(design(longer, accrual={"until": ["6 treated", "40 days"]}), {"truth": TRUTH})
        ).split()
    )
    assert f"From then on patients are taken {told}, unless accrual has closed by then." in text


def test_explain_tells_of_arms_that_change():
    arms = {"new": {"share": 1, "gives": {"x": "1 mg"}}, "old": {}}
    change = {"design.arms.low": {"share": 2, "gives": {"y": "1 mg"}}, "design.arms.new.share": 0}
    given = design(
        {"other": {"when": "2 treated", "change": change}}, arms=arms, phases={"one": {"lasts": "40 days"}}
    )
    given["randomisation"] = {"method": "permuted_blocks"}
    text = " ".join(explain(scenario(given, {"truth": TRUTH})).split())
    assert (
        "From then on patients are allocated 1 of 3 to old and 2 of 3 to low, nobody to new, in blocks that "
        "begin anew. From then on low is given y 1 mg." in text
    )


def test_explain_tells_of_other_levels():
    given = design({"other": {"when": "2 treated", "change": {"design.drugs.x": ["0.5 mg", "1 mg"]}}})
    text = " ".join(explain(scenario(given, {"truth": TRUTH})).split())
    assert "From then on the levels of x are 0.5 mg and 1 mg." in text


def test_explain_tells_of_another_screening():
    change = {"design.screening.takes": "9 days", "design.screening.eligible": "30%"}
    given = design({"other": {"when": "2 treated", "change": change}}, screening={"takes": "5 days"})
    text = " ".join(explain(scenario(given, {"truth": TRUTH})).split())
    assert "Who is registered from then on is in screening for 9 days; 30% are found eligible." in text


@pytest.mark.parametrize("limit", [4, 8])
def test_a_sheet_is_of_the_patients_who_are_taken_by_then(limit):
    """Of six as the protocol began: where nobody has the event, a rule reads all of them."""
    other = {"when": "2 treated", "change": {"design.accrual.until": f"{limit} treated"}}
    found = boundaries(scenario(design({"other": other}), {"truth": TRUTH}), rates=(0.0,))
    read = {
        sheet.name: [t.records[0] for t in sheet.tables if t.name == "characteristics"] for sheet in found
    }
    assert [(row["rate"], row["expected_n"]) for row in read["reads"]] == [(0.0, 6.0)]
    assert [(row["rate"], row["expected_n"]) for row in read["reads_other"]] == [(0.0, limit)]


def test_rules_that_are_never_on_together_are_not_told_together(told):
    assert rules_together(told) == []


def test_the_story_tells_rules_in_force_and_patients_after_their_amendment():
    """On day 35 the first two go on with `x`; who entered on `y` under the first amendment changes to it."""
    events = {"a": on_day(5)}
    story = trace(
        scenario(design(), {"truth": {**TRUTH, "events": events}}),
        variant="as_written",
        truth="truth",
        trial=0,
    )
    lines = [(day, text) for day, _, _, text in story.lines()]
    assert [text for day, text in lines if day == 35] == [
        "patient 4: A in one, on y 1 mg, seen at once",
        "report of patient 4's a: counts for reads_first",
        "AMENDMENT second comes into force, for new patients and those on study",
        "patient 3: x given, 1 mg, y stopped, as the protocol is amended",
        "patient 4: x given, 1 mg, y stopped, as the protocol is amended",
    ]
    reports = [text.partition(": ")[2] for _, text in lines if text.startswith("report")]
    assert reports[:2] == ["counts for reads", "does not count for reads_first (entered before first)"]


def test_the_patient_who_brings_an_amendment_stands_before_it():
    story = trace(scenario(design(), {"truth": TRUTH}), variant="as_written", truth="truth", trial=0)
    assert [
        text.partition(",")[0] for day, _, _, text in story.lines() if day == 10 and "look" not in text
    ] == [
        "patient 2 enters one",
        "AMENDMENT first comes into force",
    ]


def test_a_trial_is_full_with_the_patients_whom_it_takes_by_then():
    """From the second on it takes four, whose courses end by day 70; what day 50 decides waits 60 days."""
    fewer = {"when": "2 treated", "counts": "keep", "change": {"design.accrual.until": "4 treated"}}
    looks = {"among": "completed", "look": {"at": "2, 4, 6 completed"}, "decision_lag": "60 days"}
    given = design({"fewer": fewer}, monitoring={"reads": rule("a", 3, **looks)})
    truth = {**TRUTH, "events": {"a": on_day(5)}}
    text = trace(scenario(given, {"truth": truth}), variant="as_written", truth="truth", trial=0).text()
    assert "4 patients of at most 4 enrolled." in text
    assert "too late to change anything" in text


def test_the_last_planned_dose_is_that_of_the_patients_version():
    """Six patients, the last on day 50: 40 days of `x` as it began, 10 after the amendment of day 15."""
    shorter = {"when": "15 days", "change": {"design.phases.one.lasts": "10 days"}}
    events = {"a": {"hazard": "0"}}
    for amendments, last in (({}, 50 + 40), ({"first": shorter}, 50 + 10)):
        given = program(design(amendments, events={"a": {"window": "10 days"}}), {**TRUTH, "events": events})
        block = Block(given, play(given))
        assert np.allclose(block.last_planned_dose, last)


def test_every_amendment_is_drawn_above_the_decision_that_brought_it():
    """More than there are kinds of lines: their days tell them apart."""
    first = {"when": "reads fired", "change": {"design.phases.one.lasts": "41 days"}}
    later = {
        f"later_{i}": {"when": f"{i} treated", "change": {"design.phases.one.lasts": f"{40 + i} days"}}
        for i in (2, 3, 4)
    }
    events = {"a": on_day(1)}
    for amendments in ({"first": first}, {"first": first} | later):
        given = design(
            amendments,
            monitoring={"reads": rule("a", 1, then=[{"stop_drug": "x"}])},
            drugs={"x": ["1 mg"]},
        )
        story = trace(
            scenario(given, {"truth": {**TRUTH, "events": events}}),
            variant="as_written",
            truth="truth",
            trial=0,
        )
        days = [day for day, _, _, text in story.lines() if text.startswith("AMENDMENT")]
        (figure,) = swimmer.draw(story)
        upright = [line for line in figure.axes[0].lines if len({*line.get_xdata()}) == 1]
        drawn = {round(float(line.get_xdata()[0]) * 30.4375, 6): line for line in upright[-len(days) :]}
        assert [*drawn] == days
        stop = next(line for line in upright if line.get_color() == "#D55E00")
        assert all(line.get_zorder() > stop.get_zorder() for line in drawn.values())
        told_days = [text for text in words([figure]).splitlines() if text.startswith("amendment: ")]
        named = [f"amendment: {name}" for name in amendments]
        assert told_days == (
            named if len(days) == 1 else [f"{n}, day {d:.1f}" for n, d in zip(named, days, strict=True)]
        )
