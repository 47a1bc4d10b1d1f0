"""Evidence: exact. Rules of the library: bounds and levels calculated elsewhere, and engines against them.

Bounds, levels and probabilities of spending rules and of the calibrated beta-binomial were calculated by an
independent program. Simulated shares of stops are compared with exact ones at a false-alarm rate of ALPHA.
"""

from itertools import product

import numpy as np
import pytest
from pydantic import TypeAdapter
from scipy.stats import binom, binomtest

from simulator.contracts import Observed, Plan
from simulator.errors import ScenarioError
from simulator.registry import RULES, load
from simulator.reporting.boundaries import collapsed
from simulator.rules.spending import Spending
from simulator.stats import calibrate
from simulator.stats.binomial import monitor
from simulator.study.run import run
from tests.helpers import ALPHA, SEED, scenario


def rule(kind, **keys):
    return TypeAdapter(load(RULES[kind])).validate_python(keys)


def bounds(made, looks, place=0):
    boundary = made.lower(Plan(max_n=looks[-1], looks=looks)).boundaries[place]
    return [boundary.bound[n] for n in looks]


GELLER = {
    "prior": {"events": 0.6, "others": 2.4},
    "rate": "more than 20%",
    "certainty": "calibrated",
    "false_stop": "at most 10% at 20%",
}


def test_the_calibrated_posterior_of_thirty_patients():
    made, plan = rule("beta_binomial", **GELLER), Plan(max_n=30)
    (boundary,) = made.lower(plan).boundaries
    segments = [(s.first, s.last, s.bound) for s in collapsed(boundary, per_patient=True)]
    assert segments == [
        (1, 2, None), (3, 4, 3), (5, 6, 4), (7, 10, 5), (11, 13, 6), (14, 17, 7), (18, 20, 8), (21, 24, 9),
        (25, 28, 10), (29, 30, 11),
    ]  # fmt: skip
    assert "P(stop) = 9.957%" in made.particulars(plan)[0]
    every = range(1, 31)
    stops = monitor(every, 0.2, upper=[boundary.bound[n] for n in every]).p_stop
    assert stops == pytest.approx(0.09957367, abs=5e-9)


@pytest.mark.parametrize(
    ("function", "looks", "expected", "level", "power", "patients"),
    [
        ("obrien_fleming", (9, 18, 27, 36, 45), [None, 12, 15, 17, 20], 0.036256, 0.612516, 38.6679),
        ("pocock", (9, 18, 27, 36, 45), [7, 10, 14, 17, 21], 0.043097, 0.571746, 34.3837),
        ("obrien_fleming", (8, 20, 27, 41, 45), [None, 13, 15, 19, 20], 0.032304, 0.601579, 40.0025),
        ("pocock", (8, 20, 27, 41, 45), [6, 11, 14, 19, 21], 0.043170, 0.572716, 34.7732),
    ],
)
def test_levels_that_are_spent(function, looks, expected, level, power, patients):
    made = rule("spending", false_stop="at most 5% at 30%", function=function)
    upper = bounds(made, looks)
    assert upper == expected
    assert monitor(looks, 0.3, upper=upper).p_stop == pytest.approx(level, abs=5e-7)
    found = monitor(looks, 0.45, upper=upper)
    assert found.p_stop == pytest.approx(power, abs=5e-7)
    assert found.expected_n == pytest.approx(patients, abs=5e-5)


@pytest.mark.parametrize("shape", [1, 2.5])
def test_no_smaller_count_could_have_been_afforded(shape):
    """At every look, against the sum over all courses; kim_demets with shape 1 spends in proportion."""
    made = rule("spending", false_stop="at most 20% at 40%", function="kim_demets", shape=shape)
    assert isinstance(made, Spending)
    looks, level = (3, 5, 8, 10), 0.2
    upper = bounds(made, looks)

    def stopped(bound):
        """P(stopped by the last of these looks), by enumeration."""
        gone = 0.0
        for path in product((0, 1), repeat=looks[len(bound) - 1]):
            if any(b is not None and sum(path[:n]) >= b for n, b in zip(looks, bound, strict=False)):
                gone += float(np.prod([0.4 if x else 0.6 for x in path]))
        return gone

    for k, n in enumerate(looks, start=1):
        allowed = level * (n / 10) ** shape
        assert made.spent(n / 10) == pytest.approx(allowed, rel=1e-12)
        assert stopped(upper[:k]) <= allowed + 1e-12
        least = n if upper[k - 1] is None else upper[k - 1] - 1
        assert stopped([*upper[: k - 1], least]) > allowed


