"""Evidence: exact. A rule that amends a trial, and the one that reads anew, as P(stop) of each alone.

Each patient is assessed before the next enters, so that counts at looks are binomial. Chanan-Khan's rule:
flares of grade 2 or more, a prior worth two patients with its mean at the limit, read after every patient.
"""

import numpy as np
import pytest

from simulator.engines.compiled.driver import play
from simulator.metrics.collect import collect
from simulator.stats.binomial import monitor
from tests.helpers import SEED, assert_mean, assert_share, exactly, program

TRIALS = 20_000
BEFORE, AFTER = 9 / 29, 0.0625
RULE = {
    "kind": "beta_binomial",
    "prior": {"events": 0.4, "others": 1.6},
    "rate": "more than 20%",
    "certainty": "more than 90%",
}
GENTLE = {"design.phases.one.gives": {"len": "10 mg"}}


def lowered(amendment, *, before, after=AFTER, patients=45, **more):
    """A trial whose rate of flares goes by the dose, amended once."""
    by_dose = {"len": {"25 mg": f"{before:.12f}", "10 mg": f"{after:.12f}"}}
    flare = {"clock": "enrolment", "probability_by_dose": by_dose, "within": "28 days"}
    severe = {
        "counts": {"event": "flare"},
        "among": "completed",
        "rule": RULE,
        "look": {"at": "1, 2 ... 29 completed"},
        "then": [{"conclude": "amend"}],
    }
    design = {
        "accrual": {"until": f"{patients} treated"},
        "drugs": {"len": ["10 mg", "25 mg"]},
        "phases": {"one": {"lasts": "28 days", "gives": {"len": "25 mg"}}},
        "events": {"flare": {"window": "28 days"}},
        "monitoring": {"severe": severe},
        "amendments": {"gentle": {"change": GENTLE, **amendment}},
        **more,
    }
    return program(
        design, {"accrual": "one after another", "events": {"flare": {"components": {"c": flare}}}}
    )


def alone(given, patients, rate, name="severe"):
    """P(the rule fires) and E[n] on patients all alike."""
    table = next(m for m in given.monitors if m.name == name)
    looks = range(1, patients + 1)
    upper = [table.table.boundaries[0].bound[n] for n in looks]
    return monitor(looks, rate, upper=upper, lower=[None] * patients)


@pytest.mark.parametrize(("rate", "trips", "mean"), [(BEFORE, 0.7134, 15.7959), (AFTER, 0.0142, None)])
def test_how_often_a_rule_amends_the_trial_and_after_how_many(rate, trips, mean):
    """The published values to their four digits, and all digits of the exact ones."""
    given = lowered({"when": "severe fired"}, before=rate)
    columns = collect(given, play(given, SEED, 0, TRIALS))
    exact = alone(given, 29, rate)
    assert exact.p_stop == pytest.approx(trips, abs=5e-5)
    assert_share(int(columns["p_amended.gentle"].sum()), TRIALS, exact.p_stop)
    n = np.where(columns["p_amended.gentle"] > 0, columns["n_before.gentle"], 29.0)
    if mean is not None:
        assert exact.expected_n == pytest.approx(mean, abs=5e-5)
    assert_mean(n, exact.expected_n, float(n.std()), 28.0)


def test_the_rule_that_reads_anew_is_one_of_the_16_that_follow():
    """After 29 patients at the old rate; it fires as a rule on 16 patients at the new one would."""
    given = lowered({"when": "29 treated"}, before=BEFORE, after=0.25)
    columns = collect(given, play(given, SEED, 0, TRIALS))
    assert (columns["p_amended.gentle"] == 1.0).all()
    fires = alone(given, 16, 0.25, "severe_gentle").p_stop
    assert_share(int(columns["p_fired.severe_gentle"].sum()), TRIALS, fires)
    assert 0.2 < fires < 0.7  # so that another rate, or other patients among them, would show


def test_a_rule_that_keeps_counts_reads_both():
    """Up to 29 of whom ten are of the old rate: n, x are those of ten and of nineteen."""
    given = lowered({"when": "10 treated", "counts": "keep"}, before=BEFORE, after=BEFORE)
    columns = collect(given, play(given, SEED, 0, TRIALS))
    assert_share(int(columns["p_stop.severe"].sum()), TRIALS, alone(given, 29, BEFORE).p_stop)


def test_there_are_no_exact_values_of_an_amended_protocol():
    values, why = exactly(lowered({"when": "29 treated"}, before=BEFORE))
    assert (dict(values), why) == ({}, "the protocol is amended")
