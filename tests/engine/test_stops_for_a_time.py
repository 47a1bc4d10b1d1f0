"""Evidence: trace. A drug stopped for a time: what each patient is on, and since when, worked out by hand.

Everyone has the events of a test on the days that it names, so that both engines play one trial, with the
same records. Unless a test says otherwise one patient, on 1 mg of x for 30 days.
"""

import pytest

from tests.engine.conduct import does, on_day, play, stop_for
from tests.helpers import course, exits, occurred, program, until

GIVES = {"x": "1 mg"}
ONE = {"one": {"lasts": "30 days", "gives": GIVES}}
FOUR = {
    "one": {"lasts": "10 days", "gives": GIVES, "next": "two"},
    "two": {"lasts": "10 days", "gives": {"x": "2 mg"}, "next": "three"},
    "three": {"lasts": "10 days", "gives": {"x": "as before"}, "next": "four"},
    "four": {"lasts": "10 days", "gives": {}},
}


def build(responses, *, phases=ONE, patients=1, every=10, monitoring=None, hazards=None):
    """The Program. responses: event -> (day of everyone's, actions); hazards: of events without any."""
    hazards = hazards or {}
    events = {name: {"when_detected": actions} for name, (_, actions) in responses.items()}
    design = {
        "accrual": until(patients),
        "drugs": {"x": ["1 mg", "2 mg", "4 mg"], "y": ["1 mg"]},
        "phases": phases,
        "events": events | {name: {"repeats": True} for name in hazards},
        "monitoring": monitoring or {},
    }
    happening = {name: on_day(day) for name, (day, _) in responses.items()} | hazards
    return program(design, {"accrual": f"every {every} days", "events": happening})


def doses(given, records, candidate=0):
    """(day, dose of x) at each of a patient's changes of state."""
    return [(day, dose) for day, _, (dose, _) in course(given, records, candidate)]


def played(responses, **more):
    """The same of the one patient."""
    given = build(responses, **more)
    return doses(given, play(given))


# ---------------------------------------------------------------- one patient


def test_the_drug_is_given_again_after_that_time():
    assert played({"a": (5, stop_for(7))}) == [(0, "1 mg"), (5, "-"), (12, "1 mg")]


def test_at_the_level_at_which_it_was_stopped():
    phases = {"one": {**ONE["one"], "steps": [{"after": "3 days", "raise_dose": "x"}]}}
    assert played({"a": (5, stop_for(7))}, phases=phases)[1:] == [(3, "2 mg"), (5, "-"), (12, "2 mg")]


def test_a_planned_step_meanwhile_shows_when_it_is_given_again():
    phases = {"one": {**ONE["one"], "steps": [{"after": "8 days", "set": {"x": "2 mg"}}]}}
    assert played({"a": (5, stop_for(7))}, phases=phases)[1:] == [(5, "-"), (8, "-"), (12, "2 mg")]


def test_in_a_phase_entered_meanwhile_it_is_what_that_gives():
    found = played({"a": (5, stop_for(7))}, phases=FOUR)
    assert found == [(0, "1 mg"), (5, "-"), (10, "-"), (12, "2 mg"), (20, "2 mg"), (30, "-")]


@pytest.mark.parametrize(("day", "days", "back"), [(15, 7, "2 mg"), (5, 17, "2 mg"), (15, 3, "2 mg")])
def test_where_a_phase_gives_as_before_it_is_the_level_before_the_stop(day, days, back):
    """Also where a phase that gave another one came and went meanwhile."""
    found = played({"a": (day, stop_for(days))}, phases=FOUR)
    assert found[-2 if day + days > 20 else -3] == (day + days, back)


def test_in_a_phase_that_does_not_give_it_nothing_is_given():
    found = played({"a": (25, stop_for(10))}, phases=FOUR)
    assert found[3:] == [(25, "-"), (30, "-"), (35, "-")]


def test_a_drug_that_is_not_given_is_stopped_for_phases_to_come():
    """`four` first, then `one`: x, which would start on day 10, does on day 15."""
    phases = {"four": {"lasts": "10 days", "gives": {}, "next": "one"}, **ONE}
    assert played({"a": (5, stop_for(10))}, phases=phases) == [(0, "-"), (5, "-"), (10, "-"), (15, "1 mg")]


def test_a_course_that_ends_before_that_ends_without_it():
    given = build({"a": (25, stop_for(7))})
    records = play(given)
    assert doses(given, records) == [(0, "1 mg"), (25, "-")]
    assert exits(records) == [30]


@pytest.mark.parametrize("days", [5, 10**4])
def test_a_course_whose_end_falls_on_that_day_too(days):
    assert played({"a": (25, stop_for(days))}) == [(0, "1 mg"), (25, "-")]


