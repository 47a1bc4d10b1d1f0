"""A rule that compares two arms on a sheet of its own: formula, least counts, exact characteristics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from simulator.contracts import ComparingRule, Plan, ShareTable, TwoArmTable
from simulator.errors import TrialstopError
from simulator.exact.two_arms import fixed_looks
from simulator.loading.comparing import comparing_alone, is_comparing
from simulator.model.monitoring import Monitor
from simulator.model.scenario import Scenario
from simulator.program.build import build
from simulator.program.rule_tables import MonitorTable
from simulator.program.tables import Program
from simulator.program.textbook import in_both
from simulator.program.versions import rules_of
from simulator.reporting.amendments import sheet_after
from simulator.reporting.arms import as_allocated_at
from simulator.reporting.asked import Asked, asked_of
from simulator.reporting.boundaries import sources
from simulator.reporting.listing import Sheet, Table, Value, each_once, note
from simulator.reporting.shares import share_tables
from simulator.stats.two_arm import Largest, Pair, TwoArmEnds, two_arm_ends
from simulator.units import format_probability, format_share

__all__ = ["COMMON_RATES", "ComparingSheet", "comparing_rule", "comparing_sheets", "two_arm_tables"]

LEAST = "Least events in the first arm that stop, by events in the second (-: no number does):"
SOME_SIZES = (
    "Looks read as many patients of each arm as there are by then. Least events in the first arm that stop, "
    "by events in the second (-: no number does), at some sizes of both:"
)
ALONE = "two_arms"  # what stands in the place of a variant
COMMON_RATES = tuple(k / 20 for k in range(21))  # 0 to 100 %
LOOKS_BESIDE = 12  # in one table of least counts
LOOKS_TOLD = 24  # looks that are told alone and with those before
STOPS_BESIDE = 6  # looks whose P(stop) stand in a table for people; files have all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparingSheet(Sheet):
    """A rule that compares two arms.

    head   : formula, what the rule comes to, sources: a paragraph each
    tables : least counts and exact characteristics, printed and as numbers
    ends   : the exact course at any rates; None where patients of an arm at a look are left to chance
    program, number : a Program of the first variant, and which of its monitors the rule is; None, 0 alone
    """

    rule: ComparingRule
    ends: TwoArmEnds | None
    program: Program | None = None
    number: int = 0


def comparing_rule(
    kind: str,
    max_n: int | None = None,
    looks: str | None = None,
    sets: Sequence[str] = (),
    *,
    rates: Sequence[float] = COMMON_RATES,
    joint: Sequence[tuple[float, float]] = (),
) -> ComparingSheet:
    """A rule that compares two arms, alone: patients alike within an arm, each assessed before the next look.

    max_n : patients of each arm; those of the last look if left out
    looks : `every 5`, `5, 10 ... 20` of each arm, `8/9, 16/18` of both; after every patient if left out
    sets  : "KEY=VALUE" of the rule's keys
    rates : true rates that both arms have; joint : (first, second) true rates, in [0, 1]
    TrialstopError, with every problem, for what is none of these.
    """
    if not is_comparing(kind):
        raise TrialstopError(f"{kind} is no rule that compares two arms; `rule_alone` has the others")
    asked = asked_of(rates, joint)
    alone = comparing_alone(kind, max_n, looks, sets)
    table = alone.rule.lower(alone.plan)
    if isinstance(table, ShareTable):
        return _by_time(kind, alone.rule, table, alone.plan, sum(alone.most))
    shown = _shown(alone.rule, table, alone.plan, alone.looks)
    ends = two_arm_ends(alone.looks, shown.rows, alone.most)
    return ComparingSheet(
        name=kind,
        variants=(ALONE,),
        rule=alone.rule,
        head=shown.head(kind),
        tables=(*shown.least(LEAST), *two_arm_tables(ends, shown.rows, asked.rates, asked.joint)),
        ends=ends,
    )


def comparing_sheets(scenario: Scenario, variants: Sequence[str], asked: Asked) -> list[ComparingSheet]:
    """Every different rule of a scenario that compares two arms; what several variants share comes once."""
    found: list[ComparingSheet] = []
    truth_name, truth = next(iter(scenario.truths.items()))
    for variant in variants or scenario.designs:
        design, amended = scenario.designs[variant], scenario.amended.get(variant, ())
        rules = rules_of(design, amended)
        if not any(isinstance(rule.monitor.rule, ComparingRule) for rule in rules.values()):
            continue
        program = build(design, truth, amended=amended, variant=variant, truth_name=truth_name)
        for number, (table, rule) in enumerate(zip(program.monitors, rules.values(), strict=True)):
            if table.versus is not None:
                limited = program.limited(table.since)
                sheet = _of_file(limited, table, rule.monitor, asked)
                head = (sheet.head[0], *sheet_after(table.name, rule), *sheet.head[1:])
                found.append(replace(sheet, variants=(variant,), head=head, program=limited, number=number))
    return each_once(found)


def _of_file(program: Program, table: MonitorTable, monitor: Monitor, asked: Asked) -> ComparingSheet:
    """A rule as a scenario has it: at its looks where these are known, else at some sizes of the arms."""
    rule, versus = monitor.rule, table.versus
    assert isinstance(rule, ComparingRule)
    assert isinstance(versus, TwoArmTable | ShareTable)
    counted = next(iter(monitor.counts.values()))
    first, second = monitor.compare or rule.endpoints
    unit = (
        f"x1 counts {counted.unit} of {first} with {counted.event}, x2 of {second}; "
        f"population: {monitor.population}"
    )
    if isinstance(versus, ShareTable):
        return _by_time(table.name, rule, versus, table.plan, program.max_treated, unit)
    fixed = fixed_looks(program, table)
    if isinstance(fixed, str):
        shown = _shown(rule, versus, table.plan, _sizes(program, table))
        last: list[Table] = [note("common", f"No exact P(stop): {fixed}.")]
        ends, about = None, SOME_SIZES
    else:
        shown = _shown(rule, versus, table.plan, [(n, n) for n in fixed])
        ends, about = two_arm_ends(shown.looks, shown.rows), LEAST
        last = [*two_arm_tables(ends, shown.rows, asked.rates, asked.joint)]
    return ComparingSheet(
        name=table.name,
        variants=(),
        rule=rule,
        head=shown.head(table.name, unit),
        tables=(*shown.least(about), *last),
        ends=ends,
    )


def _by_time(
    name: str, rule: ComparingRule, table: ShareTable, plan: Plan, most: int, *more: str
) -> ComparingSheet:
    """A rule by person-time, whose bounds are of up to so many events."""
    return ComparingSheet(
        name=name,
        variants=(ALONE,),
        rule=rule,
        head=(f"{name}: {rule.formula()}", *more, *rule.particulars(plan), *sources(rule)),
        tables=tuple(share_tables(table, most)),
        ends=None,
    )


def _sizes(program: Program, table: MonitorTable) -> list[Pair]:
    """Sizes of both arms as allocated, at tenths of their patients."""
    both = in_both(program, table)
    return as_allocated_at(((both * k + 9) // 10 for k in range(1, 11)), table.plan.share)


# ---------------------------------------------------------------- least counts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A rule at looks (n1, n2): per look the least counts, as records too, and what it has to say."""

    rule: ComparingRule
    plan: Plan
    looks: tuple[Pair, ...]
    rows: tuple[Sequence[int], ...]
    records: tuple[Sequence[dict[str, Value]], ...]
    remarks: tuple[str, ...]

    def head(self, name: str, *more: str) -> tuple[str, ...]:
        """Formula, what else is told of it, what it comes to, sources."""
        told = self.rule.particulars(replace(self.plan, looks=None))
        return (f"{name}: {self.rule.formula()}", *more, *told, *self.remarks, *sources(self.rule))

    def least(self, about: str) -> Iterator[Table]:
        """Least counts, looks side by side, so many in a table; of a single one the evidence too."""
        for start in range(0, len(self.looks), LOOKS_BESIDE):
            beside = slice(start, start + LOOKS_BESIDE)
            pairs = [*zip(self.looks[beside], self.rows[beside], strict=True)]
            records = [record for of_look in self.records[beside] for record in of_look]
            head, cells = self._cells(pairs, records)
            yield Table(name="boundary", about=[about] * (not start), head=head, rows=cells, records=records)

    def _cells(
        self, pairs: Sequence[tuple[Pair, Sequence[int]]], records: Sequence[dict[str, Value]]
    ) -> tuple[list[list[str]], list[list[str]]]:
        """Head and rows for people, up to the last events in the second arm with which something stops."""
        stops = [x2 for (n1, _), row in pairs for x2, least in enumerate(row) if least <= n1]
        head = [
            ["events in the", *("" for _ in pairs)],
            ["second arm", *(f"{n1} v {n2}" for (n1, n2), _ in pairs)],
        ]
        cells = [
            [str(x2), *(_cell(n1, row, x2) for (n1, _), row in pairs)]
            for x2 in range(max(stops, default=0) + 1)
        ]
        if len(self.looks) == 1 and (word := self.rule.evidence_named):
            head = [[*head[0], word, "one"], [*head[1], "there", "short of it"]]
            for row, record in zip(cells, records, strict=False):
                row += [_number(record[f"{word}_{side}"], word) for side in ("at_the_bound", "one_short")]
        return head, cells


