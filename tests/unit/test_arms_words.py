"""Evidence: traces by hand. Arms in explain, in the story of a trial, in files and in the swimmer plot."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from simulator.engines.reference.trial import play_one
from simulator.loading.load import load
from simulator.model.latents import ScriptedLatents
from simulator.model.scenario import Scenario
from simulator.reporting.explain import explain
from simulator.reporting.figures import draw_trace
from simulator.reporting.narrative import Trace
from simulator.reporting.plots import swimmer
from simulator.reporting.style import style
from simulator.reporting.tables import render
from simulator.study.recording import Recorder
from simulator.study.run import programs, run
from tests.helpers import ROOT, SEED, rule, scenario

KHOURI = ROOT / "scenarios/khouri.yaml"
ONE_EACH = {"events": 1, "others": 1}
FIRST, SECOND = 0.25, 0.75  # draws that fall into one arm or the other, allocated alone


def flat(text: str) -> str:
    """On one line."""
    return re.sub(r"\s+", " ", text)


def design(**more: Any) -> dict[str, Any]:
    """Two arms, screening of 10 days, half of the drug's patients refuse, and a rule that compares."""
    return {
        "accrual": {"until": "4 randomised"},
        "screening": {"takes": "10 days", "eligible": "50%"},
        "arms": {"new": {"gives": {"drug": "low"}}, "old": {}},
        "refusal": {"new": "50%", "then": "untreated"},
        "drugs": {"drug": ["low"]},
        "phases": {"treatment": {"lasts": "100 days"}},
        "events": {"x": {"window": "30 days"}},
        "monitoring": {
            "compared": {
                "counts": {"event": "x"},
                "compare": ["new", "old"],
                "population": "as_treated",
                "rule": {
                    "kind": "posterior_difference",
                    "prior": {"events": 1, "others": 1},
                    "certainty": "more than 95%",
                },
                "look": {"at": "1, 2 completed in each arm"},
                "then": [],
            },
            "of_old": {
                "counts": {"event": "x"},
                "arms": "old",
                "rule": {"kind": "at_least", "count": 2},
                "then": [],
            },
        },
        **more,
    }


TRUTH = {"accrual": "every 20 days", "events": {"x": {"hazard": "0"}}}


@pytest.fixture(scope="module")
def told() -> Trace:
    """Candidate 1 is not eligible; 2 refuses new, 3 has old and x, 4 has new, 5 old and x; 6 is too late."""
    read = scenario(design(), {"truth": TRUTH})
    ((variant, truth), here) = next(iter(programs(read).items()))
    draws = {("screening/eligible", who): (0.9 if who == 0 else 0.1,) for who in range(9)}
    draws |= {("randomisation/stratum:0", k): (u,) for k, u in enumerate((FIRST, SECOND, FIRST, SECOND))}
    draws |= {("refusal", who): (0.1 if who == 1 else 0.9,) for who in range(9)}
    stream = here.components[0].stream
    days = {(stream, 1): (4.0,), (stream, 2): (5.0,), (stream, 4): (6.0,)}
    records = play_one(here, ScriptedLatents(days=days, draws=draws))
    return Trace(
        title="by hand", variant=variant, truth=truth, trial=0, seed=SEED, program=here,
        rules=read.designs[variant].monitoring, records=records,
    )  # fmt: skip


