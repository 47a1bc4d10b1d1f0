"""Mistakes in amendments of a protocol (hand-worked): one cause is one problem, at the line to mend."""

# ruff: noqa: E501
# fmt: off
from __future__ import annotations

import pytest

from simulator.errors import Problem
from tests.unit.test_bad_input import problems_of

SMALL = """\
trialstop: 1
title: Slower
design:
  accrual: {until: 20 treated}
  drugs: {len: [10 mg, 25 mg], pred: [20 mg]}
  phases:
    one:
      lasts: 60 days
      gives: {len: 25 mg}
      next: two
    two: {lasts: 30 days, gives: {}}
  events: {flare: {window: 28 days}}
  monitoring:
    severe:
      counts: {event: flare}
      rule: {kind: at_least, count: 2}
      then: []
    closes:
      counts: {event: flare}
      rule: {kind: at_least, count: 5}
      then: [close_accrual]
  amendments:
    slower:
      when: [severe fired, 9 treated]
      change:
        design.phases.one.gives: {len: 10 mg, pred: 20 mg}
        design.monitoring.severe.rule: {kind: at_least, count: 3}
      counts: start again
      applies_to: new
    last:
      when: 12 months
      change: {design.phases.one.lasts: 50 days}
truths:
  one:
    accrual: 1 per month
    events: {flare: {hazard: 1 per year}}
"""
A_PATH = "a path below design.phases, design.drugs, design.arms, design.screening or design.monitoring, `window` or `when_detected` of an event, design.accrual.until, or design.randomisation.sizes"
KEEP = ("      when: 12 months\n", "      when: 12 months\n      counts: keep\n")
ONLY = "what else a design has is the same in every version; others are variants"

MISTAKES = [  # (text, what it is changed to, "line path: found", how what is allowed begins, the hint)
    ("severe fired", "sever fired", "24 slower.when: the rule sever of the version it amends", "one of severe, closes", "did you mean severe?"),
    ("severe fired", "closes fired", "24 slower.when: closes fired, which closes accrual", "a rule after which patients still enter", ""),
    ("severe fired", "25 mg toxic", "24 slower.when: 25 mg toxic", "a rule that fired, a number treated, or a time", "without dose finding no dose is found too toxic"),
    ("9 treated", "20 treated", "24 slower.when: 20 treated", "at most 19: nobody enters after the 20 of the trial", ""),
    ("9 treated", "0 treated", "24 slower.when: [severe fired, 0 treated]", "at least 1 treated", ""),
    ("9 treated", "9 patients", "24 slower.when: [severe fired, 9 patients]", "`DOSE toxic`, `RULE fired`, `9 treated` or `12 months`", ""),
    ("design.phases.one.gives", "design.accrual.stagger", "26 slower.change: design.accrual.stagger", A_PATH, ONLY),
    ("design.phases.one.gives", "design.phase.one.gives", "26 slower.change: design.phase.one.gives", A_PATH, ONLY),
    ("design.phases.one.gives", "phases.one.gives", "26 slower.change: phases.one.gives", A_PATH, ONLY),
    ("design.phases.one.gives", "design.events.flare.repeats", "26 slower.change: design.events.flare.repeats", A_PATH, ONLY),
    ("design.phases.one.gives: {len: 10 mg, pred: 20 mg}", "design.events.flare.window: null", "26 slower.change: design.events.flare.window", A_PATH, ONLY),
    ("design.phases.one.lasts: 50 days", "design.events.flar.window: 10 days", "32 design.events.flar.window: no flar in design.events", "what is there: flare", "did you mean flare?"),
    ("design.phases.one.lasts: 50 days", "design.accrual.until: [30 treated, 5 years]", "", "", ""),
    ("design.phases.one.lasts: 50 days", "design.accrual.until: [30 treated, 60 registered]", "32 last.change: another number of candidates", "another number of patients, or another last day", ""),
    ("design.phases.one.lasts: 50 days", "design.accrual.until: 30 patients", "32 design.accrual.until: \"30 patients\"", "", None),
    ("design.phases.one.lasts: 50 days", "design.phases.two: null", "32 last.change: design.phases.two", "what is in a phase", "patients may be in it: lead no transition there instead"),
    ("design.monitoring.severe.rule: {kind: at_least, count: 3}", "design.monitoring.sever.rule: {kind: at_least, count: 3}", "27 design.monitoring.sever.rule: no sever in design.monitoring", "what is there: severe, closes", "did you mean severe?"),
    ("pred: 20 mg}", "pred: 30 mg}", "26 design.phases.one.gives.pred: the dose \"30 mg\" of pred", "only 20 mg", "did you mean 20 mg?"),
    ("kind: at_least, count: 3", "kind: at_lest, count: 3", "27 design.monitoring.severe.rule.kind: at_lest", "one of ", "did you mean at_least?"),
    ("    last:\n", "    again:\n", "", "", ""),  # no mistake
    ("    closes:\n", "    severe_slower:\n", "23 slower: the rule severe_slower, which is what severe is called after this amendment", "an amendment, or a rule, with another name", ""),
    ("applies_to: new", "applies_to: old", "29 slower.applies_to: old", "`new` or `on_study`", ""),
]


