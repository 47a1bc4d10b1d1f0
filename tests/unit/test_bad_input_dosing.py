"""Mistakes in dose finding, on the shipped MEC scenario (hand-worked)."""

import pytest

from simulator.errors import ScenarioError
from simulator.loading.load import load
from simulator.study.run import programs
from tests.helpers import ROOT, scenario

MEC = ROOT / "scenarios/mec.yaml"
D = "design.dose_finding"
AMENDMENT = "design.amendments.ten_days"
RECOVERY = "truths.observed_like.events.recovery"

MISTAKES = [
    (f"{D}.variant=D", f"{D}.variant", "D"),
    (f"{D}.variant=null", f"{D}.variant", "nothing"),
    (f"{D}.kind=bion", f"{D}.kind", "bion"),
    (f"{D}.kind=null", D, "no `kind`"),
    (f"{D}.cohort=7", f"{D}.cohort", "7"),
    (f"{D}.cohort=0", f"{D}.cohort", "0"),
    (f"{D}.cohrt=3", f"{D}.cohrt", "the key `cohrt`"),
    (f"{D}.start=7 mg", f"{D}.start", "7 mg"),
    (f"{D}.ladder=[5 mg d1-14, 5 mg d1-14]", f"{D}.ladder[1]", "twice"),
    (f"{D}.ladder=[3 mg]", f"{D}.ladder[0]", "3 mg"),
    (f"{D}.event=dlx", f"{D}.event", "dlx"),
    (f"{D}.event=recovery", f"{D}.event", "no window"),
    (f"{D}.decide=soon", f"{D}.decide", "soon"),
    (f"{D}.not_evaluable=ignore", f"{D}.not_evaluable", "ignore"),
    (f"{D}.death_in_window=maybe", f"{D}.death_in_window", "maybe"),
    (f"{D}.death_in_window={{dlt_if_related: 130%}}", f"{D}.death_in_window", "130%"),
    (f"{D}.drug=mec", "design.phases.cycle.gives.lenalidomide", "`assigned`"),
    (f"{D}.drug=other", f"{D}.drug", "other"),
    (f"{D}=null", "design.expansion", "an expansion"),
    (f"{D}=null", "design.monitoring.expansion_toxicity.scope.dose", "`mtd`"),
    (f"{D}=null", AMENDMENT, "design.dose_finding.ladder"),
    (f"{D}=null", "truths.observed_like.target_rate", "`target_rate`"),
    ("design.events.death.when_detected=null", "design.events.death", "goes on"),
    ("design.events.dlt.by=90 days", "design.events.dlt.by", "ends on day 60"),
    ("design.events.dlt.by=null", "design.events.dlt", "recovery"),
    ("design.events.dlt.absence_of=dlt", "design.events.dlt.absence_of", "itself"),
    ("design.events.dlt.absence_of=recovry", "design.events.dlt.absence_of", "recovry"),
    ("design.events.dlt.window=30 days", "design.events.dlt", "window"),
    ("design.expansion.patients=0", "design.expansion.patients", "0"),
    ("design.expansion.at=rp2d", "design.expansion.at", "rp2d"),
    ("design.accrual.while_held=wait", "design.accrual.while_held", "wait"),
    (f"{AMENDMENT}.when=12 mg toxic", f"{AMENDMENT}.when", "12 mg"),
    (f"{AMENDMENT}.when=99 treated", f"{AMENDMENT}.when", "99 treated"),
    (f"{AMENDMENT}.when=soon", f"{AMENDMENT}.when", "soon"),
    (f"{AMENDMENT}.when=[]", f"{AMENDMENT}.when", "[]"),
    (f"{AMENDMENT}.change={{design.expansion.patients: 3}}", f"{AMENDMENT}.change", "design.expansion"),
    (f"{AMENDMENT}.change={{design.phases.cycle.lasts: 3 days}}", "design.events.dlt.by", "45 days, but"),
    (f"{AMENDMENT}.change={{design.dose_finding.start: 7 mg}}", f"{D}.start", "7 mg"),
    (f"{AMENDMENT}.change={{design.dose_finding.variant: X}}", f"{D}.variant", "X"),
    (
        f"{AMENDMENT}.change={{design.dose_finding.death_in_window: dlt}}",
        f"{AMENDMENT}.change",
        "death_in_window",
    ),
    (f"{AMENDMENT}.counts=forget", f"{AMENDMENT}.counts", "forget"),
    (f"{AMENDMENT}.applies_to=all", f"{AMENDMENT}.applies_to", "all"),
    ("design.monitoring.expansion_toxicity.scope.dose=rp2d", "scope.dose", "rp2d"),
    ("truths.observed_like.target_rate=33", "truths.observed_like.target_rate", "33"),
    ("truths.observed_like.tolerance=5", "truths.observed_like.tolerance", "5"),
    ("truths.observed_like.tolerance=67%", "truths.observed_like.tolerance", "67%"),
    ("truths.observed_like.not_evaluable=1.4", "truths.observed_like.not_evaluable", "1.4"),
    (
        f"{RECOVERY}={{clock: enrolment, within: 45 days, "
        "probability_by_dose: {lenalidomide: {5 mg d1-10: 5%}}}",
        RECOVERY,
        "no probability at 5 mg d1-14",
    ),
    (f"{RECOVERY}={{within: 45 days, probability_by_dose: {{mec: {{standard: 5%}}}}}}", RECOVERY, "no clock"),
    ("truths.observed_like.events.dlt={hazard: 1 per year}", "truths.observed_like.events.dlt", "absence"),
    ("design.phases.cycle.gives.lenalidomide=5 mg d1-10", D, "no phase that gives lenalidomide"),
    ("design.phases.cycle.gives.mec=assigned", "design.phases.cycle.gives.mec", "`assigned`"),
]