def _shown(rule: ComparingRule, table: TwoArmTable, plan: Plan, looks: Sequence[Pair]) -> _Shown:
    """Look by look, since a rule keeps the numbers of a few pairs only."""
    rows, records = [], []
    remarks: list[str] = []
    for look in looks:
        rows.append(table.row(*look))
        records.append([*_entries(rule, plan, look, rows[-1])])
        remarks += rule.remarks([look], plan)
    return _Shown(
        rule=rule,
        plan=plan,
        looks=tuple(looks),
        rows=tuple(rows),
        records=tuple(records),
        remarks=tuple(remarks),
    )


def _entries(rule: ComparingRule, plan: Plan, look: Pair, row: Sequence[int]) -> Iterator[dict[str, Value]]:
    n1, n2 = look
    for x2, least in enumerate(row):
        there = least if least <= n1 else None
        record: dict[str, Value] = {"n1": n1, "n2": n2, "events_second": x2, "least_first": there}
        if word := rule.evidence_named:
            for side, x1 in (("at_the_bound", there), ("one_short", there - 1 if there else None)):
                value = None if x1 is None else rule.evidence_two(n1, x1, n2, x2, plan)
                record[f"{word}_{side}"] = value
        yield record


def _cell(n1: int, row: Sequence[int], x2: int) -> str:
    if x2 >= len(row):
        return ""
    return str(row[x2]) if row[x2] <= n1 else "-"


