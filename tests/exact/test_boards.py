"""Evidence: exact. Boards of a file by hand, and against trials that are played.

Of 4,000 trials each share is within what an exact binomial test allows (ALPHA), each mean within 5 standard
errors (6e-7).
"""

from itertools import combinations, product
from math import comb

import numpy as np
import pytest
from scipy.stats import binom

from simulator.engines.compiled.driver import play
from simulator.stats.binomial import monitor
from tests.helpers import SEED, assert_calculated, exactly, program, until

TRIALS = 4_000
RATES = {"tox": 0.25, "neuro": 0.4, "clot": 0.1}


def member(event="tox", count=1, look="at 1 completed", **more):
    """A rule that votes, and does nothing else."""
    body = {"kind": "at_least", "count": count}
    return {"counts": {"event": event}, "among": "completed", "rule": body, "look": look} | more


def cell(members, board, patients=1, truth=None, phases=None, **more):
    """A design with one board that closes accrual, unless it says otherwise."""
    design = {
        "accrual": until(patients),
        "events": {name: {"window": "30 days"} for name in RATES},
        "monitoring": members | {"board": {"rule": board, "then": ["close_accrual"]} | more},
    }
    design |= {"phases": phases} if phases else {}
    events = {name: share(f"{rate:.0%} in 30 days") for name, rate in RATES.items()}
    return program(design, truth or {"accrual": "2 per month", "events": events})


def share(probability, **more):
    return {"components": {"c": {"probability": probability} | more}}


def votes(*members, at_least=2, **more):
    return {"kind": "votes", "of": [*members], "at_least": at_least} | more


def values(found):
    exact, reason = exactly(found)
    assert not reason
    return exact


def assert_played(found):
    """Every exact value against trials of the compiled engine; returns the values."""
    return assert_calculated(found, play(found, SEED, 0, TRIALS), TRIALS)


def of_three(patients=1, look="at 1 completed", count=1, **more):
    names = zip("tnc", RATES, strict=True)
    return {name: member(event, count, look, **more) for name, event in names}


def test_three_members_on_independent_endpoints_at_one_look():
    """Issue 17: .25 x .40 x .90 + .25 x .60 x .10 + .75 x .40 x .10 + .25 x .40 x .10 = .145."""
    exact = assert_played(cell(of_three(), votes("t", "n", "c")))
    assert exact["p_stop"] == exact["p_stop.board"] == pytest.approx(0.145, abs=1e-12)
    assert exact["p_stop_before_last_look"] == exact["p_stop"]  # it would look again when all is over
    pairs = {"t.n": 0.10, "t.c": 0.025, "n.c": 0.04}
    assert {pair: exact[f"p_voted.board.{pair}"] for pair in pairs} == pytest.approx(pairs, abs=1e-12)
    assert exact["p_voted.board.c"] == pytest.approx(0.025 + 0.04 - 0.01, abs=1e-12)
    fired = {name: exact[f"p_fired.{name}"] for name in "tnc"}
    assert fired == pytest.approx({"t": 0.25, "n": 0.4, "c": 0.1}, abs=1e-12)
    assert (exact["n_read.t"], exact["x_read.n"]) == (1.0, pytest.approx(0.4, abs=1e-12))


def of_votes(chances, weights, needed):
    """P(votes weigh enough), and P(that, and these two vote), of independent votes."""
    total, pairs = 0.0, dict.fromkeys(combinations(chances, 2), 0.0)
    for said in product((0, 1), repeat=len(chances)):
        vote = dict(zip(chances, said, strict=True))
        if sum(weights[name] * vote[name] for name in chances) >= needed:
            p = np.prod([q if vote[name] else 1 - q for name, q in chances.items()])
            total += p
            for one, other in pairs:
                pairs[one, other] += p * vote[one] * vote[other]
    return total, pairs


