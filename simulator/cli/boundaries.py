"""`trialstop boundaries`: each rule as the table a protocol prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from simulator.cli.options import FILE, only, set_option, variant_option
from simulator.errors import TrialstopError

if TYPE_CHECKING:
    from simulator.model.scenario import Scenario

__all__ = ["command", "parse_rates"]


@click.command("boundaries", short_help="Print each rule's boundary table.")
@click.argument("file", metavar="FILE", type=FILE)
@variant_option(many=True)
@click.option(
    "--rate",
    "rates",
    metavar="A:B:N|R,R,...",
    help="True event rates for exact operating characteristics: N from A to B, or a list.",
)
@set_option
def command(file: str, variants: tuple[str, ...], rates: str | None, sets: tuple[str, ...]) -> None:
    """Print every rule of FILE, collapsed over n and ready for a protocol, with formula and source.

    For posterior rules the posterior at the bound and one event short of it is shown. Rules that
    several variants share are printed once.
    """
    from simulator.loading.load import load

    wanted = parse_rates(rates) if rates else ()
    scenario = load(file, sets)
    for variant in variants:
        only("variant", variant, list(scenario.designs))
    shown = list(variants) or list(scenario.designs)
    click.echo("\n".join(_tables(scenario, shown)))
    if wanted:
        _operating_characteristics(wanted)


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


def _tables(scenario: Scenario, variants: list[str]) -> list[str]:
    """Each different rule once, under the names of the variants that have it."""
    from simulator.reporting.boundaries import boundary_table, source_lines
    from simulator.reporting.text import heading, paragraph

    users: dict[str, list[str]] = {}
    bodies: dict[str, list[str]] = {}
    for variant in variants:
        design = scenario.designs[variant]
        for name, monitor in design.monitoring.items():
            counted = (f"x counts {c.unit} with {c.event}" for c in monitor.counts.values())
            lines = [
                *paragraph(f"{name}: {monitor.rule.formula()}", 0, 2),
                *dict.fromkeys(counted),
                *source_lines(monitor.rule),
                "",
                *boundary_table(design, monitor),
            ]
            key = "\n".join(lines)
            users.setdefault(key, []).append(variant)
            bodies[key] = lines
    out: list[str] = []
    for key, names in users.items():
        out += [*heading(", ".join(dict.fromkeys(names))), *bodies[key], ""]
    return out[:-1] if out else ["this scenario has no rule"]


def _operating_characteristics(rates: tuple[float, ...]) -> None:
    """The place for exact P(stop), E[n] and E[events] at each rate, patients taken one by one."""
    raise TrialstopError(
        f"exact operating characteristics at {len(rates)} rates are not built yet; "
        "the tables above are complete"
    )