def _number(value: Value, word: str) -> str:
    if not isinstance(value, float):
        return "-"
    return f"{value:.4f}" if word == "statistic" else format_share(value, 4, 1.0)


# ---------------------------------------------------------------- exact characteristics


def two_arm_tables(
    ends: TwoArmEnds,
    rows: Sequence[Sequence[int]],
    rates: Sequence[float],
    pairs: Sequence[tuple[float, float]],
) -> Iterator[Table]:
    """Over a common rate, its largest P(stop), each look alone and with those before, rates that differ.

    ends : of looks with these rows
    """
    last = two_arm_ends(ends.looks[-1:], rows[-1:])
    yield _common(ends, last, rates)
    yield _largest(ends, last)
    if 1 < len(ends.looks) <= LOOKS_TOLD:
        yield _by_look(ends, rows)
    if pairs:
        yield _at_pairs(ends, pairs)


def _common(ends: TwoArmEnds, last: TwoArmEnds, rates: Sequence[float]) -> Table:
    """Both arms with the same rate."""
    cells, records, several = [], [], len(ends.looks) > 1
    for rate, alone in zip(rates, last.p_stop(rates).tolist(), strict=True):
        course = ends.at(rate, rate)
        shares = [course.p_stop, course.p_stop_before_last, alone]
        shown = shares if several else shares[:1]
        cells.append([format_probability(rate), *map(_share, shown), f"{course.expected_n:.4f}"])
        names = ("p_stop", "p_stop_before_last_look", "p_stop_last_look_alone")
        records.append(
            {"rate": rate, **dict(zip(names, shares, strict=True)), "expected_n": course.expected_n}
        )
    alike = "patients of an arm alike, each assessed before the next look"
    about = f"Exact P(stop) where both arms have the same true rate, {alike}."
    head = [["", "", "E[n of"], ["true rate", "P(stop)", "both arms]"]]
    if several:
        about += " Several looks are not the level of one."
        head[0][2:2], head[1][2:2] = ["before the", "the last"], ["last look", "look alone"]
    return Table(name="common", about=[about], head=head, rows=cells, records=records)


