"""How `look` may be written, what it means, and what is refused. Evidence: property, by hand.

Each form is read as it stands in a file, since braces and commas are YAML's first.
"""

import pytest

from simulator.errors import QuantityError
from simulator.loading.hints import hint
from simulator.loading.nodes import plain, read_text
from simulator.model.look import LookSchedule, parse_look
from simulator.model.milestone import Milestone
from simulator.program.looks import lower_look


def read(text: str) -> LookSchedule:
    """What a file says behind `look: `."""
    return parse_look(plain(read_text(f"look: {text}\n", "f"))["look"])


def completed(*amounts: int, **more) -> LookSchedule:
    return LookSchedule(
        kind="at", milestones=tuple(Milestone(amount=a, unit="completed") for a in amounts), **more
    )


FIVES = completed(*range(5, 46, 5))
LISTS = {
    "{at: 5, 10, 15 ... 45 completed}": FIVES,
    "{at: 5, 10 ... 45 completed}": FIVES,
    "{at: 5, 10, ..., 45 completed}": FIVES,
    "{at: 5, 10, 15... 45 completed}": FIVES,
    "at 5, 10, 15 ... 45 completed": FIVES,
    "\n  at: 5, 10, 15 ... 45 completed": FIVES,
    "{at: '5, 10, 15 ... 45 completed'}": FIVES,
    "{at: 4, 9 ... 44 completed}": completed(*range(4, 45, 5)),
    "{at: 5, 12, 30 completed}": completed(5, 12, 30),
    "at 5, 12, 30 completed": completed(5, 12, 30),
    "{at: 7 completed}": completed(7),
    "{at: [5 completed, 12 completed]}": completed(5, 12),
    "{at: 5, 12 completed, and: at the end}": completed(5, 12, at_end=True),
    "{and: at the end, at: 5, 12 completed}": completed(5, 12, at_end=True),
    "{at: [5 completed], and: at the end}": completed(5, at_end=True),
}


@pytest.mark.parametrize("text", LISTS)
def test_lists_and_ranges_are_their_milestones(text):
    assert read(text) == LISTS[text]


def test_lists_of_events_and_of_months():
    events = read("{at: 2, 4, 6 ... 10 late-dlt events}").milestones
    assert [(m.amount, m.event) for m in events] == [(n, "late-dlt") for n in (2, 4, 6, 8, 10)]
    months = read("{at: 3, 6 ... 12 months}").milestones
    assert [m.amount for m in months] == [30.4375 * n for n in (3, 6, 9, 12)]


MULTIPLES = {  # -> (multiples that are no looks, the first one that is)
    "every 5 completed": (0, 5),
    "{every: 5 completed}": (0, 5),
    "{every: 5 completed, from: 3}": (0, 5),
    "{every: 5 completed, from: 5}": (0, 5),
    "{every: 5 completed, from: 6}": (1, 10),
    "{every: 5 completed, from: 10}": (1, 10),
    "{every: 5 completed, from: 10 completed}": (1, 10),
    "{every: 5 completed, from: 11}": (2, 15),
    "{every: 2 dlt events, from: 5}": (2, 6),
    "{every: 1 month, from: 1 year}": (11, 365.25),
    "{every: 3 months, from: 6 months}": (1, 182.625),
    "{every: 0.1 days, from: 0.3 days}": (2, 0.1 * 3),
    "{every: 0.7 days, from: 2.1 days}": (2, 0.7 * 3),
}


@pytest.mark.parametrize("text", MULTIPLES)
def test_from_leaves_out_the_multiples_below_it(text):
    schedule = read(text)
    assert (schedule.skipped, schedule.first[0].amount) == MULTIPLES[text]


PATIENTS = {
    "every 5 completed": (5, 10, 15, 20, 25, 30, 35, 40),
    "{every: 5 completed, and: at the end}": (5, 10, 15, 20, 25, 30, 35, 40, 43),
    "{every: 20 completed, from: 21}": (40,),
    "{every: 20 completed, from: 41, and: at the end}": (43,),
    "{at: 5, 10, 15 ... 45 completed}": (5, 10, 15, 20, 25, 30, 35, 40),
    "{at: [12 completed, 5 completed], and: at the end}": (5, 12, 43),
    "{at: 20, 43 completed, and: at the end}": (20, 43),
}


@pytest.mark.parametrize("text", PATIENTS)
def test_the_looks_of_a_design_have_the_last_one_only_if_it_is_among_them(text):
    assert lower_look(read(text), ()).patients(43) == PATIENTS[text]


