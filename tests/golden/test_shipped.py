"""No number of a shipped scenario moves, on either engine, unless an issue says so (`golden.shipped`)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.metrics.text import key_of
from simulator.study.units import EngineName
from tests.golden.shipped import stored, today
from tests.helpers import SHIPPED

SHOWN = 12  # differences in a message
NONE = "not there"


def differences(mine: Any, kept: Any, path: str = "") -> list[str]:
    """Where two trees of `shipped` differ, path by path; what only one has is a difference."""
    if isinstance(mine, dict) and isinstance(kept, dict):
        return [
            found
            for key in dict.fromkeys([*kept, *mine])
            for found in differences(mine.get(key, NONE), kept.get(key, NONE), f"{path} / {key}")
        ]
    return [] if mine == kept else [f"{path}: {mine}, before {kept}"]


def known_before(mine: Any, kept: Any) -> Any:
    """What is given now, without metrics that no scenario had when the file was written."""
    then = {
        key_of(text).shape
        for one in kept.values()
        for cell in one["cells"].values()
        for text in cell["metrics"]
    }
    cells = {
        name: cell
        | {"metrics": {text: e for text, e in cell["metrics"].items() if key_of(text).shape in then}}
        for name, cell in mine["cells"].items()
    }
    return mine | {"cells": cells}


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("engine", ["compiled", pytest.param("simpy", marks=pytest.mark.slow)])
def test_a_shipped_scenario_gives_what_it_gave(name: str, engine: EngineName) -> None:
    kept = stored()
    found = differences(known_before(today(name, engine), kept), kept[name])
    assert not found, "\n".join([f"{len(found)} differences", *found[:SHOWN]])


def test_a_difference_in_the_last_bit_is_found() -> None:
    kept = {"cells": {"a | b": {"metrics": {"p_stop": "0.1 None 12ab"}, "records": {}}}}
    mine = {"cells": {"a | b": {"metrics": {"p_stop": "0.10000000000000002 None 34cd"}, "records": {}}}}
    assert len(differences(mine, kept)) == 1
    assert len(differences({"cells": {}}, kept)) == 1


def test_only_a_metric_that_is_new_is_no_difference() -> None:
    """One that other cells, or other scenarios, had already is one where it appears."""
    kept = {
        "a": {"cells": {"x": {"metrics": {"p_stop": "1"}}}},
        "b": {"cells": {"x": {"metrics": {"n_lost": "1"}}}},
    }
    for text, new in (("n_lost", False), ("p_unfinished", True)):
        mine = {"cells": {"x": {"metrics": {"p_stop": "1", text: "0"}}}}
        assert (not differences(known_before(mine, kept), kept["a"])) is new