def _largest(ends: TwoArmEnds, last: TwoArmEnds) -> Table:
    """The false-stop rate that a protocol may claim."""
    whole, alone = ends.largest(), last.largest()
    text = f"The largest P(stop) at a common rate, 0 to 100%, is {_told(whole)}"
    if len(ends.looks) > 1:
        text += f"; with the last look alone it is {_told(alone)}"
    return note(
        "largest",
        f"{text}. The first is the false-stop rate that a protocol may claim."
        if len(ends.looks) > 1
        else f"{text}: the false-stop rate that a protocol may claim.",
        p_stop=whole.p_stop,
        rate=whole.rate,
        p_stop_last_look_alone=alone.p_stop,
        rate_last_look_alone=alone.rate,
    )


def _told(largest: Largest) -> str:
    return f"{_share(largest.p_stop)}, at {format_probability(largest.rate)}"


def _by_look(ends: TwoArmEnds, rows: Sequence[Sequence[int]]) -> Table:
    """The level of each look alone, beside that of all up to it."""
    cells, records = [], []
    for k, (n1, n2) in enumerate(ends.looks):
        alone = two_arm_ends(ends.looks[k : k + 1], rows[k : k + 1]).largest()
        together = two_arm_ends(ends.looks[: k + 1], rows[: k + 1]).largest()
        values = (alone.p_stop, alone.rate, together.p_stop, together.rate)
        shown = [form(value) for form, value in zip((_share, format_probability) * 2, values, strict=True)]
        cells.append([f"{n1} v {n2}", *shown])
        names = ("p_stop_alone", "rate_alone", "p_stop_up_to_it", "rate_up_to_it")
        records.append({"n1": n1, "n2": n2, **dict(zip(names, values, strict=True))})
    head = [
        ["largest P(stop)", "this look", "at a true", "looks up", "at a true"],
        ["at a common rate", "alone", "rate of", "to it", "rate of"],
    ]
    return Table(name="by_look", head=head, rows=cells, records=records)


def _at_pairs(ends: TwoArmEnds, pairs: Sequence[tuple[float, float]]) -> Table:
    """True rates of the first and the second arm."""
    looks = ends.looks if len(ends.looks) <= STOPS_BESIDE else ()
    cells, records = [], []
    for p1, p2 in pairs:
        course = ends.at(p1, p2)
        patients = (course.expected_n1, course.expected_n2, course.expected_n)
        by_look = [_share(p) for p in course.stop_at] if looks else []
        cells.append(
            [
                f"{format_probability(p1)} v {format_probability(p2)}",
                _share(course.p_stop),
                *by_look,
                *(f"{n:.4f}" for n in patients),
            ]
        )
        stops = {f"p_stop_at_{n1}_{n2}": p for (n1, n2), p in zip(ends.looks, course.stop_at, strict=True)}
        names = ("expected_n1", "expected_n2", "expected_n")
        counts = dict(zip(names, patients, strict=True))
        records.append({"rate_first": p1, "rate_second": p2, "p_stop": course.p_stop, **stops, **counts})
    head = [
        ["true rates,", "", *("of it at" for _ in looks), "E[n of", "E[n of", "E[n of"],
        ["first v second", "P(stop)", *(f"{a} v {b}" for a, b in looks), "first]", "second]", "both]"],
    ]
    return Table(name="differing", head=head, rows=cells, records=records)


def _share(p: float) -> str:
    return format_share(p, 6, whole=1.0)
