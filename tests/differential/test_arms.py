"""Evidence: differential. Trials with arms, screening and refusal: both engines leave the same records.

Everything is on whole days, candidates come every 7 days and most delays are weeks, so that registrations,
ends of screening, windows, reports and looks fall on one instant and their order shows.
"""

from __future__ import annotations

import pytest

from simulator.engines.compare import first_difference
from simulator.engines.compiled import driver, memory
from simulator.engines.compiled.driver import play
from simulator.model.records import Screened
from simulator.program.tables import Program
from tests.differential.engines import Tree, difference, merged, of_tree
from tests.helpers import SEED, draws

RULE = "monitoring.rule"
POPULATIONS = ("randomised", "treated_as_randomised", "as_treated")
AT = {"7 days": "40%", "14 days": "40%", "21 days": "20%"}


def arms_design(**more: object) -> Tree:
    """Three arms on two drugs, 2 : 1 : 1; refusal; a rule of one arm that stops accrual."""
    return {
        "accrual": {"until": "16 randomised"},
        "arms": {
            "new": {"share": 2, "gives": {"x": "1 mg"}},
            "more": {"gives": {"x": "2 mg", "y": "1 mg"}},
            "old": {},
        },
        "randomisation": {"method": "permuted_blocks", "sizes": [4, 8]},
        "refusal": {"new": "30%", "more": "20%", "then": "untreated"},
        "drugs": {"x": ["1 mg", "2 mg"], "y": ["1 mg"]},
        "phases": {
            "one": {"lasts": "28 days", "course": "7 days", "next": "two"},
            "two": {"lasts": "14 days", "course": "7 days", "gives": {"x": "1 mg"}},
        },
        "events": {
            "a": {
                "repeats": True,
                "window": "28 days",
                "ruled_out_by": ["c"],
                "when_detected": [{"stop_drug": "x"}],
            },
            "c": {"when_detected": "leave"},
        },
        "monitoring": {
            "rule": {
                "counts": {"event": "a"},
                "arms": ["new", "more"],
                "rule": {"kind": "at_least", "count": 7},
                "then": ["close_accrual", {"stop_drug": "x"}],
            }
        },
        **more,
    }  # fmt: skip


TRUTH: Tree = {
    "accrual": "every 7 days",
    "traits": {
        "frail": {"probability": "40%"},
        "wary": {"probability": "50%"},
        "risk": {"beta": [2, 6]},
    },
    "associations": {"between": ["frail", "wary"], "odds_ratio": 4},
    "events": {
        "a": {
            "components": {
                "drug": {
                    "clock": "start of x",
                    "incidence": "60%",
                    "onset": {"at": AT},
                    "arms": ["new", "more"],
                },
                "arm": {"hazard": "0.01 per day", "arm_ratio": {"more": 3, "old": 0.5}},
                "since": {
                    "clock": "registration",
                    "incidence": "50%",
                    "onset": {"at": AT},
                    "unless": "frail",
                },
                "risky": {"trait_probability": {"trait": "risk", "within": "28 days"}, "while_on": "y"},
            }
        },
        "c": {"clock": "randomisation", "incidence": "30%", "onset": {"at": AT}},
    },
    "delays": {"a": {"detection": "7 days"}},
}

SCREENING: Tree = {
    "screening": {"takes": "14 days", "eligible": "70%"},
    "accrual": {"until": ["16 randomised", "40 registered"]},
}


def played_alike(changes: Tree, trials: int = 60, truth: Tree | None = None) -> None:
    program = of_tree(merged(arms_design(), changes), merged(TRUTH, truth or {}))
    assert difference(program, trials) == ""


def named(value: object) -> str:
    return str(value).replace("'", "")[:60]


# ---------------------------------------------------------------- before entry

RANDOMISATION: list[Tree] = [
    {"method": "simple"},
    {"method": "simple", "stratum": "frail"},
    {"method": "permuted_blocks"},
    {"method": "permuted_blocks", "sizes": [4]},
    {"method": "permuted_blocks", "sizes": [4, 8, 12]},
    {"method": "permuted_blocks", "sizes": [4, 8], "stratum": "wary"},
]
REFUSAL: list[Tree | None] = [
    None,
    {"new": "30%", "then": "untreated"},
    {"new": "100%", "more": "50%", "then": "old"},
    {"old": "40%", "new": "60%", "then": "more", "only_if": "wary"},
]


