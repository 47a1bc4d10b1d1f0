"""Evidence: differential. Generated scenarios: SimPy and the compiled engine leave identical records.

The scenarios are those of seeds 0, 1, ...; half are on whole days, where much falls on one instant. More of
them: `make soak`.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from simulator import registry
from simulator.engines.compare import first_difference
from simulator.engines.compiled.driver import supported
from simulator.errors import ScenarioError
from simulator.model import design, dose_finding, event, monitoring, phase, truth
from simulator.model.accrual import AccrualLaw
from simulator.model.action import Action
from simulator.model.amendment import Trigger, TriggerList
from simulator.model.look import LookSchedule
from simulator.model.milestone import Milestone
from simulator.model.records import Records
from simulator.model.registered import Registered
from simulator.model.scenario import Scenario
from simulator.model.truth import Clock
from simulator.program.tables import Program
from simulator.units import Parsed, Shorthand
from tests.generated.compare import compare, compiled_records, reference_records
from tests.generated.features import EXPECTED, Played, met
from tests.generated.invariants import broken
from tests.generated.scenario import lower, read, text_of, tree_of
from tests.generated.shrink import shrink

SCENARIOS, TRIALS = 60, 50  # compared
PART = 10  # scenarios in one test
MORE, MOST = 240, 500  # seeds, at least and at most, whose features are counted
LEAST = 4  # scenarios in which each feature is met
LOADED = 0.8  # share that loads, at least


@dataclass(frozen=True)
class Case:
    """A generated scenario that loads, with what SimPy makes of it."""

    seed: int
    scenario: Scenario
    program: Program
    records: Records


@lru_cache(maxsize=MOST)
def loaded(seed: int) -> Scenario | None:
    """The scenario of a seed; None when the loader refuses it with what is wrong."""
    try:
        return read(tree_of(seed))
    except ScenarioError as refusal:
        assert any(problem.severity == "error" for problem in refusal.problems)
        assert all(problem.file and problem.found and problem.allowed for problem in refusal.problems)
        return None


@lru_cache(maxsize=SCENARIOS)
def case(seed: int) -> Case:
    scenario = loaded(seed)
    assert scenario is not None
    program = lower(scenario)
    return Case(seed, scenario, program, reference_records(program, seed, seed % 5, TRIALS))


def cases(first: int = 0, last: int = SCENARIOS) -> list[Case]:
    """Of the scenarios that load those from `first` to before `last`."""
    seeds = (seed for seed in range(MORE) if loaded(seed) is not None)
    return [case(seed) for seed in islice(seeds, first, last)]


def test_a_scenario_follows_from_its_seed() -> None:
    for seed in range(10):
        assert text_of(tree_of(seed)) == text_of(tree_of(seed))


def test_most_load_and_the_others_are_refused_cleanly() -> None:
    share = sum(loaded(seed) is not None for seed in range(MORE)) / MORE
    assert share >= LOADED


def test_every_key_of_the_language_is_written() -> None:
    """Of every dataclass that a design or truth is read into, and of every class of the registries."""
    nouns = (design, dose_finding, event, monitoring, phase, truth)
    classes = [cls for module in nouns for cls in vars(module).values() if isinstance(cls, type)]
    for table in (registry.table("rule"), registry.DESIGNS, registry.FAMILIES, registry.DELAYS):
        classes += [registry.load(spec) for spec in table.values()]
    parsed = (Clock, AccrualLaw, Trigger, TriggerList, Parsed, Shorthand, Registered)  # no keys of a file
    held = {"method", "family", "outcomes", "of"}  # whose keys stand beside the others
    keys = {f.name for cls in classes if is_dataclass(cls) and cls not in parsed for f in fields(cls)} - held
    keys -= {f.name for cls in (Action, Milestone, LookSchedule) for f in fields(cls)}
    assert not keys - {key for seed in range(MOST) for key in keys_of(tree_of(seed))}


def keys_of(node: object) -> Iterator[str]:
    """Every key in a tree."""
    if isinstance(node, dict):
        yield from node
    for item in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from keys_of(item)


def test_half_are_on_whole_days() -> None:
    """Their phases, and of half of those every event."""
    planned = [one for one in cases() if all(phase.days.is_integer() for phase in one.program.phases)]
    whole = [one for one in planned if np.all(one.records.events["occurred"] % 1.0 == 0.0)]
    assert 0.35 * SCENARIOS <= len(planned) <= 0.65 * SCENARIOS
    assert len(whole) >= 0.35 * len(planned)


def test_the_compiled_engine_refuses_none() -> None:
    assert not {one.seed: reason for one in cases() if (reason := supported(one.program))}


@pytest.mark.parametrize("first", range(0, SCENARIOS, PART))
def test_engines_leave_the_same_records(first: int) -> None:
    """Every field, every bit."""
    different = {}
    for one in cases(first, first + PART):
        fast = compiled_records(one.program, one.seed, one.seed % 5, TRIALS)
        if found := first_difference(fast, one.records):
            different[one.seed] = found
    assert not different, f"`python -m tests.generated.soak --first SEED --scenarios 1`: {different}"


def test_records_keep_the_laws_of_all_scenarios() -> None:
    found = {one.seed: laws for one in cases() if (laws := broken(one.program, one.records))}
    assert not found


def features(seed: int, scenario: Scenario) -> set[str]:
    """What is met in a scenario and its trials, played by the compiled engine: SimPy would take minutes."""
    design, truth = next(iter(scenario.designs.values())), next(iter(scenario.truths.values()))
    program = lower(scenario)
    return met(Played(design, truth, program, compiled_records(program, seed, seed % 5, TRIALS)))


def test_every_feature_is_met() -> None:
    """In at least LEAST scenarios each: what is hardly played is hardly tested.

    Every new rule or hazard draws other scenarios, so what is rare may need more of them: MOST, no more. What
    is still short wants more weight in the generator, or its turn (World.choice).
    """
    counts: Counter[str] = Counter()
    for seed in range(MOST):
        if seed >= MORE and all(counts[name] >= LEAST for name in EXPECTED):
            break
        if (scenario := loaded(seed)) is not None:
            counts.update(features(seed, scenario))
    assert not {name: counts[name] for name in EXPECTED if counts[name] < LEAST}
    assert not set(counts) - set(EXPECTED)


def test_a_counterexample_is_made_small() -> None:
    """Everything goes that the failure does not need; the rest still loads."""
    tree = tree_of(next(one.seed for one in cases() if one.program.monitors and one.program.dosing))

    def fails(smaller: dict) -> bool:
        try:
            return any(design.monitoring for design in read(smaller).designs.values())
        except ScenarioError:
            return False

    small = shrink(tree, fails, most=200)
    assert fails(small)
    assert len(text_of(small)) < 0.5 * len(text_of(tree))


def test_a_scenario_that_is_refused_is_no_difference() -> None:
    assert compare({"trialstop": 1}, seed=0, trials=1).how == "refused"


FOUND = sorted((Path(__file__).parents[1] / "generated/found").glob("*.yaml"))


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_what_generated_scenarios_have_found(path: Path) -> None:
    """Counterexamples of the past, made small: played alike, or refused."""
    tree = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    found = compare(tree, seed=1, trials=TRIALS)
    assert found.how in ("same", "refused"), found.why
