"""Evidence: differential. Trials that SimPy played, told by their outcome lines: the same decisions follow.

Calendar time, replacements and amendments decide there; here counts alone do.
"""

import pytest

from simulator.metrics.outcomes import outcome_strings
from simulator.reporting.next_dose import next_dose
from tests.helpers import ROOT, draws, loaded, of_file

MEC, CHECK = ROOT / "scenarios/mec.yaml", ROOT / "scenarios/checks/mec.yaml"
LEAVE = "design.dose_finding.not_evaluable=leave"
TITRATED = (
    "variants.variant_a=null",
    "design.dose_finding.variant=null",
    "design.dose_finding.kind=boin",
    "design.dose_finding.target=30%",
    "design.dose_finding.n_max=18",
    "design.dose_finding.titration=true",
)
CRM = (
    "variants.variant_a=null",
    "design.dose_finding.variant=null",
    "design.dose_finding.kind=crm",
    "design.dose_finding.target=30%",
    "design.dose_finding.n_max=18",
    "design.dose_finding.skeleton=[10%, 20%, 30%, 45%]",
)
ACCELERATED = (
    "design.events.mild={}",
    "truths.observed_like.events.mild={hazard: 0.01 per day}",
    "design.dose_finding.accelerated_until={dlt: 1, mild: 2}",
)
CELLS = [
    (MEC, "as_amended", "observed_like", ()),
    (MEC, "as_amended", "unsafe", (LEAVE,)),
    (MEC, "variant_a", "steep", ()),
    (MEC, "start_at_5", "unsafe", ()),
    (MEC, "when_known", "fourteen_day_like", ()),
    (CHECK, "variant_b", "observed_like", ()),
    (MEC, "not_amended", "steep", TITRATED),
    (MEC, "not_amended", "steep", CRM),
    (MEC, "as_amended", "steep", ACCELERATED),
]
TRIALS = 40


def cohorts(records, trial):
    """Numbers of the decisions before each cohort of the dose finding, in order."""
    mine = records.patients[records.patients["trial"] == trial]
    return sorted({number for number in mine["cohort"].tolist() if number >= 0})


@pytest.mark.parametrize(("file", "variant", "truth", "sets"), CELLS)
def test_every_decision_of_a_trial_follows_from_its_outcomes(file, variant, truth, sets):
    given = of_file(file, variant, truth, *sets)
    records, decided = draws(given, TRIALS), 0
    read = loaded(file, sets)
    for trial, line in enumerate(outcome_strings(given, records)):
        rows = records.decisions[records.decisions["trial"] == trial]
        words = [word for word in line.partition("+")[0].split() if word != "|"]
        numbers = cohorts(records, trial)
        assert len(words) == len(numbers)
        for done, (number, later) in enumerate(zip(numbers, [*numbers[1:], len(rows)], strict=True), 1):
            if later == number:
                continue  # accrual ended before this cohort was decided
            row, answer = rows[later - 1], next_dose(read, " ".join(words[:done]), variant=variant)
            said, levels = answer.said, given.dosing.versions[answer.course.turn.version].ladder
            assert answer.course.remarks == ()
            assert answer.course.turn.version == row["version"]
            assert (levels[said.dose - 1] if said.dose else 0) == row["next"], (line, done)
            assert (said.patients, answer.course.turn.choice.reason) == (row["patients"], row["reason"])
            assert (levels[said.selected - 1] if said.selected else 0) == row["selected"]
            decided += 1
        if line and "?" not in line and len(rows):
            assert next_dose(read, line, variant=variant).outcomes == line
    assert decided > 2 * TRIALS
