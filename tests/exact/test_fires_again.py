"""Evidence: exact. One rule that holds accrual, or may fire again, against trials that are played.

Of 4,000 trials each share is within what an exact binomial test allows (ALPHA), each mean within 5 standard
errors (6e-7).
"""

import pytest
from scipy.stats import binom

from simulator.engines.compiled.driver import play
from simulator.metrics.collect import collect
from simulator.model.metric import Key
from tests.helpers import SEED, assert_calculated, assert_share, exactly, program, rule, until

TRIALS = 4_000


def alone(then, **more):
    """Two of 8 patients with the event, which a quarter have."""
    body = rule("tox", 2, among="completed", look="every 4 completed", then=then, **more)
    events = {"tox": {"window": "30 days"}}
    truth = {"tox": {"components": {"c": {"probability": "25% in 30 days"}}}}
    design = {"accrual": until(8), "events": events, "monitoring": {"rule": body}}
    return program(design, {"accrual": "2 per month", "events": truth})


REVIEW = {"review": {"takes": "10 days", "resumes": "40%"}}


def test_a_rule_that_holds_accrual_has_no_exact_value():
    """Whoever turns up meanwhile may be lost, and a review need not stop the trial."""
    assert exactly(alone([REVIEW])) == ({}, "a rule holds accrual")


def test_a_review_stops_the_share_of_its_firings_that_do_not_resume():
    found = alone([REVIEW], fires="once")
    stopped = collect(found, play(found, SEED, 0, TRIALS))[Key("p_stop")]
    assert_share(int(stopped.sum()), TRIALS, 0.6 * binom.sf(1, 8, 0.25), "not resumed")


@pytest.mark.parametrize(
    ("then", "read"), [([], (8.0, 2.0)), ([{"conclude": "worse"}], (8.0, 2.0)), (["close_accrual"], None)]
)
def test_a_rule_that_fires_again_reads_on(then, read):
    """To its last look, where it changes nothing; else how far is left to who entered before the stop."""
    found = alone(then, fires="again")
    exact = assert_calculated(found, play(found, SEED, 0, TRIALS), TRIALS)
    assert (exact.get("n_read.rule"), exact.get("x_read.rule")) == (read or (None, None))
    fired = exact["p_stop.rule" if then else "p_fired.rule"]
    assert fired == pytest.approx(binom.sf(1, 8, 0.25), abs=1e-12)
