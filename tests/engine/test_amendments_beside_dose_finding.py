"""Evidence: exact. Amendments of a protocol that finds a dose, by hand, both engines.

One candidate every 10 days in cohorts of 3, windows of 20 days (tests/engine/dose_finding.py): an undisturbed
cohort enters on days 0, 10 and 20 and is decided on day 40, the next one enters from then on.
"""

import pytest

from simulator.exact.recognise import exact_values
from simulator.reporting.next_dose import next_dose
from tests.engine.dose_finding import LEVELS, ON_COURSE, all_dlt, build, cohort, entered, play
from tests.helpers import rule, scenario

DRUGS = {"x": list(LEVELS), "y": ["5 mg"]}
WITH_Y = {"design.phases.one.gives": {"x": "assigned", "y": "5 mg"}}
READS = {"reads": rule("dlt", 2, look="every report", then=[])}


def amended(*amendments, monitoring=None, variant="A"):
    """The small design with these amendments, called a, b ..."""
    listed = dict(zip("abc", amendments, strict=False))
    more = {"drugs": DRUGS, "amendments": listed, "monitoring": monitoring or {}}
    return build(phases=ON_COURSE, more=more, variant=variant)


def rows(records):
    """(day, version, level, next, patients, amendment) of decisions and amendments, as they happened."""
    keys = ("time", "version", "level", "next", "patients", "amendment")
    return [tuple(float(r[k]) if k == "time" else int(r[k]) for k in keys) for r in records.decisions]


def given(of, records, candidate, day):
    """Levels of x and y that a patient is on at the end of a day."""
    mine = records.states[(records.states["candidate"] == candidate) & (records.states["time"] <= day)]
    return of.states[mine["state"][-1]].levels


def versions(records):
    return records.patients["version"].tolist()


def test_it_comes_within_a_cohort_which_goes_on():
    """After the 5th patient, on day 50; the 6th is given y, and the cohort is decided as if nothing were."""
    of = amended({"when": "5 treated", "change": WITH_Y})
    records = play(of)
    assert rows(records)[:3] == [
        (40.0, 0, 1, 2, 3, -1),
        (50.0, 1, 0, 0, 0, 0),
        (80.0, 1, 2, 3, 3, -1),
    ]
    assert entered(records)[:6] == cohort(0, 0.0, 1, 0) + cohort(4, 40.0, 2, 1)
    assert versions(records)[:6] == [0, 0, 0, 0, 0, 1]
    assert given(of, records, 5, 50.0) == (2, 0)
    assert given(of, records, 6, 60.0) == (2, 1)


def test_on_study_the_level_assigned_stays():
    of = amended({"when": "5 treated", "change": WITH_Y, "applies_to": "on_study"})
    records = play(of)
    assert given(of, records, 4, 49.0) == (2, 0)
    assert given(of, records, 4, 50.0) == (2, 1)
    assert given(of, records, 0, 50.0) == given(of, records, 0, 0.0)  # whose course is over


@pytest.mark.parametrize("counts", ["start again", "keep"])
def test_dose_finding_counts_as_before(counts):
    """One DLT in 3, then one in the 3 more: 2 of 6 is too many, where 1 of the last 3 alone were not."""
    of = amended({"when": "4 treated", "change": WITH_Y, "counts": counts})
    records = play(of, all_dlt(0, 4))
    assert rows(records) == [(40.0, 0, 1, 1, 3, -1), (40.0, 1, 0, 0, 0, 0), (80.0, 1, 1, 0, 0, -1)]
    assert records.decisions["selected"][-1] == 0


def test_one_that_waits_for_a_dose_to_be_toxic_comes_before_the_choice():
    """Two DLTs at 2 mg: y from then on, and the design goes down, as it would."""
    of = amended({"when": "2 mg toxic", "change": WITH_Y}, variant="B")
    records = play(of, all_dlt(4, 5))
    plain = play(amended(variant="B"), all_dlt(4, 5))
    went_down = (80.0, 0, 2, 1, 3, -1)
    assert rows(plain)[1] == went_down
    assert rows(records)[1:3] == [(80.0, 1, 0, 0, 0, 0), (80.0, 1, *went_down[2:])]
    assert entered(records) == entered(plain)
    assert versions(records) == [0] * 6 + [1] * 3
    assert given(of, records, 8, 80.0) == (1, 1)


