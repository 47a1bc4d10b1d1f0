"""`boundaries`: what is asked of a trial on its way and after its stop, rules on one count, four formats."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simulator
from simulator.stats.after_stop import after_stop
from simulator.stats.binomial import monitor
from simulator.stats.group_sequential import ends_of, from_here
from tests.cli.conftest import Call
from tests.helpers import ROOT

POSTERIOR = (
    "{kind: beta_binomial, prior: {events: 0.6, others: 2.4}, rate: more than 20%, "
    "certainty: at least 96.31%}"
)
PROMISING = (
    "{kind: thall_simon, standard: 20%, prior: {events: 0.4, others: 1.6}, promising: more than 95%, "
    "not_promising: less than 5%}"
)


def scenario(**rules: str) -> str:
    """A file with these rules on one count, read after every patient."""
    monitoring = "".join(
        f"""\
    {name}:
      counts: {{event: dlt, unit: patients, window: 30 days}}
      among: completed
      look: every 1 completed
      then: [close_accrual]
      rule: {rule}
"""
        for name, rule in rules.items()
    )
    return f"""\
trialstop: 1
title: Rules on one count
question: Which is the first?
design:
  accrual: {{until: 30 treated}}
  phases: {{treatment: {{lasts: 30 days}}}}
  events: {{dlt: {{}}}}
  monitoring:
{monitoring}
truths:
  planned:
    acceptable: true
    accrual: every 10 days
    events: {{dlt: {{clock: enrolment, incidence: 20%, onset: {{uniform: [0 days, 28 days]}}}}}}
