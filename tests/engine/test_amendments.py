"""Evidence: trace. Amendments of a protocol: when each comes, whom it reaches, what counts afterwards.

One candidate every 10 days, the first on day 0, on `len` 25 mg for 60 days unless a test says otherwise.
Everyone has `a` on their day 5 and nobody `b`. Both engines play each trial.
"""

import pytest

from simulator.metrics.collect import collect
from simulator.metrics.limits import limits_of
from tests.engine.amending import EACH, GIVES, SLOWLY, amended, build, came, versions
from tests.engine.conduct import entries, fired, play
from tests.helpers import course, looks, rule

# ---------------------------------------------------------------- when it comes


def test_the_patient_after_so_many_is_the_first_of_the_new_version():
    records = play(build(amended("3 treated")))
    assert came(records) == [(20, 1)]
    assert versions(records) == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize(("days", "before"), [(29, 3), (30, 3), (31, 4)])
def test_who_enters_on_its_day_enters_under_it(days, before):
    records = play(build(amended(f"{days} days")))
    assert came(records) == [(days, 1)]
    assert versions(records).count(0) == before


def test_a_rule_brings_it_when_what_it_decided_takes_effect():
    """The fourth report comes on day 35; with a lag of 9 days the patient of day 40 enters as before."""
    lag = rule("a", 4, then=[], decision_lag="9 days")
    records = play(build(amended("reads fired"), monitoring={"reads": lag}))
    assert came(records) == [(44, 1)]
    assert versions(records) == [0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("when", "day"), [(["3 treated", "12 days"], 12), ({"all": ["3 treated", "12 days"]}, 20)]
)
def test_of_several_triggers_the_first_or_all(when, day):
    assert came(play(build(amended(when)))) == [(day, 1)]


def test_they_come_in_turn_each_once_and_one_that_is_due_by_then_at_once():
    """The second is due on day 10 and waits for the first."""
    second = {"when": "2 treated", "change": {GIVES: {"len": "15 mg"}}}
    given = build(amended("25 days") | {"second": second})
    records = play(given)
    assert came(records) == [(25, 1), (25, 2)]
    assert [course(given, records, i)[0][2] for i in (2, 3)] == [("25 mg", "-"), ("15 mg", "-")]


def test_a_rule_that_fired_before_its_turn_has_fired():
    by_rule = {"when": "reads fired", "change": {GIVES: {"len": "15 mg"}}}
    given = build(
        amended("45 days", counts="keep") | {"second": by_rule}, monitoring={"reads": rule("a", 2, **EACH)}
    )
    records = play(given)
    assert fired(given, records, "reads")[0] == 20
    assert came(records) == [(45, 1), (45, 2)]


def test_it_does_not_come_where_nobody_can_enter_any_more():
    assert came(play(build(amended("6 treated", applies_to="on_study"), patients=6))) == [(50, 1)]
    closes = {"reads": rule("a", 2)}  # on day 15
    assert came(play(build(amended("20 days"), monitoring=closes))) == []
    assert came(play(build(amended("20 days", applies_to="on_study"), monitoring=closes))) == [(20, 1)]
    assert (
        came(play(build(amended("90 days", applies_to="on_study"), monitoring=closes))) == []
    )  # all have left


def test_one_that_never_comes_changes_no_record():
    given = build(amended("700 days", counts="keep"))
    before, after = play(build({})), play(given)
    for table in ("trials", "patients", "states", "events", "looks", "firings", "decisions", "risks"):
        mine, other = getattr(before, table), getattr(after, table)
        if table == "states":  # whose numbers may be others
            assert [course(build({}), before, i) for i in range(6)] == [
                course(given, after, i) for i in range(6)
            ]
        elif table == "events":
            assert (
                mine[["candidate", "occurred", "reported"]].tolist()
                == other[["candidate", "occurred", "reported"]].tolist()
            )
        else:
            assert mine.tolist() == other.tolist(), table


# ---------------------------------------------------------------- whom it reaches


def test_new_patients_take_the_new_course_and_those_before_keep_theirs():
    """As in Chanan-Khan: from the fourth on 10 mg with prednisone, rising; the first three stay at 25 mg."""
    given = build(amended("3 treated"))
    records = play(given)
    assert course(given, records, 2) == [(20, "one", ("25 mg", "-"))]
    assert course(given, records, 3) == [(30, "one", ("10 mg", "20 mg")), (44, "one", ("25 mg", "20 mg"))]