@pytest.mark.parametrize("randomisation", RANDOMISATION, ids=named)
@pytest.mark.parametrize("refusal", REFUSAL, ids=named)
def test_allocation_and_refusal(randomisation: Tree, refusal: Tree | None) -> None:
    """Candidates enter out of their turn, and not all do: places of lists are not their numbers."""
    screening = {"takes": {"uniform": ["0 days", "40 days"]}, "eligible": "70%"}
    played_alike({"randomisation": randomisation, "refusal": refusal, "screening": screening}, 20)


def test_a_trait_that_only_allocation_asks_for_is_drawn() -> None:
    """`frail` sets no hazard here; `wary` goes with it."""
    changes = {"randomisation.stratum": "wary", "refusal": {"new": "50%", "then": "old", "only_if": "frail"}}
    played_alike(changes, 200, {"events.a.components.since.unless": None})


@pytest.mark.parametrize("arms", [{"a": {}, "b": {}}, {"a": {"share": 3}, "b": {"share": 2}}], ids=named)
@pytest.mark.parametrize("randomisation", ["simple", "permuted_blocks"])
def test_two_arms_on_the_same_drugs(arms: Tree, randomisation: str) -> None:
    changes = {"arms": arms, "refusal": None, "randomisation": {"method": randomisation}, f"{RULE}.arms": "b"}
    components = {
        "events.a.components.drug.arms": "b",
        "events.a.components.arm.arm_ratio": {"a": 4},
    }
    played_alike(changes, 200, components)


TAKES: list[object] = [
    "0 days",
    "14 days",
    {"uniform": ["0 days", "40 days"]},
    {"lognormal": {"median": "10 days", "sigma": 1}},
]
HOLDS: list[Tree] = [
    {},
    {f"{RULE}.look": "every 3 randomised", f"{RULE}.wait": "accrual"},
    {"accrual.stagger": "10 days"},
]


@pytest.mark.parametrize("takes", TAKES, ids=named)
@pytest.mark.parametrize("held", ["lost", "queued"])
@pytest.mark.parametrize("holds", HOLDS, ids=named)
def test_screening_while_accrual_is_held(takes: object, held: str, holds: Tree) -> None:
    changes = {"screening": {"takes": takes, "eligible": "70%"}, "accrual.while_held": held, **holds}
    played_alike(changes, 20)


UNTIL: list[list[str]] = [
    ["16 randomised"],
    ["16 randomised", "16 registered"],
    ["10 randomised", "40 registered"],
    ["16 randomised", "98 days"],
    ["16 randomised", "98 days", "12 registered"],
]


@pytest.mark.parametrize("until", UNTIL, ids=named)
@pytest.mark.parametrize("held", ["lost", "queued"])
@pytest.mark.parametrize("eligible", ["20%", "100%"])
@pytest.mark.parametrize("law", ["every 7 days", "1 per week", "40 uniform over 300 days"])
def test_how_accrual_with_screening_ends(until: list[str], held: str, eligible: str, law: str) -> None:
    changes = {
        "screening": {"takes": "21 days", "eligible": eligible},
        "accrual": {"until": until, "while_held": held},
        f"{RULE}.look": {"at": ["4 randomised", "9 randomised"]},
        f"{RULE}.wait": "accrual",
    }
    played_alike(changes, 10, {"accrual": law})


def test_what_comes_of_candidates_is_met_in_every_way() -> None:
    """Lest the cases above be empty: every outcome of screening, and entries out of the order of arrival."""
    met, out_of_order = set[int](), False
    for held in ("lost", "queued"):
        changes = {
            "screening": {"takes": {"uniform": ["0 days", "40 days"]}, "eligible": "70%"},
            "accrual.while_held": held,
            **HOLDS[1],
        }
        program = of_tree(merged(arms_design(), changes), TRUTH)
        records = play(program, SEED, 0, 150)
        met |= set(records.screenings["outcome"].tolist())
        same = records.patients["trial"][1:] == records.patients["trial"][:-1]
        out_of_order |= bool(
            (same & (records.patients["candidate"][1:] < records.patients["candidate"][:-1])).any()
        )
    assert met == {int(outcome) for outcome in Screened}
    assert out_of_order


