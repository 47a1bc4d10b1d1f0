"""Evidence: trace and exact. Courses as unit, traits and what depends on them, dose steps and named visits.

Monte Carlo comparisons are exact binomial tests with the false-alarm rate ALPHA of tests.helpers each.
"""

from math import comb, exp, inf, log

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import beta as beta_function
from scipy.stats import beta

from tests.helpers import (
    assert_share,
    by_patient,
    course,
    draws,
    exits,
    happened,
    looks,
    occurred,
    program,
    script,
    until,
)

# ---------------------------------------------------------------- courses: of 10 days, in the 40 of phase one

LEAVE = {"gone": {"when_detected": "leave"}}
COURSES = {"one": {"lasts": "40 days", "course": "10 days", "next": "two"}, "two": {"lasts": "60 days"}}


def counting(at, among="treated", *, patients=2, phases=None, window="100 days", truth=None):
    """A rule that counts courses with event a, looks on the days `at` and never fires."""
    design = {
        "accrual": until(patients),
        "drugs": {"x": ["1 mg"]},
        "phases": phases or COURSES,
        "events": {"a": {"window": window, "repeats": True}, **LEAVE},
        "monitoring": {
            "rule": {
                "counts": {"event": "a", "unit": "courses"},
                "rule": {"kind": "at_least", "count": 99},
                "among": among,
                "look": {"at": [f"{day} days" for day in at]},
            }
        },
    }
    return program(design, truth or {})


def courses(days, expected, among="treated", **more):
    """day -> (courses, courses with an event), candidates entering on days 0 and 10."""
    given = counting(list(expected), among, **more)
    found = {day: (n, x) for day, n, x in looks(given, script(given, days=days))}
    assert found == expected


def test_courses_begun_and_courses_over():
    """Patient 0 begins courses on days 0, 10, 20, 30; patient 1 on days 10, 20, 30, 40."""
    days = {("a", 0): [3, 7, 10, 10.5, 35], ("a", 1): [4]}  # of patient 0's courses 1, 2 and 4; day 14
    courses(days, {5: (1, 1), 9: (1, 1), 11: (3, 2), 15: (3, 3), 25: (5, 3), 35: (7, 4), 45: (8, 4)})
    over = {9: (0, 0), 11: (1, 1), 15: (1, 1), 21: (3, 3), 31: (5, 3), 39: (5, 3), 41: (7, 4), 51: (8, 4)}
    courses(days, over, among="completed")


def test_a_course_is_over_on_its_last_day_and_what_happens_then_belongs_to_it():
    courses({("a", 0): [10]}, {10: (1, 1), 20: (3, 1)}, among="completed")
    courses({("a", 0): [10, 11]}, {25: (5, 2)})
    courses({("a", 0): [10.5, 11]}, {25: (5, 1)})
    courses({("a", 0): [40]}, {41: (7, 1), 55: (8, 1)}, among="completed")


@pytest.mark.parametrize("days", ["7 days", "1 month", "10.1 days", "3.3 days"])
def test_the_last_instant_of_a_course_belongs_to_it_whatever_its_length(days):
    """10.1 days are no multiple of the tick of time, yet an event of that age is of the first course."""
    body = {"clock": "enrolment", "incidence": "100%", "onset": {"at": {days: "100%"}}}
    truth = {"events": {"a": {"components": {"c": body}}}}
    given = counting([1], patients=1, phases={"one": {"lasts": "99 days", "course": days}}, truth=truth)
    records = script(given, levels={("a", 0): [1.0]})
    assert records.events["course"].tolist() == [0.0]


def test_a_course_is_cut_short_by_leaving():
    """Patient 0 leaves on day 15, in the second course, which is over then; the third does not begin."""
    days = {("gone", 0): [15], ("a", 0): [12]}
    courses(days, {14: (3, 1), 16: (3, 1), 25: (4, 1)})
    courses(days, {14: (1, 0), 15: (2, 1), 16: (2, 1), 21: (3, 1)}, among="completed")


def test_who_leaves_on_the_last_day_of_a_course_begins_no_other():
    courses({("gone", 0): [20]}, {25: (2 + 2, 0)})


def test_a_phase_without_courses_has_none_and_its_events_are_of_none():
    courses({("a", 0): [40.5, 55]}, {60: (8, 0)})
    courses({("a", 0): [40.5, 55]}, {60: (8, 0)}, among="completed")


def test_courses_that_begin_after_the_window_are_not_in_the_denominator():
    """An event in every course; events count for 20 days, so two of a patient's courses can have one."""
    courses({("a", 0): [5, 15, 25, 35]}, {39: (2, 2)}, patients=1, window="20 days")


