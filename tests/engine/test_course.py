"""Evidence: trace. A patient's course through phases, doses, visits and directives, worked out by hand."""

from math import inf

import pytest

from tests.helpers import course, exits, happened, occurred, program, rule, script, until


def design(phases, events=(), drugs=None, **more):
    named = events if isinstance(events, dict) else {name: {} for name in events}
    return {
        "accrual": until(1),
        "drugs": drugs or {"x": ["1 mg", "2 mg"]},
        "phases": phases,
        "events": named,
        **more,
    }


def phase(days, *, x=None, to=None, **more):
    body = {"lasts": f"{days} days", "gives": {"x": x} if x else {}, **more}
    return body | ({"next": to} if to else {})


# three phases that give x, and one that does not
FOUR = {
    "one": phase(10, x="1 mg", to="two"),
    "two": phase(10, x="2 mg", to="three"),
    "three": phase(10, x="2 mg", to="four"),
    "four": phase(10),
}


def play(responses, days, phases=None, **more):
    """Course of one patient; responses: event -> actions; days: event -> days."""
    events = {
        name: {"repeats": len(days[name]) > 1, "when_detected": actions}
        for name, actions in responses.items()
    }
    given = program(design(phases or FOUR, events, **more), {})
    records = script(given, days={(name, 0): at for name, at in days.items()})
    return course(given, records), exits(records)[0]


def test_the_planned_course():
    found, end = play({}, {})
    assert found == [
        (0, "one", ("1 mg",)),
        (10, "two", ("2 mg",)),
        (20, "three", ("2 mg",)),
        (30, "four", ("-",)),
    ]
    assert end == 40


# ---------------------------------------------------------------- directives outlive phases


def test_a_stopped_drug_stays_stopped_in_later_phases_that_give_it():
    found, _ = play({"halt": [{"stop_drug": "x"}]}, {"halt": [5]})
    assert found[1:] == [(5, "one", ("-",)), (10, "two", ("-",)), (20, "three", ("-",)), (30, "four", ("-",))]


def test_until_it_is_given_again_and_then_it_stays_given():
    responses = {"halt": [{"stop_drug": "x"}], "resume": [{"give_drug": {"x": "2 mg"}}]}
    found, _ = play(responses, {"halt": [5], "resume": [15]})
    assert [row for row in found if row[0] >= 10] == [
        (10, "two", ("-",)),
        (15, "two", ("2 mg",)),
        (20, "three", ("2 mg",)),
        (30, "four", ("2 mg",)),
    ]


def test_a_given_drug_keeps_its_level_where_the_phase_gives_another():
    found, _ = play({"resume": [{"give_drug": {"x": "1 mg"}}]}, {"resume": [12]})
    assert [doses for day, _, doses in found if day >= 12] == [("1 mg",)] * 3


def test_given_without_a_dose_is_the_first_level():
    found, _ = play({"resume": [{"give_drug": "x"}]}, {"resume": [35]})
    assert found[-1] == (35, "four", ("1 mg",))


def test_set_dose_changes_only_who_is_on_the_drug():
    found, _ = play({"change": [{"set_dose": {"x": "2 mg"}}]}, {"change": [4, 35]})
    assert found[1] == (4, "one", ("2 mg",))
    assert found[-1] == (30, "four", ("-",))


def test_actions_of_one_response_follow_in_their_order():
    found, _ = play({"halt": [{"stop_drug": "x"}, {"go_to": "three"}]}, {"halt": [4]})
    assert [found[1], found[2]] == [(4, "one", ("-",)), (4, "three", ("-",))]


def test_going_to_the_phase_one_is_in_changes_nothing():
    found, end = play({"turn": [{"go_to": "one"}]}, {"turn": [4]})
    assert [day for day, _, _ in found] == [0, 10, 20, 30]
    assert end == 40


def test_going_to_another_phase_starts_its_time():
    found, end = play({"turn": [{"go_to": "three"}]}, {"turn": [4]})
    assert [(day, name) for day, name, _ in found] == [(0, "one"), (4, "three"), (14, "four")]
    assert end == 24


def test_leaving_ends_the_course_and_what_would_have_come():
    events = {"gone": {"when_detected": "leave"}, "late": {}}
    given = program(design(FOUR, events), {})
    records = script(given, days={("gone", 0): [17], ("late", 0): [20]})
    assert exits(records) == [17]
    assert [row[1] for row in happened(given, records)] == ["gone"]


# ---------------------------------------------------------------- transitions


def branches(next_, **days):
    phases = {"one": phase(10, to=next_), "two": phase(5), "three": phase(7), "four": phase(9)}
    jump = {"jump": {"when_detected": {"go_to": "two"}}}  # so that every phase is reached
    given = program(design(phases, {"a": {}, "b": {}} | jump), {})
    records = script(given, days={(name, 0): [at] for name, at in days.items()})
    return [name for _, name, _ in course(given, records)][1:], exits(records)[0]