# ---------------------------------------------------------------- hazards

COMPONENTS: list[Tree] = [
    {"clock": "registration", "decay": {"initial": "0.05 per day", "mean_life": "20 days"}},
    {
        "clock": "registration",
        "piecewise": [{"to": "21 days", "hazard": "0.05 per day"}, {"hazard": "0.01 per day"}],
    },
    {"clock": "registration", "while_on": "x", "pauses": True, "hazard": "0.03 per day"},
    {
        "clock": "registration",
        "while_off": "y",
        "incidence": "90%",
        "onset": {"at": {"14 days": "50%", "35 days": "50%"}},
    },
    {"hazard": "0.03 per day", "arms": "old"},
    {"hazard": "0.01 per day", "arms": ["new", "old"], "arm_ratio": {"old": 5}, "while_in": "two"},
    {"clock": "start of x", "restarts": True, "incidence": "70%", "onset": {"at": AT}, "arms": "more"},
]  # fmt: skip


@pytest.mark.parametrize("component", COMPONENTS, ids=named)
@pytest.mark.parametrize("screening", [{}, SCREENING], ids=["at once", "screened"])
def test_hazards_of_arms_and_from_registration(component: Tree, screening: Tree) -> None:
    played_alike(screening, 25, {"events.a.components.more": component})


# ---------------------------------------------------------------- counts

AMONG = [
    ("patients", "treated"),
    ("patients", "completed"),
    ("patients", "known"),
    ("patients", "fail"),
    ("events", "treated"),
    ("events", "completed"),
    ("courses", "treated"),
    ("courses", "completed"),
]
ARMS: list[object] = ["pooled", "old", ["new", "more"]]


@pytest.mark.parametrize(("unit", "among"), AMONG, ids=named)
@pytest.mark.parametrize("population", POPULATIONS)
@pytest.mark.parametrize("arms", ARMS, ids=named)
@pytest.mark.parametrize("look", ["every report", {"every": "14 days", "and": "at the end"}], ids=named)
def test_counts_of_every_population(
    unit: str, among: str, population: str, arms: object, look: object
) -> None:
    rule = {"arms": arms, "population": population, "among": among, "look": look}
    changes = {f"{RULE}.{key}": value for key, value in rule.items()}
    played_alike({**changes, f"{RULE}.counts.unit": unit, "refusal.then": "old"}, 12)


@pytest.mark.parametrize("population", POPULATIONS)
def test_patients_who_are_pending_count_by_their_follow_up(population: str) -> None:
    bayes = {
        "kind": "beta_binomial",
        "prior": {"events": 0.3, "others": 0.7},
        "rate": "more than 30%",
        "certainty": "more than 80%",
    }
    rule = {"among": "weight", "population": population, "rule": bayes, "look": "every report"}
    played_alike({f"{RULE}.{key}": value for key, value in rule.items()}, 150)


LOOKS: list[object] = [
    "every 3 treated",
    "every 3 treated in old",
    "every 2 completed in each arm",
    "every 2 known in each arm",
    "every 2 known in more",
    "every 4 randomised",
    "every 1 randomised in more",
    "every 5 registered",
    {"at": ["2 treated in each arm", "5 completed in new", "12 randomised", "20 registered", "7 a events"]},
    {"at": "1, 2, 3 completed in each arm", "and": "at the end"},
    {"every": "2 treated in new", "from": 4, "and": "at the end"},
]
CONDUCT: list[Tree] = [
    {},
    {"data_cut": "7 days", "decision_lag": "7 days"},
    {"wait": "look"},
    {"wait": "accrual"},
]


@pytest.mark.parametrize("look", LOOKS, ids=named)
@pytest.mark.parametrize("conduct", CONDUCT, ids=named)
def test_looks_by_arms(look: object, conduct: Tree) -> None:
    changes = {f"{RULE}.{key}": value for key, value in conduct.items()}
    for i, population in enumerate(POPULATIONS):
        among = ("known", "completed", "treated")[i]
        more = {f"{RULE}.population": population, f"{RULE}.look": look, f"{RULE}.among": among}
        played_alike({**SCREENING, **changes, **more}, 10)