def test_courses_of_a_phase_that_is_entered_again_are_counted():
    phases = {"one": {"lasts": "20 days", "course": "10 days", "next": [{"to": "one", "at_most": 2}]}}
    expected = {5: (1, 0), 15: (2, 0), 25: (3, 1), 45: (5, 1), 55: (6, 1)}
    courses({("a", 0): [22]}, expected, phases=phases, patients=1)


# ---------------------------------------------------------------- traits

P, Q = 0.32, 0.30


def both(ratio, p=P, q=Q):
    """P(both) with this odds ratio, by root finding: y (1 - p - q + y) = ratio (p - y) (q - y)."""
    low, high = max(0.0, p + q - 1.0), min(p, q)
    if ratio in (0.0, inf):
        return low if ratio == 0.0 else high
    return brentq(lambda y: y * (1 - p - q + y) - ratio * (p - y) * (q - y), low, high, xtol=1e-15)


def paired(ratio, names=("responder", "toxic"), p=P, q=Q):
    """Events r, t and n happen at once to those with the first trait, with the second, without the second."""
    words = {0.0: "most negative", inf: "most positive"}
    at_once = {"clock": "enrolment", "probability": "100%"}
    truth = {
        "accrual": "every 1 day",
        "traits": {"responder": {"probability": p}, "toxic": {"probability": q}},
        "associations": [{"between": list(names), "odds_ratio": words.get(ratio, ratio)}],
        "events": {
            "r": {"only_if": "responder", **at_once},
            "t": {"only_if": "toxic", **at_once},
            "n": {"unless": "toxic", **at_once},
        },
    }
    design = {
        "accrual": until(400),
        "drugs": {"x": ["1 mg"]},
        "phases": {"one": {"lasts": "1 day"}},
        "events": {"r": {}, "t": {}, "n": {}},
    }
    return program(design, truth)


@pytest.mark.parametrize("ratio", [0.0, 0.25, 1.0, 4.0, inf])
def test_associated_traits_have_their_margins_and_their_odds_ratio(ratio):
    """As lowered, exactly; and as drawn, in 4,000 patients: the four cells, and who is not toxic."""
    for p, q in ((P, Q), (0.9, 0.95), (0.05, 0.6), (0.5, 0.5)):
        first, second = paired(ratio, p=p, q=q).traits
        assert first.probability == p
        assert p * second.if_so == pytest.approx(both(ratio, p, q), abs=1e-9)
        assert p * second.if_so + (1 - p) * second.probability == pytest.approx(q, abs=1e-12)
    given = paired(ratio)
    records = draws(given, 10)
    names = [event.name for event in given.events]
    cells = {(r, t): 0 for r in (0, 1) for t in (0, 1)}
    for _, events in by_patient(records):
        had = {names[e] for e in events["event"]}
        assert ("n" in had) is ("t" not in had)
        cells["r" in had, "t" in had] += 1
    y = both(ratio)
    expected = {(1, 1): y, (1, 0): P - y, (0, 1): Q - y, (0, 0): 1 - P - Q + y}
    for cell, share in expected.items():
        assert_share(cells[cell], 4_000, share, f"{cell} at odds ratio {ratio}")
    assert_share(cells[1, 1] + cells[1, 0], 4_000, P)
    assert_share(cells[1, 1] + cells[0, 1], 4_000, Q)


def test_the_order_in_which_an_association_names_its_traits_does_not_matter():
    assert paired(4.0).traits == paired(4.0, names=("toxic", "responder")).traits


A, B, WITHIN = 0.376, 0.551, 28


def risky(patients, every):
    """8 courses of 28 days; p ~ Beta(.376, .551) is a patient's own chance of an event in a course."""
    design = {
        "accrual": until(patients),
        "drugs": {"x": ["1 mg"]},
        "phases": {"one": {"lasts": "224 days", "course": "28 days"}},
        "events": {"a": {"repeats": True}},
    }
    risk = {"trait_probability": {"trait": "risk", "within": "28 days"}}
    body = {"traits": {"risk": {"beta": [A, B]}}, "events": {"a": {"components": {"c": risk}}}}
    return program(design, {"accrual": f"every {every} days", **body})


@pytest.mark.parametrize("u", [0.01, 0.25, 0.5, 0.9, 0.97])
def test_a_patients_own_probability_is_the_quantile_of_its_draw(u):
    """Hazard -ln(1 - p) per 28 days, the same in every course: so many thresholds, so many days."""
    p = beta.ppf(u, A, B)
    rate = -log(1 - p) / WITHIN
    levels = [0.2 * rate * WITHIN, 3.0 * rate * WITHIN, 4.5 * rate * WITHIN]
    given = risky(1, 1)
    records = script(given, levels={("a", 0): levels}, uniforms={("trait:risk", 0): [u]})
    assert occurred(given, records, "a") == pytest.approx([0.2 * 28, 3.2 * 28, 7.7 * 28], abs=1e-5)