CONDITIONS = [{"to": "two", "only_if": "a"}, {"to": "three", "unless": "b"}, {"to": "four"}]


@pytest.mark.parametrize(
    ("days", "to", "end"),
    [
        ({}, ["three"], 17),
        ({"a": 3}, ["two"], 15),
        ({"b": 3}, ["four"], 19),
        ({"a": 3, "b": 4}, ["two"], 15),
        ({"a": 10}, ["two"], 15),  # on the last instant: detected, then the transition
    ],
)
def test_of_several_transitions_the_first_that_holds_is_taken(days, to, end):
    assert branches(CONDITIONS, **days) == (to, end)


def test_without_a_transition_that_holds_the_course_ends():
    assert branches([{"to": "two", "only_if": "a"}, {"to": "three", "only_if": "b"}]) == ([], 10)


def test_a_transition_may_be_taken_so_often_by_a_patient():
    assert branches([{"to": "one", "at_most": 2}, {"to": "two"}]) == (["one", "one", "two"], 35)


def test_each_transition_is_counted_by_itself():
    phases = {
        "one": phase(10, to=[{"to": "one", "at_most": 1}, {"to": "two", "at_most": 1}]),
        "two": phase(5, to="one"),
    }
    given = program(design(phases), {})
    records = script(given)
    assert [name for _, name, _ in course(given, records)] == ["one", "one", "two", "one"]
    assert exits(records) == [35]


def test_a_condition_asks_whether_the_event_was_detected_not_whether_it_happened():
    phases = {
        "one": phase(10, to=[{"to": "two", "unless": "a"}, {"to": "three"}], visits={"every": "4 days"}),
        "two": phase(5),
        "three": phase(7),
    }
    given = program(design(phases, {"a": {"detected": "at visits"}}), {})
    for day, to in ((7.5, "three"), (8, "three"), (8.5, "two")):
        assert course(given, script(given, days={("a", 0): [day]}))[1][1] == to, day


# ---------------------------------------------------------------- steps and `as before`

STEPS = [
    {"after": "3 days", "set": {"x": "2 mg"}, "unless": "a"},
    {"after": "6 days", "set": {"x": "4 mg"}, "only_if": "b"},
]
CARRY = {
    "one": phase(10, x="1 mg", to="two", steps=STEPS),
    "two": phase(10, x="as before", to="three"),
    "three": phase(10, x="1 mg"),
}


@pytest.mark.parametrize(
    ("days", "doses"),
    [
        ({}, ["1 mg", "2 mg", "2 mg", "1 mg"]),
        ({"a": 2}, ["1 mg", "1 mg", "1 mg"]),
        ({"a": 3}, ["1 mg", "1 mg", "1 mg"]),  # detection comes before the step of the same instant
        ({"a": 4}, ["1 mg", "2 mg", "2 mg", "1 mg"]),
        ({"b": 5}, ["1 mg", "2 mg", "4 mg", "4 mg", "1 mg"]),
        ({"b": 7}, ["1 mg", "2 mg", "2 mg", "1 mg"]),
        ({"halt": 1}, ["1 mg", "-", "-", "-"]),  # steps are for patients on the drug
        ({"halt": 4}, ["1 mg", "2 mg", "-", "-", "-"]),
        ({"halt": 1, "resume": 8}, ["1 mg", "-", "2 mg", "2 mg", "2 mg"]),
    ],
)
def test_steps_and_as_before(days, doses):
    events = {
        "a": {},
        "b": {},
        "halt": {"when_detected": {"stop_drug": "x"}},
        "resume": {"when_detected": {"give_drug": {"x": "2 mg"}}},
    }
    given = program(design(CARRY, events, {"x": ["1 mg", "2 mg", "4 mg"]}), {})
    records = script(given, days={(name, 0): [at] for name, at in days.items()})
    assert [row[2][0] for row in course(given, records)] == doses


def test_steps_begin_anew_in_a_phase_that_is_entered_again():
    steps = [{"after": "3 days", "set": {"x": "2 mg"}}]
    phases = {"one": phase(10, x="1 mg", to=[{"to": "one", "at_most": 1}], steps=steps)}
    given = program(design(phases), {})
    assert [(day, doses[0]) for day, _, doses in course(given, script(given))] == [
        (0, "1 mg"),
        (3, "2 mg"),
        (10, "1 mg"),
        (13, "2 mg"),
    ]


