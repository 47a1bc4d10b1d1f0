"""`boundaries`: the n that looks can read and no others; the rates that the scenario's own truths have."""

from __future__ import annotations

import re
from math import comb, exp

import pytest

import simulator
from simulator.reporting.rule_sheets import RuleSheet
from tests.helpers import CHECK, ROOT

FERRAJOLI, MEC = ROOT / "scenarios/ferrajoli.yaml", ROOT / "scenarios/mec.yaml"


def listed(sheet: RuleSheet, outcome: str) -> list[int]:
    """First and last n of the table of an outcome."""
    table = sheet.text.partition(f"{outcome} at")[2].partition("\n\n")[0]
    n = [int(n) for line in table.splitlines()[2:] for n in line.split("  ")[0].split("-")]
    return [n[0], n[-1]]


def test_an_endpoint_that_counts_patients_ends_with_the_patients() -> None:
    """45 patients, each with up to 14 courses of treatment: toxicity by course to 630, response to 45."""
    (sheet,) = (s for s in simulator.boundaries(FERRAJOLI) if "x counts courses with toxicity" in s.text)
    assert (listed(sheet, "toxicity"), listed(sheet, "futility"), sheet.most) == ([1, 630], [1, 45], 630)
    (variant, *_) = sheet.variants
    words = simulator.explain(FERRAJOLI, variants=[variant])
    futility = " ".join(words.split()).partition("boundary: futility: ")[2].partition(" source:")[0]
    assert re.findall(r"(\d+)(?: or fewer)?; not possible at n 1-6$", futility) and "630" not in futility


def test_a_rule_of_the_expansion_ends_with_what_a_dose_can_have() -> None:
    """Six in the 3+3 and ten in the expansion, which are reached; 60 is the cap of the whole trial."""
    (sheet,) = simulator.boundaries(MEC)
    assert (listed(sheet, "stop"), sheet.most) == ([1, 16], 16)
    assert len(sheet.variants) == len(simulator.load(MEC).designs)


@pytest.mark.parametrize(
    "change",
    [
        "truths.observed_like.delays={dlt: {report: 7 days}}",
        "design.amendments.ten_days.applies_to=on_study",
        "design.monitoring.expansion_toxicity.among=treated",
    ],
)
def test_where_more_may_come_to_be_evaluable_the_cap_is_the_end(change: str) -> None:
    """Late reports may make one evaluable who was replaced; patients on study may come from other doses."""
    (sheet, *_) = simulator.boundaries(simulator.load(MEC, [change]), variants=["as_amended"])
    assert listed(sheet, "stop") == [1, 60]


def test_a_ladder_that_an_amendment_keeps_may_fill_a_dose_twice() -> None:
    ladder = "design.dose_finding.ladder: [5 mg d1-14, 10 mg d1-14], design.dose_finding.start: 5 mg d1-14"
    keeps = f"design.amendments.ten_days.change={{{ladder}}}"
    (sheet,) = simulator.boundaries(simulator.load(MEC, [keeps]), variants=["as_amended"])
    assert listed(sheet, "stop") == [1, 22]


def test_only_the_n_of_looks_are_listed() -> None:
    sheets = {v: sheet for sheet in simulator.boundaries(FERRAJOLI) for v in sheet.variants}
    assert re.findall(r"^(\d+) ", sheets["looks_every_5"].text.partition("\n\n")[2], re.M)[:9] == [
        str(n) for n in range(5, 50, 5)
    ]


def test_each_truth_has_a_row_with_its_own_rate() -> None:
    """LENI as planned: P(stop) is that of 2 or more of 20 with thrombosis, by the binomial law.

    The rate is 1 - exp(-H), H = 3 per 206 years on lenalidomide, which is given for two times six months.
    """
    (counted, *_) = simulator.boundaries(CHECK)
    row = next(line for line in counted.text.splitlines() if line.startswith("1.446%"))
    rate = 1 - exp(-3 / 206)
    none, one = ((comb(20, k) * rate**k * (1 - rate) ** (20 - k)) for k in (0, 1))
    assert float(row.split()[1]) == pytest.approx(1 - none - one, abs=5e-7)
    after = " ".join(counted.text.partition(row)[2].partition("\n5% ")[0].split())
    assert f"{row.partition('in ')[2]} {after}" == "with_maintenance, plus_30_days, plus_90_days: planned"
    assert "in combination_only: cll_like" in " ".join(counted.text.split())


def test_a_rate_that_several_truths_have_is_one_row() -> None:
    """Ferrajoli's check: the margins of design_null are the standards, whatever the association."""
    (sheet, *_) = simulator.boundaries(ROOT / "scenarios/checks/ferrajoli.yaml", variants=["joint"])
    toxicity, response = (" ".join(part.split()) for part in sheet.text.split(" alone, ")[1:])
    assert "45, 45 11.9149 design_null, inactive, most_negative, most_positive 35% " in toxicity
    assert "45, 45 6.9661 design_null, most_negative, most_positive 25% " in response
    assert len(re.findall(r"^30% ", sheet.text, re.M)) == 2