def test_one_that_changes_both_starts_again_with_the_phase_that_it_has():
    """On study those at 2 mg go down to the new start at once, and are given y."""
    change = WITH_Y | {"design.dose_finding.ladder": ["1 mg", "3 mg"]}
    of = amended({"when": "2 mg toxic", "change": change, "applies_to": "on_study"})
    records = play(of, all_dlt(4, 5))
    assert rows(records)[1:3] == [(80.0, 1, 2, 1, 3, 0), (120.0, 1, 1, 3, 3, -1)]
    assert given(of, records, 6, 79.0) == (2, 0)
    assert given(of, records, 6, 80.0) == (1, 1)
    assert given(of, records, 8, 80.0) == (1, 1)
    assert given(of, records, 12, 120.0) == (3, 1)


def test_a_rule_that_fires_brings_it():
    """The second DLT is reported on day 15; nobody of the first cohort enters afterwards without y."""
    of = amended({"when": "reads fired", "change": WITH_Y}, monitoring=READS)
    records = play(of, all_dlt(0, 1))
    assert rows(records)[0] == (15.0, 1, 0, 0, 0, 0)
    assert versions(records) == [0, 0, 1]


def test_a_rule_may_bring_one_of_dose_finding_when_a_dose_is_due():
    of = amended({"when": "reads fired", "change": {"design.dose_finding.start": "1 mg"}}, monitoring=READS)
    records = play(of, all_dlt(0, 1))
    assert rows(records)[0] == (40.0, 1, 1, 1, 3, 0)
    assert versions(records)[:4] == [0, 0, 0, 1]
    assert rows(records)[1][:4] == (80.0, 1, 1, 2)  # whose counts begin with the new cohort


def test_one_whose_triggers_hold_already_comes_right_after_the_one_before():
    """`3 treated` holds from day 20 on, and waits for the change of the ladder on day 80."""
    restart = {"when": "2 mg toxic", "change": {"design.dose_finding.ladder": ["1 mg", "3 mg"]}}
    of = amended(restart, {"when": "3 treated", "change": WITH_Y})
    records = play(of, all_dlt(4, 5))
    assert rows(records)[1:3] == [(80.0, 1, 2, 1, 3, 0), (80.0, 2, 0, 0, 0, 1)]
    assert versions(records)[6:8] == [2, 2]
    assert given(of, records, 8, 80.0) == (1, 1)


def test_counts_that_are_kept_are_those_that_counted_before():
    """After a start anew, one that keeps counts does not bring back whom the first one left out."""
    anew = {"when": "3 treated", "change": {"design.dose_finding.start": "1 mg"}}
    keep = {"when": "6 treated", "change": {"design.dose_finding.variant": "C"}, "counts": "keep"}
    records = play(amended(anew, keep), all_dlt(0, 1, 4))
    assert rows(records)[:3] == [(40.0, 1, 1, 1, 3, 0), (80.0, 2, 1, 1, 0, 1), (80.0, 2, 1, 1, 3, -1)]


def test_a_rule_is_another_after_an_amendment_that_changes_more_than_dose_finding():
    both = {"design.dose_finding.start": "1 mg", "design.monitoring.reads.rule.count": 1}
    of = amended({"when": "3 treated", "change": both}, monitoring=READS)
    alone = amended({"when": "3 treated", "change": {"design.dose_finding.start": "1 mg"}}, monitoring=READS)
    assert [monitor.name for monitor in of.monitors] == ["reads", "reads_a"]
    assert [monitor.name for monitor in alone.monitors] == ["reads"]
    fired = play(of, all_dlt(0, 4)).firings[0]
    assert (int(fired["monitor"]), float(fired["reported"])) == (1, 45.0)


