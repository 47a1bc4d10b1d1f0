"""Mistakes in boards, holds, reviews and calls (hand-worked): one cause is one problem, at the line to mend.

The tables: (text in the small scenario, what it is changed to, "line path: found" below design.monitoring, how what
is allowed begins, the hint).
"""

# ruff: noqa: E501
# fmt: off
from __future__ import annotations

import pytest

from simulator.errors import Problem
from tests.unit.test_bad_input import problems_of

SMALL = """\
trialstop: 1
title: Pauses and a board
design:
  accrual: {until: [20 treated, 3 years]}
  events: {tox: {window: 30 days}, clot: {window: 30 days}}
  monitoring:
    pause:
      counts: {event: tox}
      rule: {kind: at_least, count: 2}
      then: [{hold_accrual: until released}]
    resume:
      counts: {event: tox}
      rule: {kind: at_most, count: 3}
      look: every 3 months
      then: [{release: pause}]
    clots:
      counts: {event: clot}
      rule: {kind: bounds, too_many: {at_least: {1-20: 4}}, few: {at_most: {18-20: 0}}}
      then: []
    asked:
      counts: {event: clot}
      rule: {kind: at_least, count: 3}
      look: {when: pause}
      then: []
    board:
      rule: {kind: votes, of: [pause, clots], at_least: 2}
      then: [close_accrual]
truths:
  one:
    accrual: 1 per month
    events:
      tox: {clock: enrolment, probability: 20% in 30 days}
      clot: {clock: enrolment, probability: 10% in 30 days}
"""