@pytest.mark.parametrize(("change", "place", "found"), MISTAKES, ids=[f"{m[0]} {m[1]}" for m in MISTAKES])
def test_a_mistake_is_named_with_its_place(change, place, found):
    with pytest.raises(ScenarioError) as caught:
        load(MEC, [change])
    errors = [p for p in caught.value.problems if p.severity == "error"]
    assert any(place in p.path and found in p.found for p in errors), caught.value


def test_a_tolerance_needs_a_target_and_leaves_rates_above_it():
    dlt = {"accrual": "1 per week", "events": {"dlt": {"hazard": "0"}}}
    finding = {"kind": "three_plus_three", "variant": "C"}
    design = DESIGN | {"dose_finding": finding, "accrual": {"until": "30 treated"}}
    for more, found in ({}, "no `target_rate`"), ({"target_rate": "95%"}, "5%"):
        with pytest.raises(ScenarioError) as caught:
            scenario(design, {"truth": {**dlt, "tolerance": "5%", **more}})
        assert [(p.path, p.found) for p in caught.value.problems] == [("truths.truth.tolerance", found)]
    assert scenario(design, {"truth": {**dlt, "tolerance": "4%", "target_rate": "95%"}})


def test_a_mistake_in_an_amendment_has_no_consequences():
    """The version that could not be read is not checked further: one problem, not five."""
    with pytest.raises(ScenarioError) as caught:
        load(MEC, [f"{AMENDMENT}.change={{design.dose_finding.variant: X}}"])
    assert len([p for p in caught.value.problems if p.severity == "error"]) == 1


DESIGN = {
    "drugs": {"x": ["1 mg", "2 mg"]},
    "phases": {"one": {"lasts": "28 days", "gives": {"x": "assigned"}}},
    "events": {"dlt": {"window": "28 days"}},
}
SILENT = {"truth": {"accrual": "1 per week", "events": {"dlt": {"hazard": "0"}}}}


