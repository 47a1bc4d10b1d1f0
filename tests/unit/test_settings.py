"""What is asked of a run: allowed values, one clear error for others, and what makes two runs the same."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from simulator.errors import TrialstopError
from simulator.study.settings import Asked, Settings


def test_the_keywords_of_a_run_are_the_fields_with_their_types() -> None:
    assert {field.name: field.type for field in fields(Settings)} == {
        name: hint.__forward_arg__ for name, hint in Asked.__annotations__.items()
    }


@pytest.mark.parametrize(
    "asked, said",
    [
        ({"trials": 0}, "trials is 0, allowed a whole number from 1"),
        ({"trials": 1e4}, "trials is 10000.0, allowed a whole number from 1"),
        ({"trials": True}, "trials is True, allowed a whole number from 1"),
        ({"trials": "many"}, "trials is many, allowed a whole number from 1"),
        ({"seed": -1}, "seed is -1, allowed a whole number from 0 to 18446744073709551615"),
        ({"seed": 2**64}, "seed is 18446744073709551616, allowed a whole number from 0 to"),
        ({"seed": None}, "seed is None, allowed a whole number from 0 to"),
        ({"precision": 0.5}, "precision is 0.5, allowed above 0 and below 0.5"),
        ({"precision": 0.0}, "precision is 0.0, allowed above 0 and below 0.5"),
        ({"precision": "1%"}, "precision is 1%, allowed above 0 and below 0.5"),
        ({"engine": "fast"}, "engine is 'fast', allowed auto, compiled, simpy"),
        ({"self_check": -1}, "self_check is -1, allowed a whole number from 0"),
        ({"records": "yes"}, "records is 'yes', allowed True or False"),
        ({"jobs": -2}, "jobs is -2, allowed a whole number from 0"),
        ({"jobs": None}, "jobs is None, allowed a whole number from 0"),
        ({"variants": "wide"}, "variants is 'wide', allowed a list of names"),
        ({"truths": 3}, "truths is 3, allowed a list of names"),
    ],
    ids=str,
)
def test_a_value_that_is_not_allowed_is_named_with_what_is(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(TrialstopError) as caught:
        Settings(**asked)
    assert str(caught.value).startswith(said)


def test_a_setting_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(
        TypeError, match="no setting 'trails'; there are: variants, truths, trials, precision"
    ):
        Settings().changed({"trails": 5})  # type: ignore[typeddict-unknown-key]


def test_limits_are_allowed_and_numbers_of_numpy_become_plain() -> None:
    found = Settings(trials=np.int64(1), seed=2**64 - 1, self_check=0, precision=0.499, variants=["a"])
    assert (type(found.trials), found.variants) == (int, ("a",))


def test_how_many_trials_are_played_at_most() -> None:
    assert Settings().most == 1_000
    assert Settings(precision=0.01).most == 10_000_000
    assert Settings(precision=0.01, trials=5).most == 5


def test_what_is_asked_anew_wins_and_the_rest_stays() -> None:
    before = Settings(trials=5, seed=3)
    assert before.changed({"trials": 7}) == Settings(trials=7, seed=3)
    assert before.changed({}) == before


OTHER: dict[str, Any] = {
    "variants": ("a",), "truths": ("b",), "trials": 7, "precision": 0.1, "seed": 2, "engine": "simpy",
    "self_check": 3, "records": True, "jobs": 4,
}  # fmt: skip


@pytest.mark.parametrize("name", [field.name for field in fields(Settings)])
def test_every_setting_but_how_it_is_played_tells_runs_apart(name: str) -> None:
    other = replace(Settings(), **{name: OTHER[name]})
    assert (other.identity() != Settings().identity()) is (name != "jobs")
