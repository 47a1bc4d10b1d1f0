"""Each rule of a scenario on a sheet of its own: formula, source, boundary table, exact characteristics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isclose
from os import PathLike

from simulator.contracts import BoardRule, ComparingRule, Rule
from simulator.errors import TrialstopError
from simulator.exact.pending import Enrolled, enrolled_at_stop
from simulator.loading.load import scenario_of
from simulator.model.design import Design
from simulator.model.monitoring import Monitor
from simulator.model.scenario import Scenario
from simulator.program.build import build
from simulator.program.monitors import plan_of
from simulator.program.patient import own_rate
from simulator.program.planned import in_arm
from simulator.program.readable import max_treated, read_at
from simulator.program.rule_tables import MonitorTable
from simulator.program.tables import Program
from simulator.program.textbook import read_by, without_textbook
from simulator.program.versions import RuleVersion, rules_of
from simulator.reporting.amendments import sheet_after
from simulator.reporting.arms import read_in_words
from simulator.reporting.asked import After, Asked, Here, Observed, asked_of, check_endpoints
from simulator.reporting.boards import BoardSheet, board_sheets
from simulator.reporting.boundaries import boundary_tables, sources
from simulator.reporting.characteristics import characteristics, looks_in_words
from simulator.reporting.comparing import COMMON_RATES, ComparingSheet, comparing_sheets
from simulator.reporting.listing import Sheet, Table, as_text
from simulator.reporting.on_the_way import enrolled_table
from simulator.units import format_days

__all__ = ["RATES", "RuleSheet", "boundaries"]

RATES = tuple(k / 20 for k in range(1, 15))  # 5 % to 70 %
SAME = 1e-9  # rates that are nearer are one


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSheet(Sheet):
    """One rule, and the variants that have it, equal in everything printed.

    head   : formula, what is counted, what it comes to under the plan, sources: a paragraph each
    tables : boundaries and exact characteristics, printed and as numbers
    most   : the largest n that its looks may read
    program, number : a Program of the first variant, with the patients whom it takes while the rule is in
                      force, and which of its monitors the rule is
    """

    rule: Rule
    most: int
    program: Program
    number: int

    @property
    def monitor(self) -> MonitorTable:
        """The rule as the engines read it; its `table` has the bounds."""
        return self.program.monitors[self.number]


def boundaries(
    scenario: Scenario | str | PathLike[str],
    *,
    variants: Sequence[str] = (),
    rates: Sequence[float] | None = None,
    joint: Sequence[tuple[float, float]] = (),
    here: Here = None,
    observed: Observed = None,
    after: After = None,
    of_truths: bool = True,
) -> list[RuleSheet | ComparingSheet | BoardSheet]:
    """Every different rule of a scenario, or of its file; what several variants share comes once.

    Those that compare two arms follow, then boards; of both nothing is told of a trial on its way, or after
    its stop.

    variants : those whose rules are told; all if none is named
    rates    : true event rates, in [0, 1], for exact operating characteristics; `RATES` if left out, of two
               arms with the same rate `COMMON_RATES`
    joint    : true (response, toxicity) rates for a rule with both endpoints, over their association;
               the rates of the rule's standards if left out. For one that compares, of its two arms
    here     : (events, patients) of a trial that goes on: the chances of a later stop are added
    observed : events after the first patient, the second, ...: whether they stop the trial
    after    : the rate of P-values: estimates in every state in which the trial can end are added

    of_truths: whether what the scenario's truths make of the rule, their rates and accrual, is told too

    Of the three before also a mapping by endpoint, where rules count several.
    TrialstopError for a file that cannot be read, a name that is not there, and a rate that is none.
    """
    scenario = scenario_of(scenario)
    scenario.named("variant", variants)
    asked = asked_of(RATES if rates is None else rates, joint, here, observed, after)
    of_arms = replace(asked, rates=COMMON_RATES) if rates is None else asked
    groups: dict[object, list[_Use]] = {}
    for variant in variants or scenario.designs:
        for use in _uses(scenario, variant):
            groups.setdefault(use.printed, []).append(use)
    found = [_sheet(uses, asked, of_truths=of_truths) for uses in groups.values()]
    known = dict.fromkeys(sheet.monitor.endpoints[i] for sheet in found for i in sheet.monitor.used)
    check_endpoints(asked, list(known))
    others: list[ComparingSheet | BoardSheet]
    others = [*comparing_sheets(scenario, variants, of_arms), *board_sheets(scenario, variants)]
    if others and not found and (asked.here or asked.observed or asked.after):
        two_arms = any(isinstance(sheet, ComparingSheet) for sheet in others)
        are = "compare two arms" if two_arms else "read other rules"
        raise TrialstopError(f"what is asked of a trial is of rules on one count, and these {are}")
    return [*found, *others]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """A rule of one variant. programs: the variant under each truth, by name."""

    variant: str
    rule: Rule
    head: tuple[str, ...]
    tables: tuple[Table, ...]
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
    def patients(self) -> int:
        """Patients whom the rule reads in a trial that does not stop; 0 where it reads accrual."""
        return read_by(self.program, self.table) if self.table.used else 0

    @property
    def printed(self) -> tuple[object, ...]:
        """All that the sheet depends on, truths' own rates apart."""
        table, most = self.table, self.patients
        return (
            self.table.name,
            self.head,
            *as_text(self.tables),
            most,
            without_textbook(table),
            looks_in_words(table, most) if table.used else "",
        )


