"""Evidence: published. What the shipped rules say of the trial's reported data (ferrajoli2008).

Data: seed-facts.md 002 (SF); expected verdicts: scenario-parameters.md section 3 (SP), computed before this
program was. The rules are those of scenarios/ferrajoli.yaml, as loaded.
"""

import pytest
from scipy.stats import beta

from simulator.contracts import Observed, Plan
from simulator.loading.load import load
from simulator.stats.binomial import monitor
from tests.helpers import ROOT, exactly, of_file

PLAN = Plan(max_n=1000)  # these rules do not depend on it

SCENARIO, CHECK = ROOT / "scenarios/ferrajoli.yaml", ROOT / "scenarios/checks/ferrajoli.yaml"
PATIENTS, RESPONSES, COURSES = 44, 14, 333  # SF
NEUTROPENIA, THROMBOCYTOPENIA = 135, 51  # courses with grade 3-4, SF
NOTHING = Observed(n=0, x=0)


@pytest.fixture(scope="module")
def rules():
    """Variant -> the rule as loaded."""
    return {name: design.monitoring["tse"].rule for name, design in load(SCENARIO).designs.items()}


def verdict(rule, toxicity=NOTHING, response=NOTHING):
    """Outcome of a look; the lowered table must give the same."""
    found = rule.assess([toxicity, response], PLAN)
    table = rule.lower(Plan(max_n=max(int(toxicity.n), int(response.n))))
    assert table.outcome(table.code([toxicity, response])) == found.outcome
    return found


# ---------------------------------------------------------------- the verdicts


def test_neutropenia_per_course_trips_the_toxicity_rule(rules):
    found = verdict(rules["as_designed"], Observed(n=COURSES, x=NEUTROPENIA))
    assert found.outcome == "toxicity"
    p = rules["as_designed"].evidence(COURSES, NEUTROPENIA, PLAN, "toxicity")
    assert p == pytest.approx(0.99998, abs=5.1e-6)  # SP: 135/333
    assert p == pytest.approx(beta.sf(0.30, 0.6 + 135, 1.4 + 198), rel=1e-9)
    assert f"{NEUTROPENIA} of {COURSES}" in found.why
    assert verdict(rules["cut_975"], Observed(n=COURSES, x=NEUTROPENIA)).outcome == "toxicity"


def test_thrombocytopenia_per_course_does_not(rules):
    for name in ("as_designed", "cut_90", "cut_975"):
        assert verdict(rules[name], Observed(n=COURSES, x=THROMBOCYTOPENIA)).outcome is None
    p = rules["as_designed"].evidence(COURSES, THROMBOCYTOPENIA, PLAN, "toxicity")
    assert p == pytest.approx(2e-10, rel=0.25)  # SP: one digit printed
    assert p == pytest.approx(beta.sf(0.30, 0.6 + 51, 1.4 + 282), rel=1e-6)


def test_the_responses_do_not_trip_the_futility_rule(rules):
    for name in ("as_designed", "cut_90", "cut_975"):
        assert verdict(rules[name], response=Observed(n=PATIENTS, x=RESPONSES)).outcome is None
    p = rules["as_designed"].evidence(PATIENTS, RESPONSES, PLAN, "futility")
    assert p == pytest.approx(0.0392, abs=5.1e-5)  # SP
    assert (
        verdict(rules["as_designed"], response=Observed(n=PATIENTS, x=4)).outcome == "futility"
    )  # SP: at most 4
    assert verdict(rules["as_designed"], response=Observed(n=PATIENTS, x=5)).outcome is None


@pytest.mark.parametrize(
    ("variant", "x", "p", "outcome"),
    [  # SP: 18 of 44 gives .9299, 19 gives .9627; boundaries at 44 are 19, 18 and 20
        ("as_designed", 18, 0.9299, None),
        ("as_designed", 19, 0.9627, "toxicity"),
        ("cut_90", 17, None, None),
        ("cut_90", 18, 0.9299, "toxicity"),
        ("cut_975", 19, 0.9627, None),
        ("cut_975", 20, None, "toxicity"),
    ],
)
def test_the_nineteenth_toxic_patient_decides(rules, variant, x, p, outcome):
    found = verdict(rules[variant], Observed(n=PATIENTS, x=x), Observed(n=PATIENTS, x=RESPONSES))
    assert found.outcome == outcome
    if p is not None:
        assert rules[variant].evidence(PATIENTS, x, PLAN, "toxicity") == pytest.approx(p, abs=5.1e-5)
        assert f"= {p:.4f}" in found.why


def test_pending_patients_read_as_failures_stop_at_the_seventh(rules):
    """SP, delay trap: 0 of 7 gives .9607, while none of the seven can have been assessed."""
    found = verdict(rules["pending_fail"], NOTHING, Observed(n=7, x=0))
    assert found.outcome == "futility"
    assert "= 0.9607" in found.why
    assert verdict(rules["pending_fail"], NOTHING, Observed(n=6, x=0)).outcome is None


# ---------------------------------------------------------------- how often the trial would have been stopped


@pytest.mark.parametrize(
    ("p", "patients", "p_stop", "n"),
    [  # SP, last table of section 3; at p = .15 the digits printed are those of 44 and 45 patients alike
        (NEUTROPENIA / COURSES, 44, 0.6115, 27.78),
        (0.405, 44, 0.6096, 27.83),
        (0.70, 44, 0.99998, 6.50),
        (0.15, 44, 0.0075, None),
        (0.15, 45, 0.0075, None),
    ],
)
def test_how_often_each_reading_of_toxicity_stops(rules, p, patients, p_stop, n):
    looks = range(1, patients + 1)
    bound = rules["as_designed"].lower(Plan(max_n=patients)).boundaries[0].bound
    found = monitor(looks, p, upper=[bound[look] for look in looks])
    digits = 5.1e-6 if p_stop > 0.999 else 5.1e-5
    assert found.p_stop == pytest.approx(p_stop, abs=digits)
    assert n is None or found.expected_n == pytest.approx(n, abs=5.1e-3)
    sets = (f"design.accrual.until={patients} treated", f"truths.design_null.traits.toxic.probability={p!r}")
    values, _ = exactly(of_file(CHECK, "toxicity_only", "design_null", *sets))
    assert values["p_stop"] == pytest.approx(found.p_stop, abs=1e-12)
    assert values["n_read.tse"] == pytest.approx(found.expected_n, abs=1e-9)


def test_running_to_44_patients_under_each_reading(rules):
    """SP: ordinary for a narrow toxicity (99 %), possible for neutropenia in course 1 (39 %), else 2e-5."""
    bound = rules["as_designed"].lower(Plan(max_n=44)).boundaries[0].bound
    looks = range(1, 45)
    through = {
        p: 1 - monitor(looks, p, upper=[bound[n] for n in looks]).p_stop for p in (0.15, 135 / 333, 0.70)
    }
    assert through[0.15] == pytest.approx(0.99, abs=5e-3)
    assert through[135 / 333] == pytest.approx(0.39, abs=5e-3)
    assert through[0.70] == pytest.approx(2e-5, rel=0.25)
