"""Searches on curves that are known: exact ones, and ones with an interval at every place."""

from math import exp, log

import numpy as np
import pytest

from simulator.metrics.tally import share
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
    """With what the ends are sure to: an interval, or exact."""
    for curve, told in (
        (exact(lambda x: x / 10), "0 to 0.5, exact"),
        (played(lambda x: x / 10), "0 (-0.02 to 0.02) to 0.5 (0.48 to 0.52)"),
    ):
        solution, _ = found(Range(MONTHS, 0.0, 5.0), 0.9, curve)
        assert solution == {"why": f"no value reaches it: from 0 months to 5 months it is {told}"}


def test_a_curve_of_trials_has_the_values_whose_interval_holds_the_aim() -> None:
    """A line of slope 1/10 with half-widths of 0.02: the value, and 0.2 to both sides."""
    solution, asked = found(Range(MONTHS, 0.0, 10.0), 0.437, played(lambda x: x / 10))
    assert solution["number"] == pytest.approx(4.37, abs=1e-3)
    assert (solution["low"], solution["high"]) == pytest.approx((4.17, 4.57), abs=0.01)
    assert not solution.get("exact")
    assert asked < 70


def test_where_a_limit_bends_the_ends_are_closed_in_on() -> None:
    """A cube with half-widths of 0.1: limits meet 0.2 where the cube is 0.1 and 0.3."""
    solution, _ = found(Range(MONTHS, 0.0, 10.0), 0.2, played(lambda x: (x / 10) ** 3, half=0.1))
    ends = 10 * 0.1 ** (1 / 3), 10 * 0.3 ** (1 / 3)
    assert (solution["low"], solution["high"]) == pytest.approx(ends, abs=1e-3)


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


@pytest.mark.parametrize(
    ("aim", "value", "ends"),
    [
        (0.45, "4", (4.0, 4.0)),  # 0.6 at 3 and 0.4 at 4 are surely above and below
        (0.41, "4", (4.0, 5.0)),  # 0.4 at 4 may be above
        (0.39, "5", (4.0, 5.0)),  # or below
        (0.99, "2", (None, 2.0)),  # 1 at 1 may be there
        (0.01, "6", (6.0, None)),  # 0 at 6 may not
    ],
)
def test_the_interval_of_a_whole_number_holds_it(aim: float, value: str, ends: tuple[float | None, ...]):
    """Levels 1, 0.8, 0.6, 0.4, 0.2, 0 at 1 to 6, half-widths of 0.02."""
    solution, _ = found(Range(COUNT, 1, 6), aim, played(lambda n: (6 - n) / 5), whole=True)
    assert solution["value"] == value
    assert (solution["low"], solution["high"]) == ends


def test_of_many_whole_numbers_those_not_asked_are_in_the_interval() -> None:
    solution, _ = found(Range(COUNT, 1, 240), 0.5, played(lambda n: n / 240, half=0.1), whole=True)
    assert solution["number"] == 120
    assert solution["low"] <= 240 * 0.4 < 240 * 0.6 <= solution["high"]


def test_the_first_whole_number_may_reach_it_already() -> None:
    solution, _ = found(Range(COUNT, 3, 8), 0.3, exact(lambda n: n / 4), whole=True)
    assert (solution["value"], solution["why"]) == ("3", "the first value is there already")


def test_nothing_can_be_said_where_the_metric_never_is() -> None:
    solution, _ = found(Range(MONTHS, 0.0, 1.0), 0.5, lambda x: None)
    assert solution == {"why": "nothing can be said of the metric in this range"}


SEEDS, TRIALS = 200, 1000


