"""Evidence: property. What `contracts` promises of a hazard family, for every family and the skeleton.

Each family brings `examples` written as in YAML, and the generator of scenarios draws more from its
annotations; a new family is tested without a change to this file.
"""

import importlib
import itertools
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from math import exp, inf
from pathlib import Path
from random import Random

import pytest

from simulator import bibliography, registry
from simulator.contracts import HazardFamily
from simulator.loading import structure
from simulator.loading.load import load
from simulator.truths.tabulate import CERTAIN
from tests.conformance.drawn import changed, examples_of, first_read, read

FAMILIES = {**registry.FAMILIES, "skeleton": "simulator.truths._skeleton:Skeleton"}
FOLDER = Path(registry.__file__).parent / "truths"
CLASSES = {key: registry.load(spec) for key, spec in FAMILIES.items()}
BODIES = [
    pytest.param(key, body, id=f"{key}-{i}")
    for key, cls in CLASSES.items()
    for i, body in enumerate(examples_of("family", key, cls))
]
every_body = pytest.mark.parametrize(("key", "body"), BODIES)
every_class = pytest.mark.parametrize(("key", "cls"), CLASSES.items())

ALLOWED = 1e-6  # error in F of a table, whatever factor scales it
FACTORS = (0.01, 0.3, 1.0, 3.0, 10.0)
WRITTEN_DOWN = 16  # a table of so few knots is no approximation: it must be exact
LONGEST = 36_525.0  # days: no trial takes a hundred years
MOST = 300  # intervals looked at
ROUNDING = 1e-11  # relative


def families(key, body):
    """(family, clocked) of a body: at each of its doses, and with and without a clock where both may be."""
    family = read(CLASSES[key], body)
    each = [family.at_dose(level) for level in family.doses[1]] if family.doses else [family]
    yield from ((one, clocked) for one in each for clocked in ((True,) if one.needs_clock else (True, False)))


def ages(table):
    """Both ends and three random ages of the intervals, of some where there are many; and ages beyond."""
    random, last = Random(1), max(table.knots[-1], 1.0)
    intervals = list(itertools.pairwise(table.knots))
    some = random.sample(intervals, MOST) if len(intervals) > MOST else intervals
    inside = {a + (b - a) * random.random() for a, b in some for _ in range(3)}
    found = {0.0, *itertools.chain(*some), *inside, last, 1.5 * last, 10.0 * last}
    return sorted(age for age in found if age <= LONGEST)


@every_body
def test_the_table_is_the_closed_form(key, body):
    for family, clocked in families(key, body):
        table = family.lower(clocked=clocked)
        exact, knots = len(table.knots) <= WRITTEN_DOWN, set(table.knots)
        for age in ages(table):
            right, found = family.cumulative(age, clocked=clocked), table.at(age)
            assert right >= 0.0
            if exact or age in knots:
                assert found == pytest.approx(right, rel=ROUNDING, abs=1e-13), f"{family} at {age}"
            if not exact and min(right, found) < CERTAIN / 2.0:
                flat = age > table.knots[-1] and not table.tail  # see IncidenceWithOnset.lower
                for m in (m for m in FACTORS if m >= 1.0 or not flat):
                    assert abs(exp(-m * right) - exp(-m * found)) <= ALLOWED, f"{family} at {age}, times {m}"


@every_body
def test_a_table_begins_at_0_and_never_falls(key, body):
    for family, clocked in families(key, body):
        table = family.lower(clocked=clocked)
        assert table.knots[0] == 0.0
        assert len(table.knots) == len(table.cumulative)
        assert list(table.knots) == sorted(table.knots)
        assert list(table.cumulative) == sorted(table.cumulative)
        assert table.cumulative[0] >= 0.0
        assert 0.0 <= table.tail < inf
        assert family.lower(clocked=clocked) == table


@every_body
def test_a_level_is_reached_at_its_age(key, body):
    """age_at is the first age with that level: not before, and not later than where at() is."""
    for family, clocked in families(key, body):
        table = family.lower(clocked=clocked)
        top = table.at(min(10.0 * max(table.knots[-1], 1.0), LONGEST))
        for share in (0.001, 0.1, 0.5, 0.9, 0.999):
            level = share * top
            if level > 0.0:
                age = table.age_at(level)
                assert table.at(age) >= level * (1.0 - 1e-9)
                assert table.at(age * (1.0 - 1e-9) - 1e-9) <= level * (1.0 + 1e-6)


@every_body
def test_what_happens_once_is_no_rate_without_end(key, body):
    for family, clocked in families(key, body):
        once = family.once(clocked=clocked)
        assert type(once) is bool
        assert not (once and family.lower(clocked=clocked).tail > 0.0)