# ---------------------------------------------------------------- comparing rules

COMPARING: list[Tree] = [
    {"kind": "posterior_difference", "prior": {"events": 0.5, "others": 0.5}, "certainty": "more than 90%"},
    {"kind": "fisher_exact", "level": "at most 10%"},
    {"kind": "haybittle_peto", "bound": 1.5},
    {"kind": "event_split", "level": "at most 10%"},
    {"kind": "table_2d", "rows": {"3-8/3-8": [3, 4], "9-16/9-16": [4, 5, 6]}},
]
READ: list[Tree] = [
    {"look": "every report"},
    {"look": "every 2 treated in each arm", "among": "treated"},
    {"look": "every 1 completed in each arm", "among": "completed"},
    {"look": "every 2 known in each arm", "among": "known", "data_cut": "7 days"},
    {"look": {"every": "4 randomised", "and": "at the end"}, "wait": "accrual", "among": "completed"},
]


@pytest.mark.parametrize("rule", COMPARING, ids=named)
@pytest.mark.parametrize("read", READ, ids=named)
def test_rules_that_compare_two_arms(rule: Tree, read: Tree) -> None:
    counts = {"event": "a"}
    if rule["kind"] == "event_split" and read.get("among") != "known":
        counts["unit"] = "events"
    for population in POPULATIONS:
        body = {
            "counts": counts,
            "compare": ["new", "old"],
            "population": population,
            "rule": rule,
            "then": ["close_accrual", {"stop_drug": "x"}],
            **read,
        }
        played_alike({"monitoring": {"versus": body, "rule": arms_design()["monitoring"]["rule"]}}, 15)


def comparing(first: str, second: str) -> Program:
    """Two rules that compare, each with rows of its own; a third that does not."""
    rule = COMPARING[0]
    bodies = {
        "one": {"compare": [first, second], "rule": rule, "then": []},
        "two": {"compare": [second, first], "rule": {**rule, "certainty": "more than 70%"}, "then": []},
    }
    rules = {
        name: {"counts": {"event": "a"}, "look": "every report", **body} for name, body in bodies.items()
    }
    rules["rule"] = arms_design()["monitoring"]["rule"]
    return of_tree(arms_design(monitoring=rules), TRUTH)


def test_rows_of_several_rules_are_told_apart() -> None:
    program = comparing("new", "old")
    assert difference(program, 200) == ""
    fired = play(program, SEED, 0, 200).firings
    assert {0, 1, 2} <= set(fired["monitor"].tolist())


def test_rows_in_rooms_that_are_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """With next to no room for questions, answers, rows and those who wait."""
    changes = {**SCREENING, **HOLDS[1], "accrual.while_held": "queued"}
    waiting = of_tree(merged(arms_design(), changes), TRUTH)
    programs = (comparing("more", "old"), waiting)
    whole = [draws(program, 40) for program in programs]
    monkeypatch.setattr(driver, "_prepared", {})
    monkeypatch.setattr(memory, "ROOMS", dict.fromkeys(memory.ROOMS, (2, 0)))
    monkeypatch.setattr(memory, "FIRST_GUESS", dict.fromkeys(memory.FIRST_GUESS, (1, 0)))
    monkeypatch.setattr(memory, "MOST_PLACES", 1)
    monkeypatch.setattr(memory, "MOST_UNKNOWN", 1)
    monkeypatch.setattr("simulator.engines.compiled.asked.FIRST_LEAST", 1)
    monkeypatch.setattr("simulator.engines.compiled.asked.FIRST_ROOM", 1)
    for program, records in zip(programs, whole, strict=True):
        assert first_difference(play(program, SEED, 0, 40), records) == ""


def test_blocks_of_trials_may_be_cut_anywhere() -> None:
    """Answers come from block to block; those of trials given up fall into place."""
    program = comparing("more", "new")
    whole = play(program, SEED, 0, 90)
    assert first_difference(play(program, SEED, 37, 1), whole.only(37)) == ""
    assert difference(program, 20, 1_000_000) == ""
