"""Evidence: hand-worked. The next dose of MEC's 3+3 and of BOIN: due, unfinished, astray, amended, ahead."""

from math import exp

import pytest
from scipy.integrate import quad

from simulator.errors import TrialstopError
from simulator.reporting.next_dose import next_dose
from tests.helpers import ROOT, loaded, scenario

MEC = ROOT / "scenarios/mec.yaml"
LADDER = ["1 mg", "2 mg", "3 mg", "4 mg"]


def mec(outcomes, *sets, **asked):
    return next_dose(loaded(MEC, sets), outcomes, **asked)


def of_design(method, outcomes, *, more=None, amended=None, milder=False, **asked):
    """A ladder of four doses found by `method`, from 1 mg on; milder: there is an event `mild` too."""
    design = {
        "drugs": {"x": LADDER},
        "phases": {"one": {"lasts": "30 days", "gives": {"x": "assigned"}}},
        "events": {"dlt": {"window": "20 days"}, **({"mild": {}} if milder else {})},
        "dose_finding": {**method, **(more or {})},
        "accrual": {"until": "60 treated"},
        **({"amendments": amended} if amended else {}),
    }
    events = {name: {"components": {"c": {"hazard": "0"}}} for name in design["events"]}
    truth = {"accrual": "every 10 days", "events": events}
    return next_dose(scenario(design, {"t": truth}), outcomes, **asked)


THREE = {"kind": "three_plus_three", "variant": "A"}
BOIN = {"kind": "boin", "target": "30%", "n_max": 12}


def answer(found):
    said = found.said
    return (said.dose, said.patients, said.selected, said.reason)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ("", (2, 3, None, "the first cohort")),
        ("2NNN", (3, 3, None, "up: few enough DLTs")),
        ("2NTN", (2, 3, None, "stay: more patients are needed")),
        ("2TNT", (1, 3, None, "down: the dose is toxic")),
        ("2NNN 3NTT 2NNN", (None, 0, 2, "over: the highest dose that is not toxic")),
        ("2TTN 1TTN", (None, 0, None, "over: the lowest dose is toxic")),
        ("'10 mg d1-14'NNN \"25 mg d1-14\"NNN", (4, 3, None, "up: few enough DLTs")),
        ("2NN 2N", (3, 3, None, "up: few enough DLTs")),  # a cohort written patient by patient
        ("2NXN 2T", (2, 3, None, "stay: more patients are needed")),  # one is replaced
    ],
)
def test_what_the_design_asks_for(outcomes, expected):
    found = mec(outcomes, variant="not_amended")
    assert answer(found) == expected
    assert found.course.remarks == ()


def test_an_unfinished_cohort_is_to_be_finished():
    found = mec("2NTN 2N?")
    assert answer(found) == (2, 1, None, "the cohort is not finished: 2 outcomes to come")
    text = found.text()
    assert "NEXT: 1 more patient at 10 mg d1-14, dose 2 (the cohort" in text
    assert "Asked now" not in text, "it would stay"
    waits = mec("2NTN 2NT?").text()
    assert "NEXT: wait at 10 mg d1-14" in waits
    assert "Asked now, the design would say: 3 at 5 mg d1-14 (down: the dose is toxic)." in waits
    assert "However the cohort turns out, then 3 at 5 mg d1-14." in waits


@pytest.mark.parametrize(
    ("outcomes", "decide", "unfinished"),
    [
        ("2TT?", "when_decided", False),
        ("2TT", "when_decided", False),
        ("2TT?", "when_known", True),
        ("2NT?", "when_decided", True),
        ("2NN?", "when_decided", True),
    ],
)
def test_a_choice_that_nothing_open_can_change_is_made_where_the_design_says_so(outcomes, decide, unfinished):
    found = mec(outcomes, f"design.dose_finding.decide={decide}")
    assert (found.course.unfinished is not None) is unfinished
    assert unfinished or answer(found)[0] == 1


def test_a_choice_to_stay_waits_for_the_cohort():
    """3 or 4 of 12 stay."""
    boin = {**BOIN, "n_max": 30, "decide": "when_decided", "start": "2 mg"}
    assert of_design(boin, "2NNT 2NNT 2NNT 2NN?").course.unfinished is not None
    assert of_design(boin, "2NNT 2NNT 2NNT 2TT?").course.unfinished is None, "5 or 6 of 12 go down"


def test_what_is_open_of_earlier_cohorts_may_turn_out_either_way():
    """At 5 mg two DLTs end it. One more of 10 mg would not be looked at; of 5 mg it would."""
    decided = "design.dose_finding.decide=when_decided"
    found = mec("2TT? 1TT?", decided, variant="not_amended")
    assert answer(found) == (None, 0, None, "over: the lowest dose is toxic")
    assert found.course.remarks == ("cohort 1 has outcomes that are not known (1), which are not counted",)
    assert mec("2TT? 1NT?", decided, variant="not_amended").course.unfinished is not None
    crowd = mec(f"2TT{'?' * 60} 1TT{'?' * 60}", decided, variant="not_amended")
    assert crowd.course.unfinished is not None, "too many ways to look at"