@pytest.mark.parametrize(("text", "other", "where", "allowed", "hint"), MISTAKES, ids=[f"{m[0].strip()} -> {m[1].strip()}" for m in MISTAKES])
def test_a_mistake_is_named_with_its_place_and_what_to_do(tmp_path, text, other, where, allowed, hint):
    problems = found(tmp_path, (text, other))
    assert said(problems) == ([where] if where else [])
    for problem in problems:
        assert problem.allowed.startswith(allowed)
        assert hint is None or problem.hint == hint


def test_a_path_that_an_earlier_amendment_took_away_is_not_there(tmp_path):
    gone = ("design.monitoring.severe.rule: {kind: at_least, count: 3}", "design.monitoring.severe: null")
    later = ("design.phases.one.lasts: 50 days", "design.monitoring.severe.then: [close_accrual]")
    assert found(tmp_path, gone) == []
    problems = found(tmp_path, gone, later)
    assert said(problems) == ["32 design.monitoring.severe.then: no severe in design.monitoring"]


def test_courses_and_follow_up_are_not_kept_over_another_plan(tmp_path):
    keep = ("counts: start again", "counts: keep")
    courses = ("counts: {event: flare}\n      rule: {kind: at_least, count: 5}", "counts: {event: flare, unit: courses}\n      rule: {kind: at_least, count: 5}")
    course = ("lasts: 60 days\n", "lasts: 60 days\n      course: 20 days\n")
    assert found(tmp_path, courses, course) == []
    (problem,) = found(tmp_path, courses, course, keep)
    assert said([problem]) == ["29 slower.counts: the rule closes, which counts courses, beside phases that are changed"]
    assert problem.allowed == "`counts: start again`"


@pytest.mark.parametrize(("text", "same", "other"), [("lasts: 50 days", "lasts: 60 days", "lasts: 59 days"), ("phases.one.lasts: 50 days", "events.flare.window: 28 days", "events.flare.window: 10 days")])
def test_an_amendment_that_changes_nothing_and_keeps_counts_is_warned_of(tmp_path, text, same, other):
    """Another length, or another window, is a change; so are counts that start again."""
    warned = "33 last.change: nothing that is another than before"
    for changes, expected in (([(text, same), KEEP], [warned]), ([(text, other), KEEP], []), ([(text, same)], [])):
        problems = [p for p in problems_of(changed(*changes), tmp_path) if "amendments" in p.path]
        assert said(problems) == expected


