"""Evidence: trace, property, differential. Reports that are withdrawn, or get another mark, after they came.

By hand: patients enter every 10 days, a report arrives 3 days after the event and is corrected 20 days later.
"""

import numpy as np
import pytest

from simulator.engines.compare import first_difference
from simulator.engines.compiled.driver import play
from simulator.metrics.crossing import crossed
from simulator.metrics.follow_up import follow_up
from tests.helpers import (
    SEED,
    dates,
    draws,
    exactly,
    looks,
    program,
    rule,
    same,
    script,
    stop_days,
    until,
)

AFTER = "20 days"
HALF = {"probability": "50%", "takes": AFTER}
WORSE = {"mild": {"to": "severe", **HALF}}
SEVERE, MILD = {"marks": ["severe"]}, {"marks": ["mild"]}


def one(*, count=9, patients=2, hazard="0", report="3 days", unit="patients", others=(), **more):
    """A rule that counts x, which is mild or severe, with `withdrawn`, `upgraded` and `never` of its reports.

    others: events that rule x out, half of whose reports are withdrawn.
    """
    of_x = {key: more.pop(key) for key in ("withdrawn", "upgraded", "never") if key in more}
    x = {"repeats": True, "window": "60 days", "marks": ["mild", "severe"], "ruled_out_by": [*others]}
    events = {"x": x, **{name: {} for name in others}}
    hazards = {name: {"components": {"c": {"hazard": hazard}}} for name in events}
    hazards["x"]["marks"] = {"mild": "50%", "severe": "50%"}
    body = {**rule("x", count, unit=unit, then=[], fires="once"), **more}
    design = {
        "accrual": until(patients),
        "drugs": {"drug": ["5 mg"]},
        "phases": {"only": {"lasts": "100 days", "course": "20 days"}},
        "events": events,
        "monitoring": {"rule": body},
    }
    delays = {"x": {"report": report, **of_x}, **{name: {"withdrawn": HALF} for name in others}}
    return program(design, {"events": hazards, "delays": delays})


def told(given, days, draws_of=None, marks=None):
    """The trial in which each patient has x on these days from entry; draws below a half are corrected."""
    uniforms = {}
    for what, of in (("withdrawn", draws_of), ("upgraded", draws_of), ("mark", marks)):
        uniforms |= {(f"event:x/{what}", who): shares for who, shares in (of or {}).items()}
        uniforms |= {(f"event:x/{what}", who): (0.7,) * 5 for who in range(9) if who not in (of or {})}
    return script(given, days={("x", who): on for who, on in days.items()}, uniforms=uniforms)


# ---------------------------------------------------------------- withdrawn


@pytest.mark.parametrize(("cut", "x"), [(0, 0), (1, 1), (20, 1), (21, 0)])
def test_a_look_counts_a_report_until_the_day_on_which_it_is_withdrawn(cut, x):
    """Reported on day 8, withdrawn on day 28, looked at on day 28 with the data of `cut` days before."""
    given = one(withdrawn=HALF, look="every 28 days", data_cut=f"{cut} days", patients=1)
    assert looks(given, told(given, {0: [5]}, {0: (0.4,)}))[0] == (28, 1, x)


def test_the_draw_decides_and_the_record_has_the_day():
    given = one(withdrawn=HALF)
    records = told(given, {0: [5], 1: [6]}, {0: (0.49,), 1: (0.5,)})
    assert records.events["withdrawn"].tolist() == [28, np.inf]
    assert records.events["later"].tolist() == [-1, -1]


def test_a_withdrawal_is_news_to_a_rule_that_looks_at_every_report():
    """Of the second patient, entered on day 10: reported on day 19, and stands."""
    given = one(withdrawn=HALF)
    records = told(given, {0: [5], 1: [6]}, {0: (0.4,)})
    assert looks(given, records) == [(8, 1, 1), (19, 2, 2), (28, 2, 1), (110, 2, 1)]


