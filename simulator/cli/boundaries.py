"""`trialstop boundaries`: each rule as the table a protocol prints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.cli.options import FILE, set_option, variant_option
from simulator.cli.say import say
from simulator.errors import TrialstopError

if TYPE_CHECKING:
    from simulator.model.scenario import Scenario
    from simulator.reporting.rule_sheets import RuleSheet

__all__ = ["command", "parse_pair", "parse_rates"]


@click.command(
    "boundaries", short_help="Print each rule's boundary table and exact operating characteristics."
)
@click.argument("file", metavar="FILE", type=FILE)
@variant_option(many=True)
@click.option(
    "--rate",
    "rates",
    default="5%:70%:14",
    show_default=True,
    metavar="A:B:N|R,R,...",
    help="True event rates for exact operating characteristics: N from A to B, or a list.",
)
@click.option(
    "--joint",
    "pairs",
    multiple=True,
    metavar="RESPONSE,TOXICITY",
    help="True rates for a rule with both endpoints, over their association; may be repeated "
    "[default: the rates of the rule's standards].",
)
@click.option("--out", type=FILE, metavar="DIR", help="Also draw boundary and curves into this folder.")
@set_option
def command(
    file: str,
    variants: tuple[str, ...],
    rates: str,
    pairs: tuple[str, ...],
    out: str | None,
    sets: tuple[str, ...],
) -> None:
    """Print every rule of FILE, collapsed over n and ready for a protocol, with formula and source.

    For posterior rules the posterior at the bound and one event short of it is shown; then the
    exact operating characteristics over true rates, patients being alike and each assessed before
    the next look. Rules that several variants share are printed once.
    """
    wanted, joint = parse_rates(rates), [parse_pair(pair) for pair in pairs]

    from simulator.loading.load import load
    from simulator.reporting.rule_sheets import boundaries

    scenario = load(file, sets)
    found = boundaries(scenario, variants=variants, rates=wanted, joint=joint)
    say("\n\n".join(map(str, found)) or _no_rule(scenario, file))
    if out is not None and found:
        _draw(Path(out), found, wanted)


def _no_rule(scenario: Scenario, file: str) -> str:
    if all(design.dose_finding is None for design in scenario.designs.values()):
        return "this scenario has no rule"
    return f"this scenario has no stopping rule; what its dose finding decides: trialstop explain {file}"


def parse_pair(text: str) -> tuple[float, float]:
    """`20%,30%` -> true response rate, true toxicity rate."""
    try:
        response, toxicity = parse_rates(text) if ":" not in text else ()
    except (TrialstopError, ValueError):
        raise TrialstopError(f"--joint {text}: allowed RESPONSE,TOXICITY such as 20%,30%") from None
    return response, toxicity


def parse_rates(text: str) -> tuple[float, ...]:
    """`0.1:0.5:5` -> five rates from 0.1 to 0.5; `10%,20%` -> two."""
    from simulator.errors import QuantityError
    from simulator.units import parse_probability

    allowed = f"--rate {text}: allowed A:B:N such as 0.1:0.5:9, or rates such as 0.1,0.2"
    try:
        if ":" not in text:
            return tuple(parse_probability(part) for part in text.split(","))
        low, high, count = text.split(":")
        first, last, steps = parse_probability(low), parse_probability(high), int(count)
    except (QuantityError, ValueError):
        raise TrialstopError(allowed) from None
    if steps < 2:
        raise TrialstopError(f"{allowed}, N from 2")
    return tuple(first + (last - first) * k / (steps - 1) for k in range(steps))


def _draw(folder: Path, found: list[RuleSheet], rates: tuple[float, ...]) -> None:
    """One pair of figures per different rule."""
    from simulator.reporting.figures import draw_rule

    if folder.exists() and not folder.is_dir():
        raise TrialstopError(f"--out {folder} is a file, allowed a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for sheet in found:
            for path in draw_rule(
                folder, sheet.variants, sheet.program, sheet.number, sheet.rule.formula(), rates, sheet.most
            ):
                say(f"{path}", err=True)
    except OSError as error:
        raise TrialstopError(f"--out {folder}: {error.strerror}") from None
