"""Evidence: exact. The chain of a board against enumeration of every path of few patients."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.stats.board import BoardLook, Said, Voter, board_chain


@st.composite
def boards(draw):
    """Up to four patients, one or two counts, two or three members with looks and bounds of their own."""
    counts = draw(st.integers(1, 2))
    shares = draw(st.lists(st.integers(0, 5), min_size=2**counts, max_size=2**counts).filter(any))
    cells = np.reshape(np.array(shares) / sum(shares), (2,) * counts)
    ns = sorted(draw(st.lists(st.integers(1, 4), min_size=1, max_size=4)))
    members = draw(st.integers(2, 3))
    who = st.frozensets(st.integers(0, members - 1), min_size=1)
    looks = [BoardLook(n=n, readers=draw(who), decides=draw(st.integers(0, 4)) > 0) for n in ns]
    kinds = st.lists(st.sampled_from([Said.NO, Said.VOTE]), min_size=5, max_size=5)
    once = st.lists(st.sampled_from([Said.NO, Said.DONE, Said.DONE_VOTE]), min_size=5, max_size=5)
    voters = [
        Voter(
            count=draw(st.integers(0, counts - 1)),
            said=says(draw(st.one_of(kinds, once))),
            weight=draw(st.integers(1, 2)),
        )
        for _ in range(members)
    ]
    return looks, voters, cells, draw(st.integers(1, 4)), draw(st.integers(1, members))


def says(words):
    """What is said of x = 0 ... n at every n; another at even ones."""
    return {n: np.array([words[(x + n % 2) % 5] for x in range(n + 1)], dtype=np.int8) for n in range(1, 5)}


def enumerate_boards(looks, voters, cells, needed, quorum):
    """Each path by itself, played as a board is described: P(first fires, votes) per look."""
    found = [{} for _ in looks]
    for path in product(np.ndindex(cells.shape), repeat=looks[-1].n):
        chance = np.prod([cells[patient] for patient in path])
        last = [None] * len(voters)
        for k, look in enumerate(looks):
            for i in look.readers:
                if last[i] in {Said.DONE, Said.DONE_VOTE}:
                    continue
                x = sum(patient[voters[i].count] for patient in path[: look.n])
                last[i] = voters[i].said[look.n][x]
            votes = tuple(said in {Said.VOTE, Said.DONE_VOTE} for said in last)
            weight = sum(voter.weight for voter, vote in zip(voters, votes, strict=True) if vote)
            if look.decides and weight >= needed and sum(said is not None for said in last) >= quorum:
                found[k][votes] = found[k].get(votes, 0.0) + chance
                break
    return found


@settings(deadline=None, max_examples=150)
@given(boards())
def test_the_chain_equals_the_sum_over_all_paths(board):
    looks, voters, cells, needed, quorum = board
    course = board_chain(looks, voters, cells, lambda read, weight: weight >= needed and read >= quorum)
    for found, expected in zip(course.fired, enumerate_boards(*board), strict=True):
        for votes in {*found, *expected}:
            assert found.get(votes, 0.0) == pytest.approx(expected.get(votes, 0.0), abs=1e-12)
    everyone = [sum(of.values()) for of in enumerate_boards(*board)]
    assert course.at == pytest.approx(everyone, abs=1e-12)


def test_too_many_states_and_looks_in_disorder_are_refused():
    def course(*ns):
        said = {n: np.zeros(n + 1, dtype=np.int8) for n in ns}
        looks = [BoardLook(n=n, readers=frozenset({0})) for n in ns]
        return board_chain(looks, [Voter(count=0, said=said)], np.full((2, 2, 2), 0.125), lambda *_: False)

    assert course(10, 20).p_fires == 0.0
    with pytest.raises(ValueError, match="too many states together: simulate instead"):
        course(500)
    with pytest.raises(ValueError, match="n falls"):
        course(20, 10)
