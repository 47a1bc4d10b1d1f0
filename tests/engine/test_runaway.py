"""Evidence: hand-worked. An event that happens without end is an error with a name, on both engines.

One that certainly brings itself about at the same instant is refused before anything is played.
"""

import pytest

from simulator.engines.compiled.driver import play as compiled
from simulator.engines.reference import patient
from simulator.engines.reference.trial import play as simpy
from simulator.engines.runaway import Runaway
from simulator.errors import ScenarioError
from simulator.model.latents import BlockLatents
from tests.helpers import program, scenario, until

REPEATS = {"repeats": True}


def design(**events):
    return {
        "accrual": until(2),
        "drugs": {"x": ["1 mg", "2 mg"]},
        "phases": {"on": {"lasts": "10 days", "gives": {"x": "1 mg"}}},
        "events": events,
    }


def truth(**components):
    return {"events": {event: {"components": {"c": body}} for event, body in components.items()}}


def test_too_many_events_of_a_patient_end_the_run_on_both_engines(monkeypatch):
    """20,000 a day for 10 days are about 200,000, twice what is allowed; in SimPy 50 are made enough."""
    given = program(design(flush=REPEATS), truth(flush={"hazard": "1000 per day", "ratio": 20}))
    monkeypatch.setattr(patient, "MOST_TIMES", 50)
    with pytest.raises(
        Runaway, match=r"truth truth, trial 3: `flush` happened more than .* to one patient"
    ) as slow:
        simpy(given, BlockLatents(1, 3, 2, 2))
    with pytest.raises(Runaway) as fast:
        compiled(given, 1, 3, 2)
    assert str(fast.value) == str(slow.value)


def test_as_many_as_are_allowed_are_played(monkeypatch):
    given = program(design(flush=REPEATS), truth(flush={"hazard": "3 per day"}))
    most = max(len(simpy(given, BlockLatents(1, k, 1, 2)).events) for k in range(5))
    monkeypatch.setattr(patient, "MOST_TIMES", most)
    assert len(simpy(given, BlockLatents(1, 0, 5, 2)).trials) == 5


CERTAIN = {"probability": "100%", "restarts": True}


@pytest.mark.parametrize(
    ("components", "found"),
    [
        ({"a": CERTAIN | {"clock": "a"}, "b": {"hazard": "0"}}, "a -> a"),
        ({"a": CERTAIN | {"clock": "b"}, "b": CERTAIN | {"clock": "a"}}, "a -> b -> a"),
        ({"a": CERTAIN | {"clock": "a", "dose_ratio": {"x": {"2 mg": 0.5}}}, "b": {"hazard": "0"}}, "a -> a"),
        (
            {
                "a": {"probability_by_dose": {"x": {"1 mg": "99%", "2 mg": "50%"}}, "within": "1 day"}
                | {"clock": "a", "restarts": True},
                "b": {"hazard": "0"},
            },
            "",
        ),
        ({"a": CERTAIN | {"clock": "a", "probability": "90%"}, "b": {"hazard": "0"}}, ""),
        ({"a": CERTAIN | {"clock": "a", "restarts": False}, "b": {"hazard": "0"}}, ""),
        ({"a": CERTAIN | {"clock": "enrolment"}, "b": {"hazard": "0"}}, ""),
        ({"a": CERTAIN | {"clock": "b"}, "b": CERTAIN | {"clock": "a", "restarts": False}}, ""),
    ],
)
def test_events_that_bring_each_other_about_at_once_are_refused(components, found):
    given = design(a=REPEATS, b=REPEATS), {"truth": truth(**components) | {"accrual": "every 10 days"}}
    if not found:
        assert scenario(*given).truths
        return
    with pytest.raises(ScenarioError) as caught:
        scenario(*given)
    (problem,) = caught.value.problems
    assert problem.found == f"events that bring each other about at once, without end: {found}"


def test_what_comes_once_only_brings_nothing_about_without_end():
    given = (
        design(a={}, b=REPEATS),
        {"truth": truth(a=CERTAIN | {"clock": "a"}, b={"hazard": "0"}) | {"accrual": "every 10 days"}},
    )
    assert scenario(*given).truths
