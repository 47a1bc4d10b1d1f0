"""What a what-if aims at, read from text."""

import pytest

from simulator.errors import TrialstopError
from simulator.model.metric import Key
from simulator.what_ifs.targets import Target, parse_target

STOP = Key("p_stop")


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("p_stop<=5% under planned", Target(STOP, "<=", 0.05, "planned")),
        (" p_stop >= 0.8  under  bad ", Target(STOP, ">=", 0.8, "bad")),
        ("p_stop<=0%", Target(STOP, "<=", 0.0)),
        ("p_stop.tse.joint<=100%", Target(Key("p_stop", rule="tse", outcome="joint"), "<=", 1.0)),
        ("n_enrolled>=12.5 under bad", Target(Key("n_enrolled"), ">=", 12.5, "bad")),
        ("duration_days<=2 years", Target(Key("duration_days"), "<=", 730.5)),
        ("duration_days<=700", Target(Key("duration_days"), "<=", 700.0)),
        ('p_select."a<=b">=50% under bad', Target(Key("p_select", dose="a<=b"), ">=", 0.5, "bad")),
    ],
)
def test_a_target_is_read_and_written(text: str, target: Target) -> None:
    assert parse_target(text) == target
    if "<" not in str(target.key.dose):
        assert parse_target(target.text()) == target


def test_equal_is_asked_for_where_a_value_is_sought() -> None:
    assert parse_target("p_stop=50%", option="--solve", signs=("=",)) == Target(STOP, "=", 0.5)
    with pytest.raises(TrialstopError, match=r"^--solve p_stop<=5%: found <=, allowed METRIC=VALUE"):
        parse_target("p_stop<=5%", option="--solve", signs=("=",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("p_stop", "found no <= or >=, allowed METRIC<=VALUE"),
        ("", "found no <= or >="),
        ("<=5%", "found no <= or >="),
        ("p_stop<5%", "found <, allowed METRIC<=VALUE"),
        ("p_stop=5%", "found =, allowed METRIC<=VALUE"),
        ("p_stop<=120%", "found p_stop of 120%, allowed 0 to 1 or 0% to 100%"),
        ("p_stop<=1.5", "found p_stop of 1.5, allowed 0 to 1"),
        ("p_stop<=-5%", "found p_stop of -5%, allowed 0 to 1"),
        ("p_stop<=", "allowed 0 to 1"),
        ("p_stop<=5% unde planned", 'found p_stop of "5% unde planned"'),
        ("n_enrolled<=5%", "found n_enrolled of 5%"),
        ("p_stpo<=5%", "no metric is called 'p_stpo'; docs/results.md lists them; did you mean p_stop?"),
        ("excess_harmed<=1", "no metric is called"),
    ],
)
def test_anything_else_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(TrialstopError) as error:
        parse_target(text)
    assert said in str(error.value)
    assert str(error.value).startswith("--target ")
    assert "\n" not in str(error.value)


def test_what_meets_a_target() -> None:
    at_most, at_least = parse_target("p_stop<=5%"), parse_target("p_stop>=5%")
    assert [at_most.met(p) for p in (0.0499, 0.05, 0.0501)] == [True, True, False]
    assert [at_least.met(p) for p in (0.0499, 0.05, 0.0501)] == [False, True, True]
