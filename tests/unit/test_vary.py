"""What `--vary` takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import TrialstopError
from simulator.what_ifs.vary import Scale, Vary, parse_vary


@pytest.mark.parametrize(
    ("text", "values", "numbers"),
    [
        ("a.b=1,2,3", ("1", "2", "3"), (1, 2, 3)),
        ("a=1:4 months:4", ("1 month", "2 months", "3 months", "4 months"), (1, 2, 3, 4)),
        ("a=1,2,6 months", ("1 month", "2 months", "6 months"), (1, 2, 6)),
        ("a=1,2,lost", ("1", "2", "lost"), "words"),
        ("a=1 month:4 months:2", ("1 month", "4 months"), (1, 4)),
        ("a=more than 90%:more than 97.5%:3", ("more than 90%", "more than 93.75%", "more than 97.5%"), None),
        ("a=1 per 206 person-years,3 per 206 person-years", None, (1, 3)),
        ("a=2%:20% in 6 months:2", ("2% in 6 months", "20% in 6 months"), (2, 20)),
        ("a=0.01:1:3:log", ("0.01", "0.1", "1"), None),
        ("a=every 1,every 5", ("every 1", "every 5"), (1, 5)),
        ("a=[1, 2],[3, 4]", ("[1, 2]", "[3, 4]"), "words"),
        ("a={every: 1 month},{at: 3 months}", ("{every: 1 month}", "{at: 3 months}"), "words"),
        ('a="at 10, 20",every 5', ('"at 10, 20"', "every 5"), "words"),
        ("a=lost,queued", ("lost", "queued"), "words"),
        ('a."5 mg".b[0]=1', ("1",), (1,)),
    ],
)
def test_values_are_those_of_the_file(text, values, numbers) -> None:
    vary = parse_vary(text)
    assert values is None or vary.values == values
    if numbers == "words":
        assert vary.numbers is None
    elif numbers is not None:
        assert vary.numbers == numbers


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("design.x", "found design.x, allowed PATH="),
        ("=1", "found =1"),
        ("a=", "found a="),
        ("a=1,,2", "an empty value"),
        ("a=1,2,1", "a value twice"),
        ("a=1:1:3", "apart"),
        ("a=1:2:1", "two values or more"),
        ("a=0:1:5:log", "numbers above 0"),
        ("a=x:y:3", "two values that differ in one number"),
        ("a=1 day:2 months:3", "two values that differ in one number"),
        ("a..b=1", "a..b"),
        ("a=1:2:1000000", "1000000 values"),
    ],
)
def test_anything_else_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(TrialstopError) as caught:
        parse_vary(text)
    assert str(caught.value).startswith(f"--vary {text}: found ")
    assert words in str(caught.value)


@given(
    st.floats(0.001, 1e6).map(lambda x: float(f"{x:.6g}")),
    st.sampled_from(["", "%", " months", " per 206 person-years", "% in 6 months"]),
    st.sampled_from(["", "more than ", "every "]),
)
def test_a_scale_reads_what_it_writes(number: float, after: str, before: str) -> None:
    """Property."""
    scale = Scale.of([f"{before}2{after}"])
    assert scale is not None
    assert scale.number(scale.text(number)) == pytest.approx(number, rel=1e-11)
    assert Vary("a", (scale.text(number),)).numbers == (pytest.approx(number, rel=1e-11),)