@pytest.mark.parametrize("binding", [False, True])
def test_harm_is_calibrated_alone_and_cleared_beside_it(binding):
    made = rule(
        "sprt",
        false_stop="at most 10% at 20%",
        alternative="45%",
        false_clear="at most 30% at 45%",
        binding="true" if binding else "false",
    )
    looks = tuple(range(1, 31))
    upper, lower = bounds(made, looks), bounds(made, looks, 1)
    alone = monitor(looks, 0.2, upper=upper).p_stop
    beside = monitor(looks, 0.2, upper=upper, lower=lower).p_upper
    assert beside <= 0.1
    assert (alone <= 0.1) is not binding, "what clears a trial is bought back only where it binds"
    cleared = monitor(looks, 0.45, upper=upper, lower=lower).p_lower
    assert cleared <= 0.3
    of_harm, of_clear = made.particulars(Plan(max_n=30))
    assert f"P(stop) = {100 * (beside if binding else alone):.4g}% " in of_harm
    assert f"P(cleared) = {100 * cleared:.4g}% " in of_clear
    assert ("as if nobody were cleared" in of_harm) is not binding


def test_the_smallest_region_that_reaches_a_target_is_no_larger_than_it_must_be():
    looks, regions = (5, 10, 15, 20), {}
    for word in ("at least", "at most"):
        upper = bounds(rule("pocock", false_stop=f"{word} 10% at 20%"), looks)
        regions[word] = (monitor(looks, 0.2, upper=upper).p_stop, upper)
    (more, at_least), (less, at_most) = regions["at least"], regions["at most"]
    assert less < 0.1 < more
    cells = [
        (-binom.sf(x - 1, n, 0.2), n, x)
        for n, low, high in zip(looks, at_least, at_most, strict=True)
        for x in range(low, high)
    ]
    assert len({round(value, 12) for value, _, _ in cells}) == 1, "nothing lies between the two"


TARGET = "at most 10% at 20%"
LIBRARY = {
    "pocock": {"false_stop": TARGET},
    "obrien_fleming": {"false_stop": TARGET},
    "wang_tsiatis": {"false_stop": TARGET, "delta": 0.25},
    "power_family": {"false_stop": TARGET, "delta": 0.25},
    "max_sprt": {"false_stop": TARGET},
    "sprt": {"false_stop": TARGET, "alternative": "40%", "false_clear": "at most 10% at 40%"},
    "spending": {"false_stop": TARGET, "function": "pocock"},
    "beta_binomial": GELLER,
    "chen_chaloner": GELLER | {"also": {"rate": "more than 30%", "certainty": "more than 50%"}},
    "bounds": {"harm": {"at_least": {"5-14": 4, "15-30": 6}}, "cleared": {"at_most": {"20-30": 2}}},
}


def of_library(kind, onset="28 days"):
    """Thirty patients, a look after every fifth whose window is over."""
    design = {
        "accrual": {"until": "30 treated"},
        "events": {"toxicity": {"window": "28 days"}},
        "monitoring": {
            "tox": {
                "counts": {"event": "toxicity"},
                "among": "completed",
                "look": "every 5 completed",
                "rule": {"kind": kind, **LIBRARY[kind]},
                "then": "close_accrual",
            }
        },
    }
    toxicity = {"probability": f"30% in {onset}"}
    return scenario(design, {"true": {"accrual": "10 per month", "events": {"toxicity": toxicity}}})


@pytest.mark.parametrize("kind", LIBRARY)
def test_simulated_stops_are_the_exact_ones(kind):
    """Patients turn up one after another while others are still in their window."""
    found = of_library(kind)
    results = run(found, trials=2_000, seed=SEED, jobs=1, self_check=20)
    metrics = results.cells[0].metrics
    stops = round(2_000 * metrics["p_stop"].value)
    looks = (5, 10, 15, 20, 25, 30)
    table = rule(kind, **LIBRARY[kind]).lower(Plan(max_n=30, looks=looks))
    upper = [table.boundaries[0].bound[n] for n in looks]
    lower = [table.boundaries[1].bound[n] for n in looks] if len(table.boundaries) > 1 else None
    exact = monitor(looks, 0.3, upper=upper, lower=lower).p_stop
    assert 0.05 < exact < 0.95
    assert binomtest(stops, 2_000, exact).pvalue > ALPHA


