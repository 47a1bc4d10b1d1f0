"""Evidence: trace and exact. Metrics by arm, population and screening of trials counted by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from simulator.errors import TrialstopError
from simulator.metrics.block import Block
from simulator.metrics.collect import collect
from simulator.metrics.text import Keyed
from simulator.program.planned import in_arm
from simulator.program.risks import planned_risks
from simulator.program.tables import Program
from simulator.study.run import programs
from simulator.what_ifs.targets import parse_target
from tests.helpers import ROOT, assert_mean, draws, loaded, program, script

LIST = "randomisation/stratum:0"
DRUG, NONE = 0.25, 0.75  # draws that fall into the first and the second of two arms, allocated alone


def given(truth: dict[str, Any] | None = None, **design: Any) -> Program:
    """Two arms on one drug and on none, candidates every 10 days."""
    base = {
        "accrual": {"until": "5 randomised"},
        "arms": {"drug": {"gives": {"drug": "low"}}, "none": {}},
        "drugs": {"drug": ["low"]},
        "phases": {"treatment": {"lasts": "100 days"}},
        "events": {"x": {"repeats": True}},
    }
    return program(base | design, truth or {})


def one_trial(here: Program) -> Keyed[float]:
    """Five patients, drug, none, drug, drug, none; the first refuses; the first, third and last have x."""
    lists = {(LIST, place): (u,) for place, u in enumerate((DRUG, NONE, DRUG, DRUG, NONE))}
    refusal = {("refusal", who): (0.1 if who == 0 else 0.9,) for who in range(5)}
    days = {("x", 0): (5.0,), ("x", 2): (7.0, 20.0), ("x", 4): (9.0,)}
    columns = collect(here, script(here, days, uniforms=lists | refusal))
    return Keyed({key: float(values[0]) for key, values in columns.items()})


AS_DRAWN = {
    "n_randomised.drug": 3, "n_randomised.none": 2, "person_days_of.drug": 300, "person_days_of.none": 200,
    "imbalance": 0.5, "imbalance.largest": 1, "patients_with.x.drug": 2, "patients_with.x.none": 1,
    "events.x.drug": 3, "events.x.none": 1, "risk_difference.x.drug": 2 / 3 - 1 / 2,
}  # fmt: skip
TREATED = {
    "n_refused.drug": 1, "n_received.drug": 2, "patients_with.x.drug.treated_as_randomised": 1,
    "patients_with.x.none.treated_as_randomised": 1, "risk_difference.x.drug.treated_as_randomised": 0,
    "patients_with.x.drug.as_treated": 1,
}  # fmt: skip
INTO_NONE = {
    "n_received.none": 3, "n_treated": 5, "patients_with.x.none.as_treated": 2,
    "risk_difference.x.drug.as_treated": 1 / 2 - 2 / 3,
}  # fmt: skip
UNTREATED = {
    "n_received.none": 2, "n_received.untreated": 1, "n_treated": 4, "n_enrolled": 5,
    "patients_with.x.none.as_treated": 1, "risk_difference.x.drug.as_treated": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        (None, AS_DRAWN),
        ("none", AS_DRAWN | TREATED | INTO_NONE),
        ("untreated", AS_DRAWN | TREATED | UNTREATED),
    ],
)
def test_a_trial_by_hand(then: str | None, expected: dict[str, float]) -> None:
    refusal = {} if then is None else {"refusal": {"drug": "50%", "then": then}}
    found = one_trial(given(**refusal))
    assert {key: found[key] for key in expected} == pytest.approx(expected)
    of_refusal = {
        key for key in found if key.metric in {"n_refused", "n_received"} or key.word == "as_treated"
    }
    assert bool(of_refusal) is (then is not None)


def test_a_difference_with_nobody_in_an_arm_is_not_defined() -> None:
    here = given()
    columns = collect(here, script(here, uniforms={(LIST, place): (DRUG,) for place in range(5)}))
    assert np.isnan(columns["risk_difference.x.drug"][0])
    assert columns["imbalance"][0] == columns["imbalance.largest"][0] == 2.5


def test_unequal_shares_are_what_imbalance_is_counted_from() -> None:
    """2 : 1; drug, drug, none, drug, drug: off 1/3, 2/3, 0, 1/3 and, at the end, 4 - 10/3."""
    here = given(arms={"drug": {"share": 2, "gives": {"drug": "low"}}, "none": {}})
    lists = {(LIST, place): (u,) for place, u in enumerate((0.1, 0.1, 0.9, 0.1, 0.1))}
    columns = collect(here, script(here, uniforms=lists))
    assert columns["imbalance"][0] == pytest.approx(2 / 3)
    assert columns["imbalance.largest"][0] == pytest.approx(2 / 3)


def test_the_imbalance_of_simple_allocation_is_binomial() -> None:
    trials, n = 4_000, 17
    here = given(accrual={"until": f"{n} randomised"})
    x = np.arange(n + 1)
    off, p = np.abs(x - n / 2), binom.pmf(x, n, 0.5)
    mean = float(off @ p)
    sd = float(np.sqrt(((off - mean) ** 2) @ p))
    columns = collect(here, draws(here, trials))
    assert_mean(columns["imbalance"], mean, sd, n / 2, "half the difference of the sizes")
    assert (columns["imbalance.largest"] >= columns["imbalance"]).all()


def test_candidates_are_registered_found_ineligible_or_too_late() -> None:
    """On days 0, 10, ... 50 before the second enters on day 55; the first of them is not eligible."""
    here = given(accrual={"until": "2 randomised"}, screening={"takes": "35 days", "eligible": "50%"})
    eligible = {("screening/eligible", who): (0.9 if who == 0 else 0.1,) for who in range(9)}
    columns = collect(here, script(here, uniforms=eligible))
    found = {key: columns[key][0] for key in ("n_registered", "n_not_eligible", "n_too_late", "n_enrolled")}
    assert found == {"n_registered": 6, "n_not_eligible": 1, "n_too_late": 3, "n_enrolled": 2}


def test_of_every_candidate_something_becomes_and_arms_add_up() -> None:
    """Evidence: property, on drawn trials of Khouri's cells."""
    cells = programs(loaded(ROOT / "scenarios/khouri.yaml"), ["as_run", "as_treated"], ["reported"])
    for here in cells.values():
        c = collect(here, draws(here, 60))
        assert (c["n_registered"] == c["n_enrolled"] + c["n_not_eligible"] + c["n_too_late"]).all()
        arms = ("lenalidomide", "standard")
        assert (sum(c[f"n_randomised.{arm}"] for arm in arms) == c["n_enrolled"]).all()
        assert (sum(c[f"n_received.{arm}"] for arm in arms) == c["n_treated"]).all()
        for event in ("gvhd", "toxicity"):
            assert (
                sum(c[f"patients_with.{event}.{arm}"] for arm in arms) == c[f"patients_with.{event}"]
            ).all()
            assert (sum(c[f"events.{event}.{arm}"] for arm in arms) == c[f"events.{event}"]).all()


