"""Evidence: trace and exact. Arms by hand: lists, refusal, screening, populations, looks; times in an arm."""

from __future__ import annotations

from collections import Counter
from math import exp, inf
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from simulator.engines.reference.allocation import Allocator
from simulator.model.latents import BlockLatents, ScriptedLatents
from simulator.model.records import Screened
from simulator.program.tables import Program
from tests.helpers import ROOT as FILES
from tests.helpers import SEED, assert_share, course, draws, looks, of_file, program, script

LIST = "randomisation/stratum:0"
A, B = 0.25, 0.75  # draws that fall into the first and the second arm, alone or at the start of a block
KHOURI, CHECK = FILES / "scenarios/khouri.yaml", FILES / "scenarios/checks/khouri.yaml"


def given(truth: dict[str, Any] | None = None, rules: dict[str, Any] | None = None, **design: Any) -> Program:
    """Two arms on one drug and on none, candidates every 10 days, and what is asked of the design."""
    base = {
        "accrual": {"until": "8 randomised"},
        "arms": {"drug": {"gives": {"drug": "low"}}, "none": {}},
        "drugs": {"drug": ["low", "high"]},
        "phases": {"treatment": {"lasts": "100 days"}},
        "events": {"x": {"window": "30 days"}},
        "monitoring": rules or {},
    }
    return program(base | design, truth or {})


def rule(**more: Any) -> dict[str, Any]:
    """A rule that looks at every patient treated, and never fires."""
    return {
        "counts": {"event": "x"},
        "rule": {"kind": "at_least", "count": 99},
        "look": "every 1 treated",
        **more,
    }


def alone(*arms: float) -> dict[tuple[str, int], tuple[float, ...]]:
    """Draws that put one patient after the other into arms."""
    return {(LIST, place): (u,) for place, u in enumerate(arms)}


# ---------------------------------------------------------------- lists


def test_patients_take_the_places_of_the_list_and_what_their_arm_gives():
    here = given()
    records = script(here, uniforms=alone(A, B, B, A))
    assert records.patients["arm"].tolist()[:4] == [0, 1, 1, 0]
    assert [course(here, records, who)[0][2] for who in range(4)] == [("low",), ("-",), ("-",), ("low",)]


def test_a_block_is_closed_before_the_next_is_opened():
    """Sizes 2 and 4: a draw below one half takes the first. In a block a draw falls among the places left."""
    here = given(randomisation={"method": "permuted_blocks", "sizes": [2, 4]})
    blocks = {(LIST, 0): (0.2, 0.9, 0.9), (LIST, 1): (0.7, 0.1, 0.6, 0.6, 0.9)}
    # Block 0, of 2: .9 of places 1 + 1 -> the second arm; .9 of 1 + 0 -> the first.
    # Block 1, of 4: .1 of 2 + 2 -> first; .6 of 1 + 2 = 1.8 -> second; .6 of 1 + 1 = 1.2 -> second; the last.
    records = script(here, uniforms=blocks)
    assert records.patients["arm"].tolist()[:6] == [1, 0, 0, 1, 1, 0]


def test_each_stratum_has_a_list_of_its_own():
    truth = {"traits": {"old": {"probability": "50%"}}}
    here = given(truth, randomisation={"method": "permuted_blocks", "sizes": [2], "stratum": "old"})
    traits = {("trait:old", who): (0.2 if who in {1, 3} else 0.8,) for who in range(8)}
    lists = {("randomisation/stratum:0", 0): (0.5, B, 0.5), ("randomisation/stratum:1", 0): (0.5, A, 0.5)}
    records = script(here, uniforms=traits | lists)
    assert records.patients["stratum"].tolist()[:4] == [0, 1, 0, 1]
    assert records.patients["arm"].tolist()[:4] == [1, 0, 0, 1]


def test_a_place_keeps_its_arm_whoever_takes_it():
    """Half as many candidates enter where accrual is half as long; those who do have the same places."""
    few, many = (draws(given(accrual={"until": f"{n} randomised"}), 50) for n in (4, 8))
    for trial in range(50):
        first = few.only(trial).patients["arm"].tolist()
        assert many.only(trial).patients["arm"].tolist()[:4] == first