def by_a_table(**keys):
    """A BOIN of up to 30 patients, where accrual ends at 30."""
    finding = {"kind": "boin", "target": "30%", "n_max": 30} | keys
    return scenario({**DESIGN, "dose_finding": finding, "accrual": {"until": "30 treated"}}, SILENT)


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("cohort", 31, "31"),
        ("n_max", None, "null"),
        ("target", "100%", "100%"),
        ("target", None, "null"),
        ("p1", "30%", "30%"),
        ("p2", "25%", "25%"),
        ("enough", 31, "31"),
        ("enough_when", "never", "never"),
        ("titration", "maybe", "maybe"),
        ("extra_safe", "96%", "96%"),
        ("variant", "A", "the key `variant`"),
    ],
)
def test_a_mistake_in_a_design_by_a_table(key, value, found):
    with pytest.raises(ScenarioError) as caught:
        by_a_table(**{key: value})
    errors = [p for p in caught.value.problems if p.severity == "error"]
    assert [(p.path, p.found) for p in errors] == [(f"{D}.{key}", found)]


def test_numbers_of_a_plus_b_that_do_not_fit():
    finding = {"kind": "a_plus_b", "a": 3, "b": 3, "c": 1, "d": 1, "e": 6}
    with pytest.raises(ScenarioError) as caught:
        scenario({**DESIGN, "dose_finding": finding, "accrual": {"until": "30 treated"}}, SILENT)
    (error,) = [p for p in caught.value.problems if p.severity == "error"]
    assert (error.path, error.found, error.allowed) == (f"{D}.e", "6", "1 (d) to 5 (a + b - 1)")


CRM = {"kind": "crm", "target": "25%", "n_max": 30, "skeleton": ["10%", "25%"]}


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("skeleton", ["10%", "25%", "40%"], "3 rates"),
        ("skeleton", ["25%", "10%"], "[25%, 10%]"),
        ("skeleton", ["10%", "often"], "[10%, often]"),
        ("skeleton", {"half_width": "5%", "prior_mtd": 3}, "the prior_mtd 3"),
        ("skeleton", {"half_width": "5%"}, "{half_width: 5%}"),
        ("skeleton", None, "null"),
        ("target", "0%", "0%"),
        ("cohort", 31, "31"),
        ("model", "probit", "probit"),
        ("estimate", "mean", "mean"),
        ("select", "all", "all"),
        ("intercept", 3, "3"),
        ("prior_variance", 0, "0"),
        ("stop_toxic", "100%", "100%"),
    ],
)
def test_a_mistake_in_a_crm(key, value, found):
    finding = CRM | {key: value}
    with pytest.raises(ScenarioError) as caught:
        scenario({**DESIGN, "dose_finding": finding, "accrual": {"until": "30 treated"}}, SILENT)
    (error,) = [p for p in caught.value.problems if p.severity == "error"]
    assert (error.path, error.found) == (f"{D}.{key}", found)


BLRM = {
    "kind": "blrm",
    "n_max": 30,
    "amounts": [1, 2],
    "reference": 2,
    "prior_mean": [-0.85, 0],
    "prior_sd": [1, 1],
}


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("amounts", [1, 2, 4], "3"),
        ("amounts", [2, 1], "[2, 1]"),
        ("amounts", [1, "much"], "[1, much]"),
        ("reference", 0, "0"),
        ("prior_mean", [1], "[1]"),
        ("prior_sd", [1, 0], "[1, 0]"),
        ("prior_correlation", 1, "1"),
        ("p1", "40%", "40%"),
        ("choose", "lowest", "lowest"),
        ("overdose", "0%", "0%"),
        ("enough", 31, "31"),
    ],
)
def test_a_mistake_in_a_blrm(key, value, found):
    finding = BLRM | {key: value}
    with pytest.raises(ScenarioError) as caught:
        scenario({**DESIGN, "dose_finding": finding, "accrual": {"until": "30 treated"}}, SILENT)
    (error,) = [p for p in caught.value.problems if p.severity == "error"]
    assert (error.path, error.found) == (f"{D}.{key}", found)


