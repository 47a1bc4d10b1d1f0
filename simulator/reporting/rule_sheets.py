"""Each rule of a scenario on a sheet of its own: formula, source, boundary table, exact characteristics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from numbers import Real
from os import PathLike
from typing import Any

from simulator.contracts import Rule
from simulator.errors import TrialstopError
from simulator.exact.over_rates import without_textbook
from simulator.exact.patient import own_rate
from simulator.loading.load import scenario_of
from simulator.model.design import Design
from simulator.model.monitoring import Monitor
from simulator.model.scenario import Scenario
from simulator.program.build import build
from simulator.program.readable import read_at
from simulator.program.tables import MonitorTable, Program
from simulator.reporting.boundaries import boundary_table, particulars, source_lines
from simulator.reporting.characteristics import characteristics, looks_in_words
from simulator.reporting.text import heading, paragraph

__all__ = ["RATES", "RuleSheet", "boundaries"]

RATES = tuple(k / 20 for k in range(1, 15))  # 5 % to 70 %
SAME = 1e-9  # rates that are nearer are one


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSheet:
    """One rule, and the variants that have it, equal in everything printed.

    text   : what `trialstop boundaries` prints of it; so does `print(sheet)`, under the variants' names
    most   : the largest n that its looks may read
    program, number : a Program of the first variant, and which of its monitors the rule is
    """

    name: str
    variants: tuple[str, ...]
    rule: Rule
    text: str
    most: int
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
    groups: dict[object, list[_Use]] = {}
    for variant in variants or scenario.designs:
        for use in _uses(scenario, variant):
            groups.setdefault(use.printed, []).append(use)
    return [_sheet(uses, rates, joint) for uses in groups.values()]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """A rule of one variant. programs: the variant under each truth, by name."""

    variant: str
    rule: Rule
    head: tuple[str, ...]
    most: int
    programs: Mapping[str, Program]
    number: int

    @property
    def program(self) -> Program:
        return next(iter(self.programs.values()))

    @property
    def table(self) -> MonitorTable:
        return self.program.monitors[self.number]

    @property
    def printed(self) -> tuple[object, ...]:
        """All that the sheet depends on, truths' own rates apart."""
        table, most = self.table, self.program.max_treated
        return (self.head, most, without_textbook(table), looks_in_words(table, most))


def _uses(scenario: Scenario, variant: str) -> Iterator[_Use]:
    design, amended = scenario.designs[variant], scenario.amended.get(variant, ())
    programs = {
        name: build(design, truth, amended=amended, variant=variant, truth_name=name)
        for name, truth in scenario.truths.items()
    }
    for number, (name, monitor) in enumerate(design.monitoring.items()):
        read = read_at((design, *amended), monitor, scenario.truths.values())
        yield _Use(
            variant=variant,
            rule=monitor.rule,
            head=(name, *_head(design, name, monitor, read)),
            most=max((n[-1] for n in read if n), default=0),
            programs=programs,
            number=number,
        )


def _head(design: Design, name: str, monitor: Monitor, read: Sequence[Sequence[int]]) -> list[str]:
    """Formula, source and boundary table."""
    counted = (f"x counts {c.unit} with {c.event}" for c in monitor.counts.values())
    return [
        *paragraph(f"{name}: {monitor.rule.formula()}", 0, 2),
        *dict.fromkeys(counted),
        *particulars(design, monitor),
        *source_lines(monitor.rule),
        "",
        *boundary_table(design, monitor, read),
    ]


def _sheet(uses: Sequence[_Use], rates: Sequence[float], joint: Sequence[tuple[float, float]]) -> RuleSheet:
    first = uses[0]
    name, *head = first.head
    own = _own_rates(uses, rates)
    exact = characteristics(first.table, first.rule, first.program.max_treated, rates, joint, own)
    return RuleSheet(
        name=name,
        variants=tuple(use.variant for use in uses),
        rule=first.rule,
        text="\n".join([*head, "", *exact]),
        most=first.most,
        program=first.program,
        number=first.number,
    )


def _own_rates(uses: Sequence[_Use], rates: Sequence[float]) -> dict[str, dict[float, str]]:
    """Per endpoint the rate of each truth and who has it; in some variants only, these are named."""
    found: dict[str, dict[float, str]] = {}
    for i in uses[0].table.used:
        having: dict[float, dict[str, list[str]]] = {}
        for use in uses:
            for truth, program in use.programs.items():
                rate = own_rate(program, program.monitors[use.number].counters[i])
                if not isinstance(rate, str):
                    known = next((r for r in (*rates, *having) if isclose(r, rate, abs_tol=SAME)), rate)
                    having.setdefault(known, {}).setdefault(truth, []).append(use.variant)
        endpoint = uses[0].table.endpoints[i]
        found[endpoint] = {rate: _named(truths, len(uses)) for rate, truths in having.items()}
    return found


def _named(truths: Mapping[str, Sequence[str]], of: int) -> str:
    """`planned; in combination_only: steep, flat`: truths, and the variants where it is not all of them."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for truth, variants in truths.items():
        groups.setdefault(tuple(variants), []).append(truth)
    return "; ".join(
        ", ".join(names) if len(variants) == of else f"in {', '.join(variants)}: {', '.join(names)}"
        for variants, names in groups.items()
    )


def _check(rates: Sequence[Any], joint: Sequence[Any]) -> None:
    for pair in joint:
        if not isinstance(pair, Sequence) or len(pair) != 2:
            raise TrialstopError(f"joint has {pair}, allowed pairs of true rates, (response, toxicity)")
    for rate in (*rates, *(rate for pair in joint for rate in pair)):
        if not isinstance(rate, Real) or not 0.0 <= float(rate) <= 1.0:
            raise TrialstopError(f"a true rate is {rate}, allowed from 0 to 1")
