"""Quantities are read as people write them, refused with a useful hint, and shown so that they read back."""

from __future__ import annotations

import dataclasses
import math
import pickle
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from simulator import units as u
from simulator.errors import Problem, QuantityError, ScenarioError, show
from simulator.scalars import meant

MONTH = u.DAYS_PER_MONTH


@pytest.mark.parametrize(
    ("parser", "text", "value"),
    [
        (u.parse_duration, "6 months", 182.625),
        (u.parse_duration, "28 days", 28.0),
        (u.parse_duration, "1 week", 7.0),
        (u.parse_duration, "2 years", 730.5),
        (u.parse_duration, "5.45 months", 165.884375),
        (u.parse_duration, "  1   day ", 1.0),
        (u.parse_delay, "0 days", 0.0),
        (u.parse_delay, "0", 0.0),
        (u.parse_delay, 0, 0.0),
        (u.parse_delay, "14 days", 14.0),
        (u.parse_interval, "every 2 months", 2 * MONTH),
        (u.parse_rate, "0.5 per month", 0.5 / MONTH),
        (u.parse_hazard, "3 per 206 person-years", 3 / (206 * 365.25)),
        (u.parse_hazard, "2 per 100 person-months", 2 / (100 * MONTH)),
        (u.parse_hazard, "0.17 per year", 0.17 / 365.25),
        (u.parse_hazard, "0.00206 per day", 0.00206),
        (u.parse_hazard, "0.02 per person-year", 0.02 / 365.25),
        (u.parse_hazard, "0 per year", 0.0),
        (u.parse_probability, "33%", 0.33),
        (u.parse_probability, "0.7%", 0.007),
        (u.parse_probability, "0.33", 0.33),
        (u.parse_probability, 0.33, 0.33),
        (u.parse_probability, "17 of 38", 17 / 38),
        (u.parse_probability, "2/3", 2 / 3),
        (u.parse_probability, "100%", 1.0),
        (u.parse_open_probability, "50%", 0.5),
        (u.parse_risk, "25% in 6 months", u.Risk(probability=0.25, days=182.625)),
        (u.parse_risk, "0.25 in 182.625 days", u.Risk(probability=0.25, days=182.625)),
        (u.parse_risk, "25%", u.Risk(probability=0.25)),
        (u.parse_risk, "25% crude", u.Risk(probability=0.25, crude=True)),
        (u.parse_risk, "17 of 38 in 1 year crude", u.Risk(probability=17 / 38, days=365.25, crude=True)),
        (u.parse_count, "0", 0),
        (u.parse_count, "010", 10),
        (u.parse_positive_count, 3, 3),
        (u.parse_number, "1e-3", 0.001),
        (u.parse_number, "010", 10.0),
        (u.parse_number, "-0.5", -0.5),
        (u.parse_positive_number, "1.8", 1.8),
        (u.parse_flag, "true", True),
        (u.parse_flag, False, False),
        (u.parse_name, "beta_binomial-2", "beta_binomial-2"),
        (u.parse_text, " on ", "on"),
        (u.parse_comparison, "more than 10%", u.Comparison("more than", 0.1)),
        (u.parse_comparison, "at least 2/3", u.Comparison("at least", 2 / 3)),
        (u.parse_comparison, "at most 100%", u.Comparison("at most", 1.0)),
        (u.parse_cutoff, "less than 90%", u.Comparison("less than", 0.9)),
    ],
)
def test_quantities_are_read_as_written(parser, text, value):
    assert parser(text) == value