def test_who_is_not_replaced_takes_a_place():
    found = mec("2NXN", "design.dose_finding.not_evaluable=leave")
    assert found.course.unfinished is None
    assert answer(found) == (2, 1, None, "stay: more patients are needed")


ASTRAY = [
    ("2NNN 4NNN", "cohort 2 is at dose 4 (50 mg d1-14), where the design says 3 (25 mg d1-14)"),
    ("1NNN", "cohort 1 is at dose 1 (5 mg d1-14), where the design says 2 (10 mg d1-14)"),
    ("2NNNN", "cohort 1 has 4 patients, where the design says 3"),
    ("2NN 2NNN", "cohort 1 has 2 patients, where the design says 3"),
    ("2TTN 1TTN 1NNN", "cohort 3 was treated although the dose finding was over"),
    ("2TT? 1NNN", "cohort 1 has outcomes that are not known (1), which are not counted"),
    ("2NNN + 2NNN", "an expansion is told of, but no dose has been selected"),
]


@pytest.mark.parametrize(("outcomes", "remark"), ASTRAY)
def test_a_standing_out_of_reach_is_answered_with_a_remark(outcomes, remark):
    found = mec(outcomes, variant="not_amended")
    assert found.course.remarks[0] == remark
    assert len(found.course.remarks) == 1 + (outcomes == "2NN 2NNN")
    assert found.said.reason


def test_the_amendment_comes_where_counts_bring_it():
    """2 of 6 at 10 mg, and 9 treated: one of them not evaluable, and replaced."""
    assert mec("2NTN 2NTN").course.turn.version == 0
    for outcomes in ("2NTN 2NTN 1NNN", "2NTN 2NTN 1NNN |", "2NTN 2NTN 1XNNN"):
        found = mec(outcomes)
        assert found.course.remarks == ()
        assert answer(found) == (1, 3, None, "amendment ten_days")
        assert found.outcomes.endswith(" |")
        assert "Amendment ten_days is in force: counts start again." in found.text()
        assert "3 patients at 5 mg d1-10, dose 1" in found.text()
    assert answer(mec("2NTN 2XNTXNX")) == (1, 3, None, "amendment ten_days"), "9 treated, 6 evaluable"
    found = mec("2NTN 2NTN 1NNN | 1NNN 2NNT")
    assert answer(found) == (2, 3, None, "stay: more patients are needed")
    assert found.outcomes == "2NTN 2NTN 1NNN | 1NNN 2NNT"
    assert mec("2NTN 2NTN 1NNN 1NNN 2NNT").outcomes == found.outcomes


def test_an_unfinished_cohort_is_of_the_version_it_began_in():
    """The ninth patient is treated, and one outcome is open: the amendment comes once it is known."""
    found = mec("2NTN 2NTN 1NN?")
    assert (found.course.counts.version, found.course.turn.version) == (0, 1)
    assert answer(found)[:2] == (1, 0)
    text = found.text()
    assert "is in force" not in text and "NEXT: wait at 5 mg d1-14" in text
    assert "However the cohort turns out, then 3 at 5 mg d1-10." in text
    assert found.outcomes == "2NTN 2NTN 1NN?"
    tree = found.tree()
    assert (tree["amendments"], tree["doses"][0]["dose"]) == ([], "5 mg d1-14")
    assert tree["asked_now"]["dose"] == "5 mg d1-10"


def test_a_mark_without_the_counts_brings_it_too():
    found = mec("2NNN | 1NNN")
    assert found.course.remarks == ("amendment ten_days is marked where the counts do not bring it about",)
    assert answer(found) == (2, 3, None, "up: few enough DLTs")
    with pytest.raises(
        TrialstopError, match=r"position 10: found amendment 2 \(\|\), allowed 1 of this dose"
    ):
        mec("2NNN | | 1NNN")
    with pytest.raises(TrialstopError, match=r"at the end: found amendment 1 \(\|\), allowed none"):
        mec("2NNN |", variant="not_amended")