@pytest.mark.parametrize("drug", ["x", "y"])
def test_only_the_drug_that_is_named(drug):
    phases = {"one": {"lasts": "30 days", "gives": {"x": "1 mg", "y": "1 mg"}}}
    given = build({"a": (5, stop_for(7, drug))}, phases=phases)
    place = "xy".index(drug)
    found = course(given, play(given))
    assert [on[place] for _, _, on in found] == ["1 mg", "-", "1 mg"]
    assert {on[1 - place] for _, _, on in found} == {"1 mg"}


def test_two_drugs_are_stopped_apart():
    phases = {"one": {"lasts": "30 days", "gives": {"x": "1 mg", "y": "1 mg"}}}
    given = build({"a": (5, stop_for(7)), "b": (8, stop_for(7, "y"))}, phases=phases)
    x, y = "1 mg", "1 mg"
    assert [(day, on) for day, _, on in course(given, play(given))] == [
        (0, (x, y)), (5, ("-", y)), (8, ("-", "-")), (12, (x, "-")), (15, (x, y)),
    ]  # fmt: skip


# ---------------------------------------------------------------- with other directives


def test_a_later_stop_for_good_is_for_good():
    found = played({"a": (5, stop_for(7)), "b": (8, {"stop_drug": "x"})}, phases=FOUR)
    assert [dose for _, dose in found[1:]] == ["-"] * (len(found) - 1)
    assert 12 not in dict(found), "the end of the first is void"


def test_after_an_earlier_stop_for_good_it_stays_stopped():
    found = played({"a": (3, {"stop_drug": "x"}), "b": (5, stop_for(7))}, phases=FOUR)
    assert [dose for _, dose in found[1:]] == ["-"] * (len(found) - 1)


def test_a_drug_given_meanwhile_is_given_and_stays_given():
    found = played({"a": (5, stop_for(7)), "b": (8, {"give_drug": {"x": "4 mg"}})}, phases=FOUR)
    assert found == [(0, "1 mg"), (5, "-"), (8, "4 mg"), (10, "4 mg"), (20, "4 mg"), (30, "4 mg")]


def test_a_drug_given_by_a_directive_before_is_so_again():
    """Given at 4 mg from day 3 on, whatever phases give."""
    found = played({"a": (3, {"give_drug": {"x": "4 mg"}}), "b": (15, stop_for(20))}, phases=FOUR)
    assert found[-4:] == [(15, "-"), (20, "-"), (30, "-"), (35, "4 mg")]


@pytest.mark.parametrize(("first", "second", "end"), [(10, 10, 18), (10, 2, 15), (10, 7, 15), (3, 5, 13)])
def test_of_two_stops_for_a_time_the_later_end_holds(first, second, end):
    """Of day 5 and of day 8. On day 8 itself an end of the first comes after the second has begun."""
    assert played({"a": (5, stop_for(first)), "b": (8, stop_for(second))}) == [
        (0, "1 mg"),
        (5, "-"),
        (end, "1 mg"),
    ]


def test_it_may_be_stopped_again_afterwards():
    found = played({"a": (5, stop_for(3)), "b": (12, stop_for(4))})
    assert found == [(0, "1 mg"), (5, "-"), (8, "1 mg"), (12, "-"), (16, "1 mg")]


@pytest.mark.parametrize("first", [0, 1])
def test_stopped_for_a_time_and_then_one_level_lower(first):
    """In either order."""
    phases = {"one": {"lasts": "30 days", "gives": {"x": "4 mg"}}}
    both = [stop_for(7), {"lower_dose": "x"}]
    found = played({"a": (5, [both[first], both[1 - first]])}, phases=phases)
    assert found[0] == (0, "4 mg")
    assert (found[-2][1], found[-1]) == ("-", (12, "2 mg"))


@pytest.mark.parametrize(
    ("change", "back"),
    [({"set_dose": {"x": "4 mg"}}, "4 mg"), ({"raise_dose": "x"}, "2 mg"), ({"lower_dose": "x"}, "1 mg")],
)
def test_a_change_of_dose_meanwhile_shows_when_it_is_given_again(change, back):
    found = played({"a": (5, stop_for(7)), "b": (8, change)})
    assert found[-1] == (12, back)
    assert {dose for _, dose in found[1:-1]} == {"-"}


def test_a_phase_that_is_gone_to_meanwhile():
    phases = {**ONE, "rest": {"lasts": "20 days", "gives": {"x": "2 mg"}}}
    found = played({"a": (5, [stop_for(7), {"go_to": "rest"}])}, phases=phases)
    assert found == [(0, "1 mg"), (5, "-"), (5, "-"), (12, "2 mg")]