def sizes(patients: int, trials: int, **randomisation: Any) -> np.ndarray:
    """Patients of the first arm among so many, in many trials of the suite's seed."""
    table = given(randomisation=randomisation).arms
    assert table is not None
    latents = BlockLatents(SEED, 0, trials, patients)
    found = []
    for trial in range(trials):
        allocator = Allocator(table, latents.trial(trial))
        found.append(sum(allocator.assign(table, who, ()).arm == 0 for who in range(patients)))
    return np.array(found)


def test_simple_allocation_is_binomial():
    first = sizes(17, 20_000, method="simple")
    even, apart = 2 * binom.pmf(8, 17, 0.5), 2 * binom.cdf(6, 17, 0.5)
    assert (round(even, 6), round(apart, 6)) == (0.370941, 0.332306)  # as the issue has them
    assert_share(int(np.isin(first, (8, 9)).sum()), len(first), even)
    assert_share(int((np.abs(2 * first - 17) >= 5).sum()), len(first), apart)


def test_blocks_of_two_and_four_are_even_but_for_the_last():
    """At 17 always 8 v 9. At 18 a difference of 2 comes only in the middle of a block of four."""
    assert set(sizes(17, 2_000, method="permuted_blocks", sizes=[2, 4])) == {8, 9}
    first = sizes(18, 20_000, method="permuted_blocks", sizes=[2, 4])
    begins = [1.0] + [0.0] * 9  # P(a block begins after 2 k places)
    for k in range(1, 10):
        begins[k] = 0.5 * begins[k - 1] + 0.5 * (begins[k - 2] if k > 1 else 0.0)
    split = 0.5 * begins[8] / 3.0  # of four, both of the first two in one arm: 1/3
    assert round(split, 6) == 0.111328
    assert_share(int((first != 9).sum()), len(first), split)


def test_a_later_phase_gives_the_arm_its_level_or_one_of_the_phase():
    """What a phase names is given to the arms that name it too: as assigned, or at the phase's own level."""
    phases = {
        "first": {"lasts": "10 days", "gives": {"drug": "assigned"}, "next": "second"},
        "second": {"lasts": "10 days", "gives": {"drug": "low"}, "next": "third"},
        "third": {"lasts": "10 days", "gives": {}},
    }
    here = given(phases=phases, arms={"drug": {"gives": {"drug": "high"}}, "none": {}})
    records = script(here, uniforms=alone(A, B))
    assert [doses for _, _, doses in course(here, records, 0)] == [("high",), ("low",), ("-",)]
    assert [doses for _, _, doses in course(here, records, 1)] == [("-",), ("-",), ("-",)]


# ---------------------------------------------------------------- refusal


@pytest.mark.parametrize(("then", "received", "on"), [("untreated", 2, "-"), ("none", 1, "-")])
def test_a_refuser_stays_in_the_arm_drawn_and_takes_another_treatment(then, received, on):
    here = given(refusal={"drug": "50%", "then": then})
    refuses = {("refusal", 0): (0.4,), ("refusal", 1): (0.6,)}
    records = script(here, uniforms=alone(A, A, B) | refuses)
    assert records.patients["arm"].tolist()[:3] == [0, 0, 1]
    assert records.patients["received"].tolist()[:3] == [received, 0, 1]
    assert course(here, records, 0)[0][2] == (on,)


def test_only_those_with_the_trait_refuse():
    truth = {"traits": {"wary": {"probability": "50%"}}}
    here = given(truth, refusal={"drug": "100%", "then": "untreated", "only_if": "wary"})
    wary = {("trait:wary", 0): (0.9,), ("trait:wary", 1): (0.1,)}
    records = script(here, uniforms=alone(A, A) | wary)
    assert records.patients["received"].tolist()[:2] == [0, 2]


POPULATIONS = {
    # 0: drug; 1: drug, but untreated; 2: none; 3: drug; each has x on day 5 of the course
    ("randomised", "drug"): (3, 3),
    ("randomised", "none"): (1, 1),
    ("treated_as_randomised", "drug"): (2, 2),
    ("treated_as_randomised", "none"): (1, 1),
    ("as_treated", "drug"): (2, 2),
    ("as_treated", "none"): (1, 1),
    ("randomised", "pooled"): (4, 4),
    ("treated_as_randomised", "pooled"): (3, 3),
    ("as_treated", "pooled"): (3, 3),
}
CROSSED_OVER = POPULATIONS | {
    ("as_treated", "none"): (2, 2),
    ("as_treated", "pooled"): (4, 4),
}