def test_affected_courses_are_beta_binomial():
    """P(K = k) = C(8, k) B(a + k, b + 8 - k) / B(a, b): 3,000 patients, each share by its exact test."""
    counts = np.zeros(9, dtype=int)
    first7 = 0
    for patient, events in by_patient(draws(risky(300, 1), 10)):
        affected = {round((start - patient["entry"]) / WITHIN) for start in events["course"]}
        assert len(affected) <= 8
        counts[len(affected)] += 1
        first7 += bool(affected - {7})
    n = int(counts.sum())
    assert n == 3_000
    for k in range(9):
        chance = comb(8, k) * beta_function(A + k, B + 8 - k) / beta_function(A, B)
        assert_share(counts[k], n, chance, f"{k} courses affected")
    mean = sum(k * counts[k] for k in range(9)) / (8 * n)
    share = A / (A + B)
    assert share == pytest.approx(0.406, abs=5e-4)  # 40.6 % of courses
    sd = np.sqrt(share * (1 - share) * (1 + 7 / (A + B + 1)) / 8)  # of a patient's share: variance of BB(8)
    assert abs(mean - share) < 5 * sd / np.sqrt(n)  # false alarm 6e-7
    ever7, ever8 = (1 - beta_function(A, B + m) / beta_function(A, B) for m in (7, 8))
    assert 0.43 * ever7 + 0.57 * ever8 == pytest.approx(0.70, abs=0.01)  # over the 7.57 courses they had
    assert_share(first7, n, ever7, "ever in 7 courses")
    assert_share(n - counts[0], n, ever8, "ever in 8 courses")


# ---------------------------------------------------------------- a share of patients: once per start

ROUNDS = {"one": {"lasts": "20 days", "next": [{"to": "one", "at_most": 2}]}}
ONCE = {
    "incidence": {"incidence": "60%", "onset": {"uniform": ["0 days", "10 days"]}},
    "fixed ages": {"incidence": "60%", "onset": {"at": {"4 days": "50%", "9 days": "50%"}}},
    "probability": {"probability": "60% in 10 days"},
    "at once": {"probability": "60%"},
}


def rounds(family, patients=1, **more):
    design = {
        "accrual": until(patients),
        "drugs": {"x": ["1 mg"]},
        "phases": ROUNDS,
        "events": {"a": {"repeats": True}},
    }
    body = {"clock": "entry to one", **family, **more}
    return program(design, {"accrual": "every 1 day", "events": {"a": {"components": {"c": body}}}})