def test_a_phase_clock_may_restart_when_its_phase_is_entered_again():
    """0.1 per day in the first 4 days of each round: 0.4 in the first, 0.2 more by day 12."""
    pieces = {"clock": "entry to one", "piecewise": [{"to": "4 days", "hazard": "0.1 per day"}]}
    phases = {"one": phase(10, to=[{"to": "one", "at_most": 1}])}
    for restarts, expected in ((True, [12.0]), (False, [])):
        body = {"components": {"c": pieces | {"restarts": restarts}}}
        given = program(design(phases, {"a": {}}), {"events": {"a": body}})
        assert occurred(given, script(given, levels={("a", 0): [0.6]}), "a") == expected


# ---------------------------------------------------------------- detection


def test_the_response_comes_at_the_detection_not_at_the_event():
    events = {"a": {"detected": "at visits", "when_detected": {"stop_drug": "x"}}}
    phases = {"one": phase(10, x="1 mg", visits={"every": "4 days"})}
    given = program(design(phases, events), {"delays": {"a": {"detection": "1 day"}}})
    assert course(given, script(given, days={("a", 0): [2]}))[1:] == [(5, "one", ("-",))]


VISITED = {
    "one": phase(10, to="two", visits={"every": "4 days"}),
    "two": phase(10, to="three"),
    "three": phase(10, visits={"every": "5 days"}),
}


def detected(day, *, delays=None, phases=None, events=None, counted=True, jump=()):
    """When an event of that day is detected and reported."""
    kinds = {"a": {"detected": "at visits"}, "turn": {"when_detected": {"go_to": "three"}}} | (events or {})
    monitoring = {"rule": rule("a", 1, then=[])} if counted else {}
    truth = {"delays": {"a": delays}} if delays else {}
    given = program(design(phases or VISITED, kinds, monitoring=monitoring), truth)
    records = script(given, days={("a", 0): [day], ("turn", 0): jump})
    return happened(given, records, "a")[0][3:]


@pytest.mark.parametrize(
    ("day", "visit"),
    [
        (0, 4),  # k from 1: no visit at entry
        (1, 4),
        (4, 4),
        (4.5, 8),
        (8, 8),
        (8.5, 25),  # no visit left in this phase, none in the next
        (15, 25),
        (20, 25),
        (25.5, 30),
        (30, 30),  # the visit on the last instant counts
    ],
)
def test_an_event_is_found_at_the_first_visit_at_or_after_it(day, visit):
    assert detected(day) == (visit, visit)


def test_without_a_visit_left_in_the_course_it_is_never_found():
    phases = {"one": phase(10, visits={"every": "4 days"})}
    assert detected(8.5, phases=phases, events={"turn": {}}) == (inf, inf)


def test_a_jump_to_another_phase_changes_the_visits_to_come():
    assert detected(1, jump=[2]) == (7, 7)
    assert detected(1, jump=[4.5]) == (4, 4)


def test_who_leaves_before_the_visit_is_not_found_at_it():
    gone = {"turn": {"when_detected": "leave"}}
    assert detected(1, events=gone, jump=[2]) == (inf, inf)
    assert detected(1, events=gone, jump=[4]) == (4, 4), "visit and leaving on one day: found first"


def test_visits_lie_at_multiples_that_are_not_whole_days():
    phases = {"one": phase(100, visits={"every": "10.1 days"})}
    at = detected(10.1, phases=phases, events={"turn": {}})[0]
    assert at == pytest.approx(10.1, abs=1e-6), "at the visit counts as before it"
    assert detected(20.3, phases=phases, events={"turn": {}})[0] == pytest.approx(30.3, abs=1e-6)


def test_delays_follow_the_visit_and_the_detection():
    assert detected(3, delays={"detection": "2 days", "report": "5 days"}) == (6, 11)
    assert detected(7, delays={"detection": "30 days", "report": "5 days"}) == (38, 43), (
        "also after the course"
    )


@pytest.mark.parametrize("day", [3, 9, 10, 19.5, 29])
def test_a_detection_under_way_is_not_put_off_by_a_change_of_phase(day):
    at_once = {"a": {"detected": "at once"}}
    assert detected(day, delays={"detection": "2 days"}, events=at_once) == (day + 2, day + 2)


def test_a_detection_under_way_is_not_put_off_by_a_jump():
    at_once = {"a": {"detected": "at once"}}
    assert detected(3, delays={"detection": "4 days"}, events=at_once, jump=[5]) == (7, 7)


@pytest.mark.parametrize("day", [1, 8.5, 30])
@pytest.mark.parametrize("how", ["at visits", "at once"])
def test_an_event_is_detected_the_same_whether_or_not_a_rule_counts_it(day, how):
    events, delays = {"a": {"detected": how}}, {"detection": "3 days"}
    alone = detected(day, delays=delays, events=events, counted=False)
    assert alone[0] == detected(day, delays=delays, events=events)[0]
