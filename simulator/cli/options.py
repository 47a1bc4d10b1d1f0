"""Options that several commands share, said once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any, TypeVar, get_args

import click

from simulator.cli.usage import Whole, Word
from simulator.errors import QuantityError, TrialstopError
from simulator.streams import MAX_WORD
from simulator.study.settings import DEFAULT_CHECKED, DEFAULT_SEED, EngineAsked
from simulator.units import parse_probability

__all__ = [
    "FILE",
    "TRIALS",
    "kept_options",
    "once",
    "only",
    "seed_option",
    "set_option",
    "settings_options",
    "truth_option",
    "variant_option",
    "what_if_options",
]

F = TypeVar("F", bound=Callable[..., Any])
Decorator = Callable[[Any], Any]

FILE = click.Path(dir_okay=True, path_type=str)
TRIALS = Whole(1, 1_000_000_000)  # the last are hours of work


# Without type arguments, which older versions of click do not take.
class _HalfWidth(click.ParamType):  # type: ignore[type-arg]
    """A share above 0 and below 0.5."""

    name = "half-width"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """`0.5%` or `0.005`."""
        try:
            width = parse_probability(value)
        except QuantityError as error:
            self.fail(f"found {error.found}, allowed above 0% and below 50%, such as 0.5%", param, ctx)
        if not 0.0 < width < 0.5:
            self.fail(f"found {value}, allowed above 0% and below 50%", param, ctx)
        return width


class _SelfCheck(click.ParamType):  # type: ignore[type-arg]
    """A number of trials, or all of them."""

    name = "self-check"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | None:
        """`20`, `0`; `all` is None."""
        if value == "all":
            return None
        if not str(value).isdigit():
            self.fail(f"found {value}, allowed a whole number from 0, or all", param, ctx)
        return int(value)


def once(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> str | None:
    """The value of an option that may be named once; a second one is refused, not taken in silence."""
    del ctx
    if len(values) > 1:
        name = param.opts[0]
        raise TrialstopError(f"{name} is named {len(values)} times, allowed once: {', '.join(values)}")
    return values[0] if values else None


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


def variant_option(*, many: bool, unnamed: str | None = "all") -> Callable[[F], F]:
    """--variant, one or several. unnamed: which of many, if none is named; None: one, or the benchmark."""
    several = f"may be repeated; {unnamed} if left out." if many else "may be left out if there is only one."
    if unnamed is None:
        several = "the benchmark if left out."
    return click.option(
        "--variant",
        "variants" if many else "variant",
        multiple=many,
        metavar="V",
        help=f"A variant of the design, by name; {several}",
    )


def truth_option(*, many: bool, unnamed: str = "all") -> Callable[[F], F]:
    """--truth, one or several. unnamed: which of many, if none is named."""
    several = f"may be repeated; {unnamed} if left out." if many else "may be left out if there is only one."
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
        type=Whole(0, MAX_WORD),
        default=DEFAULT_SEED,
        show_default=True,
        metavar="S",
        help="Which candidates turn up and what would happen to them.",
    )(function)


def _settings() -> dict[str, Decorator]:
    """Field of `Settings` -> its option."""
    return {
        "variants": variant_option(many=True),
        "truths": truth_option(many=True),
        "trials": click.option(
            "--trials",
            type=TRIALS,
            metavar="N",
            help="Trials per variant and truth [default: 1000]; with --precision at most so many.",
        ),
        "precision": click.option(
            "--precision",
            type=_HalfWidth(),
            metavar="X",
            help="Play until the 95 % half-width of every headline is at most X, such as 0.5%.",
        ),
        "seed": seed_option,
        "engine": click.option(
            "--engine",
            type=Word(get_args(EngineAsked)),
            default="auto",
            show_default=True,
            help="What plays the trials; auto takes the compiled engine where it can, and says where it "
            "cannot.",
        ),
        "self_check": click.option(
            "--self-check",
            type=_SelfCheck(),
            default=str(DEFAULT_CHECKED),
            show_default=True,
            metavar="N|all",
            help="How many random trials are played on the SimPy engine too and compared record by record.",
        ),
        "records": click.option(
            "--records",
            is_flag=True,
            help="Also write every trial, patient, look and dose decision, as Parquet.",
        ),
        "jobs": click.option(
            "--jobs",
            type=Whole(0),
            default=0,
            show_default=True,
            metavar="N",
            help="Threads (of SimPy: processes) that play; 0: as many as there are processors. Same results.",
        ),
    }


def _with(options: Iterable[Decorator], function: F) -> F:
    """A function with options, in this order."""
    return reduce(lambda inner, option: option(inner), reversed(list(options)), function)


def settings_options(function: F) -> F:
    """What is asked of a run: one option per field of `Settings`, which get its values by name."""
    return _with(_settings().values(), function)


def what_if_options(
    *, metrics: bool | None, variants: str | None = "all", truths: str = "all"
) -> Callable[[F], F]:
    """What is asked of every cell of a what-if: --metric, and the settings that it takes.

    metrics: whether several may be named, as `metrics`; else one, as `metric`; None: no --metric. variants:
    those that are asked about if none is named, in words; None: one is set, the benchmark if none is named.
    truths: likewise, in words.
    """
    options = _settings() | {
        "variants": variant_option(many=True, unnamed=variants),
        "truths": truth_option(many=True, unnamed=truths),
    }
    for name in ("precision", "records"):
        del options[name]
    options["trials"] = click.option(
        "--trials", type=TRIALS, metavar="N", help="Trials of every cell that is played [default: 1000]."
    )
    if metrics is None:
        return lambda function: _with(options.values(), function)
    several = "; may be repeated" if metrics else ""
    metric = click.option(
        "--metric",
        "metrics" if metrics else "metric",
        multiple=True,
        callback=None if metrics else once,
        metavar="M",
        help=f"What is asked, such as n_enrolled (docs/results.md){several} [default: p_stop].",
    )
    return lambda function: _with([metric, *options.values()], function)


def kept_options(function: F) -> F:
    """--out, --force and --json of a run that is kept in a folder."""
    options = (
        click.option(
            "--out",
            type=FILE,
            metavar="DIR",
            help="Folder for the results [default: runs/SCENARIO-HASH].",
        ),
        click.option("--force", is_flag=True, help="Replace an earlier run in that folder."),
        click.option(
            "--json",
            "json_to",
            type=FILE,
            metavar="FILE|-",
            help="Also write results.json here; - for stdout, alone.",
        ),
    )
    return _with(options, function)


def only(what: str, asked: str | None, known: list[str]) -> str:
    """The one asked for, or the only one there is; an error that lists them otherwise."""
    if asked is None and len(known) == 1:
        return known[0]
    if asked is None:
        raise TrialstopError(f"which {what}? say --{what} with one of: {', '.join(known)}")
    if asked not in known:
        raise TrialstopError(f"no {what} {asked!r} in this scenario; it has: {', '.join(known)}")
    return asked