@pytest.mark.parametrize(
    ("parser", "bad", "hint"),
    [
        (u.parse_duration, "28", "did you mean 28 days?"),
        (u.parse_duration, 28, "did you mean 28 days?"),
        (u.parse_duration, "28 d", "did you mean 28 days?"),
        (u.parse_duration, "6mo", "did you mean 6 months?"),
        (u.parse_duration, "0 days", ""),
        (u.parse_duration, "-1 day", ""),
        (u.parse_duration, "1e-9 days", ""),  # less than a tick is no time at all
        (u.parse_duration, "1e999 days", ""),
        (u.parse_duration, "1_000 days", ""),
        (u.parse_duration, "six months", ""),
        (u.parse_duration, None, ""),
        (u.parse_duration, ["28 days"], ""),
        (u.parse_delay, "5", "did you mean 5 days?"),
        (u.parse_delay, "-1 day", ""),
        (u.parse_interval, "2 months", "did you mean every 2 months?"),
        (u.parse_interval, "every month", "did you mean every 1 month?"),
        (u.parse_interval, "every 2m", "did you mean every 2 months?"),
        (u.parse_interval, "every 0 days", ""),
        (u.parse_rate, "0 per month", ""),
        (u.parse_rate, "1 per 2 months", "did you mean 0.5 per month?"),
        (u.parse_rate, "2 patients per month", "did you mean 2 per month?"),
        (u.parse_rate, "0.5", "0.5 per day, week, month or year?"),
        (u.parse_hazard, "3 in 206 person-years", "did you mean 3 per 206 person-years?"),
        (u.parse_hazard, "1 per 100 patient-years", "did you mean 1 per 100 person-years?"),
        (u.parse_hazard, "0.17/year", "did you mean 0.17 per year?"),
        (u.parse_hazard, "3/206 py", "did you mean 3 per 206 person-years?"),
        (u.parse_hazard, "2 patients / mo", "did you mean 2 per month?"),
        (u.parse_hazard, "3 per 200 years", "did you mean 0.015 per year?"),
        (u.parse_hazard, "1 per 0 person-years", "the person-time must be above 0"),
        (u.parse_hazard, "-1 per year", ""),
        (u.parse_probability, "5", "did you mean 5%?"),
        (u.parse_probability, 5, "did you mean 5%?"),
        (u.parse_probability, "150%", ""),
        (u.parse_probability, "-1%", ""),
        (u.parse_probability, "3 of 2", ""),
        (u.parse_probability, "1 of 0", ""),
        (u.parse_probability, True, ""),
        (u.parse_open_probability, "0%", ""),
        (u.parse_open_probability, "1", ""),
        (u.parse_risk, "25 in 6 months", "did you mean 25% in 6 months?"),
        (u.parse_risk, "10% in 28d", "did you mean 10% in 28 days?"),
        (u.parse_risk, "10 in 28d", "did you mean 10% in 28 days?"),
        (u.parse_risk, "10 percent within 28 days", "did you mean 10% in 28 days?"),
        (u.parse_risk, "10 in 28", "did you mean 10 of 28, or 10% in 28 days?"),
        (u.parse_risk, "1 in 10", "did you mean 1 of 10?"),
        (u.parse_risk, "many in 28 days", ""),
        (u.parse_risk, "25% in 0 days", "the duration must be above 0"),
        (u.parse_risk, "25% in 6", "did you mean 25% in 6 days?"),
        (u.parse_count, "-1", ""),
        (u.parse_count, "5.0", "did you mean 5?"),
        (u.parse_count, "1e3", "did you mean 1000?"),
        (u.parse_count, "1_000", "digits stand alone; did you mean 1000?"),
        (u.parse_count, "0x10", "decimal digits only"),
        (u.parse_count, "9" * 5000, ""),
        (u.parse_positive_count, "0", ""),
        (u.parse_number, "nan", ""),
        (u.parse_number, ".inf", ""),
        (u.parse_number, "1_000", "digits stand alone; did you mean 1000?"),
        (u.parse_number, "33%", "did you mean 0.33?"),
        (u.parse_positive_number, "0", ""),
        (u.parse_flag, "yes", "did you mean true?"),
        (u.parse_flag, "off", "did you mean false?"),
        (u.parse_flag, "True", "did you mean true?"),
        (u.parse_flag, "maybe", ""),
        (u.parse_name, "two words", "a name has no spaces; did you mean two_words?"),
        (u.parse_name, "5mg", "a name begins with a letter or _; did you mean _5mg?"),
        (u.parse_name, "5.mg", ""),
        (u.parse_name, "", ""),
        (u.parse_text, "  ", ""),
        (u.parse_comparison, "10%", f"begin with one of the words {', '.join(u.COMPARISON_WORDS)}"),
        (u.parse_comparison, "more than 10", "did you mean more than 10%?"),
        (u.parse_cutoff, "at most 100%", ""),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_hint(parser, bad, hint):
    with pytest.raises(QuantityError) as caught:
        parser(bad)
    assert caught.value.hint == hint
    assert caught.value.found == show(bad)
    assert caught.value.allowed


@pytest.mark.parametrize(
    ("parser", "bad"),
    [
        (u.parse_duration, "28d"),
        (u.parse_duration, "1mo"),
        (u.parse_interval, "every 2m"),
        (u.parse_interval, "2 wks"),
        (u.parse_rate, "2 patients / mo"),
        (u.parse_hazard, "3 in 206 patient years"),
        (u.parse_hazard, "3/206 py"),
        (u.parse_hazard, "1 per patient-year"),
        (u.parse_probability, "10 percent"),
        (u.parse_risk, "10 in 28d"),
        (u.parse_risk, "10% over 28 days"),
        (u.parse_risk, "1 in 10"),
        (u.parse_comparison, "> 10"),
        (u.parse_cutoff, "more then 90 percent"),
        (u.parse_name, "1 ok"),
    ],
)
def test_what_a_hint_proposes_is_the_whole_value_and_can_be_read(parser, bad):
    with pytest.raises(QuantityError) as caught:
        parser(bad)
    parser(meant(caught.value.hint))


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("over", "more than"),
        (">", "more than"),
        (">=", "at least"),
        ("no more than", "at most"),
        ("<", "less than"),
    ],
)
def test_other_comparison_words_get_the_four_listed(wrong, right):
    with pytest.raises(QuantityError) as caught:
        u.parse_comparison(f"{wrong} 10%")
    assert all(word in caught.value.hint for word in u.COMPARISON_WORDS)
    assert caught.value.hint.endswith(f"did you mean {right} 10%?")