def test_patients_before_go_to_the_next_phase_as_it_was():
    two = {
        "one": {"lasts": "20 days", "gives": {"len": "25 mg"}, "next": "two"},
        "two": {"lasts": "30 days", "gives": {"len": "15 mg"}},
    }
    change = {"design.phases.two.gives": {"pred": "20 mg"}, "design.phases.two.lasts": "10 days"}
    given = build(amended("2 treated", change), phases=two)
    records = play(given)
    assert course(given, records, 1) == [(10, "one", ("25 mg", "-")), (30, "two", ("15 mg", "-"))]
    assert course(given, records, 2) == [(20, "one", ("25 mg", "-")), (40, "two", ("-", "20 mg"))]
    assert records.patients["exit"].tolist()[:3] == [50, 60, 50]


def test_on_study_it_changes_those_on_drug_at_once_and_keeps_the_time_in_phase():
    """On day 20 the first has been in the phase for 20 days: the step of day 14 is not made up for."""
    given = build(
        amended("3 treated", SLOWLY | {"design.phases.one.lasts": "50 days"}, applies_to="on_study")
    )
    records = play(given)
    assert course(given, records, 0) == [(0, "one", ("25 mg", "-")), (20, "one", ("10 mg", "20 mg"))]
    assert course(given, records, 1)[1:] == [(20, "one", ("10 mg", "20 mg")), (24, "one", ("25 mg", "20 mg"))]
    assert records.patients["exit"].tolist() == [50, 60, 70, 80, 90, 100]


def test_a_phase_that_would_be_over_by_now_is():
    """On day 40 the first patients have spent 40, 30 and 20 days of what are 30 from then on."""
    records = play(build(amended("40 days", {"design.phases.one.lasts": "30 days"}, applies_to="on_study")))
    assert records.patients["exit"].tolist() == [40, 40, 50, 60, 70, 80]


def test_what_is_given_as_before_stays_as_it_is_and_so_does_what_a_directive_holds():
    """The first two have `a` before and are put to 15 mg, or off it; the amendment gives prednisone too."""
    change = {GIVES: {"len": "25 mg", "pred": "20 mg"}}
    steps = {"events": {"a": {"window": "60 days", "when_detected": [{"lower_dose": "len"}]}, "b": {}}}
    given = build(amended("12 days", change, applies_to="on_study"), **steps)
    assert course(given, play(given), 0)[-1] == (12, "one", ("15 mg", "20 mg"))
    stops = {"events": {"a": {"window": "60 days", "when_detected": [{"stop_drug": "len"}]}, "b": {}}}
    given = build(
        amended("12 days", {GIVES: {"len": "10 mg", "pred": "20 mg"}}, applies_to="on_study"), **stops
    )
    assert course(given, play(given), 0)[-1] == (12, "one", ("-", "20 mg"))


def test_a_visit_is_that_of_the_new_plan():
    """`a` of day 5 waits for the visit of day 40, which is on day 15 for those on study from day 12 on."""
    seen = {"events": {"a": {"window": "60 days", "detected": "at visits"}, "b": {}}}
    phases = {"one": {"lasts": "60 days", "gives": {"len": "25 mg"}, "visits": {"every": "40 days"}}}
    change = {"design.phases.one.visits": {"every": "15 days"}}
    for whom, days in (("new", [40, 50, 35]), ("on_study", [15, 25, 35])):
        records = play(build(amended("12 days", change, applies_to=whom), phases=phases, **seen))
        assert records.events["detected"].tolist()[:3] == days


# ---------------------------------------------------------------- what counts


def test_a_rule_whose_counts_start_again_reads_none_of_those_before():
    """Reports of days 5, 15, 25 are of patients before; the fourth's, of day 35, is the first that counts."""
    given = build(amended("3 treated"))
    records = play(given)
    assert looks(given, records, "reads") == [(0, 1, 0), (10, 2, 1), (20, 3, 2)]
    assert looks(given, records, "reads_slower") == [(30, 1, 0), (40, 2, 1), (50, 3, 2)]