def test_it_is_no_news_where_the_report_did_not_count():
    given = one(withdrawn=HALF, scope=SEVERE)
    records = told(given, {0: [5], 1: [6]}, {0: (0.4,)}, {0: (0.2,), 1: (0.8,)})
    assert looks(given, records) == [(19, 2, 1), (110, 2, 1)]


def test_what_was_decided_stays_decided_and_too_few_may_be_so_by_a_withdrawal():
    given = one(count=2, withdrawn=HALF)
    records = told(given, {0: [5], 1: [6]}, {0: (0.4,)})
    assert dates(given, records) == (19, 19, 19, 19)
    few = one(withdrawn=HALF, rule={"kind": "at_most", "count": 0, "minimum_n": 2})
    assert dates(few, told(few, {0: [5], 1: [50]}, {0: (0.4,)})) == (28, 28, 28, 28)


def test_a_patient_with_another_report_still_counts():
    """Events on days 5 and 9 of the first patient; the first report is withdrawn, on day 28."""
    for unit, after in (("patients", 1), ("events", 1)):
        given = one(unit=unit, withdrawn=HALF, look="every 28 days", patients=1)
        records = told(given, {0: [5, 9]}, {0: (0.4, 0.6)})
        assert looks(given, records)[0] == (28, 1, after)


def test_a_course_counts_while_one_of_its_reports_stands():
    """Two in the first course of 20 days; one in the second, reported on day 28 and withdrawn on day 48."""
    given = one(unit="courses", withdrawn=HALF, look="every 20 days", patients=1)
    records = told(given, {0: [5, 9, 25]}, {0: (0.4, 0.6, 0.4)})
    assert [x for _, _, x in looks(given, records)][:4] == [1, 2, 1, 1]


def test_known_patients_are_so_again_when_their_window_is_over():
    """Of the first the report of day 8 is withdrawn on day 28: known until then, and from day 60 on."""
    given = one(among="known", withdrawn=HALF, look="every 10 days")
    records = told(given, {0: [5]}, {0: (0.4,)})
    n_x = {day: (n, x) for day, n, x in looks(given, records)}
    assert [n_x[day] for day in (10, 20, 30, 60, 70)] == [(1, 1), (1, 1), (0, 0), (1, 0), (2, 0)]


def test_follow_up_goes_on_after_a_withdrawal():
    """Of the first 5 days at risk as known on day 20, and 40 on day 40; of the second 10 and 30."""
    often = {"kind": "surprise", "planned": "1 per year", "probability": "less than 1%"}
    given = one(among="exposure", withdrawn=HALF, look="every 20 days", rule=often)
    records = told(given, {0: [5]}, {0: (0.4,)})
    assert records.looks["n"][:2, 0].tolist() == [15, 70]
    for look in records.looks:
        assert follow_up(given, records, given.monitors[0].counters[0], look["time"]).sum() == look["n"][0]


def test_one_who_is_known_by_what_rules_it_out_is_so_until_that_is_withdrawn():
    """y on day 5 is reported at once, and withdrawn on day 25."""
    given = one(among="known", look="every 10 days", others=("y",), patients=1)
    records = script(given, days={("y", 0): [5]}, uniforms={("event:y/withdrawn", 0): (0.4,)})
    assert [n for _, n, _ in looks(given, records)][:7] == [1, 1, 0, 0, 0, 1, 1]


def test_milestones_of_events_count_reports_that_stand_and_stay_reached():
    """The report of day 8 is withdrawn on day 28, so that of days 29 and 38 the last one makes two."""
    given = one(look="at 2 x events", withdrawn=HALF, patients=1)
    assert looks(given, told(given, {0: [5, 26, 35]}, {0: (0.4, 0.6, 0.6)}))[0][:2] == (38, 1)
    assert looks(given, told(given, {0: [5, 6, 35]}, {0: (0.4, 0.6, 0.6)})) == [(9, 1, 1)]


