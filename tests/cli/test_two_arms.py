"""`boundaries` of rules that compare two arms: alone and in a file, every format, what is wrong said once.

Evidence: exact. The numbers are those of tests/exact/test_two_arm.py, found independently there.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

import simulator
from simulator.contracts import Plan
from tests.cli.conftest import Call
from tests.helpers import ROOT

DIFFERENCE = (
    "--rule", "posterior_difference", "--set", "prior={events: 0.5, others: 0.5}",
    "--set", "certainty=more than 95%",
)  # fmt: skip
FIVES = (*DIFFERENCE, "--max-n", "20", "--looks", "every 5")


def tree(call: Call, *arguments: str) -> dict[str, Any]:
    """The only rule in JSON."""
    found = call("boundaries", *arguments, "--format", "json")
    assert found.exit_code == 0, found.stderr
    (rule,) = json.loads(found.stdout)["rules"]
    return rule


def test_least_counts_stand_with_the_posterior_on_both_sides(call: Call) -> None:
    rows = tree(call, *DIFFERENCE, "--looks", "7/9")["tables"]["boundary"]
    assert [row["least_first"] for row in rows[:3]] == [2, 4, 5]
    assert len(rows) == 10
    assert rows[-1] == {
        "n1": 7, "n2": 9, "events_second": 9, "least_first": None,
        "posterior_at_the_bound": None, "posterior_one_short": None,
    }  # fmt: skip
    assert rows[1]["posterior_at_the_bound"] > 0.95 >= rows[1]["posterior_one_short"]
    assert rows[1]["posterior_one_short"] == pytest.approx(0.9269, abs=5.1e-5)


def test_several_looks_stand_beside_the_level_of_one(call: Call) -> None:
    tables = tree(call, *FIVES, "--rate", "5%,11%,25%,50%")["tables"]
    found = [row["p_stop"] for row in tables["common"]]
    assert found == pytest.approx([0.033260, 0.081242, 0.111340, 0.119483], abs=5.1e-7)
    (largest,) = tables["largest"]
    assert largest["p_stop"] == pytest.approx(found[-1], abs=1e-9)
    assert largest["p_stop_last_look_alone"] < largest["p_stop"] / 2
    first, *_, last = tables["by_look"]
    assert first["p_stop_alone"] == first["p_stop_up_to_it"]
    assert last["p_stop_alone"] == largest["p_stop_last_look_alone"]
    assert last["p_stop_up_to_it"] == largest["p_stop"]
    assert [row["n1"] for row in tables["by_look"]] == [5, 10, 15, 20]


def test_rates_that_differ_are_asked_for(call: Call) -> None:
    rows = tree(call, *FIVES, "--joint", "25%,11%", "--joint", "43%,11%")["tables"]["differing"]
    assert [row["p_stop"] for row in rows] == pytest.approx([0.406014, 0.828403], abs=5.1e-7)
    assert [row["expected_n"] for row in rows] == pytest.approx([34.0900, 24.9092], abs=5.1e-5)
    assert sum(rows[0][f"p_stop_at_{n}_{n}"] for n in (5, 10, 15, 20)) == pytest.approx(rows[0]["p_stop"])
    assert "differing" not in tree(call, *FIVES)["tables"]


def test_the_sheet_says_what_a_protocol_may_claim(call: Call) -> None:
    text = " ".join(call("boundaries", *FIVES).stdout.split())
    assert "Several looks are not the level of one." in text
    assert "The largest P(stop) at a common rate, 0 to 100%, is 0.119483, at 50%" in text
    assert "the false-stop rate that a protocol may claim" in text
    assert "source: Thall and Simon (1994)" in text
    one = " ".join(call("boundaries", *DIFFERENCE, "--looks", "8/9").stdout.split())
    assert "Several looks" not in one
    assert "last look" not in one


def test_without_rates_all_of_0_to_1_is_told(call: Call) -> None:
    rates = [row["rate"] for row in tree(call, *FIVES)["tables"]["common"]]
    assert (rates[0], rates[-1], len(rates)) == (0.0, 1.0, 21)


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ("every 8", [(8, 8), (16, 16)]),
        ("8, 16", [(8, 8), (16, 16)]),
        ("5, 10 ... 20", [(5, 5), (10, 10), (15, 15), (20, 20)]),
        ("8/9, 16/18", [(8, 9), (16, 18)]),
        ("4/5, 8/10 ... 16/20", [(4, 5), (8, 10), (12, 15), (16, 20)]),
    ],
)
def test_looks_are_those_asked_for(call: Call, looks: str, expected: list[tuple[int, int]]) -> None:
    rows = tree(call, *DIFFERENCE, "--max-n", "20", "--looks", looks)["tables"]["by_look"]
    assert [(row["n1"], row["n2"]) for row in rows] == expected


def test_a_trial_may_go_on_after_its_last_look(call: Call) -> None:
    (row,) = tree(call, *DIFFERENCE, "--max-n", "20", "--looks", "10", "--rate", "0%")["tables"]["common"]
    assert row["expected_n"] == 40.0


@pytest.mark.parametrize(
    ("kind", "sets"),
    [
        ("fisher_exact", ["level=at most 2.5%"]),
        ("haybittle_peto", []),
        ("event_split", ["level=at most 2.5%"]),
        ("table_2d", ["rows={8/9: [2, 4, 5, never]}"]),
    ],
)
def test_every_rule_and_format(call: Call, kind: str, sets: list[str]) -> None:
    asked = ["--rule", kind, "--looks", "8/9", *(text for each in sets for text in ("--set", each))]
    text = call("boundaries", *asked).stdout
    sheet = simulator.comparing_rule(kind, looks="8/9", sets=sets)
    assert str(sheet) == text.rstrip("\n")
    rows = list(csv.DictReader(io.StringIO(call("boundaries", *asked, "--format", "csv").stdout)))
    assert {row["table"] for row in rows} == {"boundary", "common", "largest"}
    least = [row["least_first"] for row in rows if row["table"] == "boundary"]
    assert least[0] == str(sheet.rule.lower(Plan(max_n=9)).row(8, 9)[0])
    assert call("boundaries", *asked, "--format", "markdown").stdout.startswith(f"## two_arms: {kind}\n")


def test_a_rule_by_person_time_is_told_by_shares_of_the_follow_up(call: Call) -> None:
    """Of 3 events 3 stop up to a share of .025^(1/3) = 29.2 %."""
    sets = ["level=at most 2.5%", "by=person_time"]
    sheet = simulator.comparing_rule("event_split", looks="8/9", sets=sets)
    assert sheet.ends is None
    assert "Meant for rare events" in sheet.text
    assert "No exact P(stop): the arms' follow-up at a look is left to chance." in sheet.text
    table = sheet.tables[0]
    assert table.head == [["d", "25%", "33.3%", "50%", "66.7%", "75%"]]
    assert (table.rows[2], table.rows[5], len(table.rows)) == (
        ["3", "3", "-", "-", "-", "-"],
        ["6", "5", "5", "6", "-", "-"],
        17,
    )
    asked = ("--rule", "event_split", "--looks", "8/9", *(part for each in sets for part in ("--set", each)))
    rows = list(csv.DictReader(io.StringIO(call("boundaries", *asked, "--format", "csv").stdout)))
    (share,) = [row["largest_share"] for row in rows if (row["events"], row["events_first"]) == ("3", "3")]
    assert float(share) == pytest.approx(0.025 ** (1 / 3), rel=1e-9)  # ties included


def test_a_file_tells_its_rules_that_compare(call: Call) -> None:
    """The check twin looks at 5, 10, 15, 20 of each arm; of sizes left to chance no P(stop) is told."""
    twin, khouri = ROOT / "scenarios/checks/khouri.yaml", ROOT / "scenarios/khouri.yaml"
    sheets = [s for s in simulator.boundaries(twin) if isinstance(s, simulator.ComparingSheet)]
    ends = sheets[0].ends
    assert ends is not None
    assert ends.at(0.11, 0.11).p_stop == pytest.approx(0.081242, abs=5.1e-7)
    sheets = [s for s in simulator.boundaries(khouri) if isinstance(s, simulator.ComparingSheet)]
    assert all(sheet.ends is None for sheet in sheets)
    assert all("No exact P(stop): " in sheet.text for sheet in sheets)
    assert "population: treated_as_randomised" in sheets[0].text
    found = call("boundaries", str(khouri))
    assert found.exit_code == 0
    assert "at some sizes of both" in " ".join(found.stdout.split())


@pytest.mark.parametrize("option", [("--from", "4/10"), ("--observed", "0,1"), ("--after", "20%")])
def test_what_is_of_one_count_is_not_asked_of_a_file_that_compares(
    call: Call, option: tuple[str, str]
) -> None:
    found = call("boundaries", str(ROOT / "scenarios/checks/khouri.yaml"), *option)
    assert found.exit_code == 2
    assert "these compare two arms" in found.stderr


def test_a_rule_that_compares_is_not_calibrated(call: Call) -> None:
    settings = "design.monitoring.difference.rule.certainty=more than 90%,more than 95%"
    asked = ("--rule", "difference", "--vary", settings, "--target", "p_stop<=5% under no_effect")
    found = call("calibrate", str(ROOT / "scenarios/checks/khouri.yaml"), *asked)
    assert (found.exit_code, found.stdout) == (2, "")
    assert "--rule difference compares two arms" in found.stderr
    assert "`sweep --vary` plays each of its settings" in found.stderr


def test_rules_of_a_file_that_compare_are_drawn_beside_the_others(call: Call, tmp_path: Path) -> None:
    khouri, there = ROOT / "scenarios/khouri.yaml", tmp_path / "there"
    found = call("boundaries", str(khouri), "--variant", "as_run", "--out", str(there))
    assert found.exit_code == 0
    assert sorted(path.stem for path in there.iterdir()) == [
        "boundary-as_run-gvhd_alone",
        "boundary-as_run-tolerability",
        "rates-as_run-gvhd_alone",
        "rates-as_run-tolerability",
        "two_arms-as_run-difference",
    ]


KEYS = ("--set", "prior={events: 1, others: 1}", "--set", "certainty=more than 95%")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (KEYS, "--looks  found every 1 without --max-n"),
        ((*KEYS, "--looks", "5, 3"), "--looks  found 5, 3"),
        ((*KEYS, "--looks", "5/4, 6/3"), "that rise"),
        ((*KEYS, "--looks", "0/4"), "from 1, that rise"),
        ((*KEYS, "--looks", "8 v 9"), 'found "8 v 9"'),
        ((*KEYS, "--looks", "5, 10 ... 22"), "found 5, 10 ... 22"),
        ((*KEYS, "--looks", "10 ... 20"), "found 10 ... 20"),
        ((*KEYS, "--looks", "every 30", "--max-n", "20"), "allowed every 1 to every 20"),
        ((*KEYS, "--looks", "25", "--max-n", "20"), "25 patients in an arm, allowed at most 20"),
        ((*KEYS, "--looks", "501"), "allowed at most 500"),
        ((*KEYS, "--looks", "9", "--from", "1/4"), "--from is of rules on one count"),
        ((*KEYS, "--looks", "9", "--out", "there"), "--out is of rules on one count"),
        ((*KEYS, "--looks", "9", "--joint", "20%"), "--joint 20%: allowed"),
        ((*KEYS, "--looks", "9", "--set", "margn=5%"), "did you mean margin?"),
    ],
)
def test_what_is_wrong_is_said_once(call: Call, arguments: tuple[str, ...], said: str) -> None:
    found = call("boundaries", "--rule", "posterior_difference", *arguments)
    assert found.exit_code == 2 and found.stdout == ""
    assert found.stderr.count(said) == 1
    assert "design." not in found.stderr and "Traceback" not in found.stderr


MISTAKES = [
    ("posterior_difference", ["certainty=more than 95%"], "`prior` is needed here"),
    ("posterior_difference", [*KEYS[1::2], "certainty=less than 95%"], "allowed more than or at least"),
    ("posterior_difference", [*KEYS[1::2], "margin=100%"], "allowed a margin below 100%"),
    ("posterior_difference", [*KEYS[1::2], "certainty=more than 99.999999%"], "is known to 1e-10 only"),
    ("posterior_difference", [*KEYS[1::2], "prior={events: 0.01, others: 1}"], "at least 0.05 events"),
    ("posterior_difference", [*KEYS[1::2], "prior={first: {events: 1, others: 1}}"], "prior.second"),
    ("fisher_exact", ["level=more than 5%"], "allowed less than or at most"),
    ("fisher_exact", ["level=at most 60%"], "allowed at most 50%"),
    ("haybittle_peto", ["bound=11"], "at most 10"),
    ("event_split", [], "none of level, certainty, spend, allowed one of the three"),
    ("event_split", ["level=at most 5%", "certainty=more than 95%"], "level and certainty"),
    ("event_split", ["certainty=more than 95%"], "prior missing beside certainty"),
    ("event_split", ["level=at most 5%", "prior={events: 1, others: 1}"], "prior without certainty"),
    ("event_split", ["level=at least 5%"], "allowed less than or at most"),
    ("event_split", ["spend={level: 5%, function: pocock, events: 9, shape: 2}"], "pocock with shape"),
    ("event_split", ["spend={level: 60%, function: pocock, events: 9}"], "at most 50%"),
    ("event_split", ["level=at most 5%", "share=100%"], "above 0 and below 1"),
    ("event_split", ["level=at most 5%", "by=follow_up"], "`allocation` or `person_time`"),
    ("event_split", ["level=at most 5%", "by=person_time", "share=1/2"], "share by person_time"),
    (
        "event_split",
        ["spend={level: 5%, function: pocock, events: 9}", "by=person_time"],
        "its bounds would depend on the follow-up at every event before",
    ),
    ("table_2d", ["rows={}"], "N1/N2 with the least count"),
    ("table_2d", ["rows={8: [2]}"], "hint: the row"),
    ("table_2d", ["rows={9-8/9: [2]}"], "the last not before the first"),
    ("table_2d", ["rows={8/9: [2, 4, 3]}"], "4 at 1, but 3 at 2 in the row 8/9"),
    ("table_2d", ["rows={8/9: [2, never, 3]}"], "never at 1, but 3 at 2 in the row 8/9"),
    ("table_2d", ["rows={8/9: [0]}"], "0 in the row 8/9"),
    ("table_2d", ["rows={8/9: [often]}"], "often in the row 8/9"),
    ("table_2d", ["rows={8/1: [2, 3, 4]}"], "3 counts in the row 8/1"),
    ("table_2d", ["rows={8/9: [9]}"], "a first count that n1 patients can reach"),
    (
        "table_2d",
        ["rows={8-9/9: [2], 9/9-12: [3]}"],
        "8-9/9 beside 9/9-12",
    ),
]


@pytest.mark.parametrize(("kind", "sets", "said"), MISTAKES, ids=[m[2] for m in MISTAKES])
def test_a_key_that_cannot_be_is_named(kind: str, sets: list[str], said: str) -> None:
    with pytest.raises(simulator.ScenarioError) as caught:
        simulator.comparing_rule(kind, looks="8/9", sets=sets)
    assert "\n".join(problem.text() for problem in caught.value.problems).count(said) == 1


def test_a_rule_on_one_count_is_none_of_these() -> None:
    with pytest.raises(simulator.TrialstopError, match="pocock is no rule that compares two arms"):
        simulator.comparing_rule("pocock", 20)
