"""Each rule of a scenario on a sheet of its own: formula, source, boundary table, exact characteristics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from numbers import Real
from os import PathLike
from typing import Any

from simulator.contracts import Rule
from simulator.errors import TrialstopError
from simulator.loading.load import scenario_of
from simulator.model.scenario import Scenario
from simulator.program.build import build
from simulator.program.tables import MonitorTable, Program
from simulator.reporting.boundaries import boundary_table, source_lines
from simulator.reporting.characteristics import characteristics
from simulator.reporting.text import heading, paragraph

__all__ = ["RATES", "RuleSheet", "boundaries"]

RATES = tuple(k / 20 for k in range(1, 15))  # 5 % to 70 %


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSheet:
    """One rule, and the variants that have it, equal in everything printed.

    text   : what `trialstop boundaries` prints of it; so does `print(sheet)`, under the variants' names
    program, number : a Program of the first variant, and which of its monitors the rule is
    """

    name: str
    variants: tuple[str, ...]
    rule: Rule
    text: str
    program: Program
    number: int

    @property
    def monitor(self) -> MonitorTable:
        """The rule as the engines read it; its `table` has the bounds."""
        return self.program.monitors[self.number]

    def __str__(self) -> str:
        """The sheet under its heading."""
        return "\n".join([*heading(", ".join(self.variants)), self.text])


def boundaries(
    scenario: Scenario | str | PathLike[str],
    *,
    variants: Sequence[str] = (),
    rates: Sequence[float] = RATES,
    joint: Sequence[tuple[float, float]] = (),
) -> list[RuleSheet]:
    """Every different rule of a scenario, or of its file; what several variants share comes once.

    variants : those whose rules are told; all if none is named
    rates    : true event rates, in [0, 1], for exact operating characteristics
    joint    : true (response, toxicity) rates for a rule with both endpoints, over their association;
               the rates of the rule's standards if left out

    TrialstopError for a file that cannot be read, a name that is not there, and a rate that is none.
    """
    scenario = scenario_of(scenario)
    scenario.named("variant", variants)
    _check(rates, joint)
    truth = next(iter(scenario.truths.values()))
    found: dict[str, RuleSheet] = {}
    for variant in variants or scenario.designs:
        amended = scenario.amended.get(variant, ())
        program = build(scenario.designs[variant], truth, amended=amended, variant=variant)
        for number in range(len(program.monitors)):
            text = "\n".join(_text(scenario, variant, program, number, rates, joint))
            sheet = found.get(text)
            if sheet is None:
                table = program.monitors[number]
                rule = scenario.designs[variant].monitoring[table.name].rule
                sheet = RuleSheet(
                    name=table.name, variants=(), rule=rule, text=text, program=program, number=number
                )
            found[text] = replace(sheet, variants=(*sheet.variants, variant))
    return list(found.values())


def _check(rates: Sequence[Any], joint: Sequence[Any]) -> None:
    for pair in joint:
        if not isinstance(pair, Sequence) or len(pair) != 2:
            raise TrialstopError(f"joint has {pair}, allowed pairs of true rates, (response, toxicity)")
    for rate in (*rates, *(rate for pair in joint for rate in pair)):
        if not isinstance(rate, Real) or not 0.0 <= float(rate) <= 1.0:
            raise TrialstopError(f"a true rate is {rate}, allowed from 0 to 1")


def _text(
    scenario: Scenario,
    variant: str,
    program: Program,
    number: int,
    rates: Sequence[float],
    joint: Sequence[tuple[float, float]],
) -> list[str]:
    table, design = program.monitors[number], scenario.designs[variant]
    monitor = design.monitoring[table.name]
    counted = (f"x counts {c.unit} with {c.event}" for c in monitor.counts.values())
    return [
        *paragraph(f"{table.name}: {monitor.rule.formula()}", 0, 2),
        *dict.fromkeys(counted),
        *source_lines(monitor.rule),
        "",
        *boundary_table(design, monitor),
        "",
        *characteristics(table, monitor.rule, program.max_treated, rates, joint),
    ]