HOLD, VOTES = "{hold_accrual: until released}", "kind: votes, of: [pause, clots], at_least: 2}"
VERBS = "close_accrual, end_trial, leave, {stop_drug: DRUG}"
HOLDS = "`until released` or a time such as `30 days`"
REVIEWS = "{takes: 6 weeks, resumes: 70%} or {takes: {uniform: [4 weeks, 8 weeks]}, resumes: 70%}"
A_HOLD = "did you mean {hold_accrual: until released}, or {hold_accrual: 30 days}?"
INSTEAD = [  # of HOLD: what is written, what is allowed, the hint
    ("{hold_accrual: until release}", HOLDS, "did you mean until released?"),
    ("{hold_accrual: -3 days}", HOLDS, ""),
    ("{hold_accrual: 0 days}", HOLDS, ""),
    ("{hold_accrual: 900 years}", "a duration, at most 200 years", ""),
    ("hold_accrual", VERBS, "write {hold_accrual: until released} or {hold_accrual: 30 days}"),
    ("{hold: 3 days}", VERBS, A_HOLD),
    ("{review: 6 weeks}", REVIEWS, ""),
    ("{review: {takes: 6 weeks}}", REVIEWS, ""),
    ("{review: {resumes: 70%}}", REVIEWS, ""),
    ("{review: {takes: 6 weeks, resume: 70%}}", "`takes` and `resumes`", "did you mean resumes?"),
    ("{review: {takes: 6 weeks, resumes: 120%}}", "`resumes` with 0 to 1 or 0% to 100%", ""),
    ("{review: {takes: six weeks, resumes: 70%}}", "`takes` with 0, or a number of days, weeks, months or years, such as 28 days or 6 months", ""),
    ("{review: {takes: [4 weeks, 8 weeks], resumes: 70%}}", "`takes` with `6 weeks` or {uniform: [4 weeks, 8 weeks]}", ""),
    ("{review: {takes: {uniform: [8 weeks, 4 weeks]}, resumes: 70%}}", "`takes` with [shortest, longest], the shortest first", ""),
    ("{review: {takes: {uniform: [8 weeks]}, resumes: 70%}}", "`takes` with `6 weeks` or {uniform: [4 weeks, 8 weeks]}", ""),
    ("{review: {takes: {normal: [4 weeks, 8 weeks]}, resumes: 70%}}", "`takes` with `6 weeks` or {uniform: [4 weeks, 8 weeks]}", "did you mean uniform?"),
    ("{review: {takes: -1 weeks, resumes: 70%}}", "`takes` with 0, or a number of days, weeks, months or years, such as 28 days or 6 months", ""),
    ("hold", VERBS, A_HOLD),
    ("{suspend_accrual: 30 days}", VERBS, A_HOLD),
    ("{hold_acrual: until release}", VERBS, A_HOLD),
    ("{resume: clear}", VERBS, "did you mean {release: clear}?"),
    ("{releases: clear}", VERBS, "did you mean release?"),
    ("review", VERBS, "write {review: {takes: 6 weeks, resumes: 70%}}"),
    ("{review: {takes: 30d, resumes: 70%}}", "`takes` with 0, or a number of days, weeks, months or years", "did you mean 30 days?"),
    ("{review: {takes: 30 days, resumes: 70}}", "`resumes` with 0 to 1 or 0% to 100%", "did you mean 70%?"),
]
ACTIONS = [
    *((HOLD, text, f"10 pause.then[0]: {text}", *more) for text, *more in INSTEAD),
    ("{release: pause}", "{release: [pause]}", "15 resume.then[0]: {release: [pause]}", VERBS, ""),
    ("{release: pause}", "release", "15 resume.then[0]: release", VERBS, "write {release: RULE}"),
    ("{release: pause}", "{release: pose}", "15 resume.then[0]: the rule pose", "one of pause, clots, asked, board", "did you mean pause?"),
    ("[{hold_accrual: until released}]", "[{hold_accrual: until released}, {hold_accrual: 3 weeks}]", "10 pause.then: 2 holds of accrual", "one: a hold, or a review", ""),
    ("[20 treated, 3 years]", "20 treated", "10 pause.then[0]: a hold until it is released, of accrual without a last day", "a time in `until`, or `hold_accrual: 30 days`", "as in `until: [40 treated, 5 years]`: a trial on hold would wait for ever"),
    ("{release: pause}", "close_accrual", "warning 10 pause.then[0]: a hold that no rule releases", "a rule with {release: pause}: accrual will not open again", ""),
    ("rule: {kind: at_most, count: 3}", "rule: {kind: all_of, of: [board, pause]}", "12 resume.counts: `counts` of all_of", "none", "all_of reads other rules, and counts nothing"),
    ("[{hold_accrual: until released}]", "[close_accrual, {hold_accrual: until released}]", "warning 10 pause.then: `hold_accrual` beside `close_accrual`", "one of the two: nobody enters any more", ""),
]
LOOKS = [
    ("look: {when: pause}", "look: {when: pauze}", "23 asked.look: the rule pauze", "one of pause, resume, clots, board", "did you mean pause?"),
    ("look: {when: pause}", "look: {when: asked}", "23 asked.look: the rule asked", "one of pause, resume, clots, board", "did you mean pause?"),
    ("look: {when: pause}", "look: {when: pause, and: at the end}", "23 asked.look: {when: pause, and: at the end}", "{when: RULE} and nothing beside it", ""),
    ("look: {when: pause}", "look: {wenn: pause}", "23 asked.look: {wenn: pause}", "`every` with `from`, `at`, `and`, or `when` alone", "did you mean when?"),
    ("look: {when: pause}", "look: when pause", '23 asked.look: "when pause"', "`every report`, `every 5 treated`", "did you mean {when: pause}?"),
    ("look: {when: pause}", "look: {when: [pause]}", "23 asked.look: {when: [pause]}", "a name of letters, digits, _ and -, not starting with a digit or -", ""),
    ("look: {when: pause}", "look: {when: pause}\n      wait: look", "24 asked.wait: a look when pause has fired, which waits", "none", "the look is taken when the other rule has fired"),
]
BOARDS = [
    ("[pause, clots]", "[pause, clots, asked, board]", "26 board.rule.of: the rule board", "one of pause, resume, clots, asked", ""),
    ("[pause, clots]", "[pause, clot]", "26 board.rule.of: the rule clot", "one of pause, resume, clots, asked", "did you mean clots?"),
    ("[pause, clots]", "[pause, pause]", "26 board.rule.of: [pause, pause]", "each rule once; a vote that counts twice has `weight: 2`", ""),
    ("[pause, clots]", "[]", "26 board.rule.of: []", "names of other rules: [RULE, RULE], {RULE: OUTCOME} or {RULE: {outcome: ..., weight: 2}}", ""),
    ("[pause, clots]", "pause", "26 board.rule.of: pause", "names of other rules: [RULE, RULE], {RULE: OUTCOME} or {RULE: {outcome: ..., weight: 2}}", ""),
    ("[pause, clots]", "{pause: stop, clots: too_mani}", "26 board.rule.of: the outcome too_mani of clots", "one of too_many, few", "did you mean too_many?"),
    ("[pause, clots]", "{pause: stopped, clots: too_many}", "26 board.rule.of: the outcome stopped of pause", "only stop", "did you mean stop?"),
    ("[pause, clots]", "{pause: {wait: 2}, clots: too_many}", "26 board.rule.of: {pause: {wait: 2}, clots: too_many}", "`outcome` or `weight`", "did you mean weight?"),
    ("[pause, clots]", "{pause: {weight: 0}, clots: too_many}", "26 board.rule.of: {pause: {weight: 0}, clots: too_many}", "`weight` with a whole number from 1", ""),
    ("[pause, clots]", "{pause: 2, clots: too_many}", "26 board.rule.of: {pause: 2, clots: too_many}", "names of other rules: [RULE, RULE], {RULE: OUTCOME} or {RULE: {outcome: ..., weight: 2}}", ""),
    ("at_least: 2}\n      then: [close", "at_least: 3}\n      then: [close", "26 board.rule.at_least: 3 votes", "at most 2, all votes there are", ""),
    ("at_least: 2}\n      then: [close", "at_least: 2, quorum: 3}\n      then: [close", "26 board.rule.quorum: 3 members", "at most 2, as many as there are", ""),
    ("at_least: 2}\n      then: [close", "at_least: 0}\n      then: [close", "26 board.rule.at_least: 0", "a whole number from 1", ""),
    ("at_least: 2}\n      then: [close", "at_least: 2, valid: never}\n      then: [close", "26 board.rule.valid: never", "a number of days, weeks, months or years, such as 28 days or 6 months, above 0", ""),
    (VOTES, "kind: any_of, of: [pause, clots], at_least: 2}", "26 board.rule.at_least: the key `at_least`", "one of kind, of, valid", "`at_least` belongs to the kind votes"),
    (VOTES, "kind: votes, at_least: 2}", "26 board.rule.of: nothing", "names of other rules: [RULE, RULE], {RULE: OUTCOME} or {RULE: {outcome: ..., weight: 2}}", "`of` is needed here"),
    (VOTES, "kind: vote, of: [pause, clots], at_least: 2}", "26 board.rule.kind: vote", "one of at_least, at_most", "did you mean votes?"),
    *(
        (VOTES, f"{VOTES}\n      {key}: {value}", f"27 board.{key}: `{key}` of votes", "none", "votes reads other rules, and counts nothing")
        for key, value in {"counts": "{event: tox}", "among": "completed", "data_cut": "3 days", "scope": "{phases: x}", "wait": "look"}.items()
    ),
    (VOTES, f"{VOTES}\n      look: every 5 completed", "27 board.look: a board that looks at 5 completed", "a time, or numbers of patients treated, candidates or events", ""),
    (VOTES, f"{VOTES}\n      look: {{at: 5, 10 known}}", "27 board.look: a board that looks at 5 known", "a time, or numbers of patients treated, candidates or events", ""),
    (VOTES, f"{VOTES}\n      fires: twice", "27 board.fires: twice", "`once` or `again`", ""),
    ("then: [close_accrual]", "then: [end_trial]\n      fires: again", "27 board.then[0]: `end_trial` of a rule that fires again", "one that fires once, or of close_accrual, conclude, hold_accrual, release, review", ""),
]


