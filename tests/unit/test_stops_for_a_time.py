"""A drug stopped for a time as it is written, refused, lowered, told and calculated.

Evidence: by hand (words and messages), exact (values of a stop for good where the two are alike).
"""

from dataclasses import replace
from pathlib import Path

import pytest

from simulator.errors import QuantityError, ScenarioError
from simulator.loading.load import load
from simulator.model.action import Action, parse_action
from simulator.program.course import FREE
from simulator.program.interruptions import beneath, interrupted
from simulator.reporting.explain import explain
from simulator.reporting.narrative import trace
from tests.differential.engines import AMENDED, DOSING_TRUTH, dosing_design, merged, of_tree
from tests.helpers import exactly, program, rule, scenario, until
from tests.unit.test_bad_input import problems_of

DRUG = {"x": ["1 mg", "2 mg"]}
PHASES = {"on": {"lasts": "100 days", "next": "off"}, "off": {"lasts": "100 days"}}
HAZARD = {"ache": {"hazard": "1 per year"}}
PAUSE = {"stop_drug": "x", "for": "28 days"}


# ---------------------------------------------------------------- as it is written


def test_it_is_read():
    assert parse_action(PAUSE) == Action(verb="stop_drug", name="x", days=28.0)
    assert parse_action({"for": "2 weeks", "stop_drug": "x"}) == Action(verb="stop_drug", name="x", days=14.0)
    assert parse_action({"stop_drug": "x"}).days is None


def test_it_is_told_with_its_time():
    assert parse_action(PAUSE).text() == "stop x for 28 days"
    assert parse_action({"stop_drug": "x"}).text() == "stop x"


@pytest.mark.parametrize(
    "value", [{"for": "28 days"}, {"for": "28 days", "stop_drug": "x", "give_drug": "y"}]
)
def test_what_says_no_drug_or_more_is_refused(value):
    with pytest.raises(QuantityError):
        parse_action(value)


SMALL = """\
trialstop: 1
title: Pauses
design:
  accrual: {until: 20 treated}
  drugs: {x: [1 mg], y: [1 mg]}
  phases: {on: {lasts: 1 year}}
  events:
    ache: {when_detected: [ACTION]}
truths:
  one: {accrual: 1 per month, events: {ache: {hazard: 1 per year}}}
"""
OF_STOPS = "`for` with `stop_drug`, as in {stop_drug: DRUG, for: 28 days}"
DURATION = "`for` with a number of days, weeks, months or years"
VERBS, WRITE = "close_accrual, end_trial, leave", "write {stop_drug: DRUG, for: 28 days}"
REFUSED = [  # what is written, how what is allowed begins, the hint
    ("{stop_drug: x, for: 0 days}", DURATION, WRITE),
    ("{stop_drug: x, for: -3 days}", DURATION, WRITE),
    ("{stop_drug: x, for: until released}", DURATION, WRITE),
    ("{stop_drug: x, for: 28}", DURATION, "did you mean {stop_drug: x, for: 28 days}?"),
    ("{stop_drug: x, for: 900 years}", "`for` with a duration, at most 200 years", WRITE),
    ("{give_drug: x, for: 28 days}", OF_STOPS, ""),
    ("{go_to: x, for: 28 days}", OF_STOPS, ""),
    ("{hold_accrual: x, for: 28 days}", OF_STOPS, ""),
    ("{for: 28 days}", OF_STOPS, ""),
    ("{stop_drug: x, fro: 28 days}", VERBS, "did you mean {stop_drug: x, for: 28 days}?"),
    ("{stop_drug: x, days: 28}", VERBS, "did you mean {stop_drug: x, for: 28 days}?"),
    ("{stop_drug: [x], for: 28 days}", VERBS, WRITE),
    (
        "{stop_drug: x, for: 28 days, lower_dose: y}",
        VERBS,
        "one action per item: [{stop_drug: x, for: 28 days}, {lower_dose: y}]",
    ),
]


@pytest.mark.parametrize(("written", "allowed", "hint"), REFUSED, ids=str)
def test_what_is_refused_is_one_problem(written: str, allowed: str, hint: str, tmp_path: Path) -> None:
    (problem,) = problems_of(SMALL.replace("ACTION", written), tmp_path)
    assert (
        f"{problem.line} {problem.path}: {problem.found}"
        == f"8 design.events.ache.when_detected[0]: {written}"
    )
    assert problem.allowed.startswith(allowed)
    assert problem.hint == hint


def test_a_drug_that_is_nowhere(tmp_path):
    (problem,) = problems_of(SMALL.replace("ACTION", "{stop_drug: z, for: 28 days}"), tmp_path)
    assert problem.path == "design.events.ache.when_detected[0].stop_drug"


def test_a_rule_that_fires_again_cannot():
    rules = {"r": rule("ache", 2, then=[PAUSE], fires="again")}
    design = {"accrual": until(4), "drugs": DRUG, "phases": PHASES, "events": {"ache": {}}}
    with pytest.raises(ScenarioError, match="`stop_drug` of a rule that fires again"):
        scenario({**design, "monitoring": rules}, {"t": {"accrual": "1 per month", "events": HAZARD}})