@pytest.mark.parametrize(("when", "look", "warned"), [("[severe fired, 9 treated]", "at 19 treated", 0), ("[severe fired, 9 treated]", "at 20 treated", 1), ("9 treated", "at 11 treated", 0), ("9 treated", "at 12 treated", 1), ("{all: [9 treated, 1 year]}", "every 12 treated", 1), ("9 treated", "{every: 12 treated, and: at the end}", 0)])
def test_looks_that_can_not_come_any_more_are_warned_of(tmp_path, when, look, warned):
    """Of 20 patients, of whom one at least has entered before a rule fires."""
    text = SMALL.replace("[severe fired, 9 treated]", when).replace("count: 5}\n", f"count: 5}}\n      look: {look}\n")
    found = [p for p in problems_of(text, tmp_path) if "the rule closes, which looks first at" in p.found]
    assert [problem.severity for problem in found] == ["warning"] * warned


def test_an_amendment_that_comes_after_accrual_is_warned_of(tmp_path):
    """After 300 days; after a year, or on study, it may still reach somebody."""
    closes = ("{until: 20 treated}", "{until: [20 treated, 300 days]}")
    for changes, expected in (([closes], ["31 last.when: 365.25 days"]), ([closes, ("300 days", "12 months")], []), ([closes, ("lasts: 50 days}", "lasts: 50 days}\n      applies_to: on_study")], [])):
        problems = [p for p in problems_of(changed(*changes), tmp_path) if p.path.endswith("when")]
        assert said(problems) == expected
        assert {(p.severity, p.allowed) for p in problems} <= {("warning", "at most 300 days, when accrual closes: nothing opens it again")}


ARMS = ("  drugs:", "  arms: {new: {gives: {pred: 20 mg}}, old: {}}\n  randomisation: {method: permuted_blocks, sizes: [2]}\n  drugs:")
RULE = ("design.monitoring.severe.rule: {kind: at_least, count: 3}", "design.monitoring.severe.arms: new")
SPLIT = ("{kind: at_least, count: 5}", "{kind: event_split, level: at most 2.5%}\n      compare: [new, old]")
OF_ARMS = [  # (changes, "line path: found", how what is allowed begins)
    ([("lasts: 50 days", "lasts: 50 days, design.arms.new.share: 0")], "", ""),
    ([("lasts: 50 days", "lasts: 50 days, design.arms.new: null")], "34 last.change: design.arms.new", "what is in an arm"),
    ([("lasts: 50 days", "lasts: 50 days, design.arms.new.share: 2")], "6 design.randomisation.sizes: blocks of 2 for arms of 2 : 1, after the amendment last", "multiples of 3"),
    ([("lasts: 50 days", "lasts: 50 days, design.arms.new.share: 2, design.randomisation.sizes: [3]")], "", ""),
    ([("lasts: 50 days", "lasts: 50 days, design.randomisation.method: simple")], "34 last.change: design.randomisation.method", A_PATH),
    ([("lasts: 50 days", "lasts: 50 days, design.arms.new.share: 0, design.arms.old.share: 0")], "5 design.arms: no arm that takes patients, after the amendment last", "one at least"),
    ([("lasts: 50 days", "lasts: 50 days, design.arms.new.gives: {pred: 30 mg}")], "34 design.arms.new.gives.pred: the dose \"30 mg\" of pred", "only 20 mg"),
    ([("new: {gives", "new: {share: 0, gives")], "5 design.arms.new.share: 0", "a whole number, at least 1"),
    ([RULE, ("lasts: 50 days", "lasts: 50 days, design.arms.new.share: 0")], "32 last.counts: the rule severe, of whose arms new takes nobody any more", "`counts: keep`"),
    ([RULE, ("lasts: 50 days}", "lasts: 50 days, design.arms.new.share: 0}\n      counts: keep")], "", ""),
    ([SPLIT, ("lasts: 50 days}", "lasts: 50 days, design.arms.new.share: 3, design.randomisation.sizes: [4]}\n      counts: keep")], "36 last.counts: the rule closes, which goes by the shares allocated, beside shares that are changed", "`counts: start again`"),
]


@pytest.mark.parametrize(("changes", "where", "allowed"), OF_ARMS)
def test_mistakes_in_arms_that_change(tmp_path, changes, where, allowed):
    problems = found(tmp_path, ARMS, *changes)
    assert said(problems) == ([where] if where else [])
    assert all(problem.allowed.startswith(allowed) for problem in problems)


