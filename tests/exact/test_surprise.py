"""Evidence: exact. Surprise: tails by hand, the chance that it ever fires by simulation of the process."""

import numpy as np
import pytest
from pydantic import TypeAdapter
from scipy.stats import binom, poisson

from simulator.contracts import Observed, Plan
from simulator.engines.compare import first_difference
from simulator.engines.compiled.driver import play
from simulator.rules.surprise import Surprise
from simulator.stats.pace import ever_within
from tests.helpers import SEED, YEAR, assert_share, draws, program

RATE = "3 per 206 person-years"


def rule(**body):
    return TypeAdapter(Surprise).validate_python(body)


def test_two_of_three_of_leni():
    """A risk of 1.4458 % was planned."""
    leni = rule(planned="1.4458%", probability="less than 0.1%")
    found = leni.evidence(3, 2, Plan(max_n=44))
    assert found == pytest.approx(0.000621, abs=5e-7)
    assert found == pytest.approx(binom.sf(1, 3, 0.014458), rel=1e-12)
    assert leni.assess([Observed(3, 2)], Plan(max_n=44)).stop
    assert not leni.assess([Observed(4, 2)], Plan(max_n=44)).stop, ".001231"


@pytest.mark.parametrize("word", ["less than", "at most"])
def test_by_follow_up_table_and_verdict_agree(word):
    """At every count, just before the longest follow-up that stops and just after."""
    by_time = rule(planned=RATE, probability=f"{word} 1%")
    assert by_time.by_exposure
    plan = Plan(max_n=5, among=("exposure",))
    table = by_time.lower(plan)
    (boundary,) = table.boundaries
    for x in range(1, 12):
        longest = boundary.bound[x]
        assert poisson.sf(x - 1, longest * 3 / (206 * YEAR)) == pytest.approx(0.01, rel=1e-8)
        for days in (0.5 * longest, longest * (1 - 1e-6), longest * (1 + 1e-6), 2 * longest):
            if days < 1:
                continue
            verdict = by_time.assess([Observed(days, x)], plan)
            assert verdict.outcome == table.outcome(table.code([Observed(days, x)]))
            assert verdict.stop is (days < longest)
            assert f"{x} in {days:g} days" in verdict.why
    assert not by_time.assess([Observed(300.0, 0)], plan).stop


def test_the_chance_that_it_ever_fires_is_that_of_the_process():
    """200,000 processes of unit rate; the level of `assert_share`."""
    longest = [0.01, 0.15, 0.44, 0.8]
    days = np.cumsum(np.random.default_rng(SEED).exponential(size=(200_000, 4)), axis=1)
    for most in (0.3, 2.0):
        hits = ((days <= longest) & (days <= most)).any(axis=1).sum()
        assert_share(int(hits), 200_000, ever_within(longest, most), f"within {most}")


def test_the_chance_that_it_ever_fires_is_said_of_patients_and_of_time():
    told = rule(planned="20%", probability="less than 2.5%").particulars(Plan(max_n=10))
    assert told[0].startswith("P(it ever fires) = ")
    assert rule(planned=RATE, probability="less than 1%").particulars(Plan(max_n=10)) == ()
    timed = rule(planned=RATE, probability="less than 1%").particulars(Plan(max_n=10, exposure=10 * YEAR))
    assert timed[0].endswith("over 10 person-years, everyone followed to the end")


@pytest.mark.parametrize("unit", ["patients", "events"])
def test_engines_read_the_same_follow_up(unit):
    """Both, in every field; with n the days at risk of everybody at the look."""
    design = {
        "accrual": {"until": "12 treated"},
        "phases": {"one": {"lasts": "200 days"}},
        "events": {"a": {"repeats": True}, "gone": {"when_detected": "leave"}},
        "monitoring": {
            "rule": {
                "counts": {"event": "a", "unit": unit},
                "among": "exposure",
                "rule": {
                    "kind": "surprise",
                    "planned": "1 per 2 person-years",
                    "probability": "less than 10%",
                },
                "then": "close_accrual",
            }
        },
    }
    events = {"a": {"hazard": "1 per year"}, "gone": {"hazard": "0.5 per year"}}
    given = program(design, {"accrual": "every 10 days", "events": events})
    fast, slow = play(given, SEED, 0, 60), draws(given, 60)
    assert first_difference(fast, slow) == ""
    assert 5 < len(slow.firings) < 60, "some stop, some do not"
    first = slow.looks[0]
    mine = slow.patients[
        (slow.patients["trial"] == first["trial"]) & (slow.patients["entry"] <= first["time"])
    ]
    left = np.minimum(mine["exit"], first["time"]) - mine["entry"]
    assert unit == "patients" or first["n"][0] == pytest.approx(left.sum())
