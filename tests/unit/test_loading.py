"""What a file becomes: defaults, inheritance, variants, --set, provenance, lines."""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from simulator.errors import ScenarioError
from simulator.loading.load import AS_WRITTEN, load
from simulator.program.build import build
from tests.helpers import ROOT, SHIPPED

LENI = ROOT / "tests/golden/leni.yaml"
RULE = "design.monitoring.thrombosis_rule"
YEAR, MONTH = 365.25, 30.4375  # days

K_OF_N = """\
trialstop: 1
title: Three of fifteen
design:
  accrual: {until: 15 treated}
  events:
    dlt: {window: 28 days}
  monitoring:
    safety:
      counts: {event: dlt}
      rule: {kind: at_least, count: 3}
      then: close_accrual
truths:
  safe:
    acceptable: true
    accrual: 2 per month
    events:
      dlt: {probability: 10% in 28 days}
"""


def of(text: str, folder: Path, *sets: str):
    path = folder / "s.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, sets)


def components(scenario, truth, event):
    return scenario.truths[truth].events[event].components


# ---------------------------------------------------------------- shipped scenarios


@pytest.mark.parametrize("file", SHIPPED)
def test_shipped_scenarios_load_without_a_warning_and_build(file):
    scenario = load(ROOT / f"scenarios/{file}.yaml")
    asked_for = ("biased towards", "patients 41 to 45 are never read")  # in variants of Ferrajoli
    assert [w for w in scenario.warnings if not any(text in w.found for text in asked_for)] == []
    assert scenario.benchmark in scenario.designs
    for (variant, design), (name, truth) in product(scenario.designs.items(), scenario.truths.items()):
        amended = scenario.amended[variant]
        assert build(design, truth, amended=amended, variant=variant, truth_name=name).max_treated > 0


