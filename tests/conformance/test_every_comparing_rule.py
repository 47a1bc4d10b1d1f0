"""Evidence: property. What `contracts` promises of a rule that compares two arms, for each in the registry.

Beside test_every_rule.py, which has rules with bounds over n and what any rule promises. Each rule brings
`examples` written as in YAML; a new rule is tested without a change to this file.
"""

import pickle
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from simulator import registry
from simulator.contracts import NOT_READ, SHARES, ComparingRule, Observed, Plan, ShareTable, TwoArmTable
from tests.conformance.drawn import cases

FOLDER = Path(registry.__file__).parent / "rules"
CLASSES = {kind: registry.load(spec) for kind, spec in registry.COMPARING.items()}
CASES = cases(CLASSES)


def every(such):
    """For each example that is such a rule."""
    return pytest.mark.parametrize("rule", [case for case in CASES if such(case.values[0])])


every_one = every(lambda rule: True)
every_rule = every(lambda rule: not rule.by_time)
every_rule_of_events = every(lambda rule: not rule.by_time and not rule.of_shares)
every_rule_with_a_number_of_patients = every(lambda rule: rule.of_shares and rule.evidence_named)
every_rule_that_begins_late = every(lambda rule: getattr(rule, "minimum_n", 1) > 1)
every_rule_by_time = every(lambda rule: rule.by_time)
every_class = pytest.mark.parametrize(("kind", "cls"), CLASSES.items())
PLANS = (Plan(max_n=40), Plan(max_n=40, looks=(10, 20, 40)), Plan(max_n=40, share=0.25))
every_plan = pytest.mark.parametrize("plan", PLANS, ids=["every patient", "three looks", "one to three"])
SIZES = ((1, 1), (4, 9), (8, 9), (13, 6), (20, 20))


def cells(n1, n2):
    """Every pair of counts, as readings."""
    for x1, x2 in product(range(n1 + 1), range(n2 + 1)):
        yield Observed(n1, x1), Observed(n2, x2)


@every_plan
@every_rule
def test_assess_and_rows_say_the_same_at_every_pair_of_counts(rule, plan):
    """So at x1 = 0 ... n1 it begins at the row's least count and never ends: `assess` knows no rows."""
    table, outcomes = rule.lower(plan), set()
    for n1, n2 in SIZES:
        row = table.row(n1, n2)
        assert len(row) == n2 + 1
        assert all(type(x1) is int and 0 <= x1 <= n1 + 1 for x1 in row)
        for first, second in cells(n1, n2):
            verdict = rule.assess((first, second), plan)
            held = first.x >= row[second.x]
            assert verdict.stop is held, f"{first} v {second}: {verdict.why}"
            assert verdict.outcome == table.outcome(table.code((first, second)))
            assert verdict.why
            outcomes.add(verdict.outcome)
    assert outcomes == {None, *table.outcomes}, "the examples must reach every outcome"


@every_rule
def test_rows_asked_one_by_one_are_those_of_a_block(rule):
    block, alone = rule.lower(PLANS[0]), rule.lower(PLANS[0])
    pairs = [*SIZES, (20, 19), *SIZES]
    assert block.row_each(np.array(pairs)) == [alone.row(*pair) for pair in pairs]
    assert block.row(8, 9) is block.row(8, 9), "a row is worked out once"
    assert block.least(8, 9, 3) == block.row(8, 9)[3]


@every_rule
def test_an_arm_that_is_not_read_or_has_nobody_decides_nothing(rule):
    table, many, none = rule.lower(PLANS[0]), Observed(20, 20), Observed(20, 0)
    assert table.code((many, none)) == 1
    for pair in ((NOT_READ, none), (many, NOT_READ), (Observed(0, 0), none), (many, Observed(0, 0))):
        assert table.code(pair) == 0
        assert rule.assess(pair, PLANS[0]).outcome is None


@every_rule
def test_a_table_is_a_value_that_travels(rule):
    """Equal by content, whatever was asked of it: a worker's is that of the run."""
    for plan in PLANS:
        table, other = rule.lower(plan), rule.lower(plan)
        sent = pickle.dumps(table)
        assert table.row(8, 9)
        assert isinstance(table, TwoArmTable)
        assert (table, hash(table), pickle.dumps(table)) == (other, hash(other), sent)
        assert pickle.loads(sent).row(8, 9) == table.row(8, 9)
    first, third = (rule.lower(plan) for plan in (PLANS[0], PLANS[2]))
    assert (first == third) is not rule.uses_plan
    assert (first.row(20, 20) == third.row(20, 20)) is not rule.uses_plan


@every_rule_of_events
def test_a_rule_of_events_has_one_least_count_whatever_n(rule):
    """Events may outnumber patients; a rule of shares refuses that."""
    table = rule.lower(PLANS[0])
    large = table.row(60, 30)
    for n1, n2 in SIZES:
        assert table.row(n1, n2) == tuple(min(x1, n1 + 1) for x1 in large[: n2 + 1])
    few = (Observed(2, large[1]), Observed(1, 1))
    assert table.code(few) == 1
    assert rule.assess(few, PLANS[0]).stop
    assert table.code((Observed(2, large[1] - 1), Observed(1, 1))) == 0