def _uses(scenario: Scenario, variant: str) -> Iterator[_Use]:
    design, amended = scenario.designs[variant], scenario.amended.get(variant, ())
    programs = {
        name: build(design, truth, amended=amended, variant=variant, truth_name=name)
        for name, truth in scenario.truths.items()
    }
    for number, (name, rule) in enumerate(rules_of(design, amended).items()):
        monitor, of = rule.monitor, rule.design
        if isinstance(monitor.rule, ComparingRule | BoardRule):
            continue
        limited = {truth: program.limited(rule.since) for truth, program in programs.items()}
        read: Sequence[Sequence[int]] = ()
        if monitor.entries is None:
            read = read_at((of, *amended), monitor, scenario.truths.values())
        yield _Use(
            variant=variant,
            rule=monitor.rule,
            head=_head(name, rule, next(iter(limited.values())), number),
            tables=tuple(_bounds(of, monitor, read)),
            most=max((n[-1] for n in read if n), default=0),
            programs=limited,
            number=number,
        )


def _head(name: str, rule: RuleVersion, program: Program, number: int) -> tuple[str, ...]:
    """Formula, of which amendment, what is counted and of whom, what it comes to under the plan, sources."""
    design, monitor = rule.design, rule.monitor
    counted = dict.fromkeys(f"x counts {c.unit} with {c.event}" for c in monitor.counts.values())
    table = program.monitors[number]
    told: tuple[str, ...] = ()  # of accrual there is a table
    if table.used:
        counted |= dict.fromkeys(read_in_words(program, table.counters[table.used[0]]))
        told = monitor.rule.particulars(plan_of(design, monitor, max_treated(design)))
    if table.hold is not None:
        told = (*told, f"{name} holds accrual: what is calculated goes up to the first time that it fires")
    begin = (f"{name}: {monitor.rule.formula()}", *sheet_after(name, rule))
    return (*begin, *counted, *told, *sources(monitor.rule))


def _bounds(design: Design, monitor: Monitor, read: Sequence[Sequence[int]]) -> list[Table]:
    """Counts that give an outcome at each n; of accrual the most entries that stop, at each planned look."""
    rule = monitor.entries
    if rule is None:
        return boundary_tables(design, monitor, read)
    days = plan_of(design, monitor, max_treated(design)).days
    most = [rule.most_at(min(day, rule.horizon)) for day in days]  # after it the number stays
    rows = [
        [format_days(day), "never" if bound is None else f"{bound} or fewer"]
        for day, bound in zip(days, most, strict=True)
    ]
    records = [{"day": day, "bound": bound} for day, bound in zip(days, most, strict=True)]
    return [Table(name="boundary", head=[["look", "entered, stop at"]], rows=rows, records=records)]


def _sheet(uses: Sequence[_Use], asked: Asked, *, of_truths: bool) -> RuleSheet:
    first = uses[0]
    own = _own_rates(uses, asked.rates) if of_truths else None
    exact = characteristics(first.table, first.rule, first.patients, asked, own)
    return RuleSheet(
        name=first.table.name,
        variants=tuple(use.variant for use in uses),
        rule=first.rule,
        head=first.head,
        tables=(*first.tables, *exact, *(_enrolled(uses) if of_truths else ())),
        most=first.most,
        program=first.program,
        number=first.number,
    )


def _enrolled(uses: Sequence[_Use]) -> Iterator[Table]:
    """Enrolled beside assessed at the stop under each truth whose accrual has it."""
    having: dict[Enrolled, dict[str, list[str]]] = {}
    for use in uses:
        for truth, program in use.programs.items():
            table = program.monitors[use.number]
            found = None if table.since else enrolled_at_stop(program, table)
            if isinstance(found, Enrolled):
                having.setdefault(found, {}).setdefault(truth, []).append(use.variant)
    if having:
        yield enrolled_table({found: _named(truths, len(uses)) for found, truths in having.items()})


def _own_rates(uses: Sequence[_Use], rates: Sequence[float]) -> dict[str, dict[float, str]]:
    """Per endpoint the rate of each truth and who has it; in some variants only, these are named."""
    found: dict[str, dict[float, str]] = {}
    for i in uses[0].table.used:
        having: dict[float, dict[str, list[str]]] = {}
        for use in uses:
            for truth, program in use.programs.items():
                rate = _own_rate(program, program.monitors[use.number], i)
                if not isinstance(rate, str):
                    known = next((r for r in (*rates, *having) if isclose(r, rate, abs_tol=SAME)), rate)
                    having.setdefault(known, {}).setdefault(truth, []).append(use.variant)
        endpoint = uses[0].table.endpoints[i]
        found[endpoint] = {rate: _named(truths, len(uses)) for rate, truths in having.items()}
    return found


def _own_rate(program: Program, table: MonitorTable, endpoint: int) -> float | str:
    """The rate of the patients whom a rule reads, if they all have one course."""
    counter = table.counters[endpoint]
    courses = {program.entries[v] for v in range(counter.since, min(table.before, len(program.entries)))}
    if len(courses) > 1 or (counter.since and program.arms is not None):
        return "who enters later is on another course"
    whose = in_arm(program, 0, counter.since) if counter.since else program
    return own_rate(whose, counter)


def _named(truths: Mapping[str, Sequence[str]], of: int) -> str:
    """`planned; in combination_only: steep, flat`: truths, and the variants where it is not all of them."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for truth, variants in truths.items():
        groups.setdefault(tuple(variants), []).append(truth)
    return "; ".join(
        ", ".join(names) if len(variants) == of else f"in {', '.join(variants)}: {', '.join(names)}"
        for variants, names in groups.items()
    )
