"""Bounds over boxes: where the corner is refused and rightly so, what is played and shared, what is kept."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.stats import beta

import simulator
from simulator.errors import TrialstopError
from simulator.loading.source import Source, read_source
from simulator.metrics.text import key_of
from simulator.program.most_used import longest_stay, most_used_up
from simulator.program.tables import Program
from simulator.reporting.bound_tables import _level, render_bound, upward
from simulator.study.settings import Settings
from simulator.what_ifs.bounding import Bound, prepare_bound
from simulator.what_ifs.corner import conditions
from tests.helpers import CHECK, LENI, ROOT, SEED, draws, of_file, program, rule, stop_days, until

ON_DRUG = "truths.planned.events.thrombosis.components.on_drug"
AFTER = "truths.interaction_25.events.thrombosis.components.after_imatinib"
FERRAJOLI, MEC = ROOT / "scenarios/ferrajoli.yaml", ROOT / "scenarios/mec.yaml"
BOARD = ROOT / "scenarios/khouri_board.yaml"

PHASES = {"on": {"lasts": "180 days", "next": "off"}, "off": {"lasts": "180 days"}}
FALLS = {"kind": "beta_binomial", "prior": {"events": 1, "others": 1}, "rate": "more than 30%",
         "certainty": "more than 80%"}  # fmt: skip


def verdicts(given: Program, box: set[int] | None = None, metric: str = "p_stop") -> list[str]:
    """What stands against the corner, of a box of all hazards of the first event."""
    mine = given.components_of(0) if box is None else box
    return [each.against for each in conditions(given, key_of(metric), mine) if not each.holds]


def trial(monitor: Mapping[str, Any] | None = None, **more: Any) -> Program:
    """Eight patients, one event; parts of the design and the truth as they are given."""
    truth = {
        "events": {"clot": {"hazard": "0.5 per year"}, **more.pop("hazards", {})},
        **more.pop("truth", {}),
    }
    events = {"clot": more.pop("clot", {}), **more.pop("events", {})}
    rules = {"r": rule("clot", 2, **(monitor or {})), **more.pop("rules", {})}
    return program(
        {"accrual": until(8), "phases": PHASES, "events": events, "monitoring": rules} | more, truth
    )


def stops(given: Program, trials: int = 100) -> np.ndarray:
    return stop_days(draws(given, trials), trials) < np.inf


def paused(more: dict[str, str]) -> Program:
    """Counted on the drug alone, which another event stops; for a time, if there is more."""
    return trial(
        {"scope": {"doses": {"x": ["1 mg"]}}},
        drugs={"x": ["1 mg"]},
        events={"ache": {"when_detected": {"stop_drug": "x", **more}}},
        hazards={"ache": {"hazard": "1 per year"}},
    )


# ---------------------------------------------------------------- the corner


@pytest.mark.parametrize(
    "given",
    [
        trial(),
        trial({"scope": {"phases": ["on"]}}),
        trial({"look": "every 2 treated", "rule": {"kind": "at_least", "count": 2, "minimum_n": 5}}),
        trial({"look": {"at": ["90 days", "400 days"]}}, truth={"delays": {"clot": {"report": "20 days"}}}),
        trial({"look": "every 90 days"}),
        trial({"look": "at the end", "data_cut": "30 days"}),
        trial(truth={"delays": {"clot": {"report": {"uniform": ["1 day", "30 days"]}}}}),
        trial(clot={"repeats": True}, truth={"delays": {"clot": {"report": "30 days"}}}),
        trial({"rule": FALLS}),
        trial(events={"exit": {"when_detected": "leave"}}, hazards={"exit": {"hazard": "1 per year"}}),
        trial(rules={"watch": rule("clot", 1, then=[])}),
        paused({}),
    ],
)
def test_it_is_allowed_where_each_condition_holds(given: Program) -> None:
    assert verdicts(given) == []


DELAYED = {"delays": {"clot": {"report": {"uniform": ["1 day", "30 days"]}}}}
TAKEN_BACK = {"delays": {"clot": {"withdrawn": {"probability": "10%", "takes": "30 days"}}}}
EXIT = {"events": {"exit": {"when_detected": "leave"}}, "hazards": {"exit": {"hazard": "1 per year"}}}
MARKS = {"components": {"c": {"hazard": "0.5 per year"}}, "marks": {"bad": 0.5, "mild": 0.5}}
AGAIN = PHASES | {"off": {"lasts": "90 days", "next": {"to": "on", "at_most": 1}}}
WINDOW = {"window": "90 days"}
ON, OFF, BAD = ({"scope": each} for each in ({"phases": ["on"]}, {"phases": ["off"]}, {"marks": ["bad"]}))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (trial(OFF), "patients enter out of scope"),
        (trial(ON, phases=AGAIN), "the scope may be left and entered again, from off to on"),
        (paused({"for": "30 days"}), "the scope may be left and entered again, from on to on"),
        (trial(BAD, clot={"marks": ["bad", "mild"]}, hazards={"clot": MARKS}), "the scope names marks"),
        (trial({"unit": "events"}, clot={"repeats": True}), "events are counted"),
        (trial({"among": "completed", "look": "every 1 treated"}, clot=WINDOW), "denominator is `completed`"),
        (trial({"among": "known", "look": "every 1 treated"}, clot=WINDOW), "denominator is `known`"),
        (trial({"rule": {"kind": "at_least", "count": 2, "minimum_n": 5}}), "falls from 5 to 2 at n = 5"),
        (trial({"data_cut": "30 days"}), "data are cut before it"),
        (trial({"wait": "look", "look": "every 2 treated"}, clot=WINDOW), "looks wait for windows"),
        (trial({"look": "every 2 clot events"}), "looks go by patients or reports that are events"),
        (trial({"look": "every 90 days"}, truth=DELAYED), "looks by the calendar go on while"),
        (trial({"look": "every 90 days"}, clot={"when_detected": "leave"}), "looks by the calendar go on"),
        (trial(rules={"other": rule("clot", 3)}), "2 rules act"),
        (trial({"wait": "accrual", "look": "every 2 treated"}, clot=WINDOW), "the rule r holds accrual"),
        (trial(clot={"repeats": True}, truth=DELAYED), "a second event may be reported before the first"),
        (trial(truth=TAKEN_BACK), "reports of clot may be withdrawn"),
        (trial({"rule": {"kind": "at_most", "count": 0}, "look": "at the end"}), "it fires for few"),
    ],
)
def test_it_is_refused_with_the_reason(given: Program, why: str) -> None:
    (found,) = verdicts(given)
    assert why in found


def test_it_is_refused_for_other_hazards_metrics_and_dose_finding() -> None:
    given = trial(**EXIT)
    assert "exit.exit is no hazard of clot" in verdicts(given, {0, 1})[0]
    assert verdicts(given, metric="p_stop_before_full_accrual") == ["the metric is not whether a rule fires"]
    two = of_file(FERRAJOLI, "as_designed", "design_null")
    assert verdicts(two, {0}) == ["the rule tse has 2"]
    board = of_file(BOARD, "as_closed", "reported")
    assert verdicts(board, {0}) == ["the rule board reads what other rules say"]
    slow = of_file(CHECK.with_name("khouri_board.yaml"), "pace", "votes")
    assert verdicts(slow, {0}) == ["the rule too_slow reads accrual"]
    assert "dose finding" in verdicts(of_file(MEC, "as_amended", "flat"), {0})[0]
    seen = {
        "clot": {"hazard": "0.5 per year"},
        "exit": {"clock": "clot", "hazard": "1 per year"},
    }
    found_late = trial(
        clot={"detected": "at visits"},
        events=EXIT["events"],
        hazards=seen,
        phases={"on": {"lasts": "360 days", "visits": {"every": "60 days"}}},
    )
    assert verdicts(found_late) == ["clot is found at visits, and meanwhile changes the hazard of exit"]


def test_more_hazard_stops_less_where_only_maintenance_is_in_scope() -> None:
    """The counterexample of the issue: who clots in combination never comes to maintenance."""
    scope = "design.monitoring.thrombosis_rule.scope.phases=[maintenance]"
    low, high = (
        of_file(
            CHECK,
            "combination_only",
            "cll_like",
            scope,
            f"{ON_DRUG.replace('planned', 'cll_like')}.ratio={r}",
        )
        for r in (4, 60)
    )
    assert "patients enter out of scope" in verdicts(low)[0]
    assert stops(low).sum() > 5 * stops(high).sum() + 30


@pytest.mark.parametrize(
    "variant", ["combination_only", "with_maintenance", "plus_30_days", "bayes_any_phase"]
)
def test_property_of_the_same_candidates_no_stop_is_lost_by_more_hazard(variant: str) -> None:
    """Trial by trial, with delays, visits, dose steps and exits: engines couple trials as the proof does."""
    path = ON_DRUG.replace("planned", "cll_like")
    given = [of_file(LENI, variant, "cll_like", f"{path}.ratio={ratio}") for ratio in (0.6, 1.5, 4)]
    assert all(verdicts(each) == [] for each in given)
    few, some, many = map(stops, given)
    assert not (few & ~some).any()
    assert not (some & ~many).any()
    assert 0 < few.sum() < many.sum()


# ---------------------------------------------------------------- the most hazard


@pytest.mark.parametrize(
    ("path", "variant", "truth"),
    [(LENI, "with_maintenance", "withdrawal"), (LENI, "plus_30_days", "observed_like"),
     (FERRAJOLI, "as_designed", "design_null"), (MEC, "as_amended", "observed_like")],
)  # fmt: skip
def test_property_no_trial_uses_up_more_than_the_most(path: Any, variant: str, truth: str) -> None:
    given = of_file(path, variant, truth)
    risks = draws(given, 20).risks
    for c in range(len(given.components)):
        most = most_used_up(given, c)
        used = risks["a"][risks["component"] == c]
        assert isinstance(most, float)
        assert used.max() <= given.max_treated * most * (1.0 + 1e-6), "but for ticks"
    assert longest_stay(given) < 3_000


def test_what_has_no_most_is_refused() -> None:
    """A beta trait; courses round in a circle; a clock that starts again and jumps."""
    once = trial(clot={"when_detected": [{"go_to": "on"}]})
    assert most_used_up(once, 0) == pytest.approx(2 * 360 * 0.5 / 365.25), "back once"
    endless = replace(once, events=(replace(once.events[0], repeats=True), *once.events[1:]))
    assert "a course may go on without end" in str(most_used_up(endless, 0)), "which no file can say"
    circle = {
        "on": {"lasts": "30 days", "next": "off"},
        "off": {"lasts": "30 days", "next": {"to": "on", "at_most": 3}},
    }
    assert most_used_up(trial(phases=circle), 0) == pytest.approx(4 * 60 * 0.5 / 365.25)
    again = {"clot": {"clock": "entry to on", "restarts": True, "probability": "10%"}}
    assert "it jumps" in str(most_used_up(trial(phases=circle, hazards=again), 0))
    with pytest.raises(TrialstopError, match="the trait haem_risk, which has no largest value"):
        prepare_bound(read_source(str(FERRAJOLI)), ["truths.haem_ever.events.toxicity = x1..x1.2"])


# ---------------------------------------------------------------- what is played


@cache
def leni() -> Source:
    return read_source(str(LENI))


def asked(*over: str, **more: Any) -> Bound:
    metric, confidence = more.pop("metric", "p_stop"), more.pop("confidence", "99%")
    return prepare_bound(leni(), over, metric, confidence, Settings(**more))


def test_exact_limits_are_those_of_the_beta_distribution_and_share_the_confidence() -> None:
    box = ("truths.planned.events.mmr_loss = x0.97..x1.03",)
    found = asked(*box, trials=40, seed=SEED, engine="simpy", self_check=0, confidence="95%").play()
    (only,) = found.found.bounds
    assert (only.method, only.confidence) == ("hoelder", 0.95)
    count = len(only.guards)
    assert 2 <= count <= 32
    for guard in only.guards:
        assert guard.hits is not None
        assert guard.trials == 40
        assert guard.level == pytest.approx(1.0 - 0.05 / count, abs=1e-12)
        expected = beta.ppf(1.0 - 0.05 / count, guard.hits + 1, 40 - guard.hits)
        assert guard.p == pytest.approx(expected, rel=1e-9)
        assert guard.p < guard.bound <= only.bound
    numbers = sorted({float(guard.changes[0].partition("=")[2]) for guard in only.guards})
    ranges = sorted({guard.parts[0] for guard in only.guards}, key=lambda part: part[1], reverse=True)
    reached = [n * end for n, part in zip(numbers, ranges, strict=True) for end in part]
    assert reached == pytest.approx(sorted(reached), abs=1e-9)
    assert (reached[0], reached[-1]) == pytest.approx((0.97, 1.03)), "the parts cover the box"
    text = render_bound(found, full=True, width=100)
    assert "The upper corner need not be the worst: mmr_loss.mmr_loss is no hazard of thrombosis" in text
    assert f"{upward(only.bound)} % for every truth of the box at once, with confidence 95 %" in " ".join(
        text.split()
    )


def test_exact_a_corner_that_is_played_has_the_one_sided_limit() -> None:
    prepared = asked(f"{ON_DRUG}.hazard = 0..0.2 per year", trials=60, engine="simpy", self_check=0)
    (only,) = (found := prepared.play()).found.bounds
    (corner,) = only.guards
    assert corner.changes == (f"{ON_DRUG}.hazard=0.2 per year",)
    assert only.box[0].high == pytest.approx(0.2 * 206 / 3)
    assert (only.box[0].low, only.confidence) == (0.0, 0.99)
    assert corner.hits is not None
    assert only.bound == pytest.approx(beta.ppf(0.99, corner.hits + 1, 60 - corner.hits), rel=1e-9)
    assert prepared.read(json.loads(json.dumps(found.as_json()))).found == found.found


def test_a_box_says_what_its_words_do_to_the_hazard() -> None:
    """13 % in 6 months is not 1.3 times the hazard of 10 %; a truth has what it takes from another."""
    path = "truths.interaction_10.events.thrombosis.components.after_imatinib"
    (of_share,) = asked(f"{path}.probability = x1..x1.3", truths=["interaction_10"]).boxes
    (hazard,) = of_share.hazards
    assert hazard.high == pytest.approx(np.log(0.87) / np.log(0.9))
    assert (hazard.low_text, hazard.high_text) == ("10% in 6 months", "13% in 6 months")
    inherited = asked("truths.planned.events.mr45_loss = x1..x2", truths=["withdrawal"]).boxes
    assert [box.truth for box in inherited] == ["withdrawal"]
    (of_both,) = asked(f"{AFTER} = x0..x2", variants=["with_maintenance"]).boxes
    assert (of_both.truth, of_both.hazards[0].low, of_both.hazards[0].high) == ("interaction_25", 0.0, 2.0)


@pytest.mark.parametrize(
    ("over", "message"),
    [
        (ON_DRUG, "allowed PATH = xLOW..xHIGH"),
        (f"{ON_DRUG} = 1.3", "found 1.3, allowed PATH = xLOW..xHIGH"),
        (f"{ON_DRUG} =", "found no range"),
        (f"{ON_DRUG} = x2..x1", "found 2 to 1, allowed the low end first"),
        (f"{ON_DRUG} = x0..x0", "found nothing above 0"),
        (f"{ON_DRUG} = x1..x1", "on_drug = x1..x1: found nothing that moves a hazard of planned"),
        (f"{ON_DRUG} = x-1..x1.3", "found x-1, which is below 0, allowed a factor of 0 or more"),
        (f"{ON_DRUG} = x1..xinf", "found xinf, which has no end"),
        (f"{ON_DRUG} = x1..x1e9", "found x1e9, allowed a factor in plain digits"),
        (f"{ON_DRUG} = x1..2", "allowed two factors, or two values"),
        (f"{ON_DRUG} = 0.1 per year..0.2 per year", "allowed factors, such as x1..x1.3"),
        (f"{ON_DRUG}.hazard = 0.1 per year..2 per month", "two values that differ in one number"),
        (f"{ON_DRUG}.while_on = x1..x2", "lenalidomide, which has no number"),
        ("truths.planned.accrual = x1..x2", "found a place that is no hazard"),
        ("design.accrual.until = x1..x2", "found a place that is no hazard"),
        ("truths.planned.events.nothing = x1..x2", "found a place that is not in the file"),
        ("truths.planned.events.thrombosis = x1..x2", "found a place that is no component"),
        ("truths.planned.events.mmr_loss.incidence = x1..x1.2", "which changes the hazard by a factor of"),
        (
            "truths.planned.events.mmr_loss.onset.lognormal.sigma = x1..x2",
            "which changes the hazard by a factor",
        ),
        ("truths.planned.events.mr45_loss.probability = x1..x90", "allowed a probability"),
    ],
)
def test_bad_input_is_one_error(over: str, message: str) -> None:
    with pytest.raises(TrialstopError) as error:
        asked(over)
    assert message in str(error.value)


def test_bad_input_beside_the_box_is_one_error() -> None:
    box = f"{ON_DRUG} = x1..x1.3"
    for given, message in (
        ({"confidence": "100%"}, "--confidence: found 100%, allowed above 0% and below 100%"),
        ({"confidence": 0.0}, "allowed above 0% and below 100%"),
        ({"confidence": "99"}, "--confidence: found 99, allowed above 0% and below 100%; did you mean 99%?"),
        ({"confidence": 97.5}, "did you mean 97.5%?"),
        ({"confidence": "much"}, "--confidence: found much"),
        ({"metric": "n_enrolled"}, "n_enrolled is no share of all trials"),
        ({"truths": ["cll_like"]}, "on_drug = x1..x1.3: found nothing that moves a hazard of cll_like"),
    ):
        with pytest.raises(TrialstopError) as error:
            asked(box, **given)
        assert message in str(error.value)
    with pytest.raises(TrialstopError, match="no hazard is named"):
        asked()
    with pytest.raises(TrialstopError, match="is moved by two --over, allowed one"):
        asked(box, f"{ON_DRUG}.hazard = x1..x2")
    with pytest.raises(TrialstopError, match=r"over\[0\]"):
        simulator.bound(LENI, [1.3])  # type: ignore[list-item]
    with pytest.raises(TrialstopError, match="over is nothing, allowed a text"):
        simulator.bound(LENI, None)  # type: ignore[arg-type]


def test_where_no_rule_can_stop_a_metric_is_to_be_named() -> None:
    """Of every what-if that asks one metric of all trials."""
    file, box = ROOT / "scenarios/checks/mec.yaml", "truths.observed_like.events.recovery = x1..x1.3"
    for refused in (
        lambda: simulator.bound(file, box),
        lambda: simulator.tornado(file),
        lambda: simulator.sensitivity(file),
    ):
        with pytest.raises(TrialstopError, match=r"no rule can stop a trial here.*--metric 'p_select\.5 mg'"):
            refused()
    (found,) = prepare_bound(read_source(str(file)), [box], "p_select.5 mg").boxes
    assert found.method == "hoelder"


def test_what_is_printed_is_a_bound_too() -> None:
    assert [upward(0.05344843, 4), upward(0.0501), upward(0.05), upward(1.0)] == [
        "5.3449",
        "5.01",
        "5.00",
        "100.00",
    ]


def test_a_limit_that_is_not_100_is_not_told_as_100() -> None:
    assert [_level(0.99), _level(0.999688), _level(0.9999999)] == ["99", "99.9688", "99.99999"]
    assert _level(1.0 - 1e-9 / 32) == "99.999999997"