@every_body
def test_a_size_times_the_family_of_size_one_is_the_family(key, body):
    """And the family of size one is that of every other size; what else a Program asks of it is the same."""
    for family, clocked in families(key, body):
        unit, size = family.scaled(clocked=clocked)
        for age in ages(family.lower(clocked=clocked)):
            right = family.cumulative(age, clocked=clocked)
            assert size * unit.cumulative(age, clocked=clocked) == pytest.approx(right, rel=1e-12, abs=1e-300)
        again, one = unit.scaled(clocked=clocked)
        assert again == unit
        assert one == pytest.approx(1.0, rel=1e-12)
        for asked in (family, unit):
            told = asked.once(clocked=clocked), asked.doses, asked.trait, asked.needs_clock
            assert told == (family.once(clocked=clocked), family.doses, family.trait, family.needs_clock)


@every_body
def test_the_description_has_every_number(key, body):
    """Another number in its place gives other words; shares that add up to 1 cannot be changed alone."""
    before, changes = read(CLASSES[key], body), 0
    for others in changed(body):
        after = first_read(CLASSES[key], others)
        if after is None:
            continue
        changes += 1
        said = [family.describe(clocked=family.needs_clock) for family in (before, after)]
        assert said[0] != said[1], f"{before} and {after} are both: {said[0]}"
    assert changes or not list(changed(body))
    assert "\n" not in before.describe(clocked=True)
    assert any(c.isdigit() for c in before.describe(clocked=True))


@every_body
def test_a_family_is_a_frozen_value(key, body):
    family = read(CLASSES[key], body)
    assert isinstance(family, HazardFamily)
    assert replace(family) == family == read(CLASSES[key], body)
    with pytest.raises(FrozenInstanceError):
        setattr(family, fields(family)[0].name, 1)
    assert not hasattr(family, "__dict__"), "slots=True"


@every_body
def test_doses_alike_or_each_its_own(key, body):
    family = read(CLASSES[key], body)
    if family.doses is None:
        assert family.at_dose("any") == family
    else:
        _, levels = family.doses
        assert len(levels) == len(set(levels)) >= 1
        assert all(type(family.at_dose(level)).__name__ for level in levels)


@every_body
def test_a_file_gives_the_same_family(key, body, tmp_path, monkeypatch):
    if key not in registry.FAMILIES:
        monkeypatch.setitem(registry._ADDED["family"], key, FAMILIES[key])
        monkeypatch.setattr(structure, "_ADAPTERS", {})
    family = read(CLASSES[key], body)
    drug, levels = family.doses or ("drug", ("usual",))
    traits = f"traits: {{{family.trait}: {{beta: [1, 9]}}}}" if family.trait else "about: no traits"
    clock = "clock: enrolment" if family.needs_clock or "onset" in body else ""
    path = tmp_path / "s.yaml"
    path.write_text(
        f"""\
trialstop: 1
title: One hazard
design:
  accrual: {{until: 6 treated}}
  drugs: {{{drug}: [{", ".join(levels)}]}}
  phases: {{treatment: {{lasts: 12 months, gives: {{{drug}: {levels[0]}}}}}}}
  events: {{event: {{}}}}
truths:
  truth:
    accrual: 1 per month
    {traits}
    events:
      event:
        components:
          one:
            {clock}
{written(body, 12)}
""",
        encoding="utf-8",
    )
    (truth,) = load(path).truths.values()
    assert truth.events["event"].components["one"].family == family


def written(body, indent):
    """A body in YAML: block lines at first, the rest in one line each."""
    return "\n".join(f"{' ' * indent}{key}: {flow(value)}" for key, value in body.items())


def flow(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return str(value)


@every_class
def test_the_docstring_names_sources_that_exist(key, cls):
    """A formula of one's own needs no source; a law from a paper has one."""
    text = f"{cls.__doc__} {importlib.import_module(cls.__module__).__doc__}"
    assert f"`{key}:" in text, f"{key}: the docstring does not show how a file says it"
    for source in cls.sources:
        assert source in text, f"{key}: no docstring names {source}"
        assert source in bibliography.keys()  # noqa: SIM118 - a function of the module


@every_class
def test_the_key_is_a_field_and_there_are_examples(key, cls):
    assert key in {field.name for field in fields(cls)}
    assert len(cls.examples) >= 1
    assert all(key in example for example in cls.examples)


def test_the_registry_holds_every_family_of_the_folder():
    listed = set(registry.FAMILIES.values())
    assert {spec for spec in classes_with("cumulative", "needs_clock")} == listed


def classes_with(*names):
    """ "module:Class" of every frozen class of the folder that has these; files to copy are left out."""
    for path in FOLDER.glob("[!_]*.py"):
        module = importlib.import_module(f"simulator.truths.{path.stem}")
        for name, cls in vars(module).items():
            here = isinstance(cls, type) and cls.__module__ == module.__name__ and is_dataclass(cls)
            if here and all(hasattr(cls, part) for part in names):
                yield f"{module.__name__}:{name}"