def test_earlier_patients_count_where_they_are_kept_and_days_are_not_known():
    change = {"design.dose_finding.ladder": ["2 mg", "3 mg"], "design.dose_finding.start": "2 mg"}
    amended = {"late": {"when": "6 months", "change": change, "counts": "keep"}}
    before = of_design(THREE, "1NNN 2NNN", amended=amended)
    assert answer(before)[:2] == (3, 3)
    assert "Amendment late depends on more than counts; taken not to have come: put |" in before.text()
    after = of_design(THREE, "1NNN 2NNN |", amended=amended)
    assert answer(after) == (2, 3, None, "up: few enough DLTs"), "3 mg is the second of two doses"
    assert "earlier patients count" in after.text()
    again = {"late": amended["late"] | {"counts": "start again"}}
    fresh = of_design(THREE, "1NNN 2NNN |", amended=again)
    assert answer(fresh) == (1, 3, None, "amendment late"), "2 mg as if nobody had been there"
    assert after.course.remarks == ()


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        (
            "5NNN",
            "position 1: found dose 5, allowed 1 (5 mg d1-14), 2 (10 mg d1-14), 3 (25 mg d1-14), 4 (50 mg",
        ),
        ("2NNN 0NNN", "position 6: found dose 0, allowed 1 (5"),
        ("2NNN '5 mg d1-10'NNN", "position 6: found dose 5 mg d1-10, allowed 1 (5"),
    ],
)
def test_a_dose_that_is_not_on_the_ladder_in_force(outcomes, said):
    with pytest.raises(TrialstopError) as error:
        mec(outcomes)
    assert said in str(error.value)


def test_a_variant_that_is_not_there_or_finds_no_doses():
    with pytest.raises(TrialstopError, match=r"no variant 'x' in this scenario"):
        mec("", variant="x")
    with pytest.raises(TrialstopError, match=r"the variant \S+ of \S+leni.yaml has no dose finding"):
        next_dose(ROOT / "scenarios/leni.yaml", "")


# ---------------------------------------------------------------- what stands behind it, and ahead


def test_boundaries_are_told_of_a_design_that_has_them():
    text = of_design(BOIN, "1NNN 2NTN").text()
    assert (
        "At 2 mg 1 DLT in 3 patients; with so many patients: up with at most 0 DLTs, stay with 1, down with 2"
        in text
    )
    assert "with so many" not in mec("2NTN").text()


CRM = {"kind": "crm", "target": "20%", "n_max": 30, "skeleton": ["5%", "10%", "20%", "35%"]}


def test_a_model_tells_its_rates():
    """Evidence: exact. s^exp(b) at the posterior mean of b, by an integral of its own."""
    found = of_design(CRM, "1NNN 2NNT")
    curve = lambda b, s: s ** exp(b)  # noqa: E731

    def density(b):
        likelihood = (1 - curve(b, 0.05)) ** 3 * (1 - curve(b, 0.1)) ** 2 * curve(b, 0.1)
        return likelihood * exp(-(b**2) / (2 * 1.34))

    mean = quad(lambda b: b * density(b), -10, 10)[0] / quad(density, -10, 10)[0]
    rates = [curve(mean, s) for s in (0.05, 0.1, 0.2, 0.35)]
    assert [dose["estimate"] for dose in found.tree()["doses"]] == pytest.approx(rates, abs=1e-9)
    assert all(f"{100 * rate:.1f}" in found.text() for rate in rates)


def test_the_last_cohort_is_told_to_a_design_that_remembers_it():
    """1 of 3 holds it back from going up, though 1 of 15 would not."""
    many = of_design(CRM | {"coherence": True}, "1NNN 1NNN 1NNN 1NNN 1NNT")
    assert many.said.reason.startswith("stay: too many DLTs in the last cohort")
    assert many.course.turn.standing[3:5] == (3, 1)
    free = of_design(CRM | {"coherence": False}, "1NNN 1NNN 1NNN 1NNN 1NNT")
    assert free.said.dose == 2


STAGED = {"accelerated_until": {"dlt": 1, "mild": 2}}
ONE_UP, FILLED = (
    "up: one patient a dose, and nothing has ended that",
    "stay: the cohort is filled, since one patient a dose is over",
)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ("", (1, 1, None, "the first cohort")),
        ("1M", (2, 1, None, ONE_UP)),
        ("1M 2N 3M", (3, 2, None, FILLED)),
        ("1M 2T", (2, 2, None, FILLED)),
        ("1N 2N 3N 4N", (4, 2, None, FILLED)),
        ("1M 2M 2MM", (3, 3, None, "up: few enough DLTs")),  # after the stage it counts no more
        ("1M 2MMM", (3, 3, None, "up: few enough DLTs")),  # with a remark: two more than were due
    ],
)
def test_one_patient_a_dose_until_a_dlt_or_two_with_a_milder_event(outcomes, expected):
    found = of_design(THREE, outcomes, more=STAGED, milder=True)
    assert answer(found) == expected
    assert bool(found.course.remarks) == (outcomes == "1M 2MMM")
    assert next_dose_of(found.outcomes).outcomes == outcomes


def next_dose_of(outcomes, **asked):
    return of_design(THREE, outcomes, more=STAGED, milder=True, **asked)