def test_one_that_keeps_counts_is_the_same_rule_unless_it_is_changed():
    given = build(amended("3 treated", counts="keep"))
    assert [monitor.name for monitor in given.monitors] == ["reads"]
    assert looks(given, play(given), "reads")[3:] == [(30, 4, 3), (40, 5, 4), (50, 6, 5)]
    change = {"design.monitoring.reads.rule": {"kind": "at_least", "count": 2}}
    given = build(amended("3 treated", change, counts="keep"))
    records = play(given)
    assert looks(given, records, "reads_slower") == [(30, 4, 3), (40, 5, 4), (50, 6, 5)]
    assert fired(given, records, "reads_slower")[0] == 30


def test_milestones_that_keep_counts_are_passed_over_and_others_begin_anew():
    """Two treated were reached on day 10, the amendment comes on day 25."""
    at = {"reads": rule("a", 9, look={"at": "2, 5 treated"}, then=[])}
    change = {"design.monitoring.reads.rule": {"kind": "at_least", "count": 8}}
    kept = build(amended("25 days", change, counts="keep"), monitoring=at)
    assert looks(kept, play(kept), "reads_slower") == [(40, 5, 4)]
    fresh = build(amended("25 days", change), monitoring=at)
    assert looks(fresh, play(fresh), "reads_slower") == [(40, 2, 1)]


def test_a_rule_that_is_new_and_one_that_goes():
    change = {"design.monitoring.late": rule("a", 1, **EACH), "design.monitoring.reads": None}
    given = build(amended("3 treated", change))
    records = play(given)
    assert [float(day) for day, *_ in looks(given, records, "reads")] == [0, 10, 20]
    assert looks(given, records, "late") == [(30, 1, 0), (40, 2, 1), (50, 3, 2)]


def test_a_rule_that_fired_before_may_fire_again_as_another():
    """It fires with two of the first three, and again with two of those who come later."""
    given = build(amended("3 treated"), monitoring={"reads": rule("a", 2, fires="once", **EACH)})
    records = play(given)
    assert (fired(given, records, "reads"), fired(given, records, "reads_slower")) == ([20], [50])


def test_what_an_old_rule_decided_still_takes_effect():
    """Decided on day 15 for day 35; the amendment of day 20 is in between."""
    slow = {"reads": rule("a", 2, decision_lag="20 days")}
    records = play(build(amended("3 treated"), monitoring=slow))
    assert came(records) == [(20, 1)]
    assert list(entries(records).values()) == [0, 10, 20, 30]


def test_a_board_reads_the_members_of_its_version():
    """`one` has voted before; its successor has seen nobody with `a` when the board looks first, on day 30.

    On days of arrivals the board, by the calendar, looks before its members.
    """
    board = {"kind": "all_of", "of": ["one", "two"]}
    rules = {
        "one": rule("a", 1, **EACH),
        "two": rule("b", 1, **EACH),
        "board": {"rule": board, "look": "every 10 days", "then": []},
    }
    given = build(amended("25 days"), monitoring=rules)
    names = [monitor.name for monitor in given.monitors]
    assert names == ["one", "two", "board", "one_slower", "two_slower", "board_slower"]
    assert [given.monitors[i].votes.members for i in (2, 5)] == [(0, 1), (3, 4)]
    records = play(given)
    read = records.looks[records.looks["monitor"] == 5]
    assert read["time"].tolist()[:3] == [30, 40, 50]
    assert read["x"][:3, 1].tolist() == [0, 0, 1]  # the fourth patient's `a` is read on day 40, and then


@pytest.mark.parametrize(("counts", "n"), [("start again", [1, 2, 3]), ("keep", [4, 5, 6])])
def test_windows_are_those_of_the_version(counts, n):
    """`a` of day 5 counts for the first three, in 60 days; from then on in 4."""
    given = build(amended("3 treated", {"design.events.a.window": "4 days"}, counts=counts))
    records = play(given)
    assert [x for _, _, x in looks(given, records, "reads")] == [0, 1, 2]
    assert looks(given, records, "reads_slower") == [(30, n[0], 0), (40, n[1], 0), (50, n[2], 0)]


