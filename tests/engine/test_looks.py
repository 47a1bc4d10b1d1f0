"""Evidence: trace. When rules look, what they see, and the five dates of a stop; candidates every 10 days."""

import pytest

from simulator.metrics.crossing import crossed
from tests.helpers import dates, looks, program, rule, script, until

PHASES = {
    "one": {"lasts": "20 days", "gives": {"x": "1 mg"}, "next": "two"},
    "two": {"lasts": "20 days", "gives": {}},
}
END = 40 + 40  # five candidates, the last on day 40


def build(look, *, count=99, unit="events", truth=None, marks=None, days=None, events=None, **more):
    monitor = rule("a", count, unit=unit, look=look, **more)
    design = {
        "accrual": until(5),
        "drugs": {"x": ["1 mg", "2 mg"]},
        "phases": PHASES,
        "events": events or {"a": {"repeats": True, "marks": list(marks or ())}, "b": {}},
        "monitoring": {"rule": monitor},
    }
    shares = {"events": {"a": {"components": {"c": {"hazard": "0"}}, "marks": marks}}} if marks else {}
    given = program(design, {**shares, **(truth or {})})
    return given, script(given, days=days or {})


def seen(look, **more):
    return looks(*build(look, **more))


def test_every_so_many_treated():
    assert seen("every 1 treated") == [(day, n + 1, 0) for n, day in enumerate(range(0, 50, 10))]
    assert seen("every 2 treated") == [(10, 2, 0), (30, 4, 0)]
    assert seen("every 5 treated", days={("a", 0): [40], ("a", 1): [29]}) == [(40, 5, 2)]


def test_at_listed_numbers_treated():
    assert seen({"at": ["3 treated", "5 treated"]}) == [(20, 3, 0), (40, 5, 0)]
    assert seen("at 3 treated") == [(20, 3, 0)]


def test_by_the_calendar():
    days = {("a", 0): [25], ("a", 4): [35]}
    expected = [(25, 3, 1), (50, 5, 1), (75, 5, 2)]
    assert seen("every 25 days", days=days) == expected
    assert seen({"at": ["25 days", "50 days", "75 days"]}, days=days) == expected
    assert seen("every 1 month")[:2] == [(30.4375, 4, 0), (60.875, 5, 0)]


def test_a_calendar_look_on_the_day_the_last_course_ends_is_taken():
    """It is due on day 80, and the event of that day has been reported before it."""
    assert seen("every 40 days", days={("a", 4): [40]}) == [(40, 4, 0), (80, 5, 1)]
    assert seen({"at": ["80 days"]}, days={("a", 4): [40]}) == [(80, 5, 1)]


@pytest.mark.parametrize("length", ["10 days", "10.3 days", "10.7 days"])
def test_it_is_taken_however_the_day_is_rounded(length):
    """10.3 days are rounded up to a whole number of ticks, 10.7 days down."""
    design = {
        "accrual": until(1),
        "drugs": {"x": ["1 mg"]},
        "phases": {"one": {"lasts": length}},
        "events": {"a": {}},
        "monitoring": {"rule": rule("a", 1, look={"at": [length]})},
    }
    given = program(design, {})
    found = looks(given, script(given, days={("a", 0): [float(length.split()[0])]}))
    assert [(n, x) for _, n, x in found] == [(1, 1)]


def test_calendar_and_treated_milestones_at_one_instant_are_one_look():
    assert seen({"at": ["20 days", "3 treated"]}) == [(20, 2, 0)]
    assert seen({"at": ["15 days", "2 treated", "3 treated"]}) == [(10, 2, 0), (15, 2, 0), (20, 3, 0)]


def test_at_the_end():
    assert seen("at the end") == [(END, 5, 0)]
    late = {"delays": {"a": {"report": "30 days"}}}
    days = {("a", 4): [39]}
    assert seen("at the end", days=days, truth=late) == [(109, 5, 1)], "when the last report has arrived"
    assert seen("at the end", days={("a", 0): [3], ("a", 1): [3]}) == [(END, 5, 2)]


def test_every_report_of_a_counted_event_and_a_closing_look():
    days = {("a", 0): [5, 12], ("a", 1): [7], ("b", 0): [6]}
    assert seen("every report", days=days) == [(5, 1, 1), (12, 2, 2), (17, 2, 3), (END, 5, 3)]


def test_reports_out_of_scope_ask_for_no_look():
    days = {("a", 0): [5, 25], ("a", 1): [20]}
    assert seen("every report", days=days, scope={"phases": ["one"]}) == [(5, 1, 1), (30, 3, 2), (END, 5, 2)]


def test_every_so_many_events_counts_reports_of_any_scope():
    days = {("a", 0): [5, 25], ("a", 1): [2, 3], ("b", 0): [1]}
    assert seen("every 2 a events", days=days) == [(12, 2, 2), (25, 3, 4)]
    assert seen("at 3 a events", days=days, scope={"phases": ["one"]}) == [(13, 2, 3)]


def test_a_schedule_may_count_reports_of_an_event_that_no_rule_counts():
    days = {("a", 0): [5], ("b", 0): [1], ("b", 1): [8]}
    assert seen("every 1 b events", days=days) == [(1, 1, 0), (18, 2, 1)]