def test_a_rule_that_keeps_an_arm_that_has_closed_is_not_warned_of(tmp_path):
    """It still reads who is in the arm; that it could read nobody is not so."""
    look = ("      then: []", "      then: []\n      look: every 1 completed\n      among: completed")
    closes = ("lasts: 50 days}", "lasts: 50 days, design.arms.new.share: 0}\n      counts: keep")
    problems = problems_of(changed(ARMS, RULE, look, closes), tmp_path)
    assert [p for p in problems if "severe" in p.path and "beyond the cap" in p.found] == []


def test_arms_are_there_from_the_start(tmp_path):
    change = ("design.phases.one.lasts: 50 days", "design.arms.new: {}, design.arms.old: {}")
    assert said(found(tmp_path, change)) == ["32 design.arms.new: no arms in design", "32 design.arms.old: no arms in design"]
    problems = said(found(tmp_path, change, ("  drugs:", "  arms: {}\n  drugs:")))
    assert problems == ["33 last.change: arms in a trial that began without"]


OF_DRUGS = [  # (what is written in place of a change, "line path: found", how what is allowed begins)
    ("design.drugs.len: [5 mg, 10 mg, 25 mg]", "", ""),
    ("design.drugs.len: [10 mg, 15 mg], design.phases.one.gives: {len: 15 mg}", "", ""),
    ("design.drugs.len: [25 mg, 10 mg]", "32 last.change: len in the order 25 mg, 10 mg", "levels in the order 10 mg, 25 mg, others between"),
    ("design.drugs.len: [25 mg]", "26 design.phases.one.gives.len: the dose \"10 mg\" of len", "only 25 mg"),
    ("design.drugs.len: [10 mg, 10 mg]", "32 design.drugs.len: the dose 10 mg twice", "each level once"),
    ("design.drugs.new: [1 mg]", "32 last.change: the drug new, which is new", "drugs that are there from the start"),
    ("design.drugs.pred: null", "32 last.change: design.drugs.pred", "a list of levels"),
]


@pytest.mark.parametrize(("change", "where", "allowed"), OF_DRUGS)
def test_mistakes_in_levels_that_change(tmp_path, change, where, allowed):
    problems = found(tmp_path, ("design.phases.one.lasts: 50 days", change))
    assert said(problems) == ([where] if where else [])
    assert all(problem.allowed.startswith(allowed) for problem in problems)


@pytest.mark.parametrize(("level", "where"), [("5 mg", ""), ("25 mg", ""), ("6 mg", "36 truths.one")])
def test_a_truth_knows_the_levels_of_every_version(tmp_path, level, where):
    change = ("design.phases.one.lasts: 50 days", "design.drugs.len: [5 mg, 10 mg]")
    ratio = ("{hazard: 1 per year}", f"{{hazard: 1 per year, dose_ratio: {{len: {{{level}: 2}}}}}}")
    problems = found(tmp_path, change, ratio)
    assert [problem.found for problem in problems] == ([f'the dose "{level}" of len'] if where else [])


SCREENED = ("  drugs:", "  screening: {takes: 5 days}\n  drugs:")
OF_SCREENING = [  # (changes, "line path: found", how what is allowed begins)
    ([SCREENED, ("lasts: 50 days", "lasts: 50 days, design.screening.takes: 9 days")], "", ""),
    ([SCREENED, ("phases.one.lasts: 50 days", "screening: null")], "33 last.change: design.screening", A_PATH),
    ([SCREENED, ("phases.one.lasts: 50 days", "screening.eligible: 0%")], "33 design.screening.eligible: nobody eligible", "a share above 0"),
    ([("phases.one.lasts: 50 days", "screening.takes: 9 days")], "32 design.screening.takes: no screening in design", "what is there"),
]


@pytest.mark.parametrize(("changes", "where", "allowed"), OF_SCREENING)
def test_mistakes_in_screening_that_changes(tmp_path, changes, where, allowed):
    problems = found(tmp_path, *changes)
    assert said(problems) == ([where] if where else [])
    assert all(problem.allowed.startswith(allowed) for problem in problems)