@pytest.mark.parametrize(("then", "expected"), [("untreated", POPULATIONS), ("none", CROSSED_OVER)])
def test_who_is_counted_in_which_population(then, expected):
    rules = {
        f"{population}_{arms}": rule(population=population, arms=arms, look="at the end")
        for population, arms in expected
    }
    here = given(rules=rules, refusal={"drug": "50%", "then": then}, accrual={"until": "4 randomised"})
    refuses = {("refusal", who): (0.4 if who == 1 else 0.6,) for who in range(4)}
    records = script(here, {("x", who): (5.0,) for who in range(4)}, uniforms=alone(A, A, B, A) | refuses)
    for (population, arms), counts in expected.items():
        assert looks(here, records, f"{population}_{arms}")[-1][1:] == counts, (population, arms)


# ---------------------------------------------------------------- screening


def screened(days: dict[int, float], ineligible: tuple[int, ...] = (), **design: Any) -> tuple[Program, Any]:
    """Candidates every 10 days whose screening takes given days, of 0 to 100."""
    here = given(screening={"takes": {"uniform": ["0 days", "100 days"]}, "eligible": "50%"}, **design)
    times = {("screening/takes", who): (takes / 100.0,) for who, takes in days.items()}
    may = {("screening/eligible", who): (0.9 if who in ineligible else 0.1,) for who in range(60)}
    return here, script(here, uniforms=times | may)


def test_patients_enter_when_screening_is_over_and_in_that_order():
    _, records = screened({0: 60.0, 1: 10.0, 2: 25.0}, ineligible=(2,), accrual={"until": "3 randomised"})
    who = [(int(p["candidate"]), float(p["registered"]), float(p["entry"])) for p in records.patients]
    assert who == [(1, 10.0, 20.0), (0, 0.0, 60.0), (3, 30.0, 80.0)]  # others take 50 days
    fates = {int(s["candidate"]): Screened(s["outcome"]) for s in records.screenings}
    assert (fates[0], fates[1], fates[2]) == (Screened.ENTERED, Screened.ENTERED, Screened.INELIGIBLE)
    assert set(fates.values()) >= {Screened.CLOSED}  # registered before the third entered
    assert records.trials["enrolled"].tolist() == [3]


def test_states_and_events_stand_in_the_order_of_entry():
    here = given(screening={"takes": {"uniform": ["0 days", "100 days"]}}, accrual={"until": "2 randomised"})
    times = {("screening/takes", 0): (0.6,), ("screening/takes", 1): (0.1,)}
    records = script(here, {("x", 0): (3.0,), ("x", 1): (4.0,)}, uniforms=times)
    for table in (records.patients, records.states, records.events):
        assert table["candidate"].tolist() == [1, 0]
    assert records.patient_of(records.events).tolist() == [0, 1]
    assert records.events["occurred"].tolist() == [24.0, 63.0]


def test_no_more_candidates_are_registered_than_may_be():
    _, records = screened({}, accrual={"until": ["8 randomised", "5 registered"]})
    assert records.screenings["candidate"].tolist() == [0, 1, 2, 3, 4]
    assert records.trials["enrolled"].tolist() == [5]


