"""Evidence: hand-worked. A+B between its two numbers of patients, and numbers that no design can have."""

import numpy as np
import pytest

from simulator.contracts import NO_DOSE, DoseCounts
from simulator.dose_finding.a_plus_b import APlusB

TWO_PLUS_FOUR = {"a": 2, "b": 4, "c": 1, "d": 1, "e": 2}


def asked(n, dlt, current, **keys):
    """(dose, patients, selected) of one trial."""
    counts = DoseCounts(n=np.array([n]), dlt=np.array([dlt]), current=np.array([current]))
    found = APlusB(**(TWO_PLUS_FOUR | keys)).decide(counts)
    return tuple(int(column[0]) for column in (found.dose, found.patients, found.selected))


# n and DLTs at the middle of three doses, the lowest with 0 of 2, then what follows with de-escalation
MIDDLE = [
    (1, 0, (1, 1, NO_DOSE)),
    (2, 0, (2, 2, NO_DOSE)),
    (2, 1, (1, 4, NO_DOSE)),  # all B at once, more than a cohort
    (2, 2, (0, 4, NO_DOSE)),
    (3, 0, (2, 2, NO_DOSE)),
    (3, 1, (1, 3, NO_DOSE)),
    (3, 2, (1, 3, NO_DOSE)),  # 2 of 6 would still be few enough
    (3, 3, (0, 4, NO_DOSE)),
    (6, 2, (2, 2, NO_DOSE)),
    (6, 3, (0, 4, NO_DOSE)),
]


@pytest.mark.parametrize(("n", "dlt", "expected"), MIDDLE)
def test_what_follows_at_the_middle_dose(n, dlt, expected):
    assert asked((2, n, 0), (0, dlt, 0), 1, de_escalation=True) == expected


def test_what_ends_it():
    """Toxic at the middle dose: without de-escalation the lower one as it stands, with it once it is full."""
    assert asked((2, 2, 0), (0, 2, 0), 1) == (NO_DOSE, 0, 0)
    assert asked((6, 2, 0), (2, 2, 0), 1, de_escalation=True) == (NO_DOSE, 0, 0)
    assert asked((6, 2, 0), (3, 2, 0), 1, de_escalation=True) == (NO_DOSE, 0, NO_DOSE)
    assert asked((2, 2, 2), (0, 0, 0), 2, de_escalation=True) == (NO_DOSE, 0, 2), "the top dose as it stands"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"c": 3}, "c: 3, allowed 1 to the 2 of a"),
        ({"d": 0}, r"d: 0, allowed 1 \(c\) to 2 \(a\)"),
        ({"d": 3}, r"d: 3, allowed 1 \(c\) to 2 \(a\)"),
        ({"e": 0}, r"e: 0, allowed 1 \(d\) to 5 \(a \+ b - 1\)"),
        ({"e": 6}, r"e: 6, allowed 1 \(d\) to 5 \(a \+ b - 1\)"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(keys, message):
    with pytest.raises(ValueError, match=message):
        APlusB(**(TWO_PLUS_FOUR | keys))


def test_it_says_its_numbers():
    said = "\n".join(APlusB(**TWO_PLUS_FOUR, de_escalation=True).describe())
    assert "With 2 evaluable patients at a dose: no DLT, go up; 1, add 4; more, the dose is toxic." in said
    assert "With 6: at most 2 DLTs, go up" in said
    assert "filled to 6, and so on down, until one has at most 2 DLTs" in said
    said = "\n".join(APlusB(a=4, b=2, c=2, d=3, e=3).describe())
    assert "fewer than 2 DLTs, go up; 2 to 3, add 2" in said
    assert "as it stands" in said