def found(folder, *changes: tuple[str, str], rules: str = "") -> list[Problem]:
    """The problems of the small scenario with its texts changed once; rules: more of them."""
    text = SMALL.replace("truths:", f"{rules}truths:")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return problems_of(text, folder)


def said(problems: list[Problem]) -> list[str]:
    """Of each its line, place and what was found."""
    places = ((p, p.path.removeprefix("design.monitoring.")) for p in problems)
    return [f"{'warning ' * (p.severity == 'warning')}{p.line} {place}: {p.found}" for p, place in places]


def test_the_small_scenario_has_no_problem(tmp_path):
    assert found(tmp_path) == []


@pytest.mark.parametrize(("old", "new", "place", "allowed", "hint"), [*ACTIONS, *LOOKS, *BOARDS])
def test_a_mistake_is_one_problem_with_what_may_stand_there(old, new, place, allowed, hint, tmp_path):
    problems = found(tmp_path, (old, new))
    assert said(problems) == [place]
    assert problems[0].allowed.startswith(allowed)
    assert problems[0].hint == hint


def test_the_release_of_nothing_leaves_the_hold_without_one(tmp_path):
    unreleased = "warning 10 pause.then[0]: a hold that no rule releases"
    for name, what in (("resume", "the rule resume"), ("clots", "the release of clots, which holds nothing")):
        assert said(found(tmp_path, ("{release: pause}", f"{{release: {name}}}"))) == [
            unreleased,
            f"15 resume.then[0]: {what}",
        ]