"""


N30 = [(3, 2), (4, 2), (5, 4), (6, 3), (7, 4), (8, 3), (9, 4), (10, 4), (11, 2)]
UPPER = [None, None, *(bound for bound, times in N30 for _ in range(times))]
LOOKS = range(1, 31)
WEIGHTED, FERRAJOLI = (ROOT / f"scenarios/{name}.yaml" for name in ("ferrajoli", "checks/ferrajoli"))


@pytest.fixture
def two(folder: Path) -> str:
    (folder / "two.yaml").write_text(
        scenario(posterior=POSTERIOR, eight="{kind: at_least, count: 8}"), encoding="utf-8"
    )
    return "two.yaml"


def tree(call: Call, *arguments: str) -> dict[str, Any]:
    found = call("boundaries", *arguments, "--format", "json")
    assert found.exit_code == 0, found.stderr
    parsed: dict[str, Any] = json.loads(found.stdout)
    return parsed


def test_characteristics_are_those_of_the_walk(call: Call, two: str) -> None:
    rule = tree(call, two, "--rate", "20%,40%")["rules"][0]
    assert rule["name"] == "posterior" and rule["variants"] == ["as_written"]
    bounds = rule["tables"]["boundary"]
    assert [row["bound"] for row in bounds] == [None, *(bound for bound, _ in N30)]
    assert (bounds[3]["n_from"], bounds[3]["n_to"]) == (7, 10)
    for row, p in zip(rule["tables"]["characteristics"], (0.2, 0.4), strict=True):
        exact = monitor(LOOKS, p, upper=UPPER)
        assert row["p_stop"] == exact.p_stop and row["expected_n"] == exact.expected_n
        assert row["sd_n"] == exact.sd_n and row["expected_events"] == exact.expected_events
        assert [row[f"n_q{q}"] for q in (10, 50, 90)] == [exact.n_quantile(q) for q in (0.1, 0.5, 0.9)]
    assert rule["tables"]["characteristics"][0]["truth"] == "planned"
    for row in rule["tables"]["rates"]:
        assert monitor(LOOKS, row["rate"], upper=UPPER).p_stop == pytest.approx(row["p_outcome"], abs=1e-10)


def test_enrolled_stand_beside_assessed(call: Call, two: str) -> None:
    """One every 10 days, each assessed after 30: two more have entered, a third comes just then."""
    rule = tree(call, two, "--rate", "20%")["rules"][0]
    (row,) = rule["tables"]["enrolled"]
    ends = ends_of(LOOKS, upper=UPPER)
    (chance,) = ends.at([0.2])
    assert row["expected_n"] == pytest.approx(chance @ ends.n)
    assert row["expected_enrolled"] == pytest.approx(chance @ np.minimum(ends.n + 2, 30))
    assert row["expected_day"] == pytest.approx(chance @ (10 * (ends.n - 1) + 30))
    assert row["truth"] == "planned"


def test_from_here_on_predicts_with_the_prior_of_the_rule(call: Call, two: str) -> None:
    first, second = tree(call, two, "--rate", "20%", "--from", "4/10")["rules"]
    ends = from_here(LOOKS, (10, 4), upper=UPPER)
    later, predicted = first["tables"]["from_here"]
    assert later["p_stop"] == pytest.approx(ends.at([0.2])[0][ends.way == 1].sum(), abs=1e-14)
    assert predicted["p_stop"] == pytest.approx(ends.predictive(0.6, 2.4)[ends.way == 1].sum(), abs=1e-14)
    assert predicted["posterior"] == "Beta(4.6, 8.4)" and predicted["rate"] is None
    ends = from_here(LOOKS, (10, 4), upper=[8] * 30)
    assert second["tables"]["from_here"][1]["p_stop"] == pytest.approx(
        ends.predictive(1, 1)[ends.way == 1].sum()
    )


def test_a_trial_that_was_stopped_does_not_go_on(call: Call, two: str) -> None:
    found = call("boundaries", two, "--from", "6/10").stdout
    assert "From 6 of 10: no trial goes on from 6 of 10: it has been stopped by then." in found


def test_after_the_stop_every_final_state_is_told(call: Call, two: str) -> None:
    rule = tree(call, two, "--rate", "10%,30%", "--after", "20%")["rules"][0]
    after = after_stop(ends_of(LOOKS, upper=UPPER))
    rows = rule["tables"]["after_stop"]
    assert [(row["n"], row["events"]) for row in rows] == [*zip(after.ends.n, after.ends.x, strict=True)]
    assert [row["p_value"] for row in rows] == pytest.approx(after.p_value(0.2).tolist())
    assert [row["low"] for row in rows] == after.low.tolist()
    assert [row["estimate"] for row in rows] == after.estimate.tolist()
    assert {row["outcome"] for row in rows} == {"stop", None}
    shares = [row["coverage"] for row in rule["tables"]["observed_rate"]]
    assert shares == pytest.approx(after.coverage([0.1, 0.3]).tolist())
    text = call("boundaries", two, "--after", "20%").stdout
    assert "5 of 10 stop 0.052507 0.5000 0.4547 0.1600 to 0.7773" in " ".join(text.split())


def test_rules_on_one_count_are_told_together(call: Call, two: str) -> None:
    """The numbers of issue 15."""
    (sheet,) = tree(call, two, "--rate", "20%")["together"]
    (row,) = sheet["tables"]["together"]
    assert row["p_first_alone.posterior: stop"] == pytest.approx(0.075212, abs=5.1e-7)
    assert row["p_first_alone.eight: stop"] == pytest.approx(0.174991, abs=5.1e-7)
    assert (row["p_joint"], row["p_stop"]) == pytest.approx((0.006113, 0.256316), abs=5.1e-7)
    assert row["p_by_itself.posterior: stop"] == pytest.approx(0.09957367, abs=5.1e-9)
    assert row["expected_n"] == pytest.approx(27.7431, abs=5.1e-5)
    bounds = sheet["tables"]["bounds_together"]
    assert bounds[-1] == {"n_from": 29, "n_to": 30, "bound.posterior: stop": 11, "bound.eight: stop": 8}
    text = call("boundaries", two).stdout
    assert "as_written: rules on one count" in text and "a: posterior: stop" in text
    assert str(simulator.rules_together(two)[0]) in text


@pytest.mark.parametrize(
    "change",
    [
        "design.monitoring.eight.counts.window=20 days",
        "design.monitoring.eight.then=[{conclude: too_toxic}]",
        "design.monitoring.eight.look=every 5 treated",  # of patients completed it reads any number
    ],
)
def test_other_counts_and_rules_that_do_not_stop_are_not(call: Call, two: str, change: str) -> None:
    found = tree(call, two, "--rate", "20%", "--set", change)
    assert len(found["rules"]) == 2 and found["together"] == []


def test_both_outcomes_of_one_rule_are_told_together(call: Call, folder: Path) -> None:
    (folder / "one.yaml").write_text(scenario(responses=PROMISING), encoding="utf-8")
    found = tree(call, "one.yaml", "--rate", "20%")
    ((sheet,), (alone,)) = (found["together"], found["rules"])
    (row,), (one,) = sheet["tables"]["together"], alone["tables"]["characteristics"]
    for outcome in ("promising", "not promising"):
        p = row[f"p_first_alone.responses: {outcome}"]
        assert p == pytest.approx(one[f"p.{outcome}"], abs=1e-12) and p > 0.001
    assert row["p_joint"] == 0.0
    few = [at for at in alone["tables"]["rates"] if at["outcome"] == "not promising"]
    rates = [at["rate"] for at in few]
    assert rates == sorted(rates, reverse=True)  # the rarer the responses, the likelier


def test_of_several_outcomes_for_many_each_is_told_with_the_first(call: Call, folder: Path) -> None:
    """From 4 of 10 at each look one outcome holds, from 6 both; so the second is never alone."""
    tiers = "{kind: bounds, warned: {at_least: {5-30: 4}}, halted: {at_least: {5-30: 6}}}"
    (folder / "tiers.yaml").write_text(scenario(tiers=tiers), encoding="utf-8")
    found = tree(
        call, "tiers.yaml", "--rate", "20%", "--set", "design.monitoring.tiers.look=every 5 completed"
    )
    ((row,),) = (sheet["tables"]["together"] for sheet in found["together"])
    looks = range(5, 31, 5)
    exact = monitor(looks, 0.2, upper=[4] * 6)
    assert row["p_stop"] == pytest.approx(exact.p_stop, abs=1e-12)
    assert row["p_first_alone.tiers: halted"] == 0.0
    assert row["p_by_itself.tiers: halted"] == pytest.approx(monitor(looks, 0.2, upper=[6] * 6).p_stop)
    assert 0.0 < row["p_joint"] < row["p_first_alone.tiers: warned"]


def test_observed_events_are_judged_at_the_looks(call: Call, two: str, folder: Path) -> None:
    found = call("boundaries", two, "--observed", "0,1,2,3", "--out", "plots").stdout
    assert found.count("Observed: 3 of 4; the trial goes on.") == 1  # the rule of eight
    assert found.count("Observed: `stop` with 3 of 4, at the look after patient 4.") == 1
    drawn = {path.name for path in (folder / "plots").iterdir()}
    assert "boundary-as_written-posterior.png" in drawn


def test_what_was_observed_may_be_the_whole_trial_and_no_more(call: Call, two: str) -> None:
    whole, more = (",".join(["0"] * n) for n in (30, 31))
    assert (
        "Observed: 0 of 30; the trial ended without a stop."
        in call("boundaries", two, "--observed", whole).stdout
    )
    assert "Observed: 31 patients, allowed up to 30." in call("boundaries", two, "--observed", more).stdout


def test_of_two_endpoints_one_can_be_named(call: Call) -> None:
    arguments = (str(FERRAJOLI), "--variant", "every_5", "--rate", "30%")
    named = ("--from", "toxicity=3/10", "--after", "response=20%", "--observed", "toxicity=0,1,1,1,1")
    (rule,) = tree(call, *arguments, *named)["rules"]
    assert {row["endpoint"] for row in rule["tables"]["from_here"]} == {"toxicity"}
    assert {row["endpoint"] for row in rule["tables"]["after_stop"]} == {"response"}
    assert {row["endpoint"] for row in rule["tables"]["observed"]} == {"toxicity"}
    assert rule["tables"]["from_here"][-1]["posterior"] == "Beta(3.6, 8.4)"


def test_infinite_bounds_are_words(call: Call) -> None:
    """JSON has no infinity: weighted follow-up, at a count that no n brings down."""
    (rule,) = tree(call, str(WEIGHTED), "--variant", "pending_weighted")["rules"]
    assert any(row.get("bound_n") == "inf" for row in rule["tables"]["boundary"])


def test_csv_is_one_table_of_every_record(call: Call, two: str) -> None:
    arguments = (two, "--rate", "20%", "--from", "4/10", "--after", "20%")
    rows = list(csv.DictReader(io.StringIO(call("boundaries", *arguments, "--format", "csv").stdout)))
    found = tree(call, *arguments)
    records = [
        (sheet["name"], name, record)
        for sheet in (*found["rules"], *found["together"])
        for name, table in sheet["tables"].items()
        for record in table
    ]
    assert len(rows) == len(records)
    left = [(row["rule"], row["table"], row) for row in rows]
    for name, table, record in records:
        wanted = {key: "" if value is None else str(value) for key, value in record.items()}
        match = next(r for r in left if r[:2] == (name, table) and wanted.items() <= r[2].items())
        left.remove(match)


def test_markdown_has_the_tables_of_the_screen(call: Call, two: str) -> None:
    found = call("boundaries", two, "--rate", "20%", "--format", "markdown").stdout
    assert "## as_written: posterior\n" in found
    rows = [line for line in found.splitlines() if line.startswith("|")]
    assert "| 7-10 | 5 or more | 0.9660 to 0.9932 | 0.8863 to 0.9631 |" in rows
    assert any(row.startswith("| 20% | 0.099574 | 0.098371 | 28.2560 | 5.8175 |") for row in rows)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "4"), "--from 4: allowed X/N"),
        (("--from", "5/4"), "5 events in 4 patients, allowed at most 4"),
        (("--from", "1/4", "--from", "2/5"), "--from is named twice without an endpoint"),
        (("--from", "rash=1/4"), "no rule has the endpoint rash, allowed event"),
        (("--observed", "0,2"), "each the one before or one more"),
        (("--from", "\u00b2/3"), "allowed X/N such as 4/10"),
        (("--observed", "0;1"), "each the one before or one more"),
        (("--after", "often"), "--after often: allowed a rate"),
        (("--format", "word"), "'word' is not one of"),
    ],
)
def test_mistakes_are_said(call: Call, two: str, arguments: tuple[str, ...], said: str) -> None:
    found = call("boundaries", two, *arguments)
    assert found.exit_code == 2 and found.stdout == ""
    assert said in found.stderr and "Traceback" not in found.stderr
