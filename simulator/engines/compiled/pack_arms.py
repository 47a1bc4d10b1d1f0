"""Arms, refusal and screening of a Program -> memory."""

from __future__ import annotations

from simulator import streams
from simulator.engines.compiled.described import NONE
from simulator.engines.compiled.pack_delay import pack_delay
from simulator.engines.compiled.records.arms import Arms, Filling, Screening, Stratum
from simulator.engines.compiled.writing import Writer
from simulator.program.arms import ArmsTable
from simulator.program.tables import Program
from simulator.program.words import Allocation

__all__ = ["allocated_by", "pack_arms"]


def pack_arms(writer: Writer, program: Program, names: streams.StreamNames) -> None:
    """Everything before entry; NONE in its place where there is no such thing."""
    head = writer.head
    head.two_clocks = program.two_clocks
    head.max_registered = float(program.max_registered)
    head.arms, head.screening = NONE, NONE
    if program.arms is not None:
        _pack_arms(writer, program, program.arms, names)
    if program.screening is not None:
        _pack_screenings(writer, program, names)


def _pack_screenings(writer: Writer, program: Program, names: streams.StreamNames) -> None:
    head, versions = writer.head, len(program.entries)
    head.screenings = writer.rows(Screening, versions)
    head.screening = head.screenings[0]
    for version in range(versions):
        of, given = head.screenings[version], program.screened(version)
        assert given is not None
        of.takes = pack_delay(writer, given.takes)
        of.takes_stream = names.register(given.takes_stream)
        of.eligible = float(given.eligible)
        of.eligible_stream = names.register(given.eligible_stream)


def _pack_arms(writer: Writer, program: Program, given: ArmsTable, names: streams.StreamNames) -> None:
    arms, n, refusal = writer.one(Arms), len(given.names), given.refusal
    writer.head.arms = arms
    arms.n = n
    arms.in_blocks = given.method is Allocation.PERMUTED_BLOCKS
    _pack_fillings(writer, program, arms)
    arms.stratum = given.stratum
    arms.n_strata = len(given.streams)
    arms.strata = writer.rows(Stratum, arms.n_strata)
    for i, stream in enumerate(given.streams):
        arms.strata[i].stream = names.register(stream)
        arms.strata[i].left = writer.run([0] * n)
    arms.refusing = writer.floating(refusal.shares if refusal else [0.0] * n)
    arms.then = refusal.then if refusal else NONE
    arms.only_if = refusal.only_if if refusal else NONE
    if refusal:
        arms.refusal_stream = names.register(refusal.stream)


def _pack_fillings(writer: Writer, program: Program, arms: Arms) -> None:
    tables = [program.allocation(version) for version in range(len(program.entries))]
    ways = [table for table in dict.fromkeys(tables) if table is not None]
    arms.fillings = writer.rows(Filling, len(ways))
    arms.filling = writer.run([ways.index(table) for table in tables if table is not None])
    for number, way in enumerate(ways):
        filling = arms.fillings[number]
        filling.number = number
        filling.shares, filling.all_shares = writer.run(way.shares), sum(way.shares)
        filling.sizes = writer.listed(way.sizes)


def allocated_by(program: Program) -> set[int]:
    """Traits on which allocation, or refusal, depends; NONE among them."""
    arms = program.arms
    if arms is None:
        return set()
    return {arms.stratum, arms.refusal.only_if if arms.refusal else NONE}
