"""What can be named in a scenario by `kind:`, as "module:Class", and the figures; imported on use only.

Literal dicts, so that adding one is one line that a search finds. tests/conformance check that every
file of the packages is listed. What other distributions bring is added by `simulator.plugins`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Literal

__all__ = [
    "BOARDS",
    "COMPARING",
    "DELAYS",
    "DESIGNS",
    "ENTRIES",
    "FAMILIES",
    "PLOTS",
    "RULES",
    "Choice",
    "add",
    "load",
    "table",
]

Choice = Literal["rule", "design", "family", "delay"]

RULES: dict[str, str] = {
    "at_least": "simulator.rules.at_least:AtLeast",
    "at_most": "simulator.rules.at_most:AtMost",
    "beta_binomial": "simulator.rules.beta_binomial:BetaBinomial",
    "binomial_test": "simulator.rules.binomial_test:BinomialTest",
    "bop2": "simulator.rules.bop2:Bop2",
    "bounds": "simulator.rules.bounds:Bounds",
    "bryant_day": "simulator.rules.bryant_day:BryantDay",
    "chen_chaloner": "simulator.rules.chen_chaloner:ChenChaloner",
    "max_sprt": "simulator.rules.max_sprt:MaxSprt",
    "obrien_fleming": "simulator.rules.obrien_fleming:OBrienFleming",
    "pocock": "simulator.rules.pocock:Pocock",
    "power_family": "simulator.rules.power_family:PowerFamily",
    "predictive_probability": "simulator.rules.predictive_probability:PredictiveProbability",
    "simon_two_stage": "simulator.rules.simon_two_stage:SimonTwoStage",
    "spending": "simulator.rules.spending:Spending",
    "sprt": "simulator.rules.sprt:Sprt",
    "surprise": "simulator.rules.surprise:Surprise",
    "thall_simon": "simulator.rules.thall_simon:ThallSimon",
    "thall_simon_estey": "simulator.rules.thall_simon_estey:ThallSimonEstey",
    "wang_tsiatis": "simulator.rules.wang_tsiatis:WangTsiatis",
}

COMPARING: dict[str, str] = {  # rules too, of two arms
    "event_split": "simulator.rules.event_split:EventSplit",
    "fisher_exact": "simulator.rules.fisher_exact:FisherExact",
    "haybittle_peto": "simulator.rules.haybittle_peto:HaybittlePeto",
    "posterior_difference": "simulator.rules.posterior_difference:PosteriorDifference",
    "table_2d": "simulator.rules.table_2d:Table2d",
}

BOARDS: dict[str, str] = {  # rules that read other rules
    "all_of": "simulator.rules.all_of:AllOf",
    "any_of": "simulator.rules.any_of:AnyOf",
    "votes": "simulator.rules.votes:Votes",
}

ENTRIES: dict[str, str] = {  # rules that read accrual
    "slow_accrual": "simulator.rules.slow_accrual:SlowAccrual",
}

FAMILIES: dict[str, str] = {
    "hazard": "simulator.truths.constant:ConstantHazard",
    "probability": "simulator.truths.probability:ProbabilityWithin",
    "incidence": "simulator.truths.onset:IncidenceWithOnset",
    "decay": "simulator.truths.decay:ExponentialDecay",
    "piecewise": "simulator.truths.piecewise:PiecewiseHazard",
    "probability_by_dose": "simulator.truths.by_dose:ProbabilityByDose",
    "weibull": "simulator.truths.weibull:WeibullHazard",
    "trait_probability": "simulator.truths.trait:TraitProbability",
}

DESIGNS: dict[str, str] = {
    "a_plus_b": "simulator.dose_finding.a_plus_b:APlusB",
    "blrm": "simulator.dose_finding.blrm:Blrm",
    "boin": "simulator.dose_finding.boin:Boin",
    "crm": "simulator.dose_finding.crm:Crm",
    "ewoc": "simulator.dose_finding.ewoc:Ewoc",
    "i3plus3": "simulator.dose_finding.i3plus3:I3Plus3",
    "mtpi": "simulator.dose_finding.mtpi:Mtpi",
    "mtpi2": "simulator.dose_finding.mtpi2:Mtpi2",
    "three_plus_three": "simulator.dose_finding.three_plus_three:ThreePlusThree",
    "user_table": "simulator.dose_finding.user_table:UserTable",
}

DELAYS: dict[str, str] = {
    "fixed": "simulator.truths.delays:FixedDelay",
    "uniform": "simulator.truths.delays:UniformDelay",
    "exponential": "simulator.truths.delays:ExponentialDelay",
    "lognormal": "simulator.truths.delays:LogNormalDelay",
}

PLOTS: dict[str, str] = {  # drawn in this order; the name is that of the picture's file
    "selection": "simulator.reporting.plots.selection",
    "allocation": "simulator.reporting.plots.allocation",
    "duration": "simulator.reporting.plots.duration",
    "p_stop": "simulator.reporting.plots.p_stop",
    "false_and_true_stop": "simulator.reporting.plots.false_and_true_stop",
    "p_fired": "simulator.reporting.plots.p_fired",
    "difference": "simulator.reporting.plots.difference",
    "stopping_by_time": "simulator.reporting.plots.stopping_by_time",
    "stopping_by_patients": "simulator.reporting.plots.stopping_by_patients",
    "sample_size": "simulator.reporting.plots.sample_size",
    "patients_harmed": "simulator.reporting.plots.patients_harmed",
    "arms": "simulator.reporting.plots.arms",
    "harmed_by_arm": "simulator.reporting.plots.harmed_by_arm",
    "boundary": "simulator.reporting.plots.boundary",
    "two_arms": "simulator.reporting.plots.two_arms",
    "decisions": "simulator.reporting.plots.decisions",
    "rates": "simulator.reporting.plots.over_rates",
    "trace": "simulator.reporting.plots.swimmer",
    "pathways": "simulator.reporting.plots.pathways",
    "curves": "simulator.reporting.plots.curves",
    "heat": "simulator.reporting.plots.heat",
    "against": "simulator.reporting.plots.against",
    "solved": "simulator.reporting.plots.solved",
    "tornado": "simulator.reporting.plots.tornado",
    "sensitivity": "simulator.reporting.plots.sensitivity",
    "level": "simulator.reporting.plots.level",
}

_BUILT_IN: dict[Choice, Mapping[str, str]] = {
    "rule": {**RULES, **COMPARING, **BOARDS, **ENTRIES},
    "design": DESIGNS,
    "family": FAMILIES,
    "delay": DELAYS,
}
_ADDED: dict[Choice, dict[str, str]] = {what: {} for what in _BUILT_IN}


def table(what: Choice) -> dict[str, str]:
    """Names a scenario may use -> "module:Class": those built in, then those added in this process."""
    return {**_BUILT_IN[what], **_ADDED[what]}


def add(what: Choice, name: str, spec: str) -> None:
    """Make one more name known to scenarios that are read from now on; ValueError if it is taken."""
    if name in table(what):
        raise ValueError(f"there is a {what} {name!r} already")
    _ADDED[what][name] = spec


def load(spec: str) -> type:
    """The class behind "module:Class"; ValueError if it is not one."""
    module, separator, name = spec.partition(":")
    if not (module and separator and name):
        raise ValueError(f"registry entry {spec!r}, allowed 'package.module:Class'")
    found = getattr(import_module(module), name, None)
    if not isinstance(found, type):
        raise ValueError(f"registry entry {spec!r}: {module} has no class {name}")
    return found