@pytest.mark.parametrize("change", ["{stop_drug: x}", "[{stop_drug: x}]"])
def test_another_action_in_its_place_has_nothing_of_it(change, tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(SMALL.replace("[ACTION]", "{stop_drug: x, for: 28 days}"), encoding="utf-8")
    (design,) = load(path, [f"design.events.ache.when_detected={change}"]).designs.values()
    assert design.events["ache"].when_detected == (Action(verb="stop_drug", name="x"),)


def test_its_time_may_be_set_alone(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(SMALL.replace("ACTION", "{stop_drug: x, for: 28 days}"), encoding="utf-8")
    (design,) = load(path, ["design.events.ache.when_detected[0].for=3 weeks"]).designs.values()
    assert design.events["ache"].when_detected[0].days == 21.0


# ---------------------------------------------------------------- as it is lowered and told


def lowered(then, **more):
    design = {
        "accrual": until(3),
        "drugs": DRUG,
        "phases": PHASES,
        "events": {"a": {}},
        "monitoring": {"rule": rule("a", 1, then=then, **more)},
    }
    truth = {"accrual": "every 10 days", "events": {"a": {"hazard": "0.1 per day", "while_on": "x"}}}
    return program(design, truth)


def test_states_are_as_many_as_before_and_again_with_the_drug_hidden():
    """However many times there are: until when is no part of a state."""
    plain = lowered([{"set_dose": {"x": "2 mg"}}])
    for times in (["1 day"], ["1 day", "2 days", "3 days"]):
        stops = [{"stop_drug": "x", "for": time} for time in times]
        given = lowered([*stops, {"set_dose": {"x": "2 mg"}}])
        assert len(given.states) == 2 * len(plain.states)
        assert {beneath(state) for state in given.states} == set(plain.states)
        assert all(
            state.levels == (0,) and state.held == (FREE,) for state in given.states if interrupted(state)
        )


def test_every_operation_changes_what_is_beneath():
    """Phases, steps, directives and an amendment that reaches those on study make of a state with the drug
    hidden what they make of the state beneath, but for the level last given.
    """
    amended = merged(AMENDED, {"less.applies_to": "on_study"})
    responses = {"dlt": [PAUSE, {"lower_dose": "x"}], "recovery": [{"give_drug": {"x": "1 mg"}}]}
    more = {f"events.{event}.when_detected": actions for event, actions in responses.items()}
    given = of_tree(merged(dosing_design(), {**more, "amendments": amended}), DOSING_TRUTH)
    assert any(change.operations for change in given.amendments)

    def plain(number):
        return None if number < 0 else replace(beneath(given.states[number]), last=())

    found = {
        (hidden, plain(number)): [plain(after) for after in row]
        for number, row in enumerate(given.after)
        for hidden in [bool(interrupted(given.states[number]))]
    }
    mine = {state: row for (hidden, state), row in found.items() if hidden}
    assert len(mine) > 10
    assert mine == {state: found[False, state] for state in mine}


def test_a_program_without_one_has_no_end_of_any():
    assert set(lowered([{"stop_drug": "x"}]).resumes) == {-1}
    assert set(lowered([{"stop_drug": "x"}]).interrupts) == {None}


def told(actions):
    """A scenario in which everyone has `ache` on day 20 and `late` on day 30, with these responses."""
    days = {name: {"at": {f"{day} days": "100%"}} for name, day in (("ache", 20), ("late", 30))}
    events = {
        name: {"clock": "enrolment", "incidence": "100%", "onset": onset} for name, onset in days.items()
    }
    responses = {"ache": {"when_detected": actions[0]}, "late": {"when_detected": actions[1]}}
    design = {"accrual": until(1), "drugs": DRUG, "phases": PHASES, "events": responses}
    return scenario(design, {"truth": {"accrual": "every 10 days", "events": events}})


def story(actions):
    made = told(actions)
    variant, truth = next(iter(made.designs)), next(iter(made.truths))
    return trace(made, variant=variant, truth=truth, trial=0).text()


def test_explain_and_trace_tell_it():
    actions = ([PAUSE], [])
    assert "When it is seen: stop x for 28 days." in explain(told(actions))
    text = story(actions)
    assert "20.0    0.7  patient 1: x stopped for a time, because of the ache\n" in text
    assert "48.0    1.6  patient 1: x resumed, 1 mg\n" in text
    assert "on again" not in text


@pytest.mark.parametrize("action", [PAUSE, {"set_dose": {"x": "2 mg"}}, {"stop_drug": "x"}])
def test_what_changes_nothing_meanwhile_is_not_told(action):
    text = story(([PAUSE], [action]))
    assert "30.0    1.0  patient 1: LATE" in text
    assert "30.0    1.0  patient 1: x" not in text
    assert ("x resumed" in text) == (action != {"stop_drug": "x"})


def test_a_drug_that_is_given_meanwhile_is_told_as_given():
    text = story(([PAUSE], [{"give_drug": {"x": "2 mg"}}]))
    assert "30.0    1.0  patient 1: x given, 2 mg, because of the late\n" in text
    assert "resumed" not in text


# ---------------------------------------------------------------- exact values


def test_exact_values_are_those_of_a_stop_for_good_but_for_patients_harmed():
    """The rule fires once. Given again, the drug goes on to harm, and how often is not calculated."""
    both = [exactly(lowered(["close_accrual", stop]))[0] for stop in (PAUSE, {"stop_drug": "x"})]
    mine, theirs = ({str(key): value for key, value in values.items()} for values in both)
    missing = theirs.keys() - mine.keys()
    assert missing
    assert all("patients_with" in key for key in missing)
    assert mine == {key: value for key, value in theirs.items() if key not in missing}


def test_no_exact_value_where_a_pause_changes_the_course():
    """Of another event, of which nobody knows at entry when it happens."""
    design = {
        "accrual": until(3),
        "drugs": DRUG,
        "phases": PHASES,
        "events": {"a": {}, "ache": {"when_detected": PAUSE}},
        "monitoring": {"rule": rule("a", 1)},
    }
    hazards = {"a": {"hazard": "0.1 per day", "while_on": "x"}, "ache": {"hazard": "0.1 per day"}}
    values, reason = exactly(program(design, {"accrual": "every 10 days", "events": hazards}))
    assert not values
    assert "the event `ache` changes the course" in reason