def test_of_one_instant_withdrawals_come_before_reports():
    """Withdrawn and reported on day 28: no look sees both, and two have never been known together."""
    given = one(count=2, withdrawn=HALF, unit="events", patients=1)
    records = told(given, {0: [5, 25]}, {0: (0.4, 0.6)})
    assert looks(given, records)[:2] == [(8, 1, 1), (28, 1, 1)]
    milestone = one(look="at 2 x events", withdrawn=HALF, patients=1)
    assert not len(told(milestone, {0: [5, 25]}, {0: (0.4, 0.6)}).looks)


def test_a_report_withdrawn_as_it_arrives_is_never_known():
    given = one(withdrawn={"probability": "100%", "takes": "0 days"}, patients=1)
    assert looks(given, told(given, {0: [5]})) == [(100, 1, 0)]


def test_what_a_committee_found_stands():
    """The report that it comes of is withdrawn, before and after it decided."""
    events = {"x": {}, "found": {}}
    design = {
        "accrual": until(1),
        "phases": {"only": {"lasts": "100 days"}},
        "events": events,
        "monitoring": {"rule": rule("found", 1, then=[])},
    }
    for takes in ("10 days", "30 days"):
        delays = {"x": {"withdrawn": HALF}, "found": {"withdrawn": {**HALF, "probability": "100%"}}}
        found = {"x": {"counts_as": "found", "probability": "100%", "takes": takes}}
        given = program(design, {"delays": delays, "adjudication": found})
        uniforms = {("event:x/withdrawn", 0): (0.4,), ("event:x/adjudged", 0): (0.4,)}
        records = script(given, days={("x", 0): [5]}, uniforms=uniforms)
        assert looks(given, records)[-1][2] == 1
        assert records.events["withdrawn"].tolist() == [25, np.inf]


# ---------------------------------------------------------------- upgraded


def test_a_rule_that_reads_marks_reads_the_one_known():
    """Mild as reported on day 8, severe from day 28 on."""
    for scope, expected in (
        (SEVERE, [(28, 2, 1), (110, 2, 1)]),
        (MILD, [(8, 1, 1), (28, 2, 0), (110, 2, 0)]),
    ):
        given = one(scope=scope, upgraded=WORSE)
        records = told(given, {0: [5]}, {0: (0.4,)}, {0: (0.2,)})
        assert looks(given, records) == expected
    row = records.events[0]
    assert (row["mark"], row["upgraded"], row["later"]) == (0, 28, 1)


def test_a_rule_that_reads_no_marks_has_no_look_of_it():
    given = one(upgraded=WORSE)
    assert looks(given, told(given, {0: [5]}, {0: (0.4,)}, {0: (0.2,)})) == [(8, 1, 1), (110, 2, 1)]


def test_only_a_mark_that_is_named_is_upgraded_and_once():
    given = one(scope=SEVERE, upgraded={**WORSE, "severe": {"to": "mild", **HALF}}, patients=1)
    records = told(given, {0: [5, 6]}, {0: (0.4, 0.4)}, {0: (0.2, 0.8)})
    assert records.events["later"].tolist() == [1, 0]
    assert looks(given, records) == [(9, 1, 1), (28, 1, 1), (29, 1, 1), (100, 1, 1)]


def test_what_fires_by_an_upgrade_has_its_day_as_that_of_the_report():
    given = one(count=1, scope=SEVERE, upgraded=WORSE, data_cut="0 days")
    assert dates(given, told(given, {0: [5]}, {0: (0.4,)}, {0: (0.2,)})) == (28, 28, 28, 28)


def test_a_report_withdrawn_first_is_not_upgraded_later():
    given = one(scope=SEVERE, withdrawn={**HALF, "takes": "10 days"}, upgraded=WORSE, patients=1)
    assert looks(given, told(given, {0: [5]}, {0: (0.4,)}, {0: (0.2,)})) == [(100, 1, 0)]


