"""Mistakes in what is calculated of a boundary: final states, estimates, pending patients, several rules."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

__all__ = ["EXACT"]

EXACT = tuple(
    Mutant(f"exact: {name}", f"simulator/stats/{file}", old, new, (f"tests/exact/{tests}",))
    for name, file, old, new, tests in (
        (
            "stops for few ordered as those for many",
            "group_sequential.py",
            "-states[2] * (last - states[0])",
            "states[0] - last",
            "test_group_sequential.py",
        ),
        (
            "the prior not updated by what there is",
            "group_sequential.py",
            "before = betaln(a + x, b + n - x)",
            "before = betaln(a, b)",
            "test_group_sequential.py",
        ),
        (
            "the upper limit from the state itself",
            "after_stop.py",
            "high=rates_of(ends, 1.0 - outside)[:-1],",
            "high=rates_of(ends, 1.0 - outside)[1:],",
            "test_after_stop.py",
        ),
        (
            "one who enters at the stop is enrolled",
            "pending.py",
            "max(ceil(tau / self.every_days - ROUNDING) - 1, 0)",
            "int(tau / self.every_days + ROUNDING)",
            "test_pending.py",
        ),
        (
            "of entries those after the last one too",
            "pending.py",
            "np.where(left >= 1.0, all_in + t * max_n * betaincc(some, n, t), 0.0)",
            "all_in + t * max_n * betaincc(some, n, t)",
            "test_pending.py",
        ),
        (
            "two at one look given to the first",
            "several.py",
            "only = self.holds & (self.holds.sum(axis=0) == 1)",
            "only = self.holds & (self.holds.cumsum(axis=0) == 1)",
            "test_several.py",
        ),
        (
            "the odds ratio not turned with one count",
            "several.py",
            "turned = first_rest != other_rest",
            "turned = False",
            "test_several.py",
        ),
        (
            "a board forgets who does not look next",
            "board.py",
            "if i in readers and said < Said.DONE else",
            "if said < Said.DONE else",
            "test_board_chain.py",
        ),
        (
            "a member who fired once votes anew",
            "board.py",
            "if state[i] >= Said.DONE:",
            "if state[i] > Said.DONE:",
            "test_board_chain.py",
        ),
    )
)