def test_what_is_done_about_an_event_is_that_of_the_patients_version():
    """`a` of day 5; the amendment of day 12 comes after that of the first, and before that of the second."""
    change = {"design.events.a.when_detected": [{"lower_dose": "len"}]}
    for whom, patients in (("new", [2]), ("on_study", [1, 2])):
        given = build(amended("12 days", change, applies_to=whom), patients=3)
        records = play(given)
        assert [i for i in range(3) if course(given, records, i)[-1][2][0] == "15 mg"] == patients
    leave = {"design.events.a.when_detected": "leave"}
    records = play(build(amended("12 days", leave), patients=3))
    assert records.patients["exit"].tolist() == [60, 70, 25]
    stays = {"events": {"a": {"window": "60 days", "when_detected": "leave"}, "b": {}}}
    records = play(
        build(
            amended("12 days", {"design.events.a.when_detected": []}, applies_to="on_study"),
            patients=3,
            **stays,
        )
    )
    assert records.patients["exit"].tolist() == [5, 70, 80]


@pytest.mark.parametrize(("limit", "patients"), [(8, 8), (4, 4), (3, 3), (2, 3)])
def test_more_or_fewer_patients_from_then_on(limit, patients):
    """Of six, with three on day 20: fewer than have entered end accrual at once."""
    for counts in ("keep", "start again"):
        change = {"design.accrual.until": [f"{limit} treated", "2 years"]}
        given = build(amended("3 treated", change, counts=counts))
        assert (given.max_treated, given.limits) == (max(limit, 6), (6, limit))
        assert len(entries(play(given))) == patients


FEW = {"prior": {"events": 1, "others": 1}, "rate": "more than 20%", "certainty": "more than 90%"}


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "at_least", "count": 3},
        {"kind": "predictive_probability", **FEW, "harm": "at least 95%"},
        {"kind": "obrien_fleming", "false_stop": "at most 10% at 20%"},
        {"kind": "spending", "function": "pocock", "false_stop": "at most 10% at 20%"},
        {"kind": "bop2", "toxicity": {"rate": "20%"}, "cutoff": "less than 90%", "gamma": 1},
    ],
    ids=lambda body: body["kind"],
)
@pytest.mark.parametrize("counts", ["keep", "start again"])
def test_a_rule_reads_all_who_entered_where_fewer_are_taken_from_then_on(counts, body):
    """Of twelve, with five on day 42: a limit of two ends accrual, and the rule goes on as for the twelve."""
    rules = {"reads": {**rule("a", 3, **EACH, among="completed"), "rule": body, "look": "every 1 completed"}}
    change = {"design.accrual.until": ["2 treated", "2 years"]}
    given = build(amended("42 days", change, counts=counts), patients=12, monitoring=rules)
    records = play(given)
    assert [*entries(records).values()] == [0, 10, 20, 30, 40]
    assert {monitor.plan.max_n for monitor in given.monitors} == {12}
    read = [looks(given, records, monitor.name) for monitor in given.monitors]
    assert [len(each) for each in read] == ([5] if counts == "keep" else [0, 0])


def test_as_many_as_may_have_entered_by_then_are_planned_for():
    """Of twelve: as many as `treated` says, unless an earlier amendment or a queue makes them more."""
    few = {"design.accrual.until": ["2 treated", "2 years"]}

    def planned(when, *, first=None, **accrual):
        amendments = amended(first or "1 treated", {}, counts="start again") | {
            "fewer": {"when": when, "change": few}
        }
        until = {"until": ["12 treated", "2 years"], **accrual}
        return build(amendments, accrual=until).monitors[-1].plan.max_n

    assert planned("5 treated") == 5
    assert planned(["9 treated", "5 treated"]) == 5
    assert planned({"all": ["9 treated", "5 treated"]}) == 9
    assert planned("20 days") == planned({"all": ["5 treated", "20 days"]}) == 12
    assert planned(["5 treated", "20 days"]) == 5
    assert planned("5 treated", first="9 treated") == 9
    assert planned("5 treated", first="reads fired") == 12
    assert planned("5 treated", while_held="queued") == 12


def test_full_is_what_the_version_takes():
    """Of six or, from the third on, eight: a stop on day 55 comes after the sixth, and before the eighth."""
    stops = {"reads": rule("a", 6)}
    change = {"design.accrual.until": ["8 treated", "2 years"]}
    amendment = amended("3 treated", change, counts="keep")
    for amendments, before in ((amendment, 1.0), ({}, 0.0)):
        given = build(amendments, monitoring=stops)
        records = play(given)
        assert records.trials["enrolled"].tolist() == [6]
        assert collect(given, records)["p_stop_before_full_accrual"].tolist() == [before]
        assert limits_of(given, records).tolist() == [8 if amendments else 6]
