"""Evidence: hand-worked, exact. Decisions of dose finding as maps: what each cell says, and their numbers."""

import numpy as np
import pytest

from simulator.contracts import NO_DOSE, DoseCounts
from simulator.errors import TrialstopError
from simulator.reporting.decision_maps import WORDS, decision_maps, map_table
from simulator.reporting.plots.decisions import _rows, needs
from tests.helpers import ROOT, loaded
from tests.unit.test_decision_sheets import BOIN, LADDER, TABLE, of_designs

CRM = {"kind": "crm", "target": "30%", "n_max": 12, "skeleton": ["10%", "30%", "50%"]}


def test_a_design_by_the_counts_at_the_dose():
    """The cells of BOIN's printed table; eliminated from 3 of 3, 3 of 4 ... on."""
    (found,) = decision_maps(of_designs(BOIN))
    assert [" ".join(column) for column in found.columns[:4]] == ["E D", "E D D", "E S D DU", "E S D DU DU"]
    assert (len(found.columns), found.at, found.design) == (18, "", "BOIN, target 30%")
    assert _rows(found) == found.top + 2 < 19
    for column in found.columns:
        assert len(set(column[found.top :])) <= 1, "above it nothing changes"


def test_a_design_by_several_doses_is_asked_at_one_in_the_middle():
    """3+3 by hand; the CRM cell by cell as it decides, no other dose having been given."""
    found = decision_maps(loaded(ROOT / "scenarios/checks/mec.yaml"), variants=["variant_a"])[0]
    assert [" ".join(column) for column in found.columns] == [
        "S S",
        "S S D",
        "E S D D",
        "E S D D D",
        "E S D D D D",
        "E E D D D D D",
    ]
    assert found.at == "10 mg"
    scenario = of_designs(CRM)
    (found,) = decision_maps(scenario)
    design = next(iter(scenario.designs.values())).dose_finding.method
    for n, column in enumerate(found.columns, start=1):
        dlt = np.arange(n + 1)
        others, last = np.zeros_like(dlt), n <= design.cohort
        counts = DoseCounts(
            n=np.stack([others, np.full_like(dlt, n), others], axis=1),
            dlt=np.stack([others, dlt, others], axis=1),
            current=np.ones_like(dlt),
            last_n=np.full_like(dlt, n * last),
            last_dlt=dlt * last,
        )
        dose = design.decide(counts).dose
        expected = np.select([dose == NO_DOSE, dose > 1, dose < 1], ["over", "E", "D"], "S")
        assert list(column) == expected.tolist()
    assert set(found.columns[-1]) == {"over"}, "all are treated"


def test_the_numbers_of_the_maps():
    lines = map_table(decision_maps(of_designs(TABLE))).lines(100)
    assert [line.split() for line in lines[:2]] == [
        ["up,", "stay,", "down,", "eliminated,"],
        ["patients", "DLTs", "DLTs", "DLTs", "DLTs"],
    ]
    rows = {line.split()[0]: line.split()[1:] for line in lines if line.startswith("  ")}
    assert rows["3"] == ["0", "1", "2", "3"]
    assert " ".join(rows["6"]) == "0, 2 1 3-4 5-6"  # E S E D D DU DU


def test_every_cell_is_in_the_numbers():
    maps = decision_maps(of_designs(CRM))
    grid = map_table(maps)
    letters = [letter for letter in WORDS if any(letter in c for c in maps[0].columns)]
    for column, row in zip(maps[0].columns, grid.rows[1:], strict=True):
        counted = {letter: cell for letter, cell in zip(letters, row[1:], strict=True)}
        for dlt, letter in enumerate(column):
            parts = [part.split("-") for part in counted[letter].split(", ")]
            assert any(int(part[0]) <= dlt <= int(part[-1]) for part in parts)
        assert {letter for letter, cell in counted.items() if cell != "-"} == set(column)


def test_variants_share_a_map_and_an_amended_design_has_its_own():
    change = {"design.dose_finding.target": "20%"}
    amended = {"lower": {"when": "9 treated", "change": change, "counts": "keep"}}
    maps = decision_maps(of_designs(BOIN, amendments=amended))
    assert [each.name for each in maps] == ["dose finding", "dose finding after lower"]
    mec = decision_maps(ROOT / "scenarios/mec.yaml")
    assert [len(each.variants) for each in mec] == [8, 1]
    assert LADDER[1] == decision_maps(of_designs(CRM))[0].at


def test_without_dose_finding_there_is_none():
    assert decision_maps(ROOT / "scenarios/leni.yaml") == [] and needs([]) == "dose finding"
    with pytest.raises(TrialstopError, match=r"no variant 'x'"):
        decision_maps(ROOT / "scenarios/mec.yaml", variants=["x"])
