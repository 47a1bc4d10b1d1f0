"""Evidence: property. What `contracts` promises of a rule, for every rule of the registry and the skeleton.

What it promises of any rule is tested of those that compare two arms too; what it promises of these alone is
in test_every_comparing_rule.py. Each rule brings `examples` written as in YAML; a new rule is tested without
a change to this file.
"""

import subprocess
import sys
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import numpy as np
import pytest

from simulator import bibliography, registry
from simulator.contracts import Observed, Plan, Quantity, Rule
from tests.conformance.drawn import cases

RULES = {**registry.RULES, "skeleton": "simulator.rules._skeleton:Skeleton"}
FOLDER = Path(registry.__file__).parent / "rules"
MAX_N = 40
EVERY = Plan(max_n=MAX_N)
PLANS = [EVERY, Plan(max_n=MAX_N, looks=(10, 20, 40))]
CLASSES = {kind: registry.load(spec) for kind, spec in RULES.items()}
MORE = registry.COMPARING | registry.BOARDS | registry.ENTRIES
ANY = CLASSES | {kind: registry.load(spec) for kind, spec in MORE.items()}


CASES = cases(CLASSES)
every_rule = pytest.mark.parametrize("rule", CASES)
every_weighted_rule = pytest.mark.parametrize("rule", [case for case in CASES if not case.values[0].whole_n])
every_plan = pytest.mark.parametrize("plan", PLANS, ids=["every patient", "three looks"])
any_rule = pytest.mark.parametrize("rule", cases(ANY))
any_class = pytest.mark.parametrize(("kind", "cls"), ANY.items())


def grid(rule):
    """Every (n, x) up to MAX_N of each endpoint, the others at 0 of 0; then pairs of counts at equal n."""
    silent = [Observed(0, 0)] * len(rule.endpoints)
    for place in range(len(rule.endpoints)):
        for n in range(MAX_N + 1):
            for x in range(n + 1):
                yield (*silent[:place], Observed(n, x), *silent[place + 1 :])
    if len(rule.endpoints) == 2:
        for n in (0, 1, 6, 13, 24):
            yield from ((Observed(n, x), Observed(n, y)) for x in range(n + 1) for y in range(n + 1))


def stops(rule, boundary, n, x, plan):
    """Whether `assess` gives the boundary's outcome at (n, x), the other endpoints at 0 of 0."""
    silent = [Observed(0, 0)] * len(rule.endpoints)
    silent[boundary.reading] = Observed(n, x)
    return rule.assess(silent, plan).outcome == boundary.outcome


@every_plan
@every_rule
def test_assess_and_lower_say_the_same_at_every_count(rule, plan):
    table = rule.lower(plan)
    outcomes = set()
    for observed in grid(rule):
        verdict = rule.assess(observed, plan)
        assert verdict.outcome == table.outcome(table.code(observed)), f"{observed}: {verdict.why}"
        assert verdict.why
        outcomes.add(verdict.outcome)
    assert outcomes == {None, *(b.outcome for b in table.boundaries)}, "the examples must reach every outcome"


@every_plan
@every_rule
def test_more_of_the_same_never_undoes_a_stop(rule, plan):
    """In x always; in n where the bounds are promised not to fall."""
    boundaries = rule.lower(plan).boundaries
    for place, boundary in enumerate(boundaries):
        upward, earlier = boundary.for_many, boundaries[:place]  # those win where both hold
        for n in range(1, MAX_N):
            held = [
                stops(rule, boundary, n, x, plan)
                for x in range(n + 1)
                if not any(b.holds(n, x) for b in earlier if b.reading == boundary.reading)
            ]
            assert held == sorted(held, reverse=not upward)
        if rule.monotone_in_n:
            bounds = [b for b in boundary.bound if b is not None]
            assert bounds == sorted(bounds)
            first = next((n for n, b in enumerate(boundary.bound) if b is not None), MAX_N)
            assert None not in boundary.bound[first:], "once it can stop it always can"


