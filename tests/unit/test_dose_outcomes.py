"""Evidence: hand-worked. Outcomes of dose finding read from a line and from CSV, and written again."""

import pytest

from simulator.errors import TrialstopError
from simulator.program.dose_outcomes import (
    Outcomes,
    Word,
    outcome_csv,
    outcome_text,
    parse_outcome_csv,
    parse_outcomes,
)


def told(outcomes):
    return [word._replace(place="") for word in outcomes.words]


def test_cohorts_by_number_and_by_name():
    found = parse_outcomes("  1NNN 2 NTX\t\"10 mg d1-14\"N?  '25 mg' T")
    assert told(found) == [
        Word(1, "NNN", ""),
        Word(2, "NTX", ""),
        Word("10 mg d1-14", "N?", ""),
        Word("25 mg", "T", ""),
    ]
    assert [word.place.rpartition(" ")[2] for word in found.words] == ["3", "8", "14", "31"]


def test_marks_of_amendments_and_of_the_expansion():
    found = parse_outcomes("2NTN|1NNN | 1NNN + 1NT |")
    assert [(word.amended, word.expansion) for word in found.words] == [
        (0, False),
        (1, False),
        (2, False),
        (2, True),
    ]
    assert found.amended == 3
    assert parse_outcomes("") == parse_outcomes(" \n") == Outcomes(())


def test_what_is_written_is_read_again():
    text = "2NTN | 1NNX 2N? + 1NTN"
    assert outcome_text(parse_outcomes(text).words) == text
    rows = "cohort,patient,dose,tox\n1,1,2,0\n1,2,2,1\n2,3,1,NA\n2,4,1,?\n2,5,1,M\n"
    found = parse_outcome_csv(rows, "t.csv")
    assert told(found) == [Word(2, "NT", ""), Word(1, "X?M", "")]
    assert outcome_csv(found.words) == rows
    assert outcome_csv(parse_outcomes("2NT | 1X?M + 1NNN").words) == rows


MEANS = "of each patient N (no DLT), T (a DLT), M (a milder event), X (not evaluable), ? (not known yet)"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1NNN 2NPN", f"position 8: found P, allowed {MEANS}"),
        ("1NNn", f"position 4: found n, allowed {MEANS}\n    hint: capital letters"),
        ("1NNN 2", f"position 7: found the end, allowed {MEANS}"),
        ("1 2NNN", f"position 3: found 2, allowed {MEANS}"),
        ("1NNN, 2NNN", f'position 5: found ",", allowed {MEANS}'),
        (
            "NNN",
            "position 1: found N, allowed the dose of a cohort, by number or quoted name, such as 1NNN 2NTN",
        ),
        ('1NN "2 mgNNN', 'position 5: found """, allowed the dose of a cohort'),
        ("1N -2N", "position 4: found -, allowed the dose of a cohort"),
        ("12345678901N", "position 1: found dose 12345678901, allowed the number of a dose on the ladder"),
    ],
)
def test_a_mistake_in_a_line_is_said_with_its_position(text, said):
    with pytest.raises(TrialstopError) as error:
        parse_outcomes(text)
    assert str(error.value).startswith(f"outcomes, {said}")


HEAD = "cohort,patient,dose,tox\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "t.csv:1  cohort: found nothing, allowed a column for each of cohort, patient, dose, tox"),
        ("cohort,patient,dose\n", "t.csv:1  tox: found nothing"),
        ("cohort,cohort,patient,dose,tox\n", "t.csv:1  cohort: found twice"),
        (HEAD + "1,1,1\n", "t.csv:2: found 3 cells, allowed 4, as in line 1"),
        (HEAD + "1,1,1,2\n", "t.csv:2  tox: found 2, allowed 0 (no DLT), 1 (a DLT), M (a milder event), NA "),
        (HEAD + "1,1,1,0\n\n1,1,1,0\n", "t.csv:4  patient: found 1 twice, allowed each patient once"),
        (HEAD + "1,1,1,0\n1,2,2,0\n", "t.csv:3  dose: found 2, allowed 1, as before in cohort 1"),
        (HEAD + "2,1,1,0\n", "t.csv:2  cohort: found 2, allowed 1: cohorts in order, without a hole"),
        (HEAD + "1,1,1,0\n3,2,1,0\n", "t.csv:3  cohort: found 3, allowed 1 or 2: cohorts in order"),
        (HEAD + '1,1,1,"0\n', "t.csv:2: no CSV"),
    ],
)
def test_a_mistake_in_a_csv_file_is_said_with_its_line(text, said):
    with pytest.raises(TrialstopError) as error:
        parse_outcome_csv(text, "t.csv")
    assert str(error.value).startswith(said)


def test_a_csv_file_of_r_is_read():
    """`write.csv` quotes words and names its rows; a data frame may have more columns, and logical tox."""
    text = '\ufeff"","cohort","patient","dose","tox","x"\n"1",1,1,2,FALSE,9\n"2",1,2,2,TRUE,9\n'
    text += '"3",2,3,"3 mg",NA,9\n'
    assert told(parse_outcome_csv(text, "t.csv")) == [Word(2, "NT", ""), Word("3 mg", "X", "")]


def test_too_many_patients_are_refused():
    with pytest.raises(TrialstopError, match=r"outcomes: found 10,001 patients, allowed up to 10,000"):
        parse_outcomes("1" + "N" * 10_001)