def test_nobody_enters_after_the_last_day_though_registered_before():
    _, records = screened({0: 20.0, 1: 20.0, 2: 20.0}, accrual={"until": ["8 randomised", "35 days"]})
    assert [(int(s["candidate"]), Screened(s["outcome"]).name) for s in records.screenings] == [
        (0, "ENTERED"), (1, "ENTERED"), (2, "CLOSED"), (3, "CLOSED"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("while_held", "entered", "fate"),
    [("lost", [0, 3], Screened.LOST), ("queued", [0, 2], Screened.ENTERED)],
)
def test_whose_screening_is_over_while_accrual_is_held_waits_or_is_lost(while_held, entered, fate):
    """The stagger holds accrual for 25 days after an entry; screening takes 5 days."""
    accrual = {"until": "2 randomised", "stagger": "25 days", "while_held": while_held}
    here = given(screening={"takes": "5 days"}, accrual=accrual)
    records = script(here)
    if while_held == "queued":  # 1 waits from day 15, 2 from day 25; the hold ends on day 30
        entered = [0, 1]
    assert records.patients["candidate"].tolist() == entered
    assert Screened(records.screenings["outcome"][1]) is fate


def test_a_clock_may_run_from_registration():
    """A hazard on days 50 to 60 after registration meets who entered after 40 days, not after 70."""
    part = {
        "clock": "registration",
        "piecewise": [{"to": "50 days", "hazard": "0 per day"}, {"to": "60 days", "hazard": "9 per day"},
                      {"hazard": "0 per day"}],
    }  # fmt: skip
    truth = {"events": {"x": {"components": {"c": part}}}}
    here = given(
        truth, screening={"takes": {"uniform": ["0 days", "100 days"]}}, accrual={"until": "2 randomised"}
    )
    times = {("screening/takes", 0): (0.4,), ("screening/takes", 1): (0.7,)}
    levels = {("x", 0): (9.0,), ("x", 1): (9.0,)}
    records = script(here, levels=levels, uniforms=times)
    assert [(int(e["candidate"]), float(e["occurred"])) for e in records.events] == [(0, 51.0)]


# ---------------------------------------------------------------- looks in arms


@pytest.mark.parametrize(
    ("look", "days"),
    [
        ({"at": "2 treated in each arm"}, [30.0]),
        ({"at": "2 treated in none"}, [30.0]),
        ({"at": "2 treated in drug"}, [10.0]),
        ({"every": "2 randomised"}, [10.0, 30.0, 50.0, 70.0]),
        ({"every": "2 completed in each arm"}, [60.0, 100.0]),
        ({"at": "3 registered"}, []),
    ],
)
def test_a_look_is_due_when_the_arm_that_has_fewest_has_enough(look, days):
    """Into drug, drug, none, none, drug, none, none, drug on days 0, 10, ... 70; windows of 30 days."""
    extra = {"screening": {"takes": "0 days"}} if "registered" in str(look) else {}
    here = given(rules={"rule": rule(look=look)}, **extra)
    records = script(here, uniforms=alone(A, A, B, B, A, B, B, A))
    assert [day for day, _, _ in looks(here, records)] == (days or [20.0])


def test_a_comparing_rule_reads_both_arms_at_one_look():
    compared = {
        "counts": {"event": "x"},
        "compare": ["drug", "none"],
        "rule": {"kind": "fisher_exact", "level": "at most 40%"},
        "look": {"at": "2 treated in each arm"},
        "then": ["close_accrual"],
    }
    here = given(rules={"rule": compared})
    records = script(here, {("x", who): (0.0,) for who in (0, 1)}, uniforms=alone(A, A, B, B))
    (look,) = records.looks
    assert (look["n"].tolist(), look["x"].tolist(), int(look["outcome"])) == ([2, 2], [2, 0], 1)  # p = 1/6
    assert records.trials["enrolled"].tolist() == [4]


# ---------------------------------------------------------------- Khouri


def test_gvhd_by_day_45_with_toxicity_competing_for_the_drug():
    """h / (h + t) (1 - exp(-45 (h + t))) = .4094 on the drug; alone 1 - exp(-45 h) = .4468."""
    gvhd, other = 3 / 228, 1 / 228
    both = gvhd / (gvhd + other) * (1 - exp(-45 * (gvhd + other)))
    assert (round(both, 4), round(1 - exp(-45 * gvhd), 4)) == (0.4094, 0.4468)
    here = of_file(KHOURI, "nobody_refuses", "reported", "truths.reported.accrual=10 per month")
    records, found = draws(here, 150), Counter[bool]()
    first = {}
    for e in records.events:
        if here.events[e["event"]].name in {"gvhd", "toxicity"}:
            first.setdefault(
                (int(e["trial"]), int(e["candidate"])), (here.events[e["event"]].name, float(e["occurred"]))
            )
    for p in records.patients[records.patients["received"] == 0]:
        kind, day = first.get((int(p["trial"]), int(p["candidate"])), ("", inf))
        found[kind == "gvhd" and day - float(p["entry"]) <= 45.0] += 1
    rounded = 0.013158 / 0.017544 * (1 - exp(-45 * 0.017544))  # as the scenario has them
    assert_share(found[True], found[True] + found[False], rounded)


def test_a_script_without_draws_allocates_alike():
    """What is not given is drawn at one half, so that traces by hand need name no list."""
    assert ScriptedLatents().uniform(LIST, 0, 0) == 0.5
    assert script(given()).patients["arm"].tolist() == [1] * 8