def lines(told: Trace) -> list[tuple[float, str]]:
    return [(day, text) for day, _, _, text in told.lines()]


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (0.0, "candidate 1 is registered"),
        (10.0, "screening is over: candidate 1 is not eligible"),
        (
            30.0,
            "patient 2 is randomised to new (place 1 of the list), refuses and is untreated, and enters "
            "treatment, on no drug",
        ),
        (50.0, "patient 3 is randomised to old (place 2 of the list) and enters treatment, on no drug"),
        (70.0, "patient 4 is randomised to new (place 3 of the list) and enters treatment, on drug low"),
        (
            34.0,
            "report of patient 2's x: does not count for compared (untreated); does not count for of_old (a "
            "patient of new)",
        ),
        (55.0, "report of patient 3's x: counts for compared; counts for of_old"),
        (96.0, "report of patient 5's x: counts for compared; counts for of_old"),
        (
            100.0,
            "look 1 of compared, new against old: 0 of 1 in the first arm and 2 of 2 in the second had the "
            "event; P(p1 > p2) = 0.1000, not more than 95%: go on",
        ),
        (96.0, "look 2 of of_old: 2 counted among 2, at least 2: STOP"),
    ],
)  # fmt: skip
def test_the_story_of_a_trial(told: Trace, day: float, text: str) -> None:
    """P(p1 > p2) for Beta(1, 2) against Beta(3, 1) is E p1^3 = 1/10."""
    assert (day, text) in lines(told)


def test_the_end_of_the_story(told: Trace) -> None:
    assert (
        "5 candidates registered. 4 patients of at most 4 enrolled. Randomised: 2 to new and 2 to old."
        in flat(told.text())
    )


def test_lanes_stand_arm_by_arm_with_the_screening_before_the_entry(told: Trace, tmp_path: Path) -> None:
    with style():
        (figure,) = swimmer.draw(told)
    (axis,) = figure.axes
    names = [re.sub(r"[\s\u2007]+", " ", label.get_text()) for label in axis.get_yticklabels()]
    assert names == ["new, refused 2", "new 4", "old 3", "old 5", "looks"]
    month = 30.4375
    spans = [line.get_xdata() for line in axis.lines if len(line.get_xdata()) == 2]
    assert [20 / month, 30 / month] in [pytest.approx(list(span)) for span in spans]
    assert [path.name for path in draw_trace(told, tmp_path / "one.png")] == ["one.png"]


@pytest.mark.parametrize(
    "words",
    [
        "A candidate is registered on arrival; screening takes a time drawn, uniform between 90 days and 100 "
        "days. Then 44.74% are found eligible and enter, if accrual is open on that day.",
        "enter not always in the order in which they came",
        "lenalidomide, 1 of 2 patients: lenalidomide 5 mg every other day.",
        "standard, 1 of 2 patients: no lenalidomide.",
        "Patients are allocated in permuted blocks of 2 or 4:",
        "where two designs enter candidates in another order, a candidate's arm may differ.",
        "12.5% of those in the arm lenalidomide refuse what it gives and receive nothing: they are "
        "untreated. Who refuses does not depend on what would happen to the patient, which is an assumption.",
        "treatment, 12 months: lenalidomide 5 mg every other day in the arm lenalidomide.",
        "difference compares the arm lenalidomide, for more events there, with the arm standard: those "
        "who took what the arm drawn gives; refusers are in no arm (`treated_as_randomised`; randomisation "
        "does not protect it); windows run from entry all the same.",
        "(`randomised`: the population that randomisation protects)",
        "boundary: stop, such as at 5 in each arm: 3, 4, 5 or more in lenalidomide beside 0, 1, 2, ... "
        "events in standard",
        "in the arm lenalidomide gvhd 48.15% 48.15%",
        "untreated gvhd 11.11% 11.11%",
    ],
)
def test_explain_says_it(words: str, khouri: str) -> None:
    assert words in khouri


@pytest.fixture(scope="module")
def khouri() -> str:
    return flat(explain(load(KHOURI)))