@pytest.mark.parametrize(
    ("word", "below", "at", "above"),
    [
        ("more than", False, False, True),
        ("at least", False, True, True),
        ("less than", True, False, False),
        ("at most", True, True, False),
    ],
)
def test_comparison_words_settle_direction_and_boundary(word, below, at, above):
    comparison = u.Comparison(word, 0.5)
    assert [comparison.holds(x) for x in (0.4, 0.5, 0.6)] == [below, at, above]
    assert comparison.text() == f"{word} 50%"
    assert comparison.text(percent=False) == f"{word} 0.5"
    assert u.parse_comparison(comparison.text()) == comparison


def test_quantise_rounds_halves_up_and_keeps_infinity():
    assert u.quantise(0.5 * u.TICK) == u.TICK
    assert u.quantise(0.49 * u.TICK) == 0.0
    assert u.quantise(-0.5 * u.TICK) == 0.0
    assert u.quantise(math.inf) == math.inf
    assert u.quantise(1e303) == math.inf  # as in kernels: an age that nobody reaches
    assert u.quantise(1e300) == 1e300


@given(st.floats(-1e6, 1e6))
def test_quantise_is_idempotent_and_within_half_a_tick(days):
    once = u.quantise(days)
    assert u.quantise(once) == once
    assert abs(once - days) <= u.TICK / 2


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (182.625, "6 months"),
        (365.25, "12 months"),
        (730.5, "2 years"),
        (28.0, "28 days"),
        (14.5, "14.5 days"),
        (1.0, "1 day"),
        (u.quantise(5.45 * MONTH), "5.45 months"),
        (0.0, "0 days"),
        (math.inf, "never"),
    ],
)
def test_days_are_shown_as_people_say_them(days, text):
    assert u.format_days(days) == text


def test_a_truth_is_acceptable_or_not_or_borderline_and_nothing_else():
    assert [u.parse_acceptable(v) for v in ("true", "false", "borderline")] == [True, False, "borderline"]
    for bad, hint in (("yes", "did you mean true?"), ("maybe", "")):
        with pytest.raises(QuantityError) as caught:
            u.parse_acceptable(bad)
        assert (caught.value.allowed, caught.value.hint) == ("true, false or borderline", hint)


@pytest.mark.parametrize(
    ("share", "decimals", "text"),
    [
        (2.0299981e-5, 2, "<0.01"),  # 1 - (1 - 2.03e-6)^10, P(stop) of nearly_never
        (1.0 - 0.335**10, 2, ">99.99"),  # and of nearly_sure
        (0.9997, 1, ">99.9"),
        (0.9997, 2, "99.97"),
        (0.004, 0, "<1"),
        (0.9996, 0, ">99"),
        (0.0, 2, "0.00"),
        (1.0, 2, "100.00"),
        (0.62249, 1, "62.2"),
    ],
)
def test_a_share_reads_as_certain_only_if_it_is(share, decimals, text):
    assert u.format_share(share, decimals) == text


def test_a_share_as_a_fraction_reads_as_certain_only_if_it_is():
    assert u.format_share(1 - 1e-9, 6, whole=1.0) == ">0.999999"
    assert u.format_share(1e-9, 6, whole=1.0) == "<0.000001"
    assert u.format_share(0.5, 6, whole=1.0) == "0.500000"
    assert u.format_share(-1e-17, 4) == "0.0000"


def test_probabilities_and_hazards_are_shown_shortly():
    assert [u.format_probability(p) for p in (0.33, 17 / 38, 0.0, 1.0)] == ["33%", "44.74%", "0%", "100%"]
    assert u.format_probability(0.999999) == "99.9999%"  # not 100%
    assert u.format_hazard(u.parse_hazard("3 per 206 person-years")) == "0.0146 per year"