# ---------------------------------------------------------------- in general


LOOKS = ("every report", "every 3 known", "every 2 x events", "every 20 days", "every 2 completed")
TREATED = "every 3 treated"
SOME_TIME = {"uniform": ["0 days", "40 days"]}
CORRECTED = {
    "withdrawn": {"probability": "40%", "takes": SOME_TIME},
    "upgraded": {
        mark: {"to": to, "probability": "60%", "takes": SOME_TIME}
        for mark, to in (("mild", "severe"), ("severe", "mild"))
    },
}


@pytest.mark.parametrize("look", [*LOOKS, TREATED])
@pytest.mark.parametrize("among", ["treated", "completed", "known", "weight", "fail"])
def test_engines_correct_alike(among, look):
    """All units and scopes, with paths made again by a directive, and looks that wait."""
    units = ("patients", "events", "courses") if among in {"treated", "completed"} else ("patients",)
    for i, unit in enumerate(units):
        given = one(
            **CORRECTED,
            report={"uniform": ["1 day", "9 days"]},
            hazard="5 per year",
            patients=10,
            count=5,
            unit=unit,
            among=among,
            look=look,
            scope=(SEVERE, {}, MILD)[i],
            data_cut=("0 days", "4 days")[i % 2],
            then=[{"stop_drug": "drug"}],
            others=("y",),
            **({"wait": "accrual"} if "completed" in look else {}),
        )
        fast, slow = play(given, SEED, 0, 50), draws(given, 50)
        assert first_difference(fast, slow) == ""
        assert np.isfinite(slow.events["withdrawn"]).any()
        assert np.isfinite(slow.events["upgraded"]).any()


def test_engines_follow_up_alike():
    """Two arms by person-time, of which follow-up ends with reports that stand."""
    often = {"kind": "event_split", "by": "person_time", "level": "at most 20%"}
    design = {
        "accrual": {"until": "12 randomised"},
        "arms": {"new": {}, "old": {}},
        "phases": {"only": {"lasts": "100 days"}},
        "events": {"x": {"window": "60 days", "marks": ["mild", "severe"]}},
        "monitoring": {
            "rule": {
                "counts": {"event": "x"},
                "compare": ["new", "old"],
                "rule": often,
                "scope": SEVERE,
                "then": ["close_accrual"],
            }
        },
    }
    component = {"hazard": "8 per year", "arm_ratio": {"new": 4}}
    of_x = {"components": {"c": component}, "marks": {"mild": "50%", "severe": "50%"}}
    given = program(design, {"events": {"x": of_x}, "delays": {"x": {"report": "3 days", **CORRECTED}}})
    fast, slow = play(given, SEED, 0, 200), draws(given, 200)
    assert first_difference(fast, slow) == ""
    assert 10 < len(slow.firings) < 190


def test_a_death_that_counts_as_a_dlt_has_no_mark_of_its_own():
    """Deaths and DLTs are upgraded; engines alike."""
    events = {name: {"components": {"c": {"hazard": "3 per year"}}} for name in ("dlt", "death")}
    for of in events.values():
        of["marks"] = {"mild": "50%", "severe": "50%"}
    marks, upgraded = {"marks": ["mild", "severe"]}, {"upgraded": CORRECTED["upgraded"]}
    severe = {**rule("dlt", 3, then=[], scope=SEVERE), "look": "every report"}
    design = {
        "accrual": until(18),
        "drugs": {"drug": ["1 mg", "2 mg"]},
        "phases": {"only": {"lasts": "60 days", "gives": {"drug": "assigned"}}},
        "events": {"dlt": {"window": "30 days", **marks}, "death": {"when_detected": "leave", **marks}},
        "dose_finding": {"kind": "three_plus_three", "variant": "C", "death_in_window": "dlt"},
        "monitoring": {"rule": severe},
    }
    given = program(design, {"events": events, "delays": {name: upgraded for name in events}})
    fast, slow = play(given, SEED, 0, 100), draws(given, 100)
    assert first_difference(fast, slow) == ""
    of_deaths = slow.events[(slow.events["event"] == 0) & (slow.events["component"] < 0)]
    assert len(of_deaths)
    assert set(of_deaths["later"]) == {-1}


