"""Evidence: trace. Amendments that reach patients on study: what a simulation of the documents alone found.

The small design of tests/engine/test_amendments.py, in two phases, with everyone's event on day 25.
"""

import pytest

from tests.engine.conduct import fired, play
from tests.engine.test_amendments import build as amended_design
from tests.helpers import course, exits, rule

DOWN = {"design.phases.one.gives": {"len": "10 mg"}}
RULE = {"design.monitoring.reads.rule": {"kind": "at_least", "count": 1}}


def build(amendments, *, patients=2, then="two", **rules):
    """Phase `one` of 20 days, then `two` of 40 with the dose as before."""
    phases = {
        "one": {"lasts": "20 days", "gives": {"len": "25 mg"}, "next": then},
        "two": {"lasts": "40 days", "gives": {"len": "as before"}},
    }
    reads = rule("a", 9, **{"look": "every report", "then": [], **rules})
    return amended_design(amendments, patients=patients, phases=phases, monitoring={"reads": reads}, a=25)


def test_a_transition_taken_before_has_been_taken():
    """Phase `one` comes three times at most, whatever the amendment of day 30 makes of its length."""
    again = [{"to": "one", "at_most": 2}]
    longer = {
        "when": "30 days",
        "applies_to": "on_study",
        "change": {"design.phases.one.lasts": "25 days"},
    }
    given = build({"longer": longer}, patients=1, then=again)
    assert exits(play(given)) == [20 + 25 + 25]


@pytest.mark.parametrize(("most", "end"), [(1, 45), (3, 45 + 25 + 25)])
def test_the_limit_is_that_of_the_new_version(most, end):
    """Once was taken on day 20: with `at_most` 1 now the second stay, 25 days by now, is the last."""
    longer = {
        "when": "30 days",
        "applies_to": "on_study",
        "change": {
            "design.phases.one.lasts": "25 days",
            "design.phases.one.next": [{"to": "one", "at_most": most}],
        },
    }
    given = build({"longer": longer}, patients=1, then=[{"to": "one", "at_most": 2}])
    assert exits(play(given)) == [end]


def test_who_entered_before_an_earlier_one_for_new_patients_is_reached():
    """The second changes a rule alone: whoever is on study is then on the course of its version."""
    lower = {"when": "5 days", "change": DOWN}
    rules = {"when": "12 days", "applies_to": "on_study", "change": RULE}
    given = build({"lower": lower, "rules": rules})
    records = play(given)
    assert course(given, records) == [
        (0, "one", ("25 mg", "-")),
        (12, "one", ("10 mg", "-")),
        (20, "two", ("10 mg", "-")),
    ]


@pytest.mark.parametrize(("reach", "fires"), [("on_study", [30]), ("new", [])])
def test_one_of_rules_comes_while_somebody_is_on_study(reach, fires):
    """Accrual is over on day 10; events are reported on days 25 and 35."""
    given = build(
        {"rules": {"when": "28 days", "applies_to": reach, "counts": "keep", "change": RULE}},
        look="every 30 days",
    )
    assert fired(given, play(given), "reads_rules")[:1] == fires


def test_nobody_is_on_study_any_more():
    """The second course is over on day 70."""
    given = build({"rules": {"when": "71 days", "applies_to": "on_study", "change": RULE}})
    assert len(play(given).decisions) == 0
