"""Evidence: trace. Amendments of the levels that a drug has: what is lowest, next above, next below.

One candidate every 10 days, the first on day 0, on `len` 10 mg for 60 days unless a test says otherwise.
Everyone has `a` on their day 5. Both engines play each trial.
"""

import pytest

from tests.engine.amending import amended, build
from tests.engine.conduct import play
from tests.helpers import course

LEVELS = "design.drugs.len"
THREE = {LEVELS: ["5 mg", "10 mg", "25 mg"]}
FIRST = {"len": ["10 mg", "25 mg"], "pred": ["20 mg"]}


def given(change, *, does=None, when="2 treated", gives="10 mg", drugs=FIRST, **more):
    """Four patients. does: what is done about `a`; gives: the level of `len`, None for what is usual."""
    phase = {"lasts": "60 days", **({"gives": {"len": gives}} if gives else {})}
    found = [does] if does else []
    events = {"a": {"window": "60 days", "when_detected": found}, "b": {}}
    return build(amended(when, change, **more), patients=4, drugs=drugs, phases={"one": phase}, events=events)


def doses(program):
    """The levels of `len` of each patient in turn; none is returned to."""
    records = play(program)
    return [[*dict.fromkeys(levels[0] for _, _, levels in course(program, records, i))] for i in range(4)]


def test_a_dose_is_lowered_along_the_list_of_the_patients_version():
    """10 mg is the lowest of the first two patients; those after them go to 5 mg."""
    program = given(THREE, does={"lower_dose": "len"})
    assert program.levels[0] == ("5 mg", "10 mg", "25 mg")
    assert doses(program) == [["10 mg"]] * 2 + [["10 mg", "5 mg"]] * 2


def test_on_study_the_list_is_the_new_one_at_once():
    """The amendment of day 3 comes before the `a` of day 5."""
    program = given(THREE, does={"lower_dose": "len"}, when="3 days", applies_to="on_study")
    assert doses(program) == [["10 mg", "5 mg"]] * 4


def test_a_dose_is_raised_to_a_level_that_comes_between():
    steps = {"design.phases.one.steps": [{"after": "20 days", "raise_dose": "len"}]}
    between = {LEVELS: ["10 mg", "15 mg", "25 mg"]}
    assert doses(given(between | steps)) == [["10 mg"]] * 2 + [["10 mg", "15 mg"]] * 2
    fewer = {LEVELS: ["10 mg"]}
    assert doses(given(fewer | steps)) == [["10 mg"]] * 4


@pytest.mark.parametrize(("whom", "on_study"), [("new", "25 mg"), ("on_study", "10 mg")])
def test_a_level_that_is_listed_no_more_is_left_downwards(whom, on_study):
    """Who has 25 mg keeps it until `a`; 10 mg is below in a version that lists it alone, as in the first."""
    change = {LEVELS: ["10 mg"], "design.phases.one.gives": {"len": "10 mg"}}
    program = given(change, gives="25 mg", when="12 days", applies_to=whom)
    assert doses(program)[0] == (["25 mg"] if whom == "new" else ["25 mg", on_study])
    lowers = given(
        {LEVELS: ["10 mg"], "design.phases.one.gives": {}}, does={"lower_dose": "len"}, gives="25 mg"
    )
    assert doses(lowers)[:3] == [["25 mg", "10 mg"]] * 2 + [["-"]]


def test_the_lowest_level_is_what_is_usual_and_what_is_given_by_an_action():
    usual = given(THREE, gives=None)
    assert doses(usual) == [["10 mg"]] * 2 + [["5 mg"]] * 2
    by_action = given(THREE, does={"give_drug": "len"}, gives="25 mg")
    assert doses(by_action) == [["25 mg", "10 mg"]] * 2 + [["25 mg", "5 mg"]] * 2
