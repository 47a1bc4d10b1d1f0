"""What arms, refusal and screening are in the memory."""

from __future__ import annotations

from simulator.engines.compiled.described import Floats, Ints, Items, Record, Ref, Rows, Word, settle
from simulator.engines.compiled.records.program import Delay

__all__ = ["Arms", "Filling", "Screening", "Stratum"]


class Stratum(Record):
    """A list of places, and how far it is filled."""

    stream: Word
    # of the trial
    placed: int  # patients: all of them, or those of the block that is being filled
    block: int  # which one that is
    n_left: int  # its free places,
    left: Ints  # those of each arm,
    filled: int  # and how it is filled, by the number of that


class Filling(Record):
    """One way in which arms are filled; versions of the protocol may differ in it."""

    number: int
    shares: Ints  # of each arm
    all_shares: int
    sizes: Items  # of blocks


class Arms(Record):
    """How patients are allocated, and who refuses what the arm gives: `program.arms.ArmsTable`."""

    n: int
    in_blocks: int
    fillings: Rows[Filling]
    filling: Ints  # of each version of the protocol, by number
    stratum: int  # the trait with a list of its own, or NONE
    strata: Rows[Stratum]
    n_strata: int
    refusing: Floats  # the share of each arm's patients
    then: int  # what they receive
    only_if: int  # a trait, or NONE
    refusal_stream: Word


class Screening(Record):
    """From registration to entry: `program.arms.ScreeningTable`."""

    takes: Ref[Delay]
    takes_stream: Word
    eligible: float
    eligible_stream: Word


settle()