def test_loading_needs_no_numpy_scipy_matplotlib_or_simpy():
    code = (
        "import sys; from simulator.loading.load import load; load(sys.argv[1]);"
        "heavy = {'numpy', 'scipy', 'matplotlib', 'simpy', 'pyarrow', 'numba', 'rich'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(LENI)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


# ---------------------------------------------------------------- defaults


def test_a_k_of_n_design_takes_fifteen_lines(tmp_path):
    scenario = of(K_OF_N, tmp_path)
    (design,) = scenario.designs.values()
    assert (list(scenario.designs), scenario.benchmark) == ([AS_WRITTEN], AS_WRITTEN)
    assert design.drugs == {"study_drug": ("usual",)}
    assert {name: phase.lasts for name, phase in design.phases.items()} == {"treatment": 28.0}
    monitor = design.monitoring["safety"]
    assert (monitor.among, monitor.look.kind, monitor.data_cut, monitor.decision_lag) == (
        "treated",
        "report",
        0,
        0,
    )
    assert monitor.counts["event"].unit == "patients"
    assert [action.verb for action in monitor.then] == ["close_accrual"]
    assert len(K_OF_N.splitlines()) <= 17
    program = build(design, scenario.truths["safe"])
    assert (program.max_treated, len(program.components)) == (15, 1)


def test_the_only_phase_lasts_as_long_as_the_longest_window(tmp_path):
    text = K_OF_N.replace(
        "    dlt: {window: 28 days}\n", "    dlt: {window: 28 days}\n    late: {window: 90 days}\n"
    )
    text += "      late: {hazard: 0}\n"
    (design,) = of(text, tmp_path).designs.values()
    assert design.phases["treatment"].lasts == 90.0


def test_without_phases_and_windows_there_is_nothing_to_follow(tmp_path):
    with pytest.raises(ScenarioError, match="no phases") as caught:
        of(K_OF_N.replace("{window: 28 days}", "{}"), tmp_path)
    (problem,) = caught.value.problems
    assert (problem.line, problem.path) == (3, "design")


def test_single_items_stand_for_lists_and_short_transitions_for_long_ones():
    design = load(LENI).designs["combination_only"]
    assert [t.to for t in design.phases["maintenance"].next] == ["follow_up"]
    assert [(t.to, t.unless) for t in design.phases["combination"].next] == [
        ("maintenance", "mr45_loss"),
        ("rescue", None),
    ]
    assert len(design.accrual.until) == 1


# ---------------------------------------------------------------- truths


def test_extending_keeps_what_is_not_said_again():
    scenario = load(LENI)
    assert list(components(scenario, "interaction_25", "thrombosis")) == ["on_drug", "after_imatinib"]
    own = components(scenario, "interaction_25", "thrombosis")["after_imatinib"]
    assert own.family.probability.probability == 0.25
    inherited = components(scenario, "interaction_25", "thrombosis")["on_drug"]
    assert inherited == components(scenario, "interaction_10", "thrombosis")["on_drug"]
    for name in scenario.truths:
        assert scenario.truths[name].accrual == scenario.truths["planned"].accrual
        assert scenario.truths[name].delays == scenario.truths["planned"].delays


def test_a_component_said_again_is_replaced_whole():
    scenario = load(LENI)
    assert components(scenario, "planned", "thrombosis")["on_drug"].while_on == ("lenalidomide",)
    assert components(scenario, "withdrawal", "thrombosis")["on_drug"].while_on == ()


def test_whether_a_truth_is_acceptable_is_not_inherited(tmp_path):
    text = K_OF_N + "  same: {extends: safe}\n"
    truths = of(text, tmp_path).truths
    assert (truths["safe"].acceptable, truths["same"].acceptable) == (True, None)


def test_the_order_of_truths_does_not_matter(tmp_path):
    text = K_OF_N.replace(
        "truths:\n", "truths:\n  worse: {extends: safe, events: {dlt: {hazard: 1 per year}}}\n"
    )
    scenario = of(text, tmp_path)
    assert list(scenario.truths) == ["worse", "safe"]
    assert components(scenario, "worse", "dlt")["dlt"].family.hazard == 1.0 / YEAR


def test_an_event_with_one_component_needs_no_name():
    scenario = load(LENI)
    (name, component), *rest = components(scenario, "planned", "cytopenia").items()
    assert (name, rest) == ("cytopenia", [])
    assert component.clock is not None
    assert component.clock.kind == "enrolment"


# ---------------------------------------------------------------- variants


def test_a_variant_replaces_a_scope_and_a_rule_whole_and_leaves_the_rest():
    designs = load(LENI).designs
    base, bayes = (
        designs[name].monitoring["thrombosis_rule"] for name in ("combination_only", "bayes_any_phase")
    )
    assert (base.scope.phases, bayes.scope.phases) == (("combination",), None)
    assert (base.rule.kind, bayes.rule.kind) == ("at_least", "beta_binomial")
    assert (base.then, base.look) == (bayes.then, bayes.look)
    assert designs["combination_only"].phases == designs["bayes_any_phase"].phases


def test_a_variant_merges_into_what_it_names(tmp_path):
    text = K_OF_N.replace(
        "truths:\n",
        "variants:\n  late: {design.monitoring.safety: {decision_lag: 7 days}}\n"
        "  fewer: {design.accrual.until: 10 treated, design.monitoring.safety.rule.count: 2}\n"
        "  plain: {}\ntruths:\n",
    )
    designs = of(text, tmp_path).designs
    assert [design.monitoring["safety"].decision_lag for design in designs.values()] == [7.0, 0.0, 0.0]
    assert [design.monitoring["safety"].rule.count for design in designs.values()] == [3, 2, 3]
    assert [design.accrual.until[0].amount for design in designs.values()] == [15, 10, 15]


def test_a_variant_may_do_without_an_event_that_truths_have(tmp_path):
    text = K_OF_N.replace("    dlt: {window: 28 days}\n", "    dlt: {window: 28 days}\n    rash: {}\n")
    text = text.replace("truths:\n", "variants: {both: {}, one: {design.events.rash: null}}\ntruths:\n")
    scenario = of(text + "      rash: {hazard: 1 per year}\n", tmp_path)
    for design in scenario.designs.values():
        assert len(build(design, scenario.truths["safe"]).components) == len(design.events)


# ---------------------------------------------------------------- --set


def test_setting_a_truth_reaches_those_that_extend_it():
    path = "truths.planned.events.thrombosis.components.on_drug.hazard"
    scenario = load(LENI, [f"{path}=1 per year", "truths.planned.accrual=every 1 month"])
    hazards = {
        name: components(scenario, name, "thrombosis")["on_drug"].family.hazard for name in scenario.truths
    }
    assert hazards["planned"] == 1.0 / YEAR
    assert hazards["interaction_10"] == 3 / (206 * YEAR)  # said again there
    assert all(truth.accrual.every_days == MONTH for truth in scenario.truths.values())
    assert scenario.sets == (f"{path}=1 per year", "truths.planned.accrual=every 1 month")


def test_setting_the_design_reaches_variants_that_do_not_say_otherwise():
    scenario = load(LENI, [f"{RULE}.scope.phases=[combination, rescue]", "design.accrual.until=12 treated"])
    scopes = {
        name: design.monitoring["thrombosis_rule"].scope.phases for name, design in scenario.designs.items()
    }
    assert scopes["combination_only"] == ("combination", "rescue")
    assert scopes["with_maintenance"] == ("combination", "maintenance")
    assert scopes["bayes_any_phase"] is None
    assert {design.accrual.until[0].amount for design in scenario.designs.values()} == {12}


def test_setting_works_by_name_in_lists_and_with_whole_mappings():
    scenario = load(
        LENI,
        [
            "design.phases.combination.next.maintenance.unless=null",
            f"{RULE}.rule={{kind: at_least, count: 3, minimum_n: 5}}",
        ],
    )
    design = scenario.designs["combination_only"]
    assert design.phases["combination"].next[0].unless is None
    assert design.monitoring["thrombosis_rule"].rule.minimum_n == 5


def test_setting_does_not_change_the_file_as_it_is_kept():
    plain, changed = load(LENI), load(LENI, ["title=Another"])
    assert (changed.title, changed.text, changed.sha256) == ("Another", plain.text, plain.sha256)


# ---------------------------------------------------------------- provenance and lines


def test_provenance_tells_sources_from_assumptions():
    scenario = load(LENI)
    by_path = {entry.path: entry for entry in scenario.provenance}
    source, assumed = by_path["design.accrual.until"], by_path[f"{RULE}.rule.count"]
    assert (source.source, source.why, source.assumption) == ("leni", "20 planned, 3 enrolled", False)
    assert (assumed.source, assumed.low, assumed.high) == (None, "1", "3")
    assert assumed.why == "the thresholds are not published"
    assert len(scenario.assumptions) + sum(not e.assumption for e in scenario.provenance) == len(
        scenario.provenance
    )


def uncovered(text, folder):
    return [warning.found for warning in of(text, folder).warnings if warning.path == "provenance"]


def test_numbers_without_a_source_give_one_warning(tmp_path):
    (found,) = uncovered(K_OF_N, tmp_path)
    assert found == (
        "5 numbers without a source: design.accrual.until (line 4), design.events.dlt.window (line 6),"
        " design.monitoring.safety.rule.count (line 10) and 2 more"
    )
    (warning,) = of(K_OF_N, tmp_path).warnings
    assert (warning.severity, warning.line) == ("warning", None)


@pytest.mark.parametrize(
    ("entries", "left"),
    [
        ("  design: protocol\n  truths: protocol\n", []),
        (
            "  design: protocol\n  truths.safe.accrual: protocol\n",
            ["truths.safe.events.dlt.probability (line 17)"],
        ),
        (
            "  design.accrual: protocol\n  design.events.dlt.window: protocol\n  truths: protocol\n",
            ["design.monitoring.safety.rule.count (line 10)"],
        ),
    ],
)
def test_an_entry_covers_what_is_at_and_below_its_path(entries, left, tmp_path):
    text = K_OF_N + "references: {protocol: the protocol}\nprovenance:\n" + entries
    found = uncovered(text, tmp_path)
    assert found == [f"1 number without a source: {place}" for place in left]


def test_a_variants_number_is_covered_by_the_variant_or_by_the_place_it_changes(tmp_path):
    variants = "variants: {more: {design.monitoring.safety.rule.count: 4}}\ntruths:\n"
    text = K_OF_N.replace("truths:\n", variants) + "references: {protocol: the protocol}\nprovenance:\n"
    rest = "  design.accrual: protocol\n  design.events: protocol\n  truths: protocol\n"
    count = "design.monitoring.safety.rule.count"
    assert uncovered(f"{text}{rest}  {count}: protocol\n", tmp_path) == []
    assert uncovered(f"{text}{rest}  variants.more: protocol\n", tmp_path) == [
        f"1 number without a source: {count} (line 10)"
    ]


def test_names_prose_and_what_is_set_need_no_source(tmp_path):
    text = K_OF_N.replace("dlt", "dlt_g3").replace(
        "    accrual: 2", "    about: the 2nd of 3\n    accrual: 2"
    )
    (found,) = uncovered(text, tmp_path)
    assert found.startswith("5 numbers")
    (found,) = [w.found for w in of(text, tmp_path, "design.accrual.until=20 treated").warnings]
    assert found.startswith("4 numbers")


@pytest.mark.parametrize(
    ("written", "broken"),
    [
        ("hazard: 0.1699 per year", "hazard: x"),  # in a truth that extends another
        ("probability: 2% in 6 months", "probability: x"),  # inherited by all
        ("or_within: {days: 90", "or_within: {days: x"),  # in a variant
        ("after: 1 month", "after: x"),  # in the design of all variants
    ],
)
def test_lines_survive_merging(written, broken, tmp_path):
    text = LENI.read_text(encoding="utf-8")
    line = text[: text.index(written)].count("\n") + 1
    with pytest.raises(ScenarioError) as caught:
        of(text.replace(written, broken), tmp_path)
    assert [problem.line for problem in caught.value.problems] == [line]
