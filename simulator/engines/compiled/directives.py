"""What is asked of every patient at one instant, put together in the order in which it is carried out."""

from __future__ import annotations

from simulator.engines.compiled.described import Items
from simulator.engines.compiled.jit import kernel
from simulator.engines.compiled.records.course import Directive
from simulator.engines.compiled.records.trial import Trial

__all__ = ["demand", "draw_up"]


@kernel
def draw_up(trial: Trial) -> Directive:
    """A directive for now that says nothing yet."""
    directive = trial.directives[trial.n_directives]
    directive.day = trial.now
    directive.first = trial.n_given
    directive.n = directive.leaves = 0
    return directive


@kernel
def demand(trial: Trial, directive: Directive, operations: Items) -> None:
    """Operations come into a directive, in the order in which those of one instant are carried out."""
    given = trial.given
    for i in range(operations.length):
        at, rank = trial.n_given, trial.operations[operations[i]].precedence
        while at > directive.first and trial.operations[given[at - 1]].precedence > rank:
            given[at] = given[at - 1]
            at -= 1
        given[at] = operations[i]
        trial.n_given += 1
        directive.n += 1
