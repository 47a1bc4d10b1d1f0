"""Evidence: exact. Boards that have no exact value say why."""

import pytest

from tests.exact.test_boards import case, cell, member, values, votes
from tests.helpers import exactly

TWO = {"t": member("tox", 2, "every 4 completed"), "n": member("neuro", 2, "every 4 completed")}
SLOW = {"t": member("tox", 2, "every 4 completed"), "n": member("neuro", 2, "every 8 completed")}


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (
            case(TWO | {"stop": member(then=["close_accrual"])}, votes("t", "n"), 8),
            "a rule beside the board acts",
        ),
        (case(TWO, votes("t", "n"), 8, then=[{"hold_accrual": "30 days"}]), "a rule holds accrual"),
        (case(SLOW, votes("t", "n", valid="60 days"), 8), "verdicts may lapse before the board reads them"),
        (
            case(TWO, votes("t", "n"), 8, look="every 3 months"),
            "the board does not look whenever a member does",
        ),
        (
            case(TWO | {"n": member("neuro", look="every report", among="treated")}, votes("t", "n"), 8),
            "the denominator of `n` is not patients completed",
        ),
        (
            case(TWO | {"n": member("neuro", look="every 3 months")}, votes("t", "n"), 8),
            "looks are not set by the number of patients completed",
        ),
        (
            case(TWO | {"n": member(look="at 4 completed", data_cut="2 days")}, votes("t", "n"), 8),
            "data are cut before the look",
        ),
        (
            case(TWO | {"all": {"rule": {"kind": "all_of", "of": ["t", "n"]}}}, votes("all", "t"), 8),
            "a board reads another board",
        ),
        (
            case(
                TWO | {"n": {**TWO["n"], "counts": {"event": "neuro", "window": "9 days"}}},
                votes("t", "n"),
                8,
            ),
            "the board's members have windows of their own, so that which looks first is left to chance",
        ),
        (
            case(
                TWO | {"n": {**TWO["t"], "counts": {"event": "tox", "scope": {"phases": ["one"]}}}},
                votes("t", "n"),
                8,
                phases={"one": {"lasts": "9 days", "next": "two"}, "two": {"lasts": "30 days"}},
            ),
            "members count one event in two scopes",
        ),
        (
            case(
                TWO
                | {
                    "s": {"rule": {"kind": "slow_accrual", "at_most": "3 by 4 months"}, "look": "at 4 months"}
                },
                votes("t", "n", "s"),
                8,
            ),
            "`s` reads no patients",
        ),
        (
            case(TWO | {"c": member("clot")}, votes("t", "n", "c"), 600),
            "the counts that the board is about have too many states together: simulate instead",
        ),
    ],
)
def test_other_boards_have_a_reason(asked, reason):
    assert exactly(cell(**asked)) == ({}, reason)


def test_verdicts_that_cannot_lapse_between_looks_of_all_are_calculated():
    exact = values(cell(TWO, votes("t", "n", valid="60 days"), 8))
    assert exact == values(cell(TWO, votes("t", "n"), 8))
