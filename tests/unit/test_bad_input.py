"""A mistake in a key is named where it stands, with what may stand there and what was probably meant.

The tables of these files: (text in tests/golden/leni.yaml, what it is changed to, "line path: found",
how what is allowed begins, the hint). Each is exactly one problem, whatever else depends on it.
"""

# ruff: noqa: E501
# fmt: off
from __future__ import annotations

from pathlib import Path

import pytest

from simulator.errors import Problem, ScenarioError
from simulator.loading.load import load

LENI = Path(__file__).parents[1] / "golden" / "leni.yaml"
INTERNAL = ("registered", "pydantic", "function-plain", "tagged-union", "Input should", "family", "__")
NOT_WORDS = ("None", "{'", "['", "<class", "object at")


def said_of(problem: Problem) -> str:
    """All that a problem says, without the rule that is called a family."""
    said = " ".join((problem.path, problem.found, problem.allowed, problem.hint))
    return said.replace("power_family", "")


def problems_of(text: str, folder: Path) -> list[Problem]:
    """Every problem of a scenario, warnings too."""
    path = folder / "s.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        found = list(load(path).warnings)
    except ScenarioError as error:
        found = list(error.problems)
    return [problem for problem in found if problem.path != "provenance"]


def hold(old: str, new: str, place: str, allowed: str, hint: str, folder: Path) -> None:
    """The change gives this one problem."""
    text = LENI.read_text(encoding="utf-8")
    assert old in text, "the table no longer fits tests/golden/leni.yaml"
    found = problems_of(text.replace(old, new, 1), folder)
    shown = "\n".join(problem.text() for problem in found)
    assert len(found) == 1, shown
    (problem,) = found
    severity = "warning " if problem.severity == "warning" else ""
    assert f"{severity}{problem.line} {problem.path}: {problem.found}" == place
    assert problem.allowed.startswith(allowed), shown
    assert problem.hint == hint
    said = said_of(problem)
    assert not any(word in said for word in INTERNAL), said


