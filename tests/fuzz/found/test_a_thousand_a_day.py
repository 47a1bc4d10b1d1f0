"""A thousand clots a day, which repeat (file 32002): five trials took a gigabyte before they ended."""

import pytest

from simulator.engines.runaway import Runaway
from simulator.study.run import run
from tests.helpers import ROOT, loaded


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_it_ends_with_the_event_s_name(engine: str) -> None:
    change = "truths.withdrawal.events.thrombosis.components.rebound.decay.initial=1000 per day"
    scenario = loaded(ROOT / "scenarios/leni.yaml", (change,))
    with pytest.raises(Runaway, match="`thrombosis` happened more than 10,000 times to one patient"):
        run(scenario, variants=["bayes_any_phase"], truths=["withdrawal"], trials=1, engine=engine, jobs=1)