def test_what_a_single_patient_with_a_milder_event_leads_to_stands_beside():
    found = next_dose_of("1M", what_if=True, pathways_ahead=1)
    assert [(b.dlts("-"), found.short(b.turn)) for b in found.what_if] == [
        ("0", "1 at 3 mg"),
        ("0, milder", "2 at 2 mg"),
        ("1", "2 at 2 mg"),
    ]
    assert [b.milder for b in found.branches] == [False, True, None]
    assert [b.get("moderate") for b in found.tree()["what_if"]] == [False, True, None]
    assert [row["moderate"] for row in found.tree()["doses"]] == [1, 0, 0, 0]
    assert "milder" in found.text()
    over = next_dose_of("1M 2T", what_if=True)
    assert [b.milder for b in over.what_if] == [None] * 3
    assert "moderate" not in next_dose_of("1M 2TNN").tree()["doses"][0]


def test_where_it_is_of_no_consequence_a_milder_event_is_no_way_of_its_own():
    """At the top dose the cohort is filled whatever it was."""
    found = next_dose_of("1N 2N 3N", pathways_ahead=1)
    assert [(b.dlts("-"), found.short(b.turn)) for b in found.branches] == [("0-1", "2 at 4 mg")]


def test_a_milder_event_is_refused_where_none_counts():
    with pytest.raises(TrialstopError) as caught:
        of_design(THREE, "1NNN 2NMN")
    assert str(caught.value) == (
        "outcomes, position 6: found M in NMN, allowed N, T, X or ?: this dose finding counts no milder event"
    )


def test_one_cohort_ahead():
    found = mec("2NTN", what_if=True)
    assert [(b.low, found.short(b.turn)) for b in found.what_if] == [
        (0, "3 at 25 mg d1-14"),
        (1, "3 at 5 mg d1-14"),
        (2, "3 at 5 mg d1-14"),
        (3, "3 at 5 mg d1-14"),
    ]
    rest = mec("2NTN 2N?", what_if=True)
    assert [(b.low, found.short(b.turn)) for b in rest.what_if] == [
        (0, "3 at 25 mg d1-14"),
        (1, "3 at 5 mg d1-14"),
        (2, "3 at 5 mg d1-14"),
    ]
    assert mec("2TTN 1TTN", variant="not_amended", what_if=True).what_if == ()


def test_pathways_join_counts_with_the_same_consequences():
    found = mec("", pathways_ahead=2, variant="not_amended")
    assert [
        (b.low, b.high, found.short(b.turn), [(c.low, c.high, found.short(c.turn)) for c in b.branches])
        for b in found.branches
    ] == [
        (
            0,
            0,
            "3 at 25 mg d1-14",
            [(0, 0, "3 at 50 mg d1-14"), (1, 1, "3 at 25 mg d1-14"), (2, 3, "3 at 10 mg d1-14")],
        ),
        (1, 1, "3 at 10 mg d1-14", [(0, 0, "3 at 25 mg d1-14"), (1, 3, "3 at 5 mg d1-14")]),
        (2, 3, "3 at 5 mg d1-14", [(0, 1, "3 at 5 mg d1-14"), (2, 3, "over: none")]),
    ]
    assert sum(branch.ends for branch in found.branches) == 7
    with pytest.raises(
        TrialstopError, match=r"found 7 cohorts ahead, allowed 6 here: 7 have more than 2,000"
    ):
        of_design(BOIN | {"n_max": 30}, "", pathways_ahead=7)


def test_pathways_end_with_the_last_patient():
    found = of_design(BOIN, "1NNN 2NNN 3NNN", pathways_ahead=5)
    assert all(branch.turn.over and not branch.branches for branch in found.branches)
    assert [branch.high for branch in found.branches][-1] == 3


def test_the_numbers_are_the_words():
    tree = mec("2NTN 2N?", what_if=True, pathways_ahead=1).tree()
    assert tree["format"] == "trialstop/next-dose/1"
    assert tree["next"] == {
        "dose": "10 mg d1-14",
        "number": 2,
        "patients": 1,
        "selected": None,
        "reason": "the cohort is not finished: 2 outcomes to come",
    }
    assert tree["doses"][1] == {
        "number": 2,
        "dose": "10 mg d1-14",
        "n": 4,
        "dlt": 1,
        "toxic": False,
        "estimate": None,
    }
    assert [branch["dlt"] for branch in tree["what_if"]] == [[0, 0], [1, 1], [2, 2]]
    assert [branch["dlt"] for branch in tree["pathways"]] == [[0, 0], [1, 2]]
    over = mec("2TTN 1TTN", variant="not_amended", what_if=True).tree()
    assert (over["next"]["dose"], over["next"]["selected"]) == (None, None)
    assert "what_if" not in over
