"""Evidence: differential. The streams that a Program is said to draw from are those that a trial asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from simulator.engines.reference.trial import play_one
from simulator.model.latents import BlockLatents, TrialLatents
from simulator.program.draws import streams_of
from simulator.study.run import programs
from tests.differential.engines import of_tree
from tests.helpers import ROOT, SEED, SHIPPED, loaded, until

TRIALS, CELLS = 3, 100  # of each cell; of one among more cells than these, one


@dataclass
class Noting:
    """Latents that note every stream they are asked for."""

    of: TrialLatents
    asked: set[str] = field(default_factory=set)

    def uniform(self, stream: str, arrival: int, k: int) -> float:
        self.asked.add(stream)
        return self.of.uniform(stream, arrival, k)

    def threshold(self, stream: str, arrival: int, k: int) -> float:
        self.asked.add(stream)
        return self.of.threshold(stream, arrival, k)

    def in_turn(self, stream: str) -> Iterator[float]:
        for threshold in self.of.in_turn(stream):
            self.asked.add(stream)
            yield threshold

    def fixed_days(self, stream: str, arrival: int, k: int) -> float | None:
        return self.of.fixed_days(stream, arrival, k)


@pytest.mark.parametrize("file", SHIPPED)
def test_every_stream_that_trials_ask_for_is_said_and_no_other(file: str) -> None:
    """Of rare events (a death that counts as a DLT) the draw may not come in a few trials; others must."""
    cells = programs(loaded(ROOT / f"scenarios/{file}.yaml"))
    trials = TRIALS if len(cells) <= CELLS else 1
    for (variant, truth), program in cells.items():
        said, asked = set(streams_of(program)), set[str]()
        block = BlockLatents(SEED, 0, trials, 64)
        for trial in range(trials):
            latents = Noting(block.trial(trial))
            play_one(program, latents, trial)
            asked |= latents.asked
        assert asked <= said, (variant, truth, asked - said)
        always = {
            name for name in said if name.endswith("threshold") or name.startswith(("trait", "accrual"))
        }
        assert always <= asked, (variant, truth, always - asked)


def test_draws_of_reviews_are_said_where_they_are_asked_for() -> None:
    """Of each review what it decides, and how long it takes where that is drawn; of a plain hold nothing."""
    uniform = {"uniform": ["2 days", "9 days"]}
    holds = {
        "both": {"review": {"takes": uniform, "resumes": "50%"}},
        "decision": {"review": {"takes": "5 days", "resumes": "50%"}},
        "nothing": {"hold_accrual": "5 days"},
    }
    counts = {"counts": {"event": "a"}, "rule": {"kind": "at_least", "count": 1}, "look": "every report"}
    design = {
        "accrual": until(6),
        "phases": {"one": {"lasts": "30 days"}},
        "events": {"a": {}},
        "monitoring": {name: {**counts, "then": [hold]} for name, hold in holds.items()},
    }
    truth = {"accrual": "every 10 days", "events": {"a": {"hazard": "0.1 per day"}}}
    given = of_tree(design, truth)
    latents = Noting(BlockLatents(SEED, 0, 1, 8).trial(0))
    play_one(given, latents)
    asked = {name for name in latents.asked if name.startswith("hold:")}
    assert asked == {"hold:both/days", "hold:both/resumes", "hold:decision/resumes"}
    assert asked == {name for name in streams_of(given) if name.startswith("hold:")}