def test_courses_of_those_on_study_stay_as_they_are(tmp_path):
    course = ("lasts: 60 days\n", "lasts: 60 days\n      course: 20 days\n")
    change = ("design.phases.one.gives: {len: 10 mg, pred: 20 mg}", "design.phases.one.course: 10 days")
    assert found(tmp_path, course, change) == []
    (problem,) = found(tmp_path, course, change, ("applies_to: new", "applies_to: on_study"))
    assert said([problem]) == ["30 slower.applies_to: courses of one that are changed for patients on study"]


DOSES = [
    ("  events:", "  dose_finding: {kind: three_plus_three, variant: A, event: flare}\n  events:"),
    ("      gives: {len: 25 mg}\n", "      gives: {len: assigned}\n"),
    ("design.phases.one.gives: {len: 10 mg, pred: 20 mg}", "design.phases.one.gives: {len: assigned, pred: 20 mg}"),
]
OF_FLARE = ("design.phases.one.lasts: 50 days", "design.events.flare.window: 14 days")
ANEW = ("design.phases.one.lasts: 50 days", "design.dose_finding.start: 10 mg")
BOIN = "kind: boin, design.dose_finding.target: 30%, design.dose_finding.n_max: 30"
AS_BOIN = ("design.phases.one.lasts: 50 days", f"design.dose_finding.{BOIN}")
OF_DOSES = [  # (further changes, "line path: found", how what is allowed begins)
    ([OF_FLARE], "33 last.change: another window of flare", "the window of an event that is no DLT"),
    ([ANEW], "", ""),
    ([AS_BOIN, ("n_max: 30", "n_max: 30, design.dose_finding.variant: null")], "", ""),
    ([AS_BOIN], "12 design.dose_finding.variant: the key `variant`, after the amendment last", "one of kind, target, n_max"),
    ([("design.phases.one.lasts: 50 days", "design.dose_finding.variant: null")], "33 last.change: design.dose_finding.variant", "a value"),
    ([AS_BOIN, ("n_max: 30", "n_max: 30, design.dose_finding.variant: null, design.dose_finding.event: null")], "33 last.change: design.dose_finding.event", "a value"),
    ([ANEW, ("when: 12 months", "when: closes fired")], "32 last.when: closes fired, which closes accrual", "a rule after which patients still enter"),
    ([ANEW, ("when: 12 months", "when: 20 mg toxic")], '32 last.when: the dose "20 mg" of the ladder it amends', "one of 10 mg, 25 mg"),
    ([("{len: assigned, pred: 20 mg}", "{len: 10 mg, pred: assigned}")], "26 slower.change: the dose of pred, not of len", "one drug throughout"),
    ([("design.phases.one.lasts: 50 days", "design.expansion.patients: 3")], "33 last.change: design.expansion.patients", "a path below design.dose_finding"),
    ([("design.phases.one.lasts: 50 days", "design.drugs.len: [10 mg, 15 mg, 25 mg]")], "", ""),
    ([("design.phases.one.lasts: 50 days", "design.drugs.len: [10 mg]")], '12 design.dose_finding: the dose "25 mg" of len, after the amendment last', "only 10 mg"),
    ([("design.phases.one.gives: {len: assigned, pred: 20 mg}", "design.drugs.len: [10 mg, 15 mg, 25 mg]"), ("when: 12 months", "when: 15 mg toxic")], '32 last.when: the dose "15 mg" of the ladder it amends', "one of 10 mg, 25 mg"),
]


@pytest.mark.parametrize(("changes", "where", "allowed"), OF_DOSES)
def test_mistakes_beside_dose_finding(tmp_path, changes, where, allowed):
    problems = found(tmp_path, *DOSES, *changes)
    assert said(problems) == ([where] if where else [])
    assert all(problem.allowed.startswith(allowed) for problem in problems)