@pytest.mark.parametrize(
    ("within", "curve", "root", "whole"),
    [
        (Range(MONTHS, 0.0, 1.0), lambda x: 1 / (1 + exp(-4 * (x - 0.3))), 0.3, False),
        (Range(MONTHS, 0.0, 1.0), lambda x: 1 / (1 + exp(-400 * (x - 0.3))), 0.3, False),  # as wide as a step
        (Range(MONTHS, 1e-7, 1.0), lambda x: 1 - exp(-1000 * x), log(2) / 1000, False),  # at equal ratios
        (Range(COUNT, 1, 1000), lambda n: n / 1200, 600, True),
        (Range(COUNT, 1, 1000), lambda n: 1 - n / 1200, 600, True),
    ],
)
def test_intervals_hold_the_value_in_95_of_100_seeds(within, curve, root, whole) -> None:
    """Binomial counts of 1000 trials that all values share. False alarm: 4 errors below 95 %."""
    held = 0
    for seed in range(SEEDS):
        draws = np.random.default_rng(seed).random(TRIALS)
        solution, _ = found(
            within, 0.5, lambda x, u=draws: share(int((u < curve(x)).sum()), TRIALS), whole=whole
        )
        held += (solution["low"] or within.low) <= root <= (solution["high"] or within.high)
    assert held >= SEEDS * 0.95 - 4 * (SEEDS * 0.95 * 0.05) ** 0.5


def test_a_metric_that_rises_and_falls_is_crossed_where_it_is() -> None:
    """Made monotone it would not come to the aim at all."""
    solution, _ = found(Range(MONTHS, 0.0, 1.0), 0.8, played(lambda x: 0.9 * exp(-(((x - 0.5) / 0.2) ** 2))))
    assert solution["number"] == pytest.approx(0.5 - 0.2 * log(0.9 / 0.8) ** 0.5, abs=1e-3)
    assert solution["several"] == ("the curve crosses it more than once",)


def test_a_curve_that_is_not_told_from_the_aim_is_said_to_be_so() -> None:
    for whole in (False, True):
        solution, _ = found(Range(COUNT, 1, 5), 0.25, played(lambda x: 0.24), whole=whole)
        assert solution["why"].startswith("no estimate reaches it, though the 95 % interval of some does: ")
        assert "from 1 to 5 it is 0.24 (0." in solution["why"]
        assert solution.keys() == {"why"}


def test_a_jump_past_the_aim_is_told() -> None:
    """As of a metric whose rule's bounds are whole numbers: no value of the rule has the level itself."""
    solution, _ = found(Range(MONTHS, 0.0, 1.0), 0.05, exact(lambda x: 0.06 if x < 0.4321 else 0.04))
    assert solution["number"] == pytest.approx(0.4321)
    assert solution["why"] == "no value has it: at 0.4321 months it jumps from 0.06 to 0.04"
    solution, _ = found(Range(MONTHS, 0.0, 1.0), 0.15, played(lambda x: 0.25 if x < 0.4321 else 0.04))
    assert solution["why"].endswith(" it goes from 0.25 to 0.04")
    assert solution["low"] < 0.4321 < solution["high"]


def test_of_whole_numbers_the_interval_ends_where_it_is_surely_reached() -> None:
    levels = {1: 0.25, 2: 0.16, 3: 0.13, 4: 0.02}
    ends = {0.145: (2.0, 4.0), 0.24: (None, 2.0), 0.2: (2.0, 2.0)}  # half-widths are 0.02
    for aim, expected in ends.items():
        solution, _ = found(Range(COUNT, 1, 4), aim, played(levels.__getitem__), whole=True)
        assert (solution["low"], solution["high"]) == expected


def test_whole_numbers_without_a_value_end_the_search() -> None:
    curve = played(lambda n: n / 1200)
    solution, asked = found(
        Range(COUNT, 1, 1000), 0.5, lambda n: None if 560 < n < 640 else curve(n), whole=True
    )
    assert 640 <= solution["number"] < 680
    assert asked < 100
    solution, _ = found(Range(COUNT, 1, 9), 0.5, lambda n: None, whole=True)
    assert solution == {"why": "nothing can be said of the metric in this range"}


def test_a_value_is_not_rounded_out_of_its_interval() -> None:
    solution, _ = found(Range(MONTHS, 10023.0, 10024.0), 0.5, played(lambda x: x - 10023))
    assert solution["low"] < float(solution["value"].split()[0]) < solution["high"]