def test_without_arms_nothing_is_new() -> None:
    here = program(
        {"accrual": {"until": "3 treated"}, "events": {"x": {"window": "30 days"}}},
        {"accrual": "every 10 days"},
    )
    columns = collect(here, script(here))
    assert not any(key.arm for key in columns)
    assert not {"imbalance", "n_registered"} & {key.metric for key in columns}


def test_a_difference_of_arms_is_no_target() -> None:
    with pytest.raises(TrialstopError, match="of differences and quantiles there is no target"):
        parse_target("risk_difference.x.drug<=0.1")


def test_risks_are_those_of_each_arm_after_screening() -> None:
    """Evidence: exact. 1 - exp(-H): on the drug twice the hazard; from registration less what ran before."""
    shape, scale, took = 0.7, 900.0, 95.0
    truth = {
        "events": {
            "x": {"hazard": "0.002 per day", "arm_ratio": {"drug": 2}},
            "late": {"clock": "registration", "weibull": {"shape": shape, "scale": f"{scale:g} days"}},
        }
    }
    screening = {"takes": {"uniform": ["90 days", "100 days"]}}
    here = given(truth, events={"x": {}, "late": {}}, screening=screening)
    for arm, hazard in ((0, 0.004), (1, 0.002), (2, 0.002)):
        x, late = planned_risks(in_arm(here, arm))
        assert x.risk == pytest.approx(1 - np.exp(-100 * hazard), rel=1e-12)
        ran = ((took + 100) / scale) ** shape - (took / scale) ** shape
        assert late.risk == pytest.approx(1 - np.exp(-ran), abs=1e-6)  # of a tabulated law


def test_the_last_planned_dose_does_not_go_by_the_order_of_arms() -> None:
    """Two patients, of whom the first is on 100 days of the drug and the second on none."""
    for names, list_of in ((("drug", "none"), (DRUG, NONE)), (("none", "drug"), (NONE, DRUG))):
        arms = {name: {"gives": {"drug": "low"}} if name == "drug" else {} for name in names}
        here = given(accrual={"until": "2 randomised"}, arms=arms)
        records = script(here, uniforms={(LIST, place): (u,) for place, u in enumerate(list_of)})
        entry = records.patients["entry"][[names[arm] for arm in records.patients["arm"]].index("drug")]
        assert Block(here, records).last_planned_dose.tolist() == [entry + 100.0]