KEYS = [
    ("benchmark: ", "benchmrk: ", "5 benchmrk: the key `benchmrk`", "one of trialstop, title",
     "did you mean benchmark?"),
    ("  accrual: ", "  acrual: ", "14 design.acrual: the key `acrual`", "one of accrual, drugs",
     "did you mean accrual?"),
    ("until: ", "untill: ", "14 design.accrual.untill: the key `untill`", "one of until,", "did you mean until?"),
    ("      visits: ", "      vists: ", "21 design.phases.combination.vists: the key `vists`",
     "one of lasts, gives", "did you mean visits?"),
    ("      visits: {every: ", "      visits: {evry: ",
     '21 design.phases.combination.visits.evry: "3 months"', "{every: ...}", "did you mean every?"),
    ("after: ", "aftr: ", "20 design.phases.combination.steps[0].aftr: the key `aftr`",
     "one of after, every", "did you mean after?"),
    ("to: maintenance, unless: ", "to: maintenance, unles: ",
     "22 design.phases.combination.next[0].unles: the key `unles`", "one of to, unless",
     "did you mean unless?"),
    ("      repeats: ", "      repeat: ", "39 design.events.thrombosis.repeat: the key `repeat`",
     "one of marks, grade", "did you mean repeats?"),
    ("      among: ", "      amongst: ", "48 design.monitoring.thrombosis_rule.amongst: the key `amongst`",
     "one of counts, rule", "did you mean among?"),
    ("event: thrombosis, unit: ", "event: thrombosis, units: ",
     "46 design.monitoring.thrombosis_rule.counts.units: the key `units`", "one of event, unit",
     "did you mean unit?"),
    ("phases: ", "phase: ", "47 design.monitoring.thrombosis_rule.scope.phase: the key `phase`",
     "one of phases, or_within", "did you mean phases?"),
    ("days: 30, of_last: ", "days: 30, of: ",
     "58 design.monitoring.thrombosis_rule.scope.or_within.of (variant plus_30_days): the key `of`",
     "one of days, of_last", "did you mean of_last?"),
    ("kind: at_least, count: ", "kind: at_least, cuont: ",
     "49 design.monitoring.thrombosis_rule.rule.cuont: the key `cuont`", "one of kind, count, minimum_n",
     "did you mean count?"),
    ("events: 0.2, others: ", "events: 0.2, other: ",
     "63 design.monitoring.thrombosis_rule.rule.prior.other (variant bayes_any_phase): the key `other`",
     "one of events, others", "did you mean others?"),
    ("    accrual: ", "    acrual: ", "72 truths.planned.acrual: the key `acrual`",
     "one of accrual, acceptable", "did you mean accrual?"),
    ("        marks: ", "        mark: ", "77 truths.planned.events.thrombosis.mark: the key `mark`",
     "one of components, marks", "did you mean marks?"),
    ("while_on: ", "whileon: ",
     "76 truths.planned.events.thrombosis.components.on_drug.whileon: the key `whileon`",
     "one of hazard, clock", "did you mean while_on?"),
    ("while_on: lenalidomide, hazard: ", "while_on: lenalidomide, hazrd: ",
     "76 truths.planned.events.thrombosis.components.on_drug.hazrd: the key `hazrd`",
     "one of hazard, probability", "did you mean hazard?"),
    ("clock: ", "clok: ", "78 truths.planned.events.cytopenia.clok: the key `clok`",
     "one of probability, onset", "did you mean clock?"),
    ("        components:\n", "        component:\n",
     "75 truths.planned.events.thrombosis.component: the key `component`", "one of components, marks",
     "did you mean components?"),
    ("report: ", "reprt: ", "81 truths.planned.delays.thrombosis.reprt: the key `reprt`",
     "one of detection, report", "did you mean report?"),
    ("uniform: ", "unifrom: ", "81 truths.planned.delays.thrombosis.report: {unifrom: [1 day, 14 days]}",
     "a duration such as 5 days, or {uniform |", "did you mean uniform?"),
    ("initial: 5.04857 per year, mean_life: ", "initial: 5.04857 per year, meanlife: ",
     "131 truths.withdrawal.events.thrombosis.components.rebound.decay.meanlife: the key `meanlife`",
     "one of initial, mean_life", "did you mean mean_life?"),
    ("median: 5.45 months, sigma: ", "median: 5.45 months, sd: ",
     "80 truths.planned.events.mmr_loss.onset.lognormal.sd: the key `sd`", "one of median, sigma",
     "did you mean sigma?"),
    ("lognormal: ", "lognorml: ", "80 truths.planned.events.mmr_loss.onset.lognorml: the key `lognorml`",
     "one of lognormal, exponential", "did you mean lognormal?"),
    ("then: [close_accrual,", "then: [close_acrual,",
     "51 design.monitoring.thrombosis_rule.then[0]: close_acrual",
     "close_accrual, end_trial, leave, {stop_drug:", "did you mean close_accrual?"),
    ("then: [close_accrual, {stop_drug: ", "then: [close_accrual, {stop_drg: ",
     "51 design.monitoring.thrombosis_rule.then[1]: {stop_drg: lenalidomide}",
     "close_accrual, end_trial, leave, {stop_drug:", "did you mean stop_drug?"),
    ("clock: enrolment, probability: 33% in 1 month}",
     "clock: enrolment, probability: 33% in 1 month, colour: red}",
     "78 truths.planned.events.cytopenia.colour: the key `colour`", "one of probability, onset", ""),
    ("clock: enrolment,", "clock: enrolment, hazard: 1 per year,",
     "78 truths.planned.events.cytopenia.probability: `probability` beside `hazard`",
     "one hazard in a component", "two hazards are two components: components: {ONE: {...}, OTHER: {...}}"),
    ("clock: enrolment, probability: 33% in 1 month}", "clock: enrolment}",
     "78 truths.planned.events.cytopenia: no hazard", "one of hazard, probability",
     "an event that does not happen has `hazard: 0`"),
    ("incidence: 65%, onset: ", "onset: ", "80 truths.planned.events.mmr_loss: `onset` alone",
     "one of hazard, probability", "`onset` goes with probability or incidence or probability_by_dose"),
    ("clock: stop of imatinib, while_off: imatinib,",
     "clock: stop of imatinib, while_off: imatinib, onset: uniform,",
     "131 truths.withdrawal.events.thrombosis.components.rebound.onset: the key `onset`",
     "one of decay, clock", "`onset` goes with `probability` or `incidence` or `probability_by_dose`"),
    ("kind: at_least,", "kind: atleast,", "49 design.monitoring.thrombosis_rule.rule.kind: atleast",
     "one of at_least, at_most", "did you mean at_least?"),
    ("kind: at_least, count: ", "count: ", "49 design.monitoring.thrombosis_rule.rule: no `kind`",
     "{kind: KIND, ...}, where KIND is one of", "`count`: keys of the kinds at_least, at_most"),
    ("kind: at_least, count: 2}", "kind: at_least, count: 2, certainty: more than 90%}",
     "49 design.monitoring.thrombosis_rule.rule.certainty: the key `certainty`",
     "one of kind, count, minimum_n", "`certainty` belongs to the kinds beta_binomial, chen_chaloner, predictive_probability, event_split, "
     "posterior_difference, slow_accrual"),
    ("kind: at_least, count: 2}", "kind: at_least}",
     "49 design.monitoring.thrombosis_rule.rule.count: nothing", "a whole number from 1",
     "`count` is needed here"),
    ("incidence: 65%, onset: {lognormal: {median: 5.45 months, sigma: 1.00}}", "incidence: 65%",
     "80 truths.planned.events.mmr_loss.onset: nothing", "a mapping with any of lognormal, exponential",
     "`onset` is needed here"),
    ("trialstop: 1\n", "", "2 trialstop: nothing", "1, the version of the scenario language",
     "`trialstop` is needed here"),
    ('title: "LENI: lenalidomide with imatinib, then without it"\n', "", "2 title: nothing", "some text",
     "`title` is needed here"),
    ("truths:\n", "truthz:\n", "68 truthz: the key `truthz`", "one of trialstop, title",
     "did you mean truths?"),
    ("    thrombosis_rule:\n",
     "    thrombosis_rule:\n      counts: {event: thrombosis}\n      rule: {kind: at_least, count: 3}\n    thrombosis_rule:\n",
     "48 design.monitoring.thrombosis_rule: the key thrombosis_rule again (first on line 45)",
     "each key once", ""),
    ("      among: ", "      among: treated\n      among: ",
     "49 design.monitoring.thrombosis_rule.among: the key among again (first on line 48)", "each key once",
     ""),
    ("    thrombosis_rule:\n", "    thrombosis rule:\n",
     '45 design.monitoring."thrombosis rule": "thrombosis rule"', "a name of letters, digits, _ and -, not",
     "a name has no spaces; did you mean thrombosis_rule?"),
    ("  cll_like:\n", "  cll like:\n", '82 truths."cll like": "cll like"',
     "a name of letters, digits, _ and -, not", "a name has no spaces; did you mean cll_like?"),
    ("lasts: 6 months\n", "lasts: null\n", "18 design.phases.combination.lasts: null",
     "a number of days, weeks, months or years, such", "`lasts` is needed here"),
    ("lasts: 6 months\n", "lasts:\n", "18 design.phases.combination.lasts: no value", "a value",
     'write a value, {} or [] for none of them, "" for no text'),
    ("  drugs: {imatinib: [usual], lenalidomide: [5 mg, 10 mg]}", "  drugs: null", "15 design.drugs: null",
     "{NAME: ..., ...}",
     "leave the key out; null only removes what a truth inherits or a variant has from the design"),
    ("{every: 3 months}", "null", "21 design.phases.combination.visits: null", "{NAME: {every: ...}, ...}",
     "leave the key out; null only removes what a truth inherits or a variant has from the design"),
    ("then: [close_accrual, {stop_drug: lenalidomide}]\n", "then: [close_accrual, {stop_drug: null}]\n",
     "51 design.monitoring.thrombosis_rule.then[1].stop_drug: null", "a value",
     "null only removes what a truth inherits or a variant has from the design"),
    ("  cll_like:\n", "  nature: null\n  cll_like:\n", "82 truths.nature: null", "a mapping with events", ""),
    ("lasts: ", "lasts: &x ", "18 design.phases.combination.lasts: the anchor &x", "values without anchors",
     ""),
]
# fmt: on


@pytest.mark.parametrize(("old", "new", "place", "allowed", "hint"), KEYS, ids=[case[2] for case in KEYS])
def test_a_key_that_is_wrong(old, new, place, allowed, hint, tmp_path):
    hold(old, new, place, allowed, hint, tmp_path)