def test_patients_are_counted_once_and_events_each_time():
    days = {("a", 0): [5, 6], ("a", 1): [7]}
    assert [x for _, _, x in seen("at the end", days=days, unit="patients", count=5)] == [2]
    assert [x for _, _, x in seen("at the end", days=days, unit="events")] == [3]


def test_among_treated_everyone_who_entered_counts():
    """The denominator is who had entered by the look, whatever became of them."""
    assert seen("every report", days={("a", 0): [0], ("a", 1): [39]})[:2] == [(0, 1, 1), (49, 5, 2)]


# ---------------------------------------------------------------- cut and lag: five dates


def test_data_cut_hides_what_was_reported_or_entered_later():
    days = {("a", 0): [12], ("a", 1): [6]}  # day 12 and day 16
    found = seen({"at": ["16 days", "20 days", "25 days"]}, days=days, data_cut="6 days")
    assert found == [(16, 2, 0), (20, 2, 1), (25, 2, 2)]


def test_a_report_on_the_day_of_the_cut_is_in():
    assert seen("at 20 days", days={("a", 0): [14]}, data_cut="6 days") == [(20, 2, 1)]
    assert seen("at 20 days", days={("a", 0): [14.5]}, data_cut="6 days") == [(20, 2, 0)]


def test_the_five_dates_of_a_stop():
    """Second event on day 13, reported on day 17; the look of day 25 is cut on day 19; it acts on day 35."""
    truth = {"delays": {"a": {"detection": "1 day", "report": "3 days"}}}
    days = {("a", 0): [4], ("a", 1): [3]}
    more = {"count": 2, "unit": "patients", "data_cut": "6 days", "decision_lag": "10 days"}
    given, records = build("every 25 days", truth=truth, days=days, **more)
    assert dates(given, records) == (17, 19, 25, 35)
    assert crossed(given, records, records.firings[:1])[0] == 13
    assert records.trials["enrolled"][0] == 4, (
        "the candidates of day 30 still enters, that of day 40 does not"
    )


def test_a_rule_looks_no_more_once_it_has_fired():
    days = {("a", 0): [5, 6, 7]}
    assert seen("every report", days=days, count=2) == [(5, 1, 1), (6, 1, 2)]
    assert seen("every 2 days", days=days, count=2) == [(2, 1, 0), (4, 1, 0), (6, 1, 2)]


@pytest.mark.parametrize(("n", "day"), [(1, 5), (2, 17), (3, 20)])
def test_a_minimum_number_of_patients_puts_a_rule_off(n, day):
    """Events on days 5 and 17; the look at the arrival of day 20 is the first with 3 treated."""
    design = {
        "accrual": until(5),
        "drugs": {"x": ["1 mg", "2 mg"]},
        "phases": PHASES,
        "events": {"a": {}},
        "monitoring": {
            "rule": rule("a", 1, minimum_n=n, look="every report" if n < 3 else "every 1 treated")
        },
    }
    given = program(design, {})
    assert dates(given, script(given, days={("a", 0): [5], ("a", 1): [7]}))[2] == day


# ---------------------------------------------------------------- scope, judged at occurrence


def counted(day, scope, **more):
    """Whether one event of that day counts; x is given on days 0-20 of 40."""
    return bool(seen("at the end", days={("a", 0): [day]}, scope=scope, **more)[0][2])


def test_or_within_counts_both_ends_from_the_last_dose_on():
    scope = {"phases": ["two"], "or_within": {"days": 7, "of_last": "x"}}
    assert counted(3, scope), "on the drug the distance is 0"
    scope = {"phases": ["one"], "or_within": {"days": 7, "of_last": "x"}}
    for day, yes in ((3, True), (20, True), (21, True), (27, True), (27.5, False), (39, False)):
        assert counted(day, scope) is yes, day


def test_the_scope_is_judged_when_the_event_happens_not_when_it_is_reported():
    late = {"delays": {"a": {"detection": "10 days", "report": "10 days"}}}
    assert counted(15, {"phases": ["one"]}, truth=late)
    assert not counted(15, {"phases": ["two"]}, truth=late)
    assert counted(27, {"phases": ["one"], "or_within": {"days": 7, "of_last": "x"}}, truth=late)


def test_marks_and_doses_restrict_the_scope():
    marks = {"p": 0.5, "q": 0.5}  # the mark's draw is 0.5 in a script: the second mark
    assert counted(3, {"marks": ["q"]}, marks=marks)
    assert not counted(3, {"marks": ["p"]}, marks=marks)
    assert counted(3, {"doses": {"x": ["1 mg"]}})
    assert not counted(3, {"doses": {"x": ["2 mg"]}})
    assert not counted(23, {"doses": {"x": ["1 mg", "2 mg"]}}), "off the drug no level counts"


def test_an_event_after_the_first_out_of_scope_may_count():
    days = {("a", 0): [3, 25]}
    assert seen("at the end", days=days, scope={"phases": ["two"]}, unit="patients", count=5)[0][2] == 1
