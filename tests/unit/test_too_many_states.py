"""Evidence: hand-worked. A patient who may be in too many states is refused, by the design's line."""

import pytest

from simulator.errors import ScenarioError, TrialstopError
from simulator.loading.load import load
from simulator.program import states
from simulator.study.run import programs
from tests.unit.test_bad_input_amendments import SMALL


@pytest.fixture
def path(tmp_path):
    """Two phases in two plans, and doses that the amendments give: eight states."""
    file = tmp_path / "s.yaml"
    file.write_text(SMALL, encoding="utf-8")
    return file


def count(path):
    """How many states there are."""
    return len(next(iter(programs(load(path)).values())).states)


def test_every_state_that_is_allowed_is_there(path, monkeypatch):
    most = count(path)
    monkeypatch.setattr(states, "MOST_STATES", most)
    assert count(path) == most
    monkeypatch.setattr(states, "MOST_STATES", most - 1)
    with pytest.raises(TrialstopError, match=f"more than {most - 1} states that a patient may be in"):
        count(path)


def test_check_says_so_where_it_might_be(path, monkeypatch):
    from simulator.loading.checks import states as checked

    monkeypatch.setattr(states, "MOST_STATES", 3)
    load(path)  # so few drugs and phases cannot be too many
    monkeypatch.setattr(checked, "MOST_STATES", 3)
    with pytest.raises(ScenarioError) as caught:
        load(path)
    (problem,) = [p for p in caught.value.problems if p.severity == "error"]
    assert (problem.line, problem.path) == (3, "design")
    assert problem.found == "more than 3 states that a patient may be in"
    assert problem.allowed.startswith("so many: phases, doses, directives")