@every_rule
def test_a_table_covers_0_to_max_n(rule):
    for max_n in (0, 1, 2, 7, MAX_N):
        table = rule.lower(Plan(max_n=max_n))
        assert table.by_n
        assert all(len(b.bound) == max_n + 1 for b in table.boundaries)
        assert all(0 <= b.reading < len(rule.endpoints) for b in table.boundaries)
        assert all(type(x) is int or x is None for b in table.boundaries for x in b.bound)


@every_plan
@every_rule
def test_a_table_grows_without_changing_where_the_plan_is_of_no_matter(rule, plan):
    whole = rule.lower(plan)
    for max_n in (0, 1, 2, 7, MAX_N - 1) if not rule.uses_plan else ():
        part = rule.lower(Plan(max_n=max_n))
        for short, long in zip(part.boundaries, whole.boundaries, strict=True):
            assert short.bound == long.bound[: max_n + 1]
            assert (short.outcome, short.reading) == (long.outcome, long.reading)


@every_weighted_rule
def test_weighted_follow_up_stops_where_assess_does(rule):
    """n in quarters, hit exactly and missed by 1e-6. A rule of whole patients is refused (unit tests)."""
    plan = Plan(max_n=15, among=("weight",) * len(rule.endpoints))
    table = rule.lower(plan)
    silent = [Observed(0, 0)] * len(rule.endpoints)
    for place in range(len(rule.endpoints)):
        for quarters in range(4 * 15 + 1):
            for n in (quarters / 4, max(0.0, quarters / 4 - 1e-6)):
                for x in range(int(n) + 1):
                    observed = (*silent[:place], Observed(n, x), *silent[place + 1 :])
                    verdict = rule.assess(observed, plan)
                    assert verdict.outcome == table.outcome(table.code(observed)), (
                        f"{observed}: {verdict.why}"
                    )


@every_rule
def test_nothing_stops_below_minimum_n(rule):
    for boundary in rule.lower(EVERY).boundaries:
        for n in range(min(rule.minimum_n, MAX_N + 1)):
            assert not any(boundary.holds(n, x) for x in range(n + 1))
            assert not any(stops(rule, boundary, n, x, EVERY) for x in range(n + 1))


@every_rule
def test_the_evidence_turns_at_the_bound(rule):
    for boundary in rule.lower(EVERY).boundaries:
        step = 1 if boundary.for_many else -1
        for n, at in enumerate(boundary.bound):
            if at is None or at > n:
                continue
            value = rule.evidence(n, at, EVERY, boundary.outcome)
            assert (value is None) is (rule.evidence_word == "")
            if value is None:
                continue
            assert np.isfinite(value)
            assert 0 <= value <= 1 or rule.evidence_word in {"statistic", "log likelihood ratio"}
            inside = at - step  # one count towards going on
            if 0 <= inside <= n:
                other = rule.evidence(n, inside, EVERY, boundary.outcome)
                assert other is not None
                assert other != value


@every_rule
def test_evidence_at_many_readings_is_that_at_each(rule):
    """To the last bit, with none below the least n or of a count below 0."""
    readings = [(n, x) for n in (0, 1, 2, 5, 13, MAX_N) for x in range(-1, n + 1)]
    for boundary in rule.lower(EVERY).boundaries:
        each = [rule.evidence(n, x, EVERY, boundary.outcome) for n, x in readings]
        assert rule.evidence_each(*zip(*readings, strict=True), EVERY, boundary.outcome) == each


@any_rule
def test_a_rule_is_a_frozen_value(rule):
    assert isinstance(rule, Rule)
    again = type(rule)(**{field.name: getattr(rule, field.name) for field in fields(rule)})
    assert (again, hash(again)) == (rule, hash(rule))
    with pytest.raises(FrozenInstanceError):
        setattr(rule, fields(rule)[0].name, 3)
    assert not hasattr(rule, "__dict__"), "slots=True"


