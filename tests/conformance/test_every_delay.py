"""Evidence: property. What `contracts` promises of a delay, for every delay and the skeleton."""

import importlib
from dataclasses import FrozenInstanceError, fields, replace

import pytest

from simulator import registry
from simulator.contracts import Delay
from simulator.loading import structure
from simulator.loading.load import load
from tests.conformance.drawn import changed, examples_of, first_read, read
from tests.conformance.test_every_family import classes_with, flow

DELAYS = {**registry.DELAYS, "skeleton": "simulator.truths._skeleton_delay:SkeletonDelay"}
CLASSES = {key: registry.load(spec) for key, spec in DELAYS.items()}
BODIES = [
    pytest.param(key, body, id=f"{key}-{i}")
    for key, cls in CLASSES.items()
    for i, body in enumerate(examples_of("delay", key, cls))
]
every_body = pytest.mark.parametrize(("key", "body"), BODIES)

PROBABILITIES = (1e-9, 1e-4, 0.01, *(k / 20 for k in range(1, 20)), 0.99, 0.9999, 1 - 1e-7)
WRITTEN_DOWN = 8  # a table of so few points is no approximation: it must be exact


@every_body
def test_the_quantiles_are_those_of_the_closed_form(key, body):
    """F jumps or passes u at the quantile of u: at most u just before, at least u there."""
    delay = read(CLASSES[key], body)
    table = delay.lower()
    allowed = 1e-12 if len(table.days) <= WRITTEN_DOWN else 1e-6
    middles = [(a + b) / 2 for a, b in zip(table.probabilities, table.probabilities[1:], strict=False)]
    for u in (*PROBABILITIES, *middles):
        days = table.at(u)
        near = 1e-12 * (1.0 + days)
        assert delay.cdf(days + near) >= u - allowed, f"{delay} at {u}"
        assert days <= near or delay.cdf(days - near) <= u + allowed, f"{delay} at {u}"


@every_body
def test_a_table_covers_0_to_1_and_never_falls(key, body):
    table = read(CLASSES[key], body).lower()
    assert (table.probabilities[0], table.probabilities[-1]) == (0.0, 1.0)
    assert len(table.probabilities) == len(table.days) >= 2
    assert all(a < b for a, b in zip(table.probabilities, table.probabilities[1:], strict=False))
    assert list(table.days) == sorted(table.days)
    assert table.days[0] >= 0.0
    assert (table.constant is None) == (table.days[0] < table.days[-1])


@every_body
def test_the_description_has_every_number(key, body):
    before = read(CLASSES[key], body)
    for others in changed(body):
        after = first_read(CLASSES[key], others)
        assert after is not None, f"{key} takes none of {others}"
        assert before.describe() != after.describe(), f"{before} and {after}"
    assert "\n" not in before.describe()
    assert any(c.isdigit() for c in before.describe())


@every_body
def test_a_delay_is_a_frozen_value(key, body):
    delay = read(CLASSES[key], body)
    assert isinstance(delay, Delay)
    assert (replace(delay), hash(replace(delay))) == (delay, hash(delay))
    with pytest.raises(FrozenInstanceError):
        setattr(delay, fields(delay)[0].name, 1)
    assert not hasattr(delay, "__dict__"), "slots=True"


@every_body
def test_a_file_gives_the_same_delay(key, body, tmp_path, monkeypatch):
    if key not in registry.DELAYS:
        monkeypatch.setitem(registry._ADDED["delay"], key, DELAYS[key])
        monkeypatch.setattr(structure, "_ADAPTERS", {})
    path = tmp_path / "s.yaml"
    path.write_text(
        f"""\
trialstop: 1
title: One delay
design:
  accrual: {{until: 6 treated}}
  drugs: {{drug: [usual]}}
  phases: {{treatment: {{lasts: 12 months, gives: {{drug: usual}}}}}}
  events: {{event: {{}}}}
truths:
  truth:
    accrual: 1 per month
    events: {{event: {{hazard: 1 per year}}}}
    delays: {{event: {{detection: {flow(body)}, report: {flow(body)}}}}}
""",
        encoding="utf-8",
    )
    (truth,) = load(path).truths.values()
    delay = read(CLASSES[key], body)
    assert (truth.delays["event"].detection, truth.delays["event"].report) == (delay, delay)


@pytest.mark.parametrize(("key", "cls"), CLASSES.items())
def test_the_key_is_the_only_field_and_there_are_examples(key, cls):
    assert [field.name for field in fields(cls)] == [key]
    assert len(cls.examples) >= 1
    assert cls.__doc__ != importlib.import_module(cls.__module__).__doc__


def test_the_registry_holds_every_delay():
    assert set(classes_with("cdf", "describe", "lower")) == set(registry.DELAYS.values())