# ---------------------------------------------------------------- clocks, and the order of an instant


def again(clock):
    """An event 3 days after each start of a clock."""
    return {"clock": clock, "restarts": True, "incidence": "100%", "onset": {"at": {"3 days": "100%"}}}


@pytest.mark.parametrize(
    ("clock", "days"), [("stop of x", [8]), ("start of x", [3, 15]), ("dose step of x", [])]
)
def test_it_is_a_stop_and_a_start_to_clocks(clock, days):
    given = build({"a": (5, stop_for(7))}, hazards={"b": again(clock)})
    assert occurred(given, play(given), "b") == days


def test_a_return_at_another_level_is_a_start_and_no_step():
    phases = {"one": {**ONE["one"], "steps": [{"after": "8 days", "raise_dose": "x"}]}}
    hazards = {"b": again("start of x"), "c": again("dose step of x")}
    given = build({"a": (5, stop_for(7))}, phases=phases, hazards=hazards)
    records = play(given)
    assert (occurred(given, records, "b"), occurred(given, records, "c")) == ([3, 15], [])


def test_it_ends_after_the_phase_that_ends_on_that_day():
    """Into a phase without x, so that it is not given for an instant, to be stopped once more on day 10."""
    phases = {
        "one": {"lasts": "10 days", "gives": GIVES, "next": "two"},
        "two": {"lasts": "20 days", "gives": {}},
    }
    given = build({"a": (5, stop_for(5))}, phases=phases, hazards={"b": again("stop of x")})
    records = play(given)
    assert course(given, records)[2:] == [(10, "two", ("-", "-"))] * 2
    assert occurred(given, records, "b") == [8]
    assert records.events["since"][:, 0].tolist() == [0.0, 3.0]


def test_it_ends_after_a_step_of_that_day():
    phases = {"one": {**ONE["one"], "steps": [{"after": "12 days", "raise_dose": "x"}]}}
    given = build({"a": (5, stop_for(7))}, phases=phases, hazards={"c": again("dose step of x")})
    records = play(given)
    assert doses(given, records) == [(0, "1 mg"), (5, "-"), (12, "-"), (12, "2 mg")]
    assert occurred(given, records, "c") == []


def test_what_happens_on_its_last_day_happens_without_the_drug():
    given = build({"a": (5, stop_for(7)), "b": (12, [])})
    records = play(given)
    assert records.events["since"][:, 0].tolist() == [0.0, 7.0]


# ---------------------------------------------------------------- by a rule


def by_rules(monitoring, *, patients=8, every=5, **more):
    """Each patient's doses, by candidate: one comes every 5 days; nothing follows `a`, of their day 5."""
    given = build({"a": (5, [])}, patients=patients, every=every, monitoring=monitoring, **more)
    records = play(given)
    return {int(p["candidate"]): doses(given, records, int(p["candidate"])) for p in records.patients}


def test_it_reaches_those_on_study_and_those_who_enter_meanwhile():
    """On days 7-22. Who enters on day 20 is without x for 2 days, who enters on day 25 never is."""
    found = by_rules({"rule": does(stop_for(15), on=[7])})
    assert found[0] == [(0, "1 mg"), (7, "-"), (22, "1 mg")]
    assert found[1] == [(5, "1 mg"), (7, "-"), (22, "1 mg")]
    assert found[2] == [(10, "-"), (22, "1 mg")]
    assert found[4] == [(20, "-"), (22, "1 mg")]
    assert found[5] == [(25, "1 mg")]


def test_who_enters_on_its_first_day_is_without_it_and_on_its_last_day_on_it():
    """On days 10-20."""
    found = by_rules({"rule": does(stop_for(10), on=[10])})
    assert found[2] == [(10, "-"), (20, "1 mg")]
    assert found[3] == [(15, "-"), (20, "1 mg")]
    assert found[4] == [(20, "1 mg")]


def test_it_is_counted_from_when_the_decision_takes_effect():
    found = by_rules({"rule": does(stop_for(10), on=[7], decision_lag="4 days")})
    assert found[0] == [(0, "1 mg"), (11, "-"), (21, "1 mg")]
    assert found[3] == [(15, "-"), (21, "1 mg")]


@pytest.mark.parametrize("days", [12, 22])
def test_a_stop_for_good_by_another_rule_is_for_those_who_enter_later_too(days):
    """From day 12 on; the stop for a time is of day 7."""
    rules = {"rule": does(stop_for(days - 7), on=[7]), "other": does({"stop_drug": "x"}, on=[12])}
    found = by_rules(rules)
    assert [dose for _, dose in found[0][1:]] == (["-", "1 mg", "-"] if days == 12 else ["-", "-"])
    assert found[6] == [(30, "-")]