def test_so_it_is_after_one_that_changes_dose_finding_and_takes_fewer_patients():
    """Rules are told of as many as may have entered by then, which is no reason to leave them as they are."""
    both = {"design.dose_finding.start": "1 mg", "design.accrual.until": "20 treated"}
    of = amended({"when": "3 treated", "change": both}, monitoring=READS)
    assert [monitor.name for monitor in of.monitors] == ["reads", "reads_a"]
    fired = play(of, all_dlt(0, 4, 8)).firings[0]
    assert (int(fired["monitor"]), float(fired["reported"])) == (1, 85.0)


@pytest.mark.parametrize(
    ("day", "applies_to", "comes"), [(45, "on_study", True), (45, "new", False), (55, "on_study", False)]
)
def test_on_study_one_of_rules_alone_comes_while_a_patient_is_although_accrual_has_closed(
    day, applies_to, comes
):
    """The lowest dose is too toxic on day 40; the last of three patients is on study until day 50."""
    amendment = {"when": f"{day} days", "change": {"design.monitoring.reads.rule.count": 1}}
    of = amended(amendment | {"applies_to": applies_to}, monitoring=READS)
    came = [row[:2] for row in rows(play(of, all_dlt(0, 1))) if row[-1] == 0]
    assert came == [(float(day), 1)] * comes


def test_limits_change_beside_dose_finding():
    """Five patients in all: the second cohort is never complete."""
    of = amended({"when": "3 treated", "change": {"design.accrual.until": "5 treated"}})
    records = play(of)
    assert len(records.patients) == 5
    assert rows(records) == [(20.0, 1, 0, 0, 0, 0), (40.0, 1, 1, 2, 3, -1)]


def test_levels_that_are_added_are_numbered_for_all_versions():
    """2 mg becomes the third of four: who was on 2 mg stays there, and the new start is the one added."""
    change = {"design.drugs.x": ["1 mg", "1.5 mg", "2 mg", "3 mg"], "design.dose_finding.start": "1.5 mg"}
    of = amended({"when": "2 mg toxic", "change": change})
    records = play(of, all_dlt(4, 5))
    assert of.levels[0] == ("1 mg", "1.5 mg", "2 mg", "3 mg")
    assert records.patients["level"].tolist()[:7] == [1, 1, 1, 3, 3, 3, 2]
    assert rows(records)[1] == (80.0, 1, 3, 2, 3, 0)


TRUTH = {"accrual": "1 per day", "events": {"dlt": {"hazard": "1 per year"}}}
RESTART = {"when": "2 mg toxic", "change": {"design.dose_finding.ladder": ["1 mg", "3 mg"]}}


def design_of(amendments):
    """The small design as it is written."""
    return {
        "drugs": DRUGS,
        "phases": ON_COURSE,
        "events": {"dlt": {"window": "20 days"}},
        "dose_finding": {"kind": "three_plus_three", "variant": "A"},
        "monitoring": READS,
        "amendments": amendments,
        "accrual": {"until": "24 treated"},
    }


def test_exact_values_are_of_amendments_of_dose_finding_alone():
    beside, both = WITH_Y | RESTART["change"], {"when": "5 treated", "change": WITH_Y}
    assert exact_values(amended(RESTART))[1] == ""
    for of in (amended(both), amended(RESTART | {"change": beside}), amended(both, RESTART)):
        assert exact_values(of) == ({}, "amendments change more than the dose finding")


def test_the_next_dose_knows_amendments_of_dose_finding_and_what_must_come_first():
    """`5 treated` has come after two cohorts; a rule that fires is not told by counts."""
    told = {}
    for first in ("5 treated", "7 treated", "reads fired"):
        names = {"a": {"when": first, "change": WITH_Y}, "b": RESTART | {"counts": "keep"}}
        found = next_dose(scenario(design_of(names), {"truth": TRUTH}), "1NNN 2TTN")
        told[first] = found.said.dose, found.said.selected, "put |" in found.text()
    assert told == {
        "5 treated": (2, None, False),  # 3 mg, the second of the new ladder
        "7 treated": (None, 1, False),
        "reads fired": (None, 1, True),
    }
