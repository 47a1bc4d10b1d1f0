"""Options that several commands share, said once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from simulator.errors import TrialstopError

__all__ = ["FILE", "only", "seed_option", "set_option", "truth_option", "variant_option"]

F = TypeVar("F", bound=Callable[..., Any])
LARGEST_SEED = 2**64 - 1

FILE = click.Path(dir_okay=True, path_type=str)


def set_option(function: F) -> F:
    """--set PATH=VALUE, any number of times."""
    return click.option(
        "--set",
        "sets",
        multiple=True,
        metavar="PATH=VALUE",
        help="Change a value of the file before it is read, such as "
        "--set design.accrual.until='30 treated'; may be repeated.",
    )(function)


def variant_option(*, many: bool) -> Callable[[F], F]:
    """--variant, one or several."""
    several = "may be repeated; all if left out." if many else "may be left out if there is only one."
    return click.option(
        "--variant",
        "variants" if many else "variant",
        multiple=many,
        metavar="V",
        help=f"A variant of the design, by name; {several}",
    )


def truth_option(*, many: bool) -> Callable[[F], F]:
    """--truth, one or several."""
    several = "may be repeated; all if left out." if many else "may be left out if there is only one."
    return click.option(
        "--truth",
        "truths" if many else "truth",
        multiple=many,
        metavar="T",
        help=f"A truth of the scenario, by name; {several}",
    )


def seed_option(function: F) -> F:
    """--seed S."""
    return click.option(
        "--seed",
        type=click.IntRange(0, LARGEST_SEED),
        default=1,
        show_default=True,
        metavar="S",
        help="Which candidates turn up and what would happen to them.",
    )(function)


def only(what: str, asked: str | None, known: list[str]) -> str:
    """The one asked for, or the only one there is; an error that lists them otherwise."""
    if asked is None and len(known) == 1:
        return known[0]
    if asked is None:
        raise TrialstopError(f"which {what}? say --{what} with one of: {', '.join(known)}")
    if asked not in known:
        raise TrialstopError(f"no {what} {asked!r} in this scenario; it has: {', '.join(known)}")
    return asked
