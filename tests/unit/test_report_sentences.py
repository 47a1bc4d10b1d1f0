"""The report's sentences: what they say is what the numbers say, and what has no source is an assumption."""

from __future__ import annotations

import re

import pytest

from simulator.model.metric import Key
from simulator.reporting.document.examples import chosen
from simulator.reporting.document.findings import matters_most
from simulator.reporting.document.material import gather
from simulator.reporting.document.pieces import (
    Note,
)
from simulator.reporting.document.report import document_of
from simulator.reporting.document.sentences import said, sentences
from simulator.study.run import run
from tests.helpers import ROOT, SEED, loaded, scenario
from tests.unit.reports import FEW, material, of, rule, texts, truth

# ---------------------------------------------------------------- the three sentences


def test_the_three_sentences_of_leni() -> None:
    given = material("leni")
    false, true, cost = sentences(given)
    assert false.startswith("False stops: under planned, where the drug is acceptable")
    assert true.startswith("True stops: ") and "under cll_like" in true and "interaction_10" in true
    assert cost.startswith("Cost: under ") and "have thrombosis" in cost


def test_a_rule_that_never_fires() -> None:
    given = of(rule(10), {"fine": truth("0%", acceptable=True), "bad": truth("0%", acceptable=False)})
    false, true, _ = sentences(given)
    assert false == "Where the drug is acceptable no variant stops by mistake: 0.00 % (exact)."
    assert "no variant stops either" in true


def test_a_rule_that_always_fires() -> None:
    given = of(rule(1), {"fine": truth("100%", acceptable=True), "bad": truth("100%", acceptable=False)})
    false, true, _ = sentences(given)
    for sentence in (false, true):
        assert "every trial of 200 (more than 98.1 %)" in sentence or "100" in sentence


def test_no_acceptable_truth_and_one_truth_only() -> None:
    only_bad = sentences(of(rule(), {"bad": truth("30%", acceptable=False)}))
    assert "no truth under which the drug is acceptable" in only_bad[0]
    assert " to " not in only_bad[1].partition("stopped is")[2].partition(" with ")[0]
    only_fine = sentences(of(rule(), {"fine": truth("30%", acceptable=True)}))
    assert "no truth under which the drug is not acceptable" in only_fine[1]


def test_dose_finding_says_which_dose_is_selected() -> None:
    given = material("mec")
    found = sentences(given)
    assert " selects " in found[0] and "above the target" in found[1] and "DLTs" in found[2]


def test_of_many_truths_the_least_and_the_most_are_told() -> None:
    """Of how often the best dose is selected, not of anything else; and who does better there (exact)."""
    found = loaded(ROOT / "scenarios/mec_alternatives.yaml")
    results = run(found, variants=["three_plus_three_c", "boin"], trials=FEW, seed=SEED, self_check=0)
    first = sentences(gather(found, results))[0]
    right = {}
    for cell in results.cells:
        facts = cell.facts.dose_finding
        assert facts is not None
        keys = [Key("p_select", dose=dose) for dose in facts.best] or [Key("p_select", word="none")]
        right[cell.variant, cell.truth] = sum(cell.metrics[key].level or 0.0 for key in keys)
    mine = [right["three_plus_three_c", name] for name in results.truths]
    shown = [float(number) for number in re.findall(r"in ([\d.]+) %", first)]
    least = results.truths[mine.index(min(mine))]
    expected = [min(mine), max(mine), right["boin", least]]
    assert shown == pytest.approx([100 * share for share in expected], abs=0.051)
    assert f"the least and the most of {len(mine)} truths. Under {least} boin is right" in first


def test_rules_that_only_vote() -> None:
    given = of(
        rule(2, then=[]), {"fine": truth("5%", acceptable=True), "bad": truth("60%", acceptable=False)}
    )
    none, fine, bad, cost = sentences(given)
    assert none.startswith("No rule of this protocol stops a trial")
    for sentence, name in ((fine, "fine"), (bad, "bad")):
        fired = given.results.cell(given.benchmark, name).metrics[Key("p_fired", rule="stop_harm")]
        assert f"under {name}, rules of as_written fire so often: stop_harm in {said(fired)}." in sentence
    assert cost.startswith("Cost: under bad, as_written treats 10 ± 0 patients")


