"""Evidence: hand-worked. An accelerated first stage in words: protocol, decisions, reports, outcome line."""

from simulator.metrics.outcomes import outcome_strings
from simulator.reporting.cohorts import decision_lines, ending_lines, report_words
from simulator.reporting.decision_tables import decision_sheets
from simulator.reporting.explain import explain
from tests.engine.dose_finding import DIRECT, all_dlt, build, play
from tests.helpers import scenario

EVENTS = {**DIRECT, "mild": {}}
GIVEN = build(EVENTS, accelerated_until={"dlt": 1, "mild": 2})
DAYS = {("mild", 0): [5], ("mild", 2): [6], ("mild", 5): [25], **all_dlt(4)}
PLAYED = play(GIVEN, DAYS)
"""Candidates 0 and 2 have it, 5 after the window; 4 has a DLT."""


def test_decisions_say_who_had_it_as_long_as_that_counts():
    said = [line[3] for line in decision_lines(GIVEN, PLAYED)]
    assert said[0] == (
        "DECISION on cohort 1, 1 patient at 1 mg: 0 DLTs among 1, mild in 1 so far -> 1 at 2 mg "
        "(up: one patient a dose, and nothing has ended that)"
    )
    assert "mild in 2 so far -> 2 more at 2 mg (stay: the cohort is filled" in said[1]
    assert all("mild" not in line for line in said[2:])


def test_a_report_in_the_window_is_said_to_count():
    told = [report_words(GIVEN, PLAYED, event) for event in PLAYED.events if event["event"] == 3]
    counts = "the dose finding counts it as long as it treats one patient a dose"
    assert told == [counts, counts, ""]


def test_the_outcome_line_has_a_letter_for_it():
    assert outcome_strings(GIVEN, PLAYED)[0].startswith("1M 2M 2TN ")
    assert "M no DLT but mild," in " ".join(ending_lines(GIVEN, PLAYED))
    without = build()
    assert " M " not in " ".join(ending_lines(without, play(without, {})))


def test_the_protocol_and_its_table_say_how_it_begins():
    design = {
        "drugs": {"x": ["1 mg", "2 mg"]},
        "phases": {"one": {"lasts": "30 days", "gives": {"x": "assigned"}}},
        "events": {"dlt": {"window": "20 days"}, "mild": {}},
        "dose_finding": {
            "kind": "boin", "target": "30%", "n_max": 9, "accelerated_until": {"dlt": 1, "mild": 1}
        },
        "accrual": {"until": "12 treated"},
    }  # fmt: skip
    events = {name: {"hazard": "0"} for name in design["events"]}
    found = scenario(design, {"t": {"accrual": "every 10 days", "events": events}})
    said = " ".join(explain(found).split())
    begins = (
        "Before all this one patient a dose, and one dose up each time, until the first DLT, a patient with "
        "mild or the top dose; that dose is then filled to 3 before it is judged."
    )
    assert begins in said
    assert "in the same time mild counts for the first stage" in said
    assert "Simon et al. (1997)" in said
    (sheet,) = decision_sheets(found)
    assert sheet.head[0].endswith(begins)
    (table,) = sheet.tables
    assert [row[1] for row in table.rows] == ["0", "1", "-", "-"], "after one patient: up, or filled"
