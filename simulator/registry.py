"""What can be named in a scenario by `kind:`, as "module:Class"; imported on use only.

Literal dicts, so that adding one is one line that a search finds. tests/conformance check that every
file of the packages is listed.
"""

from __future__ import annotations

from importlib import import_module

__all__ = ["DELAYS", "DESIGNS", "FAMILIES", "RULES", "load"]

RULES: dict[str, str] = {
    "at_least": "simulator.rules.at_least:AtLeast",
    "at_most": "simulator.rules.at_most:AtMost",
    "beta_binomial": "simulator.rules.beta_binomial:BetaBinomial",
    "thall_simon": "simulator.rules.thall_simon:ThallSimon",
    "thall_simon_estey": "simulator.rules.thall_simon_estey:ThallSimonEstey",
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
    "three_plus_three": "simulator.dose_finding.three_plus_three:ThreePlusThree",
}

DELAYS: dict[str, str] = {
    "fixed": "simulator.truths.delays:FixedDelay",
    "uniform": "simulator.truths.delays:UniformDelay",
    "exponential": "simulator.truths.delays:ExponentialDelay",
    "lognormal": "simulator.truths.delays:LogNormalDelay",
}


def load(spec: str) -> type:
    """The class behind "module:Class"; ValueError if it is not one."""
    module, separator, name = spec.partition(":")
    if not (module and separator and name):
        raise ValueError(f"registry entry {spec!r}, allowed 'package.module:Class'")
    found = getattr(import_module(module), name, None)
    if not isinstance(found, type):
        raise ValueError(f"registry entry {spec!r}: {module} has no class {name}")
    return found