def known(**of_x):
    """Trials whose looks go by patients treated, and that one rule may stop."""
    given = one(
        hazard="8 per year", patients=12, count=3, look=TREATED, scope=SEVERE, then=["close_accrual"], **of_x
    )
    return play(given, SEED, 0, 400)


TABLES = ("trials", "patients", "states", "looks", "firings", "risks")
NEVER, ALWAYS = {"probability": "0%", "takes": "1 day"}, {"probability": "100%", "takes": "0 days"}
TOO_LATE = {"probability": "100%", "takes": "190 years"}


@pytest.mark.parametrize(
    "of_x",
    [{"withdrawn": NEVER}, {"withdrawn": TOO_LATE}, {"upgraded": {"mild": {"to": "severe", **TOO_LATE}}}],
)
def test_what_never_comes_or_too_late_for_every_look_changes_nothing(of_x):
    mine, plain = known(**of_x), known()
    assert same(mine, plain, *TABLES)
    assert 0.05 < np.isfinite(stop_days(plain, 400)).mean() < 0.95
    for column in plain.events.dtype.names:
        assert np.array_equal(mine.events[column], plain.events[column])


def test_what_is_withdrawn_at_once_is_as_if_never_reported():
    assert same(known(withdrawn=ALWAYS), known(never="100%"), *TABLES)


def test_what_is_upgraded_at_once_has_the_mark():
    """All severe, as without a scope."""
    mild = {"mild": {"to": "severe", **ALWAYS}}
    everything = one(hazard="8 per year", patients=12, count=3, look=TREATED, then=["close_accrual"])
    assert same(known(upgraded=mild), play(everything, SEED, 0, 400), *TABLES)


def test_a_correction_moves_no_other_draw():
    """Nothing is done about events here, so that every patient's are the same."""
    mine, plain = (
        play(one(hazard="3 per year", patients=12, **of_x), SEED, 0, 50) for of_x in (CORRECTED, {})
    )
    for column in plain.events.dtype.names:
        assert np.array_equal(mine.events[column], plain.events[column])


def test_a_rule_is_crossed_by_what_stands_at_its_cut():
    """Reports of days 8 and 63 decide; that of day 15 is withdrawn on day 35."""
    given = one(count=2, patients=3, withdrawn=HALF, look="every 35 days", then=["close_accrual"])
    records = told(given, {0: [5], 1: [2], 2: [40]}, {1: (0.4,)})
    assert dates(given, records) == (63, 70, 70, 70)
    assert crossed(given, records, records.firings).tolist() == [60]


@pytest.mark.parametrize("more", [{"withdrawn": HALF}, {"withdrawn": NEVER}, {"upgraded": WORSE}])
def test_exact_values_are_of_reports_that_stand(more):
    x = {"clock": "enrolment", "probability": "20% in 30 days"}
    body = {"components": {"c": x}, "marks": {"mild": "50%", "severe": "50%"}}
    design = {
        "accrual": until(6),
        "events": {"x": {"window": "30 days", "marks": ["mild", "severe"]}},
        "monitoring": {"rule": rule("x", 1, among="completed", look="every 2 completed")},
    }
    truth = {"accrual": "1 per month", "events": {"x": body}, "delays": {"x": more}}
    certain = more != {"withdrawn": HALF}  # a mark is nothing to a rule that reads none
    assert exactly(program(design, truth))[1] == ("" if certain else "reports of `x` may be withdrawn")