@pytest.mark.parametrize("kind", ["pocock", "sprt", "spending", "beta_binomial"])
def test_a_target_that_no_region_meets_is_named_with_what_is_attainable(kind):
    keys = LIBRARY[kind] | {"false_stop": "at most 0.0001% at 20%"}
    design = {
        "accrual": {"until": "5 treated"},
        "events": {"toxicity": {"window": "28 days"}},
        "monitoring": {"tox": {"counts": {"event": "toxicity"}, "rule": {"kind": kind, **keys}}},
    }
    truth = {"accrual": "1 per month", "events": {"toxicity": {"probability": "20%"}}}
    with pytest.raises(ScenarioError, match=r"false_stop: found at most 0.0001% at 20%.* 0.03[0-9]*%"):
        scenario(design, {"true": truth})


@pytest.mark.parametrize(
    ("kind", "target"), [("max_sprt", "at least 99% at 21%"), ("pocock", "at least 99.9999% at 5%")]
)
def test_no_region_stops_whatever_happens(kind, target):
    """What no event brings about is no evidence of harm: such a power cannot be had."""
    unmet = rule(kind, false_stop=target).unmet(Plan(max_n=30, looks=(10, 20, 30)))
    assert unmet is not None
    assert "or less" in unmet.allowed


def test_a_rule_that_never_looks_has_no_cut_off():
    made = rule("pocock", false_stop="at most 5% at 30%")
    (boundary,) = made.lower(Plan(max_n=30, looks=())).boundaries
    assert set(boundary.bound) == {None}
    assert made.particulars(Plan(max_n=30, looks=())) == ("stop: no cut-off has P(stop) at most 5% at 30%",)


@pytest.mark.parametrize("change", [{"among": "fail"}, {"among": "weight"}])
def test_a_level_that_is_not_that_of_the_trial_is_warned_of(change):
    design = {
        "accrual": {"until": "30 treated"},
        "events": {"toxicity": {"window": "28 days"}},
        "monitoring": {
            "tox": {
                "counts": {"event": "toxicity"},
                "rule": {"kind": "pocock", "false_stop": "at most 10% at 20%"},
                **change,
            }
        },
    }
    truth = {"accrual": "1 per month", "events": {"toxicity": {"probability": "20%"}}}
    found = scenario(design, {"true": truth})
    assert any("all assessed when they are read" in warning.allowed for warning in found.warnings)


def test_what_a_spending_rule_says_of_a_look():
    made, plan = (
        rule("spending", false_stop="at most 5% at 30%", function="pocock"),
        Plan(max_n=45, looks=(9, 45)),
    )
    assert made.assess([Observed(9, 7)], plan).outcome == "stop"
    verdict = made.assess([Observed(9, 6)], plan)
    assert verdict.outcome is None
    assert verdict.why == "6 of 9 had the event, not at least 7; 1.477% may be spent by now"


@pytest.mark.parametrize("stop_for", ["many", "few"])
@pytest.mark.parametrize("word", ["at most", "at least"])
@pytest.mark.parametrize("kind", ["pocock", "obrien_fleming", "max_sprt"])
def test_leaving_out_half_of_the_values_again_and_again_finds_the_same(kind, word, stop_for, monkeypatch):
    """As where values are too many to be listed; p-values that are 1 or 0 to rounding are ties."""
    monkeypatch.setattr(calibrate, "LISTED", 40)
    made = rule(kind, false_stop=f"{word} 5% at 30%", stop_for=stop_for)
    looks = tuple(range(1, 61))
    criterion = made.uncut(Plan(max_n=60))
    statistic = calibrate.Statistic(
        of=criterion.evidence if kind != "pocock" else lambda n, x: -criterion.evidence(n, x),
        many=stop_for == "many",
        share=criterion.percent,
    )
    goal = calibrate.Goal(rate=0.3, level=0.05, at_most=word == "at most")
    narrowed = calibrate.calibrate(statistic, looks, goal)
    monkeypatch.setattr(calibrate, "LISTED", 10**6)
    assert narrowed == calibrate.calibrate(statistic, looks, goal)
    assert narrowed.value is not None
    assert narrowed.next_level is not None
