"""`trialstop boundaries`: each rule, and the decisions of dose finding, as the table a protocol prints."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from simulator.cli.options import FILE, set_option, variant_option
from simulator.cli.say import say
from simulator.cli.usage import Whole
from simulator.errors import TrialstopError
from simulator.limits import MOST_PATIENTS

if TYPE_CHECKING:
    from simulator.model.scenario import Scenario
    from simulator.reporting.boards import BoardSheet
    from simulator.reporting.comparing import ComparingSheet
    from simulator.reporting.decision_maps import DecisionMap
    from simulator.reporting.rule_sheets import RuleSheet

__all__ = ["command", "parse_pair", "parse_rates"]

T = TypeVar("T")
WHOLE = re.compile(r" *[0-9]{1,9} *")


@click.command(
    "boundaries", short_help="Print each rule's boundary table and exact operating characteristics."
)
@click.argument("file", metavar="[FILE]", type=FILE, required=False)
@click.option(
    "--rule", "kind", metavar="KIND", help="A rule alone, without a FILE; --set KEY=VALUE gives its keys."
)
@click.option(
    "--max-n",
    type=Whole(1, MOST_PATIENTS),
    metavar="N",
    help="Patients of the trial, with --rule; of each arm where it compares two.",
)
@click.option(
    "--looks",
    metavar="LOOKS",
    help="Patients at each look, with --rule: `every 5`, `5, 10, 20` or `5, 10 ... 45`; of two arms also "
    "`8/9, 16/18` [default: every 1].",
)
@variant_option(many=True)
@click.option(
    "--rate",
    "rates",
    metavar="A:B:N|R,R,...",
    help="True event rates for exact operating characteristics: N from A to B, or a list "
    "[default: 5%:70%:14; of two arms alike 0%:100%:21].",
)
@click.option(
    "--joint",
    "pairs",
    multiple=True,
    metavar="RESPONSE,TOXICITY",
    help="True rates for a rule with both endpoints, over their association "
    "[default: the rates of the rule's standards]; of the first and second arm for one that compares. May be "
    "repeated.",
)
@click.option(
    "--from",
    "here",
    multiple=True,
    metavar="[ENDPOINT=]X/N",
    help="From X events in N patients on: the chance of a later stop at each rate, and predicted; once for "
    "each endpoint.",
)
@click.option(
    "--observed",
    multiple=True,
    metavar="[ENDPOINT=]X,X,...",
    help="Events after the first patient, the second, ...: whether they stop the trial, and their path in "
    "the figure; once for each endpoint.",
)
@click.option(
    "--after",
    multiple=True,
    metavar="[ENDPOINT=]RATE",
    help="After the stop: estimate, exact limits and P-value at this rate in every state in which the trial "
    "can end, bias and coverage; once for each endpoint.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "csv", "json"]),
    default="text",
    show_default=True,
    help="How to print it; csv and json have the numbers unrounded.",
)
@click.option(
    "--out", type=FILE, metavar="DIR", help="Also draw boundaries, curves and decisions into this folder."
)
@set_option
def command(
    file: str | None,
    variants: tuple[str, ...],
    rates: str | None,
    pairs: tuple[str, ...],
    form: str,
    out: str | None,
    sets: tuple[str, ...],
    **more: Any,
) -> None:
    """Print every rule of FILE, or one rule alone, ready for a protocol, with formula and source.

    For posterior rules the posterior at the bound and one event short of it is shown; then the
    exact operating characteristics over true rates, patients being alike and each assessed before
    the next look. Rules that several variants share are printed once. Several outcomes on one count
    are told together, too. Dose finding has its decisions: up, stay or down by DLTs at the dose.
    """
    joint = [parse_pair(pair) for pair in pairs]
    alone = _is_alone(file, more)
    compared = _comparing(more, sets, rates, joint, variants, out) if alone else None
    if compared is not None:
        from simulator.reporting.sheets import printed

        say(printed([compared], [], form))
        return
    wanted = None if rates is None else parse_rates(rates)
    asked: dict[str, Any] = {
        "here": by_endpoint("--from", more["here"], parse_counts),
        "observed": by_endpoint("--observed", more["observed"], parse_path),
        "after": by_endpoint("--after", more["after"], parse_rate),
    }

    from simulator.loading.load import load
    from simulator.reporting.decision_tables import decision_sheets
    from simulator.reporting.rule_sheets import RATES, boundaries
    from simulator.reporting.sheets import printed
    from simulator.reporting.together import rules_together

    scenario = _alone(more["kind"], more, sets) if alone else load(str(file), sets)
    for problem in scenario.warnings:
        if problem.file == "--looks" or problem.path.startswith(("design.monitoring", "variants")):
            say(problem.text(), err=True)
    asked |= {"rates": wanted, "joint": joint, "of_truths": file is not None}
    found = boundaries(scenario, variants=variants, **asked)
    together = rules_together(scenario, variants=variants, rates=wanted or RATES)
    doses = decision_sheets(scenario, variants=variants)
    if not found and not doses and form in {"text", "markdown"}:
        say("this scenario has no rule")
    else:
        say(printed(found, together, form, doses=doses))
    if out is not None and (found or doses):
        from simulator.reporting.decision_maps import decision_maps

        maps = decision_maps(scenario, variants=variants)
        _draw(Path(out), found, wanted or RATES, asked["observed"], maps)


def _is_alone(file: str | None, more: Mapping[str, Any]) -> bool:
    """Whether a rule alone is asked for; TrialstopError unless that is plain."""
    kind = more["kind"]
    if (file is None) is (kind is None):
        raise TrialstopError("boundaries takes a FILE, or a rule alone with --rule KIND --max-n N; not both")
    if file is not None and (more["max_n"] is not None or more["looks"] is not None):
        raise TrialstopError("--max-n and --looks go with --rule; a FILE has its own, see --set")
    return kind is not None


def _comparing(
    more: Mapping[str, Any],
    sets: Sequence[str],
    rates: str | None,
    joint: Sequence[tuple[float, float]],
    variants: Sequence[str],
    out: str | None,
) -> ComparingSheet | None:
    """The sheet of a rule that compares two arms; None for another."""
    from simulator.loading.comparing import is_comparing

    kind = more["kind"]
    if not is_comparing(kind):
        return None
    given = {"--from": more["here"], "--observed": more["observed"], "--after": more["after"]}
    for option, value in {**given, "--variant": variants, "--out": out}.items():
        if value:
            raise TrialstopError(f"--rule {kind} compares two arms, and {option} is of rules on one count")
    from simulator.reporting.comparing import COMMON_RATES, comparing_rule

    wanted = COMMON_RATES if rates is None else parse_rates(rates)
    return comparing_rule(kind, more["max_n"], more["looks"], sets, rates=wanted, joint=joint)


def _alone(kind: str, more: Mapping[str, Any], sets: Sequence[str]) -> Scenario:
    """A trial of nothing but patients that the rule monitors."""
    from simulator.loading.alone import rule_alone

    if more["max_n"] is None:
        raise TrialstopError(f"--rule {kind} needs --max-n N, the patients of the trial")
    looks = "every 1" if more["looks"] is None else more["looks"]
    return rule_alone(kind, more["max_n"], looks, sets)


def parse_pair(text: str) -> tuple[float, float]:
    """`20%,30%` -> true response rate, true toxicity rate."""
    try:
        response, toxicity = parse_rates(text) if ":" not in text else ()
    except (TrialstopError, ValueError):
        raise TrialstopError(f"--joint {text}: allowed RESPONSE,TOXICITY such as 20%,30%") from None
    return response, toxicity


def by_endpoint(option: str, values: tuple[str, ...], parse: Callable[[str], T]) -> dict[str, T]:
    """`toxicity=4/10` and `4/10` by the endpoint's name, "" without one."""
    found: dict[str, T] = {}
    for value in values:
        name, _, text = value.rpartition("=")
        if name in found:
            whose = f"of {name}" if name else "without an endpoint"
            raise TrialstopError(f"{option} is named twice {whose}, allowed once for each endpoint")
        found[name] = parse(text)
    return found


