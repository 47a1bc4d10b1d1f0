"""Which value of a file the range of an assumption is about, and what its ends make of it."""

from __future__ import annotations

import pytest

from simulator.loading.nodes import read_text
from simulator.model.scenario import Provenance
from simulator.what_ifs.lever import Lever, lever_of


def lever(text: str, low: str, high: str, path: str = "here") -> Lever | str:
    """Of an assumption about what `text` puts below `here`."""
    root = read_text(f"here: {text}\n", "test.yaml")
    return lever_of(root, Provenance(path=path, text="", low=low, high=high))


FOUND = [
    ("2", "1", "3", "", ("1", "3")),
    ("0.5 per month", "0.25", "1 per month", "", ("0.25 per month", "1 per month")),
    ("3 per 206 person-years", "0.01", "0.05 per year", "", ("0.01 per year", "0.05 per year")),
    ("more than 95%", "90%", "97.5%", "", ("more than 90%", "more than 97.5%")),
    ("every 5 completed", "every 1", "every 10", "", ("every 1 completed", "every 10 completed")),
    ("every 2 months", "1", "4 months", "", ("every 1 month", "every 4 months")),
    ("60 treated", "35", "60", "", ("35 treated", "60 treated")),
    ("at least 3", "2", "3", "", ("at least 2", "at least 3")),
    ("45 days", "1", "2 months", "", ("1 month", "2 months")),
    ("12 months", "6", "24", "", ("6 months", "24 months")),
    ("most negative", "most negative", "most positive", "", ("most negative", "most positive")),
    ("{while_on: x, probability: 25% in 6 months}", "5%", "67%", ".probability",
     ("5% in 6 months", "67% in 6 months")),
    ("{while_on: x, probability: 2 of 3 in 6 months}", "19%", "99%", ".probability",
     ("19% in 6 months", "99% in 6 months")),
    ("{while_on: x, probability: 25% in 6 months}", "3", "9 months", ".probability",
     ("25% in 3 months", "25% in 9 months")),
    ("{incidence: 65%, onset: {median: 5.45 months, sigma: 1.00}}", "7%", "65%", ".incidence", ("7%", "65%")),
    ("{rate: more than 33%, certainty: more than 90%}", "certainty 80%", "95%", ".certainty",
     ("more than 80%", "more than 95%")),
    ("{phases: [a, b], days: 30, of_last: x}", "0", "90 days", ".days", ("0", "90")),
    ("{decay: {initial: 5.05 per year, mean_life: 3 months}}", "2.3", "8.9 per year at the start",
     ".decay.initial", ("2.3 per year", "8.9 per year")),
    ("{start: 5 mg d1-14}", "5 mg", "10 mg", ".start", ("5 mg d1-14", "10 mg d1-14")),
    ("[{between: [a, b], ratio: low}]", "low", "high", "[0].ratio", ("low", "high")),
    ("{about: 3 of 7 months, lasts: 3 months}", "1", "6 months", ".lasts", ("1 month", "6 months")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "low", "high", "below", "ends"), FOUND)
def test_the_one_value_that_reads_like_the_range_gets_its_ends(
    text: str, low: str, high: str, below: str, ends: tuple[str, str]
) -> None:
    found = lever(text, low, high)
    assert isinstance(found, Lever), found
    assert (found.path, found.low, found.high) == (f"here{below}", *ends)


REFUSED = [
    ("{lasts: 3 months, every: 3 months}", "0", "6 months", "lasts: 3 months, every: 3 months"),
    ("{uniform: [1 day, 14 days]}", "0", "30 days", "uniform[0]: 1 day, uniform[1]: 14 days"),
    ("{among: known, look: every 1 known}", "completed", "known", "among: known, look: every 1 known"),
    ("{a: 1%, b: 2%, c: 3%, d: 4%, e: 5%}", "1%", "9%", "a: 1%, b: 2%, c: 3% and 2 more"),
    ("{events: 0.6, others: 1.4}", "worth 1", "10 patients", "no value there reads like that"),
    ("33%", "0.1", "0.5", "no value there reads like that"),
    ("3 months", "5%", "10%", "no value there is in %"),
    ("5%", "1", "3 months", "no value there is a duration"),
    ("5%", "1", "3 per year", "no value there is a rate"),
    ("{a: 5%}", "0.4% at 1 mg", "9%", "several numbers"),
    ("{a: 5%}", "few", "9%", "from a word to a number"),
    ("{a: 5%}", "5%", "3 months", "different units"),
    ("usual", "not given", "given", "words that are no value there"),
]


@pytest.mark.parametrize(("text", "low", "high", "reason"), REFUSED)
def test_where_it_is_not_one_value_the_reason_says_so(text: str, low: str, high: str, reason: str) -> None:
    found = lever(text, low, high)
    assert isinstance(found, str), found
    assert reason in found