def test_a_drug_that_another_rule_gives_meanwhile():
    """At 2 mg from day 12 on."""
    rules = {"rule": does(stop_for(15), on=[7]), "other": does({"give_drug": {"x": "2 mg"}}, on=[12])}
    found = by_rules(rules)
    assert found[0] == [(0, "1 mg"), (7, "-"), (12, "2 mg")]
    assert found[3] == [(15, "2 mg")]


def test_a_dose_that_another_rule_sets_meanwhile_shows_afterwards():
    """In those who were there and in those who entered between, before the rule's or after it."""
    rules = {"rule": does(stop_for(15), on=[7]), "other": does({"set_dose": {"x": "2 mg"}}, on=[12])}
    found = by_rules(rules)
    assert found[0][-1] == found[2][-1] == found[4][-1] == (22, "2 mg")
    assert found[4] == [(20, "-"), (22, "2 mg")]
    assert found[5] == [(25, "2 mg")]


@pytest.mark.parametrize(("second", "end"), [(4, 22), (16, 28)])
def test_of_two_rules_the_later_end_holds_also_for_those_who_enter(second, end):
    found = by_rules({"rule": does(stop_for(15), on=[7]), "other": does(stop_for(second), on=[12])})
    assert found[0] == [(0, "1 mg"), (7, "-"), (end, "1 mg")]
    assert found[3] == [(15, "-"), (end, "1 mg")]


@pytest.mark.parametrize("names", [("rule", "other"), ("other", "rule")])
@pytest.mark.parametrize(
    ("then", "doses_found"),
    [
        (stop_for(20), [(0, "1 mg"), (7, "-"), (27, "1 mg")]),
        ({"stop_drug": "x"}, [(0, "1 mg"), (7, "-"), (7, "-")]),
        ({"give_drug": {"x": "2 mg"}}, [(0, "1 mg"), (7, "-"), (7, "2 mg")]),
        ({"raise_dose": "x"}, [(0, "1 mg"), (7, "-"), (7, "-"), (22, "2 mg")]),
    ],
)
def test_rules_of_one_instant(then, doses_found, names):
    """Whichever stands first: a stop for a time comes before one for good, and that before what gives."""
    rules = {"rule": does(stop_for(15), on=[7]), "other": does(then, on=[7])}
    assert by_rules({name: rules[name] for name in names})[0] == doses_found


@pytest.mark.parametrize(("own", "end"), [(5, 22), (30, 35)])
def test_of_a_rule_and_a_patients_own_the_later_end_holds(own, end):
    """The patient's is of day 5, the rule's of days 7-22."""
    given = build({"a": (5, stop_for(own))}, phases={"one": {"lasts": "60 days", "gives": GIVES}},
        monitoring={"rule": does(stop_for(15), on=[7])})  # fmt: skip
    assert doses(given, play(given)) == [(0, "1 mg"), (5, "-"), (end, "1 mg")]


def test_a_patients_own_is_nobody_elses():
    """Patients 0 and 1 have `a`, with 3 days between; each is stopped for 4 days."""
    given = build({"a": (5, stop_for(4))}, patients=2, every=3)
    records = play(given)
    assert doses(given, records, 0) == [(0, "1 mg"), (5, "-"), (9, "1 mg")]
    assert doses(given, records, 1) == [(3, "1 mg"), (8, "-"), (12, "1 mg")]


def test_a_directive_after_its_end_finds_it_ended():
    """The compiled path is played again from entry: stopped on days 7-12 and 22-27, each once."""
    rules = {
        "rule": does(stop_for(5), on=[7]),
        "other": does(stop_for(5), on=[22]),
        "last": does({"raise_dose": "x"}, on=[24]),
    }
    found = by_rules(rules)
    assert found[0] == [(0, "1 mg"), (7, "-"), (12, "1 mg"), (22, "-"), (24, "-"), (27, "2 mg")]
    assert found[2][:2] == [(10, "-"), (12, "1 mg")]
    assert found[3][0] == (15, "1 mg")


def test_an_end_on_the_day_of_another_rules_stop():
    """Ended on day 12, then stopped again on it: what a patient plans comes before what rules direct."""
    found = by_rules({"rule": does(stop_for(5), on=[7]), "other": does(stop_for(5), on=[12])})
    assert found[0] == [(0, "1 mg"), (7, "-"), (12, "1 mg"), (12, "-"), (17, "1 mg")]