def test_a_hold_for_some_days_or_a_review_needs_no_release_nor_a_last_day(tmp_path):
    for then in ("{hold_accrual: 6 weeks}", "{review: {takes: 0 days, resumes: 0%}}"):
        changes = (("{hold_accrual: until released}", then), ("[20 treated, 3 years]", "20 treated"))
        assert found(tmp_path, *changes) == []
        assert found(tmp_path, *changes, ("{release: pause}", "close_accrual")) == []


OTHER = "    other:\n      rule: {kind: any_of, of: [board]}\n      then: []\n"


@pytest.mark.parametrize(
    ("change", "circle"),
    [
        (("of: [pause, clots]", "of: [pause, other]"), "board, other"),
        (("look: every 3 months", "look: {when: asked}"), None),
        (("look: {when: pause}", "look: {when: other}"), None),
    ],
)
def test_a_circle_of_boards_and_calls_is_named(change, circle, tmp_path):
    """Those that only wait for each other's reading are none: a call of what is read before, a board of that."""
    problems = found(tmp_path, change, rules=OTHER)
    if circle is None:
        assert problems == []
        return
    assert said(problems) == [f"25 board: a circle: {circle}, each read after another of them"]
    assert problems[0].allowed == "boards and called rules that are read after rules which do not wait for them"


def test_a_call_that_closes_a_circle_of_boards(tmp_path):
    """`clots` is called by the board that reads it."""
    call = ("at_most: {18-20: 0}}}", "at_most: {18-20: 0}}}\n      look: {when: board}")
    assert said(found(tmp_path, call)) == ["16 clots: a circle: clots, board, each read after another of them"]


def test_a_board_that_waits_for_a_circle_is_not_of_it(tmp_path):
    """`clots` and `asked` call each other; the board reads `clots`."""
    calls = ("at_most: {18-20: 0}}}", "at_most: {18-20: 0}}}\n      look: {when: asked}"), ("{when: pause}", "{when: clots}")
    problems = found(tmp_path, *calls)
    assert said(problems) == ["16 clots: a circle: clots, asked, each read after another of them"]


def test_what_a_board_needs_depends_on_the_weights(tmp_path):
    weights = ("[pause, clots]", "{pause: {weight: 2}, clots: {}}")
    assert found(tmp_path, weights, ("at_least: 2}\n      then: [close", "at_least: 3}\n      then: [close")) == []
    (problem,) = found(tmp_path, weights, ("at_least: 2}\n      then: [close", "at_least: 4}\n      then: [close"))
    assert (problem.found, problem.allowed) == ("4 votes", "at most 3, all votes there are")


def test_rules_that_fire_again_close_accrual_or_hold_it(tmp_path):
    for then in ("close_accrual", "{conclude: harm}", "{hold_accrual: 3 days}", "{review: {takes: 3 days, resumes: 1}}"):
        assert found(tmp_path, ("then: [close_accrual]", f"then: [{then}]\n      fires: again")) == []
