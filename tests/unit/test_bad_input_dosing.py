"""Mistakes in dose finding, on the shipped MEC scenario (hand-worked)."""

import pytest

from simulator.errors import ScenarioError
from simulator.loading.load import load
from tests.helpers import ROOT

MEC = ROOT / "scenarios/mec.yaml"
D = "design.dose_finding"
AMENDMENT = "design.amendments.ten_days"
RECOVERY = "truths.observed_like.events.recovery"

MISTAKES = [
    (f"{D}.variant=D", f"{D}.variant", "D"),
    (f"{D}.variant=null", f"{D}.variant", "nothing"),
    (f"{D}.kind=boin", f"{D}.kind", "boin"),
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
    (f"{D}=null", AMENDMENT, "an amendment"),
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
    (f"{AMENDMENT}.change={{design.phases.cycle.lasts: 3 days}}", f"{AMENDMENT}.change", "design.phases"),
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


def test_a_mistake_in_an_amendment_has_no_consequences():
    """The version that could not be read is not checked further: one problem, not five."""
    with pytest.raises(ScenarioError) as caught:
        load(MEC, [f"{AMENDMENT}.change={{design.dose_finding.variant: X}}"])
    assert len([p for p in caught.value.problems if p.severity == "error"]) == 1
