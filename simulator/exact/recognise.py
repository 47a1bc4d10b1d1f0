"""Exact operating characteristics of a Program, or the reason why there are none."""

from __future__ import annotations

from simulator.program.tables import Program

__all__ = ["exact_values"]


def exact_values(program: Program) -> tuple[dict[str, float], str]:
    """(key -> exact value, "") or ({}, reason)."""
    return {}, "not yet"
