"""Searches on curves that are known: exact ones, and ones with an interval at every place."""

from math import log

import pytest

from simulator.model.estimate import Estimate
from simulator.what_ifs.searching import searched
from simulator.what_ifs.vary import Range, Scale

MONTHS = Scale("", " months")
COUNT = Scale("", "", whole=True)


def found(within, aim, curve, *, whole=False):
    """What a search comes to, and how many places it asked."""
    search, asked = searched(within, aim, whole=whole), 0
    wanted = next(search)
    while True:
        asked += len(wanted)
        try:
            wanted = search.send({x: curve(x) for x in wanted})
        except StopIteration as end:
            return end.value, asked


def exact(f):
    return lambda x: Estimate(value=None, exact=f(x))


def played(f, half=0.02):
    return lambda x: Estimate(value=f(x), mcse=half / 2, low=f(x) - half, high=f(x) + half, n=1000)


@pytest.mark.parametrize("aim", [0.1, 0.5, 0.93])
@pytest.mark.parametrize("low", [0.0, 0.01])  # at equal distances, and at equal ratios
def test_an_exact_curve_is_solved_to_nine_digits(low: float, aim: float) -> None:
    solution, asked = found(Range(MONTHS, low, 10.0), aim, exact(lambda x: (x / 10) ** 3))
    assert solution["number"] == pytest.approx(10 * aim ** (1 / 3), rel=1e-7)
    assert solution["exact"]
    assert asked < 40


def test_a_falling_one_too_and_the_text_is_that_of_the_file() -> None:
    solution, _ = found(Range(MONTHS, 1.0, 9.0), 0.25, exact(lambda x: 1 / x))
    assert (solution["value"], solution["several"]) == ("4 months", ())


def test_every_place_of_an_exact_curve_is_told() -> None:
    solution, _ = found(Range(MONTHS, -1.0, 4.0), 0.0, exact(lambda x: x * (x - 1.1) * (x - 3.3)))
    places = [solution["value"], *solution["several"]]
    assert [float(text.split()[0]) for text in places] == pytest.approx([0.0, 1.1, 3.3], abs=1e-5)


def test_none_where_the_curve_does_not_come_to_it() -> None:
    for curve in (exact(lambda x: x / 10), played(lambda x: x / 10)):
        solution, _ = found(Range(MONTHS, 0.0, 5.0), 0.9, curve)
        assert solution == {"why": "from 0 months to 5 months it is 0 to 0.5"}


def test_a_curve_of_trials_has_the_values_whose_interval_holds_the_aim() -> None:
    """A line of slope 1/10 with half-widths of 0.02: the value, and 0.2 to both sides."""
    solution, asked = found(Range(MONTHS, 0.0, 10.0), 0.437, played(lambda x: x / 10))
    assert solution["number"] == pytest.approx(4.37, abs=1e-3)
    assert (solution["low"], solution["high"]) == pytest.approx((4.17, 4.57), abs=0.01)
    assert not solution.get("exact")
    assert asked < 70


def test_an_interval_beyond_the_range_is_open() -> None:
    solution, _ = found(Range(MONTHS, 0.0, 10.0), 0.01, played(lambda x: x / 10))
    assert (solution["low"], solution["number"]) == (None, pytest.approx(0.1, abs=1e-3))
    solution, _ = found(Range(MONTHS, 0.0, 10.0), 0.99, played(lambda x: x / 10))
    assert solution["high"] is None


def test_noise_is_smoothed_where_the_curve_only_rises() -> None:
    """A step back within the noise is no second value; a way back beyond it is told."""
    wobbling = played(lambda x: x / 10 + (0.015 if 4.8 < x < 5.1 else 0.0))
    solution, _ = found(Range(MONTHS, 0.0, 10.0), 0.5, wobbling)
    assert solution["several"] == ()
    assert solution["number"] == pytest.approx(5.0, abs=0.3)
    turning, _ = found(Range(MONTHS, 0.0, 10.0), 0.5, played(lambda x: 1 - abs(x - 4) / 4 + x / 20))
    assert turning["several"] == ("the curve crosses it more than once",)


@pytest.mark.parametrize(("last", "aim", "least"), [(6, 0.5, 4), (300, 0.5, 4), (300, 3.0, 100)])
def test_of_whole_numbers_the_least_that_reaches_it(last: int, aim: float, least: int) -> None:
    curve = exact(lambda n: log(n) / log(16) if aim < 1 else n / 100 * 3)
    solution, asked = found(Range(COUNT, 1, last), aim, curve, whole=True)
    assert solution["number"] == least
    assert [text for text, _ in solution["least"]] == [str(least - 1), str(least)]
    assert asked < 50


def test_of_a_falling_metric_the_least_that_is_as_low() -> None:
    solution, _ = found(Range(COUNT, 1, 8), 0.3, exact(lambda n: 1 / n), whole=True)
    assert (solution["value"], solution["least"][0]) == ("4", ("3", pytest.approx(1 / 3)))


def test_the_first_whole_number_may_reach_it_already() -> None:
    solution, _ = found(Range(COUNT, 3, 8), 0.3, exact(lambda n: n / 4), whole=True)
    assert (solution["value"], solution["why"]) == ("3", "the first value reaches it")


def test_nothing_can_be_said_where_the_metric_never_is() -> None:
    solution, _ = found(Range(MONTHS, 0.0, 1.0), 0.5, lambda x: None)
    assert solution == {"why": "nothing can be said of the metric in this range"}
