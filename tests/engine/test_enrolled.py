"""Evidence: exact. Patients enrolled at the stop, simulated, against their closed forms.

Means to 5 standard errors, 6e-7 each and below 3e-6 for the module.
"""

import pytest

from simulator.exact.pending import Enrolled, enrolled_at_stop
from simulator.metrics.collect import collect
from tests.helpers import assert_near, draws, program

TRIALS = 2_000
DESIGN = {
    "accrual": {"until": "20 treated"},
    "events": {"dlt": {"window": "30 days"}},
    "monitoring": {
        "stop": {
            "counts": {"event": "dlt"},
            "among": "completed",
            "look": "every 4 completed",
            "decision_lag": "3 days",
            "rule": {"kind": "bounds", "stop": {"at_least": {"4": 2, "8": 4, "12-20": 5}}},
            "then": ["close_accrual"],
        }
    },
}


def lowered(accrual, **changes):
    """The Program under this accrual, keys of the rule changed."""
    design = DESIGN | {"monitoring": {"stop": DESIGN["monitoring"]["stop"] | changes}}
    dlt = {"clock": "enrolment", "incidence": "35%", "onset": {"uniform": ["0 days", "30 days"]}}
    return program(design, {"accrual": accrual, "events": {"dlt": dlt}})


@pytest.mark.parametrize(
    "accrual", ["every 11 days", "every 10 days", "3 per month", "20 uniform over 300 days"]
)
def test_who_is_enrolled_at_the_stop_is_simulated(accrual):
    """With one every 11 days an entry is due on the very day of a stop, 33 days after the last: too late."""
    given = lowered(accrual)
    found = enrolled_at_stop(given, given.monitors[0])
    assert isinstance(found, Enrolled)
    columns = collect(given, draws(given, TRIALS))
    stopped = columns["p_stop"].astype(bool)
    assert 0.3 < stopped.mean() < 0.9
    assert_near(columns["n_enrolled"], found.enrolled, 1e-9, accrual)
    assert found.enrolled > found.assessed + 0.5


@pytest.mark.parametrize(
    ("accrual", "changes", "reason"),
    [
        ("25 uniform over 300 days", {}, "just so many on uniform days"),
        ({"pieces": [{"to": "6 months", "rate": "1 per month"}, {"rate": "3 per month"}]}, {}, "neither"),
        ("every 10 days", {"look": "every report"}, "not counted in patients completed"),
        ("every 10 days", {"data_cut": "5 days"}, "data are cut"),
        ("every 10 days", {"then": [{"conclude": "harm"}]}, "does not close accrual"),
    ],
)
def test_where_there_is_no_closed_form_the_reason_is_told(accrual, changes, reason):
    given = lowered(accrual, **changes)
    assert reason in enrolled_at_stop(given, given.monitors[0])