def test_explain_of_other_ways_to_allocate() -> None:
    arms = {"low": {"share": 2, "gives": {"drug": "low"}}, "high": {"gives": {"drug": "high"}}, "none": {}}
    truth = {
        "accrual": "every 20 days",
        "traits": {"frail": {"probability": "30%"}},
        "events": {"x": {"hazard": "0.1 per year", "arms": ["low", "high"], "arm_ratio": {"high": 2}}},
    }
    read = scenario(
        design(
            arms=arms,
            drugs={"drug": ["low", "high"]},
            randomisation={"method": "permuted_blocks", "stratum": "frail"},
            refusal={"high": "10%", "then": "none", "only_if": "frail"},
            monitoring={"board": {**rule("x", 2), "look": "every 3 treated in low"}},
        ),
        {"truth": truth},
    )  # fmt: skip
    said = flat(explain(read))
    for words in (
        "screening takes 10 days. Then 50% are found eligible",
        "and enter in the same order.",
        "low, 2 of 4 patients: drug low. high, 1 of 4 patients: drug high. none, 1 of 4 patients: no drug.",
        "permuted blocks of 8: in a block every arm comes as often as its share says, in an order drawn "
        "anew. Patients with the trait frail and those without it have blocks of their own.",
        "10% of those in the arm high with the trait frail refuse what it gives and receive what none gives. "
        "Refusal is informative: it goes with the trait frail",
        "treatment, 100 days: drug low in the arm low, high in the arm high.",
        "It looks each time 3 more patients are treated in low.",
        "board reads all arms together (pooled), as a blinded board sees them.",
        "only in the arms low or high; times 2 in the arm high",
    ):
        assert words in said
    assert "untreated" not in said


# ---------------------------------------------------------------- files and tables


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A run of two variants with its records, and all of its tables."""
    folder = tmp_path_factory.mktemp("kept")
    read: Scenario = load(KHOURI)
    with Recorder(folder) as keep:
        results = run(
            read, variants=["as_run", "as_treated"], truths=["reported"], trials=40, seed=SEED, keep=keep,
            self_check=0,
        )  # fmt: skip
    return folder, render(results, full=True)


def test_files_tell_arms_registration_and_screenings(kept: tuple[Path, str]) -> None:
    folder, _ = kept
    patients = pq.read_table(folder / "patients.parquet").to_pylist()
    screenings = pq.read_table(folder / "screenings.parquet").to_pylist()
    whose = ("variant", "trial", "patient")
    entered = {tuple(row[name] for name in whose): row for row in screenings if row["outcome"] == "entered"}
    assert len(entered) == len(patients)
    for row in patients:
        of = entered[tuple(row[name] for name in whose)]
        assert row["registered_day"] == of["registered_day"]
        assert row["entry_day"] == of["over_day"], "no hold, so nobody waits"
        assert 90 - 1e-5 <= row["entry_day"] - row["registered_day"] <= 100 + 1e-5
        assert row["arm"] in {"lenalidomide", "standard"}
        other = {"as_run": "untreated", "as_treated": "standard"}[row["variant"]]
        assert row["arm_received"] in {row["arm"], other}
    assert {row["arm_received"] for row in patients} == {"lenalidomide", "standard", "untreated"}
    assert {row["outcome"] for row in screenings} == {"entered", "not eligible", "accrual closed"}
    looks = pq.read_table(folder / "looks.parquet").to_pylist()
    assert {row["endpoint"] for row in looks if row["rule"] == "difference"} == {"lenalidomide", "standard"}


def test_tables_tell_arms_and_a_rule_that_only_votes(kept: tuple[Path, str]) -> None:
    _, tables = kept
    said = flat(tables)
    assert "No rule acts, so no trial is stopped. How often each fires at any time, in % of trials:" in said
    for words in ("From registration to entry,", "Arms, as means over trials.", "Patients with gvhd by arm"):
        assert said.count(words) == 1
    assert said.count("Risk difference: the share of an arm's patients with it less that of standard") == 1
    assert max(map(len, tables.splitlines())) <= 100


def test_a_stratum_is_told_by_its_trait(tmp_path: Path) -> None:
    truth = {
        "accrual": "every 20 days",
        "traits": {"frail": {"probability": "50%"}},
        "events": TRUTH["events"],
    }
    read = scenario(
        design(randomisation={"method": "permuted_blocks", "stratum": "frail"}, monitoring={}),
        {"truth": truth},
    )
    with Recorder(tmp_path) as keep:
        run(read, trials=20, seed=SEED, keep=keep, self_check=0, engine="simpy")
    rows = pq.read_table(tmp_path / "patients.parquet").to_pylist()
    assert {row["stratum"] for row in rows} == {"with frail", "without frail"}
