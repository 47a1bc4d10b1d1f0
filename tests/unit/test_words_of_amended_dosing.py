"""Evidence: exact, by hand. What is told of a dose finding beside which the protocol is amended: its ladder,
its line of outcomes, what was known at a decision, and risks at the dose at which it starts.

One candidate every 10 days in cohorts of 3, windows of 20 days (tests/engine/dose_finding.py).
"""

import pytest

from simulator.metrics.outcomes import outcome_strings
from simulator.program.readable import read_at
from simulator.reporting.cohorts import decision_lines
from simulator.reporting.decision_maps import decision_maps, map_table
from simulator.reporting.decision_tables import decision_sheets
from simulator.reporting.document.pictures import trial_pictures
from simulator.reporting.explain import explain
from simulator.reporting.narrative import trace
from tests.engine.dose_finding import LEAVES, all_dlt, build, play
from tests.helpers import rule, scenario

MORE = {"design.drugs.x": ["1 mg", "1.5 mg", "2 mg", "3 mg"]}
LISTED = {"when": "4 treated", "change": MORE}
STARTS = {"when": "9 treated", "change": {"design.dose_finding.start": "2 mg"}}
LONGER = {"design.phases.one.lasts": "40 days"}
BY_DOSE = {"1 mg": "10%", "1.5 mg": "15%", "2 mg": "30%", "3 mg": "50%"}


DESIGN = {
    "accrual": {"until": "24 treated"},
    "drugs": {"x": ["1 mg", "2 mg", "3 mg"]},
    "phases": {"one": {"lasts": "30 days", "gives": {"x": "assigned"}}},
    "events": {"dlt": {"window": "20 days"}},
}
DLT = {"clock": "enrolment", "within": "20 days", "probability_by_dose": {"x": BY_DOSE}}
TRUTH = {"target_rate": "30%", "accrual": "1 per month", "events": {"dlt": DLT}}


def found(*amendments, finding, **more):
    """A scenario with these amendments, called a, b ..., and more keys of the design."""
    listed = dict(zip("ab", amendments, strict=False))
    dlt = DLT if any(MORE.items() <= a["change"].items() for a in amendments) else {"hazard": "1 per year"}
    design = DESIGN | {"dose_finding": finding, "amendments": listed} | more
    return scenario(design, {"truth": TRUTH | {"events": {"dlt": dlt}}})


THREE = {"kind": "three_plus_three", "variant": "A"}
CRM = {"kind": "crm", "target": "30%", "n_max": 18, "skeleton": ["10%", "20%", "35%"]}
SKELETON = {"design.dose_finding.skeleton": ["10%", "15%", "20%", "35%"]}


def words(of):
    return " ".join(explain(of).split())


def test_the_ladder_is_what_was_listed_until_dose_finding_changes():
    """All levels, as listed: those of before until `b`, whose ladder is the longer one."""
    of = found(LISTED, STARTS, finding=THREE)
    first, second = of.amended[next(iter(of.amended))]
    assert first.dose_finding.ladder == ("1 mg", "2 mg", "3 mg")
    assert second.dose_finding.ladder == ()
    assert (
        "9 patients are treated, the ladder is 1 mg, 1.5 mg, 2 mg, 3 mg and dose finding goes on at 2 mg"
        in words(of)
    )


@pytest.mark.parametrize("amendments", [(LISTED,), (STARTS | {"change": MORE | SKELETON},)])
def test_a_design_has_as_many_rates_as_its_ladder_has_doses(amendments):
    """Levels listed beside a CRM of three doses leave it as it is; with a skeleton of four it has four."""
    of = found(*amendments, finding=CRM)
    assert len(decision_sheets(of)) == len(decision_maps(of)) == (1 if amendments == (LISTED,) else 2)
    assert map_table(decision_maps(of)).rows


def test_what_the_design_is_ends_the_sentence_once():
    of = found(
        STARTS | {"change": MORE | SKELETON | {"design.dose_finding.decide": "when_known"}}, finding=CRM
    )
    assert ".." not in words(of)
    assert "no restriction holds then. Counts start again" in words(of)


def test_what_is_said_of_counts_and_patients_on_study_is_of_rules_and_of_doses():
    both = {"design.dose_finding.start": "2 mg", "design.phases.one.lasts": "50 days"}
    more = {"change": both, "counts": "keep", "applies_to": "on_study"}
    rules = {"stops": rule("dlt", 2, look="every 3 treated")}
    of = words(found({"when": "3 treated", "change": LONGER}, STARTS | more, finding=THREE, monitoring=rules))
    assert "Dose finding goes on as it was. From then on one, 40 days: " in of
    assert "Counts of rules start again: patients who entered before do not count" in of
    assert "Patients treated before still count, at doses that stay on the ladder." in of
    assert "change to the new start, and go on in their phase with the time they have spent in it" in of
    assert "Patients who entered before still count for rules." in of