def parse_counts(text: str) -> tuple[int, int]:
    """`4/10` -> 4 events, 10 patients."""
    counts = _whole(text.split("/"))
    if len(counts) != 2:
        raise TrialstopError(f"--from {text}: allowed X/N such as 4/10, events and patients")
    events, patients = counts
    if events > patients:
        raise TrialstopError(
            f"--from {text}: {events} events in {patients} patients, allowed at most {patients}"
        )
    return events, patients


def parse_path(text: str) -> tuple[int, ...]:
    """`0,0,1,1,2` -> the events after each patient."""
    path = _whole(text.split(","))
    if not path or any(later - sooner not in {0, 1} for sooner, later in pairwise((0, *path))):
        raise TrialstopError(
            f"--observed {text}: allowed the events after the first patient, the second, ..., such as "
            "0,0,1,1,2: each the one before or one more"
        )
    return path


def _whole(parts: Sequence[str]) -> tuple[int, ...]:
    """Whole numbers from 0 of at most nine digits; nothing where any is none."""
    return tuple(map(int, parts)) if all(WHOLE.fullmatch(part) for part in parts) else ()


def parse_rate(text: str) -> float:
    """`20%` -> 0.2."""
    from simulator.errors import QuantityError
    from simulator.units import parse_probability

    try:
        return parse_probability(text)
    except QuantityError:
        raise TrialstopError(f"--after {text}: allowed a rate such as 20%") from None


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


def _draw(
    folder: Path,
    found: Sequence[RuleSheet | ComparingSheet | BoardSheet],
    rates: tuple[float, ...],
    observed: Mapping[str, Sequence[int]],
    maps: Sequence[DecisionMap],
) -> None:
    """Every figure of each different rule, and of the decisions of dose finding."""
    from simulator.contracts import EntriesRule
    from simulator.reporting.boards import BoardSheet
    from simulator.reporting.decision_maps import map_table
    from simulator.reporting.figures import decision_figures, draw_figures, rule_figures
    from simulator.reporting.rule_sheets import RuleSheet
    from simulator.reporting.text import WIDTH

    if folder.exists() and not folder.is_dir():
        raise TrialstopError(f"--out {folder} is a file, allowed a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for sheet in found:
            if isinstance(sheet, BoardSheet) or isinstance(sheet.rule, EntriesRule):
                continue  # its votes, or the entries at each look, are a table
            formula, program = sheet.rule.formula(), sheet.program
            assert program is not None  # the rule stands in a file
            most = sheet.most if isinstance(sheet, RuleSheet) else program.max_treated
            drawn = rule_figures(sheet.variants, program, sheet.number, formula, rates, most, observed)
            for path in draw_figures(drawn, folder):
                say(f"{path}", err=True)
        for path in draw_figures(decision_figures(maps), folder):
            say(f"{path}", err=True)
        if maps:
            (folder / "decisions.txt").write_text("\n".join([*map_table(maps).lines(WIDTH), ""]), "utf-8")
            say(f"{folder / 'decisions.txt'}", err=True)
    except OSError as error:
        raise TrialstopError(f"--out {folder}: {error.strerror}") from None