EWOC = {"kind": "ewoc", "target": "33%", "n_max": 30, "amounts": [1, 2], "largest_mtd": 3}


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("amounts", [1, 2, 3], "3"),
        ("amounts", [2, 1], "[2, 1]"),
        ("largest_mtd", 1.9, "1.9"),
        ("largest_mtd", 0, "0"),
        ("largest_mtd", None, "null"),
        ("target", "100%", "100%"),
        ("overdose", "0%", "0%"),
        ("stop_toxic", "100%", "100%"),
        ("enough", 31, "31"),
        ("cohort", 31, "31"),
        ("select", "all", "all"),
    ],
)
def test_a_mistake_in_an_ewoc(key, value, found):
    finding = EWOC | {key: value}
    with pytest.raises(ScenarioError) as caught:
        scenario({**DESIGN, "dose_finding": finding, "accrual": {"until": "30 treated"}}, SILENT)
    (error,) = [p for p in caught.value.problems if p.severity == "error"]
    assert (error.path, error.found) == (f"{D}.{key}", found)


def test_a_skeleton_is_compared_with_the_ladder_of_its_version():
    finding = CRM | {"skeleton": ["25%"], "ladder": ["2 mg"]}
    scenario({**DESIGN, "dose_finding": finding, "accrual": {"until": "30 treated"}}, SILENT)


def test_an_accrual_that_ends_before_the_dose_finding_is_warned_of():
    def warned(**keys):
        return [p.found for p in by_a_table(**keys).warnings if p.path == "design.accrual.until"]

    assert warned(n_max=30) == []
    assert warned(n_max=31) == ["30 patients, where the dose finding may need 31"]


UNTIL = f"{D}.accelerated_until"
STAGED = {
    "drugs": {"x": ["1 mg", "2 mg", "3 mg"]},
    "phases": DESIGN["phases"],
    "events": {
        "recovery": {},
        "dlt": {"window": "28 days", "ruled_out_by": ["recovery"]},
        "mild": {},
        "rash": {},
        "death": {"when_detected": "leave"},
    },
    "accrual": {"until": "30 treated"},
}
BY_3_PLUS_3 = {"kind": "three_plus_three", "variant": "A"}
ENDS = "an event after which a DLT may still come"


def staged(until, method=BY_3_PLUS_3, **more):
    names = [name for name in STAGED["events"]]
    truth = {"accrual": "1 per week", "events": {name: {"hazard": "0"} for name in names}}
    design = {**STAGED, "dose_finding": method | {"accelerated_until": until}, **more}
    return scenario(design, {"truth": truth})


@pytest.mark.parametrize(
    ("until", "place", "found", "allowed"),
    [
        ({"mild": 2}, "", "nothing of dlt", "`dlt: 1`, the first DLT, and if need be a milder event"),
        ({}, "", "nothing of dlt", "`dlt: 1`, the first DLT, and if need be a milder event"),
        ({"dlt": 2}, ".dlt", "2", "`dlt: 1`, the first DLT"),
        ({"dlt": 1, "mild": 0}, ".mild", "0", "a whole number from 1"),
        ({"dlt": 1, "mld": 2}, ".mld", "the event mld", "one of recovery, dlt, mild, rash, death"),
        ({"dlt": 1, "mild": 2, "rash": 1}, "", "mild and rash", "one event beside dlt"),
        ({"dlt": 1, "recovery": 2}, ".recovery", "recovery, which decides about dlt", ENDS),
        ({"dlt": 1, "death": 1}, ".death", "death, which decides about dlt", ENDS),
        (2, "", "2", "{NAME: ..., ...}"),
    ],
)
def test_a_mistake_in_an_accelerated_first_stage(until, place, found, allowed):
    with pytest.raises(ScenarioError) as caught:
        staged(until)
    errors = [(p.path, p.found, p.allowed) for p in caught.value.problems if p.severity == "error"]
    assert errors == [(UNTIL + place, found, allowed)]