def test_risks_after_an_amendment_are_at_the_dose_at_which_dose_finding_starts():
    """Not at the lowest level that is listed: 10% at 1 mg, where it goes on; 30% at the new start."""
    of = words(
        found(
            {"when": "3 treated", "change": LONGER},
            STARTS | {"change": STARTS["change"] | MORE},
            finding=THREE,
        )
    )
    after = of[of.index(" after a: ") :]
    assert after[: after.index(" after b, at 2 mg: ")].endswith("dlt 10% 10%")
    assert (
        after[after.index(" after b, at 2 mg: ") : after.index("True DLT rate")]
        .strip()
        .endswith("dlt 30% 30%")
    )


def made(*amendments, **more):
    events = {"dlt": {"window": "20 days"}, "other": {}}
    listed = {"amendments": dict(zip("ab", amendments, strict=False))}
    return build(events, more=listed | more, variant="A")


@pytest.mark.parametrize("patients", [5, 8])
def test_a_cohort_is_one_word_whatever_is_amended_meanwhile(patients):
    """After the 5th patient, within the second cohort; after the 8th, within the expansion."""
    of = made(
        {"when": f"{patients} treated", "change": {"design.phases.one.lasts": "40 days"}},
        expansion={"at": "mtd", "patients": 3},
    )
    records = play(of, all_dlt(4, 5))
    assert len({*records.patients["version"].tolist()}) == 2
    assert outcome_strings(of, records) == ["1NNN 2TTN + 1NNN"]


def said(of, days):
    records = play(of, days)
    return [line[3].split(" -> ")[0] for line in decision_lines(of, records)]


def test_a_dlt_that_is_reported_after_its_window_was_none_at_the_decision():
    """Candidate 2 enters on day 20; the DLT of day 25 is reported on day 55, the cohort decided on day 40."""
    of = build(truth={"delays": {"dlt": {"report": "30 days"}}}, variant="A")
    first, second = said(of, all_dlt(2))[:2]
    assert first == "DECISION on cohort 1, 3 patients at 1 mg: 0 DLTs among 3"
    assert second == "DECISION on cohort 2, 3 patients at 2 mg: 0 DLTs among 3"


def test_who_left_for_a_dlt_is_open_until_it_is_reported():
    """Who left on day 5 for a DLT reported on day 15: no such decision is made before the report is there."""
    events = {"dlt": {"window": "20 days", "when_detected": "leave"}, **LEAVES}
    of = build(events, truth={"delays": {"dlt": {"report": "40 days"}}}, variant="A", decide="when_known")
    assert said(of, all_dlt(2))[0] == "DECISION on cohort 1, 3 patients at 1 mg: 1 DLT among 3"


def test_a_path_with_quotes_in_it_changes_dose_finding_too():
    quoted = STARTS | {"change": {'design."dose_finding".start': "2 mg"}}
    assert words(found(LISTED, quoted, finding=THREE)) == words(found(LISTED, STARTS, finding=THREE))


def test_the_path_of_a_rule_is_drawn_for_as_many_patients_as_its_version_takes():
    """24 before the amendment, 30 after it."""
    of = found(
        {"when": "4 treated", "change": {"design.accrual.until": "30 treated"}},
        finding=THREE,
        monitoring={"stops": rule("dlt", 2, look="every 3 treated")},
    )
    told = trace(of, variant="as_written", truth="truth", trial=0)
    assert [picture.name for picture in trial_pictures(told)][1:] == [
        "path_as_written_truth_0_stops",
        "path_as_written_truth_0_stops_a",
    ]


@pytest.mark.parametrize(("change", "most"), [(LONGER, 6 + 3), (STARTS["change"], 6 + 6 + 3)])
def test_a_rule_of_the_dose_selected_reads_more_only_where_dose_finding_starts_again(change, most):
    """Six at a dose in each start of a 3+3, and three in the expansion."""
    reads = rule("dlt", 2, look="every 1 completed", among="completed", scope={"dose": "mtd"})
    of = found(
        {"when": "3 treated", "change": change},
        finding=THREE,
        expansion={"at": "mtd", "patients": 3},
        monitoring={"reads": reads},
    )
    (design,) = of.designs.values()
    versions = design, *of.amended["as_written"]
    assert read_at(versions, design.monitoring["reads"], list(of.truths.values()))[0][-1] == most