@every_rule_with_a_number_of_patients
def test_more_patients_with_the_event_than_patients_are_refused(rule):
    for counts in ((4, 5, 9, 1), (4, 1, 9, 10)):
        with pytest.raises(ValueError, match="at most n can have the event"):
            rule.evidence_two(*counts)


@every_rule_that_begins_late
def test_nothing_stops_below_minimum_n(rule):
    table = rule.lower(PLANS[0])
    for n1, n2 in ((rule.minimum_n - 1, 20), (20, rule.minimum_n - 1)):
        assert table.row(n1, n2) == (n1 + 1,) * (n2 + 1)
        assert not rule.assess((Observed(n1, n1), Observed(n2, 0)), PLANS[0]).stop
        assert rule.evidence_two(n1, n1, n2, 0) is None


@every_rule
def test_the_evidence_turns_at_the_least_count(rule):
    """It is none for a table that is listed; else it moves from one short of the bound to the bound."""
    seen = 0
    for n1, n2 in SIZES[1:]:
        for x2, x1 in enumerate(rule.lower(PLANS[0]).row(n1, n2)):
            if x1 > n1:
                continue
            value = rule.evidence_two(n1, x1, n2, x2)
            assert (value is None) is (rule.evidence_named == "")
            if value is None:
                continue
            assert np.isfinite(value)
            assert 0 <= value <= 1 or rule.evidence_named == "statistic"
            short = rule.evidence_two(n1, x1 - 1, n2, x2)
            assert short is None or short != value
            seen += 1
    assert seen or not rule.evidence_named


@every_rule_by_time
def test_assess_and_critical_shares_say_the_same_at_every_count_and_share(rule):
    """Follow-up of k and 64 - k days; `assess` knows no table. More events in the first arm never hinder."""
    table, outcomes = rule.lower(PLANS[0]), set()
    for events in range(13):
        row = table.row(events)
        assert len(row) == events + 1
        assert all(type(part) is int and 0 <= part < SHARES for part in row)
        assert row[0] == 0
        assert list(row) == sorted(row)
        for x1, k in product(range(events + 1), range(1, 64)):
            pair = Observed(9, x1, k), Observed(8, events - x1, 64 - k)
            verdict = rule.assess(pair, PLANS[0])
            assert verdict.stop is (k / 64 <= table.critical(events, x1)), f"{k}: {verdict.why}"
            assert verdict.outcome == table.outcome(table.code(pair))
            outcomes.add(verdict.outcome)
    assert outcomes == {None, "stop"}


@every_rule_by_time
def test_a_table_of_shares_is_a_value_that_travels(rule):
    table, other = rule.lower(PLANS[0]), rule.lower(PLANS[2])
    sent = pickle.dumps(table)
    assert table.row_each(np.array([(5, 0), (2, 0), (5, 0)])) == [table.row(5), table.row(2), table.row(5)]
    assert isinstance(table, ShareTable)
    assert (table, hash(table), pickle.dumps(table)) == (other, hash(other), sent)
    assert pickle.loads(sent).row(7) == table.row(7)
    assert (rule.uses_plan, rule.evidence_named, rule.evidence_two(9, 3, 9, 1)) == (False, "", None)


@every_rule_by_time
def test_an_arm_that_is_not_read_or_has_not_been_followed_decides_nothing(rule):
    table, many, none = rule.lower(PLANS[0]), Observed(20, 20, 50.0), Observed(20, 0, 50.0)
    assert table.code((many, none)) == 1
    unfollowed = Observed(20, 20), Observed(20, 0)
    for pair in ((NOT_READ, none), (many, NOT_READ), (unfollowed[0], none), (many, unfollowed[1])):
        assert table.code(pair) == 0
        assert rule.assess(pair, PLANS[0]).outcome is None


@every_one
def test_a_prior_is_told_to_whoever_predicts(rule):
    """Of each arm, where the rule has one for it."""
    told = [rule.prior_of(endpoint) for endpoint in rule.endpoints]
    assert all(prior is None or min(prior) > 0 for prior in told)
    assert (None not in told) is (rule.kind == "posterior_difference")


@every_class
def test_what_a_class_says_of_itself(kind, cls):
    assert issubclass(cls, ComparingRule), kind
    assert (cls.endpoints, cls.whole_n) == (("first", "second"), True)
    assert hasattr(cls, "minimum_n") is cls.of_shares, "a rule of patients has a least number of them"


def test_reading_comparing_rules_imports_nothing_heavy():
    code = (
        "import sys; from simulator import registry; from pydantic import TypeAdapter\n"
        "from simulator.contracts import Plan\n"
        "rules = [TypeAdapter(c).validate_python(e) for c in map(registry.load, registry.COMPARING.values())"
        " for e in c.examples]\n"
        "[(rule.formula(), rule.lower(Plan(max_n=20))) for rule in rules]\n"
        "print(len(rules), sorted({'numpy', 'scipy', 'numba'} & set(sys.modules)))\n"
        "[rule.lower(Plan(max_n=20)).row_each([(8, 9)]) for rule in rules]\n"
        "print('scipy.stats' in sys.modules)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=FOLDER.parents[1]
    ).stdout
    assert out.split("\n")[:2] == [f"{len(CASES)} []", "False"]
