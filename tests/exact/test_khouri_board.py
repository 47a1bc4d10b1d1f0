"""Evidence: exact. Khouri's board: its check twin in closed form and played; what members say to the data.

Of 4,000 trials each share is within what an exact binomial test allows (ALPHA), each mean within 5 standard
errors (6e-7).
"""

import pytest
from scipy.stats import binom, poisson

from simulator.contracts import Observed, Plan
from simulator.engines.compiled.driver import play
from simulator.loading.source import read_source
from simulator.metrics.collect import collect
from simulator.model.metric import Key
from simulator.study.settings import Settings
from simulator.what_ifs.calibrating import prepare_calibration
from tests.helpers import ROOT, SEED, assert_calculated, exactly, loaded, of_file

BOARD, CHECK = ROOT / "scenarios/khouri_board.yaml", ROOT / "scenarios/checks/khouri_board.yaml"
TRIALS = 4_000


def calculated(variant, truth):
    values, reason = exactly(of_file(CHECK, variant, truth))
    assert not reason
    return values


@pytest.mark.parametrize("variant", loaded(CHECK).designs)
@pytest.mark.parametrize("truth", ["votes", "reported"])
def test_every_exact_value_against_trials(variant, truth):
    given = of_file(CHECK, variant, truth)
    assert "p_stop" in assert_calculated(given, play(given, SEED, 0, TRIALS), TRIALS)


def test_two_of_three_votes_and_their_pairs():
    """Issue 17: votes with .25, .40 and .10."""
    values = calculated("one_look", "votes")
    assert values["p_stop"] == pytest.approx(0.145, abs=1e-12)
    pairs = {"harm.tolerability": 0.10, "harm.no_benefit": 0.025, "tolerability.no_benefit": 0.04}
    assert {pair: values[f"p_voted.board.{pair}"] for pair in pairs} == pytest.approx(pairs, abs=1e-12)


def test_any_of_three():
    assert calculated("any_of", "votes")["p_stop"] == pytest.approx(1 - 0.75 * 0.60 * 0.90, abs=1e-12)


def test_four_looks_by_counts():
    """All three counts followed by hand; no_benefit keeps what it said at 10 until 20."""
    bounds = {  # of the rules: at least 3, 5, 7, 8 of 5, 10, 15, 20 in both; at most so many remissions
        "many": dict(zip((5, 10, 15, 20), (3, 5, 7, 8), strict=True)),
        "few": {10: 2, 20: 4},
    }
    rates = {"harm": 3 / 7, "tolerability": 1 / 7, "no_benefit": 1 / 7}

    def paths(rate, votes):
        """Votes at the four looks -> their probability."""
        course = {(0, ()): 1.0}
        for n in (5, 10, 15, 20):
            then = {}
            for (had, before), chance in course.items():
                for more in range(6):
                    key = had + more, (*before, votes(n, had + more, before))
                    then[key] = then.get(key, 0.0) + chance * binom.pmf(more, 5, rate)
            course = then
        found = {}
        for (_, said), chance in course.items():
            found[said] = found.get(said, 0.0) + chance
        return found

    def many(n, had, before):
        return had >= bounds["many"][n]

    def few(n, had, before):
        return had <= bounds["few"][n] if n in bounds["few"] else bool(before and before[-1])

    of = [paths(rate, few if name == "no_benefit" else many) for name, rate in rates.items()]
    fires = sum(
        a * b * c
        for one, a in of[0].items()
        for two, b in of[1].items()
        for three, c in of[2].items()
        if any(sum(votes) >= 2 for votes in zip(one, two, three, strict=True))
    )
    assert calculated("four_looks", "reported")["p_stop"] == pytest.approx(fires, abs=1e-12)


def test_a_member_is_calibrated_setting_by_setting():
    """Boundaries nest, and yet none is taken for the others: what the board makes of them is not theirs."""
    vary = 'variants.four_looks."design.monitoring.harm".rule.certainty=more than 60%,more than 90%'
    asked = prepare_calibration(
        read_source(str(CHECK)), "harm", vary, "p_stop<=30% under votes", Settings(variants=["four_looks"])
    )
    assert asked.nested and not asked.in_order
    assert "rules concern each other, so that each is played" in asked.notes
    findings = asked.play()
    assert {answer.how for answer in findings.answers} == {"exact"}
    assert findings.found.group.values == ("more than 90%",)
    assert findings.found.achieved.value == calculated("four_looks", "votes")["p_stop"] < 0.30
    assert [tried.meets for tried in findings.found.tried] == [False, True]


@pytest.mark.parametrize(
    ("truth", "rate", "chance", "half"),
    [("votes", 0.6, 0.056073, 5e-7), ("quicker", 0.8, 0.001227, 5e-7), ("one_a_month", 1.0, 1.04e-5, 5e-8)],
)
def test_17_or_fewer_by_42_months(truth, rate, chance, half):
    found = calculated("number_by_42", truth)["p_stop"]
    assert found == pytest.approx(chance, abs=half)
    assert found == pytest.approx(poisson.cdf(17, 42 * rate), rel=1e-12)


def test_40_by_60_months_at_the_rate_that_was():
    assert 1.0 - calculated("target_by_60", "reported")["p_stop"] == pytest.approx(0.002145, abs=5e-7)


# ---------------------------------------------------------------- the scenario


@pytest.mark.parametrize(
    ("member", "counts", "votes"),
    [
        ("difference", [(7, 3), (9, 1)], False),  # .927
        ("difference", [(7, 4), (9, 1)], True),
        ("tolerability", [(7, 4)], True),  # .941
        ("tolerability", [(7, 3)], False),
        ("no_benefit", [(9, 3), (7, 1)], True),  # .805
        ("no_benefit", [(9, 3), (7, 2)], False),
        ("too_slow", [(1278, 17)], True),
        ("too_slow", [(1278, 23)], False),
    ],
)
def test_what_members_say_to_the_counts_reported(member, counts, votes):
    """Of the four the comparison alone would not have voted, and the board closes with the other three."""
    rule = loaded(BOARD).designs["as_closed"].monitoring[member].rule
    plan = Plan(max_n=40, days=(1278.375,)) if member == "too_slow" else Plan(max_n=40)
    verdict = rule.assess([Observed(n=n, x=x) for n, x in counts], plan)
    assert (verdict.outcome is not None) is votes


def test_boards_on_the_same_candidates():
    """A board that needs more, or looks for a shorter time, closes no trial that the other leaves open."""
    stops = {
        variant: collect(of, play(of, SEED, 0, 500))[Key("p_stop")].astype(bool)
        for variant in ("any_of", "any_of_to_month_42", "as_closed", "to_month_42", "without_accrual")
        for of in [of_file(BOARD, variant, "mild")]
    }
    for more, fewer in (
        ("any_of", "as_closed"),
        ("any_of", "any_of_to_month_42"),
        ("any_of_to_month_42", "to_month_42"),
        ("as_closed", "to_month_42"),
        ("as_closed", "without_accrual"),
    ):
        assert not (stops[fewer] & ~stops[more]).any(), (more, fewer)
        assert (stops[more] & ~stops[fewer]).any(), (more, fewer)
