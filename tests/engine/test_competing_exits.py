"""Evidence: exact. An event against a competing exit, both with constant hazards: printed closed forms.

Over T with hazards h and m: P(event first) = h / (h + m) (1 - exp(-(h + m) T)); mean time at risk
(1 - exp(-(h + m) T)) / (h + m). LENI's maintenance with loss of response at .8616 a year, T half a year.
"""

from math import exp

import numpy as np
import pytest

from simulator.metrics.collect import collect
from tests.helpers import YEAR, assert_near, assert_share, draws, program, rule, until

LOSS = 0.8616
PRINTED = {  # maintenance hazard per year: risk, P(>= 2 of 3) over both phases, mean years in maintenance
    0.0145631: (0.005896, 0.000511, 0.4049),
    0.575364: (0.205211, 0.114753, 0.3567),
    2.197225: (0.562693, 0.598227, 0.2561),
}
TRIALS, PATIENTS = 700, 3


def played(per_year, leaves):
    """Trials of three patients; the loss ends the course, or sends to rescue, where the drug is not given."""
    exit_ = "leave" if leaves else [{"go_to": "rescue"}]
    phases = {
        "combination": {"lasts": "6 months", "gives": {"len": "10 mg"}, "next": "maintenance"},
        "maintenance": {"lasts": "6 months", "gives": {"len": "10 mg"}, "next": "rescue"},
        "rescue": {"lasts": "6 months", "gives": {}},
    }
    design = {
        "accrual": until(PATIENTS),
        "drugs": {"len": ["10 mg"]},
        "phases": phases,
        "events": {"clot": {"when_detected": [{"go_to": "rescue"}]}, "loss": {"when_detected": exit_}},
        "monitoring": {"rule": rule("clot", 2, then=[])},
    }
    components = {
        "early": {"while_in": ["combination"], "while_on": "len", "hazard": "0.0145631 per year"},
        "late": {"while_in": ["maintenance"], "while_on": "len", "hazard": f"{per_year} per year"},
    }
    loss = {"c": {"while_in": ["maintenance"], "hazard": f"{LOSS} per year"}}
    events = {"clot": {"components": components}, "loss": {"components": loss}}
    given = program(design, {"accrual": "every 3 months", "events": events})
    return given, draws(given, TRIALS)


@pytest.mark.parametrize("leaves", [True, False], ids=["leave", "go_to"])
@pytest.mark.parametrize("per_year", PRINTED)
def test_the_event_before_the_exit(per_year, leaves):
    printed_risk, printed_stop, printed_years = PRINTED[per_year]
    both = per_year + LOSS
    risk = per_year / both * (1 - exp(-both / 2))
    years = (1 - exp(-both / 2)) / both
    whole = 1 - exp(-0.0145631 / 2) * (1 - risk)
    stop = 3 * whole**2 * (1 - whole) + whole**3
    assert (risk, stop, years) == pytest.approx((printed_risk, printed_stop, printed_years), abs=6e-5)

    given, records = played(per_year, leaves)
    n = TRIALS * PATIENTS
    names = np.array([given.components[c].name for c in records.events["component"]])
    clots = records.events["event"] == given.event_index("clot")
    entered = n - int((clots & (names == "early")).sum())
    assert_share(int((clots & (names == "late")).sum()), entered, risk, "event first")
    assert_share(entered, n, exp(-0.0145631 / 2), "reach maintenance")
    columns = collect(given, records)
    assert_share(int(columns["p_fired.rule"].sum()), TRIALS, stop, "two of three")
    assert_near(columns["person_days.maintenance"] / YEAR, entered / TRIALS * years, 1e-4, "years at risk")
