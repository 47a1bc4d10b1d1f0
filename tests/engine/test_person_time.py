"""Evidence: trace. Follow-up of two arms at a data cut, by hand, told by the level at which a rule turns."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from simulator.contracts import ShareTable
from simulator.exact.recognise import exact_values
from simulator.metrics.follow_up import follow_up
from simulator.model.records import Records
from simulator.program.tables import Program
from simulator.reporting.explain import explain
from simulator.reporting.narrative import trace
from tests.differential.engines import merged
from tests.helpers import program, scenario, script

DRUG, NONE = 0.25, 0.75  # draws that put a patient into an arm
ARMS = (DRUG, NONE, DRUG, DRUG, NONE)

DESIGN: dict[str, Any] = {
    "accrual": {"until": "5 randomised"},
    "arms": {"drug": {}, "none": {}},
    "phases": {"treatment": {"lasts": "100 days"}},
    "events": {
        "x": {"window": "30 days"},
        "death": {"when_detected": "leave"},
        "transplant": {},
    },
    "monitoring": {
        "rule": {
            "counts": {"event": "x"},
            "compare": ["none", "drug"],
            "rule": {"kind": "event_split", "by": "person_time"},
            "look": {"at": "45 days"},
            "data_cut": "3 days",
        }
    },
}
# Patients enter on days 0, 10 ... 40. x of patient 1 occurs on day 22 and is reported on day 30; that of
# patient 3 occurs on day 36 and is reported on day 44; patient 2 dies on day 35; transplants come on day 10
# (patient 0) and day 44 (patient 3).
DAYS = {
    ("x", 1): (12.0,),
    ("x", 3): (6.0,),
    ("death", 2): (15.0,),
    ("transplant", 0): (10.0,),
    ("transplant", 3): (14.0,),
}
RULE = "monitoring.rule"


def played(changes: dict[str, Any]) -> tuple[Program, Records]:
    here = program(merged(DESIGN, changes), {"delays": {"x": {"report": "8 days"}}})
    lists = {("randomisation/stratum:0", place): (u,) for place, u in enumerate(ARMS)}
    return here, script(here, DAYS, uniforms=lists)


CASES = [
    # The day-42 cut: patients 0 to the end of the window, 1 to x, 2 to death, 3 to the cut (x is not known
    # yet), 4 to the cut.
    ({}, [30, 12, 15, 12, 2], (1, 0)),
    ({f"{RULE}.data_cut": "0 days"}, [30, 12, 15, 6, 5], (1, 1)),
    ({"events.x.ruled_out_by": "transplant"}, [10, 12, 15, 12, 2], (1, 0)),
    ({"events.x.repeats": True}, [30, 12, 15, 12, 2], (1, 0)),
    ({"events.x.repeats": True, f"{RULE}.counts.unit": "events"}, [30, 30, 15, 12, 2], (1, 0)),
    ({f"{RULE}.counts.unit": "events"}, [30, 12, 15, 12, 2], (1, 0)),
    ({"events.x.window": "20 days"}, [20, 12, 15, 12, 2], (1, 0)),
    ({"events.x.window": "11 days"}, [11, 11, 11, 11, 2], (0, 0)),
]


@pytest.mark.parametrize(("changes", "days", "counts"), CASES, ids=[str(case[0])[:60] for case in CASES])
def test_follow_up_of_five_patients(changes, days, counts):
    """P(X >= 1) is 1 - (T2 / (T1 + T2))^d: a level just above it stops, one just below does not."""
    first, second = days[1] + days[4], days[0] + days[2] + days[3]
    tail = 1 - (second / (first + second)) ** sum(counts)
    for by, outcome in ((1e-7, 1), (-1e-7, 0)):
        level = {f"{RULE}.rule.level": f"at most {100 * (tail + by if sum(counts) else 0.4):.9f}%"}
        here, records = played({**changes, **level})
        (look,) = records.looks
        monitor = here.monitors[0]
        assert isinstance(monitor.versus, ShareTable)
        assert (look["n"].tolist(), look["x"].tolist()) == ([2, 3], [*counts])
        assert int(look["outcome"]) == (outcome if sum(counts) else 0)
        cut = float(look["time"]) - monitor.data_cut
        read = [follow_up(here, records, counter, cut).tolist() for counter in monitor.counters]
        assert read == [[0, days[1], 0, 0, days[4]], [days[0], 0, days[2], days[3], 0]]


def test_the_story_of_a_trial_tells_the_days_and_agrees_with_the_verdicts():
    changes = {
        f"{RULE}.rule.level": "at most 30%",
        f"{RULE}.look": "every report",
        "accrual.until": "30 randomised",
    }
    events = {"x": {"hazard": "0.02 per day"}, "death": {"hazard": "0.01 per day"}}
    silent = {"transplant": {"components": {"c": {"hazard": "0"}}}}
    truth = {
        "accrual": "1 per week",
        "events": {name: {"components": {"c": body}} for name, body in events.items()} | silent,
        "delays": {"x": {"report": "8 days"}},
    }
    found, said = scenario(merged(DESIGN, changes), {"t": truth}), Counter[bool]()
    for trial in range(5):
        told = trace(found, variant="as_written", truth="t", trial=trial)
        for _, _, _, text in told.lines():
            if text.startswith("look "):
                assert "person-days" in text or "nobody in one of the arms" in text
                assert text.endswith(": STOP") is (", at most 30%" in text), text
                said[text.endswith(": STOP")] += 1
    assert min(said[True], said[False]) >= 3
    (words,) = [line for line in explain(found).splitlines() if "Meant for rare events" in line]
    assert "the split is binomial while follow-up hardly depends on them" in words


def test_there_is_no_exact_value():
    here, _ = played({f"{RULE}.rule.level": "at most 10%"})
    assert "follow-up at a look is left to chance" in str(exact_values(here))