def test_truths_that_say_nothing_and_borderline_ones() -> None:
    """Neither kind has mistakes; a trial that is stopped and one that goes on are told all the same."""
    silent, limits = (
        of(rule(), {"as_it_is": truth("20%", **more)}) for more in ({}, {"acceptable": "borderline"})
    )
    assert sentences(silent)[0].startswith("No truth of this report says that a stop is a mistake")
    assert sentences(limits)[0].startswith("Every truth of this report is borderline")
    for given in (silent, limits):
        assert [each.what for each in chosen(given)] == ["A trial that is stopped", "A trial that goes on"]


def test_designs_that_stop_alike_are_counted_where_one_is_named() -> None:
    variants = {name: {} for name in ("a", "b", "c")}
    found = scenario(
        {"accrual": {"until": "10 treated"}, **rule()},
        {"fine": truth("20%", acceptable=True)},
        variants=variants,
    )
    false = sentences(gather(found, run(found, trials=200, seed=SEED, self_check=0)))[0]
    assert false.endswith(" with a and 2 designs like it.")


def test_half_of_the_stops_have_come_by_a_month_with_its_error() -> None:
    cost = sentences(of(rule(), {"bad": truth("60%", acceptable=False, accrual="3 per month")}))[-1]
    assert re.search(r"have stopped by month \d+\.\d ± \d\.\d\.$", cost)


# ---------------------------------------------------------------- assumptions


def test_a_number_without_a_source_is_an_assumption_everywhere() -> None:
    design, truths = {"accrual": {"until": "10 treated"}, **rule()}, {"bad": truth("30%", acceptable=False)}
    some = {"provenance": {"design": "assumption (1 to 2): a guess"}}
    for more in ({}, some):
        found = scenario(design, truths, **more)
        document = document_of(gather(found, run(found, trials=200, seed=SEED, self_check=0)))
        by = {section.ident: texts(section.pieces) for section in document.sections}
        (most,) = [piece for piece in document.sections[0].pieces if isinstance(piece, Note)]
        assert most.word == "assumption" and "Of the assumed hazards that of harm under bad" in most.text
        assert ("every one of its values is an assumption" in most.text) is not more
        assert ("1 assumption with ranges, and 2 numbers without a source" in most.text) is bool(more)
        assert any("Each of these is an assumption." in text for text in by["evidence"]) is bool(more)
        assert any("without a source (part 4)" in text for text in by["limitations"])
        (table,) = [piece for piece in document.tables() if piece.name == "sensitivity_bad"]
        assert [row[:2] for row in table.rows] == [("harm", "assumption")]


def test_a_range_of_all_events_is_not_told_as_that_of_a_hazard() -> None:
    design, truths = {"accrual": {"until": "10 treated"}, **rule()}, {"bad": truth("30%", acceptable=False)}
    for path, told in (("truths.bad.events", False), ("truths.bad.events.harm", True)):
        found = scenario(design, truths, provenance={path: "assumption (0 days to 90 days): when they show"})
        text = matters_most(gather(found, run(found, trials=400, seed=SEED, self_check=0)))[1]
        assert ("thought to be 0 days to 90 days" in text) is told


def test_what_moves_nothing_is_told_from_what_cannot_be_told() -> None:
    """A rule that stops every trial has no trial that lacks the outcome: no derivative is known."""
    text = matters_most(of(rule(1), {"bad": truth("100%", acceptable=False)}))[1]
    assert text == "Which hazard moves P(stop) most cannot be told from 200 trials of each truth."


def test_two_endpoints() -> None:
    given = material("ferrajoli")
    assert len(sentences(given)) == 3 and "have toxicity" in sentences(given)[2]
