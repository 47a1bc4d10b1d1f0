"""Evidence: differential. The hazard used up, counted once more from records, scenario and closed forms.

What both engines share (clocks' anchors, conditions, factors, tables) moves crossings and used-up hazard
alike, so that events still come as the hazards say; from the records it shows.
"""

from collections.abc import Callable
from dataclasses import replace
from math import log

import pytest

from simulator.contracts import HazardTable
from simulator.engines.compiled import driver
from simulator.engines.reference.hazards import HazardClocks
from simulator.errors import ScenarioError
from simulator.model.records import Records
from simulator.model.scenario import Scenario
from simulator.program import hazards
from simulator.program.tables import ComponentTable, Program
from simulator.stats.used_up import log_e
from simulator.study.recount import natures, recounted
from simulator.study.run import MismatchError, programs, run
from simulator.study.verify import verify
from tests.generated.scenario import lower, read, tree_of
from tests.helpers import CHECK, ROOT, SEED, SHIPPED, draws, loaded, scenario

GENERATED = range(5_000, 5_120)  # seeds
MOST_EVENTS = 2_000

DESIGN = {
    "accrual": {"until": "20 treated"},
    "drugs": {"x": ["1 mg", "2 mg"]},
    "phases": {
        "on": {
            "lasts": "100 days",
            "gives": {"x": "1 mg"},
            "steps": [{"after": "40 days", "set": {"x": "2 mg"}}],
            "next": "off",
        },
        "off": {"lasts": "60 days", "gives": {}, "next": "again"},
        "again": {"lasts": "80 days", "gives": {"x": "1 mg"}},
    },
    "events": {"a": {"repeats": True}, "b": {"when_detected": "leave"}},
}
AGEING = {"weibull": {"shape": 2, "scale": "150 days"}}
TRUTH = {
    "accrual": "every 10 days",
    "events": {
        "a": {
            "components": {
                "paused": {**AGEING, "clock": "start of x", "while_on": "x", "pauses": True},
                "dosed": {"hazard": "0.01 per day", "while_on": "x", "dose_ratio": {"x": {"2 mg": 3}}},
                "later": {**AGEING, "clock": "stop of x"},
            }
        },
        "b": {"components": {"exit": {"hazard": "0.002 per day"}}},
    },
}


def small() -> tuple[Scenario, Program]:
    """A scenario with a pause, a factor, a condition and a late clock."""
    found = scenario(DESIGN, {"truth": TRUTH})
    (given,) = programs(found).values()
    return found, given


def said(found: Scenario, given: Program, records: Records) -> str:
    """What recounting says of records with the suite's seed."""
    key = next(iter(found.designs)), "truth"
    return recounted(natures(found, [key])[key], given, records, SEED)


def wrong(given: Program, name: str, **changed: object) -> Program:
    """The same with one component changed."""
    components = tuple(replace(c, **changed) if c.name == name else c for c in given.components)  # type: ignore[arg-type]
    return replace(given, components=components)


def component(given: Program, name: str) -> ComponentTable:
    return next(c for c in given.components if c.name == name)


def largest(given: Program, records: Records) -> float:
    """The largest log e of its components."""
    risks = [records.risks[records.risks["component"] == c] for c in range(len(given.components))]
    return max(log_e(int(mine["n"].sum()), float(mine["a"].sum())) for mine in risks)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_trials_are_as_their_scenarios_say(name: str) -> None:
    found = loaded(ROOT / f"scenarios/{name}.yaml")
    cells = programs(found)
    of = natures(found, cells)
    for key, given in cells.items():
        assert recounted(of[key], given, driver.play(given, SEED, 0, 1), SEED) == "", key


def test_generated_trials_are_as_their_scenarios_say() -> None:
    """Every family, clock and condition there is, on grids of days too, where much falls on one instant."""
    compared = 0
    for seed in GENERATED:
        try:
            found = read(tree_of(seed))
            given = lower(found)
        except ScenarioError:
            continue
        records = driver.play(given, SEED, 0, 3)
        if len(records.events) <= MOST_EVENTS:
            key = next(iter(found.designs)), next(iter(found.truths))
            assert recounted(natures(found, [key])[key], given, records, SEED) == "", seed
            compared += 1
    assert compared > 80


def test_a_trial_as_it_should_be() -> None:
    found, given = small()
    assert said(found, given, draws(given, 3)) == ""


def test_trials_with_drugs_stopped_for_a_time() -> None:
    """Clocks pause, stop and start once more, at either dose."""
    stop = {"stop_drug": "x", "for": "15 days"}
    events = {"a": {"repeats": True, "when_detected": stop}, "b": {"when_detected": "leave"}}
    found = scenario({**DESIGN, "events": events}, {"truth": TRUTH})
    (given,) = programs(found).values()
    records = draws(given, 5)
    assert len(records.events) > 50
    assert said(found, given, records) == ""


def twice(table: HazardTable) -> HazardTable:
    return replace(table, cumulative=tuple(2 * level for level in table.cumulative), tail=2 * table.tail)


WRONG: dict[str, Callable[[Program], Program]] = {
    "pause": lambda p: wrong(p, "paused", pauses=False),
    "factor": lambda p: wrong(
        p, "dosed", multiplier=tuple(min(m, 1.0) for m in component(p, "dosed").multiplier)
    ),
    "condition": lambda p: wrong(
        p, "dosed", multiplier=tuple(m or 1.0 for m in component(p, "dosed").multiplier)
    ),
    "anchor": lambda p: wrong(p, "paused", restarts=True),
    "table": lambda p: wrong(p, "exit", tables=tuple(map(twice, component(p, "exit").tables))),
    "clock": lambda p: replace(
        p,
        entry_anchors=tuple(
            (*starts, next(i for i, c in enumerate(p.components) if c.name == "later"))
            for starts in p.entry_anchors
        ),
        entry_touched=tuple(tuple(range(len(p.components))) for _ in p.entry_touched),
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_both_engines_share_is_found_by_recounting_alone(what: str) -> None:
    found, given = small()
    mistaken = WRONG[what](given)
    records = draws(mistaken, 20)
    assert said(found, given, records) != ""
    assert largest(given, records) < log(len(given.components) / 1e-5), "the e-value sees nothing"


def test_exposure_after_the_exit_is_found_by_recounting_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    close = HazardClocks.close
    monkeypatch.setattr(HazardClocks, "close", lambda self, now: close(self, now + 1.0))
    found, given = small()
    records = draws(given, 20)
    assert "by the records" in said(found, given, records)
    assert largest(given, records) < log(len(given.components) / 1e-5)


def test_an_error_in_lowering_is_found_by_verify_and_by_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a thousandth, which no estimate of so few trials shows."""
    lowered = hazards._lower

    def off(*arguments: object) -> HazardTable:
        table = lowered(*arguments)  # type: ignore[arg-type]
        return replace(table, tail=1.0005 * table.tail)

    asked = {"variants": ["with_maintenance"], "truths": ["planned"]}
    assert not verify(loaded(CHECK), **asked, trials=100, replay=20).wrong
    monkeypatch.setattr(hazards, "_lower", off)
    (verdict,) = verify(loaded(CHECK), **asked, trials=100, replay=20).wrong
    assert "thrombosis by on_drug" in verdict.mismatch
    with pytest.raises(MismatchError, match="hazards are not used up as the file says: variant with"):
        run(loaded(CHECK), **asked, trials=100, engine="compiled")