@pytest.mark.parametrize(("phase", "what"), [("three", []), ("four", ["the phase four"])])
def test_a_truth_speaks_of_phases_that_an_amendment_brings(tmp_path, phase, what):
    brings = ("design.phases.one.lasts: 50 days}", "design.phases.three: {lasts: 20 days, gives: {}}, design.phases.two.next: three}")
    hazard = ("{flare: {hazard: 1 per year}}", f"{{flare: {{hazard: 1 per year, while_in: {phase}}}}}")
    problems = found(tmp_path, brings, hazard)
    assert [problem.found for problem in problems] == what
    assert all(problem.allowed == "one of one, two, three" for problem in problems)


# ---------------------------------------------------------------- what is wrong in the design that it makes

STEP = ("      next: two\n", "      next: two\n      steps: [{after: 50 days, set: {len: 10 mg}}]\n")
OVER_TWO = [("    closes:\n", "    severe_a:\n"), ("slower:\n", "b:\n"), ("    last:\n", "    a_b:\n")]
TO_THE_END = ("design.phases.one.lasts: 50 days", "design.phases.one.next: null")


def test_what_cannot_be_checked_is_named_and_no_error_of_ours(tmp_path):
    fresh = "design.monitoring.fresh: {counts: {event: flair}, rule: {kind: at_least, count: 1}}"
    (problem,) = found(tmp_path, ("design.phases.one.lasts: 50 days", fresh))
    assert said([problem]) == ["32 design.monitoring.fresh.counts.event: the event flair"]


def test_of_a_line_elsewhere_it_is_said_which_amendment_makes_it_wrong(tmp_path):
    """The step of day 50 stands in the design, where the phase is longer."""
    (problem,) = found(tmp_path, STEP)
    assert said([problem]) == [
        "11 design.phases.one.steps[0].after: 50 days, after the amendment last",
    ]


@pytest.mark.parametrize(
    ("changes", "where", "rule"),
    [
        ([("    closes:\n", "    Severe_slower:\n")], "23 slower", "Severe_slower"),
        ([("    last:\n", "    Slower:\n")], "30 Slower", "severe_slower"),
        (OVER_TWO, "30 a_b", "severe_a_b"),
        ([("    closes:\n", "    severe_slower:\n"), ("start again", "keep")], "23 slower", "severe_slower"),
    ],
    ids=["capitals", "capitals of amendments", "over two amendments", "counts kept"],
)
def test_names_that_two_rules_would_have(tmp_path, changes, where, rule):
    (problem,) = found(tmp_path, *changes)
    assert said([problem]) == [
        f"{where}: the rule {rule}, which is what severe is called after this amendment"
    ]


def test_a_rule_goes_by_its_name_in_later_triggers(tmp_path):
    (problem,) = found(tmp_path, ("when: 12 months", "when: severe_slower fired"))
    assert said([problem]) == ["31 last.when: the rule severe_slower of the version it amends"]
    assert problem.hint == "say severe: that is the rule as it is by then"


def test_phases_that_patients_are_in_are_reached(tmp_path):
    """Phase two is left out for new patients, and a rule goes on counting those who came before."""
    scope = ("      then: []\n", "      then: []\n      scope: {phases: two}\n")
    assert problems_of(changed(TO_THE_END, KEEP), tmp_path) == problems_of(changed(KEEP), tmp_path)
    assert found(tmp_path, TO_THE_END, KEEP, scope) == []
    (problem,) = found(tmp_path, TO_THE_END, scope)
    counted = "a phase that nobody reaches, though severe counts events in it"
    assert said([problem]) == [f"11 design.phases.two: {counted}, after the amendment last"]


def changed(*changes: tuple[str, str]) -> str:
    """The small scenario with other text."""
    text = SMALL
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    return text


def found(tmp_path, *changes: tuple[str, str]) -> list[Problem]:
    """Errors of the small scenario with other text."""
    return [problem for problem in problems_of(changed(*changes), tmp_path) if problem.severity == "error"]


def said(problems: list[Problem]) -> list[str]:
    """`line path: found`, paths below design.amendments without that."""
    return [f"{p.line} {p.path.removeprefix('design.amendments.')}: {p.found}" for p in problems]
