"""Evidence: exact, trace and differential. How candidates turn up, and the least time between entries."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from math import exp
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, kstest, poisson

from simulator.engines.compiled.driver import play
from simulator.engines.reference.accrual import arrivals
from simulator.engines.reference.trial import Trial
from simulator.errors import QuantityError, ScenarioError
from simulator.exact.recognise import exact_values
from simulator.loading.load import load
from simulator.model.accrual import parse_accrual
from simulator.model.latents import BlockLatents
from simulator.model.metric import Key
from simulator.model.records import RecordLists
from simulator.program.arrivals import lower_arrivals
from simulator.units import DAYS_PER_MONTH
from tests.differential.engines import SEED, cells, difference, of_tree
from tests.helpers import ROOT, assert_share

TRIALS = 4_000
LENI = ROOT / "scenarios/checks/leni.yaml"
PIECES = {"pieces": [{"to": "6 months", "rate": "0.25 per month"}, {"rate": "1 per month"}]}
PAUSE = {
    "pieces": [{"to": "30 days", "rate": "1 per week"}, {"to": "90 days", "rate": 0}, {"rate": "2 per week"}]
}
LAWS: dict[str, Any] = {
    "pieces": PIECES,
    "a pause": PAUSE,
    "uniform": "45 uniform over 730 days",
    "too few": "7 uniform over 90 days",
    "one by one": "one after another",
    "fixed": "every 10 days",
    "Poisson": "1 per week",
}


def given(law: Any, cap: int = 12, count: int = 5, **accrual: str) -> Any:
    """Patients with `x` within 30 days, half of them; closed at `count`."""
    design = {
        "accrual": {"until": f"{cap} treated", **accrual},
        "events": {"x": {"window": "30 days"}},
        "monitoring": {
            "rule": {
                "counts": {"event": "x"},
                "rule": {"kind": "at_least", "count": count},
                "then": ["close_accrual"],
            }
        },
    }
    return of_tree(design, {"accrual": law, "events": {"x": {"probability": "50% in 30 days"}}})


def never(law: Any, cap: int = 40) -> Any:
    return given(law, cap, count=99)


def entries(program: Any, trials: int = TRIALS) -> np.ndarray:
    """Day of every entry. (trials, patients), inf beyond the last."""
    patients = play(program, SEED, 0, trials).patients
    days = np.full((trials, program.max_treated), np.inf)
    place = np.arange(len(patients)) - np.searchsorted(patients["trial"], patients["trial"])
    days[patients["trial"], place] = patients["entry"]
    return days


# ---------------------------------------------------------------- laws


def test_by_month_12_at_most_5_have_come_in_pieces() -> None:
    """6 months at 0.25 and 6 at 1 per month: Poisson with mean 7.5; P(at most 5) = .241436."""
    assert poisson.cdf(5, 7.5) == pytest.approx(0.241436, abs=5e-7)
    days = entries(never(PIECES), 20_000)
    assert_share(int((days[:, 5] > 12 * DAYS_PER_MONTH).sum()), len(days), poisson.cdf(5, 7.5))
    assert_share(int((days[:, 1] > 6 * DAYS_PER_MONTH).sum()), len(days), poisson.cdf(1, 1.5))


def test_nobody_comes_in_a_pause() -> None:
    days = entries(never(PAUSE))
    assert not ((days > 30) & (days < 90)).any()
    assert (days < 30).any()
    waited = (
        days[np.arange(len(days)), (days <= 30).sum(axis=1)] - 90
    )  # the first after it: unit rate 2 a week
    assert kstest(waited * 2 / 7, "expon").pvalue > 1e-6


def test_uniform_days_are_the_order_statistics_of_so_many() -> None:
    """P(the third of ten comes in the first half of the time) = P(at least 3 of 10 do)."""
    days = entries(never("10 uniform over 200 days"), 10_000)
    assert (np.isfinite(days).sum(axis=1) == 10).all()
    for k, share in ((0, 0.1), (2, 0.5), (9, 0.9)):
        expected = binom.sf(k, 10, share)
        assert_share(int((days[:, k] < 200 * share).sum()), len(days), expected)


def test_candidates_follow_from_sums_of_unit_exponentials() -> None:
    """By hand, each gap 1: rate 1/30.4375 ... in pieces, and the two days of `2 uniform over 100 days`."""
    law = lower_arrivals(parse_accrual(PAUSE), 0.0)
    assert first(law, 6) == pytest.approx([7, 14, 21, 28, 90 + (5 - 30 / 7) * 3.5, 90 + (6 - 30 / 7) * 3.5])
    law = lower_arrivals(parse_accrual("2 uniform over 100 days"), 0.0)
    assert first(law, 3) == pytest.approx([100 * (1 - exp(-0.5)), 100 * (1 - exp(-1.5))], abs=1e-6)


def first(law: Any, most: int) -> list[float]:
    found: Iterator[float] = arrivals(law, repeat(1.0))
    return [day for _, day in zip(range(most), found, strict=False)]


def test_one_after_another_enters_when_the_one_before_is_assessed() -> None:
    """The window of 30 days, and what comes after it until a decision has taken effect."""
    assert entries(never("one after another", 4), 1).tolist() == [[0, 30, 60, 90]]
    design: dict[str, Any] = {
        "accrual": {"until": "3 treated"},
        "events": {"x": {"window": "30 days"}},
        "monitoring": {
            "rule": {
                "counts": {"event": "x"},
                "rule": {"kind": "at_least", "count": 9},
                "decision_lag": "5 days",
            }
        },
    }
    truth = {"accrual": "one after another", "events": {"x": {"probability": "1% in 30 days"}}}
    late = {"delays": {"x": {"report": {"uniform": ["1 day", "7 days"]}}}}
    assert entries(of_tree(design, {**truth, **late}), 1).tolist() == [[0, 42, 84]]


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize(
    "accrual", [{}, {"stagger": "20 days"}, {"stagger": "20 days", "while_held": "queued"}]
)
def test_both_engines_take_the_same_patients(name: str, accrual: dict[str, str]) -> None:
    assert difference(given(LAWS[name], **accrual), 40) == ""


@pytest.mark.parametrize("name", LAWS)
def test_which_trials_stop_does_not_depend_on_when_they_enter(name: str) -> None:
    program = given(LAWS[name])
    values, reason = exact_values(program)
    if name == "too few":
        assert (values, reason) == ({}, "fewer candidates turn up than may enter")
        return
    assert values[Key("p_stop")] == pytest.approx(binom.sf(4, 12, 0.5), abs=1e-12)
    assert_share(len(play(program, SEED, 0, TRIALS).firings), TRIALS, values[Key("p_stop")])


def test_those_who_wait_enter_after_the_last_candidate() -> None:
    """Seven come in 3 days and wait for places 20 days apart; accrual then closes."""
    records = play(given("7 uniform over 3 days", stagger="20 days", while_held="queued"), SEED, 0, 1)
    gaps = np.diff(records.patients["entry"])
    assert (len(records.patients), gaps.tolist()) == (7, [20.0] * 6)
    until = {"until": ["12 treated", "50 days"]}
    records = play(
        given("7 uniform over 3 days", stagger="20 days", while_held="queued", **until), SEED, 0, 1
    )
    assert len(records.patients) == 3


# ---------------------------------------------------------------- the stagger


def leni(entry: str, *sets: str) -> Any:
    """The check scenario of LENI with candidates at a fixed distance."""
    return cells(LENI, f"truths.planned.accrual={entry}", *sets)["with_maintenance", "observed_like"]


@pytest.mark.parametrize("held", ["lost", "queued"])
def test_every_month_with_a_stagger_of_two_is_every_two_months(held: str) -> None:
    """The same exact values; queued also the same records, lost other candidates: 0, 2, 4 ..."""
    staggered = leni("every 1 month", "design.accrual.stagger=2 months", f"design.accrual.while_held={held}")
    plain = leni("every 2 months", f"design.accrual.while_held={held}")
    assert exact_values(staggered) == exact_values(plain)
    assert exact_values(plain)[0][Key("n_enrolled")] == pytest.approx(6.719, abs=5e-4)
    mine, other = (play(program, SEED, 0, 50) for program in (staggered, plain))
    firsts = mine.patients[mine.patients["trial"] == 0]["candidate"].tolist()
    step = 1 if held == "queued" else 2
    assert firsts == [step * k for k in range(len(firsts))]
    same = all(
        np.array_equal(getattr(mine, name), getattr(other, name))
        for name in ("patients", "events", "firings")
    )
    assert same is (held == "queued")
    assert difference(staggered, 30) == ""


def test_both_ends_of_a_stagger_count() -> None:
    """Every 10 days: with 20 days between entries the one of day 20 enters, with 20.5 the one of day 30."""
    assert entries(given("every 10 days", 3, 99, stagger="20 days"), 1).tolist() == [[0, 20, 40]]
    assert entries(given("every 10 days", 3, 99, stagger="20.5 days"), 1).tolist() == [[0, 30, 60]]
    queued = given("every 10 days", 3, 99, stagger="20.5 days", while_held="queued")
    assert entries(queued, 1).tolist() == [[0, 20.5, 41]]


def test_on_demand_the_stagger_alone_spaces_entries() -> None:
    program = given("1 per week", 3, 99, stagger="20 days", while_held="on_demand")
    assert entries(program, 1).tolist() == [[0, 20, 40]]
    small = given("1 per week", stagger="20 days", while_held="on_demand")
    assert_share(len(play(small, SEED, 0, TRIALS).firings), TRIALS, exact_values(small)[0][Key("p_stop")])


# ---------------------------------------------------------------- as it is written


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "45 uniform over 730 days",
            "45 candidates in all, each on a day of its own, all days of 2 years alike",
        ),
        ("one after another", "one after another: each candidate comes when the one before is assessed"),
        (PIECES, "Poisson, 0.25 per month until 6 months, 1 per month from then on"),
        (PAUSE, "nobody until 90 days"),
    ],
)
def test_accrual_in_words(text: object, words: str) -> None:
    law = parse_accrual(text)
    assert parse_accrual(law) is law
    assert words.replace("2 years", "730 days") in law.text()


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        ("0 uniform over 10 days", "from 1 to 1,000,000 candidates"),
        ("5 uniform over 201 years", "at most 200 years"),
        ("one by one", "one after another"),
        ("1e6 per day", "to 1000 per day"),
        ({"pieces": []}, "{pieces: "),
        ({"pieces": [{"to": "6 months", "rate": "1 per month"}]}, "{to: DURATION, rate: RATE}"),
        ({"pieces": [{"rate": "1 per month"}, {"rate": "1 per month"}]}, "{to: DURATION, rate: RATE}"),
        ({"pieces": [{"to": "6 months", "rate": "x"}, {"rate": "1 per month"}]}, "a rate above 0"),
        ({"pieces": [{"to": "6 months", "rate": "1 per month"}, {"rate": 0}]}, "a rate"),
        (
            {
                "pieces": [
                    {"to": "6 months", "rate": "1 per day"}, {"to": "3 months", "rate": "2 per day"},
                    {"rate": "1 per day"},
                ]
            },
            "a day after 6 months",
        ),
    ],
)  # fmt: skip
def test_what_is_no_accrual_is_refused(value: object, allowed: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_accrual(value)
    assert allowed in caught.value.allowed


def test_one_after_another_needs_windows() -> None:
    with pytest.raises(ScenarioError) as caught:
        load(LENI, ["truths.planned.accrual=one after another"])
    assert "one after another, with no window of thrombosis" in str(caught.value)


@pytest.mark.parametrize("held", ["lost", "queued"])
def test_accrual_closes_when_the_last_has_entered(held: str) -> None:
    """Or looks by the calendar would go on for ever; both engines take as many of them."""
    program = given("7 uniform over 3 days", 12, 99, stagger="20 days", while_held=held)
    trial = Trial(program, BlockLatents(SEED, 0, 1, 12).trial(0), 0, RecordLists.empty())
    trial.play()
    assert (trial.treated() > 1) is (held == "queued")
    assert not trial.accrual.open
    design = {"design.monitoring.thrombosis_rule.look": "every 30 days", "design.accrual.stagger": "2 months"}
    sets = [f"{path}={value}" for path, value in design.items()]
    sets += [f"design.accrual.while_held={held}", "truths.planned.accrual=5 uniform over 30 days"]
    assert difference(cells(LENI, *sets)["combination_only", "planned"], 10) == ""