@every_rule
def test_known_rates_and_counts_are_those_of_its_endpoints_and_keys(rule):
    assert set(rule.used_endpoints) <= set(rule.endpoints)
    assert set(rule.good) <= set(rule.endpoints)
    assert set(rule.known_rates()) <= set(rule.used_endpoints)
    assert all(0 < rate < 1 for rate in rule.known_rates().values())
    if (least := rule.least_to_fire()) is not None:
        key, count = least
        assert getattr(rule, key) == count
        assert not any(b.holds(MAX_N, count - 1) for b in rule.lower(EVERY).boundaries)


@every_rule
def test_one_reading_and_many_are_judged_alike(rule):
    """Scalar and vectorised `holds`, for whole and for weighted n."""
    n, x = (np.ravel(axis) for axis in np.meshgrid(np.arange(0, MAX_N + 0.1, 0.25), np.arange(MAX_N + 3)))
    weighted = () if rule.whole_n else ((("weight",) * len(rule.endpoints), n >= 0),)
    for among, keep in (((), n == np.floor(n)), *weighted):
        for boundary in rule.lower(Plan(max_n=MAX_N, among=among)).boundaries:
            each = boundary.holds_each(n[keep], x[keep]).tolist()
            cells = zip(n[keep].tolist(), x[keep].tolist(), strict=True)
            assert each == [boundary.holds(*cell) for cell in cells]
            assert (boundary.statistic, boundary.along) in (tuple(Quantity), tuple(Quantity)[::-1])
            assert True in each
            assert False in each


@any_rule
def test_the_formula_has_the_numbers(rule):
    formula = rule.formula()
    assert "\n" not in formula
    assert any(character.isdigit() for character in formula)


@any_class
def test_the_docstring_names_sources_that_exist(kind, cls):
    assert cls.sources, f"{kind}: a rule has a source"
    for key in cls.sources:
        assert key in (cls.__doc__ or ""), f"{kind}: the docstring does not name {key}"
        assert bibliography.cite(key)


@any_class
def test_kind_file_and_registry_agree(kind, cls):
    assert cls.kind == kind
    assert cls.__module__.rpartition(".")[2].lstrip("_") == kind
    assert len(cls.examples) >= 1


def test_the_registry_holds_every_file_of_the_folder():
    files = {path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_")}
    assert files == {*registry.RULES, *MORE}


@pytest.mark.parametrize("spec", ["simulator.rules", "simulator.rules.at_least:Nothing", ":AtLeast"])
def test_a_wrong_registry_entry_is_refused(spec):
    with pytest.raises(ValueError, match="registry entry"):
        registry.load(spec)


def test_reading_rules_imports_nothing_heavy():
    code = (
        "import sys; from simulator import registry; from pydantic import TypeAdapter\n"
        "from simulator.contracts import Plan\n"
        "rules = [TypeAdapter(c).validate_python(e) for c in map(registry.load, registry.RULES.values())"
        " for e in c.examples]\n"
        "[rule.formula() for rule in rules]\n"
        "print(len(rules), sorted({'numpy', 'scipy', 'numba'} & set(sys.modules)))\n"
        "[rule.lower(Plan(max_n=20)) for rule in rules]; print('scipy.stats' in sys.modules)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=FOLDER.parents[1]
    ).stdout
    examples = sum(len(CLASSES[kind].examples) for kind in registry.RULES)
    assert out.split("\n")[:2] == [f"{examples} []", "False"]


@every_rule
def test_a_prior_is_told_to_whoever_predicts(rule):
    """Of a rule with one prior for one endpoint; others say None."""
    prior = getattr(rule, "prior", None)
    for endpoint in rule.used_endpoints:
        told = rule.prior_of(endpoint)
        if prior is not None:
            assert told == (prior.events, prior.others)
        assert told is None or min(told) > 0
