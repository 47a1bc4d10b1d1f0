"""Rules on one count told together: any, each first alone, several at one look, and each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike

from simulator.exact.together import Together, together
from simulator.loading.load import scenario_of
from simulator.model.scenario import Scenario
from simulator.program.build import build
from simulator.program.tables import Program
from simulator.reporting.arms import read_in_words
from simulator.reporting.asked import asked_of
from simulator.reporting.boundaries import bound_text
from simulator.reporting.listing import Sheet, Table, Value, each_once, note
from simulator.reporting.rule_sheets import RATES
from simulator.units import format_probability, format_share

__all__ = ["TogetherSheet", "rules_together"]

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class TogetherSheet(Sheet):
    """Outcomes on one count that end a trial, and the variants that have them, equal in everything printed.

    names  : `RULE: OUTCOME` of each; name: all of them
    head   : which they are, a paragraph each
    tables : bounds, characteristics and the level of each by itself, printed and as numbers
    """

    names: tuple[str, ...]

    @property
    def title(self) -> str:
        """What it stands under."""
        return f"{', '.join(self.variants)}: rules on one count"


def rules_together(
    scenario: Scenario | str | PathLike[str],
    *,
    variants: Sequence[str] = (),
    rates: Sequence[float] = RATES,
) -> list[TogetherSheet]:
    """Every count of a scenario, or of its file, on which several outcomes end the trial.

    variants : those whose rules are told; all if none is named
    rates    : true event rates, in [0, 1]

    TrialstopError as of `boundaries`.
    """
    scenario = scenario_of(scenario)
    scenario.named("variant", variants)
    asked_of(rates, ())
    sheets: list[TogetherSheet] = []
    for variant in variants or scenario.designs:
        truth_name, truth = next(iter(scenario.truths.items()))
        amended = scenario.amended.get(variant, ())
        program = build(
            scenario.designs[variant], truth, amended=amended, variant=variant, truth_name=truth_name
        )
        for found in together(program):
            sheet = TogetherSheet(
                name=", ".join(found.names),
                names=found.names,
                variants=(variant,),
                head=_head(program, found),
                tables=_tables(found, rates),
            )
            sheets.append(sheet)
    return each_once(sheets)


def _head(program: Program, found: Together) -> tuple[str, ...]:
    letters = (f"{letter}: {name}" for letter, name in zip(_letters(found), found.names, strict=True))
    counted = f"x counts patients with {program.events[found.counter.event].name}"
    return (counted, *read_in_words(program, found.counter), *letters)


def _letters(found: Together) -> list[str]:
    """a, b, ... z, aa, bb, ..."""
    return [LETTERS[i % len(LETTERS)] * (1 + i // len(LETTERS)) for i in range(len(found.names))]


def _tables(found: Together, rates: Sequence[float]) -> tuple[Table, ...]:
    letters = _letters(found)
    try:
        course, alone = found.course(), [found.course(i).any(rates) for i in range(len(letters))]
    except ValueError as error:
        return _bounds(found), note("together", f"No exact operating characteristics together: {error}.")
    any_, first, joint, patients = (
        of(rates) for of in (course.any, course.alone, course.joint, course.expected_n)
    )
    rows, own, records = [], [], []
    for k, rate in enumerate(rates):
        at, firsts, itself = format_probability(rate), first[:, k].tolist(), [float(p[k]) for p in alone]
        rows.append([at, *map(_share, (any_[k], *firsts, joint[k])), f"{patients[k]:.4f}"])
        own.append([at, *map(_share, (any_[k], *itself))])
        record: dict[str, Value] = {"rate": rate, "p_stop": float(any_[k]), "p_joint": float(joint[k])}
        for name, p_first, p_itself in zip(found.names, firsts, itself, strict=True):
            record |= {f"p_first_alone.{name}": p_first, f"p_by_itself.{name}": p_itself}
        records.append({**record, "expected_n": float(patients[k])})
    first_head = ["true rate", "any", *(f"{letter} alone" for letter in letters), "joint", "E[n]"]
    own_head = ["true rate", "any", *(f"{letter} by itself" for letter in letters)]
    return (
        _bounds(found),
        Table(name="together", about=[ABOUT], head=[first_head], rows=rows, records=records),
        Table(name="by_itself", about=[BY_ITSELF], head=[own_head], rows=own),
    )


ABOUT = (
    "Exact operating characteristics together, patients alike, each assessed before the next look. Which is "
    "the first to hold: one alone, or several jointly at the look that stops:"
)
BY_ITSELF = "P(stop) of all beside that of each as if there were no other:"


def _bounds(found: Together) -> Table:
    """One table of all bounds, runs of n with the same ones in one row."""
    bounds, runs = found.bounds, list[tuple[int, int, tuple[int | None, ...]]]()
    for n in found.looks:
        there = tuple(bound.at.get(n) for bound in bounds)
        if runs and runs[-1][1:] == (n - 1, there):
            runs[-1] = (runs[-1][0], n, there)
        else:
            runs.append((n, n, there))
    rows, records = [], []
    for first, last, there in runs:
        texts = [_text(limit, bound.direction, last) for limit, bound in zip(there, bounds, strict=True)]
        rows.append([f"{first}" if first == last else f"{first}-{last}", *texts])
        named = {f"bound.{name}": limit for name, limit in zip(found.names, there, strict=True)}
        records.append({"n_from": first, "n_to": last, **named})
    return Table(name="bounds_together", head=[["n", *_letters(found)]], rows=rows, records=records)


def _text(bound: int | None, direction: str, n: int) -> str:
    many = direction == "at_least"
    return bound_text(None if many and bound is not None and bound > n else bound, many)


def _share(p: float) -> str:
    return format_share(float(p), 6, whole=1.0)
