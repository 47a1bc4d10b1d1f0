"""`trialstop new`: a commented scenario to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from simulator.cli.say import say
from simulator.cli.usage import Word
from simulator.errors import QuantityError, TrialstopError
from simulator.units import parse_name

__all__ = ["TEMPLATES", "command"]

TEMPLATES = ("k_of_n", "three_plus_three", "two_endpoints", "phases", "two_arms", "board")
FOLDER = Path(__file__).with_name("templates")
STAND_IN = "my_trial"  # in a template, for the name


# Without type arguments, which older versions of click do not take.
class _NewName(click.ParamType):  # type: ignore[type-arg]
    """A name for a scenario, which its file will have."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """`lenalidomide`; `lenalidomide.yaml` is the same."""
        try:
            return parse_name(str(value).removesuffix(".yaml"))
        except QuantityError as error:
            hint = f"\n    hint: {error.hint}" if error.hint else ""
            self.fail(f"found {error.found}, allowed {error.allowed}{hint}", param, ctx)


@click.command("new", short_help="Write a commented scenario to begin with.")
@click.argument("name", metavar="NAME", type=_NewName())
@click.option(
    "--like",
    type=Word(TEMPLATES),
    default=TEMPLATES[0],
    show_default=True,
    help="The design to begin with: a count that stops, a 3+3, toxicity and response, "
    "several phases, two arms, or a board that weighs several rules.",
)
def command(name: str, like: str) -> None:
    """Write NAME.yaml into this folder: a small scenario with comments, which can be played as it is.

    Every number in it is an assumption that only holds a place. A file that is there already is
    left as it is.
    """
    text = (FOLDER / f"{like}.yaml").read_text(encoding="utf-8").replace(STAND_IN, name)
    file = f"{name}.yaml"
    try:
        with open(file, "x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise TrialstopError(
            f"{file}: is there already, and was left as it is\n    hint: take another name, or move it away"
        ) from None
    say(
        f"{file}: written, like {like}; every number in it is an assumption, to be replaced\n"
        f"next: trialstop check {file}    after every change\n"
        f"      trialstop explain {file}  the protocol in words\n"
        f"      trialstop run {file}      how often it stops, when and at what cost"
    )