@pytest.mark.parametrize(
    ("kind", "needed"),
    [
        ({"kind": "votes", "at_least": 2}, 2),
        ({"kind": "any_of"}, 1),
        ({"kind": "all_of"}, 4),
        ({"kind": "votes", "at_least": 3}, 3),
    ],
    ids=["two", "any", "all", "three"],
)
def test_boards_on_counts_of_twenty_patients(kind, needed):
    """The chances of votes are binomial tails; the first vote weighs 2."""
    counts = {"t": ("tox", 7), "n": ("neuro", 9), "c": ("clot", 3)}
    chances = {name: float(binom.sf(count - 1, 20, RATES[event])) for name, (event, count) in counts.items()}
    members = {name: member(event, count, "at 20 completed") for name, (event, count) in counts.items()}
    of = {"t": {"weight": 2}, "n": {}, "c": {}}
    total, pairs = of_votes(chances, {"t": 2, "n": 1, "c": 1}, needed)
    exact = assert_played(cell(members, {**kind, "of": of}, patients=20))
    assert exact["p_stop"] == pytest.approx(total, abs=1e-12)
    for (one, other), p in pairs.items():
        assert exact[f"p_voted.board.{one}.{other}"] == pytest.approx(p, abs=1e-12)


def test_two_counts_read_at_two_looks():
    """The product chain by hand: both at 10, or not then and both at 20, where votes may be taken back."""
    bounds = {"tox": (4, 8), "neuro": (6, 11)}

    def joint(event):
        """P(a vote at 10 or not, at 20 or not), (2, 2)."""
        p, (at_10, at_20), out = RATES[event], bounds[event], np.zeros((2, 2))
        for first, second in product(range(11), repeat=2):
            chance = binom.pmf(first, 10, p) * binom.pmf(second, 10, p)
            out[int(first >= at_10), int(first + second >= at_20)] += chance
        return out

    def at(event, look):
        rule = by_n({"stop": {"at_least": {"1-10": bounds[event][0], "11-20": bounds[event][1]}}})
        return member(event, look=look, rule=rule)

    tox, neuro = joint("tox"), joint("neuro")
    at_20 = tox[:, 1].sum() * neuro[:, 1].sum()
    expected = tox[1].sum() * neuro[1].sum() + at_20 - tox[1, 1] * neuro[1, 1]
    looks = "every 10 completed"
    exact = assert_played(
        cell({"t": at("tox", looks), "n": at("neuro", looks)}, votes("t", "n"), patients=20)
    )
    assert exact["p_stop"] == pytest.approx(expected, abs=1e-12)
    assert "p_fired.t" not in exact  # those who entered before the stop may still be read
    looks = "at 20 completed"
    alone = values(cell({"t": at("tox", looks), "n": at("neuro", looks)}, votes("t", "n"), patients=20))
    assert alone["p_stop"] == pytest.approx(at_20, abs=1e-12)
    assert expected > at_20 + 0.01  # several looks make P(board) larger


def upper_and_lower(at_least, at_most):
    return {
        "many": member("tox", look="every 5 completed")
        | {"rule": {"kind": "at_least", "count": at_least, "minimum_n": 5}},
        "few": member("tox", look="every 10 completed") | {"rule": {"kind": "at_most", "count": at_most}},
    }


@pytest.mark.parametrize("fires", ["once", "again"])
def test_any_of_two_rules_on_one_count_is_the_exact_union(fires):
    members = {name: body | {"fires": fires} for name, body in upper_and_lower(6, 1).items()}
    exact = assert_played(cell(members, {"kind": "any_of", "of": ["many", "few"]}, patients=20))
    union = monitor([5, 10, 15, 20], 0.25, upper=[6] * 4, lower=[None, 1, None, 1])
    assert exact["p_stop"] == pytest.approx(union.p_stop, abs=1e-12)
    assert exact["p_voted.board.many"] == pytest.approx(union.p_upper, abs=1e-12)
    assert exact["p_voted.board.many.few"] == 0.0


def test_two_bounds_for_many_on_one_count():
    """The lower bound decides `any_of`, the higher `all_of`, at every look."""
    members = {"low": member("tox", 4, "every 5 completed"), "high": member("tox", 7, "every 5 completed")}
    for kind, bound in (("any_of", 4), ("all_of", 7)):
        exact = values(cell(members, {"kind": kind, "of": ["low", "high"]}, patients=20))
        alone = monitor([5, 10, 15, 20], 0.25, upper=[bound] * 4)
        assert exact["p_stop"] == pytest.approx(alone.p_stop, abs=1e-12), kind


