"""Evidence: hand-worked. Decisions of dose finding as sheets: bounds, letters, other designs, amendments."""

import json

import pytest

from simulator.errors import TrialstopError
from simulator.reporting.decision_tables import decision_sheets
from simulator.reporting.sheets import printed
from tests.helpers import ROOT, loaded, scenario

LADDER = ["1 mg", "2 mg", "3 mg"]
BOIN = {"kind": "boin", "target": "30%", "n_max": 18}
TABLE = {
    "kind": "user_table",
    "target": "30%",
    "n_max": 6,
    "table": {"3": "E S D DU", "6": "E S E D D DU DU"},
}


def of_designs(method, **others):
    """Variants of one design by their dose finding."""
    design = {
        "drugs": {"x": LADDER},
        "phases": {"one": {"lasts": "30 days", "gives": {"x": "assigned"}}},
        "events": {"dlt": {"window": "20 days"}},
        "dose_finding": method,
        "accrual": {"until": "60 treated"},
        **others,
    }
    truth = {"accrual": "every 10 days", "events": {"dlt": {"components": {"c": {"hazard": "0"}}}}}
    return scenario(design, {"t": truth})


def test_bounds_stand_below_numbers_of_patients():
    (sheet,) = decision_sheets(of_designs(BOIN))
    lines = sheet.text.splitlines()
    start = lines.index(next(line for line in lines if line.startswith("patients")))
    assert [line.split("  ")[0] for line in lines[start + 2 : start + 6]] == [
        "escalate if <=",
        "stay if",
        "de-escalate if >=",
        "eliminate if >=",
    ]
    assert [line.split()[-2:] for line in lines[start : start + 6] if line[0] != "-"] == [
        ["14", "15"],
        ["3", "3"],
        ["4-5", "4-5"],
        ["6", "6"],
        ["8", "8"],
    ]
    assert lines[start + 7].split() == ["patients", "16", "17", "18"]
    assert "up is stay; so is down at the lowest dose." in sheet.text
    assert "left out" not in sheet.text


def test_letters_where_bounds_do_not_say_all():
    (sheet,) = decision_sheets(of_designs(TABLE))
    rows = [line.split() for line in sheet.text.splitlines() if " DLT" in line and line[0].isdigit()]
    assert rows == [
        ["0", "DLTs", "E", "E"],
        ["1", "DLT", "S", "S"],
        ["2", "DLTs", "D", "E"],
        ["3", "DLTs", "DU", "D"],
        ["4", "DLTs", "D"],
        ["5", "DLTs", "DU"],
        ["6", "DLTs", "DU"],
    ]
    assert "With a number of patients that is left out it stays." in sheet.text
    assert [(r["n"], r["decisions"], r["escalate_if_le"]) for r in sheet.tables[0].records] == [
        (3, "E S D DU", 0),
        (6, "E S E D D DU DU", None),
    ]


def test_a_design_that_decides_by_several_doses_says_what_it_does_where_one_was_given():
    sheets = decision_sheets(loaded(ROOT / "scenarios/mec.yaml"))
    assert [sheet.variants[0] for sheet in sheets] == ["as_amended", "variant_a"]
    assert len(sheets[0].variants) == 8
    assert "It decides by the counts of several doses." in sheets[0].text
    assert {"n": 3, "dlt": 1, "decision": "stay +3"} in sheets[0].tables[0].records


def test_an_amended_design_has_its_own_sheet():
    change = {"design.dose_finding.target": "20%"}
    amended = {"lower": {"when": "9 treated", "change": change, "counts": "keep"}}
    sheets = decision_sheets(of_designs(BOIN, amendments=amended))
    assert [sheet.name for sheet in sheets] == ["dose finding", "dose finding after lower"]
    assert [sheet.head[0].startswith("After the amendment lower: ") for sheet in sheets] == [False, True]
    ladder = {"short": {"when": "9 treated", "change": {"design.dose_finding.ladder": LADDER[:2]}}}
    assert len(decision_sheets(of_designs(BOIN, amendments=ladder))) == 1, "the design is the same"


def test_every_form():
    sheets = decision_sheets(of_designs(BOIN))
    assert printed([], [], "csv", doses=sheets).splitlines()[:5] == [
        "rule,variants,table,n,escalate_if_le,deescalate_if_ge,eliminate_if_ge,decisions",
        "dose finding,as_written,decisions,1,0,1,,E D",
        "dose finding,as_written,decisions,2,0,1,,E D D",
        "dose finding,as_written,decisions,3,0,2,3,E S D DU",
        "dose finding,as_written,decisions,4,0,2,3,E S D DU DU",
    ]
    whole = json.loads(printed([], [], "json", doses=sheets))
    assert whole["dose_finding"][0]["tables"]["decisions"][2]["deescalate_if_ge"] == 2
    assert "| escalate if \\<= | 0 | 0 | 0 |" in printed([], [], "markdown", doses=sheets)


def test_without_dose_finding_there_is_none():
    assert decision_sheets(ROOT / "scenarios/leni.yaml") == []
    with pytest.raises(TrialstopError, match=r"no variant 'x'"):
        decision_sheets(ROOT / "scenarios/mec.yaml", variants=["x"])