def test_a_design_that_titrates_by_itself_has_no_other_first_stage():
    boin = {"kind": "boin", "target": "30%", "n_max": 12, "titration": True}
    with pytest.raises(ScenarioError) as caught:
        staged({"dlt": 1}, boin)
    (error,) = [p for p in caught.value.problems if p.severity == "error"]
    assert (error.path, error.found) == (UNTIL, "one patient a dose twice")


def test_more_patients_than_doses_below_the_top_are_warned_of():
    assert any(p.found == "3 patients" and p.path == f"{UNTIL}.mild" for p in warnings(3))
    assert not any(p.path.startswith(UNTIL) for p in warnings(2))


def warnings(patients):
    return staged({"dlt": 1, "mild": patients}).warnings


def test_the_milder_event_is_the_same_after_an_amendment():
    changed = {"when": "6 treated", "change": {f"{UNTIL}.mild": None, f"{UNTIL}.rash": 1}}
    with pytest.raises(ScenarioError) as caught:
        staged({"dlt": 1, "mild": 2}, amendments={"other": changed})
    (error,) = [p for p in caught.value.problems if p.severity == "error"]
    assert (error.found, error.allowed) == ("rash after an amendment", "mild, as at the start")
    for change in ({UNTIL: None}, {f"{UNTIL}.mild": 1}, {f"{UNTIL}.mild": None}):
        staged({"dlt": 1, "mild": 2}, amendments={"other": {"when": "6 treated", "change": change}})


def test_reports_of_a_milder_event_are_final():
    truth = {
        "accrual": "1 per week",
        "events": {name: {"hazard": "0"} for name in STAGED["events"]},
        "delays": {"mild": {"never": "10%"}},
    }
    design = {**STAGED, "dose_finding": BY_3_PLUS_3 | {"accelerated_until": {"dlt": 1, "mild": 2}}}
    with pytest.raises(ScenarioError) as caught:
        scenario(design, {"truth": truth})
    assert any(p.found == "reports of mild that never come" for p in caught.value.problems)


LONGER = """\
trialstop: 1
title: A ladder of two of three levels
design:
  accrual: {until: 6 treated}
  drugs: {x: [1 mg, 2 mg, 3 mg]}
  phases: {one: {lasts: 30 days, gives: {x: assigned}}}
  events: {dlt: {window: 20 days}, other: {}}
  dose_finding: {kind: three_plus_three, variant: A, ladder: [1 mg, 2 mg]}
truths:
  one:
    accrual: 1 per month
    events:
      dlt: {clock: enrolment, within: 20 days, probability_by_dose: {x: {1 mg: 10%, 2 mg: 20%}}}
      other: {hazard: 1 per year}
"""


RAISES = "counts: {event: other}, rule: {kind: at_least, count: 1}, then: [{raise_dose: x}]"


@pytest.mark.parametrize(
    ("done", "missing"),
    [
        ("other: {}", False),
        ("other: {when_detected: [{lower_dose: x}]}", True),
        ("other: {when_detected: [{set_dose: {x: 3 mg}}]}", True),
        ("other: {when_detected: [{give_drug: x}]}", False),  # the first
        (f"other: {{}}}}\n  monitoring: {{r: {{{RAISES}}}", True),
    ],
)
def test_hazards_know_the_doses_that_patients_can_be_given(tmp_path, done, missing):
    """Those of the ladder, and others where doses change by more than dose finding; no more are needed."""
    path = tmp_path / "longer.yaml"
    path.write_text(LONGER.replace("other: {}", done, 1))
    if missing:
        with pytest.raises(ScenarioError) as caught:
            load(path)
        errors = [(p.line, p.found) for p in caught.value.problems if p.severity == "error"]
        assert [found for _, found in errors] == ["no probability at 3 mg"]
    else:
        (program,) = programs(load(path)).values()
        assert all(len(component.tables) <= 2 for component in program.components)
