"""Every word that a scenario may use has its number in a Program, and no number is without its word."""

from dataclasses import fields
from typing import get_args, get_type_hints

import pytest

from simulator.model import amendment, arms, design, dose_finding, look, milestone, monitoring, truth
from simulator.program import words


def of_field(owner: type, name: str) -> object:
    """The literal that a field holds."""
    assert name in {field.name for field in fields(owner)}
    return get_type_hints(owner)[name]


PAIRS = (
    (monitoring.Unit, words.Unit),
    (monitoring.Among, words.Among),
    (monitoring.Wait, words.Wait),
    (truth.ClockKind, words.ClockKind),
    (of_field(look.LookSchedule, "kind"), words.LookKind),
    (milestone.Unit, words.MilestoneUnit),
    (design.WhileHeld, words.WhileHeld),
    (dose_finding.Decide, words.Decide),
    (of_field(amendment.Trigger, "unit"), words.TriggerUnit),
    (monitoring.Population, words.Population),
    (arms.Method, words.Allocation),
)
OWN = {words.Wait: {"none"}}  # of a Program alone
READ_AS = {words.MilestoneUnit: {"randomised"}}  # everyone treated, whatever the rule's population


@pytest.mark.parametrize(("written", "numbers"), PAIRS, ids=[numbers.__name__ for _, numbers in PAIRS])
def test_words_and_numbers_are_one_to_one(written, numbers):
    listed = (set(get_args(written)) | OWN.get(numbers, set())) - READ_AS.get(numbers, set())
    assert {member.word for member in numbers} == listed
    assert all(numbers.of(word).word == word for word in listed)


def test_every_kind_of_word_is_tried():
    of_laws = {words.Arrivals}  # made from the form of `accrual`, which has no one word
    assert {numbers for _, numbers in PAIRS} == set(words.Word.__subclasses__()) - of_laws