RANGE = "equal steps up to a last number that they reach, such as {at: 5, 10, 15 ... 45 completed}"
LIST = "rising whole numbers and their unit, such as {at: 5, 12, 30 completed}"
FORMS = (
    "`every report`, `every 5 treated`, `every 3 months`, `at the end`, {at: 5, 10, 15 ... 45 completed}, "
    "{every: 5 completed, from: 10, and: at the end} or {when: RULE}"
)
ONE = "a milestone of at least 1 and at most 1,000,000"
OF_COMPLETED = "a number of patients completed, such as `from: 10`"
REFUSED = {
    "{at: 5, 10 ... 43 completed}": ('"5, 10 ... 43 completed"', RANGE, "the steps come to 40 and 45"),
    "{at: 5, 10, 16 ... 45 completed}": ('"5, 10, 16 ... 45 completed"', RANGE, ""),
    "{at: 5 ... 45 completed}": ('"5 ... 45 completed"', RANGE, ""),
    "{at: 10, 5 ... 0 completed}": ('"10, 5 ... 0 completed"', RANGE, ""),
    "{at: 5, 10 ... 10 completed}": ('"5, 10 ... 10 completed"', RANGE, ""),
    "{at: 5, 10 ... 20, 30 completed}": ('"5, 10 ... 20, 30 completed"', RANGE, ""),
    "{at: 1, 2 ... 1001 treated}": ('"1, 2 ... 1001 treated"', "at most 1,000 looks in a list",
                                    "`every 1` has as many as there are"),
    "{at: 10, 5 completed}": ('"10, 5 completed"', LIST, ""),
    "{at: 5, 5 completed}": ('"5, 5 completed"', LIST, ""),
    "{at: 2.5, 5 completed}": ('"2.5, 5 completed"', LIST, ""),
    "{at: 0, 5 completed}": ('"0 completed"', ONE, ""),
    "{at: 0, 5 ... 20 completed}": ('"0 completed"', ONE, ""),
    "{at: 5, 12, 30}": ('"5, 12, 30"', FORMS, ""),
    "{at: 5, 12 assessed}": ('"5 assessed"', FORMS, ""),
    "{at: 5 completed, from: 10}": ("`from` beside `at`",
                                    "`from` beside `every`, whose multiples it restricts", ""),
    "{every: 0 completed, from: 10}": ('"0 completed"', ONE, ""),
    "{every: 5 completed, from: 0}": ("`from: 0`", ONE, ""),
    "{every: 5 completed, from: -5}": ("`from: -5`", OF_COMPLETED, ""),
    "{every: 5 completed, from: 6 months}": ("`from: 6 months` of every 5 completed", OF_COMPLETED, ""),
    "{every: 5 completed, from: 10 treated}": ("`from: 10 treated` of every 5 completed", OF_COMPLETED, ""),
    "{every: 2 a events, from: 4 b events}": ("`from: 4 b events` of every 2 a events",
                                              "a number of a events, such as `from: 10`", ""),
    "{every: 3 months, from: 6}": ("`from: 6`", "a duration, as in `from: 6 months`", ""),
    "{every: 3 months, from: 6 treated}": ("`from: 6 treated` of every 91.3125 days",
                                           "a duration, as in `from: 6 months`", ""),
    "{every: 5 completed, and: then}": ("`and: then`", "`and: at the end`", ""),
    "{every: 5 completed, form: 10}": ("the key form", "`every` with `from`, `at`, `and`, or `when` alone",
                                       "did you mean from?"),
    "{every: report, and: at the end}": ("report", FORMS, ""),
    "{every: 5 completed, at: 7 completed}": ("a mapping (key: value)", FORMS, ""),
    "{and: at the end}": ("a mapping (key: value)", FORMS, ""),
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused_is_named(text):
    with pytest.raises(QuantityError) as caught:
        read(text)
    assert (caught.value.found, caught.value.allowed, caught.value.hint) == REFUSED[text]


HINTS = {
    "every 5 completed and at the end": "did you mean {every: 5 completed, and: at the end}?",
    "every 5 completed, and at the end": "did you mean {every: 5 completed, and: at the end}?",
    "5, 10 ... 45 completed": "did you mean {at: 5, 10 ... 45 completed}?",
    "5, 10 \N{HORIZONTAL ELLIPSIS} 45 completed": "did you mean {at: 5, 10 ... 45 completed}?",
    "{at: [5, 10, 15 ... 45 completed]}": "did you mean {at: 5, 10, 15 ... 45 completed}?",
    "{at: [5, 12, 30 completed]}": "did you mean {at: 5, 12, 30 completed}?",
    "[5, 12, 30 completed]": "did you mean {at: 5, 12, 30 completed}?",
}


@pytest.mark.parametrize("text", HINTS)
def test_what_was_meant_is_hinted(text):
    value = plain(read_text(f"look: {text}\n", "f"))["look"]
    with pytest.raises(QuantityError) as caught:
        parse_look(value)
    said = hint(parse_look, value, caught.value.allowed, caught.value.hint)
    assert said == HINTS[text]
    assert parse_look(plain(read_text(f"look: {said[len('did you mean ') : -1]}\n", "f"))["look"])


@pytest.mark.parametrize(
    "text", ["{on: 5, 10 completed}", "{at: [5], 10 completed}", "{at: '5', 10 completed}"]
)
def test_elsewhere_a_key_without_a_value_is_still_a_mistake(text):
    with pytest.raises(Exception, match="found no value"):
        read_text(f"look: {text}\n", "f")
