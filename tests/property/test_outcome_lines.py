"""Evidence: property. A line of outcomes is answered or refused in words; what is written is read again."""

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import TrialstopError
from simulator.program.dose_outcomes import (
    Word,
    outcome_csv,
    outcome_text,
    parse_outcome_csv,
    parse_outcomes,
)
from simulator.reporting.next_dose import next_dose
from tests.helpers import ROOT, loaded

MEC = ROOT / "scenarios/mec.yaml"
SETS = ((), ("design.dose_finding.decide=when_decided",), ("design.dose_finding.not_evaluable=leave",))
WORDS = st.builds(
    "{}{}".format, st.integers(1, 4), st.text("NNNTX?", min_size=1, max_size=4)
)  # mostly as people have them
LINES = st.lists(WORDS | st.sampled_from(["|", "+", "'10 mg d1-14'NNN", "5N", "N"]), max_size=7).map(" ".join)


@settings(deadline=None, max_examples=300)
@given(line=LINES, sets=st.sampled_from(SETS))
def test_a_line_is_answered_or_refused(line, sets):
    try:
        found = next_dose(loaded(MEC, sets), line, what_if=True, pathways_ahead=1)
    except TrialstopError as error:
        assert str(error).startswith("outcomes, ") and "allowed" in str(error)
        return
    assert found.text() and found.tree()["outcomes"] == found.outcomes
    again = next_dose(loaded(MEC, sets), found.outcomes)
    assert again.outcomes == found.outcomes
    assert again.course.turn == found.course.turn
    assert again.said == found.said


@settings(deadline=None)
@given(text=st.text(max_size=30))
def test_any_text_is_read_or_refused(text):
    for read in (parse_outcomes, lambda given: parse_outcome_csv(given, "t.csv")):
        try:
            read(text)
        except TrialstopError as error:
            assert str(error)


COHORTS = st.lists(st.tuples(st.integers(1, 9), st.text("NTX?", min_size=1, max_size=6)), max_size=8)


@given(cohorts=COHORTS)
def test_what_is_written_is_read_again(cohorts):
    words = [Word(dose, letters, "") for dose, letters in cohorts]
    for found in (parse_outcomes(outcome_text(words)), parse_outcome_csv(outcome_csv(words), "t.csv")):
        assert [(word.dose, word.letters) for word in found.words] == cohorts