@pytest.mark.parametrize("name", ONCE)
def test_it_happens_once_per_start_of_its_clock(name):
    """Thresholds that would be crossed again and again within the 0.916 of hazard of one round."""
    given = rounds(ONCE[name])
    assert len(occurred(given, script(given, levels={("a", 0): [0.01] * 9}), "a")) == 1
    given = rounds(ONCE[name], restarts=True)
    found = occurred(given, script(given, levels={("a", 0): [0.01] * 9}), "a")
    assert [day // 20 for day in found] == [0, 1, 2]


def test_a_rate_happens_again_and_again():
    """0.01 per day: level 0.05 is crossed every 5 days of the 60."""
    for family in ({"hazard": "0.01 per day"}, {"piecewise": [{"hazard": "0.01 per day"}]}):
        given = rounds(family)
        assert len(occurred(given, script(given, levels={("a", 0): [0.05] * 99}), "a")) == 12


def test_the_time_in_the_next_round_is_that_of_its_own_threshold():
    """H(t) = -ln(1 - .06 t): h = 0.1, 0.2 and 0.3 are crossed (1 - e^-h) / .06 days after each start."""
    given = rounds(ONCE["incidence"], restarts=True)
    expected = [20 * k + (1 - exp(-h)) / 0.06 for k, h in enumerate((0.1, 0.2, 0.3))]
    found = occurred(given, script(given, levels={("a", 0): [0.1, 0.2, 0.3]}), "a")
    assert found == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("name", ONCE)
def test_rounds_are_independent(name):
    """60 % in each of three rounds, whatever happened in those before: 8 patterns in 2,000 patients."""
    records = draws(rounds(ONCE[name], patients=200, restarts=True), 10)
    patterns = {}
    for patient, events in by_patient(records):
        key = tuple(sorted(int((day - patient["entry"]) // 20) for day in events["occurred"]))
        patterns[key] = patterns.get(key, 0) + 1
    for key in ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)):
        assert_share(patterns.get(key, 0), 2_000, 0.6 ** len(key) * 0.4 ** (3 - len(key)), f"rounds {key}")


# ---------------------------------------------------------------- the course of the trial's patients


def treated(tail=None, **more):
    """The course of scenarios/ferrajoli.yaml for one patient, events at given days only."""
    steps = [{"every": "28 days", "raise_dose": "x", "unless": "toxicity"}]
    blood = [{"every": "1 week", "to": "28 days"}, {"every": "1 month"}]
    visits = {"blood": blood, "responses": {"every": "3 months"}}
    phases = {
        "treatment": {
            "lasts": "12 months",
            "gives": {"x": "10"},
            "steps": steps,
            "visits": visits,
            "next": "later",
        },
        "later": {"lasts": "3 months", "gives": {}, "visits": {"responses": {"every": "3 months"}}},
    }
    lower = {"detected": "at blood", "repeats": True, "when_detected": [{"lower_dose": "x"}]}
    design = {
        "accrual": until(1),
        "drugs": {"x": ["5", "10", "15", "20", "25"]},
        "phases": phases,
        "events": {
            "toxicity": lower,
            "response": {"detected": "at responses"},
            **LEAVE,
            "death": LEAVE["gone"],
        },
    }
    return program(design, more)


MONTH = 30.4375


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([], [(28, "15"), (56, "20"), (84, "25")]),  # 25 is the highest
        ([3], [(7, "5")]),  # and is raised no more
        ([3, 9, 40], [(7, "5")]),  # 5 is the lowest
        ([25], [(28, "5")]),  # found by the visit of day 28, before the step of that day
        ([28], [(28, "5")]),
        ([29], [(28, "15"), (56, "20"), (28 + MONTH, "15")]),
        ([60, 70], [(28, "15"), (56, "20"), (84, "25"), (28 + 2 * MONTH, "20")]),  # one visit, one step down
        ([60, 90], [(28, "15"), (56, "20"), (84, "25"), (28 + 2 * MONTH, "20"), (28 + 3 * MONTH, "15")]),
        ([8, 14, 15], [(14, "5")]),
        ([363], [(28, "15"), (56, "20"), (84, "25")]),  # no blood count is left
    ],
)
def test_the_dose_goes_up_every_28_days_until_toxicity_is_found_and_then_down(days, expected):
    given = treated()
    found = course(given, script(given, days={("toxicity", 0): days}))
    whole = [(0, "treatment", ("10",)), *((day, "treatment", (dose,)) for day, dose in expected)]
    assert found == [*whole, (365.25, "later", ("-",))]


@pytest.mark.parametrize(
    ("day", "found"),
    [
        *((0, 7), (6.5, 7), (7, 7), (7.5, 14), (21.5, 28), (28, 28)),
        *((28.5, 28 + MONTH), (58.4375, 28 + MONTH), (58.5, 28 + 2 * MONTH)),
        *((340, 28 + 11 * MONTH), (362.8125, 28 + 11 * MONTH), (363, inf), (365.25, inf)),
    ],
)
def test_blood_counts_are_weekly_to_day_28_then_monthly(day, found):
    given = treated()
    assert happened(given, script(given, days={("toxicity", 0): [day]}))[0][3] == found


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (10, 3),
        (91.3125, 3),
        (91.5, 6),
        (182.625, 6),
        (200, 9),
        (273.9375, 9),
        (274, 12),
        (365.25, 12),
        (366, 15),
    ],
)
def test_responses_are_found_every_3_months_in_both_phases(day, found):
    given = treated()
    assert happened(given, script(given, days={("response", 0): [day]}))[0][3] == found * MONTH


@pytest.mark.parametrize(("level", "months"), [(0.01, 6), (1.53, 6), (1.55, 9), (30.0, 9)])
def test_a_share_at_each_fixed_age(level, months):
    """11 of 14 at 6 months: F = 1 - exp(-level) up to .7857, level 1.5404."""
    onset = {"at": {"6 months": "11 of 14", "9 months": "3 of 14"}}
    body = {"clock": "enrolment", "incidence": "100%", "onset": onset}
    given = treated(events={"response": {"components": {"c": body}}})
    row = happened(given, script(given, levels={("response", 0): [level]}))[0]
    assert row[2] == row[3] == months * MONTH, "it happens on the day of a visit, which finds it"


def test_of_competing_exits_the_first_ends_the_course_and_nothing_follows():
    given = treated()
    days = {("gone", 0): [50], ("death", 0): [40], ("toxicity", 0): [33, 45], ("response", 0): [182.625]}
    records = script(given, days=days)
    assert [(row[1], row[2], row[3]) for row in happened(given, records)] == [
        ("toxicity", 33, inf),  # its visit would have been on day 58
        ("death", 40, 40),
    ]
    assert exits(records) == [40]
    assert course(given, records) == [(0, "treatment", ("10",)), (28, "treatment", ("15",))]