def by_n(outcomes):
    return {"kind": "bounds", **outcomes}


def test_a_vote_that_was_taken_back_does_not_count():
    """Two of 5, then two of 10: a vote at 5, none at 10, when the other one votes."""
    early = member(look="every 5 completed", rule=by_n({"stop": {"at_least": {"1-5": 2, "6-10": 4}}}))
    late = member("neuro", 3, "at 10 completed")
    for fires, bound_at_10 in (("again", 4), ("once", None)):
        exact = values(cell({"t": early | {"fires": fires}, "n": late}, votes("t", "n"), patients=10))
        if bound_at_10:
            first = binom.sf(3, 10, 0.25)
        else:
            first = 1 - sum(
                comb(5, x) * 0.25**x * 0.75 ** (5 - x) * binom.cdf(3 - x, 5, 0.25) for x in range(2)
            )
        assert exact["p_stop"] == pytest.approx(first * binom.sf(2, 10, 0.4), abs=1e-12), fires


def case(members, board, patients, **more):
    """What `cell` is asked for, later."""
    return {"members": members, "board": board, "patients": patients, **more}


CASES = {
    "a verdict is kept until the board meets again": case(
        {"t": member("tox", 3, "every 10 completed"), "n": member("neuro", 6, "every 5 completed")},
        votes("t", "n"),
        patients=30,
    ),
    "members fire once": case(
        of_three(look="every 4 completed", count=2, fires="once"), votes("t", "n", "c"), 16
    ),
    "a quorum": case(
        {"t": member("tox", 2, "every 4 completed"), "n": member("neuro", 4, "every 8 completed")},
        votes("t", "n", at_least=1, quorum=2),
        patients=16,
    ),
    "weights and an outcome that is no vote": case(
        {
            "t": member(
                look="every 5 completed",
                rule=by_n({"stop": {"at_least": {"1-20": 6}}, "fine": {"at_most": {"1-20": 2}}}),
            ),
            "n": member("neuro", 5, "every 5 completed"),
            "c": member("clot", 2, "every 10 completed"),
        },
        {
            "kind": "votes",
            "of": {"t": {"outcome": "stop", "weight": 2}, "n": {}, "c": {}},
            "at_least": 3,
        },
        patients=20,
    ),
    "members who look once more at the end": case(
        {
            "t": member("tox", 4, {"every": "6 completed", "and": "at the end"}),
            "n": member("neuro", 7, "every 6 completed"),
        },
        votes("t", "n"),
        patients=16,
    ),
    "looks that wait": case(
        {
            "t": member("tox", 3, "every 6 treated", wait="look"),
            "n": member("neuro", 4, "every 6 completed"),
        },
        votes("t", "n"),
        patients=18,
    ),
    "accrual waits": case(
        {
            "t": member("tox", 3, "every 6 treated", wait="accrual"),
            "n": member("neuro", 5, "every 12 treated", wait="accrual"),
        },
        votes("t", "n", at_least=1),
        patients=18,
    ),
    "it reports, as does a rule beside it": case(
        {
            "t": member("tox", 4, "every 6 completed"),
            "n": member("neuro", 7, "every 6 completed", fires="once"),
            "beside": member("clot", 2, "every 3 completed"),
        },
        votes("t", "n"),
        patients=18,
        then=[],
    ),
    "it meets at the end": case(
        {"t": member("tox", 4, "every 6 completed"), "n": member("neuro", 6, "at 12 completed")},
        votes("t", "n"),
        patients=18,
        look="at the end",
    ),
    "it concludes and goes on": case(
        {"t": member("tox", 4, "every 6 completed"), "n": member("neuro", 6, "at 12 completed")},
        votes("t", "n"),
        patients=18,
        then=[{"conclude": "worse"}],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_simulated_boards_are_those_calculated(name):
    assert_played(cell(**CASES[name]))


def test_what_members_report_is_calculated_where_nothing_stops_them():
    exact = values(cell(**CASES["it reports, as does a rule beside it"]))
    looks = [6, 12, 18]
    found = monitor(looks, 0.4, upper=[7] * 3)
    assert exact["p_fired.n"] == pytest.approx(found.p_stop, abs=1e-12)
    assert exact["n_read.n"] == pytest.approx(found.expected_n, abs=1e-12)  # it fires once, and reads no more
    assert (exact["n_read.t"], exact["x_read.t"]) == (18.0, pytest.approx(4.5, abs=1e-12))
    assert exact["p_fired.beside"] == pytest.approx(binom.sf(1, 18, 0.1), abs=1e-12)
    assert "p_stop" not in exact


def test_a_conclusion_is_as_often_as_its_board_fires():
    exact = values(cell(**CASES["it concludes and goes on"]))
    assert exact["p_conclude.worse"] == exact["p_conclude_first.worse"] == exact["p_stop"] > 0.01
    at_the_end = values(cell(**CASES["it meets at the end"]))
    assert at_the_end["p_stop_before_last_look"] == 0.0
    expected = binom.sf(3, 18, 0.25) * binom.sf(5, 12, 0.4)  # by verdicts of the last look of each
    assert at_the_end["p_stop"] == pytest.approx(expected, abs=1e-12)
    assert at_the_end["p_fired.n"] == pytest.approx(binom.sf(5, 12, 0.4), abs=1e-12)


def test_the_first_outcome_that_holds_is_what_a_member_says():
    """Two of five, promising and not at once: the vote of whoever is listed first."""
    both = {"stop": {"at_least": {"1-5": 2}}, "fine": {"at_most": {"1-5": 3}}}
    for outcomes, expected in (
        (both, binom.sf(1, 5, 0.25)),
        (dict(reversed(both.items())), binom.sf(3, 5, 0.25)),
    ):
        members = {"t": member(look="at 5 completed", rule=by_n(outcomes))}
        board = {"kind": "any_of", "of": {"t": "stop"}}
        assert values(cell(members, board, patients=5))["p_stop"] == pytest.approx(expected, abs=1e-12)


def test_endpoints_that_a_trait_brings_together():
    """Half of the patients are frail: tox .5 and neuro .8 in them, else .1 and .2; one patient, one look."""
    truth = {
        "accrual": "2 per month",
        "traits": {"frail": {"probability": "50%"}},
        "events": {
            name: {
                "components": {
                    "frail": {"probability": f"{more} in 30 days", "only_if": "frail"},
                    "fit": {"probability": f"{less} in 30 days", "unless": "frail"},
                }
            }
            for name, more, less in (("tox", "50%", "10%"), ("neuro", "80%", "20%"))
        },
    }
    exact = assert_played(cell({"t": member(), "n": member("neuro")}, votes("t", "n"), truth=truth))
    assert exact["p_stop"] == pytest.approx((0.5 * 0.8 + 0.1 * 0.2) / 2, abs=1e-12)


def test_patients_are_as_many_as_the_look_read_where_accrual_waits():
    """Six where tox stops the trial at once, twelve where either does then, else all."""
    exact = values(cell(**CASES["accrual waits"]))
    at_6 = binom.sf(2, 6, 0.25)
    quiet = sum(binom.pmf(x, 6, 0.25) * binom.cdf(2 - x, 6, 0.25) for x in range(3)) * binom.cdf(4, 12, 0.4)
    assert exact["n_enrolled"] == pytest.approx(6 * at_6 + 12 * (1 - at_6 - quiet) + 18 * quiet, abs=1e-12)
    assert "n_enrolled" not in values(cell(**CASES["looks that wait"]))


def test_every_pair_of_members_has_a_value():
    exact = values(cell(of_three(look="every 4 completed", count=2), votes("t", "n", "c"), 16))
    pairs = sum(exact[f"p_voted.board.{one}.{other}"] for one, other in combinations("tnc", 2))
    each = sum(exact[f"p_voted.board.{name}"] for name in "tnc")
    three = each - 2 * exact["p_stop"]  # two votes or three: E[votes] = 2 P(two) + 3 P(three)
    assert pairs == pytest.approx(exact["p_stop"] + 2 * three, abs=1e-12)
    assert 0.0 < three < exact["p_stop"]