@given(st.floats(1e-3, 73_000))  # 200 years at most
def test_shown_durations_read_back(days):
    assert u.parse_duration(u.format_days(days)) == pytest.approx(days, rel=1e-5)


@given(st.integers(1, 200), st.sampled_from([1.0, 7.0, MONTH, u.DAYS_PER_YEAR]))
def test_whole_durations_read_back_exactly(number, unit):
    assert u.parse_duration(u.format_days(number * unit)) == number * unit


@given(st.floats(1e-12, 1))
def test_shown_probabilities_and_hazards_read_back(value):
    assert u.parse_probability(u.format_probability(value)) == pytest.approx(value, rel=1e-3)
    assert u.parse_hazard(u.format_hazard(value)) == pytest.approx(value, rel=6e-3)


PARSERS = [getattr(u, name) for name in u.__all__ if name.startswith("parse_")]


@given(st.text() | st.floats() | st.integers() | st.booleans() | st.none() | st.lists(st.text()))
def test_parsers_answer_anything_with_a_value_or_a_quantity_error(value):
    for parser in PARSERS:
        try:
            parser(value)
        except QuantityError as error:
            assert error.allowed


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    lasts: u.Days
    risk: u.RiskValue | None = None
    accrual: u.Rate | u.Interval | None = None
    certainty: u.CutOff | None = None
    repeats: u.Flag = False
    phases: Annotated[tuple[u.Name, ...], u.Shorthand(_one_or_many)] = ()


def test_pydantic_reads_marked_fields_of_a_plain_dataclass():
    raw = {"lasts": "6 months", "risk": "25% in 6 months", "accrual": "every 2 months", "repeats": "true"}
    model = TypeAdapter(Model).validate_python({**raw, "certainty": "more than 90%", "phases": "treatment"})
    assert model == Model(
        lasts=182.625, risk=u.Risk(probability=0.25, days=182.625), accrual=2 * MONTH, repeats=True,
        certainty=u.Comparison("more than", 0.9), phases=("treatment",),
    )  # fmt: skip


def test_pydantic_hands_on_found_allowed_and_hint():
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Model).validate_python({"lasts": "6", "phases": ["a b"]})
    errors = {error["loc"]: error["ctx"]["error"] for error in caught.value.errors()}
    assert errors[("lasts",)].hint == "did you mean 6 days?"
    assert errors[("phases", 0)].found == '"a b"'


def test_scenario_errors_list_problems_in_file_order_and_survive_pickling():
    later = Problem(file="a.yaml", line=9, path="x.y", found="5", allowed="0 to 1", hint="did you mean 5%?")
    first = Problem(file="a.yaml", line=2, path="", found="a", allowed="b", severity="warning")
    other = Problem(file="--set", line=None, path="z", found="a", allowed="b")
    error = pickle.loads(pickle.dumps(ScenarioError([later, other, first])))
    assert error.problems == (first, later, other)
    assert str(error).splitlines() == [
        "a.yaml:2  warning: found a, allowed b",
        "a.yaml:9  x.y: found 5, allowed 0 to 1",
        "    hint: did you mean 5%?",
        "--set  z: found a, allowed b",
        "2 errors, 1 warning",
    ]
    assert error.exit_code == 2


@pytest.mark.parametrize(
    ("parse", "least", "most", "beyond", "below"),
    [
        (u.parse_duration, "0.1 days", "200 years", "200.1 years", "0 days"),
        (u.parse_delay, "0", "200 years", "2401 months", "-1 day"),
        (u.parse_interval, "every 1 day", "every 200 years", "every 201 years", "every 0 days"),
        (u.parse_rate, "0.0051 per year", "1000 per day", "1001 per day", "0.0049 per year"),
        (u.parse_hazard, "0", "1000 per day", "1e300 per year", "-1 per day"),
        (u.parse_count, "0", "1000000", "1000001", "-1"),
        (u.parse_positive_count, "1", "1000000", "1000001", "0"),
        (u.parse_positive_number, "1e-9", "1e9", "1.1e9", "1e-10"),
        (u.parse_sigma, "0.01", "10", "10.1", "0"),
        (u.parse_shape, "0.01", "100", "101", "0.009"),
    ],
)
def test_what_is_beyond_any_trial_is_refused(parse, least, most, beyond, below):
    """The bounds of simulator.limits, both ends allowed."""
    assert parse(least) <= parse(most)
    for text in (beyond, below):
        with pytest.raises(QuantityError):
            parse(text)
