"""Mistakes in amendments, each in both engines, which would leave the same wrong records."""

from __future__ import annotations

from tests.mutants.mutant import Mutant, in_engines

__all__ = ["AMENDMENTS"]

TRACES = "tests/engine/test_amendments.py"
BESIDE = "tests/engine/test_amendments_beside_dose_finding.py"
OF_ARMS = "tests/engine/test_amendments_of_arms.py"
OF_ACCRUAL = "tests/engine/test_amendments_of_accrual.py"

BOTH_ENGINES = in_engines(
    "amendments",
    simpy=(
        (
            "who is in screening is judged by the amendment",
            "accrual.py",
            "self.register[candidate], screening.eligible,",
            "self.register[candidate], self.trial.screening().eligible,",
            OF_ACCRUAL,
            "as_at_registration",
        ),
        (
            "blocks go on where the shares are others",
            "allocation.py",
            "        if not any(left) or self.filled[stratum] != arms:\n",
            "        if not any(left):\n",
            OF_ARMS,
            "begin_anew",
        ),
        (
            "the last day of before closes accrual in place of the new one",
            "accrual.py",
            "        if quantise(self.trial.last_day()) <= self.trial.env.now:\n",
            "        if self.trial.env.now > 0.0:\n",
            OF_ACCRUAL,
            "another_last_day",
        ),
        (
            "who is on study loses the time in phase",
            "patient.py",
            "        self.phase_end = max(quantise(self.phase_entry + phase.days), now)\n",
            "        self.phase_end = max(quantise(now + phase.days), now)\n",
            TRACES,
            "keeps_the_time_in_phase",
        ),
        (
            "a step whose day has passed is made up for",
            "patient.py",
            "sum(quantise(self.phase_entry + step.after) <= now for step in phase.steps)",
            "0",
            TRACES,
            "keeps_the_time_in_phase",
        ),
        (
            "of a list that must all hold any is enough",
            "amendments.py",
            "return all(held) if table.every else any(held)",
            "return any(held)",
            TRACES,
            "first_or_all",
        ),
        (
            "one that waits for a toxic dose has dose finding start again",
            "escalation.py",
            "if amendments.following.restarts:",
            "if amendments.following:",
            BESIDE,
            "toxic",
        ),
        (
            "who was left out once counts again",
            "escalation.py",
            "patient.version >= self.plan.since",
            "(patient.version == self.trial.amendments.version or self.plan.since == 0)",
            BESIDE,
            "dose_finding_counts_as_before or counts_that_are_kept",
        ),
    ),
    compiled=(
        (
            "who is in screening is judged by the amendment",
            "screening.py",
            "    screening = trial.screenings[version]\n",
            "    screening = trial.screenings[trial.version]\n",
            OF_ACCRUAL,
            "as_at_registration",
        ),
        (
            "blocks go on where the shares are others",
            "allocation.py",
            "    if of.n_left == 0 or of.filled != filling.number:\n",
            "    if of.n_left == 0:\n",
            OF_ARMS,
            "begin_anew",
        ),
        (
            "the last day of before closes accrual in place of the new one",
            "accrual.py",
            "    return quantise(trial.last_days[trial.version]) <= trial.now\n",
            "    return True\n",
            OF_ACCRUAL,
            "another_last_day",
        ),
        (
            "who is on study loses the time in phase",
            "patient.py",
            "    phase, passed = patient.state.phase, 0\n",
            "    phase, passed = patient.state.phase, 0\n    patient.phase_entry = now\n",
            TRACES,
            "keeps_the_time_in_phase",
        ),
        (
            "a rule of an old version goes on looking",
            "monitor.py",
            "    return monitor.since <= trial.version and trial.version < monitor.before\n",
            "    return monitor.since <= trial.version\n",
            TRACES,
            "start_again",
        ),
        (
            "of a list that must all hold any is enough",
            "amendments.py",
            "(amendment.every == 0 or held == amendment.n_triggers)",
            "held <= amendment.n_triggers",
            TRACES,
            "first_or_all",
        ),
        (
            "one that waits for a toxic dose has dose finding start again",
            "escalation.py",
            "if trial.amendments[trial.version].restarts != 0:",
            "if trial.amendments[trial.version].restarts >= 0:",
            BESIDE,
            "toxic",
        ),
        (
            "who was left out once counts again",
            "standing.py",
            "if patient.version < version.since:",
            "if patient.version < version.since - 1:",
            BESIDE,
            "dose_finding_counts_as_before or counts_that_are_kept",
        ),
    ),
)

AMENDMENTS = (
    *BOTH_ENGINES,
    Mutant(
        "simpy amendments: a rule of an old version goes on looking",
        "simulator/program/rule_tables.py",
        "return self.since <= version < self.before",
        "return self.since <= version",
        (TRACES,),
        "start_again",
        plain=True,
    ),
    Mutant(
        "amendments: a dose is lowered along the levels of all versions",
        "simulator/program/plans.py",
        "for level in self.designs[plan].drugs[drug]]",
        "for level in self.drugs[drug]]",
        ("tests/engine/test_amendments_of_drugs.py",),
        "lowered_along",
        plain=True,
    ),
    Mutant(
        "amendments: a rule that reads anew reads those before too",
        "simulator/program/conduct.py",
        "replace(counter, since=rule.counts_from)",
        "replace(counter, since=0)",
        (TRACES,),
        "start_again",
        plain=True,
    ),
    Mutant(
        "amendments: one of dose finding that takes fewer patients leaves rules as they are",
        "simulator/program/versions.py",
        "if doses_alone(amendment, as_written, written):",
        "if doses_alone(amendment, before, after):",
        (BESIDE,),
        "takes_fewer",
        plain=True,
    ),
    Mutant(
        "amendments: one of rules alone reaches nobody on study beside dose finding",
        "simulator/program/amending.py",
        "if plans.of[version] or not amendment.restarts:",
        "if plans.of[version] or not doses:",
        (BESIDE,),
        "of_rules_alone",
        plain=True,
    ),
    Mutant(
        "amendments: levels that are listed are on the ladder at once",
        "simulator/loading/parts.py",
        "        return design\n    return replace(design, dose_finding=replace(plan, ladder=ladder))",
        "        return design\n    return design",
        ("tests/unit/test_words_of_amended_dosing.py",),
        "as_many_rates",
        plain=True,
    ),
)
