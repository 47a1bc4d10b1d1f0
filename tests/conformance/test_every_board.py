"""Evidence: property. What `contracts` promises of each board of the registry, and of readings of votes.

Beside test_every_rule.py, which has what any rule promises. Each board brings `examples` written as in YAML;
a new one is tested without a change to this file.
"""

import pickle
from itertools import product
from math import inf

import pytest
from pydantic import TypeAdapter

from simulator import registry
from simulator.contracts import BoardRule, Observed, Plan, Seat, Unmet, VoteTable
from tests.conformance.drawn import cases

CLASSES = {kind: registry.load(spec) for kind, spec in registry.BOARDS.items()}
CASES = cases(CLASSES)
every_board = pytest.mark.parametrize("board", CASES)
every_class = pytest.mark.parametrize(("kind", "cls"), CLASSES.items())


def plan_of(board):
    """Members are what it counts, one by one."""
    return Plan(max_n=len(board.seats))


def counts(board):
    """Every number of members read, and every weight of votes."""
    weight = sum(seat.weight for seat in board.seats.values())
    return product(range(len(board.seats) + 1), range(weight + 1))


# ---------------------------------------------------------------- the rule


@every_board
def test_assess_and_lower_say_the_same_at_every_count(board):
    plan, outcomes = plan_of(board), set()
    table = board.lower(plan)
    for n, x in counts(board):
        verdict = board.assess([Observed(n, x)], plan)
        assert verdict.outcome == table.outcome(table.code([Observed(n, x)])), f"{x} of {n}: {verdict.why}"
        assert verdict.why
        outcomes.add(verdict.outcome)
    assert outcomes == {None, "stop"}


@every_board
def test_more_votes_or_members_never_undo_a_stop(board):
    plan = plan_of(board)
    for n, x in counts(board):
        if board.assess([Observed(n, x)], plan).stop:
            assert board.assess([Observed(n, x + 1)], plan).stop
            assert n == len(board.seats) or board.assess([Observed(n + 1, x)], plan).stop


@every_board
def test_it_takes_the_least_weight_and_the_fewest_members_and_no_more(board):
    plan, weight = plan_of(board), sum(seat.weight for seat in board.seats.values())
    assert 1 <= board.needed <= weight
    assert 1 <= board.least_read <= len(board.seats)
    assert board.assess([Observed(board.least_read, board.needed)], plan).stop
    assert not board.assess([Observed(board.least_read - 1, weight)], plan).stop
    assert not board.assess([Observed(len(board.seats), board.needed - 1)], plan).stop


@every_board
def test_it_lowers_to_one_bound_from_the_quorum_on(board):
    for max_n in (0, 1, 2, 7):
        (boundary,) = board.lower(Plan(max_n=max_n)).boundaries
        assert (boundary.outcome, boundary.direction, boundary.reading) == ("stop", "at_least", 0)
        expected = [board.needed if n >= board.least_read else None for n in range(max_n + 1)]
        assert list(boundary.bound) == expected


@every_board
def test_a_board_has_members_and_a_time_for_which_verdicts_hold(board):
    assert isinstance(board, BoardRule)
    assert board.seats
    assert all(isinstance(seat, Seat) and seat.weight >= 1 for seat in board.seats.values())
    assert board.holds_for > 0
    assert board.unmet(plan_of(board)) is None
    assert board.endpoints == ("votes",)


@every_board
def test_the_formula_names_who_votes_and_for_what(board):
    said = board.formula()
    for name, seat in board.seats.items():
        assert name in said
        assert seat.outcome is None or f"{name} ({seat.outcome})" in said
        assert seat.weight == 1 or f" x {seat.weight}" in said
    assert f"votes >= {board.needed}" in said


@every_board
def test_a_board_goes_to_workers_and_comes_back(board):
    again = pickle.loads(pickle.dumps(board))
    assert (again, hash(again), again.seats) == (board, hash(board), board.seats)


@every_class
def test_a_board_reads_its_seats_in_every_way_of_writing_them(kind, cls):
    """A list, names with an outcome, and whole seats."""
    more = {"at_least": "1"} if kind == "votes" else {}
    written = [["a", "b"], {"a": {}, "b": {}}, {"a": "stop", "b": {"outcome": "stop", "weight": "1"}}]
    read = [TypeAdapter(cls).validate_python({"of": of, **more}) for of in written]
    assert read[0] == read[1]
    assert dict(read[2].seats) == {"a": Seat(outcome="stop"), "b": Seat(outcome="stop")}
    assert read[0].holds_for == inf
    assert TypeAdapter(cls).validate_python({"of": ["a"], "valid": "2 weeks", **more}).holds_for == 14


def test_votes_that_cannot_be_had_are_unmet():
    read = TypeAdapter(CLASSES["votes"]).validate_python
    many = read({"of": {"a": {"weight": "2"}, "b": {}}, "at_least": "4"})
    assert many.unmet(Plan(max_n=2)) == Unmet(
        key="at_least", found="4 votes", allowed="at most 3, all votes there are"
    )
    few = read({"of": {"a": {"weight": "2"}, "b": {}}, "at_least": "3", "quorum": "3"})
    assert few.unmet(Plan(max_n=2)) == Unmet(
        key="quorum", found="3 members", allowed="at most 2, as many as there are"
    )


# ---------------------------------------------------------------- who voted


def test_readings_are_of_verdicts_in_force_and_of_the_outcome_that_is_wanted():
    """Three members of five rules: any outcome, the second one, one vote of weight 3."""
    said = [None, (0, 90.0), (1, 90.0), (2, 80.0), (2, 79.0)]
    table = VoteTable(members=(4, 0, 2), outcomes=(0, 2, 1), weights=(1, 2, 3), valid=20.0)
    for of_first, of_second, of_third in product(said, repeat=3):
        verdicts = [of_second, (1, 99.0), of_third, (2, 99.0), of_first]
        in_force = [v is not None and v[1] >= 80.0 for v in (of_first, of_second, of_third)]
        votes = [
            in_force[0] and of_first[0] > 0,
            in_force[1] and of_second[0] == 2,
            in_force[2] and of_third[0] == 1,
        ]
        whole, *each = table.readings(verdicts, 100.0)
        assert whole == Observed(sum(in_force), votes[0] + 2 * votes[1] + 3 * votes[2])
        assert each == [Observed(int(a), int(b)) for a, b in zip(in_force, votes, strict=True)]
        if any(votes):
            days = [v[1] for v, vote in zip((of_first, of_second, of_third), votes, strict=True) if vote]
            assert table.last_vote(verdicts, 100.0) == max(days)
